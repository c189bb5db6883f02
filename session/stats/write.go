package stats

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/scapls/scapls/session/format"
)

// Form is a form in which a table leaves.
type Form string

// The forms.
const (
	AsText Form = "text" // for people: cells with units, cut where they are long
	AsJSON Form = "json" // an object a row, for programs
	AsCSV  Form = "csv"  // the same in columns
)

// Write writes the table. Times are in loc in the form for people. The error is ErrUnknown for a form that there is not.
func (t *Table) Write(w io.Writer, form Form, loc *time.Location) error {
	switch form {
	case AsText:
		return t.writeText(w, loc)
	case AsJSON:
		return t.writeJSON(w)
	case AsCSV:
		return t.writeCSV(w)
	}
	return ErrUnknown
}

// clean escapes bytes that are no UTF-8.
func clean(s string) string { return string(format.Text(nil, []byte(s))) }

// cellMost is how wide a cell of the text form may be, in characters; the other forms have all of it.
const cellMost = 100

func (t *Table) writeText(w io.Writer, loc *time.Location) error {
	out := bufio.NewWriter(w)
	lines := make([][]string, 0, len(t.Rows)+1)
	head := make([]string, len(t.Columns))
	width := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Title
	}
	lines = append(lines, head)
	for _, r := range t.Rows {
		cells := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			cells[i] = short(format.OneLine(c.String(r.Cells[i], loc)))
		}
		lines = append(lines, cells)
	}
	for _, cells := range lines {
		for i, s := range cells {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	for _, cells := range lines {
		var b strings.Builder
		for i, s := range cells {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(s))
			if t.Columns[i].Kind == Text {
				s += pad
			} else {
				s = pad + s
			}
			if i > 0 {
				b.WriteString("  ")
			}
			b.WriteString(s)
		}
		fmt.Fprintln(out, strings.TrimRight(b.String(), " "))
	}
	return out.Flush()
}

func short(s string) string {
	if utf8.RuneCountInString(s) <= cellMost {
		return s
	}
	r := []rune(s)
	return string(r[:cellMost-1]) + "…"
}

// writeJSON writes an object a row: numbers as numbers, durations in ns, times as decimal strings of ns since the epoch.
func (t *Table) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range t.Rows {
		o := map[string]any{"filter": clean(r.Filter)}
		if r.Event != 0 {
			o["event"] = r.Event
		}
		for i, c := range t.Columns {
			switch v := r.Cells[i]; {
			case v.None:
			case c.Kind == Text:
				o[c.ID] = clean(v.Text)
			case c.Kind == Time:
				o[c.ID] = fmt.Sprint(v.N)
			default:
				o[c.ID] = v.N
			}
		}
		if err := enc.Encode(o); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	var head []string
	for _, c := range t.Columns {
		head = append(head, c.ID)
	}
	rows := [][]string{append(head, "filter")}
	for _, r := range t.Rows {
		var cells []string
		for i, c := range t.Columns {
			switch v := r.Cells[i]; {
			case v.None:
				cells = append(cells, "")
			case c.Kind == Text:
				cells = append(cells, clean(v.Text))
			default:
				cells = append(cells, fmt.Sprint(v.N))
			}
		}
		rows = append(rows, append(cells, clean(r.Filter)))
	}
	return out.WriteAll(rows)
}
