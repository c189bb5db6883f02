package remote

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode"
)

// Target is whom to connect to: what ssh is given as destination, user and port.
type Target struct {
	User string // "" is ssh's choice: the config's, else the local name
	Host string // a name, an address, or an alias of ~/.ssh/config
	Port int    // 0 is ssh's choice
}

// ParseTarget reads [user@]host[:port], ssh://[user@]host[:port], with IPv6 addresses in brackets when a port follows.
// Names that ssh or a shell of the user's configuration (ProxyCommand, Match exec) could take for something else are
// refused.
func ParseTarget(s string) (Target, error) {
	var t Target
	rest := strings.TrimPrefix(s, "ssh://")
	rest = strings.TrimSuffix(rest, "/")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		t.User, rest = rest[:i], rest[i+1:]
		if t.User == "" {
			return Target{}, fmt.Errorf("%q: nothing stands before the @", s)
		}
	}
	port := ""
	switch {
	case strings.HasPrefix(rest, "["):
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return Target{}, fmt.Errorf("%q: the ] is missing", s)
		}
		t.Host = rest[1:end]
		if !isIPv6(t.Host) {
			return Target{}, fmt.Errorf("%q: %q is no IPv6 address", s, t.Host)
		}
		if rest = rest[end+1:]; rest != "" && rest[0] != ':' {
			return Target{}, fmt.Errorf("%q: a colon is missing before the port", s)
		}
		port = strings.TrimPrefix(rest, ":")
	case strings.Count(rest, ":") == 1:
		t.Host, port, _ = strings.Cut(rest, ":")
		if port == "" {
			return Target{}, fmt.Errorf("%q: the port is missing", s)
		}
	default:
		t.Host = rest
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Target{}, fmt.Errorf("%q: %q is no port", s, port)
		}
		t.Port = int(n)
	}
	return t, t.Check()
}

func isIPv6(s string) bool {
	addr, _, _ := strings.Cut(s, "%")
	ip := net.ParseIP(addr)
	return ip != nil && strings.Contains(addr, ":")
}

// maxName is longer than any host name (253) or user name can be.
const maxName = 255

// Check returns an error when the target holds what must not reach ssh.
func (t Target) Check() error {
	if err := checkName("host", t.Host, "._-:%+,/=~"); err != nil {
		return err
	}
	if strings.Contains(t.Host, ":") && !isIPv6(t.Host) {
		return fmt.Errorf("the host %q holds colons but is no IPv6 address", t.Host)
	}
	if t.Port < 0 || t.Port > 65535 {
		return fmt.Errorf("%d is no port", t.Port)
	}
	if t.User == "" {
		return nil
	}
	// A backslash stands between a Windows domain and its user, an @ before a Kerberos realm.
	if err := checkName("user", t.User, "._-:%+,=~@\\"); err != nil {
		return err
	}
	if strings.HasSuffix(t.User, `\`) {
		return fmt.Errorf("the user %q ends in a backslash", t.User)
	}
	return nil
}

// checkName allows letters, digits and some marks, so that no shell sees more than a word in it. ssh itself passes
// names on to the shell in ProxyCommand, LocalCommand and Match exec.
func checkName(what, s, marks string) error {
	switch {
	case s == "":
		return fmt.Errorf("the %s is missing", what)
	case len(s) > maxName:
		return fmt.Errorf("the %s is longer than %d bytes", what, maxName)
	case s[0] == '-':
		return fmt.Errorf("the %s %q begins with a dash", what, s)
	}
	for _, r := range s {
		if r == unicode.ReplacementChar || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(marks, r) {
			return fmt.Errorf("the %s %q holds %q, which is not allowed in it", what, s, r)
		}
	}
	return nil
}

// String returns the target as ParseTarget reads it.
func (t Target) String() string {
	s := t.Host
	if strings.Contains(s, ":") {
		s = "[" + s + "]"
	}
	if t.User != "" {
		s = t.User + "@" + s
	}
	if t.Port != 0 {
		s += ":" + strconv.Itoa(t.Port)
	}
	return s
}
