package rpc

import (
	"context"

	"github.com/scapls/scapls/session"
)

// Session is one open capture. All methods may be called at the same time, save Close, which comes when no other call
// runs and none will follow.
type Session interface {
	Progress() session.Progress
	HasCalls() bool
	Columns() []session.Column
	Page(ctx context.Context, req session.PageRequest) (*session.Page, error)
	Detail(ctx context.Context, num uint64, view session.ViewKind) ([]session.Node, error)
	Bytes(ctx context.Context, num uint64, start, count int) (session.Bytes, error)

	// The state views are as of the event at, 0 for the end of the capture.
	Processes(ctx context.Context, at uint64) (title string, items []session.Item, err error)
	// FDs takes the thread whose descriptors are asked, 0 for that of the event.
	FDs(ctx context.Context, at uint64, tid int64) (title string, items []session.Item, err error)
	Users(ctx context.Context, at uint64) (title string, items []session.Item, err error)
	Groups(ctx context.Context, at uint64) (title string, items []session.Item, err error)
	Containers(ctx context.Context, at uint64) (title string, items []session.Item, err error)
	Interfaces(ctx context.Context, at uint64) (title string, items []session.Item, err error)

	Info(ctx context.Context) ([]session.InfoSection, []session.Diagnostic, error)
	Goto(ctx context.Context, q session.Query, to string) (row, num uint64, exact bool, err error)

	// OnGrow calls grown after the index grew and once more when it is complete, until stop is called. grown does not
	// block. It may still run while stop returns.
	OnGrow(grown func(session.Progress)) (stop func())
	Close() error
}

// Opener opens captures. The context bounds the opening alone; the session lives until Close.
type Opener interface {
	Open(ctx context.Context, path string) (Session, error)
}

// OpenerFunc is a function that is an Opener.
type OpenerFunc func(ctx context.Context, path string) (Session, error)

// Open calls f.
func (f OpenerFunc) Open(ctx context.Context, path string) (Session, error) { return f(ctx, path) }
