package session

import (
	"context"
	"time"
)

// Count counts the rows of a list. A newer call ends an older one, which then returns context.Canceled.
func (s *Session) Count(ctx context.Context, q Query) (Count, error) {
	if s.closed.Load() {
		return Count{}, ErrClosed
	}
	start := time.Now()
	ctx, done := s.asking.newest(ctx)
	defer done()
	set, err := s.whole(ctx, q)
	if err != nil {
		return Count{}, err
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	r := listing{snap, q.list(), set, nil}
	c := Count{Matched: uint64(r.len()), Of: uint64(snap.Rows(q.list())), Done: snap.Done() && r.asked() == snap.Len()}
	c.Took = time.Since(start)
	return c, nil
}

// newest returns a context that also ends when newest is called again.
func (a *asking) newest(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count != nil {
		a.count()
	}
	a.count = cancel
	return ctx, cancel
}
