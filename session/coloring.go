package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
)

// ColorFilter is what a colour rule asks of a row.
type ColorFilter struct {
	Text     string
	Language filter.Language
}

// MaxColors is the most colour rules of one question: those that are kept, and as many that are there for a while.
const MaxColors = 250

// ColorsRequest asks how a list falls to colour rules, of which the first that matches a row counts.
type ColorsRequest struct {
	Query
	Colors []ColorFilter
	Parts  int // how many parts the list is cut into, each of as many rows; at most MaxColorParts
}

// MaxColorParts is the most parts that Colors tells of.
const MaxColorParts = 4096

// Colors tells how a list falls to colour rules.
type Colors struct {
	Total uint64        // rows of the list
	Parts []index.Share // in the order of the list
	Rules []ColorUse    // as they were asked
	Done  bool          // all rules were asked of all events there are, and the list is complete
}

// ColorUse is what falls to one rule.
type ColorUse struct {
	Matched uint64 // rows of the list that its filter matches
	Colored uint64 // those that no rule before it does
	Fault   string // why the filter cannot be used, in words; such a rule colours nothing
}

// ColorProgress tells that colour rules have been asked of more events.
type ColorProgress struct {
	View     ViewKind
	Internal bool
	Done     bool // of all
}

// colorRule is a rule that can be asked.
type colorRule struct {
	at int // in the request
	p  *filter.Program
}

// colorRules compiles rules; uses has the faults of those that cannot be.
func (s *Session) colorRules(list []ColorFilter) (rules []colorRule, uses []ColorUse, err error) {
	if len(list) > MaxColors {
		return nil, nil, badRequest("there are %d colour rules; at most %d can be asked at once", len(list), MaxColors)
	}
	uses = make([]ColorUse, len(list))
	for i, c := range list {
		p, err := s.program(c.Text, c.Language)
		var bad *FilterError
		switch {
		case errors.As(err, &bad):
			uses[i].Fault = faultOf(bad)
		case err != nil:
			return nil, nil, err
		case p == nil:
			uses[i].Fault = "it has no filter"
		default:
			rules = append(rules, colorRule{i, p})
		}
	}
	return rules, uses, nil
}

func faultOf(err *FilterError) string { return strings.TrimPrefix(err.Error(), "filter: ") }

// colorWait is how long a page waits for its colours, and Colors for the whole list.
const colorWait = 120 * time.Millisecond

// colorRows gives the rows of a page their colours: only the events around them are asked, unless that takes too long.
func (s *Session) colorRows(ctx context.Context, p *Page, req PageRequest) error {
	p.Colored = true
	rules, _, err := s.colorRules(req.Colors)
	if err != nil || len(rules) == 0 || len(p.Rows) == 0 {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, colorWait)
	defer cancel()
	open := make([]int, len(p.Rows)) // rows that no rule took
	for i := range open {
		open[i] = i
	}
	keys := make([]uint32, 0, len(open))
	for _, r := range rules {
		keys = keys[:0]
		for _, i := range open {
			keys = append(keys, uint32(p.Rows[i].Num))
		}
		in, known, err := s.shared.x.Among(limited, r.p, s.ask(req.Query), keys)
		if err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
		p.Colored = p.Colored && known == len(keys)
		rest := open[:0]
		for n, i := range open[:known] {
			if in[n] {
				p.Rows[i].Color = r.at + 1
			} else {
				rest = append(rest, i)
			}
		}
		if open = rest; len(open) == 0 {
			break
		}
	}
	if !p.Colored {
		s.painting.start(s, req.Query, rules, true)
	}
	return nil
}

