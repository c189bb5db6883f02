package rpctest

import (
	"context"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/stats"
	"github.com/scapls/scapls/session/timeline"
)

// Stats is an empty table.
func (f *Fake) Stats(context.Context, session.StatsRequest) (*session.Statistics, error) {
	return &session.Statistics{Table: &stats.Table{Name: "calls", Columns: []stats.Column{{ID: "call", Kind: stats.Text}}}}, nil
}

// SaveStats writes nothing.
func (f *Fake) SaveStats(context.Context, session.StatsRequest, stats.Form, string) error { return nil }

// Series is lines without points.
func (f *Fake) Series(_ context.Context, _ session.Query, _ session.Span, _ int, _ uint64, asks []session.SeriesAsk) (*session.Series, error) {
	s := &session.Series{Errors: make([]error, len(asks))}
	for range asks {
		s.Lines = append(s.Lines, &stats.Line{})
	}
	return s, nil
}

// Heat is an empty map.
func (f *Fake) Heat(context.Context, session.Query, session.Span, int) (*stats.Heat, error) {
	return &stats.Heat{}, nil
}

// Scatter is no points.
func (f *Fake) Scatter(context.Context, session.Query, session.Span, string, string, int) (*session.Scattered, error) {
	return &session.Scattered{Points: &stats.Points{}}, nil
}

// Timeline is no bars.
func (f *Fake) Timeline(context.Context, session.TimelineRequest) (*timeline.Timeline, error) {
	return &timeline.Timeline{}, nil
}

// First is the time 1.
func (f *Fake) First() uint64 { return 1 }
