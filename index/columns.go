package index

// SegmentSize is the number of events of a segment: a live tail only ever touches the last one.
const SegmentSize = 1 << 16

// flags of an event, one byte each in a column.
const (
	flagHidden  = 1 << iota // not shown by default: internal, state-only, of the opening phase
	flagPacket              // a network packet
	flagCalls               // a row of the calls view
	flagFailed              // a call that returned an error
	flagMeta                // about the capture itself
	flagDamaged             // its parameters cannot be read
	flagWide                // its offset or result does not fit the column
	flagSyscall
)

const none = ^uint32(0)

// segment is SegmentSize events in columns. 34 bytes an event.
type segment struct {
	n      int
	first  bool  // the first of its index: it may stay small
	base   int64 // file offset the column off is relative to
	ts     []uint64
	off    []uint32 // of the block
	thread []uint32 // thread row, none if there is none
	fd     []uint32 // descriptor row
	pair   []uint32 // distance to the other half of the call, 0 if there is none
	res    []int32
	fdnum  []int32
	typ    []uint16
	cpu    []uint16
	flags  []uint8
	counts [4]uint32 // rows of each query
	wide   map[uint16]wide
}

// wide holds what does not fit a column.
type wide struct{ off, res int64 }

func newSegment(base int64, first bool) *segment { return &segment{base: base, first: first} }

// grow makes room in steps, so that a small capture has small columns.
func (s *segment) grow() {
	if s.n < cap(s.ts) {
		return
	}
	c := min(SegmentSize, max(1024, 8*cap(s.ts)))
	if !s.first {
		c = SegmentSize
	}
	s.ts = regrow(s.ts, c)
	s.off = regrow(s.off, c)
	s.thread = regrow(s.thread, c)
	s.fd = regrow(s.fd, c)
	s.pair = regrow(s.pair, c)
	s.res = regrow(s.res, c)
	s.fdnum = regrow(s.fdnum, c)
	s.typ = regrow(s.typ, c)
	s.cpu = regrow(s.cpu, c)
	s.flags = regrow(s.flags, c)
}

func regrow[T any](s []T, c int) []T {
	g := make([]T, len(s), c)
	copy(g, s)
	return g
}

func (s *segment) offset(i int) int64 {
	if s.flags[i]&flagWide != 0 {
		return s.wide[uint16(i)].off
	}
	return s.base + int64(s.off[i])
}

func (s *segment) result(i int) int64 {
	if s.flags[i]&flagWide != 0 {
		return s.wide[uint16(i)].res
	}
	return int64(s.res[i])
}

// A query is one of the four lists: view × internal events.
type query uint8

const (
	queryCalls    = 1
	queryInternal = 2
)

// member tells which flags make an event a row of a query.
func (q query) member(flags uint8) bool {
	if q&queryInternal == 0 && flags&flagHidden != 0 {
		return false
	}
	return q&queryCalls == 0 || flags&flagCalls != 0
}

func (s *segment) count(flags uint8, by uint32) {
	for q := range query(4) {
		if q.member(flags) {
			s.counts[q] += by
		}
	}
}

// setFlags replaces the flags of event i and keeps the counts right.
func (s *segment) setFlags(i int, flags uint8) {
	s.count(s.flags[i], ^uint32(0))
	s.flags[i] = flags
	s.count(flags, 1)
}
