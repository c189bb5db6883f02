package assist

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// Doubts returns what is doubtful about a filter that may be used: conditions that every event or none fits, and values
// that no event of the capture has. Without values the capture is not asked.
func Doubts(r *filter.Reading, values Values) []filter.Diagnostic {
	d := &doubter{text: r.Tree.Text, lang: r.Language(), values: values}
	if r.Valid() && r.Tree.Root != nil {
		d.node(r.Tree.Root, false)
	}
	sort.SliceStable(d.list, func(i, j int) bool { return d.list[i].Span.Start < d.list[j].Span.Start })
	return d.list
}

type doubter struct {
	text   string
	lang   filter.Language
	values Values
	list   []filter.Diagnostic
	unsure map[string]bool // fields whose values are not known for sure
}

func (d *doubter) say(sev filter.Severity, at filter.Span, fixes []filter.Fix, format string, args ...any) {
	d.list = append(d.list, filter.Diagnostic{Span: at, Severity: sev, Msg: fmt.Sprintf(format, args...), Fixes: fixes})
}

// node looks at a part of the filter; negated says that a not stands before it.
func (d *doubter) node(n filter.Node, negated bool) {
	switch n := n.(type) {
	case *filter.Logic:
		if n.Or {
			d.anyOf(n, conditions(n, true))
		} else {
			d.allOf(n, conditions(n, false))
		}
		for _, x := range n.Args {
			d.node(x, negated)
		}
	case *filter.Xor:
		for _, x := range n.Args {
			d.node(x, true) // whether it is to be true is not known
		}
	case *filter.Not:
		d.node(n.X, !negated)
	case *filter.Paren:
		if n.X != nil {
			d.node(n.X, negated)
		}
	default:
		if c, ok := simple(n); ok {
			d.condition(&c, negated)
		}
	}
}

// condition is a comparison of a field with constants.
type condition struct {
	at     filter.Span
	e      *field.Expr
	key    string // the field with its functions
	op     string // =, !=, <, <=, >, >=, in, exists; other operators have none here
	values []literal
	not    bool
}

// literal is a constant.
type literal struct {
	at   filter.Span
	text string
	n    int64 // of a number
	num  bool
}

// simple returns a node as a condition, when it is one.
func simple(n filter.Node) (condition, bool) {
	switch n := n.(type) {
	case *filter.Paren:
		if n.X != nil {
			return simple(n.X)
		}
	case *filter.Not:
		c, ok := simple(n.X)
		c.not, c.at = !c.not, n.Span()
		return c, ok
	case *filter.Comparison:
		return comparison(n)
	case *filter.Relation:
		return relation(n)
	}
	return condition{}, false
}

func comparison(n *filter.Comparison) (condition, bool) {
	c := condition{at: n.Span(), e: &n.Left.Expr, key: n.Left.Expr.String()}
	if n.Right != nil || n.Missing || n.Left.Err != nil {
		return c, false
	}
	switch n.Op {
	case filter.Eq, filter.Ne, filter.Lt, filter.Le, filter.Gt, filter.Ge, filter.In, filter.Exists:
		c.op = n.Op.String()
	case filter.Intersects:
		c.op = "in"
		if c.e.Kind() == field.Elements {
			c.op = "intersects"
		}
	default:
		return c, false
	}
	for _, v := range n.Values {
		c.values = append(c.values, c.literal(v.At, v.Text))
	}
	return c, true
}

func (c *condition) literal(at filter.Span, text string) literal {
	l := literal{at: at, text: text}
	switch c.e.Kind() {
	case field.Int, field.Uint, field.Port, field.Time, field.Duration:
		_, err := fmt.Sscan(text, &l.n)
		l.num = err == nil && number(text)
	}
	return l
}

var relations = map[filter.Rel]string{
	filter.RelEq: "=", filter.RelNe: "!=", filter.RelLt: "<", filter.RelLe: "<=", filter.RelGt: ">", filter.RelGe: ">=", filter.RelIn: "in",
}

func relation(n *filter.Relation) (condition, bool) {
	c := condition{at: n.At}
	if n.Missing || n.Quant != filter.ByOperator || len(n.Args) == 0 || len(n.Ops) > 1 || n.Args[0].Kind != filter.TermField {
		return c, false
	}
	c.e = &n.Args[0].Expr
	if c.key = c.e.String(); len(n.Ops) == 0 {
		c.op = "exists"
		return c, true
	}
	c.op = relations[n.Ops[0]]
	c.not = n.Not
	switch {
	case c.op == "in":
		for _, x := range n.Set {
			if x.To != nil || x.From.Kind != filter.TermLiteral {
				return c, false
			}
			c.values = append(c.values, c.literal(x.From.At, x.From.Text))
		}
	case c.op == "" || len(n.Args) != 2 || n.Args[1].Kind != filter.TermLiteral:
		return c, false
	default:
		c.values = []literal{c.literal(n.Args[1].At, n.Args[1].Text)}
	}
	return c, true
}

// single reports whether an event has one value of the field at most, so that two demands on it must agree.
func (c *condition) single() bool {
	return !c.e.Several() && c.e.Kind() != field.Elements && c.e.Kind() != field.IP && c.e.F.Type != "ipnet"
}

// conditions returns the conditions that the arguments of a logic are made of, those of nested ones of the same kind too.
func conditions(n *filter.Logic, or bool) (list []condition) {
	for _, x := range n.Args {
		for {
			p, ok := x.(*filter.Paren)
			if !ok || p.X == nil {
				break
			}
			x = p.X
		}
		if l, ok := x.(*filter.Logic); ok && l.Or == or {
			list = append(list, conditions(l, or)...)
		} else if c, ok := simple(x); ok && c.single() {
			list = append(list, c)
		}
	}
	return list
}

