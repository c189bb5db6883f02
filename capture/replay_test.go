package capture

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/capture/procscan"
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// replay is a source that gives the events of a capture again.
type replay struct {
	events []live.Event
	pause  map[int]func() // called before the event of this position
	wait   bool           // wait for Stop at the end
	stats  live.Stats

	at       int
	mu       sync.Mutex
	deadline time.Time
	stopped  chan struct{}
	once     sync.Once
}

func (s *replay) Next(e *live.Event) error {
	if s.at == len(s.events) {
		if !s.wait {
			return io.EOF
		}
		s.mu.Lock()
		d := s.deadline
		s.mu.Unlock()
		t := time.NewTimer(time.Until(d))
		defer t.Stop()
		select {
		case <-s.stopped:
			return io.EOF
		case <-t.C:
			return os.ErrDeadlineExceeded
		}
	}
	if f := s.pause[s.at]; f != nil {
		f()
	}
	*e = s.events[s.at]
	s.at++
	return nil
}

func (s *replay) SetDeadline(t time.Time) { s.mu.Lock(); s.deadline = t; s.mu.Unlock() }
func (s *replay) Stop() error             { s.once.Do(func() { close(s.stopped) }); return nil }
func (s *replay) Stats() (live.Stats, error) {
	return s.stats, nil
}

// load returns a capture as a source and its first state. Its events must be of today's shape.
func load(t *testing.T, path string) (*replay, *procscan.Snapshot) {
	t.Helper()
	s := &replay{stopped: make(chan struct{}), pause: map[int]func(){}}
	snap := &procscan.Snapshot{FDs: map[int64][]scapio.FD{}}
	r := scapio.NewReader(bytes.NewReader(scapiotest.Bytes(t, path)))
	for {
		blk, err := r.Next()
		if errors.Is(err, io.EOF) {
			return s, snap
		}
		require.NoError(t, err)
		switch typ := blk.Type; {
		case typ == scapio.MachineInfo:
			snap.Machine, err = scapio.ParseMachine(blk.Body)
		case typ == scapio.InterfaceListV2:
			snap.Interfaces, err = scapio.ParseInterfaces(typ, blk.Body)
		case typ == scapio.UserListV2:
			snap.Users, snap.Groups, err = scapio.ParseUsers(typ, blk.Body)
		case typ == scapio.ProcListV9:
			snap.Threads, err = scapio.ParseThreads(typ, blk.Body)
		case typ == scapio.FDListV2:
			var tid int64
			var list []scapio.FD
			tid, list, err = scapio.ParseFDs(typ, blk.Body)
			snap.FDs[tid] = list
		case typ.IsEvent():
			cpu, _, raw, e := scapio.EventBody(typ, blk.Body)
			var ev evt.Event
			err = errors.Join(e, ev.Decode(raw, true))
			s.events = append(s.events, live.Event{CPU: cpu, Type: ev.Type, TS: ev.TS, TID: ev.TID, Raw: bytes.Clone(ev.Raw)})
		}
		require.NoError(t, err)
	}
}

const sample = "live_new-sysmix.scap" // both its halves' arguments stand in the exits

func repo(t *testing.T) (*replay, *procscan.Snapshot) {
	t.Helper()
	return load(t, scapiotest.Repo(t, sample))
}

// names is what a reader shows of an event, without its number.
const names = "%evt.time %evt.cpu %proc.name %thread.tid %evt.type %evt.args %fd.name %proc.cmdline %proc.cwd %user.name %container.name"

// lines returns what a reader shows of a capture.
func lines(t *testing.T, path, text, cond string) []string {
	t.Helper()
	x, err := index.Open(context.Background(), path)
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Wait(context.Background()))
	f, err := format.Compile("*" + text)
	require.NoError(t, err)
	o := session.LinesOptions{Query: session.Query{View: session.EventsView}, Loc: time.UTC, Fields: true, Plain: true, Append: func() session.Appender { return f.Append }}
	if cond != "" {
		p, err := filter.Compile(filter.Parse(cond))
		require.NoError(t, err)
		o.Filter = p
	}
	var b bytes.Buffer
	require.NoError(t, session.Lines(context.Background(), x, o, &b))
	_, diags := x.Stats()
	require.Empty(t, diags, path)
	return slices.DeleteFunc(strings.Split(b.String(), "\n"), func(s string) bool { return s == "" })
}

// count returns how many events a capture holds.
func count(t *testing.T, path string) int {
	t.Helper()
	n := 0
	r := scapio.NewReader(bytes.NewReader(scapiotest.Bytes(t, path)))
	for blk, err := r.Next(); !errors.Is(err, io.EOF); blk, err = r.Next() {
		require.NoError(t, err)
		if blk.Type.IsEvent() {
			n++
		}
	}
	return n
}

// matcher evaluates a filter on events as they come.
func matcher(t *testing.T, cond string) func(*Seen) bool {
	t.Helper()
	p, err := filter.Compile(filter.Parse(cond))
	require.NoError(t, err)
	var c field.Ctx
	return func(s *Seen) bool {
		c.Reset()
		s.Ev.CopyTo(&c.Ev)
		c.Num, c.TS, c.First, c.View = s.Num, s.Ev.TS, s.First, s.View
		c.T, c.FD, c.FDNum, c.Enter = s.Facts.Thread, s.Facts.FD, s.Facts.FDNum, s.Facts.Enter
		c.Args.Load(&c.Ev)
		c.Names.View, c.Names.T = s.View, c.T
		if info := s.Ev.Info(); info != nil && !s.Ev.Enter() && info.Category&evtable.ECSyscall != 0 {
			c.Res, c.HasRes = evt.Int(s.Ev.Param(0))
		}
		return p.Match(&c)
	}
}

// capture captures from a source and requires that it goes well.
func capture(t *testing.T, o Options) Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	st, err := Run(ctx, o)
	require.NoError(t, err)
	require.Equal(t, "ended", st.State)
	return st
}

func temp(t *testing.T) string { return filepath.Join(t.TempDir(), "out.scap") }

func trimmed(lines []string) []string {
	for i := range lines {
		lines[i] = strings.TrimSuffix(strings.TrimSpace(lines[i]), " <NA>")
	}
	return lines
}
