package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// here runs the script on this machine, without ssh, and looks around.
func here(t testing.TB, o Options, env ...string) *session {
	t.Helper()
	return hereAs(t, os.Geteuid(), o, env...)
}

// hereAs is here as another user, which root can be.
func hereAs(t testing.TB, uid int, o Options, env ...string) *session {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the script is for Linux")
	}
	nonce := newNonce()
	command, script := farCommand(nonce)
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Env = append(os.Environ(), env...)
	if uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		cmd.Dir = "/"
	}
	l, err := attach(cmd, nonce, script)
	require.NoError(t, err)
	t.Cleanup(func() { l.close() })
	s := &session{t: Target{Host: "here"}, o: o, l: l}
	require.NoError(t, s.look(context.Background()))
	return s
}

// fakeSysdig is a folder with a sysdig that writes down its arguments and gives a capture.
func fakeSysdig(t testing.TB, then string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	capture := scapiotest.Capture(t, func(w *scapio.Writer) { scapiotest.Lists(w); scapiotest.Events(w, 5) })
	require.NoError(t, os.WriteFile(filepath.Join(dir, "capture"), capture, 0o600))
	text := fmt.Sprintf("#!/bin/sh\nif [ \"$1\" = --version ]; then exit 0; fi\nfor a; do printf '%%s\\0' \"$a\"; done >%[1]s/args\ncat %[1]s/capture\n%s", dir, then)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "sysdig"), []byte(text), 0o700))
	return dir
}

func sysdigArgs(t testing.TB, dir string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "args"))
	require.NoError(t, err)
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

func TestSysdigInTheAgentsPlace(t *testing.T) {
	if os.Geteuid() != 0 {
		scapiotest.Skip(t, "ssh", "sysdig is only run as root")
	}
	dir := fakeSysdig(t, "")
	var out bytes.Buffer
	s := here(t, Options{Use: UseSysdig, Spec: CaptureSpec{Snaplen: 200, Count: 7, Duration: 90 * time.Second}}, "PATH="+dir+":"+os.Getenv("PATH"))
	require.NoError(t, s.close(s.capture(context.Background(), &out)))
	require.Equal(t, "sysdig", s.st.Agent)
	require.EqualValues(t, 10, s.st.Events)
	comment, events := whole(t, out.Bytes())
	require.EqualValues(t, 10, events)
	require.Contains(t, comment, "captured by scapls on here over ssh")
	args := sysdigArgs(t, dir)
	require.Equal(t, []string{"-w", "-", "-s", "200", "-n", "7", "-M", "90"}, args[:8])
	require.Regexp(t, `^not \(proc\.pid in \(\d+(,\d+)*\) or proc\.apid=\d+\)$`, args[8])
	require.Len(t, args, 9)
}

func TestSysdigIsNotAskedWhatItCannotDo(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		kind Kind
		says string
	}{
		"fewer halves":  {Options{Spec: CaptureSpec{ExitOnly: true}}, KindAgent, "enter half"},
		"another ring":  {Options{Spec: CaptureSpec{Ring: "64M"}}, KindAgent, "size of its buffer"},
		"no switches":   {Options{Spec: CaptureSpec{NoSwitches: true}}, KindAgent, "context switches"},
		"no containers": {Options{Spec: CaptureSpec{NoContainers: true}}, KindAgent, "containers"},
		"a packed link": {Options{Spec: CaptureSpec{Compress: "gzip"}, MustPack: true}, KindAgent, "pack the stream"},
		"a filter": {Options{Spec: CaptureSpec{Filter: "x"}, ForSysdig: func(string) (string, error) {
			return "", errors.New("it has no slices")
		}}, KindFilter, "it has no slices"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &session{t: Target{Host: "here"}, o: c.o, far: probe{has: map[string]bool{"sysdig": true}}}
			_, err := s.sysdigWay(context.Background())
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.kind, e.Kind)
			require.ErrorContains(t, err, c.says)
		})
	}
	s := &session{o: Options{Spec: CaptureSpec{Compress: "zstd", Filter: "a == 1"}, ForSysdig: func(f string) (string, error) { return strings.ReplaceAll(f, "==", "="), nil }}}
	require.NoError(t, s.forSysdig(), "packing is only how the link would rather have it")
	require.Equal(t, "a = 1", s.o.Spec.Filter)
}

