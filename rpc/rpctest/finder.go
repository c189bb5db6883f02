package rpctest

import (
	"context"
	"time"

	"github.com/scapls/scapls/session"
)

// Find finds nothing by default.
func (f *Fake) Find(ctx context.Context, req session.FindRequest) (session.Found, error) {
	if f.OnFind != nil {
		return f.OnFind(ctx, req)
	}
	return session.Found{Done: true, Part: 1}, nil
}

// Matches counts none.
func (f *Fake) Matches(context.Context, session.Query, session.Search, uint64, time.Duration) (session.Matches, error) {
	return session.Matches{Done: true, Part: 1}, nil
}

// Related finds nothing.
func (f *Fake) Related(context.Context, session.Query, uint64, session.Relation, bool) (session.Related, error) {
	return session.Related{Note: "nothing"}, nil
}
