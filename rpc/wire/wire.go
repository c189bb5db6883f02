// Package wire holds the structs that cross the wire. TypeScript types are generated from them (make generate), and
// docs/PROTOCOL.md describes them. 64-bit numbers and times are decimal strings, since JavaScript numbers end at 2^53;
// event numbers and row positions stay below 2^32 and are plain numbers.
package wire

//go:generate go run ../internal/tsgen

// ProtocolVersion changes whenever a client of the old version could misread the new one.
const ProtocolVersion = 1

// View names one of the two views of the same events.
type View string

// The views.
const (
	ViewEvents View = "events" // exactly what the file holds, both halves of a call
	ViewCalls  View = "calls"  // one row per system call
)

// TimeFormat says how a list shows times; the letters are those of sysdig -t.
type TimeFormat string

// The time formats.
const (
	TimeDefault       TimeFormat = ""  // as h
	TimeClock         TimeFormat = "h" // clock
	TimeDate          TimeFormat = "a" // date and clock
	TimeRelative      TimeFormat = "r" // since the start of the capture
	TimeDelta         TimeFormat = "d" // since the previous row
	TimeDeltaCaptured TimeFormat = "D" // since the previous event of the capture, listed or not
)

// RowKind says what sort of event a row is.
type RowKind string

// The kinds of row.
const (
	KindSyscall    RowKind = "syscall"
	KindTracepoint RowKind = "tracepoint"
	KindMeta       RowKind = "meta"
	KindInternal   RowKind = "internal"
	KindPacket     RowKind = "packet"
)

// Icon names the picture of an item.
type Icon string

// The icons.
const (
	IconProcess   Icon = "process"
	IconThread    Icon = "thread"
	IconFile      Icon = "file"
	IconDirectory Icon = "directory"
	IconSocket    Icon = "socket"
	IconPipe      Icon = "pipe"
	IconUser      Icon = "user"
	IconGroup     Icon = "group"
	IconContainer Icon = "container"
	IconInterface Icon = "interface"
	IconOther     Icon = "other"
)

// Severity grades a diagnostic.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Align is the alignment of a column.
type Align string

// The alignments.
const (
	AlignLeft  Align = "left"
	AlignRight Align = "right"
)

// OpenParams asks for a capture. The answer comes at once; indexing goes on and is told by scapls/grown.
type OpenParams struct {
	Path string `json:"path"` // local file
}

// OpenResult names the session all other methods take.
type OpenResult struct {
	Session  string   `json:"session"`
	Name     string   `json:"name"` // base name of the file
	Progress Progress `json:"progress"`
	Columns  []Column `json:"columns"` // all columns a list can show; those with default set first
	// Calls is true when the capture holds both halves of calls, so that the two views differ.
	Calls bool `json:"calls"`
}

// SessionParams names a session.
type SessionParams struct {
	Session string `json:"session"`
}

// Empty is an answer without content.
type Empty struct{}

// Query is what a list shows.
type Query struct {
	View     View `json:"view"`     // "events" or "calls"
	Internal bool `json:"internal"` // also internal events
}

// PageParams asks for rows start … start+count of a list, at most 500.
type PageParams struct {
	Session string     `json:"session"`
	Query   Query      `json:"query"`
	Start   uint32     `json:"start"`
	Count   int        `json:"count"`
	Columns []string   `json:"columns"`
	Time    TimeFormat `json:"time"` // h clock, a date and clock, r since start, d since previous row, D since previous of all; "" is h
}

// PageResult is a part of a list.
type PageResult struct {
	Start uint32 `json:"start"`
	Total uint32 `json:"total"` // rows of the list so far
	Rows  []Row  `json:"rows"`
	Done  bool   `json:"done"` // the index is complete
}

// Row is one line of a list.
type Row struct {
	Num    uint32   `json:"num"`
	Cells  []string `json:"cells"`
	Kind   RowKind  `json:"kind"`
	Failed bool     `json:"failed"`
	Gap    *Gap     `json:"gap,omitempty"`
}

