package rpc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/scapls/scapls/rpc/wire"
)

// phase is how far the lifecycle of LSP is.
type phase int

const (
	fresh phase = iota
	initialized
	shutDown
)

// errExit ends a connection after the notification exit.
var errExit = errors.New("client sent exit")

// admit refuses requests that do not fit the phase.
func (p *peer) admit(method string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.phase == fresh && method != "initialize":
		return jsonrpc2.NewError(jsonrpc2.ServerNotInitialized, "the first request must be initialize")
	case p.phase == shutDown:
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "the server is shut down; only exit may follow")
	case p.phase == initialized && method == "initialize":
		return jsonrpc2.NewError(jsonrpc2.InvalidRequest, "initialize may be sent once")
	}
	return nil
}

// isInitialized reports whether messages may be sent to the client.
func (p *peer) isInitialized() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == initialized
}

// initializeParams is the part of LSP's InitializeParams that matters here. The rest is not even decoded, so that a
// client newer than this server is no error.
type initializeParams struct {
	ClientInfo struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"clientInfo"`
	Capabilities struct {
		TextDocument struct {
			Completion struct {
				CompletionItem struct {
					SnippetSupport bool `json:"snippetSupport"`
				} `json:"completionItem"`
			} `json:"completion"`
		} `json:"textDocument"`
		Window struct {
			WorkDoneProgress bool `json:"workDoneProgress"`
		} `json:"window"`
	} `json:"capabilities"`
}

// experimental is what initialize announces below capabilities.experimental.
type experimental struct {
	Scapls struct {
		Protocol int `json:"protocol"`
	} `json:"scapls"`
}

// initialize is the first request. It is ordered, so that requests sent right behind it are admitted.
func (p *peer) initialize(_ context.Context, _ *request, raw jsonrpc2.RawMessage) (jsonrpc2.RawMessage, error) {
	params, err := decode[initializeParams](raw)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.phase = initialized
	p.snippets = params.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport
	p.canProgress = params.Capabilities.Window.WorkDoneProgress
	p.mu.Unlock()
	p.log.Info("client connected", "client", params.ClientInfo.Name, "version", params.ClientInfo.Version)

	var exp experimental
	exp.Scapls.Protocol = wire.ProtocolVersion
	value, err := encode(exp)
	if err != nil {
		return nil, err
	}
	can := capabilities()
	can.Experimental = protocol.LSPAny(value)
	return encode(&protocol.InitializeResult{
		Capabilities: can,
		ServerInfo:   protocol.ServerInfo{Name: "scapls", Version: protocol.NewOptional(p.version)},
	})
}

// shutdown closes all sessions. Requests that still run are cancelled by that.
func (p *peer) shutdown(ctx context.Context, r *request, _ jsonrpc2.RawMessage) (jsonrpc2.RawMessage, error) {
	answered := make(chan struct{})
	p.mu.Lock()
	p.phase = shutDown
	p.shutdownAnswered = answered
	p.mu.Unlock()
	p.stream.after(r.id, func() { close(answered) })
	r.pass()
	if err := p.closeAll(ctx); err != nil {
		return nil, fmt.Errorf("close the sessions: %w", err)
	}
	return encode(nil)
}

// exit ends the connection, after the answer to a shutdown that came right before it.
func (p *peer) exit() {
	p.mu.Lock()
	answered := p.shutdownAnswered
	p.mu.Unlock()
	if answered != nil {
		select {
		case <-answered:
		case <-p.ctx.Done():
		case <-time.After(p.grace):
		}
	}
	p.end(errExit)
}
