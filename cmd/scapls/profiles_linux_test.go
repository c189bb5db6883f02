package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/scapls/scapls/session/profile"
)

// doubtful is the environment variable that makes the test below the workload of the test below it.
const doubtful = "SCAPLS_TEST_DOUBTFUL"

// TestDoubtfulWorkload does, in a folder, what buttons of the shipped profiles are there to find.
func TestDoubtfulWorkload(t *testing.T) {
	dir := os.Getenv(doubtful)
	if dir == "" {
		return // it is recorded by the test below
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".ssh"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, ".ssh", "id_rsa"), []byte("no key"), 0o600))
	program, err := os.ReadFile("/bin/true")
	require.NoError(t, err)
	for _, name := range []string{"here", "dpkg"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, program, 0o700))
		require.NoError(t, exec.CommandContext(t.Context(), path).Run())
	}
	require.NoError(t, os.Chmod(filepath.Join(dir, "here"), 0o700|os.ModeSetuid))

	fd, err := unix.MemfdCreate("program", 0)
	require.NoError(t, err)
	_, err = unix.Write(fd, program)
	require.NoError(t, err)
	require.NoError(t, exec.CommandContext(t.Context(), fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd)).Run())

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, err = io.Copy(io.Discard, c)
		}
		done <- err
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	_, err = c.Write(make([]byte, 64<<10))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, <-done)
}

func TestShippedProfilesFindWhatADoubtfulWorkloadDoes(t *testing.T) {
	canCapture(t)
	utc(t)
	dir, err := os.MkdirTemp("/tmp", "scapls-doubtful-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "c.scap")
	code, out, errs := recorded(t, []string{doubtful + "=" + dir}, "-w", file, "--", "/usr/bin/env", "SCAPLS_TEST_MAIN=0", os.Args[0], "-test.run=^TestDoubtfulWorkload$")
	require.Equal(t, 0, code, "%s%s", out, errs)
	want := map[string]bool{
		"Network › Large": true, "Security › Keys, tokens": true, "Security › Set-uid bits": true, "Security › From /tmp": true,
		"Security › From memory": true, "Security › Package tools": true, "Security › Outbound": true, "Files › Created": true,
	}
	for _, p := range profile.Shipped() {
		for _, g := range p.Buttons {
			for _, b := range g.Buttons {
				if !want[p.Name+" › "+b.Label] {
					continue
				}
				delete(want, p.Name+" › "+b.Label)
				require.NotEmpty(t, ok(t, "read", "--calls", file, b.Filter), "%s › %s: %s", p.Name, b.Label, b.Filter)
			}
		}
	}
	require.Empty(t, want, "these buttons are not there")
}
