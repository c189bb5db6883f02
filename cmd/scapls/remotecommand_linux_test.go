package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
)

// farArgs returns the arguments of a remote capture that says nothing of how it goes.
func farArgs(t *testing.T, h *remotetest.Host, user string, more ...string) []string {
	t.Helper()
	args := append([]string{"capture", "--remote"}, remoteArgs(t, h, user)...)
	return append(args[:len(args)-1], append([]string{"none"}, more...)...)
}

func TestACommandOverThereIsCaptured(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	file := filepath.Join(t.TempDir(), "command.scap")
	code, out, said := cli(t, farArgs(t, h, h.Free, "-w", file, "--", "sh", "-c", "id -un; echo to stderr >&2; exit 7")...)
	require.Equal(t, 7, code, said)
	require.Equal(t, h.Free+"\n", out, "by sudo it runs as who logged in")
	require.Contains(t, said, "to stderr\n")
	whole(t, file)
	require.Positive(t, count(t, file, "proc.name=id and evt.type=execve"))
	require.Zero(t, count(t, file, "not proc.aname contains sh and not proc.name in (sh, id, echo) and evt.type=openat"), "nothing but the command and what it starts")

	// No shell reads the words.
	words := []string{"%s|", "$(id)", "; exit 3", "a\nb", "`id`", "'", `"`, "", "--remote", "*", "\\", "ü"}
	code, out, said = cli(t, farArgs(t, h, h.Root, append([]string{"-w", file, "--", "printf"}, words...)...)...)
	require.Equal(t, 0, code, said)
	require.Equal(t, strings.Join(words[1:], "|")+"|", out)

	code, _, said = cli(t, farArgs(t, h, h.Root, "-w", file, "--", "/no/such/program")...)
	require.Equal(t, 127, code)
	require.Contains(t, said, "start /no/such/program")

	big := 3 << 20
	code, out, said = cli(t, farArgs(t, h, h.Root, "-w", file, "--", "head", "-c", fmt.Sprint(big), "/dev/zero")...)
	require.Equal(t, 0, code, said)
	require.Len(t, out, big)
	h.Clean(t, 10*time.Second)
}

func TestACommandOverThereEndsWithItsCapture(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	file := filepath.Join(t.TempDir(), "sleep.scap")
	r := startRemote(t, h, h.Root, "-w", file, "--", "sh", "-c", "sleep 1000 & sleep 1000")
	r.until("running")
	require.Eventually(t, func() bool { return count(t, file, "proc.name=sleep and evt.type=execve") >= 2 }, 20*time.Second, 50*time.Millisecond)
	r.say(map[string]bool{"stop": true})
	require.Equal(t, "stopped", r.until("ended").Reason)
	require.Equal(t, 128+15, r.exit())
	h.Clean(t, 5*time.Second)

	r = startRemote(t, h, h.Root, "-w", file, "--", "sh", "-c", "sleep 1000 & sleep 1000")
	r.until("running")
	require.Eventually(t, func() bool { return count(t, file, "proc.name=sleep and evt.type=execve") >= 2 }, 20*time.Second, 50*time.Millisecond)
	require.NoError(t, r.cmd.Process.Kill())
	_ = r.exit()
	h.Clean(t, 15*time.Second)
}

func TestRemoteLines(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	marker := filepath.Join(t.TempDir(), "printed marker")
	require.NoError(t, os.WriteFile(marker, nil, 0o600))
	code, out, said := cli(t, farArgs(t, h, h.Root, "evt.type=openat", "--", "cat", marker)...)
	require.Equal(t, 0, code, said)
	var found []string
	for l := range strings.Lines(out) {
		if strings.Contains(l, marker) {
			found = append(found, l)
		}
	}
	require.Len(t, found, 2, "both halves: %s", out)
	require.Regexp(t, `^\d+ \d\d:\d\d:\d\d\.\d{9} \d+ cat \(\d+\) > openat .*printed marker`, found[0])
	require.Regexp(t, `^\d+ \d\d:\d\d:\d\d\.\d{9} \d+ cat \(\d+\) < openat fd=\d+\(<f>.*printed marker\)`, found[1])

	file := filepath.Join(t.TempDir(), "both.scap")
	code, out, said = cli(t, farArgs(t, h, h.Root, "-w", file, "--print", "-p", "%proc.name did %evt.type on %fd.name", "evt.type=openat", "--", "cat", marker)...)
	require.Equal(t, 0, code, said)
	require.Contains(t, out, "cat did openat on "+marker+"\n")
	whole(t, file)
	require.Positive(t, count(t, file, "fd.name contains \"printed marker\""))
	_, info, _ := cli(t, "info", file)
	require.Contains(t, info, "clock offset ")
}

func TestARemoteCaptureIsSplitIntoFiles(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	base := filepath.Join(t.TempDir(), "ring.scap")
	code, _, said := cli(t, farArgs(t, h, h.Root, "-w", base, "-e", "400", "-W", "3", "--", "sh", "-c", "exec 7</etc/hostname; for i in 1 2 3 4 5 6 7 8 9 10; do cat <&7 >/dev/null; ls / >/dev/null; done")...)
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "in 3 files")
	files, err := filepath.Glob(base + "*")
	require.NoError(t, err)
	require.Len(t, files, 3)
	opened := 0
	for _, f := range files {
		whole(t, f)
		_, info, _ := cli(t, "info", f)
		require.Contains(t, info, "clock offset ", "each file tells where it comes from")
		require.Zero(t, count(t, f, "not proc.name exists and evt.type in (read, openat, close)"), "each file knows its processes")
		opened += count(t, f, "fd.name=/etc/hostname")
	}
	require.Positive(t, opened, "what was opened in an earlier file keeps its name")
}

func TestACommandBehindDoasRunsAsItsUser(t *testing.T) {
	canCapture(t)
	h := remotetest.Need(t)
	user := h.Doas(t)
	file := filepath.Join(t.TempDir(), "doas.scap")
	code, out, said := cli(t, farArgs(t, h, user, "-w", file, "--", "id", "-un")...)
	require.Equal(t, 0, code, said)
	require.Equal(t, user+"\n", out)
	whole(t, file)
	require.Positive(t, count(t, file, "proc.name=id"))
	h.Clean(t, 10*time.Second)
}
