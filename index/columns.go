package index

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/scapls/scapls/scapio/evtable"
)

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
	flagWide                // its result does not fit the column, or is odd
	flagSyscall
)

const none = ^uint32(0)

// segment is SegmentSize events in columns.
type segment struct {
	columns
	n      int
	room   int       // events its columns have room for
	base   int64     // file offset the column off is relative to
	counts [4]uint32 // rows of each query
	wides  []wide    // of the events with flagWide, in their order
	far    map[uint16]int64
	flips  uint32 // changes of flags since the events were added

	memory []uint64 // what the columns are views of; nil when that is the sidecar
	place  *place   // in the sidecar; nil while it is not there
	moving bool     // it is being written to the sidecar: what changes meanwhile is noted in late
	late   []uint16
}

// columns are the facts of a segment's events, 37 bytes each. All have as many places as there is room; those behind
// the segment's events mean nothing.
type columns struct {
	ts      []uint64
	off     []uint32 // of the block
	thread  []uint32 // thread row, none if there is none
	fd      []uint32 // descriptor row
	res     []int32  // of an exit; of a generic event which call it is about
	fdnum   []int32
	typ     []uint16
	cpu     []uint16
	changed []uint64 // a bit for each event that changed what later ones mean
	pair    []uint32 // distance to the other half of the call, 0 if there is none
	flags   []uint8
}

// wide holds what does not fit a column.
type wide struct {
	res int64
	at  uint16
	odd bool // its type has parameters and it has none, or the other way round: see hasRes
}

// packetType is the type of packets in the column.
const packetType = 0xFFFF

// typeHasRes tells the types of exits that have parameters, the result first.
var typeHasRes = func() (t [packetType + 1]bool) {
	for id := range evtable.Types {
		e := &evtable.Types[id]
		t[id] = id&1 == 1 && id != int(evtable.GenericX) && e.Category&evtable.ECSyscall != 0 && len(e.Params) > 0
	}
	return t
}()

// hasRes reports whether event i is an exit with a result.
func (s *segment) hasRes(i int) bool {
	return typeHasRes[s.typ[i]] != (s.flags[i]&flagWide != 0 && s.oddRes(i))
}

// oddRes reports whether event i has a result where its type tells of none, or the other way round.
func (s *segment) oddRes(i int) bool {
	t := s.typ[i]
	return s.wide(i).odd && s.flags[i]&flagSyscall != 0 && t&1 == 1 && t != evtable.GenericX
}

// skew keeps the columns apart in the processor's caches, which would else hold the same events of all of them in the
// same few places.
const skew = 5 * 64

// view makes columns with room for a number of events, a multiple of 64, of a piece of memory. The last two are those
// that may change when the segment is full; they begin at tailAt.
func view(memory []byte, room int) (c columns) {
	v := viewer{memory, 0}
	c.ts, c.off, c.thread, c.fd = take[uint64](&v, room), take[uint32](&v, room), take[uint32](&v, room), take[uint32](&v, room)
	c.res, c.fdnum, c.typ, c.cpu = take[int32](&v, room), take[int32](&v, room), take[uint16](&v, room), take[uint16](&v, room)
	c.changed = take[uint64](&v, room/wordBits)
	c.pair, c.flags = take[uint32](&v, room), take[uint8](&v, room)
	return c
}

// Where the columns lie in their memory that may change when a segment is full, and how much all take.
func tailAt(room int) int      { return 32*room + room/8 + 9*skew }
func flagsAt(room int) int     { return tailAt(room) + 4*room + skew }
func columnBytes(room int) int { return flagsAt(room) + room + skew }

type viewer struct {
	memory []byte
	at     int
}

// take returns the next column, of n numbers.
func take[T uint64 | uint32 | int32 | uint16 | uint8](v *viewer, n int) []T {
	s := unsafe.Slice((*T)(unsafe.Pointer(&v.memory[v.at])), n)
	v.at += n*int(unsafe.Sizeof(s[0])) + skew
	return s
}

// bytesOf returns the bytes of numbers as they are in memory.
func bytesOf[T uint64 | uint32 | wide](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(s[0])))
}

