package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadSaysWhyAFilterLeavesNothing(t *testing.T) {
	utc(t)
	for _, c := range []struct{ args, said string }{
		{"proc.name=sysmx", `^no event matches: proc\.name=sysmx: no event of this capture has proc\.name sysmx; there is sysmix \([\d,]+ events\)\n$`},
		{"proc.name=sysmx --calls -o json -n 3", `^no event matches: proc\.name=sysmx: .*; there is sysmix `},
		{"proc.name=sysmx --sort evt.num:desc", `^no event matches: proc\.name=sysmx: `},
		{"evt.buffer contains zzzzzz", `^no event matches: evt\.buffer contains zzzzzz\n$`},
		{"--from 100 --to 101 evt.type=socket", `^no event matches in the range\n$`},
	} {
		code, out, errs := cli(t, append([]string{"read", sysmix}, strings.Fields(c.args)...)...)
		require.Equal(t, exitOK, code, c.args)
		require.Empty(t, out, c.args)
		require.Regexp(t, c.said, errs, c.args)
		require.Equal(t, 1, strings.Count(errs, "\n"), c.args)
	}
	code, out, errs := cli(t, "read", sysmix, "-n", "1", "proc.name=sysmix")
	require.Equal(t, exitOK, code)
	require.NotEmpty(t, out)
	require.Empty(t, errs)
}

func TestReadCallsAnObjectALineByBothItsNames(t *testing.T) {
	utc(t)
	lines := ok(t, "read", sysmix, "-n", "9", "-o", "ndjson")
	require.Len(t, lines, 9)
	require.Equal(t, ok(t, "read", sysmix, "-n", "9", "-o", "json"), lines)
}
