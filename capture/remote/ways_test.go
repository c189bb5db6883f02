package remote

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestStop(t *testing.T) {
	h := remotetest.Need(t)
	for _, filter := range []string{"", "flood"} {
		ctx, cancel := context.WithCancel(context.Background())
		rec := newRecorder()
		o := options(h, rec)
		o.Spec = CaptureSpec{Filter: filter, Compress: "zstd"}
		var out bytes.Buffer
		go func() {
			for rec.last().Events == 0 {
				time.Sleep(10 * time.Millisecond)
			}
			cancel()
		}()
		st, err := Capture(ctx, target(h, h.Root), o, &out)
		require.NoError(t, err)
		require.Equal(t, "stopped", st.Reason)
		require.Equal(t, StateEnded, st.State)
		require.Equal(t, st.FarEvents, st.Events, "what was under way still comes")
		_, events := whole(t, out.Bytes())
		require.Equal(t, st.Events, events)
		h.Clean(t, 5*time.Second)
	}
}

func TestRowsArriveAtOnce(t *testing.T) {
	h := remotetest.Need(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o := options(h, nil)
	o.Spec.Compress = "zstd"
	times := make(chan time.Time, 1000)
	w := writerFunc(func(p []byte) (int, error) {
		select {
		case times <- time.Now():
		default:
		}
		return len(p), nil
	})
	var begun sync.Once
	o.Status = func(s Status) {
		if s.State == StateCapturing {
			begun.Do(func() { time.AfterFunc(3*time.Second, cancel) })
		}
	}
	_, err := Capture(ctx, target(h, h.Root), o, w)
	require.NoError(t, err)
	close(times)
	var gaps []time.Duration
	var last time.Time
	for at := range times { // events come every 2 ms, so each wait here is the way's own
		if at.Sub(last) > 5*time.Millisecond && !last.IsZero() { // else it is a second piece of the same
			gaps = append(gaps, at.Sub(last))
		}
		last = at
	}
	require.Greater(t, len(gaps), 10, "blocks are handed on as they come")
	slices.Sort(gaps)
	require.Less(t, gaps[len(gaps)/2], 250*time.Millisecond)
	t.Logf("half of the waits are below %s, the longest is %s", gaps[len(gaps)/2], gaps[len(gaps)-1])
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestAFullDiskHere(t *testing.T) {
	h := remotetest.Need(t)
	left := 10000
	w := writerFunc(func(p []byte) (int, error) {
		if left -= len(p); left < 0 {
			return 0, fmt.Errorf("no space left on device")
		}
		return len(p), nil
	})
	o := options(h, nil)
	o.Spec.Filter = "flood"
	_, err := Capture(context.Background(), target(h, h.Root), o, w)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, KindWrite, e.Kind)
	h.Clean(t, 12*time.Second)
}

// TestTheSudoersLine lets the agent stay, pastes the line, and captures; another program in the agent's place, other
// arguments and other programs are not allowed by it.
func TestTheSudoersLine(t *testing.T) {
	h := remotetest.Need(t)
	o := options(h, nil)
	su, err := AskSudoers(context.Background(), target(h, h.None), o)
	require.NoError(t, err)
	require.Equal(t, h.None, su.User)
	require.Equal(t, "/home/"+h.None+"/.local/share/scapls/agent", su.Path)
	require.True(t, strings.HasPrefix(su.Line, h.None+" ALL=(root) NOPASSWD: sha256:"), su.Line)
	require.True(t, strings.HasSuffix(su.Line, " "+su.Path+" agent"), su.Line)
	require.NoError(t, h.Sudoers(h.None, strings.TrimPrefix(su.Line, h.None+" ")))
	defer os.Remove("/etc/sudoers.d/" + h.None)

	o.Spec.Count = 10
	var out bytes.Buffer
	st, err := Capture(context.Background(), target(h, h.None), o, &out)
	require.NoError(t, err)
	require.Equal(t, "kept", st.Agent)
	require.Equal(t, "sudo", st.Way)

	sudo := func(words ...string) error {
		return exec.Command("su", "-s", "/bin/sh", h.None, "-c", "sudo -n "+strings.Join(words, " ")).Run()
	}
	require.NoError(t, exec.Command("su", "-s", "/bin/sh", h.None, "-c", "echo '{\"stop\":true}' | sudo -n "+su.Path+" agent").Run())
	require.Error(t, sudo(su.Path, "agent", "spool", "/tmp"))
	require.Error(t, sudo(su.Path, "capture"))
	require.Error(t, sudo(su.Path))
	require.Error(t, sudo("id"))
	b, err := os.ReadFile(su.Path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(su.Path, append(b, 0), 0o700))
	require.Error(t, sudo(su.Path, "agent"), "the sum is another")

	require.NoError(t, Clean(context.Background(), target(h, h.None), o))
	require.NoFileExists(t, su.Path)
	h.Clean(t, 5*time.Second)
}

// TestSysdigBySudoAlone captures where sudo is allowed for sysdig and nothing else, so that it cannot be killed: the end is
// clean here, and a sysdig that does not heed it ends at its next write, or at the time that it was given.
func TestSysdigBySudoAlone(t *testing.T) {
	h := remotetest.Need(t)
	for _, c := range []struct {
		name, heeds string
		use         Use
	}{
		{"it ends when it is told to", "exit 0", UseAuto},
		{"it ends when it writes", "", UseSysdig},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := fakeSysdig(t, "trap '"+c.heeds+"' TERM\nd=$(dirname $0)\nprintf %s $$ >$d/pid\nwhile :; do sleep 0.2; [ ! -e $d/write ] || cat $d/capture || exit; done\n")
			to := target(h, h.Sysdig(t, dir))
			ctx, cancel := context.WithCancel(context.Background())
			rec := newRecorder()
			o := options(h, rec)
			o.Use = c.use
			go func() {
				defer cancel()
				for limit := time.Now().Add(20 * time.Second); rec.last().Events == 0 && time.Now().Before(limit); {
					time.Sleep(10 * time.Millisecond)
				}
			}()
			var out bytes.Buffer
			st, err := Capture(ctx, to, o, &out)
			require.NoError(t, err)
			require.Equal(t, "sysdig", st.Agent)
			require.Equal(t, "sudo", st.Way)
			require.False(t, st.DropsKnown())
			require.Equal(t, "stopped", st.Reason)
			require.Equal(t, 12*time.Hour, st.EndsAfter)
			_, events := whole(t, out.Bytes())
			require.EqualValues(t, 10, events)
			require.Contains(t, strings.Join(sysdigArgs(t, dir), " "), " -M 43200 ")
			pid, err := os.ReadFile(filepath.Join(dir, "pid"))
			require.NoError(t, err)
			if c.heeds == "" {
				require.DirExists(t, "/proc/"+string(pid), "nobody could kill it")
				require.NoError(t, os.WriteFile(filepath.Join(dir, "write"), nil, 0o600))
			}
			require.Eventually(t, func() bool {
				_, err := os.Stat("/proc/" + string(pid))
				return os.IsNotExist(err)
			}, 5*time.Second, 100*time.Millisecond, "sysdig still runs")
			h.Clean(t, 5*time.Second)
		})
	}
	t.Run("it has the time that was asked for", func(t *testing.T) {
		dir := fakeSysdig(t, "")
		o := options(h, nil)
		o.Use, o.Spec.Duration = UseSysdig, 2*time.Minute
		st, err := Capture(context.Background(), target(h, h.Sysdig(t, dir)), o, &bytes.Buffer{})
		require.NoError(t, err)
		require.Zero(t, st.EndsAfter)
		require.Equal(t, "ended", st.Reason)
		require.Contains(t, strings.Join(sysdigArgs(t, dir), " "), " -M 120 ")
	})
}

