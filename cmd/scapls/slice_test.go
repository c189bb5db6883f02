package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestReadWritesASliceThatShowsTheSame(t *testing.T) {
	utc(t)
	out := filepath.Join(t.TempDir(), "out.scap.gz")
	const text = "evt.type in (read, write) and fd.type = file"
	form := []string{"-p", "*%evt.rawtime %evt.dir %evt.type %proc.name %proc.pname %fd.name %user.name %evt.args"}
	want := ok(t, "read", sysmix, text)
	require.NotEmpty(t, want)
	code, stdout, errs := cli(t, "read", sysmix, text, "-w", out)
	require.Equal(t, exitOK, code, errs)
	require.Empty(t, stdout)
	require.Contains(t, errs, "events written to "+out)
	require.Equal(t, ok(t, append([]string{"read", sysmix, text}, form...)...), ok(t, append([]string{"read", out}, form...)...))

	code, stdout, _ = cli(t, "read", sysmix, text, "-w", "-")
	require.Equal(t, exitOK, code)
	plain := filepath.Join(t.TempDir(), "plain.scap")
	require.NoError(t, os.WriteFile(plain, []byte(stdout), 0o600))
	require.Len(t, ok(t, "read", plain), len(want))
}

func TestReadOfARange(t *testing.T) {
	utc(t)
	nums := ok(t, "read", sysmix, "--from", "100", "--to", "120", "-p", "%evt.num")
	require.Equal(t, "100", nums[0])
	require.Equal(t, "120", nums[len(nums)-1])
	all := ok(t, "read", sysmix, "-p", "%evt.num")
	require.Equal(t, all, ok(t, "read", sysmix, "--from", "+0", "-p", "%evt.num"))
	for _, wrong := range [][]string{{"--from", "x"}, {"--from", "9999999"}, {"--from", "20", "--to", "10"}, {"-w", "x", "-o", "json"}} {
		code, _, errs := cli(t, append([]string{"read", sysmix}, wrong...)...)
		require.Equal(t, exitUsage, code, wrong)
		require.NotEmpty(t, errs)
	}
}

func TestASliceNamesSocketsAsTheWholeCaptureInItsDefaultText(t *testing.T) {
	utc(t)
	most := int64(8 << 20)
	if testing.Short() {
		most = 350 << 10
	}
	texts := func(out string) (texts []string) { // lines without the number of their event
		for line := range strings.Lines(out) {
			_, text, _ := strings.Cut(line, " ")
			texts = append(texts, text)
		}
		return texts
	}
	check := func(t *testing.T, path string) {
		for _, text := range []string{"evt.type = close", "evt.type = connect", "fd.type = unix"} {
			for _, view := range [][]string{nil, {"--calls"}} {
				_, in, _ := cli(t, append([]string{"read", path, text}, view...)...)
				if in == "" {
					continue
				}
				slice := filepath.Join(t.TempDir(), "slice.scap")
				_, _, errs := cli(t, append([]string{"read", path, text, "-w", slice}, view...)...)
				require.Contains(t, errs, "events written to "+slice)
				_, out, _ := cli(t, append([]string{"read", slice}, view...)...)
				require.Equal(t, texts(in), texts(out), "%s %v", text, view)
			}
		}
	}
	for _, path := range []string{sysmix, scapiotest.Repo(t, "live_new-sysmix.scap")} {
		t.Run(filepath.Base(path), func(t *testing.T) { check(t, path) })
	}
	for _, path := range scapiotest.Shared(t) {
		if fi, err := os.Stat(path); err == nil && fi.Size() < most {
			t.Run(filepath.Base(path), func(t *testing.T) { check(t, path) })
		}
	}
}
