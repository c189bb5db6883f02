package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
)

// parseSorting reads FIELD, FIELD:asc or FIELD:desc; nothing is sorted by when text is empty.
func parseSorting(text string) (by index.Sorting, err error) {
	if text == "" {
		return by, nil
	}
	name, down := strings.CutSuffix(text, ":desc")
	if by.By, err = field.ParseExpr(strings.TrimSuffix(name, ":asc")); err != nil {
		return by, fmt.Errorf("--sort %s: %w", text, err)
	}
	by.Down = down
	return by, nil
}

// sortedKeys returns the events to print in the order to print them.
func sortedKeys(ctx context.Context, x *index.Index, o session.LinesOptions, by index.Sorting) ([]uint32, error) {
	if err := x.Wait(ctx); err != nil {
		return nil, err
	}
	s := x.Acquire()
	a := index.Ask{List: index.List{Calls: o.View == session.CallsView, Internal: o.Internal}, Loc: o.Loc}
	a.Legacy = o.View != session.CallsView && !o.Plain && s.HasCalls()
	s.Release()
	var set *index.Set
	if o.Filter != nil {
		var err error
		if set, err = x.Select(ctx, o.Filter, a, nil); err != nil {
			return nil, err
		}
	}
	order, err := x.Sort(ctx, a, set, by, nil)
	if err != nil {
		return nil, err
	}
	return order.Between(o.From, o.To), nil
}
