package session

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/find"
)

func TestTextsAreFoundInSeveralCaptures(t *testing.T) {
	j := together(t, scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	align(t, j)
	q := Query{View: EventsView, Filter: "evt.category = file"}
	cols := []string{"evt.hostname", "evt.time", "evt.type", "fd.name", "evt.args"}
	var list []Row
	for start := uint64(0); ; start += MaxPage {
		p, err := j.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: cols, Time: 'r'})
		require.NoError(t, err)
		list = append(list, p.Rows...)
		if len(p.Rows) < MaxPage {
			break
		}
	}
	host := list[0].Cells[0]
	for _, text := range []string{"/ETC/", list[5].Cells[1][:5], host, "nosuchtext"} {
		f := Search{Mode: find.Text, Text: text, Columns: cols, Time: 'r'}
		var want []int
		for i, r := range list {
			if slices.ContainsFunc(r.Cells, func(c string) bool { return strings.Contains(strings.ToLower(c), strings.ToLower(text)) }) {
				want = append(want, i)
			}
		}
		m, err := j.Matches(t.Context(), q, f, 0, 0)
		require.NoError(t, err)
		require.EqualValues(t, len(want), m.Matched, text)
		require.True(t, m.Done)
		from := uint64(0)
		for n, i := range want[:min(len(want), 60)] {
			r, err := j.Find(t.Context(), FindRequest{Query: q, Search: f, From: from})
			require.NoError(t, err)
			require.EqualValues(t, i, r.Row, text)
			require.Equal(t, list[i].Num, r.Num)
			require.NotEmpty(t, r.Column)
			m, err := j.Matches(t.Context(), q, f, r.Num, 0)
			require.NoError(t, err)
			require.EqualValues(t, n+1, m.At)
			from = r.Num
		}
		require.Equal(t, text != "nosuchtext", len(want) > 0, text)
	}

	t.Run("a relation stays in its capture", func(t *testing.T) {
		r, err := j.Related(t.Context(), q, list[0].Num, SameThread, false)
		require.NoError(t, err)
		require.True(t, r.Found)
		require.Equal(t, r.Num, list[r.Row].Num)
		of, _, err := j.event(list[0].Num)
		require.NoError(t, err)
		other, _, err := j.event(r.Num)
		require.NoError(t, err)
		require.Equal(t, of, other)
	})
	t.Run("places are those of the list of all", func(t *testing.T) {
		row, num, _, err := j.Goto(t.Context(), q, "50%")
		require.NoError(t, err)
		require.EqualValues(t, len(list)/2, row)
		require.Equal(t, list[row].Num, num)
		after, _, _, err := j.GotoFrom(t.Context(), q, ">1ms", num)
		require.NoError(t, err)
		require.GreaterOrEqual(t, after, row)
		_, _, _, err = j.Goto(t.Context(), q, "<1ms")
		require.ErrorIs(t, err, ErrBadRequest)
	})
}
