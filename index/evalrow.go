package index

import (
	"encoding/binary"
	"sync"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evt"
)

// rowTable is what a leaf answers for each row of a dimension, by row and one; for 0 what it answers where there is no
// row.
type rowTable struct {
	mu   sync.Mutex
	n    int // rows asked
	hits []uint64
}

// share is how many rows are asked in one goroutine.
const share = 1 << 14

// upTo returns the answers for n rows and none. What was returned before is not written to.
func (t *rowTable) upTo(n int, ask func() func(row uint32) bool) []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := t.hits == nil
	if !first && t.n == n {
		return t.hits
	}
	hits := make([]uint64, (n+1)/wordBits+1)
	copy(hits, t.hits)
	if first && ask()(none) {
		hits[0] |= 1
	}
	var wg sync.WaitGroup
	for from := t.n; from < n; {
		to := n
		if n-from > share { // goroutines do not share words
			to = min(n, (from+share)/wordBits*wordBits+wordBits-1)
		}
		begin := from // which goes on below
		part := func() {
			one := ask()
			for row := begin; row < to; row++ {
				if one(uint32(row)) {
					hits[(row+1)/wordBits] |= 1 << ((row + 1) % wordBits)
				}
			}
		}
		if to == n {
			part()
		} else {
			wg.Go(part) // ends by itself; upTo waits for it
		}
		from = to
	}
	wg.Wait()
	t.n, t.hits = n, hits
	return hits
}

// situated returns a context of a type that the leaf asks in a way.
func (e *evaluator) situated(l *leaf, w way) *field.Ctx {
	c := &field.Ctx{}
	e.p.ask.style(c)
	c.Reset()
	for i := range l.ways {
		if l.ways[i] == w || w == wayThread && l.ways[i] == wayTID {
			setType(c, i/2)
			break
		}
	}
	c.View = e.x.m.At(e.x.n)
	return c
}

// threads returns the leaf's answers by row of threads.
func (e *evaluator) threads(l *leaf) []uint64 {
	r := &e.rows[l.id]
	if r.threads == nil {
		r.threads = l.threads.upTo(e.x.m.NumThreadRows(), func() func(uint32) bool {
			c := e.situated(l, wayThread)
			return func(row uint32) bool {
				c.Reset()
				if row != none {
					c.T = e.x.m.ThreadRow(row)
					c.Ev.TID = c.T.TID
				}
				return l.match(c)
			}
		})
	}
	return r.threads
}

// fds returns the leaf's answers by row of descriptors.
func (e *evaluator) fds(l *leaf) []uint64 {
	r := &e.rows[l.id]
	if r.fds == nil {
		r.fds = l.fds.upTo(e.x.m.NumFDRows(), func() func(uint32) bool {
			c := e.situated(l, wayFD)
			return func(row uint32) bool {
				c.Reset()
				if row == none {
					return false
				}
				c.FD = e.x.m.FDRow(row)
				return l.match(c)
			}
		})
	}
	return r.fds
}

// call asks of a generic event by the call it is about.
func (e *evaluator) call(l *leaf, at int) bool {
	s := e.s
	id := s.res[at]
	if id == 0 { // named by another number, which no column holds
		return e.bytes(l, at, s.cellOf(at))
	}
	if e.calls[l.id] == nil {
		e.calls[l.id] = map[int32]bool{}
	}
	code := id<<1 | int32(s.typ[at]&1)
	hit, ok := e.calls[l.id][code]
	if !ok {
		c := &field.Ctx{}
		e.p.ask.style(c)
		c.Reset()
		generic(&c.Ev, s.typ[at], uint16(id))
		c.Args.Load(&c.Ev)
		hit = l.match(c)
		e.calls[l.id][code] = hit
	}
	return hit
}

// generic makes ev a generic event about a call.
func generic(ev *evt.Event, typ, id uint16) {
	raw := make([]byte, evt.HeaderV2+4)
	binary.LittleEndian.PutUint32(raw[16:], uint32(len(raw)))
	binary.LittleEndian.PutUint16(raw[20:], typ)
	raw[22], raw[evt.HeaderV2] = 1, 2
	binary.LittleEndian.PutUint16(raw[evt.HeaderV2+2:], id)
	if err := ev.Decode(raw, true); err != nil {
		panic(err) // it is well-formed
	}
}

// compare answers a comparison of numbers from a column.
func (e *evaluator) compare(l *leaf, mask, out *bitmap) {
	n := l.numbers
	var v [wordBits]uint64
	for w := e.from; w < e.to; w++ {
		m := mask[w]
		if m == 0 {
			out[w] = 0
			continue
		}
		has := e.numbers(l, w*wordBits, min((w+1)*wordBits, e.s.n), &v)
		r := uint64(0)
		for _, x := range v {
			r = push(r, one(x^n.flip-n.lo <= n.hi-n.lo))
		}
		if n.inverse {
			r = ^r
		}
		r &= has
		if n.not {
			r = ^r
		}
		out[w] = r & m
	}
}

// numbers sets v to the numbers of the events [from, to), which are those of a word, and returns which have one.
func (e *evaluator) numbers(l *leaf, from, to int, v *[wordBits]uint64) (has uint64) {
	s := e.s
	has = ^uint64(0)
	switch l.numbers.column {
	case columnTime:
		copy(v[:], s.ts[from:to])
	case columnSince:
		for i, ts := range s.ts[from:to] {
			v[i] = 0
			if ts > e.x.firstTS {
				v[i] = ts - e.x.firstTS
			}
		}
	case columnRes, columnMoved:
		var k kindWord
		l.kindsIn(s, from/wordBits, &k)
		has = k.with(kindRes)
		negative := uint64(0)
		for i, res := range word(s.res, from/wordBits) {
			v[i] = uint64(int64(res))
			negative = push(negative, v[i]>>(wordBits-1))
		}
		for _, w := range s.widesIn(from, to, &e.wide) {
			i := int(w.at) - from
			v[i] = uint64(w.res)
			has = has&^(1<<i) | one(s.hasRes(from+i))<<i
			negative = negative&^(1<<i) | v[i]>>(wordBits-1)<<i
		}
		if l.numbers.column == columnMoved {
			has &= k.with(kindAsk) &^ negative
		}
	case columnLatency:
		for i, p := range s.pair[from:to] {
			v[i] = 0
			if p != 0 {
				ns, _ := e.latency(from + i)
				v[i] = uint64(max(ns, 0))
			}
		}
	case columnFDNum:
		has = 0
		for i, num := range s.fdnum[from:to] {
			v[i] = uint64(int64(num))
			has |= one(l.ways[s.cellOf(from+i)] == wayRow) << i
		}
	case columnNum:
		for i := range to - from {
			v[i] = uint64(e.key(from + i))
		}
	case columnCPU:
		has = 0
		for i, cpu := range s.cpu[from:to] {
			v[i] = uint64(int64(int16(cpu)))
			has |= one(s.typ[from+i] != packetType) << i
		}
	}
	return has
}
