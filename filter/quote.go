package filter

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote returns a value as it is written in a filter of sysdig's language: bare when it can be, else as InQuotes does. Behind
// <, <=, > and >= what begins like a number is one: ordering says that the value stands there.
func Quote(text string, ordering bool) string {
	plain := text != "" && Printable(text)
	for i := range len(text) {
		plain = plain && bare(text[i])
	}
	if n := number(text); ordering && n > 0 && n < len(text) {
		plain = false
	}
	if plain {
		return text
	}
	return InQuotes(text)
}

// escapes are the control characters that both languages have a letter for.
var escapes = map[rune]string{'\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// InQuotes writes a text in double quotes, as both languages read it: valid UTF-8 without control characters. Bytes that are
// no printable text become \xHH.
func InQuotes(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch letter := escapes[r]; {
		case letter != "":
			b.WriteString(letter)
		case r == '"' || r == '\\':
			b.WriteString(`\` + text[i:i+1])
		case hidden(r, n):
			for _, c := range []byte(text[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		default:
			b.WriteString(text[i : i+n])
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

// Printable reports whether a text is UTF-8 without control characters.
func Printable(text string) bool { return printable(text, false) }

// printable reports whether InQuotes writes a text without \xHH, or without any escape of a control character.
func printable(text string, letters bool) bool {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if hidden(r, n) && !(letters && escapes[r] != "") {
			return false
		}
		i += n
	}
	return true
}

// hidden reports whether a character of n bytes is a control character, or no character.
func hidden(r rune, n int) bool { return r == utf8.RuneError && n == 1 || unicode.IsControl(r) }
