package stats

import (
	"fmt"
	"strconv"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
)

// drills is which table takes the rows of one apart; rows of others lead to their events.
var drills = map[string]string{
	"containers": "processes", "users": "processes", "calls": "processes", "errors": "processes", "files": "processes", "processes": "threads",
	"threads": "descriptors", "directories": "files", "servers": "connections", "endpoints": "conversations", "conversations": "connections",
	"connections": "descriptors",
}

// Label names a row in few words: "bash (4711)".
func (t *Table) Label(r *Row) string {
	switch t.Name {
	case "processes", "threads", "users":
		return r.Cells[0].Text + " (" + r.Cells[1].Text + ")"
	case "containers":
		if r.Cells[1].Text != "" {
			return r.Cells[1].Text
		}
	case "errors", "conversations":
		return r.Cells[0].Text + " " + r.Cells[1].Text
	case "descriptors":
		if r.Cells[1].Text != "" {
			return r.Cells[0].Text + " " + r.Cells[1].Text
		}
	}
	return r.Cells[0].Text
}

// The tables that others are taken apart into.
var (
	threads = question{
		name: "threads", title: "Threads", help: "what each thread did: events, errors, bytes, time in calls",
		columns:  []Column{{"name", "Thread", Text}, {"tid", "TID", Text}, {"pid", "PID", Text}, {"container", "Container", Text}},
		measures: []measure{mEvents, mErrors, mIn, mOut, mTotal, mMax, mFirst, mSpan},
		key: func(e *event) (key, bool) {
			if e.thread == nil {
				return key{}, false
			}
			return key{s: e.thread.Comm, t: e.thread.Container, n: e.thread.TID, m: e.thread.PID}, true
		},
		cells: func(k key) []Value { return []Value{{Text: k.s}, number(k.n), number(k.m), {Text: k.t}} },
		filter: func(k key) string {
			return inContainer(fmt.Sprintf("thread.tid=%d and proc.pid=%d and %s", k.n, k.m, is("proc.name", k.s)), k.t)
		},
	}
	descriptors = question{
		name: "descriptors", title: "Descriptors", help: "every opening of a file, socket or pipe, and what a process did with it",
		columns:  []Column{{"fd", "FD", Text}, {"file", "Descriptor", Text}, {"type", "Type", Text}, {"process", "Process", Text}, {"pid", "PID", Text}},
		measures: []measure{mEvents, mErrors, mIn, mOut, mTotal, mMax, mFirst, mSpan},
		key: func(e *event) (key, bool) {
			if e.fd == nil || e.thread == nil || e.typ == nil || e.typ.Flags&(evtable.EFUsesFD|evtable.EFCreatesFD|evtable.EFDestroysFD) == 0 {
				return key{}, false
			}
			return key{n: int64(e.fd.Stream), m: e.thread.PID}, true
		},
		at:     descriptor,
		filter: func(k key) string { return fmt.Sprintf("fd.stream=%d and proc.pid=%d", k.n, k.m) },
	}
)

// descriptor makes the cells of a descriptor as one of its events shows it.
func descriptor(s index.Snapshot, example uint32) []Value {
	cells := make([]Value, 5)
	f := s.Facts(example)
	cells[0] = Value{Text: strconv.FormatInt(f.FDNum, 10), N: f.FDNum}
	if f.FD != nil {
		cells[0] = Value{Text: strconv.FormatInt(f.FD.Num, 10), N: f.FD.Num}
		cells[1].Text = f.FD.Name
		if int(f.FD.Type) < len(evtable.FDTypes) {
			cells[2].Text = evtable.FDTypes[f.FD.Type].Meaning
		}
	}
	if f.Thread != nil {
		cells[3].Text, cells[4] = f.Thread.Comm, number(f.Thread.PID)
	}
	return cells
}
