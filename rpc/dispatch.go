package rpc

import (
	"context"
	"log/slog"
	"runtime/debug"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/scapls/scapls/rpc/wire"
)

// request is a call on its way through the server.
type request struct {
	id     jsonrpc2.ID
	lib    context.Context // the library's context: good for Async, and for nothing else
	passed bool
}

// pass lets the next message be read. It comes exactly once for every message: before the work of concurrent methods,
// after the first half of ordered ones. Besides the order it keeps the library from using the request again.
func (r *request) pass() {
	if !r.passed {
		r.passed = true
		jsonrpc2.Async(r.lib)
	}
}

// handler serves one method. It calls r.pass.
type handler func(ctx context.Context, r *request, params jsonrpc2.RawMessage) (jsonrpc2.RawMessage, error)

// entry is a row of the dispatch table.
type entry struct {
	info  wire.MethodInfo
	serve handler
}

// concurrent serves a method beside all others. At most limit of them work at a time; the others wait.
func concurrent[P, R any](p *peer, m wire.Method[P, R], f func(context.Context, *P) (R, error)) entry {
	return entry{m.MethodInfo, func(ctx context.Context, r *request, raw jsonrpc2.RawMessage) (jsonrpc2.RawMessage, error) {
		r.pass()
		params, err := decode[P](raw)
		if err != nil {
			return nil, err
		}
		select {
		case p.limit <- struct{}{}:
			defer func() { <-p.limit }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		result, err := f(ctx, params)
		if err != nil {
			return nil, err
		}
		return encode(result)
	}}
}

// ordered serves a method in two halves: begin runs before the next message is read and must not wait; what it returns
// runs beside other methods.
func ordered[P, R any](m wire.Method[P, R], begin func(*request, *P) (func(context.Context) (R, error), error)) entry {
	return entry{m.MethodInfo, func(ctx context.Context, r *request, raw jsonrpc2.RawMessage) (jsonrpc2.RawMessage, error) {
		params, err := decode[P](raw)
		if err != nil {
			return nil, err
		}
		finish, err := begin(r, params)
		if err != nil {
			return nil, err
		}
		r.pass()
		result, err := finish(ctx)
		if err != nil {
			return nil, err
		}
		return encode(result)
	}}
}

// handle is the library's handler: every message comes here, on the reading goroutine.
func (p *peer) handle(lib context.Context, req *jsonrpc2.Request) (any, error) {
	r := &request{id: req.ID(), lib: lib}
	defer r.pass()
	if !req.IsCall() {
		// An error or panic of a notification would end the connection.
		p.notification(r, req)
		return nil, nil
	}
	ctx, done := p.track(r.id)
	defer done()
	start := time.Now()
	result, err := p.call(ctx, r, req)
	if err == nil {
		p.log.Debug("served", "method", req.Method(), "took", time.Since(start))
		return result, nil
	}
	coded := wireError(err)
	if coded.Code == jsonrpc2.InternalError && ctx.Err() != nil && !kind[*panicError](err) {
		// What breaks because of a cancellation is a cancellation.
		coded = wireError(ctx.Err())
	}
	level := slog.LevelDebug
	if coded.Code == jsonrpc2.InternalError {
		level = slog.LevelError
	}
	p.log.Log(ctx, level, "request failed", "method", req.Method(), "code", coded.Code, "err", err)
	return nil, coded
}

// call runs the handler of a request and turns a panic into an error.
func (p *peer) call(ctx context.Context, r *request, req *jsonrpc2.Request) (result jsonrpc2.RawMessage, err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("panic in a handler", "method", req.Method(), "panic", v, "stack", string(debug.Stack()))
			err = &panicError{v}
		}
	}()
	if err := p.admit(req.Method()); err != nil {
		return nil, err
	}
	e, ok := p.methods[req.Method()]
	if !ok {
		return nil, jsonrpc2.Errorf(jsonrpc2.MethodNotFound, "no method %s", valid(req.Method()))
	}
	return e.serve(ctx, r, req.Params())
}

// notification serves a message that is not answered. Unknown ones are ignored, as LSP wants.
func (p *peer) notification(r *request, req *jsonrpc2.Request) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("panic in a notification", "method", req.Method(), "panic", v, "stack", string(debug.Stack()))
		}
	}()
	var err error
	switch req.Method() {
	case "$/cancelRequest":
		err = p.cancelRequest(req.Params())
	case "exit":
		r.pass()
		p.exit()
	case "initialized":
		p.storeWatch.poke()
	case "textDocument/didOpen", "textDocument/didChange", "textDocument/didClose":
		err = p.documentChanged(r, req.Method(), req.Params())
	default:
		p.log.Debug("ignored a notification", "method", req.Method())
	}
	if err != nil {
		p.log.Warn("notification failed", "method", req.Method(), "err", err)
	}
}
