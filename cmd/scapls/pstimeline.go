package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/format"
	"github.com/scapls/scapls/session/timeline"
)

// chart is how many characters wide the bars of a timeline are.
const chart = 60

// marks are how what a process did is drawn.
var marks = map[timeline.Kind]rune{timeline.Running: '▪', timeline.Blocked: '·', timeline.Failed: '!'}

// psTimeline prints processes as bars over time.
func psTimeline(ctx context.Context, x *index.Index, threads bool, w *bufio.Writer) error {
	if err := x.Wait(ctx); err != nil {
		return err
	}
	t, err := timeline.Make(ctx, x, timeline.Ask{List: index.List{Calls: true}, Columns: chart, Threads: threads, Count: 1 << 20})
	if err != nil {
		return err
	}
	span := max(t.To-t.From, 1)
	at := func(ts uint64) int { return int(float64(max(ts, t.From)-t.From) / float64(span) * (chart - 1)) }
	from, to := clockText(t.From), clockText(t.To)
	fmt.Fprintf(w, "%8s  %s%s%s  %s\n", "PID", from, strings.Repeat(" ", max(chart-len(from)-len(to), 1)), to, "COMMAND")
	for _, b := range t.Bars {
		line := []rune(strings.Repeat(" ", chart))
		for i := at(b.Begin); i <= min(at(b.End), chart-1); i++ {
			line[i] = '─'
		}
		for _, s := range b.Spans {
			for i := at(s.Begin); i <= min(at(s.End-min(s.End, 1)), chart-1); i++ {
				line[i] = marks[s.Kind]
			}
		}
		if b.Born != 0 {
			line[at(b.Begin)] = '├'
		}
		if b.Died != 0 {
			line[at(b.End)] = '┤'
		}
		var ran []string
		for _, n := range b.Names {
			ran = append(ran, format.OneLine(n.Label))
		}
		fmt.Fprintf(w, "%8d  %s  %s%s\n", b.TID, string(line), strings.Repeat("  ", b.Depth), strings.Join(ran, " → "))
	}
	_, err = fmt.Fprintf(w, "\n▪ in calls  · waiting in a call  ! a call failed  ─ nothing recorded  ├ began  ┤ ended\n")
	return err
}

func clockText(ts uint64) string {
	return time.Unix(0, int64(ts)).In(location()).Format("15:04:05.000000")
}
