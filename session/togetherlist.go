package session

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/index"
)

// mergedList is the order of one list, kept so that scrolling does not merge again.
type mergedList struct {
	q     Query
	ahead []int64 // the clocks it is ordered by
	looks []index.Look
	order order
}

// maxLists is how many orders are kept.
const maxLists = 4

// merged is a list of all captures under snapshots. release must be called; no other snapshot may be acquired before.
type merged struct {
	j    *Together
	list []source
	o    *mergedList
}

// each asks all captures at the same time.
func (j *Together) each(ctx context.Context, ask func(ctx context.Context, i int, m *member) error) error {
	if j.closed.Load() {
		return ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i, m := range j.members {
		wg.Go(func() { // ends with ask
			if err := ask(ctx, i, m); err != nil {
				cancel(err) // the first error is the one that is told
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// sets returns the rows of a list's filter in each capture, as far as ask waits for them.
func (j *Together) sets(ctx context.Context, ask func(ctx context.Context, m *member) (*index.Set, error)) ([]*index.Set, error) {
	sets := make([]*index.Set, len(j.members))
	return sets, j.each(ctx, func(ctx context.Context, i int, m *member) (err error) {
		sets[i], err = ask(ctx, m)
		return err
	})
}

// whole is all rows of a list, each capture's events asked to the end.
func (j *Together) whole(ctx context.Context, q Query) (*merged, error) {
	sets, err := j.sets(ctx, func(ctx context.Context, m *member) (*index.Set, error) { return m.whole(ctx, q) })
	if err != nil {
		return nil, err
	}
	return j.merge(q, sets), nil
}

// merge brings the order of a list up to date.
func (j *Together) merge(q Query, sets []*index.Set) *merged {
	out := &merged{j: j, list: make([]source, len(j.members))}
	for i, m := range j.members {
		out.list[i] = source{listing: listing{m.shared.x.Acquire(), q.list(), sets[i], nil}, ahead: m.ahead()}
	}
	looks, ahead := make([]index.Look, len(out.list)), make([]int64, len(out.list))
	for i := range out.list {
		looks[i], ahead[i] = out.list[i].snap.Look(sets[i]), out.list[i].ahead
	}
	j.mu.Lock()
	j.lists = slices.DeleteFunc(j.lists, func(l *mergedList) bool { return !slices.Equal(l.ahead, ahead) })
	k := slices.IndexFunc(j.lists, func(l *mergedList) bool { return l.q == q })
	if k < 0 {
		j.lists = append(j.lists, &mergedList{q: q, ahead: ahead, looks: make([]index.Look, len(looks))})
		if k = len(j.lists) - 1; k == maxLists {
			j.lists = slices.Delete(j.lists, 0, 1)
			k--
		}
	}
	out.o = j.lists[k]
	j.lists = append(slices.Delete(j.lists, k, k+1), out.o) // the latest used last
	for i := range out.list {
		out.list[i].same = out.o.looks[i].Same(looks[i])
	}
	out.o.looks = looks
	out.o.order.update(out.list)
	return out
}

func (l *merged) release() {
	l.j.mu.Unlock()
	for i := range l.list {
		l.list[i].snap.Release()
	}
}

func (l *merged) len() uint64 { return uint64(len(l.o.order.from)) }

// at returns whose row a row is, and its key.
func (l *merged) at(row uint64) (i int, key uint32) {
	i = int(l.o.order.from[row])
	return i, l.list[i].at(l.o.order.place(int(row))[i])
}

// rank returns the row of an event that is in the list; false if it is not merged yet.
func (l *merged) rank(i int, key uint32) (row uint64, ok bool) {
	n, ok := l.o.order.row(i, l.list[i].rank(key))
	return uint64(n), ok
}

// asked returns of how many events it is known what belongs to the list, and whether that is all.
func (l *merged) asked() (n uint64, done bool) {
	done = true
	for i := range l.list {
		s := &l.list[i]
		n += uint64(s.asked())
		_, more := s.unfinished()
		done = done && !more
	}
	return n, done
}

// Page returns rows of a list.
func (j *Together) Page(ctx context.Context, req PageRequest) (*Page, error) {
	p, err := j.rows(ctx, req)
	if err != nil {
		return nil, err
	}
	return p, j.colorRows(ctx, p, req)
}

// rows is a page without its colours.
func (j *Together) rows(ctx context.Context, req PageRequest) (*Page, error) {
	if req.SortBy != "" {
		return nil, errTogetherSorted
	}
	count := uint64(min(max(req.Count, 0), MaxPage))
	sets, err := j.sets(ctx, func(ctx context.Context, m *member) (*index.Set, error) {
		return m.listed(ctx, req.Query, req.Start+count)
	})
	if err != nil {
		return nil, err
	}
	pagers := make([]*pager, len(j.members))
	first, moments := j.first(), j.references()
	for i, m := range j.members {
		if pagers[i], err = m.pager(&req); err != nil {
			return nil, err
		}
		defer pagers[i].free()
		pagers[i].host, pagers[i].ahead, pagers[i].first = m.host, m.ahead(), first
		pagers[i].clock.shift, pagers[i].clock.moments = 0, moments // its shift is in the common clock
	}
	l := j.merge(req.Query, sets)
	defer l.release()
	p := &Page{Start: req.Start, Total: l.len()}
	p.Asked, p.Done = l.asked()
	if req.Start >= p.Total {
		return p, nil
	}
	before := uint64(0) // time of the row before
	if req.Start > 0 {
		i, key := l.at(req.Start - 1)
		before = l.list[i].time(key)
	}
	rows := l.o.order.place(int(req.Start))
	next := make([]uint32, len(j.members)) // the key behind the one that was shown
	for _, of := range l.o.order.from[req.Start:min(req.Start+count, p.Total)] {
		if len(p.Rows)%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		i, s := int(of), &l.list[of]
		key := uint32(0)
		if next[i] == 0 {
			key = s.at(rows[i])
		} else {
			key = s.next(next[i])
		}
		row, err := pagers[i].row(s.listing, key, before)
		if err != nil {
			return nil, err
		}
		row.Num, row.Event = j.num(i, uint64(key)), j.members[i].name(s.snap, key)
		p.Rows = append(p.Rows, row)
		next[i], before = key+1, s.time(key)
	}
	return p, nil
}

// Count counts the rows of a list.
func (j *Together) Count(ctx context.Context, q Query) (Count, error) {
	start := time.Now()
	counts := make([]Count, len(j.members))
	err := j.each(ctx, func(ctx context.Context, i int, m *member) (err error) {
		counts[i], err = m.Count(ctx, q)
		return err
	})
	out := Count{Done: true}
	for _, c := range counts {
		out.Matched += c.Matched
		out.Of += c.Of
		out.Done = out.Done && c.Done
	}
	out.Took = time.Since(start)
	return out, err
}

// Why takes a list's filter apart.
func (j *Together) Why(ctx context.Context, q Query) (Why, error) {
	whys := make([]Why, len(j.members))
	err := j.each(ctx, func(ctx context.Context, i int, m *member) (err error) {
		whys[i], err = m.Why(ctx, q)
		return err
	})
	if err != nil {
		return Why{}, err
	}
	out := whys[0]
	for _, w := range whys[1:] {
		for k := range out.Parts { // the same filter has the same parts
			out.Parts[k].Matched += w.Parts[k].Matched
		}
		if w.Message == "" { // it matches there
			out.Message, out.Fixes = "", nil
		}
	}
	for k := range out.Parts {
		if out.Parts[k].Matched > 0 {
			out.Parts[k].Message = ""
		}
	}
	return out, nil
}

// places returns in each capture the key to begin behind, or before, so that the search begins at an event of the list:
// 0 is the end it begins at, 2^32−1 that nothing is left of that capture.
func (j *Together) places(ctx context.Context, q Query, num uint64, backwards bool) ([]uint32, []*index.Set, error) {
	sets, err := j.sets(ctx, func(ctx context.Context, m *member) (*index.Set, error) { return m.whole(ctx, q) })
	if err != nil {
		return nil, nil, err
	}
	keys := make([]uint32, len(j.members))
	if num == 0 {
		return keys, sets, nil
	}
	of, key, err := j.event(num)
	if err != nil {
		return nil, nil, err
	}
	l := j.merge(q, sets)
	defer l.release()
	row, ok := l.nearest(of, uint32(key))
	if !ok {
		return keys, sets, nil
	}
	for i, n := range l.o.order.place(int(row)) {
		s := &l.list[i]
		switch k := s.at(n); { // the first at or behind the event
		case i == of:
			keys[i] = uint32(key)
		case backwards && k == 0:
			keys[i] = 0 // from its end
		case backwards && n == 0:
			keys[i] = ^uint32(0) // none is before
		case backwards:
			keys[i] = k
		case n > 0:
			keys[i] = s.at(n - 1)
		}
	}
	return keys, sets, nil
}

// nearest returns the row of an event, or of the first listed one behind it, or the last.
func (l *merged) nearest(of int, key uint32) (row uint64, ok bool) {
	s := &l.list[of]
	if s.snap.Len() == 0 || l.len() == 0 {
		return 0, false
	}
	key = min(max(key, 1), s.snap.Len())
	if s.next(key) == key {
		return l.rank(of, key)
	}
	return l.from(s.time(key)), true
}

// from returns the first row at or behind a time, the last if all are before.
func (l *merged) from(ts uint64) uint64 {
	best := l.len() - 1
	for i := range l.list {
		s := &l.list[i]
		own := uint64(max(int64(ts)+s.ahead, 0))
		key := s.snap.AtTime(own)
		if s.snap.Len() == 0 || s.snap.Facts(key).TS < own {
			continue
		}
		if key = s.next(key); key == 0 {
			continue
		}
		if row, ok := l.rank(i, key); ok {
			best = min(best, row)
		}
	}
	return best
}

// named reads whose event is meant: "#N", or a host and a number.
func (j *Together) named(l *merged, to string) (of int, key uint32, ok bool, err error) {
	digits, isNum := strings.CutPrefix(to, "#")
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil && isNum {
		of, k, err := j.event(max(n, 1))
		return of, uint32(min(k, 1<<32-1)), true, err
	}
	cut := strings.LastIndexAny(to, ": ")
	if cut < 0 {
		if n := strings.ReplaceAll(to, ",", ""); len(n) < 16 {
			if _, err := strconv.ParseUint(n, 10, 64); err == nil {
				return 0, 0, false, badRequest("each capture has an event %s; write whose you mean: %s:%s", to, j.members[0].host, to)
			}
		}
		return 0, 0, false, nil
	}
	n, err := strconv.ParseUint(strings.ReplaceAll(to[cut+1:], ",", ""), 10, 64)
	of = slices.IndexFunc(j.members, func(m *member) bool { return strings.EqualFold(m.host, strings.TrimSpace(to[:cut])) })
	if err != nil || of < 0 {
		return 0, 0, false, nil // a time, maybe
	}
	return of, l.list[of].snap.Key(max(n, 1)), true, nil
}
