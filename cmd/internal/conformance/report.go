package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// printTable prints a line per file and kind, and the sums of each kind.
func printTable(w io.Writer, results []*result, b best, o options) {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "capture\tkind\tequal\tknown\ttotal\tgood %\tbyte-exact\tmissing\textra\tcells %\ts\t")
	sums := map[string]*result{}
	for _, r := range results {
		if r.skip != "" {
			fmt.Fprintf(t, "%s\t%s\t\t\t\t\t\t\t\t\t\t%s\n", r.name, r.kind, "skipped: "+r.skip)
			continue
		}
		if r.err != nil {
			fmt.Fprintf(t, "%s\t%s\t\t\t\t\t\t\t\t\t\t%s\n", r.name, r.kind, "ERROR "+r.err.Error())
			continue
		}
		sum := sums[r.kind]
		if sum == nil {
			sum = &result{job: job{kind: r.kind, name: "all"}}
			sums[r.kind] = sum
		}
		sum.add(r)
		if !o.onlyBad || r.good() < r.total {
			row(t, r, flaw(r, b))
		}
	}
	for _, kind := range []string{kindEvents, kindCalls, kindEventsFields, kindCallsFields} {
		if sum := sums[kind]; sum != nil {
			row(t, sum, "")
		}
	}
	t.Flush()
}

func (r *result) add(other *result) {
	r.total += other.total
	r.equal += other.equal
	r.known += other.known
	r.exact += other.exact
	r.missing += other.missing
	r.extra += other.extra
	r.cells += other.cells
	r.equalCells += other.equalCells
	r.took += other.took
}

func row(w io.Writer, r *result, flaw string) {
	cells := ""
	if r.cells > 0 {
		cells = percent(r.equalCells, r.cells)
	}
	fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%d\t%d\t%d\t%s\t%.2f\t%s\n", r.name, r.kind, r.equal, r.known, r.total,
		percent(r.good(), r.total), r.exact, r.missing, r.extra, cells, r.took.Seconds(), strings.TrimSpace(flaw+" "+r.note))
}

// percent never rounds up to a hundred.
func percent(part, whole int) string {
	if part == whole {
		return "100"
	}
	return fmt.Sprintf("%.2f", float64(part*10000/whole)/100)
}

// flaw says why a result fails, "" when it does not.
func flaw(r *result, b best) string {
	switch {
	case r.skip != "":
		return ""
	case r.err != nil:
		return "ERROR"
	case r.share() < floor:
		return "UNDER 99 %"
	case b.below(r):
		s := b[r.name+" "+r.kind]
		return fmt.Sprintf("WORSE than %d/%d", s.good, s.total)
	}
	return ""
}

// verdict prints the closing lines and returns the exit code.
func verdict(w io.Writer, results []*result, b best, rules []*rule, o options) int {
	bad := 0
	for _, r := range results {
		if flaw(r, b) != "" {
			bad++
		}
	}
	if o.file == "" && o.kind == "" {
		for _, r := range rules {
			if r.used.Load() == 0 {
				fmt.Fprintf(w, "note: the rule at %s:%d covers nothing any more\n", o.knownFile, r.line)
			}
		}
	}
	if bad > 0 {
		fmt.Fprintf(w, "FAIL conformance: %d of %d comparisons\n", bad, len(results))
		return 1
	}
	fmt.Fprintf(w, "ok   conformance: %d comparisons\n", len(results))
	return 0
}

// printDifferences prints the first records of each file that differ in unknown ways.
func printDifferences(w io.Writer, results []*result, o options) {
	for _, r := range results {
		shown := 0
		for _, p := range r.differing {
			if shown == o.verbose {
				break
			}
			if printPair(w, r, p, o.width, false) {
				shown++
			}
		}
	}
}

// printPair prints the unknown differences of a pair, or all of them, and reports whether there were any.
func printPair(w io.Writer, r *result, p pair, width int, known bool) bool {
	any := false
	for _, d := range p.diffs {
		if d.known != nil && !known {
			continue
		}
		if !any {
			fmt.Fprintf(w, "\n%s %s event %d, %s\n", r.name, r.kind, p.num(), d.event)
			any = true
		}
		a, b := around(d.ours, d.theirs, width)
		fmt.Fprintf(w, "  %s\n    ours   %s\n    theirs %s\n", d.what, a, b)
		if d.known != nil {
			fmt.Fprintf(w, "    known  rule at line %d\n", d.known.line)
		}
	}
	return any
}

// printNumber prints both sides of one event in full.
func printNumber(w io.Writer, results []*result, num uint64) {
	for _, r := range results {
		for _, p := range r.all {
			if p.num() != num {
				continue
			}
			fmt.Fprintf(w, "\n%s %s event %d\n  ours   %s\n  theirs %s\n", r.name, r.kind, num, rawOf(p.ours), rawOf(p.theirs))
			for _, d := range p.diffs {
				fmt.Fprintf(w, "  differs: %s ours=%q theirs=%q\n", d.what, d.ours, d.theirs)
			}
		}
	}
}

