package session

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/store"
)

// someColors are the rules that come with scapls, and others that are asked in other ways, of both languages; two of them
// cannot be used.
func someColors() (list []ColorFilter) {
	for _, text := range []string{"evt.deltatime > 5000000", "no.such = field", ""} {
		list = append(list, ColorFilter{text, filter.Auto})
	}
	list = append(list, ColorFilter{`sysdig.event_name == "mmap" && evt.rawres > 0`, filter.Wireshark})
	for _, r := range store.ShippedRules() {
		list = append(list, ColorFilter{r.Filter, filter.Sysdig})
	}
	return append(list, ColorFilter{"evt.args contains e", filter.Sysdig}, ColorFilter{"proc.aname = bash", filter.Sysdig})
}

// naiveColors asks every row of a list every rule until one matches.
func naiveColors(t testing.TB, x *index.Index, q Query, list []ColorFilter) map[uint64]int {
	programs := make([]*filter.Program, len(list))
	for i, c := range list {
		r := filter.Read(c.Text, c.Language)
		if p, err := r.Compile(); err == nil && c.Text != "" {
			programs[i] = p
		}
	}
	colors := map[uint64]int{}
	snap := x.Acquire()
	defer snap.Release()
	var cur index.Cursor
	var c field.Ctx
	for key := snap.Next(q.list(), 1); key != 0; key = snap.Next(q.list(), key+1) {
		require.NoError(t, snap.Fill(key, q.View == CallsView, &cur, &c))
		c.PrevTS = timeOf(snap, snap.Prev(q.list(), key))
		colors[uint64(key)] = 0
		for i, p := range programs {
			if p != nil && p.Match(&c) {
				colors[uint64(key)] = i + 1
				break
			}
		}
	}
	return colors
}

// shownColors pages through a list until all its colours are known.
func shownColors(t testing.TB, s *Session, q Query, list []ColorFilter) map[uint64]int {
	colors, _ := colorsInOrder(t, s, q, list)
	return colors
}

func colorsInOrder(t testing.TB, s *Session, q Query, list []ColorFilter) (colors map[uint64]int, order []uint64) {
	colors = map[uint64]int{}
	for start := uint64(0); ; {
		p, err := s.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: []string{"evt.num"}, Colors: list})
		require.NoError(t, err)
		if len(p.Rows) == 0 {
			return colors, order
		}
		if !p.Colored { // a busy machine: they come
			time.Sleep(time.Millisecond)
			continue
		}
		for _, r := range p.Rows {
			colors[r.Num] = r.Color
			order = append(order, r.Num)
		}
		start += uint64(len(p.Rows))
	}
}

