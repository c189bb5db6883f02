package timeline

import (
	"context"
	"fmt"
	"sync"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
)

// Kind says what a thread did in a span.
type Kind uint8

// The kinds of span, the one that is shown of several in the same moment last.
const (
	Running Kind = iota + 1 // calls that do not wait
	Blocked                 // calls that wait for something
	Failed                  // calls that returned an error
)

// Span is a time in which one kind of thing was done.
type Span struct {
	Begin, End uint64
	Kind       Kind
	Call       string // the call's name; "" for several
	Calls      int
	Event      uint32 // key of the first
}

// Ask says which part of a timeline is wanted.
type Ask struct {
	List     index.List
	Set      *index.Set // bars without a row in it are left out; nil: all have
	From, To uint64     // ns since the epoch; To 0 is the end
	Columns  int        // spans that are in the same of so many columns are joined
	Threads  bool       // a bar for each thread, not for each process
	Start    int
	Count    int // bars
}

// Timeline is a part of one.
type Timeline struct {
	From, To uint64
	Total    int // bars there are
	Bars     []Bar
}

// cell is what a bar did in one column.
type cell struct {
	calls uint32
	event uint32
	kind  Kind
	typ   uint16
}

const severalTypes = 0xFFFF

// Make makes a timeline.
func Make(ctx context.Context, x *index.Index, a Ask) (*Timeline, error) {
	s := x.Acquire()
	first, last := s.Times()
	all, ofRow := lives(s, a.Threads)
	named(s, ofRow)
	s.Release()
	a.From = max(a.From, first)
	if a.To == 0 || a.To > last {
		a.To = last
	}
	a.To = max(a.To, a.From)
	if a.Columns <= 0 || a.Columns > MaxColumns {
		return nil, fmt.Errorf("%d columns are not between 1 and %d", a.Columns, MaxColumns)
	}
	if err := countRows(ctx, x, a, ofRow); err != nil {
		return nil, err
	}
	list := order(all, func(l *life) bool { return l.Calls > 0 && l.Begin <= a.To && l.End >= a.From })
	t := &Timeline{From: a.From, To: a.To, Total: len(list)}
	list = list[min(a.Start, len(list)):]
	list = list[:min(a.Count, len(list))]
	if err := spans(ctx, x, a, list, ofRow); err != nil {
		return nil, err
	}
	for _, l := range list {
		t.Bars = append(t.Bars, l.Bar)
	}
	return t, nil
}

// MaxColumns is the most columns of a timeline.
const MaxColumns = 4000

// countRows counts the rows of each life.
func countRows(ctx context.Context, x *index.Index, a Ask, ofRow []*life) error {
	var mu sync.Mutex
	total := make([]uint64, len(ofRow))
	err := x.Scan(ctx, a.List, a.Set, func() func(*index.Batch) {
		return func(b *index.Batch) {
			mine := map[uint32]uint64{}
			for i := range b.Len() {
				if row, ok := b.ThreadRow(i); ok && int(row) < len(total) {
					mine[row]++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for row, n := range mine {
				total[row] += n
			}
		}
	})
	for row, n := range total {
		if l := ofRow[row]; l != nil {
			l.Calls += n
		}
	}
	return err
}

// spans fills the spans of the bars that are shown.
func spans(ctx context.Context, x *index.Index, a Ask, list []*life, ofRow []*life) error {
	bars := map[*life]int{}
	for i, l := range list {
		bars[l] = i
	}
	barOf := make([]int32, len(ofRow))
	for row, l := range ofRow {
		barOf[row] = -1
		if i, ok := bars[l]; ok && l != nil {
			barOf[row] = int32(i)
		}
	}
	width := (a.To-a.From)/uint64(a.Columns) + 1
	var workers [][][]cell
	err := x.Scan(ctx, a.List, a.Set, func() func(*index.Batch) {
		g := make([][]cell, len(list))
		workers = append(workers, g)
		return func(b *index.Batch) {
			for i := range b.Len() {
				row, ok := b.ThreadRow(i)
				if !ok || int(row) >= len(barOf) || barOf[row] < 0 {
					continue
				}
				bar := barOf[row]
				if g[bar] == nil {
					g[bar] = make([]cell, a.Columns)
				}
				draw(g[bar], a, width, b, i)
			}
		}
	})
	if err != nil {
		return err
	}
	for bar, l := range list {
		var sum []cell
		for _, g := range workers {
			sum = join(sum, g[bar])
		}
		l.Spans = joined(sum, a, width)
	}
	return nil
}

// draw enters a row into the columns it lies in.
func draw(cells []cell, a Ask, width uint64, b *index.Batch, i int) {
	end := b.TS(i)
	ns, _ := b.Latency(i)
	begin := end - uint64(ns)
	if end < a.From || begin > a.To {
		return
	}
	kind, typ := Running, b.Type(i)
	switch {
	case b.Failed(i):
		kind = Failed
	case typ != nil && typ.Flags&evtable.EFWaits != 0 && ns > 0:
		kind = Blocked
	}
	num := uint16(severalTypes)
	if typ != nil && typ.ID > evtable.GenericX {
		num = typ.ID
	}
	from, to := int((max(begin, a.From)-a.From)/width), int((min(end, a.To)-a.From)/width)
	for k := from; k <= to && k < len(cells); k++ {
		one := cell{event: b.Key(i), kind: kind, typ: num}
		if k == from {
			one.calls = 1
		}
		cells[k].add(one)
	}
}

func (c *cell) add(o cell) {
	if c.kind == 0 {
		*c = o
		return
	}
	c.calls += o.calls
	c.kind = max(c.kind, o.kind)
	c.event = min(c.event, o.event)
	if c.typ != o.typ {
		c.typ = severalTypes
	}
}

func join(sum, o []cell) []cell {
	if sum == nil {
		return o
	}
	for i := range o {
		if o[i].kind != 0 {
			sum[i].add(o[i])
		}
	}
	return sum
}

// joined makes spans of columns: neighbours of the same kind are one.
func joined(cells []cell, a Ask, width uint64) []Span {
	var out []Span
	var last cell
	for k, c := range cells {
		if c.kind == 0 {
			last = cell{}
			continue
		}
		end := min(a.From+uint64(k+1)*width, a.To)
		if last.kind == c.kind {
			s := &out[len(out)-1]
			s.End = end
			s.Calls += int(c.calls)
			if s.Call != "" && s.Call != name(c.typ) {
				s.Call = ""
			}
		} else {
			out = append(out, Span{Begin: a.From + uint64(k)*width, End: end, Kind: c.kind, Call: name(c.typ), Calls: int(c.calls), Event: c.event})
		}
		last = c
	}
	return out
}

func name(typ uint16) string {
	if t := evtable.Lookup(typ); t != nil {
		return t.Name
	}
	return ""
}
