package filter

import "github.com/scapls/scapls/filter/field"

// Xor is conditions of Wireshark's language of which an odd number must hold.
type Xor struct {
	Args []Node
	Ops  []Span // of the words between them
}

// Span returns where the conditions stand.
func (n *Xor) Span() Span {
	return Span{n.Args[0].Span().Start, n.Args[len(n.Args)-1].Span().End}
}

// Relation is a condition of Wireshark's language: a comparison, a chain of them, a search, a membership, or a lone
// value that must be present.
type Relation struct {
	At      Span
	Quant   Quant
	QuantAt Span
	Args    []*Term // one more than Ops; with In all there is on its left
	Ops     []Rel   // none: the value must be present
	OpsAt   []Span
	Not     bool // not in
	Set     []Element
	SetAt   Span
	Missing bool // something could not be read: there is a fault that says so
}

// Span returns where the condition stands.
func (n *Relation) Span() Span { return n.At }

// Quant says how many of a field's values must fit.
type Quant uint8

// The quantifiers. ByOperator leaves it to the operator.
const (
	ByOperator Quant = iota
	Any
	All
)

// Rel is an operator of Wireshark's language.
type Rel uint8

// The operators.
const (
	RelEq       Rel = iota // == eq any_eq: one value is equal
	RelNe                  // != ne all_ne: all values differ
	RelAllEq               // === all_eq: all values are equal
	RelAnyNe               // !== any_ne: one value differs
	RelGt                  // > gt
	RelGe                  // >= ge
	RelLt                  // < lt
	RelLe                  // <= le
	RelContains            // contains
	RelMatches             // ~ matches
	RelIn                  // in, not in
)

var relNames = [...]string{"==", "!=", "===", "!==", ">", ">=", "<", "<=", "contains", "matches", "in"}

// String returns the operator as it is written.
func (o Rel) String() string { return relNames[o] }

// Rels returns the operators of Wireshark's language in their first spelling.
func Rels() []string { return relNames[:] }

// Element is a value or a range of values of a membership.
type Element struct {
	At   Span
	From *Term
	To   *Term // nil: From is a value
}

// TermKind says what a Term is.
type TermKind uint8

// The kinds of term.
const (
	TermBad       TermKind = iota // could not be read
	TermField                     // proc.name
	TermLiteral                   // a constant
	TermReference                 // $fd.num, ${fd.num}: the value in the selected event
	TermCall                      // upper(proc.name): Args are the arguments
	TermSlice                     // fd.name[0:4]: Args[0] is what it is taken from
	TermUnary                     // -fd.num: Args[0]
	TermBinary                    // fd.num + 1: Args[0], Args[1]
	TermGroup                     // {fd.num + 1}: Args[0]
)

// Term is a value in Wireshark's language.
type Term struct {
	At   Span
	Kind TermKind
	Name Span // of the field, the function, the arithmetic operator
	Args []*Term

	Expr field.Expr   // TermField, TermReference
	Err  *field.Error // why that is no field
	Raw  bool         // TermField: @ stands before it

	Text string // TermLiteral: without quotes and escapes; TermCall: the function's name; TermUnary, TermBinary: the operator
	Form Form   // TermLiteral

	Ranges []SliceRange // TermSlice
}

// Form is how a literal is written.
type Form uint8

// The forms.
const (
	Bare      Form = iota // a word or a number
	Quoted                // "text"
	RawQuoted             // r"text"
	CharConst             // 'c'
)

// SliceRange is one part of a slice: from From on, Len bytes, or to the end. Negative numbers count from the end.
type SliceRange struct {
	At    Span
	From  int
	Len   int
	To    int  // the last one, when Until
	Until bool // [i-j]
	Rest  bool // [i:]
}

// Fields calls yield for every field that a node and what is below it ask, until it returns false.
func Fields(n Node, yield func(at Span, e *field.Expr) bool) bool {
	switch n := n.(type) {
	case *Logic:
		return eachFields(n.Args, yield)
	case *Xor:
		return eachFields(n.Args, yield)
	case *Not:
		return n.X == nil || Fields(n.X, yield)
	case *Paren:
		return n.X == nil || Fields(n.X, yield)
	case *Comparison:
		if n.Left.Expr.F != nil && !yield(n.Left.Field, &n.Left.Expr) {
			return false
		}
		return n.Right == nil || n.Right.Expr.F == nil || yield(n.Right.Field, &n.Right.Expr)
	case *Relation:
		for _, t := range n.Args {
			if !t.fields(yield) {
				return false
			}
		}
		for _, e := range n.Set {
			if !e.From.fields(yield) || e.To != nil && !e.To.fields(yield) {
				return false
			}
		}
	}
	return true
}

func eachFields(list []Node, yield func(at Span, e *field.Expr) bool) bool {
	for _, x := range list {
		if !Fields(x, yield) {
			return false
		}
	}
	return true
}

func (t *Term) fields(yield func(at Span, e *field.Expr) bool) bool {
	if t.Kind == TermField && t.Expr.F != nil && !yield(t.Name, &t.Expr) {
		return false
	}
	for _, x := range t.Args {
		if !x.fields(yield) {
			return false
		}
	}
	return true
}
