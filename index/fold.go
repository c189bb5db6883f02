package index

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// folder collects the values of one field.
type folder struct {
	x      *Index
	e      *field.Expr
	counts map[string]uint64
	bytes  int
	full   bool // values were left out
	buf    []byte
	ctx    field.Ctx
	cur    Cursor
	sample bool
}

// fold counts what is not counted yet, and folds the counts of rows by the values of a field.
func (v *Values) fold(e *field.Expr) *valueTable {
	v.count()
	v.tallyMu.RLock()
	defer v.tallyMu.RUnlock()
	f := &folder{x: v.x, e: e, counts: map[string]uint64{}}
	f.ctx.Style = evt.Style{Loc: time.Local}
	exact := f.run(v.tally, v.isClosed)
	t := f.table()
	t.exact = exact && !f.full
	t.sample = f.sample
	t.upTo, t.made = v.tally.upTo, time.Now()
	return t
}

// count counts what is not counted yet.
func (v *Values) count() {
	v.tallyMu.Lock()
	defer v.tallyMu.Unlock()
	if v.tally == nil {
		v.tally = newTally()
	}
	var cur Cursor
	for more := true; more && !v.isClosed(); {
		s := v.x.Acquire()
		more = v.tally.grow(s, &cur)
		s.Release()
	}
}

// shapeFields depend on the kind of an event, its result and the type of its descriptor only.
var shapeFields = map[string]bool{
	"evt.type": true, "syscall.type": true, "evt.type.is": true, "evt.category": true, "evt.res": true, "evt.failed": true, "evt.is_io": true,
	"evt.is_io_read": true, "evt.is_io_write": true, "evt.io_dir": true, "evt.is_wait": true, "evt.is_async": true, "evt.source": true,
	"evt.dir": true, "fd.typechar": true, "evt.count": true, "evt.count.error": true, "evt.count.error.file": true, "evt.count.error.net": true,
	"evt.count.error.memory": true, "evt.count.error.other": true, "evt.count.exit": true,
}

// countless are fields whose values say nothing: each event has another one.
var countless = map[string]bool{
	"evt.num": true, "evt.rawtime": true, "evt.reltime": true, "evt.deltatime": true, "evt.latency": true, "evt.time": true, "evt.datetime": true,
	"evt.rawtime.ns": true, "evt.reltime.ns": true, "evt.deltatime.ns": true, "evt.latency.ns": true, "evt.latency.human": true,
	"evt.time.iso8601": true, "evt.wait_latency": true, "evt.around": true, "evt.args": true, "evt.info": true, "evt.buffer": true,
	"evt.time.s": true, "evt.datetime.s": true, "evt.rawtime.s": true, "evt.reltime.s": true, "evt.deltatime.s": true, "evt.latency.s": true,
	"util.cnt": true,
}

// run collects the values; it reports whether those are all there are.
func (f *folder) run(t *tally, closed func() bool) (exact bool) {
	name := f.e.F.Name
	switch {
	case countless[name] || f.e.F.Unavailable() != "":
		return false
	case shapeFields[name]:
		f.byShape(t)
		return true
	case name == "evt.cpu":
		for cpu, n := range t.cpus {
			if n > 0 {
				f.text(strconv.AppendInt(nil, int64(int16(cpu)), 10), uint64(n))
			}
		}
		return len(f.e.Chain) == 0
	case name == "fd.num":
		for num, n := range t.low {
			if n > 0 {
				f.text(strconv.AppendInt(nil, int64(num), 10), uint64(n))
			}
		}
		for num, n := range t.nums {
			f.text(strconv.AppendInt(nil, int64(num), 10), uint64(n))
		}
		return len(t.nums) < maxNums && len(f.e.Chain) == 0
	case name == "thread.tid": // the number alone, also where nothing is known of the thread
		f.byThread(t, closed)
		return false
	case f.e.F.Scope() == field.ScopeArgs || f.e.F.Scope() == field.ScopeEvent:
		f.bySample(t, closed)
		return false
	case f.e.F.Class == "fd":
		f.byFD(t, closed)
		f.unknownFDs(t, closed)
		if name == "fd.directory" { // which descriptors nobody knows have
			f.text([]byte("/"), 0)
		}
		return f.e.F.Scope() == field.ScopeFD && !t.missed
	}
	if f.e.F.Class == "user" || f.e.F.Class == "group" {
		f.byAccount(t, closed)
		if f.names() {
			return true
		}
	} else {
		f.byThread(t, closed)
	}
	return f.e.F.Scope() == field.ScopeThread
}

