package main

import (
	"context"
	"time"

	"github.com/scapls/scapls/index"
)

// sortFigure is what sorting all events by one column costs on an index that is complete.
type sortFigure struct {
	Field  string `json:"field"`
	Rows   uint32 `json:"rows"`
	Valued uint32 `json:"valued"` // that have a value
	NS     int64  `json:"ns"`     // the best time
	CPUNS  int64  `json:"cpu_ns"` // the least time of all processors together
	Bytes  int64  `json:"bytes"`  // by which the result grew the memory
	RankNS int64  `json:"rank_ns"`
	Error  string `json:"error,omitempty"`
}

// benchSort measures sorting by a field, FIELD or FIELD:desc.
func benchSort(ctx context.Context, x *index.Index, text string, runs int) sortFigure {
	f := sortFigure{Field: text}
	by, err := parseSorting(text)
	if err != nil {
		f.Error = err.Error()
		return f
	}
	begin := time.Now()
	for run := 0; run < runs && (run < 2 || time.Since(begin) < enough); run++ {
		before := int64(0)
		if run == 0 {
			before = heap()
		}
		start, cpu := time.Now(), cpuTime()
		o, err := x.Sort(ctx, index.Ask{}, nil, by, nil)
		if err != nil {
			f.Error = err.Error()
			return f
		}
		took := time.Since(start)
		if cpu = cpuTime() - cpu; f.CPUNS == 0 || cpu.Nanoseconds() < f.CPUNS {
			f.CPUNS = cpu.Nanoseconds()
		}
		if f.NS == 0 || took.Nanoseconds() < f.NS {
			f.NS = took.Nanoseconds()
		}
		if run == 0 {
			f.Bytes = heap() - before
		}
		f.Rows, f.Valued = o.Rows(), o.Valued()
		start = time.Now()
		o.Rank(o.Select(o.Rows() - 1)) // the farthest
		f.RankNS = time.Since(start).Nanoseconds()
	}
	return f
}
