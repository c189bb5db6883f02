package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/scapls/scapls/capture/container"
	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/capture/procscan"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// Options says what is captured and what becomes of it.
type Options struct {
	Source     Source
	First      *procscan.Snapshot  // the state that stands first; nil: none
	Containers *container.Resolver // tells what containers are called; nil: nobody is asked
	Comments   []string            // that the section header of each file gets
	Output     Output
	// Descriptor reads what a descriptor of a thread's process is now, for those that came in messages; nil: nobody is asked.
	Descriptor func(tid int64, num int) (scapio.FD, bool)
	// Match tells the events that are wanted, nil all. Print is called for each of these that readers show.
	Match func(*Seen) bool
	Print func(*Seen)
	// FlushPrint is called when nothing may wait any longer; nil: never.
	FlushPrint func() error

	Count    uint64        // end after so many wanted events; 0: no limit
	Duration time.Duration // end after so long; 0: no limit
	Flush    time.Duration // how long a block may wait; 0: 50 ms
	// Status is called at the start, once a second, and at the end, by the goroutine of Run; nil: never.
	Status func(*Status)
	// Ended, when it is closed, ends the capture: the captured command is over.
	Ended <-chan struct{}
	// Command is the process of a command that was just started, 0 for none. What it does before it becomes the command's
	// program is the work of who started it, and not shown.
	Command int64
}

// headWait is how long the head of a capture waits for what engines say of the containers that run already.
const headWait = 500 * time.Millisecond

// run is a capture that goes on.
type run struct {
	o      Options
	files  files
	sink   *sink // nil: nothing is written
	m      *state.Machine
	num    uint32 // of the machine's latest event
	total  uint64 // events that the capture has, those of the first state included
	st     Status
	start  time.Time
	reason string
	ending bool // the source was told to stop
	unborn bool // the command's process is still a copy of this program

	ev     evt.Event
	first  uint64 // time of the first event, ns since the epoch
	last   uint64 // time of the latest
	meta0  uint64 // time for events about the capture itself: that of processor 0's latest, among which they are put
	inFile uint64 // wanted events in the file so far
	begun  uint64 // time of the first of these, ns since the epoch

	looked int             // descriptors asked for in this second
	ports  map[uint16]bool // that processes of the first state listen on

	complete int64     // bytes in files that are complete
	dirty    time.Time // since when something waits; zero: nothing does
	previous struct {  // of the status before
		at     time.Time
		events uint64
		bytes  int64
	}
}

// maxNum is the last event number of the machine before it is renumbered.
var maxNum uint32 = 1 << 31

// Run captures until ctx ends, a limit is reached, the source ends, or writing fails, and returns how it went. The source
// must have been started; Run stops it. What was recorded before the end is still written. The error is what kept a
// capture from ending well; an *OutputError when it could not be written.
func Run(ctx context.Context, o Options) (Status, error) {
	r := &run{o: o, start: time.Now()}
	r.files = files{o: o.Output, owner: invoker()}
	if r.o.Flush == 0 {
		r.o.Flush = 50 * time.Millisecond
	}
	r.previous.at, r.unborn = r.start, o.Command != 0
	r.meta0 = uint64(r.start.UnixNano())
	if o.First != nil && o.First.Since != 0 {
		r.meta0 = o.First.Since
	}
	r.st = Status{State: "running", Kept: o.Output.Files}
	if o.First != nil {
		r.st.Threads, r.st.Refused = len(o.First.Threads), o.First.Refused
	}
	err := r.begin(ctx)
	if err == nil {
		err = r.loop(ctx)
	}
	_ = o.Source.Stop()
	if e := r.end(); err == nil {
		err = e
	}
	r.update(time.Now())
	r.st.State, r.st.Reason = "ended", r.reason
	if err != nil {
		r.st.Reason, r.st.Error = ReasonError, err.Error()
	}
	if o.Status != nil {
		o.Status(&r.st)
	}
	return r.st, err
}

// begin opens the first file and writes the first state.
func (r *run) begin(ctx context.Context) error {
	if r.o.Match != nil || r.o.Print != nil || r.o.Output.Rotates() || r.unborn {
		r.m = state.NewPresent()
		r.load()
	}
	infos := r.firstContainers(ctx)
	if r.o.Output.Path != "" {
		if err := r.open(time.Now()); err != nil {
			return err
		}
		if err := r.writeFirst(); err != nil {
			return err
		}
	}
	for _, i := range infos {
		if err := r.tellContainer(i); err != nil {
			return err
		}
	}
	return r.flush()
}

