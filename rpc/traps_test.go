package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// These are the ways in which a client, or a bug here, could end the connection or the process by way of the JSON-RPC
// library. Each must leave a connection that still answers.

// alive checks that the connection still answers.
func alive(t *testing.T, c *rpctest.Client) {
	t.Helper()
	c.Result(c.Request("scapls/info", `{"session":"s1"}`))
}

func TestMessagesThatTheLibraryWouldEndTheConnectionFor(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		id         string // of the answer; "" if there is none
		code       int
	}{
		{"unknown notification", `{"jsonrpc":"2.0","method":"workspace/didChangeConfiguration","params":{}}`, "", 0},
		{"unknown notification with $ and without params", `{"jsonrpc":"2.0","method":"$/setTrace"}`, "", 0},
		{"initialized without params", `{"jsonrpc":"2.0","method":"initialized"}`, "", 0},
		{"method of a request sent as a notification", `{"jsonrpc":"2.0","method":"scapls/info","params":{}}`, "", 0},
		{"cancel without params", `{"jsonrpc":"2.0","method":"$/cancelRequest"}`, "", 0},
		{"cancel with a broken id", `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":{}}}`, "", 0},
		{"cancel with an id above 32 bits", `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":4294967296123}}`, "", 0},
		{"fractional id", `{"jsonrpc":"2.0","id":1.5,"method":"scapls/info","params":{"session":"s1"}}`, "1.5", -32600},
		{"object as id", `{"jsonrpc":"2.0","id":{},"method":"scapls/info","params":{"session":"s1"}}`, "null", -32600},
		{"wrong version", `{"jsonrpc":"1.0","id":77,"method":"scapls/info","params":{"session":"s1"}}`, "77", -32600},
		{"no version", `{"id":"v","method":"scapls/info","params":{"session":"s1"}}`, `"v"`, -32600},
		{"truncated JSON", `{"jsonrpc":"2.0","id":78,"method":"scap`, "null", -32700},
		{"no JSON at all", `hello`, "null", -32700},
		{"empty message", ``, "null", -32700},
		{"truncated batch", `[{"jsonrpc":"2.0"`, "null", -32700},
		{"empty batch", `[]`, "null", -32600},
		{"a number", `3`, "null", -32600},
		{"method that is no string", `{"jsonrpc":"2.0","id":79,"method":5}`, "79", -32600},
		{"malformed answer", `{"jsonrpc":"2.0","id":80}`, "", 0},
		{"answer to nothing", `{"jsonrpc":"2.0","id":81,"result":null}`, "", 0},
		{"broken params inside a sound frame", `{"jsonrpc":"2.0","id":82,"method":"scapls/info","params":{"session":nul}}`, "82", -32602},
		{"unknown request with $", `{"jsonrpc":"2.0","id":83,"method":"$/unknown"}`, "83", -32601},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, _ := start(t, &rpctest.Fake{})
			require.NoError(t, c.Send(tc.body))
			if tc.id != "" {
				c.Fails(tc.id, tc.code)
			}
			alive(t, c.Client)
		})
	}
}

func TestPanicsAreAnsweredAndLogged(t *testing.T) {
	var log lockedBuffer
	fake := &rpctest.Fake{OnPage: func(context.Context, session.PageRequest) (*session.Page, error) { panic("boom \xff") }}
	c := rpctest.Serve(t, rpc.OpenerFunc(func(_ context.Context, path string) (rpc.Session, error) {
		if path == "panic" {
			panic("no opener")
		}
		return fake, nil
	}), rpc.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	c.Initialize("")
	rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "x"})

	e := c.Fails(c.Request("scapls/page", `{"session":"s1","query":{"view":"events"},"count":1}`), -32603)
	require.Equal(t, wire.ErrorInternal, e.Data.Kind)
	require.Equal(t, "panic: boom \uFFFD", e.Data.Cause)
	require.Contains(t, log.String(), "traps_test.go", "the stack is in the log")
	alive(t, c.Client)

	c.Fails(c.Request("scapls/open", `{"path":"panic"}`), -32603)
	c.Fails(c.Request("scapls/info", `{"session":"s2"}`), -32011)
	alive(t, c.Client)

	fake.OnColumns = func() []session.Column { panic("half open") }
	c.Fails(c.Request("scapls/open", `{"path":"x"}`), -32603)
	c.Fails(c.Request("scapls/info", `{"session":"s3"}`), -32011)
	require.True(t, fake.Closed(), "a session that was opened halfway is closed")
}

