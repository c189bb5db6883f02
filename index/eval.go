package index

import (
	"math/bits"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/state"
)

// evaluator asks a plan of events. It is one goroutine's, and works while that holds the index's lock.
type evaluator struct {
	x     *Index
	p     *plan
	snap  Snapshot
	lean  field.Ctx // filled from columns
	full  field.Ctx // filled from the event's bytes
	cur   Cursor
	spare []*bitmap
	held  [][]heldCell     // by leaf: wayHeld
	calls []map[int32]bool // by leaf: wayCall
	errs  []*errnos        // by leaf: wayErr
	rows  []leafRows       // by leaf: rows as of this range
	buf   []byte           // of the file, for searches

	k        int // segment
	s        *segment
	from, to int // words
}

// leafRows are the answers of a leaf by row.
type leafRows struct{ threads, fds []uint64 }

// heldCell is an answer for a thread's row and the events for which it holds.
type heldCell struct {
	row      uint32 // and one
	from, to uint32
	hit      bool
}

const maxHeldCells = 1 << 12

func newEvaluator(x *Index, p *plan) *evaluator {
	e := &evaluator{x: x, p: p, snap: Snapshot{x}}
	e.held = make([][]heldCell, len(p.leaves))
	e.calls = make([]map[int32]bool, len(p.leaves))
	e.errs = make([]*errnos, len(p.leaves))
	e.rows = make([]leafRows, len(p.leaves))
	for _, c := range []*field.Ctx{&e.lean, &e.full} {
		p.ask.style(c)
	}
	return e
}

// run asks of the events [from, to) of segment k those in mask; out is what matches. Both bounds are multiples of 64,
// or the segment's end. Words outside are left alone.
func (e *evaluator) run(k, from, to int, mask, out *bitmap) {
	e.k, e.s = k, e.x.segs[k]
	e.from, e.to = from/wordBits, (to+wordBits-1)/wordBits
	for i := range e.rows {
		e.rows[i] = leafRows{}
	}
	e.node(e.p.root, mask, out)
}

func (e *evaluator) take() *bitmap {
	if n := len(e.spare); n > 0 {
		b := e.spare[n-1]
		e.spare = e.spare[:n-1]
		return b
	}
	return &bitmap{}
}

func (e *evaluator) give(b *bitmap) { e.spare = append(e.spare, b) }

// node sets out, which may be mask, to what of mask matches.
func (e *evaluator) node(n *node, mask, out *bitmap) {
	switch {
	case n.leaf != nil:
		e.leaf(n.leaf, mask, out)
	case n.any:
		e.anyOf(n.args, mask, out)
	default:
		e.node(n.args[0], mask, out)
		for _, a := range n.args[1:] {
			if e.empty(out) {
				return
			}
			e.node(a, out, out)
		}
	}
}

func (e *evaluator) anyOf(args []*node, mask, out *bitmap) {
	rest, hits, sum := e.take(), e.take(), e.take()
	copy(rest[e.from:e.to], mask[e.from:e.to])
	clear(sum[e.from:e.to])
	for _, a := range args {
		e.node(a, rest, hits)
		for i := e.from; i < e.to; i++ {
			sum[i] |= hits[i]
			rest[i] &^= hits[i]
		}
		if e.empty(rest) {
			break
		}
	}
	copy(out[e.from:e.to], sum[e.from:e.to])
	e.give(rest)
	e.give(hits)
	e.give(sum)
}

func (e *evaluator) empty(b *bitmap) bool {
	for _, w := range b[e.from:e.to] {
		if w != 0 {
			return false
		}
	}
	return true
}

// leaf asks one leaf.
func (e *evaluator) leaf(l *leaf, mask, out *bitmap) {
	switch {
	case l.numbers != nil:
		e.compare(l, mask, out)
		return
	case l.uniform == wayNote:
		e.noted(l, mask, out)
		return
	case l.lifted:
		e.lift(l, mask, out)
		return
	case l.needle != nil:
		if found := e.search(l.needle, l.fold, mask); found != nil {
			e.each(l, found, out)
			e.give(found)
			return
		}
	}
	e.each(l, mask, out)
}

