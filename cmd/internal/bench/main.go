package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Goals on two cores.
const (
	goalRatio    = 5.0       // times faster than sysdig at printing
	goalEvents   = 5e6       // events indexed per second
	goalRSS      = 200 << 20 // bytes resident while indexing a million events
	goalPage     = time.Millisecond
	goalComplete = 10 * time.Millisecond
	runLimit     = 5 * time.Minute
	peersScript  = "testdata/tools/peers.sh"
)

type options struct {
	bin, shared, dir, file string
	runs                   int
	events                 int
	strict, unpackOnly     bool
	filtersOnly, sortsOnly bool
	followOnly             bool
	viewsOnly              bool
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/scapls", "the binary to measure")
	flag.StringVar(&o.shared, "shared", sharedDir(), "folder with bench/*.scap.zst (also SCAPLS_SHARED)")
	flag.StringVar(&o.dir, "dir", ".cache/bench", "where the unpacked captures are kept")
	flag.StringVar(&o.file, "file", "", "only captures whose name contains this")
	flag.IntVar(&o.runs, "runs", 3, "runs of each; the best counts")
	flag.IntVar(&o.events, "events", 10_000_000, "size of the captures that filters and sorting are measured on; 0: they are not measured")
	flag.BoolVar(&o.strict, "strict", false, "fail when a goal is missed")
	flag.BoolVar(&o.filtersOnly, "filters", false, "measure filters only")
	flag.BoolVar(&o.followOnly, "follow", false, "measure the memory of a server that follows a growing capture only; Linux")
	flag.BoolVar(&o.sortsOnly, "sorts", false, "measure sorting only")
	flag.BoolVar(&o.viewsOnly, "views", false, "measure statistics, graphs and the other views only, of the enlarged captures too")
	flag.BoolVar(&o.unpackOnly, "unpack", false, "unpack the captures and measure nothing")
	flag.Parse()
	code, err := run(os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	os.Exit(code)
}

func sharedDir() string {
	if dir := os.Getenv("SCAPLS_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared")
}

// run measures every capture and returns the exit code.
func run(w io.Writer, o options) (int, error) {
	packed, _ := filepath.Glob(filepath.Join(o.shared, "bench", "*.scap.zst"))
	packed = slices.DeleteFunc(packed, func(p string) bool { return !strings.Contains(filepath.Base(p), o.file) })
	if len(packed) == 0 {
		why := "no captures at " + filepath.Join(o.shared, "bench") + " (set SCAPLS_SHARED)"
		if strings.Contains(","+os.Getenv("SCAPLS_REQUIRE")+",", ",shared,") {
			return 1, fmt.Errorf("required by SCAPLS_REQUIRE: %s", why)
		}
		fmt.Fprintln(w, "SKIP bench:", why)
		return 0, nil
	}
	bin, err := filepath.Abs(o.bin)
	if err != nil {
		return 2, err
	}
	var files []string
	for _, p := range packed {
		file, err := unpacked(p, o.dir)
		if err != nil {
			return 2, err
		}
		files = append(files, file)
	}
	if o.unpackOnly {
		return 0, nil
	}
	fmt.Fprintf(w, "%s, %s/%s, %d processors: %s; load %s; best of %d runs\n\n", time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), processor(), load(), o.runs)
	sysdig := newSysdig(w, o.dir)
	t := &table{w: tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)}
	t.line("capture", "what", "value", "", "goal", "")
	for _, file := range files {
		if !o.filtersOnly && !o.followOnly && !o.sortsOnly {
			if !o.viewsOnly {
				measure(t, file, bin, sysdig, o.runs)
			}
			measureViews(t, file, bin, o.runs)
		}
		if o.events == 0 {
			continue
		}
		big, err := enlarged(file, o.events)
		if err != nil {
			return 2, err
		}
		if o.viewsOnly {
			measureViews(t, big, bin, o.runs)
			continue
		}
		if !o.followOnly && !o.sortsOnly {
			measureFilters(t, big, bin, sysdig, o.runs)
		}
		if !o.followOnly && !o.filtersOnly {
			measureSorts(t, big, bin, o.runs)
		}
		if runtime.GOOS == "linux" && !o.filtersOnly && !o.sortsOnly {
			measureFollow(t, big, bin, o.events)
		}
	}
	t.w.Flush()
	if t.missed > 0 {
		fmt.Fprintf(w, "\n%d goals missed\n", t.missed)
		if o.strict {
			return 1, nil
		}
	}
	return 0, nil
}

// unpacked returns the path of a capture without zstd, made when it is not there.
func unpacked(packed, dir string) (string, error) {
	file := filepath.Join(dir, strings.TrimSuffix(filepath.Base(packed), ".zst"))
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	in, err := os.Open(packed)
	if err != nil {
		return "", err
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		return "", err
	}
	defer z.Close()
	out, err := os.Create(file + ".part")
	if err != nil {
		return "", err
	}
	if _, err := io.Copy(out, z); err != nil {
		return "", fmt.Errorf("unpack %s: %w", packed, err)
	}
	if err := out.Close(); err != nil {
		return "", err
	}
	return file, os.Rename(out.Name(), file)
}

// A table collects the lines and counts missed goals.
type table struct {
	w      *tabwriter.Writer
	missed int
}

func (t *table) line(cells ...string) { fmt.Fprintln(t.w, strings.Join(cells, "\t")) }

// goal adds a line with its verdict.
func (t *table) goal(file, what, value, more, goal string, met bool) {
	verdict := "ok"
	if !met {
		verdict = "MISSED"
		t.missed++
	}
	t.line(file, what, value, more, goal, verdict)
}

