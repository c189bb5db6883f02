package detail

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/filter/manual"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/session/format"
)

// Node is one line of a detail tree.
type Node struct {
	Label    string
	Value    string
	Field    string // field name that gives this value, empty if none
	Start    int    // byte range in the event's bytes; Len 0 if it has none
	Len      int
	Goto     uint64 // key of an event this node leads to; 0 if none
	Children []Node
}

// Extra is what a tree shows besides the event itself.
type Extra struct {
	Number  func(key uint64) uint64 // the number of the event with a key, as people see it
	Pair    uint64                  // key of the other half of the call, 0 if none
	Prev    uint64                  // of the event before in the same thread, 0 if none
	Next    uint64                  // of the one behind
	Offset  int64                   // of the block in the uncompressed file
	Type    uint16
	Hidden  bool
	Damaged bool
	Noted   Noted
}

// Tree returns the top nodes for the event in c.
func Tree(c *field.Ctx, x Extra) []Node {
	b := &builder{c: c, x: x}
	if c.Packet != nil {
		return append(b.noted(), b.packet())
	}
	nodes := append(b.noted(), b.event(), b.arguments())
	if c.T != nil {
		nodes = append(nodes, b.process())
	}
	if c.FD != nil || c.FDNum >= 0 {
		nodes = append(nodes, b.descriptor())
	}
	if c.T != nil {
		nodes = append(nodes, b.user(), b.group(), b.container())
	}
	return append(nodes, b.raw())
}

type builder struct {
	c   *field.Ctx
	x   Extra
	buf []byte
}

func text[S ~string | ~[]byte](s S) string { return string(format.Text(nil, []byte(s))) }

func leaf(label, value, fieldName string) Node {
	return Node{Label: label, Value: value, Field: fieldName}
}

// field returns a leaf with a catalogue field's value; ok is false when it has none.
func (b *builder) field(label, name string) (Node, bool) {
	r, err := field.Parse(name)
	if err != nil {
		return Node{}, false
	}
	out, ok := r.Append(b.buf[:0], b.c)
	b.buf = out
	if !ok {
		return Node{}, false
	}
	return leaf(label, text(out), name), true
}

