package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scapls/scapls/capture/remote"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOwn(t *testing.T) {
	for _, c := range []struct {
		name  string
		procs map[int]process
		want  []int32
	}{
		{"OpenSSH, a user by sudo", map[int]process{
			90: {80, "/tmp/scapls-agent.x/agent agent"}, 80: {70, "sudo -n -- /tmp/scapls-agent.x/agent agent"}, 70: {60, "/bin/sh -c s=$(dd …)"}, 60: {50, "sshd: alice@notty"},
			50: {40, "sshd: alice [priv]"}, 40: {1, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"}, 1: {0, "/sbin/init"},
		}, []int32{90, 80, 70, 60, 50}},
		{"OpenSSH, root", map[int]process{90: {70, "agent"}, 70: {60, "sh"}, 60: {40, "sshd: root@notty"}, 40: {1, "sshd: /usr/sbin/sshd [listener] 1 of 10-100 startups"}}, []int32{90, 70, 60}},
		{"OpenSSH before 8.2", map[int]process{90: {70, "agent"}, 70: {60, "sh"}, 60: {50, "sshd: u@notty"}, 50: {40, "sshd: u [priv]"}, 40: {1, "/usr/sbin/sshd -D"}}, []int32{90, 70, 60, 50}},
		{"OpenSSH 9.8", map[int]process{90: {70, "agent"}, 70: {60, "sh"}, 60: {50, "sshd-session: u@notty"}, 50: {40, "sshd-session: u [priv]"}, 40: {1, "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"}}, []int32{90, 70, 60, 50}},
		{"by socket activation", map[int]process{90: {70, "agent"}, 70: {60, "sh"}, 60: {50, "sshd: u@notty"}, 50: {1, "sshd: u [priv]"}, 1: {0, "/sbin/init"}}, []int32{90, 70, 60, 50}},
		{"dropbear", map[int]process{90: {70, "agent"}, 70: {60, "sh"}, 60: {50, "/usr/sbin/dropbear -F"}, 50: {1, "/usr/sbin/dropbear -F"}}, []int32{90, 70, 60}},
		{"in a container, below its init", map[int]process{90: {70, "agent"}, 70: {60, "sh"}, 60: {1, "sshd: root@notty"}}, []int32{90, 70, 60}},
		{"no ssh at all", map[int]process{90: {70, "agent"}, 70: {60, "bash"}, 60: {50, "/usr/lib/systemd/systemd --user"}, 50: {1, "gdm"}}, []int32{90}},
		{"a process that only looks so", map[int]process{90: {70, "agent"}, 70: {60, "vim sshd: notes"}, 60: {1, "tmux"}}, []int32{90}},
		{"a circle", map[int]process{90: {70, "agent"}, 70: {90, "sshd: x"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := own(90, func(pid int) (process, bool) { p, ok := c.procs[pid]; return p, ok })
			if c.want == nil {
				require.LessOrEqual(t, len(got), maxDepth+1)
				return
			}
			require.Equal(t, c.want, got)
		})
	}
	require.Contains(t, Own(), int32(os.Getpid()))
}

// talk runs an agent; the test speaks to it and hears it.
type talk struct {
	t      *testing.T
	in     *io.PipeWriter
	out    bytes.Buffer
	replys chan remote.Reply
	code   chan int
	forced chan int
}

func start(t *testing.T, capture func(context.Context, Job) (remote.CaptureStatus, error)) *talk {
	in, w := io.Pipe()
	r, errs := io.Pipe()
	k := &talk{t: t, in: w, replys: make(chan remote.Reply, 100), code: make(chan int, 1), forced: make(chan int, 1)}
	go func() {
		for lines := bufio.NewScanner(r); lines.Scan(); {
			var reply remote.Reply
			if json.Unmarshal(lines.Bytes(), &reply) == nil {
				k.replys <- reply
			}
		}
	}()
	o := Options{
		In: in, Out: &k.out, Err: errs, Version: "1.2.3", Capture: capture, Can: func() (bool, string, bool) { return true, "", false },
		Exit: func(code int) { k.forced <- code },
	}
	go func() {
		k.code <- Run(context.Background(), o)
		errs.Close()
	}()
	t.Cleanup(func() { w.Close(); in.Close() })
	hello := k.hear().Hello
	require.NotNil(t, hello)
	require.Equal(t, remote.Protocol, hello.Protocol)
	require.True(t, hello.Can)
	return k
}

func (k *talk) say(line string) {
	_, err := io.WriteString(k.in, line+"\n")
	require.NoError(k.t, err)
}

func (k *talk) hear() remote.Reply {
	k.t.Helper()
	select {
	case r := <-k.replys:
		return r
	case <-time.After(5 * time.Second):
		require.Fail(k.t, "the agent is silent")
		return remote.Reply{}
	}
}

func (k *talk) ends(within time.Duration) int {
	k.t.Helper()
	select {
	case c := <-k.code:
		return c
	case <-time.After(within):
		require.Fail(k.t, "the agent goes on")
		return -1
	}
}

// endless captures until it is told to end.
func endless(ctx context.Context, job Job) (remote.CaptureStatus, error) {
	job.Begun()
	_, _ = io.WriteString(job.Out, "captured")
	<-ctx.Done()
	return remote.CaptureStatus{Events: 7, Drops: 2, Reasons: map[string]uint64{"full": 2}}, nil
}

func TestACapture(t *testing.T) {
	k := start(t, endless)
	before := time.Now().UnixNano()
	k.say(`{"ping":42}`)
	pong := k.hear().Pong
	require.EqualValues(t, 42, pong.N)
	require.InDelta(t, before, pong.Time, 1e9)
	k.say(`{"start":{"snaplen":100,"filter":"proc.name=x","include_own":true}}`)
	require.Empty(t, k.hear().Started.Excluded)
	k.say(`{"ping":43}`)
	require.EqualValues(t, 43, k.hear().Pong.N)
	k.say(`{"stop":true}`)
	require.Equal(t, remote.Ended{Reason: "stopped", Events: 7, Drops: 2, Bytes: 8, Reasons: map[string]uint64{"full": 2}}, *k.hear().Ended)
	require.Equal(t, exitOK, k.ends(time.Second))
	require.Equal(t, "captured", k.out.String())
}

func TestACommandThatIsCaptured(t *testing.T) {
	k := start(t, func(_ context.Context, job Job) (remote.CaptureStatus, error) {
		require.Equal(t, []string{"cat", "a b"}, job.Command)
		require.Nil(t, job.Exclude, "what is not the command's is not recorded anyway")
		job.Begun()
		job.Printed(true, bytes.Repeat([]byte("x"), remote.MaxPrinted+3))
		job.Exited(3)
		return remote.CaptureStatus{Events: 5}, nil
	})
	k.say(`{"start":{"command":["cat","a b"],"duration":1}}`)
	require.NotNil(t, k.hear().Started)
	for _, n := range []int{remote.MaxPrinted, 3} {
		p := k.hear().Printed
		require.True(t, p.Stderr)
		require.Len(t, p.Data, n)
	}
	require.Equal(t, remote.Ended{Reason: "command", Events: 5, Exit: 3}, *k.hear().Ended)
	require.Equal(t, exitOK, k.ends(time.Second))
}

func TestACaptureThatFails(t *testing.T) {
	k := start(t, func(context.Context, Job) (remote.CaptureStatus, error) {
		return remote.CaptureStatus{}, &remote.Error{Kind: remote.KindFilter, Message: "no such field", Fix: "another"}
	})
	k.say(`{"start":{}}`)
	require.Equal(t, remote.Fault{Kind: remote.KindFilter, Message: "no such field", Fix: "another"}, *k.hear().Error)
	require.Equal(t, "error", k.hear().Ended.Reason)
	require.Equal(t, exitOK, k.ends(time.Second))
}

func TestTheAgentEndsWithoutItsClient(t *testing.T) {
	t.Run("when stdin ends", func(t *testing.T) {
		k := start(t, endless)
		k.say(`{"start":{}}`)
		k.hear()
		k.in.Close()
		require.Equal(t, exitLost, k.ends(2*time.Second))
	})
	t.Run("when no beat comes", func(t *testing.T) {
		t.Parallel()
		k := start(t, endless)
		k.say(`{"start":{}}`)
		k.hear()
		time.Sleep(2 * time.Second)
		k.say(`{"beat":true}`)
		begun := time.Now()
		require.Equal(t, exitLost, k.ends(10*time.Second))
		require.Greater(t, time.Since(begun), remote.LostAfter-time.Second)
	})
	t.Run("when nothing is asked", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, exitLost, start(t, endless).ends(10*time.Second))
	})
	t.Run("by force, when the capture hangs in a write", func(t *testing.T) {
		hang := make(chan struct{})
		k := start(t, func(_ context.Context, job Job) (remote.CaptureStatus, error) {
			job.Begun()
			<-hang
			return remote.CaptureStatus{}, errors.New("late")
		})
		k.say(`{"start":{}}`)
		k.hear()
		k.in.Close()
		select {
		case code := <-k.forced:
			require.Equal(t, exitLost, code)
		case <-time.After(3 * time.Second):
			require.Fail(t, "the agent goes on")
		}
		close(hang)
		k.ends(time.Second)
	})
}

