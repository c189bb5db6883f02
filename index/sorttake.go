package index

import (
	"context"
	"math/bits"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/state"
)

// taker takes what rows are sorted by. It is one goroutine's.
type taker struct {
	s        *sorter
	e        *evaluator
	dict     dictionary // of texts
	segments []int      // that it took
	buf      []byte

	consts  map[int]sortValue // by situation
	threads rowValues
	fds     rowValues
	errs    map[int]sortValue
	calls   map[int32]sortValue
	held    []heldValue
	values  [SegmentSize]uint64 // of the segment at hand
}

// sortValue is a number, or the number of a text; has is false where there is none.
type sortValue struct {
	v   uint64
	has bool
}

// heldValue is a value for a thread's row and the events for which it holds.
type heldValue struct {
	row      uint32 // and one
	from, to uint32
	value    sortValue
}

// rowValues are values by row of a dimension, by row and one.
type rowValues struct {
	asked  []uint64 // a bit each
	values []sortValue
}

// at returns the value of a row, which is asked when it was not before.
func (r *rowValues) at(row uint32, rows int, ask func() sortValue) sortValue {
	row++
	if int(row) >= len(r.values) {
		values := make([]sortValue, max(rows+1, int(row)+1))
		copy(values, r.values)
		asked := make([]uint64, len(values)/wordBits+1)
		copy(asked, r.asked)
		r.values, r.asked = values, asked
	}
	if bit := uint64(1) << (row % wordBits); r.asked[row/wordBits]&bit == 0 {
		r.values[row] = ask()
		r.asked[row/wordBits] |= bit
	}
	return r.values[row]
}

func newTaker(s *sorter) *taker {
	return &taker{
		s: s, e: newEvaluator(s.x, s.plan), consts: map[int]sortValue{}, errs: map[int]sortValue{}, calls: map[int32]sortValue{},
	}
}

// segment takes the values of the rows of segment k.
func (t *taker) segment(ctx context.Context, k int) error {
	s := t.s
	t.segments = append(t.segments, k)
	var rows bitmap
	p := &s.parts[k]
	prev := uint64(0) // time of the row before
	for at, upTo := 0, 1; at < upTo; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.x.mu.RLock()
		seg := s.x.segs[k]
		upTo = min(seg.n, int(s.n)-k*SegmentSize)
		if at == 0 {
			if s.set != nil {
				s.set.chunks[k].into(&rows)
			} else {
				members(seg, s.ask.query(), 0, upTo, &rows)
			}
			prev = t.before(k)
		}
		to := upTo
		if s.slow() {
			to = min(at+stride, upTo)
		}
		t.e.k, t.e.s = k, seg
		if s.column != nil {
			t.column(p, &rows, at, to)
		} else {
			prev = t.rows(p, &rows, at, to, prev)
		}
		s.x.mu.RUnlock()
		if t.dict.bytes > 0 && s.texts.Add(t.dict.bytes) > maxSortBytes {
			return &TextsError{s.by.By.String()}
		}
		t.dict.bytes = 0
		at = to
	}
	p.pack(t.values[:len(p.at)])
	return nil
}

// slow reports whether a whole segment takes long.
func (s *sorter) slow() bool {
	if s.column != nil {
		return false
	}
	for _, w := range s.ways {
		if w == wayBytes || w == wayState || w == wayHeld {
			return true
		}
	}
	return false
}

// before returns the time of the row before segment k, 0 when there is none or nobody asks.
func (t *taker) before(k int) uint64 {
	s, first := t.s, uint32(k)*SegmentSize+1
	any := false
	for _, n := range s.needs {
		any = any || n&field.NeedPrev != 0
	}
	if !any {
		return 0
	}
	prev := uint32(0)
	if s.set != nil {
		prev = s.set.Prev(first)
	} else {
		prev = t.e.snap.Prev(s.ask.List, first)
	}
	if prev == 0 {
		return 0
	}
	seg, i := s.x.at(prev)
	return seg.ts[i]
}

// column takes numbers from a column.
func (t *taker) column(p *sortPart, rows *bitmap, from, to int) {
	var v [wordBits]uint64
	s, e := t.s, t.e
	latency := s.column.numbers.column == columnLatency
	for w := from / wordBits; w < (to+wordBits-1)/wordBits; w++ {
		m := rows[w]
		if m == 0 {
			continue
		}
		has := e.numbers(s.column, w*wordBits, min((w+1)*wordBits, e.s.n), &v)
		for ; m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m)
			at := w*wordBits + i
			if has>>i&1 == 0 || latency && v[i] == 0 && !e.hasLatency(at) {
				p.none = append(p.none, uint16(at))
				continue
			}
			t.values[len(p.at)] = v[i] ^ s.flip
			p.at = append(p.at, uint16(at))
		}
	}
}

// hasLatency reports whether it is known how long the call took that event at returned from. Where the clock went back
// meanwhile it is not.
func (e *evaluator) hasLatency(at int) bool {
	ns, ok := e.latency(at)
	return ok && ns >= 0
}

