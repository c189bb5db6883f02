package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// goalGraph is how long a graph of ten million events may take to be drawn again, on two cores.
const goalGraph = 300 * time.Millisecond

// graphs are the views that have this goal.
var graphs = []string{"graph: ", "latency map", "scatter", "timeline"}

// viewed is what `scapls bench -views` prints of a view.
type viewed struct {
	View  string `json:"view"`
	Rows  int64  `json:"rows"`
	NS    int64  `json:"ns"`
	CPUNS int64  `json:"cpu_ns"`
	Bytes int64  `json:"bytes"`
	Error string `json:"error"`
}

// keeps reports whether a graph is drawn again in time: what counts is the best time of its runs, whatever the processors
// did meanwhile.
func (v *viewed) keeps() bool { return time.Duration(v.NS) <= goalGraph }

// measureViews measures every view of a capture, several times so that other work on the machine counts less.
func measureViews(t *table, file, bin string, runs int) {
	name := filepath.Base(file)
	out, err := exec.Command(bin, "bench", "-views", "-runs", strconv.Itoa(3*runs), file).Output()
	var got struct {
		Views []viewed `json:"views"`
	}
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil || len(got.Views) == 0 {
		t.goal(name, "scapls bench -views", "failed", fmt.Sprint(err), "", false)
		return
	}
	for _, v := range got.Views {
		if v.Error != "" {
			t.goal(name, v.View, "failed", v.Error, "", false)
			continue
		}
		took, cpu := time.Duration(v.NS), time.Duration(v.CPUNS)
		value := fmt.Sprintf("%.1f ms", took.Seconds()*1e3)
		more := fmt.Sprintf("cpu %.1f ms, %d rows, %.1f MB allocated", cpu.Seconds()*1e3, v.Rows, float64(v.Bytes)/(1<<20))
		if !isGraph(v.View) {
			t.line(name, v.View, value, more, "", "")
			continue
		}
		t.goal(name, v.View, value, more, "≤ 300 ms", v.keeps())
	}
}

func isGraph(view string) bool {
	for _, g := range graphs {
		if strings.HasPrefix(view, g) {
			return true
		}
	}
	return false
}
