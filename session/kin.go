package session

import (
	"slices"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// typeAboutFD is an event type that is about a descriptor, as fields of class fd want it.
const typeAboutFD = evtable.SyscallCloseX

// process makes a condition of a thread's process. When the capture has several processes of that number, one after the
// other, it is bounded to the events of this one.
func (m *maker) process(t *state.Thread) (string, error) {
	if t.PID < 0 {
		return m.number("thread.tid", t.TID)
	}
	cond, err := m.number("proc.pid", t.PID)
	if err != nil {
		return "", err
	}
	return m.bounded(cond, t)
}

// bounded adds the span of events of a thread's process to a condition when its number was given again.
func (m *maker) bounded(cond string, t *state.Thread) (string, error) {
	var births []uint32
	for _, r := range m.rows() {
		if r.TID == t.PID && r.PID == t.PID && !slices.Contains(births, r.Born) {
			births = append(births, r.Born)
		}
	}
	if len(births) < 2 {
		return cond, nil
	}
	slices.Sort(births)
	born := t.Born
	if main := m.view.Main(t); main != nil {
		born = main.Born
	}
	i := slices.Index(births, born)
	var parts []string
	if strings.Contains(cond, " or ") {
		cond = "(" + cond + ")"
	}
	parts = append(parts, cond)
	num := "evt.num"
	if m.lang == filter.Wireshark {
		num = "frame.number"
	}
	if i > 0 {
		parts = append(parts, num+" >= "+strconv.FormatUint(m.snap.Number(births[i]), 10))
	}
	if i >= 0 && i+1 < len(births) {
		parts = append(parts, num+" < "+strconv.FormatUint(m.snap.Number(births[i+1]), 10))
	}
	return strings.Join(parts, " and "), nil
}

// rows calls yield for every version of every thread.
func (m *maker) rows() []*state.Thread {
	machine := m.view.Machine()
	list := make([]*state.Thread, machine.NumThreadRows())
	for i := range list {
		list[i] = machine.ThreadRow(uint32(i))
	}
	return list
}

// descendants makes a condition of a process and all that come from it. Asking for an ancestor is enough while the
// ancestors live; the children of a process that ends go to another parent, so that those count as roots too.
func (m *maker) descendants(t *state.Thread) (string, error) {
	if t.PID < 0 {
		return m.number("thread.tid", t.TID)
	}
	f := m.family(t)
	if m.lang == filter.Wireshark { // has no field that asks all ancestors
		return m.bounded("proc.pid in {"+numbers(f.all)+"}", t)
	}
	var cond string
	if len(f.roots) == 1 {
		pid := strconv.FormatInt(t.PID, 10)
		cond = "proc.pid = " + pid + " or proc.apid = " + pid
	} else {
		list := numbers(f.roots)
		cond = "proc.pid in (" + list + ") or proc.apid in (" + list + ")"
	}
	return m.bounded(cond, t)
}

func numbers(list []int64) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, strconv.FormatInt(n, 10))
	}
	return strings.Join(parts, ", ")
}

// kin is a process and what came from it.
type kin struct {
	all   []int64 // pids of all of them, the process first
	roots []int64 // those that have no other of them as their parent all their life
}

// family returns the process of t and all that come from it, whoever their parent is later.
func (m *maker) family(t *state.Thread) kin {
	first := t.PID
	born := t.Born
	if main := m.view.Main(t); main != nil {
		born = main.Born
	}
	in := map[int64]bool{first: true}
	k := kin{all: []int64{first}, roots: []int64{first}}
	processOf := map[int64]int64{} // of a tid, as of the row
	add := func(r *state.Thread) bool {
		if !r.Main() || r.PID < 0 || in[r.PID] || r.From != r.Born {
			return false
		}
		parent, ok := processOf[r.PTID]
		if !ok {
			parent = r.PTID
		}
		if !in[parent] {
			return false
		}
		in[r.PID] = true
		k.all = append(k.all, r.PID)
		return true
	}
	rows := m.rows()
	var initial []*state.Thread
	for _, r := range rows {
		if r.Born == 0 && r.From == 0 {
			processOf[r.TID] = r.PID
			initial = append(initial, r)
		}
	}
	for again := true; again; { // children may stand before their parents in the list of the capture's start
		again = false
		for _, r := range initial {
			again = add(r) || again
		}
	}
	for _, r := range rows {
		if r.From == 0 {
			continue
		}
		processOf[r.TID] = r.PID
		if r.From >= born {
			add(r)
		}
		if r.Main() && in[r.PID] && r.PID != first && !slices.Contains(k.roots, r.PID) {
			if parent, ok := processOf[r.PTID]; r.From > r.Born && (!ok && !in[r.PTID] || ok && !in[parent]) { // it went to another parent
				k.roots = append(k.roots, r.PID)
			}
		}
	}
	return k
}
