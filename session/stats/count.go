package stats

import (
	"context"

	"github.com/scapls/scapls/index"
)

// key tells the groups of a table apart.
type key struct {
	s, t, u string
	n, m    int64
}

// tally is what is counted of a group.
type tally struct {
	calls, errors  int64
	in, out        int64
	opens          int64
	timed          int64 // calls whose latency is known
	total, longest int64 // of the latencies, ns
	first, last    uint64
	example        uint32 // key of an event; of the longest call where latencies are known
	hist           *hist
	pages          pages
	addresses      []string // that a server listens on, sorted
	crossed        crossed
}

func (t *tally) add(e *event) {
	if t.calls == 0 {
		t.first, t.example = e.ts, e.key
	}
	t.calls++
	t.last = max(t.last, e.ts)
	if e.failed {
		t.errors++
	}
	t.in += e.in
	t.out += e.out
	if e.latency >= 0 {
		t.timed++
		t.total += e.latency
		if e.latency > t.longest || t.timed == 1 {
			t.longest, t.example = e.latency, e.key
		}
		if t.hist != nil {
			t.hist.add(e.latency)
		}
	}
}

// join adds what another worker counted of the same group.
func (t *tally) join(o *tally) {
	switch later := o.longest < t.longest || o.longest == t.longest && o.example > t.example; {
	case o.timed > 0 && t.timed == 0, (o.timed > 0) == (t.timed > 0) && !later:
		t.example = o.example
	}
	t.first, t.last = min(t.first, o.first), max(t.last, o.last)
	t.calls += o.calls
	t.errors += o.errors
	t.in += o.in
	t.out += o.out
	t.opens += o.opens
	t.timed += o.timed
	t.total += o.total
	t.longest = max(t.longest, o.longest)
	if t.hist != nil {
		t.hist.join(o.hist)
	}
	t.pages = t.pages.join(o.pages)
	for _, a := range o.addresses {
		t.listens(a)
	}
	t.crossed = t.crossed.join(o.crossed)
}

// measure is a number of a tally, as a column.
type measure struct {
	Column
	of func(*tally) Value
}

func num(f func(*tally) int64) func(*tally) Value {
	return func(t *tally) Value { return Value{N: f(t)} }
}

// seen is a number of groups that have an event.
func seen(f func(*tally) int64) func(*tally) Value {
	return func(t *tally) Value { return Value{N: f(t), None: t.calls == 0} }
}

// timed is a number that is there when latencies were recorded.
func timed(f func(*tally) int64) func(*tally) Value {
	return func(t *tally) Value {
		if t.timed == 0 {
			return Value{None: true}
		}
		return Value{N: f(t)}
	}
}

// The measures.
var (
	mCalls  = measure{Column{"calls", "Calls", Count}, num(func(t *tally) int64 { return t.calls })}
	mEvents = measure{Column{"events", "Events", Count}, mCalls.of}
	mErrors = measure{Column{"errors", "Errors", Count}, num(func(t *tally) int64 { return t.errors })}
	mOpens  = measure{Column{"opens", "Opens", Count}, num(func(t *tally) int64 { return t.opens })}
	mIn     = measure{Column{"read", "Read", Bytes}, num(func(t *tally) int64 { return t.in })}
	mOut    = measure{Column{"written", "Written", Bytes}, num(func(t *tally) int64 { return t.out })}
	mMoved  = measure{Column{"bytes", "Bytes", Bytes}, num(func(t *tally) int64 { return t.in + t.out })}
	mTotal  = measure{Column{"total", "Time", Duration}, timed(func(t *tally) int64 { return t.total })}
	mMean   = measure{Column{"mean", "Mean", Duration}, timed(func(t *tally) int64 { return t.total / t.timed })}
	mMax    = measure{Column{"max", "Longest", Duration}, timed(func(t *tally) int64 { return t.longest })}
	mP50    = measure{Column{"p50", "Median", Duration}, timed(func(t *tally) int64 { return min(t.hist.percentile(50), t.longest) })}
	mP99    = measure{Column{"p99", "p99", Duration}, timed(func(t *tally) int64 { return min(t.hist.percentile(99), t.longest) })}
	mFirst  = measure{Column{"first", "First", Time}, seen(func(t *tally) int64 { return int64(t.first) })}
	mSpan   = measure{Column{"duration", "Duration", Duration}, num(func(t *tally) int64 { return int64(t.last - t.first) })}
)