func (b *builder) fields(pairs ...string) (nodes []Node) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if n, ok := b.field(pairs[i], pairs[i+1]); ok && n.Value != "" {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// link returns a leaf that leads to the event with a key.
func (b *builder) link(label string, key uint64) Node {
	n := leaf(label, fmt.Sprintf("event %d", b.x.Number(key)), "")
	n.Goto = key
	return n
}

func at(n Node, start, length int) Node {
	n.Start, n.Len = start, length
	return n
}

// header offsets of an event (SCAP_FORMAT §9).
const (
	atTime, atTID, atLen, atType, atCount = 0, 8, 16, 20, 22
)

func (b *builder) event() Node {
	c := b.c
	name := text(evt.AppendTypeName(nil, &c.Ev, &c.Args))
	n := Node{Label: "Event", Value: fmt.Sprintf("%d %s %s", c.Num, direction(&c.Ev), name)}
	add := func(nodes ...Node) { n.Children = append(n.Children, nodes...) }
	add(leaf("Number", strconv.FormatUint(c.Num, 10), "evt.num"))
	add(at(b.time(), atTime, 8))
	add(leaf("Processor", strconv.Itoa(int(int16(c.Ev.CPU))), "evt.cpu"))
	if c.Ev.TID == -1 {
		add(at(leaf("Thread", "none", ""), atTID, 8))
	} else {
		add(at(leaf("Thread", strconv.FormatInt(c.Ev.TID, 10), "thread.tid"), atTID, 8))
	}
	add(b.kind(name))
	if cat, ok := b.field("Category", "evt.category"); ok {
		add(cat)
	}
	add(b.pair()...)
	if c.HasRes {
		add(b.result())
	}
	if io := b.fields("I/O direction", "evt.io_dir", "Bytes moved", "evt.buflen"); c.Args.Type != nil && c.Args.Type.Flags&(evtable.EFReadsFromFD|evtable.EFWritesToFD) != 0 {
		add(io...)
	}
	if b.x.Hidden {
		add(leaf("Hidden", "internal: it tells of the capture or its machine, not of a process", ""))
	}
	if b.x.Damaged {
		add(leaf("Damaged", "its parameters cannot be read", ""))
	}
	if b.x.Prev != 0 {
		add(b.link("Previous of this thread", b.x.Prev))
	}
	if b.x.Next != 0 {
		add(b.link("Next of this thread", b.x.Next))
	}
	return n
}

const (
	dateTime     = "2006-01-02 15:04:05.000000000"
	dateTimeZone = dateTime + " MST"
)

// moment is a time of the capture, ns since the epoch, in its zone. Times past 2262 occur: kernels hand out odd ones.
func (b *builder) moment(ns uint64) time.Time {
	return time.Unix(int64(ns/1e9), int64(ns%1e9)).In(b.c.Style.Loc)
}

func (b *builder) time() Node {
	c := b.c
	when := b.moment(c.TS)
	t := leaf("Time", when.Format(dateTimeZone), "evt.time")
	t.Children = []Node{
		leaf("UTC", when.UTC().Format(dateTime), ""),
		leaf("Since the epoch", strconv.FormatUint(c.TS, 10)+" ns", "evt.rawtime"),
		leaf("Since the first event", seconds(int64(c.TS-c.First)), "evt.reltime"),
	}
	t.Children = append(t.Children, b.shown()...)
	if c.PrevTS != 0 {
		t.Children = append(t.Children, leaf("Since the row before", seconds(int64(c.TS-c.PrevTS)), "evt.deltatime"))
	}
	return t
}

func direction(e *evt.Event) string {
	if e.Enter() {
		return ">"
	}
	return "<"
}

func seconds(ns int64) string {
	sign := ""
	if ns < 0 {
		sign, ns = "-", -ns
	}
	return fmt.Sprintf("%s%d.%09d s", sign, ns/1e9, ns%1e9)
}

func (b *builder) kind(name string) Node {
	c := b.c
	n := at(leaf("Type", name, "evt.type"), atType, 2)
	if t := evtable.Lookup(b.x.Type); t != nil {
		n.Children = append(n.Children, leaf("Table name", fmt.Sprintf("PPME_%s (%d)", strings.TrimPrefix(t.PPME, "PPME_"), t.ID), ""))
		if t.Flags&evtable.EFOldVersion != 0 {
			n.Children = append(n.Children, leaf("Version", "an older shape of this event; newer captures write another", ""))
		}
		what := "a system call"
		switch {
		case t.Category&evtable.ECTracepoint != 0:
			what = "a kernel tracepoint"
		case t.Category&evtable.ECMetaevent != 0:
			what = "about the capture itself"
		case t.Category&evtable.ECPlugin != 0:
			what = "from a plugin"
		}
		n.Children = append(n.Children, leaf("Source", what, ""))
	} else {
		n.Children = append(n.Children, leaf("Table name", fmt.Sprintf("type %d is newer than this scapls knows; its parameters are shown raw", b.x.Type), ""))
	}
	d := "leaves the call"
	if c.Ev.Enter() {
		d = "enters the call"
	}
	if t := evtable.Lookup(b.x.Type); t == nil || t.Category&evtable.ECSyscall == 0 {
		d = "a single event, with no other half"
	}
	n.Children = append(n.Children, leaf("Direction", direction(&c.Ev)+" "+d, "evt.dir"))
	return n
}

func (b *builder) pair() []Node {
	c := b.c
	t := evtable.Lookup(b.x.Type)
	if t == nil || t.Category&evtable.ECSyscall == 0 {
		return nil
	}
	if b.x.Pair == 0 {
		if c.Ev.Enter() {
			return []Node{leaf("Exit", "not in the capture: the call had not returned, or its exit was lost", "")}
		}
		if c.HasRes && c.Res == 0 && makesChild(t) {
			return []Node{leaf("Latency", "none: this is the new thread coming to life; its parent entered the call", "")}
		}
		return []Node{leaf("Latency", "not recorded: the capture has no enter half of this call", "")}
	}
	label := "Exit"
	if !c.Ev.Enter() {
		label = "Enter"
	}
	nodes := []Node{b.link(label, b.x.Pair)}
	if c.Latency >= 0 {
		nodes = append(nodes, leaf("Latency", Duration(c.Latency), "evt.latency"))
	}
	return nodes
}

// makesChild tells calls that return twice: once in the parent, once in the new thread.
func makesChild(t *evtable.Type) bool {
	switch t.Name {
	case "clone", "clone3", "fork", "vfork":
		return true
	}
	return false
}

// Duration writes ns with a unit that fits, and exactly behind it.
func Duration(ns int64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%d ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.3f µs (%d ns)", float64(ns)/1e3, ns)
	case ns < 1e9:
		return fmt.Sprintf("%.3f ms (%d ns)", float64(ns)/1e6, ns)
	}
	return fmt.Sprintf("%.3f s (%d ns)", float64(ns)/1e9, ns)
}

