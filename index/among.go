package index

import (
	"context"

	"github.com/scapls/scapls/filter"
)

// Among tells which of some keys are rows of a list that the program matches: in[i] is about keys[i]. Only the segments
// that the keys are in are asked, and what was found out is remembered. When ctx ends before, known tells of how many
// keys, from the first on, in holds.
func (x *Index) Among(ctx context.Context, p *filter.Program, a Ask, keys []uint32) (in []bool, known int, err error) {
	in = make([]bool, len(keys))
	s := x.selection(p, a)
	defer x.trim()
	x.mu.RLock()
	n := x.n
	x.mu.RUnlock()
	s.settle(x, a)
	s.mu.Lock()
	e := newEvaluator(x, s.plan)
	s.mu.Unlock()
	var c *chunk
	at := -1 // segment of c
	for i, key := range keys {
		if key == 0 || key > n {
			return in, i, nil
		}
		if k := int(key-1) / SegmentSize; k != at {
			e.segment(ctx, s, k, n)
			if ctx.Err() != nil {
				return in, i, ctx.Err()
			}
			at, c = k, s.chunk(k)
		}
		place := int(key-1) % SegmentSize
		if c == nil || place >= c.upTo { // all that was known has just been dropped
			return in, i, nil
		}
		_, in[i] = c.before(place)
	}
	return in, len(keys), nil
}

// Known returns the rows of a list that the program matches, as far as that was asked before; nil when nothing was. done
// reports that there is no more to ask by now.
func (x *Index) Known(p *filter.Program, a Ask) (set *Set, done bool) {
	s := x.selection(p, a)
	if set := x.fresh(s); set != nil {
		return set, true
	}
	x.mu.RLock()
	n, epoch := x.n, x.epoch
	x.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan == nil || s.epoch != epoch {
		return nil, n == 0
	}
	return s.asked(n), false // not as published: flags of its events may have changed since
}

// chunk returns what is known of segment k, nil when it was not asked.
func (s *selection) chunk(k int) *chunk {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k < len(s.chunks) {
		return s.chunks[k]
	}
	return nil
}
