package index

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// Ask is what besides the filter decides which rows match.
type Ask struct {
	List
	Legacy bool           // the events are asked as the legacy style shows them
	Loc    *time.Location // zone of clock times; nil: UTC
	// Within are the rows among which "the listed event before" is meant; nil: those of the list. Programs that ask for
	// that one are told apart by their keys.
	Within *Set
}

// style readies c to be filled.
func (a Ask) style(c *field.Ctx) {
	c.Style.Legacy, c.Style.Loc = a.Legacy, a.Loc
	c.Names.Legacy = a.Legacy
	c.Calls = a.Calls
}

// key tells questions apart.
type key struct {
	list   List
	legacy bool
	loc    string
	filter string
	notes  uint64 // as of which change of notes, where the filter asks for them
}

// selection is a filter of a list with what is known of its rows.
type selection struct {
	key  key
	cond *filter.Cond

	mu     sync.Mutex // guards all below
	plan   *plan
	epoch  uint32
	chunks []*chunk // nil where a segment was not asked
	set    *Set     // of the first segments without a gap
	flips  uint32   // the index's as of set
	used   uint64   // when it was asked for last
}

// cache keeps selections, the latest used ones.
type cache struct {
	mu    sync.Mutex // guards all below
	list  map[key]*selection
	clock uint64
}

// cacheBytes bounds what is kept of filters that are not asked for at the moment.
const cacheBytes = 48 << 20

// selection returns the selection of a filter, a new one when there is none.
func (x *Index) selection(p *filter.Program, a Ask) *selection {
	k := key{list: a.List, legacy: a.Legacy, filter: p.Key(), notes: x.noted(p)}
	if a.Loc != nil {
		k.loc = a.Loc.String()
	}
	x.sets.mu.Lock()
	defer x.sets.mu.Unlock()
	x.sets.clock++
	s := x.sets.list[k]
	if s == nil {
		if x.sets.list == nil {
			x.sets.list = map[key]*selection{}
		}
		s = &selection{key: k, cond: p.Cond()}
		x.sets.list[k] = s
	}
	s.used = x.sets.clock
	return s
}

// Forget drops all that is known of filters.
func (x *Index) Forget() {
	x.sets.mu.Lock()
	defer x.sets.mu.Unlock()
	x.sets.list = nil
}

// trim drops selections that were not used for longest while all take too much room.
func (x *Index) trim() {
	x.sets.mu.Lock()
	defer x.sets.mu.Unlock()
	for len(x.sets.list) > 1 {
		total, oldest := 0, (*selection)(nil)
		for _, s := range x.sets.list {
			total += s.size()
			if oldest == nil || s.used < oldest.used {
				oldest = s
			}
		}
		if total <= cacheBytes {
			return
		}
		delete(x.sets.list, oldest.key)
	}
}

func (s *selection) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 4096
	for _, c := range s.chunks {
		if c != nil {
			n += c.size()
		}
	}
	if s.plan != nil {
		for _, l := range s.plan.leaves {
			n += l.size()
		}
	}
	return n
}

// size returns how many bytes the leaf takes.
func (l *leaf) size() int {
	n := 8 * cells
	for _, t := range []*rowTable{&l.threads, &l.fds} {
		t.mu.Lock()
		n += 8 * len(t.hits)
		t.mu.Unlock()
	}
	return n
}

// Select returns the rows of a list that the program matches, of all events the index has so far. What was found out
// before is not asked again. While it works it tells told, which may be nil, of ever longer sets, in the order of the
// file; told is not called by two goroutines at once. When ctx ends it returns what is known with the context's error.
func (x *Index) Select(ctx context.Context, p *filter.Program, a Ask, told func(*Set)) (*Set, error) {
	s := x.selection(p, a)
	if set := x.fresh(s); set != nil {
		return set, nil
	}
	defer x.trim()
	x.mu.RLock()
	n, flips := x.n, x.flips
	x.mu.RUnlock()
	s.settle(x, a)
	segs := int((n + SegmentSize - 1) / SegmentSize)
	run := &running{x: x, s: s, n: n, flips: flips, told: told, when: time.Now()}
	if w := min(runtime.GOMAXPROCS(0), segs); w > 1 {
		var wg sync.WaitGroup
		for range w {
			wg.Go(func() { run.work(ctx, segs) }) // ends with the segments or ctx
		}
		wg.Wait()
	} else {
		run.work(ctx, segs)
	}
	return s.publish(n, flips), ctx.Err()
}

// fresh returns the selection's set if it says all there is to say by now.
func (x *Index) fresh(s *selection) *Set {
	x.mu.RLock()
	n, flips, epoch := x.n, x.flips, x.epoch
	x.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != nil && s.set.n == n && s.flips == flips && s.epoch == epoch {
		return s.set
	}
	return nil
}

