package state

import (
	"bytes"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// Two events about one new thread that are further apart than this are about two threads (STATE_ENGINE §4).
const cloneWindow = 2_000_000_000 // ns

func (x *ctx) ret() int64 {
	v, ok := x.a.Int(0)
	if !ok {
		return -1
	}
	return v
}

func (x *ctx) int(i int, absent int64) int64 {
	if v, ok := x.a.Int(i); ok {
		return v
	}
	return absent
}

func (x *ctx) uint(i int) uint64 {
	v, _ := x.a.Uint(i)
	return v
}

func (x *ctx) str(i int) string {
	s, _ := x.a.Str(i)
	return x.m.intern(s)
}

func (x *ctx) blob(i int) string { return x.m.intern(x.a.Param(i)) }

// clone handles the exits of clone, fork, vfork and clone3, on either side.
func clone(x *ctx) {
	switch ret := x.ret(); {
	case ret < 0:
	case ret > 0:
		x.cloneParent(ret)
	default:
		x.cloneChild()
	}
}

func (x *ctx) cloneParent(child int64) {
	m := x.m
	caller := m.get(x.ev.TID)
	x.t = caller
	flags := uint32(x.uint(15))
	valid := !caller.row.Invalid()
	if !valid {
		r := m.edit(caller)
		r.PID, r.PTID = x.int(4, -1), x.int(5, -1)
		r.VTID, r.VPID = x.int(18, r.TID), x.int(19, -1)
		r.Fake = false
		m.link(caller)
	}
	if flags&(ChildInPIDNS|CloneNewPID|CloneParent|CloneVfork) != 0 || x.a.Type.Name == "vfork" ||
		caller.row.TID != caller.row.VTID {
		return
	}
	if old := m.find(child); old != nil {
		if old.row.Flags&CloneInverted != 0 {
			return
		}
		m.remove(old)
		if caller.row == nil { // its process ended with the thread whose tid was used again
			caller = m.get(x.ev.TID)
			x.t, valid = caller, false
		}
	}
	r := m.inherit(caller, child)
	if flags&CloneThread != 0 {
		r.PID, r.PTID = caller.row.PID, caller.row.PTID
		flags |= CloneFiles
		r.ExecTS = caller.row.ExecTS
	} else {
		r.PID, r.PTID = child, caller.row.TID
		if valid {
			if tab := m.table(caller); tab != nil {
				r.table = tab.fork(m.now)
			}
			r.Cwd, r.Env = m.cwd(caller), m.env(caller)
		}
	}
	r.VTID, r.VPID = child, r.PID
	r.Flags = flags
	x.describe(r)
	r.CloneTS = m.ts
	if !valid {
		c := m.edit(caller)
		c.Exe, c.Comm, c.Args = r.Exe, r.Comm, r.Args
	}
	m.add(r)
	m.fixMain(r)
}

// fixMain keeps what belongs to the process out of the rows of its other threads.
func (m *Machine) fixMain(r *Thread) {
	if !r.Main() {
		r.Cwd = ""
	}
}

// inherit returns a row for a new thread with what it takes from another one.
func (m *Machine) inherit(from *thr, tid int64) *Thread {
	f := from.row
	return &Thread{
		TID: tid, SID: f.SID, VPGID: f.VPGID, PGID: f.PGID, VTID: -1, VPID: -1, PID: -1, PTID: -1,
		ExePath: f.ExePath, Root: f.Root, LoginUID: f.LoginUID, TTY: f.TTY,
		CapInheritable: f.CapInheritable, CapPermitted: f.CapPermitted, CapEffective: f.CapEffective,
		ExeIno: f.ExeIno, ExeCtime: f.ExeCtime, ExeMtime: f.ExeMtime,
		ExeWritable: f.ExeWritable, ExeUpper: f.ExeUpper, ExeLower: f.ExeLower, ExeMemfd: f.ExeMemfd,
		Cgroups: f.Cgroups, Container: f.Container, Env: m.env(from), PIDNSInitStart: f.PIDNSInitStart,
		UID: noID, GID: noID,
	}
}

// describe fills a new thread's row from the parameters of a clone event.
func (x *ctx) describe(r *Thread) {
	r.Exe, r.Args = x.str(1), x.blob(2)
	r.FDLimit = x.int(7, 0)
	r.PFMajor, r.PFMinor = x.uint(8), x.uint(9)
	r.VMSize, r.VMRSS, r.VMSwap = uint32(x.uint(10)), uint32(x.uint(11)), uint32(x.uint(12))
	if r.Comm = x.str(13); r.Comm == "" {
		r.Comm = r.Exe
	}
	if cg := x.a.Param(14); len(cg) > 0 {
		r.Cgroups = x.m.cgroups(cg)
		r.Container = containerID(r.Cgroups)
	}
	if v, ok := x.a.Uint(16); ok {
		r.UID = uint32(v)
	}
	if v, ok := x.a.Uint(17); ok {
		r.GID = uint32(v)
	}
	if v := x.uint(20); v != 0 {
		r.PIDNSInitStart = v
	}
}

func (x *ctx) cloneChild() {
	m := x.m
	tid := x.ev.TID
	if old := m.find(tid); old != nil {
		x.t = old
		if old.row.CloneTS != 0 && m.ts-old.row.CloneTS < cloneWindow {
			return
		}
		if old.row.CloneTS == 0 && old.row.PID != x.int(4, -1) {
			// Its exit was never seen. libsinsp leaves it counted in its old process, which so outlives its other
			// threads; their later events keep the process's name that way.
			m.erase(old)
		} else {
			m.remove(old)
		}
	}
	flags := uint32(x.uint(15))
	pid, ptid := x.int(4, -1), x.int(5, -1)
	vtid, vpid := int64(-1), int64(-1)
	if v, ok := x.a.Int(19); ok {
		vpid = v
		vtid = x.int(18, -1)
	} else {
		vtid = tid
	}
	thread := flags&CloneThread != 0
	source := ptid
	if thread {
		source = pid
		flags |= CloneFiles
	}
	from := m.find(source)
	valid := from != nil && !from.row.Invalid()
	if from == nil {
		from = m.get(source)
		if thread { // the leader is what its thread says
			f := m.edit(from)
			f.Exe, f.Args = x.str(1), x.blob(2)
			if f.Comm = x.str(13); f.Comm == "" {
				f.Comm = f.Exe
			}
			f.PID, f.PTID = pid, ptid
			f.VPID, f.VTID = vpid, vpid
			f.Fake = false
			m.link(from)
		}
	}
	r := m.inherit(from, tid)
	r.PID, r.PTID, r.VTID, r.VPID = pid, ptid, vtid, vpid
	r.Flags = flags | CloneInverted
	if !thread && valid {
		if tab := m.table(from); tab != nil {
			r.table = tab.fork(m.now)
		}
		r.Cwd, r.Env = m.cwd(from), m.env(from)
	}
	if thread {
		r.ExecTS = from.row.ExecTS
	}
	x.describe(r)
	r.CloneTS = m.ts
	x.t = m.add(r)
	m.fixMain(r)
}

// execve handles the exits of execve and execveat.
func execve(x *ctx) {
	m := x.m
	if x.ret() < 0 || x.t == nil {
		return
	}
	t := x.t
	// The path is told by what the caller was before.
	path := x.execPath()
	r := m.edit(t)
	invalid := r.Invalid()
	setStr := func(dst *string, i int) {
		if s, ok := x.a.Str(i); ok {
			*dst = m.intern(s)
		}
	}
	setInt := func(dst *int64, i int) {
		if v, ok := x.a.Int(i); ok {
			*dst = v
		}
	}
	setU32 := func(dst *uint32, i int) {
		if v, ok := x.a.Uint(i); ok {
			*dst = uint32(v)
		}
	}
	setU64 := func(dst *uint64, i int) {
		if v, ok := x.a.Uint(i); ok {
			*dst = v
		}
	}
	setStr(&r.Exe, 1)
	r.Args = x.blob(2)
	setInt(&r.PID, 4)
	if invalid {
		setInt(&r.PTID, 5)
		r.Fake = false
	}
	setInt(&r.FDLimit, 7)
	setU64(&r.PFMajor, 8)
	setU64(&r.PFMinor, 9)
	setU32(&r.VMSize, 10)
	setU32(&r.VMRSS, 11)
	setU32(&r.VMSwap, 12)
	if s, ok := x.a.Str(13); ok {
		r.Comm = m.intern(s)
	} else if r.Exe != "" { // before 2014 the event had no command name
		r.Comm = baseName(r.Exe)
	}
	if cg := x.a.Param(14); len(cg) > 0 {
		r.Cgroups = m.cgroups(cg)
		r.Container = containerID(r.Cgroups)
	}
	if len(x.a.Param(15)) > 0 {
		r.Env = x.blob(15)
	}
	setU32(&r.TTY, 16)
	setInt(&r.VPGID, 17)
	setU32(&r.LoginUID, 18)
	if v, ok := x.a.Uint(19); ok {
		r.ExeWritable, r.ExeUpper, r.ExeMemfd, r.ExeLower = v&1 != 0, v&2 != 0, v&4 != 0, v&8 != 0
	}
	setU64(&r.CapInheritable, 20)
	setU64(&r.CapPermitted, 21)
	setU64(&r.CapEffective, 22)
	setU64(&r.ExeIno, 23)
	setU64(&r.ExeCtime, 24)
	setU64(&r.ExeMtime, 25)
	setU32(&r.UID, 26)
	r.PGID = x.int(28, -1)
	setU32(&r.GID, 29)
	if path != "" {
		r.ExePath = path
	}
	r.ExecTS = m.ts
	if r.Flags&Closed != 0 && t.group != nil { // a dead thread comes back to life
		t.group.alive++
	}
	r.Flags = NameChanged | r.Flags&(PipeSrc|PipeDst|IsMainThread|CloneInverted|ChildInPIDNS)
	if invalid && !r.Invalid() {
		if !r.InPIDNS() && r.VTID < 0 {
			r.VTID, r.VPID = r.TID, r.PID
		}
		m.link(t)
	}
	if g := t.group; g != nil {
		for _, o := range append([]*thr(nil), g.members...) {
			if o != t && o.row != nil && !o.row.Main() {
				m.remove(o)
			}
		}
	}
	if t.row != nil {
		m.closeOnExec(t)
	}
}

func (m *Machine) closeOnExec(t *thr) {
	tab := m.table(t)
	if tab == nil {
		return
	}
	var gone []int64
	tab.each(m.now, func(num int64, fd *FD) bool {
		if fd.OpenFlags&cloexec != 0 {
			gone = append(gone, num)
		}
		return true
	})
	for _, num := range gone {
		tab.set(num, m.now, nil)
	}
}

func baseName(s string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return s[i+1:]
		}
	}
	return s
}

