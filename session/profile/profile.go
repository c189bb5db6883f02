package profile

// Profile is a look of a capture for a task. What it does not name stays as it is, or as it is by default.
type Profile struct {
	Name        string
	Description string
	// Base names the profile that the members come from which this one does not have. Its own name is that of the
	// profile it hides.
	Base     string
	Columns  []Column // nil: as usual
	Colors   []Color  // nil: those of the user; the first rule that matches a row counts
	Buttons  []Group  // nil: those of the user
	Time     string   // h, a, r, d, D, e, n or R, as the list has them; "": as it is
	View     string   // events or calls; "": as it is
	Internal *bool    // internal events are listed; nil: as it is
	Views    Views
	// When is a filter. A capture that holds an event which it matches is shown with this profile, unless its user
	// chose another; "": never by itself.
	When string
	// WhenLanguage is the language of When; "": the text tells.
	WhenLanguage string
}

// Column is a column of the list.
type Column struct {
	Field string
	Title string // "": as usual
	Width int    // characters; 0: as usual
	Align string // left, right, center; "": as usual
}

// Color gives rows that match a filter a colour.
type Color struct {
	Name       string
	Filter     string
	Language   string // "": the text tells
	Foreground string // name of a colour or #rrggbb; "": the theme's
	Background string
}

// Group is a menu of filter buttons.
type Group struct {
	Name    string
	Buttons []Button
}

// Button is a filter that one click applies.
type Button struct {
	Label    string
	Filter   string
	Language string // "": the text tells
	Tip      string
}

// Views says what is shown beside the list, and where. What is empty stays as it is.
type Views struct {
	Panes    string // below, right: where details and bytes are
	Buttons  *bool  // the bar of filter buttons is shown
	Side     string // view of the side bar: processes, fds, users, containers, interfaces, info, explain
	Analysis string // view of the analysis: stats, graph, latency, scatter, timeline, stream, explain
}

// Origin says where a profile comes from.
type Origin string

// The origins, the farthest first: of profiles with the same name the nearest counts.
const (
	FromShipped   Origin = "shipped"
	FromUser      Origin = "user"
	FromWorkspace Origin = "workspace"
)

// nearness orders the origins.
func (o Origin) nearness() int {
	switch o {
	case FromUser:
		return 1
	case FromWorkspace:
		return 2
	}
	return 0
}

// Source is a text with profiles.
type Source struct {
	Origin Origin
	Text   string // JSON: a list of profiles
}

// Problem is something wrong with a text of profiles.
type Problem struct {
	Origin  Origin
	Profile string // its name, if it has one
	Place   string // "[1].columns[2].field", or "line 3, column 7"
	Text    string // a sentence without capital and full stop
}

// Resolved is a profile that can be used: with what it takes from its base.
type Resolved struct {
	Profile
	Own      Profile // as it is written
	Origin   Origin
	Hides    Origin // where a profile of the same name is that this one hides; "": none
	Problems int    // how many there are with it
}
