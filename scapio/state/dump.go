package state

import (
	"encoding/binary"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// Dump says how View.Write writes a state. The zero value writes all of it.
type Dump struct {
	// TS is the time of the events that Write adds, ns since the epoch: that of the first event that will follow.
	TS uint64
	// Keep tells the threads that are written, nil all. Descriptors go with their threads; a thread whose process is
	// left out loses its name in any reader.
	Keep func(*Thread) bool
}

// Write writes the state as of the view's event as the first state of a capture, so that a reader who goes on with the
// next event finds the names that a reader of the whole capture finds. Section comes before it, the events behind it.
//
// What a block can hold goes into blocks: machine, interfaces, users and groups of the host, threads, descriptors. What
// only events can tell follows as events, which Write counts: containers, users and groups inside containers, and the
// state-only calls that make sockets of which a list cannot hold all: those without an address so far, connections
// of which listening ports do not tell the right side, and those that older sysdigs name by a connect that failed.
//
// A capture's lists hold no times of clone and execve, no subreapers, and of datagram sockets that have answered first
// not that they did.
func (v View) Write(w *scapio.Writer, d Dump) (events int, err error) {
	m := v.m
	_ = w.Machine(m.Info)
	_ = w.Interfaces(m.Interfaces)
	_ = w.Users(v.hostUsers())
	threads := v.kept(d.Keep)
	list := make([]scapio.Thread, len(threads))
	for i, t := range threads {
		list[i] = v.listed(t)
	}
	_ = w.Threads(list)
	ports := v.serverPorts(threads)
	var late []lateFD
	for _, t := range threads {
		open := v.own(t)
		if len(open) == 0 && !t.Main() {
			continue
		}
		fds := make([]scapio.FD, 0, len(open))
		for _, fd := range open {
			calls := fd.calls(ports)
			if calls == nil {
				fds = append(fds, fd.listed(ports))
			}
			if calls = append(calls, fd.tried()...); len(calls) > 0 {
				late = append(late, lateFD{t.TID, calls})
			}
		}
		_ = w.FDs(t.TID, fds)
	}
	if err := w.Err(); err != nil {
		return 0, err
	}
	return v.writeEvents(w, d.TS, late)
}

// hostUsers returns the users and groups of the host.
func (v View) hostUsers() (users []scapio.User, groups []scapio.Group) {
	for _, u := range v.Users() {
		if u.Container == "" {
			users = append(users, scapio.User{UID: u.UID, GID: u.GID, Name: u.Name, Home: u.Home, Shell: u.Shell})
		}
	}
	for _, g := range v.Groups() {
		if g.Container == "" {
			groups = append(groups, scapio.Group{GID: g.GID, Name: g.Name})
		}
	}
	return users, groups
}

// kept returns the threads to write, by tid.
func (v View) kept(keep func(*Thread) bool) (list []*Thread) {
	all := v.Threads()
	alive := map[int64]bool{} // processes that a thread is left of: their dead leader still holds what they share
	for _, t := range all {
		alive[t.PID] = alive[t.PID] || t.Flags&Closed == 0
	}
	for _, t := range all {
		switch {
		case keep != nil && !keep(t):
		case t.Flags&Closed != 0 && !alive[t.PID]: // its last event was its end
		default:
			list = append(list, t)
		}
	}
	return list
}

// own returns the descriptors that stand in the list of thread t: those of its process only with the main thread.
func (v View) own(t *Thread) []OpenFD {
	if t.Flags&CloneFiles != 0 && !t.Main() {
		return nil
	}
	return v.FDs(t)
}

func (v View) listed(t *Thread) scapio.Thread {
	u := v.Usage(t)
	l := scapio.Thread{
		TID: t.TID, PID: t.PID, PTID: t.PTID, SID: t.SID, VPGID: t.VPGID, PGID: t.PGID, VTID: t.VTID, VPID: t.VPID,
		Comm: t.Comm, Exe: t.Exe, ExePath: t.ExePath, Root: t.Root, Args: t.Args, FDLimit: t.FDLimit, Flags: t.Flags,
		UID: t.UID, GID: t.GID, LoginUID: t.LoginUID, TTY: t.TTY, CapInheritable: t.CapInheritable,
		CapPermitted: t.CapPermitted, CapEffective: t.CapEffective, ExeIno: t.ExeIno, ExeCtime: t.ExeCtime,
		ExeMtime: t.ExeMtime, ExeWritable: t.ExeWritable, ExeUpper: t.ExeUpper, ExeLower: t.ExeLower, ExeMemfd: t.ExeMemfd,
		PIDNSInitStart: t.PIDNSInitStart, VMSize: u.VMSize, VMRSS: u.VMRSS, VMSwap: u.VMSwap,
		PFMajor: u.PFMajor, PFMinor: u.PFMinor,
	}
	if t.Cgroups != "" {
		l.Cgroups = t.Cgroups + "\x00"
	}
	if t.Main() {
		l.Cwd, l.Env = t.Cwd, t.Env
	}
	return l
}

// serverPorts returns the ports that readers will take for listening ones (see endOpening).
func (v View) serverPorts(threads []*Thread) map[uint16]bool {
	ports := map[uint16]bool{}
	for _, t := range threads {
		for _, fd := range v.own(t) {
			if fd.InetServer() {
				ports[fd.Tuple.SPort] = true
			}
		}
	}
	return ports
}

func (f OpenFD) listed(ports map[uint16]bool) scapio.FD {
	t := f.Tuple
	if f.Type == scapio.FDIPv4 {
		t, _ = storedTuple(f.FD, ports)
	}
	return scapio.FD{
		Num: f.Num, Ino: f.Ino, Type: f.Type, Name: f.Name, OpenFlags: f.OpenFlags, Dev: f.Dev, SIP: t.SIP, DIP: t.DIP,
		SPort: t.SPort, DPort: t.DPort, L4: f.L4, Src: f.Src, Dst: f.Dst,
	}
}

// storedTuple returns the ends of an IPv4 socket in the order from which readers find the order it has here: they swap
// the ends when the first has a listening port. Where no order gives the right side (right is false), the one that gives
// the right name.
func storedTuple(f *FD, ports map[uint16]bool) (t Tuple, right bool) {
	plain, swapped := f.Tuple, f.Tuple.swapped()
	if f.FromProc && f.Role == NoRole { // listed, and no event so far: still in the order of a list
		return plain, true
	}
	plainKept, swappedBack := !ports[plain.SPort], ports[swapped.SPort]
	switch {
	case f.Role == Server && swappedBack:
		return swapped, true
	case plainKept:
		return plain, f.Role == Client
	case swappedBack:
		return swapped, false
	}
	return plain, false
}

// lateFD is a descriptor that only calls can tell of.
type lateFD struct {
	tid   int64
	calls []Call
}

func (v View) writeEvents(w *scapio.Writer, ts uint64, late []lateFD) (n int, err error) {
	event := func(flags uint32, tid int64, typ uint16, params ...[]byte) {
		if err == nil {
			err = w.Event(0, flags, ts, tid, typ, params...)
			n++
		}
	}
	for _, c := range v.Containers() {
		if b := c.JSON(); b != nil {
			event(0, -1, evtable.ContainerJson2E, append(b, 0))
		}
	}
	for _, u := range v.Users() {
		if u.Container != "" {
			event(0, -1, evtable.UserAddedE, u32(u.UID), u32(u.GID), str(u.Name), str(u.Home), str(u.Shell), str(u.Container))
		}
	}
	for _, g := range v.Groups() {
		if g.Container != "" {
			event(0, -1, evtable.GroupAddedE, u32(g.GID), str(g.Name), str(g.Container))
		}
	}
	for _, l := range late {
		for _, c := range l.calls {
			event(evt.StateOnly, l.tid, c.Type, c.Params...)
		}
	}
	return n, err
}

func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
func u64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
func str(s string) []byte { return append([]byte(s), 0) }
