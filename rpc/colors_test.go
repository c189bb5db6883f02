package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

func TestColourRulesAreKeptAndShared(t *testing.T) {
	dir := t.TempDir()
	a, b := keeping(t, dir), keeping(t, dir)
	first := rpctest.Call(a, wire.ColorsList, wire.Empty{})
	require.True(t, first.Shipped)
	require.NotEmpty(t, first.Rules)
	kept := rpctest.Call(a, wire.ColorsPut, wire.ColorsPutParams{
		Rules: []wire.ColorRule{{Name: "x", Filter: "frame.number == 1", Language: wire.LanguageWireshark, Background: "strong-blue", Disabled: true}}, Revision: first.Revision,
	})
	require.Equal(t, wire.StoreChangedParams{Kinds: []wire.StoreKind{wire.StoreColors}, Own: true}, changed(t, a))
	require.Equal(t, wire.StoreChangedParams{Kinds: []wire.StoreKind{wire.StoreColors}}, changed(t, b))
	require.Equal(t, kept, rpctest.Call(b, wire.ColorsList, wire.Empty{}))
	require.NotEmpty(t, kept.Rules[0].ID)
	e := b.Fails(rpctest.Go(b, wire.ColorsPut, wire.ColorsPutParams{Rules: first.Rules, Revision: first.Revision}), int(wire.CodeBadRequest))
	require.Contains(t, e.Message, "changed elsewhere")
	text := rpctest.Call(b, wire.ColorsText, wire.ColorsTextParams{Rules: kept.Rules}).Text
	require.Equal(t, kept.Rules, rpctest.Call(b, wire.ColorsRead, wire.ColorsReadParams{Text: text}).Rules)
	require.Equal(t, first, rpctest.Call(b, wire.ColorsReset, wire.Empty{}))
	require.Equal(t, wire.StoreImportResult{Colors: 1}, rpctest.Call(a, wire.StoreImport, wire.StoreImportParams{Text: text}))
	require.Equal(t, kept, rpctest.Call(b, wire.ColorsList, wire.Empty{}))
}

func TestPagesAndListsFallToColourRules(t *testing.T) {
	fake := &rpctest.Fake{}
	want := []session.ColorFilter{{Text: "evt.type = open"}, {Text: "frame.number == 1", Language: filter.Wireshark}}
	fake.OnPage = func(_ context.Context, req session.PageRequest) (*session.Page, error) {
		require.Equal(t, want, req.Colors)
		return &session.Page{Rows: []session.Row{{Num: 1, Color: 2}, {Num: 2}}, Colored: true}, nil
	}
	fake.OnColors = func(_ context.Context, req session.ColorsRequest) (*session.Colors, error) {
		require.Equal(t, session.ColorsRequest{Query: session.Query{View: session.CallsView, Internal: true}, Colors: want, Parts: 2}, req)
		return &session.Colors{
			Total: 3, Parts: []index.Share{{Rows: 1, Of: []uint32{1, 0}}, {Rows: 2, Of: []uint32{0, 1}}},
			Rules: []session.ColorUse{{Matched: 2, Colored: 1}, {Fault: "no field x"}},
		}, nil
	}
	c, open := start(t, fake)
	asked := []wire.ColorFilter{{Filter: "evt.type = open"}, {Filter: "frame.number == 1", Language: wire.LanguageWireshark}}
	page := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{Session: open.Session, Count: 2, Columns: []string{"evt.num"}, Colors: asked})
	require.True(t, page.Colored)
	require.Equal(t, 2, page.Rows[0].Color)
	require.Zero(t, page.Rows[1].Color)
	got := rpctest.Call(c.Client, wire.ColorsOf, wire.ColorsParams{
		Session: open.Session, Query: wire.Query{View: wire.ViewCalls, Internal: true}, Colors: asked, Parts: 2,
	})
	require.Equal(t, wire.ColorsOfResult{
		Total: 3, Parts: []wire.ColorPart{{Rows: 1, Of: []uint32{1, 0}}, {Rows: 2, Of: []uint32{0, 1}}},
		Rules: []wire.ColorUse{{Matched: 2, Colored: 1}, {Fault: "no field x"}},
	}, got)

	require.Eventually(t, fake.Painting, 10*time.Second, time.Millisecond)
	fake.Color(session.ColorProgress{})
	require.Equal(t, wire.ColoredParams{Session: open.Session}, rpctest.Decode[wire.ColoredParams](t, c.Notification(wire.Colored.Name).Params))
	fake.Color(session.ColorProgress{Done: true})
	require.Equal(t, wire.ColoredParams{Session: open.Session, Done: true}, rpctest.Decode[wire.ColoredParams](t, c.Notification(wire.Colored.Name).Params))
}
