package filter

import (
	"bytes"
	"math"
	"net/netip"

	"github.com/scapls/scapls/filter/field"
)

// oddOf is conditions of which an odd number must hold.
type oddOf []test

func (n oddOf) match(c *field.Ctx) bool {
	odd := false
	for _, x := range n {
		odd = odd != x.match(c)
	}
	return odd
}

// compileRelation makes a test of a condition of Wireshark's language that has no errors.
func compileRelation(n *Relation) test {
	if len(n.Ops) == 0 {
		return newPresence(n.Args[0])
	}
	if n.Ops[0] == RelIn {
		return compileSet(n)
	}
	list := make(allOf, len(n.Ops))
	for i, op := range n.Ops {
		list[i] = compilePair(op, every(n.Quant, op), n.Args[i], n.Args[i+1])
	}
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// every reports whether all values must fit.
func every(q Quant, op Rel) bool {
	switch q {
	case Any:
		return false
	case All:
		return true
	}
	return op == RelNe || op == RelAllEq
}

// compilePair makes a test of two values with an operator between them.
func compilePair(op Rel, every bool, left, right *Term) test {
	if left.Kind == TermLiteral { // 3 < f is f > 3
		left, right, op = right, left, mirrored(op)
	}
	s := shapeOfTerm(left)
	if right.Kind == TermLiteral {
		return newValues(left, every, constantPredicate(op, s, right))
	}
	return &pair{left: compileTerm(left), right: compileTerm(right), every: every, pred: func(v, w field.Value) bool { return related(op, v, w) }}
}

// mirrored returns the operator with its sides exchanged.
func mirrored(op Rel) Rel {
	switch op {
	case RelGt:
		return RelLt
	case RelGe:
		return RelLe
	case RelLt:
		return RelGt
	case RelLe:
		return RelGe
	}
	return op
}

// compileSet makes a test of in and not in: the latter is true where there are values and none is in the set.
func compileSet(n *Relation) test {
	left := n.Args[0]
	s := shapeOfTerm(left)
	var tests []func(field.Value) bool
	var others []*pair // elements that are no constants
	for _, e := range n.Set {
		switch {
		case e.From.Kind == TermLiteral && e.To == nil:
			tests = append(tests, constantPredicate(RelEq, s, e.From))
		case e.From.Kind == TermLiteral && e.To.Kind == TermLiteral:
			low, high := constantPredicate(RelGe, s, e.From), constantPredicate(RelLe, s, e.To)
			tests = append(tests, func(v field.Value) bool { return low(v) && high(v) })
		default:
			others = append(others, elementPair(left, e))
		}
	}
	has := newValues(left, n.Quant == All && !n.Not, anyPredicate(s, n, tests))
	if len(others) == 0 {
		if n.Not {
			return allOf{newPresence(left), negate{has}}
		}
		return has
	}
	list := anyOf{has}
	for _, o := range others {
		list = append(list, o)
	}
	if n.Not {
		return allOf{newPresence(left), negate{list}}
	}
	return list
}

// elementPair compares with an element that is a field, or a range with one.
func elementPair(left *Term, e Element) *pair {
	p := &pair{left: compileTerm(left), right: compileTerm(e.From), pred: func(v, w field.Value) bool { return related(RelEq, v, w) }}
	if e.To == nil {
		return p
	}
	s := shapeOfTerm(left)
	bound := func(op Rel, t *Term) func(c *field.Ctx, v field.Value) bool {
		if t.Kind == TermLiteral {
			pred := constantPredicate(op, s, t)
			return func(_ *field.Ctx, v field.Value) bool { return pred(v) }
		}
		x := compileTerm(t)
		return func(c *field.Ctx, v field.Value) bool {
			hit := false
			x.each(c, func(w field.Value) bool { hit = related(op, v, w); return !hit })
			return hit
		}
	}
	p.low, p.high = bound(RelGe, e.From), bound(RelLe, e.To)
	return p
}

// anyPredicate is true when one of the tests is. Many constants of a kind are looked up at once.
func anyPredicate(s shape, n *Relation, tests []func(field.Value) bool) func(field.Value) bool {
	if s.kind == field.String && !s.dyn && len(tests) == len(n.Set) {
		set := map[string]struct{}{}
		for _, e := range n.Set {
			if e.To == nil {
				set[e.From.Text] = struct{}{}
			}
		}
		if len(set) == len(n.Set) {
			return func(v field.Value) bool { _, ok := set[string(v.B)]; return ok }
		}
	}
	return func(v field.Value) bool {
		for _, t := range tests {
			if t(v) {
				return true
			}
		}
		return false
	}
}

// values asks for the values of a term. Most have one or none.
type values struct {
	term  term
	field *field.Expr // set when it is a field with one value
	every bool
	pred  func(field.Value) bool
}

func newValues(t *Term, every bool, pred func(field.Value) bool) *values {
	x := &values{term: compileTerm(t), every: every, pred: pred}
	if f, ok := x.term.(*fieldTerm); ok && f.single {
		x.field = f.expr
	}
	return x
}

func newPresence(t *Term) test {
	if t.Kind == TermUnary || t.Kind == TermBinary || t.Kind == TermGroup { // what is reckoned must not be zero
		return newValues(t, false, func(v field.Value) bool {
			return !numeric(v.Kind) || v.U != 0 && (v.Kind != field.Float || v.Float() != 0)
		})
	}
	return newValues(t, false, func(field.Value) bool { return true })
}

func (t *values) match(c *field.Ctx) bool {
	if t.field != nil {
		v := t.field.Value(c)
		return !absent(v) && t.pred(v)
	}
	some, hit := false, false
	t.term.each(c, func(v field.Value) bool {
		some = true
		hit = t.pred(v) != t.every
		return !hit
	})
	return some && hit != t.every
}

// absent reports whether a field counts as not there: an empty text is none.
func absent(v field.Value) bool {
	return v.Kind == field.None || len(v.B) == 0 && text(v.Kind)
}

// pair compares the values of two terms.
type pair struct {
	left, right term
	every       bool
	pred        func(v, w field.Value) bool
	low, high   func(c *field.Ctx, v field.Value) bool // the bounds of a range, instead of right and pred
}

func (t *pair) match(c *field.Ctx) bool {
	some, hit := false, false
	t.left.each(c, func(v field.Value) bool {
		if t.low != nil {
			hit = t.low(c, v) && t.high(c, v)
			some = true
			return !hit
		}
		t.right.each(c, func(w field.Value) bool {
			some = true
			hit = t.pred(v, w) != t.every
			return !hit
		})
		return !hit
	})
	return some && hit != t.every
}

// related compares two values that may be of different kinds.
func related(op Rel, v, w field.Value) bool {
	switch {
	case v.Kind == field.IP:
		return w.Kind == field.IP && len(v.B) == len(w.B) && holds(op, bytes.Compare(v.B, w.B))
	case text(v.Kind):
		if !text(w.Kind) {
			return false
		}
		if op == RelContains {
			return len(w.B) > 0 && bytes.Contains(v.B, w.B)
		}
		return holds(op, bytes.Compare(v.B, w.B))
	case numeric(v.Kind) && numeric(w.Kind):
		return holds(op, orderNumbers(v, w))
	}
	return false
}

// orderNumbers compares numbers of any kinds: negative, zero or positive.
func orderNumbers(v, w field.Value) int {
	if v.Kind == field.Float || w.Kind == field.Float {
		a, b := number64f(v), number64f(w)
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	}
	switch below, under := negative(v), negative(w); {
	case below != under:
		return map[bool]int{true: -1, false: 1}[below]
	case v.U < w.U: // also right for two negative ones
		return -1
	case v.U > w.U:
		return 1
	}
	return 0
}

func negative(v field.Value) bool { return v.Kind == field.Int && v.Int() < 0 }

func number64f(v field.Value) float64 {
	switch v.Kind {
	case field.Float:
		return v.Float()
	case field.Int:
		return float64(v.Int())
	}
	return float64(v.U)
}

// holds reports what an operator says of an order.
func holds(op Rel, d int) bool {
	switch op {
	case RelEq, RelAllEq:
		return d == 0
	case RelNe, RelAnyNe:
		return d != 0
	case RelGt:
		return d > 0
	case RelGe:
		return d >= 0
	case RelLt:
		return d < 0
	case RelLe:
		return d <= 0
	}
	return false
}

// constantPredicate compares values of a shape with a constant.
func constantPredicate(op Rel, s shape, t *Term) func(field.Value) bool {
	if op == RelMatches {
		p, err := compileMatches(t.Text)
		if err != nil {
			return func(field.Value) bool { return false }
		}
		return func(v field.Value) bool { return p.re.Match(v.B) }
	}
	if s.dyn {
		return dynamicPredicate(op, t)
	}
	k, err := constantOf(s, t)
	if err != nil {
		return func(field.Value) bool { return false }
	}
	switch {
	case s.kind == field.IP:
		return addressPredicate(op, k)
	case s.kind == field.Bool:
		return func(v field.Value) bool { return holds(op, orderNumbers(v, k.v)) }
	case op == RelContains:
		return func(v field.Value) bool { return len(k.v.B) > 0 && bytes.Contains(v.B, k.v.B) }
	case text(s.kind):
		switch op {
		case RelEq, RelAllEq:
			return func(v field.Value) bool { return bytes.Equal(v.B, k.v.B) }
		case RelNe, RelAnyNe:
			return func(v field.Value) bool { return !bytes.Equal(v.B, k.v.B) }
		}
		return func(v field.Value) bool { return holds(op, bytes.Compare(v.B, k.v.B)) }
	}
	return func(v field.Value) bool { return holds(op, orderNumbers(v, k.v)) }
}

func addressPredicate(op Rel, k constant) func(field.Value) bool {
	switch op {
	case RelEq, RelAllEq, RelNe, RelAnyNe:
		return func(v field.Value) bool {
			a, ok := netip.AddrFromSlice(v.B)
			return ok && k.net.Contains(a) == (op == RelEq || op == RelAllEq)
		}
	}
	return func(v field.Value) bool { return len(v.B) == len(k.v.B) && holds(op, bytes.Compare(v.B, k.v.B)) }
}

// dynamicPredicate compares values whose kind the parameter decides.
func dynamicPredicate(op Rel, t *Term) func(field.Value) bool {
	var byKind [field.Elements + 1]func(field.Value) bool
	for kind := field.None + 1; kind <= field.Elements; kind++ {
		s := shape{kind: kind}
		if _, err := constantOf(s, t); err == nil && (op != RelContains || text(kind)) {
			byKind[kind] = constantPredicate(op, s, t)
		}
	}
	return func(v field.Value) bool {
		p := byKind[v.Kind]
		return p != nil && p(v)
	}
}

// float returns a number with a fraction.
func float(v field.Value) field.Value {
	return field.Value{Kind: field.Float, U: math.Float64bits(number64f(v))}
}
