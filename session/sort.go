package session

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// SortRequest asks that a list be sorted as its query says.
type SortRequest struct {
	Query
	Again bool                   // also when it was sorted before and rows came since
	Told  func(fraction float64) // how far it is; does not block; may be nil
}

// Sorted tells of a list that was sorted.
type Sorted struct {
	Rows   uint64
	Valued uint64 // rows that have a value; the others come last
	Asked  uint64 // events there were
	Newer  uint64 // events that came since, which are not in the order
	Took   time.Duration
}

// sortings are the orders of a session's lists.
type sortings struct {
	mu     sync.Mutex // guards all below
	closed bool
	jobs   map[Query]*sortJob
	kept   []keptOrder // the latest used last
	wg     sync.WaitGroup
}

// keptOrder is an order that was made. It is kept as long as its list is looked at.
type keptOrder struct {
	q     Query
	order *index.Order
	took  time.Duration
	used  time.Time
}

// How many orders are kept, 4 bytes a row each, and how long one that nobody looks at while other lists are looked at.
const (
	maxOrders = 2
	keepOrder = time.Minute
)

// sortJob sorts one list. Its goroutine ends with the sorting, or with the last who waits for it.
type sortJob struct {
	cancel   context.CancelFunc
	users    int           // under sortings.mu
	fraction atomic.Uint64 // bits of a float64
	done     chan struct{} // closed at the end; order, took and err may be read then
	order    *index.Order
	took     time.Duration
	err      error
}

// unsorted is the query of the same rows in the order of the file.
func (q Query) unsorted() Query {
	q.SortBy, q.Down = "", false
	return q
}

// sorting says what a query's rows are sorted by.
func (q Query) sorting() (index.Sorting, error) {
	by := index.Sorting{Down: q.Down}
	var err error
	if by.By, err = field.ParseExpr(q.SortBy); err != nil {
		return by, badRequest("no column %q to sort by: %v", q.SortBy, err)
	}
	if by.By.String() == containerField { // as a cell shows it
		or, err := field.ParseExpr(containerID)
		if err != nil {
			return by, err
		}
		by.Or = &or
	}
	return by, nil
}

// containerID stands where a container has no name.
const containerID = "container.id"

// Sort sorts a list and keeps its order for pages of it. When ctx ends and nobody else waits for it, it ends early.
func (s *Session) Sort(ctx context.Context, req SortRequest) (Sorted, error) {
	if s.closed.Load() {
		return Sorted{}, ErrClosed
	}
	if req.SortBy == "" {
		return Sorted{}, badRequest("there is no column to sort by")
	}
	if req.Again {
		s.sortings.forget(req.Query)
	}
	k, err := s.order(ctx, req.Query, req.Told)
	if err != nil {
		return Sorted{}, err
	}
	o := k.order
	return Sorted{
		Rows: uint64(o.Rows()), Valued: uint64(o.Valued()), Asked: uint64(o.Asked()), Newer: s.newer(o), Took: k.took,
	}, nil
}

// newer returns how many events came since an order was made.
func (s *Session) newer(o *index.Order) uint64 {
	return uint64(max(s.shared.x.Progress().Events, o.Asked()) - o.Asked())
}

// tellSort is how often it is told how far a sorting is.
const tellSort = 100 * time.Millisecond