// Colors tells how a list falls to colour rules. It returns soon with what is known; OnColored tells when there is more.
func (s *Session) Colors(ctx context.Context, req ColorsRequest) (*Colors, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	if req.Parts < 0 || req.Parts > MaxColorParts {
		return nil, badRequest("a list is cut into at most %d parts, not %d", MaxColorParts, req.Parts)
	}
	rules, uses, err := s.colorRules(req.Colors)
	if err != nil {
		return nil, err
	}
	program, err := s.program(req.Filter, req.Language)
	if err != nil {
		return nil, err
	}
	order, err := s.orderOf(ctx, req.Query)
	if err != nil {
		return nil, err
	}
	var in *index.Set
	if program != nil && order == nil {
		enough := time.NewTimer(pageWait)
		defer enough.Stop()
		if in, err = s.wait(ctx, req.Query.unsorted(), program, enough.C, func(*index.Set) bool { return false }); err != nil {
			return nil, err
		}
	}
	if j := s.painting.start(s, req.Query, rules, false); j != nil {
		timer := time.NewTimer(colorWait)
		defer timer.Stop()
		select {
		case <-j.over:
		case <-timer.C:
			s.painting.owe(j)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return s.colors(req, rules, uses, in, order), nil
}

// colors counts what is known.
func (s *Session) colors(req ColorsRequest, rules []colorRule, uses []ColorUse, in *index.Set, order *index.Order) *Colors {
	c := &Colors{Rules: uses, Done: true}
	sets := make([]*index.Set, len(req.Colors))
	for _, r := range rules {
		sets[r.at], _ = s.shared.x.Known(r.p, s.ask(req.Query))
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	for _, r := range rules {
		c.Done = c.Done && sets[r.at] != nil && sets[r.at].Asked() == snap.Len()
	}
	list := listing{snap, req.list(), in, order}
	c.Total = uint64(list.len())
	c.Done = c.Done && snap.Done() && (order != nil || list.asked() == snap.Len())
	var alone []uint32
	c.Parts, alone = snap.Shares(list.list, in, order, sets, max(req.Parts, 1))
	for i := range uses {
		uses[i].Matched = uint64(alone[i])
		for _, part := range c.Parts {
			uses[i].Colored += uint64(part.Of[i])
		}
	}
	if req.Parts == 0 {
		c.Parts = nil
	}
	return c
}

// painting is the colour rules of a session that are being asked of all events, in the background.
type painting struct {
	mu     sync.Mutex // guards all below
	closed bool
	jobs   []*paintJob // the latest last
	told   map[int]func(ColorProgress)
	nextID int
	wg     sync.WaitGroup
}

// paintJob asks rules one after the other. One goroutine works on it, which ends with the events, with the session and
// with newer jobs.
type paintJob struct {
	key    string
	cancel context.CancelFunc
	owed   bool          // the end is to be told of, however soon it comes; under painting.mu
	over   chan struct{} // closed when it ended
}

// maxPaintJobs is how many lists are coloured at once: several editors may show a capture, and rules be tried on it.
const maxPaintJobs = 4

// start begins to ask rules of all events unless that is going on already; nil when there is nothing to ask. Who goes on
// without the answer has the end told, also when all was asked meanwhile.
func (t *painting) start(s *Session, q Query, rules []colorRule, goesOn bool) *paintJob {
	rules = slices.DeleteFunc(slices.Clone(rules), func(r colorRule) bool {
		_, done := s.shared.x.Known(r.p, s.ask(q))
		return done
	})
	if len(rules) == 0 && !goesOn {
		return nil
	}
	key := paintKey(q, rules)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	if i := slices.IndexFunc(t.jobs, func(j *paintJob) bool { return j.key == key }); i >= 0 {
		t.jobs[i].owed = t.jobs[i].owed || goesOn
		return t.jobs[i]
	}
	for len(t.jobs) >= maxPaintJobs {
		t.jobs[0].cancel()
		t.jobs = t.jobs[1:]
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &paintJob{key: key, cancel: cancel, owed: goesOn, over: make(chan struct{})}
	t.jobs = append(t.jobs, j)
	t.wg.Go(func() { t.run(ctx, s, q, rules, j) })
	return j
}

// owe has the end of a job told to who goes on without it.
func (t *painting) owe(j *paintJob) {
	t.mu.Lock()
	defer t.mu.Unlock()
	j.owed = true
}

// paintKey tells jobs apart.
func paintKey(q Query, rules []colorRule) string {
	var b strings.Builder
	b.WriteString(string(q.View))
	if q.Internal {
		b.WriteString(" internal")
	}
	for _, r := range rules {
		b.WriteByte(0)
		b.WriteString(r.p.Key())
	}
	return b.String()
}

// run asks the rules and ends the job.
func (t *painting) run(ctx context.Context, s *Session, q Query, rules []colorRule, j *paintJob) {
	last := time.Now()
	tell := func(done bool) { t.tell(ColorProgress{View: q.View, Internal: q.Internal, Done: done}) }
	progress := func(*index.Set) {
		if now := time.Now(); now.Sub(last) >= progressEvery {
			last = now
			tell(false)
		}
	}
	for _, r := range rules {
		if _, err := s.shared.x.Select(ctx, r.p, s.ask(q), progress); err != nil {
			break
		}
	}
	t.mu.Lock()
	t.jobs = slices.DeleteFunc(t.jobs, func(o *paintJob) bool { return o == j })
	ended := ctx.Err() == nil
	wanted := !t.closed && (j.owed || !ended) // who wants the colours of one that newer jobs ended asks again
	t.mu.Unlock()
	j.cancel()
	close(j.over)
	if wanted {
		tell(ended)
	}
}

func (t *painting) tell(p ColorProgress) {
	t.mu.Lock()
	list := make([]func(ColorProgress), 0, len(t.told))
	for _, f := range t.told {
		list = append(list, f)
	}
	t.mu.Unlock()
	for _, f := range list {
		f(p)
	}
}

// close ends all jobs and waits for them.
func (t *painting) close() {
	t.mu.Lock()
	t.closed = true
	for _, j := range t.jobs {
		j.cancel()
	}
	t.mu.Unlock()
	t.wg.Wait()
}

// OnColored calls told while colour rules that take longer are being asked, at most five times a second, and when they
// have been asked of all events. told does not block.
func (s *Session) OnColored(told func(ColorProgress)) (stop func()) {
	t := &s.painting
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told == nil {
		t.told = map[int]func(ColorProgress){}
	}
	id := t.nextID
	t.nextID++
	t.told[id] = told
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.told, id)
	}
}