func rawOf(r *record) string {
	if r == nil {
		return "(none)"
	}
	return fmt.Sprintf("%q", r.raw)
}

// writeDiffs writes every difference, known ones too, to one file per result.
func writeDiffs(results []*result, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, r := range results {
		name := filepath.Join(dir, r.name+"."+r.kind+".diff")
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		for _, p := range r.differing {
			printPair(f, r, p, 0, true)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// A group is all differences in one parameter or field of one event type.
type group struct {
	kind, event, what string
	count             int
	files             map[string]int
	shapes            map[string]*shape
}

// A shape is the differences of a group whose values part in the same way, digits ignored.
type shape struct {
	count        int
	file         string
	num          uint64
	ours, theirs string
}

// printHistogram groups the unknown differences by kind, event type and parameter, most frequent first, each with its three most
// frequent shapes.
func printHistogram(w io.Writer, results []*result, o options) {
	groups := map[[3]string]*group{}
	for _, r := range results {
		for _, p := range r.differing {
			for _, d := range p.diffs {
				if d.known == nil {
					collect(groups, r, p, d)
				}
			}
		}
	}
	list := make([]*group, 0, len(groups))
	total := 0
	for _, g := range groups {
		list = append(list, g)
		total += g.count
	}
	slices.SortFunc(list, func(a, b *group) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.kind+a.event+a.what, b.kind+b.event+b.what))
	})
	fmt.Fprintf(w, "\n%d differences in %d groups\n", total, len(list))
	for i, g := range list {
		if i == o.top {
			fmt.Fprintf(w, "\n… and %d more groups (-top)\n", len(list)-i)
			break
		}
		g.print(w, o.width)
	}
	printByField(w, list)
}

func collect(groups map[[3]string]*group, r *result, p pair, d difference) {
	key := [3]string{r.kind, d.event, d.what}
	g := groups[key]
	if g == nil {
		g = &group{kind: r.kind, event: d.event, what: d.what, files: map[string]int{}, shapes: map[string]*shape{}}
		groups[key] = g
	}
	g.count++
	g.files[r.name]++
	look := shapeOf(d.ours, d.theirs)
	s := g.shapes[look]
	if s == nil {
		s = &shape{file: r.name, num: p.num(), ours: d.ours, theirs: d.theirs}
		g.shapes[look] = s
	}
	s.count++
}

func (g *group) print(w io.Writer, width int) {
	fmt.Fprintf(w, "\n%6d  %s %s  [%s]  in %d file(s)\n", g.count, g.event, g.what, g.kind, len(g.files))
	shapes := make([]*shape, 0, len(g.shapes))
	for _, s := range g.shapes {
		shapes = append(shapes, s)
	}
	slices.SortFunc(shapes, func(a, b *shape) int {
		return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.file, b.file), cmp.Compare(a.num, b.num))
	})
	for i, s := range shapes {
		if i == 3 {
			fmt.Fprintf(w, "          … %d more shapes\n", len(shapes)-i)
			break
		}
		a, b := around(s.ours, s.theirs, width)
		fmt.Fprintf(w, "        %d× e.g. %s #%d\n          ours   %s\n          theirs %s\n", s.count, s.file, s.num, a, b)
	}
}

// printByField sums the groups by parameter or field alone: a fault in one field often shows on every event type.
func printByField(w io.Writer, list []*group) {
	sums := map[string]int{}
	for _, g := range list {
		sums[g.kind+"\t"+g.what] += g.count
	}
	keys := make([]string, 0, len(sums))
	for k := range sums {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(sums[b], sums[a]), strings.Compare(a, b)) })
	fmt.Fprintln(w, "\nby parameter or field:")
	for i, k := range keys {
		if i == 30 {
			break
		}
		fmt.Fprintf(w, "%6d  %s\n", sums[k], strings.ReplaceAll(k, "\t", " "))
	}
}

var digits = regexp.MustCompile(`[0-9]+`)

// shapeOf is what is left of two values without the beginning and the end that they share, numbers taken out.
func shapeOf(a, b string) string {
	from := shared(a, b)
	a, b = a[from:], b[from:]
	end := 0
	for end < len(a) && end < len(b) && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	look := func(v string) string { return clip(digits.ReplaceAllString(clip(v, 120), "0"), 40) }
	return look(a[:len(a)-end]) + "\x00" + look(b[:len(b)-end])
}

// shared is the length of the beginning that a and b have in common.
func shared(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// around quotes two values, cut to width around the place where they part. Width 0 cuts nothing.
func around(a, b string, width int) (string, string) {
	if width <= 0 || len(a) <= width && len(b) <= width {
		return fmt.Sprintf("%q", a), fmt.Sprintf("%q", b)
	}
	from := max(0, shared(a, b)-width/3)
	piece := func(v string) string {
		from := min(from, len(v))
		text := fmt.Sprintf("%q", clip(v[from:], width))
		if from > 0 {
			text = "…" + text
		}
		return text
	}
	return piece(a), piece(b)
}

func clip(s string, n int) string {
	if n <= 0 || len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
