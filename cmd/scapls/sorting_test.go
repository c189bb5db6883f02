package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadSorts(t *testing.T) {
	utc(t)
	all := ok(t, "read", "--calls", "-p", "*%evt.num %evt.latency %proc.name", sysmix)
	for _, way := range []string{"", ":asc", ":desc"} {
		got := ok(t, "read", "--calls", "--sort", "evt.rawres"+way, "-p", "*%evt.num %evt.rawres %proc.name", sysmix)
		require.Len(t, got, len(all))
		last, missing := 0, false
		for i, line := range got {
			f := strings.Fields(line)
			n, err := strconv.Atoi(f[1])
			if err != nil {
				missing = true
				continue
			}
			require.False(t, missing, "those without a result are last")
			require.True(t, i == 0 || (way == ":desc") == (n < last) || n == last, line)
			last = n
		}
		require.True(t, missing)
	}
	some := ok(t, "read", "--sort", "fd.name:desc", "-n", "3", "-p", "%evt.num %fd.name", sysmix, "evt.type=openat", "and", "evt.failed=true")
	require.Len(t, some, 3)
	names := []string{}
	for _, line := range some {
		names = append(names, strings.Fields(line)[1])
	}
	slices.Reverse(names)
	require.True(t, slices.IsSorted(names), names)
	require.Equal(t, []string{"3003", "3002", "3001", "3000"}, ok(t, "read", "--sort", "evt.num:desc", "-p", "%evt.num", "--from", "3000", "--to", "3003", sysmix))
}

func TestReadSaysWhatCannotBeSorted(t *testing.T) {
	code, _, errs := cli(t, "read", "--sort", "proc.nam", sysmix)
	require.Equal(t, exitFilter, code)
	require.Contains(t, errs, "did you mean proc.name")
	code, _, errs = cli(t, "read", "--sort", "proc.name", "-w", t.TempDir()+"/x.scap", sysmix)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "--sort")
}
