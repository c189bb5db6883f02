package session

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/session/format"
	"github.com/scapls/scapls/session/stats"
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
	hostField      = "evt.hostname"
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
	{hostField, "Host", "Machine the event happened on", 10, "left", false},
}

// Columns returns the columns a list can show. Any field of the catalogue may be asked for besides.
func (s *Session) Columns() []Column { return append([]Column(nil), columns...) }

// DefaultColumns returns those that a list shows at first.
func DefaultColumns() []Column {
	return slices.DeleteFunc(append([]Column(nil), columns...), func(c Column) bool { return !c.Default })
}

// cellMax is the longest cell, in bytes; the detail tree shows the whole value.
const cellMax = 1024

// Page returns rows of a list. Fewer rows than asked for mean the list ends there, for now.
func (s *Session) Page(ctx context.Context, req PageRequest) (*Page, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	p, err := s.rows(ctx, req)
	if err != nil {
		return nil, err
	}
	return p, s.colorRows(ctx, p, req)
}

// rows is a page without its colours.
func (s *Session) rows(ctx context.Context, req PageRequest) (*Page, error) {
	w, err := s.pager(&req)
	if err != nil {
		return nil, err
	}
	defer w.free()
	count := min(max(req.Count, 0), MaxPage)
	set, order, err := s.lists(ctx, req.Query, req.Start+uint64(count))
	if err != nil {
		return nil, err
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	r := listing{snap, req.list(), set, order}
	p := &Page{Start: req.Start, Total: uint64(r.len()), Asked: uint64(r.asked())}
	p.Done = snap.Done() && p.Asked == uint64(snap.Len())
	if order != nil {
		p.Newer, p.Done = uint64(snap.Len()-order.Asked()), snap.Done()
	}
	keys := r.keys(req.Start, count)
	p.Rows = make([]Row, len(keys))
	for n, i := range r.reading(keys) {
		if n%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		prev := uint32(0)
		if order == nil && i > 0 {
			prev = keys[i-1]
		} else {
			prev = r.prev(keys[i])
		}
		if p.Rows[i], err = w.row(r, keys[i], timeOf(snap, prev)); err != nil {
			return nil, err
		}
		if set == nil && order == nil {
			p.Rows[i].Gap = gap(snap, prev, keys[i])
		}
	}
	return p, nil
}

// pager makes the rows of one request.
type pager struct {
	*worker
	s     *Session
	refs  []column
	clock *clock
	mark  *filter.Program // nil: nothing is marked
	most  int             // bytes of a cell
	buf   []byte

	// Of a capture that is shown together with others:
	host  string // what tells its rows from those of others; "" when it is shown alone
	ahead int64  // how far its clock is ahead of the common one, ns
	first uint64 // time of the first event of all, in the common clock
}

// pager checks a request. free must be called.
func (s *Session) pager(req *PageRequest) (*pager, error) {
	p := &pager{s: s, most: cellMax}
	var err error
	if p.clock, err = s.clock(req.Time, req.UTC, req.Precision); err != nil {
		return nil, err
	}
	if p.refs, err = parseColumns(req.Columns); err != nil {
		return nil, err
	}
	if p.mark, err = s.program(req.Mark, req.Language); err != nil {
		return nil, err
	}
	if req.whole {
		p.most = maxCopyBytes
	}
	p.worker = s.worker()
	return p, nil
}

func (p *pager) free() { p.s.free(p.worker) }

// clock returns what shows times in a list. It is for one goroutine.
func (s *Session) clock(mode byte, utc bool, precision Precision) (*clock, error) {
	n := s.noted.look()
	k := &clock{mode: mode, loc: s.loc, shift: n.set.Shift, refs: n.refs, snap: s.shared.x.Held()}
	if mode == 0 {
		k.mode = 'h'
	}
	if !strings.ContainsRune(pageModes, rune(k.mode)) {
		return nil, badRequest("time mode %q is none of h, a, r, d, D, e, n, R", mode)
	}
	if k.mode == 'a' {
		k.mode = dateMode
	}
	if utc {
		k.loc = time.UTC
	}
	var ok bool
	if k.cut, ok = cuts[precision]; !ok {
		return nil, badRequest("no precision %.40q; there are ns, us, ms and s", precision)
	}
	return k, nil
}

type column struct {
	ref  field.Expr
	name string
}

func parseColumns(names []string) ([]column, error) {
	refs := make([]column, 0, len(names))
	for _, n := range names {
		r, err := field.ParseExpr(n)
		if err != nil {
			return nil, badRequest("no column %q: %v", n, err)
		}
		refs = append(refs, column{r, n})
	}
	return refs, nil
}

// row makes the row of a key. prevTS is the time of the row before, in the clock that is shown; 0 when there is none.
func (p *pager) row(r listing, key uint32, prevTS uint64) (Row, error) {
	c, snap := &p.ctx, r.snap
	if err := r.fill(key, &p.cur, c); err != nil {
		return Row{}, noEvent(err)
	}
	row := Row{Num: uint64(key)}
	f := snap.Facts(key)
	row.Kind, row.Failed = kind(f), f.Failed
	if p.mark != nil {
		c.PrevTS = timeOf(snap, snap.Prev(r.list, key))
		row.Marked = p.mark.Match(c)
	}
	c.PrevTS = prevTS
	if p.host != "" {
		c.TS = common(c.TS, p.ahead)
		c.First = p.first
	}
	row.Note = rowNote(c.Note)
	row.Cells = p.cells(c)
	return row, nil
}

// cells makes the cells of the event in c.
func (p *pager) cells(c *field.Ctx) []string {
	cells := make([]string, len(p.refs))
	for i := range p.refs {
		b := p.cell(c, &p.refs[i])
		if len(b) > p.most {
			b = append(b[:p.most], "…"...)
		}
		cells[i] = string(format.Text(nil, b))
		p.buf = b
	}
	return cells
}

// cell makes a cell; it holds until the next one.
func (p *pager) cell(c *field.Ctx, col *column) []byte {
	if col.name == hostField && p.host != "" {
		return append(p.buf[:0], p.host...)
	}
	return appendCell(p.buf[:0], c, col, p.clock)
}

// appendCell appends what a list shows of the event in c in a column: bytes of the capture as they are.
func appendCell(b []byte, c *field.Ctx, col *column, k *clock) []byte {
	switch col.name {
	case timeField:
		return k.append(b, c)
	case deltaField:
		if c.PrevTS != 0 {
			b = appendDelta(b, c.TS, c.PrevTS)
		}
	case latency:
		if c.Latency >= 0 {
			b = append(b, stats.DurationText(c.Latency)...)
		}
	case containerField:
		var ok bool
		if b, ok = col.ref.Append(b, c); !ok && c.T != nil {
			b = append(b[:0], c.T.Container...) // no event named it: at least which one it is
		}
	default:
		b, _ = col.ref.Append(b, c)
	}
	return b
}

func appendDelta(b []byte, ts, prev uint64) []byte {
	if ts < prev {
		return appendSeconds(append(b, '-'), prev-ts)
	}
	return appendSeconds(b, ts-prev)
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
func group(n uint64) string { return stats.Group(int64(n)) }
