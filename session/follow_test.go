package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// growing is a file that is written bit by bit.
type growing struct {
	t *testing.T
	f *os.File
}

func newGrowing(t *testing.T, b []byte) growing {
	f, err := os.Create(filepath.Join(t.TempDir(), "grows.scap"))
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	g := growing{t, f}
	g.write(b)
	return g
}

func (g growing) write(b []byte) {
	_, err := g.f.Write(b)
	require.NoError(g.t, err)
}

// wait returns when the session has so many events, and no more comes for now.
func wait(t *testing.T, s *Session, events uint64) {
	t.Helper()
	require.Eventually(t, func() bool {
		p := s.Progress()
		return p.Done && p.Events == events
	}, 10*time.Second, 5*time.Millisecond, "%d events", events)
}

func TestAGrowingFileIsFollowed(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	var events []int // offsets where the first n+1 events end
	for i := 0; i+1 < len(at); i++ {
		if scapio.BlockType(b[at[i]]).IsEvent() || scapio.BlockType(uint32(b[at[i]])|uint32(b[at[i]+1])<<8).IsEvent() {
			events = append(events, at[i+1])
		}
	}
	require.Len(t, events, 3103)
	g := newGrowing(t, b[:events[299]])
	s := openDone(t, g.f.Name())
	var mu sync.Mutex
	var seen []Progress
	stop := s.OnGrow(func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, p)
	})
	defer stop()
	wait(t, s, 300)
	from := events[299]
	for _, n := range []int{301, 1000, 1001, 2500} {
		g.write(b[from:events[n-1]])
		from = events[n-1]
		wait(t, s, uint64(n))
		require.Empty(t, s.Progress().Diagnostics)
	}
	g.write(b[from : from+20]) // half a block: its end is still to come
	require.Eventually(t, func() bool { return len(s.Progress().Diagnostics) == 1 }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, "error", s.Progress().Diagnostics[0].Severity)
	require.EqualValues(t, from, s.Progress().Diagnostics[0].Offset)
	g.write(b[from+20:])
	wait(t, s, 3103)
	require.Empty(t, s.Progress().Diagnostics, "what was half written is whole now")

	whole := openSample(t)
	calls := Query{View: CallsView}
	require.Eventually(t, func() bool { // calls that have not returned are rows when the file has been quiet for a while
		return len(rows(t, whole, calls, numField)) == len(rows(t, s, calls, numField))
	}, 10*time.Second, 20*time.Millisecond)
	for _, q := range []Query{{View: EventsView}, {View: CallsView}, {View: EventsView, Internal: true}} {
		require.Equal(t, rows(t, whole, q, numField, argsField, "fd.name", "proc.name", latency), rows(t, s, q, numField, argsField, "fd.name", "proc.name", latency))
	}
	for _, num := range []uint64{1, 500, 1510, 3103} {
		_, want, err := whole.Processes(t.Context(), num)
		require.NoError(t, err)
		_, got, err := s.Processes(t.Context(), num)
		require.NoError(t, err)
		require.Equal(t, want, got)
		_, want, err = whole.FDs(t.Context(), num, 0)
		require.NoError(t, err)
		_, got, err = s.FDs(t.Context(), num, 0)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(seen) > 0 && seen[len(seen)-1].Events == 3103
	}, 5*time.Second, 5*time.Millisecond, "the watcher hears of the last growth")
	mu.Lock()
	defer mu.Unlock()
	require.True(t, slices.IsSortedFunc(seen, func(a, b Progress) int { return int(a.Events) - int(b.Events) }), "events never go")
	require.GreaterOrEqual(t, len(seen), 4)
}

func TestACallThatReturnsLaterIsNoLongerOneThatNeverDid(t *testing.T) {
	lists := scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		_ = w.Event(0, 0, scapiotest.T0, 200, evtable.SyscallCloseE, scapiotest.U64(3))
	})
	exit := scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Event(0, 0, scapiotest.T0+700, 200, evtable.SyscallCloseX, scapiotest.U64(0))
		_ = w.Event(0, 0, scapiotest.T0+900, 200, evtable.SyscallCloseX, scapiotest.U64(0), scapiotest.U64(4))
	})
	g := newGrowing(t, lists)
	s := openDone(t, g.f.Name())
	wait(t, s, 1)
	calls := Query{View: CallsView}
	require.Equal(t, []string{"1 [> ] syscall false"}, rows(t, s, calls, "evt.dir", latency))
	g.write(exit)
	wait(t, s, 3)
	require.Equal(t, []string{"2 [< 700 ns] syscall false", "3 [< ] syscall false"}, rows(t, s, calls, "evt.dir", latency))
	_, items, err := s.FDs(t.Context(), 0, 200)
	require.NoError(t, err)
	require.False(t, slices.ContainsFunc(items, func(it Item) bool { return it.ID == "3" }), "3 is closed")
}

