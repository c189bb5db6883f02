package procscan

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/scapls/scapls/scapio"
)

const (
	maxText = 4096 // of arguments, environment and control groups: what a process list can hold
	noID    = ^uint32(0)
	// Flags of a thread that shares its process's memory and descriptors (PPM_CL_CLONE_FILES, PPM_CL_CLONE_THREAD).
	threadFlags = 1<<0 | 1<<13
)

// thread reads one thread; ok is false when it is gone. Threads besides the main one take from that what is the
// process's.
func (s *Scanner) thread(dir string, tid, pid int64, main *scapio.Thread) (t scapio.Thread, ok bool) {
	t = scapio.Thread{TID: tid, PID: pid, SID: -1, VPGID: -1, PGID: -1, VTID: tid, VPID: pid, UID: noID, GID: noID, LoginUID: noID}
	if main != nil {
		t = *main
		t.TID, t.VTID, t.Flags, t.Env, t.Cwd = tid, tid, threadFlags, "", ""
	}
	stat := s.read(filepath.Join(dir, "stat"), 4096)
	if len(stat) == 0 || !parseStat(stat, &t) {
		if _, err := os.Stat(dir); err != nil {
			return t, false
		}
	}
	if status := s.read(filepath.Join(dir, "status"), 8192); len(status) > 0 {
		parseStatus(status, &t)
	}
	if t.PID != pid { // the number has been used again
		return t, false
	}
	if g := s.read(filepath.Join(dir, "cgroup"), 64<<10); len(g) > 0 {
		t.Cgroups = s.cgroups(g)
	}
	if main != nil {
		return t, true
	}
	s.program(dir, &t)
	if b := s.read(filepath.Join(dir, "environ"), maxText); len(b) > 0 {
		t.Env = string(b)
	}
	t.Cwd, t.Root = s.link(filepath.Join(dir, "cwd")), s.link(filepath.Join(dir, "root"))
	t.FDLimit = -1
	if b := s.read(filepath.Join(dir, "limits"), 4096); len(b) > 0 {
		t.FDLimit = parseLimit(b)
	}
	if b := s.read(filepath.Join(dir, "loginuid"), 32); len(b) > 0 {
		if v, err := strconv.ParseUint(string(bytes.TrimSpace(b)), 10, 32); err == nil {
			t.LoginUID = uint32(v)
		}
	}
	return t, true
}

// program reads what the process runs.
func (s *Scanner) program(dir string, t *scapio.Thread) {
	t.Exe = t.Comm // kernel threads have no arguments
	if b := s.read(filepath.Join(dir, "cmdline"), maxText); len(b) > 0 {
		exe, args, _ := bytes.Cut(b, []byte{0})
		t.Exe, t.Args = string(exe), string(args)
		if n := len(t.Args); n > 0 && t.Args[n-1] != 0 {
			t.Args = t.Args[:min(n, maxText-1)] + "\x00"
		}
	}
	exe := filepath.Join(dir, "exe")
	t.ExePath = s.link(exe)
	if t.ExePath == "" {
		return
	}
	t.ExeMemfd = strings.HasPrefix(t.ExePath, "/memfd:")
	var st unix.Stat_t
	if unix.Stat(exe, &st) != nil {
		return
	}
	t.ExeIno = st.Ino
	t.ExeCtime, t.ExeMtime = uint64(st.Ctim.Nano()), uint64(st.Mtim.Nano())
	switch mode := st.Mode; {
	case t.UID == 0:
		t.ExeWritable = true
	case st.Uid == t.UID:
		t.ExeWritable = mode&unix.S_IWUSR != 0
	case st.Gid == t.GID:
		t.ExeWritable = mode&unix.S_IWGRP != 0
	default:
		t.ExeWritable = mode&unix.S_IWOTH != 0
	}
}