// Gap says which numbers are missing before a row and why.
type Gap struct {
	From   uint32 `json:"from"`
	To     uint32 `json:"to"`
	Reason string `json:"reason"`
	Text   string `json:"text"`
}

// EventParams names an event.
type EventParams struct {
	Session string `json:"session"`
	Num     uint32 `json:"num"`
	View    View   `json:"view"` // in the calls view an event carries the arguments of both halves
}

// DetailResult is the detail tree of an event.
type DetailResult struct {
	Num   uint32 `json:"num"`
	Nodes []Node `json:"nodes"`
}

// Node is one line of a tree.
type Node struct {
	Label    string `json:"label"`
	Value    string `json:"value"`
	Field    string `json:"field,omitempty"`
	Start    int    `json:"start"`
	Len      int    `json:"len"`  // byte range in the event's bytes; 0: none
	Goto     uint32 `json:"goto"` // event this leads to; 0: none
	Children []Node `json:"children"`
}

// BytesParams asks for raw bytes of an event from a position on.
type BytesParams struct {
	Session string `json:"session"`
	Num     uint32 `json:"num"`
	Start   int    `json:"start"`
	Count   int    `json:"count"` // at most 65,536; 0: that many
}

// BytesResult carries raw bytes.
type BytesResult struct {
	Num    uint32 `json:"num"`
	Offset string `json:"offset"` // of the event in the uncompressed file
	Total  int    `json:"total"`
	Start  int    `json:"start"`
	Data   string `json:"data"` // base64
}

// AtParams asks for state as of an event.
type AtParams struct {
	Session string `json:"session"`
	Num     uint32 `json:"num"` // 0: the end of the capture
	TID     string `json:"tid"` // scapls/fds: thread whose descriptors are asked; "": that of the event
}

// ItemsResult is a state view.
type ItemsResult struct {
	Num   uint32 `json:"num"`
	Title string `json:"title"` // what it shows, "Open files of curl (108261)"
	Items []Item `json:"items"` // parents before children
}

// Item is one line of a state view.
type Item struct {
	ID     string `json:"id"`
	Parent string `json:"parent"`
	Label  string `json:"label"`
	Detail string `json:"detail"`
	Tip    string `json:"tip"`
	Icon   Icon   `json:"icon"`
	Born   uint32 `json:"born"` // event that made it; 0: before the capture
	TID    string `json:"tid"`
	Mark   bool   `json:"mark"` // the selected event is about it
}

// InfoResult is the health page of a capture.
type InfoResult struct {
	Sections    []InfoSection `json:"sections"`
	Diagnostics []Diagnostic  `json:"diagnostics"`
}

// InfoSection is one part of it.
type InfoSection struct {
	Title string    `json:"title"`
	Rows  []InfoRow `json:"rows"`
}

// InfoRow is one fact.
type InfoRow struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Note  string `json:"note"`
}

// Diagnostic tells of damage or doubt.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Offset   string   `json:"offset"`
	Message  string   `json:"message"`
}

// GotoParams finds the row of an event number ("1234"), of a row's num ("#1234", which differs in captures that also
// hold packets), or of a time ("08:10:06.5", "+1.25" seconds after the start, or nanoseconds since the epoch).
type GotoParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
	To      string `json:"to"`
}

// GotoResult is the nearest listed row at or after what was asked.
type GotoResult struct {
	Row   uint32 `json:"row"`
	Num   uint32 `json:"num"`
	Exact bool   `json:"exact"`
}

// Progress tells how far the index is.
type Progress struct {
	Events      uint32       `json:"events"`
	Fraction    float64      `json:"fraction"`
	Done        bool         `json:"done"`
	Calls       bool         `json:"calls"` // both halves of calls have been seen, so that the two views differ
	Diagnostics []Diagnostic `json:"diagnostics"`
}

// GrownParams is the notification scapls/grown: an index has more events, or is complete.
type GrownParams struct {
	Session  string   `json:"session"`
	Progress Progress `json:"progress"`
}

// Column is a column that a list can show.
type Column struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Tip     string `json:"tip"`
	Width   int    `json:"width"` // characters
	Align   Align  `json:"align"`
	Default bool   `json:"default"`
}
