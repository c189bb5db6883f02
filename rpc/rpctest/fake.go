package rpctest

import (
	"context"
	"fmt"
	"sync"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/notes"
)

// Fake is a session for tests. A nil function answers with something small.
type Fake struct {
	OnPage    func(ctx context.Context, req session.PageRequest) (*session.Page, error)
	OnDetail  func(ctx context.Context, num uint64, view session.ViewKind) ([]session.Node, error)
	OnBytes   func(ctx context.Context, num uint64, start, count int) (session.Bytes, error)
	OnItems   func(ctx context.Context, what string, at uint64, tid int64) (string, []session.Item, error)
	OnGoto    func(ctx context.Context, q session.Query, to string) (row, num uint64, exact bool, err error)
	OnCount   func(ctx context.Context, q session.Query) (session.Count, error)
	OnWhy     func(ctx context.Context, q session.Query) (session.Why, error)
	OnFind    func(ctx context.Context, req session.FindRequest) (session.Found, error)
	OnFrom    func(ctx context.Context, req session.FromRequest) (string, filter.Language, error)
	OnExport  func(context.Context, session.ExportRequest) (session.Exported, error)
	OnColors  func(context.Context, session.ColorsRequest) (*session.Colors, error)
	OnSort    func(ctx context.Context, req session.SortRequest) (session.Sorted, error)
	OnCopy    func(ctx context.Context, req session.CopyRequest) (session.Copied, error)
	OnClose   func() error
	OnColumns func() []session.Column

	mu       sync.Mutex // guards the fields below
	progress session.Progress
	grown    func(session.Progress)
	told     func(session.FilterProgress)
	painted  func(session.ColorProgress)
	closed   bool
	notes    notes.Set
}

var _ rpc.Session = (*Fake)(nil)

// Grow sets the progress and tells who watches.
func (f *Fake) Grow(p session.Progress) {
	f.mu.Lock()
	f.progress = p
	grown := f.grown
	f.mu.Unlock()
	if grown != nil {
		grown(p)
	}
}

// Closed reports whether Close was called.
func (f *Fake) Closed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// Watched reports whether somebody watches the growth.
func (f *Fake) Watched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.grown != nil
}

// Progress returns what Grow set.
func (f *Fake) Progress() session.Progress {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.progress
}

// HasCalls is always true.
func (f *Fake) HasCalls() bool { return true }

// Columns are evt.num and evt.type by default.
func (f *Fake) Columns() []session.Column {
	if f.OnColumns != nil {
		return f.OnColumns()
	}
	return []session.Column{
		{ID: "evt.num", Title: "No.", Width: 8, Align: "right", Default: true},
		{ID: "evt.type", Title: "Type", Width: 16, Align: "left", Default: true},
	}
}

// Page has one row for each that is asked by default; its cells are the names of the columns.
func (f *Fake) Page(ctx context.Context, req session.PageRequest) (*session.Page, error) {
	if f.OnPage != nil {
		return f.OnPage(ctx, req)
	}
	p := &session.Page{Start: req.Start, Total: 1000, Done: true}
	for i := range req.Count {
		p.Rows = append(p.Rows, session.Row{Num: req.Start + uint64(i) + 1, Cells: req.Columns, Kind: "syscall"})
	}
	return p, nil
}

// Detail is one node by default.
func (f *Fake) Detail(ctx context.Context, num uint64, view session.ViewKind) ([]session.Node, error) {
	if f.OnDetail != nil {
		return f.OnDetail(ctx, num, view)
	}
	return []session.Node{{Label: fmt.Sprint("event ", num), Value: string(view)}}, nil
}

// Bytes are zeros by default.
func (f *Fake) Bytes(ctx context.Context, num uint64, start, count int) (session.Bytes, error) {
	if f.OnBytes != nil {
		return f.OnBytes(ctx, num, start, count)
	}
	return session.Bytes{Num: num, Offset: 1 << 60, Total: start + count, Data: make([]byte, count)}, nil
}

func (f *Fake) items(ctx context.Context, what string, at uint64, tid int64) (string, []session.Item, error) {
	if f.OnItems != nil {
		return f.OnItems(ctx, what, at, tid)
	}
	return what, []session.Item{{ID: "1", Label: what, Icon: "other", TID: tid, Mark: true}}, nil
}

