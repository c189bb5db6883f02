package session

import (
	"context"
	"errors"
	"time"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/detail"
)

// FindRequest looks for the next row of a list that a search finds something in. It hides nothing.
type FindRequest struct {
	Query     Query // the list
	Search    Search
	From      uint64 // number of the row to begin behind, or before; 0: the end it begins at
	Backwards bool
	Wrap      bool
	Wait      time.Duration // after which to say how far it is, and to go on when asked again; 0: to the end
}

// Found is a row that Find found.
type Found struct {
	Found   bool
	Wrapped bool // the search went on from the other end
	Row     uint64
	Num     uint64
	Done    bool    // false: nothing was found in the time that Wait gave
	Part    float64 // of the events that were looked at by now, 0 to 1

	Column string // where it is: the column
	Start  int    // and the bytes of the event
	Len    int
	Path   []int // and the line of its detail tree, by child indexes
}

// Find finds the next row of a list.
func (s *Session) Find(ctx context.Context, req FindRequest) (Found, error) {
	if s.closed.Load() {
		return Found{}, ErrClosed
	}
	f := Found{}
	var r *search
	err := patiently(ctx, req.Wait, func(ctx context.Context) error {
		set, err := s.whole(ctx, req.Query)
		if err != nil {
			return err
		}
		if r, err = s.ready(req.Query, set, req.Search); err != nil {
			return err
		}
		return s.find(ctx, r, set, req, &f)
	})
	switch {
	case errors.Is(err, errPatience):
		if r != nil {
			f.Part = s.shared.x.Asked(r.prog, r.ask)
		}
		return f, nil
	case err != nil:
		return Found{}, err
	}
	f.Done, f.Part = true, 1
	return f, nil
}

// Forget drops all that is known of filters and searches, for measurements.
func (s *Session) Forget() { s.shared.x.Forget() }

// errPatience says that what was asked is not finished.
var errPatience = errors.New("not finished yet")

// patiently runs f with a context that ends after a while, 0 being never; the error is errPatience then.
func patiently(ctx context.Context, wait time.Duration, f func(context.Context) error) error {
	if wait <= 0 {
		return f(ctx)
	}
	within, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	err := f(within)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		return errPatience
	}
	return err
}

func (s *Session) find(ctx context.Context, r *search, set *index.Set, req FindRequest, f *Found) error {
	if req.Query.SortBy != "" {
		return s.findSorted(ctx, r, set, req, f)
	}
	from := uint32(min(req.From, 1<<32-1))
	seek := index.Seek{From: from, Backwards: req.Backwards, In: set}
	key, err := s.shared.x.Seek(ctx, r.prog, r.ask, seek)
	if err != nil {
		return err
	}
	if key == 0 && req.Wrap && from != 0 {
		f.Wrapped = true
		seek.From = 0
		if key, err = s.shared.x.Seek(ctx, r.prog, r.ask, seek); err != nil {
			return err
		}
	}
	if key == 0 {
		f.Wrapped = false
		return nil
	}
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	list := listing{snap, req.Query.list(), set, nil}
	f.Found, f.Num, f.Row = true, uint64(key), uint64(list.rank(key))
	return s.locate(w, list, key, req.Query.View, r, f)
}

// findSorted is find in a list that is sorted: the next row is the next that is shown. All events are asked first.
func (s *Session) findSorted(ctx context.Context, r *search, set *index.Set, req FindRequest, f *Found) error {
	order, err := s.orderOf(ctx, req.Query)
	if err != nil {
		return err
	}
	match, err := s.shared.x.Select(ctx, r.prog, r.ask, nil)
	if err != nil {
		return err
	}
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	list := listing{snap, req.Query.list(), set, order}
	end := uint32(0) // where the search begins that knows no row
	if req.Backwards {
		end = order.Rows()
	}
	row := end
	if req.From != 0 {
		row = list.rank(uint32(min(req.From, 1<<32-1)))
		if !req.Backwards {
			row++
		}
	}
	at, ok := order.Next(match, row, req.Backwards)
	if !ok && req.Wrap && req.From != 0 {
		at, ok = order.Next(match, end, req.Backwards)
		f.Wrapped = ok
	}
	if !ok {
		return nil
	}
	key := order.Select(at)
	f.Found, f.Num, f.Row = true, uint64(key), uint64(at)
	return s.locate(w, list, key, req.Query.View, r, f)
}

// locate tells where in an event that was found the match is.
func (s *Session) locate(w *worker, list listing, key uint32, view ViewKind, r *search, f *Found) error {
	if r.pattern == nil {
		return nil
	}
	c := &w.ctx
	if err := list.snap.Fill(key, list.list.Calls, &w.cur, c); err != nil {
		return noEvent(err)
	}
	switch r.In {
	case InBytes:
		if start, end := r.pattern.Index(rawBytes(c), 0); start >= 0 {
			f.Start, f.Len = start, end-start
		}
	case InDetails:
		f.Path, _ = r.node(detail.Tree(c, s.details(list.snap, key, view, c)))
	default:
		c.PrevTS = timeOf(list.snap, list.prev(key))
		k, err := s.clock(r.Time, r.UTC, r.Precision)
		if err != nil {
			return err
		}
		t := cellText{clock: k, as: r.shown}
		for i := range r.columns {
			if r.pattern.Match(t.of(c, &r.columns[i])) {
				f.Column = r.columns[i].name
				break
			}
		}
	}
	return nil
}

// Matches tells how many rows a search finds something in.
type Matches struct {
	Matched uint64
	At      uint64 // which of them the row is that was asked about, from 1; 0: none
	Done    bool
	Part    float64 // of the events that were looked at, 0 to 1
}

// Matches counts the rows of a list in which a search finds something; num is a row of which is told which one it is.
// After wait, unless that is 0, it tells how far it is, and goes on when it is asked again.
func (s *Session) Matches(ctx context.Context, q Query, f Search, num uint64, wait time.Duration) (Matches, error) {
	if s.closed.Load() {
		return Matches{}, ErrClosed
	}
	m := Matches{}
	err := patiently(ctx, wait, func(ctx context.Context) error {
		set, err := s.whole(ctx, q)
		if err != nil {
			return err
		}
		r, err := s.ready(q, set, f)
		if err != nil {
			return err
		}
		found, err := s.shared.x.Select(ctx, r.prog, r.ask, nil)
		if found == nil {
			return err
		}
		m.Part = s.shared.x.Asked(r.prog, r.ask)
		if set != nil {
			found = found.And(set)
		}
		m.Matched = uint64(found.Rows())
		before, in := found.Rank(uint32(min(num, 1<<32-1)))
		switch {
		case err != nil || !in:
		case q.SortBy != "":
			m.At, err = s.whichSorted(ctx, q, found, uint32(num))
		default:
			m.At = uint64(before) + 1
		}
		return err
	})
	if errors.Is(err, errPatience) {
		return m, nil
	}
	m.Done = true
	return m, err
}

// whichSorted returns which of the rows that were found one is in the order that a list is sorted in, from 1.
func (s *Session) whichSorted(ctx context.Context, q Query, found *index.Set, key uint32) (uint64, error) {
	order, err := s.orderOf(ctx, q)
	if err != nil {
		return 0, err
	}
	row, ok := order.Rank(key)
	if !ok {
		return 0, nil
	}
	n := uint64(1)
	for i := range row {
		if found.Has(order.Select(i)) {
			n++
		}
	}
	return n, nil
}
