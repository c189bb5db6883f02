package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
)

var builtAgent sync.Once

// remoteArgs returns the arguments that lead to the test's far side, with the real agent to upload.
func remoteArgs(t *testing.T, h *remotetest.Host, user string) []string {
	t.Helper()
	dir := h.Path("real")
	var err error
	builtAgent.Do(func() {
		c := exec.Command("go", "build", "-ldflags", "-s -w", "-o", filepath.Join(dir, "scapls-linux-"+runtime.GOARCH), ".")
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		var out []byte
		if out, err = c.CombinedOutput(); err != nil {
			err = fmt.Errorf("build the agent: %w: %s", err, out)
			return
		}
		err = remotetest.WriteSums(dir)
	})
	require.NoError(t, err)
	return []string{fmt.Sprintf("%s@127.0.0.1:%d", user, h.Port), "--ssh-option", "-F", "--ssh-option", h.Path("ssh_config"), "--agents", dir, "--status", "json"}
}

// remoteRun is a running "scapls capture --remote".
type remoteRun struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan remoteStatus
	last  remoteStatus
	said  bytes.Buffer
}

func startRemote(t *testing.T, h *remotetest.Host, user string, args ...string) *remoteRun {
	t.Helper()
	r := &remoteRun{t: t, lines: make(chan remoteStatus, 1000)}
	r.cmd = program(t, append(append([]string{"capture", "--control", "--remote"}, remoteArgs(t, h, user)...), args...)...)
	var err error
	r.in, err = r.cmd.StdinPipe()
	require.NoError(t, err)
	errs, err := r.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, r.cmd.Start())
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(errs); s.Scan(); {
			var l remoteStatus
			r.said.Write(s.Bytes())
			if json.Unmarshal(s.Bytes(), &l) == nil {
				r.lines <- l
			}
		}
	}()
	return r
}

// until waits for a state and returns its status.
func (r *remoteRun) until(state string) remoteStatus {
	r.t.Helper()
	for limit := time.After(60 * time.Second); ; {
		select {
		case l, ok := <-r.lines:
			require.True(r.t, ok, "it ended before it was %s: %s", state, r.said.String())
			if r.last = l; l.State == state {
				return l
			}
		case <-limit:
			require.Fail(r.t, "it does not become "+state, r.said.String())
		}
	}
}

func (r *remoteRun) say(v any) {
	r.t.Helper()
	b, err := json.Marshal(v)
	require.NoError(r.t, err)
	_, err = r.in.Write(append(b, '\n'))
	require.NoError(r.t, err)
}

