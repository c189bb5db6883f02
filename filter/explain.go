package filter

import (
	"strings"
	"unicode/utf8"
)

// Explain returns the text with a line of carets under the place of each diagnostic, and the fix: what a terminal shows.
func Explain(text string, diags []Diagnostic) string {
	var b strings.Builder
	for _, d := range diags {
		explain(&b, text, d)
	}
	return b.String()
}

// explain writes the line of the text a diagnostic is about, carets under its place, its message and fixes.
func explain(b *strings.Builder, text string, d Diagnostic) {
	start := strings.LastIndexByte(text[:d.Span.Start], '\n') + 1
	end := len(text)
	if i := strings.IndexByte(text[d.Span.Start:], '\n'); i >= 0 {
		end = d.Span.Start + i
	}
	line := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, text[start:end])
	b.WriteString("  " + line + "\n  ")
	b.WriteString(strings.Repeat(" ", utf8.RuneCountInString(text[start:d.Span.Start])))
	b.WriteString(strings.Repeat("^", max(1, utf8.RuneCountInString(text[d.Span.Start:min(max(d.Span.End, d.Span.Start), end)]))))
	b.WriteString("\n  " + map[Severity]string{Error: "error", Warning: "warning", Hint: "hint"}[d.Severity] + ": " + d.Msg + "\n")
	for _, f := range d.Fixes {
		b.WriteString("  fix: " + f.Msg + "\n")
	}
}
