package filter_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
)

var update = flag.Bool("update", false, "write golden files anew")

const testdata = "../testdata/filter"

// oracleFilters are the filters of the comparison with sysdig.
func oracleFilters(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testdata, "oracle.txt"))
	require.NoError(t, err)
	var list []string
	for _, line := range strings.Split(string(b), "\n") {
		if !strings.HasPrefix(line, "#") && !note(line) && strings.TrimSpace(line) != "" {
			list = append(list, line)
		}
	}
	return list
}

// note reports whether a line of oracle.txt tells of a difference.
func note(line string) bool {
	return strings.HasPrefix(line, "  known: ") || strings.HasPrefix(line, "  open: ")
}

// diagnostics.txt holds filters and what is said of them: "> " begins a filter.
func TestDiagnosticsStandUnderTheirPlace(t *testing.T) { explained(t, "diagnostics.txt", filter.Parse) }

// explained compares what is said of the filters in a file of testdata with what the file says.
func explained(t *testing.T, name string, parse func(string) *filter.Tree) {
	t.Helper()
	path := filepath.Join(testdata, name)
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	var got bytes.Buffer
	for _, line := range strings.SplitAfter(string(want), "\n") {
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> ")
		switch {
		case strings.HasPrefix(line, "#"):
			got.WriteString(line)
		case ok:
			got.WriteString("\n" + line + filter.Explain(text, filter.Check(parse(text))))
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
		return
	}
	require.Equal(t, string(want), got.String())
}

func TestFormatIsCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"proc.name==bash":                      "proc.name = bash",
		"  evt.type in(open,'close')":          "evt.type in (open, close)",
		"not(proc.name=bash)and(evt.num>3)":    "not (proc.name = bash) and (evt.num > 3)",
		"((proc.name=a))":                      "(proc.name = a)",
		`proc.name='a b' or proc.name="x"`:     `proc.name = "a b" or proc.name = x`,
		`fd.name="a\"b\\c\n"`:                  `fd.name = "a\"b\\c\n"`,
		`fd.name=a\b`:                          `fd.name = a\b`,
		"toupper( tolower (proc.name) )=A":     "toupper(tolower(proc.name)) = A",
		"proc.name=val( proc.pname )":          "proc.name = val(proc.pname)",
		`proc.env["HOME"]=/root`:               "proc.env[HOME] = /root",
		"proc.name=''":                         `proc.name = ""`,
		"proc.name in bash":                    "proc.name in (bash)",
		"proc.name in ()":                      "proc.name in ()",
		"evt.time>'10:00'":                     `evt.time > "10:00"`,
		"fd.name exists and\n\tnot fd.num=3":   "fd.name exists and not fd.num = 3",
		"fd.num=3 or fd.num=4 and not not a.b": "fd.num=3 or fd.num=4 and not not a.b", // has a fault
	} {
		got := filter.Format(filter.Parse(text))
		require.Equal(t, want, got)
		require.Equal(t, got, filter.Format(filter.Parse(got)))
	}
}

func TestFormattedFiltersMeanTheSame(t *testing.T) {
	for _, text := range oracleFilters(t) {
		tree := filter.Parse(text)
		again := filter.Parse(filter.Format(tree))
		require.Equal(t, filter.Format(tree), filter.Format(again), text)
		if len(tree.Faults) == 0 {
			require.Empty(t, again.Faults, text)
			require.Equal(t, messages(filter.Check(tree)), messages(filter.Check(again)), text)
		}
	}
}

func messages(diags []filter.Diagnostic) (list []string) {
	for _, d := range diags {
		if d.Severity == filter.Error {
			list = append(list, d.Msg)
		}
	}
	return list
}

