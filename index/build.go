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
		if err := b.take(in); err != nil {
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
	for i := range in.blocks {
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
	if n := len(x.diags); n > 0 && x.diags[n-1].Fatal { // the last block was only half written
		x.diags = x.diags[:n-1]
		x.stats.Damaged--
	}
	for _, n := range x.m.Pending() { // these calls may return now
		s, i := x.at(n)
		s.setFlags(i, s.flags[i]&^flagCalls)
	}
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

// end closes the books: calls that never returned become rows of the calls view.
func (b *builder) end(err error, start time.Time) {
	x := b.x
	if !errors.Is(err, io.EOF) {
		off := b.next
		var c *scapio.CorruptError
		if errors.As(err, &c) {
			off = c.Off
		}
		b.diag(off, true, err.Error()+"; what was read before it is kept")
	}
	b.lost(x.m.Pending())
	x.stats.BuildTime = time.Since(start)
	x.ended = true
	b.tell()
}

func (b *builder) lost(keys []uint32) {
	for _, n := range keys {
		b.x.neverReturned(n)
	}
}

func (x *Index) neverReturned(n uint32) {
	s, i := x.at(n)
	s.setFlags(i, s.flags[i]|flagCalls)
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
		x.segs = append(x.segs, newSegment(off, x.n == 0))
	}
	s := x.segs[len(x.segs)-1]
	s.grow()
	i := s.n
	s.n++
	k := s.n
	s.ts, s.off, s.thread, s.fd, s.pair = s.ts[:k], s.off[:k], s.thread[:k], s.fd[:k], s.pair[:k]
	s.res, s.fdnum, s.typ, s.cpu, s.flags = s.res[:k], s.fdnum[:k], s.typ[:k], s.cpu[:k], s.flags[:k]
	x.n++
	return s, i, nil
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
	s.ts[i], s.thread[i], s.fd[i], s.fdnum[i] = ts, none, none, -1
	s.pack(i, blk.Off, 0, flagPacket|flagCalls)
	x.packets = append(x.packets, x.n)
	return nil
}

func (x *Index) seen(ts uint64) {
	if x.firstTS == 0 {
		x.firstTS = ts
	}
	if ts > x.maxTS {
		x.maxTS = ts
	}
}

// pack stores offset, result and flags, aside where they do not fit.
func (s *segment) pack(i int, off, res int64, flags uint8) {
	rel := off - s.base
	if rel > math.MaxUint32 || res != int64(int32(res)) {
		if s.wide == nil {
			s.wide = map[uint16]wide{}
		}
		s.wide[uint16(i)] = wide{off, res}
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
	f := x.m.Apply(ev)
	s.ts[i], s.typ[i], s.cpu[i] = ev.TS, ev.Type, ev.CPU
	s.thread[i], s.fd[i], s.fdnum[i], s.pair[i] = none, none, -1, 0
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
	res := int64(0)
	info := ev.Info()
	if info == nil {
		x.stats.Unknown[ev.Type]++
		flags |= flagCalls
	} else {
		x.stats.Types[ev.Type]++
		flags, res = b.callFacts(s, i, info, &f, flags)
	}
	s.pack(i, blk.Off, res, flags)
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
		return flags, 0
	}
	x.stats.Exits++
	flags |= flagCalls
	if pair := f.Pair; pair != 0 {
		s.pair[i] = ev.Num - pair
		es, ei := x.at(pair)
		es.pair[ei] = ev.Num - pair
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
		return flags, 0
	}
	res, ok := evt.Int(ev.Param(0))
	if ok && res < 0 {
		flags |= flagFailed
	}
	return flags, res
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
