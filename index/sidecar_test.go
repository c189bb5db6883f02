package index

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func init() { keepSegments = 0 } // all tests of the package have full segments in the sidecar

// withDirs has sidecars looked for in other folders during a test.
func withDirs(t testing.TB, dirs ...string) {
	old := sidecarDirs
	sidecarDirs = func() []string { return dirs }
	t.Cleanup(func() { sidecarDirs = old })
}

// moved waits until all full segments are in the sidecar.
func moved(t testing.TB, x *Index) {
	t.Helper()
	require.Eventually(t, func() bool {
		x.mu.RLock()
		defer x.mu.RUnlock()
		for _, s := range x.segs[:len(x.segs)-1] {
			if s.place == nil {
				return false
			}
		}
		return true
	}, 20*time.Second, time.Millisecond)
}

// waiting is a capture in which two calls begin that n events later return, and never return.
func waiting(t testing.TB, n int) (b []byte) {
	return scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		_ = w.Event(0, 0, scapiotest.T0-5, 201, evtable.SyscallReadE, scapiotest.U64(16), scapiotest.U32(9))
		_ = w.Event(0, 0, scapiotest.T0-4, 100, evtable.SyscallReadE, scapiotest.U64(0), scapiotest.U32(9))
		_ = w.Event(0, 0, scapiotest.T0-3, 1, evtable.SyscallReadE, scapiotest.U64(0), scapiotest.U32(9))
		_ = w.Event(0, 0, scapiotest.T0-2, 1, evtable.SyscallMmapX, scapiotest.U64(0x7f0000001000)) // its result is a wide one
		scapiotest.Events(w, n/2)
		_ = w.Event(0, 0, scapiotest.T0+1e15, 201, evtable.SyscallReadX, scapiotest.U64(9), []byte("nine byte"))
		_ = w.Event(0, 0, scapiotest.T0+1e15, 1, evtable.SyscallCloseX, scapiotest.U64(0), scapiotest.U64(3))
		scapiotest.Events(w, 10)
	})
}

// sameEvents holds two indexes of one capture against each other.
func sameEvents(t testing.TB, a, b *Index) {
	t.Helper()
	sa, sb := a.Acquire(), b.Acquire()
	defer sa.Release()
	defer sb.Release()
	require.Equal(t, sa.Len(), sb.Len())
	for key := uint32(1); key <= sa.Len(); key++ {
		fa, fb := sa.Facts(key), sb.Facts(key)
		ta, tb := fa.Thread, fb.Thread
		fa.Thread, fb.Thread = nil, nil
		da, db := fa.FD, fb.FD
		fa.FD, fb.FD = nil, nil
		if fa != fb || (ta == nil) != (tb == nil) || ta != nil && ta.Row != tb.Row || (da == nil) != (db == nil) || da != nil && da.Row != db.Row ||
			sa.Changed(key) != sb.Changed(key) {
			require.Equal(t, fa, fb, "event %d", key)
			require.Equal(t, ta, tb, "event %d", key)
			require.Equal(t, da, db, "event %d", key)
			t.Fatalf("event %d changed something in one only", key)
		}
	}
	for _, l := range lists {
		require.Equal(t, sa.Rows(l), sb.Rows(l))
	}
}

func TestColumnsInTheSidecarAreThoseInMemory(t *testing.T) {
	path := scapiotest.File(t, waiting(t, 3*SegmentSize))
	withDirs(t)
	inMemory := openFile(t, path)
	require.Eventually(t, func() bool {
		stats, _ := inMemory.Stats()
		return strings.Contains(stats.Memory, "no folder")
	}, 20*time.Second, time.Millisecond)

	withDirs(t, t.TempDir())
	x := openFile(t, path)
	moved(t, x)
	stats, _ := x.Stats()
	require.Empty(t, stats.Memory)
	sameEvents(t, inMemory, x)
	checkLists(t, x)
	s := x.Acquire()
	defer s.Release()
	require.EqualValues(t, 3*SegmentSize+5, s.Facts(1).Pair, "the exit came when its enter was in the sidecar")
	_, listed := s.Rank(List{Calls: true}, 2)
	require.True(t, listed, "a call that never returns is a row")
	require.EqualValues(t, 0x7f0000001000, s.Facts(4).Res)
	names, _ := filepath.Glob(filepath.Join(sidecarDirs()[0], "*"))
	if runtime.GOOS != "windows" {
		require.Empty(t, names, "the file has no name")
	}
}

