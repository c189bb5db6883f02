package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/format"
)

func nums(p *Page) (list []uint64) {
	for _, r := range p.Rows {
		list = append(list, r.Num)
	}
	return list
}

func TestAPageOfAFilteredListHoldsItsRows(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	ctx := t.Context()
	cols := []string{"evt.type", "proc.name"}
	q := Query{View: EventsView, Filter: "evt.type = read and evt.dir = <"}
	var want []uint64
	for start := uint64(0); ; start += MaxPage {
		p, err := s.Page(ctx, PageRequest{Query: Query{View: EventsView}, Start: start, Count: MaxPage, Columns: append(cols, "evt.dir")})
		require.NoError(t, err)
		if len(p.Rows) == 0 {
			break
		}
		for _, r := range p.Rows {
			if r.Cells[0] == "read" && r.Cells[2] == "<" {
				want = append(want, r.Num)
			}
		}
	}
	require.NotEmpty(t, want)
	c, err := s.Count(ctx, q)
	require.NoError(t, err)
	require.EqualValues(t, len(want), c.Matched)
	require.True(t, c.Done)
	var got []uint64
	for start := uint64(0); start < c.Matched; start += 7 {
		p, err := s.Page(ctx, PageRequest{Query: q, Start: start, Count: 7, Columns: cols})
		require.NoError(t, err)
		require.Equal(t, c.Matched, p.Total)
		require.True(t, p.Done)
		for _, r := range p.Rows {
			require.Nil(t, r.Gap)
		}
		got = append(got, nums(p)...)
	}
	require.Equal(t, want, got)

	t.Run("go to finds the nearest row", func(t *testing.T) {
		row, num, exact, err := s.Goto(ctx, q, "#"+group(want[len(want)/2]))
		require.NoError(t, err)
		require.EqualValues(t, len(want)/2, row)
		require.Equal(t, want[len(want)/2], num)
		require.True(t, exact)
		_, num, exact, err = s.Goto(ctx, q, "#1")
		require.NoError(t, err)
		require.Equal(t, want[0], num)
		require.False(t, exact)
	})
	t.Run("find goes from match to match and around", func(t *testing.T) {
		all := Query{View: EventsView}
		var found []uint64
		from := uint64(0)
		for range want {
			f, err := s.Find(ctx, FindRequest{Query: all, Search: Search{Text: q.Filter}, From: from})
			require.NoError(t, err)
			require.True(t, f.Found)
			found, from = append(found, f.Num), f.Num
		}
		require.Equal(t, want, found)
		f, err := s.Find(ctx, FindRequest{Query: all, Search: Search{Text: q.Filter}, From: from})
		require.NoError(t, err)
		require.False(t, f.Found)
		f, err = s.Find(ctx, FindRequest{Query: all, Search: Search{Text: q.Filter}, From: from, Wrap: true})
		require.NoError(t, err)
		require.Equal(t, Found{Found: true, Wrapped: true, Row: want[0] - 1, Num: want[0], Done: true, Part: 1}, withRow(f, want[0]-1))
		for i := len(want) - 1; i > 0; i-- {
			f, err := s.Find(ctx, FindRequest{Query: all, Search: Search{Text: q.Filter}, From: want[i], Backwards: true})
			require.NoError(t, err)
			require.Equal(t, want[i-1], f.Num)
		}
		f, err = s.Find(ctx, FindRequest{Query: q, Search: Search{Text: "evt.num > 0"}, From: want[3]})
		require.NoError(t, err)
		require.Equal(t, Found{Found: true, Row: 4, Num: want[4], Done: true, Part: 1}, f)
	})
	t.Run("marks hide nothing", func(t *testing.T) {
		p, err := s.Page(ctx, PageRequest{Query: Query{View: EventsView}, Count: MaxPage, Columns: append(cols, "evt.dir"), Mark: q.Filter})
		require.NoError(t, err)
		marked := 0
		for _, r := range p.Rows {
			require.Equal(t, r.Cells[0] == "read" && r.Cells[2] == "<", r.Marked)
			if r.Marked {
				marked++
			}
		}
		require.Positive(t, marked)
	})
	t.Run("a filter that cannot be used is refused", func(t *testing.T) {
		_, err := s.Page(ctx, PageRequest{Query: Query{View: EventsView, Filter: "proc.nme = x"}, Count: 1})
		var bad *FilterError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, "proc.nme = x", bad.Text)
		require.NotEmpty(t, bad.Errors())
	})
}

func withRow(f Found, row uint64) Found {
	f.Row = row
	return f
}

