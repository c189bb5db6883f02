package session

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// together opens captures as one and waits until all are read.
func together(t testing.TB, paths ...string) *Together {
	t.Helper()
	j, err := OpenTogether(t.Context(), paths, Options{Loc: time.UTC})
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	require.Eventually(t, func() bool { return j.Progress().Done }, 10*time.Second, time.Millisecond)
	return j
}

// align shifts the clocks so that all captures begin together.
func align(t testing.TB, j *Together) {
	t.Helper()
	for i, m := range j.Members() {
		require.NoError(t, j.Shift(i, time.Duration(j.members[0].First()-m.First)))
	}
}

type mergedRow struct {
	num   uint64
	time  uint64
	cells string
}

// pages returns all rows of a list of several captures.
func pages(t testing.TB, j *Together, q Query, size int) (list []mergedRow) {
	t.Helper()
	for start := uint64(0); ; start += uint64(size) {
		p, err := j.Page(t.Context(), PageRequest{Query: q, Start: start, Count: size, Columns: []string{"evt.hostname", "evt.num", "evt.rawtime", "evt.args"}})
		require.NoError(t, err)
		for _, r := range p.Rows {
			row := mergedRow{num: r.Num, cells: strings.Join(r.Cells, "|")}
			_, err := fmt.Sscan(r.Cells[2], &row.time)
			require.NoError(t, err)
			list = append(list, row)
		}
		if len(p.Rows) < size {
			require.EqualValues(t, len(list), p.Total)
			return list
		}
	}
}

// naive merges the rows of each capture's own list, the earliest first that may come.
func naive(t testing.TB, j *Together, q Query) (list []mergedRow) {
	t.Helper()
	var heads [][]mergedRow
	for i, m := range j.members {
		var of []mergedRow
		for start := uint64(0); ; start += MaxPage {
			p, err := m.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: []string{"evt.num", "evt.rawtime", "evt.args"}})
			require.NoError(t, err)
			for _, r := range p.Rows {
				row := mergedRow{num: j.num(i, r.Num)}
				_, err := fmt.Sscan(r.Cells[1], &row.time)
				require.NoError(t, err)
				row.time = common(row.time, m.ahead())
				row.cells = strings.Join([]string{m.host, r.Cells[0], fmt.Sprint(row.time), r.Cells[2]}, "|")
				of = append(of, row)
			}
			if len(p.Rows) < MaxPage {
				break
			}
		}
		heads = append(heads, of)
	}
	for {
		first := -1
		for i, h := range heads {
			if len(h) > 0 && (first < 0 || h[0].time < heads[first][0].time) {
				first = i
			}
		}
		if first < 0 {
			return list
		}
		list = append(list, heads[first][0])
		heads[first] = heads[first][1:]
	}
}

