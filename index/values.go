package index

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
)

// Values tells which values occur in the capture. It counts the events of every row of the dimension tables once, and
// folds them by value when a field is asked for. All methods may be called by many goroutines at once; they wait for
// counting no longer than valuesWait.
type Values struct {
	x *Index

	mu     sync.Mutex // guards all below
	tables map[string]*valueTable
	clock  uint64 // of uses: the tables used last are kept
	closed bool
	warm   bool
	work   sync.WaitGroup // goroutines that build tables; each ends with its table, or soon after close

	tallyMu sync.RWMutex // guards tally
	tally   *tally
}

var _ assist.Values = (*Values)(nil)

const (
	valuesWait    = 5 * time.Millisecond
	valuesAge     = time.Second // how old a table of a growing capture may be
	maxTables     = 12
	maxTableBytes = 16 << 20 // of texts in all tables
	maxDistinct   = 1 << 17  // values of a field that are told apart
	maxValueLen   = 4096     // longer ones are left out
)

// Values returns what is known of the values that occur.
func (x *Index) Values() *Values {
	x.valuesOnce.Do(func() { x.values = &Values{x: x, tables: map[string]*valueTable{}} })
	return x.values
}

// Warm begins to count in the background, so that the first question does not wait.
func (v *Values) Warm() {
	v.mu.Lock()
	warm := v.warm
	v.warm = true
	v.mu.Unlock()
	if warm {
		return
	}
	for _, name := range []string{"proc.name", "evt.type", "fd.name"} {
		if e, err := field.ParseExpr(name); err == nil {
			v.ask(&e)
		}
	}
}

// close waits for what is being built.
func (v *Values) close() {
	v.mu.Lock()
	v.closed = true
	v.mu.Unlock()
	v.work.Wait()
}

func (v *Values) isClosed() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.closed
}

// valueTable is the values of one field, sorted, with how many events have each.
type valueTable struct {
	texts    []string
	sums     []uint64 // of the counts before: one more than texts
	unlisted []string // values of events that are not listed, sorted
	top      []int32  // the most frequent, most first
	exact    bool     // all values of all events are in it
	sample   bool     // from a sample of the events
	bytes    int
	upTo     uint32 // events that were counted
	made     time.Time
	used     uint64
	next     chan struct{} // closed when a newer one is there; nil when none is being built
}

func (t *valueTable) count(i int) uint64 { return t.sums[i+1] - t.sums[i] }

// ask has the values of a field counted in the background unless they are known. wait is closed when that is done; nil
// when nothing is being counted.
func (v *Values) ask(e *field.Expr) (t *valueTable, wait chan struct{}) {
	key := e.String()
	events := v.x.Progress().Events
	v.mu.Lock()
	defer v.mu.Unlock()
	if t = v.tables[key]; t == nil {
		t = &valueTable{}
		v.tables[key] = t
	}
	v.clock++
	t.used = v.clock
	stale := t.sums == nil || t.upTo < events && time.Since(t.made) > valuesAge
	if stale && t.next == nil && !v.closed {
		next := make(chan struct{})
		t.next = next
		v.work.Go(func() { v.build(key, *e, next) }) // ends with the table; see close
	}
	return t, t.next
}

// table returns the values of a field, an old table rather than none while a new one is built; nil when there is none
// yet. fresh says that it holds for the capture as it is.
func (v *Values) table(e *field.Expr) (t *valueTable, fresh bool) {
	t, wait := v.ask(e)
	if wait != nil && t.sums == nil {
		select {
		case <-wait:
		case <-time.After(valuesWait):
		}
	}
	v.mu.Lock()
	if t = v.tables[e.String()]; t == nil || t.sums == nil {
		v.mu.Unlock()
		return nil, false
	}
	c := *t
	v.mu.Unlock()
	p := v.x.Progress()
	return &c, p.Done && c.upTo >= p.Events // while the index is being built nothing is known for sure
}

// build makes a table anew and puts it in its place.
func (v *Values) build(key string, e field.Expr, next chan struct{}) {
	defer close(next)
	t := v.fold(&e)
	v.mu.Lock()
	defer v.mu.Unlock()
	if old := v.tables[key]; old != nil {
		t.used = old.used
	}
	v.tables[key] = t
	for { // the tables that were used longest ago make room
		bytes, oldest := 0, ""
		for k, o := range v.tables {
			bytes += o.bytes
			if k != key && o.next == nil && (oldest == "" || o.used < v.tables[oldest].used) {
				oldest = k
			}
		}
		if oldest == "" || len(v.tables) <= maxTables && bytes <= maxTableBytes {
			return
		}
		delete(v.tables, oldest)
	}
}

// Values returns values of a field that begin with what is typed, else such that hold it; see assist.Values.
func (v *Values) Values(e *field.Expr, typed string, n int) assist.Found {
	t, fresh := v.table(e)
	if t == nil {
		return assist.Found{More: true}
	}
	q := valueQuery{t: t, typed: typed, n: n, paths: hasPaths(e)}
	found := q.run()
	found.More = found.More || !fresh
	return found
}

// Count returns how many events have a value of a field, and whether that is known for sure.
func (v *Values) Count(e *field.Expr, text string) (n uint64, exact bool) {
	t, fresh := v.table(e)
	if t == nil {
		return 0, false
	}
	text, ok := canonical(e, text)
	if i, found := slices.BinarySearch(t.texts, text); found {
		if t.sample {
			return 0, false
		}
		return t.count(i), t.exact && fresh
	}
	if _, found := slices.BinarySearch(t.unlisted, text); found {
		return 0, false
	}
	return 0, ok && t.exact && fresh && !t.sample
}

