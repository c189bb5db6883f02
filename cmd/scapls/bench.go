package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/session"
)

// runBench indexes a capture once, asks for pages of it, and prints what that cost as JSON. It serves make bench.
func runBench(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("bench", std)
	var filters []string
	fs.Func("filter", "also measure this `filter`; may be given several times", func(s string) error {
		filters = append(filters, s)
		return nil
	})
	var sorts []string
	fs.Func("sort", "also measure sorting all events by this `field`, or field:desc; may be given several times", func(s string) error {
		sorts = append(sorts, s)
		return nil
	})
	views := fs.Bool("views", false, "also measure every view: statistics, graphs, streams, search …")
	var searches []string
	fs.Func("find", "also measure this `search`, columns/text:etc, bytes/hex:7f 45; may be given several times", func(s string) error {
		searches = append(searches, s)
		return nil
	})
	runs := fs.Int("runs", 3, "runs of each filter; the best counts")
	file, code := parseFile(fs, args)
	if code >= 0 {
		return code
	}
	start := time.Now()
	x, code := openIndex(ctx, "bench", file, std)
	if x == nil {
		return code
	}
	if err := x.Wait(ctx); err != nil {
		return exitOpen
	}
	built := time.Since(start)
	peak := peakRSS()
	st, _ := x.Stats()
	var figures []filterFigure
	for _, text := range filters {
		figures = append(figures, benchFilter(ctx, x, text, *runs))
	}
	var sorted []sortFigure
	for _, text := range sorts {
		sorted = append(sorted, benchSort(ctx, x, text, *runs))
	}
	if *views { // which need both: the session keeps what it was asked
		defer x.Close()
	} else if err := x.Close(); err != nil {
		return exitOpen
	}
	s, err := session.Open(ctx, file, session.Options{})
	if err != nil {
		return exitOpen
	}
	defer s.Close()
	for !s.Progress().Done {
		time.Sleep(10 * time.Millisecond)
	}
	runtime.GC()
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	var cols []string
	for _, c := range s.Columns() {
		if c.Default {
			cols = append(cols, c.ID)
		}
	}
	var viewed []viewFigure
	if *views {
		if viewed, err = measureViews(ctx, x, s, cols, *runs); err != nil {
			fmt.Fprintf(std.err, "scapls bench: %v\n", err)
			return exitOpen
		}
	}
	n := s.Progress().Events
	var took []time.Duration
	for i := range uint64(500) {
		req := session.PageRequest{Query: session.Query{View: session.EventsView}, Start: i * 7919 * 131 % max(n, 1), Count: 200, Columns: cols}
		t := time.Now()
		if _, err := s.Page(ctx, req); err != nil {
			return exitOpen
		}
		took = append(took, time.Since(t))
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	colors, err := benchColors(ctx, s, cols)
	if err != nil {
		return exitOpen
	}
	var found []findFigure
	for _, text := range searches {
		found = append(found, benchFind(ctx, s, text, cols, *runs))
	}
	typed := benchCompletion(ctx, s)
	_ = json.NewEncoder(std.out).Encode(map[string]any{
		"events": n, "build_ns": built.Nanoseconds(), "peak_rss": peak, "index_bytes": ms.HeapInuse, "bytes": st.Bytes,
		"page_ns_p50": took[len(took)/2].Nanoseconds(), "page_ns_p99": took[len(took)*99/100].Nanoseconds(), "filters": figures, "sorts": sorted,
		"finds": found, "colors": colors, "views": viewed,
		"complete_ns_p50": typed[len(typed)/2].Nanoseconds(), "complete_ns_p99": typed[len(typed)*99/100].Nanoseconds(),
	})
	return exitOK
}

// peakRSS returns the most memory this process has held, in bytes; 0 where the system does not tell.
func peakRSS() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// benchCompletion measures completions of values while filters are typed, once their counts are there; the times are
// sorted.
func benchCompletion(ctx context.Context, s *session.Session) (took []time.Duration) {
	src := assist.Source{Values: s.Values()}
	texts := []string{
		"proc.name = ", "proc.name = s", "fd.name = ", "fd.name = /", "fd.name contains usr", "evt.type in (o", "evt.res = E", "proc.cmdline contains ",
		"user.name = ", "fd.sport = ", "evt.arg.flags contains O_", "proc.", "proc.name = x and ", "proc.name ",
	}
	complete := func(text string) bool {
		_, more := assist.Complete(text, len(text), filter.Sysdig, src)
		return more
	}
	for _, text := range texts { // until they are counted, for ten seconds at most
		for range 200 {
			start := time.Now()
			if complete(text); time.Since(start) < 2*time.Millisecond || ctx.Err() != nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	for range 50 {
		for _, text := range texts {
			start := time.Now()
			complete(text)
			took = append(took, time.Since(start))
		}
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	return took
}
