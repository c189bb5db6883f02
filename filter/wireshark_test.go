package filter_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// wireshark.txt holds filters of Wireshark's language and what is said of them, as diagnostics.txt does.
func TestWiresharkDiagnosticsStandUnderTheirPlace(t *testing.T) {
	explained(t, "wireshark.txt", filter.ParseWireshark)
}

func TestWiresharkFormatIsCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"proc.name eq bash":                          "proc.name == bash",
		`proc.name any_eq "bash"`:                    `proc.name == "bash"`,
		"fd.num==3&&fd":                              "fd.num == 3 and fd",
		"!fd.num||fd.num>=3":                         "not fd.num or fd.num >= 3",
		"!!( fd.num )":                               "not not (fd.num)",
		"((fd.num))":                                 "(fd.num)",
		"fd.num in{1,2..3,-4}":                       "fd.num in {1, 2 .. 3, -4}",
		"fd.num not  in {1}":                         "fd.num not in {1}",
		"fd.name ~ r\"^/etc\"":                       `fd.name matches r"^/etc"`,
		`fd.name[0:4]=="\x2fetc"`:                    `fd.name[0:4] == "/etc"`,
		"fd.name [ 0 : 4 ] == x":                     "fd.name [ 0 : 4 ] == x", // a fault: the bracket stands apart
		"fd.name[0-3, -1,2:]==x":                     "fd.name[0-3,-1,2:] == x",
		"1<fd.num<4":                                 "1 < fd.num < 4",
		"{fd.num+1}*2==8":                            "{fd.num + 1} * 2 == 8",
		"fd.num bitand 1==1":                         "fd.num & 1 == 1",
		"any fd.port>80 xor all sysdig.param.len!=8": "any fd.port > 80 xor all sysdig.param.len != 8",
		"fd.cip.v4==10.0.0.0/8":                      "fd.cip.v4 == 10.0.0.0/8",
		"fd.cip.v6==::/64 ^^ fd.cip.v4 in {1.2.3.4..1.2.3.9}": "fd.cip.v6 == ::/64 xor fd.cip.v4 in {1.2.3.4 .. 1.2.3.9}",
		"max( fd.num,3 )==3": "max(fd.num, 3) == 3",
		"fd.name[0]=='/'":    "fd.name[0] == '/'",
		".fd.num==-3":        "fd.num == -3",
		"-fd.num== - 3":      "-fd.num == - 3",
		"fd.num = 3":         "fd.num = 3", // has a fault
	} {
		got := filter.Format(filter.ParseWireshark(text))
		require.Equal(t, want, got)
		require.Equal(t, got, filter.Format(filter.ParseWireshark(got)))
	}
}

func FuzzWireshark(f *testing.F) {
	for _, s := range []string{
		`fd.num==3 && !(fd.name contains "a") || 1 < evt.cpu < 4`, `fd.name[0:2,-1] == "ab" xor fd.num not in {1..3, 5}`, `{fd.num+1}*-2 >= abs(evt.rawres)`,
		"${fd.num} == $evt.cpu", `@fd.name#1 matches r"\d"`, "fd.cip.v4 == 10.0.0.0/8", "a)(b } {", "any all in", `"\x41\101A`, "((((((", "!!!!", "{{{{{",
		"fd.num in {1,", "fd.num in (a)", "(fd.num & 1) == 1", "'a' == fd.num", "- - - 3", "+ +0", "++fd.num == 1",
		"- 10.0.0.0/8", "- 00:11", "--1e5", "@ne", "@@fd.nam", "any -.fd.num === fd.name",
		`fd.name == "\xff\a" or fd.name contains 'x'`, "fd.name == r\"\x07\" || @\"\xff\" == '\xff'",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree := filter.ParseWireshark(text)
		diags := filter.Check(tree)
		for _, d := range diags {
			require.True(t, 0 <= d.Span.Start && d.Span.Start <= d.Span.End && d.Span.End <= len(text), "%q: %v", text, d)
			for _, fix := range d.Fixes {
				require.True(t, 0 <= fix.Span.Start && fix.Span.Start <= fix.Span.End && fix.Span.End <= len(text), "%q: %v", text, fix)
			}
		}
		filter.Explain(text, diags)
		got := filter.Format(tree)
		if len(tree.Faults) == 0 {
			again := filter.ParseWireshark(got)
			require.Empty(t, again.Faults, "%q became %q", text, got)
			require.True(t, utf8.ValidString(got), "%q became %q", text, got)
			require.Equal(t, got, filter.Format(again), "of %q", text)
			require.Equal(t, messages(diags), messages(filter.Check(again)), "%q became %q", text, got)
		}
		r := filter.Read(text, filter.Auto)
		if _, err := r.Compile(); err == nil != r.Valid() {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// A field that Stratoshark lacks has something said of it, also inside of functions and slices, whose shape is asked for again by the compiler.
func TestEveryFieldCompilesInsideOfFunctionsAndSlices(t *testing.T) {
	compiled := 0
	for _, f := range field.All() {
		for _, text := range []string{"upper(%) == \"0\"", "%[0:2] == \"0\"", "len(%) > 1", "%[0] == 0", "string(%) matches \"x\"", "max(%, 1) > 0", "% + 1 > 0", "count(%) > 1", "% == ${%}"} {
			r := filter.Read(strings.ReplaceAll(text, "%", f.Name), filter.Wireshark)
			if !r.Valid() {
				continue
			}
			_, err := r.Compile()
			require.NoError(t, err, r.Tree.Text)
			compiled++
		}
	}
	require.Greater(t, compiled, 500)
}
