package index

import (
	"context"
	"math/bits"
	"runtime"
	"sync"
)

// maxDigit is how many bits a pass of a sort looks at: as many counters fit into the first cache.
const maxDigit = 11

// sortBy puts the keys of all rows that have a value into rows, by their values, which lie in a range that fits T. starts
// is where the rows of each segment begin.
func sortBy[T uint32 | uint64](ctx context.Context, s *sorter, rows []uint32, starts []int, told func(float64)) error {
	values := make([]T, len(rows))
	s.each(func(k int) {
		p := &s.parts[k]
		first, to := uint32(k)*SegmentSize+1, starts[k]
		for i, at := range p.at {
			v := p.value(i) - s.least
			if s.by.Down {
				v = s.most - s.least - v
			}
			rows[to+i], values[to+i] = first+uint32(at), T(v)
		}
		*p = sortPart{}
	})
	return radix(ctx, values, rows, bits.Len64(s.most-s.least), told)
}

// radix sorts rows by their values, which have so many bits, in passes from the last digits to the first. What is equal
// keeps its order.
func radix[T uint32 | uint64](ctx context.Context, values []T, rows []uint32, width int, told func(float64)) error {
	if sorted(values) {
		return ctx.Err()
	}
	passes := max(1, (width+maxDigit-1)/maxDigit)
	digit := (width + passes - 1) / passes
	r := &radixPass[T]{from: values, rows: rows, to: make([]T, len(values)), toRows: make([]uint32, len(rows)), mask: 1<<digit - 1}
	for pass := range passes {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.shift = pass * digit
		if r.run() {
			r.from, r.to, r.rows, r.toRows = r.to, r.from, r.toRows, r.rows
		}
		told(float64(pass+1) / float64(passes))
	}
	if &r.rows[0] != &rows[0] {
		copy(rows, r.rows)
	}
	return ctx.Err()
}

func sorted[T uint32 | uint64](values []T) bool {
	for i := 1; i < len(values); i++ {
		if values[i] < values[i-1] {
			return false
		}
	}
	return true
}

// radixPass moves rows with their values to where a digit belongs.
type radixPass[T uint32 | uint64] struct {
	from, to     []T
	rows, toRows []uint32
	shift        int
	mask         T
}

// run moves the rows; false when all have the same digit, so that nothing was moved.
func (r *radixPass[T]) run() bool {
	workers := max(1, min(runtime.GOMAXPROCS(0), len(r.from)>>14))
	share := (len(r.from) + workers - 1) / workers
	counts := make([][1 << maxDigit]int, workers)
	r.split(workers, share, func(w, from, to int) {
		c := &counts[w]
		for _, v := range r.from[from:to] {
			c[v>>r.shift&r.mask&(1<<maxDigit-1)]++
		}
	})
	at := 0
	for d := range 1 << maxDigit {
		before := at
		for w := range counts {
			n := counts[w][d]
			counts[w][d] = at
			at += n
		}
		if at-before == len(r.from) {
			return false
		}
	}
	r.split(workers, share, func(w, from, to int) {
		c := &counts[w]
		for i := from; i < to; i++ {
			v := r.from[i]
			d := v >> r.shift & r.mask & (1<<maxDigit - 1)
			r.to[c[d]], r.toRows[c[d]] = v, r.rows[i]
			c[d]++
		}
	})
	return true
}

// split calls f for shares of the rows, each in a goroutine.
func (r *radixPass[T]) split(workers, share int, f func(w, from, to int)) {
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { f(w, min(w*share, len(r.from)), min((w+1)*share, len(r.from))) }) // ends by itself
	}
	wg.Wait()
}
