package format

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// Text appends bytes of a capture as UTF-8: what is no UTF-8 becomes \xNN, byte by byte; all else stays as it is.
func Text(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, '\\', 'x', hex[b[0]>>4], hex[b[0]&15])
		} else {
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
	}
	return dst
}

// Line appends bytes of a capture as UTF-8 that stays on one line and tells a terminal nothing: as Text, and control characters
// become \n, \r, \t and \xNN, the C1 ones of Unicode too.
func Line(dst, b []byte) []byte {
	from := len(dst)
	dst = Text(dst, b)
	text := dst[from:]
	i := bytes.IndexFunc(text, unicode.IsControl)
	if i < 0 {
		return dst
	}
	rest := string(text[i:])
	dst = dst[:from+i]
	for _, r := range rest {
		switch {
		case !unicode.IsControl(r):
			dst = utf8.AppendRune(dst, r)
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\r':
			dst = append(dst, '\\', 'r')
		case r == '\t':
			dst = append(dst, '\\', 't')
		default: // all of them are below U+0100
			dst = append(dst, '\\', 'x', hex[r>>4], hex[r&15])
		}
	}
	return dst
}

// OneLine is Line of a text: a command line may hold line ends.
func OneLine(s string) string { return string(Line(nil, []byte(s))) }

// plain reports whether b needs no change between quotes: printable ASCII without quote and backslash.
func plain(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// appendQuoted appends bytes as a JSON string, by way of Text.
func appendQuoted(dst, b []byte) []byte {
	dst = append(dst, '"')
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		c := b[0]
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, '\\', '\\', 'x', hex[c>>4], hex[c&15])
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
	}
	return append(dst, '"')
}
