package index

import (
	"context"
	"encoding/binary"
	"os"
	"time"
)

// How often a followed file is looked at. A look is one call of the system. Who captures without a pause sees rows soon,
// and a file that nobody writes to any more costs next to nothing.
const (
	followSoon   = 50 * time.Millisecond // when it was written to lately
	followLately = 10 * time.Minute
	followSeldom = 500 * time.Millisecond
)

// followQuiet is how long a file must not have grown before calls without an end become rows of the calls view and half
// a block at the end is damage. That is taken back when it grows, and what filters have found in the segments of such
// calls is void each time.
const followQuiet = 2 * time.Second

// grown waits until the file is longer than what was read of it; it reports false when ctx ends first.
func (b *builder) grown(ctx context.Context) bool {
	begun := time.Now()
	wrote := begun
	if !b.live {
		wrote, _ = b.x.in.Modified()
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		every := followSeldom
		if time.Since(wrote) < followLately {
			every = followSoon
		}
		timer.Reset(every)
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
		if n, err := b.x.in.DiskSize(); err == nil && n > b.x.in.Consumed() {
			return true
		}
		if !b.settled && time.Since(begun) >= followQuiet {
			b.quiet()
		}
	}
}

// Follows reports whether the index is of the file that st tells of and takes in what is written to it. A file that was
// written anew in its place is another.
func (x *Index) Follows(st os.FileInfo) bool {
	select {
	case <-x.gone:
		return false
	default:
	}
	if !x.follow || !x.in.Is(st) || st.Size() < x.in.Consumed() {
		return false
	}
	s := x.Acquire()
	defer s.Release()
	var cur Cursor
	n := s.Len()
	for _, key := range []uint32{1, n/2 + 1, n} {
		if n == 0 || s.Facts(key).Packet {
			continue
		}
		raw, _, err := s.Raw(key, &cur)
		if err != nil || len(raw) < 8 || binary.LittleEndian.Uint64(raw) != s.Facts(key).TS {
			return false
		}
	}
	return true
}

// quiet tells how a file ends that does not grow for now.
func (b *builder) quiet() {
	b.x.mu.Lock()
	defer b.x.mu.Unlock()
	b.settle()
	b.tell()
}

// settle makes rows of the calls view of the calls that have not returned, and tells of a last block that is not whole.
func (b *builder) settle() {
	b.settled = true
	if b.cut != nil {
		b.cut()
	}
	b.lost(b.x.m.Pending())
}

// unsettle takes that back: the calls may return now, and the last block was only half written.
func (b *builder) unsettle() {
	b.cut = nil
	if !b.settled {
		return
	}
	b.settled = false
	x := b.x
	if n := len(x.diags); n > 0 && x.diags[n-1].Fatal {
		x.diags = x.diags[:n-1]
		x.stats.Damaged--
	}
	for _, n := range x.m.Pending() {
		s, i := x.at(n)
		s.setFlags(i, s.flags[i]&^flagCalls)
		x.flips++
	}
}

func (b *builder) lost(keys []uint32) {
	for _, n := range keys {
		b.x.neverReturned(n)
	}
}

func (x *Index) neverReturned(n uint32) {
	s, i := x.at(n)
	s.setFlags(i, s.flags[i]|flagCalls)
	x.flips++
}
