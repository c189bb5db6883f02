package rpc

import (
	"context"
	"fmt"
	"strconv"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// track returns the context of a request, which ends when the client cancels it or goes away. done must be called.
// Contexts descend from the peer's, since the library uses its own again with the next request.
func (p *peer) track(id jsonrpc2.ID) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	before, reused := p.running[id]
	p.running[id] = cancel
	if reused {
		// The client used an id twice at a time. Cancelling it cancels both.
		p.running[id] = func() { before(); cancel() }
		return ctx, cancel
	}
	return ctx, func() {
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, id)
	}
}

// cancelRequest serves $/cancelRequest. A request that is answered already is not an error.
func (p *peer) cancelRequest(raw jsonrpc2.RawMessage) error {
	params, err := decode[struct {
		ID protocol.LSPAny `json:"id"` // the library's own struct has 32 bits for it
	}](raw)
	if err != nil {
		return err
	}
	var id jsonrpc2.ID
	if n, err := strconv.ParseInt(string(params.ID), 10, 64); err == nil {
		id = jsonrpc2.NewNumberID(n)
	} else {
		var s string
		if err := (codec{}).Unmarshal(params.ID, &s); err != nil || len(params.ID) == 0 || params.ID[0] != '"' {
			return fmt.Errorf("no id of a request: %.80q", params.ID)
		}
		id = jsonrpc2.NewStringID(s)
	}
	p.mu.Lock()
	cancel := p.running[id]
	p.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	return nil
}
