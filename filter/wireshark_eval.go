package filter

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/scapls/scapls/filter/field"
)

// term is a value of Wireshark's language ready to be asked: it calls yield for each value it has in an event until
// yield returns false.
type term interface {
	each(c *field.Ctx, yield func(field.Value) bool)
}

// shapeOfTerm returns what a term without errors yields. Constants have no kind.
func shapeOfTerm(t *Term) shape {
	switch t.Kind {
	case TermField:
		return fieldShape(&t.Expr)
	case TermLiteral:
		return shape{}
	}
	k := &checker{} // what it has to say was said before
	s, _ := k.term(t)
	return s.shape
}

func compileTerm(t *Term) term {
	switch t.Kind {
	case TermField:
		f := &fieldTerm{expr: &t.Expr, rendered: t.Expr.F.Name == "evt.buffer"}
		f.single = !f.rendered && !t.Expr.Several() && !t.Expr.F.Flags.Has(field.List)
		return f
	case TermGroup:
		return compileTerm(t.Args[0])
	case TermSlice:
		return &sliceTerm{compileTerm(t.Args[0]), t.Ranges}
	case TermCall:
		return compileCall(t)
	case TermUnary, TermBinary:
		s := shapeOfTerm(t)
		if s.kind == field.None {
			s.kind = field.Int
		}
		a := &arithTerm{op: t.Text[0], x: operand(t.Args[0], s)}
		if t.Kind == TermBinary {
			a.y = operand(t.Args[1], s)
		}
		return a
	}
	return &constTerm{}
}

// operand compiles a part of an arithmetic term or a function's argument; constants take the kind of the shape.
func operand(t *Term, s shape) term {
	if t.Kind != TermLiteral {
		return compileTerm(t)
	}
	k, _ := constantOf(s, t)
	return &constTerm{k.v}
}

type constTerm struct{ v field.Value }

func (t *constTerm) each(_ *field.Ctx, yield func(field.Value) bool) {
	if t.v.Kind != field.None {
		yield(t.v)
	}
}

// fieldTerm is a field. Texts that are empty are none; a buffer is the text it is shown as.
type fieldTerm struct {
	expr     *field.Expr
	single   bool
	rendered bool
}

func (t *fieldTerm) each(c *field.Ctx, yield func(field.Value) bool) {
	switch {
	case t.rendered:
		if b := ShownBytes(t.expr.Value(c).B); len(b) > 0 {
			yield(field.Value{Kind: field.Bytes, B: b})
		}
	case t.expr.F.Flags.Has(field.List):
		t.expr.Value(c).Elements(func(b []byte) bool {
			return len(b) == 0 || yield(field.Value{Kind: field.String, B: b})
		})
	case t.expr.Several():
		t.expr.Values(c, func(v field.Value) bool { return absent(v) || yield(v) })
	default:
		if v := t.expr.Value(c); !absent(v) {
			yield(v)
		}
	}
}

// ShownBytes returns what Stratoshark keeps of a buffer: of its first 80 bytes those that can be printed, and line ends.
func ShownBytes(b []byte) []byte {
	const most = 80
	out := make([]byte, 0, most)
	for _, c := range b[:min(len(b), most)] {
		if c >= ' ' && c < 0x7F || c == '\n' {
			out = append(out, c)
		}
	}
	return out
}

// sliceTerm is parts of a text, one behind the other. A part that reaches beyond it leaves nothing.
type sliceTerm struct {
	x      term
	ranges []SliceRange
}

func (t *sliceTerm) each(c *field.Ctx, yield func(field.Value) bool) {
	t.x.each(c, func(v field.Value) bool {
		kind := v.Kind
		if kind == field.IP {
			kind = field.Bytes
		}
		var out []byte
		for _, r := range t.ranges {
			from, to, ok := r.bytes(v)
			if !ok {
				return true
			}
			if len(t.ranges) == 1 {
				return yield(field.Value{Kind: kind, B: v.B[from:to]})
			}
			out = append(out, v.B[from:to]...)
		}
		return yield(field.Value{Kind: kind, B: out})
	})
}

// bytes returns which bytes of a value are meant. Those of a text are counted in characters.
func (r *SliceRange) bytes(v field.Value) (from, to int, ok bool) {
	if v.Kind != field.String || ascii(v.B) || !utf8.Valid(v.B) {
		return r.bounds(len(v.B))
	}
	if from, to, ok = r.bounds(utf8.RuneCount(v.B)); !ok {
		return 0, 0, false
	}
	at := func(n int) int {
		i := 0
		for ; n > 0; n-- {
			_, size := utf8.DecodeRune(v.B[i:])
			i += size
		}
		return i
	}
	return at(from), at(to), true
}

// bounds returns which of n bytes or characters are meant.
func (r *SliceRange) bounds(n int) (from, to int, ok bool) {
	if from = r.From; from < 0 {
		from += n
	}
	switch {
	case r.Rest:
		to = n
	case r.Until:
		if to = r.To; to < 0 {
			to += n
		}
		to++
	default:
		to = from + r.Len
	}
	return from, to, from >= 0 && from < n && to > from && to <= n
}

// arithTerm is a sign before a number, or two numbers reckoned together.
type arithTerm struct {
	op   byte
	x, y term // y is nil behind a sign
}

