package field

import (
	"math"
	"strconv"

	"github.com/scapls/scapls/scapio/evt"
)

// Kind is the kind of a value.
type Kind uint8

// The kinds. None is no value at all: every comparison with it is false.
const (
	None Kind = iota
	Bool
	Int
	Uint
	Float
	String
	Bytes
	Time     // ns since the epoch
	Duration // ns
	IP       // an IPv4 or IPv6 address
	Port
	Elements // several texts
)

// Value is what a field is for one event. B borrows from the Ctx or from the event: it holds until Ctx.Reset.
type Value struct {
	Kind Kind
	U    uint64 // Bool (0 or 1), Uint, Time, Duration, Port; the bits of Int and Float
	B    []byte // String, Bytes; IP: 4 or 16 bytes; Elements: texts with a NUL between them
}

// Int returns a number of kind Int.
func (v Value) Int() int64 { return int64(v.U) }

// Float returns a number of kind Float.
func (v Value) Float() float64 { return math.Float64frombits(v.U) }

// Bool returns a truth value.
func (v Value) Bool() bool { return v.U != 0 }

// Elements calls yield for every element until it returns false. A value that is no list is its only element.
func (v Value) Elements(yield func([]byte) bool) {
	if v.Kind != Elements {
		yield(v.B)
		return
	}
	from := 0
	for i, c := range v.B {
		if c == 0 {
			if !yield(v.B[from:i]) {
				return
			}
			from = i + 1
		}
	}
	if len(v.B) > 0 {
		yield(v.B[from:])
	}
}

func intValue(n int64) Value      { return Value{Kind: Int, U: uint64(n)} }
func uintValue(n uint64) Value    { return Value{Kind: Uint, U: n} }
func timeValue(n uint64) Value    { return Value{Kind: Time, U: n} }
func spanValue(n uint64) Value    { return Value{Kind: Duration, U: n} }
func portValue(n uint16) Value    { return Value{Kind: Port, U: uint64(n)} }
func floatValue(f float64) Value  { return Value{Kind: Float, U: math.Float64bits(f)} }
func textValue(b []byte) Value    { return Value{Kind: String, B: b} }
func addressValue(b []byte) Value { return Value{Kind: IP, B: b} }

func boolValue(b bool) Value {
	v := Value{Kind: Bool}
	if b {
		v.U = 1
	}
	return v
}

// Value returns the field's value, of kind None when there is none. Values of one event may be held together.
func (r *Ref) Value(c *Ctx) Value {
	x := &r.F.x
	if x.value != nil {
		return x.value(c, r)
	}
	if x.text == nil {
		return Value{}
	}
	from := len(c.buf)
	buf, ok := x.text(c.buf, c, r)
	if !ok {
		c.buf = buf[:from]
		return Value{}
	}
	c.buf = buf
	return textValue(buf[from:len(buf):len(buf)])
}

// Values calls yield for each of several values until it returns false: see Several. Other fields have one or none.
func (r *Ref) Values(c *Ctx, yield func(Value) bool) {
	if r.Several() {
		r.F.x.each(c, r, yield)
		return
	}
	if v := r.Value(c); v.Kind != None {
		yield(v)
	}
}

// Append appends the field as text, as sysdig prints it; false when there is no value.
func (r *Ref) Append(dst []byte, c *Ctx) ([]byte, bool) {
	x := &r.F.x
	if x.text != nil {
		from := len(dst)
		out, ok := x.text(dst, c, r)
		if !ok {
			return out[:from], false
		}
		return out, true
	}
	if x.value == nil {
		return dst, false
	}
	v := x.value(c, r)
	if v.Kind == None {
		return dst, false
	}
	return v.append(dst, r.F.Format), true
}

// Append appends the value as plain text: decimal numbers, true or false, addresses, texts and bytes as they are.
func (v Value) Append(dst []byte) []byte { return v.append(dst, "") }

func (v Value) append(dst []byte, format string) []byte {
	switch v.Kind {
	case Bool:
		return strconv.AppendBool(dst, v.U != 0)
	case Float:
		return strconv.AppendFloat(dst, v.Float(), 'f', 1, 64)
	case Int:
		if format == "hex" {
			return appendHex(dst, uint64(uint32(v.U)))
		}
		return strconv.AppendInt(dst, v.Int(), 10)
	case Uint, Time, Duration, Port:
		switch format {
		case "10_padded_dec":
			return appendPadded(dst, v.U)
		case "hex":
			return appendHex(dst, v.U)
		}
		return strconv.AppendUint(dst, v.U, 10)
	case IP:
		switch len(v.B) {
		case 4:
			return evt.AppendIPv4(dst, v.B)
		case 16:
			return evt.AppendIPv6(dst, v.B)
		}
		return dst
	case Elements:
		dst = append(dst, '(')
		for _, b := range v.B {
			if b == 0 {
				b = ','
			}
			dst = append(dst, b)
		}
		return append(dst, ')')
	}
	return append(dst, v.B...)
}

// appendPadded appends n in at least nine digits.
func appendPadded(dst []byte, n uint64) []byte {
	for w := uint64(100_000_000); w > 1 && n < w; w /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, n, 10)
}

func appendHex(dst []byte, n uint64) []byte {
	from := len(dst)
	dst = strconv.AppendUint(dst, n, 16)
	for i := from; i < len(dst); i++ {
		if c := dst[i]; c >= 'a' {
			dst[i] = c - 'a' + 'A'
		}
	}
	return dst
}
