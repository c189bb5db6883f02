package index

import (
	"bytes"
	"math"
	"math/bits"
	"sort"
)

const (
	searchBlock = 256 << 10 // bytes of the file that are searched at a time
	decodeCost  = 1500      // bytes that are searched in the time that one event takes to be decoded
)

// search returns the events of mask whose bytes may hold needle, in any case with fold, found by looking through the
// file's bytes as they are; nil when asking every event of mask costs less or the bytes cannot be read.
func (e *evaluator) search(needle []byte, fold bool, mask *bitmap) *bitmap {
	s := e.s
	first, last := e.from*wordBits, min(e.to*wordBits, s.n)
	if len(needle) == 0 || s.offset(s.n-1)-s.base > math.MaxUint32 {
		return nil
	}
	end := e.x.stats.Bytes
	if last < s.n {
		end = s.offset(last)
	} else if e.k+1 < len(e.x.segs) {
		end = e.x.segs[e.k+1].base
	}
	asked := 0
	for _, w := range mask[e.from:e.to] {
		asked += bits.OnesCount64(w)
	}
	begin := s.offset(first)
	if int64(asked)*decodeCost < end-begin {
		return nil
	}
	found := e.take()
	clear(found[e.from:e.to])
	if !e.find(needle, fold, begin, end, first, last, found) {
		e.give(found)
		return nil
	}
	if e.p.ask.Calls {
		e.exits(first, last, found)
	}
	for i := e.from; i < e.to; i++ {
		found[i] &= mask[i]
	}
	return found
}

// find sets the events of [first, last) in whose bytes, which lie between two offsets of the file, needle begins.
func (e *evaluator) find(needle []byte, fold bool, begin, end int64, first, last int, found *bitmap) bool {
	s := e.s
	if cap(e.buf) < searchBlock {
		e.buf = make([]byte, searchBlock)
	}
	size := max(searchBlock, 2*len(needle))
	if cap(e.buf) < size {
		e.buf = make([]byte, size)
	}
	at := first // the event the search is at
	for off := begin; off < end; {
		b := e.buf[:min(int64(size), end-off)]
		n, err := e.x.in.ReadAt(b, off)
		if n < len(b) && err != nil {
			return false
		}
		if fold {
			lower(b)
		}
		pos := 0
		for {
			i := bytes.Index(b[pos:], needle)
			if i < 0 {
				break
			}
			rel := uint32(off + int64(pos+i) - s.base)
			at += sort.Search(last-at, func(j int) bool { return s.off[at+j] > rel }) - 1
			found[at/wordBits] |= 1 << (at % wordBits)
			if at+1 == last {
				return true
			}
			next := s.base + int64(s.off[at+1]) - off
			if next >= int64(len(b)) {
				break
			}
			pos = int(next)
		}
		if off+int64(len(b)) >= end {
			break
		}
		off += int64(len(b) - len(needle) + 1)
	}
	return true
}

// lower turns capital letters from A to Z into small ones.
func lower(b []byte) {
	for i, c := range b {
		if c-'A' < 26 {
			b[i] = c + 'a' - 'A'
		}
	}
}

// exits adds to found the exits of enter halves in it, and those whose enter half was not searched: in the calls view
// they may show its bytes.
func (e *evaluator) exits(first, last int, found *bitmap) {
	s := e.s
	for i := first; i < last; i++ {
		p := int(s.pair[i])
		if p == 0 || s.typ[i]&1 == 0 {
			continue
		}
		if p > i-first || found[(i-p)/wordBits]>>((i-p)%wordBits)&1 != 0 {
			found[i/wordBits] |= 1 << (i % wordBits)
		}
	}
}
