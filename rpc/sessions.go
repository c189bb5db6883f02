package rpc

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/scapls/scapls/rpc/wire"
)

// slot is a session of the client, from the moment its open is read. It leaves the table once, and whoever takes it
// out closes it.
type slot struct {
	id     string
	path   string          // "" of several captures
	paths  []string        // of all
	ctx    context.Context // ends when the session is taken out of the table
	cancel context.CancelFunc

	heard heard

	opened  chan struct{} // closed when the opening is over; session and err may be read then
	session Session
	err     error

	users   sync.WaitGroup // requests that use session; grows only while the slot is in the table
	watcher sync.WaitGroup // peer.watch, peer.watchFilters, peer.watchColors
}

// open is the handler of scapls/open. The session is in the table before the next message is read.
func (p *peer) open(r *request, params *wire.OpenParams) (func(context.Context) (wire.OpenResult, error), error) {
	if params.Path == "" && len(params.Paths) == 0 {
		return nil, badParams("path is empty")
	}
	shifts, err := fromShifts(params)
	if err != nil {
		return nil, err
	}
	s := &slot{opened: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(p.ctx)
	p.mu.Lock()
	p.lastSession++
	s.id = "s" + strconv.Itoa(p.lastSession)
	p.sessions[s.id] = s
	p.recent = s.id
	p.mu.Unlock()

	return func(ctx context.Context) (wire.OpenResult, error) {
		ctx, stop := both(ctx, s.ctx)
		defer stop()
		if len(params.Paths) > 0 {
			return p.openSlot(ctx, r, s, params.Paths, func() (Session, error) { return p.openTogether(ctx, params.Paths, shifts) })
		}
		s.path = params.Path
		return p.openSlot(ctx, r, s, []string{params.Path}, func() (Session, error) { return p.opener.Open(ctx, params.Path) })
	}, nil
}

// openSlot opens the captures of a slot. After an error or a panic of the backend the slot is out of the table.
func (p *peer) openSlot(ctx context.Context, r *request, s *slot, paths []string, open func() (Session, error)) (result wire.OpenResult, err error) {
	var sess Session
	done := false
	defer func() {
		if !done {
			p.take(s.id)
			s.cancel()
			s.err = errUnknownSession
			if sess != nil {
				err = errors.Join(err, sess.Close())
			}
		}
		close(s.opened)
	}()
	if sess, err = open(); err != nil {
		sess = nil // an interface may hold a nil pointer
		return result, err
	}
	if err := ctx.Err(); err != nil {
		return result, err // the client does not want it any more and will not close it
	}
	s.paths = paths
	p.loadNotes(s, sess)
	result = wire.OpenResult{
		Session:  s.id,
		Name:     valid(nameOf(paths)),
		Progress: toProgress(sess.Progress()),
		Columns:  toColumns(sess.Columns()),
		Calls:    sess.HasCalls(),
		Members:  membersOf(sess),
	}
	answered := make(chan struct{})
	p.stream.after(r.id, func() { close(answered) })
	s.session, done = sess, true
	s.watcher.Go(func() { p.watch(s, result.Name, answered) })
	s.watcher.Go(func() {
		for _, path := range paths {
			p.opened(path)
		}
	})
	s.watcher.Go(func() { p.watchFilters(s, answered) })
	s.watcher.Go(func() { p.watchColors(s, answered) })
	return result, nil
}

// use lends the session to a request. The context ends also when the session is closed; release must be called.
func (p *peer) use(ctx context.Context, id string) (Session, context.Context, func(), error) {
	p.mu.Lock()
	if p.sessions[id] != nil {
		p.recent = id
	}
	p.mu.Unlock()
	return p.lend(ctx, id)
}

// lend is use for the server's own needs.
func (p *peer) lend(ctx context.Context, id string) (Session, context.Context, func(), error) {
	p.mu.Lock()
	s := p.sessions[id]
	if s != nil {
		s.users.Add(1)
	}
	p.mu.Unlock()
	if s == nil {
		return nil, nil, nil, errUnknownSession
	}
	ctx, stop := both(ctx, s.ctx)
	release := func() { stop(); s.users.Done() }
	select {
	case <-s.opened:
	case <-ctx.Done():
		release()
		return nil, nil, nil, ctx.Err()
	}
	if s.err != nil {
		release()
		return nil, nil, nil, s.err
	}
	return s.session, ctx, release, nil
}

// take takes a slot out of the table. It returns nil if it is not there (any more).
func (p *peer) take(id string) *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[id]
	delete(p.sessions, id)
	return s
}

// close is the handler of scapls/close. The session is out of the table before the next message is read.
func (p *peer) close(_ *request, params *wire.SessionParams) (func(context.Context) (wire.Empty, error), error) {
	s := p.take(params.Session)
	if s == nil {
		return nil, errUnknownSession
	}
	return func(ctx context.Context) (wire.Empty, error) {
		return wire.Empty{}, s.close(ctx)
	}, nil
}

// close cancels what uses the session, waits for it and closes the session. When ctx ends first, that goes on without
// the caller.
func (s *slot) close(ctx context.Context) error {
	s.cancel()
	result := make(chan error, 1)
	go func() {
		<-s.opened
		s.users.Wait()
		s.watcher.Wait()
		if s.session == nil {
			result <- nil
			return
		}
		result <- s.session.Close()
	}()
	select {
	case err := <-result:
		if err != nil {
			return fmt.Errorf("close the capture: %w", err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// closeAll closes all sessions at once.
func (p *peer) closeAll(ctx context.Context) error {
	p.mu.Lock()
	slots := p.sessions
	p.sessions = map[string]*slot{}
	p.mu.Unlock()
	var wg sync.WaitGroup
	errs := make(chan error, len(slots))
	for _, s := range slots {
		wg.Go(func() { errs <- s.close(ctx) })
	}
	wg.Wait()
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// both returns a context that ends with either of two.
func both(ctx, other context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(other, cancel)
	return ctx, func() { stop(); cancel() }
}
