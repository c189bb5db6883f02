package stream

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// wrote makes captures of one process that writes a file.
type wrote struct {
	w  *scapio.Writer
	ts uint64
}

func (c *wrote) event(typ uint16, params ...[]byte) {
	c.ts += 1000
	_ = c.w.Event(0, 0, scapiotest.T0+c.ts, 200, typ, params...)
}

const ppmCreate = 1 << 2

func (c *wrote) openat(num, flags uint64) {
	c.event(evtable.SyscallOpenat_2X, scapiotest.U64(num), scapiotest.U64(^uint64(99)), []byte("/tmp/f\x00"), scapiotest.U32(uint32(flags)), scapiotest.U32(0o600), scapiotest.U32(8), scapiotest.U64(77))
}

func (c *wrote) dup2(from, to uint64) {
	c.event(evtable.SyscallDup2X, scapiotest.U64(to), scapiotest.U64(from), scapiotest.U64(to))
}

func (c *wrote) close(num uint64) {
	c.event(evtable.SyscallCloseX, scapiotest.U64(0), scapiotest.U64(num))
}

func (c *wrote) write(num uint64, kept string, size int) {
	c.event(evtable.SyscallWriteX, scapiotest.U64(uint64(size)), []byte(kept), scapiotest.U64(num), scapiotest.U32(uint32(size)))
}

func (c *wrote) pwrite(num uint64, text string, at uint64) {
	n := uint64(len(text))
	c.event(evtable.SyscallPwriteX, scapiotest.U64(n), []byte(text), scapiotest.U64(num), scapiotest.U32(uint32(n)), scapiotest.U64(at))
}

func (c *wrote) setFlags(num, flags uint64) {
	c.event(evtable.SyscallFcntlX, scapiotest.U64(0), scapiotest.U64(num), []byte{setFlags}, scapiotest.U64(flags))
}

func (c *wrote) lseek(num, to uint64) {
	c.event(evtable.SyscallLseekX, scapiotest.U64(to), scapiotest.U64(num), scapiotest.U64(to), []byte{0})
}

func captured(t *testing.T, f func(c *wrote)) *index.Index {
	t.Helper()
	return open(t, scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		f(&wrote{w: w})
	})))
}

// carved puts the file of the stream of the last event together.
func carved(t *testing.T, x *index.Index) (*Stream, string, Saved) {
	t.Helper()
	snap := x.Acquire()
	key := snap.Len()
	snap.Release()
	s, err := Of(context.Background(), x, key, false)
	require.NoError(t, err)
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer f.Close()
	saved, err := s.Carve(context.Background(), x, f)
	require.NoError(t, err)
	b, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	return s, string(b), saved
}

func TestCarving(t *testing.T) {
	created := uint64(2 | ppmCreate | flagTrunc | flagCreated)
	for _, c := range []struct {
		name, want, note string
		saved            Saved
		f                func(c *wrote)
	}{
		{"copies of a descriptor have one position", "one two three", "", Saved{Bytes: 13}, func(c *wrote) { // sh -c '... >f 2>&1'
			c.openat(13, created)
			c.dup2(13, 1)
			c.close(13)
			c.dup2(1, 2)
			c.write(1, "one ", 4)
			c.write(2, "two ", 4)
			c.write(1, "three", 5)
		}},
		{"a seek moves the copies, too", "ONE two", "", Saved{Bytes: 10}, func(c *wrote) {
			c.openat(13, created)
			c.dup2(13, 14)
			c.write(13, "one two", 7)
			c.lseek(14, 0)
			c.write(13, "ONE", 3)
		}},
		{"the copy of what was open before has no known position", "", "2 writes are left out: where they went is not known, since the file was opened before the capture, its position was lost or others appended to it", Saved{Lost: 8}, func(c *wrote) {
			c.dup2(4, 14)
			c.write(4, "one ", 4)
			c.write(14, "two ", 4)
		}},
		{"appending goes to the end, wherever the position is", "one two three", "", Saved{Bytes: 13}, func(c *wrote) {
			c.openat(13, created|flagAppend)
			c.write(13, "one ", 4)
			c.lseek(13, 0)
			c.write(13, "two ", 4)
			c.pwrite(13, "three", 1)
		}},
		{"fcntl begins and ends appending", "one two three", "", Saved{Bytes: 16}, func(c *wrote) {
			c.openat(13, created)
			c.write(13, "one ", 4)
			c.lseek(13, 0)
			c.setFlags(13, kernelAppend)
			c.write(13, "TWO three", 9)
			c.setFlags(13, 0)
			c.lseek(13, 4)
			c.write(13, "two", 3)
		}},
		{"appending to a file that was there has no known place", "", "1 writes are left out: where they went is not known, since the file was opened before the capture, its position was lost or others appended to it", Saved{Lost: 3}, func(c *wrote) {
			c.openat(13, 2|flagAppend)
			c.write(13, "one", 3)
		}},
		{"nor has appending when others do", "one ", "1 writes are left out: where they went is not known, since the file was opened before the capture, its position was lost or others appended to it", Saved{Bytes: 4, Lost: 5}, func(c *wrote) { // cmd >>f 2>>f
			c.openat(13, created|flagAppend)
			c.write(13, "one ", 4)
			c.openat(14, 2|flagAppend)
			c.write(14, "two ", 4)
			c.write(13, "three", 5)
		}},
		{"what was cut is zeros", "abc\x00\x00\x00def", "the capture kept only the first bytes of some writes; zeros stand for the rest", Saved{Bytes: 6, Lost: 3}, func(c *wrote) {
			c.openat(13, created)
			c.write(13, "abc", 6)
			c.write(13, "def", 3)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, have, saved := carved(t, captured(t, c.f))
			require.Equal(t, c.want, have)
			c.saved.Note = c.note
			require.Equal(t, c.saved, saved)
		})
	}
}

func TestAnOpeningIsClosedWithTheLastOfItsDescriptors(t *testing.T) {
	write := func(c *wrote) {
		c.openat(13, 2|ppmCreate|flagTrunc|flagCreated)
		c.dup2(13, 1)
		c.close(13)
		c.write(1, "text", 4)
	}
	s, _, _ := carved(t, captured(t, write))
	require.NotZero(t, s.Opened)
	require.Zero(t, s.Closed)
	s, _, _ = carved(t, captured(t, func(c *wrote) {
		write(c)
		c.close(1)
	}))
	require.Equal(t, s.Opened+4, s.Closed)
}

func TestACopiedDescriptorIsFollowedFromItsOpening(t *testing.T) {
	x := open(t, scapiotest.Shared(t, "live_new-mixed-z.scap")[0])
	s, err := Of(context.Background(), x, 622, false) // openat of fd 3, which dup2 copies to 1, where it is written
	require.NoError(t, err)
	require.EqualValues(t, 622, s.Opened)
	require.NotZero(t, s.Written)
	require.True(t, s.CanCarve())
	same, err := Of(context.Background(), x, 623, false)
	require.NoError(t, err)
	require.Equal(t, s, same)
}
