package stream

import (
	"slices"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// otherEnd finds what is at the other end of an opening. All versions of both are looked at: a socket gets its ends when
// it is connected, and a datagram socket others with each datagram.
type otherEnd struct {
	first  *state.FD
	socks  map[[2]uint64]bool        // pairs of kernel pointers that it had, the smaller first
	tuples map[connection]bool       // connections that it had
	known  map[knownEnd][]connection // those of datagrams by each end that is known
	loose  map[knownEnd][]connection // those with an end that is not
	found  map[uint32]*state.FD      // openings at the other end, by number: a version that fits
	rows   map[uint32]bool           // versions that fit, of openings that talk to others too; nil: all do
	begins map[uint32]uint32         // when the openings began
}

func newOtherEnd(first *state.FD) *otherEnd {
	return &otherEnd{
		first: first, socks: map[[2]uint64]bool{}, tuples: map[connection]bool{}, known: map[knownEnd][]connection{}, loose: map[knownEnd][]connection{},
		found: map[uint32]*state.FD{}, begins: map[uint32]uint32{},
	}
}

// connection is what a version of an IP socket is connected to, seen from itself.
type connection struct {
	own, far endpoint
	l4       uint8
}

type endpoint struct {
	ip   [16]byte
	port uint16
}

// knownEnd is one of the ends of a connection.
type knownEnd struct {
	endpoint
	own bool
}

func (e endpoint) known() bool { return e.port != 0 && e.ip != [16]byte{} }

// fits reports whether two may be the same end, and whether they are for sure.
func (e endpoint) fits(o endpoint) (may, sure bool) {
	ip := e.ip == o.ip || e.ip == [16]byte{} || o.ip == [16]byte{}
	return ip && (e.port == o.port || e.port == 0 || o.port == 0), e == o && e.known()
}

// sides returns the two ends of an IP socket, seen from itself.
func sides(f *state.FD) (own, far endpoint) {
	own, far = endpoint{f.Tuple.SIP, f.Tuple.SPort}, endpoint{f.Tuple.DIP, f.Tuple.DPort}
	if f.Role == state.Server && f.Tuple.DPort != 0 { // one that was only bound has itself as the source
		return far, own
	}
	return own, far
}

// connected returns the connection of a version; false when it has none.
func connected(f *state.FD) (connection, bool) {
	if !f.Inet() && !f.InetServer() || f.L4 != state.L4TCP && f.L4 != state.L4UDP {
		return connection{}, false
	}
	c := connection{l4: f.L4}
	c.own, c.far = sides(f)
	whole := c.own.known() && c.far.known()
	return c, whole || c.l4 == state.L4UDP && (c.own.known() || c.far.known())
}

func (c connection) loose() bool { return !c.own.known() || !c.far.known() }

// opposite reports whether two may be ends of one conversation. The kernel does not always tell the sender of a
// datagram; one end at least must be the same for sure.
func (c connection) opposite(o connection) bool {
	here, sureHere := c.own.fits(o.far)
	there, sureThere := c.far.fits(o.own)
	return c.l4 == o.l4 && here && there && (sureHere || sureThere)
}

// mine takes in a version of the opening itself.
func (o *otherEnd) mine(f *state.FD) {
	if pair, ok := socks(f); ok {
		o.socks[pair] = true
	}
	c, ok := connected(f)
	if !ok || o.tuples[c] {
		return
	}
	o.tuples[c] = true
	if c.l4 != state.L4UDP {
		return
	}
	o.rows = map[uint32]bool{}
	for _, e := range []knownEnd{{c.own, true}, {c.far, false}} {
		if !e.known() {
			continue
		}
		o.known[e] = append(o.known[e], c)
		if c.loose() {
			o.loose[e] = append(o.loose[e], c)
		}
	}
}

// socks returns the pair of kernel pointers of a unix socket. Which one is its own depends on who told of it.
func socks(f *state.FD) (pair [2]uint64, ok bool) {
	return [2]uint64{min(f.Src, f.Dst), max(f.Src, f.Dst)}, f.Type == scapio.FDUnix && f.Src != 0 && f.Dst != 0
}

// find looks for openings at the other end.
func (o *otherEnd) find(snap index.Snapshot) {
	for i := range uint32(snap.FDRows()) {
		row := snap.FDRow(i)
		if row.Stream == o.first.Stream || row.Stream == 0 {
			continue
		}
		if !o.opposite(row, snap.FDRow(row.Stream-1)) {
			continue
		}
		o.found[row.Stream] = row
		o.begins[row.Stream] = snap.FDRow(row.Stream - 1).Born
		if o.rows != nil {
			o.rows[i] = true
		}
	}
}

// opposite reports whether a version of another opening, which began as first, may be at the other end.
func (o *otherEnd) opposite(f, first *state.FD) bool {
	together := o.first.End != state.NoEnd && first.End != state.NoEnd && o.first.End != first.End && o.first.Born == first.Born
	switch {
	case f.Type == scapio.FDFifo && o.first.Type == scapio.FDFifo:
		same := o.first.End != state.NoEnd && o.first.End == first.End
		return together || o.first.Ino != 0 && o.first.Ino == f.Ino && !same
	case f.Type == scapio.FDUnix && (o.first.End != state.NoEnd || first.End != state.NoEnd):
		return together && o.first.Type == scapio.FDUnix
	case f.Type == scapio.FDUnix:
		pair, ok := socks(f)
		return ok && o.socks[pair]
	}
	c, ok := connected(f)
	if !ok {
		return false
	}
	if o.tuples[connection{c.far, c.own, c.l4}] {
		return true
	}
	if c.l4 != state.L4UDP {
		return false
	}
	mine := o.loose // of two that are whole the ends are the same or not
	if c.loose() {
		mine = o.known
	}
	return slices.ContainsFunc(mine[knownEnd{c.far, true}], c.opposite) || slices.ContainsFunc(mine[knownEnd{c.own, false}], c.opposite)
}

// about returns whether a row is of the opening or of what is at its other end.
func (o *otherEnd) about(b *index.Batch, i int) (a about) {
	row, ok := b.FDRow(i)
	if !ok {
		return a
	}
	switch fd := b.FD(i); {
	case fd.Stream == o.first.Stream:
		a.mine = true
	case o.found[fd.Stream] != nil && (o.rows == nil || o.rows[row]):
		a.peer = fd.Stream
	default:
		return a
	}
	if t := b.Type(i); t != nil && b.Res(i) > 0 {
		a.read, a.write = t.Category&evtable.CategoryMask == evtable.ECIORead, t.Category&evtable.CategoryMask == evtable.ECIOWrite
	}
	return a
}

// life is when an opening was there, as far as its events tell.
type life struct {
	number      uint32
	from, to    uint32
	read, write bool
}

func (l *life) took(a about) {
	l.to = max(l.to, a.key)
	l.read, l.write = l.read || a.read, l.write || a.write
}

func (l *life) overlaps(o *life) bool { return l.from <= o.to && o.from <= l.to }

// choose leaves of the events those of the stream and of what is at its other end, and remembers what that is.
func (s *Stream) choose(o *otherEnd, list []about) []about {
	me := &life{from: s.first.Born}
	lives := map[uint32]*life{}
	var others []*life
	for number, from := range o.begins {
		lives[number] = &life{number: number, from: from, to: from}
		others = append(others, lives[number])
	}
	slices.SortFunc(others, func(a, b *life) int { return int(a.number) - int(b.number) })
	for _, a := range list {
		if a.mine {
			me.took(a)
		} else {
			lives[a.peer].took(a)
		}
	}
	at := map[uint32]bool{}
	for _, l := range o.chosen(s.FD, me, others) {
		at[l.number] = true
		s.Peers = append(s.Peers, o.found[l.number])
	}
	return slices.DeleteFunc(list, func(a about) bool { return !a.mine && !at[a.peer] })
}

// chosen returns which openings are at the other end.
func (o *otherEnd) chosen(fd *state.FD, me *life, others []*life) []*life {
	switch {
	case fd.Type == scapio.FDFifo:
		return slices.DeleteFunc(others, func(l *life) bool { return !o.farEnd(fd, me, l) })
	case o.first.End != state.NoEnd:
		return others
	}
	// Ports and kernel pointers are used again.
	same := slices.DeleteFunc(slices.Clone(others), func(l *life) bool { return !me.overlaps(l) })
	if len(same) > 0 || o.rows != nil {
		return same
	}
	// A client may be gone before it is accepted.
	var best *life
	for _, l := range others {
		switch {
		case fd.Role == state.Client && l.from >= me.from && (best == nil || l.from < best.from):
			best = l
		case fd.Role == state.Server && l.from <= me.from && (best == nil || l.from > best.from):
			best = l
		}
	}
	if best == nil {
		return nil
	}
	return []*life{best}
}

// farEnd reports whether an opening of a pipe is at its other end: what was not seen being made tells by what it does.
func (o *otherEnd) farEnd(fd *state.FD, me, l *life) bool {
	mine, its := fd.End, o.found[l.number].End
	if mine != state.NoEnd && its != state.NoEnd {
		return mine != its
	}
	if mine == state.NoEnd {
		mine = me.end()
	}
	if its == state.NoEnd {
		its = l.end()
	}
	return its != state.NoEnd && mine != its
}

func (l *life) end() state.End {
	switch {
	case l.read:
		return state.FirstEnd
	case l.write:
		return state.SecondEnd
	}
	return state.NoEnd
}
