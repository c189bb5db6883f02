// Package remotetest gives tests a far side: a real sshd on loopback or in a network namespace, with keys and users of its
// own, and a link that can be slow, lossy or cut.
package remotetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scapls/scapls/scapio/scapiotest"
)

// Host is a real sshd on loopback, or in a network namespace, with keys and users of its own.
type Host struct {
	Dir    string // keys and configuration
	Port   int
	cmd    *exec.Cmd
	log    bytes.Buffer
	Agents string // folder with the fake agent

	Root, Free, None, Asks string // users: root, sudo without and with a password, no rights
}

// Password is that of the user whom sudo asks.
const Password = "correct horse, battery"

var far struct {
	once sync.Once
	host *Host
	err  error
}

// Need returns the host; without what it needs the test is skipped.
func Need(t testing.TB) *Host {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: connections are for the run without the race detector")
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		scapiotest.Skip(t, "ssh", "needs root on Linux: sshd that lets other users in, and users to let in")
	}
	for _, p := range []string{"ssh", "sshd", "ssh-keygen", "sudo", "useradd", "visudo"} {
		if _, err := lookSbin(p); err != nil {
			scapiotest.Skip(t, "ssh", "there is no "+p+": run testdata/tools/setup-ssh.sh")
		}
	}
	far.once.Do(func() { far.host, far.err = newHost() })
	if far.err != nil {
		t.Fatal(far.err)
	}
	return far.host
}

// Done ends the host of Need; TestMain calls it.
func Done() {
	if far.host != nil {
		far.host.Close()
	}
}

// repository returns the folder of go.mod.
func repository() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

func lookSbin(name string) (string, error) {
	if p, err := exec.LookPath(name); err == nil {
		return p, nil
	}
	return exec.LookPath("/usr/sbin/" + name)
}

// Command runs a program of the system, also one of /usr/sbin.
func Command(name string, args ...string) error {
	p, err := lookSbin(name)
	if err != nil {
		return err
	}
	out, err := exec.Command(p, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// newHost makes keys, users, the fake agent, and starts sshd.
func newHost() (h *Host, err error) {
	h = &Host{Root: "root"}
	defer func() {
		if err != nil {
			h.Close()
			h = nil
		}
	}()
	root, err := repository()
	if err != nil {
		return h, err
	}
	_ = exec.Command(filepath.Join(root, "testdata", "tools", "setup-ssh.sh"), "clean").Run()
	if h.Dir, err = os.MkdirTemp("", "scapls-ssh-test"); err != nil {
		return h, err
	}
	if err = errors.Join(os.Chmod(h.Dir, 0o755), os.Mkdir(h.Path("tmp"), 0o700), os.Chmod(h.Path("tmp"), 0o777|os.ModeSticky), h.keys(), h.users(), h.build(root)); err != nil {
		return h, err
	}
	if h.Port, err = FreePort(); err != nil {
		return h, err
	}
	if err = h.Configure("127.0.0.1"); err != nil {
		return h, err
	}
	return h, h.Start()
}

// FreePort returns a port that nothing listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Path returns a file of Dir.
func (h *Host) Path(name string) string { return filepath.Join(h.Dir, name) }

func (h *Host) keys() error {
	for _, k := range []string{"hostkey", "id", "otherid", "otherhostkey"} {
		if err := Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", k, "-f", h.Path(k)); err != nil {
			return err
		}
	}
	b, err := os.ReadFile(h.Path("id.pub"))
	if err != nil {
		return err
	}
	return os.WriteFile(h.Path("authorized_keys"), b, 0o644)
}

// users makes three users with what sudo allows them. Their names hold our process number: tests of two checkouts do
// not meet.
func (h *Host) users() error {
	name := func(letter string) string { return fmt.Sprintf("scapls-t%d%s", os.Getpid(), letter) }
	h.Free, h.None, h.Asks = name("a"), name("b"), name("c")
	for _, u := range []string{h.Free, h.None, h.Asks} {
		if err := errors.Join(Command("useradd", "-m", "-s", "/bin/sh", u), Command("usermod", "-p", "*", u)); err != nil {
			return err
		}
	}
	pw := exec.Command("/usr/sbin/chpasswd")
	pw.Stdin = strings.NewReader(h.Asks + ":" + Password + "\n")
	if out, err := pw.CombinedOutput(); err != nil {
		return fmt.Errorf("chpasswd: %w: %s", err, out)
	}
	return errors.Join(h.Sudoers(h.Free, "ALL=(ALL) NOPASSWD: ALL"), h.Sudoers(h.Asks, "ALL=(ALL) ALL"))
}

// Doas lets the user without rights become root by doas, without a password; the test is skipped where there is no doas.
// What it adds to doas' configuration is taken away at the end of the test.
func (h *Host) Doas(t testing.TB) string {
	t.Helper()
	if _, err := lookSbin("doas"); err != nil {
		scapiotest.Skip(t, "doas", "there is no doas: testdata/tools/setup-ssh.sh installs it where there is a package")
	}
	const file = "/etc/doas.conf"
	before, err := os.ReadFile(file)
	there := err == nil
	rule := "permit nopass " + h.None + " as root\n"
	if err := os.WriteFile(file, append(bytes.Clone(before), rule...), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if there {
			_ = os.WriteFile(file, before, 0o600)
		} else {
			_ = os.Remove(file)
		}
	})
	return h.None
}