func TestSysdigIsStopped(t *testing.T) {
	if os.Geteuid() != 0 {
		scapiotest.Skip(t, "ssh", "sysdig is only run as root")
	}
	person := func(_ *session, cancel func()) { cancel() }
	gone := func(s *session, _ func()) { s.l.in.Close() }
	for _, c := range []struct {
		name, heeds string
		reason      string
		stop        func(*session, func())
	}{
		{"by the person", "trap 'exit 0' TERM", "stopped", person},
		{"by the person, by force", "trap '' TERM", "stopped", person},
		{"when the link is gone", "trap 'exit 0' TERM", "ended", gone}, // for the script it is a plain end
		{"when the link is gone, by force", "trap '' TERM", "", gone},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := fakeSysdig(t, c.heeds+"\nprintf '%s' $$ >"+"$(dirname \"$0\")/pid\nwhile :; do sleep 1; done\n")
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			rec := newRecorder()
			var out bytes.Buffer
			s := here(t, Options{Use: UseSysdig, Status: rec.add}, "PATH="+dir+":"+os.Getenv("PATH"))
			time.AfterFunc(2500*time.Millisecond, func() { c.stop(s, cancel) })
			err := s.close(s.capture(ctx, &out))
			if c.reason == "" {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, c.reason, s.st.Reason)
			_, events := whole(t, out.Bytes())
			require.EqualValues(t, 10, events)
			pid, err := os.ReadFile(filepath.Join(dir, "pid"))
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				_, err := os.Stat("/proc/" + string(pid))
				return os.IsNotExist(err)
			}, 10*time.Second, 100*time.Millisecond, "sysdig still runs")
		})
	}
}