var deletedSuffix = []byte(" (deleted)")

// execPath returns the path of the new program: what the kernel says, else the call's own argument resolved.
func (x *ctx) execPath() string {
	m := x.m
	if x.a.N > 27 {
		if p, ok := x.a.Str(27); ok {
			return m.intern(bytes.TrimSuffix(p, deletedSuffix))
		}
	}
	var p []byte
	switch {
	case x.enter == nil:
		if f, ok := x.a.Str(30); ok && x.a.Type.ID == evtable.SyscallExecve19X {
			p = evt.JoinPath(m.path[:0], []byte(m.cwd(x.t)), f)
			break
		}
		return ""
	case x.enter.Type == evtable.SyscallExecveatE:
		dirfd, _ := evt.Int(x.enter.Param(0))
		name, ok := evt.Str(x.enter.Param(1))
		flags, _ := evt.Uint(x.enter.Param(2))
		if bytes.Equal(name, []byte("<NA>")) {
			name, ok = nil, false
		}
		switch {
		case (!ok || len(name) == 0) && flags&(1<<12) != 0: // AT_EMPTY_PATH
			fd := m.fd(x.t, dirfd)
			if fd == nil {
				return "<NA>"
			}
			p = append(m.path[:0], fd.Name...)
		case !ok || len(name) == 0:
			return "<NA>"
		default:
			dir := m.dir(x.t, dirfd)
			if dir == unknownDir && name[0] != '/' {
				return "<NA>"
			}
			p = evt.JoinPath(m.path[:0], []byte(dir), name)
		}
	default:
		name, ok := evt.Str(x.enter.Param(0))
		if !ok || bytes.Equal(name, []byte("<NA>")) {
			return "<NA>"
		}
		p = evt.JoinPath(m.path[:0], []byte(m.cwd(x.t)), name)
	}
	m.path = p
	return m.intern(bytes.TrimSuffix(p, deletedSuffix))
}

