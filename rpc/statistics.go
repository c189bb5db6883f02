package rpc

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
	"github.com/scapls/scapls/session/stats"
	"github.com/scapls/scapls/session/timeline"
)

// Analyst is what a session counts and draws.
type Analyst interface {
	Stats(ctx context.Context, req session.StatsRequest) (*session.Statistics, error)
	// SaveStats writes a table to a file.
	SaveStats(ctx context.Context, req session.StatsRequest, form stats.Form, path string) error
	Series(ctx context.Context, q session.Query, sp session.Span, buckets int, step uint64, asks []session.SeriesAsk) (*session.Series, error)
	Heat(ctx context.Context, q session.Query, sp session.Span, columns int) (*stats.Heat, error)
	Scatter(ctx context.Context, q session.Query, sp session.Span, fx, fy string, most int) (*session.Scattered, error)
	Timeline(ctx context.Context, req session.TimelineRequest) (*timeline.Timeline, error)
	// First returns the time of the first event, ns since the epoch.
	First() uint64
}

// ms is a duration on the wire.
func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

// fromSpan checks a span on the wire, ns since the first event.
func fromSpan(from, to float64) (session.Span, error) {
	for _, v := range []float64{from, to} {
		if math.IsNaN(v) || v < 0 || v > 1<<62 {
			return session.Span{}, badParams("%v is no time of the capture: give ns since its first event", v)
		}
	}
	return session.Span{From: uint64(from), To: uint64(to)}, nil
}

// drawn checks what a drawing is asked of, lends the session, and tells how long ask took, in ms.
func drawn[R any](ctx context.Context, p *peer, id string, query wire.Query, from, to float64, ask func(ctx context.Context, s Session, q session.Query, sp session.Span) (R, error)) (r R, took float64, err error) {
	start := time.Now()
	q, err := fromQuery(query)
	if err != nil {
		return r, 0, err
	}
	span, err := fromSpan(from, to)
	if err != nil {
		return r, 0, err
	}
	s, ctx, release, err := p.use(ctx, id)
	if err != nil {
		return r, 0, err
	}
	defer release()
	r, err = ask(ctx, s, q, span)
	return r, ms(time.Since(start)), err
}

