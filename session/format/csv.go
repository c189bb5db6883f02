package format

import (
	"bytes"

	"github.com/scapls/scapls/filter/field"
)

// AppendCSVHeader appends the names of the fields as the first line of a CSV file (RFC 4180, but with bare line ends).
func (f *Format) AppendCSVHeader(dst []byte) []byte {
	first := true
	for i := range f.parts {
		if f.parts[i].expr == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendCell(dst, []byte(f.parts[i].expr.String()))
	}
	return append(dst, '\n')
}

// AppendCSV appends the event in c as a line of CSV: the fields in the format's order, empty where there is no value.
// False leaves the event out, as in Append.
func (f *Format) AppendCSV(dst []byte, c *field.Ctx) ([]byte, bool) {
	from := len(dst)
	first := true
	for i := range f.parts {
		e := f.parts[i].expr
		if e == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		start := len(dst)
		out, ok := e.Append(dst, c)
		switch {
		case !ok && !f.keep:
			return out[:from], false
		case !ok:
			dst = out[:start]
		case plain(out[start:]) && !bytes.ContainsRune(out[start:], ','):
			dst = out
		default:
			end := len(out)
			dst = appendCell(out, out[start:end]) // behind itself, then moved to its place
			dst = dst[:start+copy(dst[start:], dst[end:])]
		}
	}
	return append(dst, '\n'), true
}

// appendCell appends a text as UTF-8, in quotes where CSV wants them.
func appendCell(dst, b []byte) []byte {
	if !bytes.ContainsAny(b, ",\"\r\n") {
		return Text(dst, b)
	}
	dst = append(dst, '"')
	start := len(dst)
	dst = Text(dst, b)
	text := append([]byte(nil), dst[start:]...)
	dst = append(dst[:start], bytes.ReplaceAll(text, []byte{'"'}, []byte{'"', '"'})...)
	return append(dst, '"')
}
