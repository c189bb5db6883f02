package state

import (
	"fmt"
	"unsafe"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
)

// addFD makes fd the descriptor num of the event's thread.
func (x *ctx) addFD(num int64, fd *FD) {
	x.addFDTo(x.t, num, fd)
	x.t.lastFD = num
	x.facts.FD = fd
	x.facts.FDNum = num
}

func (x *ctx) addFDTo(t *thr, num int64, fd *FD) {
	m := x.m
	tab := m.table(t)
	if tab == nil {
		return
	}
	fd.Num, fd.From = num, m.now
	if fd.Born == 0 {
		fd.Born = m.now
	}
	m.numberFD(fd)
	if !tab.set(num, m.now, fd) {
		m.FDRefused++
	}
}

func (m *Machine) numberFD(fd *FD) {
	m.changed = true
	if m.present {
		return
	}
	fd.Row = uint32(len(m.fds))
	m.fds = append(m.fds, fd)
	if fd.Stream == 0 {
		fd.Stream = fd.Row + 1
	}
}

// editFD returns a version of fd for a change at this event, also of its object, and puts it in its place.
func (x *ctx) editFD(fd *FD) *FD {
	if fd.From == x.m.now && fd == x.facts.FD {
		fd.own()
		return fd
	}
	c := *fd
	c.own()
	c.From = x.m.now
	x.m.numberFD(&c)
	if tab := x.m.table(x.t); tab != nil {
		tab.set(c.Num, x.m.now, &c)
	}
	x.facts.FD = &c
	return &c
}

// file adds an opened file or directory. name is joined to base unless absolute.
func (x *ctx) file(num int64, base string, name []byte, flags uint64, dev, ino int) {
	m := x.m
	m.path = evt.JoinPath(m.path[:0], []byte(base), name)
	fd := &FD{Type: scapio.FDFileV2, OpenFlags: uint32(flags)}
	if flags&directory != 0 {
		fd.Type = scapio.FDDirectory
	}
	o := Object{Name: m.intern(m.path), Raw: m.intern(name)}
	if v, ok := x.a.Uint(dev); ok {
		o.Dev = uint32(v)
	}
	if v, ok := x.a.Uint(ino); ok {
		o.Ino = v
	}
	fd.Object = m.file(&o)
	x.addFD(num, fd)
}

// file returns an object equal to o: the same ones are opened again and again.
func (m *Machine) file(o *Object) *Object {
	if m.files == nil {
		m.files = new([1 << 10]*Object)
	}
	at := &m.files[uintptr(unsafe.Pointer(unsafe.StringData(o.Name)))>>3%uintptr(len(m.files))] // equal names are one string
	if *at == nil || **at != *o {
		c := *o
		*at = &c
	}
	return *at
}

// pathArg returns parameter name, the path of the call. The enter event's, which the kernel acted on, wins.
func (x *ctx) pathArg(name, entered int) (path []byte, fromEnter bool) {
	if x.enter != nil && x.enter.N > entered {
		if e, ok := evt.Str(x.enter.Param(entered)); ok && string(e) != "<NA>" {
			return e, true
		}
	}
	return x.path(name), false
}

// path returns parameter i as a path; one that is missing reads "<NA>", as in libsinsp.
func (x *ctx) path(i int) []byte {
	if p, ok := x.a.Str(i); ok {
		return p
	}
	return missing
}

var missing = []byte("<NA>")

// openArgs returns path and flags of an open, which stand one before in the enter event.
func (x *ctx) openArgs(name, flags int) ([]byte, uint64) {
	p, entered := x.pathArg(name, name-1)
	f := x.uint(flags)
	if entered {
		if ef, ok := evt.Uint(x.enter.Param(flags - 1)); ok {
			f = ef | f&^(1<<14-1)
		}
	}
	return p, f
}

func openFD(x *ctx) {
	num := x.ret()
	if num < 0 || x.t == nil {
		return
	}
	p, f := x.openArgs(1, 2)
	x.file(num, x.m.cwd(x.t), p, f, 4, 5)
}

func creat(x *ctx) {
	num := x.ret()
	if num < 0 || x.t == nil {
		return
	}
	p, _ := x.pathArg(1, 0)
	x.file(num, x.m.cwd(x.t), p, 0, 3, 4)
}

func openat(dev, ino int) func(*ctx) {
	return func(x *ctx) {
		num := x.ret()
		if num < 0 || x.t == nil {
			return
		}
		dirfd := x.int(1, atFDCWD)
		if x.enter != nil && x.enter.N > 0 {
			if v, ok := evt.Int(x.enter.Param(0)); ok {
				dirfd = v
			}
		}
		p, f := x.openArgs(2, 3)
		base := ""
		if len(p) == 0 || p[0] != '/' {
			base = x.m.dir(x.t, dirfd)
		}
		x.file(num, base, p, f, dev, ino)
		if base != "" && dirfd != atFDCWD {
			x.legacyPath(dirfd, p)
		}
	}
}

// legacyPath notes the name that a path relative to the root's own descriptor had in older sysdigs.
func (x *ctx) legacyPath(dirfd int64, p []byte) {
	fd := x.facts.FD
	dir := x.m.fd(x.t, dirfd)
	if dir == nil || fd == nil || dir == fd || (dir.Legacy == "" && dir.Name != "/") {
		return
	}
	base := dir.Shown(true) + "/"
	x.m.path = evt.JoinPath(x.m.path[:0], base, p)
	fd.own()
	fd.Legacy = x.m.intern(x.m.path)
}

