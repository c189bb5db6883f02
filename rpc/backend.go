package rpc

import (
	"context"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/session"
)

// Session is one open capture. All methods may be called at the same time, save Close, which comes when no other call
// runs and none will follow.
type Session interface {
	Analyst
	Finder
	Follower
	Reporter
	Painter
	Sorter
	Noter

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
	// GotoFrom finds the row of a place; at is the selected event, 0 for none.
	GotoFrom(ctx context.Context, q session.Query, to string, at uint64) (row, num uint64, exact bool, err error)

	// Count counts the rows of a list; a newer call ends an older one.
	Count(ctx context.Context, q session.Query) (session.Count, error)
	// Why tells which part of a list's filter is the reason that it matches nothing.
	Why(ctx context.Context, q session.Query) (session.Why, error)

	// Values tells which values occur in the capture; nil when nobody knows.
	Values() assist.Values
	// From makes a filter of something that is shown.
	From(ctx context.Context, req session.FromRequest) (text string, lang filter.Language, err error)

	// Export writes the rows of a list to a file.
	Export(ctx context.Context, req session.ExportRequest) (session.Exported, error)

	// OnFiltered calls told while a filter that takes longer is being asked, until stop is called. told does not block.
	OnFiltered(told func(session.FilterProgress)) (stop func())

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
