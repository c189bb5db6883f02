package session

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/find"
)

// shownColumns are those a list shows at first, and some that are taken from elsewhere.
func shownColumns(s *Session) (ids []string) {
	for _, c := range s.Columns() {
		if c.Default {
			ids = append(ids, c.ID)
		}
	}
	return append(ids, "evt.res", "proc.cmdline", "user.name", "proc.pname", "evt.buflen")
}

// foundNaively finds the rows of a list the slow way: it looks at each as it is shown.
func foundNaively(t *testing.T, s *Session, q Query, f Search) (nums []uint64) {
	t.Helper()
	flags := "(?i)"
	if f.Case {
		flags = ""
	}
	text := f.Text
	if f.Mode == find.Text {
		text = regexp.QuoteMeta(text)
	}
	var re *regexp.Regexp
	if f.Mode != find.Hex && f.Mode != ByFilter {
		re = regexp.MustCompile(flags + text)
	}
	match := func(cell string) bool {
		for _, at := range re.FindAllStringIndex(cell, -1) {
			if !f.Word || regexp.MustCompile(`(^|\W)$`).MatchString(cell[:at[0]]) && regexp.MustCompile(`^(\W|$)`).MatchString(cell[at[1]:]) {
				return true
			}
		}
		return false
	}
	var tree func(nodes []Node) bool
	tree = func(nodes []Node) bool {
		for _, n := range nodes {
			if n.Label == "Previous of this thread" || n.Label == "Next of this thread" {
				continue
			}
			line := n.Label
			if n.Value != "" {
				line += ": " + n.Value
			}
			if match(line) || tree(n.Children) {
				return true
			}
		}
		return false
	}
	for start := uint64(0); ; start += MaxPage {
		p, err := s.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: f.Columns, Time: f.Time})
		require.NoError(t, err)
		for _, r := range p.Rows {
			hit := false
			switch {
			case f.Mode == find.Hex || f.In == InBytes:
				b, err := s.Bytes(t.Context(), r.Num, 0, 0)
				require.NoError(t, err)
				if f.Mode == find.Hex {
					hit = strings.Contains(fmt.Sprintf("% x ", b.Data), f.Text+" ")
				} else {
					hit = match(string(b.Data))
				}
			case f.In == InDetails:
				nodes, err := s.Detail(t.Context(), r.Num, q.View)
				require.NoError(t, err)
				hit = tree(nodes)
			default:
				hit = slices.ContainsFunc(r.Cells, match)
			}
			if hit {
				nums = append(nums, r.Num)
			}
		}
		if len(p.Rows) < MaxPage {
			return nums
		}
	}
}

// found finds all rows by going from one to the next.
func found(t *testing.T, s *Session, q Query, f Search, backwards bool) (nums []uint64) {
	t.Helper()
	from := uint64(0)
	for {
		r, err := s.Find(t.Context(), FindRequest{Query: q, Search: f, From: from, Backwards: backwards})
		require.NoError(t, err)
		require.True(t, r.Done)
		if !r.Found {
			break
		}
		p, err := s.Page(t.Context(), PageRequest{Query: q, Start: r.Row, Count: 1, Columns: []string{numField}})
		require.NoError(t, err)
		require.Equal(t, r.Num, p.Rows[0].Num, "the row is that of the number")
		nums, from = append(nums, r.Num), r.Num
	}
	if backwards {
		slices.Reverse(nums)
	}
	return nums
}