func TestCheck(t *testing.T) {
	h := remotetest.Need(t)
	st, err := Check(context.Background(), target(h, h.Free), options(h, nil))
	require.NoError(t, err)
	require.Equal(t, "sudo", st.Way)
	require.Positive(t, st.Clock.Trips)
	h.Clean(t, 5*time.Second)
}

// TestSpool starts captures that outlive the connection, and gets them.
func TestSpool(t *testing.T) {
	h := remotetest.Need(t)
	for _, user := range []string{h.Free} { // by sudo, so as root
		ctx, to, o := context.Background(), target(h, user), options(h, nil)
		spool := func(r SpoolRequest) SpoolReply {
			t.Helper()
			reply, err := Spool(ctx, to, o, r)
			require.NoError(t, err)
			return reply
		}
		id := spool(SpoolRequest{Do: "start", FileSize: 1 << 20, Files: 3, Spec: &CaptureSpec{Filter: "flood", Duration: 5 * time.Minute}}).Done
		require.NotEmpty(t, id)
		h.Clean(t, 5*time.Second) // it runs from no file
		entry := func() SpoolEntry {
			for _, e := range spool(SpoolRequest{Do: "list"}).List {
				if e.ID == id {
					return e
				}
			}
			return SpoolEntry{}
		}
		e := entry()
		for limit := time.Now().Add(50 * time.Second); e.Files < 3 && time.Now().Before(limit); e = entry() {
			time.Sleep(300 * time.Millisecond)
		}
		require.Equal(t, 3, e.Files)
		require.True(t, e.Running)

		_, err := Spool(ctx, target(h, h.Asks), o, SpoolRequest{Do: "list"})
		require.Error(t, err, "who may not capture sees no spool")

		spool(SpoolRequest{Do: "stop", ID: id})
		require.False(t, entry().Running)
		var out bytes.Buffer
		o.Spec.Compress = "zstd"
		st, err := Fetch(ctx, to, o, id, &out)
		require.NoError(t, err)
		require.EqualValues(t, entry().Bytes, out.Len()-len(fetchedComment(t, out.Bytes())))
		_, events := whole(t, out.Bytes())
		require.Equal(t, st.Events, events)
		require.Greater(t, events, uint64(1000))
		spool(SpoolRequest{Do: "remove", ID: id})
		require.Zero(t, entry())
		for _, bad := range []string{"", "..", "../../etc", "20200101-000000-00000000", "a/b"} {
			_, err := Spool(ctx, to, o, SpoolRequest{Do: "remove", ID: bad})
			require.Error(t, err, bad)
		}
	}
}

