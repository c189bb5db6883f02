package session

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/stats"
	"github.com/scapls/scapls/session/timeline"
)

// StatsRequest asks for a part of a table of statistics about the rows of a list. Calls count once in either view.
type StatsRequest struct {
	Query
	Within []string // only what all of these filters select, too; in sysdig's language: rows of other tables
	Table  string   // a name of stats.Names; "" is the first
	Sort   string   // id of a column; "" as the table is
	Up     bool
	Search string // only rows with a text that contains it, whatever its case
	Start  int
	Count  int // at most MaxStats
}

// MaxStats is the most rows of a table that are returned at once.
const MaxStats = 1000

// Statistics is a part of a table.
type Statistics struct {
	*stats.Table // with all its rows, sorted and searched
	Sort         int
	Start        int
	Part         []stats.Row
	Largest      int64  // of the column that is sorted by
	Events       uint64 // rows of the list that were counted
	Done         bool
	Took         time.Duration
}

// tables keeps the latest tables of a session, so that sorting and scrolling one does not count again.
type tables struct {
	mu   sync.Mutex // guards list
	list []counted  // the latest used last
}

type counted struct {
	q     Query
	in    string // filters besides the query's
	name  string
	whole *index.Set // of the query alone
	set   *index.Set
	n     uint32
	done  bool
	table *stats.Table
}

// maxTables is how many tables are kept.
const maxTables = 6

// calls returns the list of the calls view that a query's filter leaves, whatever its view.
func (q Query) calls() Query {
	q.View = CallsView
	return q
}

// Stats returns a part of a table. The error wraps ErrBadRequest for a table or column that there is not.
func (s *Session) Stats(ctx context.Context, req StatsRequest) (*Statistics, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	start := time.Now()
	out, err := s.stats(ctx, req)
	if err != nil {
		return nil, err
	}
	out.measure()
	from := min(max(req.Start, 0), len(out.Rows))
	out.Part = out.Rows[from:min(from+min(max(req.Count, 0), MaxStats), len(out.Rows))]
	out.Took = time.Since(start)
	return out, nil
}

// stats returns a whole table, sorted and searched.
func (s *Session) stats(ctx context.Context, req StatsRequest) (*Statistics, error) {
	if req.Table == "" {
		req.Table = stats.Names()[0].Name
	}
	c, err := s.table(ctx, req.calls(), req.Within, req.Table)
	if err != nil {
		return nil, err
	}
	t := *c.table
	t.Rows = searched(t.Rows, req.Search)
	out := &Statistics{Table: &t, Sort: -1, Start: req.Start, Done: c.done}
	if req.Sort != "" {
		out.Sort = slices.IndexFunc(t.Columns, func(col stats.Column) bool { return col.ID == req.Sort })
		if out.Sort < 0 {
			return nil, badRequest("the table %s has no column %q", req.Table, req.Sort)
		}
		t.Sort(out.Sort, req.Up)
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	out.Events = uint64(snap.Rows(req.calls().list()))
	if c.set != nil {
		out.Events = uint64(c.set.Rows())
	}
	return out, nil
}

// SaveStats writes a table to a file, all its rows whatever the request's part.
func (s *Session) SaveStats(ctx context.Context, req StatsRequest, form stats.Form, path string) error {
	if s.closed.Load() {
		return ErrClosed
	}
	if err := s.mayWrite(path); err != nil {
		return err
	}
	t, err := s.stats(ctx, req)
	if err != nil {
		return err
	}
	err = WriteFile(path, func(w io.Writer) error { return t.Write(w, form, s.loc) })
	if errors.Is(err, stats.ErrUnknown) {
		return badRequest("there is no form %.40q; there are text, json and csv", form)
	}
	return err
}

// measure finds the largest number of the column that is sorted by, or of the first that has numbers.
func (t *Statistics) measure() {
	i := t.Sort
	if i < 0 {
		i = slices.IndexFunc(t.Columns, func(c stats.Column) bool { return c.Kind != stats.Text })
		t.Sort = i
	}
	if i < 0 || t.Columns[i].Kind == stats.Text || t.Columns[i].Kind == stats.Time {
		return
	}
	for _, r := range t.Rows {
		if v := r.Cells[i]; !v.None {
			t.Largest = max(t.Largest, v.N)
		}
	}
}

func searched(rows []stats.Row, text string) []stats.Row {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return slices.Clone(rows)
	}
	var out []stats.Row
	for _, r := range rows {
		if slices.ContainsFunc(r.Cells, func(v stats.Value) bool { return strings.Contains(strings.ToLower(v.Text), text) }) {
			out = append(out, r)
		}
	}
	return out
}

