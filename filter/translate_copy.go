package filter

import (
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// copySysdig writes a filter of sysdig's language so that sysdig 0.41 takes it and selects the same events: as Format does,
// but for lists of fields that it cannot look up in lists.
func copySysdig(t *Tree) (string, []Diagnostic) {
	x := &translator{text: t.Text}
	f := &formatter{text: t.Text, other: x.copied}
	f.node(t.Root)
	if len(x.problems) > 0 {
		return "", x.problems
	}
	return bareText(Format(Parse(f.String()))), nil // what was written may stand in parentheses twice
}

// copied writes a comparison that sysdig takes in another form only; false when Format's is right.
func (x *translator) copied(c *Comparison) (string, bool) {
	e := &c.Left.Expr
	s := shapeOf(e)
	if e.F.Name == "evt.rawarg" && s.kind == field.Bytes && c.Op != Exists {
		return x.problem(c.Left.At, "sysdig ends with an error where it compares %s, which holds bytes; evt.buffer or evt.arg.%s can be asked", e.String(), e.Arg), true
	}
	for _, v := range c.Values {
		x.quote(v.At, v.Text)
		if s.typ == "ipnet" {
			x.network(v.At, v.Text)
		}
	}
	if len(c.Values) == 0 || c.Right != nil || len(e.Chain) > 0 || !blind(e, c.Op) {
		return "", false
	}
	list := make([]string, len(c.Values))
	for i, v := range c.Values {
		list[i] = e.String() + " = " + Quote(v.Text, false)
	}
	return joined(" or ", list...), true
}

// blind reports whether sysdig 0.41 takes a list of a field's values and never finds one in it, or fails on it.
func blind(e *field.Expr, op Op) bool {
	switch e.F.Name {
	case "fd.ip", "evt.rawarg":
		return op == In || op == Intersects
	case "proc.apid":
		return e.Several() && (op == In || op == Intersects)
	case "fd.net":
		return op == Intersects
	}
	return false
}

// quote writes a value for sysdig, which has no way to write bytes that are no text.
func (x *translator) quote(at Span, text string) string {
	if !printable(text, true) {
		x.problem(at, "sysdig 0.41 has no way to write %s: it has no \\x", InQuotes(text))
	}
	return Quote(text, false)
}

// network says that sysdig refuses a network.
func (x *translator) network(at Span, text string) {
	if strings.Contains(text, ":") && strings.HasSuffix(text, "/0") {
		x.problem(at, "sysdig refuses %s: it takes no IPv6 network of length 0", text)
	}
}
