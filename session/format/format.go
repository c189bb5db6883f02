// Package format writes events as lines: by a format in sysdig's language (-p), as JSON objects, as CSV. It is the only
// place that turns the bytes of a capture into UTF-8.
package format

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// Format is a compiled format. It may be used by several goroutines, each with its own Ctx.
//
//	format = ["*"] { text | "%" [width] field-or-transform }
//
// With the asterisk a missing value is printed as <NA>; without, an event that lacks one is left out. A width pads with
// blanks on the right or cuts to exactly that many bytes. Of what stands behind a percent sign the longest field is
// taken, the rest is text.
type Format struct {
	keep    bool
	parts   []part
	columns []column // the fields, in the order of their keys
}

// part is a text, or a field when expr is not nil.
type part struct {
	text  string
	width int
	expr  *field.Expr
}

// column is a field with its key in JSON, ready to be written.
type column struct {
	key  []byte // "proc.name":
	expr *field.Expr
	kind field.Kind
}

// Error says where in a format the fault is.
type Error struct {
	Pos int // byte in the format
	Msg string
}

// Error returns the sentence with the position, counted from 1.
func (e *Error) Error() string { return fmt.Sprintf("format, position %d: %s", e.Pos+1, e.Msg) }

// Compile reads a format. Errors are of type *Error.
func Compile(text string) (*Format, error) {
	f := &Format{}
	i := 0
	if strings.HasPrefix(text, "*") {
		f.keep = true
		i = 1
	}
	for i < len(text) {
		next := strings.IndexByte(text[i:], '%')
		if next < 0 {
			f.parts = append(f.parts, part{text: text[i:]})
			break
		}
		if next > 0 {
			f.parts = append(f.parts, part{text: text[i : i+next]})
		}
		p, end, err := compilePart(text, i+next)
		if err != nil {
			return nil, err
		}
		f.parts = append(f.parts, p)
		i = end
	}
	f.prepare()
	return f, nil
}

// maxWidth bounds the width of a column.
const maxWidth = 4096

// compilePart reads the field whose percent sign is at i, and returns where it ends.
func compilePart(text string, i int) (part, int, error) {
	at := i + 1
	width := 0
	for at < len(text) && text[at] >= '0' && text[at] <= '9' {
		width = width*10 + int(text[at]-'0')
		if width > maxWidth {
			return part{}, 0, &Error{i + 1, fmt.Sprintf("the width is more than %d", maxWidth)}
		}
		at++
	}
	if at == len(text) {
		return part{}, 0, &Error{i, "a field must follow the percent sign"}
	}
	e, n, err := field.ScanExpr(text[at:])
	if err != nil {
		pos := at
		if fe, ok := err.(*field.Error); ok { //nolint:errorlint // documented to be of this type
			pos += fe.Start
		}
		return part{}, 0, &Error{pos, err.Error()}
	}
	if e.F.Flags.Has(field.FilterOnly) {
		return part{}, 0, &Error{at, fmt.Sprintf("field %q is for filters only", e.F.Name)}
	}
	return part{width: width, expr: &e}, at + n, nil
}

// New returns a format of fields without text between them, for JSON and CSV. It keeps events that lack some.
func New(names ...string) (*Format, error) {
	f := &Format{keep: true}
	for i, name := range names {
		e, err := field.ParseExpr(name)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			f.parts = append(f.parts, part{text: " "})
		}
		f.parts = append(f.parts, part{expr: &e})
	}
	f.prepare()
	return f, nil
}

// prepare makes the columns: each field once, by its key.
func (f *Format) prepare() {
	names := map[string]bool{}
	var list []column
	var keys []string
	for i := range f.parts {
		e := f.parts[i].expr
		if e == nil || names[e.String()] {
			continue
		}
		names[e.String()] = true
		keys = append(keys, e.String())
		list = append(list, column{append(appendQuoted(nil, []byte(e.String())), ':'), e, e.Kind()})
	}
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(keys[a], keys[b]) })
	for _, i := range order {
		f.columns = append(f.columns, list[i])
	}
}

const missing = "<NA>"

// Append appends the event in c as a line with its end; false leaves the event out. Texts are the bytes of the capture.
func (f *Format) Append(dst []byte, c *field.Ctx) ([]byte, bool) {
	from := len(dst)
	for i := range f.parts {
		p := &f.parts[i]
		if p.expr == nil {
			dst = append(dst, p.text...)
			continue
		}
		start := len(dst)
		var ok bool
		dst, ok = p.expr.Append(dst, c)
		if !ok {
			if !f.keep {
				return dst[:from], false
			}
			dst = append(dst, missing...)
		}
		if p.width > 0 {
			for len(dst)-start < p.width {
				dst = append(dst, ' ')
			}
			dst = dst[:start+p.width]
		}
	}
	return append(dst, '\n'), true
}
