package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// counted is an independent count of read --calls -o json.
func counted(t *testing.T, file, key string) map[string]int {
	t.Helper()
	n := map[string]int{}
	for _, line := range ok(t, "read", "--calls", "-o", "json", "-p", "*%evt.type %proc.name %syscall.type %evt.failed", file) {
		var o map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &o))
		if o["syscall.type"] == nil && key == "evt.type" {
			continue
		}
		s, _ := o[key].(string)
		n[s]++
		if o["evt.failed"] == true || o["evt.failed"] == "true" {
			n[s+" failed"]++
		}
	}
	return n
}

func TestStatsCountsWhatReadPrints(t *testing.T) {
	for _, file := range []string{sample(t), newSample(t)} {
		want := counted(t, file, "evt.type")
		seen := 0
		for _, line := range ok(t, "stats", "-o", "json", "calls", file) {
			var o struct {
				Call          string
				Calls, Errors int
				Filter        string
			}
			require.NoError(t, json.Unmarshal([]byte(line), &o))
			require.Equal(t, want[o.Call], o.Calls, o.Call)
			require.Equal(t, want[o.Call+" failed"], o.Errors, o.Call)
			seen += o.Calls
		}
		total := 0
		for name, n := range want {
			if !strings.HasSuffix(name, " failed") {
				total += n
			}
		}
		require.Equal(t, total, seen)
	}
}

func TestStatsTakesAFilterSortsAndWritesCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(strings.Join(ok(t, "stats", "-o", "csv", "-sort", "errors", "-n", "5", "calls", sample(t), "proc.name=sysmix"), "\n"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 6)
	require.Equal(t, []string{"call", "calls", "errors"}, rows[0][:3])
	last := 1 << 30
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[2])
		require.NoError(t, err)
		require.LessOrEqual(t, n, last)
		last = n
	}
	require.Len(t, ok(t, "read", "--calls", sample(t), "proc.name=sysmix and "+rows[1][len(rows[1])-1]), mustAtoi(t, rows[1][1]))
}

func mustAtoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}

func TestStatsSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		told string
	}{
		{[]string{"stats"}, exitUsage, "give"},
		{[]string{"stats", "calls"}, exitUsage, "give a table and a capture"},
		{[]string{"stats", "nonsense", sample(t)}, exitUsage, `there is no table "nonsense"`},
		{[]string{"stats", "-sort", "x", "calls", sample(t)}, exitUsage, "it has call, calls, errors"},
		{[]string{"stats", "-o", "xml", "calls", sample(t)}, exitUsage, "none of text, json, csv"},
		{[]string{"stats", "calls", sample(t), "proc.nam=x"}, exitFilter, "proc.name"},
		{[]string{"report", sample(t)}, exitUsage, "-o"},
		{[]string{"report", "-o", "/nonexistent/r.html", sample(t)}, exitOpen, "nonexistent"},
	} {
		code, _, errs := cli(t, c.args...)
		require.Equal(t, c.code, code, c.args)
		require.Contains(t, errs, c.told, c.args)
	}
}

func TestReportWritesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.html")
	code, out, errs := cli(t, "report", "-o", path, sample(t), "evt.failed=true")
	require.Equal(t, exitOK, code)
	require.Empty(t, out+errs)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(b), "<code>evt.failed=true</code>")
}

func TestPSShowsProcessesOverTime(t *testing.T) {
	utc(t)
	lines := ok(t, "ps", "--timeline", sample(t))
	text := strings.Join(lines, "\n")
	require.Contains(t, text, "bash → sysmix")
	require.Contains(t, text, "sysmix → true")
	require.Contains(t, lines[0], "23:11:05.849311")
	threads := ok(t, "ps", "--timeline", "--threads", sample(t))
	require.Greater(t, len(threads), len(lines))
}

func TestStatsTakesEitherLanguageAndAnyFileName(t *testing.T) {
	b, err := os.ReadFile(sample(t))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "with a blank.scap")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	want := ok(t, "stats", "calls", sample(t), "proc.name=sysmix")
	require.Equal(t, want, ok(t, "stats", "calls", path, `proc.name == "sysmix" && evt.type`))
}
