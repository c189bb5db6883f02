package state

import "sort"

// thread rows of one tid, oldest first; there may be gaps between owners of the same tid.
type threadHist []*Thread

func (h threadHist) at(n uint32) *Thread {
	for i := len(h) - 1; i >= 0; i-- {
		if t := h[i]; t.From <= n {
			if t.To == 0 || n < t.To {
				return t
			}
			return nil
		}
		if len(h)-i > 8 { // far back: search instead
			j := sort.Search(i, func(k int) bool { return h[k].From > n }) - 1
			if j < 0 || (h[j].To != 0 && n >= h[j].To) {
				return nil
			}
			return h[j]
		}
	}
	return nil
}

// held is at, and narrows h to the events with the same answer.
func (h threadHist) held(n uint32, held *Held) *Thread {
	if held == nil {
		return h.at(n)
	}
	next := sort.Search(len(h), func(k int) bool { return h[k].From > n })
	if next < len(h) {
		held.narrow(0, h[next].From)
	}
	if next == 0 {
		return nil
	}
	t := h[next-1]
	if t.To != 0 && n >= t.To {
		held.narrow(t.To, 0)
		return nil
	}
	held.narrow(t.From, t.To)
	return t
}

// fdVer is one step in the life of a descriptor number: fd is nil from where it is closed.
type fdVer struct {
	from uint32
	fd   *FD
}

type fdHist struct {
	v    []fdVer
	memo bool // v[0] stands for what the parent table holds
}

func (h *fdHist) at(n uint32, held *Held) (*FD, bool) {
	v := h.v
	if k := len(v); k > 0 && v[k-1].from <= n {
		held.narrow(v[k-1].from, 0)
		return v[k-1].fd, true
	}
	i := sort.Search(len(v), func(k int) bool { return v[k].from > n }) - 1
	if i+1 < len(v) {
		held.narrow(0, v[i+1].from)
	}
	if i < 0 {
		return nil, false
	}
	held.narrow(v[i].from, 0)
	return v[i].fd, true
}

const smallFDs = 64

// Table is a descriptor table over time. A forked table holds only what differs from its parent's as of the fork.
type Table struct {
	parent *Table
	at     uint32 // the parent is seen as of this event
	born   uint32
	depth  int

	present bool // no past is kept: a forked table is a copy

	count int // open descriptors now
	small []*fdHist
	large map[int64]*fdHist
}

const maxFDs = 4096 // per table, as in the peers (STATE_ENGINE §1)

func (t *Table) hist(num int64) *fdHist {
	if num >= 0 && num < smallFDs {
		if int(num) < len(t.small) {
			return t.small[num]
		}
		return nil
	}
	return t.large[num]
}

func (t *Table) makeHist(num int64) *fdHist {
	if h := t.hist(num); h != nil {
		return h
	}
	h := &fdHist{}
	if num >= 0 && num < smallFDs {
		for int(num) >= len(t.small) {
			t.small = append(t.small, nil)
		}
		t.small[num] = h
		return h
	}
	if t.large == nil {
		t.large = map[int64]*fdHist{}
	}
	t.large[num] = h
	return h
}

// lookup returns descriptor num as of event n. It does not change the table.
func (t *Table) lookup(num int64, n uint32, held *Held) *FD {
	for t != nil {
		if h := t.hist(num); h != nil {
			if fd, ok := h.at(n, held); ok {
				return fd
			}
		}
		if t.parent == nil {
			return nil
		}
		n, held = t.above(n, held)
		t = t.parent
	}
	return nil
}

// above returns as of which event the parent is asked, and what narrows with its answer: behind the fork it stays.
func (t *Table) above(n uint32, held *Held) (uint32, *Held) {
	if n > t.at {
		held.narrow(t.at+1, 0)
		return t.at, nil
	}
	held.narrow(0, t.at+1)
	return n, held
}

// now returns the current descriptor num and remembers what the parent said. For the builder only.
func (t *Table) now(num int64) *FD {
	h := t.hist(num)
	if h != nil && len(h.v) > 0 {
		return h.v[len(h.v)-1].fd
	}
	if t.parent == nil {
		return nil
	}
	fd := t.parent.lookup(num, t.at, nil)
	h = t.makeHist(num)
	h.v = append(h.v, fdVer{t.born, fd})
	h.memo = true
	return fd
}

// set makes fd (nil: closed) the descriptor num from event n on. It reports false when the table is full.
func (t *Table) set(num int64, n uint32, fd *FD) bool {
	old := t.now(num)
	switch {
	case old == nil && fd == nil:
		return true
	case old == nil:
		if t.count >= maxFDs {
			return false
		}
		t.count++
	case fd == nil:
		t.count--
	}
	if t.present && fd == nil && num >= smallFDs {
		delete(t.large, num)
		return true
	}
	h := t.makeHist(num)
	if t.present && len(h.v) > 0 {
		h.v[0] = fdVer{n, fd}
		return true
	}
	if k := len(h.v); k > 0 && h.v[k-1].from == n {
		h.v[k-1].fd = fd
		return true
	}
	h.v = append(h.v, fdVer{n, fd})
	return true
}

// each calls f for the open descriptors as of event n, in no order.
func (t *Table) each(n uint32, f func(num int64, fd *FD) bool) { t.eachHeld(n, nil, f) }

func (t *Table) eachHeld(n uint32, held *Held, f func(num int64, fd *FD) bool) {
	seen := map[int64]bool{}
	for t != nil {
		for num, h := range t.small {
			if h != nil && !visit(seen, h, int64(num), n, held, f) {
				return
			}
		}
		for num, h := range t.large {
			if !visit(seen, h, num, n, held, f) {
				return
			}
		}
		if t.parent == nil {
			return
		}
		n, held = t.above(n, held)
		t = t.parent
	}
}

func visit(seen map[int64]bool, h *fdHist, num int64, n uint32, held *Held, f func(int64, *FD) bool) bool {
	if seen[num] {
		return true
	}
	fd, ok := h.at(n, held)
	if !ok {
		return true
	}
	seen[num] = true
	return fd == nil || f(num, fd)
}

// fork returns a table that starts as t is at event n.
func (t *Table) fork(n uint32) *Table {
	if t.depth < sharedAncestor && !t.present {
		return &Table{parent: t, at: n, born: n, depth: t.depth + 1, count: t.count}
	}
	c := &Table{born: n, present: t.present}
	room := make([]fdVer, t.count)
	t.each(n, func(num int64, fd *FD) bool {
		h := c.makeHist(num)
		if c.count < len(room) { // one piece of memory for all
			h.v = room[c.count : c.count : c.count+1]
		}
		h.v = append(h.v, fdVer{n, fd})
		c.count++
		return true
	})
	return c
}

// renumber makes all of a table without a past older than event 1.
func (t *Table) renumber() {
	one := func(h *fdHist) {
		if h == nil {
			return
		}
		for i := range h.v {
			h.v[i].from = 0
			if h.v[i].fd != nil {
				h.v[i].fd.From, h.v[i].fd.Born = 0, 0
			}
		}
	}
	t.born = 0
	for _, h := range t.small {
		one(h)
	}
	for _, h := range t.large {
		one(h)
	}
}
