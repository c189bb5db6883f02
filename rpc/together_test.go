package rpc_test

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
)

func TestSeveralCapturesAreOneSession(t *testing.T) {
	c := rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, path string) (rpc.Session, error) {
		return session.Open(ctx, path, session.Options{Loc: time.UTC})
	}), rpc.Options{Together: func(ctx context.Context, paths []string) (rpc.Together, error) {
		return session.OpenTogether(ctx, paths, session.Options{Loc: time.UTC})
	}})
	c.Initialize("")
	a, b := scapiotest.Repo(t, "live_new-sysmix.scap"), scapiotest.Repo(t, "live_old-sysmix.scap")
	open := rpctest.Call(c.Client, wire.Open, wire.OpenParams{Paths: []string{a, b}, Shifts: []string{"0", "1000000"}})
	require.Equal(t, filepath.Base(a)+" + "+filepath.Base(b), open.Name)
	require.Equal(t, "evt.hostname", open.Columns[0].ID)
	require.Len(t, open.Members, 2)
	require.Equal(t, []string{a, "0"}, []string{open.Members[0].Path, open.Members[0].Shift})
	require.Equal(t, "1000000", open.Members[1].Shift)
	for !rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params).Progress.Done {
	}
	page := func() wire.Row {
		return rpctest.Call(c.Client, wire.PageOf, wire.PageParams{
			Session: open.Session, Query: wire.Query{View: wire.ViewEvents}, Count: 1, Columns: []string{"evt.hostname", "evt.rawtime"},
		}).Rows[0]
	}
	first := page()
	require.Equal(t, open.Members[0].Host, first.Cells[0], "it was captured first")
	late, err := strconv.ParseInt(rpctest.Call(c.Client, wire.Members, wire.SessionParams{Session: open.Session}).Members[1].First, 10, 64)
	require.NoError(t, err)
	early, err := strconv.ParseInt(first.Cells[1], 10, 64)
	require.NoError(t, err)
	shifted := rpctest.Call(c.Client, wire.Shift, wire.ShiftParams{Session: open.Session, Member: 1, Shift: strconv.FormatInt(early-late, 10)})
	require.Equal(t, first.Cells[1], strconv.FormatInt(must(strconv.ParseInt(shifted.Members[1].First, 10, 64))+1_000_000, 10))
	require.Equal(t, open.Members[1].Host, page().Cells[0], "now it begins 1 ms before")

	for _, bad := range []string{
		rpctest.Go(c.Client, wire.Shift, wire.ShiftParams{Session: open.Session, Member: 2, Shift: "0"}),
		rpctest.Go(c.Client, wire.Shift, wire.ShiftParams{Session: open.Session, Shift: "soon"}),
		rpctest.Go(c.Client, wire.Open, wire.OpenParams{Paths: []string{a}}),
		rpctest.Go(c.Client, wire.Open, wire.OpenParams{Paths: []string{a, b}, Shifts: []string{"1", "2", "3"}}),
		rpctest.Go(c.Client, wire.Stats, wire.StatsParams{Session: open.Session, Query: wire.Query{View: wire.ViewEvents}}),
	} {
		require.NotNil(t, c.Answer(bad).Error)
	}
	single := rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: a})
	require.Empty(t, single.Members)
	require.Empty(t, rpctest.Call(c.Client, wire.Members, wire.SessionParams{Session: single.Session}).Members)
	recent := rpctest.Call(c.Client, wire.RecentList, wire.LimitParams{})
	require.NotEmpty(t, recent.Captures)
}

func must(n int64, err error) int64 {
	if err != nil {
		panic(err)
	}
	return n
}
