package index

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"time"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

const numTypes = evtable.NumTypes

// maxDiags is how many damages are told of; more are counted in Stats.Damaged.
const maxDiags = 100

type builder struct {
	x  *Index
	r  *scapio.Reader
	ev evt.Event

	next int64 // where the block behind the last one taken begins

	live    bool   // the file has grown since it was opened
	settled bool   // calls that have not returned are rows of the calls view now, and a last block that is cut is told of
	cut     func() // tells that the reading ended in the middle of something

	kind  scapio.BlockType // of the last event block; kinds of them in a row are still to be counted
	kinds uint64
}

func (b *builder) countKind() {
	if b.kinds > 0 {
		b.x.stats.Blocks[b.kind] += b.kinds
		b.kinds = 0
	}
}

// first reads the first block, so that what is no capture is refused at once.
func (b *builder) first() error {
	blk, err := b.r.Next()
	switch {
	case errors.Is(err, io.EOF) && b.r.Offset() == 0:
		return ErrEmpty
	case err != nil:
		return err
	}
	b.x.mu.Lock()
	defer b.x.mu.Unlock()
	b.next = b.r.Offset()
	return b.block(&blk)
}

// run reads to the end; it reports whether reading could go on if there were more.
func (b *builder) run(ctx context.Context) (again bool) {
	x := b.x
	start := time.Now()
	f := frame(b.r)
	defer f.stop()
	for {
		var in *batch
		select {
		case in = <-f.full: // no lock is held while it waits for bytes
		case <-ctx.Done():
			x.mu.Lock()
			defer x.mu.Unlock()
			b.end(io.EOF, start)
			return false
		}
		err := b.take(in)
		x.side.put(ctx)
		if err != nil {
			x.mu.Lock()
			defer x.mu.Unlock()
			b.end(err, start)
			return errors.Is(err, io.EOF) || errors.Is(err, scapio.ErrTruncated)
		}
		f.free <- in
	}
}

// take takes a batch of blocks in; the error is what ended the reading.
func (b *builder) take(in *batch) error {
	x := b.x
	x.mu.Lock()
	defer x.mu.Unlock()
	err := in.err
	for i := range in.bodies {
		blk := in.block(i)
		if e := b.block(&blk); e != nil {
			err = e
			break
		}
	}
	for _, w := range in.warns {
		b.diag(w.Off, false, w.Error())
	}
	b.countKind()
	b.lost(x.m.Lost())
	b.next = in.next
	x.stats.Bytes = in.next
	if err == nil {
		b.tell()
	}
	return err
}

// reopen readies a complete index for what was written to its file since.
func (b *builder) reopen() {
	x := b.x
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended = false
	b.live = true
	b.unsettle()
	x.stats.FileSize, _ = x.in.DiskSize()
}

func (b *builder) tell() {
	if len(b.x.watch) == 0 {
		return
	}
	p := b.x.progress()
	for _, f := range b.x.watch {
		f(p)
	}
}

func (b *builder) diag(off int64, fatal bool, text string) {
	x := b.x
	x.stats.Damaged++
	if len(x.diags) < maxDiags || fatal {
		x.diags = append(x.diags, Diagnostic{Fatal: fatal, Off: off, Text: text})
	}
}

// corrupt tells of damage inside a block; kept says what became of the block.
func (b *builder) corrupt(blk *scapio.Block, err error, kept string) {
	b.diag(blk.Off, false, (&scapio.CorruptError{Off: blk.Off, Block: blk.Type, Err: err}).Error()+kept)
}

// end closes the books.
func (b *builder) end(err error, start time.Time) {
	x := b.x
	if !errors.Is(err, io.EOF) {
		off := b.next
		var c *scapio.CorruptError
		if errors.As(err, &c) {
			off = c.Off
		}
		b.cut = func() { b.diag(off, true, err.Error()+"; what was read before it is kept") }
	}
	if !b.live || !errors.Is(err, io.EOF) && !errors.Is(err, scapio.ErrTruncated) {
		b.settle()
	} // else when it has been quiet for a while: see grown
	x.stats.BuildTime = time.Since(start)
	x.ended = true
	b.tell()
}

func (x *Index) at(n uint32) (*segment, int) {
	return x.segs[(n-1)/SegmentSize], int((n - 1) % SegmentSize)
}

var errFull = errors.New("the capture has more than 4,294,967,294 events, which scapls cannot number")

// block takes one block in. A damaged list or event is told of and passed over.
func (b *builder) block(blk *scapio.Block) error {
	x := b.x
	t := blk.Type
	switch {
	case t.IsEvent():
		if t != b.kind {
			b.countKind()
			b.kind = t
		}
		b.kinds++
		return b.event(blk)
	case t.IsPacket():
		x.stats.Blocks[t]++
		return b.packet(blk)
	case !t.Known():
		x.stats.Skipped[t]++
		return nil
	}
	x.stats.Blocks[t]++
	if x.n > 0 {
		x.epoch++ // it may say something else of the events so far
	}
	if err := b.lists(blk); err != nil {
		b.corrupt(blk, err, "; its other entries are kept")
	}
	return nil
}

