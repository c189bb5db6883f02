package state

import (
	"slices"
	"sort"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// Machine builds the state. Load it with the state blocks, then Apply every event in order.
type Machine struct {
	now        uint32 // event being applied; 0 while loading
	ts         uint64 // its time
	threads    map[int64]*thr
	recent     [256]*thr // cache by tid
	procs      map[int64]*group
	rows       []*Thread
	turns      []uint32 // events at which a row began or ended
	fds        []*FD
	strings    map[string]string
	cgroupText map[string]string

	users      map[userKey][]*User
	groups     map[userKey][]*Group
	containers map[string][]*Container
	Interfaces []scapio.Interface
	Info       scapio.Machine

	opening     bool // the meta events at the head of the stream are being read
	serverPorts map[uint16]bool
	loaded      []*FD // IPv4 sockets whose side is told when the opening phase ends

	exited   *thr  // to be removed before the next event
	reaperOf int64 // who takes its children, as its exit said; 0: not said
	closing  struct {
		table *Table
		num   int64
		any   bool
	}
	args  evt.Args
	cur   ctx      // the event being applied
	facts Facts    // what it says
	lost  []uint32 // enter events that will have no exit
	path  []byte   // scratch
	tried Object   // scratch

	spares []*evt.Event // of threads that have ended

	files *[1 << 10]*Object // opened lately

	FDRefused uint64 // descriptors beyond the limit of a table

	present bool // only what holds now is kept: see NewPresent
	changed bool // the event being applied changed something
	shared  int  // bytes of strings and cgroupText, counted for a machine without a past
}

type userKey struct {
	container string
	id        uint32
}

// thr is what the builder knows of one tid: its rows so far and what only the next events need.
type thr struct {
	tid      int64
	row      *Thread // current version; nil while no thread has this tid
	hist     threadHist
	children []*thr // in order of arrival; those that moved on are skipped
	group    *group

	lastType uint16 // last enter event, 0xFFFF: none
	lastExit uint16
	lastFD   int64
	enterNum uint32
	memory   []memory   // where events have told of it, in their order
	faults   []faults   // so
	enter    *evt.Event // nil until it enters a call, and when it has ended
	stored   bool       // enter holds the event lastType tells of
}

// group is a process: its threads in order, the leader first.
type group struct {
	pid     int64
	members []*thr
	alive   int
	reaper  bool
}

const noType = 0xFFFF

// NewMachine returns an empty machine.
func NewMachine() *Machine {
	m := &Machine{users: map[userKey][]*User{}, groups: map[userKey][]*Group{}, containers: map[string][]*Container{}, strings: map[string]string{}, cgroupText: map[string]string{}}
	m.clear()
	m.threads = map[int64]*thr{}
	return m
}

// NewPresent returns an empty machine that remembers only what holds as of the latest event, so that it does not grow
// with the number of events. Only that event's View may be asked, and a row is good until the next Apply. It numbers no
// rows and tells of no lost events. Before its events' numbers end, Renumber it.
func NewPresent() *Machine {
	m := NewMachine()
	m.present = true
	return m
}

func (m *Machine) clear() {
	m.opening = true
	m.procs = map[int64]*group{}
	m.serverPorts = map[uint16]bool{}
	m.loaded = nil
	m.exited = nil
	m.closing.any = false
}

// Restart begins a new section of a concatenated capture behind event n: all that was known ends there.
func (m *Machine) Restart(n uint32) {
	if len(m.rows) == 0 && n == 0 {
		return
	}
	m.now = n + 1
	m.turn()
	for _, t := range m.threads {
		if t.row != nil {
			t.row.To = m.now
			t.row = nil
		}
		m.forget(t)
		t.children, t.group = nil, nil
	}
	for _, h := range m.users {
		closeUser(h, m.now)
	}
	for _, h := range m.groups {
		closeGroup(h, m.now)
	}
	for _, h := range m.containers {
		closeContainer(h, m.now)
	}
	m.Interfaces = nil
	m.clear()
}

// closeUser ends the latest version of a user at event n, if it still held.
func closeUser(h []*User, n uint32) {
	if k := len(h); k > 0 && h[k-1].To == 0 {
		h[k-1].To = n
	}
}

// closeGroup ends the latest version of a group.
func closeGroup(h []*Group, n uint32) {
	if k := len(h); k > 0 && h[k-1].To == 0 {
		h[k-1].To = n
	}
}

// intern returns one string for equal bytes: names repeat a lot.
func (m *Machine) intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := m.strings[string(b)]; ok {
		return s
	}
	s := string(b)
	if m.present {
		if m.shared += len(s); m.shared > maxShared {
			clear(m.strings)
			clear(m.cgroupText)
			m.shared = len(s)
		}
	}
	m.strings[s] = s
	return s
}

