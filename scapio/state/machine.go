package state

import (
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

	FDRefused uint64 // descriptors beyond the limit of a table
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
	lastFD   int64
	enterNum uint32
	enter    evt.Event
	stored   bool // enter holds the event lastType tells of
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
	m.strings[s] = s
	return s
}

// Facts is what one event says in columns.
type Facts struct {
	Thread *Thread // nil for meta events
	FD     *FD     // the descriptor the event is about, nil if unknown
	FDNum  int64   // its number, -1 if none
	Pair   uint32  // the enter event this exit belongs to, 0 if none
	Orphan bool    // an exit whose enter was lost: its thread has entered calls before
	Hidden bool    // not shown by default: internal, state-only or of the opening phase
}

// Apply takes the next event. ev must hold a higher number than the one before; it is borrowed for the call only.
func (m *Machine) Apply(ev *evt.Event) Facts {
	m.now, m.ts = ev.Num, ev.TS
	if m.exited != nil || m.closing.any {
		m.pending()
	}
	info := ev.Info()
	if info == nil {
		return m.unknown(ev)
	}
	if metaType[ev.Type] {
		return m.meta(ev, info)
	}
	if m.opening {
		m.endOpening()
	}
	m.facts = Facts{FDNum: -1, Hidden: ev.Flags&evt.StateOnly != 0 || info.Category&evtable.CategoryMask == evtable.ECInternal}
	f := &m.facts
	if info.Flags&evtable.EFSkipParseReset != 0 {
		if t := m.find(ev.TID); t != nil {
			f.Thread = t.row
		}
		return *f
	}
	var t *thr
	if findOnly[ev.Type] {
		t = m.find(ev.TID)
	} else {
		t = m.get(ev.TID)
	}
	m.cur = ctx{m: m, ev: ev, info: info, t: t, facts: f}
	x := &m.cur
	if info.Category&evtable.ECSyscall == 0 {
		if h := handlers[ev.Type]; h != nil {
			m.args.Load(ev)
			x.a = &m.args
			h(x)
		}
	} else if ev.Enter() {
		x.enterEvent()
	} else {
		x.exitEvent()
	}
	if x.t != nil {
		f.Thread = x.t.row
	}
	return *f
}

func (m *Machine) unknown(ev *evt.Event) Facts {
	if m.opening {
		m.endOpening()
	}
	f := Facts{FDNum: -1}
	if ev.TID >= 0 {
		f.Thread = m.get(ev.TID).row
	}
	return f
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
}

func (x *ctx) enterEvent() {
	t := x.t
	if t == nil {
		return
	}
	if t.stored {
		x.m.lost = append(x.m.lost, t.enterNum)
	}
	t.lastType, t.lastFD, t.stored = x.ev.Type, -1, true
	t.enterNum = x.ev.Num
	x.ev.CopyTo(&t.enter)
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
			x.enter = &t.enter
			x.facts.Pair = t.enterNum
		} else {
			t.lastFD = -1
			x.facts.Orphan = t.enterNum != 0
			if t.stored {
				x.m.lost = append(x.m.lost, t.enterNum)
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
		Comm: "<NA>", Exe: "<NA>", UID: noID, GID: noID, LoginUID: noID, Fake: true,
	}
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
		row.table = &Table{born: m.now}
	}
	m.push(t, row)
	return t
}

// forget drops the enter event that waits for its exit.
func (m *Machine) forget(t *thr) {
	if t.stored {
		m.lost = append(m.lost, t.enterNum)
	}
	t.stored, t.lastType = false, noType
}

func (m *Machine) push(t *thr, row *Thread) {
	row.Row = uint32(len(m.rows))
	m.rows = append(m.rows, row)
	t.hist = append(t.hist, row)
	t.row = row
}

// edit returns the thread's current version for a change at this event.
func (m *Machine) edit(t *thr) *Thread {
	if t.row.From == m.now {
		return t.row
	}
	row := *t.row
	t.row.To = m.now
	row.From, row.To = m.now, 0
	m.push(t, &row)
	return t.row
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
	p.children = append(p.children, t)
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
	g.alive++
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
