package session

import (
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

var byLatency = Query{View: CallsView, SortBy: latency, Down: true}

func TestASortedListIsAsLongAsItWasUntilItIsSortedAgain(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	var ends []int // offsets where the first n+1 events end
	for i := 0; i+1 < len(at); i++ {
		if scapio.BlockType(binary.LittleEndian.Uint32(b[at[i]:])).IsEvent() {
			ends = append(ends, at[i+1])
		}
	}
	g := newGrowing(t, b[:ends[999]])
	s := openDone(t, g.f.Name())
	wait(t, s, 1000)
	first, err := s.Sort(t.Context(), SortRequest{Query: byLatency})
	require.NoError(t, err)
	require.EqualValues(t, 1000, first.Asked)
	require.Zero(t, first.Newer)
	page := func() *Page {
		p, err := s.Page(t.Context(), PageRequest{Query: byLatency, Count: 3, Columns: []string{numField}})
		require.NoError(t, err)
		return p
	}
	require.Zero(t, page().Newer)
	require.Equal(t, first.Rows, page().Total)

	g.write(b[ends[999]:])
	wait(t, s, uint64(len(ends)))
	later := page()
	require.Equal(t, first.Rows, later.Total, "it stands still")
	require.EqualValues(t, len(ends)-1000, later.Newer, "and says how much is missing")
	row, num, exact, err := s.Goto(t.Context(), byLatency, "2000")
	require.NoError(t, err)
	require.False(t, exact, "an event that is not in the order")
	require.Less(t, num, uint64(1001))
	require.Less(t, row, later.Total)

	again, err := s.Sort(t.Context(), SortRequest{Query: byLatency, Again: true})
	require.NoError(t, err)
	require.EqualValues(t, len(ends), again.Asked)
	require.Greater(t, again.Rows, first.Rows)
	require.Equal(t, again.Rows, page().Total)
	require.Zero(t, page().Newer)
}

// big is a capture whose sorting by all arguments takes a while.
func big(t *testing.T) *Session {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	var events [][]byte
	for i := range len(at) - 1 {
		if scapio.BlockType(binary.LittleEndian.Uint32(b[at[i]:])).IsEvent() {
			events = append(events, b[at[i]:at[i+1]])
		}
	}
	for i := len(events); i < 200_000; i++ {
		b = append(b, events[i%len(events)]...)
	}
	return openDone(t, scapiotest.File(t, b))
}

// cells returns all rows of a list.
func cells(t *testing.T, s *Session, q Query, cols ...string) (list [][]string) {
	t.Helper()
	for start := uint64(0); ; start += MaxPage {
		p, err := s.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: cols})
		require.NoError(t, err)
		for _, r := range p.Rows {
			list = append(list, r.Cells)
		}
		if len(p.Rows) < MaxPage {
			return list
		}
	}
}

