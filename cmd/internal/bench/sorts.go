package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// goalSort is the most that sorting ten million rows by a column may take that is not read from the events' bytes.
const goalSort = time.Second

// sortCases are the columns that are measured; payload ones are read from the events' bytes.
var sortCases = []struct {
	text    string
	payload bool
}{
	{text: "evt.num:desc"},
	{text: "evt.time:desc"},
	{text: "evt.deltatime:desc"},
	{text: "evt.latency:desc"},
	{text: "evt.rawres"},
	{text: "evt.buflen:desc"},
	{text: "evt.type"},
	{text: "evt.res"},
	{text: "evt.cpu"},
	{text: "thread.tid"},
	{text: "proc.name"},
	{text: "proc.pname"},
	{text: "user.name"},
	{text: "container.id"},
	{text: "fd.num"},
	{text: "fd.name"},
	{text: "evt.arg.size", payload: true},
	{text: "evt.args", payload: true},
}

// sortFigure is what `scapls bench -sort` prints of one.
type sortFigure struct {
	Field  string `json:"field"`
	Rows   int64  `json:"rows"`
	Valued int64  `json:"valued"`
	NS     int64  `json:"ns"`
	CPUNS  int64  `json:"cpu_ns"`
	Bytes  int64  `json:"bytes"`
	RankNS int64  `json:"rank_ns"`
	Error  string `json:"error"`
}

// measureSorts measures sorting a big capture by its columns.
func measureSorts(t *table, file, bin string, runs int) {
	name := filepath.Base(file)
	args := []string{"bench", "-runs", strconv.Itoa(2 * runs)}
	for _, c := range sortCases {
		args = append(args, "-sort", c.text)
	}
	out, err := exec.Command(bin, append(args, file)...).Output()
	var got struct {
		Sorts []sortFigure `json:"sorts"`
	}
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil || len(got.Sorts) != len(sortCases) {
		t.goal(name, "scapls bench -sort", "failed", fmt.Sprint(err), "", false)
		return
	}
	for i, c := range sortCases {
		f := got.Sorts[i]
		if f.Error != "" {
			t.goal(name, "sort: "+c.text, "failed", f.Error, "", false)
			continue
		}
		took := time.Duration(f.NS)
		more := fmt.Sprintf("cpu %.0f ms, %d of %d rows have a value, memory +%.0f MB, an event found in %s", float64(f.CPUNS)/1e6, f.Valued, f.Rows,
			max(float64(f.Bytes)/(1<<20), 0), time.Duration(f.RankNS).Round(100*time.Microsecond))
		goal := "≤ 1 s"
		if c.payload {
			goal = ""
		}
		t.goal(name, "sort: "+c.text, fmt.Sprintf("%.0f ms", took.Seconds()*1e3), more, goal, c.payload || took <= goalSort)
	}
}