func TestAMergedCaptureListsItsPackets(t *testing.T) {
	frame := append([]byte("\x00\x01GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), make([]byte, 100)...)
	path := scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		_ = w.PacketInterface(scapio.PacketInterface{LinkType: 1, Name: "eth0"})
		for i := range 3 {
			_ = w.Packet(scapio.Packet{TS: scapiotest.T0 + uint64(i)*2000 + 250, Len: 160 + uint32(i), Data: frame})
			scapiotest.Events(w, 1)
		}
	}))
	s := openDone(t, path)
	args := "interface=eth0 len=161 data=..GET / HTTP/1.1..Host: localhost...." + strings.Repeat(".", 40) + "..."
	p, err := s.Page(t.Context(), PageRequest{Query: Query{View: EventsView}, Count: 10, Columns: []string{numField, typeField, argsField, timeField}})
	require.NoError(t, err)
	require.EqualValues(t, 9, p.Total)
	var nums, kinds []string
	for i, r := range p.Rows {
		require.EqualValues(t, i+1, r.Num, "every row has its own")
		nums, kinds = append(nums, r.Cells[0]), append(kinds, r.Kind)
		require.Nil(t, r.Gap)
	}
	require.Equal(t, []string{"", "1", "2", "", "3", "4", "", "5", "6"}, nums, "packets do not count among events")
	require.Equal(t, []string{"packet", "syscall", "syscall", "packet", "syscall", "syscall", "packet", "syscall", "syscall"}, kinds)
	require.Equal(t, []string{"", "packet", args, "22:13:20.000002250"}, p.Rows[3].Cells)
	data, _, _ := strings.Cut(args, " data=")
	require.Len(t, args[len(data)+len(" data="):], 80, "cut as the data of events")

	b, err := s.Bytes(t.Context(), 4, 0, 0)
	require.NoError(t, err)
	require.Equal(t, frame, b.Data)
	nodes, err := s.Detail(t.Context(), 4, EventsView)
	require.NoError(t, err)
	require.Len(t, nodes, 1)
	require.Equal(t, "2, 161 bytes", nodes[0].Value)
	require.Equal(t, len(frame), nodes[0].Len)
	require.Contains(t, fmt.Sprint(nodes), "eth0")

	nodes, err = s.Detail(t.Context(), 6, EventsView)
	require.NoError(t, err)
	text := fmt.Sprintf("%+v", nodes[0])
	require.Contains(t, text, "Label:Enter Value:event 3 Field: Start:0 Len:0 Goto:5", "numbers for people, keys for links")
	require.Contains(t, text, "Label:Previous of this thread Value:event 3 Field: Start:0 Len:0 Goto:5")

	for to, key := range map[string]uint64{"3": 5, "#4": 4, "#5": 5, "6": 9, "1": 2} {
		row, num, exact, err := s.Goto(t.Context(), Query{View: EventsView}, to)
		require.NoError(t, err)
		require.True(t, exact, to)
		require.Equal(t, key, num, to)
		require.Equal(t, key-1, row, to)
	}
	var out strings.Builder
	require.NoError(t, Lines(t.Context(), s.shared.x, LinesOptions{Query: Query{View: EventsView}, Loc: time.UTC}, &out))
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, "P2 22:13:20.000002250 -1 <NA> (-1) > packet "+args, lines[3])
	require.True(t, strings.HasPrefix(lines[1], "1 "), lines[1])
	require.Len(t, rows(t, s, Query{View: CallsView}, numField), 6)
	require.EqualValues(t, 9, s.Progress().Events)
	_, err = s.Detail(t.Context(), 10, EventsView)
	require.ErrorIs(t, err, ErrNoEvent)
	sections, _, err := s.Info(t.Context())
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(sections), "{All 6 } {Packets 3 listed")
}

func TestSessionsOfAGrowingFileShareItsIndex(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	g := newGrowing(t, b[:at[len(at)/2]])
	first := openDone(t, g.f.Name())
	g.write(b[at[len(at)/2]:])
	second := openDone(t, g.f.Name())
	require.Same(t, first.shared, second.shared, "it has only grown")
	wait(t, second, 3103)

	t.Run("not with a file that was written anew in its place", func(t *testing.T) {
		other := scapiotest.Bytes(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
		require.NoError(t, os.WriteFile(g.f.Name(), append(other, other...), 0o600)) // longer than the first
		third := openDone(t, g.f.Name())
		require.NotSame(t, first.shared, third.shared)
	})
	t.Run("nor with another file of its name", func(t *testing.T) {
		path := g.f.Name() + ".new"
		require.NoError(t, os.WriteFile(path, append(b, b...), 0o600))
		require.NoError(t, os.Rename(path, g.f.Name()))
		fourth := openDone(t, g.f.Name())
		require.NotSame(t, first.shared, fourth.shared)
	})
}
