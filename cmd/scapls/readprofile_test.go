package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestReadByAProfile(t *testing.T) {
	utc(t)
	sample := scapiotest.Repo(t, "live_old-sysmix.scap")
	lines := ok(t, "read", "--profile", "files", sample, "-n", "1", "evt.type=openat and proc.name=sysmix")
	require.Len(t, lines, 2)
	require.Equal(t, []string{"No.", "Time", "Process", "PID", "Call", "Path", "File", "Flags", "Bytes", "Result", "Latency"}, strings.Fields(lines[0]))
	require.Equal(t, []string{
		"916", "23:11:05.785815435", "sysmix", "11756", "openat", "/etc/ld.so.cache", "/etc/ld.so.cache", "O_RDONLY|O_CLOEXEC", "<NA>", "SUCCESS", "5147",
	}, strings.Fields(lines[1]), "one row per call")
	require.Equal(t, strings.Index(lines[0], "Flags"), strings.Index(lines[1], "O_RDONLY"), "titles stand above their columns")

	require.Equal(t, []string{"915,23:11:05.785810288"}, cutFields(ok(t, "read", "--profile", "Files", "-o", "csv", "--calls=false", sample, "-n", "1", "evt.type=openat and proc.name=sysmix")[1:], 2),
		"what the command line says counts")
	require.Contains(t, ok(t, "read", "--profile", "Network", sample, "-n", "1")[1], " 0.000000000 ")

	dir := t.TempDir()
	settings := filepath.Join(dir, "settings.json")
	require.NoError(t, os.WriteFile(settings, []byte(`{"files.eol": "\n", "scapls.profiles": [{"name": "Dated", "base": "Files", "time": "a"}, {"name": "Mine", "columns": ["evt.num", {"field": "proc.pid", "title": "P", "width": 9}, "evt.typo"]}]}`), 0o600))
	code, out, errs := cli(t, "read", "--profile", "mine", "--profiles", settings, sample, "-n", "1")
	require.Zero(t, code)
	require.Equal(t, "No.     P\n57      11615\n", out)
	require.Contains(t, errs, settings+`: scapls.profiles[1].columns[2]: field "evt.typo"`)

	_, out, _ = cli(t, "read", "--profile", "Dated", "--profiles", settings, sample, "-n", "1")
	require.Contains(t, out, "2026-11-21 23:11:04.574")

	code, _, errs = cli(t, "read", "--profile", "Web", sample)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, `there is no profile "Web"; there are Default, Files,`)
	code, _, errs = cli(t, "read", "--profile", "Files", "-p", "%evt.num", sample)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "does not go with -p")
}

func cutFields(lines []string, n int) (out []string) {
	for _, l := range lines {
		out = append(out, strings.Join(strings.SplitN(l, ",", n+1)[:n], ","))
	}
	return out
}
