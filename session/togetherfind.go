package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/scapls/scapls/index"
)

// Find finds the next row of a list, in the order of the list. The time since the row before is not searched.
func (j *Together) Find(ctx context.Context, req FindRequest) (Found, error) {
	f := Found{}
	err := patiently(ctx, req.Wait, func(ctx context.Context) (err error) {
		if f, err = j.find(ctx, req); err == nil && !f.Found && req.Wrap && req.From != 0 {
			req.From = 0
			f, err = j.find(ctx, req)
			f.Wrapped = f.Found
		}
		return err
	})
	switch {
	case errors.Is(err, errPatience):
		m, err := j.Matches(ctx, req.Query, req.Search, 0, time.Millisecond) // it knows how far that is
		return Found{Part: m.Part}, err
	case err != nil:
		return Found{}, err
	}
	f.Done, f.Part = true, 1
	return f, nil
}

func (j *Together) find(ctx context.Context, req FindRequest) (Found, error) {
	from, sets, err := j.places(ctx, req.Query, req.From, req.Backwards)
	if err != nil {
		return Found{}, err
	}
	keys, asks := make([]uint32, len(j.members)), make([]*search, len(j.members))
	first := j.first()
	err = j.each(ctx, func(ctx context.Context, i int, m *member) (err error) {
		if asks[i], err = m.readyAs(req.Query, sets[i], req.Search, shownAs{m.host, m.ahead(), first}); err != nil || from[i] == ^uint32(0) {
			return err
		}
		keys[i], err = m.shared.x.Seek(ctx, asks[i].prog, asks[i].ask, index.Seek{From: from[i], Backwards: req.Backwards, In: sets[i]})
		return err
	})
	if err != nil {
		return Found{}, err
	}
	l := j.merge(req.Query, sets)
	defer l.release()
	f, of := Found{}, 0
	for i, key := range keys {
		if key == 0 {
			continue
		}
		row, ok := l.rank(i, key)
		if ok && (!f.Found || row < f.Row != req.Backwards) {
			f, of = Found{Found: true, Row: row, Num: j.num(i, uint64(key))}, i
		}
	}
	if !f.Found {
		return f, nil
	}
	m := j.members[of]
	w := m.worker()
	defer m.free(w)
	err = m.locate(w, l.list[of].listing, keys[of], req.Query.View, asks[of], &f)
	if len(f.Path) > 0 {
		f.Path[0]++ // the host's node comes first
	}
	return f, err
}

// Matches counts the rows of a list in which a search finds something.
func (j *Together) Matches(ctx context.Context, q Query, f Search, num uint64, wait time.Duration) (Matches, error) {
	of, key := -1, uint64(0)
	if num != 0 {
		var err error
		if of, key, err = j.event(num); err != nil {
			return Matches{}, err
		}
	}
	found := make([]*index.Set, len(j.members))
	parts, first := make([]float64, len(j.members)), j.first()
	var sets []*index.Set
	err := patiently(ctx, wait, func(ctx context.Context) (err error) {
		if sets, err = j.sets(ctx, func(ctx context.Context, m *member) (*index.Set, error) { return m.whole(ctx, q) }); err != nil {
			return err
		}
		return j.each(ctx, func(ctx context.Context, i int, m *member) error {
			r, err := m.readyAs(q, sets[i], f, shownAs{m.host, m.ahead(), first})
			if err != nil {
				return err
			}
			found[i], err = m.shared.x.Select(ctx, r.prog, r.ask, nil)
			parts[i] = m.shared.x.Asked(r.prog, r.ask)
			if found[i] != nil && sets[i] != nil {
				found[i] = found[i].And(sets[i])
			}
			return err
		})
	})
	out := Matches{Done: err == nil}
	if err != nil && !errors.Is(err, errPatience) {
		return out, err
	}
	for i, set := range found {
		out.Part += parts[i] / float64(len(found))
		if set != nil {
			out.Matched += uint64(set.Rows())
		}
	}
	if of >= 0 && found[of] != nil && sets != nil {
		out.At = j.which(q, sets, found, of, uint32(key))
	}
	return out, nil
}

