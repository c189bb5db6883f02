package state

import (
	"github.com/scapls/scapls/scapio/evt"
)

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
		// libsinsp takes a -1 literally (STATE_ENGINE §4), so that it must see this call, and the next that says the same.
		x.m.changed = true
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
	m.editProgram(x.t).Root = m.intern(p)
}

func prctl(x *ctx) {
	if x.t == nil || x.ret() < 0 || x.t.row.Invalid() || x.t.group == nil {
		return
	}
	if opt := x.uint(1); opt == 36 || opt == 37 { // PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER
		x.t.group.reaper = x.int(3, 0) != 0
		x.m.changed = true
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
		x.m.editProgram(l).FDLimit = cur
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
	r := x.m.editProgram(x.t)
	r.CapInheritable, r.CapPermitted, r.CapEffective = x.uint(1), x.uint(2), x.uint(3)
}

// newUser handles unshare and setns: a new user namespace gives all capabilities in it.
func newUser(flags int) func(*ctx) {
	return func(x *ctx) {
		if x.t == nil || x.ret() < 0 || x.uint(flags)&CloneNewUser == 0 {
			return
		}
		r := x.m.editProgram(x.t)
		r.CapInheritable, r.CapPermitted, r.CapEffective = allCaps, allCaps, allCaps
	}
}