func TestFindFindsWhatLookingAtEveryRowDoes(t *testing.T) {
	files := []string{scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")}
	files = append(files, scapiotest.Shared(t, "sf_nginx", "falco_run_as_user_0")...)
	if testing.Short() {
		files = files[1:2]
	}
	for n, file := range files {
		s := openDone(t, file)
		cols := shownColumns(s)
		searches := []Search{
			{Mode: find.Text, Text: "ETC"},
			{Mode: find.Text, Text: "etc", Case: true, Word: true},
			{Mode: find.Text, Text: "read"},
			{Mode: find.Text, Text: "read", Word: true},
			{Mode: find.Text, Text: "0.0000"},
			{Mode: find.Text, Text: "17"},
			{Mode: find.Text, Text: "µs"},
			{Mode: find.Text, Text: "0.00", Time: 'd'},
			{Mode: find.Text, Text: "0.000", Time: 'D'},
			{Mode: find.Text, Text: "2026-", Time: 'a'},
			{Mode: find.Text, Text: "nosuchtextanywhere"},
			{Mode: find.Regex, Text: `^(open|read)`},
			{Mode: find.Regex, Text: `^$`},
			{Mode: find.Regex, Text: `fd=\d+\(`, Case: true},
			{Mode: find.Hex, Text: "7f 45 4c 46"},
			{Mode: find.Hex, Text: "2f 65 74 63"},
			{Mode: find.Text, Text: "/ETC/", In: InBytes},
			{Mode: find.Text, Text: "etc", In: InBytes, Case: true, Word: true},
			{Mode: find.Regex, Text: `lib[a-z]+\.so`, In: InBytes},
		}
		for i, f := range searches {
			if testing.Short() && i%4 != 0 { // the race detector has enough with some of them
				continue
			}
			f.Columns = cols
			queries := []Query{
				{View: EventsView},
				{View: CallsView},
				{View: EventsView, Internal: true},
				{View: EventsView, Filter: "evt.category = file"},
				{View: CallsView, Filter: "not evt.failed = true"},
				{View: EventsView, SortBy: "proc.name"},
				{View: CallsView, Filter: "evt.category = file", SortBy: "evt.latency", Down: true},
			}
			if n > 1 {
				queries = queries[1:2] // the more captures, the fewer lists of each
			}
			for _, q := range queries {
				t.Run(fmt.Sprintf("%s %s %q %v %c %v", filepath.Base(file), f.Mode, f.Text, f.In, max(f.Time, 'h'), q), func(t *testing.T) {
					want := foundNaively(t, s, q, f)
					m, err := s.Matches(t.Context(), q, f, 0, 0)
					require.NoError(t, err)
					require.Equal(t, Matches{Matched: uint64(len(want)), Done: true, Part: 1}, m)
					s.shared.x.Forget()
					if len(want) > 400 { // their number was compared; go to some of them
						some := want[:0:0]
						for i := 1; i < len(want); i += len(want)/100 + 1 {
							r, err := s.Find(t.Context(), FindRequest{Query: q, Search: f, From: want[i-1]})
							require.NoError(t, err)
							require.Equal(t, want[i], r.Num)
							some = append(some, r.Num)
						}
						require.NotEmpty(t, some)
						return
					}
					require.Equal(t, want, found(t, s, q, f, false))
					require.Equal(t, want, found(t, s, q, f, true))
				})
			}
		}
	}
}

func TestFindInDetailsFindsTheLine(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine asks everything")
	}
	s := openSample(t)
	for _, q := range []Query{{View: EventsView, Filter: "evt.num < 300"}, {View: CallsView, Internal: true, Filter: "evt.num < 300"}} {
		for _, f := range []Search{
			{Mode: find.Text, Text: "current directory", In: InDetails},
			{Mode: find.Text, Text: "O_RDONLY", In: InDetails},
			{Mode: find.Regex, Text: `^Since the row before: 0\.0000[1-9]`, In: InDetails},
		} {
			want := foundNaively(t, s, q, f)
			require.Equal(t, want, found(t, s, q, f, false), f.Text)
			for _, num := range want {
				r, err := s.Find(t.Context(), FindRequest{Query: q, Search: f, From: num - 1})
				require.NoError(t, err)
				nodes, err := s.Detail(t.Context(), r.Num, q.View)
				require.NoError(t, err)
				require.NotEmpty(t, r.Path)
				var node Node
				for _, i := range r.Path {
					node, nodes = nodes[i], nodes[i].Children
				}
				require.Regexp(t, "(?i)"+f.Text, nodeText(&node))
			}
		}
	}
	require.NotEmpty(t, found(t, s, Query{View: EventsView, Filter: "evt.num < 300"}, Search{Mode: find.Text, Text: "O_RDONLY", In: InDetails}, false))
}

