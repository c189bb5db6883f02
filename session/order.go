package session

import (
	"slices"
	"sort"
)

// order is which capture each row of a merged list comes from: one byte a row. The rows of a capture keep their order,
// so that where a row is follows from how many of its capture came before; marks tell that every few thousand rows.
type order struct {
	from  []uint8
	marks []mark // marks[i] is before row i*markEvery
	end   mark   // behind the last row
}

// markEvery is how many rows are between two marks.
const markEvery = 4096

// mark is a place between two rows: what has been taken of each capture before it.
type mark struct {
	time uint64   // the latest of a row before, in the common clock
	keys []uint32 // of each capture, the first key that was not taken
	rows []uint32 // of each capture, how many rows were taken
}

func (m mark) clone() mark { return mark{m.time, slices.Clone(m.keys), slices.Clone(m.rows)} }

// source is the rows of one capture, under a snapshot.
type source struct {
	listing
	ahead int64
	same  uint32 // up to this key they are as they were when the order was made
}

// time is the time of a key, in the common clock.
func (s *source) time(key uint32) uint64 { return common(s.snap.Facts(key).TS, s.ahead) }

// common turns a time of a clock that is ahead into the common clock. Events without a time come first.
func common(ts uint64, ahead int64) uint64 { return uint64(max(int64(ts)-ahead, 0)) }

// unfinished reports whether rows may still come before those that are known, and from which time on.
func (s *source) unfinished() (from uint64, yes bool) {
	switch n := s.asked(); {
	case s.snap.Done() && n == s.snap.Len():
		return 0, false
	case n == 0:
		return 0, true
	default:
		return s.time(n), true
	}
}

// holds reports whether what came before a mark is as it would be if it were merged now.
func (m *mark) holds(list []source) bool {
	for i := range list {
		s := &list[i]
		if m.keys[i] > s.same+1 {
			return false
		}
		// What came since stands behind the mark if a row does that was there before, or by its time.
		if k := s.next(m.keys[i]); k > s.same && s.time(k) <= m.time {
			return false
		}
	}
	return true
}

// update merges what is new. Rows behind the time up to which all captures are known wait.
func (o *order) update(list []source) {
	if o.end.keys == nil {
		o.end = mark{keys: make([]uint32, len(list)), rows: make([]uint32, len(list))}
		for i := range o.end.keys {
			o.end.keys[i] = 1
		}
	}
	if !o.end.holds(list) {
		n := sort.Search(len(o.marks), func(i int) bool { return !o.marks[i].holds(list) })
		n = max(n-1, 0) // the last that holds; nothing is before the first
		o.end = o.marks[n].clone()
		o.marks, o.from = o.marks[:n], o.from[:n*markEvery]
	}
	limit := ^uint64(0)
	for i := range list {
		if t, yes := list[i].unfinished(); yes {
			limit = min(limit, t)
		}
	}
	o.merge(list, limit)
}

// head is the next rows of a capture.
type head struct {
	keys  []uint32
	times []uint64
	at    int
	done  bool
}

// fill reads rows when there are none left.
func (h *head) fill(s *source, from uint32) {
	if h.at < len(h.keys) || h.done {
		return
	}
	h.at = 0
	h.keys, h.times = s.snap.Run(s.list, s.set, from, h.keys[:0], h.times[:0])
	h.done = len(h.keys) == 0
}

func (o *order) merge(list []source, limit uint64) {
	heads := make([]head, len(list))
	for i := range heads {
		heads[i].fill(&list[i], o.end.keys[i])
	}
	for {
		if len(o.from)%markEvery == 0 && len(o.from)/markEvery == len(o.marks) {
			o.marks = append(o.marks, o.end.clone())
		}
		first, until := -1, limit // the capture that is next, and up to which time it stays so
		var least uint64
		for i := range heads {
			h := &heads[i]
			if h.done {
				continue
			}
			switch t := common(h.times[h.at], list[i].ahead); {
			case first < 0:
				first, least = i, t
			case t < least:
				until = min(limit, least-1) // that one comes first when both are at the same time
				first, least = i, t
			default:
				until = min(until, t)
			}
		}
		if first < 0 || least > limit {
			return
		}
		o.take(&heads[first], first, list[first].ahead, until, markEvery-len(o.from)%markEvery)
		heads[first].fill(&list[first], o.end.keys[first])
	}
}

// take takes rows of one capture up to a time, at least one and at most n.
func (o *order) take(h *head, i int, ahead int64, until uint64, n int) {
	begin := h.at
	latest := o.end.time
	for h.at < len(h.keys) && h.at-begin < n {
		t := common(h.times[h.at], ahead)
		if t > until && h.at > begin {
			break
		}
		latest = max(latest, t)
		o.from = append(o.from, uint8(i))
		h.at++
	}
	o.end.time = latest
	o.end.rows[i] += uint32(h.at - begin)
	o.end.keys[i] = h.keys[h.at-1] + 1
}

// place returns how many rows of each capture come before a row.
func (o *order) place(row int) []uint32 {
	k := min(row/markEvery, len(o.marks)-1)
	rows := slices.Clone(o.marks[k].rows)
	for _, i := range o.from[k*markEvery : row] {
		rows[i]++
	}
	return rows
}

// row returns the row that is row n of a capture; false if it is not merged yet.
func (o *order) row(i int, n uint32) (int, bool) {
	k := sort.Search(len(o.marks), func(k int) bool { return o.marks[k].rows[i] > n }) - 1
	if k < 0 {
		return 0, false
	}
	left := n - o.marks[k].rows[i]
	for at := k * markEvery; at < len(o.from); at++ {
		if o.from[at] != uint8(i) {
			continue
		}
		if left == 0 {
			return at, true
		}
		left--
	}
	return 0, false
}
