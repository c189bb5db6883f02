package stats

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
)

// Measure names what a line of a graph shows of each interval.
type Measure string

// The measures. Those of latencies are in ns.
const (
	Events     Measure = "events"
	Errors     Measure = "errors"
	ReadBytes  Measure = "read"
	WriteBytes Measure = "written"
	MovedBytes Measure = "bytes"
	LatMin     Measure = "min"
	LatMean    Measure = "mean"
	LatMax     Measure = "max"
	LatP50     Measure = "p50"
	LatP99     Measure = "p99"
	Load       Measure = "load" // calls under way at once, on average
	Distinct   Measure = "distinct"
	Sum        Measure = "sum"
	Having     Measure = "count"
)

// Frame is intervals of time: N of Step ns each, from From on, ns since the epoch.
type Frame struct {
	From, Step uint64
	N          int
}

// NewFrame divides a time into n intervals, or into intervals of step ns when that is not 0. The whole capture is
// divided when to is 0.
func NewFrame(s index.Snapshot, from, to uint64, n int, step uint64) (Frame, error) {
	first, last := s.Times()
	if to == 0 || to > last {
		to = last
	}
	from = max(from, first)
	if to < from {
		to = from
	}
	span := to - from + 1
	if n <= 0 || n > MaxBuckets {
		return Frame{}, fmt.Errorf("%d intervals are not between 1 and %d", n, MaxBuckets)
	}
	if step == 0 {
		step = (span + uint64(n) - 1) / uint64(n)
	}
	need := (span + step - 1) / step
	if need > MaxBuckets {
		return Frame{}, fmt.Errorf("intervals of %d ns make %d of them, more than %d", step, need, MaxBuckets)
	}
	return Frame{From: from, Step: step, N: int(need)}, nil
}

// MaxBuckets is the most intervals of a graph.
const MaxBuckets = 4000

func (f Frame) of(ts uint64) int {
	if ts < f.From {
		return -1
	}
	if i := (ts - f.From) / f.Step; i < uint64(f.N) {
		return int(i)
	}
	return -1
}

// Line is a measured line: a point for each interval, -1 where nothing was measured, and an event of each, 0 for none.
type Line struct {
	Points []float64
	Events []uint32
}

// LineAsk says what a line measures.
type LineAsk struct {
	Measure Measure
	Field   *field.Ref // of Distinct, Sum and Having
}

// ErrMeasure says that a measure is none, or lacks its field.
var ErrMeasure = errors.New("no such measure")

// bucket is what one interval of a line counts.
type bucket struct {
	n, sum     float64
	low, high  float64
	hist       *hist
	values     map[string]struct{}
	example    uint32
	exampleLat int64
}

