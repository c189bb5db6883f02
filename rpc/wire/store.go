package wire

// StoreKind names a kind of thing that is kept between runs.
type StoreKind string

// The kinds.
const (
	StoreRecent   StoreKind = "recent"   // captures that were opened
	StoreHistory  StoreKind = "history"  // filters that were used
	StoreSaved    StoreKind = "saved"    // filters with a name
	StoreButtons  StoreKind = "buttons"  // filter buttons
	StoreColumns  StoreKind = "columns"  // column sets
	StoreView     StoreKind = "view"     // how a capture was last looked at
	StoreSettings StoreKind = "settings" // settings of live captures
	StoreColors   StoreKind = "colors"   // colour rules
	StoreNotes    StoreKind = "notes"    // what is noted about events
)

// LimitParams bounds a list.
type LimitParams struct {
	Limit int `json:"limit"` // 0: all that are kept
}

// RecentCapture is a capture that was opened.
type RecentCapture struct {
	Path    string `json:"path"` // absolute
	Name    string `json:"name"` // base name
	Size    string `json:"size"` // bytes on disk when it was opened last
	Opened  string `json:"opened"`
	Missing bool   `json:"missing"` // there is no such file now
}

// RecentResult lists captures, the one opened last first.
type RecentResult struct {
	Captures []RecentCapture `json:"captures"`
}

// RecentDeleteParams forgets a capture.
type RecentDeleteParams struct {
	Path string `json:"path"` // "": all of them
}

// HistoryEntry is a filter that was used.
type HistoryEntry struct {
	Text     string   `json:"text"`
	Language Language `json:"language"`
	Used     string   `json:"used"`  // last time, ns since the epoch
	Count    int      `json:"count"` // how often
}

// HistoryResult lists filters, the one used last first.
type HistoryResult struct {
	Entries []HistoryEntry `json:"entries"`
}

// HistoryPutParams tells that a filter was used.
type HistoryPutParams struct {
	Text     string   `json:"text"`
	Language Language `json:"language"`
}

// HistoryDeleteParams forgets a filter.
type HistoryDeleteParams struct {
	Text     string   `json:"text"` // "": all of them
	Language Language `json:"language"`
}

// SavedFilter is a filter with a name.
type SavedFilter struct {
	ID          string   `json:"id"` // "" in a put: a new one
	Name        string   `json:"name"`
	Text        string   `json:"text"`
	Language    Language `json:"language"`
	Description string   `json:"description"`
}

// SavedResult lists saved filters by name.
type SavedResult struct {
	Filters []SavedFilter `json:"filters"`
}

// IDParams names a kept thing.
type IDParams struct {
	ID string `json:"id"`
}

// FilterButton is a filter that one click applies.
type FilterButton struct {
	ID       string   `json:"id"` // "" in a put: a new one
	Group    string   `json:"group"`
	Label    string   `json:"label"`
	Text     string   `json:"text"`
	Language Language `json:"language"`
	Tip      string   `json:"tip"`
	Shipped  bool     `json:"shipped"` // comes with scapls, so that it can be reset
	Edited   bool     `json:"edited"`  // shipped, and changed by the user
	Hidden   bool     `json:"hidden"`  // not to be shown in the bar
}

// FilterButtonGroup is a row of buttons.
type FilterButtonGroup struct {
	Name    string         `json:"name"`
	Buttons []FilterButton `json:"buttons"`
}

// ButtonsResult lists the filter buttons in groups, in the order in which they are shown; hidden ones too.
type ButtonsResult struct {
	Groups []FilterButtonGroup `json:"groups"`
}

// ButtonsOrderParams puts the buttons of a group, or the groups, into an order. What is not named comes behind.
type ButtonsOrderParams struct {
	Group string   `json:"group"` // "": the groups themselves
	Order []string `json:"order"` // ids of buttons, or names of groups
}

// ColumnSetting is a column of a set.
type ColumnSetting struct {
	ID    string `json:"id"`    // as Column.id, or any field
	Width int    `json:"width"` // characters; 0: as usual
	// Align and Title are what the user chose, "" as usual.
	Align Align  `json:"align,omitempty"`
	Title string `json:"title,omitempty"`
}