func TestInvalidUTF8DoesNotFailAPage(t *testing.T) {
	fake := &rpctest.Fake{OnPage: func(context.Context, session.PageRequest) (*session.Page, error) {
		return &session.Page{Rows: []session.Row{{Cells: []string{"a\xffb", "<&>\u2028"}}}}, nil
	}}
	c, open := start(t, fake)
	page := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{Session: open.Session, Query: wire.Query{View: "events"}, Count: 1})
	require.Equal(t, []string{"a\uFFFDb", "<&>\u2028"}, page.Rows[0].Cells)

	require.NoError(t, c.Send(`{"jsonrpc":"2.0","id":"u","method":"scapls/`+"\xff"+`","params":{}}`))
	c.Fails(`"u"`, -32601)
	require.NoError(t, c.Send(`{"jsonrpc":"2.0","id":"p","method":"scapls/info","params":{"session":"`+"\xff"+`"}}`))
	c.Fails(`"p"`, -32011)
	alive(t, c.Client)
}

func TestEndOfInputCancelsRunningHandlers(t *testing.T) {
	running := make(chan struct{}, 1)
	fake := &rpctest.Fake{OnPage: func(ctx context.Context, _ session.PageRequest) (*session.Page, error) {
		running <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	c, _ := start(t, fake)
	c.Request("scapls/page", `{"session":"s1","query":{"view":"events"},"count":1}`)
	<-running
	begin := time.Now()
	c.CloseInput()
	require.NoError(t, c.Wait())
	require.Less(t, time.Since(begin), time.Second)
	require.True(t, fake.Closed())
}

func TestEndOfInputCancelsAnOpening(t *testing.T) {
	running := make(chan struct{})
	c := rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, _ string) (rpc.Session, error) {
		close(running)
		<-ctx.Done()
		return nil, ctx.Err()
	}), rpc.Options{})
	c.Initialize("")
	c.Request("scapls/open", `{"path":"x"}`)
	<-running
	c.CloseInput()
	require.NoError(t, c.Wait())
}

func TestServeDoesNotWaitForeverForADeafHandler(t *testing.T) {
	running, release := make(chan struct{}), make(chan struct{})
	fake := &rpctest.Fake{OnPage: func(context.Context, session.PageRequest) (*session.Page, error) {
		close(running)
		<-release
		return &session.Page{}, nil
	}}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{Grace: 50 * time.Millisecond})
	c.Initialize("")
	rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "x"})
	c.Request("scapls/page", `{"session":"s1","query":{"view":"events"},"count":1}`)
	<-running
	c.CloseInput()
	require.NoError(t, c.Wait())
	require.False(t, fake.Closed(), "no session is closed under a handler that uses it")
	close(release)
	require.Eventually(t, fake.Closed, rpctest.Timeout, time.Millisecond)
}

func TestClientThatDoesNotReadCannotHoldUpTheEnd(t *testing.T) {
	c := rpctest.ServeDeaf(t, (&rpctest.Fake{}).Open(), rpc.Options{Grace: 50 * time.Millisecond})
	c.Request("initialize", `{"capabilities":{}}`)
	c.CloseInput()
	require.NoError(t, c.Wait())
}

func TestTwoThousandImmediateCancels(t *testing.T) {
	fake := &rpctest.Fake{OnPage: func(ctx context.Context, _ session.PageRequest) (*session.Page, error) {
		<-ctx.Done()
		return nil, fmt.Errorf("read the file: %w", ctx.Err())
	}}
	c, _ := start(t, fake)
	const n = 2000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = c.Request("scapls/page", `{"session":"s1","query":{"view":"events"},"count":500}`)
		c.Notify("$/cancelRequest", `{"id":`+ids[i]+`}`)
	}
	for _, id := range ids {
		e := c.Fails(id, -32800)
		require.Equal(t, wire.ErrorCancelled, e.Data.Kind)
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(256<<20))
	alive(t, c.Client)
}

func TestCancelFindsEveryFormOfId(t *testing.T) {
	fake := &rpctest.Fake{OnPage: func(ctx context.Context, _ session.PageRequest) (*session.Page, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	c, _ := start(t, fake)
	for _, id := range []string{`"text"`, `-5`, `4294967296123`, `"12"`} {
		require.NoError(t, c.Send(`{"jsonrpc":"2.0","id":`+id+`,"method":"scapls/page","params":{"session":"s1","query":{"view":"events"}}}`))
		c.Notify("$/cancelRequest", `{"id":`+id+`}`)
		c.Fails(id, -32800)
	}
}

func TestSlowHandlersDoNotBlockQuickOnes(t *testing.T) {
	release := make(chan struct{})
	fake := &rpctest.Fake{OnPage: func(ctx context.Context, _ session.PageRequest) (*session.Page, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return &session.Page{}, ctx.Err()
	}}
	c, _ := start(t, fake)
	slow := c.Request("scapls/page", `{"session":"s1","query":{"view":"events"}}`)
	for range 100 {
		alive(t, c.Client)
	}
	require.False(t, c.Answered(slow))
	close(release)
	c.Result(slow)
}

func TestSlowOpeningDoesNotBlockOthers(t *testing.T) {
	release := make(chan struct{})
	c := rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, path string) (rpc.Session, error) {
		if path == "slow" {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return &rpctest.Fake{}, nil
	}), rpc.Options{})
	c.Initialize("")
	rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "quick"})
	slow := c.Request("scapls/open", `{"path":"slow"}`)
	page := c.Request("scapls/page", `{"session":"s2","query":{"view":"events"},"count":1}`)
	alive(t, c.Client)
	require.False(t, c.Answered(slow))
	require.False(t, c.Answered(page))
	close(release)
	c.Result(slow)
	c.Result(page)
}

