package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
)

// real starts a server of real captures with one open.
func real(t *testing.T, path string) (*rpctest.Server, string) {
	t.Helper()
	c := rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, path string) (rpc.Session, error) {
		return session.Open(ctx, path, session.Options{Loc: time.UTC})
	}), rpc.Options{})
	c.Initialize("")
	return c, rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: path}).Session
}

func TestFilteredListsOfARealCapture(t *testing.T) {
	c, id := real(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for !rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params).Progress.Done {
	}
	for _, q := range []wire.Query{
		{View: wire.ViewEvents, Filter: "evt.type = read and evt.dir = <"},
		{View: wire.ViewEvents, Filter: `evt.type == "read" && evt.dir == "<"`},
		{View: wire.ViewEvents, Filter: `sysdig.event_name == "read" and evt.dir == "<"`, Language: wire.LanguageWireshark},
	} {
		count := rpctest.Call(c.Client, wire.FilterCount, wire.ListParams{Session: id, Query: q})
		require.True(t, count.Done)
		require.Positive(t, count.Matched)
		require.Greater(t, count.Of, count.Matched)
		page := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{Session: id, Query: q, Start: 1, Count: 3, Columns: []string{"evt.type", "evt.dir"}})
		require.Equal(t, count.Matched, page.Total)
		require.True(t, page.Done)
		require.Len(t, page.Rows, 3)
		require.Equal(t, []string{"read", "<"}, page.Rows[0].Cells)
		to := rpctest.Call(c.Client, wire.Goto, wire.GotoParams{Session: id, Query: q, To: "#1"})
		require.Zero(t, to.Row)
		next := rpctest.Call(c.Client, wire.Find, wire.FindParams{Session: id, Query: wire.Query{View: wire.ViewEvents}, Search: wire.Search{Mode: wire.SearchFilter, Text: q.Filter, Language: q.Language}, From: to.Num})
		require.True(t, next.Found)
		require.Equal(t, page.Rows[0].Num, next.Num)
		marked := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{
			Session: id, Query: wire.Query{View: wire.ViewEvents, Language: q.Language}, Start: next.Row, Count: 1, Mark: q.Filter,
		})
		require.True(t, marked.Rows[0].Marked)
		require.Equal(t, next.Num, marked.Rows[0].Num)
	}
	why := rpctest.Call(c.Client, wire.FilterWhy, wire.ListParams{Session: id, Query: wire.Query{View: wire.ViewEvents, Filter: "proc.name = 𝐛ash and proc.name=bahs"}})
	require.Equal(t, []int{0, 17, 22, 36}, []int{why.Parts[0].Start, why.Parts[0].End, why.Parts[1].Start, why.Parts[1].End}, "in UTF-16 units")
	require.Zero(t, why.Parts[1].Matched)
	require.Contains(t, why.Parts[1].Message, "bash (")
}

func TestAFilterThatCannotBeUsedIsAnErrorWithItsPlace(t *testing.T) {
	c, id := real(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for method, params := range map[string]string{
		"scapls/page":         `{"session":"` + id + `","count":1,"query":{"view":"events","filter":"proc.name=𝐱 and proc.nme=x"}}`,
		"scapls/filter/count": `{"session":"` + id + `","query":{"view":"calls","filter":"proc.name=𝐱 and proc.nme=x"}}`,
		"scapls/filter/why":   `{"session":"` + id + `","query":{"view":"calls","filter":"proc.name=𝐱 and proc.nme=x"}}`,
		"scapls/find":         `{"session":"` + id + `","query":{"view":"calls"},"search":{"mode":"filter","text":"proc.name=𝐱 and proc.nme=x"}}`,
		"scapls/goto":         `{"session":"` + id + `","query":{"view":"events","filter":"proc.name=𝐱 and proc.nme=x"},"to":"1"}`,
	} {
		e := c.Fails(c.Request(method, params), -32014)
		require.Equal(t, wire.ErrorBadFilter, e.Data.Kind, method)
		require.Contains(t, e.Message, "proc.nme")
		d := e.Data.Diagnostics[0]
		require.Equal(t, []int{17, 25}, []int{d.Start, d.End}, "in UTF-16 units")
		require.Equal(t, wire.SeverityError, d.Severity)
		require.NotEmpty(t, d.Fixes)
	}
	e := c.Fails(c.Request("scapls/page", `{"session":"`+id+`","count":1,"query":{"view":"events","filter":"x","language":"latin"}}`), -32602)
	require.Equal(t, wire.ErrorInvalidParams, e.Data.Kind)
}

func TestHowFarAFilterIsReachesTheClient(t *testing.T) {
	fake := &rpctest.Fake{}
	c, open := start(t, fake)
	q := session.Query{View: session.CallsView, Filter: "evt.args contains x", Language: filter.Sysdig}
	require.Eventually(t, func() bool { return fake.FilterWatched() }, 5*time.Second, time.Millisecond)
	fake.Filter(session.FilterProgress{Query: q, Matched: 3, Asked: 70000, Of: 200000, Took: 250 * time.Millisecond})
	want := wire.FilteredParams{
		Session: open.Session, Query: wire.Query{View: wire.ViewCalls, Filter: q.Filter, Language: wire.LanguageSysdig},
		Matched: 3, Scanned: 70000, Of: 200000, Took: 250,
	}
	require.Equal(t, want, rpctest.Decode[wire.FilteredParams](t, c.Notification("scapls/filtered").Params))
	fake.Filter(session.FilterProgress{Query: q, Matched: 5, Asked: 200000, Of: 200000, Done: true})
	require.True(t, rpctest.Decode[wire.FilteredParams](t, c.Notification("scapls/filtered").Params).Done)
	rpctest.Call(c.Client, wire.Close, wire.SessionParams{Session: open.Session})
	require.False(t, fake.FilterWatched())
}

func TestACancelledCountIsAnsweredAsCancelled(t *testing.T) {
	fake := &rpctest.Fake{OnCount: func(ctx context.Context, _ session.Query) (session.Count, error) {
		<-ctx.Done()
		return session.Count{}, ctx.Err()
	}}
	c, open := start(t, fake)
	id := rpctest.Go(c.Client, wire.FilterCount, wire.ListParams{Session: open.Session, Query: wire.Query{View: wire.ViewEvents, Filter: "evt.num > 1"}})
	c.Notify("$/cancelRequest", `{"id":`+id+`}`)
	c.Fails(id, -32800)
}
