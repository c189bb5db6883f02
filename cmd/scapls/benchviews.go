package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/find"
	"github.com/scapls/scapls/session/stats"
)

// viewFigure is what one view of a capture costs on an index that is complete.
type viewFigure struct {
	View  string `json:"view"`
	Rows  int    `json:"rows"`   // that it has: of a table, points, bars, transfers, bytes …
	NS    int64  `json:"ns"`     // the best time to make it, nothing being known of it before
	CPUNS int64  `json:"cpu_ns"` // the least time of all processors together
	Bytes int64  `json:"bytes"`  // that were allocated to make it, the least
	Error string `json:"error,omitempty"`
}

// benchView is a view that is measured.
type benchView struct {
	name string
	make func(ctx context.Context, b *viewBench) (rows int, err error)
}

// viewBench is what views are made of.
type viewBench struct {
	x       *index.Index
	s       *session.Session
	columns []string
	num     uint64 // an event in the middle that moved bytes
	dir     string
	run     int // counts, so that each searches for something new
}

// graphBuckets is as many intervals as a wide graph has, heatColumns and bars as wide others have.
const (
	graphBuckets = 1000
	heatColumns  = 300
	timeColumns  = 1000
)

// benchLists are the lists that graphs are drawn of.
var benchLists = session.Query{View: session.CallsView}

func benchViews() []benchView {
	var list []benchView
	for _, t := range stats.Names() {
		list = append(list, benchView{"statistics: " + t.Name, func(ctx context.Context, b *viewBench) (int, error) {
			table, err := stats.Compute(ctx, b.x, nil, t.Name)
			if err != nil {
				return 0, err
			}
			return len(table.Rows), nil
		}})
	}
	graph := func(name string, asks ...session.SeriesAsk) benchView {
		return benchView{"graph: " + name, func(ctx context.Context, b *viewBench) (int, error) {
			r, err := b.s.Series(ctx, benchLists, session.Span{}, graphBuckets, 0, asks)
			if err != nil {
				return 0, err
			}
			for _, err := range r.Errors {
				if err != nil {
					return 0, err
				}
			}
			return r.N, nil
		}}
	}
	list = append(list,
		graph("events", session.SeriesAsk{Measure: stats.Events}),
		graph("events, errors, bytes read and written", session.SeriesAsk{Measure: stats.Events}, session.SeriesAsk{Measure: stats.Errors},
			session.SeriesAsk{Measure: stats.ReadBytes}, session.SeriesAsk{Measure: stats.WriteBytes}),
		graph("p99 of latencies", session.SeriesAsk{Measure: stats.LatP99}),
		graph("calls under way", session.SeriesAsk{Measure: stats.Load}),
		benchView{"graph: events of a filter", filteredGraph},
		graph("distinct processes", session.SeriesAsk{Measure: stats.Distinct, Field: "proc.pid"}),
		graph("distinct files", session.SeriesAsk{Measure: stats.Distinct, Field: "fd.name"}),
		graph("sum of evt.rawres", session.SeriesAsk{Measure: stats.Sum, Field: "evt.rawres"}),
		graph("sum of evt.buflen", session.SeriesAsk{Measure: stats.Sum, Field: "evt.buflen"}),
		graph("sum of evt.arg.size, events are decoded", session.SeriesAsk{Measure: stats.Sum, Field: "evt.arg.size"}),
		benchView{"latency map", func(ctx context.Context, b *viewBench) (int, error) {
			h, err := b.s.Heat(ctx, benchLists, session.Span{}, heatColumns)
			if err != nil {
				return 0, err
			}
			return h.Rows, nil
		}},
		benchView{"scatter", func(ctx context.Context, b *viewBench) (int, error) {
			p, err := b.s.Scatter(ctx, benchLists, session.Span{}, "", "", 5000)
			if err != nil {
				return 0, err
			}
			return len(p.Events), nil
		}},
		benchView{"timeline", func(ctx context.Context, b *viewBench) (int, error) {
			t, err := b.s.Timeline(ctx, session.TimelineRequest{Query: benchLists, Columns: timeColumns, Count: 200})
			if err != nil {
				return 0, err
			}
			return len(t.Bars), nil
		}},
	)
	return append(list, benchEventViews()...)
}