func TestTheAgentTakesNothingElse(t *testing.T) {
	for _, line := range []string{"", "hello", `{"exec":"id"}`, `{"start":{"file":"/etc/passwd"}}`, `{"start":{"command":"id"}}`, `{"spool":{"do":"start","run":["id"]}}`, `{"start":{"File":"/x"}}`, `[1]`, strings.Repeat("x", 2*remote.MaxLine)} {
		k := start(t, endless)
		go func() { _, _ = io.WriteString(k.in, line+"\n") }()
		require.Equal(t, remote.KindCapture, k.hear().Error.Kind, "%.20q", line)
		require.Equal(t, exitBad, k.ends(time.Second))
	}
}

func TestPrivateFolders(t *testing.T) {
	root := t.TempDir()
	dir, err := private(root, "a", "b")
	require.NoError(t, err)
	st, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), st.Mode().Perm())
	_, err = private(root, "a", "b")
	require.NoError(t, err)

	require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(root, "link")))
	_, err = private(root, "link")
	require.ErrorContains(t, err, "symbolic link")
	require.NoError(t, os.Mkdir(filepath.Join(root, "open"), 0o700))
	require.NoError(t, os.Chmod(filepath.Join(root, "open"), 0o770))
	_, err = private(root, "open")
	require.ErrorContains(t, err, "others may write")
	require.NoError(t, os.WriteFile(filepath.Join(root, "file"), nil, 0o600))
	_, err = private(root, "file", "x")
	require.ErrorContains(t, err, "no folder")
	if os.Geteuid() == 0 {
		require.NoError(t, os.Mkdir(filepath.Join(root, "theirs"), 0o700))
		require.NoError(t, os.Chown(filepath.Join(root, "theirs"), 12345, 12345))
		_, err = private(root, "theirs")
		require.ErrorContains(t, err, "belongs to another user")
	}
}

func TestBehind(t *testing.T) {
	for in, want := range map[string]int{"": 0, "1000": 1000, "-1": 0, "x": 0, "4294967296": 0, "../1": 0} {
		require.Equal(t, want, behind(func(string) string { return in }), in)
	}
}

func FuzzRequests(f *testing.F) {
	f.Add([]byte(`{"ping":1}` + "\n" + `{"start":{"duration":5}}` + "\n" + `{"stop":true}` + "\n"))
	f.Add([]byte(`{"start":{"compress":"zstd"}}` + "\n"))
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.Contains(in, []byte("spool")) {
			return // that one would write
		}
		o := Options{
			In: bytes.NewReader(in), Out: io.Discard, Err: io.Discard, Can: func() (bool, string, bool) { return true, "", false },
			Capture: func(context.Context, Job) (remote.CaptureStatus, error) { return remote.CaptureStatus{}, nil },
			Exit:    func(int) { t.Error("forced") },
		}
		Run(context.Background(), o)
	})
}