// newSegment returns an empty segment whose columns are made of memory, or of new one.
func newSegment(base int64, room int, memory []uint64) *segment {
	if memory == nil {
		memory = make([]uint64, columnBytes(room)/8)
	}
	s := &segment{base: base, room: room, memory: memory}
	s.columns = view(bytesOf(memory), room)
	clear(s.changed)
	return s
}

// grow makes room for more events.
func (s *segment) grow(room int) {
	old := s.columns
	s.memory, s.room = make([]uint64, columnBytes(room)/8), room
	s.columns = view(bytesOf(s.memory), room)
	s.copy(&old)
}

func (c *columns) copy(o *columns) {
	copy(c.ts, o.ts)
	copy(c.off, o.off)
	copy(c.thread, o.thread)
	copy(c.fd, o.fd)
	copy(c.res, o.res)
	copy(c.fdnum, o.fdnum)
	copy(c.typ, o.typ)
	copy(c.cpu, o.cpu)
	copy(c.changed, o.changed)
	copy(c.pair, o.pair)
	copy(c.flags, o.flags)
}

// wide returns what does not fit the columns of event i, which has flagWide.
func (s *segment) wide(i int) wide {
	k, _ := slices.BinarySearchFunc(s.wides, uint16(i), func(w wide, at uint16) int { return int(w.at) - int(at) })
	return s.wides[k]
}

// widesIn returns what does not fit the columns of the events [from, to). Who goes on from to next time finds it at hint.
func (s *segment) widesIn(from, to int, hint *int) []wide {
	i := *hint
	if i > len(s.wides) || i > 0 && int(s.wides[i-1].at) >= from || i < len(s.wides) && int(s.wides[i].at) < from {
		i, _ = slices.BinarySearchFunc(s.wides, from, func(w wide, at int) int { return int(w.at) - at })
	}
	j := i
	for j < len(s.wides) && int(s.wides[j].at) < to {
		j++
	}
	*hint = j
	return s.wides[i:j]
}

func (s *segment) offset(i int) int64 {
	if s.far != nil {
		if off, ok := s.far[uint16(i)]; ok {
			return off
		}
	}
	return s.base + int64(s.off[i])
}

func (s *segment) result(i int) int64 {
	if s.flags[i]&flagWide != 0 {
		return s.wide(i).res
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

// members is member for 64 events at once.
func (q query) members(flags []uint8) (m uint64) {
	for i := 0; i < wordBits; i += 8 {
		f := binary.LittleEndian.Uint64(flags[i:])
		in := ^uint64(0)
		if q&queryInternal == 0 {
			in &^= f / flagHidden
		}
		if q&queryCalls != 0 {
			in &= f / flagCalls
		}
		m |= gather(in) << i
	}
	return m
}

// word returns a column's part of 64 events.
func word[T uint16 | uint32 | int32](column []T, w int) []T {
	return column[w*wordBits : w*wordBits+wordBits]
}

// push adds a bit to those of a word, which is whole after 64 of them.
func push(bits, bit uint64) uint64 { return bits>>1 | bit<<(wordBits-1) }

// gather returns the lowest bit of each byte, side by side.
func gather(b uint64) uint64 { return b & 0x0101010101010101 * 0x0102040810204080 >> 56 }

// count counts an event with these flags in the queries it is a row of; by is 1 or the contrary.
func (s *segment) count(flags uint8, by uint32) {
	listed, calls := uint32(^flags&flagHidden), uint32(flags&flagCalls/flagCalls)
	s.counts[0] += by * listed
	s.counts[queryCalls] += by * (listed & calls)
	s.counts[queryInternal] += by
	s.counts[queryCalls|queryInternal] += by * calls
}

// setFlags replaces the flags of event i and keeps the counts right.
func (s *segment) setFlags(i int, flags uint8) {
	s.flips++
	s.count(s.flags[i], ^uint32(0))
	s.count(flags, 1)
	s.change(i, s.pair[i], flags)
}

// setPair tells event i how far its other half is.
func (s *segment) setPair(i int, pair uint32) { s.change(i, pair, s.flags[i]) }

func (s *segment) change(i int, pair uint32, flags uint8) {
	if s.place != nil {
		s.place.change(s, i, pair, flags)
		return
	}
	s.pair[i], s.flags[i] = pair, flags
	if s.moving {
		s.late = append(s.late, uint16(i))
	}
}