// allows reports whether a value fits a condition; known is false when that cannot be told.
func (c *condition) allows(v literal) (fits, known bool) {
	switch c.op {
	case "exists":
		return !c.not, true
	case "=", "!=", "in":
		found := slices.ContainsFunc(c.values, func(w literal) bool { return w.equal(v) })
		if !slices.ContainsFunc(c.values, func(w literal) bool { return !w.comparable(v) }) {
			return found != (c.op == "!=") != c.not, true
		}
		return false, false
	}
	if len(c.values) != 1 || !v.num || !c.values[0].num {
		return false, false
	}
	w := c.values[0].n
	fits = map[string]bool{"<": v.n < w, "<=": v.n <= w, ">": v.n > w, ">=": v.n >= w}[c.op]
	return fits != c.not, true
}

func (l literal) equal(o literal) bool {
	if l.num && o.num {
		return l.n == o.n
	}
	return l.text == o.text
}

// comparable reports whether it can be told whether two constants are the same value.
func (l literal) comparable(o literal) bool { return l.num == o.num }

// allOf looks for demands that no event fulfils together.
func (d *doubter) allOf(n *filter.Logic, list []condition) {
	for j := range list {
		for i := range j {
			a, b := &list[i], &list[j]
			if a.key != b.key || !contradict(a, b) && !contradict(b, a) {
				continue
			}
			var fixes []filter.Fix
			if len(n.Args) == 2 && a.op == "=" && b.op == "=" && !a.not && !b.not {
				fixes = d.either(n, a, b)
			}
			d.say(filter.Warning, b.at, fixes, "no event fits both this and %s", d.text[a.at.Start:a.at.End])
			return
		}
	}
}

// contradict reports whether a asks for values none of which b allows.
func contradict(a, b *condition) bool {
	switch {
	case a.op == "exists" && !a.not:
		return b.op == "exists" && b.not
	case a.not || a.op != "=" && a.op != "in":
		return ranges(a, b)
	}
	for _, v := range a.values {
		if fits, known := b.allows(v); fits || !known {
			return false
		}
	}
	return len(a.values) > 0
}

// ranges reports whether one asks for numbers above those that the other asks for.
func ranges(a, b *condition) bool {
	low := func(c *condition) bool { return (c.op == ">" || c.op == ">=") && !c.not }
	high := func(c *condition) bool { return (c.op == "<" || c.op == "<=") && !c.not }
	if !low(a) || !high(b) || !a.values[0].num || !b.values[0].num {
		return false
	}
	x, y := a.values[0].n, b.values[0].n
	return x > y || x == y && (a.op == ">" || b.op == "<")
}

// either are the ways to ask for one of two values.
func (d *doubter) either(n *filter.Logic, a, b *condition) []filter.Fix {
	quoted := func(c *condition) string { return d.text[c.values[0].at.Start:c.values[0].at.End] }
	name := d.text[a.at.Start:a.at.End]
	if i := strings.IndexAny(name, " =\t\r\n"); i > 0 && len(a.e.Chain) == 0 {
		list := name[:i] + " in (" + quoted(a) + ", " + quoted(b) + ")"
		if d.lang == filter.Wireshark {
			list = name[:i] + " in {" + quoted(a) + ", " + quoted(b) + "}"
		}
		return []filter.Fix{{Msg: "write " + list, Span: n.Span(), Text: list}}
	}
	return []filter.Fix{{Msg: "write or", Span: n.Ops[0], Text: "or"}}
}

// anyOf looks for demands of which every event fulfils one.
func (d *doubter) anyOf(n *filter.Logic, list []condition) {
	for j := range list {
		for i := range j {
			a, b := &list[i], &list[j]
			if a.key != b.key {
				continue
			}
			both, always := covers(a, b)
			if !both {
				continue
			}
			var fixes []filter.Fix
			if len(n.Args) == 2 && (a.op == "!=" || a.not) && (b.op == "!=" || b.not) {
				fixes = []filter.Fix{{Msg: "write and", Span: n.Ops[0], Text: "and"}}
			}
			what := "every event that has " + a.key
			if always {
				what = "every event"
			}
			d.say(filter.Warning, b.at, fixes, "%s fits this or %s", what, d.text[a.at.Start:a.at.End])
			return
		}
	}
}

// covers reports whether every value fits one of two conditions, and whether events without a value do too.
func covers(a, b *condition) (both, always bool) {
	excludes := func(c *condition) []literal { // what it does not allow
		switch {
		case c.op == "!=" && !c.not, (c.op == "=" || c.op == "in") && c.not:
			return c.values
		}
		return nil
	}
	always = a.not || b.not // not holds where there is no value
	x, y := excludes(a), excludes(b)
	switch {
	case len(x) > 0 && len(y) > 0:
		for _, v := range x { // nothing is excluded by both
			for _, w := range y {
				if v.equal(w) || !v.comparable(w) {
					return false, false
				}
			}
		}
		return true, always
	case len(x) > 0:
		return fitsAll(b, x), always
	case len(y) > 0:
		return fitsAll(a, y), always
	}
	return false, false
}

// fitsAll reports whether all of the values fit a condition.
func fitsAll(c *condition, list []literal) bool {
	for _, v := range list {
		if fits, known := c.allows(v); !fits || !known {
			return false
		}
	}
	return true
}
