package format

import "unicode/utf8"

// Text appends b to dst as valid UTF-8: a byte that is none becomes \xNN. It is the only place where bytes become
// text for people.
func Text(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	const hex = "0123456789abcdef"
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
