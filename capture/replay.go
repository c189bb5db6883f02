package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/capture/procscan"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
)

// Replay gives the events of a capture that arrives as bytes, so that they can be printed, and split into files, as those
// of this machine are. A goroutine reads ahead; it ends with the stream.
type Replay struct {
	Comments []string // of the stream's section header

	in      *scapio.Reader
	blocks  int
	first   *procscan.Snapshot
	held    []live.Event // of the batch at hand, not given yet
	batches chan []live.Event
	err     error // why it ended; set before batches is closed

	mu       sync.Mutex // guards deadline
	deadline time.Time
	quit     chan struct{}
	once     sync.Once
}

// NewReplay reads a stream up to its first event. First returns the state that stands before it.
func NewReplay(r io.Reader) (*Replay, error) {
	p := &Replay{in: scapio.NewReader(r), first: &procscan.Snapshot{FDs: map[int64][]scapio.FD{}}, batches: make(chan []live.Event, 4), quit: make(chan struct{})}
	for {
		b, err := p.in.Next()
		if errors.Is(err, io.EOF) {
			close(p.batches)
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		if b.Type.IsEvent() {
			e, err := replayed(&b)
			if err != nil {
				return nil, err
			}
			go p.read(e)
			return p, nil
		}
		p.blocks++
		if err := p.list(&b); err != nil {
			return nil, err
		}
	}
}

// Empty reports whether the stream ended before its first block.
func (p *Replay) Empty() bool { return p.blocks == 0 }

// First returns the state that the stream begins with.
func (p *Replay) First() *procscan.Snapshot { return p.first }

// list takes in a block of the first state.
func (p *Replay) list(b *scapio.Block) (err error) {
	f := p.first
	switch t := b.Type; t {
	case scapio.SectionHeader:
		const fixed = 16 // byte order, version, length
		if len(b.Body) >= fixed {
			scapio.Options(b.Body[fixed:], func(code uint16, value []byte) {
				if code == scapio.CommentOption("").Code {
					p.Comments = append(p.Comments, string(value))
				}
			})
		}
	case scapio.MachineInfo, scapio.MachineInfoInt:
		f.Machine, err = scapio.ParseMachine(b.Body)
	case scapio.InterfaceListV1, scapio.InterfaceListV2, scapio.InterfaceListV1Int:
		f.Interfaces, err = scapio.ParseInterfaces(t, b.Body)
	case scapio.UserListV1, scapio.UserListV2, scapio.UserListV1Int:
		f.Users, f.Groups, err = scapio.ParseUsers(t, b.Body)
	case scapio.FDListV1, scapio.FDListV2, scapio.FDListV1Int:
		var tid int64
		var list []scapio.FD
		tid, list, err = scapio.ParseFDs(t, b.Body)
		f.FDs[tid] = append(f.FDs[tid], list...)
	default:
		if scapio.ProcListVersion(t) > 0 {
			var list []scapio.Thread
			list, err = scapio.ParseThreads(t, b.Body)
			f.Threads = append(f.Threads, list...)
		}
	}
	return err
}

// replayed makes an event of a block; its bytes are its own.
func replayed(b *scapio.Block) (live.Event, error) {
	cpu, flags, raw, err := scapio.EventBody(b.Type, b.Body)
	if err != nil {
		return live.Event{}, err
	}
	var ev evt.Event
	if err := ev.Decode(raw, b.Type.HasCount()); err != nil {
		return live.Event{}, fmt.Errorf("an event that cannot be read: %w", err)
	}
	e := live.Event{CPU: cpu, Type: ev.Type, TS: ev.TS, TID: ev.TID, Flags: flags}
	if b.Type.HasCount() {
		e.Raw = bytes.Clone(ev.Raw)
	} else {
		e.Raw = ev.AppendCounted(nil)
	}
	return e, nil
}

// replayBatch is how many events are handed over at once where many wait.
const replayBatch = 256

func (p *Replay) read(first live.Event) {
	defer close(p.batches)
	batch := []live.Event{first}
	for {
		if len(batch) >= replayBatch || len(batch) > 0 && !p.in.Ready() {
			select {
			case p.batches <- batch:
			case <-p.quit:
				return
			}
			batch = nil
		}
		b, err := p.in.Next()
		var e live.Event
		switch {
		case err != nil:
		case !b.Type.IsEvent():
			continue // nothing but events follows a first state
		default:
			e, err = replayed(&b)
		}
		if err != nil {
			if len(batch) > 0 {
				select {
				case p.batches <- batch:
				case <-p.quit:
				}
			}
			p.err = err
			return
		}
		batch = append(batch, e)
	}
}

// Next gives the next event; io.EOF when the stream has ended, or broke off, which who writes it knows.
func (p *Replay) Next(e *live.Event) error {
	for len(p.held) == 0 {
		p.mu.Lock()
		d := p.deadline
		p.mu.Unlock()
		select {
		case batch, ok := <-p.batches:
			if !ok {
				return p.ended()
			}
			p.held = batch
			continue
		default:
		}
		var timeout <-chan time.Time
		if !d.IsZero() {
			t := time.NewTimer(time.Until(d))
			defer t.Stop()
			timeout = t.C
		}
		select {
		case batch, ok := <-p.batches:
			if !ok {
				return p.ended()
			}
			p.held = batch
		case <-timeout:
			return os.ErrDeadlineExceeded
		}
	}
	*e, p.held = p.held[0], p.held[1:]
	return nil
}

func (p *Replay) ended() error {
	if p.err == nil || errors.Is(p.err, io.EOF) || errors.Is(p.err, io.ErrUnexpectedEOF) || errors.Is(p.err, scapio.ErrTruncated) {
		return io.EOF
	}
	return p.err
}

// SetDeadline sets when a waiting Next gives up.
func (p *Replay) SetDeadline(t time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = t
}

// Stop lets the reading goroutine go.
func (p *Replay) Stop() error {
	p.once.Do(func() { close(p.quit) })
	return nil
}

// Stats returns no counters: who writes the stream has them.
func (p *Replay) Stats() (live.Stats, error) { return live.Stats{}, nil }
