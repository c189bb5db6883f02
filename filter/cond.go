package filter

import (
	"strconv"
	"sync"

	"github.com/scapls/scapls/filter/field"
)

// CondKind says how a condition is made of others.
type CondKind uint8

// The kinds of condition.
const (
	CondAsk CondKind = iota // asks an event
	CondAll                 // all of Args
	CondAny                 // one of Args
	CondNot                 // not Args[0]
)

// Cond is a condition of a program, taken apart so that an index can ask each part where it is cheap. It does not
// change; several goroutines may ask one.
type Cond struct {
	Kind  CondKind
	Args  []*Cond
	Exprs []*field.Expr // CondAsk: the fields that are asked; the answer follows from their values
	Node  Node          // what it was made of; nil for all events

	ask test
	cmp *Comparison // CondAsk: when it is one
	own *Question   // CondAsk: when no text made it
}

// Cond returns the program's condition.
func (p *Program) Cond() *Cond {
	if p.cond != nil {
		return p.cond
	}
	if p.tree.Root == nil {
		return &Cond{ask: all{}}
	}
	return newCond(p.tree.Root)
}

// Everything returns the program that matches all events.
func Everything() *Program { return program(&Tree{}) }

// Tree returns what the program was made of.
func (p *Program) Tree() *Tree { return p.tree }

// Key returns a text that programs have in common only if they match the same events.
func (p *Program) Key() string { return p.key() }

func newProgram(root test, t *Tree) *Program {
	return &Program{root: root, tree: t, key: sync.OnceValue(func() string {
		if t.Root == nil {
			return ""
		}
		return strconv.Itoa(int(t.Language)) + ":" + Format(t)
	})}
}

// Part returns the program that one part of a program's tree is.
func (p *Program) Part(n Node) *Program {
	return newProgram(compile(n), &Tree{Text: p.tree.Text, Language: p.tree.Language, Root: n})
}

func newCond(n Node) *Cond {
	switch n := n.(type) {
	case *Paren:
		return newCond(n.X)
	case *Not:
		return &Cond{Kind: CondNot, Args: []*Cond{newCond(n.X)}, Node: n}
	case *Logic:
		c := &Cond{Kind: CondAll, Node: n}
		if n.Or {
			c.Kind = CondAny
		}
		for _, x := range n.Args {
			c.Args = append(c.Args, newCond(x))
		}
		return c
	}
	c := &Cond{Node: n, ask: compile(n)}
	c.cmp, _ = n.(*Comparison)
	Fields(n, func(_ Span, e *field.Expr) bool {
		c.Exprs = append(c.Exprs, e)
		return true
	})
	return c
}

// Match asks the event. It needs of it only what the needs of the fields are.
func (c *Cond) Match(x *field.Ctx) bool {
	switch c.Kind {
	case CondAll:
		for _, a := range c.Args {
			if !a.Match(x) {
				return false
			}
		}
		return true
	case CondAny:
		for _, a := range c.Args {
			if a.Match(x) {
				return true
			}
		}
		return false
	case CondNot:
		return !c.Args[0].Match(x)
	}
	return c.ask.match(x)
}

// Needle returns bytes that the bytes of every event hold that matches, nil when no such are known.
func (c *Cond) Needle() []byte {
	if c.own != nil {
		return c.own.Needle
	}
	if c.cmp == nil || c.cmp.Right != nil || len(c.cmp.Left.Expr.Chain) > 0 || c.cmp.Left.Expr.F.Name != "evt.buffer" || len(c.cmp.Values) != 1 {
		return nil
	}
	switch c.cmp.Op {
	case Contains, StartsWith, EndsWith, Eq, BContains, BStartsWith:
		l, err := compileValue(shapeOf(&c.cmp.Left.Expr), c.cmp.Op, c.cmp.Values[0].Text)
		if err != nil {
			return nil
		}
		return l.text
	}
	return nil
}

// Numbers returns, of a condition that compares a whole number with a constant, the numbers that fit: those from lo to
// hi, as signed ones where signed is set; none of them with not. ok is false for other conditions.
func (c *Cond) Numbers() (lo, hi uint64, signed, not, ok bool) {
	s, op, n, ok := c.comparison()
	if !ok {
		return 0, 0, false, false, false
	}
	least, most := uint64(0), ^uint64(0)
	switch s.kind {
	case field.Int:
		signed, least, most = true, 1<<63, 1<<63-1
	case field.Uint, field.Time, field.Duration:
	default:
		return 0, 0, false, false, false
	}
	lo, hi = n, n
	switch op {
	case Eq:
	case Ne:
		not = true
	case Ge:
		hi = most
	case Le:
		lo = least
	case Lt: // not at least
		hi, not = most, true
	case Gt:
		lo, not = least, true
	default:
		return 0, 0, false, false, false
	}
	return lo, hi, signed, not, true
}

// comparison returns the parts of a condition that compares one whole number with a constant.
func (c *Cond) comparison() (s shape, op Op, n uint64, ok bool) {
	if r, is := c.Node.(*Relation); is {
		return relationNumber(r)
	}
	if c.cmp == nil || c.cmp.Right != nil || len(c.cmp.Values) != 1 || c.cmp.Left.Expr.F.Name == "evt.around" {
		return s, 0, 0, false
	}
	s = shapeOf(&c.cmp.Left.Expr)
	l, err := compileValue(s, c.cmp.Op, c.cmp.Values[0].Text)
	return s, c.cmp.Op, l.n, err == nil && l.ok && !s.dyn
}

// relationNumber is comparison for Wireshark's language.
func relationNumber(r *Relation) (s shape, op Op, n uint64, ok bool) {
	if len(r.Ops) != 1 || r.Ops[0] > RelLe || r.Quant != ByOperator {
		return s, 0, 0, false
	}
	left, right := r.Args[0], r.Args[1]
	if left.Kind != TermField || left.Raw || left.Expr.Several() || right.Kind != TermLiteral {
		return s, 0, 0, false
	}
	s = shapeOfTerm(left)
	k, err := constantOf(s, right)
	if err != nil || s.dyn || !numeric(k.v.Kind) || k.v.Kind == field.Float || s.kind == field.Int != (k.v.Kind == field.Int) && k.v.U >= 1<<63 {
		return s, 0, 0, false
	}
	return s, [...]Op{Eq, Ne, Eq, Ne, Gt, Ge, Lt, Le}[r.Ops[0]], k.v.U, true
}
