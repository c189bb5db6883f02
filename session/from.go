package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/state"
)

// SourceKind says of what a filter is to be made.
type SourceKind string

// The kinds of source.
const (
	FromCell        SourceKind = "cell"        // a cell of a row
	FromNode        SourceKind = "node"        // a node of a detail tree
	FromThread      SourceKind = "thread"      // a thread
	FromProcess     SourceKind = "process"     // a process
	FromDescendants SourceKind = "descendants" // a process and all that come from it
	FromContainer   SourceKind = "container"   // a container
	FromFD          SourceKind = "fd"          // what a descriptor is open on
	FromStream      SourceKind = "stream"      // one opening of a descriptor
	FromUser        SourceKind = "user"        // a user
	FromItem        SourceKind = "item"        // an item of a state view
	FromNoted       SourceKind = "noted"       // events that something is noted about: ID is a NotedKind
)

// FromRequest asks for a filter made of something that is shown.
type FromRequest struct {
	Kind   SourceKind
	Join   assist.Join
	Base   string // the filter that is there
	Num    uint64 // key of an event, 0 for the end of the capture
	View   ViewKind
	Column string // of a cell
	Field  string // of a node
	Value  string // of a node, as shown; used when there is no event
	State  string // state view an item is from: processes, fds, users, groups, containers, interfaces
	ID     string // of the item, or number of a descriptor
	TID    int64  // instead of the event's thread; 0: that one
}

// From makes a filter of something that is shown: one that matches it, joined to the filter that is there. It is in the
// language of that filter, and in sysdig's when there is none.
func (s *Session) From(ctx context.Context, req FromRequest) (text string, lang filter.Language, err error) {
	base := filter.Read(req.Base, filter.Auto)
	if lang = base.Language(); len(base.Tree.Faults) > 0 && req.Join != assist.Replace && req.Join != assist.Negate {
		return "", lang, badRequest("the filter that is there cannot be read, so that nothing can be joined to it")
	}
	if s.closed.Load() {
		return "", lang, ErrClosed
	}
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, req.Num)
	if err != nil {
		return "", lang, err
	}
	m := &maker{s: s, ctx: ctx, w: w, snap: snap, key: key, view: snap.View(key), req: req, lang: lang}
	cond, err := m.condition()
	if err != nil {
		return "", lang, err
	}
	return assist.Combine(req.Base, req.Join, cond, lang), lang, nil
}

// maker makes one condition.
type maker struct {
	s    *Session
	ctx  context.Context
	w    *worker
	snap index.Snapshot
	key  uint32 // event, 0 if the capture has none
	view state.View
	req  FromRequest
	lang filter.Language
}

func (m *maker) condition() (string, error) {
	switch m.req.Kind {
	case FromCell:
		return m.cell(m.req.Column)
	case FromNode:
		if m.req.Num == 0 {
			return m.shown(m.req.Field, m.req.Value)
		}
		return m.cell(m.req.Field)
	case FromFD, FromStream:
		return m.descriptor(m.req.Kind == FromStream)
	case FromItem:
		return m.item()
	case FromNoted:
		return m.noted(NotedKind(m.req.ID))
	}
	t, err := m.thread()
	if err != nil {
		return "", err
	}
	return m.ofThread(m.req.Kind, t)
}

func (m *maker) ofThread(kind SourceKind, t *state.Thread) (string, error) {
	switch kind {
	case FromThread:
		return m.number("thread.tid", t.TID)
	case FromProcess:
		return m.process(t)
	case FromDescendants:
		return m.descendants(t)
	case FromContainer:
		id := t.Container
		if id == "" {
			id = "host"
		}
		return m.text("container.id", id)
	case FromUser:
		return m.number("user.uid", int64(t.UID))
	}
	return "", badRequest("a filter cannot be made of %.40q", kind)
}

// thread is the one that was named, or the event's.
func (m *maker) thread() (*state.Thread, error) {
	if m.req.TID != 0 {
		if t := m.view.Thread(m.req.TID); t != nil {
			return t, nil
		}
		return nil, badRequest("there is no thread %d %s", m.req.TID, asOf(m.snap, m.req.Num))
	}
	if m.key > 0 {
		if t := m.snap.Facts(m.key).Thread; t != nil {
			return t, nil
		}
	}
	return nil, badRequest("the event belongs to no process")
}

