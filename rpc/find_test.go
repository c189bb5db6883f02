package rpc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestARealCaptureIsSearched(t *testing.T) {
	c, id := real(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for !rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params).Progress.Done {
	}
	q := wire.Query{View: wire.ViewEvents}
	for _, f := range []wire.Search{
		{Mode: wire.SearchText, Text: "/ETC/", In: wire.SearchColumns, Columns: []string{"evt.num", "evt.args"}},
		{Mode: wire.SearchRegex, Text: `/etc/\w+`, In: wire.SearchColumns, Columns: []string{"evt.num", "evt.args"}},
		{Mode: wire.SearchHex, Text: "2f 65 74 63 2f"},
		{Mode: wire.SearchText, Text: "/etc/", In: wire.SearchDetails},
		{Mode: wire.SearchFilter, Text: "evt.args contains /etc/"},
	} {
		next := rpctest.Call(c.Client, wire.Find, wire.FindParams{Session: id, Query: q, Search: f, Wrap: true, Wait: 60_000})
		require.True(t, next.Found && next.Done, f)
		count := rpctest.Call(c.Client, wire.FindCount, wire.FindCountParams{Session: id, Query: q, Search: f, Num: next.Num, Wait: 60_000})
		require.True(t, count.Done)
		require.EqualValues(t, 1, count.At)
		page := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{Session: id, Query: q, Start: next.Row, Count: 1, Columns: []string{"evt.args"}})
		require.Equal(t, next.Num, page.Rows[0].Num)
		switch {
		case f.Mode == wire.SearchHex:
			require.Equal(t, 5, next.Len)
		case f.In == wire.SearchDetails:
			require.NotEmpty(t, next.Path)
		case f.Mode != wire.SearchFilter:
			require.Equal(t, "evt.args", next.Column)
			require.Contains(t, page.Rows[0].Cells[0], "/etc/")
		}
		back := rpctest.Call(c.Client, wire.Find, wire.FindParams{Session: id, Query: q, Search: f, From: next.Num, Backwards: true, Wrap: true})
		require.True(t, back.Wrapped || back.Num == next.Num)
	}
	pair := rpctest.Call(c.Client, wire.Related, wire.RelatedParams{Session: id, Query: q, Num: 200, Relation: wire.RelationThread})
	require.True(t, pair.Found && pair.Exact)
	require.Greater(t, pair.Num, uint32(200))
}

func TestWhatCannotBeSearchedForIsAnErrorWithItsPlace(t *testing.T) {
	c, id := real(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for params, want := range map[string]struct {
		start, end int
		text       string
	}{
		`"search":{"mode":"hex","text":"de 𝐱"}`:                           {3, 5, "“𝐱” is no hexadecimal digit; write bytes like de ad be ef, or ? for any digit (position 4)."},
		`"search":{"mode":"regex","text":"𝐱[z-a]","columns":["evt.num"]}`: {3, 6, "The regular expression has an error: invalid character class range: z-a (position 3)."},
	} {
		for _, method := range []string{"scapls/find", "scapls/find/count"} {
			e := c.Fails(c.Request(method, `{"session":"`+id+`","query":{"view":"events"},`+params+`}`), int(wire.CodeBadRequest))
			require.Equal(t, want.text, e.Message)
			require.Equal(t, []int{want.start, want.end}, []int{e.Data.Diagnostics[0].Start, e.Data.Diagnostics[0].End}, "in UTF-16 units")
		}
	}
	c.Fails(c.Request("scapls/find", `{"session":"`+id+`","query":{"view":"events"},"search":{"mode":"text","text":"x"},"wait":-1}`), -32602)
	c.Fails(c.Request("scapls/related", `{"session":"`+id+`","query":{"view":"events"},"num":100,"relation":"cousin"}`), int(wire.CodeBadRequest))
}

func TestATableIsSaved(t *testing.T) {
	c, id := real(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	path := filepath.Join(t.TempDir(), "calls.csv")
	rpctest.Call(c.Client, wire.StatsSave, wire.StatsSaveParams{Session: id, Query: wire.Query{View: wire.ViewCalls}, Table: "calls", Form: wire.StatsCSV, Path: path})
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Regexp(t, "^call,calls,errors", string(b))
	table := rpctest.Call(c.Client, wire.Stats, wire.StatsParams{Session: id, Query: wire.Query{View: wire.ViewCalls}, Table: "containers", Count: 1})
	require.Equal(t, "processes", table.Drill)
	require.Equal(t, "host", table.Rows[0].Label)
	into := rpctest.Call(c.Client, wire.Stats, wire.StatsParams{Session: id, Query: wire.Query{View: wire.ViewCalls}, Table: "processes", Within: []string{table.Rows[0].Filter}, Count: 5})
	require.NotEmpty(t, into.Rows)
}
