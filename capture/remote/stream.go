package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// orders is how the far program is told what to do.
type orders interface {
	start() error
	beat() error
	stop() error
}

type agentOrders struct {
	l    *link
	spec CaptureSpec
}

func (a agentOrders) start() error {
	if b, err := json.Marshal(a.spec); err != nil || len(b) > MaxLine-1024 {
		return &Error{Kind: KindConfig, Message: fmt.Sprintf("filter and command are too long: at most %d bytes can be sent", MaxLine-1024)}
	}
	return a.l.request(Request{Start: &a.spec})
}
func (a agentOrders) beat() error { return a.l.request(Request{Beat: true}) }
func (a agentOrders) stop() error { return a.l.request(Request{Stop: true}) }

// How long the client waits: for the far side's next word, which comes every second, and for bytes after it asked for
// the end.
const (
	silence   = 12 * time.Second
	stopGrace = 10 * time.Second
	leftGrace = 2 * time.Second // where sysdig was told to end, and may hold the stream all the same
	maxBound  = 7 * 24 * 3600   // seconds, of what the far side says of its end
)

// streaming is a capture under way. Everything in it belongs to the goroutine of stream.
type streaming struct {
	*session
	o     orders
	relay relay

	begun   time.Time
	started bool
	last    time.Time // of the far side's last word
	ended   *Ended
	fault   *Fault
	exit    int // of the far program, -1 until it has ended

	msgsOpen, relayOpen bool
	cut                 bool      // the stream ended inside a block
	stopping            bool      // the end was asked for
	linkSeen            int64     // bytes, when they last grew
	grew                time.Time // when that was, or when a side of the link ended, or when the end was asked for
	tickEvents          uint64
	tickTime            time.Time
}

// stream starts the capture and sees it through. Two goroutines help: one sends a beat every second, until this
// returns; one relays, until the stream ends.
func (s *session) stream(ctx context.Context, w io.Writer, o orders) error {
	now := time.Now()
	st := &streaming{session: s, o: o, last: now, grew: now, tickTime: now, exit: -1, msgsOpen: true, relayOpen: true}
	st.relay.w, st.relay.comment = w, s.comment()
	if err := o.start(); err != nil {
		return s.lost(err)
	}
	st.begun = now
	relayed := st.relay.start(s.l.stream)
	quit := make(chan struct{})
	defer close(quit)
	go beats(o, quit)
	err := st.loop(ctx, relayed)
	if st.relayOpen { // the writer is ours again only when the relay has ended
		s.l.close()
		if e := <-relayed; err == nil && !errors.Is(e, errCut) {
			err = e
		}
	}
	st.count()
	return err
}

func beats(o orders, quit <-chan struct{}) {
	t := time.NewTicker(BeatEvery)
	defer t.Stop()
	for {
		select {
		case <-quit:
			return
		case <-t.C:
			if o.beat() != nil {
				return
			}
		}
	}
}

func (s *streaming) loop(ctx context.Context, relayed <-chan error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	done, msgs := ctx.Done(), s.l.msgs
	for s.msgsOpen || s.relayOpen {
		select {
		case <-done:
			done = nil
			s.stopping, s.grew = true, time.Now()
			_ = s.o.stop() // a broken link shows elsewhere
		case <-tick.C:
			if err := s.second(); err != nil {
				return err
			}
			if s.leftBehind() {
				return s.verdict()
			}
		case m := <-msgs:
			if errors.Is(m.err, errLine) {
				return s.lost(m.err)
			}
			if m.err != nil {
				s.msgsOpen, msgs, s.grew = false, nil, time.Now()
				continue
			}
			s.message(m)
		case err := <-relayed:
			s.relayOpen, s.grew = false, time.Now()
			var e *Error
			if errors.As(err, &e) { // damage, or the disk here is full
				return err
			}
			s.cut = err != nil
		}
	}
	return s.verdict()
}

// second looks whether the link still lives, and tells the status.
func (s *streaming) second() error {
	now := time.Now()
	if n := s.relay.link.Load(); n != s.linkSeen {
		s.linkSeen, s.grew = n, now
	}
	s.st.Silent = now.Sub(s.last)
	still := now.Sub(s.grew)
	switch {
	case s.msgsOpen && !s.stopping && s.exit < 0 && s.st.Silent > silence:
		return s.lost(fmt.Errorf("no word for %d s: %w", s.st.Silent/time.Second, errSilent))
	case (s.stopping || s.exit >= 0 || !s.msgsOpen || !s.relayOpen) && still > stopGrace:
		return s.lost(fmt.Errorf("nothing came for %d s after the end: %w", still/time.Second, errSilent))
	}
	s.count()
	if s.started {
		s.tell(StateCapturing)
	}
	return nil
}

