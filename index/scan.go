package index

import (
	"context"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// Batch is rows of a list that stand near each other, with their facts by position. It holds until the function that
// was given it returns.
type Batch struct {
	Snapshot
	s    *segment
	base uint32 // key of the segment's first event
	at   []uint16
	list List
	lean *evaluator // for Lean
}

// Len returns the number of rows.
func (b *Batch) Len() int { return len(b.at) }

// Key returns the key of row i.
func (b *Batch) Key(i int) uint32 { return b.base + uint32(b.at[i]) }

// TS returns the time of row i, ns since the epoch.
func (b *Batch) TS(i int) uint64 { return b.s.ts[b.at[i]] }

// Type returns the event type of row i, nil for packets and types newer than the table.
func (b *Batch) Type(i int) *evtable.Type { return evtable.Lookup(b.s.typ[b.at[i]]) }

// Failed reports whether row i is a call that returned an error.
func (b *Batch) Failed(i int) bool { return b.s.flags[b.at[i]]&flagFailed != 0 }

// Call reports whether row i is a half of a system call.
func (b *Batch) Call(i int) bool { return b.s.flags[b.at[i]]&flagSyscall != 0 }

// Packet reports whether row i is a packet.
func (b *Batch) Packet(i int) bool { return b.s.flags[b.at[i]]&flagPacket != 0 }

// Exit reports whether row i is a call that returned.
func (b *Batch) Exit(i int) bool { return b.Call(i) && b.s.typ[b.at[i]]&1 == 1 }

// Res returns the result of row i, 0 where there is none; of a generic call which one it is.
func (b *Batch) Res(i int) int64 { return b.s.result(int(b.at[i])) }

// ThreadRow returns the number of the thread's row, and whether there is one.
func (b *Batch) ThreadRow(i int) (uint32, bool) { t := b.s.thread[b.at[i]]; return t, t != none }

// FDRow returns the number of the descriptor's row, and whether there is one.
func (b *Batch) FDRow(i int) (uint32, bool) { f := b.s.fd[b.at[i]]; return f, f != none }

// FDNum returns the number of the descriptor of row i, -1 where there is none.
func (b *Batch) FDNum(i int) int64 { return int64(b.s.fdnum[b.at[i]]) }

// Lean readies a context for row i from the columns and the state, for a field with these needs; nil when it needs the
// event's bytes. The context is good until the next call.
func (b *Batch) Lean(i int, n field.Needs) *field.Ctx {
	at := int(b.at[i])
	switch wayOf(n) {
	case wayBytes, wayCall:
		return nil
	}
	if n&field.NeedPrev != 0 || n&field.NeedTID != 0 && b.s.thread[at] == none {
		return nil
	}
	if b.lean == nil {
		b.lean = newEvaluator(b.x, &plan{ask: Ask{List: b.list}})
	}
	b.lean.k, b.lean.s = int(b.base/SegmentSize), b.s
	b.lean.fill(at, b.s.cellOf(at), n)
	return &b.lean.lean
}

// Thread returns the thread of row i, nil where there is none.
func (b *Batch) Thread(i int) *state.Thread {
	if t, ok := b.ThreadRow(i); ok {
		return b.x.m.ThreadRow(t)
	}
	return nil
}

// FD returns the descriptor of row i, nil where there is none.
func (b *Batch) FD(i int) *state.FD {
	if f, ok := b.FDRow(i); ok {
		return b.x.m.FDRow(f)
	}
	return nil
}

// Latency returns the time between the halves of the call of row i, ns; false where it is not known.
func (b *Batch) Latency(i int) (int64, bool) {
	j := b.at[i]
	p := b.s.pair[j]
	if p == 0 || b.s.typ[j]&1 == 0 {
		return 0, false
	}
	ts := uint64(0)
	if p <= uint32(j) {
		ts = b.s.ts[uint32(j)-p]
	} else {
		s, k := b.x.at(b.Key(i) - p)
		ts = s.ts[k]
	}
	return max(int64(b.s.ts[j]-ts), 0), true
}

// Scan gives the rows of a list, or of the set when it is not nil, in batches to several goroutines at once. What begin
// returns is called by one of them, with rising keys; it must not acquire the index. Scan returns when all rows that the
// index had were given, or ctx ends.
func (x *Index) Scan(ctx context.Context, l List, set *Set, begin func() func(*Batch)) error {
	x.mu.RLock()
	n := x.n
	x.mu.RUnlock()
	if set != nil {
		n = set.n
	}
	segs := int((n + SegmentSize - 1) / SegmentSize)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), segs) {
		take := begin()
		wg.Go(func() { // ends with the segments or ctx
			var b Batch
			for k := int(next.Add(1)) - 1; k < segs && ctx.Err() == nil; k = int(next.Add(1)) - 1 {
				x.scan(&b, l, set, k, int(n)-k*SegmentSize, take)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// scanMost is how many rows a batch has at most.
const scanMost = 1 << 14

// scan gives the rows of segment k.
func (x *Index) scan(b *Batch, l List, set *Set, k, upTo int, take func(*Batch)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := x.segs[k]
	upTo = min(upTo, s.n)
	var rows bitmap
	if set != nil {
		set.chunks[k].into(&rows)
	} else {
		members(s, l.query(), 0, upTo, &rows)
	}
	b.Snapshot, b.s, b.base, b.at, b.list = Snapshot{x}, s, uint32(k)*SegmentSize+1, b.at[:0], l
	for w := range rows {
		for m := rows[w]; m != 0; m &= m - 1 {
			b.at = append(b.at, uint16(w*wordBits+bits.TrailingZeros64(m)))
		}
		if len(b.at) >= scanMost {
			take(b)
			b.at = b.at[:0]
		}
	}
	if len(b.at) > 0 {
		take(b)
	}
}

// ThreadRows returns the number of rows of threads; each is one version of a thread.
func (s Snapshot) ThreadRows() int { return s.x.m.NumThreadRows() }

// ThreadRow returns row i of the threads.
func (s Snapshot) ThreadRow(i uint32) *state.Thread { return s.x.m.ThreadRow(i) }

// And returns the rows that are in both sets, as far as both were asked.
func (s *Set) And(o *Set) *Set {
	var list []*chunk
	for k := range min(len(s.chunks), len(o.chunks)) {
		a, b := s.chunks[k], o.chunks[k]
		var x, y bitmap
		a.into(&x)
		b.into(&y)
		for i := range x {
			x[i] &= y[i]
		}
		list = append(list, newChunk(&x, min(a.upTo, b.upTo), a.flips))
	}
	return newSet(list)
}

// FDRows returns the number of rows of descriptors; each is one version of a descriptor.
func (s Snapshot) FDRows() int { return s.x.m.NumFDRows() }

// FDRow returns row i of the descriptors.
func (s Snapshot) FDRow(i uint32) *state.FD { return s.x.m.FDRow(i) }
