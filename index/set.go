package index

import (
	"math/bits"
	"slices"
	"sort"
)

// wordBits is the number of events of one word of a set.
const (
	wordBits = 64
	words    = SegmentSize / wordBits
)

// bitmap is a set of events of one segment, a bit each.
type bitmap [words]uint64

// sparseMax is the most events of a chunk that are kept one by one: as many take as much room as a bitmap.
const sparseMax = SegmentSize / 16

// chunk is the part of a set in one segment. It does not change. Like the containers of roaring bitmaps, which are of
// the same size, it keeps few events one by one and many in a bitmap.
type chunk struct {
	n     uint32 // events in it
	upTo  int    // how many of the segment's events were asked
	flips uint32 // as of which change of flags
	few   []uint16
	many  *bitmap
}

func (c *chunk) size() int {
	n := 48 + 2*cap(c.few)
	if c.many != nil {
		n += 8 * words
	}
	return n
}

// newChunk keeps what is in b; b stays the caller's.
func newChunk(b *bitmap, upTo int, flips uint32) *chunk {
	c := &chunk{upTo: upTo, flips: flips}
	for _, w := range b {
		c.n += uint32(bits.OnesCount64(w))
	}
	switch {
	case c.n == 0:
	case c.n > sparseMax:
		m := *b
		c.many = &m
	default:
		c.few = make([]uint16, 0, c.n)
		for i, w := range b {
			for ; w != 0; w &= w - 1 {
				c.few = append(c.few, uint16(i*wordBits+bits.TrailingZeros64(w)))
			}
		}
	}
	return c
}

// into adds the chunk's events to b.
func (c *chunk) into(b *bitmap) {
	if c.many != nil {
		for i, w := range c.many {
			b[i] |= w
		}
	}
	for _, i := range c.few {
		b[i/wordBits] |= 1 << (i % wordBits)
	}
}

// at returns event i of the chunk, by its place in the segment.
func (c *chunk) at(i uint32) int {
	if c.many == nil {
		return int(c.few[i])
	}
	for k, w := range c.many {
		n := uint32(bits.OnesCount64(w))
		if i >= n {
			i -= n
			continue
		}
		for ; i > 0; i-- {
			w &= w - 1
		}
		return k*wordBits + bits.TrailingZeros64(w)
	}
	return -1
}

// before returns how many of the chunk's events stand before place i, and whether the one there is in it.
func (c *chunk) before(i int) (n uint32, in bool) {
	if c.many == nil {
		k, in := slices.BinarySearch(c.few, uint16(i))
		return uint32(k), in
	}
	for _, w := range c.many[:i/wordBits] {
		n += uint32(bits.OnesCount64(w))
	}
	w := c.many[i/wordBits]
	bit := uint64(1) << (i % wordBits)
	return n + uint32(bits.OnesCount64(w&(bit-1))), w&bit != 0
}

// Set is the rows of a list that a filter matches, as far as they were asked. It does not change; what is known later
// is another Set.
type Set struct {
	n      uint32 // keys up to it were asked
	chunks []*chunk
	before []uint32 // rows before each chunk, and all at the end
}

func newSet(chunks []*chunk) *Set {
	s := &Set{chunks: chunks, before: make([]uint32, len(chunks)+1)}
	for i, c := range chunks {
		s.before[i+1] = s.before[i] + c.n
		s.n += uint32(c.upTo)
	}
	return s
}

// Asked returns the last key that was asked: the set knows of no later ones.
func (s *Set) Asked() uint32 { return s.n }

// Rows returns how many rows there are.
func (s *Set) Rows() uint32 { return s.before[len(s.chunks)] }

// Select returns the key of row i, 0 when there are fewer.
func (s *Set) Select(i uint32) uint32 {
	if i >= s.Rows() {
		return 0
	}
	k := sort.Search(len(s.chunks), func(k int) bool { return s.before[k+1] > i })
	return uint32(k*SegmentSize+s.chunks[k].at(i-s.before[k])) + 1
}

// Rank returns how many rows come before the key, and whether the key is itself one.
func (s *Set) Rank(key uint32) (row uint32, listed bool) {
	if key == 0 {
		return 0, false
	}
	k := int((key - 1) / SegmentSize)
	if k >= len(s.chunks) {
		return s.Rows(), false
	}
	n, in := s.chunks[k].before(int((key - 1) % SegmentSize))
	return s.before[k] + n, in
}

// Next returns the first key at or after key, 0 when there is none.
func (s *Set) Next(key uint32) uint32 {
	if key == 0 {
		return 0
	}
	at := int((key - 1) % SegmentSize)
	for k := int((key - 1) / SegmentSize); k < len(s.chunks); k++ {
		if i := s.chunks[k].next(at); i >= 0 {
			return uint32(k*SegmentSize+i) + 1
		}
		at = 0
	}
	return 0
}

// Prev returns the last key before key, 0 when there is none.
func (s *Set) Prev(key uint32) uint32 {
	if key <= 1 || len(s.chunks) == 0 {
		return 0
	}
	k, at := int((key-1)/SegmentSize), int((key-1)%SegmentSize)
	if k >= len(s.chunks) {
		k, at = len(s.chunks)-1, SegmentSize
	}
	for ; k >= 0; k-- {
		if i := s.chunks[k].prev(at); i >= 0 {
			return uint32(k*SegmentSize+i) + 1
		}
		at = SegmentSize
	}
	return 0
}

// next returns the first place at or behind i, -1 when there is none.
func (c *chunk) next(i int) int {
	if c.many == nil {
		if k, _ := slices.BinarySearch(c.few, uint16(i)); k < len(c.few) {
			return int(c.few[k])
		}
		return -1
	}
	w := i / wordBits
	m := c.many[w] &^ (1<<(i%wordBits) - 1)
	for m == 0 {
		if w++; w == words {
			return -1
		}
		m = c.many[w]
	}
	return w*wordBits + bits.TrailingZeros64(m)
}

// prev returns the last place before i, which may be the end; -1 when there is none.
func (c *chunk) prev(i int) int {
	if c.many == nil {
		k := len(c.few)
		if i < SegmentSize {
			k, _ = slices.BinarySearch(c.few, uint16(i))
		}
		if k == 0 {
			return -1
		}
		return int(c.few[k-1])
	}
	w := i / wordBits
	m := uint64(0)
	if w < words {
		m = c.many[w] & (1<<(i%wordBits) - 1)
	}
	for m == 0 {
		if w--; w < 0 {
			return -1
		}
		m = c.many[w]
	}
	return w*wordBits + bits.Len64(m) - 1
}

// Meets reports whether a row is in both sets.
func (s *Set) Meets(o *Set) bool {
	for k := range min(len(s.chunks), len(o.chunks)) {
		a, b := s.chunks[k], o.chunks[k]
		if a.n == 0 || b.n == 0 {
			continue
		}
		var x, y bitmap
		a.into(&x)
		b.into(&y)
		for i := range x {
			if x[i]&y[i] != 0 {
				return true
			}
		}
	}
	return false
}

// Has reports whether a key is in the set.
func (s *Set) Has(key uint32) bool {
	k := int((key - 1) / SegmentSize)
	if key == 0 || k >= len(s.chunks) {
		return false
	}
	c, i := s.chunks[k], int((key-1)%SegmentSize)
	if c.many != nil {
		return c.many[i/wordBits]>>(i%wordBits)&1 != 0
	}
	_, in := slices.BinarySearch(c.few, uint16(i))
	return in
}
