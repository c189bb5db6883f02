package rpc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

func TestExport(t *testing.T) {
	var asked session.ExportRequest
	var fail error
	fake := &rpctest.Fake{OnExport: func(_ context.Context, req session.ExportRequest) (session.Exported, error) {
		req.Told(0.5)
		asked = req
		asked.Told = nil
		return session.Exported{Events: 7, Bytes: 1 << 40, State: 3}, fail
	}}
	c, open := start(t, fake)
	params := wire.ExportParams{
		Session: open.Session, Query: wire.Query{View: wire.ViewCalls, Filter: "proc.name = x"}, From: 2, To: 9, Format: wire.ExportCSV,
		Path: "/tmp/x.csv", Columns: []string{"evt.num"}, Time: wire.TimeRelative,
	}
	require.Equal(t, wire.ExportResult{Events: 7, Bytes: "1099511627776", State: 3}, rpctest.Call(c.Client, wire.Export, params))
	require.Equal(t, session.ExportRequest{
		Query: session.Query{View: session.CallsView, Filter: "proc.name = x"}, From: 2, To: 9, Format: session.ExportCSV,
		Path: "/tmp/x.csv", Columns: []string{"evt.num"}, Time: 'r',
	}, asked)
	fail = &session.WriteError{Path: "/tmp/x.csv", Err: context.DeadlineExceeded}
	e := c.Fails(rpctest.Go(c.Client, wire.Export, params), int(wire.CodeBadRequest))
	require.Contains(t, e.Message, "/tmp/x.csv cannot be written")
}