// ColumnSet is a choice of columns with a name.
type ColumnSet struct {
	ID      string          `json:"id"` // "" in a put: a new one
	Name    string          `json:"name"`
	Columns []ColumnSetting `json:"columns"`
}

// ColumnsResult lists column sets by name.
type ColumnsResult struct {
	Sets []ColumnSet `json:"sets"`
}

// ViewState is how a capture is looked at.
type ViewState struct {
	Query Query      `json:"query"` // with its filter
	Mark  string     `json:"mark"`  // filter whose rows are marked
	Time  TimeFormat `json:"time"`
	UTC   bool       `json:"utc,omitempty"`
	// Precision is that of times.
	Precision Precision       `json:"precision,omitempty"`
	Num       uint32          `json:"num"` // selected event, 0: none
	Top       uint32          `json:"top"` // num of the row at the top
	Columns   []ColumnSetting `json:"columns"`
	// Profile is the name of the profile it is shown with; "": nobody said.
	Profile string `json:"profile"`
	Chosen  bool   `json:"chosen"` // the profile was chosen by the user, and not taken by its filter
	// Extra is the client's own, at most 64 KiB; it is not looked at.
	Extra string `json:"extra"`
}

// ViewResult is what is known of how a capture was last looked at.
type ViewResult struct {
	Found bool      `json:"found"`
	Used  string    `json:"used"` // when, ns since the epoch
	State ViewState `json:"state"`
}

// ViewPutParams keeps how a capture is looked at. Captures are told apart by their content, so that a renamed or
// copied file is still known, and a file that was written to since by its path.
type ViewPutParams struct {
	Session string    `json:"session"`
	State   ViewState `json:"state"`
}

// CaptureSettings are options of a live capture.
type CaptureSettings struct {
	ID       string   `json:"id"`     // "" in a put: a new one, or the one with the same options
	Name     string   `json:"name"`   // "": was only used; those without a name are forgotten first
	Target   string   `json:"target"` // "": this machine; else [user@]host[:port]
	Filter   string   `json:"filter"`
	Command  []string `json:"command"`  // run this and record it alone; none: everything
	Snaplen  int      `json:"snaplen"`  // bytes; 0: as usual
	Duration int      `json:"duration"` // seconds; 0: until stopped
	Count    uint32   `json:"count"`    // events; 0: no limit
	RingMB   int      `json:"ringMB"`   // 0: as usual
	ExitOnly bool     `json:"exitOnly"`
	Sudo     bool     `json:"sudo"`
	Used     string   `json:"used"` // last time, ns since the epoch; ignored in a put
	// Extra is the client's own, at most 64 KiB; it is not looked at.
	Extra string `json:"extra"`
}

// SettingsResult lists settings of live captures, those used last first.
type SettingsResult struct {
	Settings []CaptureSettings `json:"settings"`
}

// StoreExportParams asks for kept things in a form that can be given to others.
type StoreExportParams struct {
	Kinds []StoreKind `json:"kinds"` // saved, buttons, columns, colors; none: the first three
}

// StoreExportResult is a JSON document for scapls/store/import.
type StoreExportResult struct {
	Text string `json:"text"`
}

// StoreImportParams takes kept things in. Those with the id or the name of one that is there replace it.
type StoreImportParams struct {
	Text string `json:"text"`
}

// StoreImportResult counts what was taken in.
type StoreImportResult struct {
	Saved   int `json:"saved"`
	Buttons int `json:"buttons"`
	Columns int `json:"columns"`
	Colors  int `json:"colors"`
}

// StoreInfoResult tells where things are kept and what is wrong there.
type StoreInfoResult struct {
	Path     string   `json:"path"`     // "": nothing is kept beyond this run
	Problems []string `json:"problems"` // sentences for people
}

// StoreChangedParams is the notification scapls/store/changed.
type StoreChangedParams struct {
	Kinds []StoreKind `json:"kinds"` // what to ask for again
	Own   bool        `json:"own"`   // by this client; else by another window
}
