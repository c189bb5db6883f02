package session

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
)

// Info returns what the capture holds and whether it is healthy, in words.
func (s *Session) Info(_ context.Context) ([]InfoSection, []Diagnostic, error) {
	if s.closed.Load() {
		return nil, nil, ErrClosed
	}
	sections := Report(s.shared.x, s.loc)
	_, diags := s.shared.x.Stats()
	return sections, diagnostics(diags), nil
}

// Report writes the health page of a capture.
func Report(x *index.Index, loc *time.Location) []InfoSection {
	st, diags := x.Stats()
	p := x.Progress()
	snap := x.Acquire()
	defer snap.Release()
	m := snap.View(snap.Len()).Machine().Info
	r := &facts{}
	r.section("Health")
	r.health(&st, diags, p, snap.HasCalls())
	r.section("File")
	r.row("Name", utf8(x.Name), "")
	if st.FileSize > 0 {
		r.row("Size", bytesText(st.FileSize), "")
	}
	r.row("Compression", string(st.Compression), "")
	if st.Compression != scapio.Plain || st.FileSize == 0 {
		r.row("Uncompressed", bytesText(st.Bytes), "")
	}
	if st.Memory != "" {
		r.row("Index", "kept in memory", utf8(st.Memory)+". It takes about 40 MB of memory for a million events.")
	}
	for i, sec := range st.Sections {
		name := "Format"
		if i > 0 {
			name = fmt.Sprintf("Section %d", i+1)
		}
		note := ""
		if i > 0 {
			note = fmt.Sprintf("begins at offset %d with event %s", sec.Off, group(uint64(sec.First)))
		}
		r.row(name, fmt.Sprintf("scap %d.%d", sec.Major, sec.Minor), note)
	}
	for _, c := range st.Comments {
		r.row("Comment", utf8(c), "")
	}
	r.section("Machine")
	if m.Hostname == "" && m.CPUs == 0 {
		r.row("Machine", "not told", "The capture has no machine information: it was filtered or written again by a tool that loses it.")
	} else {
		r.row("Host", utf8(m.Hostname), "")
		r.row("Processors", fmt.Sprint(m.CPUs), "")
		if m.Memory > 0 {
			r.row("Memory", bytesText(int64(m.Memory)), "")
		}
		if m.BootTime > 0 {
			r.row("Started", time.Unix(0, int64(m.BootTime)).In(loc).Format("2006-01-02 15:04:05 MST"), "")
		}
	}
	r.row("Kernel", "not recorded", "The scap format has no place for the kernel's version.")
	r.section("Time")
	if st.FirstTS > 0 {
		const layout = "2006-01-02 15:04:05.000000000 MST"
		r.row("First event", time.Unix(0, int64(st.FirstTS)).In(loc).Format(layout), "")
		r.row("Last event", time.Unix(0, int64(st.LastTS)).In(loc).Format(layout), "")
		r.row("Duration", time.Duration(st.LastTS-st.FirstTS).String(), "")
	}
	r.section("First state")
	r.row("Threads", group(uint64(st.Threads)), "")
	r.row("Open descriptors", group(uint64(st.FDs)), "")
	r.row("Users", group(uint64(st.Users)), "")
	r.row("Groups", group(uint64(st.Groups)), "")
	r.row("Interfaces", group(uint64(st.Interfaces)), "")
	r.row("Containers", group(uint64(len(snap.View(snap.Len()).Containers()))), "told of by events or by the control groups of processes, up to the end")
	r.section("Events")
	r.events(&st, snap)
	r.section("Blocks")
	for _, t := range sortedBlocks(st.Blocks) {
		r.row(t.String(), group(st.Blocks[t]), "")
	}
	for _, t := range sortedBlocks(st.Skipped) {
		r.row(t.String(), group(st.Skipped[t]), "passed over: no block of a capture")
	}
	return r.sections
}

type facts struct{ sections []InfoSection }

func (r *facts) section(title string) { r.sections = append(r.sections, InfoSection{Title: title}) }

func (r *facts) row(name, value, note string) {
	s := &r.sections[len(r.sections)-1]
	s.Rows = append(s.Rows, InfoRow{name, value, note})
}

func (r *facts) health(st *index.Stats, diags []index.Diagnostic, p index.Progress, calls bool) {
	state := "complete"
	switch {
	case !p.Done:
		state = fmt.Sprintf("being read (%s events so far)", group(uint64(p.Events)))
	case len(diags) > 0:
		state = "damaged"
	}
	r.row("State", state, "")
	for i, d := range diags {
		if i == 20 {
			r.row("Damage", fmt.Sprintf("%d more", st.Damaged-20), "")
			break
		}
		r.row("Damage", utf8(d.Text), "")
	}
	switch {
	case st.Drops > 0:
		r.row("Losses", group(st.Drops)+" drop events", "The capturing driver dropped events to keep up: calls may miss a half, names may be missing.")
	case calls && st.Orphans > 0:
		r.row("Losses", "suspected", fmt.Sprintf("%s calls left without having entered, though their threads had been seen before: their enter events were lost, or filtered out.", group(st.Orphans)))
	default:
		r.row("Losses", "none seen", "A capture does not count all its losses; what is missing shows as halves without the other.")
	}
	style := "exits only: the durations of calls were not recorded"
	if calls {
		style = "both halves of calls: durations are known"
	}
	r.row("Style", style, "")
	if n := len(st.Unknown); n > 0 {
		r.row("Unknown types", fmt.Sprint(n), "Event types newer than this scapls knows; they are listed with raw arguments.")
	}
	if st.StateRefused > 0 {
		r.row("Descriptors left out", group(st.StateRefused), "A process had more than 4,096 open at once.")
	}
	if st.MaxData > 0 {
		r.row("Longest data", fmt.Sprintf("%d bytes of a call", st.MaxData), "Data of reads and writes was cut at the capture's snaplen, which is at least this.")
	}
}