// parseStat reads /proc/PID/stat: parent, session, terminal, faults. The name may hold blanks and parentheses.
func parseStat(b []byte, t *scapio.Thread) bool {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return false
	}
	t.Comm = string(b[open+1 : end])
	f := bytes.Fields(b[end+1:])
	if len(f) < 10 {
		return false
	}
	num := func(i int) int64 {
		v, _ := strconv.ParseInt(string(f[i]), 10, 64)
		return v
	}
	t.PTID, t.PGID, t.SID, t.TTY = num(1), num(2), num(3), uint32(num(4))
	t.VPGID = t.PGID
	t.PFMinor, t.PFMajor = uint64(num(7)), uint64(num(9))
	if len(f) > 19 {
		t.PIDNSInitStart = uint64(num(19)) // start in ticks for now: see namespaceStarts
	}
	return true
}

// parseStatus reads /proc/PID/status: ids in the innermost namespaces, users, memory, capabilities.
func parseStatus(b []byte, t *scapio.Thread) {
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		key, val, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		f := bytes.Fields(val)
		if len(f) == 0 {
			continue
		}
		num := func(i int) int64 {
			if i >= len(f) {
				return -1
			}
			v, _ := strconv.ParseInt(string(f[i]), 10, 64)
			return v
		}
		hex := func() uint64 {
			v, _ := strconv.ParseUint(string(f[0]), 16, 64)
			return v
		}
		switch string(key) {
		case "Tgid":
			t.PID = num(0)
		case "Uid":
			t.UID = uint32(num(1)) // effective
		case "Gid":
			t.GID = uint32(num(1))
		case "NSpid":
			t.VTID = num(len(f) - 1)
		case "NStgid":
			t.VPID = num(len(f) - 1)
		case "NSpgid":
			t.VPGID = num(len(f) - 1)
		case "VmSize":
			t.VMSize = uint32(num(0))
		case "VmRSS":
			t.VMRSS = uint32(num(0))
		case "VmSwap":
			t.VMSwap = uint32(num(0))
		case "CapInh":
			t.CapInheritable = hex()
		case "CapPrm":
			t.CapPermitted = hex()
		case "CapEff":
			t.CapEffective = hex()
		}
	}
}

// parseLimit returns the soft limit of open files, -1 for none.
func parseLimit(b []byte) int64 {
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		rest, ok := bytes.CutPrefix(line, []byte("Max open files"))
		if !ok {
			continue
		}
		if f := bytes.Fields(rest); len(f) > 0 {
			if v, err := strconv.ParseInt(string(f[0]), 10, 64); err == nil {
				return v
			}
		}
	}
	return -1
}

// ticks is USER_HZ: how /proc counts time.
const ticks = 100

// namespaceStarts gives every thread the time when the first process of its pid namespace started; until now the field
// holds its own start in ticks since the boot.
func (s *Scanner) namespaceStarts(snap *Snapshot) {
	const tick = 1_000_000_000 / ticks
	ns := make([]uint64, len(snap.Threads))
	for i := range snap.Threads {
		t := &snap.Threads[i]
		if t.VPID == t.PID { // the namespace of the capture: as libscap, nothing is said of it
			t.PIDNSInitStart, ns[i] = 0, 0
			continue
		}
		ns[i] = s.namespace(s.path("proc", strconv.FormatInt(t.PID, 10)), "pid")
		if t.VPID == 1 && ns[i] != 0 {
			if at := s.boot + t.PIDNSInitStart*tick; s.inits[ns[i]] == 0 || at < s.inits[ns[i]] {
				s.inits[ns[i]] = at
			}
		}
	}
	for i := range snap.Threads {
		snap.Threads[i].PIDNSInitStart = s.inits[ns[i]]
	}
}

// namespace returns the inode of a process's namespace, 0 when that cannot be read.
func (s *Scanner) namespace(dir, kind string) uint64 {
	l := s.link(filepath.Join(dir, "ns", kind))
	return bracketed(l)
}

// bracketed returns the number in "name:[number]", 0 if there is none.
func bracketed(l string) uint64 {
	_, rest, ok := strings.Cut(l, ":[")
	if !ok {
		return 0
	}
	v, _ := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 64)
	return v
}
