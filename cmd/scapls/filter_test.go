package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const sysmix = "../../testdata/captures/live_old-sysmix.scap"

func TestReadPrintsTheEventsThatMatch(t *testing.T) {
	utc(t)
	all := ok(t, "read", sysmix)
	var want []string
	for _, line := range all {
		if strings.Contains(line, " sysmix (") && strings.Contains(line, " < openat ") {
			want = append(want, line)
		}
	}
	require.NotEmpty(t, want)
	const text = "proc.name=sysmix and evt.type=openat and evt.dir=<"
	require.Equal(t, want, ok(t, "read", sysmix, text))
	require.Equal(t, want, ok(t, append([]string{"read", sysmix}, strings.Fields(text)...)...), "words are joined")
	require.Equal(t, want[:3], ok(t, "read", sysmix, text, "-n", "3"), "-n counts what matches")
	require.Equal(t, want[:3], ok(t, "read", "-n", "3", sysmix, text))
	require.Equal(t, all, ok(t, "read", sysmix, " "), "an empty filter matches all")
}

func TestReadFiltersTheCallsView(t *testing.T) {
	utc(t)
	for _, line := range ok(t, "read", "--calls", sysmix, "evt.rawarg.res", "=", "-2") {
		require.Contains(t, line, "ENOENT")
	}
	require.NotEmpty(t, ok(t, "read", "--calls", sysmix, "evt.latency > 0 and evt.type=read"))
}

func TestDeltaTimesAreBetweenMatches(t *testing.T) {
	utc(t)
	const text = "evt.type=openat and evt.dir=<"
	at := ok(t, "read", "-p", "%evt.rawtime", sysmix, text)
	delta := ok(t, "read", "-t", "D", "-p", "%evt.outputtime", sysmix, text)
	require.Equal(t, "0.000000000", delta[0])
	require.Len(t, delta, len(at))
	for i := 1; i < len(at); i++ {
		require.Equal(t, number(t, at[i])-number(t, at[i-1]), number(t, strings.Replace(delta[i], ".", "", 1)), i)
	}
}

func number(t *testing.T, s string) (n int) {
	t.Helper()
	for _, c := range s {
		require.True(t, c >= '0' && c <= '9', s)
		n = n*10 + int(c-'0')
	}
	return n
}

func TestABadFilterIsStatusFour(t *testing.T) {
	code, out, errs := cli(t, "read", sysmix, "evt.type=opne and (fd.num", "=", "3")
	require.Equal(t, exitFilter, code)
	require.Empty(t, out)
	require.Equal(t, `scapls read: this filter cannot be used:
  evt.type=opne and (fd.num = 3
           ^^^^
  error: no event and no system call is named "opne"
  fix: write open
  evt.type=opne and (fd.num = 3
                    ^
  error: this parenthesis is not closed
  fix: append ")"
`, errs)
}