// Sysdig lets the user without rights run a program of the name sysdig as root, and nothing else. What it is made of is a
// shell script; it is taken away at the end of the test.
func (h *Host) Sysdig(t testing.TB, dir string) string {
	t.Helper()
	shell := filepath.Join(dir, "shell") // the only way to a PATH of one's own that needs nothing of sshd
	text := "#!/bin/sh\nPATH=" + dir + ":$PATH\nexport PATH\nexec /bin/sh \"$@\"\n"
	rule := "Defaults:" + h.None + " secure_path=" + dir + ":/usr/sbin:/usr/bin:/sbin:/bin\n" + h.None + " ALL=(root) NOPASSWD: " + filepath.Join(dir, "sysdig") + "\n"
	file := "/etc/sudoers.d/" + h.None
	err := errors.Join(os.WriteFile(shell, []byte(text), 0o755), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755), os.Chmod(filepath.Join(dir, "sysdig"), 0o755),
		os.WriteFile(file, []byte(rule), 0o440), Command("visudo", "-cqf", file), Command("usermod", "-s", shell, h.None))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(os.Remove(file), Command("usermod", "-s", "/bin/sh", h.None)) })
	return h.None
}

// Sudoers gives a user a rule.
func (h *Host) Sudoers(user, rule string) error {
	file := "/etc/sudoers.d/" + user
	return errors.Join(os.WriteFile(file, []byte(user+" "+rule+"\n"), 0o440), Command("visudo", "-cqf", file))
}

func (h *Host) build(root string) error {
	h.Agents = h.Path("agents")
	cmd := exec.Command("go", "build", "-o", filepath.Join(h.Agents, "scapls-linux-"+runtime.GOARCH), "./capture/remote/internal/fakeagent")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the fake agent: %w: %s", err, out)
	}
	return WriteSums(h.Agents)
}

// WriteSums writes the SHA256SUMS of a folder of agents.
func WriteSums(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "scapls-linux-*"))
	var sums strings.Builder
	for _, f := range files {
		b, e := os.ReadFile(f)
		err = errors.Join(err, e)
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(b), filepath.Base(f))
	}
	return errors.Join(err, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644))
}