// account is what fields of users and groups depend on, but for the time.
type account struct {
	uid, gid, login uint32
	container       string
}

// byAccount takes the field of each user and group that threads have.
func (f *folder) byAccount(t *tally, closed func() bool) {
	accounts := map[account]rowCount{}
	f.rows(t.threads, closed, func(s Snapshot, row int, r rowCount) {
		th := s.x.m.ThreadRow(uint32(row))
		key := account{th.UID, th.GID, th.LoginUID, th.Container}
		c := accounts[key]
		accounts[key] = rowCount{c.n + r.n, max(c.last, r.last)}
	})
	s := f.x.Acquire()
	defer s.Release()
	for _, r := range accounts {
		f.prepare(s, r.last)
		f.add(uint64(r.n))
	}
}

// names adds what a name of users or groups may have been at other times; it reports whether those are all.
func (f *folder) names() bool {
	if len(f.e.Chain) > 0 {
		return false
	}
	s := f.x.Acquire()
	defer s.Release()
	name, group := func(u *state.User) string { return u.Name }, false
	switch f.e.F.Name {
	case "user.name", "user.loginname":
	case "user.homedir":
		name = func(u *state.User) string { return u.Home }
	case "user.shell":
		name = func(u *state.User) string { return u.Shell }
	case "group.name":
		group = true
	default:
		return false
	}
	for _, text := range []string{"<NA>", "root", "/root"} { // of those that no list holds
		f.text([]byte(text), 0)
	}
	if group {
		s.x.m.EachGroup(func(g *state.Group) { f.text([]byte(g.Name), 0) })
	} else {
		s.x.m.EachUser(func(u *state.User) { f.text([]byte(name(u)), 0) })
	}
	return true
}

// rowBatch is how many rows are folded under one lock.
const rowBatch = 1 << 13

// rows calls each for the rows that events belong to, some at a time under the lock.
func (f *folder) rows(list []rowCount, closed func() bool, each func(s Snapshot, row int, r rowCount)) {
	for from := 0; from < len(list) && !closed(); from += rowBatch {
		s := f.x.Acquire()
		for i, r := range list[from:min(from+rowBatch, len(list))] {
			if r.last > 0 {
				each(s, from+i, r)
			}
		}
		s.Release()
	}
}

// byThread takes the field of every thread row, as of the last event of the row.
func (f *folder) byThread(t *tally, closed func() bool) {
	f.rows(t.threads, closed, func(s Snapshot, _ int, r rowCount) {
		f.prepare(s, r.last)
		f.add(uint64(r.n))
	})
}

// byFD takes the field of every descriptor row.
func (f *folder) byFD(t *tally, closed func() bool) {
	f.rows(t.fds, closed, func(s Snapshot, row int, r rowCount) {
		f.prepare(s, r.last)
		f.ctx.FD = s.x.m.FDRow(uint32(row))
		f.add(uint64(r.n))
	})
}

// unknownFDs takes the field of events that name a descriptor nobody knows.
func (f *folder) unknownFDs(t *tally, closed func() bool) {
	switch f.e.F.Name {
	case "fd.name", "fd.directory", "fd.containername", "fd.containerdirectory":
	default:
		return
	}
	keys := make([]rowCount, len(t.unknown))
	for i, key := range t.unknown {
		keys[i] = rowCount{1, key}
	}
	f.rows(keys, closed, func(s Snapshot, _ int, r rowCount) {
		if s.fill(r.last, false, &f.cur, &f.ctx, true) == nil {
			f.add(1)
		}
	})
}

// prepare readies the context with what the columns know of an event; its bytes are not read.
func (f *folder) prepare(s Snapshot, key uint32) {
	facts := s.Facts(key)
	c := &f.ctx
	c.Reset()
	c.Num, c.TS, c.First = s.Number(key), facts.TS, s.x.firstTS
	c.View = s.x.m.At(key)
	c.T, c.FD, c.FDNum = facts.Thread, facts.FD, facts.FDNum
	c.Names = state.Names{View: c.View, T: c.T}
	c.Ev = evt.Event{Num: key, TS: facts.TS, Type: facts.Type, CPU: facts.CPU, TID: -1}
	if c.T != nil {
		c.Ev.TID = c.T.TID
	}
	c.Args.N, c.Args.Type = 0, nil
}