func (b *builder) lists(blk *scapio.Block) error {
	x := b.x
	switch t := blk.Type; t {
	case scapio.SectionHeader:
		x.m.Restart(x.n)
		x.pifs = nil
		if len(blk.Body) < 16 {
			return errors.New("it is too short")
		}
		x.stats.Sections = append(x.stats.Sections, Section{
			Off: blk.Off, Major: binary.LittleEndian.Uint16(blk.Body[4:]), Minor: binary.LittleEndian.Uint16(blk.Body[6:]), First: x.n + 1,
		})
		if c := scapio.Comment(blk.Body[16:]); c != "" {
			x.stats.Comments = append(x.stats.Comments, c)
		}
	case scapio.MachineInfo, scapio.MachineInfoInt:
		m, err := scapio.ParseMachine(blk.Body)
		if err != nil {
			return err
		}
		x.m.Info = m
	case scapio.FDListV1, scapio.FDListV2, scapio.FDListV1Int:
		tid, list, err := scapio.ParseFDs(t, blk.Body)
		x.stats.FDs += len(list)
		x.m.LoadFDs(tid, list)
		return err
	case scapio.InterfaceListV1, scapio.InterfaceListV2, scapio.InterfaceListV1Int:
		list, err := scapio.ParseInterfaces(t, blk.Body)
		x.stats.Interfaces += len(list)
		x.m.Interfaces = append(x.m.Interfaces, list...)
		return err
	case scapio.UserListV1, scapio.UserListV2, scapio.UserListV1Int:
		users, groups, err := scapio.ParseUsers(t, blk.Body)
		x.stats.Users += len(users)
		x.stats.Groups += len(groups)
		x.m.LoadUsers(users, groups)
		return err
	case scapio.InterfaceDesc:
		i, err := scapio.ParsePacketInterface(blk.Body)
		x.pifs = append(x.pifs, i)
		return err
	default:
		if scapio.ProcListVersion(t) > 0 {
			list, err := scapio.ParseThreads(t, blk.Body)
			x.stats.Threads += len(list)
			x.m.LoadThreads(list)
			return err
		}
	}
	return nil
}

// next makes room for one more event at the file offset and returns its place.
func (x *Index) next(off int64) (*segment, int, error) {
	if x.n >= none-1 {
		return nil, 0, errFull
	}
	if x.n%SegmentSize == 0 {
		x.begin(off)
	}
	s := x.segs[len(x.segs)-1]
	i := s.n
	if i == s.room {
		s.grow(min(SegmentSize, 8*s.room))
	}
	s.n++
	x.n++
	return s, i, nil
}

// firstRoom is how many events the columns of a capture have room for at first, so that small captures are small.
const firstRoom = 1024

// begin begins a segment.
func (x *Index) begin(off int64) {
	if len(x.segs) == 0 {
		x.segs = append(x.segs, newSegment(off, firstRoom, nil))
		return
	}
	x.segs = append(x.segs, newSegment(off, SegmentSize, x.side.spare()))
	if k := len(x.segs) - 2 - keepSegments; k >= 0 {
		x.side.due = append(x.side.due, x.segs[k])
	}
}

func (b *builder) packet(blk *scapio.Block) error {
	x := b.x
	p, err := scapio.ParsePacket(blk.Type, blk.Body, x.pifs)
	if err != nil {
		b.corrupt(blk, err, "")
	}
	s, i, err := x.next(blk.Off)
	if err != nil {
		return err
	}
	ts := p.TS
	if ts == 0 {
		ts = x.maxTS
	}
	x.seen(ts)
	s.ts[i], s.thread[i], s.fd[i], s.fdnum[i], s.pair[i], s.typ[i], s.cpu[i] = ts, none, none, -1, 0, packetType, 0
	s.pack(i, blk.Off, 0, false, flagPacket|flagCalls)
	x.packets = append(x.packets, x.n)
	b.comments(blk)
	return nil
}

func (x *Index) seen(ts uint64) {
	if x.firstTS == 0 {
		x.firstTS = ts
		if x.n > 1 {
			x.epoch++ // of times since the start
		}
	}
	if ts > x.maxTS {
		x.maxTS = ts
	}
}

// pack stores offset, result and flags, aside where they do not fit.
func (s *segment) pack(i int, off, res int64, odd bool, flags uint8) {
	rel := off - s.base
	if rel > math.MaxUint32 {
		if s.far == nil {
			s.far = map[uint16]int64{}
		}
		s.far[uint16(i)] = off
	}
	if res != int64(int32(res)) || odd {
		s.wides = append(s.wides, wide{res, uint16(i), odd})
		flags |= flagWide
	}
	s.off[i], s.res[i], s.flags[i] = uint32(rel), int32(res), flags
	s.count(flags, 1)
}