// Series measures a line over the rows of a list, or of the set when it is not nil. Halves of calls that are listed
// both count as two events.
func Series(ctx context.Context, x *index.Index, l index.List, set *index.Set, f Frame, a LineAsk) (*Line, error) {
	add, err := a.adder(l)
	if err != nil {
		return nil, err
	}
	var workers [][]bucket
	err = x.Scan(ctx, l, set, func() func(*index.Batch) {
		list := make([]bucket, f.N)
		workers = append(workers, list)
		look := &looker{}
		return func(b *index.Batch) {
			for i := range b.Len() {
				if a.Measure == Load {
					underWay(list, f, b, i)
					continue
				}
				if k := f.of(b.TS(i)); k >= 0 {
					add(&list[k], b, i, look)
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	all := make([]bucket, f.N)
	for _, list := range workers {
		for i := range list {
			all[i].join(&list[i])
		}
	}
	return a.line(all, f), nil
}

// underWay spreads the time of a call over the intervals it lies in.
func underWay(list []bucket, f Frame, b *index.Batch, i int) {
	ns, ok := b.Latency(i)
	if !ok {
		return
	}
	end := b.TS(i)
	begin := end - uint64(ns)
	begin, last := max(begin, f.From), f.From+f.Step*uint64(f.N)
	for t := begin; t < min(end, last); {
		k := (t - f.From) / f.Step
		next := min(f.From+(k+1)*f.Step, end)
		c := &list[k]
		c.n++
		c.sum += float64(next - t)
		if c.example == 0 {
			c.example = b.Key(i)
		}
		t = next
	}
}

type adder func(c *bucket, b *index.Batch, i int, look *looker)

// adder returns how a row is counted.
func (a LineAsk) adder(l index.List) (adder, error) {
	number := func(of func(b *index.Batch, i int) float64) adder {
		return func(c *bucket, b *index.Batch, i int, _ *looker) {
			if v := of(b, i); v >= 0 {
				c.add(v, b.Key(i))
			}
		}
	}
	switch a.Measure {
	case Events:
		return number(func(*index.Batch, int) float64 { return 1 }), nil
	case Errors:
		return number(func(b *index.Batch, i int) float64 {
			if b.Failed(i) {
				return 1
			}
			return -1
		}), nil
	case ReadBytes, WriteBytes, MovedBytes:
		return number(func(b *index.Batch, i int) float64 { return float64(transferred(b, i, a.Measure)) }), nil
	case LatMin, LatMean, LatMax, LatP50, LatP99:
		return latencies(a.Measure == LatP50 || a.Measure == LatP99), nil
	case Load:
		return nil, nil
	case Distinct, Sum, Having:
		if of := a.columnOf(); of != nil {
			return of, nil
		}
		if a.Field != nil {
			return a.fields(l), nil
		}
	}
	return nil, fmt.Errorf("%w: %q", ErrMeasure, string(a.Measure))
}

// transferred returns the bytes a row moved in the direction of the measure, -1 where it moved none.
func transferred(b *index.Batch, i int, m Measure) int64 {
	if !b.Exit(i) {
		return -1
	}
	switch d := moves(b.Type(i)); {
	case d == none, d == copies, d == reads && m == WriteBytes, d == writes && m == ReadBytes:
		return -1
	}
	return max(b.Res(i), -1)
}

func latencies(percentile bool) adder {
	return func(c *bucket, b *index.Batch, i int, _ *looker) {
		ns, ok := b.Latency(i)
		if !ok {
			return
		}
		c.add(float64(ns), b.Key(i))
		if ns >= c.exampleLat { // the longest is the one to look at
			c.exampleLat, c.example = ns, b.Key(i)
		}
		if percentile {
			if c.hist == nil {
				c.hist = &hist{}
			}
			c.hist.add(ns)
		}
	}
}

// columnOf returns how the sum of a field is counted that a column of the index holds; nil for others.
func (a LineAsk) columnOf() adder {
	if a.Measure != Sum || a.Field == nil {
		return nil
	}
	switch a.Field.F.Name {
	case "evt.rawres":
		return func(c *bucket, b *index.Batch, i int, _ *looker) {
			if b.Exit(i) && b.Type(i).ID != evtable.GenericX { // whose column holds which call it is
				c.add(float64(b.Res(i)), b.Key(i))
			}
		}
	case "evt.latency":
		return func(c *bucket, b *index.Batch, i int, _ *looker) {
			if ns, ok := b.Latency(i); ok {
				c.add(float64(ns), b.Key(i))
			}
		}
	}
	return nil
}

// fields counts the values of a field.
func (a LineAsk) fields(l index.List) adder {
	return func(c *bucket, b *index.Batch, i int, look *looker) {
		v := look.value(a.Field, b, i, l.Calls, a.Measure == Distinct)
		switch {
		case a.Measure == Having && v.has:
			c.add(1, b.Key(i))
		case a.Measure == Sum && v.numeric:
			c.add(v.number, b.Key(i))
		case a.Measure == Distinct && v.shown:
			if v.in != c {
				if c.values == nil {
					c.values = map[string]struct{}{}
				}
				c.values[v.text] = struct{}{}
				v.in = c
			}
			c.add(1, b.Key(i))
		}
	}
}

// numeric returns a value as a number; false when it is none.
func numeric(v field.Value) (float64, bool) {
	switch v.Kind {
	case field.Int:
		return float64(v.Int()), true
	case field.Float:
		return v.Float(), true
	case field.Uint, field.Duration, field.Time, field.Port, field.Bool:
		return float64(v.U), true
	}
	return 0, false
}

func (c *bucket) add(v float64, key uint32) {
	if c.n == 0 {
		c.low, c.high, c.example = v, v, key
	}
	c.n++
	c.sum += v
	c.low, c.high = math.Min(c.low, v), math.Max(c.high, v)
}

func (c *bucket) join(o *bucket) {
	if o.n == 0 {
		return
	}
	if c.n == 0 {
		*c = *o
		return
	}
	if o.exampleLat > c.exampleLat || o.exampleLat == c.exampleLat && o.example < c.example {
		c.example, c.exampleLat = o.example, o.exampleLat
	}
	c.n += o.n
	c.sum += o.sum
	c.low, c.high = math.Min(c.low, o.low), math.Max(c.high, o.high)
	switch {
	case c.hist == nil:
		c.hist = o.hist
	case o.hist != nil:
		c.hist.join(o.hist)
	}
	if c.values == nil {
		c.values = o.values
		return
	}
	for v := range o.values {
		c.values[v] = struct{}{}
	}
}

// line turns what was counted into points.
func (a LineAsk) line(list []bucket, f Frame) *Line {
	l := &Line{Points: make([]float64, len(list)), Events: make([]uint32, len(list))}
	for i := range list {
		c := &list[i]
		l.Events[i] = c.example
		switch a.Measure {
		case Events, Errors, ReadBytes, WriteBytes, MovedBytes, Sum, Having:
			l.Points[i] = c.sum
			continue
		case Load:
			l.Points[i] = c.sum / float64(f.Step)
			continue
		case Distinct:
			l.Points[i] = float64(len(c.values))
			continue
		}
		if c.n == 0 {
			l.Points[i] = -1
			continue
		}
		switch a.Measure {
		case LatMin:
			l.Points[i] = c.low
		case LatMean:
			l.Points[i] = c.sum / c.n
		case LatMax:
			l.Points[i] = c.high
		case LatP50:
			l.Points[i] = float64(c.hist.percentile(50))
		case LatP99:
			l.Points[i] = float64(c.hist.percentile(99))
		}
	}
	return l
}
