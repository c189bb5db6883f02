package session

import (
	"context"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/session/format"
)

// RowRange is rows of a list that stand side by side.
type RowRange struct{ Start, Count uint64 }

// The forms in which rows are copied.
const (
	CopyText     = "text" // cells between tabs
	CopyCSV      = "csv"
	CopyJSON     = "json"
	CopyMarkdown = "markdown"
)

// CopyColumn is a column of what is copied.
type CopyColumn struct {
	ID    string // field, as of a page's column
	Title string // "": the field
	Align string // left, right, center; of Markdown
}

// CopyRequest asks for rows of a list as text: the columns as they are shown, but in full.
type CopyRequest struct {
	Query
	Rows    []RowRange // in the order in which they are copied
	Columns []CopyColumn
	Time    byte // as PageRequest.Time
	UTC     bool
	Format  string
	// Precision is that of times.
	Precision Precision
	Told      func(fraction float64) // how far it is; does not block; may be nil
}

// Copied is rows as text.
type Copied struct {
	Text string
	Rows uint64
}

// What is copied at most: clipboards hold everything in memory, several times.
const (
	maxCopyRows  = 1 << 20
	maxCopyBytes = 64 << 20
)

// Copy returns rows of a list as text.
func (s *Session) Copy(ctx context.Context, req CopyRequest) (Copied, error) {
	if s.closed.Load() {
		return Copied{}, ErrClosed
	}
	return copied(ctx, req, s.rows)
}

// copied makes a text of rows that page returns.
func copied(ctx context.Context, req CopyRequest, page func(context.Context, PageRequest) (*Page, error)) (Copied, error) {
	all, err := countRows(req.Rows, maxCopyRows)
	if err != nil {
		return Copied{}, err
	}
	ask := PageRequest{Query: req.Query, Time: req.Time, UTC: req.UTC, Precision: req.Precision, whole: true}
	titles := make([]format.Title, len(req.Columns))
	for i, c := range req.Columns {
		ask.Columns = append(ask.Columns, c.ID)
		titles[i] = format.Title{Text: c.Title, Key: c.ID, Align: c.Align}
		if c.Title == "" {
			titles[i].Text = c.ID
		}
		if e, err := field.ParseExpr(c.ID); err == nil {
			titles[i].Number = numeric(e.Kind())
		}
	}
	table, err := format.NewTable(req.Format, titles)
	if err != nil {
		return Copied{}, badRequest("%v", err)
	}
	text, n := table.Begin(nil), uint64(0)
	for _, r := range req.Rows {
		for at := r.Start; at < r.Start+r.Count; {
			ask.Start, ask.Count = at, int(min(r.Start+r.Count-at, MaxPage))
			p, err := page(ctx, ask)
			if err != nil {
				return Copied{}, err
			}
			for i := range p.Rows {
				text = table.Row(text, p.Rows[i].Cells)
			}
			n += uint64(len(p.Rows))
			if len(text) > maxCopyBytes {
				return Copied{}, badRequest("the first %s of these rows take %d MB already; export them instead", group(n), maxCopyBytes>>20)
			}
			if req.Told != nil {
				req.Told(float64(n) / float64(all))
			}
			if len(p.Rows) < ask.Count {
				break
			}
			at += uint64(len(p.Rows))
		}
	}
	return Copied{string(table.End(text)), n}, nil
}

// countRows counts the rows of ranges, which may be at most so many.
func countRows(ranges []RowRange, most uint64) (all uint64, err error) {
	for _, r := range ranges {
		all += r.Count
		if r.Count > most || all > most || r.Start+r.Count < r.Start {
			return 0, badRequest("these are more than %s rows; export them instead", group(most))
		}
	}
	return all, nil
}

// keysOf returns the keys of rows of a list, which may be at most so many.
func (s *Session) keysOf(ctx context.Context, q Query, ranges []RowRange, most uint64) ([]uint32, error) {
	all, err := countRows(ranges, most)
	if err != nil {
		return nil, err
	}
	r := listing{list: q.list()}
	if r.order, err = s.orderOf(ctx, q); err != nil {
		return nil, err
	}
	if r.set, err = s.whole(ctx, q); err != nil {
		return nil, err
	}
	r.snap = s.shared.x.Acquire()
	defer r.snap.Release()
	keys := make([]uint32, 0, min(all, uint64(r.len())))
	for _, part := range ranges {
		keys = append(keys, r.keys(part.Start, int(min(part.Count, uint64(r.len()))))...)
	}
	return keys, nil
}