// table returns a whole table, counted again only when there are more events.
func (s *Session) table(ctx context.Context, q Query, within []string, name string) (*counted, error) {
	whole, err := s.whole(ctx, q)
	if err != nil {
		return nil, err
	}
	set := whole
	for _, text := range within {
		row, err := s.whole(ctx, Query{View: CallsView, Internal: q.Internal, Filter: text, Language: filter.Sysdig})
		switch {
		case err != nil:
			return nil, err
		case set == nil:
			set = row
		case row != nil:
			set = set.And(row)
		}
	}
	q = q.unsorted()
	in := strings.Join(within, "\x00")
	p := s.shared.x.Progress()
	t := &s.tables
	t.mu.Lock()
	for i, c := range t.list {
		if c.q == q && c.in == in && c.name == name && c.whole == whole && c.n == p.Events && c.done == p.Done {
			t.list = append(append(t.list[:i:i], t.list[i+1:]...), c)
			t.mu.Unlock()
			return &c, nil
		}
	}
	t.mu.Unlock()
	table, err := stats.Compute(ctx, s.shared.x, set, name)
	if errors.Is(err, stats.ErrUnknown) {
		return nil, badRequest("there is no table %q", name)
	} else if err != nil {
		return nil, err
	}
	c := counted{q, in, name, whole, set, p.Events, p.Done, table}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list = append(t.list, c); len(t.list) > maxTables {
		t.list = slices.Delete(t.list, 0, 1)
	}
	return &c, nil
}

// SeriesAsk is a line of a graph.
type SeriesAsk struct {
	Filter   string // besides the query's
	Language filter.Language
	Measure  stats.Measure
	Field    string
}

// Series is the lines of a graph. A line that cannot be measured has an error in its place.
type Series struct {
	stats.Frame
	Lines  []*stats.Line
	Errors []error
}

// Span is a part of a capture's time: ns since its first event. To 0 is the end.
type Span struct{ From, To uint64 }

// frame turns a span into intervals of absolute time.
func (s *Session) frame(sp Span, buckets int, step uint64) (stats.Frame, uint64, error) {
	snap := s.shared.x.Acquire()
	defer snap.Release()
	first, _ := snap.Times()
	to := sp.To
	if to != 0 {
		to += first
	}
	f, err := stats.NewFrame(snap, first+sp.From, to, buckets, step)
	if err != nil {
		return f, first, badRequest("%v", err)
	}
	return f, first, nil
}

// First returns the time of the first event, ns since the epoch.
func (s *Session) First() uint64 {
	snap := s.shared.x.Acquire()
	defer snap.Release()
	first, _ := snap.Times()
	return first
}