// procexit marks the thread dead; it goes before the next event.
func procexit(x *ctx) {
	t := x.t
	if t == nil || t.row.Flags&Closed != 0 {
		return
	}
	r := x.m.edit(t)
	r.Flags |= Closed
	if t.group != nil {
		t.group.alive--
	}
	x.m.exited = t
	x.m.reaperOf = 0
	if v := x.int(4, 0); v > 0 && x.m.hasChildren(t) {
		x.m.reaperOf = v
	}
}

func (m *Machine) hasChildren(t *thr) bool {
	for _, c := range t.children {
		if c.row != nil && c.row.PTID == t.tid {
			return true
		}
	}
	return false
}

// remove ends a thread: its children move to the next reaper, its process ends with its last thread.
func (m *Machine) remove(t *thr) {
	if t.row == nil {
		return
	}
	reaper := m.reaperOf
	m.reaperOf = 0
	g := t.group
	if t.row.Invalid() || g == nil {
		m.erase(t)
		return
	}
	if t.row.Flags&Closed == 0 {
		m.edit(t).Flags |= Closed
		g.alive--
	}
	if m.hasChildren(t) {
		m.reparent(t, reaper)
	}
	if g.alive <= 0 {
		delete(m.procs, g.pid)
		leader := m.find(g.pid)
		m.erase(t)
		if leader != nil && leader != t && leader.group == g {
			m.erase(leader)
		}
		return
	}
	if !t.row.Main() {
		m.erase(t)
		for i, o := range g.members {
			if o == t {
				g.members = append(g.members[:i:i], g.members[i+1:]...)
				break
			}
		}
	}
}