func TestASortingEndsWithTheLastWhoWaits(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	slow := Query{View: EventsView, SortBy: argsField}
	begin := make(chan struct{})
	beforeSort = func() { <-begin }
	defer func() { beforeSort = nil }()
	users := func() int {
		s.sortings.mu.Lock()
		defer s.sortings.mu.Unlock()
		if j := s.sortings.jobs[slow]; j != nil {
			return j.users
		}
		return 0
	}
	waiting := func(n int) {
		t.Helper()
		require.Eventually(t, func() bool { return users() == n }, 20*time.Second, time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	impatient, patient := make(chan error, 1), make(chan error, 1)
	go func() { // ends with ctx
		_, err := s.Sort(ctx, SortRequest{Query: slow})
		impatient <- err
	}()
	go func() { // ends with the sorting
		_, err := s.Sort(context.Background(), SortRequest{Query: slow})
		patient <- err
	}()
	waiting(2)
	cancel()
	require.ErrorIs(t, <-impatient, context.Canceled)
	waiting(1)
	close(begin)
	require.NoError(t, <-patient, "the other still waited")

	s.sortings.forget(slow)
	begin = make(chan struct{})
	ctx, cancel = context.WithCancel(t.Context())
	go func() { // ends with ctx
		_, err := s.Page(ctx, PageRequest{Query: slow, Count: 1, Columns: []string{numField}})
		impatient <- err
	}()
	waiting(1)
	cancel()
	require.ErrorIs(t, <-impatient, context.Canceled)
	waiting(0)
	close(begin)
	s.sortings.wg.Wait()
	require.Empty(t, s.sortings.kept, "nobody wanted it any more")
	_, err := s.Sort(t.Context(), SortRequest{Query: slow})
	require.NoError(t, err, "and can be had later")
}

func TestASortingTellsHowFarItIs(t *testing.T) {
	s := big(t)
	var told []float64
	_, err := s.Sort(t.Context(), SortRequest{Query: Query{View: EventsView, SortBy: argsField}, Told: func(f float64) { told = append(told, f) }})
	require.NoError(t, err)
	for i, f := range told {
		require.GreaterOrEqual(t, f, 0.0)
		require.LessOrEqual(t, f, 1.0)
		require.True(t, i == 0 || f >= told[i-1], "%v", told)
	}
}

func TestOrdersThatNobodyLooksAtAreDropped(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for _, by := range []string{latency, numField, typeField} {
		_, err := s.Sort(t.Context(), SortRequest{Query: Query{View: CallsView, SortBy: by}})
		require.NoError(t, err)
	}
	require.Len(t, s.sortings.kept, maxOrders)
	require.Equal(t, typeField, s.sortings.kept[1].q.SortBy)
	s.sortings.kept[0].used = time.Now().Add(-2 * keepOrder)
	_, err := s.Page(t.Context(), PageRequest{Query: Query{View: CallsView}, Count: 1, Columns: []string{numField}})
	require.NoError(t, err)
	require.Len(t, s.sortings.kept, 1)
}

func TestWhatCannotBeSortedByIsSaid(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for _, by := range []string{"", "evt.typ", "evt.arg"} {
		_, err := s.Sort(t.Context(), SortRequest{Query: Query{View: CallsView, SortBy: by}})
		require.ErrorIs(t, err, ErrBadRequest, by)
	}
	_, err := s.Page(t.Context(), PageRequest{Query: Query{View: CallsView, SortBy: latency, Filter: "evt.type=="}, Count: 1})
	var invalid *FilterError
	require.ErrorAs(t, err, &invalid)
}

// TestAnExportIsInTheOrderOfTheList, and holds the rows that are asked for.
func TestAnExportIsInTheOrderOfTheList(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	q := byLatency
	q.Filter = "evt.type in (read, write, close)"
	shown := cells(t, s, q, numField)
	read := func(req ExportRequest) (nums []string) {
		req.Query, req.Format, req.Path, req.Columns = q, ExportCSV, filepath.Join(t.TempDir(), "out.csv"), []string{numField, argsField}
		done, err := s.Export(t.Context(), req)
		require.NoError(t, err)
		f, err := os.Open(req.Path)
		require.NoError(t, err)
		defer f.Close()
		lines, err := csv.NewReader(f).ReadAll()
		require.NoError(t, err)
		require.EqualValues(t, len(lines)-1, done.Events)
		for _, l := range lines[1:] {
			nums = append(nums, l[0])
		}
		return nums
	}
	var want []string
	for _, r := range shown {
		want = append(want, r[0])
	}
	require.Greater(t, len(want), 100)
	require.Equal(t, want, read(ExportRequest{}))
	require.Equal(t, append(append([]string(nil), want[3:5]...), want[10]), read(ExportRequest{Rows: []RowRange{{3, 2}, {10, 1}}}))
}

func TestCopiedCellsAreWhole(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	q := Query{View: CallsView}
	shown := cells(t, s, q, numField, argsField, "proc.cmdline")
	req := CopyRequest{Query: q, Rows: []RowRange{{0, uint64(len(shown))}}, Columns: []CopyColumn{{ID: numField}, {ID: argsField, Title: "What, and \"how\""}, {ID: "proc.cmdline"}}, Format: CopyCSV}
	c, err := s.Copy(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, len(shown), c.Rows)
	lines, err := csv.NewReader(strings.NewReader(c.Text)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{numField, "What, and \"how\"", "proc.cmdline"}, lines[0])
	require.Len(t, lines, len(shown)+1)
	for i, row := range shown {
		for k, cell := range row {
			got := lines[i+1][k]
			if short, cut := strings.CutSuffix(cell, "…"); cut {
				require.Greater(t, len(got), cellMax)
				require.True(t, strings.HasPrefix(got, short))
				continue
			}
			require.Equal(t, cell, got)
		}
	}
	req.Format = CopyJSON
	c, err = s.Copy(t.Context(), req)
	require.NoError(t, err)
	var objects []map[string]any
	require.NoError(t, json.Unmarshal([]byte(c.Text), &objects))
	require.Len(t, objects, len(shown))
	num, err := strconv.ParseFloat(shown[7][0], 64)
	require.NoError(t, err)
	require.Equal(t, num, objects[7][numField])
	require.Equal(t, lines[8][1], objects[7][argsField])
}

func TestTooMuchToCopyIsRefused(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	req := CopyRequest{Query: Query{View: CallsView}, Columns: []CopyColumn{{ID: numField}}, Format: CopyText}
	for _, r := range [][]RowRange{{{0, maxCopyRows + 1}}, {{0, maxCopyRows}, {0, 1}}, {{1, 1<<64 - 1}}} {
		req.Rows = r
		_, err := s.Copy(t.Context(), req)
		require.ErrorIs(t, err, ErrBadRequest)
		require.ErrorContains(t, err, "export")
	}
	req.Rows = []RowRange{{1_000_000, 3}, {5, 1}}
	c, err := s.Copy(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, 1, c.Rows, "rows that are not there are left out")
	req.Format = "html"
	_, err = s.Copy(t.Context(), req)
	require.ErrorContains(t, err, "markdown")
}

func TestAnyFieldIsAColumn(t *testing.T) {
	for text, want := range map[string]Column{
		"evt.arg.flags":           {ID: "evt.arg.flags", Title: "evt.arg.flags", Width: 20, Align: "left"},
		"proc.aname[1]":           {ID: "proc.aname[1]", Title: "proc.aname[1]", Width: 20, Align: "left"},
		"len(fd.name)":            {ID: "len(fd.name)", Title: "len(fd.name)", Width: 12, Align: "right"},
		"thread.vmsize":           {ID: "thread.vmsize", Title: "thread.vmsize", Width: 13, Align: "right"},
		"fd.is_server":            {ID: "fd.is_server", Title: "fd.is_server", Width: 12, Align: "left"},
		"basename(proc.exepath)":  {ID: "basename(proc.exepath)", Title: "basename(proc.exepath)", Width: 22, Align: "left"},
		"basename( proc.exepath)": {ID: "basename(proc.exepath)", Title: "basename(proc.exepath)", Width: 22, Align: "left"},
		"proc.name":               {ID: "proc.name", Title: "Process", Width: 12, Align: "left"},
	} {
		c, err := DescribeColumn(text)
		require.NoError(t, err, text)
		require.NotEmpty(t, c.Tip)
		c.Tip = ""
		require.Equal(t, want, c)
	}
	for _, text := range []string{"", "evt.typ", "evt.arg", "proc.name = x", "fd.ip", "evt.arg.nothing", "len(evt.num)"} {
		_, err := DescribeColumn(text)
		require.ErrorIs(t, err, ErrBadRequest, text)
	}
}