// Series measures lines over time.
func (s *Session) Series(ctx context.Context, q Query, sp Span, buckets int, step uint64, asks []SeriesAsk) (*Series, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	f, _, err := s.frame(sp, buckets, step)
	if err != nil {
		return nil, err
	}
	base, err := s.whole(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &Series{Frame: f, Lines: make([]*stats.Line, len(asks)), Errors: make([]error, len(asks))}
	for i, a := range asks {
		if out.Lines[i], out.Errors[i] = s.line(ctx, q, base, f, a); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return out, nil
}

func (s *Session) line(ctx context.Context, q Query, set *index.Set, f stats.Frame, a SeriesAsk) (*stats.Line, error) {
	ask := stats.LineAsk{Measure: a.Measure}
	if a.Field != "" {
		r, err := field.Parse(a.Field)
		if err != nil {
			return nil, badRequest("no field %q: %v", a.Field, err)
		}
		ask.Field = &r
	}
	own := q
	own.Filter, own.Language = a.Filter, a.Language
	mine, err := s.whole(ctx, own)
	if err != nil {
		return nil, err
	}
	switch {
	case set == nil:
		set = mine
	case mine != nil:
		set = set.And(mine)
	}
	return stats.Series(ctx, s.shared.x, q.list(), set, f, ask)
}

// Heat counts latencies over time.
func (s *Session) Heat(ctx context.Context, q Query, sp Span, columns int) (*stats.Heat, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	if columns > 1000 {
		return nil, badRequest("%d columns are more than 1000", columns)
	}
	f, _, err := s.frame(sp, columns, 0)
	if err != nil {
		return nil, err
	}
	set, err := s.whole(ctx, q)
	if err != nil {
		return nil, err
	}
	return stats.HeatMap(ctx, s.shared.x, q.list(), set, f)
}

// MaxPoints is the most points of a scatter.
const MaxPoints = 20_000

// Scattered is two fields of rows, with the names of the fields.
type Scattered struct {
	*stats.Points
	X, Y string
}

// Scatter returns two fields of up to most rows. A field that is not named is chosen: the time, and how long calls took or
// how much they moved, whatever the capture tells.
func (s *Session) Scatter(ctx context.Context, q Query, sp Span, fx, fy string, most int) (*Scattered, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	if most <= 0 || most > MaxPoints {
		return nil, badRequest("%d points are not between 1 and %d", most, MaxPoints)
	}
	if fx == "" {
		fx = "evt.reltime"
	}
	if fy == "" {
		if fy = "evt.buflen"; s.HasCalls() {
			fy = "evt.latency"
		}
	}
	var refs [2]field.Ref
	for i, name := range []string{fx, fy} {
		r, err := field.Parse(name)
		if err != nil {
			return nil, badRequest("no field %q: %v", name, err)
		}
		refs[i] = r
	}
	f, first, err := s.frame(sp, 1, 0)
	if err != nil {
		return nil, err
	}
	set, err := s.whole(ctx, q)
	if err != nil {
		return nil, err
	}
	to := sp.To
	if to != 0 {
		to += first
	}
	p, err := stats.Scatter(ctx, s.shared.x, q.list(), set, f.From, to, &refs[0], &refs[1], most)
	if err != nil {
		return nil, err
	}
	return &Scattered{p, fx, fy}, nil
}

// TimelineRequest asks for a part of a timeline.
type TimelineRequest struct {
	Query
	Span
	Columns int
	Threads bool
	Start   int
	Count   int // at most MaxBars
}

// MaxBars is the most bars of a timeline that are returned at once.
const MaxBars = 500

// Timeline returns processes or threads as bars.
func (s *Session) Timeline(ctx context.Context, req TimelineRequest) (*timeline.Timeline, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	if req.Count < 0 || req.Count > MaxBars || req.Start < 0 {
		return nil, badRequest("bars %d to %d: at most %d at once", req.Start, req.Start+req.Count, MaxBars)
	}
	set, err := s.whole(ctx, req.calls())
	if err != nil {
		return nil, err
	}
	first := s.First()
	a := timeline.Ask{
		List: req.calls().list(), Set: set, From: first + req.From, Columns: req.Columns, Threads: req.Threads, Start: req.Start, Count: req.Count,
	}
	if req.To != 0 {
		a.To = first + req.To
	}
	if req.Columns <= 0 || req.Columns > timeline.MaxColumns {
		return nil, badRequest("%d columns are not between 1 and %d", req.Columns, timeline.MaxColumns)
	}
	return timeline.Make(ctx, s.shared.x, a)
}
