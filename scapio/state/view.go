package state

import (
	"sort"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// View is the state as of one event: what held when that event was over.
type View struct {
	m    *Machine
	n    uint32
	held *Held
}

// Held is the events [From, To) for which what a view answered holds just as well.
type Held struct{ From, To uint32 }

// Always is what holds for all events.
var Always = Held{0, ^uint32(0)}

// narrow leaves of h what is also in [from, to); to 0 is no bound.
func (h *Held) narrow(from, to uint32) {
	if h == nil {
		return
	}
	h.From = max(h.From, from)
	if to != 0 {
		h.To = min(h.To, to)
	}
}

// Holding returns the view with every answer narrowing h to the events that have the same answer, as far as the state
// is known by now. Interfaces and what the capture says of the machine count as the same for all.
func (v View) Holding(h *Held) View {
	v.held = h
	return v
}

// At returns the state as of event n; 0 is the state before the first.
func (m *Machine) At(n uint32) View { return View{m: m, n: n} }

// Num returns the event the view is of.
func (v View) Num() uint32 {
	v.held.narrow(v.n, v.n+1)
	return v.n
}

// Machine returns what the capture says of the whole machine.
func (v View) Machine() *Machine { return v.m }

// Thread returns the thread with the tid, nil if there was none.
func (v View) Thread(tid int64) *Thread {
	t := v.m.threads[tid]
	if t == nil {
		return nil
	}
	return t.hist.held(v.n, v.held)
}

// Main returns the main thread of t's process, nil if it is not known.
func (v View) Main(t *Thread) *Thread {
	if t.Main() {
		return t
	}
	if t.PID < 0 {
		return nil
	}
	return v.Thread(t.PID)
}

// Parent returns the main thread of the process that made t's process, nil if it is not known.
func (v View) Parent(t *Thread) *Thread {
	m := v.Main(t)
	if m == nil || m.PTID <= 0 && m.PTID != 0 {
		return nil
	}
	p := v.Thread(m.PTID)
	if p == nil {
		return nil
	}
	return v.Main(p)
}

// Cwd returns the working directory of t's process, with its trailing slash.
func (v View) Cwd(t *Thread) string {
	if l := v.Main(t); l != nil {
		return l.Cwd
	}
	return "./"
}

// Env returns the environment of t's process, NUL-separated.
func (v View) Env(t *Thread) string {
	if l := v.Main(t); l != nil {
		return l.Env
	}
	return t.Env
}

// Table returns the descriptor table t uses, nil if it is not known.
func (v View) Table(t *Thread) *Table {
	if t.Flags&CloneFiles != 0 && !t.Main() {
		if l := v.Main(t); l != nil {
			return l.table
		}
		return nil
	}
	return t.table
}

// FD returns descriptor num of t's process, nil if it is not known to be open.
func (v View) FD(t *Thread, num int64) *FD {
	if tab := v.Table(t); tab != nil {
		return tab.lookup(num, v.n, v.held)
	}
	return nil
}

// OpenElsewhere reports whether an opening has a descriptor besides number num of t's process.
func (v View) OpenElsewhere(stream uint32, t *Thread, num int64) bool {
	own := v.Table(t)
	for _, o := range v.Threads() {
		if o.table == nil {
			continue
		}
		found := false
		o.table.each(v.n, func(n int64, fd *FD) bool {
			found = fd.Stream == stream && (o.table != own || n != num)
			return !found
		})
		if found {
			return true
		}
	}
	return false
}

// OpenFD is a descriptor and the number it is open under.
type OpenFD struct {
	Num int64
	*FD
}

// FDs returns the open descriptors of t's process by number.
func (v View) FDs(t *Thread) []OpenFD {
	tab := v.Table(t)
	if tab == nil {
		return nil
	}
	var list []OpenFD
	tab.eachHeld(v.n, v.held, func(num int64, fd *FD) bool {
		list = append(list, OpenFD{num, fd})
		return true
	})
	sort.Slice(list, func(i, j int) bool { return list[i].Num < list[j].Num })
	return list
}

// Threads returns all threads by tid.
func (v View) Threads() []*Thread {
	var list []*Thread
	v.m.holdThreads(v.n, v.held)
	for _, t := range v.m.threads {
		if r := t.hist.at(v.n); r != nil {
			list = append(list, r)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].TID < list[j].TID })
	return list
}

// ProcessThreads returns the threads of process pid that are alive, by tid.
func (v View) ProcessThreads(pid int64) []*Thread {
	var list []*Thread
	for _, t := range v.Threads() {
		if t.PID == pid && t.Flags&Closed == 0 {
			list = append(list, t)
		}
	}
	return list
}

// holds reports whether a version of [from, to) holds at the view's event, and narrows what the view holds by it.
func (v View) holds(from, to uint32) bool {
	switch {
	case v.n < from:
		v.held.narrow(0, from)
		return false
	case to != 0 && v.n >= to:
		v.held.narrow(to, 0)
		return false
	}
	v.held.narrow(from, to)
	return true
}

func (u *User) span() (from, to uint32)      { return u.From, u.To }
func (g *Group) span() (from, to uint32)     { return g.From, g.To }
func (c *Container) span() (from, to uint32) { return c.From, c.To }

// version returns the version that holds at the view's event of those of one thing, oldest first; nil when none does.
func version[T any, V interface {
	*T
	span() (from, to uint32)
}](v View, all []V) V {
	next := sort.Search(len(all), func(i int) bool {
		from, _ := all[i].span()
		return from > v.n
	})
	if next < len(all) {
		from, _ := all[next].span()
		v.held.narrow(0, from)
	}
	if next == 0 {
		return nil
	}
	if !v.holds(all[next-1].span()) {
		return nil
	}
	return all[next-1]
}

