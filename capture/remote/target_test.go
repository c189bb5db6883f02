package remote

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseTarget(t *testing.T) {
	for in, want := range map[string]Target{
		"host":                      {Host: "host"},
		"user@host":                 {User: "user", Host: "host"},
		"user@host:2222":            {User: "user", Host: "host", Port: 2222},
		"host.example.com:22":       {Host: "host.example.com", Port: 22},
		"ssh://user@host:2222/":     {User: "user", Host: "host", Port: 2222},
		"fe80::1%eth0":              {Host: "fe80::1%eth0"},
		"root@[2001:db8::1]:2222":   {User: "root", Host: "2001:db8::1", Port: 2222},
		"[::1]":                     {Host: "::1"},
		"user@REALM.ORG@host":       {User: "user@REALM.ORG", Host: "host"},
		`DOMAIN\user@host`:          {User: `DOMAIN\user`, Host: "host"},
		"bücher.example":            {Host: "bücher.example"},
		"my_alias":                  {Host: "my_alias"},
		"jump+inner":                {Host: "jump+inner"},
		"user.name-with-dash@a-b.c": {User: "user.name-with-dash", Host: "a-b.c"},
	} {
		got, err := ParseTarget(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
		again, err := ParseTarget(got.String())
		require.NoError(t, err, got.String())
		require.Equal(t, got, again)
	}
}

// nasty are strings that must reach no command line.
var nasty = []string{
	"", "-", "-oProxyCommand=touch${IFS}/tmp/x", "--", "$(id)", "`id`", "a;id", "a|id", "a&id", "a\nid", "a\rid", "a\x00id", "a b", "a\tb", "'", `"`, "a'b",
	`a"b`, "${HOME}", "$HOME", "a>b", "a<b", "a(b)", "a{b}", "*", "?", "a!b", "a#b", "a\x1b[31m", "\xff\xfe", "a\u202eb", strings.Repeat("a", 300), `a\`, "a\\\nb",
}

func TestTargetRefusesWhatAShellCouldRead(t *testing.T) {
	for _, s := range nasty {
		if s != `a\` {
			require.Error(t, Target{Host: s}.Check(), "host %q", s)
		}
		if s != "" {
			require.Error(t, Target{Host: "host", User: s}.Check(), "user %q", s)
		}
		_, err := ParseTarget(s)
		require.Error(t, err, "%q", s)
		_, err = ParseTarget("user@" + s)
		require.Error(t, err, "user@%q", s)
	}
	for _, s := range []string{"@host", "user@", "host:", "host:0", "host:65536", "host:-1", "host:ssh", "[::1", "[host]:22", "[::1]22", "a:b:c", "user@-host", "-user@host"} {
		_, err := ParseTarget(s)
		require.Error(t, err, "%q", s)
	}
}

func TestSSHArguments(t *testing.T) {
	args := sshArgs(Target{User: "user", Host: "host", Port: 2222}, []string{"-J", "jump"}, "command")
	require.Equal(t, []string{"--", "host", "command"}, args[len(args)-3:])
	line := strings.Join(args, " ")
	require.Contains(t, line, "-o BatchMode=yes")
	require.Contains(t, line, " -l user -p 2222 -- ")
	require.Less(t, strings.Index(line, "BatchMode"), strings.Index(line, "-J jump"), "the first word counts")
	require.Greater(t, strings.Index(line, "ConnectTimeout"), strings.Index(line, "-J jump"))
	require.NotContains(t, strings.ToLower(line), "stricthostkeychecking")
	require.NotContains(t, strings.ToLower(line), "knownhosts")
}

func TestSSHOptionsThatChangeWhoIsTrustedAreRefused(t *testing.T) {
	for _, o := range [][]string{
		nil,
		{"-F", "/path/config"},
		{"-i", "key", "-4"},
		{"-J", "a,b"},
		{"-o", "User=x"},
		{"-o", "UserKnownHostsFile=/my/known_hosts"},
		{"-o", "StrictHostKeyChecking=yes"},
		{"-o", "ProxyCommand nc %h %p"},
		{"-o", "ConnectTimeout=3"},
		{"-o", "  ConnectTimeout = 3 "},
		{"-o", `UserKnownHostsFile "/my/known hosts" ~/.ssh/other`},
		{"-o", "VerifyHostKeyDNS=no"},
	} {
		require.NoError(t, checkSSHOptions(o), "%q", o)
	}
	for _, o := range [][]string{
		{"-o", "StrictHostKeyChecking=no"},
		{"-o", "stricthostkeychecking accept-new"},
		{"-o", "StrictHostKeyChecking=off"},
		{"-o", "UserKnownHostsFile=/dev/null"},
		{"-o", "UserKnownHostsFile none"},
		{"-o", "GlobalKnownHostsFile=/dev/null"},
		{"-o", "BatchMode=no"},
		{"-o", "RemoteCommand=id"},
		{"-o", "RequestTTY=force"},
		{"-o"},
		{"-t"},
		{"-A"},
		{"-R", "1:2:3"},
		{"host"},
		{"-oStrictHostKeyChecking=no"},
		{"-i", "-oX=y"},
		{"-o", "LocalCommand=id"},
		{"-f"},
		{"-N"},
		{"-o", "SessionType=none"},
		{"-o", "LogLevel=QUIET"},
		{"-o", " StrictHostKeyChecking=no"},
		{"-o", "\tStrictHostKeyChecking no"},
		{"-o", "\r\nStrictHostKeyChecking=no"},
		{"-o", "StrictHostKeyChecking\nno"},
		{"-o", "StrictHostKeyChecking\r=no"},
		{"-o", `"StrictHostKeyChecking" no`},
		{"-o", `"StrictHostKeyChecking"=no`},
		{"-o", `StrictHostKeyChecking"=no`},
		{"-o", `StrictHostKeyChecking "no"`},
		{"-o", "StrictHostKeyChecking=yes no"},
		{"-o", "StrictHostKeyChecking"},
		{"-o", "=StrictHostKeyChecking=no"},
		{"-o", "#"},
		{"-o", ""},
		{"-o", "KnownHostsCommand=/bin/cat keys"},
		{"-o", "knownhostscommand /bin/cat keys"},
		{"-o", "VerifyHostKeyDNS=yes"},
		{"-o", "RevokedHostKeys=none"},
		{"-o", "NoHostAuthenticationForLocalhost=yes"},
		{"-o", "UserKnownHostsFile=/my/known_hosts /dev/null"},
		{"-o", "UserKnownHostsFile=//dev/./null"},
		{"-o", "UserKnownHostsFile="},
		{"-o", "Match exec id"},
		{"-o", "Include file"},
	} {
		require.Error(t, checkSSHOptions(o), "%q", o)
	}
}

