package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// tally collects the comparisons.
type tally struct {
	verbose int
	peer    string

	mu     sync.Mutex
	sums   map[string]string // by capture and filter: what expected holds
	faults []fault
	same   int
	known  map[int]bool // questions whose known difference was seen
	open   map[int]bool // those of them that remain to be looked at
	idle   []string     // questions with a reason, without a difference
	seen   map[int]string
}

type fault struct {
	i    int
	text string
}

// add compares two results.
func (t *tally) add(i int, q question, c *capture, ours, theirs result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sums == nil {
		t.sums, t.known, t.open, t.seen = map[string]string{}, map[int]bool{}, map[int]bool{}, map[int]string{}
	}
	a, b := ours.sum(), theirs.sum()
	t.sums[c.name+"\n"+q.text] = b
	if q.known != "" {
		t.seen[i] = q.text
		t.sums[c.name+"\n"+q.text] = a
	}
	switch {
	case a == b:
		t.same++
	case q.known != "":
		t.known[i] = true
		if q.open {
			t.open[i] = true
		}
	default:
		t.faults = append(t.faults, fault{i, t.describe(q, c, ours, theirs)})
	}
}

func (t *tally) describe(q question, c *capture, ours, theirs result) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n  %s: ours %s, %s %s\n", q.text, c.name, say(ours), t.peer, say(theirs))
	if ours.refused == "" && theirs.refused == "" {
		t.lines(&b, "only ours", ours.lines, theirs.lines)
		t.lines(&b, "only "+t.peer, theirs.lines, ours.lines)
	}
	return b.String()
}

func say(r result) string {
	if r.refused != "" {
		return fmt.Sprintf("refuses (%s)", r.refused)
	}
	return fmt.Sprint(len(r.lines))
}

// lines prints the first lines of a that b lacks.
func (t *tally) lines(w io.Writer, what string, a, b []string) {
	has := count(b)
	n := 0
	for _, l := range a {
		if has[l]--; has[l] < 0 {
			if n++; n <= t.verbose {
				fmt.Fprintf(w, "    %s: %s\n", what, l)
			}
		}
	}
	if n > t.verbose {
		fmt.Fprintf(w, "    %s: %d more\n", what, n-t.verbose)
	}
}

// record writes what sysdig says of the captures of the repository; for known differences, what we say.
func (t *tally) record(all []question, files []*capture) error {
	if err := os.MkdirAll(filepath.Join(dir, "expected"), 0o755); err != nil {
		return err
	}
	for _, c := range files {
		var b bytes.Buffer
		b.WriteString("# How many events match each filter of ../oracle.txt, and a hash of them: see cmd/internal/filteroracle.\n")
		for _, l := range slices.Sorted(func(yield func(string) bool) {
			for l, n := range c.extra {
				for range max(n, 0) {
					if !yield(l) {
						return
					}
				}
			}
		}) {
			fmt.Fprintf(&b, "extra\t%s\n", l)
		}
		for _, q := range all {
			fmt.Fprintf(&b, "%s\t%s\n", t.sums[c.name+"\n"+q.text], q.text)
		}
		if err := os.WriteFile(filepath.Join(dir, "expected", strings.TrimSuffix(c.name, ".scap")+".txt"), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// report prints the differences and returns the exit status.
func (t *tally) report(w io.Writer, asked int) int {
	slices.SortStableFunc(t.faults, func(a, b fault) int { return a.i - b.i })
	for _, f := range t.faults {
		fmt.Fprint(w, f.text)
	}
	for i, text := range t.seen {
		if !t.known[i] {
			t.idle = append(t.idle, text)
		}
	}
	slices.Sort(t.idle)
	for _, text := range t.idle {
		fmt.Fprintf(w, "the reason covers nothing: %s\n", text)
	}
	fmt.Fprintf(w, "%d filters: %d results the same, %d differ; %d filters differ for known reasons, %d for open ones\n",
		asked, t.same, len(t.faults), len(t.known)-len(t.open), len(t.open))
	if len(t.faults) > 0 {
		return 1
	}
	return 0
}