// Configure writes the configurations of both sides.
func (h *Host) Configure(address string) error {
	server := fmt.Sprintf(`Port %d
ListenAddress %s
HostKey %s
PidFile none
AuthorizedKeysFile %s
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
MaxSessions 100
LogLevel VERBOSE
SetEnv TMPDIR=%s
`, h.Port, address, h.Path("hostkey"), h.Path("authorized_keys"), h.Path("tmp"))
	client := fmt.Sprintf("Host *\n  IdentityFile %s\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile %s\n  GlobalKnownHostsFile %s\n  HostKeyAlias scapls-test-host\n",
		h.Path("id"), h.Path("known_hosts"), h.Path("none"))
	return errors.Join(os.WriteFile(h.Path("sshd_config"), []byte(server), 0o644), os.WriteFile(h.Path("ssh_config"), []byte(client), 0o644),
		h.Knows("hostkey", "known_hosts"))
}

// Knows writes a known_hosts that holds one of the keys.
func (h *Host) Knows(key, file string) error {
	b, err := os.ReadFile(h.Path(key + ".pub"))
	if err != nil {
		return err
	}
	return os.WriteFile(h.Path(file), append([]byte("scapls-test-host "), b...), 0o644)
}

// Start starts sshd, behind a prefix when there is one (ip netns exec NAME).
func (h *Host) Start(prefix ...string) error {
	sshd, err := lookSbin("sshd")
	if err != nil {
		return err
	}
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
		return err
	}
	args := append(prefix, sshd, "-D", "-e", "-f", h.Path("sshd_config"))
	h.cmd = exec.Command(args[0], args[1:]...)
	h.cmd.Stderr = &h.log
	if err := h.cmd.Start(); err != nil {
		return err
	}
	if len(prefix) > 0 {
		return nil // not to be reached from here
	}
	for range 100 {
		if c, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(h.Port)); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("sshd does not listen: %s", h.log.String())
}

// Close ends sshd and removes users and files.
func (h *Host) Close() {
	if h.cmd != nil && h.cmd.Process != nil {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	}
	for _, u := range []string{h.Free, h.None, h.Asks} {
		if u == "" {
			continue
		}
		_ = os.Remove("/etc/sudoers.d/" + u)
		if usr, err := user.Lookup(u); err == nil {
			_ = exec.Command("rm", "-rf", "/var/lib/scapls/spool/"+usr.Uid).Run()
		}
		_ = Command("userdel", "-r", u)
	}
	if h.Dir != "" {
		_ = os.RemoveAll(h.Dir)
	}
}

// Leftovers returns what is left of agents and their scripts: folders, processes of a connection.
func (h *Host) Leftovers() (left []string) {
	for _, pattern := range []string{h.Path("tmp/*"), "/home/" + strings.TrimRight(h.Free, "abc") + "?/scapls-agent.*"} {
		found, _ := filepath.Glob(pattern)
		left = append(left, found...)
	}
	for pid, line := range h.Processes() {
		left = append(left, fmt.Sprint(pid, " ", line))
	}
	return left
}

// Processes returns the command lines of those that run in connections to the host, or from files of the host, by their
// numbers.
func (h *Host) Processes() map[int]string {
	list := map[int]string{}
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range procs {
		pid, _ := strconv.Atoi(filepath.Base(p))
		cmdline, _ := os.ReadFile(p + "/cmdline")
		environ, _ := os.ReadFile(p + "/environ")
		line := strings.TrimSpace(string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
		if len(h.connection(environ)) > 0 && !strings.Contains(line, "agent spool") || strings.Contains(line, h.Path("tmp")) {
			list[pid] = line
		}
	}
	return list
}

// connection returns what an environment tells of a connection to the host.
func (h *Host) connection(environ []byte) string {
	for v := range bytes.SplitSeq(environ, []byte{0}) {
		if rest, ok := bytes.CutPrefix(v, []byte("SSH_CONNECTION=")); ok && bytes.HasSuffix(rest, []byte(" "+strconv.Itoa(h.Port))) {
			return string(rest)
		}
	}
	return ""
}

// Clean waits until nothing is left, or fails.
func (h *Host) Clean(t testing.TB, within time.Duration) {
	t.Helper()
	var left []string
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if left = h.Leftovers(); len(left) == 0 {
			return
		}
	}
	t.Fatalf("left on the far side %s after the end: %q", within, left)
}
