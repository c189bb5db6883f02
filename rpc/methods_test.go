package rpc_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// start returns an initialized client with one open session.
func start(t *testing.T, fake *rpctest.Fake) (*rpctest.Server, wire.OpenResult) {
	t.Helper()
	c := rpctest.Serve(t, fake.Open(), rpc.Options{})
	c.Initialize("")
	return c, rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "/captures/a.scap"})
}

func TestOpenTellsWhatAListNeeds(t *testing.T) {
	fake := &rpctest.Fake{OnColumns: func() []session.Column {
		return []session.Column{{ID: "b"}, {ID: "a", Default: true, Align: "right", Width: 3}, {ID: "c"}}
	}}
	fake.Grow(session.Progress{Events: 7, Fraction: 0.5})
	_, open := start(t, fake)
	require.Equal(t, "s1", open.Session)
	require.Equal(t, "a.scap", open.Name)
	require.True(t, open.Calls)
	require.Equal(t, wire.Progress{Events: 7, Fraction: 0.5, Diagnostics: []wire.Diagnostic{}}, open.Progress)
	require.Equal(t, []wire.Column{
		{ID: "a", Default: true, Align: wire.AlignRight, Width: 3}, {ID: "b"}, {ID: "c"},
	}, open.Columns)
}

func TestPage(t *testing.T) {
	var got session.PageRequest
	fake := &rpctest.Fake{OnPage: func(_ context.Context, req session.PageRequest) (*session.Page, error) {
		got = req
		return &session.Page{Start: req.Start, Total: math.MaxUint64, Rows: []session.Row{
			{Num: 5, Cells: []string{"5", "open"}, Kind: "syscall", Failed: true},
			{Num: 8, Kind: "meta", Gap: &session.Gap{From: 6, To: 7, Reason: "internal", Text: "2 internal events"}},
		}}, nil
	}}
	c, open := start(t, fake)
	page := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{
		Session: open.Session, Query: wire.Query{View: wire.ViewCalls, Internal: true}, Start: 4, Count: 500,
		Columns: []string{"evt.num", "evt.type"}, Time: wire.TimeDeltaCaptured,
	})
	require.Equal(t, session.PageRequest{
		Query: session.Query{View: session.CallsView, Internal: true}, Start: 4, Count: 500,
		Columns: []string{"evt.num", "evt.type"}, Time: 'D',
	}, got)
	require.Equal(t, wire.PageResult{Start: 4, Total: math.MaxUint32, Rows: []wire.Row{
		{Num: 5, Cells: []string{"5", "open"}, Kind: wire.KindSyscall, Failed: true},
		{Num: 8, Cells: []string{}, Kind: wire.KindMeta, Gap: &wire.Gap{From: 6, To: 7, Reason: "internal", Text: "2 internal events"}},
	}}, page)
}

func TestDetailBytesInfoAndGoto(t *testing.T) {
	c, open := start(t, &rpctest.Fake{})
	detail := rpctest.Call(c.Client, wire.DetailOf, wire.EventParams{Session: open.Session, Num: 12, View: wire.ViewCalls})
	require.Equal(t, wire.DetailResult{Num: 12, Nodes: []wire.Node{
		{Label: "event 12", Value: "calls", Children: []wire.Node{}},
	}}, detail)

	b := rpctest.Call(c.Client, wire.BytesOf, wire.BytesParams{Session: open.Session, Num: 12, Start: 3, Count: 5})
	require.Equal(t, wire.BytesResult{
		Num: 12, Offset: "1152921504606846976", Total: 8, Start: 3, Data: base64.StdEncoding.EncodeToString(make([]byte, 5)),
	}, b)
	all := rpctest.Call(c.Client, wire.BytesOf, wire.BytesParams{Session: open.Session, Num: 12})
	require.Equal(t, 64<<10, all.Total, "count 0 asks for the most")

	info := rpctest.Call(c.Client, wire.Info, wire.SessionParams{Session: open.Session})
	require.Equal(t, wire.InfoResult{
		Sections:    []wire.InfoSection{{Title: "File", Rows: []wire.InfoRow{{Name: "Events", Value: "1000"}}}},
		Diagnostics: []wire.Diagnostic{{Severity: wire.SeverityWarning, Offset: "1152921504606846976", Message: "cut short"}},
	}, info)

	to := rpctest.Call(c.Client, wire.Goto, wire.GotoParams{Session: open.Session, Query: wire.Query{View: wire.ViewEvents}, To: "1"})
	require.Equal(t, wire.GotoResult{Row: 0, Num: 1, Exact: true}, to)
}

