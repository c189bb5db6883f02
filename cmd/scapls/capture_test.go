package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatCaptureIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		told string
	}{
		{[]string{"-w", "-", "--print"}, exitUsage, "cannot hold both"},
		{[]string{"-w", "-", "-C", "1"}, exitUsage, "one stream"},
		{[]string{"-C", "1"}, exitUsage, "-w"},
		{[]string{"-W", "3", "-w", "x"}, exitUsage, "-C, -G or -e"},
		{[]string{"-C", "-1", "-w", "x"}, exitUsage, "not a number of megabytes"},
		{[]string{"-G", "0", "-w", "x"}, exitUsage, "not a number of seconds"},
		{[]string{"-z", "lz4", "-w", "x"}, exitUsage, "neither gzip nor zstd"},
		{[]string{"-z", "gzip"}, exitUsage, "-w is missing"},
		{[]string{"-s", "99999"}, exitUsage, "-s 99999"},
		{[]string{"--ring", "2T"}, exitUsage, "no size up to 1G"},
		{[]string{"--ring", ""}, exitUsage, "no size"},
		{[]string{"--status", "xml"}, exitUsage, "text, json, none"},
		{[]string{"--"}, exitUsage, "the command to capture"},
		{[]string{"-w", "-", "--", "true"}, exitUsage, "what the command prints"},
		{[]string{"--pid", "1", "-w", "x", "--", "true"}, exitUsage, "one of them"},
		{[]string{"--pid", "x"}, exitUsage, `"x" is no process`},
		{[]string{"--large-ports", "70000"}, exitUsage, `"70000" is no port`},
		{[]string{"--large-fds", "-1"}, exitUsage, `"-1" is no descriptor`},
		{[]string{"evt.type=opne"}, exitFilter, "fix: write open"},
		{[]string{"--status", "json", "-w", "x", "evt.type=opne"}, exitFilter, `{"state":"error","kind":"filter","error":"this filter cannot be used:`},
		{[]string{"-p", "%nonsense"}, exitFilter, "-p: format, position"},
	} {
		code, _, errs := cli(t, append([]string{"capture"}, c.args...)...)
		require.Equal(t, c.code, code, "%q", c.args)
		require.Contains(t, errs, c.told)
	}
	code, _, errs := cli(t, "capture", "-h")
	require.Equal(t, exitOK, code)
	require.Contains(t, errs, "begin a new file when one has this many megabytes")
	code, _, _ = cli(t, "doctor", "more")
	require.Equal(t, exitUsage, code)
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int{"4096": 4096, "8M": 8 << 20, "8MiB": 8 << 20, "8mb": 8 << 20, "1G": 1 << 30, "512k": 512 << 10, "1.5M": 3 << 19} {
		got, err := parseSize(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestWordsOfAShell(t *testing.T) {
	require.Equal(t, `capture -w 'a b' 'it'\''s' ''`, shellWords([]string{"capture", "-w", "a b", "it's", ""}))
}
