package remote

import (
	"errors"
	"os"
	"os/exec"
	"path"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// sshFailed is ssh's exit status for its own faults; others are those of the far command.
const sshFailed = 255

// connectTimeout bounds the TCP connection and the greeting; jump hosts take their own.
const connectTimeout = 15 * time.Second

// FindSSH returns the ssh program to use: name when it is not empty, else the one in the PATH, else Windows' own.
func FindSSH(name string) (string, error) {
	return findSSH(name, runtime.GOOS, exec.LookPath, os.Getenv)
}

func findSSH(name, goos string, look func(string) (string, error), getenv func(string) string) (string, error) {
	candidates := []string{name}
	if name == "" {
		candidates = []string{"ssh"}
		if root := getenv("SystemRoot"); goos == "windows" && root != "" {
			// A 32-bit process sees System32 redirected; Sysnative is the real one.
			candidates = append(candidates, root+`\System32\OpenSSH\ssh.exe`, root+`\Sysnative\OpenSSH\ssh.exe`)
		}
	}
	var err error
	for _, c := range candidates {
		p, e := look(c)
		if e == nil || errors.Is(e, exec.ErrDot) && name != "" {
			return p, nil
		}
		err = e
	}
	fix := "install an OpenSSH client, or name it with --ssh"
	if goos == "windows" {
		fix = `install "OpenSSH Client" (Settings, Optional features), or name another ssh with --ssh`
	}
	return "", &Error{Kind: KindNoSSH, Message: "there is no ssh program here", Fix: fix, Err: err}
}

// sshArgs returns the arguments of ssh: what must hold for a program that talks through it, the user's extra ones,
// the target, the command. Nothing here touches host keys.
func sshArgs(t Target, extra []string, command string) []string {
	args := []string{
		"-T", // no terminal: bytes stay as they are
		"-o", "BatchMode=yes",
		"-o", "ControlMaster=no", // an existing master is used; becoming one would outlive us
		"-o", "ClearAllForwardings=yes",
		"-o", "ForwardAgent=no",
		"-o", "ForwardX11=no",
		"-o", "RemoteCommand=none",
		"-o", "PermitLocalCommand=no",
		"-o", "LogLevel=INFO", // its errors are read
	}
	args = append(args, extra...)
	args = append(args, // the first word counts, so these yield to the user's
		"-o", "ConnectTimeout="+strconv.Itoa(int(connectTimeout/time.Second)),
		"-o", "ServerAliveInterval=3", // a silent link is found dead in 9 s
		"-o", "ServerAliveCountMax=3",
	)
	if t.User != "" {
		args = append(args, "-l", t.User)
	}
	if t.Port != 0 {
		args = append(args, "-p", strconv.Itoa(t.Port))
	}
	return append(args, "--", t.Host, command)
}

// checkSSHOptions refuses options that would change who is trusted or what runs: they belong in ~/.ssh/config.
func checkSSHOptions(extra []string) error {
	for i := 0; i < len(extra); i++ {
		switch a := extra[i]; {
		case (a == "-o" || a == "-i" || a == "-J" || a == "-F") && i+1 < len(extra):
			i++
			if a == "-o" {
				if err := checkSSHOption(extra[i]); err != nil {
					return err
				}
			} else if strings.HasPrefix(extra[i], "-") {
				return errors.New("ssh option " + a + ": its value begins with a dash: " + strconv.Quote(extra[i]))
			}
		case a == "-4" || a == "-6" || a == "-C":
		default:
			return errors.New("ssh option " + strconv.Quote(a) + " is none of -o, -i, -J, -F, -4, -6, -C")
		}
	}
	return nil
}

// checkSSHOption looks at NAME=VALUE or NAME VALUE. ssh would take blanks before the name and quotes around it, too; here
// it must be plain, so that both read the same.
func checkSSHOption(o string) error {
	o = strings.TrimSpace(o)
	name := sshOptionName.FindString(o)
	rest := o[len(name):]
	if name == "" || rest != "" && !strings.ContainsRune("= \t", rune(rest[0])) {
		return errors.New("ssh option " + strconv.Quote(o) + " does not begin with a plain NAME=")
	}
	value := strings.ToLower(strings.Trim(rest, " =\t\""))
	switch strings.ToLower(name) {
	case "stricthostkeychecking":
		if value == "yes" {
			return nil
		}
	case "userknownhostsfile":
		if holdsKnownHosts(value) {
			return nil
		}
	case "verifyhostkeydns":
		if value == "no" {
			return nil
		}
	case "globalknownhostsfile", "knownhostscommand", "revokedhostkeys", "checkhostip", "nohostauthenticationforlocalhost",
		"batchmode", "remotecommand", "requesttty", "localcommand", "permitlocalcommand", "controlmaster", "controlpersist", "loglevel",
		"forkafterauthentication", "stdinnull", "sessiontype", "host", "match", "include":
	default:
		return nil
	}
	return errors.New("ssh option " + strconv.Quote(o) + " is not taken here: if it must be, write it into ~/.ssh/config")
}

var sshOptionName = regexp.MustCompile(`^[A-Za-z0-9]+`)

// holdsKnownHosts reports whether all of a list are files that may hold keys, and not names of nothing.
func holdsKnownHosts(list string) bool {
	files := strings.Fields(strings.ReplaceAll(list, `"`, " "))
	for _, f := range files {
		if f = path.Clean(strings.ReplaceAll(f, `\`, "/")); f == "none" || f == "nul" || strings.HasPrefix(f, "/dev/") {
			return false
		}
	}
	return len(files) > 0
}

// sshCommand returns the process of ssh, not started. It is no member of our process group, so that Ctrl-C in a
// terminal reaches only us, who end the capture cleanly first.
func sshCommand(program string, args []string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C") // what sudo says over there is read, too
	cmd.SysProcAttr = attributes(cmd.Args)
	cmd.WaitDelay = 2 * time.Second // a jump host's or master's process may hold the pipes
	return cmd
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./\\-]+$`)

// commandLine joins arguments to the one line that a program on Windows is started with, and that it takes apart by
// Microsoft's rules: backslashes are special only in front of a quote. Whatever is not plain stands in quotes, since the ssh
// of Git for Windows would read single quotes and wildcards outside of them.
func commandLine(args []string) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if plainWord.MatchString(a) {
			b.WriteString(a)
			continue
		}
		b.WriteByte('"')
		slashes := 0 // that stand right before here
		for j := range len(a) {
			switch a[j] {
			case '\\':
				slashes++
			case '"':
				b.WriteString(strings.Repeat(`\`, slashes+1))
				slashes = 0
			default:
				slashes = 0
			}
			b.WriteByte(a[j])
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		b.WriteByte('"')
	}
	return b.String()
}
