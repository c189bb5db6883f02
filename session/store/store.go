package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/buntdb"
)

// Options are what Open needs. The zero value works.
type Options struct {
	Dir    string       // where the file is; empty is what Dir returns
	Logger *slog.Logger // nil logs nothing
}

// Kind names a kind of record.
type Kind string

// The kinds.
const (
	KindRecent   Kind = "recent"
	KindHistory  Kind = "history"
	KindSaved    Kind = "saved"
	KindButtons  Kind = "buttons"
	KindColumns  Kind = "columns"
	KindView     Kind = "view"
	KindSettings Kind = "settings"
	KindColors   Kind = "colors"
)

// Change tells which kinds of records changed.
type Change struct {
	Kinds []Kind
	Own   bool // by this process
}

// Store keeps records. All methods may be called by many goroutines at once.
type Store struct {
	path string // of the file; "" when all is in memory
	log  *slog.Logger
	now  func() time.Time
	stop chan struct{} // ends the watcher
	done chan struct{} // closed when it has ended

	mu       sync.Mutex // guards all below, and is held longer than the lock between processes
	db       *buntdb.DB // nil after Close
	lock     *fileLock
	seen     fs.FileInfo       // of the file when db was in step with it
	was      map[string]string // what db held before the file is read again; nil when nothing is known of it
	foreign  []Kind            // that another process changed and nobody was told of
	readOnly string            // why nothing can be kept; else ""
	problems []string
	watch    map[int]func(Change)
	nextID   int
}

// version is that of the scheme of keys and values.
const version = "1"

// ErrClosed is returned by all methods after Close.
var ErrClosed = errors.New("the store is closed")

// ErrReadOnly is wrapped by errors of changes that cannot be kept, for a reason that Problems tells.
var ErrReadOnly = errors.New("nothing can be kept")

// ErrInvalid is wrapped by errors about records that cannot be kept as they are: one without a name, or too long.
var ErrInvalid = errors.New("cannot be kept")