// maxShared is how many bytes of names a machine without a past keeps to share them.
const maxShared = 8 << 20

// Facts is what one event says in columns.
type Facts struct {
	Thread *Thread // nil for meta events
	FD     *FD     // the descriptor the event is about, nil if unknown
	FDNum  int64   // its number, -1 if none
	Pair   uint32  // the enter event this exit belongs to, 0 if none
	Orphan bool    // an exit whose enter was lost: its thread has entered calls before
	Hidden bool    // not shown by default: internal, state-only or of the opening phase

	Changed bool       // the event changed what later ones mean, by more than making its thread known
	Enter   *evt.Event // the enter event this exit belongs to, nil if unknown; borrowed until the next Apply
}

// Apply takes the next event. ev must hold a higher number than the one before; it is borrowed for the call only. The
// facts are good until the next Apply.
func (m *Machine) Apply(ev *evt.Event) *Facts {
	m.now, m.ts = ev.Num, ev.TS
	if m.exited != nil || m.closing.any {
		m.pending()
	}
	m.changed = false
	f := &m.facts // set one by one: a copy of what was just written waits for the processor to have written it
	f.Thread, f.FD, f.FDNum, f.Pair, f.Orphan, f.Hidden, f.Changed, f.Enter = nil, nil, -1, 0, false, false, false, nil
	info := ev.Info()
	if info == nil {
		m.unknown(ev)
		return f
	}
	f.Hidden = ev.Flags&evt.StateOnly != 0 || info.Category&evtable.CategoryMask == evtable.ECInternal
	if metaType[ev.Type] {
		m.meta(ev)
		return f
	}
	if m.opening {
		m.endOpening()
	}
	if info.Flags&evtable.EFSkipParseReset != 0 {
		if t := m.find(ev.TID); t != nil {
			f.Thread = t.row
		}
		return f
	}
	var t *thr
	if findOnly[ev.Type] {
		t = m.find(ev.TID)
	} else {
		t = m.get(ev.TID)
	}
	x := &m.cur
	x.m, x.ev, x.info, x.t, x.facts, x.enter, x.a, x.named = m, ev, info, t, f, nil, nil, false
	if info.Category&evtable.ECSyscall == 0 {
		if h := handlers[ev.Type]; h != nil {
			m.args.Load(ev)
			x.a = &m.args
			h(x)
		}
	} else if ev.Enter() {
		x.enterEvent()
		m.changed = x.named // the rest its exit says
	} else {
		x.exitEvent()
	}
	if x.t != nil {
		f.Thread = x.t.row
	}
	f.Changed, f.Enter = m.changed, x.enter
	return f
}

func (m *Machine) unknown(ev *evt.Event) {
	if m.opening {
		m.endOpening()
	}
	if ev.TID >= 0 {
		m.facts.Thread = m.get(ev.TID).row
	}
}

// ctx is one event on its way through the machine.
type ctx struct {
	m     *Machine
	ev    *evt.Event
	info  *evtable.Type
	t     *thr // may be nil for events that do not make their thread known
	enter *evt.Event
	a     *evt.Args // the newest shape of an exit, its enter half joined in
	facts *Facts
	named bool // an enter gave a descriptor its legacy name
}

func (x *ctx) enterEvent() {
	t := x.t
	if t == nil {
		return
	}
	if t.stored {
		x.m.lose(t.enterNum)
	}
	t.lastType, t.lastFD, t.stored = x.ev.Type, -1, true
	t.enterNum = x.ev.Num
	if t.enter == nil {
		t.enter = x.m.spare()
	}
	x.ev.CopyTo(t.enter)
	if x.info.Flags&evtable.EFUsesFD != 0 {
		if i := evtable.FDParam(x.ev.Type); i >= 0 {
			if fd, ok := evt.Int(x.ev.Param(i)); ok {
				t.lastFD = fd
				x.facts.FDNum = fd
				x.facts.FD = x.m.fd(t, fd)
				if x.ev.Type == evtable.SocketConnectE && x.facts.FD != nil {
					x.connecting()
				}
			}
		}
	}
}