// question is a table that can be asked for.
type question struct {
	name, title, help string
	columns           []Column // of the key
	measures          []measure
	most              int // measure that the rows are sorted by
	hist              bool
	pages             bool // page faults are counted
	example           bool // the last column says in words what an event of the row tells
	// key returns the group of an event; false leaves it out.
	key func(e *event) (key, bool)
	// opens reports whether the event counts as an open of its group; may be nil.
	opens func(e *event) bool
	// note counts what else its table shows of an event; may be nil.
	note func(t *tally, e *event)
	// idle adds what groups have that no event needs to be about; may be nil. group is nil for one without an event when not
	// all events are counted.
	idle  func(s index.Snapshot, group func(key) *tally)
	cells func(k key) []Value
	// at returns the cells of a group as one of its events shows them, instead of cells.
	at func(s index.Snapshot, example uint32) []Value
	// filter returns what selects the events of a group.
	filter func(k key) string
	ask    func(ctx context.Context, x *index.Index, set *index.Set, q *question) (*Table, error) // instead of counting groups
}

// Compute answers the question with the name about the rows of the calls view, those of the set when it is not nil. The
// error is ErrUnknown for a name that there is not, or ctx's.
func Compute(ctx context.Context, x *index.Index, set *index.Set, name string) (*Table, error) {
	for i := range questions {
		if q := &questions[i]; q.name == name {
			if q.ask != nil {
				return q.ask(ctx, x, set, q)
			}
			return q.count(ctx, x, set)
		}
	}
	return nil, ErrUnknown
}

func (q *question) count(ctx context.Context, x *index.Index, set *index.Set) (*Table, error) {
	var workers []map[key]*tally
	err := walk(ctx, x, set, func() func(*event) {
		groups := map[key]*tally{}
		workers = append(workers, groups)
		return q.counter(groups)
	})
	if err != nil {
		return nil, err
	}
	all := map[key]*tally{}
	for _, groups := range workers {
		for k, t := range groups {
			if have := all[k]; have != nil {
				have.join(t)
			} else {
				all[k] = t
			}
		}
	}
	snap := x.Acquire()
	defer snap.Release()
	if q.idle == nil {
		return q.table(snap, all), nil
	}
	q.idle(snap, func(k key) *tally {
		if all[k] == nil && set == nil {
			all[k] = &tally{}
		}
		return all[k]
	})
	t := q.table(snap, all)
	if set != nil {
		t.Note = noIdle
	}
	return t, nil
}

// counter returns what counts an event.
func (q *question) counter(groups map[key]*tally) func(*event) {
	var lastKey key
	var last *tally
	return func(e *event) {
		k, ok := q.key(e)
		if !ok {
			return
		}
		if last == nil || k != lastKey { // the same group mostly comes in a row
			if last = groups[k]; last == nil {
				last = &tally{}
				if q.hist {
					last.hist = &hist{}
				}
				groups[k] = last
			}
			lastKey = k
		}
		last.add(e)
		if q.opens != nil && q.opens(e) {
			last.opens++
		}
		if q.note != nil {
			q.note(last, e)
		}
		if q.pages {
			last.pages = last.pages.add(e)
		}
	}
}

func (q *question) table(snap index.Snapshot, groups map[key]*tally) *Table {
	t := &Table{Name: q.name, Title: q.title, Drill: drills[q.name], Columns: append([]Column{}, q.columns...), Rows: make([]Row, 0, len(groups))}
	for _, m := range q.measures {
		t.Columns = append(t.Columns, m.Column)
	}
	if q.example {
		t.Columns = append(t.Columns, Column{"example", "Example", Text})
	}
	look := &looker{}
	for k, c := range groups {
		r := Row{Filter: q.filter(k), Event: c.example}
		if q.at != nil {
			r.Cells = q.at(snap, c.example)
		} else {
			r.Cells = q.cells(k)
		}
		for _, m := range q.measures {
			v := m.of(c)
			if v.None && m.Kind == Duration {
				t.Note = noTimes
			}
			r.Cells = append(r.Cells, v)
		}
		if q.example {
			r.Cells = append(r.Cells, Value{Text: look.sentence(snap, c.example)})
		}
		t.Rows = append(t.Rows, r)
	}
	for i := range q.columns { // so that the order does not depend on the map's
		t.Sort(len(q.columns)-1-i, true)
	}
	t.Sort(len(q.columns)+q.most, false)
	return t
}
