package wire

// Color names a colour of the theme in which things are shown, so that it can be read in all of them; "" is the
// theme's own. As a background a name is a tint, as a foreground a text that is as light or dark as the theme asks for.
// "#rrggbb" is a colour by itself; a foreground is made lighter or darker where it could not be read.
type Color string

// The colours.
const (
	ColorNone         Color = ""
	ColorRed          Color = "red"
	ColorOrange       Color = "orange"
	ColorYellow       Color = "yellow"
	ColorGreen        Color = "green"
	ColorTeal         Color = "teal"
	ColorBlue         Color = "blue"
	ColorPurple       Color = "purple"
	ColorPink         Color = "pink"
	ColorBrown        Color = "brown"
	ColorGray         Color = "gray"
	ColorStrongRed    Color = "strong-red"
	ColorStrongOrange Color = "strong-orange"
	ColorStrongYellow Color = "strong-yellow"
	ColorStrongGreen  Color = "strong-green"
	ColorStrongTeal   Color = "strong-teal"
	ColorStrongBlue   Color = "strong-blue"
	ColorStrongPurple Color = "strong-purple"
	ColorStrongPink   Color = "strong-pink"
	ColorStrongBrown  Color = "strong-brown"
	ColorStrongGray   Color = "strong-gray"
)

// ColorRule gives rows that a filter matches a colour. Of a list of rules the first that matches a row counts.
type ColorRule struct {
	ID       string   `json:"id"` // unique in its list; "": it gets one when it is kept
	Name     string   `json:"name"`
	Filter   string   `json:"filter"`
	Language Language `json:"language"` // of the filter
	// Foreground and Background are names of Color, or "#rrggbb".
	Foreground string `json:"foreground"`
	Background string `json:"background"`
	Disabled   bool   `json:"disabled"`
}

// ColorsResult is the colour rules that are kept, in their order.
type ColorsResult struct {
	Rules    []ColorRule `json:"rules"`
	Shipped  bool        `json:"shipped"`  // they are those that come with scapls
	Revision string      `json:"revision"` // changes with the rules
	Defaults []ColorRule `json:"defaults"` // those that come with scapls
}

// ColorsPutParams replaces the colour rules.
type ColorsPutParams struct {
	Rules []ColorRule `json:"rules"`
	// Revision is that of the rules these were made of; when others have been kept since, nothing is changed and the
	// request fails. "" replaces whatever is there.
	Revision string `json:"revision"`
}

// ColorsTextParams asks for rules as a document to share.
type ColorsTextParams struct {
	Rules []ColorRule `json:"rules"`
}

// ColorsReadParams asks what rules such a document holds.
type ColorsReadParams struct {
	Text string `json:"text"`
}

// ColorsReadResult is the rules of a document.
type ColorsReadResult struct {
	Rules []ColorRule `json:"rules"`
}

// ColorFilter is what a colour rule asks of a row.
type ColorFilter struct {
	Filter   string   `json:"filter"`
	Language Language `json:"language"`
}

// ColorsParams asks how a list falls to colour rules, at most 250.
type ColorsParams struct {
	Session string        `json:"session"`
	Query   Query         `json:"query"`
	Colors  []ColorFilter `json:"colors"`
	Parts   int           `json:"parts"` // into how many parts of as many rows the list is cut, at most 4,096; fewer when it has fewer rows
}

// ColorsOfResult tells how a list falls to colour rules. While done is false scapls/colored tells when to ask again.
type ColorsOfResult struct {
	Total uint32      `json:"total"` // rows of the list
	Parts []ColorPart `json:"parts"` // in the order of the list
	Rules []ColorUse  `json:"rules"` // as they were asked
	Done  bool        `json:"done"`  // the list is complete, and all rules were asked of all of it
}

// ColorPart is a part of a list.
type ColorPart struct {
	Rows uint32   `json:"rows"`
	Of   []uint32 `json:"of"` // rows that fall to each rule; those that fall to none are left
}

// ColorUse is what falls to a rule.
type ColorUse struct {
	Matched uint32 `json:"matched"` // rows of the list that its filter matches
	Colored uint32 `json:"colored"` // those that no rule before it does
	Fault   string `json:"fault"`   // why its filter cannot be used; such a rule colours nothing
}

// ColoredParams is the notification scapls/colored: colour rules have been asked of more events.
type ColoredParams struct {
	Session string `json:"session"`
	Done    bool   `json:"done"` // of all; other rules may still be asked
}
