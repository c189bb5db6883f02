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
)

func TestInitializeAnnouncesNameVersionAndProtocol(t *testing.T) {
	c := rpctest.Serve(t, (&rpctest.Fake{}).Open(), rpc.Options{Version: "1.2.3"})
	require.JSONEq(t, `{
		"capabilities": {
			"textDocumentSync": {"openClose": true, "change": 2},
			"completionProvider": {"triggerCharacters": [".", "=", " ", "(", "{", ",", "\"", "/", "["]},
			"hoverProvider": true, "documentFormattingProvider": true, "documentSymbolProvider": true,
			"signatureHelpProvider": {"triggerCharacters": ["[", "(", "."]},
			"codeActionProvider": {"codeActionKinds": ["quickfix"]},
			"semanticTokensProvider": {"full": true, "legend": {"tokenModifiers": [], "tokenTypes": [
				"property", "operator", "keyword", "string", "number", "function", "comment", "namespace", "variable"
			]}},
			"experimental": {"scapls": {"protocol": 1}}
		},
		"serverInfo": {"name": "scapls", "version": "1.2.3"}
	}`, string(c.Initialize("")))
}

func TestInitializeTakesCapabilitiesItDoesNotKnow(t *testing.T) {
	c := rpctest.Serve(t, (&rpctest.Fake{}).Open(), rpc.Options{})
	c.Initialize(`{"window":null,"textDocument":{"synchronization":7},"general":{"positionEncodings":"new"}}`)
}

func TestRequestsBeforeInitializeAreRefused(t *testing.T) {
	c := rpctest.Serve(t, (&rpctest.Fake{}).Open(), rpc.Options{})
	c.Notify("initialized", "{}")
	c.Fails(c.Request("scapls/open", `{"path":"x"}`), -32002)
	c.Fails(c.Request("shutdown", ""), -32002)
	c.Initialize("")
	c.Fails(c.Request("initialize", `{"capabilities":{}}`), -32600)
	c.Fails(c.Request("scapls/nothing", `{}`), -32601)
	c.Fails(c.Request("textDocument/rename", `{}`), -32601)
}

func TestShutdownClosesSessionsAndExitEnds(t *testing.T) {
	fake := &rpctest.Fake{}
	c, _ := start(t, fake)
	require.Equal(t, "null", string(c.Result(c.Request("shutdown", ""))))
	require.True(t, fake.Closed())
	c.Fails(c.Request("scapls/open", `{"path":"x"}`), -32600)
	c.Fails(c.Request("shutdown", ""), -32600)
	c.Notify("exit", "")
	require.NoError(t, c.Wait())
	c.Closed()
}

func TestShutdownIsAnsweredEvenWhenExitComesRightBehind(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{OnClose: func() error {
		time.Sleep(50 * time.Millisecond)
		return nil
	}})
	shutdown := c.Request("shutdown", "")
	c.Notify("exit", "")
	require.NoError(t, c.Wait())
	c.Result(shutdown)
	c.Closed()
}

func TestExitWithoutShutdownIsAnError(t *testing.T) {
	fake := &rpctest.Fake{}
	c, _ := start(t, fake)
	c.Notify("exit", "")
	require.ErrorIs(t, c.Wait(), rpc.ErrNoShutdown)
	require.True(t, fake.Closed())
}

func TestEndOfInputClosesAllSessions(t *testing.T) {
	var fakes []*rpctest.Fake
	c := rpctest.Serve(t, rpc.OpenerFunc(func(context.Context, string) (rpc.Session, error) {
		f := &rpctest.Fake{}
		fakes = append(fakes, f)
		return f, nil
	}), rpc.Options{})
	c.Initialize("")
	for range 3 {
		rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: "x"})
	}
	c.CloseInput()
	require.NoError(t, c.Wait())
	require.Len(t, fakes, 3)
	for _, f := range fakes {
		require.True(t, f.Closed())
	}
}

func TestInputThatEndsInsideAMessageIsAnError(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	require.NoError(t, c.Raw("Content-Length: 100\r\n\r\n{"))
	c.CloseInput()
	require.ErrorContains(t, c.Wait(), "unexpected EOF")
}

func TestServeEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("terminated")
	c := rpctest.ServeContext(ctx, t, (&rpctest.Fake{}).Open(), rpc.Options{})
	c.Initialize("")
	cancel(stop)
	require.ErrorIs(t, c.Wait(), stop)
}

func TestBatch(t *testing.T) {
	c, _ := start(t, &rpctest.Fake{})
	require.NoError(t, c.Send(`[
		{"jsonrpc":"2.0","id":"a","method":"scapls/open","params":{"path":"x"}},
		{"jsonrpc":"2.0","method":"nothing/known"},
		{"jsonrpc":"2.0","id":"b","method":"scapls/info","params":{"session":"s2"}},
		{"jsonrpc":"2.0","id":1.5,"method":"scapls/info","params":{"session":"s2"}},
		{"jsonrpc":"2.0","id":"c","method":"scapls/close","params":{"session":"s2"}}
	]`))
	var open wire.OpenResult
	require.NoError(t, json.Unmarshal(c.Result(`"a"`), &open))
	require.Equal(t, "s2", open.Session)
	c.Result(`"c"`)
	c.Fails("null", -32600)
}
