package wire

// Language is one of the two filter languages.
type Language string

// The languages.
const (
	LanguageAuto      Language = ""          // told by the text itself
	LanguageSysdig    Language = "sysdig"    // sysdig's and Falco's
	LanguageWireshark Language = "wireshark" // Wireshark's display filters, as Stratoshark uses them
)

// FilterState is what a filter box shows of its text.
type FilterState string

// The states.
const (
	FilterEmpty    FilterState = "empty"    // matches everything
	FilterAccepted FilterState = "accepted" // can be used
	FilterWarning  FilterState = "warning"  // can be used, but there is something to say
	FilterError    FilterState = "error"    // cannot be used
)

// FilterParams is a filter as it is typed. All positions in filters are in UTF-16 code units, as in JavaScript.
type FilterParams struct {
	Session  string   `json:"session"` // the capture whose values are known; "": none
	Text     string   `json:"text"`
	Language Language `json:"language"`
}

// FilterCheckResult says whether a filter can be used, and how it reads.
type FilterCheckResult struct {
	State       FilterState        `json:"state"`
	Language    Language           `json:"language"`    // the one that was taken
	Other       Language           `json:"other"`       // the other one, when the text means something else there; else ""
	OtherNote   string             `json:"otherNote"`   // in which way the meanings differ
	Diagnostics []FilterDiagnostic `json:"diagnostics"` // the worst first
	Tokens      []FilterToken      `json:"tokens"`      // for colouring, in the order of the text
	Pending     bool               `json:"pending"`     // values are still being counted: the same question a moment later may find more to say
}

// FilterDiagnostic is one thing to say about a place of a filter.
type FilterDiagnostic struct {
	Start    int         `json:"start"`
	End      int         `json:"end"`
	Severity Severity    `json:"severity"`
	Message  string      `json:"message"`
	Fixes    []FilterFix `json:"fixes"`
}

// FilterFix is a change that would make a filter right.
type FilterFix struct {
	Title string `json:"title"` // what it does
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"` // what stands there then
}

// TokenKind says what a piece of a filter is.
type TokenKind string

// The kinds of token.
const (
	TokenField    TokenKind = "field"
	TokenOperator TokenKind = "operator"
	TokenKeyword  TokenKind = "keyword"
	TokenString   TokenKind = "string"
	TokenNumber   TokenKind = "number"
	TokenFunction TokenKind = "function"
	TokenInvalid  TokenKind = "invalid"
)

// FilterToken is a piece of a filter.
type FilterToken struct {
	Start int       `json:"start"`
	End   int       `json:"end"`
	Kind  TokenKind `json:"kind"`
}

// FilterAtParams is a filter with a caret in it.
type FilterAtParams struct {
	Session  string   `json:"session"`
	Text     string   `json:"text"`
	Language Language `json:"language"`
	Caret    int      `json:"caret"`
}

// CompletionKind says what a completion is.
type CompletionKind string

// The kinds of completion.
const (
	CompletionField    CompletionKind = "field"
	CompletionOperator CompletionKind = "operator"
	CompletionValue    CompletionKind = "value"
	CompletionKeyword  CompletionKind = "keyword"
	CompletionFunction CompletionKind = "function"
	CompletionSnippet  CompletionKind = "snippet"
	CompletionSaved    CompletionKind = "saved" // a saved filter
)

// FilterCompleteResult is what may stand at the caret, the likeliest first.
type FilterCompleteResult struct {
	Items      []Completion `json:"items"`
	Incomplete bool         `json:"incomplete"` // there are more; ask again when more is typed
	Pending    bool         `json:"pending"`    // values are still being counted: the same question a moment later has more
}

// Completion is one of them.
type Completion struct {
	Label  string         `json:"label"`
	Kind   CompletionKind `json:"kind"`
	Detail string         `json:"detail"` // short, beside the label: a type, "4,102 events"
	Doc    string         `json:"doc"`    // markdown
	Start  int            `json:"start"`  // the range of the text it takes the place of
	End    int            `json:"end"`
	Insert string         `json:"insert"`
	Caret  int            `json:"caret"` // where the caret stands then, from the start of what was inserted
	Again  bool           `json:"again"` // ask for completions again once it is inserted
}

// FilterHoverResult explains what is at the caret; an empty text where there is nothing to say.
type FilterHoverResult struct {
	Start    int    `json:"start"`
	End      int    `json:"end"`
	Markdown string `json:"markdown"`
}

// FilterSignatureResult is how the argument of a field or function is written that the caret stands in; an empty label
// where it stands in none.
type FilterSignatureResult struct {
	Label    string `json:"label"`
	Start    int    `json:"start"` // of the argument in the label
	End      int    `json:"end"`
	Markdown string `json:"markdown"`
}

// FilterTextResult is a filter.
type FilterTextResult struct {
	Text     string   `json:"text"`
	Language Language `json:"language"`
}

// FilterTranslateParams asks for a filter in the other language.
type FilterTranslateParams struct {
	Text     string   `json:"text"`
	Language Language `json:"language"` // of the text
	To       Language `json:"to"`
}

// FilterTranslateResult is the translation; without one the problems say which parts have no counterpart.
type FilterTranslateResult struct {
	OK       bool               `json:"ok"`
	Text     string             `json:"text"`
	Problems []FilterDiagnostic `json:"problems"` // places of the text that was given
}

// ListParams names a list of a capture.
type ListParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
}

