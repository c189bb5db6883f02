package wire

// Sort says by what the rows of a list are sorted: numbers by value, texts by the numbers in them, rows without a value
// last, those with the same value as in the file.
type Sort struct {
	Column     string `json:"column"` // as Column.id, or any field
	Descending bool   `json:"descending"`
}

// SortParams asks that a list be sorted as its query says.
type SortParams struct {
	Session string `json:"session"`
	Query   Query  `json:"query"`
	Again   bool   `json:"again"` // also when it was sorted before and rows came since
}

// SortResult tells of a list that was sorted.
type SortResult struct {
	Rows   uint32  `json:"rows"`
	Valued uint32  `json:"valued"` // rows that have a value; the others come last
	Events uint32  `json:"events"` // events that there were
	Newer  uint32  `json:"newer"`  // events that came since, which are not in the list
	Took   float64 `json:"took"`   // ms
}

// SortingParams is the notification scapls/sorting: how far the sorting of a list is.
type SortingParams struct {
	Session  string  `json:"session"`
	Query    Query   `json:"query"`
	Fraction float64 `json:"fraction"`
}

// ColumnsParams names fields, with argument and functions if any, as they were typed.
type ColumnsParams struct {
	Session string   `json:"session"` // the capture they are of; "": none in particular
	IDs     []string `json:"ids"`
}

// ColumnsOfResult is a column for each field.
type ColumnsOfResult struct {
	Columns []ColumnOf `json:"columns"`
}

// ColumnOf is a column, or why there is none.
type ColumnOf struct {
	Column  *Column `json:"column,omitempty"`
	Message string  `json:"message"`
}

// RowRange is rows of a list that stand side by side.
type RowRange struct {
	Start uint32 `json:"start"`
	Count uint32 `json:"count"`
}

// CopyFormat is a form in which rows are copied.
type CopyFormat string

// The forms.
const (
	CopyText     CopyFormat = "text" // cells between tabs
	CopyCSV      CopyFormat = "csv"
	CopyJSON     CopyFormat = "json" // an array of objects
	CopyMarkdown CopyFormat = "markdown"
)

// CopyColumn is a column of what is copied.
type CopyColumn struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Align Align  `json:"align"`
}

// CopyParams asks for rows of a list as text, in the columns that are shown.
type CopyParams struct {
	Session string       `json:"session"`
	Query   Query        `json:"query"`
	Rows    []RowRange   `json:"rows"`
	Columns []CopyColumn `json:"columns"`
	Time    TimeFormat   `json:"time"`
	UTC     bool         `json:"utc,omitempty"`
	Format  CopyFormat   `json:"format"`
	// Precision is that of times.
	Precision Precision `json:"precision,omitempty"`
}

// CopyResult is the text.
type CopyResult struct {
	Text string `json:"text"`
	Rows uint32 `json:"rows"`
}
