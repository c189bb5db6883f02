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

// fdVer is one step in the life of a descriptor number: fd is nil from where it is closed.
type fdVer struct {
	from uint32
	fd   *FD
}

type fdHist struct {
	v    []fdVer
	memo bool // v[0] stands for what the parent table holds
}

func (h *fdHist) at(n uint32) (*FD, bool) {
	v := h.v
	if k := len(v); k > 0 && v[k-1].from <= n {
		return v[k-1].fd, true
	}
	i := sort.Search(len(v), func(k int) bool { return v[k].from > n }) - 1
	if i < 0 {
		return nil, false
	}
	return v[i].fd, true
}

const smallFDs = 64

// Table is a descriptor table over time. A forked table holds only what differs from its parent's as of the fork.
type Table struct {
	parent *Table
	at     uint32 // the parent is seen as of this event
	born   uint32
	depth  int
	count  int // open descriptors now
	small  []*fdHist
	large  map[int64]*fdHist
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
func (t *Table) lookup(num int64, n uint32) *FD {
	for t != nil {
		if h := t.hist(num); h != nil {
			if fd, ok := h.at(n); ok {
				return fd
			}
		}
		if t.parent == nil {
			return nil
		}
		n = min(n, t.at)
		t = t.parent
	}
	return nil
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
	fd := t.parent.lookup(num, t.at)
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
	h := t.makeHist(num)
	if k := len(h.v); k > 0 && h.v[k-1].from == n {
		h.v[k-1].fd = fd
		return true
	}
	h.v = append(h.v, fdVer{n, fd})
	return true
}

// each calls f for the open descriptors as of event n, in no order.
func (t *Table) each(n uint32, f func(num int64, fd *FD) bool) {
	seen := map[int64]bool{}
	for t != nil {
		for num, h := range t.small {
			if h != nil && !visit(seen, h, int64(num), n, f) {
				return
			}
		}
		for num, h := range t.large {
			if !visit(seen, h, num, n, f) {
				return
			}
		}
		n = min(n, t.at)
		t = t.parent
	}
}

func visit(seen map[int64]bool, h *fdHist, num int64, n uint32, f func(int64, *FD) bool) bool {
	if seen[num] {
		return true
	}
	fd, ok := h.at(n)
	if !ok {
		return true
	}
	seen[num] = true
	return fd == nil || f(num, fd)
}

// fork returns a table that starts as t is at event n.
func (t *Table) fork(n uint32) *Table {
	if t.depth < sharedAncestor {
		return &Table{parent: t, at: n, born: n, depth: t.depth + 1, count: t.count}
	}
	c := &Table{born: n}
	t.each(n, func(num int64, fd *FD) bool {
		h := c.makeHist(num)
		h.v = append(h.v, fdVer{n, fd})
		c.count++
		return true
	})
	return c
}
