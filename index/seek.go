package index

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/scapls/scapls/filter"
)

// Seek says where to look for a row.
type Seek struct {
	From      uint32 // key to begin behind, or before; 0: from the first, or the last
	Backwards bool
	In        *Set // only rows that are also in this; nil: all of the list
}

// Seek returns the key of the next row of a list that the program matches, 0 when there is none; p may be nil for all
// rows. It asks no more of the events than it has to, several segments at once, and remembers what it asked.
func (x *Index) Seek(ctx context.Context, p *filter.Program, a Ask, to Seek) (uint32, error) {
	if p == nil {
		p = filter.Everything()
	}
	s := x.selection(p, a)
	defer x.trim()
	x.mu.RLock()
	n := x.n
	x.mu.RUnlock()
	if n == 0 {
		return 0, nil
	}
	s.settle(x, a)
	k := &seeking{x: x, s: s, to: to, n: n, from: min(to.From, n+1)}
	if k.from == 0 && to.Backwards {
		k.from = n + 1
	}
	k.first, k.segs = segmentOf(k.from, to.Backwards), int((n+SegmentSize-1)/SegmentSize)
	k.best.Store(math.MaxInt64)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), k.segs) - 1 {
		wg.Go(func() { k.work(ctx) }) // ends with the segments, with what was found, or with ctx
	}
	k.work(ctx)
	wg.Wait()
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return k.key, nil
}

// seeking is one Seek at work.
type seeking struct {
	x           *Index
	s           *selection
	to          Seek
	n, from     uint32
	first, segs int          // segment it begins in, and how many there are
	next        atomic.Int64 // segment to look at, counted in the direction of the search
	best        atomic.Int64 // the nearest segment in which a row was found

	mu  sync.Mutex // guards key
	key uint32     // in the nearest segment
}

// work looks at segment after segment until one that is not behind what was found.
func (k *seeking) work(ctx context.Context) {
	k.s.mu.Lock()
	e := newEvaluator(k.x, k.s.plan)
	k.s.mu.Unlock()
	for ctx.Err() == nil {
		i := k.next.Add(1) - 1
		seg := k.first + int(i)
		if k.to.Backwards {
			seg = k.first - int(i)
		}
		if seg < 0 || seg >= k.segs || i > k.best.Load() {
			return
		}
		e.segment(ctx, k.s, seg, k.n)
		key := k.s.chunk(seg).seek(seg, k.from, k.to)
		if key == 0 || ctx.Err() != nil {
			continue
		}
		k.mu.Lock()
		if i < k.best.Load() {
			k.best.Store(i)
			k.key = key
		}
		k.mu.Unlock()
	}
}

// Asked returns of which part of the events a filter has been asked, 0 to 1.
func (x *Index) Asked(p *filter.Program, a Ask) float64 {
	s := x.selection(p, a)
	x.mu.RLock()
	n := x.n
	x.mu.RUnlock()
	if n == 0 {
		return 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := 0
	for _, c := range s.chunks {
		if c != nil {
			sum += c.upTo
		}
	}
	return min(1, float64(sum)/float64(n))
}

// segmentOf returns the segment in which the search from a key begins.
func segmentOf(from uint32, backwards bool) int {
	if backwards {
		return (int(from) - 2) / SegmentSize // of the key before it
	}
	return int(from / SegmentSize) // of the key behind it
}

// seek returns the first key of segment k's rows behind from, or the last before it, that fits.
func (c *chunk) seek(k int, from uint32, to Seek) uint32 {
	if c == nil || c.n == 0 {
		return 0
	}
	first := uint32(k*SegmentSize) + 1
	if to.Backwards {
		at := SegmentSize
		if from < first+SegmentSize {
			at = int(from - first)
		}
		for i := c.rank(at); i > 0; i-- {
			if key := first + uint32(c.at(i-1)); to.in(key) {
				return key
			}
		}
		return 0
	}
	at := 0
	if from >= first {
		at = int(from-first) + 1
	}
	for i := c.rank(at); i < c.n; i++ {
		if key := first + uint32(c.at(i)); to.in(key) {
			return key
		}
	}
	return 0
}

// rank returns how many of the chunk's events stand before place i, which may be its end.
func (c *chunk) rank(i int) uint32 {
	if i >= SegmentSize {
		return c.n
	}
	n, _ := c.before(i)
	return n
}

func (t Seek) in(key uint32) bool {
	if t.In == nil {
		return true
	}
	_, in := t.In.Rank(key)
	return in
}
