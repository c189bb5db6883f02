package session

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/stats"
)

// firstNumber is the first number of a row, the one its table is sorted by.
func firstNumber(t *stats.Table, r stats.Row) int64 {
	for i, c := range t.Columns {
		if c.Kind != stats.Text {
			return r.Cells[i].N
		}
	}
	return -1
}

func TestGoingIntoRowsCountsOnlyWhatTheySelect(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	q := Query{View: EventsView, Filter: "evt.num > 500"}
	ask := func(table string, within []string) *Statistics {
		got, err := s.Stats(t.Context(), StatsRequest{Query: q, Within: within, Table: table, Count: MaxStats})
		require.NoError(t, err)
		return got
	}
	depth := 0
	var into func(table string, within []string, count int64, filter string)
	into = func(table string, within []string, count int64, filter string) {
		depth++
		got := ask(table, within)
		require.NotEmpty(t, got.Part, "%s within %v", table, within)
		sum := int64(0)
		for _, r := range got.Part {
			sum += firstNumber(got.Table, r)
			require.NotEmpty(t, got.Label(&r))
		}
		if count >= 0 && table != "descriptors" { // events without a descriptor are in no row of that one
			require.Equal(t, count, sum, "the rows of %s within %v are all there is", table, within)
		}
		// the events of the first row, counted as the list counts them
		r := got.Part[0]
		all := append(within[:len(within):len(within)], r.Filter)
		c, err := s.Count(t.Context(), Query{View: CallsView, Internal: q.Internal, Filter: "(" + q.Filter + ") and (" + strings.Join(all, ") and (") + ")"})
		require.NoError(t, err)
		require.EqualValues(t, c.Matched, firstNumber(got.Table, r), "%s", all)
		if got.Drill != "" {
			into(got.Drill, all, firstNumber(got.Table, r), r.Filter)
		}
	}
	into("containers", nil, -1, "")
	require.Equal(t, 4, depth, "container, process, thread, descriptor")

	for _, i := range stats.Names() {
		for seen, name := map[string]bool{}, i.Name; name != ""; name = ask(name, nil).Drill {
			require.False(t, seen[name], "%s leads to itself", name)
			seen[name] = true
		}
	}
	_, err := s.Stats(t.Context(), StatsRequest{Query: q, Within: []string{"proc.nme = 1"}})
	require.ErrorIs(t, err, ErrBadRequest)
}

func TestATableIsSavedAsItIsShown(t *testing.T) {
	s := openSample(t)
	req := StatsRequest{Query: Query{View: CallsView}, Table: "processes", Sort: "name", Up: true, Search: "sys", Count: MaxStats}
	shown, err := s.Stats(t.Context(), req)
	require.NoError(t, err)
	require.NotEmpty(t, shown.Part)
	dir := t.TempDir()
	save := func(form stats.Form) string {
		path := filepath.Join(dir, "table."+string(form))
		require.NoError(t, s.SaveStats(t.Context(), req, form, path))
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		return string(b)
	}
	rows, err := csv.NewReader(strings.NewReader(save(stats.AsCSV))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, len(shown.Part)+1)
	require.Equal(t, "name", rows[0][0])
	lines := strings.Split(strings.TrimSpace(save(stats.AsJSON)), "\n")
	require.Len(t, lines, len(shown.Part))
	for i, r := range shown.Part {
		require.Equal(t, r.Cells[0].Text, rows[i+1][0])
		var o map[string]any
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &o))
		require.Equal(t, r.Cells[0].Text, o["name"])
		require.EqualValues(t, r.Cells[3].N, o["events"])
		require.Equal(t, r.Filter, o["filter"])
	}
	text := strings.Split(save(stats.AsText), "\n")
	require.Regexp(t, `^Process +PID`, text[0])
	require.ErrorIs(t, s.SaveStats(t.Context(), req, "odd", filepath.Join(dir, "x")), ErrBadRequest)
	require.NoFileExists(t, filepath.Join(dir, "x"))
	require.ErrorIs(t, s.SaveStats(t.Context(), req, stats.AsCSV, "relative"), ErrBadRequest)
}
