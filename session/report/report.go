package report

import (
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"

	_ "embed"

	"github.com/scapls/scapls/session/stats"
)

// Report is what a report says. All texts are UTF-8.
type Report struct {
	Title    string // name of the capture
	Filter   string // "" for all events
	Made     time.Time
	Zone     *time.Location // that times are shown in
	Counted  uint64         // rows of the calls view that were counted
	Facts    []Section
	Problems []string
	Graphs   []Graph
	Tables   []*stats.Table
	Marks    []Mark
}

// Section is some facts.
type Section struct {
	Title string
	Facts []Fact
}

// Fact is one of them.
type Fact struct{ Name, Value, Note string }

// Graph is a line over time.
type Graph struct {
	Title  string
	Kind   stats.Kind // of the values
	From   uint64     // ns since the epoch
	Step   uint64     // ns
	Points []float64  // -1 where nothing was measured
}

// Mark is an event that somebody marked.
type Mark struct {
	Num      uint64
	Time     uint64 // ns since the epoch
	Sentence string
	Note     string
}

// TableRows is how many rows of a table a report shows.
const TableRows = 20

//go:embed report.html
var page string

var parsed = template.Must(template.New("report").Funcs(template.FuncMap{
	"svg": drawing, "cell": func(c stats.Column, v stats.Value, zone *time.Location) string { return c.String(v, zone) },
	"more": func(t *stats.Table) int { return max(len(t.Rows)-TableRows, 0) },
	"top":  func(t *stats.Table) []stats.Row { return t.Rows[:min(len(t.Rows), TableRows)] },
	"clock": func(ts uint64, zone *time.Location) string {
		return time.Unix(0, int64(ts)).In(zone).Format("2006-01-02 15:04:05.000000000")
	},
	"right": func(c stats.Column) bool { return c.Kind != stats.Text },
}).Parse(page))

// Write writes the report.
func (r *Report) Write(w io.Writer) error { return parsed.Execute(w, r) }

// Size of a drawing, in its own units.
const (
	width  = 1000
	height = 140
	left   = 90 // room for the scale
	bottom = 20
)

// drawing draws a graph as SVG: bars of equal width, the scale on the left, the time below.
func drawing(g Graph, zone *time.Location) template.HTML {
	top := 0.0
	for _, v := range g.Points {
		top = math.Max(top, v)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, height, template.HTMLEscapeString(g.Title))
	scale := stats.Column{Kind: g.Kind}
	if top > 0 {
		step := float64(width-left) / float64(len(g.Points))
		for i, v := range g.Points {
			if v <= 0 {
				continue
			}
			h := v / top * (height - bottom - 10)
			fmt.Fprintf(&b, `<rect class="bar" x="%.2f" y="%.2f" width="%.2f" height="%.2f"/>`, float64(left)+float64(i)*step, float64(height-bottom)-h, math.Max(step-0.3, 0.3), h)
		}
	}
	for _, part := range []float64{0, 0.5, 1} {
		y := float64(height-bottom) - part*(height-bottom-10)
		fmt.Fprintf(&b, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, left, width, y, y)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`, left-6, y+4,
			template.HTMLEscapeString(scale.String(stats.Value{N: int64(math.Round(top * part))}, zone)))
	}
	end := g.From + g.Step*uint64(len(g.Points))
	for _, label := range []struct {
		x      int
		ts     uint64
		anchor string
	}{{left, g.From, "start"}, {(left + width) / 2, (g.From + end) / 2, "middle"}, {width, end, "end"}} {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="%s">%s</text>`, label.x, height-4, label.anchor,
			time.Unix(0, int64(label.ts)).In(zone).Format("15:04:05.000"))
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // all texts in it are escaped above
}
