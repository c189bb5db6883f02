package state

import (
	"bytes"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// execve handles the exits of execve and execveat.
func execve(x *ctx) {
	m := x.m
	if x.ret() < 0 || x.t == nil {
		return
	}
	t := x.t
	// The path is told by what the caller was before.
	path := x.execPath()
	r := m.editProgram(t)
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
		m.renewUsage(t)
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
		m.changed = true
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
