package rpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
)

// serveCaptures opens captures as the program does.
func serveCaptures(t *testing.T) *rpctest.Server {
	t.Helper()
	return rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, path string) (rpc.Session, error) {
		return session.Open(ctx, path, session.Options{})
	}), rpc.Options{})
}

// caretOf returns the position of the caret's mark in a text, and the text without it.
func caretOf(text string) (string, string) {
	before, after, _ := strings.Cut(text, "|")
	line := strings.Count(before, "\n")
	column := 0
	for _, r := range before[strings.LastIndexByte(before, '\n')+1:] {
		column++
		if r > 0xFFFF {
			column++
		}
	}
	return before + after, fmt.Sprintf(`{"line":%d,"character":%d}`, line, column)
}

const doc = `"textDocument":{"uri":"file:///team.scapfilter"}`

// openDoc opens a document and returns what is said of it.
func openDoc(c *rpctest.Server, version int, text string) []diagnostic {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	c.Notify("textDocument/didOpen", fmt.Sprintf(`{"textDocument":{"uri":"file:///team.scapfilter","languageId":"scapfilter","version":%d,"text":%s}}`, version, b))
	return published(c)
}

type diagnostic struct {
	Range    json.RawMessage
	Severity int
	Source   string
	Message  string
}

func published(c *rpctest.Server) []diagnostic {
	var p struct{ Diagnostics []diagnostic }
	if err := json.Unmarshal(c.Notification("textDocument/publishDiagnostics").Params, &p); err != nil {
		panic(err)
	}
	return p.Diagnostics
}

type completions struct {
	IsIncomplete bool
	Items        []struct {
		Label, Detail, FilterText string
		InsertTextFormat          int
		TextEdit                  struct{ NewText string }
		Command                   struct{ Command string }
	}
}

// completeAt opens a document with a caret's mark and asks what may stand there.
func completeAt(t *testing.T, c *rpctest.Server, text string) completions {
	t.Helper()
	text, at := caretOf(text)
	openDoc(c, 1, text)
	var list completions
	require.NoError(t, json.Unmarshal(c.Result(c.Request("textDocument/completion", `{`+doc+`,"position":`+at+`}`)), &list))
	return list
}

func TestDocumentsOfFiltersAreChecked(t *testing.T) {
	c := serveCaptures(t)
	c.Initialize("")
	list := openDoc(c, 1, "# é𝄞\n[G]\ngood: proc.name = x\nbad: proc.nme = x\n")
	require.Len(t, list, 1)
	require.Equal(t, 1, list[0].Severity)
	require.Contains(t, list[0].Message, "proc.nme")
	require.JSONEq(t, `{"start":{"line":3,"character":5},"end":{"line":3,"character":13}}`, string(list[0].Range))

	var actions []struct {
		Title string
		Edit  struct {
			Changes map[string][]struct{ NewText string }
		}
	}
	require.NoError(t, json.Unmarshal(c.Result(c.Request("textDocument/codeAction", `{`+doc+`,"range":{"start":{"line":3,"character":6},"end":{"line":3,"character":6}},"context":{"diagnostics":[]}}`)), &actions))
	require.Equal(t, "write proc.name", actions[0].Title)
	require.Equal(t, "proc.name", actions[0].Edit.Changes["file:///team.scapfilter"][0].NewText)

	c.Notify("textDocument/didChange", `{"textDocument":{"uri":"file:///team.scapfilter","version":2},"contentChanges":[{"range":{"start":{"line":3,"character":5},"end":{"line":3,"character":13}},"text":"proc.name"}]}`)
	require.Empty(t, published(c))
	c.Notify("textDocument/didChange", `{"textDocument":{"uri":"file:///team.scapfilter","version":3},"contentChanges":[{"text":"nothing\n"}]}`)
	require.Len(t, published(c), 1)
	c.Notify("textDocument/didClose", `{`+doc+`}`)
	require.Empty(t, published(c))
	c.Fails(c.Request("textDocument/hover", `{`+doc+`,"position":{"line":0,"character":0}}`), -32602)
}

func TestMistakesOfNotificationsDoNotEndTheConnection(t *testing.T) {
	c := serveCaptures(t)
	c.Initialize("")
	for _, m := range []string{"textDocument/didOpen", "textDocument/didChange", "textDocument/didClose"} {
		c.Notify(m, `{}`)
		c.Notify(m, ``)
		c.Notify(m, `{"textDocument":7}`)
		c.Notify(m, `{"textDocument":{"uri":"file:///x","version":1},"contentChanges":[{"range":{"start":{"line":9,"character":9},"end":{"line":1,"character":1}},"text":"x"}]}`)
	}
	require.Empty(t, openDoc(c, 1, "a: evt.num > 3\n"))
	c.Notify("textDocument/didChange", `{"textDocument":{"uri":"file:///team.scapfilter","version":2},"contentChanges":[{"range":{"start":{"line":9,"character":9},"end":{"line":0,"character":3}},"text":"x: evt.num = 1"}]}`)
	require.NotNil(t, published(c))
}

