package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What a source may hold at most. Nobody writes so much by hand; a workspace may be a stranger's.
const (
	maxText     = 1 << 20
	maxProfiles = 200
	maxColumns  = 100
	maxButtons  = 500
	maxColors   = 200
	maxWidth    = 500
)

// setting is what profiles are called in the settings of VS Code.
const setting = "scapls.profiles"

// Read reads the profiles of a text: a list, or an object whose member "profiles" or "scapls.profiles" is one. What is wrong is told and left
// out; a profile without a name is left out as a whole.
func Read(s Source) ([]Profile, []Problem) {
	r := &reader{origin: s.Origin}
	v, err := parse(s.Text)
	if err != nil {
		return nil, []Problem{{Origin: s.Origin, Place: place(s.Text, err), Text: reason(err)}}
	}
	top := value{r, v, ""}
	if o, ok := v.(map[string]any); ok {
		if _, ok := o[setting]; ok { // settings of VS Code, which hold other things, too
			top = top.member(setting)
		} else if _, ok := o["profiles"]; ok {
			top.members("profiles", "$schema")
			top = top.member("profiles")
		} else {
			top.say("there is no member \"profiles\"")
			return nil, r.problems
		}
	}
	var list []Profile
	names := map[string]bool{}
	for _, item := range top.list("profiles", maxProfiles) {
		r.profile = ""
		p, ok := item.profile()
		if !ok {
			continue
		}
		if names[p.Name] {
			item.say("there is another profile %.40q in the same place; this one is left out", p.Name)
			continue
		}
		names[p.Name] = true
		list = append(list, p)
	}
	return list, r.problems
}

// parse reads one JSON value.
func parse(text string) (v any, err error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the text has %d bytes; at most %d are read", len(text), maxText)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the end of the list")
	}
	return v, nil
}

// place says where a text is no JSON.
func place(text string, err error) string {
	at := len(text)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = int(syntax.Offset)
	}
	before := []byte(text[:min(max(0, at), len(text))])
	line := bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte{'\n'})+1, len(before)-line-1)
}

func reason(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "the text ends too early"
	}
	return err.Error()
}

// profile reads a profile; false when it has no name.
func (v value) profile() (p Profile, ok bool) {
	if name, ok := v.member("name").v.(string); ok {
		v.r.profile = strings.TrimSpace(name)
	}
	if !v.members("name", "description", "base", "columns", "colors", "buttons", "time", "view", "internal", "views", "when", "whenLanguage") {
		return p, false
	}
	p.Name = strings.TrimSpace(v.member("name").text())
	if p.Name == "" {
		v.say("a profile needs a name; this one is left out")
		return p, false
	}
	p.Description, p.Base = v.member("description").text(), v.member("base").text()
	p.Columns, p.Colors, p.Buttons = v.member("columns").columns(), v.member("colors").colors(), v.member("buttons").groups()
	p.Time = v.member("time").choice("h", "a", "r", "d", "D", "e", "n", "R")
	p.View = v.member("view").choice("events", "calls")
	p.Internal = v.member("internal").flag()
	p.Views = v.member("views").views()
	p.When, p.WhenLanguage = v.filter("when", "whenLanguage")
	return p, true
}

func (v value) columns() []Column {
	if v.v == nil {
		return nil
	}
	var list []Column
	seen := map[string]bool{}
	for _, item := range v.list("columns", maxColumns) {
		c, at := Column{}, item
		if name, ok := item.v.(string); ok {
			c.Field = name
		} else if item.members("field", "title", "width", "align") {
			at = item.member("field")
			c = Column{at.text(), item.member("title").text(), item.member("width").number(maxWidth), item.member("align").choice("left", "right", "center")}
		} else {
			continue
		}
		switch err := checkColumn(c.Field); {
		case err != nil:
			at.say("%v", err)
		case seen[c.Field]:
			at.say("there is a column %s already", c.Field)
		default:
			seen[c.Field] = true
			list = append(list, c)
		}
	}
	return list
}

func (v value) groups() []Group {
	if v.v == nil {
		return nil
	}
	left := maxButtons
	list := []Group{} // an empty list hides all buttons
	for _, item := range v.list("groups of buttons", maxButtons) {
		if !item.members("name", "buttons") {
			continue
		}
		g := Group{Name: item.member("name").text()}
		for _, b := range item.member("buttons").list("buttons", left) {
			left--
			if !b.members("label", "filter", "language", "tip") {
				continue
			}
			button := Button{Label: b.member("label").text(), Tip: b.member("tip").text()}
			button.Filter, button.Language = b.filter("filter", "language")
			switch {
			case button.Label == "":
				b.say("a button needs a label")
			case button.Filter == "" && b.member("filter").v == nil:
				b.say("a button needs a filter")
			case button.Filter != "":
				g.Buttons = append(g.Buttons, button)
			}
		}
		if len(g.Buttons) > 0 {
			list = append(list, g)
		}
	}
	return list
}

func (v value) colors() []Color {
	if v.v == nil {
		return nil
	}
	list := []Color{} // an empty list is no colours at all
	for _, item := range v.list("colours", maxColors) {
		if !item.members("name", "filter", "language", "foreground", "background") {
			continue
		}
		c := Color{Name: item.member("name").text(), Foreground: item.member("foreground").color(), Background: item.member("background").color()}
		if c.Filter, c.Language = item.filter("filter", "language"); c.Filter == "" {
			if item.member("filter").v == nil {
				item.say("a colour needs a filter")
			}
			continue
		}
		list = append(list, c)
	}
	return list
}

func (v value) views() Views {
	if v.v == nil || !v.members("panes", "buttons", "side", "analysis") {
		return Views{}
	}
	return Views{
		Panes: v.member("panes").choice("below", "right"), Buttons: v.member("buttons").flag(),
		Side:     v.member("side").choice(SideViews...),
		Analysis: v.member("analysis").choice(AnalysisViews...),
	}
}

// SideViews are the views of the side bar that a profile may show.
var SideViews = []string{"processes", "fds", "users", "containers", "interfaces", "info", "explain"}

// AnalysisViews are the views of the analysis that a profile may show.
var AnalysisViews = []string{"stats", "graph", "latency", "scatter", "timeline", "stream", "explain"}