func openByHandle(x *ctx) {
	num := x.ret()
	if num < 0 || x.t == nil {
		return
	}
	x.file(num, "", x.path(3), x.uint(2), 4, 5)
}

func closeFD(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	tab := x.m.table(x.t)
	if tab == nil || x.t.lastFD < 0 {
		return
	}
	x.m.changed = x.m.changed || tab.now(x.t.lastFD) != nil
	c := &x.m.closing
	c.table, c.num, c.any = tab, x.t.lastFD, true
}

const closeRangeCloexec = 4

func closeRange(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	tab := x.m.table(x.t)
	if tab == nil {
		return
	}
	first, last := x.uint(1), x.uint(2)
	var nums []*FD
	tab.each(x.m.now, func(num int64, fd *FD) bool {
		if num >= 0 && uint64(num) >= first && uint64(num) <= last {
			nums = append(nums, fd)
		}
		return true
	})
	for _, fd := range nums {
		if x.uint(3)&closeRangeCloexec == 0 {
			x.m.changed = true
			tab.set(fd.Num, x.m.now, nil)
			continue
		}
		c := *fd
		c.From, c.OpenFlags = x.m.now, fd.OpenFlags|cloexec
		x.m.numberFD(&c)
		tab.set(fd.Num, x.m.now, &c)
	}
}

// dup copies descriptor old under the number the call returned. Of one that nobody knows there is nothing to copy: the event
// keeps it, as it keeps one that is copied to itself.
func (x *ctx) dup(old int64, closeOnExec bool) {
	num := x.ret()
	if x.t == nil || num < 0 {
		return
	}
	src := x.m.fd(x.t, old)
	if src == nil || num == old {
		return
	}
	c := *src
	c.Born = 0
	c.OpenFlags &^= cloexec
	if closeOnExec {
		c.OpenFlags |= cloexec
	}
	switch num {
	case 0:
		x.m.edit(x.t).Flags |= PipeDst
	case 1:
		x.m.edit(x.t).Flags |= PipeSrc
	}
	x.addFD(num, &c)
}

func dup(x *ctx)  { x.dup(x.int(1, -1), false) }
func dup3(x *ctx) { x.dup(x.int(1, -1), x.uint(3)&cloexec != 0) }

// fcntl commands as stored (PPM_FCNTL_*).
const (
	fDupFD        = 1
	fSetFD        = 3
	fDupFDCloexec = 26
)

func fcntl(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	switch x.uint(2) {
	case fDupFD:
		x.dup(x.int(1, -1), false)
	case fDupFDCloexec:
		x.dup(x.int(1, -1), true)
	case fSetFD:
		v, ok := x.a.Uint(3)
		fd := x.facts.FD
		if !ok || fd == nil {
			return
		}
		flags := fd.OpenFlags &^ cloexec
		if v&1 != 0 {
			flags |= cloexec
		}
		if flags != fd.OpenFlags {
			x.editFD(fd).OpenFlags = flags
		}
	}
}

func pipe(flags int) func(*ctx) {
	return func(x *ctx) {
		if x.t == nil || x.ret() < 0 {
			return
		}
		f := uint32(0)
		if flags >= 0 {
			f = uint32(x.uint(flags))
		}
		both := &Object{Ino: x.uint(3)}
		read, written := x.int(1, -1), x.int(2, -1)
		fds := [2]FD{{End: FirstEnd}, {End: SecondEnd}}
		if read == written { // made up for a descriptor of which it is not known (Opened)
			fds[0].End, fds[1].End = NoEnd, NoEnd
		}
		for i, num := range []int64{read, written} {
			fd := &fds[i]
			fd.Type, fd.OpenFlags, fd.Object = scapio.FDFifo, f, both
			x.addFD(num, fd)
		}
	}
}

// typed adds a descriptor of a kind that has no name.
func typed(kind uint8, flags int) func(*ctx) {
	return func(x *ctx) {
		if num := x.ret(); x.t != nil && num >= 0 {
			fd := &FD{Type: kind, Object: &nothing}
			if flags >= 0 {
				fd.OpenFlags = uint32(x.uint(flags)) & cloexec
			}
			x.addFD(num, fd)
		}
	}
}

func memfd(x *ctx) {
	if num := x.ret(); x.t != nil && num >= 0 {
		name := x.m.intern(x.path(1))
		x.addFD(num, &FD{Type: scapio.FDMemfd, Object: &Object{Name: name, Raw: name}})
	}
}

func pidfdOpen(x *ctx) {
	if num := x.ret(); x.t != nil && num >= 0 {
		pid := x.int(1, -1)
		x.addFD(num, &FD{Type: scapio.FDPidfd, Object: &Object{Name: fmt.Sprintf("/proc/%d", pid), PID: pid}})
	}
}

func pidfdGetfd(x *ctx) {
	num := x.ret()
	if x.t == nil || num < 0 {
		return
	}
	p := x.m.fd(x.t, x.int(1, -1))
	if p == nil || p.Type != scapio.FDPidfd {
		return
	}
	target := x.m.find(p.PID)
	if target == nil {
		return
	}
	if fd := x.m.fd(target, x.int(2, -1)); fd != nil {
		c := *fd
		c.Born = 0
		x.addFD(num, &c)
	}
}
