package session

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evt"
)

// Appender appends one event as a line with its end; false leaves the event out.
type Appender func(dst []byte, c *field.Ctx) ([]byte, bool)

// LinesOptions says which events Lines writes and how.
type LinesOptions struct {
	Query
	From   uint32 // keys of the first and the last event; 0: those of the capture
	To     uint32
	Limit  uint64 // events; 0: all
	Time   byte   // sysdig's -t; 0 is h
	Loc    *time.Location
	Append func() Appender           // one appender per worker; nil: sysdig's default line
	Filter *filter.Program           // which events are written; nil: all
	Fields bool                      // the appender asks for fields, not only for the event's own text
	Stream bool                      // write while the capture is still being read; calls that never return are then left out
	Plain  bool                      // never in the legacy style: what the other views show too
	Told   func(fraction float64)    // how far it is; may be nil
	Count  *uint64                   // counts the events written; may be nil
	Keys   []uint32                  // the events that are written, in this order, whatever the query, the filter and the range; nil: theirs, as in the file
	Paint  func(c *field.Ctx) string // what colours the line of an event, which then ends with PaintEnd; "": nothing. It asks fields; nil: no line is coloured
	Full   *bool                     // set when Limit was reached, so that nobody looked at the rest; may be nil
}

// chunk is how many keys a worker formats at a time; a result has this much.
const chunkKeys = 4096

