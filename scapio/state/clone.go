package state

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
			r.Cwd = m.cwd(caller)
		}
	}
	r.VTID, r.VPID = child, r.PID
	r.Flags = flags
	x.describe(r)
	r.CloneTS = m.ts
	if !valid {
		c := m.editProgram(caller)
		c.Exe, c.Comm, c.Args = r.Exe, r.Comm, r.Args
	}
	m.add(r)
}

// inherit returns a row for a new thread with what it takes from another one.
func (m *Machine) inherit(from *thr, tid int64) *Thread {
	f := from.row
	r := &Thread{
		TID: tid, SID: f.SID, VPGID: f.VPGID, PGID: f.PGID, VTID: -1, VPID: -1, PID: -1, PTID: -1, UID: noID, GID: noID, Program: f.Program,
	}
	if env := m.env(from); env != r.Env {
		r.own()
		r.Env = env
	}
	return r
}

// describe fills a new thread's row from the parameters of a clone event.
func (x *ctx) describe(r *Thread) {
	p := *r.Program
	p.Exe, p.Args = x.str(1), x.blob(2)
	p.FDLimit = x.int(7, 0)
	r.PFMajor, r.PFMinor = x.uint(8), x.uint(9)
	r.VMSize, r.VMRSS, r.VMSwap = uint32(x.uint(10)), uint32(x.uint(11)), uint32(x.uint(12))
	if r.Comm = x.str(13); r.Comm == "" {
		r.Comm = p.Exe
	}
	if cg := x.a.Param(14); len(cg) > 0 {
		p.Cgroups = x.m.cgroups(cg)
		p.Container = containerID(p.Cgroups)
	}
	if v, ok := x.a.Uint(16); ok {
		r.UID = uint32(v)
	}
	if v, ok := x.a.Uint(17); ok {
		r.GID = uint32(v)
	}
	if v := x.uint(20); v != 0 {
		p.PIDNSInitStart = v
	}
	r.change(p)
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
	vtid, vpid := tid, int64(-1)
	if v, ok := x.a.Int(19); ok {
		vtid, vpid = x.int(18, -1), v
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
			f := m.editProgram(from)
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
		r.Cwd = m.cwd(from)
	}
	if thread {
		r.ExecTS = from.row.ExecTS
	}
	x.describe(r)
	r.CloneTS = m.ts
	x.t = m.add(r)
}