// fetchedComment returns the option that was added to the first section header.
func fetchedComment(t *testing.T, b []byte) []byte {
	comment, _ := whole(t, b)
	for line := range strings.Lines(comment) {
		if strings.HasPrefix(line, "captured by scapls on") {
			n := len(strings.TrimSuffix(line, "\n"))
			return make([]byte, 4+(n+3)/4*4)
		}
	}
	require.Fail(t, "no comment was added", "%q", comment)
	return nil
}

// TestABadLink captures through 50 ms of delay and 1 % of loss, in a network namespace, at a rate that is too slow for
// what is captured: nothing is lost on the way, and the far side is held up.
func TestABadLink(t *testing.T) {
	h := remotetest.Need(t)
	n := remotetest.NeedNamespace(t, h)
	b := &remotetest.Link{To: n.Address(), Rate: 1_000_000}
	if n.Netem != nil {
		t.Logf("the kernel has no netem, a link in user space stands in for it: %v", n.Netem)
		b.Delay, b.Loss = 50*time.Millisecond, 0.01
	}
	port := remotetest.StartLink(t, b, "127.0.0.1:0")
	rec := newRecorder()
	o := options(h, rec)
	o.Spec = CaptureSpec{Filter: "flood", Duration: 2 * time.Second} // no compression: some 20 MB/s, if it could
	var out bytes.Buffer
	st, err := Capture(context.Background(), Target{User: h.Root, Host: "127.0.0.1", Port: port}, o, &out)
	require.NoError(t, err)
	_, events := whole(t, out.Bytes())
	require.Equal(t, st.FarEvents, events)
	require.Greater(t, st.Clock.RTT, 100*time.Millisecond)
	require.Less(t, st.Clock.Offset.Abs(), st.Clock.RTT/2)
	if n.Netem != nil {
		require.Positive(t, b.Lost(), "nothing was lost on the way")
	}
	t.Logf("%d events, %d bytes, clock %s, %d segments lost by the link", events, out.Len(), st.Clock, b.Lost())
	h.Clean(t, 10*time.Second)
}

func TestFindAgent(t *testing.T) {
	dir := t.TempDir()
	name := "scapls-linux-arm64"
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, tinyELF("arm64"), 0o600))
	_, err := FindAgent("arm64", []string{t.TempDir(), dir})
	require.ErrorContains(t, err, "no SHA256SUMS beside it tells its sum")
	require.NoError(t, os.WriteFile(filepath.Join(dir, Sums), []byte("00ff  scapls-linux-amd64\n"), 0o600))
	_, err = FindAgent("arm64", []string{dir})
	require.ErrorContains(t, err, "no SHA256SUMS beside it tells its sum", "only of another")
	own, err := openAgent(path, "arm64", false)
	require.NoError(t, err, "the program that runs confirms itself")
	require.NoError(t, remotetest.WriteSums(dir))
	a, err := FindAgent("arm64", []string{t.TempDir(), dir})
	require.NoError(t, err)
	require.Equal(t, own, a)
	require.Equal(t, path, a.Path)
	require.EqualValues(t, 64, a.Size)
	sums := filepath.Join(dir, Sums)
	require.NoError(t, os.WriteFile(sums, []byte(a.SHA256+"  "+name+"\n"), 0o600))
	_, err = FindAgent("arm64", []string{dir})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(sums, []byte(hex.EncodeToString(make([]byte, 32))+" *"+name+"\n"), 0o600))
	_, err = openAgent(path, "arm64", false)
	require.ErrorContains(t, err, "is not what SHA256SUMS beside it says")
	require.NoError(t, os.Remove(sums))
	require.NoError(t, os.WriteFile(path, tinyELF("amd64"), 0o600))
	_, err = openAgent(path, "arm64", false)
	require.ErrorContains(t, err, "not for arm64")
	_, err = openAgent(scapiotest.File(t, []byte("#!/bin/sh\n")), "arm64", false)
	require.ErrorContains(t, err, "no Linux program")
	if runtime.GOARCH != "arm64" {
		_, err = FindAgent("arm64", []string{t.TempDir()})
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, KindNoAgent, e.Kind)
		require.Contains(t, e.Fix, name)
	}
}