// lift sets out to the events of mask whose thread's row has the answer.
func (e *evaluator) lift(l *leaf, mask, out *bitmap) {
	column, rows := e.s.thread, e.threads(l)
	for w := e.from; w < e.to; w++ {
		m, r, few := mask[w], uint64(0), uint64(0)
		if m == ^uint64(0) {
			for i, row := range column[w*wordBits : w*wordBits+wordBits] {
				row++
				r |= rows[row/wordBits] >> (row % wordBits) & 1 << i
				if row == 0 {
					few |= 1 << i
				}
			}
		} else {
			for ; m != 0; m &= m - 1 {
				i := bits.TrailingZeros64(m)
				row := column[w*wordBits+i] + 1
				r |= rows[row/wordBits] >> (row % wordBits) & 1 << i
				if row == 0 {
					few |= 1 << i
				}
			}
		}
		for ; few != 0; few &= few - 1 { // events of no thread
			i := bits.TrailingZeros64(few)
			r &^= 1 << i
			if e.one(l, w*wordBits+i) {
				r |= 1 << i
			}
		}
		out[w] = r
	}
}

// each asks a leaf event by event. What is asked most often is answered in place, the rest by one.
func (e *evaluator) each(l *leaf, mask, out *bitmap) {
	s := e.s
	var threads, fds []uint64
	var errs *errnos
	if l.has[wayThread] || l.has[wayTID] {
		threads = e.threads(l)
	}
	if l.has[wayFD] {
		fds = e.fds(l)
	}
	if l.has[wayErr] {
		errs = e.errnos(l)
	}
	var last heldCell
	for w := e.from; w < e.to; w++ {
		r := uint64(0)
		for m := mask[w]; m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m)
			at := w*wordBits + i
			t := int(s.typ[at])
			if t >= len(l.quick) {
				r |= one(e.one(l, at)) << i
				continue
			}
			if q := l.quick[t]; q != quickAsk {
				r |= uint64(q) << i
				continue
			}
			cell := 2 * t
			if s.fd[at] != none {
				cell++
			}
			hit := uint64(0)
			switch l.ways[cell] {
			case wayConst:
				hit = one(l.consts[cell])
			case wayThread:
				row := s.thread[at] + 1
				hit = threads[row/wordBits] >> (row % wordBits)
			case wayFD:
				row := s.fd[at] + 1
				hit = fds[row/wordBits] >> (row % wordBits)
			case wayErr:
				k := 0
				switch {
				case s.flags[at]&flagWide != 0 || s.res[at] < -maxErrno:
					k = s.errno(at)
				case typeHasRes[t]:
					k = 1 - int(min(s.res[at], 0))
				}
				if k >= 0 && errs[k] != 0 {
					hit = uint64(errs[k] - 1)
				} else {
					hit = one(e.one(l, at))
				}
			case wayHeld:
				if key := e.key(at); last.row != s.thread[at]+1 || key < last.from || key >= last.to || last.row == 0 {
					last = e.hold(l, at, cell)
				}
				hit = one(last.hit)
			default:
				hit = one(e.one(l, at))
			}
			r |= hit & 1 << i
		}
		out[w] = r
	}
}