// Lines writes one line per event of the list to w, in order. It returns when all is written, ctx ends, or w fails.
func Lines(ctx context.Context, x *index.Index, o LinesOptions, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if !o.Stream {
		if err := x.Wait(ctx); err != nil {
			return err
		}
	}
	p := &linePipe{x: x, o: o, jobs: make(chan lineJob, workers), order: make(chan chan lineResult, 2*workers)}
	if o.Filter != nil && !o.Stream {
		var err error
		if p.set, err = p.selected(ctx); err != nil {
			return err
		}
	}
	if o.Keys != nil { // what they match is known
		p.o.Filter = nil
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	for range workers {
		wg.Go(p.work) // ends when jobs is closed; blocks on its result only
	}
	wg.Go(func() { p.feed(ctx) }) // ends with the capture or ctx; closes jobs and order
	left := o.Limit
	for res := range p.order {
		r := <-res
		buf := r.buf
		if o.Told != nil {
			o.Told(p.fraction(r.to))
		}
		if o.Count != nil {
			*o.Count += r.n
		}
		if o.Limit > 0 {
			n := min(left, uint64(len(r.ends)))
			if left -= n; n < uint64(len(r.ends)) {
				buf = buf[:end(r.ends, n)]
			}
		}
		if len(buf) > 0 {
			_, err := w.Write(buf)
			p.free.Put(&r.buf)
			if err != nil {
				cancel()
				for res := range p.order {
					<-res
				}
				return err
			}
		}
		if o.Limit > 0 && left == 0 {
			if o.Full != nil {
				*o.Full = true
			}
			cancel()
			for res := range p.order {
				<-res
			}
			return nil
		}
	}
	return ctx.Err()
}

const workers = 2

type lineJob struct {
	from, to uint32 // keys [from, to), or places of keys
	res      chan lineResult
}

// lineResult is the text of a job; where its records end is told only when their number is limited.
type lineResult struct {
	buf  []byte
	ends []int
	n    uint64 // events in buf
	to   uint32 // as of the job
}

// fraction returns how much of the events lies before a key.
func (p *linePipe) fraction(key uint32) float64 {
	if p.o.Keys != nil {
		return float64(key) / float64(max(len(p.o.Keys), 1))
	}
	from, to := max(p.o.From, 1), p.o.To
	if to == 0 {
		to = p.x.Progress().Events
	}
	return float64(key-from) / float64(max(to, from)-from+1)
}

type linePipe struct {
	x     *index.Index
	o     LinesOptions
	set   *index.Set // the events that match, where that is known before; nil: they are asked one by one
	jobs  chan lineJob
	order chan chan lineResult
	free  sync.Pool // *[]byte, texts that have been written
}

// feed cuts the capture into jobs as it grows.
func (p *linePipe) feed(ctx context.Context) {
	defer close(p.order)
	defer close(p.jobs)
	if p.o.Keys != nil {
		p.feedKeys(ctx)
		return
	}
	grown := make(chan struct{}, 1)
	stop := p.x.OnGrow(func(index.Progress) {
		select {
		case grown <- struct{}{}:
		default:
		}
	})
	defer stop()
	next := max(p.o.From, 1)
	for {
		pr := p.x.Progress()
		if p.o.To > 0 && pr.Events >= p.o.To {
			pr.Events, pr.Done = p.o.To, true
		}
		for next+chunkKeys <= pr.Events+1 || (pr.Done && next <= pr.Events) {
			job := lineJob{next, min(next+chunkKeys, pr.Events+1), make(chan lineResult, 1)}
			select {
			case p.order <- job.res:
			case <-ctx.Done():
				return
			}
			p.jobs <- job
			next = job.to
		}
		if pr.Done {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return
		}
	}
}

// feedKeys cuts the events that are written into jobs.
func (p *linePipe) feedKeys(ctx context.Context) {
	for from := 0; from < len(p.o.Keys); from += chunkKeys {
		job := lineJob{uint32(from), uint32(min(from+chunkKeys, len(p.o.Keys))), make(chan lineResult, 1)}
		select {
		case p.order <- job.res:
		case <-ctx.Done():
			return
		}
		p.jobs <- job
	}
}

// events calls each for the events of a job, in order.
func (p *linePipe) events(job lineJob, r listing, each func(key uint32)) {
	if p.o.Keys == nil {
		for key := r.next(job.from); key != 0 && key < job.to; key = r.next(key + 1) {
			each(key)
		}
		return
	}
	for _, key := range p.o.Keys[job.from:job.to] {
		each(key)
	}
}

func (p *linePipe) work() {
	var cur index.Cursor
	loc := p.o.Loc
	if loc == nil {
		loc = time.Local
	}
	c := field.Ctx{Style: evt.Style{Loc: loc}, TimeMode: p.o.Time}
	var match func(*field.Ctx) bool
	if p.o.Filter != nil && p.set == nil {
		match = p.o.Filter.Match
	}
	c.NoEnter = !p.o.Fields && match == nil && p.o.Time != 'd'
	k := &clock{mode: p.o.Time, loc: loc}
	add := func(dst []byte, c *field.Ctx) ([]byte, bool) {
		return append(appendLine(dst, c, k), '\n'), true
	}
	if p.o.Append != nil {
		add = p.o.Append()
	}
	size := 0
	for job := range p.jobs {
		buf := p.buffer(size + 4096)
		var ends []int
		s := p.x.Acquire()
		c.Style.Legacy = p.legacy(s, job.to)
		fill := s.Fill
		if p.o.Keys != nil {
			c.Style.Legacy, fill = p.legacy(s, ^uint32(0)), s.FillAlone
		}
		r := listing{s, p.o.list(), p.set, nil}
		n := uint64(0)
		last := uint32(0) // the latest event that matched
		p.events(job, r, func(key uint32) {
			if fill(key, r.list.Calls, &cur, &c) != nil {
				return
			}
			switch {
			case p.o.Time == 'D':
				c.PrevTS = timeOf(s, r.prev(key))
			case p.o.Fields || match != nil:
				c.PrevTS = timeOf(s, s.Prev(r.list, key))
			}
			if match != nil {
				if !match(&c) {
					return
				}
				if p.o.Time == 'D' {
					if last == 0 {
						last = matchBefore(s, r.list, job.from, match)
					}
					c.PrevTS = timeOf(s, last)
				}
				last = key
			}
			paint := ""
			if p.o.Paint != nil {
				paint = p.o.Paint(&c)
			}
			if out, ok := add(append(buf, paint...), &c); ok {
				buf = painted(out, paint)
				n++
				if p.o.Limit > 0 {
					ends = append(ends, len(buf))
				}
			}
		})
		s.Release()
		size = max(size, len(buf))
		job.res <- lineResult{buf, ends, n, job.to}
	}
}

// PaintEnd ends the colour of a line.
const PaintEnd = "\x1b[0m"

// painted ends the colour of the last line of buf.
func painted(buf []byte, paint string) []byte {
	if paint == "" {
		return buf
	}
	return append(append(buf[:len(buf)-1], PaintEnd...), '\n')
}

// legacy reports whether the events before a key are shown in the legacy style. That is told by them or earlier ones, so
// that the text does not depend on timing.
func (p *linePipe) legacy(s index.Snapshot, to uint32) bool {
	enter := s.FirstEnter()
	return p.o.View != CallsView && !p.o.Plain && enter != 0 && enter < to
}

// selected returns the events that match; nil when each has to be asked by itself, since what it is asked depends on how
// it is written.
func (p *linePipe) selected(ctx context.Context) (*index.Set, error) {
	s := p.x.Acquire()
	a := index.Ask{List: p.o.list(), Legacy: p.legacy(s, ^uint32(0)), Loc: p.o.Loc}
	same := a.Legacy == p.legacy(s, min(s.Len(), chunkKeys)+1)
	s.Release()
	if a.Loc == nil {
		a.Loc = time.Local
	}
	if root := p.o.Filter.Tree().Root; root != nil && p.o.Time != 0 && p.o.Time != 'h' {
		same = same && filter.Fields(root, func(_ filter.Span, e *field.Expr) bool { return e.F.Name != "evt.outputtime" })
	}
	if !same {
		return nil, nil
	}
	return p.x.Select(ctx, p.o.Filter, a, nil)
}

// timeOf returns the time of an event, 0 for the key 0.
func timeOf(s index.Snapshot, key uint32) uint64 {
	if key == 0 {
		return 0
	}
	return s.Facts(key).TS
}

// matchBefore returns the key of the last event before key that matches, 0 when none does.
func matchBefore(s index.Snapshot, list index.List, key uint32, match func(*field.Ctx) bool) uint32 {
	var cur index.Cursor
	var c field.Ctx
	for key = s.Prev(list, key); key != 0; key = s.Prev(list, key) {
		if s.Fill(key, list.Calls, &cur, &c) == nil && match(&c) {
			return key
		}
	}
	return 0
}

// buffer returns an empty buffer, one that was used before if there is one.
func (p *linePipe) buffer(size int) []byte {
	if b, ok := p.free.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, size)
}

// end returns where the first n records end.
func end(ends []int, n uint64) int {
	if n == 0 {
		return 0
	}
	return ends[n-1]
}