// Processes asks OnItems.
func (f *Fake) Processes(ctx context.Context, at uint64) (string, []session.Item, error) {
	return f.items(ctx, "processes", at, 0)
}

// FDs asks OnItems.
func (f *Fake) FDs(ctx context.Context, at uint64, tid int64) (string, []session.Item, error) {
	return f.items(ctx, "fds", at, tid)
}

// Users asks OnItems.
func (f *Fake) Users(ctx context.Context, at uint64) (string, []session.Item, error) {
	return f.items(ctx, "users", at, 0)
}

// Groups asks OnItems.
func (f *Fake) Groups(ctx context.Context, at uint64) (string, []session.Item, error) {
	return f.items(ctx, "groups", at, 0)
}

// Containers asks OnItems.
func (f *Fake) Containers(ctx context.Context, at uint64) (string, []session.Item, error) {
	return f.items(ctx, "containers", at, 0)
}

// Interfaces asks OnItems.
func (f *Fake) Interfaces(ctx context.Context, at uint64) (string, []session.Item, error) {
	return f.items(ctx, "interfaces", at, 0)
}

// Info is one section.
func (f *Fake) Info(context.Context) ([]session.InfoSection, []session.Diagnostic, error) {
	return []session.InfoSection{{Title: "File", Rows: []session.InfoRow{{Name: "Events", Value: "1000"}}}},
		[]session.Diagnostic{{Severity: "warning", Offset: 1 << 60, Message: "cut short"}}, nil
}

// GotoFrom answers the first row by default.
func (f *Fake) GotoFrom(ctx context.Context, q session.Query, to string, _ uint64) (row, num uint64, exact bool, err error) {
	if f.OnGoto != nil {
		return f.OnGoto(ctx, q, to)
	}
	return 0, 1, to == "1", nil
}

// Count answers one of ten rows by default.
func (f *Fake) Count(ctx context.Context, q session.Query) (session.Count, error) {
	if f.OnCount != nil {
		return f.OnCount(ctx, q)
	}
	return session.Count{Matched: 1, Of: 10, Done: true}, nil
}

// Why says nothing by default.
func (f *Fake) Why(ctx context.Context, q session.Query) (session.Why, error) {
	if f.OnWhy != nil {
		return f.OnWhy(ctx, q)
	}
	return session.Why{}, nil
}

// Values knows no values.
func (f *Fake) Values() assist.Values { return nil }

// From answers with OnFrom.
func (f *Fake) From(ctx context.Context, req session.FromRequest) (string, filter.Language, error) {
	if f.OnFrom != nil {
		return f.OnFrom(ctx, req)
	}
	return "evt.num = 1", filter.Sysdig, nil
}

// Filter tells who watches how far a filter is.
func (f *Fake) Filter(p session.FilterProgress) {
	f.mu.Lock()
	told := f.told
	f.mu.Unlock()
	if told != nil {
		told(p)
	}
}

// FilterWatched reports whether somebody watches how far filters are.
func (f *Fake) FilterWatched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.told != nil
}

// OnFiltered keeps one watcher.
func (f *Fake) OnFiltered(told func(session.FilterProgress)) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = told
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = nil
	}
}

// OnGrow keeps one watcher.
func (f *Fake) OnGrow(grown func(session.Progress)) (stop func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.grown = grown
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.grown = nil
	}
}

// Export calls OnExport, or writes nothing.
func (f *Fake) Export(ctx context.Context, req session.ExportRequest) (session.Exported, error) {
	if f.OnExport == nil {
		return session.Exported{}, nil
	}
	return f.OnExport(ctx, req)
}

// Close counts once.
func (f *Fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return session.ErrClosed
	}
	f.closed = true
	if f.OnClose != nil {
		return f.OnClose()
	}
	return nil
}

// Open returns an opener of that one session, whatever the path.
func (f *Fake) Open() rpc.Opener {
	return rpc.OpenerFunc(func(context.Context, string) (rpc.Session, error) { return f, nil })
}