func one(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// one asks a leaf of one event.
func (e *evaluator) one(l *leaf, at int) bool {
	s := e.s
	cell := s.cellOf(at)
	switch l.ways[cell] {
	case wayConst:
		return l.consts[cell]
	case wayThread:
		row := s.thread[at] + 1
		return e.threads(l)[row/wordBits]>>(row%wordBits)&1 != 0
	case wayTID:
		if row := s.thread[at] + 1; row != 0 {
			return e.threads(l)[row/wordBits]>>(row%wordBits)&1 != 0
		}
	case wayFD:
		row := s.fd[at] + 1
		return e.fds(l)[row/wordBits]>>(row%wordBits)&1 != 0
	case wayErr:
		return e.errno(l, at, cell)
	case wayHeld:
		return e.hold(l, at, cell).hit
	case wayCall:
		return e.call(l, at)
	case wayRow, wayNote, wayState:
		n := l.needs[cell]
		if n&field.NeedTID != 0 && s.thread[at] == none {
			break
		}
		e.fill(at, cell, n)
		return l.match(&e.lean)
	}
	return e.bytes(l, at, cell)
}

func (e *evaluator) key(at int) uint32 { return uint32(e.k*SegmentSize+at) + 1 }

// fill readies the lean context for an event, as far as its columns go.
func (e *evaluator) fill(at, cell int, n field.Needs) {
	s, c := e.s, &e.lean
	key := e.key(at)
	c.Reset()
	setType(c, cell/2)
	if cell/2 == cellUnknown {
		c.Ev.Type = s.typ[at]
	}
	c.Key, c.TS, c.First = key, s.ts[at], e.x.firstTS
	if n&field.NeedNum != 0 {
		c.Num = e.snap.Number(key)
	}
	if n&field.NeedNote != 0 {
		c.Note = e.snap.Note(key)
	}
	if t := s.thread[at]; t != none {
		c.T = e.x.m.ThreadRow(t)
		c.Ev.TID = c.T.TID
	}
	if d := s.fd[at]; d != none {
		c.FD = e.x.m.FDRow(d)
	}
	c.FDNum = int64(s.fdnum[at])
	c.View = e.x.m.At(key)
	if cell/2 == cellPacket {
		return
	}
	c.Ev.CPU = s.cpu[at]
	if n&(field.NeedRes|field.NeedErr) != 0 {
		c.HasRes = s.hasRes(at)
		c.Res = 0
		if c.HasRes {
			c.Res = s.result(at)
		}
	}
	if n&field.NeedLatency != 0 {
		if ns, ok := e.latency(at); ok {
			c.Latency = ns
		}
	}
	if n&field.NeedPrev != 0 {
		c.PrevTS = e.before(key)
	}
}

// latency returns how long the call took that the event is the exit of.
func (e *evaluator) latency(at int) (ns int64, ok bool) {
	s := e.s
	p := s.pair[at]
	if p == 0 || s.flags[at]&flagSyscall == 0 || s.typ[at]&1 == 0 {
		return 0, false
	}
	if int(p) <= at {
		return int64(s.ts[at] - s.ts[at-int(p)]), true
	}
	o, i := e.x.at(e.key(at) - p)
	return int64(s.ts[at] - o.ts[i]), true
}

// before returns the time of the event that is listed before another.
func (e *evaluator) before(key uint32) uint64 {
	prev := uint32(0)
	if e.p.ask.Within != nil {
		prev = e.p.ask.Within.Prev(key)
	} else {
		prev = e.snap.Prev(e.p.ask.List, key)
	}
	if prev == 0 {
		return 0
	}
	s, i := e.x.at(prev)
	return s.ts[i]
}

// hold asks of a thread's row and the state, or answers as it did for an event of the same row and state.
func (e *evaluator) hold(l *leaf, at, cell int) heldCell {
	if e.held[l.id] == nil {
		e.held[l.id] = make([]heldCell, e.p.heldCells)
	}
	key, row := e.key(at), e.s.thread[at]+1
	h := &e.held[l.id][row%e.p.heldCells]
	if h.row == row && h.from <= key && key < h.to && row != 0 {
		return *h
	}
	e.fill(at, cell, 0)
	span := state.Always
	e.lean.View = e.lean.View.Holding(&span)
	hit := l.match(&e.lean)
	*h = heldCell{row, span.From, min(span.To, e.x.n+1), hit}
	return *h
}

// errnos are answers by errno: 0 is not asked yet, 1 no, 2 yes. The first is that of no result, the second of success.
type errnos [maxErrno + 2]uint8

const maxErrno = 4095

// errno returns which of errnos is about event i, -1 when none is.
func (s *segment) errno(i int) int {
	if !s.hasRes(i) {
		return 0
	}
	res := int64(s.res[i])
	if s.flags[i]&flagWide != 0 {
		res = s.result(i)
	}
	switch {
	case res >= 0:
		return 1
	case res >= -maxErrno:
		return 1 - int(res)
	}
	return -1
}

func (e *evaluator) errnos(l *leaf) *errnos {
	if e.errs[l.id] == nil {
		e.errs[l.id] = &errnos{}
	}
	return e.errs[l.id]
}

// errno asks of whether and how a call failed.
func (e *evaluator) errno(l *leaf, at, cell int) bool {
	k := e.s.errno(at)
	a := e.errnos(l)
	if k >= 0 && a[k] != 0 {
		return a[k] == 2
	}
	e.fill(at, cell, field.NeedErr)
	hit := l.match(&e.lean)
	if k >= 0 {
		a[k] = 1 + uint8(one(hit))
	}
	return hit
}

// bytes asks of an event's bytes.
func (e *evaluator) bytes(l *leaf, at, cell int) bool {
	key := e.key(at)
	c := &e.full
	c.NoEnter = !e.p.ask.Calls && l.needs[cell]&(field.NeedEnter|field.NeedLatency) == 0
	if e.snap.Fill(key, e.p.ask.Calls, &e.cur, c) != nil {
		return false
	}
	c.PrevTS = 0
	if l.prev {
		c.PrevTS = e.before(key)
	}
	return l.match(c)
}
