package evt

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/scapls/scapls/scapio/evtable"
)

// atFDCWD is the descriptor that stands for the working directory (AT_FDCWD).
const atFDCWD = -100

// path appends a path without its unprintable bytes. A relative one resolves to the path joined to its directory.
func (t *text) path(pt evtable.PT, v []byte) {
	s, ok := Str(v)
	if !ok {
		t.dst = append(t.dst, "<NA>"...)
		return
	}
	t.dst = TrimUnprintable(t.dst, s)
	if len(s) == 0 || s[0] == '/' || t.n == nil {
		return
	}
	base, slash := "", false
	if pt == evtable.PTFspath || t.p.DirFD < 0 {
		base = t.n.Cwd()
	} else if num, ok := t.a.Int(int(t.p.DirFD)); ok {
		base, slash = t.dir(num)
	}
	t.resolve()
	t.dst = joinPath(t.dst, base, slash, s)
}

// dir returns the directory a descriptor stands for, and whether a slash goes behind it: always, even where there is
// one (so print the sysdigs). It is empty when the descriptor is unknown or has no name.
func (t *text) dir(num int64) (base string, slash bool) {
	if num == atFDCWD {
		return t.n.Cwd(), false
	}
	fd, ok := t.n.FD(num)
	if !ok || fd.Name == "" {
		return "", false
	}
	return fd.Name, true
}

// buffer appends bytes, with a dot for each unprintable one.
func (t *text) buffer(v []byte) {
	v, dots := limit(v, t.st, 1)
	from := len(t.dst)
	t.dst = append(t.dst, v...)
	for i, c := range t.dst[from:] {
		if c < 0x20 || c > 0x7e {
			t.dst[from+i] = '.'
		}
	}
	t.dst = append(t.dst, dots...)
}

// strings appends NUL-separated strings with sep between them.
func (t *text) strings(v []byte, sep byte) {
	if v[len(v)-1] == 0 {
		v = v[:len(v)-1]
	}
	for _, c := range v {
		if c == 0 {
			c = sep
		}
		t.dst = append(t.dst, c)
	}
}

func (t *text) fd(num int64) {
	t.dst = AppendInt(t.dst, num)
	switch {
	case num >= 0:
		if t.n == nil {
			return
		}
		fd, ok := t.n.FD(num)
		if !ok {
			return
		}
		t.resolve()
		t.dst = append(t.dst, '<', fd.TypeChar)
		if fd.L4Char != 0 {
			t.dst = append(t.dst, fd.L4Char)
		}
		t.dst = append(t.dst, '>')
		t.dst = TrimUnprintable(t.dst, fd.Name)
	case num == atFDCWD:
		t.word("AT_FDCWD")
	default:
		t.word(errnoName(num))
	}
}

// fdlist appends the entries of a poll list: "3:u1 4:?0".
func (t *text) fdlist(v []byte) {
	if len(v) < 2 {
		return
	}
	const size = 10
	count := int(binary.LittleEndian.Uint16(v))
	v = v[2:]
	for i := range min(count, len(v)/size) {
		if i > 0 {
			t.dst = append(t.dst, ' ')
		}
		fd := binary.LittleEndian.Uint64(v[i*size:])
		char := byte('?')
		if t.n != nil && int64(fd) >= 0 {
			if info, ok := t.n.FD(int64(fd)); ok {
				char = info.TypeChar
			}
		}
		t.dst = AppendUint(t.dst, fd)
		t.dst = append(t.dst, ':', char)
		flags := uint32(int32(int16(binary.LittleEndian.Uint16(v[i*size+8:]))))
		t.dst = strconv.AppendUint(t.dst, uint64(flags), 16)
	}
}

// owner appends a user or group.
func (t *text) owner(pt evtable.PT, s int64, u uint64) {
	if uint32(u) == 1<<32-1 {
		t.dst = append(t.dst, "-1"...)
		t.word("<NONE>")
		return
	}
	t.dst = AppendInt(t.dst, s)
	if t.n == nil {
		return
	}
	lookup := t.n.User
	if pt == evtable.PTGID {
		lookup = t.n.Group
	}
	name, ok := lookup(uint32(u))
	if !ok {
		name = "<NA>"
	}
	t.resolve()
	t.dst = append(t.dst, name...)
}

// flags appends the names of the bits of v: the table is walked in its order, a name takes its bits away, and a name
// that is the whole value ends the walk.
func (t *text) flags(v uint32) {
	if t.st.Legacy && len(t.p.Flags) > 0 && &t.p.Flags[0] == &evtable.FutexOperations[0] {
		t.enum(v)
		return
	}
	rest := v
	for i := range t.p.Flags {
		f := &t.p.Flags[i]
		if t.st.Legacy && laterFlag(f.Name) {
			continue
		}
		if f.Value == v {
			t.name(f.Name)
			return
		}
		if f.Value != 0 && rest != 0 && rest&f.Value == f.Value {
			t.name(f.Name)
			rest &^= f.Value
		}
	}
}

// laterFlag tells flags that got their names after sysdig 0.36.
func laterFlag(name string) bool {
	switch name {
	case "FD_UPPER_LAYER", "FD_LOWER_LAYER", "EXE_LOWER_LAYER", "CLONE_CHILD_IN_PIDNS":
		return true
	}
	return false
}

// enum appends every name of exactly the value v.
func (t *text) enum(v uint32) {
	for i := range t.p.Flags {
		if t.p.Flags[i].Value == v {
			t.name(t.p.Flags[i].Name)
		}
	}
}

// name appends one of several names.
func (t *text) name(s string) {
	if t.at < 0 {
		t.resolve()
	} else {
		t.dst = append(t.dst, '|')
	}
	t.dst = append(t.dst, s...)
}

// sigset appends the names of the signals in a set.
func (t *text) sigset(set uint32) {
	first := true
	for bit := range 32 {
		if set&(1<<bit) == 0 {
			continue
		}
		if name := evtable.Signal(bit + 1); name != "" {
			if !first {
				t.dst = append(t.dst, ' ')
			}
			t.dst = append(t.dst, name...)
			first = false
		}
	}
}

// duration appends nanoseconds; they resolve to seconds as C's %g prints them.
func (t *text) duration(ns uint64) {
	if ns == 1<<64-1 {
		t.dst = append(t.dst, "none"...)
		return
	}
	t.dst = AppendUint(t.dst, ns)
	t.resolve()
	t.dst = strconv.AppendFloat(t.dst, float64(ns)/1e9, 'g', 6, 64)
	t.dst = append(t.dst, 's')
}

// AppendTime appends ns since the epoch as date and time in loc (nil: UTC): "2023-11-14 22:13:20.000000001".
func AppendTime(dst []byte, ns uint64, loc *time.Location) []byte {
	if loc == nil {
		loc = time.UTC
	}
	t := time.Unix(int64(ns/1e9), int64(ns%1e9)).In(loc)
	return t.AppendFormat(dst, "2006-01-02 15:04:05.000000000")
}