func TestCapturesOpenTogetherAreOneListByTime(t *testing.T) {
	j := together(t, scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, aligned := range []bool{false, true} {
		if aligned {
			align(t, j)
		}
		for _, q := range []Query{
			{View: EventsView},
			{View: CallsView},
			{View: EventsView, Internal: true},
			{View: EventsView, Filter: "evt.type=openat"},
			{View: CallsView, Filter: `sysdig.event_name == "read"`},
			{View: EventsView, Filter: "proc.name=nobody"},
		} {
			want := naive(t, j, q)
			require.True(t, slices.Equal(want, pages(t, j, q, MaxPage)), "%+v", q)
			if len(want) == 0 {
				continue
			}
			changes := 0
			for i := range want[1:] {
				if a, b := strings.Split(want[i].cells, "|"), strings.Split(want[i+1].cells, "|"); a[0] != b[0] {
					changes++
				}
			}
			require.Equal(t, aligned && q.Filter == "", changes > 5, "%d changes of the host in %+v", changes, q)
			c, err := j.Count(t.Context(), q)
			require.NoError(t, err)
			require.EqualValues(t, len(want), c.Matched)
			for _, k := range []int{0, 1, len(want) / 3, len(want) - 1} {
				row, num, exact, err := j.Goto(t.Context(), q, fmt.Sprintf("#%d", want[k].num))
				require.NoError(t, err)
				require.Equal(t, []any{uint64(k), want[k].num, true}, []any{row, num, exact})
			}
		}
	}
	require.Len(t, j.lists, maxLists)
}

func TestEventsOfSeveralCapturesKeepTheirNames(t *testing.T) {
	j := &Together{members: make([]*member, 3)}
	seen := map[uint64]bool{}
	for _, key := range []uint64{1, 2, 65535, 65536, 65537, 131072, 131073, 10_000_000} {
		for m := range 3 {
			num := j.num(m, key)
			i, k, err := j.event(num)
			require.NoError(t, err)
			require.Equal(t, []any{m, key}, []any{i, k})
			require.False(t, seen[num])
			require.Less(t, num, uint64(1)<<32)
			seen[num] = true
		}
	}
	require.Zero(t, j.num(2, 0), "none stays none")
	_, _, err := j.event(0)
	require.ErrorIs(t, err, ErrBadRequest)
}

// hostCapture is a capture of calls that begin at a time, one call each µs.
func hostCapture(t testing.TB, host, comment string, calls int) string {
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section(scapio.CommentOption(comment))
		_ = w.Machine(scapio.Machine{CPUs: 2, Hostname: host, BootTime: 5})
		_ = w.Threads(scapiotest.Threads())
		scapiotest.Events(w, calls)
	})
	path := filepath.Join(t.TempDir(), host+".scap")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func TestClocksOfSeveralCaptures(t *testing.T) {
	j := together(t, hostCapture(t, "web1", "", 20), hostCapture(t, "web2", "clock offset +0.005 ms ± 0.001 ms", 20), hostCapture(t, "web3", "", 3))
	m := j.Members()
	require.Equal(t, []string{"web1", "web2", "web3"}, []string{m[0].Host, m[1].Host, m[2].Host})
	require.Equal(t, []bool{false, true, false}, []bool{m[0].Known, m[1].Known, m[2].Known})
	require.Equal(t, 5*time.Microsecond, m[1].Offset)
	require.EqualValues(t, 5000, m[0].First-m[1].First, "its clock is ahead, so it happened earlier")
	q := Query{View: EventsView}
	order := func() (s string) {
		for _, r := range pages(t, j, q, 7) {
			s += r.cells[3:4]
		}
		return s
	}
	at5 := order()
	require.Equal(t, "22222", at5[:5], "what web2 did in the 5 µs before")
	require.Equal(t, j.First(), m[1].First)
	require.NoError(t, j.Shift(1, 5*time.Microsecond))
	require.NotEqual(t, at5, order())
	require.Equal(t, "123", order()[:3], "now they begin together")
	require.NoError(t, j.Shift(2, -time.Second))
	require.Equal(t, "333333", order()[:6])
	require.Equal(t, -time.Second, j.Members()[2].Shift)
	require.Error(t, j.Shift(3, 0))
	require.Error(t, j.Shift(0, 1<<63-1))

	p, err := j.Page(t.Context(), PageRequest{Query: q, Count: 8, Columns: []string{"evt.hostname", "evt.num", "evt.time", "evt.deltatime"}, Time: 'r', Mark: "evt.hostname=web1"})
	require.NoError(t, err)
	require.Equal(t, []string{"web3", "1", "0.000000000", ""}, p.Rows[0].Cells)
	require.Equal(t, "web1", p.Rows[6].Cells[0])
	require.Equal(t, "1", p.Rows[6].Cells[1], "its number in its own capture")
	require.Equal(t, "1.000000000", p.Rows[6].Cells[2])
	require.True(t, p.Rows[6].Marked)
	require.False(t, p.Rows[0].Marked)

	nodes, err := j.Detail(t.Context(), p.Rows[6].Num, EventsView)
	require.NoError(t, err)
	require.Equal(t, "web1", nodes[0].Value)
	sections, _, err := j.Info(t.Context())
	require.NoError(t, err)
	require.Contains(t, sections[0].Rows[1].Note, "ahead by 5µs")
	require.Contains(t, sections[0].Rows[1].Note, "shifted by hand by +5e-06 s")

	only := Query{View: EventsView, Filter: "evt.hostname=web2"}
	for _, r := range pages(t, j, only, 9) {
		require.True(t, strings.HasPrefix(r.cells, "web2|"))
	}
	text, _, err := j.From(t.Context(), FromRequest{Kind: FromCell, Num: p.Rows[6].Num, Column: "evt.hostname", View: EventsView})
	require.NoError(t, err)
	require.Equal(t, "evt.hostname=web1", strings.ReplaceAll(text, " ", ""))
}

