package assist

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evtable"
)

// arguments adds what may stand as a field's argument, when the caret stands in one; it reports whether it does.
func (c *completer) arguments() bool {
	if c.lang == filter.Wireshark {
		return false
	}
	for _, prefix := range []string{"evt.arg.", "evt.rawarg."} {
		if typed, ok := strings.CutPrefix(c.typed, prefix); ok {
			c.parameters(prefix, typed)
			return true
		}
	}
	if typed, ok := strings.CutPrefix(c.typed, "evt.type.is."); ok {
		for i, name := range filter.EventNames() {
			if strings.HasPrefix(name, typed) {
				c.add(i, Item{Label: "evt.type.is." + name, Kind: ItemField, Insert: "evt.type.is." + name + " ", Again: true})
			}
		}
		return true
	}
	if typed, ok := strings.CutPrefix(c.typed, "evt.abspath."); ok {
		for i, name := range []string{"src", "dst"} {
			if strings.HasPrefix(name, typed) {
				c.add(i, Item{Label: "evt.abspath." + name, Kind: ItemField, Insert: "evt.abspath." + name + " ", Again: true})
			}
		}
		return true
	}
	name, typed, ok := strings.Cut(c.typed, "[")
	if !ok {
		return false
	}
	f := field.Lookup(name)
	if f == nil {
		return true
	}
	for i, a := range bracketed(f) {
		if strings.HasPrefix(a.text, strings.TrimLeft(typed, `"'`)) {
			text := name + "[" + a.text + "]"
			c.add(i, Item{Label: text, Kind: ItemField, Detail: a.help, Insert: text + " ", Again: true})
		}
	}
	return true
}

// argument is what may stand in a field's brackets.
type argument struct{ text, help string }

// bracketed returns likely arguments of a field.
func bracketed(f *field.Field) []argument {
	var list []argument
	switch f.Name {
	case "proc.aname", "proc.apid", "proc.aexe", "proc.aexepath", "proc.acmdline", "proc.aargs", "proc.aenv":
		for i := range 8 {
			list = append(list, argument{strconv.Itoa(i), ancestor(i)})
		}
	case "proc.env":
		for _, s := range []string{"HOME", "PATH", "USER", "PWD", "SHELL", "LANG", "LD_PRELOAD", "LD_LIBRARY_PATH", "HOSTNAME", "SSH_CONNECTION"} {
			list = append(list, argument{s, "environment variable"})
		}
	case "evt.arg", "proc.args":
		for i := range 8 {
			list = append(list, argument{strconv.Itoa(i), "argument " + strconv.Itoa(i)})
		}
	case "fd.types":
		for i, s := range []string{"standard input", "standard output", "standard error"} {
			list = append(list, argument{strconv.Itoa(i), s})
		}
	case "container.label", "k8s.pod.label":
		for _, s := range []string{"io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.container.name"} {
			list = append(list, argument{s, "label"})
		}
	}
	return list
}

func ancestor(i int) string {
	switch i {
	case 0:
		return "the process itself"
	case 1:
		return "parent"
	case 2:
		return "grandparent"
	}
	return strconv.Itoa(i) + " generations up"
}

// parameters adds the names of parameters.
func (c *completer) parameters(prefix, typed string) {
	for _, p := range parameters() {
		score, ok := match(p.name, typed)
		if !ok {
			continue
		}
		if typed == "" {
			score = -len(p.events) // what most events have, first
		}
		if slices.ContainsFunc(p.events, func(name string) bool { return slices.Contains(c.events, name) }) {
			score -= 10000 // the events that are asked for have it
		}
		c.add(score, Item{Label: prefix + p.name, Kind: ItemField, Detail: list(p.events, 4), Doc: paramDoc(p), Insert: prefix + p.name + " ", Again: true})
	}
}

// parameter is a name of parameters with the events that have one.
type parameter struct {
	name   string
	events []string
	typ    evtable.PT
}

// parameters are all names that evt.arg takes.
var parameters = sync.OnceValue(func() []parameter {
	byName := map[string]*parameter{}
	var names []string
	for i := range evtable.Types {
		t := &evtable.Types[i]
		for j := range t.Params {
			p := byName[t.Params[j].Name]
			if p == nil {
				p = &parameter{name: t.Params[j].Name, typ: t.Params[j].Type}
				byName[p.name] = p
				names = append(names, p.name)
			}
			if !slices.Contains(p.events, t.Name) {
				p.events = append(p.events, t.Name)
			}
		}
	}
	slices.Sort(names)
	out := make([]parameter, 0, len(names))
	for _, n := range names {
		out = append(out, *byName[n])
	}
	return out
})

func lookupParameter(name string) (parameter, bool) {
	all := parameters()
	i, ok := slices.BinarySearchFunc(all, name, func(p parameter, n string) int { return strings.Compare(p.name, n) })
	if !ok {
		return parameter{}, false
	}
	return all[i], true
}

// list joins the first names of a list.
func list(names []string, n int) string {
	if len(names) > n {
		return strings.Join(names[:n], ", ") + " and " + strconv.Itoa(len(names)-n) + " more"
	}
	return strings.Join(names, ", ")
}

// paramDoc explains a parameter.
func paramDoc(p parameter) string {
	s := "Argument `" + p.name + "` (" + strings.ToLower(p.typ.String()) + ") of " + list(p.events, 12) + "."
	if flags := argumentFlags(p.name); len(flags) > 0 {
		var names []string
		for _, f := range flags {
			names = append(names, f.Name)
		}
		s += "\n\nIts values are made of " + list(names, 10) + "."
	}
	return s
}