func TestFixesMakeFiltersRight(t *testing.T) {
	for text, want := range map[string]string{
		"proc.name=bash && evt.type=close":  "proc.name=bash and evt.type=close",
		"proc.name=bash AND evt.type=close": "proc.name=bash and evt.type=close",
		"!proc.name=bash":                   "not proc.name=bash",
		"(proc.name=bash":                   "(proc.name=bash)",
		"proc.name=bash)":                   "proc.name=bash",
		"proc.name ~ bash":                  "proc.name regex bash",
		"proc.name matches bash":            "proc.name regex bash",
		"fd.name pmatch /etc":               "fd.name pmatch (/etc)",
		"proc.name='bash":                   "proc.name='bash'",
		"proc.name in (a, b":                "proc.name in (a, b)",
		"proc.name in (a b)":                "proc.name in (a , b)",
		"proc.name in (a,)":                 "proc.name in (a)",
		"proc.name=a evt.type=close":        "proc.name=a and evt.type=close",
		"evt.type=opne":                     "evt.type=open",
		"proc.nam=bash":                     "proc.name=bash",
		"evt.is_io=1":                       "evt.is_io=true",
		"fd.ip=10.0.0.0/8":                  "fd.net=10.0.0.0/8",
		"fd.net=10.0.0.1":                   "fd.net=10.0.0.1/32",
		"evt.reltime>5ms":                   "evt.reltime>5000000",
		"fd.types=file":                     "fd.types in (file)",
		"openat":                            "evt.type = openat",
	} {
		diags := filter.Check(filter.Parse(text))
		require.NotEmpty(t, diags, text)
		require.NotEmpty(t, diags[0].Fixes, text)
		f := diags[0].Fixes[0]
		got := text[:f.Span.Start] + f.Text + text[f.Span.End:]
		require.Equal(t, want, got)
		require.Empty(t, messages(filter.Check(filter.Parse(got))), got)
	}
}

func TestADeepFilterIsRefused(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", 5000) + "fd.num=1" + strings.Repeat(")", 5000), strings.Repeat("not ", 5000) + "fd.num=1",
		strings.Repeat("tolower(", 5000),
	} {
		require.NotEmpty(t, messages(filter.Check(filter.Parse(text))))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range append(oracleFilters(f), `fd.name = "\xff" and fd.name in ("a\x07b", '\xe9')`, "fd.name = a\x07b") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			t.Skip()
		}
		tree := filter.Parse(text)
		checkSpans(t, tree)
		diags := filter.Check(tree)
		for _, d := range diags {
			checkSpan(t, text, d.Span)
			for _, x := range d.Fixes {
				checkSpan(t, text, x.Span)
			}
		}
		filter.Explain(text, diags)
		_, err := filter.Compile(tree)
		if once := filter.Format(tree); len(tree.Faults) == 0 {
			again := filter.Parse(once)
			require.Empty(t, again.Faults, once)
			require.True(t, !utf8.ValidString(text) || utf8.ValidString(once), once)
			require.Equal(t, once, filter.Format(again))
			require.Equal(t, values(tree.Root), values(again.Root), once)
			_, err2 := filter.Compile(again)
			require.Equal(t, err == nil, err2 == nil, once)
		} else {
			require.Equal(t, text, once)
			require.Error(t, err)
		}
	})
}

// values are all that fields are compared with.
func values(n filter.Node) (list []string) {
	switch n := n.(type) {
	case *filter.Logic:
		for _, x := range n.Args {
			list = append(list, values(x)...)
		}
	case *filter.Not:
		return values(n.X)
	case *filter.Paren:
		return values(n.X)
	case *filter.Comparison:
		for _, v := range n.Values {
			list = append(list, v.Text)
		}
	}
	return list
}

func checkSpan(t *testing.T, text string, s filter.Span) {
	t.Helper()
	require.True(t, 0 <= s.Start && s.Start <= s.End && s.End <= len(text), "%v in %q", s, text)
}

// checkSpans requires that every node lies in the text, and in its parent.
func checkSpans(t *testing.T, tree *filter.Tree) {
	t.Helper()
	if tree.Root == nil {
		return
	}
	var visit func(n filter.Node, in filter.Span)
	visit = func(n filter.Node, in filter.Span) {
		s := n.Span()
		checkSpan(t, tree.Text, s)
		require.True(t, in.Start <= s.Start && s.End <= in.End, "%v of %T is outside of %v in %q", s, n, in, tree.Text)
		switch n := n.(type) {
		case *filter.Logic:
			for _, x := range n.Args {
				visit(x, s)
			}
		case *filter.Not:
			visit(n.X, s)
		case *filter.Paren:
			if n.X != nil {
				visit(n.X, s)
			}
		}
	}
	visit(tree.Root, filter.Span{End: len(tree.Text)})
}
