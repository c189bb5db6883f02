package assist_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
)

var update = flag.Bool("update", false, "write golden files anew")

const testdata = "../../testdata/filter/"

// fake is a capture in which few values occur.
type fake map[string][]assist.Value

func (f fake) Values(e *field.Expr, typed string, n int) (found assist.Found) {
	for _, v := range f[e.String()] {
		if strings.HasPrefix(v.Text, typed) && len(found.Values) < n {
			found.Values = append(found.Values, v)
		}
	}
	return found
}

func (f fake) Count(e *field.Expr, text string) (n uint64, exact bool) {
	list, ok := f[e.String()]
	for _, v := range list {
		if v.Text == text && !v.Part {
			return v.Count, !v.Sample
		}
	}
	return 0, ok
}

func (f fake) Counting(*field.Expr) bool { return false }

func (f fake) Fits(e *field.Expr, fits func(string) bool) (n uint64, exact bool) {
	list, ok := f[e.String()]
	for _, v := range list {
		if fits(v.Text) && !v.Part {
			n += v.Count
		}
	}
	return n, ok
}

var capture = fake{
	"proc.name":    {{Text: "nginx", Count: 4102}, {Text: "Web Content", Count: 17}, {Text: "n\xffame", Count: 2}, {Text: `say "hi"`, Count: 1}},
	"evt.type":     {{Text: "openat", Count: 900}, {Text: "read", Count: 800}},
	"evt.res":      {{Text: "SUCCESS", Count: 5000}, {Text: "ENOENT", Count: 12}},
	"fd.name":      {{Text: "/etc/", Count: 70, Part: true}, {Text: "/etc/passwd", Count: 7}, {Text: "127.0.0.1:80->127.0.0.1:4000", Count: 3}},
	"fd.directory": {{Text: "/etc", Count: 7}},
	"fd.sport":     {{Text: "443", Count: 20}, {Text: "8080", Count: 4}},
	"fd.num":       {{Text: "3", Count: 9}},
}

var saved = []assist.Saved{{Name: "Failed calls", Text: "evt.failed = true and not evt.res in (EAGAIN, EALREADY)", Language: filter.Sysdig}}

// caret cuts the caret's mark out of a text.
func caret(t testing.TB, line string) (text string, at int) {
	t.Helper()
	before, after, ok := strings.Cut(line, "|")
	require.True(t, ok, "no caret in %q", line)
	return before + after, len(before)
}

// golden runs each line of a file that begins with "> " (sysdig) or "$ " (Wireshark) and compares what stands below it.
func golden(t *testing.T, name string, run func(line string, lang filter.Language) string) {
	t.Helper()
	path := testdata + name
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	var got bytes.Buffer
	for _, line := range strings.SplitAfter(string(want), "\n") {
		lang := filter.Sysdig
		text, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "> ")
		if !ok {
			lang = filter.Wireshark
			text, ok = strings.CutPrefix(strings.TrimSuffix(line, "\n"), "$ ")
		}
		switch {
		case strings.HasPrefix(line, "#"):
			got.WriteString(line)
		case ok:
			got.WriteString("\n" + line + run(text, lang))
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
		return
	}
	require.Equal(t, string(want), got.String())
}

var itemKinds = map[assist.ItemKind]string{
	assist.ItemField: "field", assist.ItemOperator: "operator", assist.ItemValue: "value", assist.ItemKeyword: "keyword",
	assist.ItemFunction: "function", assist.ItemSnippet: "snippet", assist.ItemSaved: "saved",
}

