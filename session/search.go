package session

import (
	"encoding/json"
	"strconv"
	"sync"
	uni "unicode/utf8"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/detail"
	"github.com/scapls/scapls/session/find"
	"github.com/scapls/scapls/session/format"
)

// SearchIn says in what of an event is searched.
type SearchIn string

// The places.
const (
	InColumns SearchIn = "columns" // the cells that a list shows, each as a whole, also what is cut off for its length
	InBytes   SearchIn = "bytes"   // the event's bytes as in the file
	InDetails SearchIn = "details" // the lines of its detail tree, but for those that lead to its neighbours
)

// ByFilter is the mode of a search whose text is a filter.
const ByFilter find.Mode = "filter"

// Search is what is searched for in the rows of a list. The zero value of In is InColumns, but for bytes in hexadecimal,
// which are in bytes only.
type Search struct {
	Mode       find.Mode // ByFilter or one of package find; "" is ByFilter
	Text       string
	Language   filter.Language // of a filter
	Case, Word bool
	In         SearchIn
	Columns    []string // InColumns: those that are shown
	Time       byte     // InColumns: how times are shown, as in a PageRequest
	UTC        bool
	Precision  Precision
}

// search is a Search ready to be asked.
type search struct {
	Search
	pattern *find.Pattern // nil for a filter
	columns []column
	prog    *filter.Program
	ask     index.Ask
	shown   shownAs
	notes   uint64 // as of which change of what is noted
}

// shownAs is what rows of a capture that is shown together with others are told from those by.
type shownAs struct {
	host  string // "" when it is shown alone
	ahead int64  // how far its clock is ahead of the common one, ns
	first uint64 // time of the first event of all, in the common clock
}

// ready compiles a search of a list, of which only the rows of set are searched when that is not nil. Errors are
// *FilterError, *find.Error, or about the request.
func (s *Session) ready(q Query, set *index.Set, f Search) (*search, error) {
	return s.readyAs(q, set, f, shownAs{})
}

// readyAs is ready for a capture that may be shown together with others.
func (s *Session) readyAs(q Query, set *index.Set, f Search, as shownAs) (*search, error) {
	r := &search{Search: f, ask: s.ask(q), shown: as, notes: s.noted.look().gen}
	if f.Mode == ByFilter || f.Mode == "" {
		var err error
		r.prog, err = s.program(f.Text, f.Language)
		if r.prog == nil {
			r.prog = filter.Everything()
		}
		return r, err
	}
	var err error
	if r.pattern, err = find.Compile(f.Mode, f.Text, find.Options{Case: f.Case, Word: f.Word}); err != nil {
		return nil, err
	}
	if f.Mode == find.Hex {
		r.In = InBytes
	}
	var asked []filter.Question
	switch r.In {
	case InColumns, "":
		r.In = InColumns
		if asked, err = s.askColumns(r, set); err != nil {
			return nil, err
		}
	case InBytes:
		needle, fold := r.pattern.Needle()
		r.Columns, r.Time = nil, 0
		asked = []filter.Question{{
			Needs: func(field.Situation) field.Needs { return field.NeedBytes }, Needle: needle, Fold: fold,
			Match: func(c *field.Ctx) bool { return r.pattern.Match(rawBytes(c)) },
		}}
	case InDetails:
		r.Columns, r.Time = nil, 0
		asked = []filter.Question{{
			Needs: func(field.Situation) field.Needs { return field.NeedBytes | field.NeedEnter },
			Match: func(c *field.Ctx) bool {
				_, ok := r.node(detail.Tree(c, s.details(s.shared.x.Held(), c.Key, q.View, c)))
				return ok
			},
		}}
	default:
		return nil, badRequest("%q is none of columns, bytes, details", f.In)
	}
	r.prog = filter.Custom(r.key(q), asked...)
	return r, nil
}

// key tells searches apart.
func (r *search) key(q Query) string {
	f := r.Search
	b, err := json.Marshal(struct {
		Search
		View  ViewKind
		Host  string
		Ahead int64
		First uint64
		Notes uint64
	}{f, q.View, r.shown.host, r.shown.ahead, r.shown.first, r.notes})
	if err != nil {
		panic(err) // it has nothing but texts and flags
	}
	key := string(b) + "\x00"
	if r.ask.Within != nil { // what is shown depends on which rows are listed
		key += string(q.Language) + q.Filter + "\x00" + strconv.FormatUint(uint64(r.ask.Within.Asked()), 10)
	}
	return key
}

// rawBytes returns an event's bytes as in the file.
func rawBytes(c *field.Ctx) []byte {
	if c.Packet != nil {
		return c.Packet.Data
	}
	return c.Ev.Raw
}

