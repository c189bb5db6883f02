package session

import (
	"context"
	"sync"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
)

// asking is the filters of a session that are being asked.
type asking struct {
	mu       sync.Mutex // guards all below
	closed   bool
	jobs     map[Query]*job
	shown    Query // the list that is shown: its filter is asked to the end even when nobody waits
	count    context.CancelFunc
	programs map[programKey]*filter.Program
	told     map[int]func(FilterProgress)
	nextID   int
	wg       sync.WaitGroup
}

type programKey struct {
	text string
	lang filter.Language
}

// maxPrograms bounds how many compiled filters a session keeps; those of the colour rules are among them.
const maxPrograms = 2 * MaxColors

// job asks one list's filter of all events there are. One goroutine works on it: it ends with the events, with the last
// who waits unless the list is shown, and with the session.
type job struct {
	q      Query
	cancel context.CancelFunc
	users  int // under asking.mu

	mu    sync.Mutex    // guards all below
	set   *index.Set    // so far; may be nil
	err   error         // why it ended early
	over  bool          // it ended
	owed  bool          // somebody went on with what was there, and is to be told of the end
	moved chan struct{} // closed when any of them changes
}

// move tells what is there now, and returns whether the end is to be told of.
func (j *job) move(set *index.Set, err error, over bool) (owed bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.set, j.err, j.over = set, err, over
	close(j.moved)
	j.moved = make(chan struct{})
	return j.owed
}

// taken is what is there if the job is over or that is enough; else more is closed when there is more.
func (j *job) taken(enough func(*index.Set) bool) (set *index.Set, more <-chan struct{}, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.over && j.err != nil:
		return nil, nil, j.err
	case j.over:
		return j.set, nil, nil
	case j.set != nil && enough(j.set):
		j.owed = true
		return j.set, nil, nil
	}
	return nil, j.moved, nil
}

// program compiles a filter; nil for an empty one. The error is a *FilterError.
func (s *Session) program(text string, lang filter.Language) (*filter.Program, error) {
	k := programKey{text, lang}
	a := &s.asking
	a.mu.Lock()
	p := a.programs[k]
	a.mu.Unlock()
	if p != nil {
		return p, nil
	}
	r := filter.Read(text, lang)
	if r.Valid() && r.Tree.Root == nil {
		return nil, nil
	}
	p, err := r.Compile()
	if err != nil {
		return nil, &FilterError{&filter.Invalid{Text: text, Diags: r.Diags}}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.programs) >= maxPrograms || a.programs == nil {
		a.programs = map[programKey]*filter.Program{}
	}
	a.programs[k] = p
	return p, nil
}

func (s *Session) ask(q Query) index.Ask { return index.Ask{List: q.list(), Loc: s.loc} }

// pageWait is how long a page waits for rows of a filter that takes long.
const pageWait = 150 * time.Millisecond

// listed returns the rows of a list that is shown, nil when it has no filter. It returns when there are as many as are
// asked for, when all events were asked, or after a while.
func (s *Session) listed(ctx context.Context, q Query, rows uint64) (*index.Set, error) {
	p, err := s.program(q.Filter, q.Language)
	if err != nil {
		return nil, err
	}
	q = q.unsorted()
	s.asking.show(q)
	if p == nil {
		return nil, nil
	}
	timer := time.NewTimer(pageWait)
	defer timer.Stop()
	return s.wait(ctx, q, p, timer.C, func(set *index.Set) bool { return uint64(set.Rows()) >= rows })
}

// whole returns all rows of a list, nil when it has no filter.
func (s *Session) whole(ctx context.Context, q Query) (*index.Set, error) {
	p, err := s.program(q.Filter, q.Language)
	if err != nil || p == nil {
		return nil, err
	}
	return s.wait(ctx, q.unsorted(), p, nil, func(*index.Set) bool { return false })
}