func (m *Machine) erase(t *thr) {
	if t.row == nil {
		return
	}
	t.row.To = m.now
	m.forget(t)
	t.row, t.group, t.children = nil, nil, nil
	m.live--
}

func (m *Machine) reparent(t *thr, reaper int64) {
	var r *thr
	if reaper > 0 {
		r = m.get(reaper)
		if r.row.Invalid() {
			r = nil
		}
	}
	if r == nil {
		r = m.findReaper(t)
	}
	if r == t {
		r = nil
	}
	if r != nil && r.group != nil && r.group != t.group {
		r.group.reaper = true
	}
	for _, c := range t.children {
		if c.row == nil || c.row.PTID != t.tid || c == r {
			continue
		}
		if r == nil {
			m.edit(c).PTID = 0
			continue
		}
		m.edit(c).PTID = r.tid
		r.children = append(r.children, c)
	}
	t.children = nil
}

func (m *Machine) findReaper(t *thr) *thr {
	for _, o := range t.group.members {
		if o != t && o.row != nil && o.row.Flags&Closed == 0 {
			return o
		}
	}
	seen := map[int64]bool{t.tid: true}
	for p := m.find(t.row.PTID); p != nil; p = m.find(p.row.PTID) {
		if seen[p.tid] || p.row.InPIDNS() != t.row.InPIDNS() {
			return nil
		}
		seen[p.tid] = true
		if p.group == nil || !p.group.reaper {
			continue
		}
		for _, o := range p.group.members {
			if o != t && o.row != nil && o.row.Flags&Closed == 0 {
				return o
			}
		}
	}
	return nil
}

// cwd returns the working directory of t's process, with its trailing slash.
func (m *Machine) cwd(t *thr) string {
	if l := m.main(t); l != nil {
		return l.row.Cwd
	}
	return "./"
}

func (m *Machine) env(t *thr) string {
	if l := m.main(t); l != nil {
		return l.row.Env
	}
	return t.row.Env
}

