package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"go.lsp.dev/jsonrpc2"

	"github.com/scapls/scapls/session/store"
)

// Options are what a server needs besides its opener. The zero value works.
type Options struct {
	Version string        // of scapls, told to clients; empty is "devel"
	Logger  *slog.Logger  // nil logs nothing
	Grace   time.Duration // how long Serve waits for handlers that do not heed their context; 0 is 2 s
	Store   *store.Store  // what is kept between runs; nil keeps it in memory
	// Together opens several captures as one; nil: that cannot be done.
	Together func(ctx context.Context, paths []string) (Together, error)
}

// Server serves captures to editors.
type Server struct {
	opener Opener
	opts   Options
}

// NewServer returns a server of the captures that opener opens.
func NewServer(opener Opener, opts Options) *Server {
	if opts.Version == "" {
		opts.Version = "devel"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Grace == 0 {
		opts.Grace = 2 * time.Second
	}
	return &Server{opener: opener, opts: opts}
}

// peer is one client. mu guards the fields below it.
type peer struct {
	opener  Opener
	several func(ctx context.Context, paths []string) (Together, error)
	version string
	grace   time.Duration
	log     *slog.Logger
	store   *store.Store
	ctx     context.Context // of the connection; parent of every handler's
	end     context.CancelCauseFunc
	stream  *stream
	conn    jsonrpc2.Conn
	methods map[string]entry
	limit   chan struct{} // one token for each working handler of a concurrent method

	storeWatch *storeWatch

	docs documents

	mu               sync.Mutex
	phase            phase
	canProgress      bool          // the client shows work done progress
	shutdownAnswered chan struct{} // nil before shutdown
	running          map[jsonrpc2.ID]context.CancelFunc
	sessions         map[string]*slot
	recent           string // id of the session that was used last
	snippets         bool   // the client takes a place for the caret in what a completion inserts
	lastSession      int
	lastToken        int
}

// Serve serves one client until it sends exit, its input ends, or ctx ends; then it cancels what runs, closes all
// sessions and both streams. It returns nil after exit or an orderly end of the input, [ErrNoShutdown] after an exit
// without shutdown, and otherwise what went wrong.
//
// A goroutine that is blocked reading in may outlive Serve if closing in does not unblock it, as with a terminal or a
// pipe; so the caller should end the process.
func (s *Server) Serve(ctx context.Context, in io.ReadCloser, out io.WriteCloser) error {
	kept := s.opts.Store
	if kept == nil {
		kept = store.Memory()
		defer kept.Close()
	}
	p := &peer{
		opener:   s.opener,
		several:  s.opts.Together,
		version:  s.opts.Version,
		grace:    s.opts.Grace,
		log:      s.opts.Logger,
		store:    kept,
		limit:    make(chan struct{}, 16*runtime.GOMAXPROCS(0)),
		running:  map[jsonrpc2.ID]context.CancelFunc{},
		sessions: map[string]*slot{},
	}
	p.ctx, p.end = context.WithCancelCause(ctx)
	p.stream = newStream(in, out, p.log, p.end)
	p.conn = jsonrpc2.NewConn(p.stream, jsonrpc2.WithCodec(codec{}))
	p.methods = p.table()
	p.storeWatch = &storeWatch{wake: make(chan struct{}, 1), own: map[store.Kind]bool{}, foreign: map[store.Kind]bool{}}

	go p.stream.pump(p.ctx.Done())
	go p.watchStore(p.store.OnChange(p.storeWatch.changed))
	p.conn.Go(p.ctx, p.handle)
	<-p.ctx.Done()
	cause := context.Cause(p.ctx)
	p.log.Info("client disconnected", "cause", cause)
	p.drain()

	switch {
	case errors.Is(cause, errExit):
		if p.wasShutDown() {
			return nil
		}
		return ErrNoShutdown
	case errors.Is(cause, io.EOF):
		return nil
	}
	return cause
}

// drain waits for handlers, whose contexts have ended, and closes the sessions, all within the grace.
func (p *peer) drain() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), p.grace)
	defer cancel()
	select {
	case <-p.conn.Done():
	case <-ctx.Done():
		p.log.Warn("some handlers do not end")
	}
	if err := p.closeAll(ctx); err != nil {
		p.log.Warn("sessions not closed", "err", err)
	}
	// Closing what a read or write is blocked on may block as well.
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		if err := p.stream.closeBoth(); err != nil {
			p.log.Debug("streams not closed", "err", err)
		}
	}()
	select {
	case <-closed:
	case <-time.After(100 * time.Millisecond):
	}
}

func (p *peer) wasShutDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.phase == shutDown
}
