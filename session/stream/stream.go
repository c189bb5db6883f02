package stream

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// Stream is one opening of a descriptor with its transfers.
type Stream struct {
	FD     *state.FD     // its last version
	Owner  *state.Thread // whose number it is when the capture never told of the descriptor; else nil
	Chunks []Chunk       // in order, those of the peer among them
	Opened uint32        // key of the event that opened it; 0: before the capture
	Closed uint32        // key of the event that closed it; 0: it stayed open
	Peer   *state.FD     // the other end of a socket or pipe, nil when the capture has none
	PeerOf uint32        // key of an event of it

	Read, Written int64 // bytes moved, without the peer's
	Lost          int64 // of them not kept by the snaplen
}

// Chunk is one transfer.
type Chunk struct {
	Key    uint32 // event
	TS     uint64 // ns since the epoch
	TID    int64
	Thread *state.Thread
	Write  bool // else read
	Peer   bool // done by the other end
	Size   int64
	Kept   int   // bytes that the event holds; Bytes reads them
	Offset int64 // in the file, -1 when not known
}

// ErrNoStream says that an event is about no descriptor that is known.
var ErrNoStream = errors.New("the event is about no descriptor that is known")

var bufferField, posField = must("evt.buffer"), must("evt.rawarg.pos")

func must(name string) field.Ref {
	r, err := field.Parse(name)
	if err != nil {
		panic(err) // the catalogue has it
	}
	return r
}

var calls = index.List{Calls: true, Internal: true}

// Of returns the stream of the descriptor that an event is about. With peer set the other end's transfers are in it
// too. A descriptor that the capture never told of is all of what one process did with its number.
func Of(ctx context.Context, x *index.Index, key uint32, peer bool) (*Stream, error) {
	snap := x.Acquire()
	facts := snap.Facts(key)
	s, is := &Stream{}, (func(b *index.Batch, i int) (bool, bool))(nil)
	switch fd := facts.FD; {
	case fd != nil && fd.Stream != 0:
		is = s.known(snap, fd.Stream)
	case facts.Thread != nil && facts.FDNum >= 0:
		s.FD = state.UnknownFD(facts.FDNum)
		s.Owner = facts.Thread
		is = untold(facts.Thread.PID, facts.FDNum)
	}
	snap.Release()
	if is == nil {
		return nil, ErrNoStream
	}
	list, err := events(ctx, x, is)
	if err != nil {
		return nil, err
	}
	return s, s.read(ctx, x, list, peer)
}

// known finds the last version of an opening and its other end, and returns what is about either.
func (s *Stream) known(snap index.Snapshot, number uint32) func(b *index.Batch, i int) (mine, peers bool) {
	for i := range snap.FDRows() {
		if row := snap.FDRow(uint32(i)); row.Stream == number {
			s.FD = row
		}
	}
	s.Peer = other(snap, s.FD)
	return func(b *index.Batch, i int) (mine, peers bool) {
		fd := b.FD(i)
		return fd != nil && fd.Stream == number, fd != nil && s.Peer != nil && fd.Stream == s.Peer.Stream
	}
}

// untold returns what is about a number of a process that no event and no list told of.
func untold(pid, num int64) func(b *index.Batch, i int) (mine, peers bool) {
	return func(b *index.Batch, i int) (mine, peers bool) {
		if b.FDNum(i) != num || b.FD(i) != nil {
			return false, false
		}
		t := b.Thread(i)
		return t != nil && t.PID == pid, false
	}
}

// about is an event of a stream.
type about struct {
	key  uint32
	peer bool
}

// events returns the events that is says are of the stream or its peer's, in order.
func events(ctx context.Context, x *index.Index, is func(b *index.Batch, i int) (mine, peers bool)) ([]about, error) {
	var workers []*[]about
	err := x.Scan(ctx, calls, nil, func() func(*index.Batch) {
		list := &[]about{}
		workers = append(workers, list)
		return func(b *index.Batch) {
			for i := range b.Len() {
				if mine, peers := is(b, i); mine || peers {
					*list = append(*list, about{b.Key(i), peers})
				}
			}
		}
	})
	var all []about
	for _, list := range workers {
		all = append(all, *list...)
	}
	slices.SortFunc(all, func(a, b about) int { return cmp.Compare(a.key, b.key) })
	return all, err
}

