package index

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/state"
)

// Index is one capture, indexed. All methods may be called by many goroutines at once, also while it is being built.
type Index struct {
	Name string

	in     *scapio.Input
	follow bool          // what is written to the file is taken in
	done   chan struct{} // closed when the file has been read
	gone   chan struct{} // closed when the building goroutine has ended
	stop   context.CancelFunc

	valuesOnce sync.Once
	values     *Values // see Values

	mu      sync.RWMutex // guards all below, and the machine
	m       *state.Machine
	segs    []*segment
	side    sidecar
	n       uint32 // events and packets so far
	packets []uint32
	pifs    []scapio.PacketInterface
	stats   Stats
	diags   []Diagnostic
	firstTS uint64
	enter   uint32 // the first enter half of a call, 0 if there is none
	ended   bool
	flips   uint32 // changes of flags since the events were added
	epoch   uint32 // changes whenever events so far may have other values than they had
	sets    cache  // of filters' results; has a lock of its own
	notes   notes
	maxTS   uint64
	watch   map[int]func(Progress)
	nextID  int
}

// Stats is what the whole capture says about itself.
type Stats struct {
	Compression  scapio.Compression
	FileSize     int64 // on disk; 0 for a pipe
	Bytes        int64 // uncompressed, read so far
	Sections     []Section
	Blocks       map[scapio.BlockType]uint64
	Skipped      map[scapio.BlockType]uint64 // blocks of no meaning here
	Types        []uint64                    // events per type number
	Unknown      map[uint16]uint64           // events per type newer than the table
	Enters       uint64                      // enter halves of calls
	Exits        uint64                      // exit halves
	Unmatched    uint64                      // exits without their enter half
	Orphans      uint64                      // those of threads that had entered calls before: their enters were lost
	Converted    uint64                      // events of an older shape
	MaxData      int                         // largest data kept of a call, bytes
	Drops        uint64                      // drop events
	FirstTS      uint64
	LastTS       uint64
	Threads, FDs int // first state
	Users        int
	Groups       int
	Interfaces   int
	Comments     []string
	Damaged      uint64 // events that cannot be read
	StateRefused uint64
	BuildTime    time.Duration
	Memory       string // why all columns are kept in memory, "" if they need not be
}

// Section is one section header.
type Section struct {
	Off          int64
	Major, Minor uint16
	First        uint32 // number of its first event
}

// Diagnostic tells of damage or doubt.
type Diagnostic struct {
	Fatal bool // reading ended here
	Off   int64
	Text  string
}

// Progress tells how far the index is.
type Progress struct {
	Events   uint32
	Fraction float64 // 0 when the size is not known
	Done     bool
}

// ErrEmpty says that a file holds no bytes.
var ErrEmpty = errors.New("the file is empty")

// Open begins to index the capture at path ("-" is standard input) and returns at once when the first bytes are a
// capture's.
func Open(ctx context.Context, path string) (*Index, error) { return open(ctx, path, false) }

// Follow is Open for a file that may still be written to: when it is complete and grows, indexing goes on where it
// stopped, until Close. Only plain files can be followed.
func Follow(ctx context.Context, path string) (*Index, error) { return open(ctx, path, true) }

func open(ctx context.Context, path string, follow bool) (*Index, error) {
	in, err := scapio.Open(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	x := &Index{
		Name: path, in: in, done: make(chan struct{}), gone: make(chan struct{}), stop: cancel, m: state.NewMachine(),
		watch: map[int]func(Progress){},
	}
	x.stats = Stats{
		Compression: in.Compression, FileSize: in.Size, Blocks: map[scapio.BlockType]uint64{},
		Skipped: map[scapio.BlockType]uint64{}, Types: make([]uint64, numTypes), Unknown: map[uint16]uint64{},
	}
	x.side.x, x.follow = x, follow && in.Compression == scapio.Plain && in.Size > 0
	b := &builder{x: x, r: scapio.NewReader(in)}
	if err := b.first(); err != nil {
		cancel()
		_ = in.Close() // nothing was written
		return nil, err
	}
	go func() { // ends with the file, or when Close cancels; blocks on reading the input, and on time when it follows
		defer close(x.gone)
		again := b.run(ctx)
		close(x.done)
		for x.follow && again {
			if again = b.grown(ctx); !again {
				return
			}
			b.reopen()
			again = b.run(ctx)
		}
	}()
	return x, nil
}

// Wait returns when the index is complete, or ctx ends.
func (x *Index) Wait(ctx context.Context) error {
	select {
	case <-x.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close stops building and frees everything.
func (x *Index) Close() error {
	x.stop()
	x.Values().close()
	if !x.in.Interrupt() {
		select {
		case <-x.gone:
		case <-time.After(time.Second): // it waits for standard input, which goes with the process
			return nil
		}
	}
	<-x.gone
	x.side.close()
	return x.in.Close()
}

// Progress returns how far the index is.
func (x *Index) Progress() Progress {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.progress()
}

func (x *Index) progress() Progress {
	p := Progress{Events: x.n, Done: x.ended}
	switch {
	case x.ended:
		p.Fraction = 1
	case x.stats.FileSize > 0:
		p.Fraction = min(1, float64(x.in.Consumed())/float64(x.stats.FileSize))
	}
	return p
}

// Stats returns what is known of the whole capture so far, and its damages.
func (x *Index) Stats() (Stats, []Diagnostic) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	s := x.stats
	s.Types = append([]uint64(nil), s.Types...)
	s.Sections = append([]Section(nil), s.Sections...)
	s.Comments = append([]string(nil), s.Comments...)
	s.Blocks, s.Skipped, s.Unknown = clone(s.Blocks), clone(s.Skipped), clone(s.Unknown)
	s.FirstTS, s.LastTS = x.firstTS, x.maxTS
	s.StateRefused = x.m.FDRefused
	return s, append([]Diagnostic(nil), x.diags...)
}

func clone[K comparable, V any](m map[K]V) map[K]V {
	c := make(map[K]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// Damaged reports whether any part of the capture could not be read.
func (x *Index) Damaged() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.diags) > 0
}

// OnGrow calls f when the index has grown and when it is complete; f must not block and not call the index.
func (x *Index) OnGrow(f func(Progress)) (stop func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	id := x.nextID
	x.nextID++
	x.watch[id] = f
	if x.ended {
		f(x.progress())
	}
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.watch, id)
	}
}

// checkNum says clearly which numbers there are.
func (x *Index) checkNum(n uint32) error {
	if n == 0 || n > x.n {
		return fmt.Errorf("%w: %d (the capture has events 1 to %d)", ErrNoEvent, n, x.n)
	}
	return nil
}

// ErrNoEvent says that there is no event with the number asked for.
var ErrNoEvent = errors.New("no such event")