func TestStateViews(t *testing.T) {
	fake := &rpctest.Fake{OnItems: func(_ context.Context, what string, at uint64, tid int64) (string, []session.Item, error) {
		return fmt.Sprintf("%s at %d of %d", what, at, tid),
			[]session.Item{{ID: "7", Parent: "1", Icon: "thread", TID: math.MaxInt64, Born: 3, Mark: true}, {ID: "8"}}, nil
	}}
	c, open := start(t, fake)
	for name, m := range map[string]wire.Method[wire.AtParams, wire.ItemsResult]{
		"processes at 9 of 0": wire.Processes, "fds at 9 of 42": wire.FDs, "users at 9 of 0": wire.Users,
		"groups at 9 of 0": wire.Groups, "containers at 9 of 0": wire.Containers, "interfaces at 9 of 0": wire.Interfaces,
	} {
		got := rpctest.Call(c.Client, m, wire.AtParams{Session: open.Session, Num: 9, TID: "42"})
		require.Equal(t, wire.ItemsResult{Num: 9, Title: name, Items: []wire.Item{
			{ID: "7", Parent: "1", Icon: wire.IconThread, TID: "9223372036854775807", Born: 3, Mark: true}, {ID: "8"},
		}}, got)
	}
}

func TestEveryAnswerHasArraysWhereTypesSayArrays(t *testing.T) {
	fake := &rpctest.Fake{
		OnPage: func(context.Context, session.PageRequest) (*session.Page, error) { return &session.Page{}, nil },
		OnItems: func(context.Context, string, uint64, int64) (string, []session.Item, error) {
			return "", nil, nil
		},
		OnDetail:  func(context.Context, uint64, session.ViewKind) ([]session.Node, error) { return nil, nil },
		OnColumns: func() []session.Column { return nil },
	}
	fake.Grow(session.Progress{Events: 9, Fraction: 1, Done: true})
	c, open := start(t, fake)
	s := `{"session":"` + open.Session + `","query":{"view":"events"}}`
	needs := map[string]string{ // where empty parameters are refused
		wire.Report.Name:          `{"session":"` + open.Session + `","query":{"view":"calls"},"path":"x"}`,
		wire.StreamSave.Name:      `{"session":"` + open.Session + `","path":"x"}`,
		wire.SavedPut.Name:        `{"name":"x"}`,
		wire.ButtonsPut.Name:      `{"group":"x","label":"x"}`,
		wire.ColumnsPut.Name:      `{"name":"x","columns":[{"id":"evt.num"}]}`,
		wire.StoreImport.Name:     `{"text":"{\"scapls\":1}"}`,
		wire.ColorsRead.Name:      `{"text":"{\"scapls\":1,\"colors\":[{\"name\":\"x\"}]}"}`,
		wire.NotesSet.Name:        `{"session":"` + open.Session + `","kind":"mark","action":"clear"}`,
		wire.NotesComment.Name:    `{"session":"` + open.Session + `","num":1,"text":"x"}`,
		wire.NotesShift.Name:      `{"session":"` + open.Session + `","by":"+1"}`,
		wire.NotesFind.Name:       `{"session":"` + open.Session + `","kind":"mark"}`,
		wire.NotesExport.Name:     `{"session":"` + open.Session + `","format":"json"}`,
		wire.NotesImport.Name:     `{"session":"` + open.Session + `","text":"{\"scapls-notes\":1}"}`,
		wire.FilterTranslate.Name: `{"text":"fd.num=3","to":"wireshark"}`,
	}
	for _, m := range wire.Methods {
		if m.Name == wire.Close.Name || m.Name == wire.Open.Name || m.Name == wire.Shift.Name {
			continue
		}
		params := s
		if needs[m.Name] != "" {
			params = needs[m.Name]
		}
		id := c.Request(m.Name, params)
		require.NotContains(t, string(c.Result(id)), ":null", m.Name)
	}
	require.NotContains(t, string(c.Result(c.Request("scapls/open", `{"path":"x"}`))), ":null")
	require.Equal(t, "{}", string(c.Result(c.Request("scapls/close", s))))
}

