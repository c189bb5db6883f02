package live

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Offsets in struct procinfo, struct fileinfo and struct pairinfo, see src/record.h of package bpf.
const (
	procFDLimit        = 0
	procMajflt         = 8
	procMinflt         = 16
	procPidns          = 24
	procCapInheritable = 32
	procCapPermitted   = 40
	procCapEffective   = 48
	procExeIno         = 56
	procExeCtime       = 64
	procExeMtime       = 72
	procVM             = 80
	procPID            = 92
	procPtid           = 96
	procVtid           = 100
	procVpid           = 104
	procUID            = 108
	procGID            = 112
	procTTY            = 116
	procLoginUID       = 120
	procPgid           = 124
	procVpgid          = 128
	procExeFlags       = 132
	procExeMode        = 136
	procExeUID         = 140
	procExeGID         = 144
	procLevel          = 148
	procChildLevel     = 152
	procComm           = 160
	procSize           = 176

	fileIno    = 0
	fileDevice = 8
)

// The sections of clone and execve behind struct procinfo.
const (
	procArgs    = 1
	procCgroups = 2
	procEnv     = 7
	procPath    = 8
)

// fileDev is the device of a file as stat shows it.
func fileDev(_ *encoder, r *record, p *rule) uint64 {
	dev := number(r, p.src, fileDevice, 4, 0)
	major, minor := dev>>20, dev&0xfffff
	return minor&0xff | major<<8 | minor&^0xff<<12
}

// inode is that of struct fileinfo, or of struct pairinfo, which has it at the same offset from its end of the descriptors.
func inode(_ *encoder, r *record, p *rule) uint64 {
	b, _ := r.of(p.src, 0)
	if len(b) == pairSize {
		return number(r, p.src, 8, 8, 0)
	}
	return number(r, p.src, fileIno, 8, 0)
}

const pairSize = 32

func pairFD(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		return uint64(int64(int32(uint32(number(r, p.src, off, 4, unset)))))
	}
}

// cloneFlagsOf are the flags of a clone, and whether the child lives in another pid namespace than the first.
func cloneFlagsOf(_ *encoder, r *record, p *rule) uint64 {
	if p.second == noSource { // unshare, setns
		return cloneFlags(r.number(p.src))
	}
	var v uint64
	if p.src >= srcOp {
		v = cloneFlags(number(r, p.src, 0, 8, 0))
	} else {
		v = cloneFlags(r.number(p.src))
	}
	level := procChildLevel
	if r.ret == 0 {
		level = procLevel
	}
	if r.kind == recFork { // the record of the child does not hold the flags
		v = 0
		if number(r, p.second, procPID, 4, 0) != uint64(r.tid) {
			v = cloneFlags(0x10000 | 0x100 | 0x200 | 0x400 | 0x800) // thread, vm, fs, files, sighand
		}
	}
	if r.ret >= 0 && number(r, p.second, level, 4, 0) != 0 {
		v |= 1 << 29 // CLONE_CHILD_IN_PIDNS
	}
	return v
}

// pidnsTime is when the child's pid namespace began, only in the child's event.
func pidnsTime(_ *encoder, r *record, p *rule) uint64 {
	if r.ret != 0 {
		return 0
	}
	return number(r, p.src, procPidns, 8, 0)
}

// The bits of execve_flags.
const (
	exeWritable = 1 << iota
	exeUpper
	exeMemfd
	exeLower
)

const capDACOverride = 1

// exeFlags says whether the process could write its own executable, and where that lies.
func exeFlags(_ *encoder, r *record, p *rule) uint64 {
	var out uint64
	mode, uid, gid := number(r, p.src, procExeMode, 4, 0), number(r, p.src, procUID, 4, 0), number(r, p.src, procGID, 4, 0)
	switch {
	case mode == 0: // no executable
	case number(r, p.src, procCapEffective, 8, 0)&(1<<capDACOverride) != 0:
		out |= exeWritable
	case uid == number(r, p.src, procExeUID, 4, unset):
		out |= exeWritable // the owner may make it writable
	case gid == number(r, p.src, procExeGID, 4, unset) && mode&0o20 != 0, mode&0o2 != 0:
		out |= exeWritable
	}
	switch number(r, p.src, procExeFlags, 4, 0) {
	case layerUpper:
		out |= exeUpper
	case layerLower:
		out |= exeLower
	}
	if path, _ := r.of(p.src, procPath); bytes.HasPrefix(path, []byte("memfd:")) {
		out |= exeMemfd
	}
	return out
}

// argv returns the strings of the process's arguments; of a call that failed, those it was given.
func argv(r *record, p *rule) []byte {
	if r.ret < 0 && p.second != noSource {
		b, _ := r.of(p.second, 0)
		return b
	}
	b, _ := r.of(p.src, procArgs)
	return b
}

func exe(_ *encoder, r *record, p *rule, b []byte) []byte {
	args := argv(r, p)
	if len(args) == 0 {
		return b
	}
	if i := bytes.IndexByte(args, 0); i >= 0 {
		args = args[:i]
	}
	return append(append(b, args...), 0)
}

func arguments(_ *encoder, r *record, p *rule, b []byte) []byte {
	args := argv(r, p)
	i := bytes.IndexByte(args, 0)
	if i < 0 {
		return b
	}
	return appendStrings(b, args[i+1:])
}

