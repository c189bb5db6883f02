//go:build linux && (amd64 || arm64)

package live

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/scapls/scapls/capture/bpf"
)

// Probe records system calls. See Open. Its methods may be called by several goroutines, but Next and SetDeadline only
// by one at a time. It starts no goroutines.
type Probe struct {
	log    *slog.Logger
	opts   Options
	coll   *ebpf.Collection
	links  []link.Link
	follow *ebpf.Map
	states *ebpf.Map
	on     *ebpf.Variable

	stopped atomic.Bool
	closed  atomic.Bool

	// of the goroutine that calls Next
	merge    *merger
	rec      record
	deadline time.Time
	idle     time.Duration
	caughtUp bool // there was little at the last look, and it was taken
	ending   bool // and there will be no more
	round    round
	batch    uint64 // maxBatch

	// The ring and the stages are unmapped by Close, which waits for a Next that reads them.
	ringMu sync.Mutex
	ring   *ring
	stages *stages

	events, bytes, cut, decode atomic.Uint64
}

// Open loads the BPF programs and attaches them; nothing is recorded before Start. Errors are *PermissionError when
// rights are missing, *UnsupportedError when the kernel lacks something.
func Open(opts Options) (*Probe, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	p := &Probe{log: opts.Logger, opts: opts, batch: maxBatch}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if err := p.load(); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Probe) load() error {
	spec, err := prepare(&p.opts)
	if err != nil {
		return err
	}
	if p.coll, err = ebpf.NewCollection(spec); err != nil {
		return loadError(p.log, err)
	}
	p.follow, p.states, p.on = p.coll.Maps["follow"], p.coll.Maps["states"], p.coll.Variables["recording"]
	if err := fillMaps(p.coll, &p.opts); err != nil {
		return err
	}
	if p.ring, err = openRing(p.coll.Maps["ring"]); err != nil {
		return err
	}
	if p.stages, err = openStages(p.coll.Maps["scratches"]); err != nil {
		return err
	}
	p.merge = newMerger(newEncoder(&byNumber, p.opts.Newest, p.opts.ExitOnly, bootTime()))
	return p.attach()
}

// attachOrder has what must be there first first: processes are followed before their calls are seen, and an exit
// without its enter is less than an enter without its exit.
var attachOrder = []string{
	"sched_process_fork", "sched_process_exit", "sched_process_exec", "sched_switch", "sys_exit", "sys_enter", "signal_deliver",
	"page_fault_user", "page_fault_kernel",
}

func (p *Probe) attach() error {
	for _, name := range attachOrder {
		prog := p.coll.Programs[name]
		if prog == nil {
			continue
		}
		l, err := link.AttachTracing(link.TracingOptions{Program: prog})
		if err != nil {
			return &UnsupportedError{Feature: "tracepoint " + name, Needs: "tp_btf programs (Linux 5.8 with CONFIG_DEBUG_INFO_BTF)", Err: err}
		}
		p.links = append(p.links, l)
	}
	return nil
}

// Start begins recording. The processes that exist should be listed after Start returns and before the first Next:
// what changes meanwhile waits in the ring and is applied to the list by the events.
func (p *Probe) Start() error {
	if err := p.on.Set(uint32(1)); err != nil {
		return fmt.Errorf("start recording: %w", err)
	}
	return nil
}

// Stop ends recording. Next gives what is left in the ring, then io.EOF.
func (p *Probe) Stop() error {
	if p.stopped.Swap(true) || p.on == nil {
		return nil
	}
	if err := p.on.Set(uint32(0)); err != nil {
		return fmt.Errorf("stop recording: %w", err)
	}
	return nil
}

// Close stops and frees everything. A Next that waits returns io.EOF.
func (p *Probe) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.stopped.Store(true)
	var errs []error
	for _, l := range p.links {
		errs = append(errs, l.Close())
	}
	p.ringMu.Lock()
	defer p.ringMu.Unlock()
	if p.ring != nil {
		p.ring.close()
		p.ring = nil
	}
	if p.stages != nil {
		p.stages.close()
		p.stages = nil
	}
	if p.coll != nil {
		p.coll.Close()
	}
	return errors.Join(errs...)
}

// How long a waiting Next sleeps between looks at the ring, at first and at most. It sleeps also when there may be a
// little more by now: to take records in batches costs the processors that write them less than to be at their heels.
const (
	minIdle = time.Millisecond
	maxIdle = 20 * time.Millisecond
)

// maxBatch is how many bytes of the ring are taken at once.
const maxBatch = 4 << 20

// Next fills in the next event and waits for one if need be. Events come in the order of time, but for one case: the
// begin of a call that kept its processor for longer than 10 ms without being switched away comes with its end. Next
// answers io.EOF when the probe was stopped and everything was given, os.ErrDeadlineExceeded when the deadline passed.
// An error leaves the probe usable.
func (p *Probe) Next(ev *Event) error {
	for {
		if p.merge.pop(ev) {
			p.events.Add(1)
			p.bytes.Add(uint64(len(ev.Raw)))
			return nil
		}
		if p.ending {
			return io.EOF
		}
		if p.caughtUp && !p.stopped.Load() {
			if err := p.wait(); err != nil {
				return err
			}
		}
		if err := p.collect(); err != nil {
			return err
		}
	}
}

