package index

import (
	"runtime"
	"sort"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// plan is a filter made ready for a list: a tree whose leaves know, for each situation an event may be in, what of the
// event has to be looked at. It does not change once it is made, but for what its leaves know of dimension rows.
type plan struct {
	root   *node
	leaves []*leaf
	ask    Ask

	heldCells uint32 // how many answers of wayHeld a leaf remembers
}

// node is a leaf, or all or any of others, the cheapest first.
type node struct {
	leaf *leaf
	any  bool
	args []*node
	cost float64
}

// Cells are situations: the event's type, and whether its descriptor is known.
const (
	cellUnknown = evtable.NumTypes // types the table does not know
	cellPacket  = evtable.NumTypes + 1
	cells       = 2 * (evtable.NumTypes + 2)
)

// cellOf returns the situation of event i.
func (s *segment) cellOf(i int) int {
	t := int(s.typ[i])
	if t >= evtable.NumTypes {
		if t == packetType {
			t = cellPacket
		} else {
			t = cellUnknown
		}
	}
	if s.fd[i] != none {
		return 2*t + 1
	}
	return 2 * t
}

// way is how a leaf is asked in a situation.
type way uint8

// The ways, by what they cost.
const (
	wayConst  way = iota // one answer for the situation
	wayThread            // one answer for each row of threads
	wayTID               // so, but for events whose thread has no row their bytes tell
	wayFD                // one for each row of descriptors
	wayErr               // one for each errno, one for success, one where there is no result
	wayRow               // of the columns
	wayHeld              // of the state: holds for a thread's row for some time
	wayState             // of the columns and the state
	wayCall              // by the call a generic event is about
	wayNote              // of what is noted: one answer but for the events that something is noted about
	wayBytes             // of the event's bytes
	numWays
)

// costs are ns an event, about.
var costs = [numWays]float64{0.5, 1.2, 1.3, 1.5, 2, 30, 12, 300, 5, 0.3, 250}

// leaf is a condition that is asked as a whole.
type leaf struct {
	id       int
	match    func(*field.Ctx) bool
	ways     [cells]way
	needs    [cells]field.Needs
	uniform  way                     // of all situations, numWays when they differ
	has      [numWays]bool           // a situation is asked this way
	lifted   bool                    // of all situations but that of packets it is wayThread or wayTID
	parts    []func(*field.Ctx) bool // of a leaf made of several
	partsAny bool
	consts   [cells]bool  // wayConst: the answer
	kinds    [cells]uint8 // where the answer comes from
	typed    bool         // kinds does not ask whether the descriptor is known
	threads  rowTable
	fds      rowTable
	needle   []byte
	fold     bool // the needle is in lower case and stands for any
	numbers  *numbers
	prev     bool // asks for the time of the listed event before
}

// The bits of leaf.kinds.
const (
	kindYes    = iota // the answer is yes
	kindThread        // it is that of the thread's row
	kindTID           // there has to be such a row
	kindFD            // it is that of the descriptor's row
	kindErr           // it is that of the errno
	kindRes           // there is a result, where it is not odd
	kindHeld          // it is that of the thread's row in this segment, if it holds so long
	kindAsk           // the event has to be asked
)

// kindsOf are the bits of the ways that need not ask an event.
var kindsOf = [numWays]uint8{
	wayThread: 1 << kindThread, wayTID: 1<<kindThread | 1<<kindTID, wayFD: 1 << kindFD, wayErr: 1 << kindErr, wayHeld: 1 << kindHeld,
}

// numbers is a comparison of a column with constants, answered without asking the field.
type numbers struct {
	column  column
	lo, hi  uint64
	flip    uint64 // makes signed numbers unsigned ones of the same order
	inverse bool   // the numbers outside fit
	not     bool   // the contrary of all, also for events without a number
}

type column uint8

// The columns that comparisons of numbers are answered from.
const (
	columnNone column = iota
	columnTime
	columnSince
	columnRes
	columnLatency
	columnFDNum
	columnNum
	columnCPU
	columnMoved
)

var columnOf = map[string]column{
	"evt.rawtime": columnTime, "evt.reltime": columnSince, "evt.rawres": columnRes, "evt.latency": columnLatency, "fd.num": columnFDNum,
	"evt.num": columnNum, "evt.cpu": columnCPU,
	"evt.buflen": columnMoved, "evt.buflen.in": columnMoved, "evt.buflen.out": columnMoved,
	"frame.number": columnNum, "frame.time": columnTime, "frame.time_epoch": columnTime, "frame.time_relative": columnSince,
}

// planner makes plans.
type planner struct {
	x     *Index
	p     *plan
	needs map[string]*[cells]field.Needs
}

// newPlan makes a plan of a condition. The lock of x is held.
func newPlan(x *Index, c *filter.Cond, ask Ask) *plan {
	b := &planner{x: x, p: &plan{ask: ask}, needs: map[string]*[cells]field.Needs{}}
	b.p.root = b.node(c, false)
	b.number(b.p.root)
	b.bound()
	for _, l := range b.p.leaves {
		l.classify()
	}
	return b.p
}

// maxRowBytes is how many bytes the answers by row of one filter may take.
var maxRowBytes = 16 << 20

// bound asks rows event by event where their answers would take too much room.
func (b *planner) bound() {
	room := maxRowBytes
	threads, fds := b.x.m.NumThreadRows()/8+64, b.x.m.NumFDRows()/8+64
	for _, l := range b.p.leaves {
		if l.has[wayThread] || l.has[wayTID] {
			room -= threads
		}
		if l.has[wayFD] {
			room -= fds
		}
		if l.has[wayHeld] {
			room -= 2 * runtime.GOMAXPROCS(0) * threads
		}
		if room >= 0 {
			continue
		}
		for i, w := range l.ways {
			if w == wayThread || w == wayTID || w == wayFD {
				l.ways[i] = wayRow
			}
		}
		l.lifted = false
		l.has[wayThread], l.has[wayTID], l.has[wayFD], l.has[wayHeld] = false, false, false, false
	}
	if b.p.heldCells = maxHeldCells; len(b.p.leaves) > 64 {
		b.p.heldCells /= 32
	}
}

// number lists the leaves that are left.
func (b *planner) number(n *node) {
	if n.leaf == nil {
		for _, a := range n.args {
			b.number(a)
		}
		return
	}
	n.leaf.id = len(b.p.leaves)
	b.p.leaves = append(b.p.leaves, n.leaf)
	n.leaf.settle(b.p.ask, b.x)
}

// node makes a node of a condition, or of its contrary.
func (b *planner) node(c *filter.Cond, not bool) *node {
	switch c.Kind {
	case filter.CondNot:
		return b.node(c.Args[0], !not)
	case filter.CondAll, filter.CondAny:
		any := (c.Kind == filter.CondAny) != not
		var args []*node
		for _, a := range c.Args {
			n := b.node(a, not)
			if n.leaf == nil && n.any == any {
				args = append(args, n.args...)
			} else {
				args = append(args, n)
			}
		}
		return b.join(args, any)
	}
	return b.ask(c, not)
}

// join makes one node of several: leaves that are asked the same way become one.
func (b *planner) join(args []*node, any bool) *node {
	var out []*node
	byWays := map[[cells]way]*node{}
	for _, a := range args {
		if a.leaf == nil {
			out = append(out, a)
			continue
		}
		same := byWays[a.leaf.ways]
		if same == nil || !same.leaf.merge(a.leaf, any) {
			byWays[a.leaf.ways] = a
			out = append(out, a)
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	n := &node{any: any, args: out}
	sort.SliceStable(out, func(i, j int) bool { return out[i].cost < out[j].cost })
	for _, a := range out {
		n.cost += a.cost
	}
	return n
}

// merge makes l the conjunction or disjunction of itself and o, which has the same ways.
func (l *leaf) merge(o *leaf, any bool) bool {
	if l.uniform == wayRow && (l.numbers != nil || o.numbers != nil) {
		return false // both are cheaper alone
	}
	switch {
	case !any && l.needle == nil:
		l.needle, l.fold = o.needle, o.fold
	case any && (o.needle == nil || string(l.needle) != string(o.needle) || l.fold != o.fold):
		if l.needle != nil && o.needle != nil {
			return false // each has its own search
		}
		l.needle = nil
	}
	l.numbers = nil
	if len(l.parts) == 0 || l.partsAny != any {
		l.parts, l.partsAny = []func(*field.Ctx) bool{l.match}, any
	}
	l.parts = append(l.parts, o.match)
	l.match = joined(l.parts, any)
	for i := range l.needs {
		l.needs[i] |= o.needs[i]
	}
	l.prev = l.prev || o.prev
	return true
}

// joined is all or any of several questions.
func joined(parts []func(*field.Ctx) bool, any bool) func(*field.Ctx) bool {
	return func(c *field.Ctx) bool {
		for _, p := range parts {
			if p(c) == any {
				return any
			}
		}
		return !any
	}
}

// settle asks the leaf in the situations that have one answer.
func (l *leaf) settle(ask Ask, x *Index) {
	var c field.Ctx
	fd := state.UnknownFD(0)
	for i, w := range l.ways {
		if w != wayConst {
			continue
		}
		c.Reset()
		ask.style(&c)
		c.View = x.m.At(x.n)
		setType(&c, i/2)
		if i%2 == 1 {
			c.FD = fd
		}
		l.consts[i] = l.match(&c)
	}
}

// classify notes where the answers come from. What is no event of a known type is asked.
func (l *leaf) classify() {
	l.typed = true
	for i, w := range l.ways {
		k := uint8(1 << kindAsk)
		switch {
		case i/2 >= evtable.NumTypes, w == wayHeld && !l.has[wayHeld]:
		case w == wayConst:
			k = uint8(one(l.consts[i])) << kindYes
		case kindsOf[w] != 0:
			k = kindsOf[w]
		}
		if i/2 < evtable.NumTypes && typeHasRes[i/2] {
			k |= 1 << kindRes
		}
		l.kinds[i] = k
		l.typed = l.typed && (i%2 == 0 || k == l.kinds[i-1])
	}
}

// setType gives c the type of a cell.
func setType(c *field.Ctx, t int) {
	c.Ev.Type = uint16(t)
	switch t {
	case cellPacket:
		c.Packet = &noPacket
		c.Ev.Type, c.Ev.TID, c.Ev.CPU = 0, -1, 0xFFFF
	case cellUnknown:
		c.Ev.Type = packetType - 1
	}
}

var noPacket field.Packet // stands for one of which nothing but that it is one is asked

// ask makes a leaf of a condition that asks the event.
func (b *planner) ask(c *filter.Cond, not bool) *node {
	l := &leaf{match: c.Match}
	if not {
		l.match = func(x *field.Ctx) bool { return !c.Match(x) }
	} else {
		l.needle = c.Needle()
	}
	if q := c.Question(); q != nil {
		l.fold = q.Fold
		for i := range l.needs {
			l.needs[i] = b.needsIn(i, q.Needs)
		}
	}
	for k, e := range c.Exprs {
		for i, n := range b.needsOf(&e.Ref) {
			if k > 0 && n != l.needs[i] { // what one takes from the situation alone another does not
				n |= field.NeedType
			}
			l.needs[i] |= n
		}
	}
	counts := [numWays]int{}
	for i, n := range l.needs {
		l.ways[i] = wayOf(n)
		l.prev = l.prev || n&field.NeedPrev != 0
		counts[l.ways[i]]++
	}
	cost := 0.0
	l.uniform = numWays
	for w, n := range counts {
		l.has[w] = n > 0
		if n > 0 && (n > 2 || way(w) != wayRow && way(w) != wayBytes) { // types nobody knows and packets are rare
			cost = max(cost, costs[w])
		}
		if n == cells {
			l.uniform = way(w)
		}
	}
	l.lifted = counts[wayThread]+counts[wayTID] >= cells-2 && (counts[wayThread] < 3 || counts[wayTID] < 3) && l.ways[0] != wayConst
	if l.needle != nil {
		cost /= 4
	}
	b.asNumbers(l, c, not)
	if l.numbers != nil {
		cost = 2
	}
	return &node{leaf: l, cost: cost}
}

// wayOf returns the cheapest way to answer a condition with these needs.
func wayOf(n field.Needs) way {
	const state = field.NeedView | field.NeedMoment
	switch {
	case n == 0:
		return wayConst
	case n&field.NeedBytes != 0:
		return wayBytes
	case n&field.NeedCall != 0 && n != field.NeedCall: // the columns do not name a generic call together with others
		return wayBytes
	case n == field.NeedThread:
		return wayThread
	case n == field.NeedTID, n == field.NeedTID|field.NeedThread:
		return wayTID
	case n == field.NeedFD:
		return wayFD
	case n == field.NeedErr:
		return wayErr
	case n == field.NeedThread|field.NeedView:
		return wayHeld
	case n&state != 0:
		return wayState
	case n == field.NeedCall:
		return wayCall
	case n == field.NeedNote:
		return wayNote
	}
	return wayRow
}

// needsOf returns the needs of a field in all situations.
func (b *planner) needsOf(r *field.Ref) *[cells]field.Needs {
	key := r.String()
	if n := b.needs[key]; n != nil {
		return n
	}
	var n [cells]field.Needs
	for i := range n {
		n[i] = b.needsIn(i, r.Needs)
	}
	b.needs[key] = &n
	return &n
}

// needsIn returns what needs tells of a cell.
func (b *planner) needsIn(cell int, needs func(field.Situation) field.Needs) field.Needs {
	s := field.Situation{Type: uint16(cell / 2), FD: cell%2 == 1, Calls: b.p.ask.Calls, Legacy: b.p.ask.Legacy}
	s.Packet = cell/2 == cellPacket
	n := needs(s)
	if cell/2 == cellUnknown && n == 0 {
		n = field.NeedType
	}
	return n
}

// asNumbers notes that a condition compares a column with constants.
func (b *planner) asNumbers(l *leaf, c *filter.Cond, not bool) {
	if len(c.Exprs) != 1 || len(c.Exprs[0].Chain) > 0 {
		return
	}
	col := columnOf[c.Exprs[0].F.Name]
	lo, hi, signed, inverse, ok := c.Numbers()
	if col == columnNone || !ok || col == columnNum && len(b.x.packets) > 0 {
		return
	}
	n := &numbers{column: col, lo: lo, hi: hi, inverse: inverse, not: not}
	if signed {
		n.flip = 1 << 63
		n.lo ^= n.flip
		n.hi ^= n.flip
	}
	l.numbers = n
}
