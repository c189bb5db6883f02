package assist

import (
	"slices"
	"strings"
	"sync"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// candidate is a field that may be offered.
type candidate struct {
	name string // as it is written, up to an argument that must follow
	expr field.Expr
	need bool // an argument must follow
	rank int  // position among those that are asked most, below all others
}

// popular are the fields that are asked most, in the order in which they are offered when nothing is typed.
var popular = []string{
	"proc.name", "evt.type", "fd.name", "evt.category", "proc.pid", "thread.tid", "evt.failed", "evt.res", "fd.type", "fd.sip", "fd.sport",
	"fd.ip", "fd.port", "fd.net", "fd.num", "user.name", "container.name", "container.id", "proc.cmdline", "proc.exepath", "proc.pname",
	"proc.aname", "evt.is_io", "evt.is_io_read", "evt.is_io_write", "evt.is_open_read", "evt.is_open_write", "evt.arg", "evt.rawarg",
	"evt.args", "evt.buffer", "evt.buflen", "fs.path.name", "evt.num", "evt.time", "evt.cpu", "proc.cwd", "proc.apid", "proc.ppid",
	"fd.directory", "fd.filename", "fd.cip", "fd.cport", "fd.l4proto", "user.uid", "container.image",
}

// fields are the candidates of sysdig's language: the catalogue without what is for output and tables only.
var sysdigFields = sync.OnceValue(func() []candidate {
	rank := ranks()
	var list []candidate
	for _, f := range field.All() {
		if f.Flags.Has(field.PrintOnly) || f.Flags.Has(field.TableOnly) {
			continue
		}
		c := candidate{name: f.Name, need: f.Arg == field.ArgRequired, rank: len(popular)}
		if i, ok := rank[f.Name]; ok {
			c.rank = i
		}
		if e, err := field.ParseExpr(f.Name); err == nil {
			c.expr = e
		} else {
			c.expr.F, c.expr.Index = f, -1
		}
		list = append(list, c)
	}
	return list
})

func ranks() map[string]int {
	m := make(map[string]int, len(popular))
	for i, name := range popular {
		m[name] = i
	}
	return m
}

// candidates returns the fields of a language.
func candidates(lang filter.Language) []candidate {
	if lang == filter.Wireshark {
		return wiresharkFields()
	}
	return sysdigFields()
}

// fieldOf returns what a text means as a field of a language, nil when it is none. Finding out what is no field takes
// long, since the parser looks for names that are near; so that what was found last is kept.
func fieldOf(name string, lang filter.Language) *field.Expr {
	if !strings.Contains(name, ".") && lang != filter.Wireshark || name == "" {
		return nil
	}
	key := fieldKey{name, lang}
	known.Lock()
	defer known.Unlock()
	if e, ok := known.fields[key]; ok {
		return e
	}
	var found *field.Expr
	if lang == filter.Wireshark {
		found = wiresharkField(name)
	} else if e, err := field.ParseExpr(name); err == nil {
		found = &e
	}
	if len(known.fields) >= maxKnown || known.fields == nil {
		known.fields = map[fieldKey]*field.Expr{}
	}
	known.fields[key] = found
	return found
}

type fieldKey struct {
	name string
	lang filter.Language
}

// maxKnown bounds how many texts are remembered.
const maxKnown = 4096

// known is what texts mean as fields.
var known struct {
	sync.Mutex
	fields map[fieldKey]*field.Expr
}

// expr returns the left side of a comparison with its functions; nil when the field is not known.
func (s *side) expr(lang filter.Language) *field.Expr {
	e := fieldOf(s.name, lang)
	if e == nil {
		return nil
	}
	c := *e
	for i := len(s.calls) - 1; i >= 0; i-- {
		name := s.calls[i]
		if lang == filter.Wireshark {
			name = map[string]string{"lower": "tolower", "upper": "toupper", "len": "len"}[name]
		}
		if t, ok := field.LookupTransform(name); ok {
			c.Chain = append(slices.Clone(c.Chain), t)
		}
	}
	return &c
}

// kindName says in a word what a field holds.
func kindName(k field.Kind) string {
	switch k {
	case field.Bool:
		return "true or false"
	case field.Int, field.Uint, field.Float:
		return "number"
	case field.String:
		return "text"
	case field.Bytes:
		return "bytes"
	case field.Time:
		return "time, ns since the epoch"
	case field.Duration:
		return "duration, ns"
	case field.IP:
		return "address"
	case field.Port:
		return "port"
	case field.Elements:
		return "list"
	}
	return "what the parameter holds"
}
