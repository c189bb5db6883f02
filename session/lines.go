package session

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evt"
)

// Appender appends one event as a line with its end; false leaves the event out.
type Appender func(dst []byte, c *field.Ctx) ([]byte, bool)

// LinesOptions says which events Lines writes and how.
type LinesOptions struct {
	Query
	Limit  uint64 // events; 0: all
	Time   byte   // sysdig's -t; 0 is h
	Loc    *time.Location
	Append func() Appender                // one appender per worker; nil: sysdig's default line
	Match  func() func(c *field.Ctx) bool // one per worker: which events are written; nil: all
	Fields bool                           // the appender asks for fields, not only for the event's own text
	Stream bool                           // write while the capture is still being read; calls that never return are then left out
	Plain  bool                           // never in the legacy style: what the other views show too
	Full   *bool                          // set when Limit was reached, so that nobody looked at the rest; may be nil
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
	from, to uint32 // keys [from, to)
	res      chan lineResult
}

// lineResult is the text of a job; where its records end is told only when their number is limited.
type lineResult struct {
	buf  []byte
	ends []int
}

type linePipe struct {
	x     *index.Index
	o     LinesOptions
	jobs  chan lineJob
	order chan chan lineResult
	free  sync.Pool // *[]byte, texts that have been written
}

// feed cuts the capture into jobs as it grows.
func (p *linePipe) feed(ctx context.Context) {
	defer close(p.order)
	defer close(p.jobs)
	grown := make(chan struct{}, 1)
	stop := p.x.OnGrow(func(index.Progress) {
		select {
		case grown <- struct{}{}:
		default:
		}
	})
	defer stop()
	next := uint32(1)
	for {
		pr := p.x.Progress()
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

func (p *linePipe) work() {
	var cur index.Cursor
	loc := p.o.Loc
	if loc == nil {
		loc = time.Local
	}
	c := field.Ctx{Style: evt.Style{Loc: loc}, TimeMode: p.o.Time, NoEnter: !p.o.Fields && p.o.Match == nil && p.o.Time != 'd'}
	k := &clock{mode: p.o.Time, loc: loc}
	add := func(dst []byte, c *field.Ctx) ([]byte, bool) {
		return append(appendLine(dst, c, k), '\n'), true
	}
	if p.o.Append != nil {
		add = p.o.Append()
	}
	var match func(*field.Ctx) bool
	if p.o.Match != nil {
		match = p.o.Match()
	}
	list := index.List{Calls: p.o.View == CallsView, Internal: p.o.Internal}
	size := 0
	for job := range p.jobs {
		buf := p.buffer(size + 4096)
		var ends []int
		s := p.x.Acquire()
		enter := s.FirstEnter() // told by this job's events or earlier ones, so that the text does not depend on timing
		c.Style.Legacy = !list.Calls && !p.o.Plain && enter != 0 && enter < job.to
		last := uint32(0) // the latest event that matched
		for key := s.Next(list, job.from); key != 0 && key < job.to; key = s.Next(list, key+1) {
			if s.Fill(key, list.Calls, &cur, &c) != nil {
				continue
			}
			if p.o.Time == 'D' || p.o.Fields || match != nil {
				c.PrevTS = timeOf(s, s.Prev(list, key))
			}
			if match != nil {
				if !match(&c) {
					continue
				}
				if p.o.Time == 'D' {
					if last == 0 {
						last = matchBefore(s, list, job.from, match)
					}
					c.PrevTS = timeOf(s, last)
				}
				last = key
			}
			if out, ok := add(buf, &c); ok {
				buf = out
				if p.o.Limit > 0 {
					ends = append(ends, len(buf))
				}
			}
		}
		s.Release()
		size = max(size, len(buf))
		job.res <- lineResult{buf, ends}
	}
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
