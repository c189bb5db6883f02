package stats

import "math/bits"

// subBits is how fine a histogram is: 32 steps for each doubling, so that a percentile is at most 3 % off.
const subBits = 5

// hist is a histogram of durations on a logarithmic scale.
type hist struct {
	n     uint64
	steps []uint32
}

// step returns the step of a duration in ns.
func step(v uint64) int {
	if v < 1<<subBits {
		return int(v)
	}
	e := bits.Len64(v) - 1 - subBits
	return (e+1)<<subBits | int(v>>e)&(1<<subBits-1)
}

// middle returns the duration in the middle of a step.
func middle(s int) int64 {
	if s < 1<<subBits {
		return int64(s)
	}
	e := s>>subBits - 1
	low := uint64(1<<subBits|s&(1<<subBits-1)) << e
	return int64(low + (uint64(1)<<e)/2)
}

func (h *hist) add(ns int64) {
	s := step(uint64(max(ns, 0)))
	if s >= len(h.steps) {
		h.steps = append(h.steps, make([]uint32, s+1-len(h.steps))...)
	}
	h.steps[s]++
	h.n++
}

// percentile returns the duration that p of 100 do not exceed.
func (h *hist) percentile(p float64) int64 {
	left := uint64(float64(h.n) * p / 100)
	for s, n := range h.steps {
		if uint64(n) > left {
			return middle(s)
		}
		left -= uint64(n)
	}
	return middle(len(h.steps) - 1)
}

func (h *hist) join(o *hist) {
	if len(o.steps) > len(h.steps) {
		h.steps = append(h.steps, make([]uint32, len(o.steps)-len(h.steps))...)
	}
	for i, n := range o.steps {
		h.steps[i] += n
	}
	h.n += o.n
}
