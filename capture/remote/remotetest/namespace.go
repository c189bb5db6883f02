package remotetest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/scapls/scapls/scapio/scapiotest"
)

// Namespace is a network of its own with an sshd in it, reached by a pair of virtual interfaces.
type Namespace struct {
	Netem error // why the kernel's netem does nothing there: a Link in front of it must be slow and lossy in its place

	h    *Host
	name string
	here string // interface
	ip   string
}

// NeedNamespace moves a second sshd of the host into a network namespace. Its link has 50 ms of delay and 1 % of loss each
// way where the kernel has netem; elsewhere a Link in front of it must do that.
func NeedNamespace(t testing.TB, h *Host) *Namespace {
	t.Helper()
	ip, err := lookSbin("ip")
	if err != nil {
		scapiotest.Skip(t, "ssh", "there is no ip (iproute2)")
	}
	id := os.Getpid() % 250
	n := &Namespace{h: &Host{Dir: h.Dir, Port: h.Port}, name: fmt.Sprintf("scapls-t%d", os.Getpid()), here: fmt.Sprintf("sct%d", os.Getpid()%100000)}
	n.ip = fmt.Sprintf("10.213.%d.2", id)
	t.Cleanup(n.close)
	for _, words := range [][]string{
		{"netns", "add", n.name},
		{"link", "add", n.here, "type", "veth", "peer", "name", "far0", "netns", n.name},
		{"addr", "add", fmt.Sprintf("10.213.%d.1/30", id), "dev", n.here},
		{"link", "set", n.here, "up"},
		{"-n", n.name, "addr", "add", n.ip + "/30", "dev", "far0"},
		{"-n", n.name, "link", "set", "far0", "up"},
		{"-n", n.name, "link", "set", "lo", "up"},
	} {
		if out, err := exec.Command(ip, words...).CombinedOutput(); err != nil {
			scapiotest.Skip(t, "ssh", fmt.Sprintf("network namespaces do not work here: ip %s: %s", strings.Join(words, " "), out))
		}
	}
	for _, words := range [][]string{{"qdisc", "add", "dev", n.here}, {"-n", n.name, "qdisc", "add", "dev", "far0"}} {
		if n.Netem = Command("tc", append(words, "root", "netem", "delay", "50ms", "loss", "1%")...); n.Netem != nil {
			_ = Command("tc", "qdisc", "del", "dev", n.here, "root") // both ways or none
			break
		}
	}
	if err := n.h.Configure("0.0.0.0"); err != nil {
		t.Fatal(err)
	}
	if err := n.h.Start(ip, "netns", "exec", n.name); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if c, err := net.DialTimeout("tcp", n.Address(), time.Second); err == nil {
			_ = c.Close()
			return n
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("sshd in the namespace does not listen: %s", n.h.log.String())
	return nil
}

// Address returns where its sshd listens.
func (n *Namespace) Address() string { return fmt.Sprintf("%s:%d", n.ip, n.h.Port) }

func (n *Namespace) close() {
	if n.h.cmd != nil && n.h.cmd.Process != nil {
		_ = n.h.cmd.Process.Kill()
		_ = n.h.cmd.Wait()
	}
	_ = Command("ip", "link", "del", n.here)
	_ = Command("ip", "netns", "del", n.name)
}
