package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Goals of filters, on a capture of ten million events.
const (
	goalFilter   = 30 * time.Millisecond // on rows of the state or on columns
	goalRefilter = 50.0                  // times faster than sysdig -r FILE FILTER
	goalPayload  = 5.0                   // the same for a search of the bytes
	goalSet      = 64 << 20              // bytes by which a filter may grow the memory
	goalRows     = time.Millisecond      // to find 200 rows of the filtered list
)

// filterCase is a filter that is measured.
type filterCase struct {
	text    string
	payload bool // asks the events' bytes
	peer    bool // sysdig is asked too, which takes its time
}

var filterCases = []filterCase{
	{text: "proc.name = bash", peer: true},
	{text: "proc.name = dd"},
	{text: "evt.type = openat and fd.name contains /etc", peer: true},
	{text: "evt.type = read"},
	{text: "fd.name contains /etc"},
	{text: "fd.type = file and not proc.name = dd"},
	{text: "proc.aname = bash"},
	{text: "user.name = root and evt.category = file"},
	{text: "evt.failed = true", peer: true},
	{text: "evt.rawres < 0 and evt.cpu = 1"},
	{text: "evt.latency > 1000000"},
	{text: "evt.buflen > 1000"},
	{text: "thread.tid = 31617 and evt.is_io = true"},
	{text: "evt.buffer contains GET", payload: true, peer: true},
	{text: "evt.buffer contains xxxxxxxx", payload: true, peer: true},
	{text: "evt.arg.flags contains O_CREAT", payload: true},
	{text: "evt.args contains hostname", payload: true},
}

// figure is what `scapls bench -filter` prints of one.
type figure struct {
	Filter string `json:"filter"`
	Rows   int64  `json:"rows"`
	NS     int64  `json:"ns"`
	CPUNS  int64  `json:"cpu_ns"`
	FirstN int64  `json:"first_ns"`
	PageNS int64  `json:"page_ns"`
	Bytes  int64  `json:"bytes"`
	Error  string `json:"error"`
}

// enlarged returns a capture of so many events made of another one.
func enlarged(file string, events int) (string, error) {
	name := strings.TrimSuffix(filepath.Base(file), "-1M.scap") + "-" + strconv.Itoa(events/1e6) + "M.scap"
	out := filepath.Join(filepath.Dir(file), name)
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if msg, err := exec.Command("go", "run", "./cmd/internal/enlarge", "-events", strconv.Itoa(events), file, out).CombinedOutput(); err != nil {
		return "", fmt.Errorf("enlarge %s: %w: %s", file, err, msg)
	}
	return out, nil
}

// measureFilters measures filters on a big capture.
func measureFilters(t *table, file, bin string, sysdig *sysdig, runs int) {
	name := filepath.Base(file)
	peers := map[string]*timing{}
	args := []string{"bench", "-runs", strconv.Itoa(5 * runs)}
	for _, c := range filterCases {
		args = append(args, "-filter", c.text)
	}
	out, err := exec.Command(bin, append(args, file)...).Output()
	var got struct {
		Filters []figure `json:"filters"`
		Colors  colored  `json:"colors"`
		completed
	}
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil || len(got.Filters) != len(filterCases) {
		t.goal(name, "scapls bench -filter", "failed", fmt.Sprint(err), "", false)
		return
	}
	t.completion(name, got.completed)
	t.colors(name, got.Colors)
	for i, c := range filterCases {
		f := got.Filters[i]
		if c.peer && sysdig != nil {
			peers[c.text] = &timing{}
			sysdig.run(peers[c.text], name, c.text)
		}
		t.filter(name, c, f, peers[c.text])
	}
}

// filter adds the line of one filter.
func (t *table) filter(name string, c filterCase, f figure, peer *timing) {
	if f.Error != "" {
		t.goal(name, c.text, "failed", f.Error, "", false)
		return
	}
	took := time.Duration(f.NS)
	more := fmt.Sprintf("cpu %.1f ms, %d rows, memory +%.1f MB", float64(f.CPUNS)/1e6, f.Rows, max(float64(f.Bytes)/(1<<20), 0))
	if f.Rows >= 200 {
		more += fmt.Sprintf(", a page of rows found in %s", time.Duration(f.PageNS).Round(100*time.Nanosecond))
	}
	if f.FirstN < f.NS/2 {
		more += fmt.Sprintf(", the first after %s", time.Duration(f.FirstN).Round(100*time.Microsecond))
	}
	met := f.Bytes <= goalSet && time.Duration(f.PageNS) <= goalRows
	goal := "≤ 30 ms"
	switch {
	case c.payload && peer == nil:
		goal = ""
	case c.payload:
		goal = "≥ 5× sysdig"
	default:
		met = met && took <= goalFilter
	}
	if peer != nil && peer.best > 0 {
		ratio := peer.best.Seconds() / took.Seconds()
		more += fmt.Sprintf(", %.0f× sysdig (%.1f s)", ratio, peer.best.Seconds())
		if c.payload {
			met = met && ratio >= goalPayload
		} else {
			goal += ", ≥ 50× sysdig"
			met = met && ratio >= goalRefilter
		}
	}
	t.goal(name, "filter: "+c.text, fmt.Sprintf("%.1f ms", took.Seconds()*1e3), more, goal, met)
}

// colored is what `scapls bench` tells of the colour rules that come with scapls.
type colored struct {
	Rules  int   `json:"rules"`
	ColdNS int64 `json:"cold_ns_p50"`
	AllNS  int64 `json:"all_ns"`
	CPUNS  int64 `json:"all_cpu_ns"`
	MapNS  int64 `json:"map_ns_p50"`
	WarmNS int64 `json:"warm_ns_p50"`
	Bytes  int64 `json:"bytes"`
}

// goalMap is how long it may take to tell how a whole list falls to colour rules.
const goalMap = 100 * time.Millisecond

// colors adds the lines of colours.
func (t *table) colors(name string, c colored) {
	ms := func(ns int64) string { return fmt.Sprintf("%.1f ms", float64(ns)/1e6) }
	t.line(name, fmt.Sprintf("colours: %d rules asked of all events", c.Rules), ms(c.AllNS), fmt.Sprintf("cpu %s, memory +%.1f MB", ms(c.CPUNS), max(float64(c.Bytes)/(1<<20), 0)), "", "")
	t.goal(name, "colours: page of 200 rows, p50", ms(c.WarmNS), "no rule asked before: "+ms(c.ColdNS), "≤ 1 ms", time.Duration(c.WarmNS) <= goalPage)
	t.goal(name, "colours: map of the list, p50", ms(c.MapNS), "", "≤ 100 ms", time.Duration(c.MapNS) <= goalMap)
}