func (x *ctx) exitEvent() {
	t := x.t
	if t != nil {
		last := t.lastType
		if last != noType && t.stored && (x.ev.Type == last+1 || (x.ev.Type == evtable.SyscallExecve19X && last == evtable.SyscallExecveatE)) {
			x.enter = t.enter
			x.facts.Pair = t.enterNum
		} else {
			t.lastFD = -1
			another := !t.stored && t.lastExit == x.ev.Type && (x.ev.Type == evtable.SocketSendmmsgX || x.ev.Type == evtable.SocketRecvmmsgX)
			x.facts.Orphan = t.enterNum != 0 && x.ev.Flags&evt.StateOnly == 0 && !another // these have an exit for each message
			if t.stored {
				x.m.lose(t.enterNum)
			}
		}
		if x.info.Flags&evtable.EFUsesFD != 0 {
			if t.lastFD == -1 {
				if i := evtable.FDParam(x.ev.Type); i >= 0 {
					if fd, ok := evt.Int(x.ev.Param(i)); ok {
						t.lastFD = fd
					}
				}
			}
			if t.lastFD != -1 {
				x.facts.FD = x.m.fd(t, t.lastFD)
			}
		}
	}
	if joins[x.ev.Type] {
		enter := x.enter
		if enter != nil && enter.Type+1 != x.ev.Type {
			enter = nil
		}
		x.a = &x.m.args
		if x.a.Join(x.ev, enter) && x.a.Type != nil {
			if h := handlers[x.a.Type.ID]; h != nil {
				h(x)
			}
		}
	}
	if x.t != nil {
		if x.info.Flags&(evtable.EFUsesFD|evtable.EFCreatesFD|evtable.EFDestroysFD) != 0 {
			x.facts.FDNum = x.t.lastFD
		}
		x.t.stored = false
		x.t.lastType = noType
		x.t.lastExit = x.ev.Type
	}
}

// spare returns an event to keep an enter half in.
func (m *Machine) spare() *evt.Event {
	n := len(m.spares)
	if n == 0 {
		return &evt.Event{}
	}
	e := m.spares[n-1]
	m.spares = m.spares[:n-1]
	return e
}

// Settle ends what the latest event ended, as of event n, which follows: the state between two events.
func (m *Machine) Settle(n uint32) {
	m.now = n
	m.pending()
}

// Renumber makes all that a machine without a past knows older than event 1, so that numbers can begin there again.
func (m *Machine) Renumber() {
	m.now = 0
	for _, t := range m.threads {
		if t.row != nil {
			t.row.From, t.row.Born = 0, 0
			t.row.table.renumber()
		}
		t.enterNum = min(t.enterNum, 1)
		for i := range t.memory {
			t.memory[i].from = 0
		}
		for i := range t.faults {
			t.faults[i].from = 0
		}
	}
	for _, h := range m.users {
		for _, u := range h {
			u.From = 0
		}
	}
	for _, h := range m.groups {
		for _, g := range h {
			g.From = 0
		}
	}
	for _, h := range m.containers {
		for _, c := range h {
			c.From, c.Born = 0, min(c.Born, 1)
		}
	}
}

// pending ends what the previous event ended.
func (m *Machine) pending() {
	if t := m.exited; t != nil {
		m.exited = nil
		m.remove(t)
	}
	if m.closing.any {
		m.closing.any = false
		m.closing.table.set(m.closing.num, m.now, nil)
	}
}

func (m *Machine) lose(enter uint32) {
	if !m.present {
		m.lost = append(m.lost, enter)
	}
}

// Lost returns the enter events of which it became known since the last call that no exit will follow.
func (m *Machine) Lost() []uint32 {
	l := m.lost
	m.lost = m.lost[:0]
	return l
}

// Pending returns the enter events whose calls have not returned so far.
func (m *Machine) Pending() (list []uint32) {
	for _, t := range m.threads {
		if t.stored {
			list = append(list, t.enterNum)
		}
	}
	return list
}

// find returns the thread with the tid, nil if there is none.
func (m *Machine) find(tid int64) *thr {
	if t := m.recent[uint8(tid)]; t != nil && t.tid == tid && t.row != nil {
		return t
	}
	t := m.threads[tid]
	if t == nil || t.row == nil {
		return nil
	}
	m.recent[uint8(tid)] = t
	return t
}

// get returns the thread with the tid; one that is not known is made up, known by its tid only.
func (m *Machine) get(tid int64) *thr {
	if t := m.find(tid); t != nil {
		return t
	}
	row := &Thread{
		TID: tid, PID: -1, PTID: -1, SID: -1, VPGID: -1, PGID: -1, VTID: -1, VPID: -1,
		Comm: "<NA>", UID: noID, GID: noID, Fake: true, Program: &unknownProgram,
	}
	defer func(changed bool) { m.changed = changed }(m.changed) // any event of it makes it known
	return m.add(row)
}

// add makes row the thread of its tid. An earlier owner must have been removed.
func (m *Machine) add(row *Thread) *thr {
	t := m.addUnlinked(row)
	m.link(t)
	return t
}

