package filter

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// Check returns everything there is to say about a filter, in the order of the text: the faults of its grammar, fields
// that do not exist, operators and values that do not fit, deprecated fields.
func Check(t *Tree) []Diagnostic {
	k := &checker{text: t.Text, list: slices.Clone(t.Faults)}
	if t.Root != nil {
		k.node(t.Root)
	}
	sort.SliceStable(k.list, func(i, j int) bool { return k.list[i].Span.Start < k.list[j].Span.Start })
	return k.list
}

type checker struct {
	text string
	list []Diagnostic
}

func (k *checker) say(sev Severity, at Span, fixes []Fix, format string, args ...any) {
	k.list = append(k.list, Diagnostic{Span: at, Severity: sev, Msg: fmt.Sprintf(format, args...), Fixes: fixes})
}

// misnamed says that a name is not known, which the other language would say too.
func (k *checker) misnamed(sev Severity, at Span, fixes []Fix, format string, args ...any) {
	k.say(sev, at, fixes, format, args...)
	k.list[len(k.list)-1].name = true
}

// refused says that the tools that speak the language do not take something.
func (k *checker) refused(sev Severity, at Span, format string, args ...any) {
	k.say(sev, at, nil, format, args...)
	k.list[len(k.list)-1].refused = true
}

func (k *checker) node(n Node) {
	switch n := n.(type) {
	case *Logic:
		for _, x := range n.Args {
			k.node(x)
		}
	case *Xor:
		for _, x := range n.Args {
			k.node(x)
		}
	case *Relation:
		k.relation(n)
	case *Not:
		k.node(n.X)
	case *Paren:
		if n.X != nil {
			k.node(n.X)
		}
	case *Name:
		k.name(n.At)
	case *Comparison:
		k.check(n)
	}
}

// name says what a lone word might mean.
func (k *checker) name(at Span) {
	word := k.text[at.Start:at.End]
	var fixes []Fix
	write := func(text string) { fixes = append(fixes, Fix{"write " + text, at, text}) }
	if knownEvent(word) {
		write("evt.type = " + word)
	}
	for _, f := range field.Nearest(word, 2) {
		write(f + " exists")
	}
	if len(fixes) == 0 {
		write("proc.name = " + word)
	}
	k.say(Error, at, fixes, "%q alone is no condition: compare a field with it (macros of Falco rules are not known here)", word)
}

func (k *checker) check(c *Comparison) {
	left := k.operand(&c.Left)
	right := c.Right == nil || k.operand(c.Right)
	if !left || !right || c.Missing {
		return
	}
	f, s := c.Left.Expr.F, shapeOf(&c.Left.Expr)
	if f.Name == "evt.around" && c.Op != Eq {
		k.say(Error, c.OpAt, []Fix{{"write =", c.OpAt, "="}}, "evt.around takes = and milliseconds only")
		return
	}
	if !s.dyn && !allows(s.kind, c.Op) {
		k.operator(c, s)
		return
	}
	if c.Right != nil {
		k.fields(c, s)
		return
	}
	for _, v := range c.Values {
		k.value(c, s, v)
	}
}

// operator says that an operator does not fit, and which would.
func (k *checker) operator(c *Comparison, s shape) {
	var fixes []Fix
	for op := Eq; op <= Exists; op++ {
		if allows(s.kind, op) && op.takesList() == c.Op.takesList() && (op == Exists) == (c.Op == Exists) && len(fixes) < 3 {
			fixes = append(fixes, Fix{"write " + op.String(), c.OpAt, op.String()})
		}
	}
	if s.kind == field.Elements && len(c.Values) == 1 && c.Op == Eq {
		v := c.Values[0]
		text := "in (" + k.text[v.At.Start:v.At.End] + ")"
		if !blank(k.text[c.OpAt.Start-1]) {
			text = " " + text
		}
		fixes = []Fix{{"write " + strings.TrimSpace(text), Span{c.OpAt.Start, v.At.End}, text}}
	}
	k.say(Error, c.OpAt, fixes, "%q does not compare %s, which %s holds", c.Op, kindWords[s.kind], c.Left.Expr.String())
}