// complete.txt holds filters with a caret, and below each what may stand there: the kind, and the text as it is then.
func TestCompletionsAtTheCaret(t *testing.T) {
	golden(t, "complete.txt", func(line string, lang filter.Language) string {
		text, at := caret(t, line)
		items, more := assist.Complete(text, at, lang, assist.Source{Values: capture, Saved: saved})
		var b strings.Builder
		for i, it := range items {
			if i == 8 {
				fmt.Fprintf(&b, "  … %d more\n", len(items)-i)
				break
			}
			after := text[:it.At.Start] + it.Insert[:it.Caret] + "|" + it.Insert[it.Caret:] + text[it.At.End:]
			fmt.Fprintf(&b, "  %-8s %s", itemKinds[it.Kind], after)
			if it.Detail != "" {
				fmt.Fprintf(&b, "   # %s", it.Detail)
			}
			b.WriteByte('\n')
		}
		if more && len(items) < 8 {
			b.WriteString("  …\n")
		}
		return b.String()
	})
}

// hover.txt holds filters with a caret, and below each what is said of the word there.
func TestHoverAtTheCaret(t *testing.T) {
	golden(t, "hover.txt", func(line string, lang filter.Language) string {
		text, at := caret(t, line)
		span, md := assist.Hover(text, at, lang, capture)
		if md == "" {
			return "  nothing\n"
		}
		return fmt.Sprintf("  [%s]\n  %s\n", text[span.Start:span.End], strings.ReplaceAll(md, "\n", "\n  "))
	})
}

var tokenKinds = map[assist.Kind]string{
	assist.Field: "field", assist.Operator: "operator", assist.Keyword: "keyword", assist.String: "string", assist.Number: "number",
	assist.Function: "function", assist.Invalid: "invalid",
}

func TestTokens(t *testing.T) {
	for line, want := range map[string]string{
		`proc.name=nginx and not evt.num > 3`:       "field operator string keyword keyword field operator number",
		`evt.type in (open, 'close') or x.y = 1`:    "field operator string string keyword invalid operator number",
		`tolower(proc.name) = val(proc.pname)`:      "function field operator function field",
		`proc.aname[2] exists`:                      "field operator",
		`evt.arg.flags contains O_CREAT`:            "field operator string",
		`fd.name = and and or`:                      "field operator string keyword keyword",
		`"unfinished`:                               "string",
		``:                                          "",
		`fd.net = 10.0.0.0/8`:                       "field operator string",
		`proc.name = "a b" and fd.num=-1`:           "field operator string keyword field operator number",
		`evt.type pmatch (/etc,/usr) and evt.num<5`: "field operator string string keyword field operator number",
	} {
		var kinds []string
		for _, tok := range assist.Tokens(line, filter.Sysdig) {
			kinds = append(kinds, tokenKinds[tok.Kind])
		}
		require.Equal(t, want, strings.Join(kinds, " "), line)
	}
}

func TestAFieldThatWaitsForItsOperatorTellsNoLanguage(t *testing.T) {
	for line, want := range map[string]filter.Language{
		"|": filter.Sysdig, "proc.name |": filter.Sysdig, "proc.na|": filter.Sysdig, "fd.num = 3 and proc.name |": filter.Sysdig,
		"fd.num == 3 and proc.name |": filter.Sysdig, "fd.num == 3 && proc.name |": filter.Wireshark, `evt.type in {"a"} and proc.name |`: filter.Wireshark,
		`proc.name | matches "x"`: filter.Wireshark, `proc.name matches "x" or fd.name |`: filter.Wireshark, "sysdig.thread_id == |": filter.Wireshark,
		"proc.name and fd.name|": filter.Wireshark, "proc.name startswith a or fd.name |": filter.Sysdig,
	} {
		text, at := caret(t, line)
		require.Equal(t, want, assist.Guess(text, at), line)
	}
}