// Counting reports whether the values of a field are still to be counted: all of them, or in a capture that has ended
// those of its last events. A capture that grows is counted again every now and then, which is nothing to wait for.
func (v *Values) Counting(e *field.Expr) bool {
	p := v.x.Progress()
	v.mu.Lock()
	defer v.mu.Unlock()
	t := v.tables[e.String()]
	return !v.closed && (t == nil || t.sums == nil || p.Done && t.upTo < p.Events)
}

// Fits returns how many events have a value of a field that fits, and whether that is known for sure. Of a field with
// several values an event is counted for each.
func (v *Values) Fits(e *field.Expr, fits func(text string) bool) (n uint64, exact bool) {
	t, fresh := v.table(e)
	if t == nil || len(t.texts)+len(t.unlisted) > maxSearched {
		return 0, false
	}
	for i, text := range t.texts {
		if fits(text) {
			n += t.count(i)
		}
	}
	exact = t.exact && fresh && !t.sample && !slices.ContainsFunc(t.unlisted, fits)
	return n, exact
}

// hasPaths reports whether values are paths, which are offered component by component.
func hasPaths(e *field.Expr) bool {
	if len(e.Chain) > 0 {
		return false
	}
	switch e.F.Name {
	case "fd.name", "fd.directory", "fd.nameraw", "proc.exe", "proc.exepath", "proc.pexe", "proc.pexepath", "proc.aexe", "proc.aexepath",
		"proc.cwd", "evt.abspath", "evt.arg", "proc.stdin.name", "proc.stdout.name", "proc.stderr.name", "thread.cgroup":
		return true
	}
	return e.F.Class == "fs.path"
}

// valueQuery asks a table for values.
type valueQuery struct {
	t     *valueTable
	typed string
	n     int
	paths bool
	out   []assist.Value
}

func (q *valueQuery) run() (found assist.Found) {
	from, to := q.t.prefix(q.typed)
	switch {
	case q.paths:
		q.components(from, to)
	case q.typed == "":
		for _, i := range q.t.top[:min(len(q.t.top), q.n)] {
			q.add(int(i))
		}
	default:
		for i := from; i < to; i++ {
			q.add(i)
		}
	}
	q.sort(0)
	if len(q.out) < q.n/4 && q.typed != "" {
		n := len(q.out)
		q.holding(from, to)
		q.sort(n)
	}
	if len(q.out) > q.n {
		q.out, found.More = q.out[:q.n], true
	}
	found.More = found.More || q.typed == "" && len(q.t.texts) > len(q.out)
	found.Values = q.out
	return found
}

// sort puts the most frequent first, from the value at on.
func (q *valueQuery) sort(from int) {
	sort.SliceStable(q.out[from:], func(i, j int) bool { return q.out[from+i].Count > q.out[from+j].Count })
}

// add adds a value that listed events have.
func (q *valueQuery) add(i int) {
	q.out = append(q.out, assist.Value{Text: q.t.texts[i], Count: q.t.count(i), Sample: q.t.sample})
}

// prefix returns the range of values that begin with a text.
func (t *valueTable) prefix(p string) (from, to int) {
	from = sort.SearchStrings(t.texts, p)
	return from, from + sort.Search(len(t.texts)-from, func(i int) bool { return !strings.HasPrefix(t.texts[from+i], p) })
}

// maxComponents bounds how many values are looked at for one answer.
const maxComponents = 1 << 14

// components adds the values of a range; those that go on behind a slash are one value, their directory.
func (q *valueQuery) components(from, to int) {
	t := q.t
	for i := from; i < to && len(q.out) < maxComponents; {
		text := t.texts[i]
		slash := -1
		if strings.HasPrefix(text, "/") {
			if skip := max(len(q.typed), 1); skip < len(text) {
				if k := strings.IndexByte(text[skip:], '/'); k >= 0 {
					slash = skip + k
				}
			}
		}
		if slash < 0 {
			q.add(i)
			i++
			continue
		}
		_, end := t.prefixFrom(i, text[:slash+1])
		if end-i == 1 {
			q.add(i)
			i++
			continue
		}
		dir := commonDir(t.texts[i], t.texts[end-1], slash+1)
		q.out = append(q.out, assist.Value{Text: dir, Count: t.sums[end] - t.sums[i], Sample: t.sample, Part: true})
		i = end
	}
}

// prefixFrom is prefix for values from one on, which begins with it.
func (t *valueTable) prefixFrom(from int, p string) (int, int) {
	return from, from + sort.Search(len(t.texts)-from, func(i int) bool { return !strings.HasPrefix(t.texts[from+i], p) })
}

// commonDir returns the longest directory that holds two paths, at least their first n bytes.
func commonDir(a, b string, n int) string {
	i := n
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return a[:max(n, strings.LastIndexByte(a[:i], '/')+1)]
}

// maxSearched bounds how many values are searched for what is typed.
const maxSearched = 1 << 15

// holding adds values that hold what is typed somewhere, the most frequent ones of the table first.
func (q *valueQuery) holding(from, to int) {
	typed := strings.ToLower(q.typed)
	look := func(i int) {
		if (i < from || i >= to) && len(q.out) < 2*q.n && strings.Contains(strings.ToLower(q.t.texts[i]), typed) {
			q.add(i)
		}
	}
	if len(q.t.texts) > maxSearched {
		for _, i := range q.t.top {
			look(int(i))
		}
		return
	}
	for i := range q.t.texts {
		look(i)
	}
}