// rows takes the values of the rows [from, to) one by one; it returns the time of the last.
func (t *taker) rows(p *sortPart, rows *bitmap, from, to int, prev uint64) uint64 {
	for w := from / wordBits; w < (to+wordBits-1)/wordBits; w++ {
		for m := rows[w]; m != 0; m &= m - 1 {
			at := w*wordBits + bits.TrailingZeros64(m)
			v := sortValue{}
			if ts := t.e.s.ts[at]; t.s.delta {
				v = sortValue{max(ts, prev) - prev, prev != 0}
			} else {
				v = t.one(at, prev)
			}
			if v.has {
				t.values[len(p.at)] = v.v
				p.at = append(p.at, uint16(at))
			} else {
				p.none = append(p.none, uint16(at))
			}
			prev = t.e.s.ts[at]
		}
	}
	return prev
}

// one takes the value of one event, the cheapest way.
func (t *taker) one(at int, prev uint64) sortValue {
	e, s := t.e, t.e.s
	cell := s.cellOf(at)
	switch t.s.ways[cell] {
	case wayConst:
		v, ok := t.consts[cell]
		if !ok {
			v = t.lean(at, cell, 0, 0)
			t.consts[cell] = v
		}
		return v
	case wayThread, wayTID:
		row := s.thread[at]
		if row == none && t.s.ways[cell] == wayTID {
			break
		}
		return t.threads.at(row, e.x.m.NumThreadRows(), func() sortValue { return t.lean(at, cell, field.NeedThread, 0) })
	case wayFD:
		return t.fds.at(s.fd[at], e.x.m.NumFDRows(), func() sortValue { return t.lean(at, cell, field.NeedFD, 0) })
	case wayErr:
		k := s.errno(at)
		if k < 0 {
			return t.lean(at, cell, field.NeedErr, 0)
		}
		v, ok := t.errs[k]
		if !ok {
			v = t.lean(at, cell, field.NeedErr, 0)
			t.errs[k] = v
		}
		return v
	case wayHeld:
		return t.hold(at, cell)
	case wayCall:
		code := s.res[at]<<1 | int32(s.typ[at]&1)
		if s.res[at] == 0 { // named by another number, which no column holds
			break
		}
		v, ok := t.calls[code]
		if !ok {
			v = t.bytes(at, cell, prev)
			t.calls[code] = v
		}
		return v
	case wayRow, wayState:
		if n := t.s.needs[cell]; n&field.NeedTID == 0 || s.thread[at] != none {
			return t.lean(at, cell, n, prev)
		}
	}
	return t.bytes(at, cell, prev)
}

// lean takes a value from the columns and the state.
func (t *taker) lean(at, cell int, n field.Needs, prev uint64) sortValue {
	c := &t.e.lean
	t.e.fill(at, cell, n&^field.NeedPrev)
	c.PrevTS = prev
	return t.value(c, n)
}

// bytes takes a value from the event's bytes.
func (t *taker) bytes(at, cell int, prev uint64) sortValue {
	e, c, n := t.e, &t.e.full, t.s.needs[cell]
	c.NoEnter = !t.s.ask.Calls && n&(field.NeedEnter|field.NeedLatency) == 0
	if e.snap.Fill(e.key(at), t.s.ask.Calls, &e.cur, c) != nil {
		return sortValue{}
	}
	c.PrevTS = prev
	return t.value(c, n)
}

// hold takes a value from a thread's row and the state, or the one of an event of the same row and state.
func (t *taker) hold(at, cell int) sortValue {
	e := t.e
	if t.held == nil {
		t.held = make([]heldValue, maxHeldCells)
	}
	key, row := e.key(at), e.s.thread[at]+1
	h := &t.held[row%maxHeldCells]
	if h.row == row && h.from <= key && key < h.to && row != 0 {
		return h.value
	}
	e.fill(at, cell, 0)
	span := state.Always
	e.lean.View = e.lean.View.Holding(&span)
	v := t.value(&e.lean, 0)
	*h = heldValue{row, span.From, min(span.To, e.x.n+1), v}
	return v
}

// value returns what the event in c is sorted by. Latencies that are not known and the delta of the first row are none,
// though the fields say 0.
func (t *taker) value(c *field.Ctx, n field.Needs) sortValue {
	if t.s.latency && c.Latency < 0 || n&field.NeedPrev != 0 && c.PrevTS == 0 {
		return sortValue{}
	}
	v := t.s.by.By.Value(c)
	if v.Kind == field.None && t.s.by.Or != nil {
		v = t.s.by.Or.Value(c)
	}
	switch {
	case v.Kind == field.None:
		return sortValue{}
	case t.s.numeric:
		return sortValue{number(v), true}
	}
	t.buf = appendSortText(t.buf[:0], v)
	return sortValue{uint64(t.dict.add(t.buf)), true}
}

// pack keeps values in as little room as they need.
func (p *sortPart) pack(values []uint64) {
	if len(values) == 0 {
		return
	}
	least, most := values[0], values[0]
	for _, v := range values {
		least, most = min(least, v), max(most, v)
	}
	if least < 1<<32 {
		least = 0 // texts have their numbers
	}
	if most-least >= 1<<32 {
		p.big = append([]uint64(nil), values...)
		return
	}
	p.base, p.small = least, make([]uint32, len(values))
	for i, v := range values {
		p.small[i] = uint32(v - least)
	}
}
