package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// List is one of the lists of a capture: a view, with or without internal events.
type List struct {
	Calls    bool // one row per call instead of every event
	Internal bool // also events that are hidden by default
}

func (l List) query() query {
	q := query(0)
	if l.Calls {
		q |= queryCalls
	}
	if l.Internal {
		q |= queryInternal
	}
	return q
}

// Snapshot holds the index still for one answer. Release it.
type Snapshot struct{ x *Index }

// Acquire returns a snapshot; the index does not grow until it is released. Who holds one must not ask the index itself
// anything (Select, Scan, Acquire …) before: both would wait for a writer that waits for the first.
func (x *Index) Acquire() Snapshot {
	x.mu.RLock()
	return Snapshot{x}
}

// Held returns a snapshot for what the index itself calls while it is held still, such as the questions of a program. It
// is not released.
func (x *Index) Held() Snapshot { return Snapshot{x} }

// Release lets the index go on.
func (s Snapshot) Release() { s.x.mu.RUnlock() }

// Len returns the number of events and packets; keys run from 1 to it.
func (s Snapshot) Len() uint32 { return s.x.n }

// Done reports whether the index is complete.
func (s Snapshot) Done() bool { return s.x.ended }

// View returns the state as of the event with the key.
func (s Snapshot) View(key uint32) state.View { return s.x.m.At(key) }

// HasCalls reports whether the capture holds both halves of calls.
func (s Snapshot) HasCalls() bool { return s.x.stats.Enters > 0 }

// FirstEnter returns the key of the first enter half of a call, 0 if the capture holds none so far.
func (s Snapshot) FirstEnter() uint32 { return s.x.enter }

// Rows returns the length of a list.
func (s Snapshot) Rows(l List) uint32 {
	q, n := l.query(), uint32(0)
	for _, seg := range s.x.segs {
		n += seg.counts[q]
	}
	return n
}

// Select returns the key of row i of a list, 0 when the list is shorter.
func (s Snapshot) Select(l List, i uint32) uint32 {
	q := l.query()
	for k, seg := range s.x.segs {
		if i >= seg.counts[q] {
			i -= seg.counts[q]
			continue
		}
		if seg.counts[q] == uint32(seg.n) {
			return uint32(k)*SegmentSize + i + 1
		}
		for j, f := range seg.flags[:seg.n] {
			if !q.member(f) {
				continue
			}
			if i == 0 {
				return uint32(k*SegmentSize+j) + 1
			}
			i--
		}
	}
	return 0
}

// Rank returns how many rows of a list come before the key, and whether the key is itself a row.
func (s Snapshot) Rank(l List, key uint32) (row uint32, listed bool) {
	q := l.query()
	for k, seg := range s.x.segs {
		first := uint32(k) * SegmentSize
		if key > first+uint32(seg.n) {
			row += seg.counts[q]
			continue
		}
		for j := range int(key - first - 1) {
			if q.member(seg.flags[j]) {
				row++
			}
		}
		return row, q.member(seg.flags[key-first-1])
	}
	return row, false
}

// Next returns the first key of a list at or after key, 0 when there is none.
func (s Snapshot) Next(l List, key uint32) uint32 {
	q := l.query()
	for key >= 1 && key <= s.x.n {
		seg, i := s.x.at(key)
		if i == 0 && seg.counts[q] == 0 {
			key += uint32(seg.n)
			continue
		}
		if q.member(seg.flags[i]) {
			return key
		}
		key++
	}
	return 0
}

// Prev returns the last key of a list before key, 0 when there is none.
func (s Snapshot) Prev(l List, key uint32) uint32 {
	q := l.query()
	for key > 1 {
		key--
		seg, i := s.x.at(key)
		if q.member(seg.flags[i]) {
			return key
		}
	}
	return 0
}

// Number returns the event number that is shown for a key: packets do not count.
func (s Snapshot) Number(key uint32) uint64 {
	if len(s.x.packets) == 0 {
		return uint64(key)
	}
	before := sort.Search(len(s.x.packets), func(i int) bool { return s.x.packets[i] >= key })
	return uint64(key) - uint64(before)
}

// Key returns the key of the event with the number shown; the last key when there are fewer events.
func (s Snapshot) Key(num uint64) uint32 {
	if len(s.x.packets) == 0 {
		return uint32(min(num, uint64(s.x.n)))
	}
	n := int(s.x.n)
	i := sort.Search(n, func(i int) bool { // the first key up to which there are as many events
		k := uint32(i + 1)
		packets := sort.Search(len(s.x.packets), func(i int) bool { return s.x.packets[i] > k })
		return uint64(k)-uint64(packets) >= num
	})
	return uint32(min(i+1, n))
}