func TestGoingToEventsOfSeveralCaptures(t *testing.T) {
	j := together(t, hostCapture(t, "web1", "", 20), hostCapture(t, "web2", "", 20))
	q := Query{View: EventsView}
	all := pages(t, j, q, MaxPage)
	row, num, exact, err := j.Goto(t.Context(), q, "web2:7")
	require.NoError(t, err)
	require.True(t, exact)
	require.Equal(t, j.num(1, 7), num)
	require.True(t, strings.HasPrefix(all[row].cells, "web2|7|"))
	row, num, exact, err = j.Goto(t.Context(), q, "+0.000002")
	require.NoError(t, err)
	require.True(t, exact)
	require.Equal(t, all[row].num, num)
	require.Equal(t, all[0].time+2000, all[row].time)
	require.Less(t, all[row-1].time, all[row].time, "the first at that time")
	_, _, _, err = j.Goto(t.Context(), q, "7")
	require.ErrorContains(t, err, "web1:7")
	_, _, _, err = j.Goto(t.Context(), q, "nonsense")
	require.ErrorIs(t, err, ErrBadRequest)

	filtered := Query{View: EventsView, Filter: "evt.type=close"}
	_, _, exact, err = j.Goto(t.Context(), filtered, fmt.Sprintf("#%d", all[0].num))
	require.NoError(t, err)
	require.False(t, exact, "what is not listed leads to what comes next")
}

