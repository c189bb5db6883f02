package filter

import "strings"

// Format returns the filter as canonical text: one blank between tokens, words for connectives, one spelling of each
// operator (sysdig's = for ==), quotes in sysdig's language only where they are needed, parentheses as they were written
// but for doubled ones. Formatting that text again gives the same. A text with faults
// of grammar is returned as it is.
func Format(t *Tree) string {
	if len(t.Faults) > 0 || t.Root == nil {
		return t.Text
	}
	f := &formatter{text: t.Text}
	f.node(t.Root)
	return f.String()
}

type formatter struct {
	strings.Builder
	text  string
	other func(*Comparison) (string, bool) // writes some comparisons in another way
}

func (f *formatter) node(n Node) {
	switch n := n.(type) {
	case *Logic:
		word := " and "
		if n.Or {
			word = " or "
		}
		for i, x := range n.Args {
			if i > 0 {
				f.WriteString(word)
			}
			f.node(x)
		}
	case *Not:
		f.WriteString("not ")
		f.node(n.X)
	case *Paren:
		if _, ok := n.X.(*Paren); ok {
			f.node(n.X)
			return
		}
		f.WriteByte('(')
		f.node(n.X)
		f.WriteByte(')')
	case *Comparison:
		f.check(n)
	case *Relation:
		f.relation(n)
	case *Xor:
		for i, x := range n.Args {
			if i > 0 {
				f.WriteString(" xor ")
			}
			f.node(x)
		}
	default:
		at := n.Span()
		f.WriteString(f.text[at.Start:at.End])
	}
}

func (f *formatter) check(c *Comparison) {
	if f.other != nil {
		if s, ok := f.other(c); ok {
			f.WriteString(s)
			return
		}
	}
	f.operand(&c.Left)
	f.WriteString(" " + c.Op.String())
	switch {
	case c.Op == Exists:
	case c.Right != nil:
		f.WriteByte(' ')
		f.operand(c.Right)
	case c.List:
		f.WriteString(" (")
		for i, v := range c.Values {
			if i > 0 {
				f.WriteString(", ")
			}
			f.WriteString(Quote(v.Text, false))
		}
		f.WriteByte(')')
	default:
		for _, v := range c.Values {
			f.WriteByte(' ')
			f.WriteString(Quote(v.Text, c.Op.ordering()))
		}
	}
}

func (f *formatter) operand(o *Operand) {
	switch {
	case o.Err != nil:
		f.WriteString(f.text[o.At.Start:o.At.End])
	case o.Val:
		f.WriteString("val(" + o.Expr.String() + ")")
	default:
		f.WriteString(o.Expr.String())
	}
}
