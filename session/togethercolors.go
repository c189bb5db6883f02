package session

import (
	"context"
	"slices"
	"time"

	"github.com/scapls/scapls/index"
)

// colorRows gives the rows of a page their colours.
func (j *Together) colorRows(ctx context.Context, p *Page, req PageRequest) error {
	p.Colored = true
	for i, m := range j.members {
		part := &Page{}
		var at []int
		for k := range p.Rows {
			if who, key, err := j.event(p.Rows[k].Num); err == nil && who == i {
				at = append(at, k)
				part.Rows = append(part.Rows, Row{Num: key})
			}
		}
		if err := m.colorRows(ctx, part, req); err != nil {
			return err
		}
		for n, k := range at {
			p.Rows[k].Color = part.Rows[n].Color
		}
		p.Colored = p.Colored && part.Colored
	}
	return nil
}

// Colors tells how a list falls to colour rules. Parts are made of many small ones of each capture, by where the middle
// of each stands.
func (j *Together) Colors(ctx context.Context, req ColorsRequest) (*Colors, error) {
	if req.Parts < 0 || req.Parts > MaxColorParts {
		return nil, badRequest("a list is cut into at most %d parts, not %d", MaxColorParts, req.Parts)
	}
	list := make([]*Colors, len(j.members))
	err := j.each(ctx, func(ctx context.Context, i int, m *member) (err error) {
		one := req
		one.Parts = MaxColorParts
		list[i], err = m.Colors(ctx, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	enough := make(chan time.Time)
	time.AfterFunc(pageWait, func() { close(enough) })
	sets, err := j.sets(ctx, func(ctx context.Context, m *member) (*index.Set, error) {
		p, err := m.program(req.Filter, req.Language)
		if err != nil || p == nil {
			return nil, err
		}
		return m.wait(ctx, req.Query, p, enough, func(*index.Set) bool { return false })
	})
	if err != nil {
		return nil, err
	}
	l := j.merge(req.Query, sets)
	defer l.release()
	out := &Colors{Total: l.len(), Done: true, Rules: slices.Clone(list[0].Rules)}
	for i, c := range list {
		out.Done = out.Done && c.Done
		for k := range out.Rules {
			if i > 0 {
				out.Rules[k].Matched += c.Rules[k].Matched
				out.Rules[k].Colored += c.Rules[k].Colored
			}
		}
	}
	if req.Parts > 0 && out.Total > 0 {
		out.Parts = l.parts(list, min(req.Parts, int(out.Total)))
	}
	return out, nil
}

// parts puts the parts of each capture into those of all.
func (l *merged) parts(list []*Colors, n int) []index.Share {
	out := make([]index.Share, n)
	for k := range out {
		out[k].Of = make([]uint32, len(list[0].Rules))
	}
	for i, c := range list {
		first := uint32(0)
		for _, p := range c.Parts {
			row, ok := l.o.order.row(i, first+p.Rows/2)
			first += p.Rows
			if !ok || p.Rows == 0 {
				continue
			}
			to := &out[min(uint64(row)*uint64(n)/l.len(), uint64(n)-1)]
			to.Rows += p.Rows
			for r, of := range p.Of {
				to.Of[r] += of
			}
		}
	}
	return out
}

// OnColored calls told while colour rules that take longer are being asked.
func (j *Together) OnColored(told func(ColorProgress)) (stop func()) {
	var stops []func()
	for _, m := range j.members {
		stops = append(stops, m.OnColored(told))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}
