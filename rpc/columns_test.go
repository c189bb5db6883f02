package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

func TestSortTellsHowFarItIsAndCanBeCancelled(t *testing.T) {
	var got session.SortRequest
	fake := &rpctest.Fake{OnSort: func(ctx context.Context, req session.SortRequest) (session.Sorted, error) {
		got = req
		req.Told(0.5)
		if !req.Again {
			<-ctx.Done()
			return session.Sorted{}, ctx.Err()
		}
		return session.Sorted{Rows: 10, Valued: 7, Asked: 12, Newer: 3, Took: 1500 * time.Microsecond}, nil
	}}
	c, open := start(t, fake)
	params := wire.SortParams{
		Session: open.Session, Again: true,
		Query: wire.Query{View: wire.ViewCalls, Filter: "evt.type=open", Sort: &wire.Sort{Column: "evt.latency", Descending: true}},
	}
	require.Equal(t, wire.SortResult{Rows: 10, Valued: 7, Events: 12, Newer: 3, Took: 1.5}, rpctest.Call(c.Client, wire.SortOf, params))
	require.Equal(t, session.Query{View: session.CallsView, Filter: "evt.type=open", SortBy: "evt.latency", Down: true}, got.Query)
	told := rpctest.Decode[wire.SortingParams](t, c.Notification(wire.Sorting.Name).Params)
	require.Equal(t, wire.SortingParams{Session: open.Session, Query: params.Query, Fraction: 0.5}, told)

	params.Again = false
	id := rpctest.Go(c.Client, wire.SortOf, params)
	require.Equal(t, 0.5, rpctest.Decode[wire.SortingParams](t, c.Notification(wire.Sorting.Name).Params).Fraction)
	c.Notify("$/cancelRequest", `{"id":`+id+`}`)
	c.Fails(id, -32800)
}

func TestColumnsAreDescribed(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	r := rpctest.Call(c.Client, wire.ColumnsOf, wire.ColumnsParams{IDs: []string{"evt.arg.flags", "evt.typ", "proc.pid"}})
	require.Len(t, r.Columns, 3)
	require.Equal(t, "evt.arg.flags", r.Columns[0].Column.ID)
	require.Nil(t, r.Columns[1].Column)
	require.Contains(t, r.Columns[1].Message, "evt.type")
	require.Equal(t, wire.AlignRight, r.Columns[2].Column.Align)
	require.Equal(t, "PID", r.Columns[2].Column.Title)
}

func TestRowsAreCopied(t *testing.T) {
	var got session.CopyRequest
	fake := &rpctest.Fake{OnCopy: func(_ context.Context, req session.CopyRequest) (session.Copied, error) {
		got = req
		return session.Copied{Text: "a\xff,b\n", Rows: 1}, nil
	}}
	c, open := start(t, fake)
	r := rpctest.Call(c.Client, wire.CopyOf, wire.CopyParams{
		Session: open.Session, Query: wire.Query{View: wire.ViewEvents}, Rows: []wire.RowRange{{Start: 3, Count: 2}}, Time: wire.TimeDate,
		Columns: []wire.CopyColumn{{ID: "evt.num", Title: "No.", Align: wire.AlignCenter}}, Format: wire.CopyMarkdown,
	})
	require.Equal(t, wire.CopyResult{Text: "a\uFFFD,b\n", Rows: 1}, r)
	got.Told = nil
	require.Equal(t, session.CopyRequest{
		Query: session.Query{View: session.EventsView}, Rows: []session.RowRange{{Start: 3, Count: 2}}, Time: 'a', Format: "markdown",
		Columns: []session.CopyColumn{{ID: "evt.num", Title: "No.", Align: "center"}},
	}, got)
}

func TestAPageSaysHowManyEventsAreNewer(t *testing.T) {
	fake := &rpctest.Fake{OnPage: func(context.Context, session.PageRequest) (*session.Page, error) {
		return &session.Page{Total: 1, Newer: 4}, nil
	}}
	c, open := start(t, fake)
	r := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{Session: open.Session, Count: 1, Query: wire.Query{Sort: &wire.Sort{Column: "evt.num"}}})
	require.EqualValues(t, 4, r.Newer)
}
