package state

import (
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// LoadThreads adds the entries of a process list. Lists come before the events.
func (m *Machine) LoadThreads(list []scapio.Thread) {
	added := make([]*thr, 0, len(list))
	for i := range list {
		l := &list[i]
		if t := m.find(l.TID); t != nil {
			m.erase(t)
		}
		r := &Thread{
			TID: l.TID, PID: l.PID, PTID: l.PTID, SID: l.SID, VPGID: l.VPGID, PGID: l.PGID, VTID: l.VTID, VPID: l.VPID,
			Comm: m.intern([]byte(l.Comm)), Flags: l.Flags, UID: l.UID, GID: l.GID, VMSize: l.VMSize, VMRSS: l.VMRSS, VMSwap: l.VMSwap,
			PFMajor: l.PFMajor, PFMinor: l.PFMinor, Fake: l.PID < 0,
			Program: &Program{
				Exe: m.intern([]byte(l.Exe)), ExePath: strings.TrimSuffix(l.ExePath, " (deleted)"), Root: m.intern([]byte(l.Root)), Args: l.Args,
				FDLimit: l.FDLimit, LoginUID: l.LoginUID, TTY: l.TTY, CapInheritable: l.CapInheritable, CapPermitted: l.CapPermitted,
				CapEffective: l.CapEffective, ExeIno: l.ExeIno, ExeCtime: l.ExeCtime, ExeMtime: l.ExeMtime,
				ExeWritable: l.ExeWritable, ExeUpper: l.ExeUpper, ExeLower: l.ExeLower, ExeMemfd: l.ExeMemfd, PIDNSInitStart: l.PIDNSInitStart,
			},
		}
		r.Cgroups = m.cgroups([]byte(l.Cgroups))
		r.Container = containerID(r.Cgroups)
		if r.Main() {
			r.Env = l.Env
			r.Cwd = m.normalCwd(l.Cwd)
		}
		added = append(added, m.addUnlinked(r))
	}
	for _, t := range added {
		m.link(t)
	}
}

func (m *Machine) normalCwd(cwd string) string {
	m.path = evt.JoinPath(m.path[:0], "", cwd)
	if n := len(m.path); n == 0 || m.path[n-1] != '/' {
		m.path = append(m.path, '/')
	}
	return m.intern(m.path)
}

// LoadFDs adds the descriptors of one thread. Those of a thread that is not known are dropped.
func (m *Machine) LoadFDs(tid int64, list []scapio.FD) {
	t := m.find(tid)
	if t == nil {
		return
	}
	for i := range list {
		l := &list[i]
		fd := &FD{
			From: m.now, Num: l.Num, Type: l.Type, L4: l.L4, FromProc: true, OpenFlags: l.OpenFlags, Object: &Object{
				Dev: l.Dev, Ino: l.Ino, Name: m.intern([]byte(l.Name)), Tuple: Tuple{l.SIP, l.DIP, l.SPort, l.DPort}, Src: l.Src, Dst: l.Dst,
			},
		}
		m.loadSocket(fd)
		m.numberFD(fd)
		if tab := m.table(t); tab == nil || !tab.set(fd.Num, m.now, fd) {
			m.FDRefused++
		}
	}
}

func (m *Machine) loadSocket(fd *FD) {
	switch fd.Type {
	case scapio.FDIPv6:
		if evt.Mapped(fd.Tuple.SIP[:]) && evt.Mapped(fd.Tuple.DIP[:]) {
			fd.Type = scapio.FDIPv4
			fd.Tuple.SIP, fd.Tuple.DIP = unmap(fd.Tuple.SIP), unmap(fd.Tuple.DIP)
		}
	case scapio.FDUnix:
		fd.Role = Client
		if fd.Name != "" {
			fd.Role = Server
		}
		return
	}
	switch fd.Type {
	case scapio.FDPidfd:
		if pid, err := strconv.ParseInt(strings.TrimPrefix(fd.Name, "/proc/"), 10, 64); err == nil {
			fd.PID = pid
		}
	case scapio.FDIPv4, scapio.FDIPv6:
		fd.Connected = fd.L4 == L4TCP
		m.patch(fd)
		m.nameTuple(fd)
		if fd.Type == scapio.FDIPv4 {
			m.loaded = append(m.loaded, fd)
		}
	case scapio.FDIPv4Server, scapio.FDIPv6Server:
		m.serverPorts[fd.Tuple.SPort] = true
		b := m.path[:0]
		if fd.V6() {
			b = evt.AppendIPPort(b, fd.Tuple.SIP[:16], fd.Tuple.SPort)
		} else {
			b = evt.AppendIPPort(b, fd.Tuple.SIP[:4], fd.Tuple.SPort)
		}
		m.path = b
		fd.Name = m.intern(b)
	}
}

// LoadUsers adds the user list.
func (m *Machine) LoadUsers(users []scapio.User, groups []scapio.Group) {
	for i := range users {
		u := &users[i]
		m.setUser(&User{UID: u.UID, GID: u.GID, Name: u.Name, Home: u.Home, Shell: u.Shell})
	}
	for i := range groups {
		m.setGroup(&Group{GID: groups[i].GID, Name: groups[i].Name})
	}
}

func (m *Machine) setUser(u *User) {
	k := userKey{u.Container, u.UID}
	h := m.users[k]
	m.changed = true
	if i := len(h) - 1; i >= 0 && h[i].To == 0 {
		if u.From = h[i].From; *u == *h[i] {
			return // told again, as for each container
		}
	}
	closeUser(h, m.now)
	u.From = m.now
	if m.present {
		h = h[:0]
	}
	m.users[k] = append(h, u)
}

func (m *Machine) setGroup(g *Group) {
	k := userKey{g.Container, g.GID}
	h := m.groups[k]
	m.changed = true
	if i := len(h) - 1; i >= 0 && h[i].To == 0 {
		if g.From = h[i].From; *g == *h[i] {
			return
		}
	}
	closeGroup(h, m.now)
	g.From = m.now
	if m.present {
		h = h[:0]
	}
	m.groups[k] = append(h, g)
}

// endOpening gives every IPv4 socket of the first lists its side, now that all listening ports are known.
func (m *Machine) endOpening() {
	m.opening = false
	for _, fd := range m.loaded {
		if !m.serverPorts[fd.Tuple.SPort] {
			fd.Role = Client
			continue
		}
		fd.Role = Server
		fd.own()
		fd.Tuple = fd.Tuple.swapped()
		m.nameTuple(fd)
	}
	m.loaded = nil
}

// metaType tells the events about the capture itself and its machine: they belong to no thread.
var metaType = map16(
	evtable.ContainerE, evtable.ContainerJsonE, evtable.ContainerJson2E, evtable.UserAddedE, evtable.UserDeletedE,
	evtable.GroupAddedE, evtable.GroupDeletedE, evtable.AsynceventE, evtable.PlugineventE,
)

// Meta reports whether events of a type are about the capture itself and its machine. Those before the first event that
// is not are taken in silently by readers.
func Meta(typ uint16) bool { return metaType[typ] }

var findOnly = map16(
	evtable.SyscallClone11X, evtable.SyscallClone16X, evtable.SyscallClone17X, evtable.SyscallClone20X,
	evtable.SyscallFork17X, evtable.SyscallFork20X, evtable.SyscallForkX, evtable.SyscallVforkX,
	evtable.SyscallVfork17X, evtable.SyscallVfork20X, evtable.SyscallClone3X,
	evtable.Schedswitch1E, evtable.Schedswitch6E, evtable.ProcexitE, evtable.Procexit1E,
)

func map16(ids ...uint16) (t [len(evtable.Types)]bool) {
	for _, id := range ids {
		t[id] = true
	}
	return t
}

func (m *Machine) meta(ev *evt.Event) {
	m.facts.Hidden = m.facts.Hidden || m.opening
	switch ev.Type {
	case evtable.ContainerE:
		id, _ := evt.Str(ev.Param(0))
		typ, _ := evt.Uint(ev.Param(1))
		name, _ := evt.Str(ev.Param(2))
		image, _ := evt.Str(ev.Param(3))
		if len(id) > 0 {
			m.addContainer(&Container{ID: string(id), Type: int(typ), Name: string(name), Image: string(image)})
		}
	case evtable.ContainerJsonE, evtable.ContainerJson2E:
		m.addContainer(parseContainer(ev.Param(0)))
	case evtable.AsynceventE:
		if name, _ := evt.Str(ev.Param(1)); strings.HasPrefix(string(name), "container") {
			if string(name) == "container_removed" {
				if c := parseContainer(ev.Param(2)); c != nil {
					closeContainer(m.containers[c.ID], m.now)
				}
				break
			}
			m.addContainer(parseContainer(ev.Param(2)))
		}
	case evtable.UserAddedE, evtable.UserDeletedE:
		m.userEvent(ev)
	case evtable.GroupAddedE, evtable.GroupDeletedE:
		m.groupEvent(ev)
	}
	m.facts.Changed = true
}

func (m *Machine) userEvent(ev *evt.Event) {
	uid, ok := evt.Uint(ev.Param(0))
	if !ok {
		return
	}
	gid, _ := evt.Uint(ev.Param(1))
	str := func(i int) string {
		s, _ := evt.Str(ev.Param(i))
		return string(s)
	}
	k := userKey{str(5), uint32(uid)}
	if ev.Type == evtable.UserDeletedE {
		closeUser(m.users[k], m.now)
		return
	}
	m.setUser(&User{Container: k.container, UID: k.id, GID: uint32(gid), Name: str(2), Home: str(3), Shell: str(4)})
}

func (m *Machine) groupEvent(ev *evt.Event) {
	gid, ok := evt.Uint(ev.Param(0))
	if !ok {
		return
	}
	name, _ := evt.Str(ev.Param(1))
	container, _ := evt.Str(ev.Param(2))
	k := userKey{string(container), uint32(gid)}
	if ev.Type == evtable.GroupDeletedE {
		closeGroup(m.groups[k], m.now)
		return
	}
	m.setGroup(&Group{Container: k.container, GID: k.id, Name: string(name)})
}