// stats serves scapls/stats.
func (p *peer) stats(ctx context.Context, params *wire.StatsParams) (wire.StatsResult, error) {
	none := wire.StatsResult{}
	query, err := fromQuery(params.Query)
	if err != nil {
		return none, err
	}
	if params.Start < 0 || params.Count < 0 || params.Count > session.MaxStats {
		return none, badParams("rows %d to %d: at most %d at once", params.Start, params.Start+params.Count, session.MaxStats)
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	t, err := s.Stats(ctx, session.StatsRequest{
		Query: query, Within: params.Within, Table: params.Table, Sort: params.Sort, Up: params.Up, Search: params.Search, Start: params.Start,
		Count: params.Count,
	})
	if err != nil {
		return none, err
	}
	return toStats(t), nil
}

func toStats(t *session.Statistics) wire.StatsResult {
	out := wire.StatsResult{
		Name: t.Name, Title: t.Title, Note: t.Note, Drill: t.Drill, Start: t.Start, Total: len(t.Rows), Events: u32(t.Events), Done: t.Done, Took: ms(t.Took),
		Tables: each(stats.Names(), func(i stats.Info) wire.StatsInfo { return wire.StatsInfo(i) }),
		Columns: each(t.Columns, func(c stats.Column) wire.StatsColumn {
			align := wire.AlignRight
			if c.Kind == stats.Text {
				align = wire.AlignLeft
			}
			return wire.StatsColumn{ID: c.ID, Title: c.Title, Align: align}
		}),
	}
	if t.Sort >= 0 {
		out.Sort = t.Columns[t.Sort].ID
	}
	out.Rows = each(t.Part, func(r stats.Row) wire.StatsRow {
		row := wire.StatsRow{Label: text(t.Label(&r)), Filter: text(r.Filter), Num: r.Event, Cells: make([]string, len(r.Cells))}
		for i, v := range r.Cells {
			row.Cells[i] = text(t.Columns[i].String(v, time.Local))
		}
		if t.Sort >= 0 && t.Largest > 0 && !r.Cells[t.Sort].None {
			row.Part = float64(r.Cells[t.Sort].N) / float64(t.Largest)
		}
		return row
	})
	return out
}

// statsSave serves scapls/stats/save.
func (p *peer) statsSave(ctx context.Context, params *wire.StatsSaveParams) (wire.Empty, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.Empty{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.Empty{}, err
	}
	defer release()
	return wire.Empty{}, s.SaveStats(ctx, session.StatsRequest{
		Query: query, Within: params.Within, Table: params.Table, Sort: params.Sort, Up: params.Up, Search: params.Search,
	}, stats.Form(params.Form), params.Path)
}

// text escapes bytes that are no UTF-8.
func text(s string) string { return string(format.Text(nil, []byte(s))) }

// series serves scapls/series.
func (p *peer) series(ctx context.Context, params *wire.SeriesParams) (wire.SeriesResult, error) {
	if len(params.Series) > 32 || params.Step < 0 {
		return wire.SeriesResult{}, badParams("%d lines of step %v: at most 32 lines, and no negative step", len(params.Series), params.Step)
	}
	asks := make([]session.SeriesAsk, len(params.Series))
	for i, a := range params.Series {
		lang, err := fromLanguage(a.Language)
		if err != nil {
			return wire.SeriesResult{}, err
		}
		asks[i] = session.SeriesAsk{Filter: a.Filter, Language: lang, Measure: stats.Measure(a.Measure), Field: a.Field}
	}
	out, took, err := drawn(ctx, p, params.Session, params.Query, params.From, params.To,
		func(ctx context.Context, s Session, q session.Query, sp session.Span) (wire.SeriesResult, error) {
			g, err := s.Series(ctx, q, sp, params.Buckets, uint64(params.Step), asks)
			if err != nil {
				return wire.SeriesResult{}, err
			}
			return toSeries(g, s.First()), nil
		})
	out.Took = took
	return out, err
}

func toSeries(g *session.Series, first uint64) wire.SeriesResult {
	out := wire.SeriesResult{
		From: since(g.From, first), Step: float64(g.Step), Start: strconv.FormatUint(first, 10), Lines: make([]wire.SeriesLine, len(g.Lines)),
		Within: fmt.Sprintf("evt.rawtime>=%d and evt.rawtime<%d", g.From, g.From+g.Step*uint64(g.N)),
	}
	for i := range g.Lines {
		l := wire.SeriesLine{Points: []float64{}, Nums: []uint32{}}
		if g.Errors[i] != nil {
			l.Error = valid(wireError(g.Errors[i]).Message)
		} else {
			l.Points, l.Nums = g.Lines[i].Points, g.Lines[i].Events
		}
		out.Lines[i] = l
	}
	return out
}

// since is a time on the wire: ns since the first event.
func since(ts, first uint64) float64 { return float64(int64(ts - first)) }

// heat serves scapls/heat.
func (p *peer) heat(ctx context.Context, params *wire.HeatParams) (wire.HeatResult, error) {
	out, took, err := drawn(ctx, p, params.Session, params.Query, params.From, params.To,
		func(ctx context.Context, s Session, q session.Query, sp session.Span) (wire.HeatResult, error) {
			h, err := s.Heat(ctx, q, sp, params.Columns)
			if err != nil {
				return wire.HeatResult{}, err
			}
			first := s.First()
			return wire.HeatResult{
				From: since(h.From, first), Step: float64(h.Step), Start: strconv.FormatUint(first, 10), First: h.First, Rows: h.Rows, Cells: some(h.Cells), Nums: some(h.Events),
			}, nil
		})
	out.Took = took
	return out, err
}

// some is a slice that is not nil, since clients want arrays.
func some[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// scatter serves scapls/scatter.
func (p *peer) scatter(ctx context.Context, params *wire.ScatterParams) (wire.ScatterResult, error) {
	out, took, err := drawn(ctx, p, params.Session, params.Query, params.From, params.To,
		func(ctx context.Context, s Session, q session.Query, sp session.Span) (wire.ScatterResult, error) {
			pts, err := s.Scatter(ctx, q, sp, params.X, params.Y, params.Most)
			if err != nil {
				return wire.ScatterResult{}, err
			}
			return wire.ScatterResult{
				X: some(pts.Points.X), Y: some(pts.Points.Y), Nums: some(pts.Events), XLabels: each(pts.XLabels, text), YLabels: each(pts.YLabels, text), Of: pts.Of,
				Start: strconv.FormatUint(s.First(), 10), XField: pts.X, YField: pts.Y, XKind: string(pts.XKind), YKind: string(pts.YKind),
			}, nil
		})
	out.Took = took
	return out, err
}

// timeline serves scapls/timeline.
func (p *peer) timeline(ctx context.Context, params *wire.TimelineParams) (wire.TimelineResult, error) {
	out, took, err := drawn(ctx, p, params.Session, params.Query, params.From, params.To,
		func(ctx context.Context, s Session, q session.Query, sp session.Span) (wire.TimelineResult, error) {
			t, err := s.Timeline(ctx, session.TimelineRequest{
				Query: q, Span: sp, Columns: params.Columns, Threads: params.Threads, Start: params.Start, Count: params.Count,
			})
			if err != nil {
				return wire.TimelineResult{}, err
			}
			first := s.First()
			return wire.TimelineResult{
				From: since(t.From, first), To: since(t.To, first), Total: t.Total, Bars: each(t.Bars, func(b timeline.Bar) wire.TimelineBar { return toBar(b, first) }),
			}, nil
		})
	out.Took = took
	return out, err
}

var spanKinds = map[timeline.Kind]wire.SpanKind{
	timeline.Running: wire.SpanRunning, timeline.Blocked: wire.SpanBlocked, timeline.Failed: wire.SpanFailed,
}

func toBar(b timeline.Bar, first uint64) wire.TimelineBar {
	return wire.TimelineBar{
		TID: strconv.FormatInt(b.TID, 10), PID: strconv.FormatInt(b.PID, 10), Label: text(b.Label), Tip: text(b.Command), Depth: b.Depth,
		Begin: since(b.Begin, first), End: since(b.End, first), Born: b.Born, Died: b.Died, Filter: text(b.Filter),
		Names: each(b.Names, func(n timeline.Name) wire.TimelineName {
			return wire.TimelineName{Time: since(n.Time, first), Label: text(n.Label), Num: n.Event}
		}),
		Spans: each(b.Spans, func(s timeline.Span) wire.TimelineSpan {
			label := s.Call
			if s.Calls != 1 {
				if label = strconv.Itoa(s.Calls) + " calls"; s.Call != "" {
					label = strconv.Itoa(s.Calls) + " × " + s.Call
				}
			}
			return wire.TimelineSpan{Begin: since(s.Begin, first), End: since(s.End, first), Kind: spanKinds[s.Kind], Label: label, Num: s.Event}
		}),
	}
}
