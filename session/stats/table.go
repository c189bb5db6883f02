package stats

import (
	"fmt"
	"sort"
	"strconv"
	"time"
)

// Kind tells how a column's values read.
type Kind string

// The kinds of column.
const (
	Text     Kind = "text"
	Count    Kind = "count"
	Bytes    Kind = "bytes"
	Duration Kind = "duration" // ns
	Time     Kind = "time"     // ns since the epoch
	Event    Kind = "event"    // key of an event
)

// Column is a column of a table.
type Column struct {
	ID    string // stable, for programs: "p99"
	Title string
	Kind  Kind
}

// Value is a cell: a text, or a number when the column's kind is none.
type Value struct {
	Text string
	N    int64
	None bool // there is no such number: a latency where none was recorded
}

// Row is what was counted for one key.
type Row struct {
	Cells  []Value // one for each column
	Filter string  // selects the events of the row, in sysdig's language
	Event  uint32  // key of one of them, 0 when there is none
}

// Table is the answer to one question about a list of events.
type Table struct {
	Name    string
	Title   string
	Note    string // what to know about the numbers; mostly empty
	Drill   string // table that takes a row apart; "" when a row leads to its events
	Columns []Column
	Rows    []Row // the most of the first number first
}

// Info describes a table that can be asked for.
type Info struct{ Name, Title, Help string }

// Names returns the tables there are, in the order they are offered in.
func Names() []Info {
	list := make([]Info, len(questions))
	for i, q := range questions {
		list[i] = Info{q.name, q.title, q.help}
	}
	return list
}

// Sort sorts the rows by a column, the largest first unless up is set. Missing numbers come last.
func (t *Table) Sort(column int, up bool) {
	text := t.Columns[column].Kind == Text
	sort.SliceStable(t.Rows, func(i, j int) bool {
		a, b := t.Rows[i].Cells[column], t.Rows[j].Cells[column]
		switch {
		case a.None || b.None:
			return !a.None
		case text && a.Text != b.Text:
			return (a.Text < b.Text) == up
		case !text && a.N != b.N:
			return (a.N < b.N) == up
		}
		return false
	})
}

// String returns a cell as people read it: counts with commas, sizes and durations with a unit. A time is in loc.
func (c Column) String(v Value, loc *time.Location) string {
	if v.None {
		return ""
	}
	switch c.Kind {
	case Text:
		return v.Text
	case Bytes:
		return SizeText(v.N)
	case Duration:
		return DurationText(v.N)
	case Time:
		return time.Unix(0, v.N).In(loc).Format("15:04:05.000000000")
	}
	return Group(v.N)
}

// Group writes a number with commas between its thousands.
func Group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// SizeText writes a number of bytes with a unit that fits.
func SizeText(n int64) string {
	const unit = 1024
	if n < unit {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, i := float64(n)/unit, 0
	for f >= unit && i < 4 {
		f /= unit
		i++
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGTP"[i])
}

// DurationText writes a number of ns with a unit that fits.
func DurationText(ns int64) string {
	switch f := float64(ns); {
	case ns < 1e3:
		return strconv.FormatInt(ns, 10) + " ns"
	case ns < 1e6:
		return fmt.Sprintf("%.3f µs", f/1e3)
	case ns < 1e9:
		return fmt.Sprintf("%.3f ms", f/1e6)
	default:
		return fmt.Sprintf("%.3f s", f/1e9)
	}
}