// indexed is what `scapls bench FILE` prints.
type indexed struct {
	Events    int64 `json:"events"`
	BuildNS   int64 `json:"build_ns"`
	PeakRSS   int64 `json:"peak_rss"`
	PageNSp50 int64 `json:"page_ns_p50"`
	PageNSp99 int64 `json:"page_ns_p99"`
	completed
	// Index is the size of the columns and dimension tables, 0 when it is not told.
	Index int64 `json:"index_bytes"`
}

// completed is what `scapls bench` prints of completions of values while a filter is typed.
type completed struct {
	NSp50 int64 `json:"complete_ns_p50"`
	NSp99 int64 `json:"complete_ns_p99"`
}

// completion adds the line of completions.
func (t *table) completion(name string, c completed) {
	t.goal(name, "completion with values, p99", time.Duration(c.NSp99).String(), "p50 "+time.Duration(c.NSp50).String(),
		"≤ 10 ms", c.NSp99 > 0 && time.Duration(c.NSp99) <= goalComplete)
}

func measure(t *table, file, bin string, sysdig *sysdig, runs int) {
	name := filepath.Base(file)
	events, calls, peer := timing{}, timing{}, timing{}
	for range runs {
		events.run(bin, "read", file)
		calls.run(bin, "read", "--calls", file)
		if sysdig != nil {
			sysdig.run(&peer, name)
		}
	}
	t.line(name, "sysdig -r (calls view)", peer.String(), "", "", "")
	t.compare(name, "scapls read", &events, &peer)
	t.compare(name, "scapls read --calls", &calls, &peer)

	var best indexed
	for range runs {
		var one indexed
		out, err := exec.Command(bin, "bench", file).Output()
		if err == nil {
			err = json.Unmarshal(out, &one)
		}
		if err != nil {
			t.goal(name, "scapls bench", "failed", err.Error(), "", false)
			return
		}
		if best.BuildNS == 0 || one.BuildNS < best.BuildNS {
			one.PeakRSS = max(one.PeakRSS, best.PeakRSS)
			best = one
		}
	}
	perSecond := float64(best.Events) / (float64(best.BuildNS) / 1e9)
	t.goal(name, "index", fmt.Sprintf("%.2f M events/s", perSecond/1e6), time.Duration(best.BuildNS).Round(time.Millisecond).String(),
		"≥ 5 M events/s", perSecond >= goalEvents)
	if best.Index > 0 {
		t.line(name, "index size", fmt.Sprintf("%.1f bytes/event", float64(best.Index)/float64(best.Events)), "", "", "")
	}
	t.goal(name, "peak RSS", fmt.Sprintf("%d MB", best.PeakRSS>>20), "", "≤ 200 MB", best.PeakRSS <= goalRSS)
	t.goal(name, "page of 200 rows, p50", time.Duration(best.PageNSp50).String(), "p99 "+time.Duration(best.PageNSp99).String(),
		"≤ 1 ms", time.Duration(best.PageNSp50) <= goalPage)
	t.completion(name, best.completed)
}

// compare adds a line with how often faster than sysdig scapls is.
func (t *table) compare(name, what string, ours, peer *timing) {
	switch {
	case ours.err != nil:
		t.goal(name, what, "failed", ours.err.Error(), "", false)
	case peer.best == 0:
		t.line(name, what, ours.String(), fmt.Sprintf("RSS %d MB", ours.rss>>20), "≥ 5× sysdig", "no sysdig")
	default:
		ratio := peer.best.Seconds() / ours.best.Seconds()
		t.goal(name, what, ours.String(), fmt.Sprintf("%.1f× sysdig, RSS %d MB", ratio, ours.rss>>20), "≥ 5× sysdig", ratio >= goalRatio)
	}
}

// A timing keeps the best of several runs.
type timing struct {
	best, user time.Duration
	rss        int64 // bytes, the highest
	err        error
}

func (m *timing) String() string {
	if m.best == 0 {
		return "–"
	}
	return fmt.Sprintf("%.3f s (cpu %.2f)", m.best.Seconds(), m.user.Seconds())
}

// run times one command, output to /dev/null.
func (m *timing) run(name string, args ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	start := time.Now()
	if err := cmd.Run(); err != nil {
		m.err = err
		return
	}
	m.add(time.Since(start), cmd.ProcessState)
}

func (m *timing) add(took time.Duration, state *os.ProcessState) {
	m.rss = max(m.rss, maxRSS(state))
	if m.best == 0 || took < m.best {
		m.best, m.user = took, state.UserTime()+state.SystemTime()
	}
}

// sysdig runs the real one.
type sysdig struct {
	script, dir string
	start       time.Duration // what starting it costs
}

// newSysdig returns nil, with a line that says why, when it is not installed.
func newSysdig(w io.Writer, dir string) *sysdig {
	script, err := filepath.Abs(peersScript)
	if err != nil {
		return nil
	}
	s := &sysdig{script: script, dir: dir}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil
	}
	for range 3 {
		cmd := exec.Command(script, "sysdig", "--version")
		cmd.Dir = dir
		start := time.Now()
		err := cmd.Run()
		if err != nil {
			fmt.Fprintf(w, "sysdig does not run here (make peers): %v\n\n", err)
			return nil
		}
		if took := time.Since(start); s.start == 0 || took < s.start {
			s.start = took
		}
	}
	return s
}

// run prints a capture of the folder with sysdig, or what a filter leaves of it.
func (s *sysdig) run(m *timing, name string, cond ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.script, append([]string{"sysdig", "-r", name}, cond...)...)
	cmd.Dir = s.dir
	start := time.Now()
	if err := cmd.Run(); err != nil {
		m.err = err
		return
	}
	m.add(time.Since(start)-s.start, cmd.ProcessState)
}

// processor is the model of the first one, as Linux tells it.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown"
}

func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	if first == "" {
		return "unknown"
	}
	return first
}
