package state

import (
	"sort"

	"github.com/scapls/scapls/scapio/evt"
)

// Usage is what a thread uses, as the latest event that told of it said: what made it, calls that map memory, switches.
type Usage struct {
	VMSize, VMRSS, VMSwap uint32 // KiB, of the process
	PFMajor, PFMinor      uint64 // page faults of the thread
}

// memory is the memory of a thread's process from an event on.
type memory struct {
	from            uint32
	size, rss, swap uint32
}

// faults is the page faults of a thread from an event on.
type faults struct {
	from         uint32
	major, minor uint64
}

func (m memory) since() uint32 { return m.from }
func (f faults) since() uint32 { return f.from }

// Usage returns what a thread uses.
func (v View) Usage(t *Thread) Usage {
	u := Usage{t.VMSize, t.VMRSS, t.VMSwap, t.PFMajor, t.PFMinor}
	th := v.m.threads[t.TID]
	if th == nil {
		return u
	}
	if m := latest(v, th.memory, t.Born); m != nil {
		u.VMSize, u.VMRSS, u.VMSwap = m.size, m.rss, m.swap
	}
	if f := latest(v, th.faults, t.Born); f != nil {
		u.PFMajor, u.PFMinor = f.major, f.minor
	}
	return u
}

// latest returns what was told last as of the view's event, nil when nothing was told since a thread was made.
func latest[T interface{ since() uint32 }](v View, all []T, born uint32) *T {
	next := sort.Search(len(all), func(i int) bool { return all[i].since() > v.n })
	if next < len(all) {
		v.held.narrow(0, all[next].since())
	}
	if next == 0 {
		return nil
	}
	v.held.narrow(all[next-1].since(), 0)
	if all[next-1].since() < born {
		return nil
	}
	return &all[next-1]
}

// noteMemory notes the memory of a thread's process as of now.
func (m *Machine) noteMemory(t *thr, size, rss, swap uint32) {
	n := len(t.memory)
	if n > 0 && t.memory[n-1].from >= t.row.Born {
		if l := &t.memory[n-1]; l.size == size && l.rss == rss && l.swap == swap {
			return
		}
	}
	t.memory = note(m, t.memory, memory{m.now, size, rss, swap})
}

// noteFaults notes a thread's page faults as of now.
func (m *Machine) noteFaults(t *thr, major, minor uint64) {
	n := len(t.faults)
	if n > 0 && t.faults[n-1].from >= t.row.Born {
		if l := &t.faults[n-1]; l.major == major && l.minor == minor {
			return
		}
	}
	t.faults = note(m, t.faults, faults{m.now, major, minor})
}

func note[T interface{ since() uint32 }](m *Machine, all []T, now T) []T {
	if n := len(all); n > 0 && (m.present || all[n-1].since() == m.now) {
		all[n-1] = now
		return all
	}
	return append(all, now)
}

// renewUsage is told after an execve, whose row says what its thread uses from now on.
func (m *Machine) renewUsage(t *thr) {
	if r := t.row; len(t.memory) > 0 {
		m.noteMemory(t, r.VMSize, r.VMRSS, r.VMSwap)
	}
	if r := t.row; len(t.faults) > 0 {
		m.noteFaults(t, r.PFMajor, r.PFMinor)
	}
}

// mapped handles the calls that change what memory a process has. They tell of all threads of it, but peers note it for
// the one that calls.
func mapped(x *ctx) {
	if x.t == nil {
		return
	}
	if size, ok := x.a.Uint(1); ok {
		x.m.noteMemory(x.t, uint32(size), uint32(x.uint(2)), uint32(x.uint(3)))
	}
}

// switched handles switches, which tell of the thread that stops running.
func switched(x *ctx) {
	if x.t == nil || x.ev.N < 6 { // an older shape tells nothing of memory
		return
	}
	if _, ok := evt.Uint(x.ev.Param(1)); !ok {
		return
	}
	x.m.noteFaults(x.t, x.uint(1), x.uint(2))
	if l := x.m.main(x.t); l != nil {
		x.m.noteMemory(l, uint32(x.uint(3)), uint32(x.uint(4)), uint32(x.uint(5)))
	}
}