func (m *Machine) addUnlinked(row *Thread) *thr {
	t := m.threads[row.TID]
	if t == nil {
		t = &thr{tid: row.TID}
		m.threads[row.TID] = t
	}
	m.forget(t)
	t.lastFD, t.enterNum, t.children, t.group = -1, 0, nil, nil
	row.From, row.Born = m.now, m.now
	if row.table == nil {
		row.table = &Table{born: m.now, present: m.present}
	}
	m.push(t, row)
	return t
}

// forget drops the enter event that waits for its exit.
func (m *Machine) forget(t *thr) {
	if t.stored {
		m.lose(t.enterNum)
	}
	t.stored, t.lastType = false, noType
}

func (m *Machine) push(t *thr, row *Thread) {
	m.changed = true
	if m.present {
		t.hist = append(t.hist[:0], row)
		t.row = row
		return
	}
	row.Row = uint32(len(m.rows))
	m.rows = append(m.rows, row)
	m.turn()
	t.hist = append(t.hist, row)
	t.row = row
}

// turn notes that the threads are others from this event on.
func (m *Machine) turn() {
	if m.present {
		return
	}
	if k := len(m.turns); k == 0 || m.turns[k-1] != m.now {
		m.turns = append(m.turns, m.now)
	}
}

// holdThreads narrows held to the events around n at which all threads were the same.
func (m *Machine) holdThreads(n uint32, held *Held) {
	if held == nil {
		return
	}
	i := sort.Search(len(m.turns), func(k int) bool { return m.turns[k] > n })
	if i < len(m.turns) {
		held.narrow(0, m.turns[i])
	}
	if i > 0 {
		held.narrow(m.turns[i-1], 0)
	}
}

// Unsettled reports whether rows may still change as they are: sockets of the first lists have their sides when the
// events about the capture itself are over.
func (m *Machine) Unsettled() bool { return m.opening && len(m.loaded) > 0 }

// edit returns the thread's current version for a change at this event.
func (m *Machine) edit(t *thr) *Thread {
	m.changed = true
	if t.row.From == m.now || m.present {
		return t.row
	}
	row := *t.row
	t.row.To = m.now
	row.From, row.To = m.now, 0
	m.push(t, &row)
	return t.row
}

// editProgram is edit for a change of the program.
func (m *Machine) editProgram(t *thr) *Thread {
	r := m.edit(t)
	r.own()
	return r
}

// link joins a thread to its process and its parent.
func (m *Machine) link(t *thr) {
	r := t.row
	if r.Invalid() {
		return
	}
	m.joinGroup(t)
	if r.PID == 1 {
		return
	}
	p := m.find(r.PTID)
	if p == nil || p.row.Invalid() || p == t {
		if r.PTID != 0 {
			m.edit(t).PTID = 0
		}
		return
	}
	m.adopt(p, t)
}

// adopt notes c among the children of p.
func (m *Machine) adopt(p, c *thr) {
	if m.present && len(p.children) == cap(p.children) {
		p.children = slices.DeleteFunc(p.children, func(c *thr) bool { return c.row == nil || c.row.PTID != p.tid })
	}
	p.children = append(p.children, c)
}

func (m *Machine) joinGroup(t *thr) {
	r := t.row
	g := m.procs[r.PID]
	if g == nil {
		g = &group{pid: r.PID, reaper: r.PID == 1 || r.VPID == 1}
		m.procs[r.PID] = g
	}
	if t.group == g {
		return
	}
	t.group = g
	if r.Flags&Closed == 0 { // a written state may list a leader that has exited before its threads
		g.alive++
	}
	if r.Main() {
		g.members = append([]*thr{t}, g.members...)
	} else {
		g.members = append(g.members, t)
	}
}

// main returns the main thread of t's process, nil if it is not known.
func (m *Machine) main(t *thr) *thr {
	if t.row.Main() {
		return t
	}
	if t.row.PID < 0 {
		return nil
	}
	return m.find(t.row.PID)
}

// table returns the descriptor table t uses, nil if it shares one that is not known.
func (m *Machine) table(t *thr) *Table {
	if t.row.Flags&CloneFiles != 0 && !t.row.Main() {
		if l := m.main(t); l != nil {
			return l.row.table
		}
		return nil
	}
	return t.row.table
}

func (m *Machine) fd(t *thr, num int64) *FD {
	if tab := m.table(t); tab != nil {
		return tab.now(num)
	}
	return nil
}

// NumThreadRows returns how many versions of threads there are.
func (m *Machine) NumThreadRows() int { return len(m.rows) }

// NumFDRows returns how many descriptor rows were made.
func (m *Machine) NumFDRows() int { return len(m.fds) }

// FDRow returns descriptor row i.
func (m *Machine) FDRow(i uint32) *FD { return m.fds[i] }

// ThreadRow returns thread row i.
func (m *Machine) ThreadRow(i uint32) *Thread { return m.rows[i] }