// TestNothingIsEverAShellsWord sends strings that a shell could read through the real one.
func TestNothingIsEverAShellsWord(t *testing.T) {
	if os.Geteuid() != 0 {
		scapiotest.Skip(t, "ssh", "sysdig is only run as root")
	}
	trap := filepath.Join(t.TempDir(), "trap")
	dangerous := []string{
		"proc.name=x; touch " + trap, "$(touch " + trap + ")", "`touch " + trap + "`", "') ; touch " + trap + " ; ('", "\" ; touch " + trap + " ; \"", "-w" + trap, "-w " + trap,
		"a && touch " + trap, "a | tee " + trap, "a\ntouch " + trap, "a\n-w\n" + trap, "${x:=$(touch " + trap + ")}", `\`, `a\`, "  two  blanks  ", "proc.name contains \"a  b\"",
	}
	for _, own := range []bool{false, true} {
		filters := dangerous
		if own { // the rest once: it is the same quoting
			filters = append(slices.Clone(dangerous), nasty[1:]...)
		}
		for _, f := range filters {
			dir := fakeSysdig(t, "")
			s := here(t, Options{Use: UseSysdig, Spec: CaptureSpec{Filter: f, IncludeOwn: own}}, "PATH="+dir+":"+os.Getenv("PATH"))
			var out bytes.Buffer
			err := s.close(s.capture(context.Background(), &out))
			if strings.Contains(f, "\x00") {
				require.Error(t, err, "%q", f)
				continue
			}
			require.NoError(t, err, "%q", f)
			args := sysdigArgs(t, dir)
			want := "(" + strings.NewReplacer("\n", " ", "\r", " ").Replace(f) + ")"
			require.Len(t, args, 5, "%q", f)
			if own {
				require.Equal(t, want, args[4])
			} else {
				require.Equal(t, want, args[4][:len(want)])
			}
			require.NoFileExists(t, trap, "%q", f)
		}
	}
}

func TestTheScriptRefusesFoldersThatAreNotOurs(t *testing.T) {
	agents := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(agents, "scapls-linux-"+runtime.GOARCH), tinyELF(runtime.GOARCH), 0o700))
	require.NoError(t, remotetest.WriteSums(agents))
	stay := func(t *testing.T, home string) error {
		s := here(t, Options{Stay: true, Agents: []string{agents}}, "HOME="+home)
		_, err := s.upload(context.Background())
		s.l.close()
		return err
	}
	t.Run("a folder is made", func(t *testing.T) {
		home := t.TempDir()
		require.NoError(t, stay(t, home))
		st, err := os.Stat(filepath.Join(home, ".local/share/scapls"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), st.Mode().Perm())
		got, err := os.ReadFile(filepath.Join(home, ".local/share/scapls/agent"))
		require.NoError(t, err)
		require.Equal(t, tinyELF(runtime.GOARCH), got)
		s := here(t, Options{}, "HOME="+home)
		require.Equal(t, filepath.Join(home, ".local/share/scapls/agent"), s.far.kept)
	})
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
	}{
		{"a link", func(t *testing.T, dir string) { require.NoError(t, os.Symlink(t.TempDir(), dir)) }},
		{"a link to nothing", func(t *testing.T, dir string) { require.NoError(t, os.Symlink("/nonexistent", dir)) }},
		{"others may write", func(t *testing.T, dir string) {
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.Chmod(dir, 0o777))
		}},
		{"another user's", func(t *testing.T, dir string) {
			if os.Geteuid() != 0 {
				scapiotest.Skip(t, "ssh", "only root can give a folder away")
			}
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.Chown(dir, 12345, 12345))
		}},
		{"a file", func(t *testing.T, dir string) { require.NoError(t, os.WriteFile(dir, nil, 0o600)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			dir := filepath.Join(home, ".local/share/scapls")
			require.NoError(t, os.MkdirAll(filepath.Dir(dir), 0o700))
			c.spoil(t, dir)
			err := stay(t, home)
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, KindUpload, e.Kind)
			require.Contains(t, e.Detail, dir)
		})
	}
	t.Run("a kept agent that is a link is not used", func(t *testing.T) {
		home := t.TempDir()
		require.NoError(t, stay(t, home))
		agent := filepath.Join(home, ".local/share/scapls/agent")
		require.NoError(t, os.Rename(agent, agent+"2"))
		require.NoError(t, os.Symlink(agent+"2", agent))
		require.Empty(t, here(t, Options{}, "HOME="+home).far.kept)
	})
}

// tinyELF is the header of a program and nothing else: enough to be told from other files.
func tinyELF(arch string) []byte {
	b := make([]byte, 64)
	copy(b, "\x7fELF\x02\x01\x01")
	b[16], b[18], b[20], b[52], b[54], b[58] = 2, 62, 1, 64, 56, 64
	if arch == "arm64" {
		b[18] = 183
	}
	return b
}

func TestTheScriptSweepsWhatKilledOnesLeft(t *testing.T) {
	tmp := t.TempDir()
	make := func(name, pid string, mode os.FileMode) string {
		dir := filepath.Join(tmp, "scapls-agent."+name)
		require.NoError(t, os.Mkdir(dir, 0o700))
		if pid != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "pid"), []byte(pid), 0o600))
		}
		require.NoError(t, os.Chmod(dir, mode))
		return dir
	}
	dead := exec.Command("true")
	require.NoError(t, dead.Run())
	gone := make("gone", strconv.Itoa(dead.Process.Pid), 0o700)
	alive := make("alive", strconv.Itoa(os.Getpid()), 0o700)
	fresh := make("fresh", "", 0o700)
	garbled := make("garbled", "1; rm -rf /", 0o700)
	open := make("open", strconv.Itoa(dead.Process.Pid), 0o777)
	s := here(t, Options{}, "TMPDIR="+tmp, "XDG_RUNTIME_DIR=", "HOME="+tmp)
	s.l.close()
	require.NoDirExists(t, gone)
	for _, dir := range []string{alive, fresh, garbled, open} {
		require.DirExists(t, dir)
	}
}

func TestAnUploadThatIsNotWhatWasSent(t *testing.T) {
	s := here(t, Options{}, "TMPDIR="+t.TempDir(), "XDG_RUNTIME_DIR=")
	require.NoError(t, s.l.order("put", "5", "plain", strings.Repeat("0", 64), "temp"))
	_, err := s.send(context.Background(), []byte("hello"))
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, KindUpload, e.Kind)
	require.Contains(t, e.Detail, "not what was sent")
}

func TestALoginThatTalks(t *testing.T) {
	nonce := newNonce()
	command, script := farCommand(nonce)
	l, err := attach(exec.Command("/bin/sh", "-c", "echo hello; seq 20000; printf 'no line end'; echo; echo '{}' >&2; echo 'greeting \033[31mred' >&2; "+command), nonce, script)
	require.NoError(t, err)
	s := &session{t: Target{Host: "here"}, l: l}
	require.NoError(t, s.look(context.Background()))
	require.NoError(t, l.order("quit"))
	var out bytes.Buffer
	_, err = out.ReadFrom(l.stream)
	require.NoError(t, err)
	require.Zero(t, out.Len(), "what a login file prints is no part of the capture")
	l.close()
}