// wait waits for a job until it has enough, is over, or patience ends.
func (s *Session) wait(ctx context.Context, q Query, p *filter.Program, patience <-chan time.Time, enough func(*index.Set) bool) (*index.Set, error) {
	q = q.unsorted()
	j, err := s.use(q, p)
	if err != nil {
		return nil, err
	}
	defer s.asking.leave(j)
	for {
		set, more, err := j.taken(enough)
		if more == nil {
			return set, err
		}
		select {
		case <-more:
		case <-patience:
			patience, enough = nil, func(*index.Set) bool { return true } // what there is, or whatever comes first
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// use returns the job of a list, one that was begun now when none is at work. leave must be called.
func (s *Session) use(q Query, p *filter.Program) (*job, error) {
	a := &s.asking
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, ErrClosed
	}
	if j := a.jobs[q]; j != nil {
		j.users++
		return j, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job{q: q, cancel: cancel, users: 1, moved: make(chan struct{})}
	if a.jobs == nil {
		a.jobs = map[Query]*job{}
	}
	a.jobs[q] = j
	a.wg.Go(func() { s.run(ctx, j, p) })
	return j, nil
}

// leave ends a job that nobody wants.
func (a *asking) leave(j *job) {
	a.mu.Lock()
	defer a.mu.Unlock()
	j.users--
	a.drop(j)
}

// drop cancels a job that nobody wants, so that the next who does begins another.
func (a *asking) drop(j *job) {
	if j.users > 0 || j.q == a.shown {
		return
	}
	j.cancel()
	if a.jobs[j.q] == j {
		delete(a.jobs, j.q)
	}
}

// show notes which list is shown; the filter of the one before is not asked any further.
func (a *asking) show(q Query) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shown == q {
		return
	}
	before := a.jobs[a.shown]
	a.shown = q
	if before != nil {
		a.drop(before)
	}
}

// close ends all jobs and waits for them.
func (a *asking) close() {
	a.mu.Lock()
	a.closed = true
	for _, j := range a.jobs {
		j.cancel()
	}
	a.mu.Unlock()
	a.wg.Wait()
}

// progressEvery is how often the progress of a filter is told. Those that take less are told of only where somebody went on
// with what was there before the end.
const progressEvery = 200 * time.Millisecond

// run asks the filter and ends the job.
func (s *Session) run(ctx context.Context, j *job, p *filter.Program) {
	start := time.Now()
	last := start
	set, err := s.shared.x.Select(ctx, p, s.ask(j.q), func(set *index.Set) {
		j.move(set, nil, false)
		if now := time.Now(); now.Sub(last) >= progressEvery {
			last = now
			s.asking.tell(s.progressOf(j.q, set, false, now.Sub(start)))
		}
	})
	a := &s.asking
	a.mu.Lock()
	if a.jobs[j.q] == j {
		delete(a.jobs, j.q)
	}
	a.mu.Unlock()
	j.cancel()
	owed := j.move(set, err, true)
	if took := time.Since(start); err == nil && (owed || took >= progressEvery) {
		a.tell(s.progressOf(j.q, set, true, took))
	}
}

func (s *Session) progressOf(q Query, set *index.Set, done bool, took time.Duration) FilterProgress {
	p := s.shared.x.Progress()
	return FilterProgress{Query: q, Matched: uint64(set.Rows()), Asked: uint64(set.Asked()), Of: uint64(p.Events), Done: done && p.Done, Took: took}
}

func (a *asking) tell(p FilterProgress) {
	a.mu.Lock()
	list := make([]func(FilterProgress), 0, len(a.told))
	for _, f := range a.told {
		list = append(list, f)
	}
	a.mu.Unlock()
	for _, f := range list {
		f(p)
	}
}

// OnFiltered calls told while a filter that takes longer is being asked, at most five times a second, and when it has
// been asked of all events. told does not block.
func (s *Session) OnFiltered(told func(FilterProgress)) (stop func()) {
	a := &s.asking
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told == nil {
		a.told = map[int]func(FilterProgress){}
	}
	id := a.nextID
	a.nextID++
	a.told[id] = told
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.told, id)
	}
}