// fill readies the worker's context for the event, as a list shows it.
func (m *maker) fill() (*field.Ctx, error) {
	if m.key == 0 {
		return nil, fmt.Errorf("%w: the capture has no events", ErrNoEvent)
	}
	c := &m.w.ctx
	list := (Query{View: m.req.View}).list()
	if err := m.snap.Fill(m.key, list.Calls, &m.w.cur, c); err != nil {
		return nil, noEvent(err)
	}
	c.PrevTS = 0
	if prev := m.snap.Prev(list, m.key); prev != 0 {
		c.PrevTS = m.snap.Facts(prev).TS
	}
	return c, nil
}

// exactly are columns that show a moment or a span in a form for people, and the fields that hold it exactly.
var exactly = map[string]string{"evt.time": "evt.rawtime", "evt.outputtime": "evt.rawtime", "evt.datetime": "evt.rawtime", "evt.latency.human": "evt.latency"}

// cell makes the condition that a field is what it is on the event.
func (m *maker) cell(name string) (string, error) {
	if to := exactly[name]; to != "" {
		name = to
	}
	r, err := parseField(name)
	if err != nil {
		return "", badRequest("no field %q: %v", name, err)
	}
	c, err := m.fill()
	if err != nil {
		return "", err
	}
	var v field.Value
	r.Values(c, func(x field.Value) bool {
		v = x
		return m.empty(x) // the first that can be asked for
	})
	if m.lang == filter.Wireshark && v.Kind == field.Bytes && r.F.Name == "evt.buffer" { // holds what is shown of the bytes there
		v.B = filter.ShownBytes(v.B)
	}
	var cond string
	if v.Kind == field.None || m.empty(v) {
		cond, err = m.absent(&r, c)
	} else {
		cond, err = assist.Condition(&r, v, m.lang)
	}
	if err != nil {
		return "", badRequest("%v", err)
	}
	return m.checked(cond, c)
}

// empty reports whether a value is an empty text, which counts as none in Wireshark's language.
func (m *maker) empty(v field.Value) bool {
	return m.lang == filter.Wireshark && (v.Kind == field.String || v.Kind == field.Bytes) && len(v.B) == 0
}

// absent makes the condition that the event has no value of the field; a container that nobody named is shown by its id.
func (m *maker) absent(r *field.Ref, c *field.Ctx) (string, error) {
	if r.F.Name == containerField && c.T != nil && c.T.Container != "" {
		return m.text("container.id", c.T.Container)
	}
	return assist.Absent(r, m.lang)
}

// checked makes sure that a condition selects the event it was made of.
func (m *maker) checked(cond string, c *field.Ctx) (string, error) {
	read := filter.Read(cond, m.lang)
	p, err := read.Compile()
	if err != nil {
		return "", badRequest("no filter can ask for this value: %v", err)
	}
	if !p.Match(c) {
		return "", badRequest("no filter of this language selects the event by this value")
	}
	return cond, nil
}

// parseField reads a field in either language's spelling.
func parseField(name string) (field.Ref, error) {
	r, err := field.Parse(name)
	if err != nil {
		if w, e := field.ParseWireshark(name); e == nil {
			return w, nil
		}
	}
	return r, err
}

// shown makes a condition of a field and a value as it is shown.
func (m *maker) shown(name, value string) (string, error) {
	r, err := parseField(name)
	if err != nil {
		return "", badRequest("no field %q: %v", name, err)
	}
	v := field.Value{Kind: field.String, B: []byte(value)}
	cond, err := assist.Condition(&r, v, m.lang)
	if err != nil {
		return "", badRequest("%v", err)
	}
	if read := filter.Read(cond, m.lang); !read.Valid() {
		return "", badRequest("%q is no value of %s", value, name)
	}
	return cond, nil
}

// number and text make the condition that a field has a value.
func (m *maker) number(name string, n int64) (string, error) {
	return m.equal(name, field.Value{Kind: field.Int, U: uint64(n)})
}

