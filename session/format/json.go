package format

import (
	"math"
	"strconv"
	"sync"

	"github.com/scapls/scapls/filter/field"
)

// Default returns the fields of `read -o json` without a format: sysdig's eight, and what is usually asked next.
var Default = sync.OnceValue(func() *Format {
	f, err := New("evt.num", "evt.outputtime", "evt.cpu", "proc.name", "proc.pid", "thread.tid", "evt.dir", "evt.type", "evt.info",
		"evt.latency", "fd.num", "fd.name", "container.name")
	if err != nil {
		panic(err) // the list is ours
	}
	return f
})

// safeInt is the largest integer that every reader of JSON keeps exact.
const safeInt = 1 << 53

// AppendJSON appends the event in c as one JSON object and a line end: the format's fields by their names, in
// alphabetical order, without those that have no value. Integers above 2^53 are decimal strings, evt.outputtime is ns
// since the epoch, bytes that are no UTF-8 are escaped as Text does. False leaves the event out, as in Append.
func (f *Format) AppendJSON(dst []byte, c *field.Ctx) ([]byte, bool) {
	from := len(dst)
	dst = append(dst, '{')
	for i := range f.columns {
		col := &f.columns[i]
		start := len(dst)
		if dst[start-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, col.key...)
		out, ok := col.appendJSON(dst, c)
		switch {
		case ok:
			dst = out
		case f.keep:
			dst = out[:start]
		default:
			return out[:from], false
		}
	}
	return append(dst, '}', '\n'), true
}

func (col *column) appendJSON(dst []byte, c *field.Ctx) ([]byte, bool) {
	switch col.expr.F.Name {
	case "evt.outputtime":
		return appendUint(dst, c.TS), true
	case "evt.latency":
		if c.Latency < 0 {
			return dst, false
		}
	}
	switch col.kind {
	case field.String, field.Bytes:
		return col.appendText(dst, c)
	}
	v := col.expr.Value(c)
	switch v.Kind {
	case field.None:
		return dst, false
	case field.Bool:
		return strconv.AppendBool(dst, v.Bool()), true
	case field.Int:
		return appendInt(dst, v.Int()), true
	case field.Uint, field.Time, field.Duration, field.Port:
		return appendUint(dst, v.U), true
	case field.Float:
		if x := v.Float(); !math.IsNaN(x) && !math.IsInf(x, 0) {
			return strconv.AppendFloat(dst, x, 'g', -1, 64), true
		}
		return append(dst, "null"...), true
	case field.Elements:
		dst = append(dst, '[')
		for b := range v.Elements {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, b)
		}
		return append(dst, ']'), true
	}
	return col.appendText(dst, c)
}

// appendText appends the expression's text as a JSON string.
func (col *column) appendText(dst []byte, c *field.Ctx) ([]byte, bool) {
	start := len(dst)
	dst, ok := col.expr.Append(dst, c)
	if !ok {
		return dst, false
	}
	if plain(dst[start:]) {
		dst = append(dst, 0, '"')
		copy(dst[start+1:], dst[start:len(dst)-2])
		dst[start] = '"'
		return dst, true
	}
	end := len(dst)
	dst = appendQuoted(dst, dst[start:end]) // behind itself, then moved to its place
	return dst[:start+copy(dst[start:], dst[end:])], true
}

func appendUint(dst []byte, n uint64) []byte {
	if n <= safeInt {
		return strconv.AppendUint(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendUint(dst, n, 10)
	return append(dst, '"')
}

func appendInt(dst []byte, n int64) []byte {
	if n >= -safeInt && n <= safeInt {
		return strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, n, 10)
	return append(dst, '"')
}
