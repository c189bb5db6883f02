package assist

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// condition is a comparison of a field with constants.
type condition struct {
	at     filter.Span
	e      *field.Expr
	key    string // the field with its functions
	op     string // as sysdig writes it, or matches
	values []literal
	not    bool // what the operator says is turned round
	absent bool // true where there is no value
	lang   filter.Language
	node   filter.Node
}

// literal is a constant, or a range of numbers.
type literal struct {
	at   filter.Span
	text string
	n    int64 // of a number or a truth value
	last int64 // of a range: the last number, else n
	num  bool
}

// simple returns a node as a condition, when it is one.
func simple(n filter.Node, lang filter.Language) (condition, bool) {
	switch n := n.(type) {
	case *filter.Paren:
		if n.X != nil {
			return simple(n.X, lang)
		}
	case *filter.Not:
		c, ok := simple(n.X, lang)
		c.not, c.absent, c.at = !c.not, !c.absent, n.Span()
		return c, ok
	case *filter.Comparison:
		return comparison(n)
	case *filter.Relation:
		return relation(n)
	}
	return condition{}, false
}

func comparison(n *filter.Comparison) (condition, bool) {
	c := condition{at: n.Span(), e: &n.Left.Expr, key: n.Left.Expr.String(), lang: filter.Sysdig, node: n}
	if n.Right != nil || n.Missing || n.Left.Err != nil {
		return c, false
	}
	c.op = n.Op.String()
	switch {
	case n.Op == filter.Intersects && c.e.Kind() != field.Elements:
		c.op = "in"
	case n.Op == filter.PMatch && len(n.Values) == 0: // below none of no paths
		c.op = "in"
	}
	for _, v := range n.Values {
		c.values = append(c.values, c.literal(v.At, v.Text))
	}
	return c, true
}

// literal reads a constant as the language does.
func (c *condition) literal(at filter.Span, text string) literal {
	l := literal{at: at, text: text}
	base := 10
	if c.lang == filter.Wireshark || strings.ContainsAny(text, "xX") {
		base = 0
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), base, 64)
	switch c.e.Kind() {
	case field.Bool:
		switch strings.ToLower(text) {
		case "true":
			n, err = 1, nil
		case "false":
			n, err = 0, nil
		}
		if n != 0 {
			n = 1
		}
	case field.Int, field.Uint, field.Port, field.Time, field.Duration:
	default:
		return l
	}
	l.n, l.last, l.num = n, n, err == nil
	return l
}

var relations = map[filter.Rel]string{
	filter.RelEq: "=", filter.RelNe: "!=", filter.RelLt: "<", filter.RelLe: "<=", filter.RelGt: ">", filter.RelGe: ">=", filter.RelIn: "in",
	filter.RelContains: "contains", filter.RelMatches: "matches",
}

func relation(n *filter.Relation) (condition, bool) {
	c := condition{at: n.At, lang: filter.Wireshark, node: n}
	if n.Missing || n.Quant != filter.ByOperator || len(n.Args) == 0 || len(n.Ops) > 1 || n.Args[0].Kind != filter.TermField {
		return c, false
	}
	c.e = &n.Args[0].Expr
	if c.key = c.e.String(); len(n.Ops) == 0 {
		c.op = "exists"
		return c, true
	}
	c.op = relations[n.Ops[0]]
	c.not = n.Not // which needs a value as in does
	switch {
	case c.op == "in":
		for _, x := range n.Set {
			l, ok := c.element(x)
			if !ok {
				return c, false
			}
			c.values = append(c.values, l)
		}
	case c.op == "" || len(n.Args) != 2 || n.Args[1].Kind != filter.TermLiteral:
		return c, false
	default:
		c.values = []literal{c.literal(n.Args[1].At, n.Args[1].Text)}
	}
	return c, true
}

// element reads a value or a range of a set.
func (c *condition) element(x filter.Element) (literal, bool) {
	if x.From.Kind != filter.TermLiteral {
		return literal{}, false
	}
	l := c.literal(x.From.At, x.From.Text)
	if x.To == nil {
		return l, true
	}
	if x.To.Kind != filter.TermLiteral {
		return l, false
	}
	to := c.literal(x.To.At, x.To.Text)
	l.at, l.last = x.At, to.n
	return l, l.num && to.num
}

// single reports whether an event has one value of the field at most, so that two demands on it must agree.
func (c *condition) single() bool {
	return !c.e.Several() && c.e.Kind() != field.Elements && c.e.Kind() != field.IP && c.e.F.Type != "ipnet"
}

// conditions returns the conditions that the arguments of a logic are made of, those of nested ones of the same kind too.
func (d *doubter) conditions(n *filter.Logic) (list []condition) {
	for _, x := range n.Args {
		for {
			p, ok := x.(*filter.Paren)
			if !ok || p.X == nil {
				break
			}
			x = p.X
		}
		if l, ok := x.(*filter.Logic); ok && l.Or == n.Or {
			list = append(list, d.conditions(l)...)
		} else if c, ok := simple(x, d.lang); ok && c.single() && c.known() {
			list = append(list, c)
		}
	}
	return list
}

