package rpctest

import (
	"context"

	"github.com/scapls/scapls/session"
)

// Sort asks OnSort, or sorts nothing.
func (f *Fake) Sort(ctx context.Context, req session.SortRequest) (session.Sorted, error) {
	if f.OnSort == nil {
		return session.Sorted{}, nil
	}
	return f.OnSort(ctx, req)
}

// Copy asks OnCopy, or copies nothing.
func (f *Fake) Copy(ctx context.Context, req session.CopyRequest) (session.Copied, error) {
	if f.OnCopy == nil {
		return session.Copied{}, nil
	}
	return f.OnCopy(ctx, req)
}
