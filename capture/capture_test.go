package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/container"
	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestACaptureHoldsWhatTheSourceGave(t *testing.T) {
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip, scapio.Zstd} {
		t.Run(string(c), func(t *testing.T) {
			src, first := repo(t)
			out := temp(t)
			st := capture(t, Options{Source: src, First: first, Output: Output{Path: out, Compression: c}})
			require.Equal(t, ReasonSource, st.Reason)
			require.EqualValues(t, len(src.events), st.Events)
			require.Equal(t, st.Events, st.Written)
			info, err := os.Stat(out)
			require.NoError(t, err)
			require.Equal(t, info.Size(), st.Bytes)
			require.EqualValues(t, 0o600, info.Mode().Perm(), "it tells secrets")
			require.Equal(t, lines(t, scapiotest.Repo(t, sample), names, ""), lines(t, out, names, ""))
		})
	}
}

func TestEveryFileOfARingOpensAlone(t *testing.T) {
	want := lines(t, scapiotest.Repo(t, sample), names, "")
	src, first := repo(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "ring.scap")
	st := capture(t, Options{Source: src, First: first, Output: Output{Path: out, MaxEvents: 100}})
	require.Equal(t, (len(src.events)+99)/100, st.Files)
	var got []string
	for i := range st.Files {
		part := lines(t, out+strconv.Itoa(i), names, "")
		require.LessOrEqual(t, len(part), 100)
		got = append(got, part...)
	}
	require.Equal(t, want, got, "each event has the names that it has in the whole capture")
}

func TestRotation(t *testing.T) {
	t.Run("the oldest files are overwritten", func(t *testing.T) {
		src, first := repo(t)
		out := filepath.Join(t.TempDir(), "ring.scap")
		st := capture(t, Options{Source: src, First: first, Output: Output{Path: out, MaxEvents: 100, Files: 3}})
		all, _ := filepath.Glob(out + "*")
		require.Equal(t, []string{out + "0", out + "1", out + "2"}, all)
		last := (st.Files - 1) % 3
		want := lines(t, scapiotest.Repo(t, sample), "%evt.time", "")
		var got []string
		for i := range 3 {
			got = append(got, lines(t, out+strconv.Itoa((last+1+i)%3), "%evt.time", "")...)
		}
		require.Equal(t, want[len(want)-len(got):], got)
	})
	t.Run("files have names of one length", func(t *testing.T) {
		f := files{o: Output{Path: "x", MaxEvents: 1, Files: 12}}
		require.Equal(t, "x00", f.name(time.Now()))
	})
	t.Run("by size", func(t *testing.T) {
		src, first := repo(t)
		out := filepath.Join(t.TempDir(), "ring.scap")
		const limit = 60_000
		st := capture(t, Options{Source: src, First: first, Output: Output{Path: out, MaxBytes: limit}})
		require.Greater(t, st.Files, 2)
		total := int64(0)
		for i := range st.Files {
			info, err := os.Stat(out + strconv.Itoa(i))
			require.NoError(t, err)
			require.LessOrEqual(t, info.Size(), int64(limit))
			total += info.Size()
		}
		require.Equal(t, st.Bytes, total)
	})
	t.Run("by the events' time, with a name that tells it", func(t *testing.T) {
		src, first := repo(t)
		for i := range src.events {
			e := &src.events[i]
			e.TS = 1_700_000_000e9 + uint64(i)*1e7 // 100 a second
			for k := range 8 {
				e.Raw[k] = byte(e.TS >> (8 * k))
			}
		}
		dir := t.TempDir()
		st := capture(t, Options{Source: src, First: first, Output: Output{Path: filepath.Join(dir, "%Y-%m-%d_%s.scap"), Every: 2 * time.Second, Files: 2}})
		require.Greater(t, st.Files, 3)
		all, _ := filepath.Glob(filepath.Join(dir, "*"))
		require.Len(t, all, 2)
		require.Contains(t, all[0], "2023-11-1")
		require.Len(t, lines(t, all[0], "%evt.time", ""), 200)
	})
	t.Run("what makes no sense", func(t *testing.T) {
		for _, o := range []Output{{Path: "-", MaxEvents: 1}, {MaxEvents: 1}, {Path: "x", Files: 2}, {Path: "x", MaxBytes: -1}} {
			require.Error(t, o.Check())
		}
		require.NoError(t, (&Output{}).Check())
	})
	t.Run("no empty file stays behind", func(t *testing.T) {
		src, first := repo(t)
		src.events = src.events[:201]
		out := filepath.Join(t.TempDir(), "x")
		match := func(s *Seen) bool { return s.Num <= 100 }
		st := capture(t, Options{Source: src, First: first, Match: match, Output: Output{Path: out, MaxEvents: 100}})
		require.Equal(t, 1, st.Files)
		require.FileExists(t, out+"0")
		require.NoFileExists(t, out+"1")
	})
}