func TestANewerCountEndsAnOlderOne(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	ctx, done := s.asking.newest(t.Context())
	defer done()
	_, err := s.Count(t.Context(), Query{View: EventsView, Filter: "evt.type = read"})
	require.NoError(t, err)
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

func TestWhyNamesThePartThatMatchesNothing(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	w, err := s.Why(ctx, Query{View: EventsView, Filter: "evt.type = read and proc.name = nosuch"})
	require.NoError(t, err)
	require.Len(t, w.Parts, 2)
	require.Positive(t, w.Parts[0].Matched)
	require.Zero(t, w.Parts[1].Matched)
	require.Equal(t, "`proc.name = nosuch`: no event of this capture has proc.name nosuch", w.Message)

	for _, text := range []string{"evt.type = read and (proc.name=bahs)", "proc.name == \"bahs\" && evt.type == \"read\"", "proc.name=bahs"} {
		w, err = s.Why(ctx, Query{View: EventsView, Filter: text})
		require.NoError(t, err)
		require.Regexp(t, "^`.*bahs.*`: no event of this capture has proc.name bahs; there is bash \\([0-9,]+ events\\)", w.Message)
		require.NotEmpty(t, w.Fixes)
		fixed := text[:w.Fixes[0].Span.Start] + w.Fixes[0].Text + text[w.Fixes[0].Span.End:]
		c, err := s.Count(ctx, Query{View: EventsView, Filter: fixed})
		require.NoError(t, err)
		require.Positive(t, c.Matched, fixed)
	}
	w, err = s.Why(ctx, Query{View: EventsView, Filter: "evt.arg.name = nosuchfile or evt.arg.name = nosuch2"})
	require.NoError(t, err)
	require.Equal(t, "no event matches any of the parts", w.Message)
	require.Len(t, w.Parts, 2)
	require.Contains(t, w.Parts[0].Message, "evt.arg.name nosuchfile")

	w, err = s.Why(ctx, Query{View: EventsView, Filter: "evt.type = read and (evt.type = write and evt.num > 1)"})
	require.NoError(t, err)
	require.Contains(t, w.Message, "no event matches both `evt.type = read` (")

	for text, want := range map[string]string{
		"user.name=root2":                 "no event of this capture has user.name root2; there is root (",
		"group.name=x":                    "no event of this capture has group.name x",
		"fd.directory=/etc/":              "no event of this capture has fd.directory /etc/; there is /etc (",
		"fd.name startswith etc":          "fd.name starts with etc in no event of this capture; it starts with /etc in ",
		"evt.arg.flags = O_NOSUCH":        "no flag of evt.arg.flags is named O_NOSUCH",
		"evt.arg.flags contains O_CREATE": "no flag of evt.arg.flags is named O_CREATE; there is O_CREAT",
	} {
		w, err = s.Why(ctx, Query{View: EventsView, Filter: text})
		require.NoError(t, err)
		require.Contains(t, w.Message, want, text)
		read := filter.Read(text, filter.Auto)
		require.Eventually(t, func() bool {
			said := assist.Doubts(&read, s.Values())
			return len(said) > 0 && strings.Contains(said[0].Msg, want)
		}, 10*time.Second, 10*time.Millisecond, text)
	}

	w, err = s.Why(ctx, Query{View: EventsView, Filter: "evt.type = read"})
	require.NoError(t, err)
	require.Empty(t, w.Message)
	require.Len(t, w.Parts, 1)
}

// TestLinesOfAFilterAreTheSameHoweverTheyAreFound compares what is written when the matching events are known before
// with what is written when each event is asked.
func TestLinesOfAFilterAreTheSameHoweverTheyAreFound(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x, err := index.Open(t.Context(), scapiotest.Repo(t, name))
		require.NoError(t, err)
		defer x.Close()
		require.NoError(t, x.Wait(t.Context()))
		for _, text := range []string{"evt.type = read", "fd.name contains /etc", "evt.deltatime > 2000", "evt.latency > 10000", "evt.outputtime contains 1", "not proc.name = bash", "evt.num > 99999999"} {
			p, err := filter.Compile(filter.Parse(text))
			require.NoError(t, err)
			for _, mode := range "hardD" {
				for _, fields := range []bool{false, true} {
					for _, view := range []ViewKind{EventsView, CallsView} {
						o := LinesOptions{Query: Query{View: view}, Time: byte(mode), Filter: p, Loc: time.UTC, Fields: fields}
						if fields {
							f, err := format.Compile("%evt.num %evt.deltatime %evt.latency %evt.outputtime %evt.args")
							require.NoError(t, err)
							o.Append = func() Appender { return f.Append }
						}
						var found, each bytes.Buffer
						require.NoError(t, Lines(t.Context(), x, o, &found))
						o.Stream = true
						require.NoError(t, Lines(t.Context(), x, o, &each))
						require.Equal(t, each.String(), found.String(), "%s, %s, -t %c", text, view, mode)
					}
				}
			}
		}
	}
}

// longCapture opens a capture whose events are repeated until there are n.
func longCapture(t *testing.T, n int) *Session { return openDone(t, longFile(t, n)) }