func (b *builder) event(blk *scapio.Block) error {
	x := b.x
	cpu, blockFlags, raw, err := scapio.EventBody(blk.Type, blk.Body)
	if err != nil {
		b.corrupt(blk, err, "; the event is passed over")
		return nil
	}
	ev := &b.ev
	ev.CPU, ev.Flags = cpu, blockFlags
	flags := uint8(0)
	if err := ev.Decode(raw, blk.Type.HasCount()); err != nil {
		if len(raw) < evt.HeaderV1 {
			b.corrupt(blk, err, "; the event is passed over")
			return nil
		}
		b.corrupt(blk, err, "; the event is listed without its arguments")
		ev.Drop()
		flags |= flagDamaged
	}
	s, i, err := x.next(blk.Off)
	if err != nil {
		return err
	}
	ev.Num = x.n
	if len(raw)-len(ev.Raw) > 4 { // more than padding
		b.comments(blk)
	}
	unsettled := x.m.Unsettled()
	f := x.m.Apply(ev)
	if unsettled && !x.m.Unsettled() {
		x.epoch++
	}
	s.ts[i], s.typ[i], s.cpu[i] = ev.TS, ev.Type, ev.CPU
	s.thread[i], s.fd[i], s.fdnum[i], s.pair[i] = none, none, -1, 0
	if f.Changed {
		s.changed[i/64] |= 1 << (i % 64)
	}
	if f.Thread != nil {
		s.thread[i] = f.Thread.Row
	}
	if f.FD != nil {
		s.fd[i] = f.FD.Row
	}
	if f.FDNum == int64(int32(f.FDNum)) {
		s.fdnum[i] = int32(f.FDNum)
	}
	if f.Hidden {
		flags |= flagHidden
	}
	res, odd := int64(0), false
	info := ev.Info()
	if info == nil {
		x.stats.Unknown[ev.Type]++
		flags |= flagCalls
	} else {
		x.stats.Types[ev.Type]++
		flags, res = b.callFacts(s, i, info, f, flags)
		odd = flags&flagSyscall != 0 && (ev.N > 0) != (len(info.Params) > 0)
	}
	s.pack(i, blk.Off, res, odd, flags)
	if flags&flagMeta == 0 {
		x.seen(ev.TS)
	} else if ev.TS > x.maxTS {
		x.maxTS = ev.TS
	}
	return nil
}

// callFacts tells enter and exit halves apart and joins them.
func (b *builder) callFacts(s *segment, i int, info *evtable.Type, f *state.Facts, flags uint8) (uint8, int64) {
	x, ev := b.x, &b.ev
	if info.Category&evtable.ECMetaevent != 0 {
		flags |= flagMeta
	}
	if ev.Type == evtable.DropE {
		x.stats.Drops++
	}
	if info.Category&evtable.ECSyscall == 0 {
		return flags | flagCalls, 0
	}
	flags |= flagSyscall
	if info.Enter {
		x.stats.Enters++
		if x.enter == 0 {
			x.enter = ev.Num
		}
		return flags, b.genericCall()
	}
	x.stats.Exits++
	flags |= flagCalls
	if pair := f.Pair; pair != 0 {
		s.pair[i] = ev.Num - pair
		es, ei := x.at(pair)
		es.setPair(ei, ev.Num-pair)
	} else {
		x.stats.Unmatched++
		if f.Orphan && x.enter != 0 {
			x.stats.Orphans++
		}
	}
	if info.Flags&evtable.EFOldVersion != 0 {
		x.stats.Converted++
	}
	if d := dataParam[ev.Type]; d >= 0 {
		if n := len(ev.Param(int(d))); n > x.stats.MaxData {
			x.stats.MaxData = n
		}
	}
	if ev.Type == evtable.GenericX || ev.N == 0 {
		return flags, b.genericCall()
	}
	res, ok := evt.Int(ev.Param(0))
	if ok && res < 0 {
		flags |= flagFailed
	}
	return flags, res
}

// genericCall returns which call a generic event is about, 0 for others and where the number does not tell.
func (b *builder) genericCall() int64 {
	if b.ev.Type > evtable.GenericX {
		return 0
	}
	id, _ := evt.Uint(b.ev.Param(0))
	return int64(uint16(id))
}

// dataParam is the index of the parameter that holds bytes read or written, -1 where there is none.
var dataParam = func() (t [numTypes]int8) {
	for id := range t {
		t[id] = -1
		for i, p := range evtable.Types[id].Params {
			if p.Name == "data" && p.Type == evtable.PTBytebuf {
				t[id] = int8(i)
			}
		}
	}
	return t
}()
