package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary stand in for scapls: it prints the file that FAKE_OUTPUT names.
func TestMain(m *testing.M) {
	if name := os.Getenv("FAKE_OUTPUT"); name != "" {
		out, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Stdout.Write(out)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const oracleText = `1 10:00:00.000000001 0 sh (7) > open 
3 10:00:00.000000002 0 sh (7) < open fd=3(<f>/etc/passwd) name=/etc/passwd 
4 10:00:00.000000003 1 web app (8) < write res=3 data=a
b 
5 10:00:00.000000004 0 sh (7) < execve res=0 pgid=7 env=A=1 
`

// compareTexts runs the comparison of one kind with the given output of ours.
func compareTexts(t *testing.T, kind, ours, theirs string, rules []*rule) *result {
	t.Helper()
	dir := t.TempDir()
	j := job{name: "x.scap", capture: "x.scap", kind: kind, oracle: filepath.Join(dir, "oracle.txt")}
	require.NoError(t, os.WriteFile(j.oracle, []byte(theirs), 0o600))
	out := filepath.Join(dir, "ours.txt")
	require.NoError(t, os.WriteFile(out, []byte(ours), 0o600))
	t.Setenv("FAKE_OUTPUT", out)
	self, err := os.Executable()
	require.NoError(t, err)
	res := j.compare(self, rules)
	require.NoError(t, res.err)
	return res
}

func TestEventsView(t *testing.T) {
	t.Run("the same text is equal, byte for byte, with a record over two lines", func(t *testing.T) {
		res := compareTexts(t, kindEvents, oracleText, oracleText, nil)
		require.Equal(t, [4]int{4, 4, 4, 0}, [4]int{res.total, res.equal, res.exact, len(res.differing)})
	})
	t.Run("trailing blanks are equal but not exact", func(t *testing.T) {
		res := compareTexts(t, kindEvents, strings.ReplaceAll(oracleText, " \n", "\n"), oracleText, nil)
		require.Equal(t, [3]int{4, 4, 0}, [3]int{res.total, res.equal, res.exact})
	})
	t.Run("differences name the parameter", func(t *testing.T) {
		ours := strings.NewReplacer("fd=3(<f>", "fd=3(<4>", "(7) > open", "(9) > open").Replace(oracleText)
		res := compareTexts(t, kindEvents, ours, oracleText, nil)
		require.Equal(t, 2, res.equal)
		require.Equal(t, `> open (tid) ours="9" theirs="7"`, res.differing[0].diffs[0].text())
		require.Equal(t, `< open fd ours="3(<4>/etc/passwd)" theirs="3(<f>/etc/passwd)"`, res.differing[1].diffs[0].text())
	})
	t.Run("a missing and an extra record count", func(t *testing.T) {
		ours := strings.Replace(oracleText, "3 10:00", "2 10:00", 1)
		res := compareTexts(t, kindEvents, ours, oracleText, nil)
		require.Equal(t, [4]int{5, 3, 1, 1}, [4]int{res.total, res.equal, res.missing, res.extra})
	})
	t.Run("a known difference is counted apart, and only with the value unchanged", func(t *testing.T) {
		rules, err := readRules("../../../testdata/conformance/known.txt")
		require.NoError(t, err)
		res := compareTexts(t, kindEvents, strings.Replace(oracleText, "pgid=7", "vpgid=7", 1), oracleText, rules)
		require.Equal(t, [2]int{3, 1}, [2]int{res.equal, res.known})
		res = compareTexts(t, kindEvents, strings.Replace(oracleText, "pgid=7", "vpgid=8", 1), oracleText, rules)
		require.Equal(t, [2]int{3, 0}, [2]int{res.equal, res.known})
	})
}

func TestCallsView(t *testing.T) {
	t.Run("numbers and order do not matter", func(t *testing.T) {
		ours := "8 10:00:00.000000002 0 sh (7) < open fd=3\n9 10:00:00.000000001 0 sh (7) > open\n"
		theirs := "1 10:00:00.000000001 0 sh (7) > open \n2 10:00:00.000000002 0 sh (7) < open fd=3 \n"
		res := compareTexts(t, kindCalls, ours, theirs, nil)
		require.Equal(t, [2]int{2, 2}, [2]int{res.total, res.equal})
	})
	t.Run("an enter without an exit is told from one that returned", func(t *testing.T) {
		theirs := "1 10:00:00.000000002 0 sh (7) < read res=1\n2 10:00:00.000000004 0 sh (7) < open fd=3\n"
		ours := theirs + "8 10:00:00.000000001 0 sh (7) > write fd=1\n9 10:00:00.000000003 0 sh (7) > open\n"
		res := compareTexts(t, kindCalls, ours, theirs, nil)
		require.Equal(t, "unreturned call", res.differing[0].diffs[0].what)
		require.Equal(t, "extra record", res.differing[1].diffs[0].what)
	})
	t.Run("a wrong type shows as such", func(t *testing.T) {
		res := compareTexts(t, kindCalls, "8 10:00:00.000000002 0 sh (7) < opn fd=3\n", "1 10:00:00.000000002 0 sh (7) < open fd=3\n", nil)
		require.Equal(t, `< open (type) ours="opn" theirs="open"`, res.differing[0].diffs[0].text())
	})
}

func TestFields(t *testing.T) {
	row := func(num, latency, args string) string {
		cells := make([]string, len(fields))
		for i := range cells {
			cells[i] = "<NA>"
		}
		cells[0], cells[1], cells[len(cells)-2], cells[len(cells)-1] = num, "1795302664574369746", latency, args
		return strings.Join(cells, "\t") + "\n"
	}
	res := compareTexts(t, kindEventsFields, row("1", "5", "fd=3 res=1"), row("1", "6", "fd=4 res=2 "), nil)
	require.Equal(t, [2]int{len(fields), len(fields) - 2}, [2]int{res.cells, res.equalCells})
	require.Equal(t, "evt.args/fd", res.differing[0].diffs[1].what)
}

func TestMissingShared(t *testing.T) {
	o := options{shared: filepath.Join(t.TempDir(), "none")}
	t.Setenv("SCAPLS_REQUIRE", "")
	code, err := run(io.Discard, o)
	require.NoError(t, err)
	require.Zero(t, code)
	t.Setenv("SCAPLS_REQUIRE", "e2e,shared")
	code, err = run(io.Discard, o)
	require.Error(t, err)
	require.Equal(t, 1, code)
}
