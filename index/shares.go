package index

import "math/bits"

// Share is how a part of a list falls to sets: a row counts for the first that has it.
type Share struct {
	Rows uint32   // of the list
	Of   []uint32 // of them, by set
}

// Shares cuts a list, or the set in when it is not nil, into parts of as many rows each, at most as many parts as it has
// rows, and tells what falls to the sets, at most 255, of which any may be nil. The rows are in the order of the file, or
// in that of order when it is not nil. alone[i] is how many rows of the list set i has.
func (s Snapshot) Shares(l List, in *Set, order *Order, sets []*Set, parts int) (shares []Share, alone []uint32) {
	total := s.Rows(l)
	switch {
	case order != nil:
		total = order.Rows()
	case in != nil:
		total = in.Rows()
	}
	w := sharing{sets: sets, total: uint64(total), own: make([]bitmap, len(sets)), alone: make([]uint32, len(sets))}
	w.shares = make([]Share, max(min(parts, int(total)), 1))
	counts := make([]uint32, len(w.shares)*len(sets))
	for i := range w.shares {
		w.shares[i].Of = counts[i*len(sets) : (i+1)*len(sets)]
	}
	w.end = w.endOf(0)
	var marks []uint8 // 1 and the set that a key falls to
	if order != nil {
		marks = make([]uint8, len(s.x.segs)*SegmentSize)
		for _, key := range order.keys {
			marks[key-1] = noSet
		}
	}
	q := l.query()
	for k, seg := range s.x.segs {
		clear(w.rows[:])
		switch {
		case order != nil:
			w.marked(marks[k*SegmentSize : (k+1)*SegmentSize])
		case in == nil:
			members(seg, q, 0, seg.n, &w.rows)
		case k < len(in.chunks):
			in.chunks[k].into(&w.rows)
		}
		w.falls(k)
		if order != nil {
			w.mark(marks[k*SegmentSize : (k+1)*SegmentSize])
		} else {
			w.share()
		}
	}
	if order != nil {
		w.walk(order.keys, marks)
	}
	if total == 0 || parts <= 0 {
		return nil, w.alone
	}
	return w.shares, w.alone
}

// noSet marks a key of the list that falls to no set.
const noSet = 255

// sharing is Shares at work.
type sharing struct {
	sets   []*Set
	total  uint64
	shares []Share
	alone  []uint32
	part   int      // the one that is filled
	end    uint64   // the row behind it
	row    uint64   // rows so far
	rows   bitmap   // of the list, in the segment
	own    []bitmap // those of them that fall to each set
}

// endOf returns the row behind a part.
func (w *sharing) endOf(part int) uint64 { return (uint64(part) + 1) * w.total / uint64(len(w.shares)) }

// falls finds out what of segment k's rows falls to which set.
func (w *sharing) falls(k int) {
	rest := w.rows
	for i, set := range w.sets {
		own := &w.own[i]
		clear(own[:])
		if set == nil || k >= len(set.chunks) || set.chunks[k].n == 0 {
			continue
		}
		set.chunks[k].into(own)
		n := 0
		for j, m := range own {
			n += bits.OnesCount64(m & w.rows[j])
			own[j] = m & rest[j]
			rest[j] &^= m
		}
		w.alone[i] += uint32(n)
	}
}

// share counts the segment's rows, which come next in the list.
func (w *sharing) share() {
	for j, m := range w.rows {
		for m != 0 {
			n := uint64(bits.OnesCount64(m))
			take := m
			if room := w.end - w.row; n > room { // the part ends within the word
				take, n = firstBits(m, room), room
			}
			share := &w.shares[w.part]
			share.Rows += uint32(n)
			for i := range w.own {
				if o := w.own[i][j] & take; o != 0 {
					share.Of[i] += uint32(bits.OnesCount64(o))
				}
			}
			m &^= take
			w.went(n)
		}
	}
}

// went counts rows that came into the present part, which they do not go beyond.
func (w *sharing) went(n uint64) {
	if w.row += n; w.row == w.end && w.part+1 < len(w.shares) {
		w.part++
		w.end = w.endOf(w.part)
	}
}

// marked sets rows to the keys of a segment that have a mark.
func (w *sharing) marked(marks []uint8) {
	for i, m := range marks {
		if m != 0 {
			w.rows[i/wordBits] |= 1 << (i % wordBits)
		}
	}
}

// mark notes to which sets the keys of the segment fall.
func (w *sharing) mark(marks []uint8) {
	for i := range w.own {
		for j, m := range w.own[i] {
			for ; m != 0; m &= m - 1 {
				marks[j*wordBits+bits.TrailingZeros64(m)] = uint8(i + 1)
			}
		}
	}
}

// walk counts rows by their marks, in another order than the file's.
func (w *sharing) walk(keys []uint32, marks []uint8) {
	for _, key := range keys {
		share := &w.shares[w.part]
		share.Rows++
		if m := marks[key-1]; m != noSet {
			share.Of[m-1]++
		}
		w.went(1)
	}
}

// firstBits returns the first n bits that are set in m.
func firstBits(m, n uint64) uint64 {
	rest := m
	for range n {
		rest &= rest - 1
	}
	return m &^ rest
}