func TestAFilterKeepsTheNames(t *testing.T) {
	for _, cond := range []string{"evt.type=read", "proc.name=echo", "fd.type=ipv4", "evt.failed=true", "fd.name contains /tmp and evt.is_io=true", "user.name=root and evt.type in (close, write)"} {
		t.Run(cond, func(t *testing.T) {
			want := lines(t, scapiotest.Repo(t, sample), names, cond)
			src, first := repo(t)
			out := temp(t)
			st := capture(t, Options{Source: src, First: first, Match: matcher(t, cond), Output: Output{Path: out}})
			require.NotEmpty(t, want)
			require.EqualValues(t, len(want), st.Matched)
			require.Equal(t, want, lines(t, out, names, ""), "events that are there for the state only are not shown")
			require.Less(t, st.Written, st.Events, "events that change nothing are left out")
		})
	}
	t.Run("each file of a filtered ring, too", func(t *testing.T) {
		const cond = "evt.is_io=true"
		src, first := repo(t)
		out := filepath.Join(t.TempDir(), "x")
		st := capture(t, Options{Source: src, First: first, Match: matcher(t, cond), Output: Output{Path: out, MaxEvents: 50}})
		var got []string
		for i := range st.Files {
			got = append(got, lines(t, out+strconv.Itoa(i), names, "")...)
		}
		require.Equal(t, lines(t, scapiotest.Repo(t, sample), names, cond), got)
	})
}

func TestNumbersOfTheMachineBeginAgain(t *testing.T) {
	defer func(n uint32) { maxNum = n }(maxNum)
	maxNum = 70
	src, first := repo(t)
	out := filepath.Join(t.TempDir(), "x")
	st := capture(t, Options{Source: src, First: first, Output: Output{Path: out, MaxEvents: 300}})
	var got []string
	for i := range st.Files {
		got = append(got, lines(t, out+strconv.Itoa(i), names, "")...)
	}
	require.Equal(t, lines(t, scapiotest.Repo(t, sample), names, ""), got)
}

func TestEventsReachTheFileAtOnce(t *testing.T) {
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip, scapio.Zstd} {
		t.Run(string(c), func(t *testing.T) {
			src, first := repo(t)
			src.events, src.wait = src.events[:10], true
			out := temp(t)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan error)
			go func() {
				_, err := Run(ctx, Options{Source: src, First: first, Output: Output{Path: out, Compression: c}})
				done <- err
			}()
			seen := func() int {
				in, err := scapio.Open(out)
				if err != nil {
					return 0
				}
				defer in.Close()
				n := 0
				r := scapio.NewReader(in)
				for blk, err := r.Next(); err == nil; blk, err = r.Next() {
					if blk.Type.IsEvent() {
						n++
					}
				}
				return n
			}
			start := time.Now()
			require.Eventually(t, func() bool { return seen() == 10 }, 20*time.Second, 5*time.Millisecond)
			t.Logf("after %v", time.Since(start)) // 50 ms where nothing else runs
			cancel()
			require.NoError(t, <-done)
		})
	}
}

