package rpc_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

func TestSessionsAreApart(t *testing.T) {
	fakes := map[string]*rpctest.Fake{}
	c := rpctest.Serve(t, rpc.OpenerFunc(func(_ context.Context, path string) (rpc.Session, error) {
		fakes[path] = &rpctest.Fake{OnItems: func(context.Context, string, uint64, int64) (string, []session.Item, error) {
			return path, nil, nil
		}}
		return fakes[path], nil
	}), rpc.Options{})
	c.Initialize("")
	a := rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "a"})
	b := rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "b"})
	require.NotEqual(t, a.Session, b.Session)
	require.Equal(t, "a", rpctest.Call(c.Client, wire.Users, wire.AtParams{Session: a.Session}).Title)
	require.Equal(t, "b", rpctest.Call(c.Client, wire.Users, wire.AtParams{Session: b.Session}).Title)

	rpctest.Call(c.Client, wire.Close, wire.SessionParams{Session: a.Session})
	require.True(t, fakes["a"].Closed())
	require.False(t, fakes["b"].Closed())
	e := c.Fails(rpctest.Go(c.Client, wire.Close, wire.SessionParams{Session: a.Session}), -32011)
	require.Equal(t, wire.ErrorUnknownSession, e.Data.Kind)
	require.Equal(t, "b", rpctest.Call(c.Client, wire.Users, wire.AtParams{Session: b.Session}).Title)
}

func TestCloseCancelsWhatRunsAndWaitsForIt(t *testing.T) {
	running := make(chan struct{})
	ended := false // written before Close, read in it: the race detector sees whether Close waits
	fake := &rpctest.Fake{OnPage: func(ctx context.Context, _ session.PageRequest) (*session.Page, error) {
		close(running)
		<-ctx.Done()
		time.Sleep(20 * time.Millisecond)
		ended = true
		return nil, ctx.Err()
	}}
	fake.OnClose = func() error {
		if !ended {
			return errors.New("closed while a page runs")
		}
		return nil
	}
	c, _ := start(t, fake)
	page := c.Request("scapls/page", `{"session":"s1","query":{"view":"events"}}`)
	<-running
	rpctest.Call(c.Client, wire.Close, wire.SessionParams{Session: "s1"})
	c.Fails(page, -32800)
}

func TestCancelledOpeningLeavesNothingOpen(t *testing.T) {
	fake := &rpctest.Fake{}
	running := make(chan struct{})
	c := rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, _ string) (rpc.Session, error) {
		close(running)
		<-ctx.Done()
		return fake, nil // it was too late to stop
	}), rpc.Options{})
	c.Initialize("")
	open := c.Request("scapls/open", `{"path":"x"}`)
	<-running
	c.Notify("$/cancelRequest", `{"id":`+open+`}`)
	c.Fails(open, -32800)
	require.True(t, fake.Closed())
	c.Fails(c.Request("scapls/info", `{"session":"s1"}`), -32011)
}

func TestGrownIsThrottledFollowsOpenAndEndsWithDone(t *testing.T) {
	fake := &rpctest.Fake{}
	fake.Grow(session.Progress{Events: 1})
	c, open := start(t, fake)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := uint64(2); ; n++ {
			select {
			case <-stop:
				fake.Grow(session.Progress{Events: n, Fraction: 1, Done: true})
				return
			case <-time.After(time.Millisecond):
				fake.Grow(session.Progress{Events: n, Fraction: 0.5})
			}
		}
	}()
	time.Sleep(500 * time.Millisecond)
	close(stop)
	<-stopped
	var last wire.GrownParams
	count := 0
	for !last.Progress.Done {
		before := last
		last = rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params)
		require.Equal(t, open.Session, last.Session)
		require.GreaterOrEqual(t, last.Progress.Events, before.Progress.Events)
		count++
	}
	require.GreaterOrEqual(t, count, 3)
	require.LessOrEqual(t, count, 5, "at most five a second")
	for i, m := range c.Messages() {
		if m.Method == "scapls/grown" {
			require.GreaterOrEqual(t, i, 2, "the answers to initialize and open come first")
		}
		require.NotEqual(t, "window/workDoneProgress/create", m.Method, "the client cannot show progress")
	}
}

func TestGrownNeverComesBeforeTheAnswerToOpen(t *testing.T) {
	c := rpctest.Serve(t, rpc.OpenerFunc(func(context.Context, string) (rpc.Session, error) {
		fake := &rpctest.Fake{}
		fake.Grow(session.Progress{Done: true})
		return fake, nil
	}), rpc.Options{})
	c.Initialize("")
	for range 500 {
		c.Request("scapls/open", `{"path":"x"}`)
	}
	for range 500 {
		c.Notification("scapls/grown")
	}
	open := map[string]bool{}
	for _, m := range c.Messages() {
		if m.Method == "scapls/grown" {
			require.True(t, open[rpctest.Decode[wire.GrownParams](t, m.Params).Session])
			continue
		}
		var r wire.OpenResult
		require.NoError(t, json.Unmarshal(m.Result, &r))
		open[r.Session] = true
	}
}