func (m *maker) text(name, text string) (string, error) {
	return m.equal(name, field.Value{Kind: field.String, B: []byte(text)})
}

func (m *maker) equal(name string, v field.Value) (string, error) {
	r, err := field.Parse(name)
	if err != nil {
		return "", err
	}
	cond, err := assist.Condition(&r, v, m.lang)
	if err != nil {
		return "", badRequest("%v", err)
	}
	return cond, nil
}

// descriptor makes a condition of what the event's descriptor, or the one that was named, is open on; stream asks for
// this very opening.
func (m *maker) descriptor(stream bool) (string, error) {
	fd, err := m.fd()
	if err != nil {
		return "", err
	}
	if fd == nil { // a file that could not be opened: what its name would have been
		if stream {
			return "", badRequest("the event's descriptor is not open")
		}
		return m.cell("fd.name")
	}
	if stream || fd.Name == "" {
		return m.number("fd.stream", int64(fd.Stream))
	}
	c := m.w.ctx
	c.Reset()
	c.FD, c.FDNum, c.Ev.Type = fd, fd.Num, typeAboutFD
	c.View, c.Packet = m.view, nil
	name := field.Must("fd.name")
	return m.equal("fd.name", name.Value(&c))
}

// fd returns the descriptor that is meant, nil if the event names one that is not open.
func (m *maker) fd() (*state.FD, error) {
	if m.req.ID != "" {
		num, err := strconv.ParseInt(m.req.ID, 10, 64)
		if err != nil {
			return nil, badRequest("%.40q is no number of a descriptor", m.req.ID)
		}
		t, err := m.thread()
		if err != nil {
			return nil, err
		}
		if fd := m.view.FD(t, num); fd != nil {
			return fd, nil
		}
		return nil, badRequest("thread %d has no descriptor %d %s", t.TID, num, asOf(m.snap, m.req.Num))
	}
	if m.key == 0 {
		return nil, badRequest("the capture has no events")
	}
	f := m.snap.Facts(m.key)
	if f.FD == nil && f.FDNum < 0 {
		if t := f.Thread; t == nil || f.Packet {
			return nil, badRequest("the event is about no descriptor")
		}
	}
	return f.FD, nil
}

// item makes a condition of an item of a state view.
func (m *maker) item() (string, error) {
	id := m.req.ID
	switch m.req.State {
	case "processes":
		if tid, err := strconv.ParseInt(id, 10, 64); err == nil && m.req.TID == 0 {
			m.req.TID = tid
		}
		t, err := m.thread()
		if err != nil {
			return "", err
		}
		if !t.Main() {
			return m.number("thread.tid", t.TID)
		}
		return m.process(t)
	case "fds":
		return m.descriptor(false)
	case "containers":
		return m.text("container.id", strings.TrimPrefix(id, "container "))
	case "users", "groups":
		return m.account(id)
	case "interfaces":
		return m.networkInterface(strings.TrimPrefix(id, "interface "))
	}
	return "", badRequest("a filter cannot be made of an item of %.40q", m.req.State)
}

// account makes a condition of a user or a group: its number, and the container that gives it its meaning.
func (m *maker) account(id string) (string, error) {
	what, rest, _ := strings.Cut(id, " ")
	container, num, ok := strings.Cut(rest, "/")
	n, err := strconv.ParseInt(num, 10, 64)
	name := map[string]string{"user": "user.uid", "group": "group.gid"}[what]
	if !ok || err != nil || name == "" {
		return "", badRequest("%.80q is no user and no group", id)
	}
	cond, err := m.number(name, n)
	if err != nil || container == "" {
		return cond, err
	}
	in, err := m.text("container.id", container)
	return cond + " and " + in, err
}

// networkInterface asks for connections from or to an interface's address.
func (m *maker) networkInterface(id string) (string, error) {
	i, err := strconv.Atoi(id)
	list := m.view.Machine().Interfaces
	if err != nil || i < 0 || i >= len(list) {
		return "", badRequest("there is no interface %.40q", id)
	}
	addr := list[i].Addr[:4]
	if list[i].V6 {
		addr = list[i].Addr[:]
	}
	return m.equal("fd.ip", field.Value{Kind: field.IP, B: addr})
}
