package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/state"
)

// Bar is the life of a process or thread.
type Bar struct {
	TID, PID   int64
	Label      string // what it ran last
	Command    string // with its arguments
	Depth      int    // below its parent; 0 at the root
	Begin, End uint64
	Born, Died uint32 // keys of the events that made and ended it; 0: it was there before, it lived on
	Filter     string // selects its events
	Names      []Name
	Spans      []Span
	Calls      uint64 // rows that were counted
}

// Name is what a bar ran from some time on.
type Name struct {
	Time  uint64
	Label string
	Event uint32 // key
}

// id tells lives apart: numbers are used again.
type id struct {
	tid  int64
	born uint32
}

// life is a bar in the making.
type life struct {
	Bar
	id
	parent   *life
	children []*life
	first    *state.Thread // its first version
	last     *state.Thread
	placed   bool
}

// lives finds the lives of processes, or of threads, and of which life each thread row is a part: nil for those whose
// process is not known.
func lives(s index.Snapshot, threads bool) (all []*life, ofRow []*life) {
	byID := map[id]*life{}
	ofRow = make([]*life, s.ThreadRows())
	for i := range ofRow {
		t := s.ThreadRow(uint32(i))
		who := t
		if !threads {
			if who = s.View(max(t.From, 1)).Main(t); who == nil {
				continue
			}
		}
		if who.TID < 0 {
			continue
		}
		k := id{who.TID, who.Born}
		l := byID[k]
		if l == nil {
			l = &life{id: k, first: who, last: who}
			byID[k] = l
			all = append(all, l)
		}
		if who == t {
			if t.From < l.first.From {
				l.first = t
			}
			if t.From >= l.last.From {
				l.last = t
			}
		}
		ofRow[i] = l
	}
	reused := map[int64]int{}
	for _, l := range all {
		reused[l.tid]++
	}
	for _, l := range all {
		l.describe(s, threads, reused[l.tid] > 1)
		if up := above(s, l.first, threads); up != nil && up.TID != l.tid {
			l.parent = byID[id{up.TID, up.Born}]
		}
	}
	return all, ofRow
}

// above returns the thread or process that made t.
func above(s index.Snapshot, t *state.Thread, threads bool) *state.Thread {
	v := s.View(max(t.From, 1))
	if threads && !t.Main() {
		return v.Main(t)
	}
	return v.Parent(t)
}

// describe fills what the rows of the life tell.
func (l *life) describe(s index.Snapshot, threads, reused bool) {
	first, last := s.Times()
	l.TID, l.PID, l.Born = l.tid, l.last.PID, l.born
	l.Begin, l.End = first, last
	if l.born != 0 {
		l.Begin = s.Facts(l.born).TS
	}
	if to := l.last.To; to > 1 { // what an event ends, ends with the next one
		l.Died = to - 1
		l.End = s.Facts(l.Died).TS
	}
	l.Label = l.last.Comm
	l.Command = strings.TrimSpace(l.last.Exe + " " + strings.Join(l.last.ArgList(), " "))
	field := "proc.pid"
	if threads {
		field = "thread.tid"
	}
	l.Filter = fmt.Sprintf("%s=%d", field, l.tid)
	if reused && l.Born != 0 {
		l.Filter += fmt.Sprintf(" and evt.num>=%d", s.Number(l.Born))
	}
	if reused && l.Died != 0 {
		l.Filter += fmt.Sprintf(" and evt.num<=%d", s.Number(l.Died))
	}
}

// named lists what each life ran, from the versions of its own thread.
func named(s index.Snapshot, byRow []*life) {
	for i, l := range byRow {
		t := s.ThreadRow(uint32(i))
		if l == nil || t.TID != l.tid || t.Comm == "" {
			continue
		}
		n := Name{Time: l.Begin, Label: t.Comm, Event: t.From}
		if t.From > l.born && t.From > 0 {
			n.Time = s.Facts(t.From).TS
		}
		l.Names = append(l.Names, n)
	}
	for _, l := range byRow {
		if l == nil || len(l.Names) < 2 || slices.IsSortedFunc(l.Names, byTime) && !repeats(l.Names) {
			continue
		}
		slices.SortStableFunc(l.Names, byTime)
		l.Names = slices.CompactFunc(l.Names, func(a, b Name) bool { return a.Label == b.Label })
	}
}

func byTime(a, b Name) int { return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Event, b.Event)) }

func repeats(list []Name) bool {
	for i := range list[1:] {
		if list[i].Label == list[i+1].Label {
			return true
		}
	}
	return false
}

// order returns the lives as a tree: parents before children, those by the time they began. A life that is kept keeps
// its parents.
func order(all []*life, keep func(*life) bool) []*life {
	kept := map[*life]bool{}
	for _, l := range all {
		if !keep(l) {
			continue
		}
		for up := l; up != nil && !kept[up]; up = up.parent {
			kept[up] = true
		}
	}
	var roots []*life
	for _, l := range all {
		switch {
		case !kept[l]:
		case l.parent == nil:
			roots = append(roots, l)
		default:
			l.parent.children = append(l.parent.children, l)
		}
	}
	byBegin := func(a, b *life) int { return cmp.Or(cmp.Compare(a.Begin, b.Begin), cmp.Compare(a.tid, b.tid)) }
	var list []*life
	var place func(l *life, depth int)
	place = func(l *life, depth int) {
		if l.placed { // a damaged capture can tell of a loop of parents
			return
		}
		l.placed, l.Depth = true, depth
		list = append(list, l)
		slices.SortFunc(l.children, byBegin)
		for _, c := range l.children {
			place(c, depth+1)
		}
	}
	slices.SortFunc(roots, byBegin)
	for _, l := range roots {
		place(l, 0)
	}
	for _, l := range all {
		if kept[l] {
			place(l, 0)
		}
	}
	return list
}
