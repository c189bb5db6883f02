package wire

// NoteKind says which events that something is noted about are meant.
type NoteKind string

// The kinds.
const (
	NoteAny       NoteKind = ""          // all of them
	NoteMark      NoteKind = "mark"      // marked
	NoteIgnore    NoteKind = "ignore"    // to be ignored
	NoteReference NoteKind = "reference" // times are shown relative to them
	NoteComment   NoteKind = "comment"   // with a note of people, or a comment of the file
	NoteWanted    NoteKind = "wanted"    // all but those that are only ignored
)

// RowNote is what a row shows of what is noted about its event.
type RowNote struct {
	Marked    bool   `json:"marked,omitempty"`
	Ignored   bool   `json:"ignored,omitempty"`
	Reference bool   `json:"reference,omitempty"`
	Comment   string `json:"comment,omitempty"` // all comments, cut when they are long
}

// Precision says how much of a second times have.
type Precision string

// The precisions.
const (
	PrecisionNs Precision = "" // nine digits
	PrecisionUs Precision = "us"
	PrecisionMs Precision = "ms"
	PrecisionS  Precision = "s" // none
)

// NotesParams asks for events that something is noted about.
type NotesParams struct {
	Session string   `json:"session"`
	Kind    NoteKind `json:"kind"`
	Start   int      `json:"start"`
	Count   int      `json:"count"` // at most 1,000
	Num     uint32   `json:"num"`   // this event alone, also when nothing is noted about it; 0: all of the kind
}

// NotesResult is what is noted about a capture.
type NotesResult struct {
	Marked     uint32   `json:"marked"`
	Ignored    uint32   `json:"ignored"`
	References uint32   `json:"references"`
	Comments   uint32   `json:"comments"`
	Total      uint32   `json:"total"`     // events that something is noted about
	Shift      string   `json:"shift"`     // ns added to the times that are shown
	ShiftText  string   `json:"shiftText"` // "+1:00:00"; "" when there is none
	Capture    []string `json:"capture"`   // comments of the file on the whole capture
	Notes      []Note   `json:"notes"`     // those asked for, in order
	Kept       bool     `json:"kept"`      // notes on this capture can be kept
}

// Note is what is noted about one event.
type Note struct {
	Num       uint32   `json:"num"`
	Number    uint32   `json:"number"` // as people see it
	Time      string   `json:"time"`   // as it is shown
	Type      string   `json:"type"`
	Process   string   `json:"process"`
	TID       string   `json:"tid"`
	Sentence  string   `json:"sentence"` // what happened
	Marked    bool     `json:"marked"`
	Ignored   bool     `json:"ignored"`
	Reference bool     `json:"reference"`
	Comment   string   `json:"comment"` // of people
	Author    string   `json:"author"`
	Written   string   `json:"written"` // ns since the epoch, "" if nobody said
	File      []string `json:"file"`    // comments of the file; they cannot be changed
}

// NoteAction says what becomes of a kind of note.
type NoteAction string

// The actions.
const (
	NoteSet    NoteAction = "set"
	NoteUnset  NoteAction = "unset"
	NoteToggle NoteAction = "toggle" // unset where all the events have it, else set
	NoteClear  NoteAction = "clear"  // unset on all events of the capture
)

// NotesSetParams marks events, has them ignored, makes them time references, or takes that or comments away. The events
// are those named, or rows of a list.
type NotesSetParams struct {
	Session string     `json:"session"`
	Kind    NoteKind   `json:"kind"` // mark, ignore, reference, comment; comment only with unset and clear
	Action  NoteAction `json:"action"`
	Nums    []uint32   `json:"nums"`
	List    bool       `json:"list"` // not nums, but rows of query
	Query   Query      `json:"query"`
	Rows    []RowRange `json:"rows"` // none: all of them
}

// NotesChangedResult tells what became of it.
type NotesChangedResult struct {
	Changed uint32 `json:"changed"` // events
}

// NoteCommentParams writes a note on an event in the place of the one that is there.
type NoteCommentParams struct {
	Session string `json:"session"`
	Num     uint32 `json:"num"`
	Text    string `json:"text"` // lines end with \n; "" takes the note away
	Author  string `json:"author"`
}

// NotesShiftParams shifts the times that are shown of a capture: by an offset, or so that an event was at a time.
type NotesShiftParams struct {
	Session string `json:"session"`
	By      string `json:"by"`  // "+1:30:00", "-2.5" seconds, "90m", "2d"; "0" ends it
	Num     uint32 `json:"num"` // with at: the event
	At      string `json:"at"`  // when it was: a date and clock, or a clock of the day it has
	UTC     bool   `json:"utc"` // at is in UTC
}

// NotesShiftResult is the shift from now on.
type NotesShiftResult struct {
	Shift     string `json:"shift"` // ns
	ShiftText string `json:"shiftText"`
}

// NotesFindParams looks for the next or previous row of a list of which something is noted.
type NotesFindParams struct {
	Session   string   `json:"session"`
	Query     Query    `json:"query"`
	Kind      NoteKind `json:"kind"`
	From      uint32   `json:"from"` // num of the row to begin behind (or before)
	Backwards bool     `json:"backwards"`
}

// NotesFormat is a form in which notes leave.
type NotesFormat string

// The forms.
const (
	NotesJSON     NotesFormat = "json" // for scapls/notes/import
	NotesMarkdown NotesFormat = "markdown"
	NotesCSV      NotesFormat = "csv"
)

// NotesExportParams asks for notes as a document.
type NotesExportParams struct {
	Session string      `json:"session"`
	Format  NotesFormat `json:"format"`
}

// NotesExportResult is the document.
type NotesExportResult struct {
	Text string `json:"text"`
}

// NotesImportParams takes notes in: marks are joined, a note takes the place of the one that is there.
type NotesImportParams struct {
	Session string `json:"session"`
	Text    string `json:"text"` // of scapls/notes/export as JSON, also of another capture that holds the same events
}

// NotesImportResult counts what was taken in.
type NotesImportResult struct {
	Events uint32 `json:"events"`
	Moved  uint32 `json:"moved"`  // of them those that were found by their time, since they have another number here
	Absent uint32 `json:"absent"` // that this capture does not hold
}
