package evt

// MaxPath is the longest path JoinPath builds, with its NUL; what is longer becomes tooLong, as in libsinsp.
const MaxPath = 1024

const tooLong = "/DIR_TOO_LONG/FILENAME_TOO_LONG"

// JoinPath appends p joined to base to dst (STATE_ENGINE §5). An absolute p leaves base out; base itself is taken as it
// is. Components "." and ".." are resolved, slashes collapse, one trailing slash goes, unprintable bytes become ".".
func JoinPath[B, P ~string | ~[]byte](dst []byte, base B, p P) []byte {
	return joinPath(dst, base, false, p)
}

// joinPath is JoinPath; slash puts a slash behind base.
func joinPath[B, P ~string | ~[]byte](dst []byte, base B, slash bool, p P) []byte {
	n := len(base) + len(p) + 1
	if slash {
		n++
	}
	if n > MaxPath {
		return append(dst, tooLong...)
	}
	s := len(dst) // where the path begins; ".." never goes above its first character
	absolute := len(p) > 0 && p[0] == '/'
	if len(p) > 0 && !absolute {
		dst = append(dst, base...)
		if slash {
			dst = append(dst, '/')
		}
	}
	for i := 0; i < len(p); {
		c := p[i]
		start := len(dst) == s || dst[len(dst)-1] == '/'
		switch {
		case c == '.' && start && dots(p, i) != 0:
			n := dots(p, i)
			if n == 2 {
				dst = parent(dst, s)
			}
			i += n + 1 // with the slash behind them
			continue
		case c == '/':
			if len(dst) > s && dst[len(dst)-1] == '/' || len(dst) == s && !absolute {
				break
			}
			dst = append(dst, c)
		case c < 0x20 || c > 0x7e:
			dst = append(dst, '.')
		default:
			dst = append(dst, c)
		}
		i++
	}
	if len(dst)-s > 1 && dst[len(dst)-1] == '/' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// dots returns 1 or 2 when the component at i is "." or "..", else 0.
func dots[P ~string | ~[]byte](p P, i int) int {
	n := 1
	if i+1 < len(p) && p[i+1] == '.' {
		n = 2
	}
	if i+n == len(p) || p[i+n] == '/' {
		return n
	}
	return 0
}

// parent removes the last component of the path that begins at s, not its first character.
func parent(dst []byte, s int) []byte {
	if len(dst) <= s+1 {
		return dst
	}
	dst = dst[:len(dst)-1]
	for len(dst) > s && dst[len(dst)-1] != '/' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// TrimUnprintable appends s to dst without the bytes outside 0x20..0x7e.
func TrimUnprintable[S ~string | ~[]byte](dst []byte, s S) []byte {
	from := 0
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e {
			dst = append(dst, s[from:i]...)
			from = i + 1
		}
	}
	return append(dst, s[from:]...)
}
