package session

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/scapls/scapls/session/format"
)

// The forms in which events leave.
const (
	ExportScap = "scap" // a slice, see Slice
	ExportText = "text" // sysdig's default line
	ExportCSV  = "csv"
	ExportJSON = "json" // an object a line

	ExportNDJSON = "ndjson" // another name of ExportJSON
)

// ExportRequest says which events are written, how and where.
type ExportRequest struct {
	Query
	From, To uint64     // Num of the first and the last event; 0: those of the capture
	Rows     []RowRange // only these rows, in the order of the list; nil: all. Of a capture: what lies between the first and the last
	Member   int        // of several captures that are shown together, which one, from 1; 0: all
	Format   string
	Path     string                 // absolute; a name that ends in .gz or .zst compresses it
	Columns  []string               // of csv and json; none: those shown at first
	Time     byte                   // as PageRequest.Time
	Told     func(fraction float64) // how far it is; called by any goroutine, does not block; may be nil
	Notes    bool                   // of a slice: comments of people are written on the events
}

// Exported tells what was written.
type Exported struct {
	Events uint64
	Bytes  int64  // of the file
	State  uint64 // of a slice: hidden events
	Notes  uint64 // of a slice: events that a comment was written on
}

// Export writes the rows of a list to a file, which is replaced only when all has been written.
func (s *Session) Export(ctx context.Context, req ExportRequest) (Exported, error) {
	if s.closed.Load() {
		return Exported{}, ErrClosed
	}
	if err := s.mayWrite(req.Path); err != nil {
		return Exported{}, err
	}
	req.plain()
	p, err := s.program(req.Filter, req.Language)
	if err != nil {
		return Exported{}, err
	}
	from, to := uint32(min(req.From, 1<<32-1)), uint32(min(req.To, 1<<32-1))
	var done Exported
	o := SliceOptions{Query: req.Query, Program: p, Loc: s.loc, From: from, To: to, Told: req.Told}
	if req.Notes {
		o.Comments = Comments(s.noted.look().set)
	}
	write := func(w io.Writer) error {
		n, err := Slice(ctx, s.shared.x, o, w)
		done.Events, done.State, done.Notes = n.Events, n.State, n.Commented
		return err
	}
	var keys []uint32
	if req.Rows != nil || req.SortBy != "" {
		if keys, err = s.exported(ctx, req); err != nil {
			return Exported{}, err
		}
	}
	if req.Format == ExportScap && req.Rows != nil {
		if len(keys) == 0 {
			return Exported{}, badRequest("there are no such rows")
		}
		from, to = slices.Min(keys), slices.Max(keys)
	}
	if req.Format != ExportScap {
		o := LinesOptions{Query: req.Query, Filter: p, Loc: s.loc, From: from, To: to, Time: req.Time, Plain: true, Told: req.Told, Keys: keys}
		header, err := req.lines(&o)
		if err != nil {
			return Exported{}, err
		}
		write = func(w io.Writer) error {
			if _, err := w.Write(header); err != nil {
				return err
			}
			o.Count = &done.Events
			return Lines(ctx, s.shared.x, o, w)
		}
	}
	if err := WriteFile(req.Path, write); err != nil {
		return Exported{}, err
	}
	if fi, err := os.Stat(req.Path); err == nil {
		done.Bytes = fi.Size()
	}
	return done, nil
}

// mayWrite refuses files that cannot be meant.
func (s *Session) mayWrite(path string) error {
	if !filepath.IsAbs(path) {
		return badRequest("the path %.80q is not absolute", path)
	}
	if fi, err := os.Stat(path); err == nil {
		if own, err := os.Stat(s.shared.key.path); err == nil && os.SameFile(fi, own) {
			return badRequest("%s is the capture that is shown; choose another file", path)
		}
	}
	return nil
}

// exported returns the keys of the rows that are asked for, in the order of the list.
func (s *Session) exported(ctx context.Context, req ExportRequest) ([]uint32, error) {
	if req.Rows != nil {
		return s.keysOf(ctx, req.Query, req.Rows, math.MaxUint32)
	}
	order, err := s.orderOf(ctx, req.Query)
	if err != nil {
		return nil, err
	}
	return order.Between(uint32(min(req.From, 1<<32-1)), uint32(min(req.To, 1<<32-1))), nil
}

// plain gives a form its one name.
func (req *ExportRequest) plain() {
	if req.Format == ExportNDJSON {
		req.Format = ExportJSON
	}
}

// lines sets how lines are written, and returns what stands before the first.
func (req *ExportRequest) lines(o *LinesOptions) (header []byte, err error) {
	switch {
	case o.Time == 0:
		o.Time = 'h'
	case o.Time == 'a' && req.Format == ExportText:
		o.Time = dateMode
	}
	if req.Format == ExportText {
		return nil, nil
	}
	names := req.Columns
	if len(names) == 0 {
		for _, c := range columns {
			if c.Default {
				names = append(names, c.ID)
			}
		}
	}
	f, err := format.New(names...)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	o.Fields = true
	switch req.Format {
	case ExportCSV:
		o.Append = func() Appender { return f.AppendCSV }
		return f.AppendCSVHeader(nil), nil
	case ExportJSON:
		o.Append = func() Appender { return f.AppendJSON }
		return nil, nil
	}
	return nil, badRequest("there is no format %.40q; there are %s, %s, %s and %s", req.Format, ExportScap, ExportText, ExportCSV, ExportJSON)
}
