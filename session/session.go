package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evt"
)

// Options of a session. The zero value works.
type Options struct {
	Logger *slog.Logger   // nil: nothing is logged
	Loc    *time.Location // zone that times are shown in; nil: the environment's
}

// Session is one open capture for one client. Its methods may be called by many goroutines at once; Close comes last.
type Session struct {
	shared *shared
	loc    *time.Location
	closed atomic.Bool
	pool   sync.Pool // *worker
	asking asking    // filters at work
	noted  noted

	sortings sortings // orders of lists
	tables   tables

	painting painting // colour rules at work
}

// worker is what one request needs to read events.
type worker struct {
	cur index.Cursor
	ctx field.Ctx
}

// shared is one index that sessions of the same file have in common.
type shared struct {
	x    *index.Index
	key  fileKey
	refs int
}

// fileKey tells a file's content apart as far as the system does without reading it.
type fileKey struct {
	path  string
	size  int64
	mtime time.Time
}

// indexes are the open ones. The lock is held while a file is opened, which reads its first block only.
var indexes struct {
	sync.Mutex
	open map[fileKey]*shared
}

// Open opens the capture at path and returns when its first block has been read; indexing goes on. A file that is open
// already shares its index.
func Open(ctx context.Context, path string, o Options) (*Session, error) {
	sh, err := acquire(ctx, path)
	if err != nil {
		return nil, &OpenError{Path: path, Err: err}
	}
	s := &Session{shared: sh, loc: o.Loc}
	if s.loc == nil {
		s.loc = time.Local
	}
	s.pool.New = func() any { return &worker{ctx: field.Ctx{Style: evt.Style{Loc: s.loc}}} }
	s.settle(ctx)
	if o.Logger != nil {
		o.Logger.Info("capture opened", "path", path)
	}
	return s, nil
}

// settleTime is how long Open waits at most for the first rows, so that it can tell whether the views differ.
const settleTime = 60 * time.Millisecond

func (s *Session) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	grown := make(chan struct{}, 1)
	stop := s.shared.x.OnGrow(func(index.Progress) {
		select {
		case grown <- struct{}{}:
		default:
		}
	})
	defer stop()
	for !s.HasCalls() && !s.shared.x.Progress().Done {
		select {
		case <-grown:
		case <-ctx.Done():
			return
		}
	}
}

func acquire(ctx context.Context, path string) (*shared, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	st, err := os.Stat(abs)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() { // opening a pipe would wait for its writer
		return nil, errors.New("it is no regular file; \"scapls read -\" reads a pipe")
	}
	key := fileKey{abs, st.Size(), st.ModTime()}
	indexes.Lock()
	defer indexes.Unlock()
	for _, sh := range indexes.open {
		if sh.key == key || sh.key.path == abs && sh.x.Follows(st) {
			sh.refs++
			return sh, nil
		}
	}
	x, err := index.Follow(ctx, abs)
	if err != nil {
		return nil, err
	}
	sh := &shared{x: x, key: key, refs: 1}
	if indexes.open == nil {
		indexes.open = map[fileKey]*shared{}
	}
	indexes.open[key] = sh
	return sh, nil
}

// Close ends the session; the last one of a file frees its index.
func (s *Session) Close() error {
	if s.closed.Swap(true) {
		return ErrClosed
	}
	s.sortings.close()
	s.asking.close()
	s.painting.close()
	indexes.Lock()
	defer indexes.Unlock()
	sh := s.shared
	if sh.refs--; sh.refs > 0 {
		return nil
	}
	delete(indexes.open, sh.key)
	return sh.x.Close()
}

// HasCalls reports whether the capture holds both halves of calls, so that the two views differ.
func (s *Session) HasCalls() bool {
	snap := s.shared.x.Acquire()
	defer snap.Release()
	return snap.HasCalls()
}

// Progress returns how far the capture is indexed, and its damages.
func (s *Session) Progress() Progress {
	p := s.shared.x.Progress()
	_, diags := s.shared.x.Stats()
	return Progress{Events: uint64(p.Events), Fraction: p.Fraction, Done: p.Done, Calls: s.HasCalls(), Diagnostics: diagnostics(diags)}
}

func diagnostics(list []index.Diagnostic) []Diagnostic {
	out := make([]Diagnostic, 0, len(list))
	for _, d := range list {
		sev := "warning"
		if d.Fatal {
			sev = "error"
		}
		out = append(out, Diagnostic{Severity: sev, Offset: uint64(max(d.Off, 0)), Message: d.Text})
	}
	return out
}

// growPause is the least time between two calls of what OnGrow was given.
const growPause = 50 * time.Millisecond

// OnGrow calls grown after the capture's index grew, at most twenty times a second, and when it is complete. A file
// that is still written to may grow again after that.
func (s *Session) OnGrow(grown func(Progress)) (stop func()) {
	signal := make(chan struct{}, 1)
	quit := make(chan struct{})
	unwatch := s.shared.x.OnGrow(func(index.Progress) {
		select {
		case signal <- struct{}{}:
		default:
		}
	})
	go func() { // ends with stop; blocks on grown, which does not
		for {
			select {
			case <-quit:
				return
			case <-signal:
			}
			grown(s.Progress())
			select {
			case <-quit:
				return
			case <-time.After(growPause):
			}
		}
	}()
	var once sync.Once
	return func() { once.Do(func() { unwatch(); close(quit) }) }
}

func (s *Session) worker() *worker { return s.pool.Get().(*worker) }

func (s *Session) free(w *worker) {
	w.ctx.Style.Legacy = false
	s.pool.Put(w)
}

// key returns the key of an event that a client names: 0 stands for the end of the capture.
func (s *Session) key(snap index.Snapshot, num uint64) (uint32, error) {
	if num == 0 {
		num = uint64(snap.Len())
	}
	if num > uint64(snap.Len()) || num == 0 && snap.Len() > 0 {
		return 0, fmt.Errorf("%w: %d (there are %d so far)", ErrNoEvent, num, snap.Len())
	}
	return uint32(num), nil
}

func (q Query) list() index.List { return index.List{Calls: q.View == CallsView, Internal: q.Internal} }

func noEvent(err error) error {
	if errors.Is(err, index.ErrNoEvent) {
		return fmt.Errorf("%w: %w", ErrNoEvent, err)
	}
	return err
}
