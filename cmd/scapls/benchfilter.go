package main

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
)

// filterFigure is what one filter costs on an index that is complete.
type filterFigure struct {
	Filter string `json:"filter"`
	Rows   uint32 `json:"rows"`
	NS     int64  `json:"ns"`       // the best time to find all rows, nothing being known of the filter before
	CPUNS  int64  `json:"cpu_ns"`   // the least time of all processors together
	FirstN int64  `json:"first_ns"` // until the first 200 rows are known
	PageNS int64  `json:"page_ns"`  // to find 200 rows somewhere in the list, median
	Bytes  int64  `json:"bytes"`    // by which it grew the memory
	Error  string `json:"error,omitempty"`
}

// enough is how long a filter is measured at most, when it has run three times.
const enough = 3 * time.Second

// benchFilter measures a filter.
func benchFilter(ctx context.Context, x *index.Index, text string, runs int) filterFigure {
	f := filterFigure{Filter: text}
	read := filter.Read(text, filter.Auto)
	p, err := read.Compile()
	if err != nil {
		f.Error = err.Error()
		return f
	}
	var set *index.Set
	begin := time.Now()
	for run := 0; run < runs && (run < 3 || time.Since(begin) < enough); run++ {
		x.Forget()
		before := int64(0)
		if run == 0 {
			before = heap()
		}
		start, cpu := time.Now(), cpuTime()
		first := time.Duration(0)
		set, err = x.Select(ctx, p, index.Ask{}, func(s *index.Set) {
			if first == 0 && s.Rows() >= 200 {
				first = time.Since(start)
			}
		})
		took := time.Since(start)
		if cpu = cpuTime() - cpu; f.CPUNS == 0 || cpu.Nanoseconds() < f.CPUNS {
			f.CPUNS = cpu.Nanoseconds()
		}
		if err != nil {
			f.Error = err.Error()
			return f
		}
		if first == 0 {
			first = took
		}
		if f.NS == 0 || took.Nanoseconds() < f.NS {
			f.NS, f.FirstN = took.Nanoseconds(), first.Nanoseconds()
		}
		if run == 0 {
			f.Bytes = heap() - before
		}
	}
	f.Rows = set.Rows()
	var pages []int64
	for i := range uint32(200) {
		start := time.Now()
		key := set.Select(i * 7919 * 131 % max(f.Rows, 1))
		for n := 0; key != 0 && n < 200; n++ {
			key = set.Next(key + 1)
		}
		pages = append(pages, time.Since(start).Nanoseconds())
	}
	slices.Sort(pages)
	f.PageNS = pages[len(pages)/2]
	return f
}

// heap returns the bytes in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