// load gives the machine the first state.
func (r *run) load() {
	f := r.o.First
	if f == nil {
		return
	}
	r.m.Info, r.m.Interfaces = f.Machine, f.Interfaces
	r.m.LoadUsers(f.Users, f.Groups)
	r.m.LoadThreads(f.Threads)
	for _, tid := range f.Processes() {
		r.m.LoadFDs(tid, f.FDs[tid])
	}
}

// firstContainers asks what the containers are called that run already, and waits a little for the answers.
func (r *run) firstContainers(ctx context.Context) []*container.Found {
	if r.o.Containers == nil || r.o.First == nil {
		return nil
	}
	for i := range r.o.First.Threads {
		t := &r.o.First.Threads[i]
		r.o.Containers.See(t.Cgroups, t.PID)
	}
	ctx, cancel := context.WithTimeout(ctx, headWait)
	defer cancel()
	return r.o.Containers.Wait(ctx)
}

func (r *run) open(now time.Time) (err error) {
	r.sink, err = r.files.next(now)
	if err != nil {
		r.sink = nil
		return err
	}
	r.inFile = 0
	r.st.File, r.st.Files = r.sink.path, max(r.files.n, 1)
	var options []scapio.Option
	for _, c := range r.o.Comments {
		options = append(options, scapio.CommentOption(c))
	}
	return outputError(r.sink.w.Section(options...))
}

// writeFirst writes the first state as it was read.
func (r *run) writeFirst() error {
	f, w := r.o.First, r.sink.w
	if f == nil {
		return w.Err()
	}
	_ = w.Machine(f.Machine)
	_ = w.Interfaces(f.Interfaces)
	_ = w.Users(f.Users, f.Groups)
	_ = w.Threads(f.Threads)
	for _, tid := range f.Processes() {
		_ = w.FDs(tid, f.FDs[tid])
	}
	return outputError(w.Err())
}

// tellContainer writes what is known of a container, and of the users inside it.
func (r *run) tellContainer(f *container.Found) error {
	if err := r.meta(evtable.ContainerJson2E, append(f.JSON(), 0)); err != nil {
		return err
	}
	for _, u := range f.Users {
		if err := r.meta(evtable.UserAddedE, le32(u.UID), le32(u.GID), text(u.Name), text(u.Home), text(u.Shell), text(f.ID)); err != nil {
			return err
		}
	}
	for _, g := range f.Groups {
		if err := r.meta(evtable.GroupAddedE, le32(g.GID), text(g.Name), text(f.ID)); err != nil {
			return err
		}
	}
	return nil
}

// meta writes an event about the capture itself.
func (r *run) meta(typ uint16, params ...[]byte) error {
	raw := encode(r.meta0, typ, params...)
	if r.m != nil {
		r.apply(0, raw)
	}
	return r.write(0, 0, raw, false)
}

// loop takes events until there is a reason to end.
func (r *run) loop(ctx context.Context) error {
	src := r.o.Source
	defer context.AfterFunc(ctx, func() { _ = src.Stop() })()
	if r.o.Ended != nil {
		over := make(chan struct{})
		defer close(over)
		go func() { // ends with the command, or with this loop
			select {
			case <-r.o.Ended:
				_ = src.Stop()
			case <-over:
			}
		}()
	}
	const look = 64 // events between looks at the clock
	var e live.Event
	now := time.Now()
	r.update(now)
	if r.o.Status != nil {
		r.o.Status(&r.st) // at once: that it runs is news
	}
	if err := r.tick(now); err != nil {
		return err
	}
	for n := 1; ; n++ {
		if n%look == 0 {
			if err := r.tick(time.Now()); err != nil {
				return err
			}
		}
		err := src.Next(&e)
		switch {
		case err == nil:
			if err = r.take(&e); err != nil {
				return err
			}
			if e.CPU == 0 {
				r.meta0 = e.TS
			}
			if err = r.passed(&e); err != nil {
				return err
			}
			if r.o.Count > 0 && r.st.Matched >= r.o.Count {
				r.reason = ReasonCount
				return nil
			}
		case errors.Is(err, os.ErrDeadlineExceeded):
			if err := r.tick(time.Now()); err != nil {
				return err
			}
		case errors.Is(err, io.EOF):
			r.why(ctx)
			return nil
		default:
			return fmt.Errorf("read events: %w", err)
		}
		if r.reason == ReasonReader {
			return nil
		}
	}
}

// why notes why the source has ended.
func (r *run) why(ctx context.Context) {
	if r.reason != "" {
		return
	}
	r.reason = ReasonSource
	select {
	case <-r.o.Ended:
		r.reason = ReasonCommand
	default:
		if ctx.Err() != nil {
			r.reason = ReasonInterrupted
		}
	}
}

