package rpc

import (
	"context"
	"math"
	"sync/atomic"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// Sorter puts lists into other orders, and rows into other forms.
type Sorter interface {
	// Sort sorts a list and keeps its order for pages of it.
	Sort(ctx context.Context, req session.SortRequest) (session.Sorted, error)
	// Copy returns rows of a list as text.
	Copy(ctx context.Context, req session.CopyRequest) (session.Copied, error)
}

// sort serves scapls/sort.
func (p *peer) sort(ctx context.Context, params *wire.SortParams) (wire.SortResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.SortResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.SortResult{}, err
	}
	defer release()
	done, err := s.Sort(ctx, session.SortRequest{Query: query, Again: params.Again, Told: func(fraction float64) {
		p.notify(wire.Sorting.Name, wire.SortingParams{Session: params.Session, Query: params.Query, Fraction: fraction})
	}})
	if err != nil {
		return wire.SortResult{}, err
	}
	return wire.SortResult{
		Rows: u32(done.Rows), Valued: u32(done.Valued), Events: u32(done.Asked), Newer: u32(done.Newer), Took: ms(done.Took),
	}, nil
}

// maxColumns is how many columns may be asked about at once.
const maxColumns = 500

// columns serves scapls/columns.
func (p *peer) columns(_ context.Context, params *wire.ColumnsParams) (wire.ColumnsOfResult, error) {
	if len(params.IDs) > maxColumns {
		return wire.ColumnsOfResult{}, badParams("%d columns at once; at most %d", len(params.IDs), maxColumns)
	}
	return wire.ColumnsOfResult{Columns: each(params.IDs, func(id string) wire.ColumnOf {
		c, err := session.DescribeColumn(id)
		if err != nil {
			return wire.ColumnOf{Message: valid(err.Error())}
		}
		w := toColumn(c)
		return wire.ColumnOf{Column: &w}
	})}, nil
}

// copy serves scapls/copy.
func (p *peer) copy(ctx context.Context, params *wire.CopyParams) (wire.CopyResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.CopyResult{}, err
	}
	format, err := fromTime(params.Time)
	if err != nil {
		return wire.CopyResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.CopyResult{}, err
	}
	defer release()
	var fraction atomic.Uint64 // bits of a float64
	stop := p.showProgress(ctx, "Copying rows", func() float64 { return math.Float64frombits(fraction.Load()) })
	defer stop()
	done, err := s.Copy(ctx, session.CopyRequest{
		Query: query, Rows: fromRanges(params.Rows), Time: format, UTC: params.UTC, Precision: session.Precision(params.Precision), Format: string(params.Format),
		Columns: each(params.Columns, func(c wire.CopyColumn) session.CopyColumn {
			return session.CopyColumn{ID: c.ID, Title: c.Title, Align: string(c.Align)}
		}),
		Told: func(f float64) { fraction.Store(math.Float64bits(f)) },
	})
	if err != nil {
		return wire.CopyResult{}, err
	}
	return wire.CopyResult{Text: valid(done.Text), Rows: u32(done.Rows)}, nil
}

// fromRanges returns rows that were asked for, nil for none.
func fromRanges(ranges []wire.RowRange) []session.RowRange {
	if len(ranges) == 0 {
		return nil
	}
	return each(ranges, func(r wire.RowRange) session.RowRange {
		return session.RowRange{Start: uint64(r.Start), Count: uint64(r.Count)}
	})
}

func toColumn(c session.Column) wire.Column {
	return wire.Column{ID: c.ID, Title: c.Title, Tip: c.Tip, Width: c.Width, Align: wire.Align(c.Align), Default: c.Default}
}