// read makes chunks of the events.
func (s *Stream) read(ctx context.Context, x *index.Index, list []about, peer bool) error {
	var cur index.Cursor
	var c field.Ctx
	at := newPosition(s.FD)
	snap := x.Acquire()
	defer snap.Release()
	for i, e := range list {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if e.peer {
			s.PeerOf = e.key
			if !peer {
				continue
			}
		}
		if snap.Fill(e.key, true, &cur, &c) != nil {
			continue
		}
		chunk, ok := transfer(&c, e)
		if !e.peer {
			s.notice(&c, e.key)
			chunk.Offset = at.moved(&c, chunk, ok)
		}
		if !ok {
			continue
		}
		s.Chunks = append(s.Chunks, chunk)
		if e.peer {
			continue
		}
		if chunk.Write {
			s.Written += chunk.Size
		} else {
			s.Read += chunk.Size
		}
		s.Lost += chunk.Size - int64(chunk.Kept)
	}
	return nil
}

// notice remembers when the descriptor was opened and closed.
func (s *Stream) notice(c *field.Ctx, key uint32) {
	t := c.Ev.Info()
	if t == nil || !c.HasRes || c.Res < 0 {
		return
	}
	switch {
	case t.Name == "close":
		s.Closed = key
	case t.Flags&evtable.EFCreatesFD != 0 && s.Opened == 0 && len(s.Chunks) == 0:
		s.Opened = key
	}
}

// transfer returns the bytes a call moved; false when it moved none.
func transfer(c *field.Ctx, e about) (Chunk, bool) {
	k := Chunk{Key: e.key, TS: c.TS, TID: c.Ev.TID, Thread: c.T, Peer: e.peer, Offset: -1}
	t := c.Ev.Info()
	if t == nil || !c.HasRes || c.Res <= 0 {
		return k, false
	}
	switch t.Category & evtable.CategoryMask {
	case evtable.ECIORead:
	case evtable.ECIOWrite:
		k.Write = true
	default:
		return k, false
	}
	k.Size = c.Res
	k.Kept = int(min(int64(len(bufferField.Value(c).B)), k.Size))
	return k, true
}

// Bytes returns what was kept of a transfer. The cursor and c are scratch space.
func Bytes(snap index.Snapshot, k Chunk, cur *index.Cursor, c *field.Ctx) ([]byte, error) {
	if err := snap.Fill(k.Key, true, cur, c); err != nil {
		return nil, err
	}
	b := bufferField.Value(c).B
	return b[:min(len(b), k.Kept)], nil
}

// other returns the other end of a socket or pipe, as far as the capture has it: the opening that is nearest.
func other(snap index.Snapshot, fd *state.FD) *state.FD {
	var best *state.FD
	for i := range snap.FDRows() {
		row := snap.FDRow(uint32(i))
		if row.Stream == fd.Stream || !opposite(fd, row) {
			continue
		}
		if best == nil || distance(row.Born, fd.Born) <= distance(best.Born, fd.Born) {
			best = row
		}
	}
	return best
}

func distance(a, b uint32) uint32 { return max(a, b) - min(a, b) }

// opposite reports whether b is at the other end of a.
func opposite(a, b *state.FD) bool {
	switch {
	case a.Inet() && b.Type == a.Type:
		return a.Tuple == b.Tuple && a.L4 == b.L4 && a.Role != b.Role && a.Role != state.NoRole && b.Role != state.NoRole
	case a.Type == scapio.FDUnix && b.Type == scapio.FDUnix:
		return a.Src != 0 && a.Src == b.Dst && a.Dst == b.Src
	case a.Type == scapio.FDFifo && b.Type == scapio.FDFifo:
		return a.Ino != 0 && a.Ino == b.Ino && a.Num != b.Num
	}
	return false
}

// ServerPort returns the port of the server of a connection, 0 where there is none.
func (s *Stream) ServerPort() uint16 {
	if s.FD.Inet() {
		return s.FD.Tuple.DPort
	}
	return 0
}
