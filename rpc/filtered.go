package rpc

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// filterCount serves scapls/filter/count.
func (p *peer) filterCount(ctx context.Context, params *wire.ListParams) (wire.FilterCountResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.FilterCountResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.FilterCountResult{}, err
	}
	defer release()
	c, err := s.Count(ctx, query)
	if err != nil {
		return wire.FilterCountResult{}, err
	}
	return wire.FilterCountResult{Matched: u32(c.Matched), Of: u32(c.Of), Done: c.Done, Took: ms(c.Took)}, nil
}

// filterWhy serves scapls/filter/why.
func (p *peer) filterWhy(ctx context.Context, params *wire.ListParams) (wire.FilterWhyResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.FilterWhyResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.FilterWhyResult{}, err
	}
	defer release()
	w, err := s.Why(ctx, query)
	if err != nil {
		return wire.FilterWhyResult{}, err
	}
	u := newUnits(query.Filter)
	return wire.FilterWhyResult{
		Message: valid(w.Message),
		Parts: each(w.Parts, func(part session.WhyPart) wire.FilterPart {
			return wire.FilterPart{
				Start: u.at(part.Span.Start), End: u.at(part.Span.End), Matched: u32(part.Matched), Message: valid(part.Message),
			}
		}),
		Fixes: each(w.Fixes, u.fix),
	}, nil
}

// watchFilters tells the client how far the filters of a session are, until the session is closed. Of each list only
// the latest that was not told yet is kept, so that a slow client holds nothing up.
func (p *peer) watchFilters(s *slot, answered <-chan struct{}) {
	var mu sync.Mutex
	latest := map[session.Query]session.FilterProgress{}
	wake := make(chan struct{}, 1)
	stop := s.session.OnFiltered(func(pr session.FilterProgress) {
		mu.Lock()
		latest[pr.Query] = pr
		mu.Unlock()
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer stop()
	select {
	case <-answered:
	case <-s.ctx.Done():
		return
	}
	for {
		select {
		case <-wake:
		case <-s.ctx.Done():
			return
		}
		mu.Lock()
		list := slices.Collect(maps.Values(latest))
		clear(latest)
		mu.Unlock()
		for _, pr := range list {
			p.filtered(s.id, pr)
		}
	}
}

func (p *peer) filtered(id string, pr session.FilterProgress) {
	p.notify(wire.Filtered.Name, wire.FilteredParams{
		Session: id, Query: toQuery(pr.Query), Matched: u32(pr.Matched), Scanned: u32(pr.Asked), Of: u32(pr.Of), Done: pr.Done,
		Took: pr.Took.Seconds() * 1e3,
	})
}