// alphabets are the characters that occur in some columns, so that most texts need not be searched for in them.
var alphabets = map[string]string{
	numField: "0123456789P", timeField: "0123456789:.- *REF", deltaField: "0123456789.-", latency: "0123456789.nmµs -", "fd.num": "0123456789-",
	"proc.pid": "0123456789-", "thread.tid": "0123456789-", "evt.cpu": "0123456789-",
}

// askColumns makes a question of each column. set is the rows of a list with a filter, which tells which row is before
// another.
func (s *Session) askColumns(r *search, set *index.Set) ([]filter.Question, error) {
	cols, err := parseColumns(r.Columns)
	if err != nil {
		return nil, err
	}
	if len(cols) == 0 {
		return nil, badRequest("no columns to search in")
	}
	if _, err := s.clock(r.Time, r.UTC, r.Precision); err != nil {
		return nil, err
	}
	r.columns = cols
	var asked []filter.Question
	for i := range cols {
		col := &cols[i]
		if chars := alphabets[col.name]; chars != "" && !r.pattern.Only(chars) {
			continue
		}
		needs := cellNeeds(col, r.Time)
		switch prev := needs(field.Situation{})&field.NeedPrev != 0; {
		case (prev || col.name == timeField && r.Time == referenceMode) && r.shown.host != "": // depends on all captures
			continue
		case prev:
			r.ask.Within = set
		case col.name == hostField && r.shown.host != "":
			needs = func(field.Situation) field.Needs { return 0 }
		}
		pool := sync.Pool{New: func() any {
			k, _ := s.clock(r.Time, r.UTC, r.Precision) // they were looked at before
			return &cellText{clock: k, as: r.shown}
		}}
		asked = append(asked, filter.Question{Needs: needs, Match: func(c *field.Ctx) bool {
			t := pool.Get().(*cellText)
			defer pool.Put(t)
			return r.pattern.Match(t.of(c, col))
		}})
	}
	if len(asked) == 0 { // no column can hold it
		asked = append(asked, filter.Question{
			Needs: func(field.Situation) field.Needs { return 0 }, Match: func(*field.Ctx) bool { return false },
		})
	}
	return asked, nil
}

// cellText makes the texts of cells. It is for one goroutine.
type cellText struct {
	clock    *clock
	as       shownAs
	raw, out []byte
}

// of returns a cell as it is shown, however long.
func (t *cellText) of(c *field.Ctx, col *column) []byte {
	switch {
	case t.as.host == "":
		t.raw = appendCell(t.raw[:0], c, col, t.clock)
	case col.name == hostField:
		t.raw = append(t.raw[:0], t.as.host...)
	default:
		ts, first := c.TS, c.First
		c.TS, c.First = common(ts, t.as.ahead), t.as.first
		t.raw = appendCell(t.raw[:0], c, col, t.clock)
		c.TS, c.First = ts, first
	}
	if uni.Valid(t.raw) {
		return t.raw
	}
	t.out = format.Text(t.out[:0], t.raw)
	return t.out
}

// cellNeeds returns what a cell is taken from.
func cellNeeds(col *column, time byte) func(field.Situation) field.Needs {
	fixed := func(n field.Needs) func(field.Situation) field.Needs {
		return func(field.Situation) field.Needs { return n }
	}
	switch col.name {
	case timeField:
		switch time {
		case 'd':
			return fixed(field.NeedTime | field.NeedLatency)
		case 'D':
			return fixed(field.NeedTime | field.NeedPrev)
		case referenceMode:
			return fixed(field.NeedTime | field.NeedNum)
		}
		return fixed(field.NeedTime)
	case deltaField:
		return fixed(field.NeedTime | field.NeedPrev)
	case latency:
		return fixed(field.NeedLatency)
	case containerField:
		return func(s field.Situation) field.Needs { return col.ref.Needs(s) | field.NeedThread }
	}
	return col.ref.Needs
}

// nodeText is what is searched of a line of a detail tree.
func nodeText(n *detail.Node) string {
	if n.Value == "" {
		return n.Label
	}
	return n.Label + ": " + n.Value
}

// node returns the way to the first line of a tree that matches, by child indexes.
func (r *search) node(nodes []detail.Node) ([]int, bool) {
	for i := range nodes {
		if r.pattern.Match([]byte(nodeText(&nodes[i]))) {
			return []int{i}, true
		}
		if below, ok := r.node(nodes[i].Children); ok {
			return append([]int{i}, below...), true
		}
	}
	return nil, false
}
