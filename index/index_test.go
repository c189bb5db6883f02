package index

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func openFile(t testing.TB, path string) *Index {
	t.Helper()
	x, err := Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Wait(context.Background()))
	return x
}

func openBytes(t testing.TB, b []byte) *Index { return openFile(t, scapiotest.File(t, b)) }

func capture(t testing.TB, calls int) []byte {
	return scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		scapiotest.Events(w, calls)
	})
}

var lists = []List{{}, {Calls: true}, {Internal: true}, {Calls: true, Internal: true}}

// checkLists holds Rows, Select, Rank, Next and Prev of the four lists against each other and against the flags.
func checkLists(t *testing.T, x *Index) {
	t.Helper()
	s := x.Acquire()
	defer s.Release()
	for _, l := range lists {
		var rows []uint32
		for key := uint32(1); key <= s.Len(); key++ {
			seg, i := x.at(key)
			if l.query().member(seg.flags[i]) {
				rows = append(rows, key)
			}
		}
		require.EqualValues(t, len(rows), s.Rows(l))
		step := 1 + len(rows)/500
		for i := 0; i < len(rows); i += step {
			require.Equal(t, rows[i], s.Select(l, uint32(i)))
			row, listed := s.Rank(l, rows[i])
			require.True(t, listed)
			require.EqualValues(t, i, row)
			require.Equal(t, rows[i], s.Next(l, rows[i]))
			prev, next := uint32(0), uint32(0)
			if i > 0 {
				prev = rows[i-1]
			}
			if i+1 < len(rows) {
				next = rows[i+1]
			}
			require.Equal(t, prev, s.Prev(l, rows[i]))
			require.Equal(t, next, s.Next(l, rows[i]+1))
			if next > rows[i]+1 { // between two rows
				row, listed = s.Rank(l, rows[i]+1)
				require.False(t, listed)
				require.EqualValues(t, i+1, row)
			}
		}
		require.Zero(t, s.Select(l, uint32(len(rows))))
		require.Zero(t, s.Next(l, s.Len()+1))
		require.Zero(t, s.Next(l, 0))
		require.Zero(t, s.Prev(l, 1))
		require.Zero(t, s.Prev(l, 0))
		row, listed := s.Rank(l, s.Len()+1)
		require.False(t, listed)
		require.EqualValues(t, len(rows), row)
	}
}

func TestTheListsAgreeWithThemselves(t *testing.T) {
	t.Run("of a small capture", func(t *testing.T) { checkLists(t, openBytes(t, capture(t, 10))) })
	t.Run("of one without events", func(t *testing.T) { checkLists(t, openBytes(t, capture(t, 0))) })
	t.Run("of real ones", func(t *testing.T) {
		checkLists(t, openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap")))
		checkLists(t, openFile(t, scapiotest.Repo(t, "live_new-sysmix.scap")))
	})
	t.Run("over several segments", func(t *testing.T) { checkLists(t, openBytes(t, capture(t, 100_000))) })
}

func TestTheTwoHalvesOfACallKnowEachOther(t *testing.T) {
	for _, path := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		s := openFile(t, scapiotest.Repo(t, path)).Acquire()
		for key := uint32(1); key <= s.Len(); key++ {
			if f := s.Facts(key); f.Pair != 0 {
				o := s.Facts(f.Pair)
				require.Equal(t, key, o.Pair)
				if f.Type != evtable.SyscallExecveatE && o.Type != evtable.SyscallExecveatE { // which returns as execve
					require.Equal(t, f.Type^1, o.Type)
				}
			}
		}
		s.Release()
	}
}

func TestACaptureMayBeOpenTwice(t *testing.T) {
	path := scapiotest.Repo(t, "live_old-sysmix.scap")
	a, b := openFile(t, path), openFile(t, path)
	sa, sb := a.Acquire(), b.Acquire()
	defer sa.Release()
	defer sb.Release()
	require.Equal(t, sa.Len(), sb.Len())
	require.Equal(t, scapiotest.State(sa.View(sa.Len())), scapiotest.State(sb.View(sb.Len())))
}

func TestClosingStopsTheBuilding(t *testing.T) {
	path := scapiotest.File(t, capture(t, 200_000))
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip, scapio.Zstd} {
		if c != scapio.Plain {
			path = scapiotest.File(t, scapiotest.Pack(t, capture(t, 200_000), c))
		}
		for _, after := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond} {
			x, err := Open(t.Context(), path)
			require.NoError(t, err)
			time.Sleep(after)
			require.NoError(t, x.Close())
			require.True(t, x.Progress().Done)
		}
	}
}

