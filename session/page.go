package session

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/session/format"
)

// fields that a page treats specially.
const (
	numField   = "evt.num"
	timeField  = "evt.time"
	deltaField = "evt.deltatime"
	latency    = "evt.latency"
	argsField  = "evt.args"
	typeField  = "evt.type"

	containerField = "container.name"
)

// columns are those the list shows at first; any other field can be a column too.
var columns = []Column{
	{numField, "No.", "Number of the event in the file", 7, "right", true},
	{timeField, "Time", "When it happened, in the chosen form", 18, "left", true},
	{deltaField, "Delta", "Seconds since the row before", 11, "right", true},
	{typeField, "Event", "System call or other kind of event", 12, "left", true},
	{"evt.dir", "Dir", "> enters a call, < leaves it", 3, "left", true},
	{"proc.name", "Process", "Command name of the thread's process", 12, "left", true},
	{"proc.pid", "PID", "Process", 7, "right", true},
	{"thread.tid", "TID", "Thread", 7, "right", true},
	{"fd.num", "FD", "File descriptor the event is about", 4, "right", true},
	{"fd.name", "FD name", "What the descriptor stands for: a path, the two ends of a connection …", 24, "left", true},
	{containerField, "Container", "Container the process runs in: its name, else its id", 10, "left", true},
	{argsField, "Arguments", "All arguments of the event", 60, "left", true},
	{latency, "Latency", "Time between entering the call and leaving it", 10, "right", true},
	{"evt.cpu", "CPU", "Processor the event happened on", 4, "right", false},
	{"evt.category", "Category", "Kind of event: file, net, process …", 10, "left", false},
	{"evt.res", "Result", "SUCCESS or the error's name", 12, "left", false},
	{"proc.exepath", "Executable", "Path of the process's program", 24, "left", false},
	{"proc.cmdline", "Command line", "Command and arguments of the process", 40, "left", false},
	{"proc.cwd", "Directory", "Working directory of the process", 24, "left", false},
	{"proc.pname", "Parent", "Command name of the parent process", 16, "left", false},
	{"proc.ppid", "Parent PID", "Parent process", 10, "right", false},
	{"user.name", "User", "Name of the user", 12, "left", false},
	{"user.uid", "UID", "Number of the user", 8, "right", false},
	{"group.gid", "GID", "Number of the group", 8, "right", false},
	{"fd.type", "FD type", "file, directory, ipv4, unix, pipe …", 10, "left", false},
	{"container.id", "Container ID", "Short id of the container", 14, "left", false},
	{"container.image", "Image", "Image of the container", 24, "left", false},
	{"evt.buflen", "Bytes", "Bytes that a read or write moved", 8, "right", false},
}

// Columns returns the columns a list can show. Any field of the catalogue may be asked for besides.
func (s *Session) Columns() []Column { return append([]Column(nil), columns...) }

// cellMax is the longest cell, in bytes; the detail tree shows the whole value.
const cellMax = 1024

// Page returns rows of a list. Fewer rows than asked for mean the list ends there, for now.
func (s *Session) Page(ctx context.Context, req PageRequest) (*Page, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	refs, err := parseColumns(req.Columns)
	if err != nil {
		return nil, err
	}
	k := &clock{mode: req.Time, loc: s.loc}
	if req.Time == 0 {
		k.mode = 'h'
	}
	if !strings.ContainsRune("hardD", rune(k.mode)) {
		return nil, badRequest("time mode %q is none of h, a, r, d, D", req.Time)
	}
	if k.mode == 'a' {
		k.mode = dateMode
	}
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	list := req.list()
	p := &Page{Start: req.Start, Total: uint64(snap.Rows(list)), Done: snap.Done()}
	count := min(max(req.Count, 0), MaxPage)
	if req.Start >= p.Total {
		return p, nil
	}
	key := snap.Select(list, uint32(req.Start))
	prev := snap.Prev(list, key)
	var buf []byte
	for ; key != 0 && len(p.Rows) < count; key = snap.Next(list, key+1) {
		if len(p.Rows)%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row, err := s.row(snap, w, key, prev, list, refs, k, &buf)
		if err != nil {
			return nil, err
		}
		p.Rows = append(p.Rows, row)
		prev = key
	}
	return p, nil
}

type column struct {
	ref  field.Ref
	name string
}