func TestWhyACaptureEnds(t *testing.T) {
	start := func(t *testing.T) Options {
		src, first := repo(t)
		src.wait = true
		return Options{Source: src, First: first, Output: Output{Path: temp(t)}}
	}
	t.Run("count", func(t *testing.T) {
		o := start(t)
		o.Count = 7
		st := capture(t, o)
		require.Equal(t, ReasonCount, st.Reason)
		require.Equal(t, 7, count(t, o.Output.Path))
	})
	t.Run("count of those wanted", func(t *testing.T) {
		o := start(t)
		o.Count, o.Match = 7, matcher(t, "evt.type=read")
		require.Equal(t, ReasonCount, capture(t, o).Reason)
		require.Len(t, lines(t, o.Output.Path, "%evt.num", ""), 7)
	})
	t.Run("duration", func(t *testing.T) {
		o := start(t)
		o.Duration = 20 * time.Millisecond
		st := capture(t, o)
		require.Equal(t, ReasonDuration, st.Reason)
		require.Equal(t, st.Events, st.Written)
	})
	t.Run("the command", func(t *testing.T) {
		o := start(t)
		ended := make(chan struct{})
		o.Ended = ended
		time.AfterFunc(20*time.Millisecond, func() { close(ended) })
		require.Equal(t, ReasonCommand, capture(t, o).Reason)
	})
	t.Run("interrupted, and what was recorded is written", func(t *testing.T) {
		o := start(t)
		src := o.Source.(*replay)
		ctx, cancel := context.WithCancel(context.Background())
		src.pause[10] = cancel
		st, err := Run(ctx, o)
		require.NoError(t, err)
		require.Equal(t, ReasonInterrupted, st.Reason)
		require.EqualValues(t, len(src.events), st.Written)
	})
	t.Run("the reader of the stream went away", func(t *testing.T) {
		o := start(t)
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer w.Close()
		go func() {
			_, _ = io.CopyN(io.Discard, r, 4096)
			r.Close()
		}()
		o.Output = Output{Path: "-", Stdout: w}
		st, err := Run(context.Background(), o)
		if err != nil { // a write met the closed pipe first
			var e *OutputError
			require.ErrorAs(t, err, &e)
			require.ErrorContains(t, err, "broken pipe")
			return
		}
		require.Equal(t, ReasonReader, st.Reason)
	})
	t.Run("an idle stream's reader went away", func(t *testing.T) {
		o := start(t)
		o.Match = func(*Seen) bool { return false }
		r, w, err := os.Pipe()
		require.NoError(t, err)
		defer w.Close()
		go func() {
			_, _ = io.Copy(io.Discard, io.LimitReader(r, 1<<20))
		}()
		time.AfterFunc(300*time.Millisecond, func() { r.Close() })
		o.Output = Output{Path: "-", Stdout: w}
		st, err := Run(context.Background(), o)
		require.NoError(t, err)
		require.Equal(t, ReasonReader, st.Reason)
	})
	t.Run("the source fails", func(t *testing.T) {
		o := start(t)
		o.Source = &broken{o.Source.(*replay)}
		st, err := Run(context.Background(), o)
		require.ErrorContains(t, err, "read events: out of order")
		require.Equal(t, ReasonError, st.Reason)
		require.Equal(t, 5, count(t, o.Output.Path), "what came before is kept")
	})
}

// broken is a source that fails after five events.
type broken struct{ *replay }

func (b *broken) Next(e *live.Event) error {
	if b.at == 5 {
		return errors.New("out of order")
	}
	return b.replay.Next(e)
}

func TestTheStatus(t *testing.T) {
	src, first := repo(t)
	src.wait = true
	src.stats = live.Stats{Truncated: 3, RingSize: 4096, CPUs: make([]live.CPUStats, 2)}
	src.stats.CPUs[1].Drops[live.DropRing] = 5
	var list []Status
	capture(t, Options{Source: src, First: first, Duration: 1300 * time.Millisecond, Output: Output{Path: temp(t)}, Status: func(s *Status) { list = append(list, *s) }})
	require.GreaterOrEqual(t, len(list), 3)
	require.Equal(t, "running", list[0].State, "told at once")
	s := list[1]
	require.Equal(t, "running", s.State)
	require.EqualValues(t, len(src.events), s.Events)
	require.Positive(t, s.Rate)
	require.Positive(t, s.Bytes)
	require.EqualValues(t, 5, s.Drops)
	require.Equal(t, []uint64{0, 5}, s.CPUDrops)
	require.Equal(t, map[string]uint64{"ring buffer full": 5}, s.Reasons)
	require.Equal(t, len(first.Threads), s.Threads)
	require.Contains(t, s.Line(), "5 dropped (ring buffer full: 5)")
	require.Equal(t, "ended", list[len(list)-1].State)
	require.Contains(t, list[len(list)-1].Summary(), "events, ")
	require.Equal(t, "1,234,567", group(1234567))
}