func TestCompletionsInDocumentsKnowTheCapture(t *testing.T) {
	c := serveCaptures(t)
	c.Initialize(`{"textDocument":{"completion":{"completionItem":{"snippetSupport":true}}}}`)
	list := completeAt(t, c, "[G]\na: proc.na|\n")
	require.Equal(t, "proc.name", list.Items[0].Label)
	require.Equal(t, "proc.na", list.Items[0].FilterText)
	require.Equal(t, "editor.action.triggerSuggest", list.Items[0].Command.Command)
	list = completeAt(t, c, "a: evt.type |")
	for _, it := range list.Items {
		if it.Label == "in" {
			require.Equal(t, "in ($0)", it.TextEdit.NewText)
			require.Equal(t, 2, it.InsertTextFormat)
		}
	}
	require.Empty(t, completeAt(t, c, "a: proc.name = |").Items, "no capture is open")
	require.Empty(t, completeAt(t, c, "# proc.na|").Items)

	rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: scapiotest.Repo(t, "live_old-sysmix.scap")})
	require.Eventually(t, func() bool {
		list = completeAt(t, c, "é: proc.name = sys|")
		return len(list.Items) > 0
	}, rpctest.Timeout, 20e6)
	require.Equal(t, "sysmix", list.Items[0].Label)
	require.Contains(t, list.Items[0].Detail, " events")
	list = completeAt(t, c, "a (wireshark): evt.num > 3 &&\n    sysdig.event_name == \"sock|\"")
	require.Equal(t, `"socket"`, list.Items[0].TextEdit.NewText)
}

func TestHoverSignatureFormatSymbolsAndColours(t *testing.T) {
	c := serveCaptures(t)
	c.Initialize("")
	text := "# head\n[Web]\nfirst:  proc.aname[1]=x  and evt.res = ENOENT\n\n[Other]\nsecond (wireshark): proc.name == \"a\" &&\n  fd.num==3\n"
	require.Empty(t, openDoc(c, 1, text))
	ask := func(method, position string) string {
		return string(c.Result(c.Request("textDocument/"+method, `{`+doc+position+`}`)))
	}
	require.Contains(t, ask("hover", `,"position":{"line":2,"character":41}`), "does not exist")
	require.Equal(t, "null", ask("hover", `,"position":{"line":0,"character":2}`))
	require.Contains(t, ask("signatureHelp", `,"position":{"line":2,"character":19}`), `"label":"proc.aname[level]"`)
	require.Equal(t, "null", ask("signatureHelp", `,"position":{"line":2,"character":30}`))

	var edits []struct{ NewText string }
	require.NoError(t, json.Unmarshal([]byte(ask("formatting", `,"options":{"tabSize":4,"insertSpaces":true}`)), &edits))
	require.Equal(t, "# head\n[Web]\nfirst: proc.aname[1] = x and evt.res = ENOENT\n\n[Other]\nsecond (wireshark):\n    proc.name == \"a\"\n    and fd.num == 3\n", edits[0].NewText)

	var symbols []struct {
		Name     string
		Children []struct{ Name, Detail string }
	}
	require.NoError(t, json.Unmarshal([]byte(ask("documentSymbol", "")), &symbols))
	require.Equal(t, "Web", symbols[0].Name)
	require.Equal(t, "second", symbols[1].Children[0].Name)
	require.Equal(t, `proc.name == "a" && fd.num==3`, symbols[1].Children[0].Detail)

	var tokens struct{ Data []uint32 }
	require.NoError(t, json.Unmarshal([]byte(ask("semanticTokens/full", "")), &tokens))
	require.Equal(t, []uint32{
		0, 0, 6, 6, 0, // # head
		1, 0, 5, 7, 0, // [Web]
		1, 0, 5, 8, 0, 0, 8, 13, 0, 0, 0, 13, 1, 1, 0, 0, 1, 1, 3, 0, 0, 3, 3, 2, 0, 0, 4, 7, 0, 0, 0, 8, 1, 1, 0, 0, 2, 6, 3, 0,
		2, 0, 7, 7, 0, // [Other]
		1, 0, 6, 8, 0, 0, 20, 9, 0, 0, 0, 10, 2, 1, 0, 0, 3, 3, 3, 0, 0, 4, 2, 2, 0,
		1, 2, 6, 0, 0, 0, 6, 2, 1, 0, 0, 2, 1, 4, 0,
	}, tokens.Data)
}
