package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/capture/remote"
	"github.com/scapls/scapls/scapio"
)

// flushEvery is how long captured bytes may wait in the compressor.
const flushEvery = 100 * time.Millisecond

// output is stdout: counted, and compressed when the client asked for it.
type output struct {
	count atomic.Uint64 // bytes given to w
	w     io.Writer

	mu    sync.Mutex // guards what follows
	z     io.WriteCloser
	dirty bool // written since the last flush
	err   error
}

type counter struct{ o *output }

func (c counter) Write(p []byte) (int, error) {
	n, err := c.o.w.Write(p)
	c.o.count.Add(uint64(n))
	return n, err
}

func newOutput(w io.Writer, compress string) (*output, error) {
	c := scapio.Compression(compress)
	switch c {
	case "":
		c = scapio.Plain
	case scapio.Plain, scapio.Zstd, scapio.Gzip:
	default:
		return nil, fmt.Errorf("there is no compression %q of the stream", compress)
	}
	o := &output{w: w}
	var err error
	o.z, err = scapio.Compress(counter{o}, c)
	return o, err
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	o.dirty = true
	n, err := o.z.Write(p)
	o.err = err
	return n, err
}

func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dirty && o.err == nil {
		o.dirty, o.err = false, scapio.Flush(o.z)
	}
}

func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	o.err = o.z.Close()
	return o.err
}

// outcome is how a capture ended.
type outcome struct {
	total remote.CaptureStatus
	err   error
}

// capture makes a capture to stdout while it listens to the client, and returns the exit status.
func (a *agent) capture(ctx context.Context, spec remote.CaptureSpec) int {
	out, err := newOutput(a.o.Out, spec.Compress)
	if err != nil {
		a.fault(remote.KindCapture, err)
		return exitBad
	}
	job := Job{CaptureSpec: spec, Out: out}
	if !spec.IncludeOwn && spec.Command == nil {
		job.Exclude = Own()
	}
	var exit atomic.Int64
	exit.Store(-1)
	job.Exited = func(status int) { exit.Store(int64(status)) }
	job.Printed = a.printed
	job.Status = func(c remote.CaptureStatus) {
		c.Bytes = out.count.Load()
		a.say(remote.Reply{Capture: &c})
	}
	job.Begun = func() { a.say(remote.Reply{Started: &remote.Started{Excluded: job.Exclude}}) }
	begun := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		total, err := a.o.Capture(ctx, job)
		if e := out.close(); err == nil || errors.Is(err, context.Canceled) {
			err = e
		}
		done <- outcome{total, err}
	}()
	reason, end := a.attend(cancel, out, done)
	if reason == "lost" {
		return exitLost
	}
	status := max(int(exit.Load()), 0)
	switch {
	case reason != "":
	case exit.Load() >= 0:
		reason = "command"
	default:
		reason = limit(spec, begun)
	}
	if end.err != nil {
		a.fault(remote.KindCapture, end.err)
		reason = "error"
	}
	a.say(remote.Reply{Ended: &remote.Ended{Reason: reason, Events: end.total.Events, Drops: end.total.Drops, Reasons: end.total.Reasons, Bytes: out.count.Load(), Exit: status}})
	return exitOK
}

// printed hands on what the command prints.
func (a *agent) printed(stderr bool, data []byte) {
	for len(data) > 0 {
		n := min(len(data), remote.MaxPrinted)
		a.say(remote.Reply{Printed: &remote.Printed{Stderr: stderr, Data: data[:n]}})
		data = data[n:]
	}
}

// limit returns which of its limits a capture has reached that ended by itself.
func limit(spec remote.CaptureSpec, begun time.Time) string {
	switch {
	case spec.Duration > 0 && time.Since(begun) >= spec.Duration:
		return "duration"
	case spec.Count > 0:
		return "count"
	}
	return "ended"
}

// attend listens to the client until the capture has ended. reason is "stopped" or "lost", or "" when it ended by
// itself. A capture that has lost its client is not waited for: it may hang in a write that nobody reads.
func (a *agent) attend(cancel func(), out *output, done <-chan outcome) (reason string, end outcome) {
	lost := time.NewTimer(remote.LostAfter)
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	var flushed chan struct{}
	lines := a.lines
	for {
		select {
		case end = <-done:
			return reason, end
		case <-flush.C:
			if flushed == nil || isClosed(flushed) { // a flush may wait for a slow link; the client is heard all the same
				flushed = make(chan struct{})
				go func(c chan struct{}) { defer close(c); out.flush() }(flushed)
			}
		case <-lost.C:
			a.abandon(cancel, done)
			return "lost", end
		case l := <-lines:
			switch {
			case l.err != nil:
				a.abandon(cancel, done)
				return "lost", end
			case l.Ping != 0:
				a.pong(l.Ping)
			case l.Stop:
				reason = "stopped"
				cancel()
			}
			lost.Reset(remote.LostAfter)
		}
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// abandon ends a capture without a client, by force if need be.
func (a *agent) abandon(cancel func(), done <-chan outcome) {
	cancel()
	select {
	case <-done:
	case <-time.After(endGrace):
		a.o.Exit(exitLost)
	}
}