// which returns which of the rows that were found an event is, from 1; 0 when it is none.
func (j *Together) which(q Query, sets, found []*index.Set, of int, key uint32) uint64 {
	if _, in := found[of].Rank(key); !in {
		return 0
	}
	l := j.merge(q, sets)
	defer l.release()
	row, ok := l.rank(of, key)
	if !ok {
		return 0
	}
	at := uint64(1)
	for i, n := range l.o.order.place(int(row)) {
		if found[i] == nil {
			continue
		}
		k := l.list[i].at(n) // the first at or behind the event
		if k == 0 {
			at += uint64(found[i].Rows())
			continue
		}
		before, _ := found[i].Rank(k)
		at += uint64(before)
	}
	return at
}

// Related finds the next row of a list that belongs to an event, in its capture.
func (j *Together) Related(ctx context.Context, q Query, num uint64, how Relation, backwards bool) (Related, error) {
	of, key, err := j.event(num)
	if err != nil {
		return Related{}, err
	}
	r, err := j.members[of].Related(ctx, q, key, how, backwards)
	if err != nil || !r.Found {
		return r, err
	}
	l, err := j.whole(ctx, q)
	if err != nil {
		return Related{}, err
	}
	defer l.release()
	row, ok := l.rank(of, uint32(r.Num))
	if !ok {
		return Related{Note: "it is not in the list yet"}, nil
	}
	r.Row, r.Num = row, j.num(of, r.Num)
	return r, nil
}

// Goto is GotoFrom where no event is selected.
func (j *Together) Goto(ctx context.Context, q Query, to string) (row, num uint64, exact bool, err error) {
	return j.GotoFrom(ctx, q, to, 0)
}

// GotoFrom finds the row of an event ("HOST:1234", or "#N" for what a row calls its Num) or of a time in the common clock,
// see Session.GotoFrom.
func (j *Together) GotoFrom(ctx context.Context, q Query, to string, at uint64) (row, num uint64, exact bool, err error) {
	l, err := j.whole(ctx, q)
	if err != nil {
		return 0, 0, false, err
	}
	first := uint64(0)
	for i := range l.list {
		start, _ := l.list[i].snap.Times()
		if ts := common(start, l.list[i].ahead); ts != 0 && (first == 0 || ts < first) {
			first = ts
		}
	}
	defer l.release()
	if l.len() == 0 {
		return 0, 0, false, fmt.Errorf("%w: the list is empty", ErrNoEvent)
	}
	to = strings.TrimSpace(to)
	if row, ok, err := percent(to, l.len()); ok || err != nil {
		if err != nil {
			return 0, 0, false, err
		}
		i, key := l.at(row)
		return row, j.num(i, uint64(key)), true, nil
	}
	of, key, ok, err := j.named(l, to)
	ts := uint64(0)
	switch {
	case err != nil:
		return 0, 0, false, err
	case ok:
		if row, ok = l.nearest(of, key); !ok {
			return 0, 0, false, fmt.Errorf("%w: %s has none of that number yet", ErrNoEvent, j.members[of].host)
		}
	default:
		if ts, err = j.time(l, to, first, at); err != nil {
			return 0, 0, false, err
		}
		row = l.from(ts)
	}
	i, found := l.at(row)
	exact = ok && i == of && found == key || !ok && l.list[i].time(found) == ts
	return row, j.num(i, uint64(found)), exact, nil
}

// time reads a time in the common clock; at is the event that is selected, 0 for none.
func (j *Together) time(l *merged, to string, first, at uint64) (uint64, error) {
	last := uint64(0)
	for i := range l.list {
		_, end := l.list[i].snap.Times()
		last = max(last, common(end, l.list[i].ahead))
	}
	return moment(to, first, last, j.members[0].loc, func() (uint64, error) {
		if at == 0 {
			return 0, nil
		}
		of, key, err := j.event(at)
		if err != nil {
			return 0, err
		}
		if s := &l.list[of]; key <= uint64(s.snap.Len()) {
			return s.time(uint32(key)), nil
		}
		return 0, fmt.Errorf("%w: %s has none of that number yet", ErrNoEvent, j.members[of].host)
	})
}