func TestMixedCapturesNumberEventsAndPacketsApart(t *testing.T) {
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		_ = w.PacketInterface(scapio.PacketInterface{LinkType: 1, Name: "eth0"})
		for i := range 20 {
			_ = w.Packet(scapio.Packet{TS: scapiotest.T0 + uint64(i), Len: 90, Data: []byte("frame")})
			if i%2 == 0 {
				scapiotest.Events(w, 1)
			}
		}
	})
	x := openBytes(t, b)
	checkLists(t, x)
	s := x.Acquire()
	defer s.Release()
	require.EqualValues(t, 40, s.Len())
	events, packets := uint64(0), uint64(0)
	var cur Cursor
	var ctx field.Ctx
	for key := uint32(1); key <= s.Len(); key++ {
		require.NoError(t, s.Fill(key, false, &cur, &ctx))
		if s.Facts(key).Packet {
			packets++
			require.Equal(t, packets, ctx.Packet.Num)
			require.Equal(t, []byte("frame"), ctx.Packet.Data)
			require.Equal(t, "eth0", ctx.Packet.Interface)
			continue
		}
		events++
		require.Equal(t, events, s.Number(key))
		require.Equal(t, key, s.Key(events))
		require.Nil(t, ctx.Packet)
	}
	require.EqualValues(t, 20, events)
	require.EqualValues(t, 20, packets)
	require.Equal(t, s.Len(), s.Key(999))
}

func TestConcatenatedCapturesGoOnCounting(t *testing.T) {
	one := capture(t, 30)
	two := scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section()
		_ = w.Threads([]scapio.Thread{{TID: 7, PID: 7, Comm: "second"}})
		_ = w.Event(0, 0, scapiotest.T0+1e9, 7, evtable.SyscallCloseX, scapiotest.U64(0), scapiotest.U64(3))
	})
	x := openBytes(t, append(one, two...))
	s := x.Acquire()
	defer s.Release()
	require.EqualValues(t, 61, s.Len())
	require.NotNil(t, s.View(60).Thread(200))
	require.Nil(t, s.View(61).Thread(200))
	require.Equal(t, "second", s.View(61).Thread(7).Comm)
	require.Nil(t, s.View(60).Thread(7))
	require.Equal(t, "second", s.Facts(61).Thread.Comm)
	stats := x.stats
	require.Len(t, stats.Sections, 2)
	require.EqualValues(t, 61, stats.Sections[1].First)
}

func TestStateOnlyEventsAreCountedAndHidden(t *testing.T) {
	s := openBytes(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		_ = w.Event(0, 1, scapiotest.T0, 200, evtable.SyscallCloseX, scapiotest.U64(0), scapiotest.U64(16))
		_ = w.Event(0, 0, scapiotest.T0, 200, evtable.SyscallCloseX, scapiotest.U64(0), scapiotest.U64(3))
	})).Acquire()
	defer s.Release()
	require.EqualValues(t, 2, s.Len())
	require.EqualValues(t, 1, s.Rows(List{}))
	require.EqualValues(t, 2, s.Rows(List{Internal: true}))
	require.EqualValues(t, 2, s.Select(List{}, 0))
	view := s.View(2)
	require.Nil(t, view.FD(view.Thread(200), 16), "the hidden event closed it")
}

