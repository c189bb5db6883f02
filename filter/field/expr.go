package field

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
)

// Transform is a function the languages know: it makes one value of another.
type Transform uint8

// The transforms.
const (
	ToLower  Transform = iota // text in lower case (ASCII)
	ToUpper                   // text in upper case (ASCII)
	B64                       // what a base64 text encodes; none when it does not
	Basename                  // text behind the last slash
	Len                       // bytes of a text, elements of a list
)

var transformNames = [...]string{"tolower", "toupper", "b64", "basename", "len"}

// String returns the transform's name.
func (t Transform) String() string { return transformNames[t] }

// TransformNames returns the names of the transforms.
func TransformNames() []string { return transformNames[:] }

// LookupTransform returns the transform with the name.
func LookupTransform(name string) (Transform, bool) {
	for i, s := range transformNames {
		if s == name {
			return Transform(i), true
		}
	}
	return 0, false
}

// Takes returns the kind of value the transform makes of one of kind k; None when it does not take such values.
func (t Transform) Takes(k Kind) Kind {
	switch {
	case t == Len && (k == String || k == Bytes || k == Elements):
		return Uint
	case t == B64 && (k == String || k == Bytes), (t == ToLower || t == ToUpper || t == Basename) && k == String:
		return String
	}
	return None
}

// Apply returns what the transform makes of v. The result borrows from c.
func (t Transform) Apply(c *Ctx, v Value) Value {
	if t.Takes(v.Kind) == None {
		return Value{}
	}
	switch t {
	case Len:
		if v.Kind != Elements {
			return uintValue(uint64(len(v.B)))
		}
		n := uint64(0)
		for range v.Elements {
			n++
		}
		return uintValue(n)
	case Basename:
		return textValue(v.B[bytes.LastIndexByte(v.B, '/')+1:])
	case B64:
		return decoded(c, v.B)
	}
	from := len(c.buf)
	c.buf = append(c.buf, v.B...)
	out := c.buf[from:len(c.buf):len(c.buf)]
	for i, b := range out {
		switch {
		case t == ToLower && b >= 'A' && b <= 'Z', t == ToUpper && b >= 'a' && b <= 'z':
			out[i] = b ^ 0x20
		}
	}
	return textValue(out)
}

func decoded(c *Ctx, b []byte) Value {
	from := len(c.buf)
	c.buf = append(c.buf, make([]byte, base64.StdEncoding.DecodedLen(len(b)))...)
	n, err := base64.StdEncoding.Decode(c.buf[from:], b)
	if err != nil {
		c.buf = c.buf[:from]
		return Value{}
	}
	c.buf = c.buf[:from+n]
	return textValue(c.buf[from : from+n : from+n])
}

// Expr is a field and the transforms around it: toupper(basename(proc.exepath)).
type Expr struct {
	Ref
	Chain []Transform // the innermost first
}

// maxChain bounds how deep transforms nest.
const maxChain = 16

// ParseExpr reads a field or a transform of one. The whole text must be one expression. Errors are of type *Error.
func ParseExpr(text string) (Expr, error) {
	e, n, err := ScanExpr(text)
	if err == nil && n < len(text) {
		if len(e.Chain) == 0 {
			e.Ref, err = Parse(text)
			return e, err
		}
		return Expr{}, &Error{Text: text, Msg: "has more text behind its end", Start: n}
	}
	return e, err
}

// ScanExpr reads the longest field or transform of one at the start of text, and returns how many bytes it takes.
func ScanExpr(text string) (Expr, int, error) { return scanExpr(text, 0) }

func scanExpr(text string, depth int) (Expr, int, error) {
	open := strings.IndexByte(text, '(')
	if open <= 0 || nameEnd(text) != open || strings.IndexByte(text[:open], '.') >= 0 {
		r, n, err := Scan(text)
		return Expr{Ref: r}, n, err
	}
	t, ok := LookupTransform(text[:open])
	if !ok {
		return Expr{}, 0, &Error{Text: text[:open], Msg: "unknown transform", Near: nearest(text[:open], transformNames[:], 2)}
	}
	if depth == maxChain {
		return Expr{}, 0, &Error{Text: text[:open], Msg: "transforms nest too deep", Start: open}
	}
	i := skipBlanks(text, open+1)
	e, n, err := scanExpr(text[i:], depth+1)
	if err != nil {
		if fe, ok := err.(*Error); ok { //nolint:errorlint // our own error, just made
			fe.Start += i
		}
		return Expr{}, 0, err
	}
	end := skipBlanks(text, i+n)
	if end >= len(text) || text[end] != ')' {
		return Expr{}, 0, &Error{Text: text[:open], Msg: "its bracket does not end", Start: min(end, len(text))}
	}
	if k := e.Kind(); t.Takes(k) == None && k != None || e.F.Flags.Has(NoTransformer) {
		return Expr{}, 0, &Error{Text: e.F.Name, Msg: fmt.Sprintf("%s does not take it", t), Start: i}
	}
	e.Chain = append(e.Chain, t)
	return e, end + 1, nil
}

func skipBlanks(text string, i int) int {
	for i < len(text) && strings.IndexByte(" \t\r\n", text[i]) >= 0 {
		i++
	}
	return i
}

// Kind returns the kind of the expression's values.
func (e *Expr) Kind() Kind {
	k := e.F.Kind()
	for _, t := range e.Chain {
		k = t.Takes(k)
	}
	return k
}

// Value returns the expression's value, of kind None when there is none.
func (e *Expr) Value(c *Ctx) Value {
	v := e.Ref.Value(c)
	for _, t := range e.Chain {
		v = t.Apply(c, v)
	}
	return v
}

// Append appends the expression as text; false when it has no value.
func (e *Expr) Append(dst []byte, c *Ctx) ([]byte, bool) {
	if len(e.Chain) == 0 {
		return e.Ref.Append(dst, c)
	}
	v := e.Value(c)
	if v.Kind == None {
		return dst, false
	}
	return v.Append(dst), true
}

// String returns the expression as it is written.
func (e *Expr) String() string {
	s := e.Ref.String()
	for _, t := range e.Chain {
		s = t.String() + "(" + s + ")"
	}
	return s
}