func (r *remoteRun) exit() int {
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

// count returns how many events of a capture match.
func count(t *testing.T, file, cond string) int {
	t.Helper()
	_, out, _ := cli(t, "read", file, cond) // the file may still grow
	return strings.Count(out, "\n")
}

func TestRemoteCapture(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	marker := filepath.Join(t.TempDir(), "a marker of this test")
	require.NoError(t, os.WriteFile(marker, []byte("x"), 0o600))
	file := filepath.Join(t.TempDir(), "remote.scap")
	r := startRemote(t, h, h.Asks, "-w", file, "proc.name in (cat, sshd, sh, sudo, agent)")
	ask := r.until("password")
	require.Equal(t, h.Asks, ask.User)
	require.Equal(t, 1, ask.Attempt)
	r.say(map[string]string{"password": remotetest.Password})
	begun := r.until("running")
	require.Equal(t, "uploaded", begun.Agent)
	require.Equal(t, "password", begun.Way)
	require.NotEmpty(t, begun.Offset)

	carriers := carriersOf(h)
	require.GreaterOrEqual(t, len(carriers), 4, "sshd, the shell, sudo and the agent: %v", carriers)
	require.NoError(t, exec.Command("cat", marker).Run())
	cond := fmt.Sprintf("proc.name=cat and fd.name contains %q", filepath.Base(marker))
	ran := time.Now()
	require.Eventually(t, func() bool { return count(t, file, cond) > 0 }, 10*time.Second, 50*time.Millisecond, "rows do not arrive while it runs")
	t.Logf("seen %s after the command ended", time.Since(ran).Round(time.Millisecond))
	for range 2 {
		require.Equal(t, "running", r.until("running").State)
	}
	r.say(map[string]bool{"stop": true})
	end := r.until("ended")
	require.Equal(t, "stopped", end.Reason)
	require.Equal(t, exitOK, r.exit())
	require.Positive(t, end.Events)
	require.Equal(t, end.Written, end.Events)
	whole(t, file)

	require.Positive(t, count(t, file, "evt.type=openat and evt.arg.name contains \""+filepath.Base(marker)+"\""))
	require.Zero(t, count(t, file, "proc.pid in ("+strings.Join(carriers, ",")+")"), "its own traffic is left out")
	_, info, _ := cli(t, "info", file)
	require.Contains(t, info, "captured by scapls on 127.0.0.1 over ssh; clock offset ")
	require.NotContains(t, r.said.String(), remotetest.Password)
	h.Clean(t, 5*time.Second)
	if out := peer(t, filepath.Dir(file), "sysdig", "-r", "remote.scap", "-p", "%proc.name %fd.name", cond); len(out) > 0 {
		require.Contains(t, out[0], filepath.Base(marker))
	} else {
		require.Fail(t, "sysdig sees no event of the command")
	}
}

// carriersOf returns the processes that carry a capture: those of the connection, and the sshd above them.
func carriersOf(h *remotetest.Host) (pids []string) {
	seen := map[string]bool{}
	for pid := range h.Processes() {
		for p := strconv.Itoa(pid); !seen[p]; {
			cmdline, _ := os.ReadFile("/proc/" + p + "/cmdline")
			if strings.Contains(string(cmdline), "[listener]") || len(cmdline) == 0 {
				break
			}
			seen[p] = true
			status, _ := os.ReadFile("/proc/" + p + "/status")
			_, rest, _ := strings.Cut(string(status), "PPid:\t")
			p, _, _ = strings.Cut(rest, "\n")
		}
	}
	for p := range seen {
		pids = append(pids, p)
	}
	return pids
}

func TestRemoteCaptureIncludesItsOwnTrafficWhenAsked(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	file := filepath.Join(t.TempDir(), "own.scap")
	r := startRemote(t, h, h.Root, "-w", file, "--include-own", "-d", "2s", "proc.name=sshd")
	r.until("running")
	carriers := carriersOf(h)
	r.until("ended")
	require.Equal(t, exitOK, r.exit())
	require.Positive(t, count(t, file, "proc.pid in ("+strings.Join(carriers, ",")+")"))
}

// TestRemoteDropsAreShown captures more than a slow link takes, through a small ring: what is lost is counted, and told
// while it runs and at the end, with the reason.
func TestRemoteDropsAreShown(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	link := &remotetest.Link{To: fmt.Sprintf("127.0.0.1:%d", h.Port), Rate: 2_000_000}
	slow := *h
	slow.Port = remotetest.StartLink(t, link, "127.0.0.1:0")
	busy := exec.Command("dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000000000")
	file := filepath.Join(t.TempDir(), "drops.scap")
	r := startRemote(t, &slow, h.Root, "-w", file, "--ring", "256K", "--link", "none", "--comm", "dd")
	r.until("running")
	require.NoError(t, busy.Start())
	defer func() { _ = busy.Wait() }()
	defer func() { _ = busy.Process.Kill() }()
	var during remoteStatus
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); {
		if during = r.until("running"); during.Drops != nil && *during.Drops > 0 {
			break
		}
	}
	require.NotNil(t, during.Drops)
	require.Positive(t, *during.Drops, "nothing was told to be lost")
	require.Equal(t, *during.Drops, during.Reasons["ring buffer full"])
	r.say(map[string]bool{"stop": true})
	end := r.until("ended")
	require.Equal(t, exitOK, r.exit())
	require.GreaterOrEqual(t, *end.Drops, *during.Drops)
	require.Equal(t, end.Written, end.Events, "nothing is lost on the way")
	whole(t, file)
	t.Logf("%d events arrived, %d were dropped", end.Events, *end.Drops)
	h.Clean(t, 5*time.Second)
}

