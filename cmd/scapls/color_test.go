package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/store"
)

func TestLinesAreColouredByTheShippedRules(t *testing.T) {
	utc(t)
	plain, colored := ok(t, "read", sample(t)), ok(t, "read", "--color", sample(t))
	require.Len(t, colored, len(plain))
	byColor := map[string]int{}
	for i, line := range colored {
		color := ""
		if strings.HasPrefix(line, "\x1b[") {
			code, rest, _ := strings.Cut(line, "m")
			color = code + "m"
			require.True(t, strings.HasSuffix(rest, session.PaintEnd))
			line = strings.TrimSuffix(rest, session.PaintEnd)
		}
		require.Equal(t, plain[i], line, "but for its colour a line is the same")
		byColor[color]++
	}
	failed := ok(t, "read", sample(t), store.ShippedRules()[0].Filter)
	require.Equal(t, len(failed), byColor["\x1b[31m"], "the first rule colours all it matches")
	require.Greater(t, len(byColor), 6)
	for _, args := range [][]string{{"-o", "json"}, {"-w", "x.scap"}} {
		code, _, errs := cli(t, append([]string{"read", "--color", sample(t)}, args...)...)
		require.Equal(t, exitUsage, code)
		require.Contains(t, errs, "-color")
	}
}

func TestEveryShippedRuleHasAColourInTheTerminal(t *testing.T) {
	for _, r := range store.ShippedRules() {
		name := strings.TrimPrefix(max(r.Foreground, r.Background), "strong-")
		require.NotEmpty(t, ansi[name], r.Name)
	}
	for _, c := range store.Colors() {
		require.NotEmpty(t, ansi[strings.TrimPrefix(c, "strong-")], c)
	}
}