func parseColumns(names []string) ([]column, error) {
	refs := make([]column, 0, len(names))
	for _, n := range names {
		r, err := field.Parse(n)
		if err != nil {
			return nil, badRequest("no column %q: %v", n, err)
		}
		refs = append(refs, column{r, n})
	}
	return refs, nil
}

func (s *Session) row(snap index.Snapshot, w *worker, key, prev uint32, list index.List, refs []column, k *clock, buf *[]byte) (Row, error) {
	c := &w.ctx
	if err := snap.Fill(key, list.Calls, &w.cur, c); err != nil {
		return Row{}, noEvent(err)
	}
	c.PrevTS = 0
	if prev != 0 {
		c.PrevTS = snap.Facts(prev).TS
	}
	row := Row{Num: uint64(key), Cells: make([]string, len(refs)), Gap: gap(snap, prev, key)}
	row.Kind, row.Failed = kind(snap.Facts(key)), snap.Facts(key).Failed
	for i := range refs {
		b := (*buf)[:0]
		switch refs[i].name {
		case timeField:
			b = k.append(b, c)
		case deltaField:
			if c.PrevTS != 0 {
				b = appendDelta(b, c.TS, c.PrevTS)
			}
		case latency:
			if c.Latency >= 0 {
				b = appendDuration(b, c.Latency)
			}
		case containerField:
			var ok bool
			if b, ok = refs[i].ref.Append(b, c); !ok && c.T != nil {
				b = append(b[:0], c.T.Container...) // no event named it: at least which one it is
			}
		default:
			b, _ = refs[i].ref.Append(b, c)
		}
		if len(b) > cellMax {
			b = append(b[:cellMax], "…"...)
		}
		row.Cells[i] = string(format.Text(nil, b))
		*buf = b
	}
	return row, nil
}

func appendDelta(b []byte, ts, prev uint64) []byte {
	if ts < prev {
		return appendSeconds(append(b, '-'), prev-ts)
	}
	return appendSeconds(b, ts-prev)
}

// appendDuration appends a duration with a unit that fits: 812 ns, 1.234 µs, 5.678 ms, 2.5 s.
func appendDuration(b []byte, ns int64) []byte {
	switch {
	case ns < 1e3:
		return append(strconv.AppendInt(b, ns, 10), " ns"...)
	case ns < 1e6:
		return append(strconv.AppendFloat(b, float64(ns)/1e3, 'f', 3, 64), " µs"...)
	case ns < 1e9:
		return append(strconv.AppendFloat(b, float64(ns)/1e6, 'f', 3, 64), " ms"...)
	}
	return append(strconv.AppendFloat(b, float64(ns)/1e9, 'f', 3, 64), " s"...)
}

func kind(f index.Facts) string {
	switch {
	case f.Packet:
		return "packet"
	case f.Hidden:
		return "internal"
	case f.Call:
		return "syscall"
	case f.Meta:
		return "meta"
	}
	return "tracepoint"
}

// gap tells which numbers are missing between two rows, when internal events are among them.
func gap(snap index.Snapshot, prev, key uint32) *Gap {
	if key-prev <= 1 {
		return nil
	}
	counts := map[string]int{}
	hidden := 0
	var first, last uint32
	for k := prev + 1; k < key; k++ {
		f := snap.Facts(k)
		if !f.Hidden {
			continue
		}
		if first == 0 {
			first = k
		}
		last = k
		hidden++
		name := "unknown"
		if t := evtable.Lookup(f.Type); t != nil {
			name = t.Name
		}
		counts[name]++
	}
	if hidden == 0 {
		return nil
	}
	from, to := snap.Number(first), snap.Number(last)
	g := &Gap{From: from, To: to, Reason: "internal"}
	g.Text = fmt.Sprintf("events %s–%s: internal, not listed (%s)", group(from), group(to), countText(counts))
	if from == to {
		g.Text = fmt.Sprintf("event %s: internal, not listed (%s)", group(from), countText(counts))
	}
	return g
}

func countText(counts map[string]int) string {
	names := make([]string, 0, len(counts))
	for n := range counts {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool {
		return counts[names[i]] > counts[names[j]] || (counts[names[i]] == counts[names[j]] && names[i] < names[j])
	})
	var parts []string
	for i, n := range names {
		if i == 4 && len(names) > 5 {
			parts = append(parts, fmt.Sprintf("%d more kinds", len(names)-4))
			break
		}
		parts = append(parts, group(uint64(counts[n]))+" "+n)
	}
	return strings.Join(parts, ", ")
}

// group writes a number with commas between its thousands.
func group(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
