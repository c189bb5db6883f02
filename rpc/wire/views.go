package wire

// StatsParams asks for a table of statistics about the rows of a list. Calls count once, whatever the view.
type StatsParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"` // its filter counts; the view does not
	// Within are filters of rows that were gone into: only what all of them select is counted.
	Within []string `json:"within"`
	Table  string   `json:"table"` // a name of StatsResult.tables; "": the first
	Sort   string   `json:"sort"`  // id of a column; "": as the table is
	Up     bool     `json:"up"`    // the smallest first
	Search string   `json:"search"`
	Start  int      `json:"start"`
	Count  int      `json:"count"` // at most 1,000
}

// StatsResult is a part of a table.
type StatsResult struct {
	Tables  []StatsInfo   `json:"tables"` // all there are
	Name    string        `json:"name"`
	Title   string        `json:"title"`
	Note    string        `json:"note"`
	Drill   string        `json:"drill"` // table that takes a row apart; "": a row leads to its events
	Columns []StatsColumn `json:"columns"`
	Sort    string        `json:"sort"`
	Start   int           `json:"start"`
	Total   int           `json:"total"` // rows that fit the search
	Rows    []StatsRow    `json:"rows"`
	Events  uint32        `json:"events"` // rows of the list that were counted
	Done    bool          `json:"done"`   // the index is complete
	Took    float64       `json:"took"`   // ms
}

// StatsForm is a form in which a table leaves.
type StatsForm string

// The forms.
const (
	StatsText StatsForm = "text"
	StatsCSV  StatsForm = "csv"
	StatsJSON StatsForm = "json" // an object a row
)

// StatsSaveParams writes a table to a file.
type StatsSaveParams struct {
	Session string    `json:"session"`
	Query   Query     `json:"query"`
	Within  []string  `json:"within"`
	Table   string    `json:"table"`
	Sort    string    `json:"sort"`
	Up      bool      `json:"up"`
	Search  string    `json:"search"`
	Form    StatsForm `json:"form"`
	Path    string    `json:"path"`
}

// StatsInfo names a table.
type StatsInfo struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Help  string `json:"help"`
}

// StatsColumn is a column of a table.
type StatsColumn struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Align Align  `json:"align"`
}

// StatsRow is a row of a table.
type StatsRow struct {
	Cells  []string `json:"cells"`
	Label  string   `json:"label"`  // the row in few words
	Filter string   `json:"filter"` // selects the events of the row
	Num    uint32   `json:"num"`    // one of them: the longest call where times are known
	Part   float64  `json:"part"`   // of the largest number of the column that is sorted by, 0 to 1
}

// Measure is what a line of a graph shows of each interval.
type Measure string

// The measures.
const (
	MeasureEvents   Measure = "events"
	MeasureErrors   Measure = "errors"
	MeasureRead     Measure = "read"     // bytes
	MeasureWritten  Measure = "written"  // bytes
	MeasureBytes    Measure = "bytes"    // both
	MeasureMin      Measure = "min"      // of latencies, ns
	MeasureMean     Measure = "mean"     // of latencies, ns
	MeasureMax      Measure = "max"      // of latencies, ns
	MeasureP50      Measure = "p50"      // of latencies, ns
	MeasureP99      Measure = "p99"      // of latencies, ns
	MeasureLoad     Measure = "load"     // calls under way at once, on average
	MeasureDistinct Measure = "distinct" // values of the field
	MeasureSum      Measure = "sum"      // of the field
	MeasureCount    Measure = "count"    // events that have the field
)

// SeriesParams asks for lines of a graph over time. Times in graphs are ns since the first event of the capture.
type SeriesParams struct {
	Session string      `json:"session"`
	Query   Query       `json:"query"` // all lines are of its rows
	From    float64     `json:"from"`
	To      float64     `json:"to"`      // 0: the end
	Buckets int         `json:"buckets"` // intervals, at most 4,000
	Step    float64     `json:"step"`    // length of an interval instead, ns; 0: as buckets says
	Series  []SeriesAsk `json:"series"`
}