// FilterCountResult tells how many rows a list has.
type FilterCountResult struct {
	Matched uint32  `json:"matched"`
	Of      uint32  `json:"of"`   // rows of the same list without its filter
	Done    bool    `json:"done"` // the index is complete, so that the numbers stay
	Took    float64 `json:"took"` // ms
}

// FilterWhyResult tells why a filter matches nothing, or how much each of its parts matches.
type FilterWhyResult struct {
	Message string       `json:"message"` // a sentence: "proc.name=ngnix: no event has that value; nginx has 4,102"
	Parts   []FilterPart `json:"parts"`
	Fixes   []FilterFix  `json:"fixes"`
}

// FilterPart is a condition of a filter.
type FilterPart struct {
	Start   int    `json:"start"`
	End     int    `json:"end"`
	Matched uint32 `json:"matched"` // rows that match this part alone
	Message string `json:"message"` // what is to be said of it; mostly empty
}

// SourceKind says of what a filter is to be made.
type SourceKind string

// The kinds of source.
const (
	SourceCell        SourceKind = "cell"        // a cell of a row: num and column
	SourceNode        SourceKind = "node"        // a node of a detail tree: num, field, value
	SourceThread      SourceKind = "thread"      // the thread of the event, or the one that tid names
	SourceProcess     SourceKind = "process"     // its process
	SourceDescendants SourceKind = "descendants" // its process and all that come from it, however deep
	SourceContainer   SourceKind = "container"   // its container
	SourceFD          SourceKind = "fd"          // what the event's descriptor is open on, whoever uses it; or item id of scapls/fds
	SourceStream      SourceKind = "stream"      // this very opening of the descriptor, from open to close
	SourceUser        SourceKind = "user"        // the user of the event's thread
	SourceItem        SourceKind = "item"        // an item of a state view: method and id
	SourceNoted       SourceKind = "noted"       // events that something is noted about: id is a NoteKind
)

// FilterMode says how a new condition joins the filter that is there.
type FilterMode string

// The modes.
const (
	ModeReplace FilterMode = "replace"
	ModeNot     FilterMode = "not" // takes the filter's place, negated
	ModeAnd     FilterMode = "and"
	ModeOr      FilterMode = "or"
	ModeAndNot  FilterMode = "andNot"
	ModeOrNot   FilterMode = "orNot"
)

// FilterFromParams asks for a filter made of something that is shown.
type FilterFromParams struct {
	Session string     `json:"session"`
	Kind    SourceKind `json:"kind"`
	Mode    FilterMode `json:"mode"`
	Base    string     `json:"base"` // the filter that is there
	Num     uint32     `json:"num"`  // event; 0: the end of the capture
	View    View       `json:"view"`
	Column  string     `json:"column"` // cell
	Field   string     `json:"field"`  // node
	Value   string     `json:"value"`  // node: as shown
	Method  string     `json:"method"` // item: the method that returned it
	ID      string     `json:"id"`     // item, fd
	TID     string     `json:"tid"`    // thread, process, descendants, fd, stream: instead of the event's
}

// FieldInfo is an entry of the catalogue of fields.
type FieldInfo struct {
	Name        string `json:"name"`
	Class       string `json:"class"`
	Type        string `json:"type"`
	Argument    string `json:"argument"` // how it is written; "" when there is none
	Required    bool   `json:"required"` // the argument is
	Help        string `json:"help"`
	Example     string `json:"example"`
	Stratoshark string `json:"stratoshark"` // its name there, "" when there is none
	Needs       string `json:"needs"`       // what a capture must hold; "" when any does
}

// FieldsResult is the catalogue.
type FieldsResult struct {
	Fields []FieldInfo `json:"fields"`
}

// FilteredParams is the notification scapls/filtered: how far a list's filter has been asked.
type FilteredParams struct {
	Session string  `json:"session"`
	Query   Query   `json:"query"`
	Matched uint32  `json:"matched"`
	Scanned uint32  `json:"scanned"` // events that were asked so far
	Of      uint32  `json:"of"`
	Done    bool    `json:"done"`
	Took    float64 `json:"took"` // ms
}

// ExportFormat is a form in which events leave.
type ExportFormat string

// The forms.
const (
	ExportScap ExportFormat = "scap" // a capture with the state as of its first event
	ExportText ExportFormat = "text"
	ExportCSV  ExportFormat = "csv"
	ExportJSON ExportFormat = "json" // an object a line

	ExportNDJSON ExportFormat = "ndjson" // another name of json
)

// ExportParams writes the rows of a list to a file.
type ExportParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
	From    uint32 `json:"from"` // num of the first event; 0: the first there is
	To      uint32 `json:"to"`   // num of the last event; 0: the last there is
	// Rows leaves only these rows, in the order of the list; none: all.
	Rows    []RowRange   `json:"rows,omitempty"`
	Format  ExportFormat `json:"format"`
	Path    string       `json:"path"`
	Columns []string     `json:"columns"` // csv and json; none: those shown by default
	Time    TimeFormat   `json:"time"`
	// Member, of several captures that are open together, is the place of the one that is exported, from 1; 0 is all, which
	// the format scap does not hold.
	Member int `json:"member,omitempty"`
	// Notes says that people's notes are written as comments on the events of a capture, where Wireshark's tools find them.
	Notes bool `json:"notes,omitempty"`
}

// ExportResult tells what was written.
type ExportResult struct {
	Events uint32 `json:"events"`
	Bytes  string `json:"bytes"`
	State  uint32 `json:"state"` // scap: events that are there only for the names of others
	Notes  uint32 `json:"notes"` // scap: events that a note was written on
}