// User returns a user as the container sees it, nil if it is not known.
func (v View) User(container string, uid uint32) *User {
	return version(v, v.m.users[userKey{container, uid}])
}

// Group returns a group as the container sees it, nil if it is not known.
func (v View) Group(container string, gid uint32) *Group {
	return version(v, v.m.groups[userKey{container, gid}])
}

// UserName returns the name of a user: the table's, root for 0; ok is false when it is not known.
func (v View) UserName(container string, uid uint32) (string, bool) {
	if u := v.User(container, uid); u != nil {
		return u.Name, true
	}
	if uid == 0 {
		return "root", true
	}
	return "", false
}

// GroupName returns the name of a group: the table's, root for 0; ok is false when it is not known.
func (v View) GroupName(container string, gid uint32) (string, bool) {
	if g := v.Group(container, gid); g != nil {
		return g.Name, true
	}
	if gid == 0 {
		return "root", true
	}
	return "", false
}

// EachUser calls yield for every version of every user there has been.
func (m *Machine) EachUser(yield func(*User)) {
	for _, h := range m.users {
		for _, u := range h {
			yield(u)
		}
	}
}

// EachGroup calls yield for every version of every group there has been.
func (m *Machine) EachGroup(yield func(*Group)) {
	for _, h := range m.groups {
		for _, g := range h {
			yield(g)
		}
	}
}

// Users returns all users, the host's first, by container and number.
func (v View) Users() []*User {
	var list []*User
	for k := range v.m.users {
		if u := v.User(k.container, k.id); u != nil {
			list = append(list, u)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Container < b.Container || (a.Container == b.Container && a.UID < b.UID)
	})
	return list
}

// Groups returns all groups, the host's first, by container and number.
func (v View) Groups() []*Group {
	var list []*Group
	for k := range v.m.groups {
		if g := v.Group(k.container, k.id); g != nil {
			list = append(list, g)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Container < b.Container || (a.Container == b.Container && a.GID < b.GID)
	})
	return list
}

// Container returns what is known of a container, nil for the host and for one that no event told of.
func (v View) Container(id string) *Container {
	return version(v, v.m.containers[id])
}

// Containers returns the containers that events told of and those that only processes show, by id.
func (v View) Containers() []*Container {
	seen := map[string]bool{}
	var list []*Container
	for id := range v.m.containers {
		if c := v.Container(id); c != nil {
			list = append(list, c)
			seen[id] = true
		}
	}
	for _, t := range v.m.threads {
		if r := t.hist.at(v.n); r != nil && r.Container != "" && !seen[r.Container] {
			seen[r.Container] = true
			list = append(list, &Container{ID: r.Container, Type: 0xffff})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
	return list
}

// Local reports whether ip is an address of this machine.
func (v View) Local(ip [16]byte, v6 bool) bool { return v.m.Local(ip, v6) }

// Names answers the text of an event's parameters: it is the view of the event's thread. T may be nil.
type Names struct {
	View   View
	T      *Thread
	Legacy bool // as sysdig 0.36 named things: descriptors by FD.Shown, no root where the capture does not name it
}

var _ evt.Names = (*Names)(nil)

// FD returns what the text of a descriptor shows.
func (n *Names) FD(num int64) (evt.FD, bool) {
	if n.T == nil {
		return evt.FD{}, false
	}
	fd := n.View.FD(n.T, num)
	if fd == nil {
		return evt.FD{}, false
	}
	return evt.FD{TypeChar: fd.TypeChar(), L4Char: fd.l4Char(), Name: fd.Shown(n.Legacy)}, true
}

// TypeChar returns the letter of the descriptor's type.
func (f *FD) TypeChar() byte {
	if int(f.Type) < len(evtable.FDTypes) {
		return evtable.FDTypes[f.Type].Char
	}
	return 'o'
}

// TypeName returns the word for the descriptor's type: file, ipv4, unix …; "" for none.
func (f *FD) TypeName() string {
	if int(f.Type) < len(evtable.FDTypes) {
		return evtable.FDTypes[f.Type].Word
	}
	return ""
}

func (f *FD) l4Char() byte {
	if !f.Inet() && !f.InetServer() {
		return 0
	}
	switch f.ShownL4() {
	case L4TCP:
		return 't'
	case L4UDP:
		return 'u'
	case L4ICMP:
		return 'i'
	case L4Raw:
		return 'r'
	}
	return 0
}

// Comm returns the command name of a thread.
func (n *Names) Comm(tid int64) (string, bool) {
	if t := n.View.Thread(tid); t != nil {
		return t.Comm, true
	}
	return "", false
}

func (n *Names) container() string {
	if n.T == nil {
		return ""
	}
	return n.T.Container
}

// User returns the name of a user as the event's container knows it.
func (n *Names) User(uid uint32) (string, bool) {
	if n.Legacy && uid == 0 && n.View.User(n.container(), 0) == nil {
		return "", false
	}
	return n.View.UserName(n.container(), uid)
}

// Group returns the name of a group as the event's container knows it.
func (n *Names) Group(gid uint32) (string, bool) {
	if n.Legacy && gid == 0 && n.View.Group(n.container(), 0) == nil {
		return "", false
	}
	return n.View.GroupName(n.container(), gid)
}

// Cwd returns the working directory of the event's process.
func (n *Names) Cwd() string {
	if n.T == nil {
		return ""
	}
	return n.View.Cwd(n.T)
}

// Dir returns the directory a *at call is relative to.
func (n *Names) Dir(dirfd int64) string {
	if n.T == nil {
		return unknownDir
	}
	if dirfd == atFDCWD {
		return n.View.Cwd(n.T)
	}
	return dirOf(n.View.FD(n.T, dirfd))
}