func TestRemoteCaptureFails(t *testing.T) {
	h := remotetest.Need(t)
	dir := t.TempDir()
	old := filepath.Join(dir, "old.scap")
	require.NoError(t, os.WriteFile(old, []byte("kept"), 0o600))
	code, _, said := cli(t, append(append([]string{"capture", "--remote"}, remoteArgs(t, h, h.None)...), "-w", old)...)
	require.Equal(t, exitCannot, code)
	var e remoteStatus
	lines := strings.Split(strings.TrimSpace(said), "\n")
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &e))
	require.Equal(t, "error", e.State)
	require.Equal(t, "no-rights", e.Kind)
	require.Contains(t, e.Error, h.None+" may not capture")
	require.Contains(t, e.Fix, "scapls remote sudoers")
	b, err := os.ReadFile(old)
	require.NoError(t, err)
	require.Equal(t, "kept", string(b), "a capture that never began leaves an older file alone")

	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--remote", "-oProxyCommand=id", "-w", "x"}, exitUsage, "begins with a dash"},
		{[]string{"--remote=a;id", "-w", "x"}, exitUsage, "is not allowed"},
		{[]string{"--remote", "h", "-C", "5"}, exitUsage, "need a name"},
		{[]string{"--remote", "h", "-w", "x", "-W", "5"}, exitUsage, "needs a limit for each"},
		{[]string{"--remote", "h", "-w", "-", "--", "true"}, exitUsage, "both the capture and what the command prints"},
		{[]string{"--remote", "h", "-w", "x", "--"}, exitUsage, "the command to capture"},
		{[]string{"--remote", "h", "--spool", "-w", "x"}, exitUsage, "leaves the capture over there"},
		{[]string{"--remote", "h", "--spool", "--", "true"}, exitUsage, "without a connection"},
		{[]string{"--remote", "h", "--spool", "-G", "5"}, exitUsage, "by size"},
		{[]string{"--remote", "h", "-w", "x", "--pid", "1", "--", "true"}, exitUsage, "one of them"},
		{[]string{"--remote", "h", "-p", "%nonsense.field"}, exitFilter, "nonsense"},
		{[]string{"--remote", "h", "-w", "x", "proc.nme=x"}, exitFilter, "proc.name"},
		{[]string{"--remote", "h", "-w", "x", "--ring", "huge"}, exitUsage, "is no size"},
		{[]string{"--remote", "h", "-w", "x", "--ssh-option", "-oStrictHostKeyChecking=no"}, exitCannot, "is none of"},
		{[]string{"--remote", "h", "-w", "x", "--status", "xml"}, exitUsage, "none of text"},
	} {
		code, _, said := cli(t, append([]string{"capture"}, c.args...)...)
		require.Equal(t, c.code, code, "%q: %s", c.args, said)
		require.Contains(t, said, c.says)
	}
}

func TestRemoteSpool(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	do := func(action string, more ...string) string {
		t.Helper()
		args := append(append([]string{"remote", action}, remoteArgs(t, h, h.Free)...), more...)
		code, out, said := cli(t, args...)
		require.Equal(t, exitOK, code, said)
		return strings.TrimSpace(out)
	}
	code, id, said := cli(t, append(append([]string{"capture", "--remote"}, remoteArgs(t, h, h.Free)...), "--spool", "-C", "100", "-W", "4", "-d", "1m", "proc.name=cat")...)
	require.Equal(t, exitOK, code, said)
	id = strings.TrimSpace(id)
	defer func() { _ = exec.Command("rm", "-rf", "/var/lib/scapls/spool/"+strconv.Itoa(uidOf(t, h.Free))).Run() }()
	marker := filepath.Join(t.TempDir(), "spooled marker")
	require.NoError(t, os.WriteFile(marker, nil, 0o600))
	require.NoError(t, exec.Command("cat", marker).Run())
	require.Contains(t, do("list", "-o", "json"), `"running": true`)
	do("stop", id)
	file := filepath.Join(t.TempDir(), "fetched.scap")
	do("fetch", id, "-w", file)
	whole(t, file)
	require.Positive(t, count(t, file, "fd.name contains \"spooled marker\""))
	do("remove", id)
	require.Equal(t, "[]", do("list", "-o", "json"))
}

func uidOf(t *testing.T, user string) int {
	out, err := exec.Command("id", "-u", user).Output()
	require.NoError(t, err)
	uid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	require.NoError(t, err)
	return uid
}

func TestRemoteHosts(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, ".ssh"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte("Host box\n HostName box.example.com\n"), 0o600))
	t.Setenv("HOME", home)
	code, out, _ := cli(t, "remote", "hosts", "-o", "json")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, `"alias": "box"`)
	code, _, said := cli(t, "remote", "explode", "box")
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "there is no action")
	code, _, _ = cli(t, "remote", "check")
	require.Equal(t, exitUsage, code)
}

func TestAgentTakesNoArguments(t *testing.T) {
	code, _, said := cli(t, "agent", "-w", "/etc/passwd")
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "takes no arguments")
}