// byShape takes the field of one event of every shape.
func (f *folder) byShape(t *tally) {
	s := f.x.Acquire()
	defer s.Release()
	for _, r := range t.shapes {
		if s.fill(r.last, false, &f.cur, &f.ctx, true) == nil {
			f.add(uint64(r.n))
		}
	}
}

// bySample takes the field of a sample of the events, of the types that have it.
func (f *folder) bySample(t *tally, closed func() bool) {
	f.sample = true
	for typ := range t.samples {
		sample := &t.samples[typ]
		if len(sample.keys) == 0 || f.e.Arg != "" && f.e.F.Name != "evt.abspath" && !f.has(uint16(typ)) || closed() {
			continue
		}
		s := f.x.Acquire()
		for i, key := range sample.keys {
			if s.fill(key, false, &f.cur, &f.ctx, true) == nil && !f.add(uint64(sample.step)) && i > 16 && len(f.counts) == 0 {
				break
			}
		}
		s.Release()
	}
}

// has reports whether events of a type may have the parameter that evt.arg asks for.
func (f *folder) has(typ uint16) bool {
	t := evtable.Lookup(typ)
	if t == nil || f.e.Index >= 0 {
		return true
	}
	for i := range t.Params {
		if t.Params[i].Name == f.e.Arg {
			return true
		}
	}
	return false
}

// add counts the values that the prepared event has of the field; it reports whether there are any.
func (f *folder) add(n uint64) (any bool) {
	if !f.e.Several() {
		v := f.e.Value(&f.ctx)
		if v.Kind == field.None {
			return false
		}
		f.value(v, n)
		return true
	}
	var seen []string
	f.e.Values(&f.ctx, func(v field.Value) bool {
		for _, t := range f.e.Chain {
			v = t.Apply(&f.ctx, v)
		}
		if v.Kind == field.None {
			return true
		}
		f.buf = v.Append(f.buf[:0])
		if !slices.Contains(seen, string(f.buf)) {
			seen = append(seen, string(f.buf))
			f.text(f.buf, n)
		}
		any = true
		return true
	})
	return any
}

func (f *folder) value(v field.Value, n uint64) {
	if v.Kind == field.Elements {
		for b := range v.Elements {
			f.text(b, n)
		}
		return
	}
	f.buf = v.Append(f.buf[:0])
	f.text(f.buf, n)
}

func (f *folder) text(b []byte, n uint64) {
	if len(b) == 0 {
		return
	}
	if c, ok := f.counts[string(b)]; ok {
		f.counts[string(b)] = c + n
		return
	}
	if len(b) > maxValueLen || len(f.counts) >= maxDistinct || f.bytes+len(b) > maxTableBytes/2 {
		f.full = true
		return
	}
	f.bytes += len(b)
	f.counts[string(b)] = n
}

// maxTop is how many of the most frequent values are known by rank.
const maxTop = 512

// table returns what was collected.
func (f *folder) table() *valueTable {
	t := &valueTable{texts: make([]string, 0, len(f.counts)), bytes: f.bytes + 32*len(f.counts)}
	for text, n := range f.counts {
		if n > 0 {
			t.texts = append(t.texts, text)
		} else {
			t.unlisted = append(t.unlisted, text)
		}
	}
	slices.Sort(t.texts)
	slices.Sort(t.unlisted)
	t.sums = make([]uint64, len(t.texts)+1)
	t.top = make([]int32, len(t.texts))
	for i, text := range t.texts {
		t.sums[i+1] = t.sums[i] + f.counts[text]
		t.top[i] = int32(i)
	}
	slices.SortStableFunc(t.top, func(a, b int32) int { return cmp.Compare(t.count(int(b)), t.count(int(a))) })
	t.top = slices.Clone(t.top[:min(len(t.top), maxTop)])
	return t
}

// canonical returns a value as tables hold it; false when it cannot be told whether it is in one.
func canonical(e *field.Expr, text string) (string, bool) {
	switch e.Kind() {
	case field.Int:
		n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
		return strconv.FormatInt(n, 10), err == nil
	case field.Uint, field.Port:
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
		return strconv.FormatUint(n, 10), err == nil
	case field.Bool:
		switch text {
		case "1":
			text = "true"
		case "0":
			text = "false"
		}
		return text, text == "true" || text == "false"
	case field.IP:
		a, err := netip.ParseAddr(text)
		if err != nil || e.F.Type == "ipnet" {
			return text, false
		}
		return string(field.Value{Kind: field.IP, B: a.AsSlice()}.Append(nil)), true
	case field.String:
		return text, text != ""
	}
	return text, false
}