func TestFindTellsWhereTheMatchIs(t *testing.T) {
	s := openSample(t)
	q := Query{View: EventsView}
	r, err := s.Find(t.Context(), FindRequest{Query: q, Search: Search{Mode: find.Text, Text: "/etc/", Columns: []string{"evt.num", "evt.args", "fd.name"}}})
	require.NoError(t, err)
	require.Contains(t, []string{"evt.args", "fd.name"}, r.Column)
	r, err = s.Find(t.Context(), FindRequest{Query: q, Search: Search{Mode: find.Hex, Text: "2f 65 ?? 63"}})
	require.NoError(t, err)
	b, err := s.Bytes(t.Context(), r.Num, r.Start, r.Len)
	require.NoError(t, err)
	require.Equal(t, "/etc", string(b.Data))

	m, err := s.Matches(t.Context(), q, Search{Mode: find.Hex, Text: "2f 65 ?? 63"}, r.Num, 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, m.At)
	r, err = s.Find(t.Context(), FindRequest{Query: q, Search: Search{Mode: find.Hex, Text: "2f 65 ?? 63"}, From: r.Num, Backwards: true, Wrap: true})
	require.NoError(t, err)
	require.True(t, r.Wrapped)
	last, err := s.Matches(t.Context(), q, Search{Mode: find.Hex, Text: "2f 65 ?? 63"}, r.Num, 0)
	require.NoError(t, err)
	sorted := Query{View: EventsView, SortBy: "evt.num", Down: true}
	is, err := s.Matches(t.Context(), sorted, Search{Mode: find.Hex, Text: "2f 65 ?? 63"}, r.Num, 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, is.At, "the other way round the last is the first")
	require.Equal(t, m.Matched, last.At, "backwards from the first is the last")
}

func TestWhatCannotBeFoundIsRefused(t *testing.T) {
	s := openSample(t)
	for _, f := range []Search{
		{Mode: find.Regex, Text: "a(", Columns: []string{"evt.num"}},
		{Mode: find.Hex, Text: "xy"},
	} {
		_, err := s.Find(t.Context(), FindRequest{Search: f})
		var bad *find.Error
		require.ErrorAs(t, err, &bad)
	}
	for _, f := range []Search{
		{Mode: find.Text, Text: "a"},
		{Mode: find.Text, Text: "a", Columns: []string{"no.such"}},
		{Mode: find.Text, Text: "a", Columns: []string{"evt.time"}, Time: 'x'},
		{Mode: find.Text, Text: "a", In: "elsewhere"},
		{Text: "proc.nme = 1"},
	} {
		_, err := s.Find(t.Context(), FindRequest{Search: f})
		require.ErrorIs(t, err, ErrBadRequest, "%v", f)
	}
}

func TestALongSearchTellsHowFarItIsAndGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes minutes for a segment of this; it looks at the other tests of finding")
	}
	s := longCapture(t, 400_000)
	req := FindRequest{
		Query: Query{View: EventsView}, Search: Search{Mode: find.Regex, Text: "nosuch(text|thing)", Columns: []string{"evt.args"}}, Wait: time.Millisecond,
	}
	var last Found
	waits := 0
	for deadline := time.Now().Add(2 * time.Minute); !last.Done; waits++ {
		require.True(t, time.Now().Before(deadline))
		r, err := s.Find(t.Context(), req)
		require.NoError(t, err)
		require.GreaterOrEqual(t, r.Part, last.Part, "what was looked at is not looked at again")
		if last = r; waits > 3 {
			req.Wait = time.Second
		}
	}
	require.Positive(t, waits)
	require.False(t, last.Found)
	m, err := s.Matches(t.Context(), req.Query, req.Search, 0, time.Minute)
	require.NoError(t, err)
	require.Equal(t, Matches{Done: true, Part: 1}, m)
}

func TestFindFollowsACaptureThatGrows(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	half := at[len(at)/2]
	g := newGrowing(t, b[:half])
	s := openDone(t, g.f.Name())
	f := Search{Mode: find.Text, Text: "0.0000", Columns: []string{"evt.type", "evt.deltatime"}}
	q := Query{View: EventsView, Filter: "evt.category = file"}
	before := found(t, s, q, f, false)
	require.Equal(t, foundNaively(t, s, q, f), before)
	g.write(b[half:])
	wait(t, s, 3103)
	after := found(t, s, q, f, false)
	require.Equal(t, foundNaively(t, s, q, f), after)
	require.Greater(t, len(after), len(before))
}
