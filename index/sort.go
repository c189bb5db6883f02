package index

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/scapls/scapls/filter/field"
)

// Sorting says what rows are put in order by: numbers, times and addresses by their value, texts by the numbers in them
// and else by their bytes, rows without a value last, those with the same value as in the file.
type Sorting struct {
	By   field.Expr
	Or   *field.Expr // what counts where By has no value; nil: nothing
	Down bool        // the greatest first
}

// Order is rows of a list in another order than the file's. It does not change, and knows nothing of rows that came
// later.
type Order struct {
	keys   []uint32
	n      uint32 // keys up to it were looked at
	valued int    // rows that have a value, which come first
}

// Asked returns the last key that was looked at: the order knows of no later ones.
func (o *Order) Asked() uint32 { return o.n }

// Rows returns how many rows there are.
func (o *Order) Rows() uint32 { return uint32(len(o.keys)) }

// Valued returns how many rows have a value; they come first.
func (o *Order) Valued() uint32 { return uint32(o.valued) }

// Select returns the key of row i, 0 when there are fewer.
func (o *Order) Select(i uint32) uint32 {
	if uint64(i) >= uint64(len(o.keys)) {
		return 0
	}
	return o.keys[i]
}

// Between returns the keys of the rows from one to another, as in the file, 0 being its end; they are not to be changed.
func (o *Order) Between(from, to uint32) []uint32 {
	if from == 0 && to == 0 {
		return o.keys
	}
	keys := []uint32{}
	for _, key := range o.keys {
		if key >= from && (to == 0 || key <= to) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Rank returns which row a key is; false when it is none. It looks at all rows, some ms for ten million.
func (o *Order) Rank(key uint32) (row uint32, in bool) {
	i := slices.Index(o.keys, key)
	return uint32(max(i, 0)), i >= 0
}

// Next returns the first row from a row on that is in a set, or the last before it; false when there is none.
func (o *Order) Next(set *Set, row uint32, backwards bool) (uint32, bool) {
	if backwards {
		for i := min(int(row), len(o.keys)) - 1; i >= 0; i-- {
			if set.Has(o.keys[i]) {
				return uint32(i), true
			}
		}
		return 0, false
	}
	for i := int(row); i < len(o.keys); i++ {
		if set.Has(o.keys[i]) {
			return uint32(i), true
		}
	}
	return 0, false
}

// Sort puts the rows of a list, or of the set when it is not nil, into an order. Fields that are told by the thread's or
// the descriptor's row are asked once for each, columns are taken as they are, and only what is in events' bytes takes
// longer. It tells told, which may be nil and is called by several goroutines, how far it is, and ends early when ctx
// does. It takes up to 30 bytes a row while it works, besides the texts of the column, and 4 afterwards.
func (x *Index) Sort(ctx context.Context, a Ask, set *Set, by Sorting, told func(fraction float64)) (*Order, error) {
	s := newSorter(x, a, set, by)
	if told == nil {
		told = func(float64) {}
	}
	takers, err := s.take(ctx, told)
	if err != nil {
		return nil, err
	}
	if !s.numeric {
		if err := s.rankTexts(ctx, takers); err != nil {
			return nil, err
		}
	}
	told(partTaken + partRanked)
	return s.order(ctx, told)
}

// How much of the time the steps take, about.
const partTaken, partRanked = 0.6, 0.1

// sorter is one Sort at work.
type sorter struct {
	x    *Index
	ask  Ask
	set  *Set
	by   Sorting
	n    uint32
	segs int

	plan    *plan // for evaluators: it has no leaves
	needs   [cells]field.Needs
	ways    [cells]way
	numeric bool   // values are numbers
	latency bool   // of calls: others have none
	delta   bool   // the time since the row before
	flip    uint64 // makes signed numbers unsigned ones of the same order
	column  *leaf  // the column that has the numbers; nil: the field is asked

	texts atomic.Int64 // bytes of distinct texts so far
	parts []sortPart   // by segment
	least uint64       // of the numbers; ranks begin at 0
	most  uint64
}

// sortPart is the rows of one segment with what they are sorted by.
type sortPart struct {
	at    []uint16 // rows with a value
	none  []uint16 // rows without
	base  uint64   // is to be added to the values
	small []uint32 // values, or numbers of texts
	big   []uint64 // values where they do not fit into small
	ranks []uint32 // by number of a text: which it is of all; nil for numbers
}

// value returns the value, or the rank of the text, of the i-th row.
func (p *sortPart) value(i int) uint64 {
	switch {
	case p.ranks != nil:
		return uint64(p.ranks[p.small[i]])
	case p.big != nil:
		return p.big[i]
	}
	return p.base + uint64(p.small[i])
}

func newSorter(x *Index, a Ask, set *Set, by Sorting) *sorter {
	s := &sorter{x: x, ask: a, set: set, by: by, plan: &plan{ask: a}}
	x.mu.RLock()
	defer x.mu.RUnlock()
	s.n = x.n
	if set != nil {
		s.n = min(set.n, x.n)
	}
	s.segs = int((s.n + SegmentSize - 1) / SegmentSize)
	s.parts = make([]sortPart, s.segs)
	b := &planner{x: x, p: s.plan, needs: map[string]*[cells]field.Needs{}}
	s.needs = *b.needsOf(&by.By.Ref)
	if by.Or != nil {
		for i, n := range b.needsOf(&by.Or.Ref) {
			if n != s.needs[i] { // what one takes from the situation alone the other does not
				n |= field.NeedType
			}
			s.needs[i] |= n
		}
	}
	only := field.Needs(0)
	s.latency = true
	for i, n := range s.needs {
		s.ways[i] = wayOf(n)
		if i/2 < cellUnknown {
			only |= n
			s.latency = s.latency && n&field.NeedLatency != 0
		}
	}
	s.choose(only)
	return s
}

// deltas are the fields that are the time since the row before, which the columns tell without the field.
var deltas = map[string]bool{"evt.deltatime": true, "frame.time_delta": true}

// choose finds out whether what is sorted by is numbers, and whether a column has them.
func (s *sorter) choose(only field.Needs) {
	e := &s.by.By
	plain := len(e.Chain) == 0 && s.by.Or == nil
	col := columnNone
	switch kind := e.Kind(); kind {
	case field.Bool, field.Int, field.Uint, field.Float, field.Time, field.Duration, field.Port:
		s.numeric = s.by.Or == nil || s.by.Or.Kind() == kind
		if plain {
			col = columnOf[e.F.Name]
			s.delta = deltas[e.F.Name]
		}
	case field.String:
		// A text that tells the time or a span of it: by what it tells, not by how it reads.
		switch {
		case plain && only == field.NeedTime:
			s.numeric, col = true, columnTime
		case plain && only == field.NeedLatency:
			s.numeric, col = true, columnLatency
		}
	}
	if s.numeric && e.Kind() == field.Int {
		s.flip = 1 << 63
	}
	if col != columnNone && (col != columnNum || len(s.x.packets) == 0) {
		s.column = &leaf{ways: s.ways, numbers: &numbers{column: col}}
		s.column.classify()
	}
}

// take finds the values of all rows; the takers have the texts.
func (s *sorter) take(ctx context.Context, told func(float64)) ([]*taker, error) {
	var next, done atomic.Int64
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	takers := make([]*taker, min(runtime.GOMAXPROCS(0), max(s.segs, 1)))
	for i := range takers {
		t := newTaker(s)
		takers[i] = t
		wg.Go(func() { // ends with the segments or ctx
			for k := int(next.Add(1)) - 1; k < s.segs; k = int(next.Add(1)) - 1 {
				if err := t.segment(ctx, k); err != nil {
					cancel(err)
					return
				}
				told(partTaken * float64(done.Add(1)) / float64(s.segs))
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return takers, nil
}

// order sorts the rows by what was found.
func (s *sorter) order(ctx context.Context, told func(float64)) (*Order, error) {
	o := &Order{n: s.n}
	starts, nones := make([]int, s.segs), make([]int, s.segs)
	rest := 0
	s.least, s.most = ^uint64(0), 0
	for k := range s.parts {
		p := &s.parts[k]
		starts[k], nones[k] = o.valued, rest
		o.valued += len(p.at)
		rest += len(p.none)
	}
	o.keys = make([]uint32, o.valued+rest)
	var mu sync.Mutex
	s.each(func(k int) {
		least, most := s.parts[k].bounds()
		mu.Lock()
		defer mu.Unlock()
		s.least, s.most = min(s.least, least), max(s.most, most)
	})
	s.each(func(k int) {
		first := uint32(k)*SegmentSize + 1
		for i, at := range s.parts[k].none {
			o.keys[o.valued+nones[k]+i] = first + uint32(at)
		}
	})
	if err := ctx.Err(); err != nil || o.valued == 0 {
		return o, err
	}
	passed := func(part float64) { told(partTaken + partRanked + part*(1-partTaken-partRanked)) }
	if s.most-s.least < 1<<32 {
		return o, sortBy[uint32](ctx, s, o.keys[:o.valued], starts, passed)
	}
	return o, sortBy[uint64](ctx, s, o.keys[:o.valued], starts, passed)
}

// bounds returns the least and the greatest value.
func (p *sortPart) bounds() (least, most uint64) {
	least = ^uint64(0)
	for i := range p.at {
		v := p.value(i)
		least, most = min(least, v), max(most, v)
	}
	return least, most
}

// each calls f for every segment, by several goroutines.
func (s *sorter) each(f func(k int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), s.segs) {
		wg.Go(func() { // ends with the segments
			for k := int(next.Add(1)) - 1; k < s.segs; k = int(next.Add(1)) - 1 {
				f(k)
			}
		})
	}
	wg.Wait()
}