func TestWhatIsPrinted(t *testing.T) {
	src, first := repo(t)
	var nums []uint64
	flushed := 0
	capture(t, Options{
		Source: src, First: first, Match: matcher(t, "evt.type=read"), Print: func(s *Seen) { nums = append(nums, s.Num) },
		FlushPrint: func() error { flushed++; return nil },
	})
	require.Len(t, nums, len(lines(t, scapiotest.Repo(t, sample), "%evt.num", "evt.type=read")))
	require.True(t, slices.IsSorted(nums))
	require.Positive(t, flushed)
}

func TestContainersAreNamed(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	dir, err := os.MkdirTemp("", "engine")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/containers/") {
			_, _ = io.WriteString(w, `{"Name":"/`+map[bool]string{true: "web", false: "late"}[strings.Contains(r.URL.Path, id)]+`","Config":{"Image":"nginx:1"}}`)
		}
	})}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	socket := filepath.Join(dir, "s")
	const late = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	for _, rotate := range []uint64{0, 5000} { // without and with the state
		src, first := repo(t)
		src.wait = true
		for i := range first.Threads {
			if first.Threads[i].Comm == "python3" {
				first.Threads[i].Cgroups = "cpu=/docker/" + id + "\x00"
			}
		}
		for i := range src.events { // programs that are started begin in a container
			if e := &src.events[i]; e.Type == evtable.SyscallExecve19X {
				e.Raw = withParam(t, e.Raw, 14, "cpu=/docker/"+late+"\x00")
			}
		}
		res := container.Open(container.Options{
			Sockets: []container.Socket{{Path: socket}},
			Accounts: func(int64) ([]scapio.User, []scapio.Group) {
				return []scapio.User{{UID: 0, Name: "inside"}}, []scapio.Group{{GID: 0, Name: "insiders"}}
			},
		})
		out := temp(t)
		capture(t, Options{Source: src, First: first, Containers: res, Duration: 300 * time.Millisecond, Output: Output{Path: out, MaxEvents: rotate}})
		res.Close()
		if rotate > 0 {
			out += "0"
		}
		got := lines(t, out, "%container.name %container.image %user.name", "proc.name=python3")
		require.Equal(t, []string{"web nginx:1 inside"}, slices.Compact(got))
		x, err := index.Open(context.Background(), out)
		require.NoError(t, err)
		require.NoError(t, x.Wait(context.Background()))
		s := x.Acquire()
		c := s.View(s.Len()).Container(late[:12])
		require.NotNil(t, c, "one that starts is asked for, too")
		require.Equal(t, "late", c.Name)
		s.Release()
		x.Close()
	}
}

// withParam returns an event with another value of one parameter.
func withParam(t *testing.T, raw []byte, i int, value string) []byte {
	t.Helper()
	var ev evt.Event
	require.NoError(t, ev.Decode(raw, true))
	var params [][]byte
	for k := range ev.N {
		params = append(params, ev.Param(k))
	}
	params[i] = []byte(value)
	b := encode(ev.TS, ev.Type, params...)
	binary.LittleEndian.PutUint64(b[8:], uint64(ev.TID))
	return b
}

// TestAFullDisk needs a file system that can be filled.
func TestAFullDisk(t *testing.T) {
	dir := smallDisk(t, 256<<10)
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip} {
		t.Run(string(c), func(t *testing.T) {
			src, first := repo(t)
			for range 5 {
				src.events = append(src.events, src.events...)
			}
			out := filepath.Join(dir, "full.scap")
			defer os.Remove(out)
			st, err := Run(context.Background(), Options{Source: src, First: first, Flush: time.Nanosecond, Output: Output{Path: out, Compression: c}})
			require.EqualError(t, err, "write "+out+": no space left on device")
			require.Equal(t, ReasonError, st.Reason)
			x, err := index.Open(context.Background(), out)
			require.NoError(t, err)
			defer x.Close()
			require.NoError(t, x.Wait(context.Background()))
			_, diags := x.Stats()
			s := x.Acquire()
			defer s.Release()
			require.Positive(t, s.Len())
			if c == scapio.Plain {
				require.Empty(t, diags, "the last block is whole")
			}
		})
	}
}