func (r *facts) events(st *index.Stats, snap index.Snapshot) {
	events, packets := Counts(snap)
	r.row("All", group(events), "")
	if packets > 0 {
		r.row("Packets", group(packets), "listed between the events, not counted among them")
	}
	if calls := (index.List{Calls: true}); snap.HasCalls() {
		r.row("Calls", group(uint64(snap.Rows(calls))), "rows of the calls view")
	}
	visible := snap.Rows(index.List{})
	r.row("Internal", group(uint64(snap.Len()-visible)), "about the capture and its machine; not listed unless asked for")
	r.row("Enter halves", group(st.Enters), "")
	r.row("Exit halves", group(st.Exits), "")
	note := ""
	if n := min(children(st), st.Unmatched); n > 0 && snap.HasCalls() {
		note = group(n) + " of them are new threads coming to life: clone and fork return twice"
	}
	r.row("Exits without enter", group(st.Unmatched), note)
	for _, k := range KindCounts(st) {
		r.row(k.Name, group(k.Count), k.Note)
	}
	for _, tc := range TypeCounts(st) {
		r.row(tc.Dir+" "+tc.Name, group(tc.Count), "")
	}
}

// KindCount is how many events of a kind there are.
type KindCount struct {
	Kind  string // syscall, tracepoint, meta, plugin, unknown
	Name  string
	Note  string
	Count uint64
}

// KindCounts returns the kinds of events that occur.
func KindCounts(st *index.Stats) (list []KindCount) {
	kinds := []KindCount{
		{"syscall", "System call events", "", 0},
		{"tracepoint", "Tracepoint events", "switches, signals, exits, page faults", 0},
		{"meta", "Events about the capture", "containers, users, process information", 0},
		{"plugin", "Plugin events", "", 0},
		{"unknown", "Events of unknown types", "", 0},
	}
	for id, n := range st.Types {
		switch c := evtable.Types[id].Category; {
		case c&evtable.ECSyscall != 0:
			kinds[0].Count += n
		case c&evtable.ECTracepoint != 0:
			kinds[1].Count += n
		case c&evtable.ECPlugin != 0:
			kinds[3].Count += n
		default:
			kinds[2].Count += n
		}
	}
	for _, n := range st.Unknown {
		kinds[4].Count += n
	}
	for _, k := range kinds {
		if k.Count > 0 {
			list = append(list, k)
		}
	}
	return list
}

// Counts returns how many events and how many packets a capture holds.
func Counts(snap index.Snapshot) (events, packets uint64) {
	events = snap.Number(snap.Len()+1) - 1
	return events, uint64(snap.Len()) - events
}

// children returns how many exits of clone and fork have no enter half of their own: those of the new threads.
func children(st *index.Stats) (n uint64) {
	for id := 0; id+1 < len(st.Types); id += 2 {
		switch evtable.Types[id].Name {
		case "clone", "clone3", "fork", "vfork":
			if enter, exit := st.Types[id], st.Types[id+1]; exit > enter {
				n += exit - enter
			}
		}
	}
	return n
}

// TypeCount is how often an event type occurs.
type TypeCount struct {
	Type  uint16 `json:"type"`
	Name  string `json:"name"`
	Dir   string `json:"dir"`
	Count uint64 `json:"count"`
}

// TypeCounts returns the event types that occur, the most frequent first.
func TypeCounts(st *index.Stats) []TypeCount {
	var list []TypeCount
	add := func(id uint16, name string, n uint64) {
		dir := ">"
		if id&1 == 1 {
			dir = "<"
		}
		list = append(list, TypeCount{id, name, dir, n})
	}
	for id, n := range st.Types {
		if n > 0 {
			add(uint16(id), evtable.Types[id].Name, n)
		}
	}
	for id, n := range st.Unknown {
		add(id, fmt.Sprintf("unknown-type-%d", id), n)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		return a.Count > b.Count || (a.Count == b.Count && a.Type < b.Type)
	})
	return list
}

func sortedBlocks(m map[scapio.BlockType]uint64) []scapio.BlockType {
	list := make([]scapio.BlockType, 0, len(m))
	for t := range m {
		list = append(list, t)
	}
	sort.Slice(list, func(i, j int) bool { return list[i] < list[j] })
	return list
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.2f GiB (%s bytes)", float64(n)/(1<<30), group(uint64(n)))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB (%s bytes)", float64(n)/(1<<20), group(uint64(n)))
	}
	return strings.TrimSpace(group(uint64(n)) + " bytes")
}
