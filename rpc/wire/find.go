package wire

// SearchMode says how what is searched for is written.
type SearchMode string

// The modes.
const (
	SearchText   SearchMode = "text"
	SearchRegex  SearchMode = "regex"  // a regular expression in RE2's syntax
	SearchHex    SearchMode = "hex"    // bytes, "de ad be ef"; a question mark stands for any digit
	SearchFilter SearchMode = "filter" // rows that a filter matches
)

// SearchIn says in what of an event is searched.
type SearchIn string

// The places. Bytes in hexadecimal are always searched for in bytes, and filters look where they want.
const (
	SearchColumns SearchIn = "columns" // the cells that are shown, each as a whole
	SearchBytes   SearchIn = "bytes"   // the event's bytes as in the file
	SearchDetails SearchIn = "details" // the lines of its detail tree, as "label: value"
)

// Search is what is searched for in the rows of a list.
type Search struct {
	Mode     SearchMode `json:"mode"`
	Text     string     `json:"text"`
	Language Language   `json:"language"` // filter
	Case     bool       `json:"case"`     // capital and small letters differ
	Word     bool       `json:"word"`     // only where it is not a part of a longer word
	In       SearchIn   `json:"in"`
	Columns  []string   `json:"columns"` // columns: those that are shown
	Time     TimeFormat `json:"time"`    // columns: how times are shown
	UTC      bool       `json:"utc,omitempty"`
	// Precision is that of the times.
	Precision Precision `json:"precision,omitempty"`
}

// FindParams looks for the next row of a list that a search finds something in. It hides nothing.
type FindParams struct {
	Session   string `json:"session"`
	Query     Query  `json:"query"` // the list
	Search    Search `json:"search"`
	From      uint32 `json:"from"` // num of the row to begin behind (or before)
	Backwards bool   `json:"backwards"`
	Wrap      bool   `json:"wrap"`
	Wait      int    `json:"wait"` // ms after which to say how far it is; asked again, it goes on. 0: to the end
}

// FindResult is the row that was found.
type FindResult struct {
	Found   bool    `json:"found"`
	Wrapped bool    `json:"wrapped"` // the search went on from the other end
	Row     uint32  `json:"row"`
	Num     uint32  `json:"num"`
	Done    bool    `json:"done"` // false: nothing was found so far
	Part    float64 `json:"part"` // of the events that were looked at, 0 to 1
	Column  string  `json:"column"`
	Start   int     `json:"start"` // range of the event's bytes
	Len     int     `json:"len"`
	Path    []int   `json:"path"` // line of the detail tree, by child indexes
}

// FindCountParams asks how many rows a search finds something in.
type FindCountParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
	Search  Search `json:"search"`
	Num     uint32 `json:"num"`  // a row of which is told which one it is
	Wait    int    `json:"wait"` // as in FindParams
}

// FindCountResult is how many there are.
type FindCountResult struct {
	Matched uint32  `json:"matched"`
	At      uint32  `json:"at"`   // which of them the row is, from 1; 0: none
	Done    bool    `json:"done"` // false: so far
	Part    float64 `json:"part"` // of the events that were looked at, 0 to 1
}

// Relation says how another event belongs to one.
type Relation string

// The relations.
const (
	RelationThread  Relation = "thread"
	RelationProcess Relation = "process"
	RelationFD      Relation = "fd"     // the same opening of its descriptor
	RelationPair    Relation = "pair"   // the other half of the call
	RelationParent  Relation = "parent" // the event that made the thread
	RelationChild   Relation = "child"  // the first event of a process that the event makes, or that its process makes next
)

// RelatedParams asks for a row that belongs to an event.
type RelatedParams struct {
	Session   string   `json:"session"`
	Query     Query    `json:"query"`
	Num       uint32   `json:"num"`
	Relation  Relation `json:"relation"`
	Backwards bool     `json:"backwards"` // thread, process, fd
}

// RelatedResult is the row.
type RelatedResult struct {
	Found bool   `json:"found"`
	Row   uint32 `json:"row"`
	Num   uint32 `json:"num"`
	Exact bool   `json:"exact"` // false: the event is not listed, this is the nearest row
	Note  string `json:"note"`  // why there is none, or that it is not listed
}