func TestFindingInSeveralCaptures(t *testing.T) {
	j := together(t, scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	align(t, j)
	for _, q := range []Query{{View: EventsView}, {View: CallsView, Filter: "evt.type in (openat, read, close)"}} {
		all := pages(t, j, q, MaxPage)
		match := map[uint64]bool{}
		hits := Query{View: q.View, Filter: "evt.type=openat"}
		for _, r := range pages(t, j, hits, MaxPage) {
			match[r.num] = true
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for range 60 {
			at, back := rng.IntN(len(all)), rng.IntN(2) == 0
			want := -1
			for i := at; ; {
				if back {
					i--
				} else {
					i++
				}
				if i < 0 || i >= len(all) {
					break
				}
				if match[all[i].num] {
					want = i
					break
				}
			}
			f, err := j.Find(t.Context(), FindRequest{Query: q, Search: Search{Text: "evt.type=openat"}, From: all[at].num, Backwards: back})
			require.NoError(t, err)
			require.Equal(t, want >= 0, f.Found)
			if want >= 0 {
				require.Equal(t, []uint64{uint64(want), all[want].num}, []uint64{f.Row, f.Num}, "from %d, backwards %v", at, back)
			}
		}
		f, err := j.Find(t.Context(), FindRequest{Query: q, Search: Search{Text: "evt.type=openat"}, From: all[len(all)-1].num, Wrap: true})
		require.NoError(t, err)
		require.True(t, f.Found && f.Wrapped)
	}
}

func TestSeveralCapturesThatGrow(t *testing.T) {
	whole := [2][]byte{
		scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap")),
		scapiotest.Bytes(t, scapiotest.Repo(t, "live_new-sysmix.scap")),
	}
	var at [2][]int
	var files [2]growing
	for i, b := range whole {
		at[i] = scapiotest.Offsets(b)
		files[i] = newGrowing(t, b[:at[i][40]])
	}
	j := together(t, files[0].f.Name(), files[1].f.Name())
	align(t, j)
	from := [2]int{40, 40}
	rng := rand.New(rand.NewPCG(3, 4))
	queries := []Query{{View: EventsView}, {View: CallsView}, {View: EventsView, Filter: "evt.type=openat or evt.type=close"}}
	for step := range 12 {
		for i := range files { // one is ahead of the other, in turns
			to := min(from[i]+rng.IntN(700), len(at[i])-1)
			if step == 11 {
				to = len(at[i]) - 1
			}
			files[i].write(whole[i][at[i][from[i]]:at[i][to]])
			from[i] = to
		}
		require.Eventually(t, func() bool {
			for i, m := range j.members {
				if st, _ := m.shared.x.Stats(); st.Bytes < int64(at[i][from[i]]) {
					return false
				}
			}
			return j.Progress().Done
		}, 10*time.Second, time.Millisecond)
		for _, q := range queries {
			same := func() bool { return slices.Equal(naive(t, j, q), pages(t, j, q, MaxPage)) }
			if !same() { // what the end of a file tells of calls that did not return may come in between
				require.Eventually(t, same, 10*time.Second, 20*time.Millisecond, "step %d, %+v", step, q)
			}
		}
	}
	require.Greater(t, len(pages(t, j, queries[0], MaxPage)), 4500)
}

func TestExportsOfSeveralCaptures(t *testing.T) {
	j := together(t, hostCapture(t, "web1", "", 20), hostCapture(t, "web,2", "clock offset +0.003 ms", 20))
	q := Query{View: EventsView}
	all := pages(t, j, q, MaxPage)
	dir := t.TempDir()
	export := func(req ExportRequest) []byte {
		req.Query, req.Path = q, filepath.Join(dir, "out")
		done, err := j.Export(t.Context(), req)
		require.NoError(t, err)
		b, err := os.ReadFile(req.Path)
		require.NoError(t, err)
		require.EqualValues(t, len(b), done.Bytes)
		return b
	}
	lines := strings.Split(strings.TrimSpace(string(export(ExportRequest{Format: ExportText}))), "\n")
	require.Len(t, lines, len(all))
	require.True(t, strings.HasPrefix(lines[0], "web,2 1 22:13:19.999997000 "), lines[0])

	records, err := csv.NewReader(strings.NewReader(string(export(ExportRequest{Format: ExportCSV, Columns: []string{"evt.num", "evt.hostname", "evt.rawtime"}})))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"evt.hostname", "evt.num", "evt.rawtime"}, records[0])
	for i, r := range records[1:] {
		require.Equal(t, all[i].cells[:strings.LastIndex(all[i].cells, "|")], strings.Join(r, "|"))
	}
	var o map[string]any
	for i, l := range strings.Split(strings.TrimSpace(string(export(ExportRequest{Format: ExportNDJSON, From: all[9].num, To: all[4].num}))), "\n") {
		require.NoError(t, json.Unmarshal([]byte(l), &o), l)
		require.True(t, strings.HasPrefix(all[4+i].cells, fmt.Sprint(o["evt.hostname"], "|", o["evt.num"], "|")), "%d: %s", i, l)
	}
	_, err = j.Export(t.Context(), ExportRequest{Query: q, Format: ExportScap, Path: filepath.Join(dir, "x.scap")})
	require.ErrorContains(t, err, "one capture at a time")
	export(ExportRequest{Format: ExportScap, Member: 2, From: all[4].num, To: all[20].num})
	require.NoError(t, os.Rename(filepath.Join(dir, "out"), filepath.Join(dir, "web2.scap")))
	part := rows(t, openDone(t, filepath.Join(dir, "web2.scap")), q, "evt.args")
	n := 0
	for _, r := range all[4:21] {
		if strings.HasPrefix(r.cells, "web,2|") {
			n++
		}
	}
	require.Len(t, part, n)
	_, err = j.Export(t.Context(), ExportRequest{Query: q, Format: ExportText, Path: j.members[1].path})
	require.ErrorContains(t, err, "is the capture that is shown")
}

func TestViewsOfSeveralCaptures(t *testing.T) {
	a, b := scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")
	_, err := OpenTogether(t.Context(), []string{a, b, a}, Options{})
	require.ErrorContains(t, err, "twice")
	_, err = OpenTogether(t.Context(), []string{a}, Options{})
	require.ErrorContains(t, err, "2 to 64")
	_, err = OpenTogether(t.Context(), []string{a, "/nonexistent"}, Options{})
	require.ErrorContains(t, err, "/nonexistent")

	j := together(t, a, b)
	require.NotEqual(t, j.members[0].host, j.members[1].host, "the same machine twice is told apart")
	_, items, err := j.Processes(t.Context(), 0)
	require.NoError(t, err)
	ids := map[string]bool{}
	roots := 0
	for _, it := range items {
		require.False(t, ids[it.ID], it.ID)
		ids[it.ID] = true
		if it.Parent == "" {
			roots++
		} else {
			require.True(t, ids[it.Parent], "%s above %s", it.Parent, it.ID)
		}
	}
	require.Equal(t, 2, roots)
	num := j.num(1, 200)
	title, items, err := j.FDs(t.Context(), num, 0)
	require.NoError(t, err)
	require.Contains(t, title, j.members[1].host)
	_, own, err := j.members[1].FDs(t.Context(), 200, 0)
	require.NoError(t, err)
	require.Len(t, items, len(own))
	for i, it := range items {
		require.Equal(t, j.num(1, own[i].Born), it.Born)
	}
	require.Contains(t, ids, "1/"+firstProcess(t, j.members[1]))
	bytes, err := j.Bytes(t.Context(), num, 0, 0)
	require.NoError(t, err)
	want, err := j.members[1].Bytes(t.Context(), 200, 0, 0)
	require.NoError(t, err)
	require.Equal(t, want.Data, bytes.Data)
	require.Equal(t, num, bytes.Num)
	e, err := j.Explain(t.Context(), num)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(e.Sentence, j.members[1].host+": "))
	_, err = j.Stats(t.Context(), StatsRequest{})
	require.ErrorContains(t, err, "one capture at a time")
	w, err := j.Why(t.Context(), Query{View: EventsView, Filter: "evt.type=openat and proc.name=nobody"})
	require.NoError(t, err)
	require.Contains(t, w.Message, "nobody")
	require.Positive(t, w.Parts[0].Matched)
	require.True(t, slices.IsSortedFunc(w.Parts, func(a, b WhyPart) int { return cmp.Compare(a.Span.Start, b.Span.Start) }))
}

