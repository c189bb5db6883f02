package stats

import (
	"context"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// Heat is how latencies are spread over time: a row for each doubling, from 2^First ns on, of N cells each.
type Heat struct {
	Frame
	First, Rows int
	Cells       []uint32 // row by row, the shortest first
	Events      []uint32 // an event of each cell, 0 for none
}

// heatRows is how many doublings there are.
const heatRows = 64

// HeatMap counts the latencies of the rows of a list, or of the set when it is not nil.
func HeatMap(ctx context.Context, x *index.Index, l index.List, set *index.Set, f Frame) (*Heat, error) {
	type grid struct{ cells, events []uint32 }
	var workers []*grid
	err := x.Scan(ctx, l, set, func() func(*index.Batch) {
		g := &grid{make([]uint32, f.N*heatRows), make([]uint32, f.N*heatRows)}
		workers = append(workers, g)
		return func(b *index.Batch) {
			for i := range b.Len() {
				ns, ok := b.Latency(i)
				if !ok {
					continue
				}
				if k := f.of(b.TS(i)); k >= 0 {
					c := max(bits.Len64(uint64(ns))-1, 0)*f.N + k
					if g.cells[c]++; g.events[c] == 0 {
						g.events[c] = b.Key(i)
					}
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	cells, events := make([]uint32, f.N*heatRows), make([]uint32, f.N*heatRows)
	low, high := heatRows, -1
	for _, g := range workers {
		for c, n := range g.cells {
			if n == 0 {
				continue
			}
			cells[c] += n
			if events[c] == 0 || g.events[c] < events[c] {
				events[c] = g.events[c]
			}
			low, high = min(low, c/f.N), max(high, c/f.N)
		}
	}
	if high < 0 {
		return &Heat{Frame: f}, nil
	}
	return &Heat{Frame: f, First: low, Rows: high - low + 1, Cells: cells[low*f.N : (high+1)*f.N], Events: events[low*f.N : (high+1)*f.N]}, nil
}

// Points are two fields of rows. A field that is no number has labels, and its coordinate is a position among them.
type Points struct {
	X, Y             []float64
	Events           []uint32
	XLabels, YLabels []string
	XKind, YKind     Kind   // of the numbers: Duration and Time in ns, Time since the capture's first event; else Count
	Of               uint32 // rows that have both fields, as far as can be told from those that were looked at
}

// axis turns values into coordinates.
type axis struct {
	ref    *field.Ref
	first  uint64 // time of the capture's first event
	labels map[string]float64
	names  []string
}

// kind returns what the axis' numbers are.
func (a *axis) kind() Kind {
	name, typ := a.ref.F.Name, a.ref.F.Type
	switch {
	case strings.HasSuffix(name, ".s"), strings.HasSuffix(name, ".ns"): // parts of times are numbers
	case typ == "abstime", name == "evt.reltime":
		return Time
	case typ == "reltime":
		return Duration
	}
	return Count
}

func (a *axis) of(c *field.Ctx) (float64, bool) {
	v := a.ref.Value(c)
	if v.Kind == field.None || a.ref.F.Name == "evt.latency" && c.Latency < 0 { // which is 0 where none was recorded
		return 0, false
	}
	if n, ok := numeric(v); ok && len(a.names) == 0 {
		if a.kind() == Time && a.ref.F.Type == "abstime" { // ns since 1970 are more than a float tells apart
			n = float64(int64(v.U - a.first))
		}
		return n, true
	}
	b, ok := a.ref.Append(nil, c)
	if !ok {
		return 0, false
	}
	n, known := a.labels[string(b)]
	if !known {
		n = float64(len(a.names))
		a.labels[string(b)] = n
		a.names = append(a.names, string(b))
	}
	return n, true
}

// Scatter looks at up to most rows of a list between two times, evenly chosen, and returns those that have both fields.
func Scatter(ctx context.Context, x *index.Index, l index.List, set *index.Set, from, to uint64, fx, fy *field.Ref, most int) (*Points, error) {
	keys, of, err := chosen(ctx, x, l, set, from, to, most)
	if err != nil {
		return nil, err
	}
	look := &looker{}
	s := x.Acquire()
	defer s.Release()
	first, _ := s.Times()
	ax, ay := axis{ref: fx, first: first, labels: map[string]float64{}}, axis{ref: fy, first: first, labels: map[string]float64{}}
	p := &Points{XKind: ax.kind(), YKind: ay.kind()}
	for n, key := range keys {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if s.Fill(key, l.Calls, &look.cur, &look.ctx) != nil {
			continue
		}
		vx, ok := ax.of(&look.ctx)
		if !ok {
			continue
		}
		vy, ok := ay.of(&look.ctx)
		if !ok {
			continue
		}
		p.X, p.Y, p.Events = append(p.X, vx), append(p.Y, vy), append(p.Events, key)
	}
	p.XLabels, p.YLabels = ax.names, ay.names
	if len(keys) > 0 {
		p.Of = uint32(uint64(of) * uint64(len(p.X)) / uint64(len(keys)))
	}
	return p, nil
}

// chosen returns the keys of up to most rows between two times, every so many, and how many there are. It goes through
// the rows twice, so that it need not keep them: it counts them, then takes those at the places that are wanted.
func chosen(ctx context.Context, x *index.Index, l index.List, set *index.Set, from, to uint64, most int) (keys []uint32, of uint32, err error) {
	within := func(ts uint64) bool { return ts >= from && (to == 0 || ts <= to) }
	var workers []map[uint32]int
	err = x.Scan(ctx, l, set, func() func(*index.Batch) {
		counts := map[uint32]int{} // by segment
		workers = append(workers, counts)
		return func(b *index.Batch) {
			n := 0
			for i := range b.Len() {
				if within(b.TS(i)) {
					n++
				}
			}
			counts[segment(b)] += n
		}
	})
	if err != nil {
		return nil, 0, err
	}
	before, n := places(workers)
	wanted := make([]int, min(n, most))
	for i := range wanted {
		wanted[i] = i * n / len(wanted)
	}
	keys = make([]uint32, len(wanted))
	err = x.Scan(ctx, l, set, func() func(*index.Batch) {
		k, at, next := ^uint32(0), 0, 0 // the segment, the place of the next row, and the next that is wanted
		return func(b *index.Batch) {
			if s := segment(b); s != k {
				first, counted := before[s]
				if !counted { // it came since
					return
				}
				k, at = s, first
				next, _ = slices.BinarySearch(wanted, at)
			}
			for i := 0; i < b.Len() && next < len(wanted); i++ {
				if !within(b.TS(i)) {
					continue
				}
				if at == wanted[next] {
					keys[next] = b.Key(i) // each place is one worker's
					next++
				}
				at++
			}
		}
	})
	keys = slices.DeleteFunc(keys, func(key uint32) bool { return key == 0 })
	return keys, uint32(n), err
}

// segment returns which segment of the index a batch is of.
func segment(b *index.Batch) uint32 { return (b.Key(0) - 1) / index.SegmentSize }

// places returns how many rows come before each segment, and how many there are, from what workers counted of segments.
func places(workers []map[uint32]int) (before map[uint32]int, n int) {
	before = map[uint32]int{}
	for _, counts := range workers {
		for k, c := range counts {
			before[k] += c
		}
	}
	for _, k := range slices.Sorted(maps.Keys(before)) {
		before[k], n = n, n+before[k]
	}
	return before, n
}