// tick does what the time asks for: brings what waits to its readers, tells the status, ends the capture. It sets when
// it wants to be called next.
func (r *run) tick(now time.Time) error {
	if r.o.Containers != nil {
		for f := r.o.Containers.Answer(); f != nil; f = r.o.Containers.Answer() {
			if err := r.tellContainer(f); err != nil {
				return err
			}
		}
	}
	if !r.dirty.IsZero() && now.Sub(r.dirty) >= r.o.Flush {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if now.Sub(r.previous.at) >= time.Second {
		r.looked = 0
		r.update(now)
		if r.o.Status != nil {
			r.o.Status(&r.st)
		}
		if r.o.Output.Path == "-" && !hasReader(r.o.Output.Stdout) {
			r.reason = ReasonReader
			return nil
		}
	}
	next := r.previous.at.Add(time.Second)
	if !r.dirty.IsZero() {
		next = earlier(next, r.dirty.Add(r.o.Flush))
	}
	if r.o.Duration > 0 && !r.ending {
		end := r.start.Add(r.o.Duration)
		if !now.Before(end) {
			r.ending, r.reason = true, ReasonDuration
			_ = r.o.Source.Stop()
		}
		next = earlier(next, end)
	}
	r.o.Source.SetDeadline(next)
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// take takes one event of the source.
func (r *run) take(e *live.Event) error {
	r.st.Events++
	if r.first == 0 {
		r.first = e.TS
	}
	r.last = e.TS
	if r.m == nil {
		r.see(e)
		r.st.Matched++
		return r.write(e.CPU, 0, e.Raw, true)
	}
	if r.due(e) {
		if err := r.rotate(e.TS); err != nil {
			return err
		}
	}
	f := r.apply(e.CPU, e.Raw)
	if e.Flags&evt.StateOnly != 0 { // nobody wanted to see it before
		r.st.Events--
		return r.write(e.CPU, e.Flags, e.Raw, false)
	}
	if r.unborn && !r.birth(e) {
		r.st.Events-- // it is none of the command's
		if f.Changed {
			return r.write(e.CPU, evt.StateOnly, e.Raw, false)
		}
		return nil
	}
	if r.o.Containers != nil && f.Changed && f.Thread != nil && f.Thread.Cgroups != "" {
		r.o.Containers.See(f.Thread.Cgroups, f.Thread.TID)
	}
	seen := Seen{Num: r.shown(), First: r.first, Ev: &r.ev, Facts: f, View: r.m.At(r.num)}
	wanted := r.o.Match == nil || r.o.Match(&seen)
	switch {
	case wanted:
		r.st.Matched++
		if r.o.Print != nil && !f.Hidden {
			r.o.Print(&seen)
			r.waits()
		}
		return r.write(e.CPU, 0, e.Raw, true)
	case f.Changed: // later events need it, nobody wants to see it
		return r.write(e.CPU, evt.StateOnly, e.Raw, false)
	}
	return nil
}

// shown returns the number of the event at hand: that in the file, where there is one, else that of the events taken.
func (r *run) shown() uint64 {
	if r.o.Output.Path == "" {
		return r.st.Events
	}
	return r.total + 1
}

// birth reports whether an event before the command's program begins is part of its story: that its process was made, and
// that it becomes the program.
func (r *run) birth(e *live.Event) bool {
	if e.TID != r.o.Command {
		return false
	}
	if e.Type == evtable.SyscallExecve19X {
		res, ok := evt.Int(r.ev.Param(0))
		r.unborn = !ok || res < 0
	}
	return newProgram(e.Type) || e.Type == evtable.SyscallExecve19E
}

// see notes the container of a new process, where no machine does.
func (r *run) see(e *live.Event) {
	if r.o.Containers == nil || !newProgram(e.Type) || r.ev.Decode(e.Raw, true) != nil {
		return
	}
	const cgroups = 14 // the parameter of clone and execve exits in their newest shape
	if g := r.ev.Param(cgroups); len(g) > 0 {
		r.o.Containers.See(string(g), e.TID)
	}
}

// newProgram reports whether events of a type tell the control groups of their thread.
func newProgram(typ uint16) bool {
	switch typ {
	case evtable.SyscallExecve19X, evtable.SyscallExecveatX, evtable.SyscallClone20X, evtable.SyscallClone3X, evtable.SyscallFork20X, evtable.SyscallVfork20X:
		return true
	}
	return false
}

// due reports whether the file is full, or has lasted long enough, before event e.
func (r *run) due(e *live.Event) bool {
	o := &r.o.Output
	if r.sink == nil || r.inFile == 0 {
		return false
	}
	const around = 24 // bytes of a block beside its event, at most
	return o.MaxBytes > 0 && r.sink.length()+int64(len(e.Raw))+around > o.MaxBytes ||
		o.MaxEvents > 0 && r.inFile >= o.MaxEvents ||
		o.Every > 0 && e.TS >= r.begun+uint64(o.Every)
}

// rotate ends the file and begins the next one with the state as of now.
func (r *run) rotate(ts uint64) error {
	if err := r.close(); err != nil {
		return err
	}
	if err := r.open(time.Unix(0, int64(ts))); err != nil {
		return err
	}
	r.number()
	r.m.Settle(r.num)
	n, err := r.m.At(r.num).Write(r.sink.w, state.Dump{TS: r.meta0})
	r.st.Written += uint64(n)
	return outputError(err)
}

// number takes the next number of the machine.
func (r *run) number() {
	if r.num >= maxNum {
		r.m.Renumber()
		r.num = 0
	}
	r.num++
}

// apply lets the machine know an event.
func (r *run) apply(cpu uint16, raw []byte) state.Facts {
	r.number()
	r.ev.CPU, r.ev.Flags, r.ev.Num = cpu, 0, r.num
	if r.ev.Decode(raw, true) != nil {
		r.ev.Drop() // written all the same: its reader tells of it
	}
	return *r.m.Apply(&r.ev)
}

// write writes an event. Wanted ones count towards the file's limit.
func (r *run) write(cpu uint16, flags uint32, raw []byte, wanted bool) error {
	r.total++
	if r.sink == nil {
		return nil
	}
	if err := r.sink.w.RawEvent(cpu, flags, raw); err != nil {
		if errors.Is(err, scapio.ErrTooLarge) {
			r.st.TooLarge++
			return nil
		}
		return outputError(err)
	}
	r.st.Written++
	if wanted {
		if r.inFile == 0 {
			r.begun = binary.LittleEndian.Uint64(raw)
		}
		r.inFile++
	}
	r.waits()
	return nil
}

// waits notes that something must be brought to its readers soon.
func (r *run) waits() {
	if r.dirty.IsZero() {
		r.dirty = time.Now()
		r.o.Source.SetDeadline(r.dirty.Add(r.o.Flush))
	}
}

// flush brings what waits to its readers.
func (r *run) flush() error {
	r.dirty = time.Time{}
	if r.o.FlushPrint != nil {
		if err := r.o.FlushPrint(); err != nil {
			return err
		}
	}
	if r.sink == nil {
		return nil
	}
	return r.sink.flush()
}

// close ends the file.
func (r *run) close() error {
	err := r.sink.close()
	r.complete += r.sink.size
	r.sink = nil
	return err
}

// end ends the last file. One that a limit has begun and no event has followed is removed: nobody could open it.
func (r *run) end() error {
	err := r.flush()
	if r.sink == nil {
		return err
	}
	path, empty := r.sink.path, r.inFile == 0 && r.files.n > 1
	if e := r.close(); err == nil {
		err = e
	}
	if empty && err == nil {
		_ = os.Remove(path)
		r.st.Files--
	}
	return err
}

// update brings the status up to date.
func (r *run) update(now time.Time) {
	s := &r.st
	s.Time = strconv.FormatInt(now.UnixNano(), 10)
	s.Elapsed = now.Sub(r.start).Seconds()
	s.Bytes = r.complete
	if r.sink != nil {
		s.Bytes += r.sink.length()
	}
	if d := now.Sub(r.previous.at).Seconds(); d > 0 {
		s.Rate = float64(s.Events-r.previous.events) / d
		s.ByteRate = float64(s.Bytes-r.previous.bytes) / d
	}
	s.Lag = 0
	if s.Events > r.previous.events {
		s.Lag = max(float64(now.UnixNano()-int64(r.last))/1e6, 0)
	}
	r.previous.at, r.previous.events, r.previous.bytes = now, s.Events, s.Bytes
	if st, err := r.o.Source.Stats(); err == nil {
		s.setStats(&st)
	}
	if s.TooLarge > 0 {
		s.Drops += s.TooLarge
		s.Reasons[reasonTooLarge] = s.TooLarge
	}
}

// outputError returns the error of the file inside of err.
func outputError(err error) error {
	var e *OutputError
	if errors.As(err, &e) {
		return e
	}
	return err
}
