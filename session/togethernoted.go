package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/session/notes"
)

// Notes belong to captures: what is noted while several are open together is there when one is open alone.

// SetNotes tells what people noted about one of the captures.
func (j *Together) SetNotes(i int, set notes.Set) (changed bool) {
	return i >= 0 && i < len(j.members) && j.members[i].SetNotes(0, set)
}

// references returns the times of all events that times are shown relative to, in the common clock and in order; never nil.
func (j *Together) references() []uint64 {
	list := []uint64{}
	for _, m := range j.members {
		snap := m.shared.x.Acquire()
		for _, key := range m.noted.look().refs {
			if key <= snap.Len() {
				list = append(list, common(snap.Facts(key).TS, m.ahead()))
			}
		}
		snap.Release()
	}
	slices.Sort(list)
	return list
}

// Noted returns the events that something is noted about, in the order of the common clock, each with its host.
func (j *Together) Noted(ctx context.Context, kind NotedKind, start, count int) (*Noted, error) {
	if j.closed.Load() {
		return nil, ErrClosed
	}
	out := &Noted{}
	type one struct {
		e  notes.Entry
		ts uint64
	}
	var all []one
	for i, m := range j.members {
		n, err := m.Noted(ctx, kind, 0, start+count)
		if err != nil {
			return nil, err
		}
		out.Marked += n.Marked
		out.Ignored += n.Ignored
		out.References += n.References
		out.Comments += n.Comments
		out.Total += n.Total
		for _, c := range n.Capture {
			out.Capture = append(out.Capture, m.host+": "+c)
		}
		for _, e := range n.Entries {
			e.Sentence = m.host + ": " + e.Sentence
			ts := common(e.TS, m.ahead())
			e.Event = uint32(j.num(i, uint64(e.Event)))
			all = append(all, one{e, ts})
		}
	}
	slices.SortStableFunc(all, func(a, b one) int { return cmp.Compare(a.ts, b.ts) })
	for _, o := range all[min(start, len(all)):min(start+count, len(all))] {
		out.Entries = append(out.Entries, o.e)
		out.Shown = append(out.Shown, time.Unix(0, int64(o.ts)).In(j.members[0].loc).Format(dateLayout))
	}
	return out, nil
}

// NoteOf returns what is noted about one event, with its time in the common clock.
func (j *Together) NoteOf(num uint64) (e notes.Entry, shown string, err error) {
	i, key, err := j.event(num)
	if err != nil {
		return e, "", err
	}
	m := j.members[i]
	e, _, err = m.NoteOf(key)
	e.Event, e.Sentence = uint32(num), m.host+": "+e.Sentence
	return e, time.Unix(0, int64(common(e.TS, m.ahead()))).In(j.members[0].loc).Format(dateLayout), err
}

// FindNoted finds the next row of a list of which something is noted, and wraps.
func (j *Together) FindNoted(ctx context.Context, q Query, kind NotedKind, from uint64, backwards bool) (Found, error) {
	text, err := kind.condition(filter.Sysdig)
	if err != nil {
		return Found{}, err
	}
	return j.Find(ctx, FindRequest{Query: q, Search: Search{Text: text, Language: filter.Sysdig}, From: from, Backwards: backwards, Wrap: true})
}

// Keys returns the keys of rows of the list by capture, of all when none are named; more than limit are an error.
func (j *Together) Keys(ctx context.Context, q Query, rows []RowRange, limit int) ([][]uint32, error) {
	out := make([][]uint32, len(j.members))
	if rows == nil {
		return out, j.each(ctx, func(ctx context.Context, i int, m *member) error {
			keys, err := m.Keys(ctx, q, nil, limit)
			if err == nil {
				out[i] = keys[0]
			}
			return err
		})
	}
	if err := fewRows(rows, limit); err != nil {
		return nil, err
	}
	for _, r := range rows {
		for at := r.Start; at < r.Start+r.Count; {
			req := PageRequest{Query: q, Start: at, Count: int(min(r.Start+r.Count-at, MaxPage))}
			p, err := j.rows(ctx, req)
			if err != nil {
				return nil, err
			}
			for _, row := range p.Rows {
				if i, key, err := j.event(row.Num); err == nil {
					out[i] = append(out[i], uint32(key))
				}
			}
			if len(p.Rows) < req.Count {
				break
			}
			at += uint64(len(p.Rows))
		}
	}
	return out, nil
}

// Named returns the keys of events by capture.
func (j *Together) Named(nums []uint32) ([][]uint32, error) {
	out := make([][]uint32, len(j.members))
	for _, n := range nums {
		i, key, err := j.event(uint64(n))
		if err != nil {
			return nil, err
		}
		if key > uint64(j.members[i].shared.x.Progress().Events) {
			return nil, ErrNoEvent
		}
		out[i] = append(out[i], uint32(key))
	}
	return out, nil
}

// ShiftTo returns by how much the times of an event's capture must be shifted so that it was at a time.
func (j *Together) ShiftTo(num uint64, at string, utc bool) (int64, error) {
	i, key, err := j.event(num)
	if err != nil {
		return 0, err
	}
	m := j.members[i]
	by, err := m.ShiftTo(key, at, utc)
	return by + int64(m.offset) - m.shift.Load(), err
}

// Document is of one capture.
func (j *Together) Document(context.Context, string) (*notes.Document, error) {
	return nil, j.alone("notes are written of")
}

// Place is of one capture: rpc asks Document first.
func (j *Together) Place(d *notes.Document) Placed { return Placed{Absent: len(d.Entries)} }

// Loc returns the zone that times are shown in.
func (j *Together) Loc() *time.Location { return j.members[0].loc }
