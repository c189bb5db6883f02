package main

import (
	"context"
	"encoding/json"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/session"
)

// runBench indexes a capture once, asks for pages of it, and prints what that cost as JSON. It serves make bench.
func runBench(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("bench", std)
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
	if err := x.Close(); err != nil {
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
	_ = json.NewEncoder(std.out).Encode(map[string]any{
		"events": n, "build_ns": built.Nanoseconds(), "peak_rss": peak, "index_bytes": ms.HeapInuse, "bytes": st.Bytes,
		"page_ns_p50": took[len(took)/2].Nanoseconds(), "page_ns_p99": took[len(took)*99/100].Nanoseconds(),
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
