package main

import (
	"context"
	"slices"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/store"
)

// colorFigure is what the colour rules that come with scapls cost on an index that is complete.
type colorFigure struct {
	Rules   int    `json:"rules"`
	ColdP50 int64  `json:"cold_ns_p50"` // a page of 200 rows with colours, where no rule was asked before
	ColdP99 int64  `json:"cold_ns_p99"`
	AllNS   int64  `json:"all_ns"` // all rules asked of all events
	AllCPU  int64  `json:"all_cpu_ns"`
	MapP50  int64  `json:"map_ns_p50"` // how the whole list falls to the rules, in 1,000 parts, once they were asked
	MapP99  int64  `json:"map_ns_p99"`
	WarmP50 int64  `json:"warm_ns_p50"` // a page with colours then
	WarmP99 int64  `json:"warm_ns_p99"`
	Bytes   int64  `json:"bytes"` // by which it grew the memory
	Colored uint64 `json:"colored"`
}

// benchColors measures the colours of a session whose capture is indexed.
func benchColors(ctx context.Context, s *session.Session, cols []string) (*colorFigure, error) {
	f := &colorFigure{}
	var rules []session.ColorFilter
	for _, r := range store.ShippedRules() {
		rules = append(rules, session.ColorFilter{Text: r.Filter, Language: filter.Sysdig})
	}
	f.Rules = len(rules)
	n := max(s.Progress().Events, 1)
	pages := func(count uint64) (p50, p99 int64, err error) {
		var took []int64
		for i := range count {
			start := time.Now()
			_, err := s.Page(ctx, session.PageRequest{
				Query: session.Query{View: session.EventsView}, Start: i * 7919 * 131 % n, Count: 200, Columns: cols, Colors: rules,
			})
			if err != nil {
				return 0, 0, err
			}
			took = append(took, time.Since(start).Nanoseconds())
		}
		p50, p99 = percentiles(took)
		return p50, p99, nil
	}
	before := heap()
	var err error
	if f.ColdP50, f.ColdP99, err = pages(60); err != nil {
		return nil, err
	}
	ask := session.ColorsRequest{Query: session.Query{View: session.EventsView}, Colors: rules, Parts: 1000}
	start, cpu := time.Now(), cpuTime()
	for {
		c, err := s.Colors(ctx, ask)
		if err != nil {
			return nil, err
		}
		if c.Done {
			break
		}
	}
	f.AllNS, f.AllCPU = time.Since(start).Nanoseconds(), (cpuTime() - cpu).Nanoseconds()
	f.Bytes = heap() - before
	var took []int64
	for range 50 {
		start := time.Now()
		c, err := s.Colors(ctx, ask)
		if err != nil {
			return nil, err
		}
		took = append(took, time.Since(start).Nanoseconds())
		f.Colored = 0
		for _, u := range c.Rules {
			f.Colored += u.Colored
		}
	}
	f.MapP50, f.MapP99 = percentiles(took)
	f.WarmP50, f.WarmP99, err = pages(300)
	return f, err
}

// percentiles returns the median and the 99th percentile of times, which it sorts.
func percentiles(took []int64) (p50, p99 int64) {
	slices.Sort(took)
	return took[len(took)/2], took[len(took)*99/100]
}