const unknownDir = "<UNKNOWN>"

// dir returns the directory a *at call is relative to.
func (m *Machine) dir(t *thr, dirfd int64) string {
	if dirfd == atFDCWD {
		return m.cwd(t)
	}
	return dirOf(m.fd(t, dirfd))
}

func dirOf(fd *FD) string {
	if fd == nil {
		return unknownDir
	}
	if n := len(fd.Name); n == 0 || fd.Name[n-1] == '/' {
		return fd.Name
	}
	return fd.Name + "/"
}

const atFDCWD = -100

func (x *ctx) setCwd(path []byte) {
	m := x.m
	l := m.main(x.t)
	if l == nil {
		return
	}
	m.path = evt.JoinPath(m.path[:0], []byte(l.row.Cwd), path)
	if n := len(m.path); n == 0 || m.path[n-1] != '/' {
		m.path = append(m.path, '/')
	}
	if string(m.path) != l.row.Cwd {
		m.edit(l).Cwd = m.intern(m.path)
	}
}

func chdir(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	x.setCwd(x.path(1))
}

func fchdir(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	if fd := x.m.fd(x.t, x.int(1, -1)); fd != nil && fd.Name != "" {
		x.setCwd([]byte(fd.Name))
	}
}

// setID handles the set*id calls: parameter i becomes the user or group.
func setID(i int, group bool) func(*ctx) {
	return func(x *ctx) {
		v, ok := x.a.Uint(i)
		if x.t == nil || x.ret() != 0 || !ok {
			return
		}
		id := uint32(v)
		if id == noID { // -1 leaves it as it is (setresuid(2))
			return
		}
		switch r := x.t.row; {
		case group && r.GID != id:
			x.m.edit(x.t).GID = id
		case !group && r.UID != id:
			x.m.edit(x.t).UID = id
		}
	}
}

func setsid(x *ctx) {
	if ret := x.ret(); x.t != nil && ret >= 0 && x.t.row.SID != ret {
		x.m.edit(x.t).SID = ret
	}
}

func chroot(x *ctx) {
	if x.t == nil || x.ret() != 0 {
		return
	}
	p := x.path(1)
	m := x.m
	if len(p) > 0 && p[0] != '/' {
		m.path = evt.JoinPath(m.path[:0], []byte(m.cwd(x.t)), p)
		p = m.path
	}
	m.edit(x.t).Root = m.intern(p)
}

func prctl(x *ctx) {
	if x.t == nil || x.ret() < 0 || x.t.row.Invalid() || x.t.group == nil {
		return
	}
	if opt := x.uint(1); opt == 36 || opt == 37 { // PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER
		x.t.group.reaper = x.int(3, 0) != 0
	}
}

const rlimitNofile = 7

func setLimit(res, cur int) func(*ctx) {
	return func(x *ctx) {
		if x.t == nil || x.ret() < 0 || x.uint(res) != rlimitNofile {
			return
		}
		x.limit(x.t, x.int(cur, -1))
	}
}

func (x *ctx) limit(t *thr, cur int64) {
	if l := x.m.main(t); l != nil && cur != -1 && l.row.FDLimit != cur {
		x.m.edit(l).FDLimit = cur
	}
}

func prlimit(x *ctx) {
	if x.ret() != 0 || x.uint(6) != rlimitNofile {
		return
	}
	t := x.t
	if pid := x.int(5, 0); pid != 0 {
		t = x.m.find(pid)
	}
	if t != nil {
		x.limit(t, x.int(1, -1))
	}
}

func capset(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	r := x.m.edit(x.t)
	r.CapInheritable, r.CapPermitted, r.CapEffective = x.uint(1), x.uint(2), x.uint(3)
}

// newUser handles unshare and setns: a new user namespace gives all capabilities in it.
func newUser(flags int) func(*ctx) {
	return func(x *ctx) {
		if x.t == nil || x.ret() < 0 || x.uint(flags)&CloneNewUser == 0 {
			return
		}
		r := x.m.edit(x.t)
		r.CapInheritable, r.CapPermitted, r.CapEffective = allCaps, allCaps, allCaps
	}
}
