// Package procscan reads the first state of a capture from /proc: every thread, the descriptors of every process with
// its sockets resolved, users, groups, interfaces, the machine.
//
// Input are the files of /proc, /etc and /sys; output is a Snapshot in the form of scapio's lists. A thing that vanishes
// while it is read is left out, and costs nothing. A thread of which the kernel refuses something is listed with what can
// be read; only what is refused is missing.
//
// A scan takes time (about 0.1 ms per process), while things go on. So that nothing falls between it and the events:
//
//  1. Scan before recording starts.
//  2. Start recording; the events wait in the ring.
//  3. Alive, at once, and Catch what the first scan did not see: processes that were started while it ran, and may be gone
//     soon.
//  4. Scan again. Snapshot.Adopt joins both: the second scan wins; threads that it missed but that were alive when
//     recording had begun come from the first one, since their exits are among the events.
//  5. The events follow. Some are older than what the second scan found, and happen "again": readers replace a thread
//     that is cloned again and a descriptor that is opened again, closing one that is not open changes nothing, a set of
//     ids or an exec is the same a second time. Only a relative chdir is not: Adopt keeps the working directory of the
//     first scan where both differ, from which the chdir leads to that of the second.
package procscan

import (
	"maps"
	"slices"

	"github.com/scapls/scapls/scapio"
)

// Snapshot is a first state.
type Snapshot struct {
	Machine    scapio.Machine
	Interfaces []scapio.Interface
	Users      []scapio.User
	Groups     []scapio.Group
	Threads    []scapio.Thread       // by tid
	FDs        map[int64][]scapio.FD // by the tid of a process's main thread

	Since   uint64 // when reading began, ns since the epoch: no later event is older
	Refused int    // entries of /proc that this user may not read
}

// Alive tells the processes of the threads that exist, by tid.
type Alive map[int64]int64

// Adopt adds to s, a scan made while events were recorded, what an earlier scan knows better: see the package comment.
func (s *Snapshot) Adopt(before *Snapshot, alive Alive) {
	s.Since = before.Since
	have := make(map[int64]int, len(s.Threads))
	for i := range s.Threads {
		have[s.Threads[i].TID] = i
	}
	for i := range before.Threads {
		t := &before.Threads[i]
		if at, ok := have[t.TID]; ok {
			if now := &s.Threads[at]; now.Cwd != t.Cwd && now.PID == t.PID && now.Exe == t.Exe && t.Cwd != "" {
				now.Cwd = t.Cwd
			}
			continue
		}
		if alive[t.TID] != t.PID {
			continue
		}
		s.Threads = append(s.Threads, *t)
		if list := before.FDs[t.TID]; list != nil {
			s.FDs[t.TID] = list
		}
	}
	slices.SortFunc(s.Threads, func(a, b scapio.Thread) int { return int(a.TID - b.TID) })
}

// Around leaves only some processes, those they come from and those that came from them: what a capture of these needs to
// know, and no more of the other processes' arguments and environments.
func (s *Snapshot) Around(pids ...int64) {
	parent := map[int64]int64{}
	for i := range s.Threads {
		if t := &s.Threads[i]; t.TID == t.PID {
			parent[t.PID] = t.PTID
		}
	}
	keep := map[int64]bool{}
	for _, pid := range pids {
		for p, ok := parent[pid]; ok && !keep[pid]; p, ok = parent[pid] {
			keep[pid] = true
			pid = p
		}
	}
	var below func(pid int64, depth int) bool
	below = func(pid int64, depth int) bool {
		if slices.Contains(pids, pid) {
			return true
		}
		p, ok := parent[pid]
		return ok && depth < len(parent) && below(p, depth+1) // a loop, of numbers used again, ends there
	}
	for pid := range parent {
		if below(pid, 0) {
			keep[pid] = true
		}
	}
	s.Threads = slices.DeleteFunc(s.Threads, func(t scapio.Thread) bool { return !keep[t.PID] })
	maps.DeleteFunc(s.FDs, func(pid int64, _ []scapio.FD) bool { return !keep[pid] })
}

// Processes returns the main threads' ids in order.
func (s *Snapshot) Processes() []int64 { return slices.Sorted(maps.Keys(s.FDs)) }