// leftBehind reports whether all was done to end sysdig, and it goes on: it may not be signalled there.
func (s *streaming) leftBehind() bool {
	return s.st.Agent == "sysdig" && s.stopping && s.exit >= 0 && time.Since(s.grew) > leftGrace
}

// count brings the status' counters up to date.
func (s *streaming) count() {
	now, n := time.Now(), s.relay.events.Load()
	if d := now.Sub(s.tickTime); d >= 100*time.Millisecond {
		s.st.PerSecond = float64(n-s.tickEvents) / d.Seconds()
		s.tickTime, s.tickEvents = now, n
	}
	s.st.Events = n
	s.st.Sizes = Sizes{Link: s.relay.link.Load(), Written: s.relay.written.Load()}
}

func (s *streaming) message(m message) {
	s.last = time.Now()
	switch r := m.reply; {
	case m.word == "bound":
		if n, err := strconv.Atoi(m.rest); err == nil && n > 0 && n <= maxBound {
			s.st.EndsAfter = time.Duration(n) * time.Second
		}
	case m.word == "started":
		s.begin()
	case m.word == "exit":
		s.exit = 1
		if n, err := strconv.Atoi(m.rest); err == nil && n >= 0 {
			s.exit = n
		}
		s.grew = s.last
		_ = s.l.order("quit") // the script ends, and with it the stream
	case r == nil:
	case r.Started != nil:
		s.begin()
	case r.Capture != nil:
		c := r.Capture
		s.st.FarEvents, s.st.Drops, s.st.Lag = c.Events, c.Drops, time.Duration(c.Lag)
		s.st.Taken, s.st.Matched, s.st.RingUsed, s.st.RingSize = c.Taken, c.Matched, c.RingUsed, c.RingSize
		s.st.Reasons = reasons(c.Reasons)
	case r.Printed != nil:
		if s.session.o.Printed != nil && len(s.session.o.Spec.Command) > 0 { // else it was made up
			s.session.o.Printed(r.Printed.Stderr, r.Printed.Data)
		}
	case r.Ended != nil:
		s.ended = r.Ended
		s.st.Exit = r.Ended.Exit
		s.st.FarEvents, s.st.Drops, s.st.Reasons = r.Ended.Events, r.Ended.Drops, reasons(r.Ended.Reasons)
	case r.Error != nil:
		s.fault = r.Error
	}
}

// reasons returns what may be shown of the far side's words.
func reasons(far map[string]uint64) map[string]uint64 {
	if len(far) == 0 || len(far) > maxReasons {
		return nil
	}
	out := make(map[string]uint64, len(far))
	for why, n := range far {
		out[printable(why)] += n
	}
	return out
}

func (s *streaming) begin() {
	if !s.started {
		s.started = true
		s.tell(StateCapturing)
	}
}

// verdict says how it went, when both sides of the link have ended.
func (s *streaming) verdict() error {
	text := func() string { return s.l.text.all() }
	switch {
	case s.fault != nil:
		return s.fault.error(text())
	case s.ended == nil && s.exit < 0:
		return s.lost(io.EOF)
	case s.ended == nil && s.st.Agent == "sysdig" && s.stopping && s.started:
		s.st.Reason = "stopped" // however it had to be ended
		return nil
	case s.ended == nil && (s.exit != 0 || s.cut || !s.started):
		return &Error{Kind: KindCapture, Message: fmt.Sprintf("the capture on %s ended with status %d", s.t.Host, s.exit), Detail: text()}
	case s.ended == nil:
		s.st.Reason = s.limit()
		return nil
	}
	s.st.Reason = s.ended.Reason
	if got := s.relay.link.Load(); uint64(got) != s.ended.Bytes {
		return &Error{Kind: KindLinkLost, Message: fmt.Sprintf("of %d bytes that %s sent, %d arrived; what arrived is kept", s.ended.Bytes, s.t.Host, got), Detail: text()}
	}
	if s.cut {
		return &Error{Kind: KindStream, Message: "the capture ends inside a block", Detail: text()}
	}
	return nil
}

// limit returns why a program ended by itself that does not tell.
func (s *streaming) limit() string {
	spec, took := &s.session.o.Spec, time.Since(s.begun)
	switch {
	case s.stopping:
		return "stopped"
	case spec.Duration > 0 && took >= spec.Duration, s.st.EndsAfter > 0 && took >= s.st.EndsAfter:
		return "duration"
	case spec.Count > 0 && s.relay.events.Load() >= spec.Count:
		return "count"
	}
	return "ended"
}

// error makes an Error of what the far side says. Its kind is taken only if it is one that a far side can know.
func (f *Fault) error(detail string) *Error {
	e := &Error{Kind: f.Kind, Message: printable(f.Message), Fix: printable(f.Fix), Detail: detail}
	switch f.Kind {
	case KindNoRights, KindPlatform, KindFilter, KindSpool, KindCapture, KindCommand:
	default:
		e.Kind = KindCapture
	}
	return e
}