func TestGrownIsSentOnceForACompleteIndexUntilItGrowsAgain(t *testing.T) {
	fake := &rpctest.Fake{}
	fake.Grow(session.Progress{Events: 9, Fraction: 1, Done: true})
	c, _ := start(t, fake)
	got := rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params)
	require.True(t, got.Progress.Done)
	time.Sleep(450 * time.Millisecond) // twice the time in which another would come
	require.Equal(t, 1, countOf(c.Client, "scapls/grown"))

	fake.Grow(session.Progress{Events: 10, Fraction: 0.9})
	got = rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params)
	require.False(t, got.Progress.Done)
	require.EqualValues(t, 10, got.Progress.Events)
	fake.Grow(session.Progress{Events: 11, Fraction: 1, Done: true})
	got = rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params)
	require.True(t, got.Progress.Done)
	require.EqualValues(t, 11, got.Progress.Events)
	require.True(t, fake.Watched(), "until the session is closed")
}

// countOf returns how often a method was called so far.
func countOf(c *rpctest.Client, method string) int {
	n := 0
	for _, m := range c.Messages() {
		if m.Method == method {
			n++
		}
	}
	return n
}

func TestNothingIsToldOfAClosedSession(t *testing.T) {
	fake := &rpctest.Fake{}
	c, _ := start(t, fake)
	c.Notification("scapls/grown")
	rpctest.Call(c.Client, wire.Close, wire.SessionParams{Session: "s1"})
	require.False(t, fake.Watched())
}

// progressKinds returns the steps of work done progress so far.
func progressKinds(t *testing.T, c *rpctest.Client) (kinds []string, percent []int) {
	for _, m := range c.Messages() {
		if m.Method != "$/progress" {
			continue
		}
		var p struct {
			Token string
			Value struct {
				Kind       string
				Title      string
				Percentage *int
			}
		}
		require.NoError(t, json.Unmarshal(m.Params, &p))
		require.NotEmpty(t, p.Token)
		kinds = append(kinds, p.Value.Kind)
		if p.Value.Percentage != nil {
			percent = append(percent, *p.Value.Percentage)
		}
	}
	return kinds, percent
}

func TestProgressOfIndexing(t *testing.T) {
	fake := &rpctest.Fake{}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{})
	c.Initialize(`{"window":{"workDoneProgress":true}}`)
	rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "a.scap"})
	for i, f := range []float64{0.1, 0.2, 0.4, 0.4, 0.3, 0.8} {
		fake.Grow(session.Progress{Events: uint64(i), Fraction: f})
		time.Sleep(210 * time.Millisecond)
	}
	fake.Grow(session.Progress{Events: 10, Fraction: 1, Done: true})
	require.Eventually(t, func() bool {
		kinds, _ := progressKinds(t, c.Client)
		return len(kinds) > 0 && kinds[len(kinds)-1] == "end"
	}, rpctest.Timeout, 5*time.Millisecond)
	kinds, percent := progressKinds(t, c.Client)
	require.Equal(t, "begin", kinds[0])
	require.Contains(t, kinds, "report")
	require.IsIncreasing(t, percent)

	// A file that is still written to grows after that: no bar, and none ends twice.
	fake.Grow(session.Progress{Events: 11, Fraction: 0.9})
	time.Sleep(250 * time.Millisecond)
	fake.Grow(session.Progress{Events: 12, Fraction: 1, Done: true})
	time.Sleep(250 * time.Millisecond)
	again, _ := progressKinds(t, c.Client)
	require.Equal(t, kinds, again)
}

func TestClientThatRefusesOrIgnoresProgressStillHearsOfGrowth(t *testing.T) {
	fake := &rpctest.Fake{}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{})
	c.OnRequest(func(string) string { return "" })
	c.Initialize(`{"window":{"workDoneProgress":true}}`)
	rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "a.scap"})
	for i := range 4 {
		fake.Grow(session.Progress{Events: uint64(i)})
		c.Notification("scapls/grown")
	}
	fake.Grow(session.Progress{Done: true})
	for !rpctest.Decode[wire.GrownParams](t, c.Notification("scapls/grown").Params).Progress.Done {
	}
	rpctest.Call(c.Client, wire.Close, wire.SessionParams{Session: "s1"})
	kinds, _ := progressKinds(t, c.Client)
	require.Empty(t, kinds)
}
