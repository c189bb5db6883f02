package stream

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// Stream is one opening with its transfers: through the descriptor that it made, and through all copies of it.
type Stream struct {
	FD     *state.FD     // the last version of any of its descriptors
	Owner  *state.Thread // whose number it is when the capture never told of the descriptor; else nil
	Chunks []Chunk       // in order, those of the peers among them
	Opened uint32        // key of the event that opened it; 0: before the capture
	Closed uint32        // key of the event that closed the last of its descriptors; 0: one stayed open
	Peers  []*state.FD   // the other end of a socket or pipe, one version of each opening; none when the capture has none
	PeerOf uint32        // key of an event of the other end, 0 when there is none

	Read, Written int64 // bytes moved, without the peers'
	Lost          int64 // of them not kept by the snaplen

	first  *state.FD // its first version
	others uint32    // event that opened the same file for writing once more, 0 when none did
}

// Chunk is one transfer.
type Chunk struct {
	Key    uint32 // event
	TS     uint64 // ns since the epoch
	TID    int64
	Thread *state.Thread
	FD     *state.FD // as of the event; nil when the capture never told of the descriptor
	Write  bool      // else read
	Peer   bool      // done by the other end
	Size   int64
	Kept   int   // bytes that the event holds; Bytes reads them
	Offset int64 // in the file, -1 when not known
}

// ErrNoStream says that an event is about no descriptor that is known.
var ErrNoStream = errors.New("the event is about no descriptor that is known")

var bufferField, posField, cmdField, argField = field.Must("evt.buffer"), field.Must("evt.rawarg.pos"), field.Must("evt.rawarg.cmd"), field.Must("evt.rawarg.arg")

var calls = index.List{Calls: true, Internal: true}

// Of returns the stream of the descriptor that an event is about. With peer set the other end's transfers are in it
// too. A descriptor that the capture never told of is all of what one process did with its number.
func Of(ctx context.Context, x *index.Index, key uint32, peer bool) (*Stream, error) {
	snap := x.Acquire()
	facts := snap.Facts(key)
	s, far, is := &Stream{}, (*otherEnd)(nil), (func(b *index.Batch, i int) about)(nil)
	switch fd := facts.FD; {
	case fd != nil && fd.Stream != 0:
		far = s.known(snap, fd.Stream)
		is = far.about
	case facts.Thread != nil && facts.FDNum >= 0:
		s.FD = state.UnknownFD(facts.FDNum)
		s.first = s.FD
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
	if far != nil {
		list = s.choose(far, list)
	}
	return s, s.read(ctx, x, list, peer)
}

// known finds the versions of an opening, and what may be its other end.
func (s *Stream) known(snap index.Snapshot, number uint32) *otherEnd {
	s.first = snap.FDRow(number - 1)
	s.FD = s.first
	far := newOtherEnd(s.first)
	for i := number - 1; i < uint32(snap.FDRows()); i++ {
		switch row := snap.FDRow(i); {
		case row.Stream == number:
			s.FD = row
			far.mine(row)
		case s.others == 0 && row.Stream == i+1 && writesSame(row, s.first):
			s.others = row.Born
		}
	}
	far.find(snap)
	return far
}

// writesSame reports whether a descriptor writes the file of another one.
func writesSame(f, o *state.FD) bool {
	return f.File() && o.File() && o.Ino != 0 && f.Ino == o.Ino && f.Dev == o.Dev && f.OpenFlags&flagWrite != 0
}

// untold returns what is about a number of a process that no event and no list told of.
func untold(pid, num int64) func(b *index.Batch, i int) about {
	return func(b *index.Batch, i int) (a about) {
		if b.FDNum(i) != num || b.FD(i) != nil {
			return a
		}
		if t := b.Thread(i); t != nil && t.PID == pid {
			a.mine = true
		}
		return a
	}
}

// about is an event of a stream.
type about struct {
	key         uint32
	mine        bool
	peer        uint32 // of which opening of the other end; 0: of none
	read, write bool   // it moved bytes
}

// events returns the events that is says are of the stream or its peers', in order.
func events(ctx context.Context, x *index.Index, is func(b *index.Batch, i int) about) ([]about, error) {
	var workers []*[]about
	err := x.Scan(ctx, calls, nil, func() func(*index.Batch) {
		list := &[]about{}
		workers = append(workers, list)
		return func(b *index.Batch) {
			for i := range b.Len() {
				if a := is(b, i); a.mine || a.peer != 0 {
					a.key = b.Key(i)
					*list = append(*list, a)
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
	at := newPosition(s.first, s.others)
	snap := x.Acquire()
	defer snap.Release()
	for i, e := range list {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if !e.mine {
			s.PeerOf = e.key
			if !peer {
				continue
			}
		}
		if snap.Fill(e.key, true, &cur, &c) != nil {
			continue
		}
		chunk, ok := transfer(&c, e)
		if e.mine {
			s.notice(&c, e.key)
			chunk.Offset = at.moved(&c, chunk, ok)
		}
		if !ok {
			continue
		}
		s.Chunks = append(s.Chunks, chunk)
		if !e.mine {
			continue
		}
		if chunk.Write {
			s.Written += chunk.Size
		} else {
			s.Read += chunk.Size
		}
		s.Lost += chunk.Size - int64(chunk.Kept)
	}
	s.stillOpen(snap)
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

// stillOpen takes the last close back where another descriptor of the opening was open behind it.
func (s *Stream) stillOpen(snap index.Snapshot) {
	if s.Closed == 0 || s.Owner != nil {
		return
	}
	f := snap.Facts(s.Closed)
	if f.Thread != nil && snap.View(s.Closed).OpenElsewhere(s.first.Stream, f.Thread, f.FDNum) {
		s.Closed = 0
	}
}

// transfer returns the bytes a call moved; false when it moved none.
func transfer(c *field.Ctx, e about) (Chunk, bool) {
	k := Chunk{Key: e.key, TS: c.TS, TID: c.Ev.TID, Thread: c.T, FD: c.FD, Peer: !e.mine, Offset: -1}
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

// OpenBefore reports whether the descriptor was open before the capture.
func (s *Stream) OpenBefore() bool { return s.first.Born == 0 }

// ServerPort returns the port of the server of a connection, 0 where there is none.
func (s *Stream) ServerPort() uint16 {
	if s.FD.Inet() {
		return s.FD.Tuple.DPort
	}
	return 0
}