// settle makes the selection's plan if there is none or what it knows is no longer so.
func (s *selection) settle(x *Index, a Ask) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan == nil || s.epoch != x.epoch {
		s.plan, s.epoch, s.chunks, s.set = newPlan(x, s.cond, a), x.epoch, nil, nil
	}
}

// running is one Select at work.
type running struct {
	x     *Index
	s     *selection
	n     uint32
	flips uint32
	told  func(*Set)
	next  atomic.Int64 // segment

	mu   sync.Mutex // guards told's turns
	last uint32     // asked as of the last one
	when time.Time  // of the last one
}

// tellEvery is the least time between two calls of told.
const tellEvery = 20 * time.Millisecond

// work asks segment after segment.
func (r *running) work(ctx context.Context, segs int) {
	r.s.mu.Lock()
	e := newEvaluator(r.x, r.s.plan)
	r.s.mu.Unlock()
	for {
		k := int(r.next.Add(1)) - 1
		if k >= segs || ctx.Err() != nil {
			return
		}
		if !e.segment(ctx, r.s, k, r.n) {
			continue
		}
		if r.told == nil {
			continue
		}
		r.mu.Lock()
		if now := time.Now(); now.Sub(r.when) >= tellEvery {
			if set := r.s.publish(r.n, r.flips); set.n > r.last {
				r.last, r.when = set.n, now
				r.told(set)
			}
		}
		r.mu.Unlock()
	}
}

// stride is how many events are asked between two looks at the context and pauses of the lock.
const stride = 8192

// segment brings a segment of a selection up to date with the first n events; it reports whether there is anything new.
func (e *evaluator) segment(ctx context.Context, s *selection, k int, n uint32) bool {
	x := e.x
	var sum, mask, out bitmap
	c := s.chunk(k)
	x.mu.RLock()
	seg := x.segs[k]
	upTo := min(seg.n, int(n)-k*SegmentSize)
	flips := seg.flips
	from := 0
	if c != nil && c.flips == flips {
		from = c.upTo
	}
	x.mu.RUnlock()
	if from >= upTo {
		return false
	}
	if from > 0 {
		c.into(&sum)
	}
	step := stride
	if e.p.cheap() {
		step = SegmentSize
	}
	for at := from; at < upTo; {
		if ctx.Err() != nil {
			return false
		}
		to := min((at+step)/step*step, upTo)
		x.mu.RLock()
		e.members(seg, at, to, &mask)
		e.run(k, at, to, &mask, &out)
		x.mu.RUnlock()
		for w := at / wordBits; w < (to+wordBits-1)/wordBits; w++ {
			sum[w] |= out[w]
		}
		at = to
	}
	made := newChunk(&sum, upTo, flips)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plan != e.p {
		return false
	}
	for len(s.chunks) <= k {
		s.chunks = append(s.chunks, nil)
	}
	if old := s.chunks[k]; old == nil || old.upTo <= made.upTo || old.flips != flips {
		s.chunks[k] = made
	}
	return true
}

// cheap reports whether a whole segment may be asked without a pause.
func (p *plan) cheap() bool {
	for _, l := range p.leaves {
		if l.numbers == nil && !l.lifted {
			for _, w := range l.ways {
				if w == wayBytes || w == wayState || w == wayHeld || w == wayRow {
					return false
				}
			}
		}
	}
	return true
}

// members sets mask to the events of [from, to) that are rows of the list.
func (e *evaluator) members(s *segment, from, to int, mask *bitmap) {
	members(s, e.p.ask.query(), from, to, mask)
}

func members(s *segment, q query, from, to int, mask *bitmap) {
	for w := from / wordBits; w < (to+wordBits-1)/wordBits; w++ {
		m := uint64(0)
		if flags := s.flags[w*wordBits : min(w*wordBits+wordBits, to)]; len(flags) == wordBits {
			m = q.members(flags)
		} else {
			for i, f := range flags {
				if q.member(f) {
					m |= 1 << i
				}
			}
		}
		if w*wordBits < from {
			m &^= 1<<(from%wordBits) - 1
		}
		mask[w] = m
	}
}

// publish makes a set of the segments that were asked, up to the first that was not.
func (s *selection) publish(n, flips uint32) *Set {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set, s.flips = s.asked(n), flips
	return s.set
}

// asked makes that set. s.mu is held.
func (s *selection) asked(n uint32) *Set {
	var list []*chunk
	for k, c := range s.chunks {
		if c == nil || k*SegmentSize >= int(n) {
			break
		}
		list = append(list, c)
		if c.upTo < SegmentSize {
			break
		}
	}
	return newSet(list)
}