// AtTime returns the first key at or after a time, in ns since the epoch; the last key when all are before. Times of
// a capture rise but for small disorder between cpus.
func (s Snapshot) AtTime(ts uint64) uint32 {
	k := sort.Search(len(s.x.segs), func(i int) bool {
		seg := s.x.segs[i]
		return seg.n > 0 && seg.ts[seg.n-1] >= ts
	})
	for ; k < len(s.x.segs); k++ {
		for i, t := range s.x.segs[k].ts[:s.x.segs[k].n] {
			if t >= ts && s.x.segs[k].flags[i]&flagMeta == 0 {
				return uint32(k*SegmentSize+i) + 1
			}
		}
	}
	return s.x.n
}

// Times returns the time of the first event that is not about the capture itself, and the latest time, in ns.
func (s Snapshot) Times() (first, last uint64) { return s.x.firstTS, s.x.maxTS }

// Facts is an event's row in columns.
type Facts struct {
	TS      uint64
	Type    uint16
	CPU     uint16
	Pair    uint32 // key of the other half of the call, 0 if there is none
	Res     int64
	Offset  int64 // of the block in the uncompressed file
	FDNum   int64
	Thread  *state.Thread
	FD      *state.FD
	Hidden  bool
	Packet  bool
	Failed  bool
	Meta    bool
	Damaged bool
	Call    bool // a half of a system call
}

// Facts returns the row of a key, which must exist.
func (s Snapshot) Facts(key uint32) Facts {
	seg, i := s.x.at(key)
	fl := seg.flags[i]
	f := Facts{
		TS: seg.ts[i], Type: seg.typ[i], CPU: seg.cpu[i], Res: seg.result(i), Offset: seg.offset(i), FDNum: int64(seg.fdnum[i]),
		Hidden: fl&flagHidden != 0, Packet: fl&flagPacket != 0, Failed: fl&flagFailed != 0, Meta: fl&flagMeta != 0,
		Damaged: fl&flagDamaged != 0, Call: fl&flagSyscall != 0,
	}
	switch {
	case f.Packet:
		f.Type = 0
	case f.Type <= evtable.GenericX:
		f.Res = 0
	}
	if p := seg.pair[i]; p != 0 {
		f.Pair = key - p
		if f.Type&1 == 0 {
			f.Pair = key + p
		}
	}
	if t := seg.thread[i]; t != none {
		f.Thread = s.x.m.ThreadRow(t)
	}
	if d := seg.fd[i]; d != none {
		f.FD = s.x.m.FDRow(d)
	}
	return f
}

// Cursor reads the bytes of events. It keeps a window of the file, so that neighbours cost one read. Not for
// concurrent use.
type Cursor struct {
	main, far win
	enter     evt.Event
	ebuf      []byte
	pkt       field.Packet
}

// win is a part of the file in memory.
type win struct {
	buf  []byte
	base int64
}

func (w *win) holds(off int64, n int) bool {
	return off >= w.base && off+int64(n) <= w.base+int64(len(w.buf))
}

const (
	window    = 128 << 10
	farWindow = 8 << 10 // for the other half of a call, which may be far back
)

// block returns the body of the block at off. far says that its neighbours will not be asked for.
func (c *Cursor) block(x *Index, off int64, far bool) (scapio.BlockType, []byte, error) {
	head, err := c.bytes(x, off, 8, far)
	if err != nil {
		return 0, nil, err
	}
	t := scapio.BlockType(binary.LittleEndian.Uint32(head))
	n := int64(binary.LittleEndian.Uint32(head[4:]))
	if n < 12 || off+n > x.stats.Bytes && x.ended {
		return t, nil, fmt.Errorf("the file has changed: no block at offset %d any more", off)
	}
	whole, err := c.bytes(x, off, int(n), far)
	if err != nil {
		return t, nil, err
	}
	return t, whole[8 : n-4], nil
}

func (c *Cursor) bytes(x *Index, off int64, n int, far bool) ([]byte, error) {
	w, size := &c.main, max(n, window)
	if far && !w.holds(off, n) {
		w, size = &c.far, max(n, farWindow)
	}
	if !w.holds(off, n) {
		if cap(w.buf) < size {
			w.buf = make([]byte, size)
		}
		k, err := x.in.ReadAt(w.buf[:size], off)
		w.buf, w.base = w.buf[:k], off
		if k < n {
			if err == nil {
				err = errors.New("the file is shorter than it was")
			}
			return nil, fmt.Errorf("read %d bytes at offset %d: %w", n, off, err)
		}
	}
	at := off - w.base
	return w.buf[at : at+int64(n)], nil
}

// Fill readies ctx for the event with the key: its bytes, the state at that moment, and in the calls view the
// arguments of both halves. ctx borrows from the cursor until its next use.
func (s Snapshot) Fill(key uint32, calls bool, cur *Cursor, ctx *field.Ctx) error {
	return s.fill(key, calls, cur, ctx, false)
}

