package live

import "math"

// holdBack is how long an event waits for earlier ones of other processors, in ns. The record of a call that was not
// interrupted is written at its end and holds its begin too: that is how late an event may come.
const holdBack = 10e6

// merger puts the events of all processors into one order of time. Those of one processor come in order, because its
// records do; it needs only hold them back until no earlier one can come from another. It owns the events' bytes.
type merger struct {
	enc       *encoder
	queues    []queue // by processor
	watermark uint64  // up to which time events may be given
	queued    int

	cpu   int    // processor whose events go first, -1: not known
	until uint64 // up to which time they do

	chunk *chunk // into which events are encoded
	given *chunk // that of the last event, which is borrowed
	free  []*chunk
}

type queue struct {
	list []queuedEvent
	at   int
}

type queuedEvent struct {
	Event
	chunk *chunk
}

// chunk is memory for events. It is used again when all of them were given.
type chunk struct {
	buf  []byte
	left int
	full bool
}

const (
	chunkSize = 256 << 10
	// chunkRoom is what must be left for another record: those with more make the chunk grow.
	chunkRoom = 80 << 10
)

func newMerger(enc *encoder) *merger { return &merger{enc: enc, cpu: -1} }

// add encodes a record and queues its events.
func (m *merger) add(r *record) {
	if m.chunk == nil {
		m.chunk = m.newChunk()
	}
	c := m.chunk
	m.enc.buf = c.buf
	m.enc.encode(r)
	c.buf = m.enc.buf
	for len(m.queues) <= int(r.cpu) {
		m.queues = append(m.queues, queue{})
	}
	q := &m.queues[r.cpu]
	for i := range m.enc.events {
		q.list = append(q.list, queuedEvent{m.enc.events[i], c})
	}
	c.left += len(m.enc.events)
	m.queued += len(m.enc.events)
	if cap(c.buf)-len(c.buf) < chunkRoom {
		c.full = true
		m.recycle(c)
		m.chunk = nil
	}
	m.cpu = -1
}

func (m *merger) newChunk() *chunk {
	if n := len(m.free); n > 0 {
		c := m.free[n-1]
		m.free = m.free[:n-1]
		return c
	}
	return &chunk{buf: make([]byte, 0, chunkSize)}
}

// recycle takes a chunk back when nobody needs it any more.
func (m *merger) recycle(c *chunk) {
	if c.left > 0 || !c.full || c == m.given {
		return
	}
	c.buf, c.full = c.buf[:0], false
	if cap(c.buf) == chunkSize {
		m.free = append(m.free, c)
	}
}

// pop fills in the earliest event that may be given, and takes back the bytes of the one before.
func (m *merger) pop(ev *Event) bool {
	if c := m.given; c != nil {
		m.given = nil
		m.recycle(c)
	}
	if m.queued == 0 {
		return false
	}
	if m.cpu < 0 || !m.queues[m.cpu].before(m.until) {
		m.choose()
	}
	q := &m.queues[m.cpu]
	e := &q.list[q.at]
	if e.TS > m.watermark {
		return false
	}
	*ev = e.Event
	m.given = e.chunk
	e.chunk.left--
	m.queued--
	q.at++
	switch {
	case q.at == len(q.list):
		q.list, q.at = q.list[:0], 0
		m.cpu = -1
	case q.at >= compactFrom && 2*q.at >= len(q.list): // under load a queue is never empty: its head would grow for ever
		n := copy(q.list, q.list[q.at:])
		clear(q.list[n:])
		q.list, q.at = q.list[:n], 0
	}
	return true
}

// compactFrom is how many given events a queue holds before it looks whether to move the others to its front.
const compactFrom = 4096

// before reports whether the queue's next event is not later than t.
func (q *queue) before(t uint64) bool { return q.at < len(q.list) && q.list[q.at].TS <= t }

// choose finds the processor with the earliest event, and until when it stays so.
func (m *merger) choose() {
	first, second := uint64(math.MaxUint64), uint64(math.MaxUint64)
	m.cpu = -1
	for i := range m.queues {
		q := &m.queues[i]
		if q.at == len(q.list) {
			continue
		}
		ts := q.list[q.at].TS
		switch {
		case m.cpu < 0 || ts < first:
			if m.cpu >= 0 {
				second = first
			}
			m.cpu, first = i, ts
		case ts < second:
			second = ts
		}
	}
	m.until = second
}