// widths are the numbers that types can hold; all other numbers have 64 bits.
var widths = map[string][2]int64{
	"int16": {math.MinInt16, math.MaxInt16}, "int32": {math.MinInt32, math.MaxInt32}, "uint32": {0, math.MaxUint32}, "port": {0, math.MaxUint16},
	"uint16": {0, math.MaxUint16}, "uint8": {0, math.MaxUint8}, "mode": {0, math.MaxUint32},
}

// width returns the least and the greatest number that the type of a field can hold; beyond them numbers wrap.
func width(e *field.Expr) (low, high int64) {
	low, high = math.MinInt64, math.MaxInt64
	switch e.Kind() {
	case field.Uint, field.Time, field.Duration:
		low = 0
	case field.Port:
		low, high = 0, math.MaxUint16
	case field.Bool:
		return 0, 1
	}
	if w, ok := widths[e.F.Type]; ok && len(e.Chain) == 0 {
		return w[0], w[1]
	}
	return low, high
}

// limitsOf returns the least and the greatest number that a field has.
func limitsOf(e *field.Expr) (low, high int64) {
	low, high = width(e)
	if len(e.Chain) == 0 {
		switch e.F.Name {
		case "evt.num", "frame.number":
			low = 1
		case "evt.cpu", "sysdig.cpu_id":
			low = 0
		}
	}
	return low, high
}

// known reports whether it can be told which values a condition takes.
func (c *condition) known() bool {
	k := c.e.Kind()
	numbers := k == field.Bool || k == field.Int || k == field.Uint || k == field.Port || k == field.Time || k == field.Duration
	switch {
	case c.e.F.Name == "evt.rawarg": // its events decide what it holds
		return false
	case c.e.F.Class == "frame" && k == field.Time: // in parts of seconds
		return false
	case !numbers && k != field.String:
		return c.op == "exists"
	}
	switch c.op {
	case "exists", "=", "!=", "in":
	case "<", "<=", ">", ">=":
		if !numbers {
			return false
		}
	default:
		return false
	}
	low, high := width(c.e)
	for _, v := range c.values {
		if numbers && (!v.num || v.n < low || v.n > high || v.last > high || v.n == math.MinInt64 || v.last == math.MaxInt64) {
			return false
		}
	}
	return true
}

// takes reports whether a value fits a condition.
func (c *condition) takes(v literal) bool {
	fits := c.op == "exists"
	for _, w := range c.values {
		switch c.op {
		case "=", "in":
			fits = fits || w.holds(v)
		case "!=":
			fits = !w.holds(v)
		case "<":
			fits = v.n < w.n
		case "<=":
			fits = v.n <= w.n
		case ">":
			fits = v.n > w.n
		case ">=":
			fits = v.n >= w.n
		}
	}
	return fits != c.not
}

// holds reports whether a value is the constant, or in the range.
func (l literal) holds(v literal) bool {
	if l.num {
		return l.n <= v.n && v.n <= l.last
	}
	return l.text == v.text
}

// samples returns values such that what conditions on one field say of these, they say of all: the constants, what lies
// beside them, and one that is none of them.
func samples(list []*condition) (points []literal) {
	e := list[0].e
	if e.Kind() == field.String {
		other := "x"
		for _, c := range list {
			for _, v := range c.values {
				if other += v.text; v.text != "" || c.lang != filter.Wireshark { // where an empty text is none
					points = append(points, v)
				}
			}
		}
		return append(points, literal{text: other})
	}
	low, high := limitsOf(e)
	add := func(n int64) {
		if low <= n && n <= high {
			points = append(points, literal{n: n, num: true})
		}
	}
	add(max(low, 0))
	for _, c := range list {
		for _, v := range c.values {
			for _, n := range []int64{v.n - 1, v.n, v.n + 1, v.last, v.last + 1} {
				add(n)
			}
		}
	}
	add(low)
	add(high)
	return points
}

// takeAll reports whether every value of the field fits one of the conditions.
func takeAll(list ...*condition) bool {
	for _, v := range samples(list) {
		if !slices.ContainsFunc(list, func(c *condition) bool { return c.takes(v) }) {
			return false
		}
	}
	return true
}

// takeNone reports whether no value of the field fits all of the conditions.
func takeNone(list ...*condition) bool {
	for _, v := range samples(list) {
		if !slices.ContainsFunc(list, func(c *condition) bool { return !c.takes(v) }) {
			return false
		}
	}
	return true
}

// idle reports whether the values decide nothing about a condition, which is told of it alone.
func (c *condition) idle() bool { return c.op != "exists" && (takeAll(c) || takeNone(c)) }
