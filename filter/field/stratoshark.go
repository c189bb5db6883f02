package field

import (
	"errors"
	"strings"
	"sync"
)

// displayField is a field as Stratoshark registers it.
type displayField struct {
	Name string
	Type string // FT_…
	Base string // how a number is shown
	Ours string // the field of the catalogue it is filled from; "" when Stratoshark takes it from the block itself
}

// StratosharkStream is Stratoshark's number of the opening of a descriptor, which counts from another number on than ours.
const StratosharkStream = "falcoevents.fd.stream"

// atlas tells the names of both languages apart and together.
type atlas struct {
	byName map[string]*Ref   // by the name in Wireshark's language
	names  map[string]string // Stratoshark's name by ours with its argument
	own    []*Field          // fields of that language alone
}

var openAtlas = sync.OnceValue(func() *atlas {
	a := &atlas{byName: map[string]*Ref{}, names: map[string]string{}}
	add := func(f *Field) {
		f.Flags |= Foreign
		if f.x.kind == None {
			f.x.kind = kinds[f.Type]
		}
		a.own = append(a.own, f)
		a.byName[f.Name] = &Ref{F: f, Index: -1}
	}
	for _, f := range protocols() {
		add(f)
	}
	for _, f := range frameFields() {
		add(f)
	}
	for name, frame := range frameNotes {
		if r, err := Parse(name); err == nil {
			a.byName[frame], a.names[name] = &r, frame
		}
	}
	for i := range displayFields {
		d := &displayFields[i]
		switch {
		case strings.HasSuffix(d.Name, ".v4"), strings.HasSuffix(d.Name, ".v6"):
			add(family(d))
		case d.Ours == "":
			if f := rawField(d); f != nil {
				add(f)
			}
		default:
			r, err := Parse(d.Ours)
			if err != nil {
				continue // a field of a plugin
			}
			a.byName[d.Name] = &r
			a.names[r.String()] = d.Name
		}
	}
	if r, err := Parse(streamField); err == nil {
		a.byName[StratosharkStream] = &r
	}
	return a
})

// ParseWireshark reads a field as Wireshark's language names it: as Stratoshark does (evt.arg.0, proc.aname.2,
// fd.cip.v4, sysdig.thread_id), or as the catalogue does, an argument behind a dot (proc.env.HOME). Errors are of type
// *Error.
func ParseWireshark(name string) (Ref, error) {
	if r := openAtlas().byName[name]; r != nil {
		return *r, nil
	}
	r, err := Parse(name)
	if err == nil {
		if r.F.Name == "evt.around" {
			return Ref{}, &Error{Text: name, Msg: "cannot be asked in Wireshark's language: compare frame.time_epoch"}
		}
		return r, nil
	}
	if r, ok := dotted(name); ok {
		return r, nil
	}
	var fault *Error
	if errors.As(err, &fault) {
		fault.Text = name
		if fault.Msg == "unknown field" {
			fault.Near = NearestWireshark(name, 3)
		}
		if fault.Msg == "no event has such a parameter" {
			for i, s := range fault.Near {
				fault.Near[i] = name[:fault.Start] + s
			}
			fault.Start = 0
		}
	}
	return Ref{}, err
}

// dotted reads a field whose argument stands behind a dot where sysdig has a bracket.
func dotted(name string) (Ref, bool) {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] != '.' {
			continue
		}
		if f := Lookup(name[:i]); f != nil && f.Arg != ArgNone {
			r, err := Parse(name[:i] + "[" + name[i+1:] + "]")
			return r, err == nil
		}
	}
	return Ref{}, false
}

// Wireshark returns the field as Wireshark's language writes it. known says that Stratoshark has it.
func (r *Ref) Wireshark() (name string, known bool) {
	a := openAtlas()
	s := r.String()
	if name, ok := a.names[s]; ok {
		return name, true
	}
	if r.F.Flags.Has(Foreign) {
		return s, true
	}
	if i := strings.IndexByte(s, '['); i >= 0 {
		s = s[:i] + "." + r.Arg
	}
	return s, false
}

// sisters are fields of the catalogue that hold what fields of Wireshark's language alone hold.
var sisters = map[string]string{
	"sysdig.thread_id": "thread.tid", "sysdig.event_name": "evt.type", "sysdig.cpu_id": "evt.cpu", "frame.number": "evt.num",
}

// Sysdig returns the field as sysdig's language writes it, or for a field of Wireshark's language alone the one that
// holds the same or nearly so; "" when there is none.
func (r *Ref) Sysdig() string {
	if !r.F.Flags.Has(Foreign) {
		return r.String()
	}
	return sisters[r.F.Name]
}

// Stratoshark returns what Stratoshark calls the field, "" when it has no such field.
func (f *Field) Stratoshark() string {
	switch r := (&Ref{F: f, Index: -1}); {
	case f.Arg == ArgNone:
		if name, known := r.Wireshark(); known {
			return name
		}
	case f.Name == "evt.arg":
		return "evt.arg.0"
	case openAtlas().names[f.Name+"[1]"] != "":
		return f.Name + ".1"
	}
	return ""
}

// WiresharkOnly returns the fields that Wireshark's language has beyond the catalogue. They are shared; do not change
// them.
func WiresharkOnly() []*Field { return openAtlas().own }

// NearestWireshark returns the names of at most n fields of Wireshark's language that look like name, the most alike
// first.
func NearestWireshark(name string, n int) []string {
	var list []string
	for i := range catalogue {
		list = append(list, catalogue[i].Name)
	}
	for _, f := range openAtlas().own {
		list = append(list, f.Name)
	}
	return nearest(name, list, n)
}
