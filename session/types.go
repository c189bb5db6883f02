// Package session is one open capture for one client: pages, details, state views, go to. It holds no wire type.
package session

import (
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/session/detail"
)

// ViewKind names one of the two views of the same events (ARCHITECTURE §4).
type ViewKind string

// The views.
const (
	EventsView ViewKind = "events" // exactly what the file holds, both halves of a call
	CallsView  ViewKind = "calls"  // one row per system call
)

// Query is what a list shows: a view and which of its rows.
type Query struct {
	View     ViewKind
	Internal bool            // also rows that are hidden by default (container, user, process info … events)
	Filter   string          // only the rows that match; "" all
	Language filter.Language // of the filter; Auto: the text tells
	SortBy   string          // a field the rows are sorted by, with argument and transforms if any; "": as in the file
	Down     bool            // the greatest first
}

// PageRequest asks for rows [Start, Start+Count) of a query. Rows are positions in the list, from 0; event numbers
// are in the rows.
type PageRequest struct {
	Query
	Start   uint64
	Count   int      // at most MaxPage
	Columns []string // field names, with argument if any: evt.num, evt.type, evt.arg.fd …
	Time    byte     // h, a, r, d, D as sysdig's -t, but a is date and clock; e, n since the epoch, R since a reference; 0 is h
	UTC     bool     // clocks are in UTC, not in the session's zone
	// Precision says how much of a second times have.
	Precision Precision
	Mark      string // a filter in the query's language: rows that match it are marked
	Colors    []ColorFilter

	whole bool // cells are not cut
}

// MaxPage is the largest page, in rows.
const MaxPage = 500

// Page is a part of a list.
type Page struct {
	Start uint64
	Total uint64 // rows of the query so far
	Rows  []Row
	Done  bool   // the index is complete, and the filter has been asked of every event
	Asked uint64 // events that the filter has been asked of, or that there were when the list was sorted
	Newer uint64 // events that came since a list was sorted, and are not in it

	Colored bool // it is known of all rows which of the request's Colors they have
}

// Row is one line of a list.
type Row struct {
	Num    uint64   // event number
	Event  string   // of several captures that are shown together: the host and the event's number in its capture
	Cells  []string // one per asked column, valid UTF-8
	Kind   string   // syscall, tracepoint, meta, internal, packet
	Failed bool     // a call that returned an error
	Gap    *Gap     // why the number before this one is not in the list; nil when numbers follow, or a filter is why
	Marked bool     // it matches the request's Mark
	Color  int      // 1 and the place of the first of the request's Colors that it matches; 0: none
	Note   *RowNote // nil when nothing is noted about the event
}

// RowNote is what a row shows of what is noted about its event.
type RowNote struct {
	Marked    bool
	Ignored   bool
	Reference bool
	Comment   string // all of them, cut when they are long
}

// Gap says which numbers are missing before a row and why, in words.
type Gap struct {
	From, To uint64
	Reason   string // "internal", "enter halves", "mixed"
	Text     string // a sentence for people
}

// Node is one line of a detail tree.
type Node = detail.Node

// Bytes are an event's raw bytes as in the file.
type Bytes struct {
	Num    uint64
	Offset uint64 // of the first byte, in the uncompressed file
	Total  int    // length of the whole event, bytes
	Data   []byte // from the asked position on, at most 64 KiB
}

// Item is one line of a state view: a process, a descriptor, a user …, as of some event.
type Item struct {
	ID     string
	Parent string // ID of the parent item; empty at the root
	Label  string
	Detail string // short, behind the label
	Tip    string // long, in words
	Icon   string // process, thread, file, directory, socket, pipe, user, group, container, interface, other
	Born   uint64 // event that made it; 0: it was there before the capture
	TID    int64  // thread it is about, where it is about one
	Mark   bool   // the event that the view is of is about this item
}

// InfoSection is one part of the health page.
type InfoSection struct {
	Title string
	Rows  []InfoRow
}

// InfoRow is one fact about a capture.
type InfoRow struct {
	Name  string
	Value string
	Note  string // a sentence that says what it means, if it needs one
}

// Diagnostic tells of damage or doubt about a capture.
type Diagnostic struct {
	Severity string // error, warning, info
	Offset   uint64 // in the uncompressed file
	Message  string
}

// Progress tells how far an index is.
type Progress struct {
	Events      uint64  // read so far
	Fraction    float64 // of the file's bytes, 0 to 1; 0 when the size is not known
	Done        bool
	Calls       bool // the capture holds both halves of calls, as far as it is read
	Diagnostics []Diagnostic
}

// Column is a column that a list can show.
type Column struct {
	ID      string // field name
	Title   string
	Tip     string
	Width   int    // in characters
	Align   string // left, right, center
	Default bool
}

// Count tells how many rows a list has.
type Count struct {
	Matched uint64
	Of      uint64 // rows of the same list without its filter
	Done    bool   // the index is complete, so that the numbers stay
	Took    time.Duration
}

// FilterProgress tells how far a list's filter has been asked.
type FilterProgress struct {
	Query   Query
	Matched uint64
	Asked   uint64 // events so far
	Of      uint64 // events there are
	Done    bool
	Took    time.Duration
}
