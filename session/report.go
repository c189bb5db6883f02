package session

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/report"
	"github.com/scapls/scapls/session/stats"
)

// ReportOptions says what a report is about.
type ReportOptions struct {
	Filter string // as it was typed; for show
	Prog   *filter.Program
	Loc    *time.Location
	Marks  []report.Mark
	Now    time.Time
}

// reportTables are the tables of a report, in its order.
var reportTables = []string{"calls", "processes", "containers", "errors", "files", "directories", "connections", "endpoints", "servers", "users", "slow", "scheduling"}

var reportGraphs = []struct {
	title   string
	measure stats.Measure
	kind    stats.Kind
}{
	{"Events", stats.Events, stats.Count},
	{"Failed calls", stats.Errors, stats.Count},
	{"Bytes read", stats.ReadBytes, stats.Bytes},
	{"Bytes written", stats.WriteBytes, stats.Bytes},
	{"Latency, 99th percentile", stats.LatP99, stats.Duration},
}

// graphSteps is how finely the graphs of a report are divided.
const graphSteps = 240

// MakeReport gathers a report on a complete index.
func MakeReport(ctx context.Context, x *index.Index, o ReportOptions) (*report.Report, error) {
	calls := index.List{Calls: true}
	var set *index.Set
	if o.Prog != nil {
		var err error
		if set, err = x.Select(ctx, o.Prog, index.Ask{List: calls, Loc: o.Loc}, nil); err != nil {
			return nil, err
		}
	}
	snap := x.Acquire()
	r := &report.Report{Title: utf8(filepath.Base(x.Name)), Filter: o.Filter, Made: o.Now, Zone: o.Loc, Counted: uint64(snap.Rows(calls)), Marks: o.Marks}
	f, err := stats.NewFrame(snap, 0, 0, graphSteps, 0)
	snap.Release()
	if err != nil {
		return nil, err
	}
	if set != nil {
		r.Counted = uint64(set.Rows())
	}
	for _, s := range Report(x, o.Loc) {
		sec := report.Section{Title: s.Title}
		for _, row := range s.Rows[:min(len(s.Rows), report.TableRows)] {
			sec.Facts = append(sec.Facts, report.Fact(row))
		}
		if more := len(s.Rows) - report.TableRows; more > 0 { // of events by type, which the first table has
			sec.Facts = append(sec.Facts, report.Fact{Name: "…", Value: fmt.Sprintf("%d more", more)})
		}
		r.Facts = append(r.Facts, sec)
	}
	_, diags := x.Stats()
	for _, d := range diags {
		r.Problems = append(r.Problems, utf8(d.Text))
	}
	for _, g := range reportGraphs {
		line, err := stats.Series(ctx, x, calls, set, f, stats.LineAsk{Measure: g.measure})
		if err != nil {
			return nil, err
		}
		if g.measure == stats.LatP99 && !measured(line.Points) {
			continue
		}
		r.Graphs = append(r.Graphs, report.Graph{Title: g.title, Kind: g.kind, From: f.From, Step: f.Step, Points: line.Points})
	}
	for _, name := range reportTables {
		t, err := stats.Compute(ctx, x, set, name)
		if err != nil {
			return nil, fmt.Errorf("count the %s: %w", name, err)
		}
		for i := range t.Rows[:min(len(t.Rows), report.TableRows)] {
			for j := range t.Rows[i].Cells {
				t.Rows[i].Cells[j].Text = utf8(t.Rows[i].Cells[j].Text)
			}
		}
		r.Tables = append(r.Tables, t)
	}
	return r, nil
}

func measured(points []float64) bool {
	for _, v := range points {
		if v >= 0 {
			return true
		}
	}
	return false
}

// Report writes a report on a list to a file. The capture's index must be complete.
func (s *Session) Report(ctx context.Context, q Query, marks []report.Mark, path string) error {
	if s.closed.Load() {
		return ErrClosed
	}
	p, err := s.program(q.Filter, q.Language)
	if err != nil {
		return err
	}
	r, err := MakeReport(ctx, s.shared.x, ReportOptions{Filter: strings.TrimSpace(q.Filter), Prog: p, Loc: s.loc, Marks: marks, Now: time.Now()})
	if err != nil {
		return err
	}
	return WriteFile(path, r.Write)
}