func firstProcess(t *testing.T, s *member) string {
	t.Helper()
	_, items, err := s.Processes(t.Context(), 0)
	require.NoError(t, err)
	return items[0].ID
}

// BenchmarkTogether orders 2 × 1 M events.
func BenchmarkTogether(b *testing.B) {
	j := together(b, hostCapture(b, "web1", "", 500_000), hostCapture(b, "web2", "clock offset +0.0005 ms", 500_000))
	q := Query{View: EventsView}
	b.ReportAllocs()
	for b.Loop() {
		j.lists = nil
		p, err := j.Page(b.Context(), PageRequest{Query: q, Count: 50, Start: 1_000_000, Columns: []string{"evt.num"}})
		require.NoError(b, err)
		require.EqualValues(b, 2_000_000, p.Total)
	}
}

func TestColoursOfSeveralCaptures(t *testing.T) {
	j := together(t, scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	align(t, j)
	q := Query{View: EventsView}
	rules := []ColorFilter{{Text: "evt.type=openat"}, {Text: "evt.failed=true"}}
	colored := make([]uint64, 2)
	for start := uint64(0); ; start += MaxPage {
		var p *Page
		var err error
		require.Eventually(t, func() bool { // they come later on a busy machine
			p, err = j.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: []string{"evt.type"}, Colors: rules})
			return err != nil || p.Colored
		}, time.Minute, time.Millisecond)
		require.NoError(t, err)
		for _, r := range p.Rows {
			if r.Color > 0 {
				colored[r.Color-1]++
			}
			require.Equal(t, r.Cells[0] == "openat", r.Color == 1)
		}
		if len(p.Rows) < MaxPage {
			break
		}
	}
	require.Positive(t, colored[1])
	c, err := j.Colors(t.Context(), ColorsRequest{Query: q, Colors: rules, Parts: 50})
	require.NoError(t, err)
	require.True(t, c.Done)
	require.Equal(t, colored, []uint64{c.Rules[0].Colored, c.Rules[1].Colored})
	rows, of := uint32(0), uint32(0)
	for _, p := range c.Parts {
		rows += p.Rows
		of += p.Of[0]
	}
	require.EqualValues(t, c.Total, rows)
	require.EqualValues(t, colored[0], of)
}

func TestWhoGoesOnWithAPartOfAFilterOfSeveralCapturesIsToldHowManyThereAre(t *testing.T) {
	j := together(t, scapiotest.Repo(t, "live_old-sysmix.scap"), longFile(t, 600_000))
	align(t, j)
	toldOfTheEnd(t, j)
}
