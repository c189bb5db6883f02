package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// The kinds of comparison.
const (
	kindEvents       = "events"
	kindCalls        = "calls"
	kindEventsFields = "events-fields"
	kindCallsFields  = "calls-fields"
)

// fields are the columns of the oracles' field tables, in their order.
var fields = strings.Fields(`evt.num evt.rawtime evt.cpu evt.dir evt.type evt.category thread.tid proc.pid proc.ppid proc.name proc.exe
	proc.exepath proc.args proc.cmdline proc.cwd proc.pname proc.aname[2] proc.sid proc.tty user.uid user.name group.gid evt.res evt.rawres
	evt.failed fd.num fd.type fd.typechar fd.name fd.directory fd.filename fd.cip fd.cport fd.sip fd.sport fd.l4proto evt.is_io_read
	evt.is_io_write evt.buflen evt.latency evt.args`)

// A job is one comparison: what to run and what to hold it against.
type job struct {
	name    string   // of the capture
	capture string   // its path
	kind    string   // one of the kinds above
	args    []string // of `scapls read`, without the file
	oracle  string   // path of the expected text, may end in .gz; "" expects no output at all
	cut     bool     // the oracle stopped before the end of the capture: what follows its last record is not judged
	skip    string   // why there is nothing to compare
}

// tabular reports whether the job compares fields rather than lines of text.
func (j job) tabular() bool { return j.kind == kindEventsFields || j.kind == kindCallsFields }

// byNumber reports whether records are aligned by event number.
func (j job) byNumber() bool { return j.kind == kindEvents || j.kind == kindEventsFields }

// plan lists the comparisons of every capture and vector under shared.
func plan(shared string) ([]job, error) {
	captures, err := filepath.Glob(filepath.Join(shared, "captures", "*.scap*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(captures)
	var jobs []job
	for _, c := range captures {
		jobs = append(jobs, planCapture(filepath.Join(shared, "expected"), c)...)
	}
	vectors, err := filepath.Glob(filepath.Join(shared, "vectors", "*.scap"))
	if err != nil {
		return nil, err
	}
	slices.Sort(vectors)
	for _, v := range vectors {
		j := job{name: filepath.Base(v), capture: v, kind: kindCalls, args: []string{"--calls"}}
		j.oracle = strings.TrimSuffix(v, ".scap") + ".sysdig-0.41.4.txt"
		jobs = append(jobs, j)
	}
	if len(jobs) == 0 {
		return nil, fmt.Errorf("no captures under %s", shared)
	}
	return jobs, nil
}

// planCapture picks the oracles of one capture. Sysdig 0.36 shows both halves of a call as the file has them, so it judges the events
// view; 0.41 merges the halves, so it judges the calls view. Captures that hold exits only are the same in both, and
// too new for 0.36; those of the newest libs are read by nothing but those libs.
func planCapture(expected, capture string) []job {
	file := filepath.Base(capture)
	name := strings.TrimSuffix(file, ".zst")
	events, calls := "0.36", "0.41"
	switch {
	case strings.HasPrefix(name, "live_new-"):
		events = "0.41"
	case strings.HasPrefix(name, "live_head-"):
		events, calls = "head", "head"
	}
	// The commented capture is the plain one with comments added; 0.36 cannot read it.
	source := name
	if name == "libs_curl_google_comments.scap" {
		source = "libs_curl_google.scap"
	}
	text := func(source, version string) string {
		if version == "head" {
			return filepath.Join(expected, source+".libs-head.txt.gz")
		}
		return filepath.Join(expected, source+".sysdig-"+version+".txt.gz")
	}
	table := func(source, version string) string {
		return filepath.Join(expected, source+".fields-"+version+".tsv.gz")
	}
	format := "*%" + strings.Join(fields, "\t%")
	jobs := []job{
		{kind: kindEvents, oracle: text(source, events)},
		{kind: kindCalls, args: []string{"--calls"}, oracle: text(name, calls)},
		{kind: kindEventsFields, args: []string{"-p", format}, oracle: table(source, events)},
		{kind: kindCallsFields, args: []string{"--calls", "-p", format}, oracle: table(name, calls)},
	}
	kept := jobs[:0]
	for _, j := range jobs {
		j.name, j.capture = name, capture
		// 0.41 gives up on this capture at the first call whose halves do not match.
		j.cut = name == "live_old-drops.scap" && !j.byNumber()
		if _, err := os.Stat(j.oracle); err != nil {
			if j.tabular() {
				continue // made only for the smaller captures, and not by every version
			}
			if name == "falco_empty.scap" {
				j.oracle = ""
			} else {
				j.skip = "no expected text"
			}
		}
		kept = append(kept, j)
	}
	return kept
}

// readOracle returns the oracle's output without the statistics that one of them adds at the end.
func (j job) readOracle() ([]byte, error) {
	if j.oracle == "" {
		return nil, nil
	}
	b, err := os.ReadFile(j.oracle)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(j.oracle, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", j.oracle, err)
		}
		if b, err = io.ReadAll(z); err != nil {
			return nil, fmt.Errorf("read %s: %w", j.oracle, err)
		}
	}
	if i := bytes.LastIndex(b, []byte("\nRetrieved events: ")); i >= 0 {
		b = b[:i+1]
	}
	return b, nil
}
