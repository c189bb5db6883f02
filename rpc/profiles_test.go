package rpc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

func TestProfilesAreThoseThatComeWithScaplsAndThoseOfTexts(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	r := rpctest.Call(c.Client, wire.Profiles, wire.ProfilesParams{Sources: []wire.ProfileSource{{Origin: wire.ProfileWorkspace, Text: `[
		{"name": "Files", "base": "Files", "time": "r"},
		{"name": "Mine", "columns": ["evt.num", {"field": "proc.pid", "title": "Number", "width": 30}, "no.field"], "internal": false, "buttons": [],
		 "colors": [{"filter": "evt.failed=true", "background": "red"}, {"filter": "evt.failed=true", "foreground": "loud"}]}
	]`}}})
	require.Equal(t, "Default", r.Profiles[0].Spec.Name)
	files := r.Profiles[1]
	require.Equal(t, wire.ProfileWorkspace, files.Origin)
	require.Equal(t, wire.ProfileShipped, files.Hides)
	require.NotEmpty(t, files.Columns, "from its base")
	require.Nil(t, files.Own.Columns)
	require.Equal(t, wire.TimeRelative, files.Spec.Time)

	mine := r.Profiles[len(r.Profiles)-1]
	require.Equal(t, []wire.ProfileColumn{{Field: "evt.num"}, {Field: "proc.pid", Title: "Number", Width: 30}}, mine.Spec.Columns)
	require.Equal(t, "No.", mine.Columns[0].Title)
	require.Equal(t, wire.Column{ID: "proc.pid", Title: "Number", Tip: "Process", Width: 30, Align: wire.AlignRight, Default: true}, mine.Columns[1])
	require.False(t, *mine.Spec.Internal)
	require.NotNil(t, mine.Spec.Buttons, "an empty list crosses the wire as one")
	require.Equal(t, "red", mine.Spec.Colors[0].Background)
	require.Equal(t, 2, mine.Problems)
	require.Equal(t, []string{"[1].columns[2]", "[1].colors[1].foreground"}, []string{r.Problems[0].Place, r.Problems[1].Place})

	c.Fails(rpctest.Go(c.Client, wire.Profiles, wire.ProfilesParams{Sources: []wire.ProfileSource{{Origin: "shipped", Text: "[]"}}}), -32602)
}

func TestTheFirstFilterThatMatchesIsTold(t *testing.T) {
	matching := map[string]bool{}
	fake := &rpctest.Fake{
		OnFind: func(_ context.Context, req session.FindRequest) (session.Found, error) {
			require.True(t, req.Query.Internal)
			return session.Found{Found: matching[req.Search.Text]}, nil
		},
	}
	c, open := start(t, fake)
	ask := func() wire.ProfilesMatchResult {
		return rpctest.Call(c.Client, wire.ProfilesMatch, wire.ProfilesMatchParams{Session: open.Session, Filters: []wire.ProfileFilter{{Filter: "a"}, {Filter: "b"}, {Filter: "c"}}})
	}
	require.Equal(t, wire.ProfilesMatchResult{At: -1}, ask())
	matching["b"], matching["c"] = true, true
	require.Equal(t, wire.ProfilesMatchResult{At: 1}, ask(), "one that is more wanted may still match")
	matching["a"] = true
	require.Equal(t, wire.ProfilesMatchResult{At: 0, Done: true}, ask())
	delete(matching, "a")
	fake.Grow(session.Progress{Done: true})
	require.Equal(t, wire.ProfilesMatchResult{At: 1, Done: true}, ask())
}
