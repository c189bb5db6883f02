package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// floor is the share of equal (or known) records under which a file fails.
const floor = 0.99

// options are the command line.
type options struct {
	bin, shared, knownFile, bestFile, out string
	file, kind                            string
	verbose, width, top                   int
	num                                   uint64
	hist, update, onlyBad                 bool
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/scapls", "the binary to try")
	flag.StringVar(&o.shared, "shared", sharedDir(), "folder with captures, vectors and expected texts (also SCAPLS_SHARED)")
	flag.StringVar(&o.knownFile, "known", "testdata/conformance/known.txt", "rules for differences that are no faults of ours")
	flag.StringVar(&o.bestFile, "best", "testdata/conformance/best.tsv", "best results so far")
	flag.StringVar(&o.file, "file", "", "only captures whose name contains this, or matches this glob")
	flag.StringVar(&o.kind, "kind", "", "only these kinds, comma-separated: events, calls, events-fields, calls-fields, or fields for both")
	flag.IntVar(&o.verbose, "v", 0, "print the first N differing records of each file")
	flag.IntVar(&o.width, "width", 220, "longest text printed for a value or record; 0 prints everything")
	flag.IntVar(&o.top, "top", 50, "groups printed by -hist")
	flag.Uint64Var(&o.num, "num", 0, "print both sides of this event number (the oracle's number in the calls view)")
	flag.BoolVar(&o.hist, "hist", false, "group the differences by event type and parameter or field")
	flag.BoolVar(&o.onlyBad, "bad", false, "leave complete files out of the table")
	flag.BoolVar(&o.update, "update", false, "write the results as the new best ones")
	flag.StringVar(&o.out, "out", "", "write every difference to FOLDER/NAME.KIND.diff")
	flag.Parse()
	code, err := run(os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
	}
	os.Exit(code)
}

// sharedDir is where the captures and the oracles' texts are.
func sharedDir() string {
	if dir := os.Getenv("SCAPLS_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared")
}

// run does all comparisons and returns the exit code: 0 good, 1 not conforming, 2 could not be run.
func run(w io.Writer, o options) (int, error) {
	if _, err := os.Stat(filepath.Join(o.shared, "expected")); err != nil {
		return skip(w, fmt.Sprintf("no captures and oracles at %s (set SCAPLS_SHARED)", o.shared))
	}
	if _, err := os.Stat(o.bin); err != nil {
		return 2, fmt.Errorf("no binary to try: %w (run make build)", err)
	}
	rules, err := readRules(o.knownFile)
	if err != nil {
		return 2, err
	}
	best, err := readBest(o.bestFile)
	if err != nil {
		return 2, err
	}
	jobs, err := plan(o.shared)
	if err != nil {
		return 2, err
	}
	jobs = choose(jobs, o.file, o.kind)
	if len(jobs) == 0 {
		return 2, errors.New("nothing matches -file and -kind")
	}
	results := compareAll(jobs, o.bin, rules)
	printTable(w, results, best, o)
	if o.num != 0 {
		printNumber(w, results, o.num)
	}
	if o.verbose > 0 {
		printDifferences(w, results, o)
	}
	if o.hist {
		printHistogram(w, results, o)
	}
	if o.out != "" {
		if err := writeDiffs(results, o.out); err != nil {
			return 2, err
		}
	}
	if o.update {
		if err := best.write(o.bestFile, results); err != nil {
			return 2, err
		}
	}
	return verdict(w, results, best, rules, o), nil
}

// skip says why nothing was compared; under SCAPLS_REQUIRE=shared that is a failure.
func skip(w io.Writer, why string) (int, error) {
	for what := range strings.SplitSeq(os.Getenv("SCAPLS_REQUIRE"), ",") {
		if what == "shared" || what == "all" {
			return 1, fmt.Errorf("required by SCAPLS_REQUIRE: %s", why)
		}
	}
	fmt.Fprintf(w, "SKIP conformance: %s\n", why)
	return 0, nil
}

// choose keeps the jobs that -file and -kind name.
func choose(jobs []job, file, kind string) []job {
	var kept []job
	for _, j := range jobs {
		glob, _ := path.Match(file, j.name)
		if file != "" && !glob && !strings.Contains(j.name, file) {
			continue
		}
		if kind != "" && !kindMatches(kind, j.kind) {
			continue
		}
		kept = append(kept, j)
	}
	return kept
}

func kindMatches(list, kind string) bool {
	for k := range strings.SplitSeq(list, ",") {
		if k == kind || k == "*" || k == "fields" && strings.HasSuffix(kind, "-fields") {
			return true
		}
	}
	return false
}

// compareAll runs the jobs on all processors and keeps their order.
func compareAll(jobs []job, bin string, rules []*rule) []*result {
	results := make([]*result, len(jobs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(runtime.NumCPU(), len(jobs)) {
		wg.Go(func() {
			for i := range next {
				results[i] = jobs[i].compare(bin, rules)
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
}