// operand checks a field with its transforms; false when nothing more can be said of its comparison.
func (k *checker) operand(o *Operand) bool {
	if o.Err != nil && o.Err.Msg == notSupported {
		return false
	}
	if o.Err != nil {
		var fixes []Fix
		for _, name := range o.Err.Near {
			at := o.Field
			if strings.HasSuffix(o.Err.Msg, "such a parameter") {
				at.Start += min(o.Err.Start, at.End-at.Start)
			} else if i := strings.IndexByte(k.text[at.Start:at.End], '['); i >= 0 {
				at.End = at.Start + i
			}
			fixes = append(fixes, Fix{"write " + name, at, name})
		}
		msg := fmt.Sprintf("field %q: %s", o.Err.Text, o.Err.Msg)
		if o.Err.Msg == "unknown field" {
			msg = fmt.Sprintf("there is no field %q", o.Err.Text)
		}
		text := k.text[o.Field.Start:o.Field.End]
		if r, err := field.ParseWireshark(text); err == nil && r.Sysdig() != text && text != "evt.arg" {
			fixes = nil
			if name := r.Sysdig(); name != "" {
				fixes = []Fix{{"write " + name, o.Field, name}}
			}
			k.say(Error, k.visible(o.Field), fixes, "%s is a field of Wireshark's language", text)
		} else if o.Err.Msg == "unknown field" {
			k.misnamed(Error, k.visible(o.Field), fixes, "%s", msg)
		} else {
			k.say(Error, k.visible(o.Field), fixes, "%s", msg)
		}
		return false
	}
	e := &o.Expr
	f := e.F
	if f.Flags.Has(field.Deprecated) {
		msg := f.Name + " is deprecated: newer tools may not know it"
		if s := f.Instead(); s != "" {
			msg += "; " + s
		}
		k.say(Hint, o.Field, nil, "%s", msg)
	}
	if f.Ours() || f.Noted() {
		k.refused(Hint, o.Field, "sysdig and Falco have no field %s", f.Name)
	}
	if why := f.Unavailable(); why != "" {
		k.say(Warning, o.Field, nil, "no capture answers %s: %s", f.Name, why)
	}
	kind := shapeOf(&field.Expr{Ref: e.Ref}).kind
	for _, t := range e.Chain {
		if f.Flags.Has(field.NoTransformer) || t.Takes(kind) == field.None {
			k.say(Error, o.At, nil, "%s does not take %s, which %s holds", t, kindWords[kind], f.Name)
			return false
		}
		kind = t.Takes(kind)
	}
	return true
}

// visible makes an empty span one byte long where it can.
func (k *checker) visible(at Span) Span {
	if at.End == at.Start && at.End < len(k.text) {
		at.End++
	}
	return at
}

// fields checks a field against a field.
func (k *checker) fields(c *Comparison, s shape) {
	r := &c.Right.Expr
	t := shapeOf(r)
	switch {
	case !c.Right.Val && len(r.Chain) == 0:
		k.say(Error, c.Right.At, nil, "a field on the right stands in val()")
	case c.Op == PMatch || c.Op == Regex:
		k.say(Error, c.OpAt, nil, "%q does not take a field on the right", c.Op)
	case r.F.Flags.Has(field.NoRHS):
		k.say(Error, c.Right.At, nil, "%s cannot stand on the right of an operator", r.F.Name)
	case s.kind == field.Elements || s.typ == "ipnet":
		k.say(Error, c.Left.At, nil, "%s cannot be compared with a field", c.Left.Expr.String())
	case c.Left.Expr.Several():
		k.refused(Warning, c.Left.At, "sysdig and Falco do not compare %s with a field", c.Left.Expr.String())
		if s.typ == t.typ {
			return
		}
		fallthrough
	case !s.dyn && s.typ != t.typ:
		k.say(Error, c.Right.At, nil, "%s (%s) cannot be compared with %s (%s)", c.Left.Expr.String(), s.typ, r.String(), t.typ)
	}
}

// value checks what a field is compared with.
func (k *checker) value(c *Comparison, s shape, v Literal) {
	f := c.Left.Expr.F
	if s.dyn && c.Op != BContains && c.Op != BStartsWith { // the parameter may be a number in one event and text in another
		s = shape{kind: field.String}
	}
	if _, err := compileValue(s, c.Op, v.Text); err != nil {
		var fixes []Fix
		for _, text := range err.fixes {
			fixes = append(fixes, Fix{"write " + text, v.At, text})
		}
		if net := netField[f.Name]; s.kind == field.IP && s.typ == "ipaddr" && net != "" && strings.Contains(err.msg, "network") {
			fixes = append(fixes, Fix{"ask " + net, c.Left.Field, net})
		}
		k.say(Error, v.At, fixes, "%s", err.msg)
		return
	}
	switch {
	case c.Op == Regex:
		if _, err := compilePattern(v.Text); err != nil {
			k.say(Error, v.At, nil, "this is no POSIX regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	case f.Name == "evt.type" && len(c.Left.Expr.Chain) == 0:
		k.eventName(c, v)
	}
	if s.kind != field.String && s.kind != field.Bytes && number(v.Text) == len(v.Text) && strings.ContainsAny(v.Text, "xX") {
		k.refused(Warning, v.At, "sysdig and Falco do not read hexadecimal numbers here")
	}
	if c.Op.ordering() && (v.Quoted || number(v.Text) < len(v.Text)) {
		k.refused(Warning, v.At, "sysdig and Falco take only bare numbers behind %q", c.Op)
	}
}

// netField is the field that asks for a network where another asks for an address.
var netField = map[string]string{
	"fd.ip": "fd.net", "fd.cip": "fd.cnet", "fd.sip": "fd.snet", "fd.lip": "fd.lnet", "fd.rip": "fd.rnet",
}

// eventName checks a value of evt.type.
func (k *checker) eventName(c *Comparison, v Literal) {
	if knownEvent(v.Text) {
		return
	}
	switch c.Op {
	case Eq, Ne, In, Intersects:
		var fixes []Fix
		for _, name := range closest(v.Text, eventNames(), 3) {
			fixes = append(fixes, Fix{"write " + name, v.At, name})
		}
		k.misnamed(Error, v.At, fixes, "no event and no system call is named %q", v.Text)
	default:
		k.refused(Warning, v.At, "sysdig and Falco take whole names of events here")
	}
}
