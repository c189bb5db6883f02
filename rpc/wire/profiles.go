package wire

// ProfileOrigin says where a profile comes from. Of profiles with the same name the one of the last origin counts.
type ProfileOrigin string

// The origins.
const (
	ProfileShipped   ProfileOrigin = "shipped"
	ProfileUser      ProfileOrigin = "user"
	ProfileWorkspace ProfileOrigin = "workspace"
)

// ProfilesParams asks for the profiles there are: those that come with scapls and those of the sources.
type ProfilesParams struct {
	Sources []ProfileSource `json:"sources"`
}

// ProfileSource is a text with profiles.
type ProfileSource struct {
	Origin ProfileOrigin `json:"origin"`
	Text   string        `json:"text"` // JSON: a list of ProfileSpec, or an object whose member "profiles" is one
}

// ProfilesResult is the profiles in the order in which they are offered. What is wrong with a source is told; the rest
// of it is used.
type ProfilesResult struct {
	Profiles []Profile        `json:"profiles"`
	Problems []ProfileProblem `json:"problems"`
}

// ProfileProblem is something wrong with a source.
type ProfileProblem struct {
	Origin  ProfileOrigin `json:"origin"`
	Profile string        `json:"profile"` // its name; "": of none
	Place   string        `json:"place"`   // "[1].columns[2].field" in the list, or "line 3, column 7" of what is no JSON
	Message string        `json:"message"`
}

// Profile is a look of a capture for a task, ready to be used.
type Profile struct {
	Spec     ProfileSpec   `json:"spec"` // with what it takes from its base
	Own      ProfileSpec   `json:"own"`  // as it is written
	Origin   ProfileOrigin `json:"origin"`
	Hides    ProfileOrigin `json:"hides,omitempty"` // where a profile of this name is that this one hides
	Columns  []Column      `json:"columns"`         // the spec's, complete; none: as usual
	Problems int           `json:"problems"`        // how many there are with it
}

// ProfileSpec is a profile as people write it. What is left out stays as it is, or as it is by default.
type ProfileSpec struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// Base names the profile that what is left out is taken from. The profile's own name is that of the one it hides.
	Base     string          `json:"base,omitempty"`
	Columns  []ProfileColumn `json:"columns,omitzero"`
	Colors   []ProfileColor  `json:"colors,omitzero"`  // in place of the user's colour rules; none when empty
	Buttons  []ProfileGroup  `json:"buttons,omitzero"` // in place of those that come with scapls; none of them when empty
	Time     TimeFormat      `json:"time,omitempty"`
	View     View            `json:"view,omitempty"`
	Internal *bool           `json:"internal,omitempty"`
	Views    *ProfileViews   `json:"views,omitempty"`
	// When is a filter: a capture with an event that it matches is shown with this profile, unless the user chose one.
	When         string   `json:"when,omitempty"`
	WhenLanguage Language `json:"whenLanguage,omitempty"`
}

// ProfileColumn is a column of a profile.
type ProfileColumn struct {
	Field string `json:"field"`
	Title string `json:"title,omitempty"` // as usual when left out
	Width int    `json:"width,omitzero"`  // characters
	Align Align  `json:"align,omitempty"`
}

// ProfileColor is a colour rule of a profile; the first that matches a row counts.
type ProfileColor struct {
	Name       string   `json:"name,omitempty"`
	Filter     string   `json:"filter"`
	Language   Language `json:"language,omitempty"`   // of the filter
	Foreground string   `json:"foreground,omitempty"` // as ColorRule's
	Background string   `json:"background,omitempty"`
}

// ProfileGroup is a menu of filter buttons.
type ProfileGroup struct {
	Name    string          `json:"name"`
	Buttons []ProfileButton `json:"buttons"`
}

// ProfileButton is a filter that one click applies.
type ProfileButton struct {
	Label    string   `json:"label"`
	Filter   string   `json:"filter"`
	Language Language `json:"language,omitempty"` // of the filter
	Tip      string   `json:"tip,omitempty"`
}

// ProfileViews says what is shown beside the list.
type ProfileViews struct {
	Panes    string `json:"panes,omitempty"`    // below, right: where details and bytes are
	Buttons  *bool  `json:"buttons,omitempty"`  // the bar of filter buttons is shown
	Side     string `json:"side,omitempty"`     // view of the side bar: processes, fds, users, containers, interfaces, info, explain
	Analysis string `json:"analysis,omitempty"` // view of the analysis: stats, graph, latency, scatter, timeline, stream, explain
}

// ProfilesMatchParams asks which of some filters matches an event of a capture.
type ProfilesMatchParams struct {
	Session string          `json:"session"`
	Filters []ProfileFilter `json:"filters"` // at most 200, the most wanted first
}

// ProfileFilter is the filter by which a profile is taken.
type ProfileFilter struct {
	Filter   string   `json:"filter"`
	Language Language `json:"language"`
}

// ProfilesMatchResult names the first filter that matches an event.
type ProfilesMatchResult struct {
	At int `json:"at"` // place in the list; -1: none matches
	// Done is true when more events change nothing: the capture was read to its end, or the first filter matches.
	Done bool `json:"done"`
}
