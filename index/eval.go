package index

import (
	"encoding/binary"
	"math/bits"
	"slices"

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
	all   []heldRows       // by leaf: those of them that hold for the whole segment
	calls []map[int32]bool // by leaf: wayCall
	errs  []*errnos        // by leaf: wayErr
	rows  []leafRows       // by leaf: rows as of this range
	buf   []byte           // of the file, for searches

	k        int // segment
	s        *segment
	from, to int // words
	wide     int // where the next of wides is, about
}

// leafRows are the answers of a leaf by row.
type leafRows struct{ threads, fds []uint64 }

// heldRows are the answers of wayHeld that hold for all events of a row of threads in a segment, as far as it was filled
// when the index had n events.
type heldRows struct {
	hits, misses []uint64
	s            *segment
	n            uint32
}

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
	e.all = make([]heldRows, len(p.leaves))
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
	s, rows := e.s, e.threads(l)
	for w := e.from; w < e.to; w++ {
		m := mask[w]
		if m == 0 {
			out[w] = 0
			continue
		}
		out[w] = e.rest(l, w, s.look(rows, s.thread, w, m), s.without(s.thread, w, m))
	}
}

// look returns the events of mask in word w of which a column has a row that is in rows.
func (s *segment) look(rows []uint64, column []uint32, w int, mask uint64) (hits uint64) {
	column = word(column, w)
	if s.dense(w, mask) {
		for _, row := range column {
			row++
			hits = push(hits, one(rows[row/wordBits]&(1<<(row%wordBits)) != 0))
		}
		return hits & mask
	}
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m) % wordBits
		row := column[i] + 1
		hits |= one(rows[row/wordBits]&(1<<(row%wordBits)) != 0) << i
	}
	return hits
}

// without returns the events of mask in word w of which a column has no row.
func (s *segment) without(column []uint32, w int, mask uint64) (of uint64) {
	column = word(column, w)
	if slices.Max(column) != none {
		return 0
	}
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m) % wordBits
		of |= one(column[i] == none) << i
	}
	return of
}

// dense reports whether it takes less time to look at all events of word w than at those of mask only. Behind the
// segment's events the columns mean nothing.
func (s *segment) dense(w int, mask uint64) bool {
	return bits.OnesCount64(mask) > wordBits/4 && (w+1)*wordBits <= s.n
}

// rest asks for the events of mask in word w one by one; r is what is known of the others.
func (e *evaluator) rest(l *leaf, w int, r, mask uint64) uint64 {
	for ; mask != 0; mask &= mask - 1 {
		i := bits.TrailingZeros64(mask)
		r = r&^(1<<i) | one(e.one(l, w*wordBits+i))<<i
	}
	return r
}

// kindWord are the kinds of the events of a word.
type kindWord [wordBits]uint8

// kindsIn sets k to those of word w.
func (l *leaf) kindsIn(s *segment, w int, k *kindWord) {
	typ := word(s.typ, w)
	if l.typed {
		for i, t := range typ {
			k[i] = l.kinds[2*min(uint(t), cellUnknown)]
		}
		return
	}
	fd := word(s.fd, w)
	for i, t := range typ {
		k[i] = l.kinds[2*min(uint(t), cellUnknown)+uint(one(fd[i] != none))]
	}
}

// with returns the events that have a bit of kinds.
func (k *kindWord) with(bit uint) (m uint64) {
	for i := 0; i < wordBits; i += 8 {
		m |= gather(binary.LittleEndian.Uint64(k[i:])>>bit) << i
	}
	return m
}

