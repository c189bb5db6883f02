package filter

import (
	"bytes"
)

// lower returns an ASCII letter in lower case, other bytes as they are.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// equalFold reports whether a and b, of the same length, are the same but for the case of ASCII letters.
func equalFold(a, b []byte) bool {
	for i := range b {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// containsFold reports whether text holds what, whatever the case of ASCII letters.
func containsFold(text, what []byte) bool {
	for i := 0; i+len(what) <= len(text); i++ {
		if equalFold(text[i:i+len(what)], what) {
			return true
		}
	}
	return false
}

// glob reports whether the shell pattern matches the whole text, as fnmatch(3) without flags does: * also takes slashes,
// a backslash takes the next byte as it is.
func glob(p, text []byte, fold bool) bool {
	star, from := -1, 0
	i, j := 0, 0
	for j < len(text) {
		if i < len(p) && p[i] == '*' {
			star, from = i, j
			i++
			continue
		}
		if n, ok := globByte(p[i:], text[j], fold); ok {
			i += n
			j++
			continue
		}
		if star < 0 {
			return false
		}
		from++
		i, j = star+1, from
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// globByte matches one byte with the first item of the pattern, and returns the item's length.
func globByte(p []byte, c byte, fold bool) (int, bool) {
	if len(p) == 0 {
		return 0, false
	}
	same := func(x byte) bool { return x == c || fold && lower(x) == lower(c) }
	switch p[0] {
	case '?':
		return 1, true
	case '[':
		if n, in := bracket(p, c, fold); n > 0 {
			return n, in
		}
	case '\\':
		if len(p) > 1 {
			return 2, same(p[1])
		}
		return 1, false
	}
	return 1, same(p[0])
}

// bracket matches a byte with the set at the start of the pattern. n is 0 when the bracket does not end: it stands for
// itself then.
func bracket(p []byte, c byte, fold bool) (n int, in bool) {
	i := 1
	not := i < len(p) && (p[i] == '!' || p[i] == '^')
	if not {
		i++
	}
	for first := true; i < len(p); first = false {
		if p[i] == ']' && !first {
			return i + 1, in != not
		}
		if p[i] == '[' && i+1 < len(p) && p[i+1] == ':' {
			if end := bytes.Index(p[i+2:], []byte(":]")); end >= 0 {
				in = in || class(string(p[i+2:i+2+end]), c) || fold && (class(string(p[i+2:i+2+end]), lower(c)) || class(string(p[i+2:i+2+end]), upper(c)))
				i += end + 4
				continue
			}
		}
		if p[i] == '\\' && i+1 < len(p) {
			i++
		}
		lo, hi := p[i], p[i]
		i++
		if i+1 < len(p) && p[i] == '-' && p[i+1] != ']' {
			hi = p[i+1]
			if i += 2; hi == '\\' && i < len(p) {
				hi = p[i]
				i++
			}
		}
		in = in || lo <= c && c <= hi
		if fold {
			in = in || lo <= lower(c) && lower(c) <= hi || lo <= upper(c) && upper(c) <= hi
		}
	}
	return 0, false
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c + 'A' - 'a'
	}
	return c
}

// class reports whether a byte is in a named class of the C locale.
func class(name string, c byte) bool {
	low, up, digit := c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
	switch name {
	case "alpha":
		return low || up
	case "digit":
		return digit
	case "alnum":
		return low || up || digit
	case "lower":
		return low
	case "upper":
		return up
	case "space":
		return c == ' ' || c >= '\t' && c <= '\r'
	case "blank":
		return c == ' ' || c == '\t'
	case "xdigit":
		return hexDigit(c)
	case "cntrl":
		return c < ' ' || c == 0x7F
	case "print":
		return c >= ' ' && c < 0x7F
	case "graph":
		return c > ' ' && c < 0x7F
	case "punct":
		return c > ' ' && c < 0x7F && !low && !up && !digit
	}
	return false
}

// under reports whether the path is below the prefix or is it, component by component; components may be patterns.
func under(prefix, path []byte) bool {
	for {
		var want, have []byte
		want, prefix = component(prefix)
		if len(want) == 0 {
			return true
		}
		have, path = component(path)
		if len(have) == 0 || !glob(want, have, false) {
			return false
		}
	}
}

// component returns the first component of a path and what follows it; no component at the end.
func component(path []byte) (first, rest []byte) {
	for len(path) > 0 && path[0] == '/' {
		path = path[1:]
	}
	if i := bytes.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, nil
}