// Open opens the store, and makes it when there is none. There is always a store: where no file can be made or locked
// it is kept in memory, and Problems tells.
func Open(o Options) *Store {
	s := &Store{
		log: o.Logger, now: time.Now, stop: make(chan struct{}), done: make(chan struct{}), watch: map[int]func(Change){},
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.open(o.Dir); err != nil {
		s.problem("Filters, recent captures and views are not kept beyond this run: " + err.Error())
		s.path = ""
		s.openMemory()
	}
	if s.path == "" {
		close(s.done)
		return s
	}
	go s.follow()
	return s
}

// Memory returns a store that is gone with the process.
func Memory() *Store {
	s := &Store{
		log: slog.New(slog.DiscardHandler), now: time.Now, stop: make(chan struct{}), done: make(chan struct{}),
		watch: map[int]func(Change){},
	}
	close(s.done)
	s.openMemory()
	return s
}

func (s *Store) openMemory() {
	db, err := buntdb.Open(":memory:")
	if err != nil {
		panic(err) // it opens no file
	}
	s.db, s.readOnly = db, ""
}

func (s *Store) open(dir string) error {
	if dir == "" {
		var err error
		if dir, err = Dir(); err != nil {
			return fmt.Errorf("find the directory for them: %w", err)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the directory for them: %w", err)
	}
	lock, err := openLock(filepath.Join(dir, "store.lock"))
	if err != nil {
		return fmt.Errorf("open the lock: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.path, s.lock = filepath.Join(dir, "store.db"), lock
	err = s.locked(func() error { return nil })
	if err != nil {
		err = errors.Join(err, s.close())
	}
	return err
}

// Path returns the file's path, "" when all is in memory.
func (s *Store) Path() string { return s.path }

// Problems returns sentences for people about what is wrong: a damaged file, a directory that cannot be written.
func (s *Store) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.problems...)
}

func (s *Store) problem(text string) {
	s.log.Warn("store", "problem", text)
	s.problems = append(s.problems, text)
}

// OnChange calls f after a change by this process or another one, until stop is called. f must not block. It may still
// run while stop returns.
func (s *Store) OnChange(f func(Change)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextID
	s.nextID++
	s.watch[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watch, id)
	}
}

// tell calls those who asked for changes.
func (s *Store) tell(c Change) {
	if len(c.Kinds) == 0 {
		return
	}
	s.mu.Lock()
	var all []func(Change)
	for _, f := range s.watch {
		all = append(all, f)
	}
	s.mu.Unlock()
	for _, f := range all {
		f(c)
	}
}

// locked runs f while no other process can write, with db in step with the file. s.mu is held.
func (s *Store) locked(f func() error) error {
	if err := s.lock.lock(); err != nil {
		return err
	}
	defer func() {
		if err := s.lock.unlock(); err != nil {
			s.log.Error("store not unlocked", "err", err)
		}
	}()
	if err := s.refresh(); err != nil {
		return err
	}
	return f()
}

// changed reports whether the file is another one than db was read from.
func (s *Store) changed() bool {
	fi, err := os.Stat(s.path)
	return err != nil || s.seen == nil || !os.SameFile(fi, s.seen) || fi.Size() != s.seen.Size() ||
		!fi.ModTime().Equal(s.seen.ModTime())
}

// refresh reads the file again if it was changed. The lock is held.
func (s *Store) refresh() error {
	if s.db != nil && !s.changed() {
		return nil
	}
	if s.db != nil {
		s.was = s.all()
		if err := s.db.Close(); err != nil {
			s.log.Warn("store not closed", "err", err)
		}
		s.db = nil
	}
	if err := s.repair(); err != nil {
		return err
	}
	db, err := buntdb.Open(s.path)
	if err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	s.db = db
	if err := db.SetConfig(buntdb.Config{SyncPolicy: buntdb.Always, AutoShrinkDisabled: true}); err != nil {
		return fmt.Errorf("open %s: %w", s.path, err)
	}
	if err := s.checkVersion(); err != nil {
		return err
	}
	if s.was != nil {
		s.foreign = append(s.foreign, differ(s.was, s.all())...)
		s.was = nil
	}
	s.seen, err = os.Stat(s.path)
	return err
}

// takeForeign returns the kinds that another process changed, once. s.mu is held.
func (s *Store) takeForeign() (kinds []Kind) {
	kinds, s.foreign = s.foreign, nil
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// checkVersion refuses to write a file of a newer scheme, and marks a new one.
func (s *Store) checkVersion() error {
	var have string
	err := s.db.Update(func(tx *buntdb.Tx) error {
		var err error
		have, err = tx.Get("meta/version")
		if errors.Is(err, buntdb.ErrNotFound) {
			have = version
			_, _, err = tx.Set("meta/version", version, nil)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", s.path, err)
	}
	s.readOnly = ""
	if have != version {
		s.readOnly = fmt.Sprintf("%s was written by a newer scapls (its scheme is %.20q, known is %s)", s.path, have, version)
		for _, p := range s.problems {
			if strings.Contains(p, s.readOnly) {
				return nil
			}
		}
		s.problem("Filters and views are read only: " + s.readOnly)
	}
	return nil
}

// follow looks for changes by other processes until Close.
func (s *Store) follow() {
	defer close(s.done)
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.tell(Change{Kinds: s.look()})
		}
	}
}

// followEvery is how often the file is looked at.
const followEvery = 700 * time.Millisecond

// look returns the kinds that another process changed and nobody was told of.
func (s *Store) look() []Kind {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lock == nil || s.db != nil && !s.changed() {
		return nil
	}
	if err := s.locked(func() error { return nil }); err != nil {
		s.log.Warn("store not read again", "err", err)
	}
	return s.takeForeign()
}

// Close ends the store. A file that has grown over a megabyte is rewritten.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.db == nil && s.lock == nil {
		s.mu.Unlock()
		return nil
	}
	close(s.stop)
	s.mu.Unlock()
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path != "" && s.readOnly == "" {
		if err := s.locked(s.shrink); err != nil {
			s.log.Warn("store not shrunk", "err", err)
		}
	}
	return s.close()
}

func (s *Store) close() (err error) {
	if s.db != nil {
		err = s.db.Close()
		s.db = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.close())
		s.lock = nil
	}
	return err
}
