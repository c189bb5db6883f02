package remote

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplitConfig(t *testing.T) {
	for in, want := range map[string][]string{
		"":                            nil,
		"  # a comment":               nil,
		"Host a b":                    {"Host", "a", "b"},
		"HostName=example.com":        {"HostName", "example.com"},
		"HostName = example.com":      {"HostName", "example.com"},
		"  Port\t22  ":                {"Port", "22"},
		`Host "two words" 'x y' z`:    {"Host", "two words", "x y", "z"},
		`IdentityFile C:\Users\me\id`: {"IdentityFile", `C:\Users\me\id`},
		`Include "C:\my dir\*.conf"`:  {"Include", `C:\my dir\*.conf`},
		`Host a\ b`:                   {"Host", "a b"},
		`Host "a\"b"`:                 {"Host", `a"b`},
		"Host a # comment":            {"Host", "a"},
		"User a=b":                    {"User", "a=b"},
		"SetEnv A=B C=D":              {"SetEnv", "A=B", "C=D"},
		`Host "open`:                  nil,
		`Host ""`:                     {"Host", ""},
	} {
		require.Equal(t, want, splitConfig(in), "%q", in)
	}
}

func TestHosts(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o700))
		require.NoError(t, os.WriteFile(p, []byte(text), 0o600))
		return p
	}
	write("conf.d/a.conf", "Host fromglob\n  Port 2022\n")
	write("conf.d/b.conf", "Host second\nInclude conf.d/*.conf # of this folder: none\n")
	write("loop", "Include loop\nHost looped\n")
	quoted := write("with space/c", "Host spaced\r\n  User crlf\r\n")
	main := write("config", `
User everybody
Include conf.d/*.conf missing "`+quoted+`"
Host one two
  HostName one.example.com
  User=alice
  User second-is-ignored
Host *.example.com !not 10.0.0.? -oops "a;b"
  User wild
Match host one
  User matched
  HostName never
Host one
  Port 99
host THREE
  hostname 2001:db8::1
Include loop
`)
	require.Equal(t, []Host{
		{Alias: "fromglob", Port: "2022"},
		{Alias: "second"},
		{Alias: "spaced", User: "crlf"},
		{Alias: "one", HostName: "one.example.com", User: "alice", Port: "99"},
		{Alias: "two", HostName: "one.example.com", User: "alice"},
		{Alias: "THREE", HostName: "2001:db8::1"},
		{Alias: "looped"},
	}, Hosts(main, filepath.Join(dir, "nothing")))
}

func TestConfigFiles(t *testing.T) {
	env := func(k string) string { return map[string]string{"ProgramData": `C:\ProgramData`}[k] }
	require.Equal(t, []string{"/home/me/.ssh/config", "/etc/ssh/ssh_config"}, configFiles("linux", "/home/me", env))
	require.Equal(t, []string{"/Users/me/.ssh/config", "/etc/ssh/ssh_config"}, configFiles("darwin", "/Users/me", env))
	require.Equal(t, []string{`C:\Users\me\.ssh\config`, `C:\ProgramData\ssh\ssh_config`}, configFiles("windows", `C:\Users\me`, env))
	require.Equal(t, []string{"/etc/ssh/ssh_config"}, configFiles("linux", "", env))
}

func TestIncludedFiles(t *testing.T) {
	for _, c := range []struct {
		pattern string
		windows bool
		want    string
	}{
		{"~", false, "/home/me"},
		{"~/conf.d/*", false, "/home/me/conf.d/*"},
		{"conf.d/*", false, "/home/me/.ssh/conf.d/*"},
		{"/etc/hosts.d/*", false, "/etc/hosts.d/*"},
		{`~\conf`, false, `/home/me/.ssh/~\conf`},
		{"~other/conf", false, "/home/me/.ssh/~other/conf"},
		{"~", true, `C:\Users\me`},
		{`~\conf.d\*`, true, `C:\Users\me\conf.d\*`},
		{"~/conf.d/*", true, `C:\Users\me/conf.d/*`},
		{`conf.d\*`, true, `C:\Users\me\.ssh\conf.d\*`},
		{"conf.d/*", true, `C:\Users\me\.ssh\conf.d/*`},
		{`D:\my dir\*`, true, `D:\my dir\*`},
		{"d:/dir/*", true, "d:/dir/*"},
		{`\\server\share\conf`, true, `\\server\share\conf`},
		{`\conf`, true, `\conf`},
		{`C:conf`, true, `C:\Users\me\.ssh\C:conf`}, // of a drive's own folder: nobody's
	} {
		home, dir := "/home/me", "/home/me/.ssh"
		if c.windows {
			home, dir = `C:\Users\me`, `C:\Users\me\.ssh`
		}
		require.Equal(t, c.want, included(c.pattern, home, dir, c.windows), "%q", c.pattern)
	}
}