func (t *arithTerm) each(c *field.Ctx, yield func(field.Value) bool) {
	t.x.each(c, func(v field.Value) bool {
		if t.y == nil {
			if t.op == '-' {
				v = minus(v)
			}
			return yield(v)
		}
		more := true
		t.y.each(c, func(w field.Value) bool {
			if r, ok := reckon(t.op, v, w); ok {
				more = yield(r)
			}
			return more
		})
		return more
	})
}

func minus(v field.Value) field.Value {
	if v.Kind == field.Float {
		return field.Value{Kind: field.Float, U: math.Float64bits(-v.Float())}
	}
	return field.Value{Kind: field.Int, U: -v.U}
}

// reckon applies an operator to two numbers; false when there is no result.
func reckon(op byte, v, w field.Value) (field.Value, bool) {
	if v.Kind == field.Float || w.Kind == field.Float {
		return reckonFloat(op, number64f(v), number64f(w))
	}
	signed := v.Kind == field.Int || w.Kind == field.Int
	r := field.Value{Kind: field.Uint}
	if signed {
		r.Kind = field.Int
	}
	switch op {
	case '+':
		r.U = v.U + w.U
	case '-':
		if r.U = v.U - w.U; v.U < w.U { // below zero
			r.Kind = field.Int
		}
	case '*':
		r.U = v.U * w.U
	case '&':
		r.U = v.U & w.U
	case '/', '%':
		switch {
		case w.U == 0:
			return r, false
		case !signed && op == '/':
			r.U = v.U / w.U
		case !signed:
			r.U = v.U % w.U
		case op == '/':
			r.U = uint64(v.Int() / w.Int())
		default:
			r.U = uint64(v.Int() % w.Int())
		}
	}
	return r, true
}

func reckonFloat(op byte, a, b float64) (field.Value, bool) {
	r := 0.0
	switch op {
	case '+':
		r = a + b
	case '-':
		r = a - b
	case '*':
		r = a * b
	case '/':
		r = a / b
	case '%':
		r = math.Mod(a, b)
	case '&':
		return field.Value{}, false
	}
	if r != r || math.IsInf(r, 0) {
		return field.Value{}, false
	}
	return field.Value{Kind: field.Float, U: math.Float64bits(r)}, true
}

// mapTerm makes one value of another.
type mapTerm struct {
	x  term
	fn func(field.Value) field.Value
}

func (t *mapTerm) each(c *field.Ctx, yield func(field.Value) bool) {
	t.x.each(c, func(v field.Value) bool { return yield(t.fn(v)) })
}

// countTerm is how many values there are.
type countTerm struct{ x term }

func (t *countTerm) each(c *field.Ctx, yield func(field.Value) bool) {
	n := uint64(0)
	t.x.each(c, func(field.Value) bool { n++; return true })
	yield(field.Value{Kind: field.Uint, U: n})
}

// extreme is the largest or the smallest of the values of several terms.
type extreme struct {
	list []term
	sign int // 1: the largest
}

func (t *extreme) each(c *field.Ctx, yield func(field.Value) bool) {
	var best field.Value
	for _, x := range t.list {
		x.each(c, func(v field.Value) bool {
			if best.Kind == field.None || orderNumbers(v, best)*t.sign > 0 {
				best = v
			}
			return true
		})
	}
	if best.Kind != field.None {
		yield(best)
	}
}

func compileCall(t *Term) term {
	x := compileTerm(t.Args[0])
	switch t.Text {
	case "upper":
		return &mapTerm{x, func(v field.Value) field.Value { v.B = asciiMap(v.B, upper); return v }}
	case "lower":
		return &mapTerm{x, func(v field.Value) field.Value { v.B = asciiMap(v.B, lower); return v }}
	case "len":
		return &mapTerm{x, func(v field.Value) field.Value { return field.Value{Kind: field.Uint, U: uint64(len(v.B))} }}
	case "count":
		return &countTerm{x}
	case "string", "dec", "hex":
		format := ""
		if t.Args[0].Kind == TermField {
			format = t.Args[0].Expr.F.Format
		}
		if t.Text != "string" {
			format = map[string]string{"dec": "dec", "hex": "hex"}[t.Text]
		}
		return &mapTerm{x, func(v field.Value) field.Value { return numberText(v, format) }}
	case "float", "double":
		return &mapTerm{x, float}
	case "abs":
		return &mapTerm{x, func(v field.Value) field.Value {
			if negative(v) || v.Kind == field.Float && v.Float() < 0 {
				return minus(v)
			}
			return v
		}}
	}
	e := &extreme{sign: map[string]int{"max": 1, "min": -1}[t.Text]}
	s := shapeOfTerm(t)
	for _, a := range t.Args {
		e.list = append(e.list, operand(a, s))
	}
	return e
}

func asciiMap(b []byte, fn func(byte) byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		out[i] = fn(c)
	}
	return out
}

// numberText is a number or an address as Wireshark shows it.
func numberText(v field.Value, format string) field.Value {
	out := field.Value{Kind: field.String}
	if format == "hex" && v.Kind != field.IP {
		width := 16
		switch v.Kind {
		case field.Port:
			width = 4
		}
		out.B = fmt.Appendf(nil, "0x%0*x", width, v.U)
		return out
	}
	out.B = v.Append(nil)
	return out
}