// FillAlone is Fill for an event whose neighbours will not be asked for.
func (s Snapshot) FillAlone(key uint32, calls bool, cur *Cursor, ctx *field.Ctx) error {
	return s.fill(key, calls, cur, ctx, true)
}

// fill is Fill. far says that the event's neighbours will not be asked for.
func (s Snapshot) fill(key uint32, calls bool, cur *Cursor, ctx *field.Ctx, far bool) error {
	if err := s.x.checkNum(key); err != nil {
		return err
	}
	f := s.Facts(key)
	ctx.Reset()
	ctx.Calls, ctx.Note = calls, s.Note(key)
	ctx.Key, ctx.Num, ctx.TS, ctx.First = key, s.Number(key), f.TS, s.x.firstTS
	ctx.View = s.x.m.At(key)
	ctx.T, ctx.FD, ctx.FDNum = f.Thread, f.FD, f.FDNum
	ctx.Names = state.Names{View: ctx.View, T: ctx.T, Legacy: ctx.Style.Legacy}
	if f.Packet {
		return s.fillPacket(key, f, cur, ctx)
	}
	exit := f.Call && f.Type&1 == 1
	if exit && f.Pair != 0 && (calls || !ctx.NoEnter) {
		ctx.Latency = int64(f.TS - s.Facts(f.Pair).TS)
		if err := s.decode(f.Pair, cur, &cur.enter, true); err == nil {
			cur.ebuf = append(cur.ebuf[:0], cur.enter.Raw...)
			cur.enter.Raw = cur.ebuf
			ctx.Enter = &cur.enter
		}
	}
	if err := s.decode(key, cur, &ctx.Ev, far); err != nil {
		return err
	}
	if exit && ctx.Ev.N > 0 && ctx.Ev.Type != evtable.GenericX {
		ctx.Res, ctx.HasRes = f.Res, true
	}
	if calls && exit {
		if !ctx.Args.Join(&ctx.Ev, ctx.Enter) {
			ctx.Args.Load(&ctx.Ev)
		}
	} else {
		ctx.Args.Load(&ctx.Ev)
	}
	return nil
}

func (s Snapshot) decode(key uint32, cur *Cursor, ev *evt.Event, far bool) error {
	seg, i := s.x.at(key)
	t, body, err := cur.block(s.x, seg.offset(i), far)
	if err != nil {
		return err
	}
	cpu, flags, raw, err := scapio.EventBody(t, body)
	if err != nil {
		return err
	}
	ev.Num, ev.CPU, ev.Flags = key, cpu, flags
	if err := ev.Decode(raw, t.HasCount()); err != nil {
		ev.Drop()
		ev.Raw = raw
	}
	return nil
}

func (s Snapshot) fillPacket(key uint32, f Facts, cur *Cursor, ctx *field.Ctx) error {
	t, body, err := cur.block(s.x, f.Offset, false)
	if err != nil {
		return err
	}
	p, err := scapio.ParsePacket(t, body, s.x.pifs)
	if err != nil {
		return err
	}
	ctx.Ev = evt.Event{TS: f.TS, TID: -1, CPU: 0xFFFF}
	ctx.Args.N, ctx.Args.Type = 0, nil
	i := sort.Search(len(s.x.packets), func(i int) bool { return s.x.packets[i] >= key })
	cur.pkt = field.Packet{Num: uint64(i + 1), Len: p.Len, Data: p.Data}
	if int(p.Interface) < len(s.x.pifs) {
		cur.pkt.Interface = s.x.pifs[p.Interface].Name
	}
	ctx.Packet = &cur.pkt
	return nil
}

// Raw returns the bytes of an event (its header first) or packet, and where they begin in the uncompressed file.
func (s Snapshot) Raw(key uint32, cur *Cursor) (b []byte, off int64, err error) {
	if err := s.x.checkNum(key); err != nil {
		return nil, 0, err
	}
	f := s.Facts(key)
	t, body, err := cur.block(s.x, f.Offset, false)
	if err != nil {
		return nil, 0, err
	}
	if f.Packet {
		p, err := scapio.ParsePacket(t, body, s.x.pifs)
		if err != nil {
			return body, f.Offset + 8, nil
		}
		return p.Data, f.Offset + 8 + int64(bytes.Index(body, p.Data)), nil
	}
	_, _, raw, err := scapio.EventBody(t, body)
	if err != nil {
		return body, f.Offset + 8, nil
	}
	var ev evt.Event
	if ev.Decode(raw, t.HasCount()) == nil {
		return ev.Raw, f.Offset + 8 + int64(len(body)-len(raw)), nil
	}
	return raw, f.Offset + 8 + int64(len(body)-len(raw)), nil
}
