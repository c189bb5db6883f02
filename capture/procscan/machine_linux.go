package procscan

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/scapls/scapls/scapio"
)

// machine reads the machine info. What cannot be read stays zero.
func (s *Scanner) machine() scapio.Machine {
	m := scapio.Machine{CPUs: uint32(s.cpus()), BootTime: s.boot}
	m.Hostname, _ = os.Hostname()
	if s.Root != "" {
		m.Hostname = string(bytes.TrimSpace(s.read(s.path("proc/sys/kernel/hostname"), 256)))
	}
	for line := range strings.Lines(string(s.read(s.path("proc/meminfo"), 4096))) {
		if v, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kb, _ := strconv.ParseUint(strings.Fields(v)[0], 10, 64)
			m.Memory = kb << 10
		}
	}
	m.MaxPID, _ = strconv.ParseUint(string(bytes.TrimSpace(s.read(s.path("proc/sys/kernel/pid_max"), 32))), 10, 64)
	return m
}

// cpus returns how many processors there are, online or not: events may come from any.
func (s *Scanner) cpus() int {
	n := 0
	for _, line := range strings.Split(string(s.read(s.path("proc/stat"), 64<<10)), "\n") {
		if len(line) > 3 && strings.HasPrefix(line, "cpu") && line[3] >= '0' && line[3] <= '9' {
			n++
		}
	}
	if n == 0 {
		n = runtime.NumCPU()
	}
	return n
}

// bootTime returns when the machine was started, ns since the epoch. /proc/stat tells it in whole seconds.
func (s *Scanner) bootTime() uint64 {
	for _, line := range strings.Split(string(s.read(s.path("proc/stat"), 256<<10)), "\n") {
		if v, ok := strings.CutPrefix(line, "btime "); ok {
			sec, _ := strconv.ParseUint(strings.TrimSpace(v), 10, 64)
			return sec * 1_000_000_000
		}
	}
	return 0
}

// interfaces lists this machine's network addresses.
func (s *Scanner) interfaces() (list []scapio.Interface) {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, v6 := range []bool{false, true} {
		for _, i := range all {
			addrs, _ := i.Addrs()
			for _, a := range addrs {
				if n, ok := a.(*net.IPNet); ok {
					if e, ok := address(n, v6); ok {
						e.Name = i.Name
						list = append(list, e)
					}
				}
			}
		}
	}
	return list
}

// address makes an entry of an address of the wanted family.
func address(n *net.IPNet, v6 bool) (e scapio.Interface, ok bool) {
	ip := n.IP.To4()
	if (ip == nil) != v6 {
		return e, false
	}
	if v6 {
		e.V6 = true
		copy(e.Addr[:], n.IP.To16())
		copy(e.Mask[:], n.Mask)
		return e, true
	}
	copy(e.Addr[:], ip)
	copy(e.Mask[:], n.Mask[len(n.Mask)-4:])
	for k := range 4 {
		e.Broadcast[k] = e.Addr[k] | ^e.Mask[k]
	}
	if ip.IsLoopback() {
		e.Broadcast = e.Addr
	}
	return e, true
}

// Accounts returns the users and groups that a process sees, as the files of its root tell: those of its container.
// Nothing is returned for a process whose root is the machine's. It may be called by any goroutine.
func (s *Scanner) Accounts(pid int64) ([]scapio.User, []scapio.Group) {
	root := s.path("proc", strconv.FormatInt(pid, 10), "root")
	var own, other unix.Stat_t
	if unix.Stat(s.path(), &own) != nil || unix.Stat(root, &other) != nil || own.Dev == other.Dev && own.Ino == other.Ino {
		return nil, nil
	}
	return accounts(root)
}

// accounts reads the users and groups of a root folder. Links are followed inside it, never out of it: the folder may be
// a container's.
func accounts(root string) (users []scapio.User, groups []scapio.Group) {
	fields(root, "etc/passwd", func(f []string) {
		uid, err := strconv.ParseUint(f[2], 10, 32)
		if len(f) < 7 || err != nil {
			return
		}
		gid, _ := strconv.ParseUint(f[3], 10, 32)
		users = append(users, scapio.User{UID: uint32(uid), GID: uint32(gid), Name: f[0], Home: f[5], Shell: f[6]})
	})
	fields(root, "etc/group", func(f []string) {
		if gid, err := strconv.ParseUint(f[2], 10, 32); err == nil {
			groups = append(groups, scapio.Group{GID: uint32(gid), Name: f[0]})
		}
	})
	return users, groups
}

// maxAccounts bounds what is read of a file that a container may have filled.
const maxAccounts = 1 << 20

// fields calls f with the fields of each line of a file below root that has at least three.
func fields(root, name string, f func(fields []string)) {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(dir) }()
	fd, err := unix.Openat2(dir, name, &unix.OpenHow{
		Flags: unix.O_RDONLY | unix.O_NONBLOCK | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	if st, err := file.Stat(); err != nil || !st.Mode().IsRegular() {
		return
	}
	sc := bufio.NewScanner(io.LimitReader(file, maxAccounts))
	for sc.Scan() {
		if list := strings.Split(sc.Text(), ":"); len(list) >= 3 {
			f(list)
		}
	}
}
