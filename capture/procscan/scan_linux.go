package procscan

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/scapls/scapls/scapio"
)

// Scanner reads the state of a machine. The zero value reads this one. It is not safe for concurrent use.
type Scanner struct {
	Root string // folder that holds proc, sys and etc; "" is /

	controllers []string                     // of the unified cgroup hierarchy
	nets        map[uint64]map[uint64]socket // sockets by network namespace and inode
	mounts      map[uint64]map[int]uint32    // device numbers by mount namespace and mount id
	inits       map[uint64]uint64            // start of the first process by pid namespace
	boot        uint64                       // ns since the epoch
	groupCache  map[string]string
	refused     int
	fresh       time.Time // when Descriptor read tables last
	buf         []byte
}

func (s *Scanner) path(elem ...string) string {
	root := s.Root
	if root == "" {
		root = "/"
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

// Scan reads everything. The error is that of /proc itself, or the context's.
func (s *Scanner) Scan(ctx context.Context) (*Snapshot, error) {
	s.nets, s.mounts, s.inits = map[uint64]map[uint64]socket{}, map[uint64]map[int]uint32{}, map[uint64]uint64{}
	s.groupCache = map[string]string{}
	s.refused = 0
	s.controllers = s.readControllers()
	s.boot = s.bootTime()
	snap := &Snapshot{Since: uint64(time.Now().UnixNano()), Machine: s.machine(), Interfaces: s.interfaces(), FDs: map[int64][]scapio.FD{}}
	snap.Users, snap.Groups = accounts(s.path())
	pids, err := numbers(s.path("proc"))
	if err != nil {
		return nil, err
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.process(snap, pid)
	}
	slices.SortFunc(snap.Threads, func(a, b scapio.Thread) int { return int(a.TID - b.TID) })
	s.namespaceStarts(snap)
	snap.Refused = s.refused
	return snap, nil
}

// process adds one process with its threads and descriptors.
func (s *Scanner) process(snap *Snapshot, pid int) {
	dir := s.path("proc", strconv.Itoa(pid))
	main, ok := s.thread(dir, int64(pid), int64(pid), nil)
	if !ok {
		return
	}
	snap.Threads = append(snap.Threads, main)
	snap.FDs[main.TID] = s.fds(dir)
	tids, err := numbers(filepath.Join(dir, "task"))
	if err != nil {
		s.count(err)
		return
	}
	for _, tid := range tids {
		if tid == pid {
			continue
		}
		if t, ok := s.thread(filepath.Join(dir, "task", strconv.Itoa(tid)), int64(tid), main.PID, &main); ok {
			snap.Threads = append(snap.Threads, t)
		}
	}
}

// Alive returns the threads that exist now. It takes a few milliseconds.
func (s *Scanner) Alive() Alive {
	alive := Alive{}
	pids, _ := numbers(s.path("proc"))
	for _, pid := range pids {
		alive[int64(pid)] = int64(pid)
		tids, _ := numbers(s.path("proc", strconv.Itoa(pid), "task"))
		for _, tid := range tids {
			alive[int64(tid)] = int64(pid)
		}
	}
	return alive
}

// Catch adds to s, an earlier scan's result, the processes and threads that are alive and not in it.
func (s *Scanner) Catch(snap *Snapshot, alive Alive) {
	known := make(map[int64]bool, len(snap.Threads))
	mains := map[int64]*scapio.Thread{}
	for i := range snap.Threads {
		t := &snap.Threads[i]
		known[t.TID] = true
		if t.TID == t.PID {
			mains[t.PID] = t
		}
	}
	for tid, pid := range alive {
		switch {
		case known[tid]:
		case tid == pid:
			s.process(snap, int(pid))
		case mains[pid] != nil:
			dir := s.path("proc", strconv.FormatInt(pid, 10), "task", strconv.FormatInt(tid, 10))
			if t, ok := s.thread(dir, tid, pid, mains[pid]); ok {
				snap.Threads = append(snap.Threads, t)
			}
		}
	}
}

// numbers returns the entries of a folder whose names are numbers.
func numbers(dir string) ([]int, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	list := make([]int, 0, len(names))
	for _, n := range names {
		if v, err := strconv.Atoi(n); err == nil && v >= 0 {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list, err
}

// count counts what this user may not read.
func (s *Scanner) count(err error) {
	if os.IsPermission(err) {
		s.refused++
	}
}

// read returns the content of a file, at most limit bytes; nil when it cannot be read. Borrowed until the next read.
func (s *Scanner) read(path string, limit int) []byte {
	f, err := os.Open(path)
	if err != nil {
		s.count(err)
		return nil
	}
	defer f.Close()
	if s.buf == nil {
		s.buf = make([]byte, 32<<10)
	}
	n := 0
	for n < limit {
		if n == len(s.buf) {
			s.buf = append(s.buf, make([]byte, len(s.buf))...)
		}
		k, err := f.Read(s.buf[n:min(len(s.buf), limit)])
		n += k
		if err != nil || k == 0 {
			if err != nil {
				s.count(err)
			}
			break
		}
	}
	return s.buf[:n]
}

func (s *Scanner) link(path string) string {
	l, err := os.Readlink(path)
	if err != nil {
		s.count(err)
	}
	return l
}