func TestFindSSH(t *testing.T) {
	only := func(have ...string) func(string) (string, error) {
		return func(name string) (string, error) {
			for _, h := range have {
				if h == name {
					return "found:" + name, nil
				}
			}
			return "", errNotThere
		}
	}
	env := func(k string) string { return map[string]string{"SystemRoot": `C:\Windows`}[k] }
	for _, c := range []struct {
		name, goos string
		look       func(string) (string, error)
		want       string
	}{
		{"", "linux", only("ssh"), "found:ssh"},
		{"", "darwin", only("ssh"), "found:ssh"},
		{"/opt/my ssh/ssh", "darwin", only("ssh", "/opt/my ssh/ssh"), "found:/opt/my ssh/ssh"},
		{"", "windows", only("ssh"), "found:ssh"},
		{"", "windows", only(`C:\Windows\System32\OpenSSH\ssh.exe`), `found:C:\Windows\System32\OpenSSH\ssh.exe`},
		{"", "windows", only(`C:\Windows\Sysnative\OpenSSH\ssh.exe`), `found:C:\Windows\Sysnative\OpenSSH\ssh.exe`},
		{`C:\Program Files\Git\usr\bin\ssh.exe`, "windows", only(`C:\Program Files\Git\usr\bin\ssh.exe`), `found:C:\Program Files\Git\usr\bin\ssh.exe`},
		{"", "windows", only(), ""},
		{"missing", "linux", only("ssh"), ""},
	} {
		got, err := findSSH(c.name, c.goos, c.look, env)
		if c.want == "" {
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, KindNoSSH, e.Kind)
			require.NotEmpty(t, e.Fix)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

func TestSudoersLine(t *testing.T) {
	require.Equal(t, `DOM\\al\ ice ALL=(root) NOPASSWD: sha256:00ff /home/a\,b/agent agent`, SudoersLine(`DOM\al ice`, "/home/a,b/agent", "00ff"))
}

// microsoft takes a command line apart as programs on Windows do.
func microsoft(line string) (args []string) {
	var arg []byte
	slashes, quoted, started := 0, false, false
	put := func(c byte) {
		for ; slashes > 0; slashes-- {
			arg = append(arg, '\\')
		}
		arg, started = append(arg, c), true
	}
	for i := range len(line) {
		switch c := line[i]; {
		case c == '\\':
			slashes++
			started = true
		case c == '"':
			odd := slashes%2 == 1
			for slashes /= 2; slashes > 0; slashes-- {
				arg = append(arg, '\\')
			}
			if odd {
				put('"')
			} else {
				quoted, started = !quoted, true
			}
		case (c == ' ' || c == '\t') && !quoted:
			if started {
				args = append(args, string(arg)+strings.Repeat(`\`, slashes))
			}
			arg, slashes, started = nil, 0, false
		default:
			put(c)
		}
	}
	if started {
		args = append(args, string(arg)+strings.Repeat(`\`, slashes))
	}
	return args
}

func TestCommandLinesOfWindows(t *testing.T) {
	for want, args := range map[string][]string{
		`ssh -T -o BatchMode=yes -- web1`:    {"ssh", "-T", "-o", "BatchMode=yes", "--", "web1"},
		`"C:\Program Files\ssh.exe" -i C:\k`: {`C:\Program Files\ssh.exe`, "-i", `C:\k`},
		`ssh -i "C:\my keys\\"`:              {"ssh", "-i", `C:\my keys\`},
		`ssh "a\"b" "c\\\"d" ""`:             {"ssh", `a"b`, `c\"d`, ""},
		`ssh "it's" "*"`:                     {"ssh", "it's", "*"},
	} {
		require.Equal(t, want, commandLine(args))
	}
	command, _ := farCommand(newNonce())
	all := append([]string{`C:\Program Files\Git\usr\bin\ssh.exe`}, sshArgs(Target{User: `DOMAIN\user`, Host: "host"}, []string{"-i", `C:\my keys\`, "-F", `C:\it's "mine"\\`}, command)...)
	require.Equal(t, all, microsoft(commandLine(all)))
	for _, s := range nasty {
		args := []string{"ssh", s, s + `\`, `\` + s, s + `\"`, "end"}
		require.Equal(t, args, microsoft(commandLine(args)), "%q", s)
	}
}