func (b *builder) result() Node {
	res := b.c.Res
	n := leaf("Result", strconv.FormatInt(res, 10), "evt.rawres")
	if res < 0 && res > -4096 {
		if name := evtable.Errno(int(-res)); name != "" {
			meaning := manual.ErrnoTitle(name)
			n.Value = fmt.Sprintf("%d %s: %s", res, name, meaning)
			n.Children = []Node{leaf("Error", name, "evt.res"), leaf("Meaning", meaning, "")}
		}
	} else if r, ok := b.field("", "evt.res"); ok && r.Value == "SUCCESS" {
		n.Value += " (success)"
	}
	s, e := b.c.Ev.Range(0)
	return at(n, s, e-s)
}

func (b *builder) arguments() Node {
	c := b.c
	a := &c.Args
	n := Node{Label: "Arguments", Value: countOf(a.N, "argument"), Field: "evt.args"}
	for i := range a.N {
		n.Children = append(n.Children, b.argument(i))
	}
	return n
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (b *builder) argument(i int) Node {
	c := b.c
	a := &c.Args
	name := text(evt.AppendName(nil, a, i))
	long := c.Style
	long.BufLimit = 1024
	out, split := evt.ParamParts(nil, a, i, &c.Names, &long)
	plain, resolved := out[:split], out[split:]
	n := Node{Label: name, Field: "evt.arg." + name}
	n.Value = text(plain)
	if len(resolved) > 0 {
		n.Value += " (" + text(resolved) + ")"
	}
	n.Start, n.Len = b.where(a.P[i])
	add := func(nodes ...Node) { n.Children = append(n.Children, nodes...) }
	if len(resolved) > 0 {
		raw := leaf("Value", text(plain), "")
		if v, ok := b.field("", "evt.rawarg."+name); ok && v.Value == raw.Value { // as a field flags are hex, and ids have no sign
			raw.Field = v.Field
		}
		add(raw, leaf("Meaning", text(resolved), "evt.arg."+name))
	}
	if a.Type == nil || i >= len(a.Type.Params) {
		return n
	}
	p := &a.Type.Params[i]
	switch p.Type {
	case evtable.PTFlags8, evtable.PTFlags16, evtable.PTFlags32, evtable.PTMode:
		if val, ok := evt.Uint(a.P[i]); ok && val != 0 {
			add(flagNodes(p.Flags, uint32(val))...)
		}
	}
	add(leaf("Kind", fmt.Sprintf("%s, %s", strings.ToLower(p.Type.String()), countOf(len(a.P[i]), "byte")), ""))
	if n.Len == 0 && len(a.P[i]) > 0 {
		add(b.origin(a.P[i]))
	}
	return n
}

// origin says where a value comes from that is not in the event's own bytes.
func (b *builder) origin(v []byte) Node {
	if e := b.c.Enter; e != nil {
		for i := range e.N {
			if p := e.Param(i); len(p) > 0 && &p[0] == &v[0] {
				return b.link("From where the call was entered", b.x.Pair)
			}
		}
	}
	return leaf("From", "nowhere: this capture does not have it, and this stands for it", "")
}

// flagNodes spells out the names of a set of flags, one node each: those that the value's text has.
func flagNodes(flags []evtable.Flag, v uint32) (nodes []Node) {
	rest := v
	for _, f := range flags {
		switch {
		case f.Value == v:
			return append(nodes, leaf(f.Name, fmt.Sprintf("%#x", f.Value), ""))
		case f.Value != 0 && rest&f.Value == f.Value:
			nodes = append(nodes, leaf(f.Name, fmt.Sprintf("%#x", f.Value), ""))
			rest &^= f.Value
		}
	}
	return nodes
}

// where returns the byte range of a value in the event's own bytes; length 0 when it comes from the enter half.
func (b *builder) where(v []byte) (start, length int) {
	if len(v) == 0 {
		return 0, 0
	}
	for i := range b.c.Ev.N {
		if p := b.c.Ev.Param(i); len(p) > 0 && &p[0] == &v[0] {
			s, _ := b.c.Ev.Range(i)
			return s, len(v)
		}
	}
	return 0, 0
}

func (b *builder) raw() Node {
	e := &b.c.Ev
	n := Node{Label: "Raw", Value: countOf(len(e.Raw), "byte"), Len: len(e.Raw)}
	n.Children = []Node{
		leaf("Block at", strconv.FormatInt(b.x.Offset, 10)+" in the uncompressed file", ""),
		at(leaf("Length", strconv.Itoa(len(e.Raw)), ""), atLen, 4),
		at(leaf("Type number", strconv.Itoa(int(b.x.Type)), ""), atType, 2),
	}
	if e.Head == evt.HeaderV2 {
		n.Children = append(n.Children, at(leaf("Parameters", strconv.Itoa(e.N), ""), atCount, 4))
	} else {
		n.Children = append(n.Children, leaf("Parameters", strconv.Itoa(e.N)+" (this version stores no count)", ""))
	}
	if e.Flags != 0 {
		n.Children = append(n.Children, leaf("Block flags", fmt.Sprintf("%#x", e.Flags), ""))
	}
	if len(e.Raw) > 0 {
		lens := Node{Label: "Parameter lengths", Start: e.Head}
		first, _ := e.Range(0)
		lens.Len = max(first-e.Head, 0)
		for i := range e.N {
			s, t := e.Range(i)
			lens.Children = append(lens.Children, at(leaf(strconv.Itoa(i), countOf(t-s, "byte"), ""), s, t-s))
		}
		n.Children = append(n.Children, lens)
	}
	return n
}

func (b *builder) packet() Node {
	p := b.c.Packet
	n := Node{Label: "Packet", Value: fmt.Sprintf("%d, %s", p.Num, countOf(int(p.Len), "byte")), Field: "evt.args", Len: len(p.Data)}
	n.Children = []Node{leaf("Number among packets", strconv.FormatUint(p.Num, 10), ""), b.time()}
	if p.Interface != "" {
		n.Children = append(n.Children, leaf("Interface", text(p.Interface), ""))
	}
	n.Children = append(n.Children,
		leaf("Length on the wire", countOf(int(p.Len), "byte"), ""),
		at(leaf("Kept", countOf(len(p.Data), "byte"), ""), 0, len(p.Data)),
		leaf("Block at", strconv.FormatInt(b.x.Offset, 10)+" in the uncompressed file", ""))
	return n
}

// born gives a node a link to the event that made something, when there was one.
func born(n *Node, event uint32) {
	if event > 0 {
		n.Goto = uint64(event)
	}
}
