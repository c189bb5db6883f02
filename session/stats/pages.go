package stats

import (
	"github.com/scapls/scapls/filter/field"
)

var pageFields = [2]field.Ref{field.Must("evt.rawarg.pgft_maj"), field.Must("evt.rawarg.pgft_min")}

// pages is how many page faults threads had, as the kernel told when it switched them away: the first and the last count
// of each, of major faults and of minor ones.
type pages map[int64][2]told

type told struct{ least, most uint64 }

// add takes what an event tells; of a switch alone that is something.
func (p pages) add(e *event) pages {
	if !schedules(e.typ) || e.snap.Fill(e.key, true, &e.look.cur, &e.look.ctx) != nil {
		return p
	}
	var counts [2]told
	for i := range pageFields {
		v := pageFields[i].Value(&e.look.ctx)
		if v.Kind == field.None { // older drivers do not tell
			return p
		}
		counts[i] = told{v.U, v.U}
	}
	if p == nil {
		p = pages{}
	}
	p.put(e.thread.TID, counts)
	return p
}

func (p pages) put(tid int64, counts [2]told) {
	if have, known := p[tid]; known {
		for i := range counts {
			counts[i] = told{min(counts[i].least, have[i].least), max(counts[i].most, have[i].most)}
		}
	}
	p[tid] = counts
}

// join adds what another worker was told.
func (p pages) join(o pages) pages {
	if p == nil {
		return o
	}
	for tid, counts := range o {
		p.put(tid, counts)
	}
	return p
}

// grown returns how many major (0) or minor (1) faults there were between the first switch and the last.
func (p pages) grown(kind int) Value {
	if p == nil {
		return Value{None: true}
	}
	n := uint64(0)
	for _, counts := range p {
		n += counts[kind].most - counts[kind].least
	}
	return Value{N: int64(n)}
}
