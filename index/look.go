package index

import "math/bits"

// Look is what a list was at a moment, to tell later from where on it differs.
type Look struct {
	n      uint32 // keys up to it were looked at
	flips  []uint32
	chunks []*chunk // nil without a set
}

// Look notes what a list, or a set of its rows, is now.
func (s Snapshot) Look(set *Set) Look {
	if set != nil {
		return Look{n: set.n, chunks: set.chunks}
	}
	l := Look{n: s.x.n, flips: make([]uint32, len(s.x.segs))}
	for k, seg := range s.x.segs {
		l.flips[k] = seg.flips
	}
	return l
}

// Same returns up to which key the rows are the same as at a later look.
func (l Look) Same(later Look) uint32 {
	n := min(l.n, later.n)
	whole := func(k int) uint32 { return min(n, uint32(k)*SegmentSize) }
	for k := range l.flips {
		if k >= len(later.flips) || l.flips[k] != later.flips[k] {
			return whole(k)
		}
	}
	for k := range l.chunks {
		if k >= len(later.chunks) || l.chunks[k] != later.chunks[k] {
			return whole(k)
		}
	}
	return n
}

// Run appends the keys and the times of rows of a list, or of a set of its rows, from a key on: those of one segment, at
// least one unless there are no more.
func (s Snapshot) Run(l List, set *Set, from uint32, keys []uint32, times []uint64) ([]uint32, []uint64) {
	for k := int((from - 1) / SegmentSize); k < len(s.x.segs); k++ {
		seg := s.x.segs[k]
		var rows bitmap
		switch {
		case set == nil:
			members(seg, l.query(), 0, seg.n, &rows)
		case k < len(set.chunks):
			set.chunks[k].into(&rows)
		default:
			return keys, times
		}
		first, before := uint32(k)*SegmentSize+1, len(keys)
		skip := 0
		if from > first {
			skip = int(from - first)
		}
		for w := skip / wordBits; w < words; w++ {
			m := rows[w]
			if w == skip/wordBits {
				m &^= 1<<(skip%wordBits) - 1
			}
			for ; m != 0; m &= m - 1 {
				i := w*wordBits + bits.TrailingZeros64(m)
				keys, times = append(keys, first+uint32(i)), append(times, seg.ts[i])
			}
		}
		if len(keys) > before {
			return keys, times
		}
	}
	return keys, times
}