// appendStrings appends strings that each end with a NUL; the last may have lost its.
func appendStrings(b, list []byte) []byte {
	b = append(b, list...)
	if len(list) > 0 && list[len(list)-1] != 0 {
		b = append(b, 0)
	}
	return b
}

func environment(_ *encoder, r *record, p *rule, b []byte) []byte {
	if r.ret < 0 && p.second != noSource {
		list, _ := r.of(p.second, 0)
		return appendStrings(b, list)
	}
	list, _ := r.of(p.src, procEnv)
	return appendStrings(b, list)
}

func comm(_ *encoder, r *record, p *rule, b []byte) []byte {
	info, _ := r.of(p.src, 0)
	if len(info) < procSize {
		return b
	}
	name := info[procComm:procSize]
	if i := bytes.IndexByte(name, 0); i >= 0 {
		name = name[:i]
	}
	return append(append(b, name...), 0)
}

var cgroupNames = [...]string{"cpuset", "cpu", "cpuacct", "io", "memory"}

// cgroups makes "cpuset=/path" and so on, each with its NUL.
func cgroups(_ *encoder, r *record, p *rule, b []byte) []byte {
	var same []byte
	for i, name := range cgroupNames {
		names, status := r.of(p.src, procCgroups+i)
		switch {
		case status == secNone:
			continue
		case status == secCut && len(names) == 0:
			names = same
		}
		same = names
		b = append(append(b, name...), '=')
		b = append(appendUp(b, names), 0)
	}
	return b
}

// appendUp writes a path whose names come from the last to the first.
func appendUp(b, names []byte) []byte {
	start := len(b)
	for len(names) > 0 {
		i := bytes.IndexByte(names, 0)
		name := names
		if i < 0 {
			names = nil
		} else {
			name, names = names[:i], names[i+1:]
		}
		at := len(b)
		b = append(append(b, '/'), name...)
		slices.Reverse(b[at:])
	}
	if len(b) == start {
		return append(b, '/')
	}
	slices.Reverse(b[start:])
	return b
}

func exepath(_ *encoder, r *record, p *rule, b []byte) []byte {
	names, status := r.of(p.src, procPath)
	if status == secNone || r.ret < 0 {
		return b
	}
	return append(appendUp(b, names), 0)
}

// maxKept is how many threads may wait in calls whose exits need what the enter read.
const maxKept = 1 << 16

// remember keeps what the enter record read until the exit, when that memory is gone or changed.
func (e *encoder) remember(r *record, c *call) {
	if b, status := r.section(c.kept(), 0); status&(secFault|secNone) == 0 && len(e.kept) < maxKept {
		e.kept[r.tid] = append([]byte(nil), b...)
	}
}

const (
	prSetName           = 15
	prGetName           = 16
	prGetChildSubreaper = 37
)

func prctlString(_ *encoder, r *record, p *rule, b []byte) []byte {
	if o := r.args[0]; o == prSetName || o == prGetName {
		return append(b, r.str(p.src)...)
	}
	return b
}

func prctlInt(_ *encoder, r *record, p *rule) uint64 {
	switch r.args[0] {
	case prSetName, prGetName:
		return 0
	case prGetChildSubreaper:
		return uint64(int64(int32(uint32(number(r, p.src, 0, 4, 0)))))
	}
	return r.args[1]
}

const (
	dynNumber = 0
	dynSignal = 1
)

func ptraceAddr(_ *encoder, r *record, p *rule, b []byte) []byte {
	return binary.LittleEndian.AppendUint64(append(b, dynNumber), r.number(p.src))
}

// ptraceData is a signal for the requests that let the process go on, what was read for those that read, else the
// argument.
func ptraceData(_ *encoder, r *record, p *rule, b []byte) []byte {
	switch r.args[0] {
	case 7, 9, 17, 24, 31: // CONT, SINGLESTEP, DETACH, SYSCALL, SYSEMU
		return append(b, dynSignal, byte(r.number(p.second)))
	case 1, 2, 3: // PEEKTEXT, PEEKDATA, PEEKUSR
		v, status := r.of(p.src, 0)
		if r.ret >= 0 && status == 0 && len(v) == 8 {
			return append(append(b, dynNumber), v...)
		}
	}
	return binary.LittleEndian.AppendUint64(append(b, dynNumber), r.number(p.second))
}

// The commands of fsconfig.
const (
	fsconfigStringCmd = 1
	fsconfigBinary    = 2
	fsconfigPath      = 3
	fsconfigPathEmpty = 4
)

func fsconfigBytes(_ *encoder, r *record, p *rule, b []byte) []byte {
	if r.args[1] == fsconfigBinary {
		v, _ := r.of(p.src, 0)
		return append(b, v...)
	}
	return b
}

func fsconfigString(_ *encoder, r *record, p *rule, b []byte) []byte {
	switch r.args[1] {
	case fsconfigStringCmd, fsconfigPath, fsconfigPathEmpty:
		return append(b, r.str(p.src)...)
	}
	return b
}

func keyctlArg(_ *encoder, r *record, p *rule, b []byte) []byte {
	return binary.LittleEndian.AppendUint64(append(b, dynNumber), r.number(p.src))
}
