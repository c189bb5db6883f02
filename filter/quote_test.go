package filter_test

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
)

// What is written crosses JSON and terminals: bytes that are no text are written by their number.
func TestBytesThatAreNoTextAreWrittenByNumber(t *testing.T) {
	for text, want := range map[string]string{
		`fd.name = "\xff"`:            `fd.name = "\xff"`,
		"fd.name = \xff":              `fd.name = "\xff"`,
		`fd.name = "a\x07b"`:          `fd.name = "a\x07b"`,
		"fd.name = a\x07b":            `fd.name = "a\x07b"`,
		`fd.name in ("\x00", "\x7f")`: `fd.name in ("\x00", "\x7f")`,
		`fd.name = "\x09\x0a\x41"`:    `fd.name = "\t\nA"`,
		`fd.name = "é\xc2\x9b"`:       `fd.name = "é\xc2\x9b"`,
		"fd.name = é":                 "fd.name = é",
	} {
		got := filter.Format(filter.Parse(text))
		require.Equal(t, want, got)
		require.Equal(t, want, filter.Format(filter.Parse(got)))
	}
	for text, want := range map[string]string{
		`fd.name == "\xff\a"`:     `fd.name == "\xff\x07"`,
		"fd.name == \"\xff\"":     `fd.name == "\xff"`,
		"fd.name == r\"\\a\xff\"": `fd.name == "\\a\xff"`,
		"fd.name[0] == '\xff'":    `fd.name[0] == '\xff'`,
		`fd.name == r"\a"`:        `fd.name == r"\a"`,
	} {
		got := filter.Format(filter.ParseWireshark(text))
		require.Equal(t, want, got)
		require.Equal(t, want, filter.Format(filter.ParseWireshark(got)))
	}
	out, problems := filter.Translate(filter.Parse(`fd.name = "\xff\x07"`), filter.Wireshark)
	require.Empty(t, problems)
	require.Equal(t, `fd.name == "\xff\x07"`, out)
}

func FuzzInQuotes(f *testing.F) {
	f.Add("\xff\a\"\\\n", false)
	f.Add("1e5\u009b", true)
	f.Fuzz(func(t *testing.T, value string, ordering bool) {
		for _, text := range []string{filter.InQuotes(value), filter.Quote(value, ordering)} {
			require.True(t, filter.Printable(text))
			require.True(t, utf8.ValidString(text))
			tree := filter.Parse("fd.name = " + text)
			require.Empty(t, tree.Faults)
			require.Equal(t, value, tree.Root.(*filter.Comparison).Values[0].Text)
		}
		tree := filter.ParseWireshark("fd.name == " + filter.InQuotes(value))
		require.Empty(t, tree.Faults)
		require.Equal(t, value, tree.Root.(*filter.Relation).Args[1].Text)
	})
}
