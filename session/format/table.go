package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Title is a column of a Table.
type Title struct {
	Text   string // above the column
	Key    string // in JSON
	Align  string // left, right, center; in Markdown
	Number bool   // cells that read as numbers are numbers in JSON
}

// Table writes rows of cells, which are valid UTF-8, for the clipboard.
type Table struct {
	titles []Title
	begin  func(t *Table, dst []byte) []byte
	row    func(t *Table, dst []byte, cells []string) []byte
	end    func(t *Table, dst []byte) []byte
}

// NewTable returns a table in one of the forms: text (cells between tabs), csv, json (an array of objects), markdown.
func NewTable(form string, titles []Title) (*Table, error) {
	t := &Table{titles: titles}
	texts := make([]string, len(titles))
	for i := range titles {
		texts[i] = titles[i].Text
	}
	switch form {
	case "text":
		t.row = (*Table).tabs
	case "csv":
		t.begin = func(t *Table, dst []byte) []byte { return t.csv(dst, texts) }
		t.row = (*Table).csv
	case "json":
		t.begin = func(_ *Table, dst []byte) []byte { return append(dst, '[') }
		t.row = (*Table).object
		t.end = func(_ *Table, dst []byte) []byte { return append(bytes.TrimSuffix(dst, []byte{','}), "\n]\n"...) }
	case "markdown":
		t.begin = func(t *Table, dst []byte) []byte { return t.rule(t.markdown(dst, texts)) }
		t.row = (*Table).markdown
	default:
		return nil, fmt.Errorf("there is no format %.40q; there are text, csv, json and markdown", form)
	}
	return t, nil
}

// Begin appends what stands before the first row.
func (t *Table) Begin(dst []byte) []byte {
	if t.begin == nil {
		return dst
	}
	return t.begin(t, dst)
}

// Row appends a row.
func (t *Table) Row(dst []byte, cells []string) []byte { return t.row(t, dst, cells) }

// End appends what stands behind the last row.
func (t *Table) End(dst []byte) []byte {
	if t.end == nil {
		return dst
	}
	return t.end(t, dst)
}

// oneLine makes blanks of what would begin another cell or row.
var oneLine = strings.NewReplacer("\t", " ", "\r\n", " ", "\n", " ", "\r", " ")

func (t *Table) tabs(dst []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = append(dst, oneLine.Replace(c)...)
	}
	return append(dst, '\n')
}

func (t *Table) csv(dst []byte, cells []string) []byte {
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCell(dst, []byte(c))
	}
	return append(dst, '\n')
}

// object appends a row as an object, null where a cell is empty.
func (t *Table) object(dst []byte, cells []string) []byte {
	dst = append(dst, "\n  {"...)
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendQuoted(dst, []byte(t.titles[i].Key)), ": "...)
		switch {
		case c == "":
			dst = append(dst, "null"...)
		case t.titles[i].Number && c[0] != '"' && c[0] != '{' && c[0] != '[' && json.Valid([]byte(c)):
			dst = append(dst, c...)
		default:
			dst = appendQuoted(dst, []byte(c))
		}
	}
	return append(dst, "},"...)
}

// rule appends the line below the titles.
func (t *Table) rule(dst []byte) []byte {
	for i := range t.titles {
		switch t.titles[i].Align {
		case "right":
			dst = append(dst, "| ---: "...)
		case "center":
			dst = append(dst, "| :---: "...)
		default:
			dst = append(dst, "| --- "...)
		}
	}
	return append(dst, "|\n"...)
}

func (t *Table) markdown(dst []byte, cells []string) []byte {
	for _, c := range cells {
		dst = append(dst, "| "...)
		dst = appendMarkdown(dst, oneLine.Replace(c))
		dst = append(dst, ' ')
	}
	return append(dst, "|\n"...)
}

// appendMarkdown appends a text so that it reads as it is: what has a meaning in Markdown gets a backslash.
func appendMarkdown(dst []byte, s string) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '\\', '|', '`', '*', '<', '~', '[', ']':
			dst = append(dst, '\\', c)
		case '&':
			dst = append(dst, "&amp;"...)
		case '_': // inside a word it is none
			if !inWord(s, i) {
				dst = append(dst, '\\')
			}
			dst = append(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func inWord(s string, i int) bool {
	return i > 0 && i+1 < len(s) && word(s[i-1]) && word(s[i+1])
}

func word(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= utf8.RuneSelf
}