func TestErrorsOfTheBackendHaveCodesKindsAndSentences(t *testing.T) {
	var fail error
	fake := &rpctest.Fake{OnDetail: func(context.Context, uint64, session.ViewKind) ([]session.Node, error) { return nil, fail }}
	c, open := start(t, fake)
	params := `{"session":"` + open.Session + `","num":1,"view":"events"}`
	for _, tc := range []struct {
		err  error
		code int
		want wire.ErrorData
		text string
	}{
		{
			fmt.Errorf("event 1: %w", session.ErrNoEvent), -32012,
			wire.ErrorData{Kind: wire.ErrorNoEvent, Cause: "event 1: no such event"},
			"The capture has no event of that number, or it is not read yet.",
		},
		{
			session.ErrClosed, -32011,
			wire.ErrorData{Kind: wire.ErrorUnknownSession, Cause: "session is closed"},
			"This capture is not open (any more). Open it again.",
		},
		{
			fmt.Errorf("%w: no column x", session.ErrBadRequest), -32013,
			wire.ErrorData{Kind: wire.ErrorBadRequest},
			"bad request: no column x",
		},
		{context.Canceled, -32800, wire.ErrorData{Kind: wire.ErrorCancelled, Cause: "context canceled"}, "Cancelled."},
		{fmt.Errorf("disk on \xff fire"), -32603, wire.ErrorData{Kind: wire.ErrorInternal}, "disk on \uFFFD fire"},
	} {
		fail = tc.err
		e := c.Fails(c.Request("scapls/detail", params), tc.code)
		require.Equal(t, tc.want, e.Data)
		require.Equal(t, tc.text, e.Message)
	}
}

func TestOpenErrorsSayWhatIsWrong(t *testing.T) {
	var fail error
	c := rpctest.Serve(t, rpc.OpenerFunc(func(_ context.Context, path string) (rpc.Session, error) {
		var none *rpctest.Fake // a nil pointer in an interface must not be taken for a session
		return none, &session.OpenError{Path: path, Err: fail}
	}), rpc.Options{})
	c.Initialize("")
	for text, err := range map[string]error{
		"There is no file x.scap.":                                       fmt.Errorf("stat: %w", fs.ErrNotExist),
		"You may not read x.scap.":                                       fs.ErrPermission,
		"x.scap cannot be opened as a capture: no capture magic number.": fmt.Errorf("no capture magic number"),
	} {
		fail = err
		e := c.Fails(c.Request("scapls/open", `{"path":"x.scap"}`), -32010)
		require.Equal(t, text, e.Message)
		require.Equal(t, wire.ErrorCannotOpen, e.Data.Kind)
		require.Equal(t, "x.scap", e.Data.Path)
	}
	c.Fails(c.Request("scapls/info", `{"session":"s1"}`), -32011)
}

func TestBadParams(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	for _, tc := range []struct{ name, method, params string }{
		{"none", "scapls/info", ""},
		{"null", "scapls/info", "null"},
		{"an array", "scapls/info", "[]"},
		{"a number", "scapls/info", "3"},
		{"wrong type of a member", "scapls/info", `{"session":1}`},
		{"negative number", "scapls/detail", `{"session":"s1","num":-1,"view":"events"}`},
		{"number beyond 32 bits", "scapls/detail", `{"session":"s1","num":4294967296,"view":"events"}`},
		{"fraction", "scapls/detail", `{"session":"s1","num":1.5,"view":"events"}`},
		{"unknown view", "scapls/detail", `{"session":"s1","num":1,"view":"rows"}`},
		{"unknown view of a query", "scapls/goto", `{"session":"s1","query":{"view":"x"},"to":"1"}`},
		{"page too large", "scapls/page", `{"session":"s1","query":{"view":"events"},"count":501}`},
		{"negative count", "scapls/page", `{"session":"s1","query":{"view":"events"},"count":-1}`},
		{"unknown time format", "scapls/page", `{"session":"s1","query":{"view":"events"},"count":1,"time":"q"}`},
		{"too many bytes", "scapls/bytes", `{"session":"s1","num":1,"count":65537}`},
		{"thread that is no number", "scapls/fds", `{"session":"s1","num":1,"tid":"x"}`},
		{"no path", "scapls/open", `{}`},
		{"bad params of an ordered method", "scapls/open", `{"path":3}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := c.Fails(c.Request(tc.method, tc.params), -32602)
			require.Equal(t, wire.ErrorInvalidParams, e.Data.Kind)
			require.NotEmpty(t, e.Message)
		})
	}
	require.NotNil(t, c.Result(c.Request("scapls/info", `{"session":"s1","unknown":{"of":"a newer client"}}`)))
}