// order returns the order of a sorted list, which is made when it is not there.
func (s *Session) order(ctx context.Context, q Query, told func(float64)) (keptOrder, error) {
	a := &s.sortings
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return keptOrder{}, ErrClosed
	}
	if i := slices.IndexFunc(a.kept, func(k keptOrder) bool { return k.q == q }); i >= 0 {
		k := a.kept[i]
		k.used = time.Now()
		a.kept = append(slices.Delete(a.kept, i, i+1), k)
		a.mu.Unlock()
		return k, nil
	}
	by, err := q.sorting()
	if err != nil {
		a.mu.Unlock()
		return keptOrder{}, err
	}
	j := a.jobs[q]
	if j == nil {
		ctx, cancel := context.WithCancel(context.Background())
		j = &sortJob{cancel: cancel, done: make(chan struct{})}
		if a.jobs == nil {
			a.jobs = map[Query]*sortJob{}
		}
		a.jobs[q] = j
		a.wg.Go(func() { s.sort(ctx, q, by, j) })
	}
	j.users++
	a.mu.Unlock()
	defer a.leave(q, j)
	tick := time.NewTicker(tellSort)
	defer tick.Stop()
	for {
		select {
		case <-j.done:
			return keptOrder{q: q, order: j.order, took: j.took}, j.err
		case <-ctx.Done():
			return keptOrder{}, ctx.Err()
		case <-tick.C:
			if told != nil {
				told(math.Float64frombits(j.fraction.Load()))
			}
		}
	}
}

// leave ends a job that nobody waits for.
func (a *sortings) leave(q Query, j *sortJob) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j.users--; j.users > 0 {
		return
	}
	j.cancel()
	if a.jobs[q] == j {
		delete(a.jobs, q)
	}
}

// beforeSort is called before a list is sorted; tests set it.
var beforeSort func()

// sort is the goroutine of a job. A capture is read to its end first, as far as it is written.
func (s *Session) sort(ctx context.Context, q Query, by index.Sorting, j *sortJob) {
	defer close(j.done)
	x := s.shared.x
	if beforeSort != nil {
		beforeSort()
	}
	if j.err = x.Wait(ctx); j.err != nil {
		return
	}
	var set *index.Set
	if set, j.err = s.whole(ctx, q); j.err != nil {
		return
	}
	start := time.Now()
	j.order, j.err = x.Sort(ctx, s.ask(q), set, by, func(fraction float64) { j.fraction.Store(math.Float64bits(fraction)) })
	var much *index.TextsError
	if errors.As(j.err, &much) {
		j.err = badRequest("%v", much)
	}
	if j.err != nil {
		return
	}
	j.took = time.Since(start)
	a := &s.sortings
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.jobs[q] == j {
		delete(a.jobs, q)
	}
	a.kept = slices.DeleteFunc(a.kept, func(k keptOrder) bool { return k.q == q })
	if len(a.kept) >= maxOrders {
		a.kept = slices.Delete(a.kept, 0, 1)
	}
	a.kept = append(a.kept, keptOrder{q, j.order, j.took, time.Now()})
}

// forget drops the order of a list.
func (a *sortings) forget(q Query) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = slices.DeleteFunc(a.kept, func(k keptOrder) bool { return k.q == q })
}

// release drops orders that nobody looks at any more.
func (a *sortings) release() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = slices.DeleteFunc(a.kept, func(k keptOrder) bool { return time.Since(k.used) > keepOrder })
}

// close ends all jobs and waits for them.
func (a *sortings) close() {
	a.mu.Lock()
	a.closed, a.kept = true, nil
	for _, j := range a.jobs {
		j.cancel()
	}
	a.mu.Unlock()
	a.wg.Wait()
}

// lists returns the rows of a list as they are shown: filtered and sorted. What it asks of a filter is no more than rows
// up to one need, and everything when they are sorted.
func (s *Session) lists(ctx context.Context, q Query, upTo uint64) (set *index.Set, order *index.Order, err error) {
	if q.SortBy == "" {
		s.sortings.release()
		set, err = s.listed(ctx, q, upTo)
		return set, nil, err
	}
	if _, err = s.program(q.Filter, q.Language); err != nil {
		return nil, nil, err
	}
	s.asking.show(q.unsorted())
	if order, err = s.orderOf(ctx, q); err != nil {
		return nil, nil, err
	}
	set, err = s.whole(ctx, q)
	return set, order, err
}

// orderOf returns the order of a list, nil when it is that of the file.
func (s *Session) orderOf(ctx context.Context, q Query) (*index.Order, error) {
	if q.SortBy == "" {
		return nil, nil
	}
	k, err := s.order(ctx, q, nil)
	if err != nil {
		return nil, err
	}
	return k.order, nil
}