func TestARowHasTheColourOfTheFirstRuleThatMatchesIt(t *testing.T) {
	list := someColors()
	check := func(t *testing.T, path string) {
		s := openDone(t, path)
		for _, q := range []Query{{View: EventsView}, {View: CallsView}, {View: CallsView, Internal: true}} {
			want := naiveColors(t, s.shared.x, q, list)
			require.Equal(t, want, shownColors(t, s, q, list), "%+v", q)
			falls(t, s, q, list, want)
			q.Filter = "proc.name contains s"
			narrow := shownColors(t, s, q, list)
			for num, c := range narrow {
				require.Equal(t, want[num], c, "a filter changes no colour")
			}
			falls(t, s, q, list, narrow)
			q.SortBy, q.Down = "proc.name", true
			require.Equal(t, narrow, shownColors(t, s, q, list), "nor does an order")
			falls(t, s, q, list, narrow)
			q.Filter = ""
			falls(t, s, q, list, want)
		}
	}
	if testing.Short() {
		check(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
		return
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	for _, path := range scapiotest.Shared(t, "xxradar", "sf_alpine", "sf_nginx", "libs_curl_google.") {
		t.Run(filepath.Base(path), func(t *testing.T) { check(t, path) })
	}
}

// falls holds what Colors tells of a list against the colours of its rows.
func falls(t testing.TB, s *Session, q Query, list []ColorFilter, rows map[uint64]int) {
	t.Helper()
	for _, parts := range []int{0, 1, 7, 300, MaxColorParts} {
		var c *Colors
		require.Eventually(t, func() bool {
			var err error
			c, err = s.Colors(t.Context(), ColorsRequest{Query: q, Colors: list, Parts: parts})
			require.NoError(t, err)
			return c.Done
		}, 60*time.Second, 5*time.Millisecond)
		require.EqualValues(t, len(rows), c.Total)
		want := make([]uint64, len(list))
		for _, color := range rows {
			if color > 0 {
				want[color-1]++
			}
		}
		for i, u := range c.Rules {
			require.Equal(t, want[i], u.Colored, list[i].Text)
			require.GreaterOrEqual(t, u.Matched, u.Colored)
			require.Equal(t, i == 1 || i == 2, u.Fault != "", "%s: %s", list[i].Text, u.Fault)
		}
		require.Len(t, c.Parts, min(parts, len(rows)))
		order := slices.Sorted(maps.Keys(rows))
		if q.SortBy != "" {
			_, order = colorsInOrder(t, s, q, list)
		}
		at := 0
		for _, part := range c.Parts {
			of := make([]uint32, len(list))
			for _, num := range order[at : at+int(part.Rows)] {
				if color := rows[num]; color > 0 {
					of[color-1]++
				}
			}
			require.Equal(t, of, part.Of, "part at row %d, %d parts", at, parts)
			require.InDelta(t, float64(len(rows))/float64(len(c.Parts)), part.Rows, 1)
			at += int(part.Rows)
		}
		require.True(t, parts == 0 || at == len(rows), "the parts are the list")
	}
}

func TestColoursFollowAGrowingCapture(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	g := newGrowing(t, b[:at[len(at)/2]])
	s := indexed(t, g.f.Name())
	list := someColors()
	const steps = 5
	for step := range steps {
		for _, q := range []Query{{View: EventsView}, {View: CallsView}} {
			want := naiveColors(t, s.shared.x, q, list)
			require.Equal(t, want, shownColors(t, s, q, list), "step %d, %+v", step, q)
			falls(t, s, q, list, want)
		}
		from, to := len(at)/2+len(at)/2*step/steps, len(at)/2+len(at)/2*(step+1)/steps
		end := len(b)
		if step < steps-1 {
			end = at[to]
		}
		before := s.Progress().Events
		g.write(b[at[from]:end])
		require.Eventually(t, func() bool { p := s.Progress(); return p.Events > before && p.Done }, 30*time.Second, time.Millisecond)
	}
}

func TestColoursThatTakeLongerComeLater(t *testing.T) {
	s := longCapture(t, 600_000)
	told := make(chan ColorProgress, 1000)
	defer s.OnColored(func(p ColorProgress) { told <- p })()
	slow := []ColorFilter{{"evt.args contains nosuchthing", filter.Sysdig}, {"evt.dir = <", filter.Sysdig}}
	q := Query{View: EventsView}
	start := time.Now()
	c, err := s.Colors(t.Context(), ColorsRequest{Query: q, Colors: slow, Parts: 10})
	require.NoError(t, err)
	if !c.Done { // else the machine was quick
		require.Less(t, time.Since(start), 10*time.Second)
		for done := false; !done; {
			select {
			case p := <-told:
				require.Equal(t, EventsView, p.View)
				done = p.Done
			case <-time.After(60 * time.Second):
				t.Fatal("nobody told that the colours are there")
			}
		}
		c, err = s.Colors(t.Context(), ColorsRequest{Query: q, Colors: slow, Parts: 10})
		require.NoError(t, err)
	}
	require.True(t, c.Done)
	require.Zero(t, c.Rules[0].Matched)
	require.NotZero(t, c.Rules[1].Colored)
	require.Less(t, c.Rules[1].Colored, c.Total)
}

func TestColourQuestionsThatCannotBe(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	_, err := s.Colors(t.Context(), ColorsRequest{Query: Query{View: EventsView}, Parts: MaxColorParts + 1})
	require.ErrorIs(t, err, ErrBadRequest)
	_, err = s.Page(t.Context(), PageRequest{Query: Query{View: EventsView}, Count: 1, Colors: make([]ColorFilter, MaxColors+1)})
	require.ErrorIs(t, err, ErrBadRequest)
	c, err := s.Colors(t.Context(), ColorsRequest{Query: Query{View: EventsView}, Colors: []ColorFilter{{Text: "proc.name ="}}})
	require.NoError(t, err)
	require.NotEmpty(t, c.Rules[0].Fault)
	require.Zero(t, c.Rules[0].Matched)
}

func TestClosingASessionEndsItsColours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.scap")
	require.NoError(t, os.WriteFile(path, made(t, 100_000), 0o600))
	s, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	_, err = s.Colors(t.Context(), ColorsRequest{Query: Query{View: EventsView}, Colors: []ColorFilter{{Text: "evt.args contains nosuchthing"}}})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = s.Colors(t.Context(), ColorsRequest{Query: Query{View: EventsView}})
	require.ErrorIs(t, err, ErrClosed)
}

func TestWhoGoesOnWithoutColoursIsToldOfThem(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	told := make(chan ColorProgress, 1000)
	defer s.OnColored(func(p ColorProgress) { told <- p })()
	q := Query{View: EventsView}
	for n := range 50 {
		rules, _, err := s.colorRules([]ColorFilter{{Text: fmt.Sprintf("evt.num > %d", n)}})
		require.NoError(t, err)
		for range 2 { // the second time there is nothing to ask
			s.painting.start(s, q, rules, true)
			select {
			case p := <-told:
				require.Equal(t, ColorProgress{View: EventsView, Done: true}, p)
			case <-time.After(30 * time.Second):
				require.Fail(t, "nobody told that the colours are there", n)
			}
			_, done := s.shared.x.Known(rules[0].p, s.ask(q))
			require.True(t, done)
		}
	}
}
