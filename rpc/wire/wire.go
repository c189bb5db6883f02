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
	TimeEpoch         TimeFormat = "e" // seconds since the epoch
	TimeEpochNs       TimeFormat = "n" // ns since the epoch
	TimeReference     TimeFormat = "R" // since the time reference before, or the start
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

	AlignCenter Align = "center"
)

// OpenParams asks for a capture. The answer comes at once; indexing goes on and is told by scapls/grown.
type OpenParams struct {
	Path string `json:"path"` // local file
	// Paths, when there are any, are several local files, which are shown as one list; path is not looked at then. An event's
	// num is then one that no event of the others has; evt.num shows its number in its own capture.
	Paths []string `json:"paths,omitempty"`
	// Shifts correct the clocks of these captures, in their order: ns, added to the times.
	Shifts []string `json:"shifts,omitempty"`
}

// OpenResult names the session all other methods take.
type OpenResult struct {
	Session  string   `json:"session"`
	Name     string   `json:"name"` // base name of the file
	Progress Progress `json:"progress"`
	Columns  []Column `json:"columns"` // all columns a list can show; those with default set first
	// Calls is true when the capture holds both halves of calls, so that the two views differ.
	Calls bool `json:"calls"`
	// Members are the captures, when several are open together.
	Members []Member `json:"members,omitempty"`
}

// Member is one of several captures that are open together.
type Member struct {
	Host   string `json:"host"` // what its rows are told from those of others by
	Path   string `json:"path"`
	Events uint32 `json:"events"`
	First  string `json:"first"`  // time of its first event in the common clock, ns since the epoch
	Known  bool   `json:"known"`  // the offset was measured
	Offset string `json:"offset"` // ns that its clock was ahead of the one here when it was captured; already taken off its times
	Shift  string `json:"shift"`  // ns, added to its times by hand
}

// MembersResult is the captures of a session, in the order in which they were opened; none when it is of one capture.
type MembersResult struct {
	Members []Member `json:"members"`
}

// ShiftParams corrects the clock of a capture that is open together with others.
type ShiftParams struct {
	Session string `json:"session"`
	Member  int    `json:"member"` // its place, from 0
	Shift   string `json:"shift"`  // ns to add to its times
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
	// Filter leaves only the rows that match; "" all.
	Filter   string   `json:"filter,omitempty"`
	Language Language `json:"language,omitempty"` // of the filter
	// Sort is another order than that of the file.
	Sort *Sort `json:"sort,omitempty"`
}

// PageParams asks for rows start … start+count of a list, at most 500.
type PageParams struct {
	Session string     `json:"session"`
	Query   Query      `json:"query"`
	Start   uint32     `json:"start"`
	Count   int        `json:"count"`
	Columns []string   `json:"columns"`
	Time    TimeFormat `json:"time"` // h clock, a date and clock, r since start, d since previous row, D since previous of all; "" is h
	// UTC says that clocks are in UTC, not in the zone of the server.
	UTC       bool      `json:"utc,omitempty"`
	Precision Precision `json:"precision,omitempty"`
	// Mark is a filter: rows that match it are marked, nothing is hidden.
	Mark string `json:"mark,omitempty"`
	// Colors are what colour rules ask of rows, at most 250; those that cannot be used are passed over.
	Colors []ColorFilter `json:"colors,omitempty"`
}

// PageResult is a part of a list.
type PageResult struct {
	Start   uint32 `json:"start"`
	Total   uint32 `json:"total"` // rows of the list so far
	Rows    []Row  `json:"rows"`
	Done    bool   `json:"done"`    // the index is complete, and the filter has been asked of every event
	Scanned uint32 `json:"scanned"` // events that the filter has been asked of; scapls/filtered tells how that goes on
	// Colored tells that the colours of all rows are known; else scapls/colored tells when to ask again.
	Colored bool `json:"colored"`
	// Newer is how many events came since a sorted list was sorted; they are not in it before scapls/sort is asked for again.
	Newer uint32 `json:"newer,omitempty"`
}

// Row is one line of a list.
type Row struct {
	Num uint32 `json:"num"`
	// Event, where several captures are open together, names the event: the host and its number there.
	Event  string   `json:"event,omitempty"`
	Cells  []string `json:"cells"`
	Kind   RowKind  `json:"kind"`
	Failed bool     `json:"failed"`
	Gap    *Gap     `json:"gap,omitempty"`
	Marked bool     `json:"marked,omitempty"` // it matches the filter that marks
	Note   *RowNote `json:"note,omitempty"`   // what is noted about the event
	// Color is 1 and the place of the first of the colours asked for that the row has; 0: none.
	Color int `json:"color,omitempty"`
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

// GotoParams finds the row of an event number ("1234"; "HOST:1234" where several captures are open together), of a row's num ("#1234", which differs in captures that also
// hold packets), of a time ("08:10:06.5", a date and time, "+1.25" or "+250ms" after the start, "-5s" before the end,
// ">5s" and "<5s" after and before the event at, or nanoseconds since the epoch), or of a part of the list ("50%").
type GotoParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
	To      string `json:"to"`
	At      uint32 `json:"at"` // num of the selected event; 0: none
}

// GotoResult is the nearest listed row at or after what was asked.
type GotoResult struct {
	Row   uint32 `json:"row"`
	Num   uint32 `json:"num"`
	Exact bool   `json:"exact"`
	Event string `json:"event,omitempty"` // as of Row
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