func TestDamageIsToldAndWhatCameBeforeIsKept(t *testing.T) {
	whole := capture(t, 50)
	at := scapiotest.Offsets(whole)
	last := at[len(at)-2]
	check := func(name string, b []byte, events int, fatal bool, words string) {
		t.Run(name, func(t *testing.T) {
			x := openBytes(t, b)
			stats, diags := x.Stats()
			s := x.Acquire()
			defer s.Release()
			require.EqualValues(t, events, s.Len())
			require.Len(t, diags, 1, "%v", diags)
			require.Equal(t, fatal, diags[0].Fatal)
			require.Contains(t, diags[0].Text, words)
			require.EqualValues(t, 1, stats.Damaged)
			require.True(t, x.Damaged())
			require.True(t, s.Done())
		})
	}
	check("when it is cut", whole[:len(whole)-3], 99, true, "ends inside this block")
	for _, c := range []scapio.Compression{scapio.Gzip, scapio.Zstd, scapio.LZ4} {
		b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
		packed := scapiotest.Pack(t, bytes.Repeat(b, 40), c) // more than one block of any of them
		t.Run("when it is packed by "+string(c)+" and cut", func(t *testing.T) {
			for _, n := range []int{len(packed) * 4 / 5, len(packed) - 3} {
				_, diags := openBytes(t, packed[:n]).Stats()
				require.Len(t, diags, 1)
				require.True(t, diags[0].Fatal)
				require.Contains(t, diags[0].Text, "cannot decompress "+string(c))
			}
		})
	}
	change := func(off int, v uint32) []byte {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[off:], v)
		return b
	}
	check("when a block's length is damaged", change(last+4, 13), 99, true, "damaged at offset")
	check("when an event's length is damaged", change(last+8+2+16, 9999), 100, false, "without its arguments")
	check("when an event's parameter count is damaged", change(last+8+2+22, 60), 100, false, "without its arguments")
	check("when a list is damaged", change(at[4]+8, 5), 100, false, "process list v9")
	t.Run("when it is no capture", func(t *testing.T) {
		for name, b := range map[string][]byte{"text": []byte("some text that is no capture at all"), "packed text": scapiotest.Pack(t, []byte("text"), scapio.Gzip)} {
			_, err := Open(t.Context(), scapiotest.File(t, b))
			require.ErrorIs(t, err, scapio.ErrNotCapture, name)
		}
		for _, b := range [][]byte{nil, scapiotest.Pack(t, nil, scapio.Gzip), scapiotest.Pack(t, nil, scapio.Zstd)} {
			_, err := Open(t.Context(), scapiotest.File(t, b))
			require.ErrorIs(t, err, ErrEmpty)
		}
	})
}

func TestABadEventCanStillBeLookedAt(t *testing.T) {
	b := capture(t, 3)
	at := scapiotest.Offsets(b)
	binary.LittleEndian.PutUint32(b[at[len(at)-2]+8+2+16:], 9999)
	s := openBytes(t, b).Acquire()
	defer s.Release()
	require.True(t, s.Facts(6).Damaged)
	var cur Cursor
	var ctx field.Ctx
	require.NoError(t, s.Fill(6, true, &cur, &ctx))
	raw, off, err := s.Raw(6, &cur)
	require.NoError(t, err)
	require.Equal(t, b[off:int(off)+len(raw)], raw)
	require.ErrorIs(t, s.Fill(0, true, &cur, &ctx), ErrNoEvent)
	require.ErrorIs(t, s.Fill(7, true, &cur, &ctx), ErrNoEvent)
}

func TestTheBytesOfAnEventAreThoseOfTheFile(t *testing.T) {
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Zstd} {
		b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
		s := openBytes(t, scapiotest.Pack(t, b, c)).Acquire()
		var cur Cursor
		for key := s.Len(); key > 0; key -= min(key, 7) {
			raw, off, err := s.Raw(key, &cur)
			require.NoError(t, err)
			require.Equal(t, b[off:int(off)+len(raw)], raw)
			require.Equal(t, s.Facts(key).TS, binary.LittleEndian.Uint64(raw))
		}
		s.Release()
	}
}

func TestAFileThatChangedIsAnError(t *testing.T) {
	path := scapiotest.File(t, capture(t, 3000))
	x := openFile(t, path)
	require.NoError(t, os.Truncate(path, 5000))
	s := x.Acquire()
	defer s.Release()
	var cur Cursor
	var ctx field.Ctx
	require.Error(t, s.Fill(s.Len(), false, &cur, &ctx))
	_, _, err := s.Raw(s.Len(), &cur)
	require.Error(t, err)
}

func TestWatchersHearTheEnd(t *testing.T) {
	x, err := Open(t.Context(), scapiotest.Repo(t, "live_old-sysmix.scap"))
	require.NoError(t, err)
	defer x.Close()
	done := make(chan Progress, 1)
	stop := x.OnGrow(func(p Progress) {
		if p.Done {
			select {
			case done <- p:
			default:
			}
		}
	})
	defer stop()
	select {
	case p := <-done:
		require.EqualValues(t, 1, p.Fraction)
	case <-time.After(10 * time.Second):
		t.Fatal("no end")
	}
}

func TestOpeningWhatIsNotThere(t *testing.T) {
	_, err := Open(t.Context(), filepath.Join(t.TempDir(), "none"))
	require.True(t, errors.Is(err, os.ErrNotExist))
	_, err = Open(t.Context(), t.TempDir())
	require.Error(t, err)
	require.False(t, errors.Is(err, io.EOF))
}