func TestAPageRightBehindItsOpenFindsTheSession(t *testing.T) {
	c := rpctest.Serve(t, rpc.OpenerFunc(func(context.Context, string) (rpc.Session, error) { return &rpctest.Fake{}, nil }), rpc.Options{})
	c.Initialize("")
	for i := range 300 {
		s := fmt.Sprintf(`{"session":"s%d","query":{"view":"events"},"count":2}`, i+1)
		open := c.Request("scapls/open", `{"path":"x"}`)
		page := c.Request("scapls/page", s)
		gone := c.Request("scapls/close", s)
		late := c.Request("scapls/page", s)
		again := c.Request("scapls/close", s)
		c.Fails(late, -32011)
		c.Fails(again, -32011)
		c.Result(gone)
		// The close may have overtaken the opening and the page, which then are cancelled, but not unknown.
		for _, id := range []string{open, page} {
			if e := c.Answer(id).Error; e != nil {
				require.Contains(t, []int{-32800, -32011}, e.Code, e.Message)
			}
		}
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	var calls atomic.Int64
	fake := &rpctest.Fake{OnItems: func(_ context.Context, _ string, at uint64, _ int64) (string, []session.Item, error) {
		calls.Add(1)
		return fmt.Sprint(at), nil, nil
	}}
	c, _ := start(t, fake)
	const senders, each = 8, 500
	ids := make([][]string, senders)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			for n := range each {
				ids[i] = append(ids[i], c.Request("scapls/users", fmt.Sprintf(`{"session":"s1","num":%d}`, i*each+n)))
			}
		})
	}
	wg.Wait()
	for i := range senders {
		for n, id := range ids[i] {
			var got wire.ItemsResult
			require.NoError(t, json.Unmarshal(c.Result(id), &got))
			require.Equal(t, fmt.Sprint(i*each+n), got.Title, "params are those of the request")
		}
	}
	require.EqualValues(t, senders*each, calls.Load())
}

func TestHugeMessagesAreSkippedAndNotStored(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	const size = 17 << 20
	require.NoError(t, c.Raw(fmt.Sprintf("Content-Length: %d\r\n\r\n", size)))
	chunk := strings.Repeat(" ", 1<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range size >> 20 {
		require.NoError(t, c.Raw(chunk))
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(size+(4<<20)), "the client itself copies what it sends")
	c.Fails("null", -32600)
	alive(t, c.Client)
}

func TestMemoryIsNotReservedOnTheWordOfAHeader(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, c.Raw("Content-Length: 16000000\r\n\r\n{"))
	c.CloseInput()
	require.Error(t, c.Wait())
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func TestBrokenHeadersEndTheConnection(t *testing.T) {
	for name, raw := range map[string]string{
		"no length":       "Content-Type: x\r\n\r\n",
		"negative length": "Content-Length: -3\r\n\r\n",
		"no number":       "Content-Length: 99999999999999999999\r\n\r\n",
		"no colon":        "hello\r\n\r\n",
		"endless":         strings.Repeat("A: b\r\n", 5000),
		"endless line":    strings.Repeat("x", 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			fake := &rpctest.Fake{}
			c, _ := start(t, fake)
			go func() { _ = c.Raw(raw) }()
			require.Error(t, c.Wait())
			require.True(t, fake.Closed())
		})
	}
}

func TestHeadersAsOtherClientsWriteThem(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	body := `{"jsonrpc":"2.0","id":"h","method":"scapls/info","params":{"session":"s1"}}`
	require.NoError(t, c.Raw(fmt.Sprintf("content-type: application/vscode-jsonrpc; charset=utf-8\ncontent-length:%d \n\n%s", len(body), body)))
	c.Result(`"h"`)
}

// lockedBuffer is a buffer that a logger and a test may use at the same time.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
