package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// ofHost writes a capture of a host whose clock was off by the offset in the comment.
func ofHost(t *testing.T, host, comment string, events int) string {
	t.Helper()
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.Section(scapio.CommentOption(comment))
		_ = w.Machine(scapio.Machine{CPUs: 2, Hostname: host, BootTime: 5})
		_ = w.Threads(scapiotest.Threads())
		scapiotest.Events(w, events)
	})
	path := filepath.Join(t.TempDir(), host+".scap")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func TestMerge(t *testing.T) {
	a := ofHost(t, "alpha", "clock offset +0.000 ms ± 0.1 ms", 300)
	// Its clock is 250 µs ahead: what it calls T0 was 250 µs before. Each capture lasts 300 µs.
	b := ofHost(t, "be", "captured by scapls on be over ssh; clock offset +0.250 ms ± 0.131 ms", 300)
	lines := ok(t, "merge", a, b)
	require.Len(t, lines, 1200)
	require.True(t, slices.IsSortedFunc(lines, func(x, y string) int { return strings.Compare(x[:18], y[:18]) }))
	require.Equal(t, "22:13:19.999750000 be    1 0 worker (200) > openat dirfd=-100(AT_FDCWD) name=/tmp/file flags=1(O_RDONLY) mode=0", lines[0])
	hosts := map[string]int{}
	changes := 0
	for i, l := range lines {
		hosts[strings.Fields(l)[1]]++
		if i > 0 && strings.Fields(l)[1] != strings.Fields(lines[i-1])[1] {
			changes++
		}
	}
	require.Equal(t, map[string]int{"alpha": 600, "be": 600}, hosts)
	require.Greater(t, changes, 50, "they overlap, so they alternate")

	first := func(args ...string) string { return ok(t, append([]string{"merge"}, args...)...)[0] }
	require.Contains(t, first("--far-clocks", a, b), "22:13:20.000000000 alpha ")
	require.Contains(t, first("-p", "%evt.type", "--filter", "evt.type=close", b, a), "be    close")
	require.Len(t, ok(t, "merge", "-n", "7", a, b), 7)
	require.Equal(t, "alpha:alpha.scap", strings.Fields(first(a, a))[1], "the same host twice is told apart by files")

	var o struct {
		Host string `json:"host"`
		TS   string `json:"time_ns"`
		Type string `json:"evt.type"`
	}
	for _, l := range ok(t, "merge", "-o", "json", "-n", "20", a, b) {
		require.NoError(t, json.Unmarshal([]byte(l), &o), l)
		require.NotEmpty(t, o.Type)
	}
	require.Equal(t, "be", o.Host)
	require.Len(t, o.TS, 19)

	code, _, said := cli(t, "merge", a)
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "two or more")
	code, _, said = cli(t, "merge", a, "/nonexistent")
	require.Equal(t, exitOpen, code)
	require.Contains(t, said, "there is no file")
}
