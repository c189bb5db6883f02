package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/find"
)

// findFigure is what one search costs on a capture that is indexed, nothing being known of it before.
type findFigure struct {
	Search  string `json:"search"`
	Matched uint64 `json:"matched"`
	FirstNS int64  `json:"first_ns"` // until the first match from the start is known
	LastNS  int64  `json:"last_ns"`  // until the last one is, searched from the end
	NS      int64  `json:"ns"`       // until all are counted
	CPUNS   int64  `json:"cpu_ns"`   // of all processors together, for that
	NextNS  int64  `json:"next_ns"`  // then to go to the next one
	Error   string `json:"error,omitempty"`
}

// parseSearch reads WHERE/MODE:TEXT, "columns/text:etc".
func parseSearch(text string, columns []string) (session.Search, error) {
	how, what, ok := strings.Cut(text, ":")
	in, mode, also := strings.Cut(how, "/")
	if !ok || !also {
		return session.Search{}, fmt.Errorf("%q is no search; write columns/text:etc, bytes/hex:7f 45, details/regex:O_RD", text)
	}
	return session.Search{In: session.SearchIn(in), Mode: find.Mode(mode), Text: what, Columns: columns}, nil
}

// benchFind measures a search in all events.
func benchFind(ctx context.Context, s *session.Session, text string, columns []string, runs int) findFigure {
	f := findFigure{Search: text}
	what, err := parseSearch(text, columns)
	if err != nil {
		f.Error = err.Error()
		return f
	}
	q := session.Query{View: session.EventsView}
	best := func(to *int64, run func() error) {
		s.Forget()
		start := time.Now()
		if e := run(); e != nil {
			err = e
		}
		if took := time.Since(start).Nanoseconds(); *to == 0 || took < *to {
			*to = took
		}
	}
	begin := time.Now()
	for run := 0; run < runs && (run < 2 || time.Since(begin) < enough) && err == nil; run++ {
		best(&f.FirstNS, func() error {
			_, err := s.Find(ctx, session.FindRequest{Query: q, Search: what})
			return err
		})
		best(&f.LastNS, func() error {
			_, err := s.Find(ctx, session.FindRequest{Query: q, Search: what, Backwards: true})
			return err
		})
		best(&f.NS, func() error {
			cpu := cpuTime()
			m, err := s.Matches(ctx, q, what, 0, 0)
			if cpu = cpuTime() - cpu; f.CPUNS == 0 || cpu.Nanoseconds() < f.CPUNS {
				f.CPUNS = cpu.Nanoseconds()
			}
			f.Matched = m.Matched
			return err
		})
		start := time.Now()
		if _, e := s.Find(ctx, session.FindRequest{Query: q, Search: what, From: s.Progress().Events / 2, Wrap: true}); e != nil {
			err = e
		}
		f.NextNS = time.Since(start).Nanoseconds()
	}
	if err != nil {
		f.Error = err.Error()
	}
	return f
}