// SeriesAsk is one line.
type SeriesAsk struct {
	Filter   string   `json:"filter"` // besides the query's
	Language Language `json:"language"`
	Measure  Measure  `json:"measure"`
	Field    string   `json:"field"` // distinct, sum, count
}

// SeriesResult is a graph.
type SeriesResult struct {
	From  float64 `json:"from"`
	Step  float64 `json:"step"`
	Start string  `json:"start"` // ns since the epoch of the first event
	// Within is a filter that leaves the events of the time that is shown.
	Within string       `json:"within"`
	Lines  []SeriesLine `json:"lines"`
	Took   float64      `json:"took"`
}

// SeriesLine is one line: a point for each interval, -1 where nothing was measured.
type SeriesLine struct {
	Points []float64 `json:"points"`
	Nums   []uint32  `json:"nums"` // an event of each interval, 0 for none
	Error  string    `json:"error"`
}

// HeatParams asks how latencies are spread over time.
type HeatParams struct {
	Session string  `json:"session"`
	Query   Query   `json:"query"`
	From    float64 `json:"from"`
	To      float64 `json:"to"`
	Columns int     `json:"columns"` // intervals of time, at most 1,000
}

// HeatResult is a map of counts, a row for each doubling of the latency from 2^first ns on.
type HeatResult struct {
	From  float64  `json:"from"`
	Step  float64  `json:"step"`
	Start string   `json:"start"` // ns since the epoch of the first event
	First int      `json:"first"`
	Rows  int      `json:"rows"`
	Cells []uint32 `json:"cells"` // row by row from the shortest
	Nums  []uint32 `json:"nums"`  // an event of each cell
	Took  float64  `json:"took"`
}

// ScatterParams asks for two fields of each row.
type ScatterParams struct {
	Session string  `json:"session"`
	Query   Query   `json:"query"`
	From    float64 `json:"from"`
	To      float64 `json:"to"`
	X       string  `json:"x"` // a field; "": one is chosen
	Y       string  `json:"y"`
	Most    int     `json:"most"` // points, at most 20,000; of more, evenly chosen ones
}

// ScatterResult is points. A field that is no number has labels: the coordinate is a position among them.
type ScatterResult struct {
	X       []float64 `json:"x"`
	Y       []float64 `json:"y"`
	Nums    []uint32  `json:"nums"`
	XLabels []string  `json:"xLabels"`
	YLabels []string  `json:"yLabels"`
	XField  string    `json:"xField"`
	YField  string    `json:"yField"`
	Start   string    `json:"start"` // ns since the epoch of the first event
	XKind   string    `json:"xKind"` // of numbers: "time", ns since the first event, "duration", ns, or "count"
	YKind   string    `json:"yKind"`
	Of      uint32    `json:"of"` // rows that have both fields
	Took    float64   `json:"took"`
}

// StreamParams asks for what went through a descriptor from its opening to its close.
type StreamParams struct {
	Session string `json:"session"`
	Num     uint32 `json:"num"` // an event that is about it
	Start   int    `json:"start"`
	Count   int    `json:"count"` // pieces, at most 1,000
	Peer    bool   `json:"peer"`  // also what the other end of the socket or pipe did, where the capture has it
}

// StreamResult is a part of a stream.
type StreamResult struct {
	Title   string        `json:"title"`
	Kind    string        `json:"kind"`   // "file", "ipv4 socket, tcp, client"
	Filter  string        `json:"filter"` // selects its events
	Total   int           `json:"total"`  // pieces
	Chunks  []StreamChunk `json:"chunks"`
	Read    string        `json:"read"`    // bytes moved
	Written string        `json:"written"` //
	Lost    string        `json:"lost"`    // bytes that the snaplen cut
	Peer    string        `json:"peer"`    // what the other end is, "" when the capture has none
	PeerNum uint32        `json:"peerNum"` // an event of it
	Carve   bool          `json:"carve"`   // the written file can be put together from the writes
	Problem string        `json:"problem"` // why the stream is not whole
	Opened  uint32        `json:"opened"`  // event that opened it; 0: before the capture
	Closed  uint32        `json:"closed"`  // event that closed it; 0: it stayed open
}