func longFile(t *testing.T, n int) string {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	at := scapiotest.Offsets(b)
	var events []byte
	count := 0
	for i := range len(at) - 1 {
		if scapio.BlockType(binary.LittleEndian.Uint32(b[at[i]:])).IsEvent() {
			events = append(events, b[at[i]:at[i+1]]...)
			count++
		}
	}
	return scapiotest.File(t, append(b, bytes.Repeat(events, n/count)...))
}

func TestAFilterThatIsNoLongerShownIsNotAskedAnyFurther(t *testing.T) {
	s := longCapture(t, 400_000)
	slow := Query{View: EventsView, Filter: "evt.args contains nosuch or evt.args contains nosuch2"}
	p, err := s.program(slow.Filter, slow.Language)
	require.NoError(t, err)
	s.asking.show(slow)
	j, err := s.use(slow, p)
	require.NoError(t, err)
	s.asking.leave(j)
	require.Equal(t, j, s.asking.job(slow), "it is shown: it goes on")
	page, err := s.Page(t.Context(), PageRequest{Query: Query{View: EventsView, Filter: "evt.type = read"}, Count: 5})
	require.NoError(t, err)
	require.Len(t, page.Rows, 5)
	require.Nil(t, s.asking.job(slow))
	require.Eventually(t, func() bool {
		j.mu.Lock()
		defer j.mu.Unlock()
		return j.over
	}, 10*time.Second, time.Millisecond)
	require.ErrorIs(t, j.err, context.Canceled)
}

func (a *asking) job(q Query) *job {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.jobs[q]
}

func TestAPageOfASlowFilterDoesNotWaitForItsEnd(t *testing.T) {
	s := longCapture(t, 400_000)
	slow := Query{View: EventsView, Filter: "evt.args contains e"} // matches at once
	done := make(chan FilterProgress, 100)
	stop := s.OnFiltered(func(p FilterProgress) { done <- p })
	defer stop()
	page, err := s.Page(t.Context(), PageRequest{Query: slow, Count: 50, Columns: []string{"evt.num"}})
	require.NoError(t, err)
	require.Len(t, page.Rows, 50)
	if !page.Done { // the rest is asked without anybody waiting
		require.Less(t, page.Asked, s.Progress().Events)
	}
	c, err := s.Count(t.Context(), slow)
	require.NoError(t, err)
	require.Greater(t, c.Matched, uint64(50))
	page, err = s.Page(t.Context(), PageRequest{Query: slow, Start: c.Matched - 1, Count: 5, Columns: []string{"evt.num"}})
	require.NoError(t, err)
	require.True(t, page.Done)
	require.Len(t, page.Rows, 1)
	for told := len(done) > 0; told; { // when it took long, its end is told, soon
		select {
		case p := <-done:
			told = !p.Done
			require.True(t, !p.Done || p.Matched == c.Matched)
		case <-time.After(time.Minute):
			require.Fail(t, "the end was not told")
		}
	}
}

// parted is what has lists whose filters may be told of later.
type parted interface {
	Page(context.Context, PageRequest) (*Page, error)
	Count(context.Context, Query) (Count, error)
	OnFiltered(func(FilterProgress)) (stop func())
}

// toldOfTheEnd asks for pages of filters that take a while; who is given a part must be told of the end.
func toldOfTheEnd(t *testing.T, s parted) {
	t.Helper()
	told := make(chan FilterProgress, 1000)
	defer s.OnFiltered(func(p FilterProgress) { told <- p })()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // with many the filter is through before its first part is told
	parts := 0
	for n := range 15 {
		req := PageRequest{Query: Query{View: EventsView, Filter: fmt.Sprintf("evt.args contains e and evt.num > %d", n)}, Count: 1, Columns: []string{"evt.num"}}
		p, err := s.Page(t.Context(), req)
		require.NoError(t, err)
		if p.Done {
			continue
		}
		parts++
		var last FilterProgress
		for !last.Done || last.Query != req.Query {
			select {
			case last = <-told:
			case <-time.After(30 * time.Second):
				require.Fail(t, "nobody told of the end of a filter", "%d rows were known", p.Total)
			}
		}
		p, err = s.Page(t.Context(), req)
		require.NoError(t, err)
		require.True(t, p.Done)
		c, err := s.Count(t.Context(), req.Query)
		require.NoError(t, err)
		require.Equal(t, FilterProgress{Query: req.Query, Matched: c.Matched, Asked: last.Of, Of: last.Of, Done: true, Took: last.Took}, last)
	}
	require.NotZero(t, parts, "no page came before the end")
}

func TestWhoGoesOnWithAPartOfAFilterIsToldOfItsEnd(t *testing.T) {
	toldOfTheEnd(t, longCapture(t, 600_000))
}