// round is the taking of all that there was at one look. Until it is over, an earlier event may lie further behind in
// the ring, in a block that another processor took long to fill.
type round struct {
	open    bool
	stopped bool   // before the look
	now     uint64 // the time before the look
	begin   uint64 // the position in the ring
}

// collect takes a batch of records, and after the last of the round says how far their events may be given.
func (p *Probe) collect() error {
	p.ringMu.Lock()
	defer p.ringMu.Unlock()
	if p.ring == nil || p.stages == nil {
		return io.EOF
	}
	if !p.round.open {
		// The order matters: what a processor had before what waits at it is in the ring by then.
		p.round = round{open: true, stopped: p.stopped.Load(), now: bootNow(), begin: p.ring.at}
		waits := p.stages.look()
		if p.ring.look() > 0 || waits {
			p.idle = 0
		}
	}
	begin := p.ring.at
	p.caughtUp = false
	for p.ring.at-begin < p.batch {
		b := p.ring.next()
		if b == nil {
			p.caughtUp = p.ring.at < p.ring.limit // one is being written
			break
		}
		var k block
		if err := k.decode(b); err != nil {
			p.misunderstood(err)
			continue
		}
		p.add(k.cpu, p.stages.fresh(&k))
		p.ring.release(p.ring.at, false)
	}
	if p.ring.at == p.ring.limit {
		p.endRound()
	} else {
		p.midRound()
	}
	p.ring.release(p.ring.at, p.caughtUp)
	p.cut.Store(p.merge.enc.cut)
	return nil
}

// midRound lets those events go that are older than all in the rest of the round, so that a reader that is behind does
// not hold more and more of them.
func (p *Probe) midRound() {
	behind := make([]bool, len(p.stages.cpus))
	least := p.round.now
	whole := p.ring.rest(func(b []byte) {
		var k block
		if k.decode(b) == nil && int(k.cpu) < len(behind) {
			behind[k.cpu] = true
			least = min(least, k.begin())
		}
	})
	if !whole {
		return
	}
	for cpu, more := range behind {
		if !more { // so its turn is now
			p.add(uint16(cpu), p.stages.cpus[cpu].take())
		}
	}
	p.merge.watermark = max(p.merge.watermark, least+p.merge.enc.epoch-holdBack)
}

// endRound takes what waited at the processors.
func (p *Probe) endRound() {
	for cpu := range p.stages.cpus {
		p.add(uint16(cpu), p.stages.cpus[cpu].take())
	}
	r := &p.round
	r.open = false
	p.caughtUp = p.ring.at-r.begin < p.batch
	p.merge.watermark = r.now + p.merge.enc.epoch - holdBack
	if r.stopped {
		p.ending, p.merge.watermark = true, math.MaxUint64
	}
}

// add decodes records of a processor for the merge.
func (p *Probe) add(cpu uint16, records []byte) {
	for len(records) > 0 {
		var b []byte
		if b, records = cutRecord(records); b == nil {
			p.misunderstood(errRecord)
			return
		}
		if err := p.rec.decode(b); err != nil {
			p.misunderstood(err)
			continue
		}
		p.rec.cpu = cpu
		p.merge.add(&p.rec)
	}
}

func (p *Probe) misunderstood(err error) {
	p.decode.Add(1)
	p.log.Warn("a record of the probe cannot be understood", "err", err)
}

func (p *Probe) wait() error {
	p.idle = min(max(2*p.idle, minIdle), maxIdle)
	d := p.idle
	if p.merge.queued > 0 {
		d = min(d, holdBack/4)
	}
	if !p.deadline.IsZero() {
		left := time.Until(p.deadline)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		d = min(d, left)
	}
	time.Sleep(d)
	return nil
}

// SetDeadline sets when a waiting Next answers os.ErrDeadlineExceeded; the zero time: never. Call it from the
// goroutine that calls Next.
func (p *Probe) SetDeadline(t time.Time) { p.deadline = t }

// AddPID records one more process (its thread group) and what it starts from now on. It needs Options.PIDs or
// FollowOnly, without which all processes are recorded anyway.
func (p *Probe) AddPID(pid int32) error {
	if err := p.follow.Put(uint32(pid), uint8(1)); err != nil {
		return fmt.Errorf("follow process %d: %w", pid, err)
	}
	return nil
}

// Stats returns the counters.
func (p *Probe) Stats() (Stats, error) {
	s := Stats{Events: p.events.Load(), Bytes: p.bytes.Load(), Truncated: p.cut.Load()}
	p.ringMu.Lock()
	defer p.ringMu.Unlock()
	if p.ring == nil {
		return s, os.ErrClosed
	}
	s.RingSize, s.RingUsed = len(p.ring.data)/2, p.ring.used()
	var states []bpf.ProbeCpuState
	if err := p.states.Lookup(uint32(0), &states); err != nil {
		return s, fmt.Errorf("read the probe's counters: %w", err)
	}
	for i, c := range states {
		cpu := CPUStats{Records: c.Records}
		cpu.Drops[DropRing], cpu.Drops[DropScratch] = c.DropRing, c.DropScratch
		if i == 0 {
			cpu.Drops[DropDecode] = p.decode.Load()
		}
		s.CPUs = append(s.CPUs, cpu)
	}
	return s, nil
}