// StreamChunk is one transfer.
type StreamChunk struct {
	Num    uint32  `json:"num"`
	Time   float64 `json:"time"`   // ns since the first event of the capture
	Write  bool    `json:"write"`  // else read
	Peer   bool    `json:"peer"`   // done by the other end
	Size   float64 `json:"size"`   // bytes moved
	Data   string  `json:"data"`   // base64; shorter than size where the snaplen cut
	Offset float64 `json:"offset"` // in the file, -1 when not known
	Name   string  `json:"name"`   // "HTTP request GET / at docker.com"; "" when nothing is recognized
	Who    string  `json:"who"`    // process and thread
}

// StreamForm says what is saved of a stream.
type StreamForm string

// The forms.
const (
	StreamRead    StreamForm = "read"
	StreamWritten StreamForm = "written"
	StreamBoth    StreamForm = "both"   // in order
	StreamFile    StreamForm = "file"   // the file as the writes left it
	StreamPcapng  StreamForm = "pcapng" // packets that Wireshark opens
)

// StreamSaveParams writes a stream to a file.
type StreamSaveParams struct {
	Session string     `json:"session"`
	Num     uint32     `json:"num"`
	Form    StreamForm `json:"form"`
	Path    string     `json:"path"`
}

// StreamSaveResult tells what was written.
type StreamSaveResult struct {
	Bytes string `json:"bytes"`
	Lost  string `json:"lost"` // bytes that are not there
	Note  string `json:"note"`
}

// TimelineParams asks for processes as bars over time.
type TimelineParams struct {
	Session string  `json:"session"`
	Query   Query   `json:"query"` // processes with no row in it are left out
	From    float64 `json:"from"`
	To      float64 `json:"to"`
	Columns int     `json:"columns"` // how finely calls are told apart, at most 4,000
	Threads bool    `json:"threads"`
	Start   int     `json:"start"`
	Count   int     `json:"count"` // bars, at most 500
}

// TimelineResult is a part of a timeline.
type TimelineResult struct {
	From  float64       `json:"from"`
	To    float64       `json:"to"`
	Total int           `json:"total"`
	Bars  []TimelineBar `json:"bars"` // parents before children
	Took  float64       `json:"took"`
}

// TimelineBar is a process or thread.
type TimelineBar struct {
	TID    string         `json:"tid"`
	PID    string         `json:"pid"`
	Label  string         `json:"label"`
	Tip    string         `json:"tip"`
	Depth  int            `json:"depth"`
	Begin  float64        `json:"begin"` // ns; of the view when it was there before
	End    float64        `json:"end"`
	Born   uint32         `json:"born"` // event that made it; 0: before the capture
	Died   uint32         `json:"died"` // event of its end; 0: it lived on
	Filter string         `json:"filter"`
	Names  []TimelineName `json:"names"` // what it ran, from when on
	Spans  []TimelineSpan `json:"spans"` // calls, joined where they are closer than a column
}

// TimelineName is what a process ran from some time on.
type TimelineName struct {
	Time  float64 `json:"time"`
	Label string  `json:"label"`
	Num   uint32  `json:"num"`
}

// SpanKind says what a thread did.
type SpanKind string

// The kinds of span.
const (
	SpanRunning SpanKind = "running" // calls that do not wait, and what is between them
	SpanBlocked SpanKind = "blocked" // calls that wait
	SpanFailed  SpanKind = "failed"  // calls that failed
)

// TimelineSpan is a time in which a thread did one kind of thing.
type TimelineSpan struct {
	Begin float64  `json:"begin"`
	End   float64  `json:"end"`
	Kind  SpanKind `json:"kind"`
	Label string   `json:"label"` // the call, "12 calls"
	Num   uint32   `json:"num"`
}

// ExplainResult says in plain words what happened.
type ExplainResult struct {
	Num      uint32 `json:"num"`
	Sentence string `json:"sentence"` // "curl (108261) opened /etc/ld.so.cache read-only as fd 3"
	Markdown string `json:"markdown"` // what the call does, its arguments and flags, the error
	Link     string `json:"link"`     // its man page
}

// ReportParams writes a report on a capture.
type ReportParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
	Path    string `json:"path"`
}