func FuzzEveryCaret(f *testing.F) {
	for _, s := range []string{
		"proc.name = nginx and evt.type in (open, close)", `fd.name contains "/etc` + "\xff" + `" or not (evt.num > 3)`, "evt.arg.flags", "proc.aname[",
		`evt.category in {"net", "file"} && !(fd.num == 3 or fd.name matches r"x\"y")`, "tolower(upper(proc.name", "1 < fd.num < 4", "a[0:3] == 1", "0=]3] == 1",
	} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, text string, at int) {
		if len(text) > 300 {
			return
		}
		for _, lang := range []filter.Language{filter.Sysdig, filter.Wireshark} {
			end := 0
			for _, tok := range assist.Tokens(text, lang) {
				require.LessOrEqual(t, end, tok.At.Start)
				require.Less(t, tok.At.Start, tok.At.End)
				end = tok.At.End
			}
			require.LessOrEqual(t, end, len(text))
			items, _ := assist.Complete(text, at, lang, assist.Source{Values: capture, Saved: saved})
			for _, it := range items {
				require.True(t, it.At.Start >= 0 && it.At.Start <= it.At.End && it.At.End <= len(text), "%v", it)
				require.True(t, it.Caret >= 0 && it.Caret <= len(it.Insert), "%v", it)
			}
			span, _ := assist.Hover(text, at, lang, capture)
			require.True(t, span.Start >= 0 && span.Start <= span.End && span.End <= len(text))
			assist.Guess(text, at)
			if h, ok := assist.Signature(text, at, lang); ok {
				require.True(t, h.Start >= 0 && h.Start <= h.End && h.End <= len(h.Label), "%v", h)
			}
		}
	})
}

func BenchmarkComplete(b *testing.B) {
	for b.Loop() {
		assist.Complete("proc.name = nginx and ", 22, filter.Sysdig, assist.Source{Values: capture, Saved: saved})
	}
}

// doubts.txt holds filters, and below each what is doubtful about it in a capture with few values.
func TestDoubtsStandUnderTheirPlace(t *testing.T) {
	golden(t, "doubts.txt", func(line string, lang filter.Language) string {
		read := filter.Read(line, lang)
		require.True(t, read.Valid(), line)
		return filter.Explain(line, assist.Doubts(&read, capture))
	})
}

// Filters that real people write are not doubted, but for those that the oracle asks because nothing fits them.
func TestNoFalseAlarms(t *testing.T) {
	b, err := os.ReadFile(testdata + "oracle.txt")
	require.NoError(t, err)
	filters := strings.Split(string(b), "\n")
	filters = append(filters,
		`sysdig.thread_id == 145515 and evt.category in {"net", "file"} and not sysdig.event_name=="ioctl"`,
		`(sysdig.thread_id in {145515,145516} and evt.category in {"file"}) && evt.is_io==1`,
		`proc.name=nginx or proc.name=python3`, `evt.type==connect or evt.type==recvfrom or evt.type==sendto`,
	)
	n := 0
	var got []string
	for _, text := range filters {
		if strings.HasPrefix(text, "#") || strings.HasPrefix(text, " ") || text == "" {
			continue
		}
		read := filter.Read(text, filter.Auto)
		if !read.Valid() {
			continue
		}
		n++
		for _, d := range assist.Doubts(&read, nil) {
			got = append(got, text+": "+d.Msg)
		}
	}
	require.Greater(t, n, 400)
	require.Equal(t, []string{ // which is so
		"evt.type in (): the list is empty: no event fits",
		"evt.num > 0: evt.num is 1 or more: every event that has it fits",
		"evt.num = 0: evt.num is 1 or more: no event fits",
		"evt.cpu < 0: evt.cpu is never negative: no event fits",
		"evt.is_io in (true, false): evt.is_io is true or false: every event that has it fits",
		"evt.deltatime >= 0: evt.deltatime is never negative: every event that has it fits",
		"proc.duration >= 0: proc.duration is never negative: every event that has it fits",
		"proc.ppid.duration >= 0: proc.ppid.duration is never negative: every event that has it fits",
		"proc.pid.ts >= 0: proc.pid.ts is never negative: every event that has it fits",
		"proc.fdopencount >= 0: proc.fdopencount is never negative: every event that has it fits",
		"proc.pidns_init_start_ts >= 0: proc.pidns_init_start_ts is never negative: every event that has it fits",
		"fd.name pmatch (): the list is empty: no event fits",
	}, got)
}
