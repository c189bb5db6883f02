package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/session/store"
)

func TestNotesOfACaptureOnTheCommandLine(t *testing.T) {
	utc(t)
	dir := t.TempDir()
	t.Setenv(store.DirEnv, dir)
	require.Empty(t, strings.Join(ok(t, "notes", sysmix), ""))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "looking makes nothing")
	for _, args := range [][]string{
		{"add", "211", "look", "here", "--author", "me"}, {"mark", "200", "211"}, {"ignore", "205"}, {"shift", "-1h"}, {"unmark", "200"},
	} {
		require.Empty(t, strings.Join(ok(t, append([]string{"notes", sysmix}, args...)...), ""))
	}
	require.Equal(t, []string{
		"# times are shifted by -1:00:00",
		"205 2026-11-21 22:11:05.781676537 I   bash (11756) was about to map 20480 bytes of /lib/x86_64-linux-gnu/libtinfo.so.6 (fd 3) into its memory (PROT_READ|PROT_WRITE)",
		"211 2026-11-21 22:11:05.781717297 M   bash (11756) was about to read up to 832 bytes from /lib/x86_64-linux-gnu/libc.so.6 (fd 3)",
		"    look here",
	}, ok(t, "notes", sysmix))
	require.Equal(t, "211", strings.Join(ok(t, "read", sysmix, "--notes", "kept", "evt.marked = true", "-p", "%evt.num"), ""))
	require.Equal(t, "211 look here", strings.Join(ok(t, "read", sysmix, "--notes", "kept", "evt.comment exists", "-p", "%evt.num %evt.comment"), ""))

	doc := filepath.Join(t.TempDir(), "notes.json")
	require.NoError(t, os.WriteFile(doc, []byte(strings.Join(ok(t, "notes", "-o", "json", sysmix), "\n")), 0o600))
	out := filepath.Join(t.TempDir(), "out.scap")
	code, _, errs := cli(t, "read", sysmix, "proc.name = bash", "-w", out, "--notes", doc)
	require.Equal(t, exitOK, code)
	require.Contains(t, errs, "with notes on 1")
	copied := ok(t, "notes", out)
	require.Len(t, copied, 2)
	require.Equal(t, "    in the file: look here", copied[1])
	require.Empty(t, strings.Join(ok(t, "notes", out, "import", doc), ""))
	require.Contains(t, strings.Join(ok(t, "notes", out), "\n"), " M   bash (11756)", "it is found by its time in a slice")

	html := filepath.Join(t.TempDir(), "r.html")
	require.Empty(t, strings.Join(ok(t, "report", sysmix, "-o", html), ""))
	b, err := os.ReadFile(html)
	require.NoError(t, err)
	require.Contains(t, string(b), "look here — me")
	require.Empty(t, strings.Join(ok(t, "report", sysmix, "-o", html, "--notes", "none"), ""))
	b, err = os.ReadFile(html)
	require.NoError(t, err)
	require.NotContains(t, string(b), "Marked events")

	require.Empty(t, strings.Join(ok(t, "notes", sysmix, "clear"), ""))
	require.Empty(t, strings.Join(ok(t, "notes", sysmix), ""))
	for _, wrong := range [][]string{{"add", "1"}, {"mark"}, {"mark", "x"}, {"mark", "999999"}, {"shift", "soon"}, {"do"}, {"import", "/not/there"}, {"-o", "x"}} {
		code, _, errs := cli(t, append([]string{"notes", sysmix}, wrong...)...)
		require.Equal(t, exitUsage, code, wrong)
		require.NotEmpty(t, errs)
	}
}
