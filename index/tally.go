package index

import (
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// tally is how many listed events belong to each row of the dimension tables, and to each shape of event. It is counted
// by one scan of the columns and goes on where it stopped when the index has grown. 8 bytes a row.
type tally struct {
	upTo    uint32 // the last event that was counted
	threads []rowCount
	fds     []rowCount
	low     [lowNums]uint32  // by descriptor number, of the low ones
	nums    map[int32]uint32 // of the others
	cpus    []uint32         // by processor
	shapes  map[shape]*rowCount
	last    [numTypes]lastShape // of each type, since neighbours are alike
	samples [numTypes]sample    // by event type
	unknown []uint32            // events that name a descriptor nobody knows: failed opens and connects, at most maxUnknown
	missed  bool                // there are more of those
}

// rowCount is how many events a row has, and the last of them.
type rowCount struct{ n, last uint32 }

// shape is what fields of an event's kind and result depend on.
type shape struct {
	typ    uint16
	call   uint16 // of a generic event: its system call's number
	err    uint16 // errno of a failed call
	fd     int16  // type of the descriptor, -1 if none is known
	packet bool
}

// lastShape is the shape that the latest event of a type had.
type lastShape struct {
	shape
	count *rowCount
}

const lowNums = 256

// sample is some events of a type, evenly spread: every step-th.
type sample struct {
	keys []uint32
	step uint32
	seen uint32
}

const (
	sampleSize = 256
	maxUnknown = 1 << 14
)

func (s *sample) add(key uint32) {
	if s.seen++; s.step == 0 {
		s.step = 1
	}
	if (s.seen-1)%s.step != 0 {
		return
	}
	if len(s.keys) == sampleSize { // every other one goes
		for i := range sampleSize / 2 {
			s.keys[i] = s.keys[2*i]
		}
		s.keys = s.keys[:sampleSize/2]
		s.step *= 2
		if (s.seen-1)%s.step != 0 {
			return
		}
	}
	s.keys = append(s.keys, key)
}

func newTally() *tally {
	return &tally{nums: map[int32]uint32{}, shapes: map[shape]*rowCount{}}
}

// aboutFD are the event types whose fields of class fd have values.
var aboutFD = func() (t [numTypes]bool) {
	for id := range t {
		t[id] = evtable.Types[id].Flags&(evtable.EFCreatesFD|evtable.EFUsesFD|evtable.EFDestroysFD) != 0
	}
	return t
}()

// grow counts the events of one more segment, as far as it is filled; it reports false when all are counted.
func (t *tally) grow(s Snapshot, cur *Cursor) bool {
	if t.upTo >= s.x.n {
		return false
	}
	k := int(t.upTo / SegmentSize)
	seg := s.x.segs[k]
	if n := s.x.m.NumThreadRows(); n > len(t.threads) {
		t.threads = append(t.threads, make([]rowCount, n-len(t.threads))...)
	}
	if n := s.x.m.NumFDRows(); n > len(t.fds) {
		t.fds = append(t.fds, make([]rowCount, n-len(t.fds))...)
	}
	for i := int(t.upTo % SegmentSize); i < seg.n; i++ {
		key := uint32(k*SegmentSize+i) + 1
		by := uint32(1)
		if seg.flags[i]&flagHidden != 0 {
			by = 0 // its values occur, and nobody sees them
		}
		sh := t.event(s, seg, i, key, by, cur)
		at := t.shape(sh)
		at.n, at.last = at.n+by, key
	}
	t.upTo = uint32(k*SegmentSize + seg.n)
	return true
}

// shape returns the count of a shape.
func (t *tally) shape(sh shape) *rowCount {
	known := int(sh.typ) < numTypes
	if known {
		if l := &t.last[sh.typ]; l.count != nil && l.shape == sh {
			return l.count
		}
	}
	c := t.shapes[sh]
	if c == nil {
		c = &rowCount{}
		t.shapes[sh] = c
	}
	if known {
		t.last[sh.typ] = lastShape{sh, c}
	}
	return c
}

// event counts one event in all but the shapes, and returns its shape.
func (t *tally) event(s Snapshot, seg *segment, i int, key, by uint32, cur *Cursor) shape {
	typ := seg.typ[i]
	sh := shape{typ: typ, fd: -1}
	if seg.flags[i]&flagPacket != 0 {
		sh.packet = true
		return sh
	}
	if cpu := int(seg.cpu[i]); cpu >= len(t.cpus) {
		t.cpus = append(t.cpus, make([]uint32, cpu+1-len(t.cpus))...)
	}
	t.cpus[seg.cpu[i]] += by
	if row := seg.thread[i]; row != none {
		r := &t.threads[row]
		r.n, r.last = r.n+by, key
	}
	if int(typ) < numTypes && aboutFD[typ] {
		t.descriptor(s, seg, i, key, by, &sh)
	}
	if res := seg.result(i); seg.flags[i]&flagFailed != 0 && res > -4096 {
		sh.err = uint16(-res)
	}
	if typ == evtable.GenericE || typ == evtable.GenericX {
		var ev evt.Event
		if s.decode(key, cur, &ev, false) == nil && ev.N > 0 {
			n, _ := evt.Uint(ev.Param(0))
			sh.call = uint16(n)
		}
	}
	if int(typ) < numTypes {
		t.samples[typ].add(key)
	}
	return sh
}

// maxNums bounds how many descriptor numbers are told apart.
const maxNums = 1 << 16

func (t *tally) descriptor(s Snapshot, seg *segment, i int, key, by uint32, sh *shape) {
	if num := seg.fdnum[i]; num >= 0 && num < lowNums {
		t.low[num] += by
	} else if len(t.nums) < maxNums || t.nums[num] > 0 {
		t.nums[num] += by
	}
	if row := seg.fd[i]; row != none {
		r := &t.fds[row]
		r.n, r.last = r.n+by, key
		sh.fd = int16(s.x.m.FDRow(row).Type)
		return
	}
	switch {
	case seg.typ[i]&1 == 0 || !namesFD[seg.typ[i]]:
	case len(t.unknown) < maxUnknown:
		t.unknown = append(t.unknown, key)
	default:
		t.missed = true
	}
}

// namesFD are the types whose arguments name a descriptor that is not known.
var namesFD = func() (t [numTypes]bool) {
	for id := range t {
		switch evtable.Types[id].Name {
		case "open", "openat", "openat2", "creat", "connect", "accept", "accept4", "open_by_handle_at":
			t[id] = true
		}
	}
	return t
}()