// TestFiltersAskTheSidecarAsTheyAskMemory also has so many descriptors that their rows are asked by several goroutines.
func TestFiltersAskTheSidecarAsTheyAskMemory(t *testing.T) {
	x := openBytes(t, waiting(t, 2*SegmentSize))
	moved(t, x)
	for _, text := range someFilters {
		check(t, x, text, filter.Sysdig, Ask{List: List{Calls: true}})
	}
}

func TestASegmentGoesBackIntoMemoryWhenTheSidecarCannotBeWritten(t *testing.T) {
	path := scapiotest.File(t, waiting(t, 2*SegmentSize))
	x, y := openFile(t, path), openFile(t, path)
	moved(t, x)
	moved(t, y)
	x.mu.Lock()
	s := x.segs[0]
	closed, err := os.Open(path) // cannot be written to
	require.NoError(t, err)
	defer closed.Close()
	if runtime.GOOS != "windows" { // where it is written to in memory
		s.place.file = closed
	}
	s.setFlags(10, s.flags[10]^flagCalls)
	s.setPair(11, 77)
	if runtime.GOOS != "windows" {
		require.Nil(t, s.place)
	}
	require.EqualValues(t, 77, s.pair[11])
	s.setFlags(10, s.flags[10]^flagCalls)
	s.setPair(11, y.segs[0].pair[11])
	x.mu.Unlock()
	sameEvents(t, x, y)
}

func TestWhatCannotBeMovedStays(t *testing.T) {
	x := openBytes(t, waiting(t, SegmentSize))
	file, err := os.Open(x.Name) // cannot be written to
	require.NoError(t, err)
	defer file.Close()
	d := &sidecar{x: x, file: file}
	s := newSegment(0, 128, nil)
	s.n = 128
	s.ts[5] = 7
	require.Error(t, d.move(s))
	require.Nil(t, s.place)
	require.EqualValues(t, 7, s.ts[5])
}

func TestAClosedIndexHasNoEvents(t *testing.T) {
	x, err := Open(t.Context(), scapiotest.File(t, waiting(t, 2*SegmentSize)))
	require.NoError(t, err)
	require.NoError(t, x.Wait(t.Context()))
	moved(t, x)
	seg := x.segs[0]
	require.NoError(t, x.Close())
	require.Panics(t, func() { _ = seg.ts[0] }, "and not memory that is not there any more")
}

// TestAGrowingCaptureDoesNotGrowTheHeap follows a file that grows by much more than what the heap may grow by.
func TestAGrowingCaptureDoesNotGrowTheHeap(t *testing.T) {
	const round, rounds = 4 * SegmentSize, 5
	path := filepath.Join(t.TempDir(), "grows.scap")
	head := scapiotest.Capture(t, scapiotest.Lists)
	one := scapiotest.Capture(t, func(w *scapio.Writer) { // a program that reads what it has open
		for i := range uint64(round) {
			_ = w.Event(uint16(i&1), 0, scapiotest.T0+i, 200, evtable.SyscallReadX, scapiotest.U64(5), []byte("hello"), scapiotest.U64(16), scapiotest.U32(9))
		}
	})
	require.NoError(t, os.WriteFile(path, head, 0o600))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	x, err := Follow(t.Context(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, x.Close()) }()
	p, err := filter.Compile(filter.Parse("fd.name = /etc/passwd and evt.num > 1000 and evt.num < 9000"))
	require.NoError(t, err)
	inUse := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapInuse)
	}
	first := 0
	for i := range rounds {
		_, err := f.Write(one)
		require.NoError(t, err)
		want := uint32((i + 1) * round)
		require.Eventually(t, func() bool { return x.Progress().Events == want }, time.Minute, time.Millisecond)
		set, err := x.Select(context.Background(), p, Ask{}, nil)
		require.NoError(t, err)
		require.EqualValues(t, 7999, set.Rows())
		moved(t, x)
		if i == 0 {
			first = inUse()
		}
	}
	grown := inUse() - first
	events := (rounds - 1) * round
	t.Logf("%d events grew the heap by %d bytes: %.2f each", events, grown, float64(grown)/float64(events))
	require.Less(t, grown, 4*events, "bytes that a million events grow the heap by; their columns are 37 each")
}
