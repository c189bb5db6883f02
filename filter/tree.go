package filter

import (
	"github.com/scapls/scapls/filter/field"
)

// Span is the half-open range of bytes [Start, End) of a text.
type Span struct{ Start, End int }

// Tree is a parsed filter. It is there for every text; Faults tells what is wrong with its grammar.
type Tree struct {
	Text     string
	Language Language // the one it was parsed in
	Root     Node     // nil when the text holds no condition
	Faults   []Diagnostic
}

// Node is a part of a filter: *Logic, *Not, *Paren, *Bad; in sysdig's language *Comparison, *Name; in Wireshark's *Xor,
// *Relation.
type Node interface{ Span() Span }

// Logic is conditions joined by one connective.
type Logic struct {
	Or   bool // else and
	Args []Node
	Ops  []Span // of the words between them
}

// Not is a negated condition.
type Not struct {
	Word Span
	X    Node
}

// Paren is a condition in parentheses.
type Paren struct {
	At Span
	X  Node // nil when nothing is in them
}

// Comparison is a field with an operator and what it is compared with.
type Comparison struct {
	Left    Operand
	Op      Op
	OpAt    Span
	Right   *Operand  // what is compared with when it is a field
	Values  []Literal // else: the value, or the items of the list
	List    bool      // the values stand in a list
	ListAt  Span
	Missing bool // the operator or the value could not be read: there is a fault that says so
}

// Operand is a field, or a transform of one.
type Operand struct {
	At    Span
	Calls []Span // names of the transforms, the outermost first; val is one of them
	Field Span   // the field with its argument
	Val   bool   // val() stands around it
	Expr  field.Expr
	Err   *field.Error // why it is no field
}

// Literal is a value as it is written.
type Literal struct {
	At     Span
	Text   string // without quotes and escapes
	Quoted bool
}

// Name is a word where a condition is expected: a macro's name in Falco's rules.
type Name struct{ At Span }

// Bad is a text that could not be understood.
type Bad struct{ At Span }

// Span returns where the conditions stand.
func (n *Logic) Span() Span {
	return Span{n.Args[0].Span().Start, n.Args[len(n.Args)-1].Span().End}
}

// Span returns where the word and its condition stand.
func (n *Not) Span() Span {
	if n.X == nil {
		return n.Word
	}
	return Span{n.Word.Start, n.X.Span().End}
}

// Span returns where the parentheses stand.
func (n *Paren) Span() Span { return n.At }

// Span returns where the comparison stands.
func (n *Comparison) Span() Span {
	end := max(n.Left.At.End, n.OpAt.End, n.ListAt.End)
	if n.Right != nil {
		end = max(end, n.Right.At.End)
	}
	for _, v := range n.Values {
		end = max(end, v.At.End)
	}
	return Span{n.Left.At.Start, end}
}

// Span returns where the word stands.
func (n *Name) Span() Span { return n.At }

// Span returns where the text stands.
func (n *Bad) Span() Span { return n.At }

// Severity tells how bad a diagnostic is.
type Severity uint8

// The severities. Only an Error keeps a filter from being used.
const (
	Error Severity = iota + 1
	Warning
	Hint
)

// Diagnostic is one thing to say about a place of a filter.
type Diagnostic struct {
	Span     Span
	Severity Severity
	Msg      string // a sentence without capital and full stop
	Fixes    []Fix

	name    bool // a name is not known, which both languages would say
	refused bool // it is accepted here, and by none of the tools that speak the language
}

// Fix is a change that would make the filter right.
type Fix struct {
	Msg  string // what it does: "write evt.type"
	Span Span
	Text string // what stands there then
}

// Op is an operator.
type Op uint8

// The operators.
const (
	NoOp Op = iota
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Contains
	IContains
	BContains
	StartsWith
	BStartsWith
	EndsWith
	Glob
	IGlob
	Regex
	In
	Intersects
	PMatch
	Exists
)

var opNames = [...]string{
	"", "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "bcontains", "startswith", "bstartswith", "endswith",
	"glob", "iglob", "regex", "in", "intersects", "pmatch", "exists",
}

// String returns the operator as it is written.
func (o Op) String() string { return opNames[o] }

// Ops returns the names of the operators.
func Ops() []string { return opNames[1:] }

// takesList reports whether a list stands on the right of the operator.
func (o Op) takesList() bool { return o == In || o == Intersects || o == PMatch }

// ordering reports whether the operator compares by order.
func (o Op) ordering() bool { return o >= Lt && o <= Ge }