// each asks a leaf event by event. What does not have to be asked is put together for a word at once, source by source:
// which of them an event has cannot be foreseen by the processor, as calls come in any order.
func (e *evaluator) each(l *leaf, mask, out *bitmap) {
	s := e.s
	var threads, fds []uint64
	var errs *errnos
	var held *heldRows
	if l.has[wayThread] || l.has[wayTID] {
		threads = e.threads(l)
	}
	if l.has[wayFD] {
		fds = e.fds(l)
	}
	if l.has[wayErr] {
		errs = e.errnos(l)
	}
	if l.has[wayHeld] {
		held = e.heldRows(l)
	}
	tid := l.has[wayTID]
	var k kindWord
	for w := e.from; w < e.to; w++ {
		m := mask[w]
		if m == 0 {
			out[w] = 0
			continue
		}
		l.kindsIn(s, w, &k)
		r, ask := k.with(kindYes), k.with(kindAsk)
		if threads != nil {
			r |= s.look(threads, s.thread, w, k.with(kindThread)&m)
			if tid {
				ask |= s.without(s.thread, w, k.with(kindTID)&m)
			}
		}
		if fds != nil {
			r |= s.look(fds, s.fd, w, k.with(kindFD)&m)
		}
		if errs != nil {
			hits, rest := e.failed(errs, w, k.with(kindErr)&m, &k)
			r |= hits
			ask |= rest
		}
		if held != nil {
			of := k.with(kindHeld) & m
			hits := s.look(held.hits, s.thread, w, of)
			r |= hits
			ask |= of &^ hits &^ s.look(held.misses, s.thread, w, of&^hits)
		}
		out[w] = e.rest(l, w, r&m, ask&m)
	}
}

// failed looks the events of mask in word w up by how the calls ended, and tells which have to be asked.
func (e *evaluator) failed(errs *errnos, w int, mask uint64, k *kindWord) (hits, ask uint64) {
	s := e.s
	if mask == 0 {
		return 0, 0
	}
	res := word(s.res, w)
	if s.dense(w, mask) {
		for i, code := range res {
			a := errs[errnoPlace(code, k[i])]
			hits = push(hits, uint64(a)>>1)
			ask = push(ask, one(a == 0))
		}
	} else {
		for m := mask; m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m) % wordBits
			a := errs[errnoPlace(res[i], k[i])]
			hits |= uint64(a) >> 1 << i
			ask |= one(a == 0) << i
		}
	}
	for _, wide := range s.widesIn(w*wordBits, min((w+1)*wordBits, s.n), &e.wide) {
		ask |= 1 << (wide.at % wordBits)
	}
	return hits & mask, ask & mask
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
		return e.hold(l, at, cell)
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
func (e *evaluator) hold(l *leaf, at, cell int) bool {
	if e.held[l.id] == nil {
		e.held[l.id] = make([]heldCell, e.p.heldCells)
	}
	key, row := e.key(at), e.s.thread[at]+1
	h := &e.held[l.id][row%e.p.heldCells]
	if h.row != row || key < h.from || key >= h.to || row == 0 {
		e.fill(at, cell, 0)
		span := state.Always
		e.lean.View = e.lean.View.Holding(&span)
		hit := l.match(&e.lean)
		*h = heldCell{row, span.From, min(span.To, e.x.n+1), hit}
	}
	first, last := uint32(e.k*SegmentSize)+1, uint32(e.k*SegmentSize+e.s.n)
	if l.has[wayHeld] && row != 0 && h.from <= max(first, e.x.m.ThreadRow(row-1).From) && h.to > last {
		rows := e.heldRows(l)
		side := rows.misses
		if h.hit {
			side = rows.hits
		}
		side[row/wordBits] |= 1 << (row % wordBits)
	}
	return h.hit
}

// heldRows returns where hold keeps the answers that hold for the segment.
func (e *evaluator) heldRows(l *leaf) *heldRows {
	r := &e.all[l.id]
	if r.s == e.s && r.n == e.x.n {
		return r
	}
	r.s, r.n = e.s, e.x.n
	if n := e.x.m.NumThreadRows()/wordBits + 1; n > len(r.hits) {
		r.hits, r.misses = make([]uint64, n), make([]uint64, n)
		return r
	}
	clear(r.hits)
	clear(r.misses)
	return r
}

// errnos are answers by errno: 0 is not asked yet, 1 no, 2 yes. The first is that of no result, the second of success. That
// of what is no errno is never known. The length is a power of two.
type errnos [2 * (maxErrno + 1)]uint8

const maxErrno = 4095

// errnoPlace returns which of errnos is about a result, of an event whose kinds tell whether it is one.
func errnoPlace(res int32, kinds uint8) uint32 {
	return min(1+uint32(-min(res, 0)), maxErrno+2) & -(uint32(kinds) >> kindRes & 1)
}

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