// filteredGraph is the graph of a filter of which nothing is known before; a session would keep the set.
func filteredGraph(ctx context.Context, b *viewBench) (int, error) {
	p, err := filter.Compile(filter.Parse("evt.type in (openat, read)"))
	if err != nil {
		return 0, err
	}
	list := index.List{Calls: true}
	set, err := b.x.Select(ctx, p, index.Ask{List: list}, nil)
	if err != nil {
		return 0, err
	}
	snap := b.x.Acquire()
	f, err := stats.NewFrame(snap, 0, 0, graphBuckets, 0)
	snap.Release()
	if err != nil {
		return 0, err
	}
	l, err := stats.Series(ctx, b.x, list, set, f, stats.LineAsk{Measure: stats.Events})
	if err != nil {
		return 0, err
	}
	return len(l.Points), nil
}

// benchEventViews are the views about one event, and those that search.
func benchEventViews() []benchView {
	search := func(name string, f session.Search) benchView {
		return benchView{"find: " + name, func(ctx context.Context, b *viewBench) (int, error) {
			f := f
			f.Columns, f.Text = b.columns, fmt.Sprintf(f.Text, b.run)
			_, err := b.s.Find(ctx, session.FindRequest{Query: benchLists, Search: f})
			return 0, err
		}}
	}
	return []benchView{
		{"stream", func(ctx context.Context, b *viewBench) (int, error) {
			p, err := b.s.Stream(ctx, b.num, true, 0, session.MaxChunks)
			if err != nil {
				return 0, err
			}
			return p.Total, nil
		}},
		{"explain", func(ctx context.Context, b *viewBench) (int, error) {
			e, err := b.s.Explain(ctx, b.num)
			return len(e.Markdown), err
		}},
		{"detail tree", func(ctx context.Context, b *viewBench) (int, error) {
			nodes, err := b.s.Detail(ctx, b.num, session.CallsView)
			return len(nodes), err
		}},
		{"processes as of an event", func(ctx context.Context, b *viewBench) (int, error) {
			_, items, err := b.s.Processes(ctx, b.num)
			return len(items), err
		}},
		search("a text that is in no column", session.Search{Mode: find.Text, Text: "no such text %d"}),
		search("bytes that are nowhere", session.Search{Mode: find.Hex, Text: "de ad be ef 00 01 02 %016x"}),
		search("a filter without a match", session.Search{Mode: session.ByFilter, Text: "proc.name = nosuchname%d"}),
		{"report", func(ctx context.Context, b *viewBench) (int, error) {
			path := filepath.Join(b.dir, "report.html")
			if err := b.s.Report(ctx, benchLists, nil, path); err != nil {
				return 0, err
			}
			st, err := os.Stat(path)
			if err != nil {
				return 0, err
			}
			return int(st.Size()), nil
		}},
	}
}

// measureViews measures all views, each at most so many times.
func measureViews(ctx context.Context, x *index.Index, s *session.Session, columns []string, runs int) ([]viewFigure, error) {
	dir, err := os.MkdirTemp("", "scapls-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b := &viewBench{x: x, s: s, columns: columns, dir: dir, num: movedBytes(x)}
	var list []viewFigure
	for _, v := range benchViews() {
		list = append(list, v.measure(ctx, b, runs))
	}
	return list, nil
}

// movedBytes returns an event in the middle of the capture whose descriptor is known.
func movedBytes(x *index.Index) uint64 {
	snap := x.Acquire()
	defer snap.Release()
	for key := snap.Len()/2 + 1; key < snap.Len(); key++ {
		if f := snap.Facts(key); f.FD != nil && f.FD.Stream != 0 && f.FD.Born != 0 {
			return uint64(key)
		}
	}
	return 1
}

func (v benchView) measure(ctx context.Context, b *viewBench, runs int) viewFigure {
	f := viewFigure{View: v.name}
	begin := time.Now()
	for run := 0; run < runs && (run < 3 || time.Since(begin) < enough); run++ {
		b.run++
		b.x.Forget()
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start, cpu := time.Now(), cpuTime()
		rows, err := v.make(ctx, b)
		took, spent := time.Since(start).Nanoseconds(), (cpuTime() - cpu).Nanoseconds()
		runtime.ReadMemStats(&after)
		if err != nil {
			f.Error = err.Error()
			return f
		}
		grown := int64(after.TotalAlloc - before.TotalAlloc)
		if run == 0 {
			f.NS, f.CPUNS, f.Bytes = took, spent, grown
		}
		f.Rows, f.NS, f.CPUNS, f.Bytes = rows, min(f.NS, took), min(f.CPUNS, spent), min(f.Bytes, grown)
	}
	return f
}
