//go:build linux && (amd64 || arm64)

package live

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The test binary is also the program that is observed: with workloadEnv set it makes known calls and writes down what
// a capture must hold of them.
const workloadEnv = "SCAPLS_TEST_WORKLOAD"

func TestMain(m *testing.M) {
	switch name := os.Getenv(workloadEnv); name {
	case "":
		os.Exit(m.Run())
	case "exit":
		os.Exit(7)
	default:
		runtime.LockOSThread()
		// The recorder is told that the program runs, and says when to begin.
		var b [1]byte
		if _, err := os.Stdout.Write(b[:]); err != nil {
			os.Exit(1)
		}
		if _, err := os.Stdin.Read(b[:]); err != nil {
			fmt.Fprintln(os.Stderr, "workload:", err)
			os.Exit(1)
		}
		workloads[name](&workload{dir: os.Getenv("SCAPLS_TEST_DIR")})
		os.Exit(0)
	}
}

var workloads = map[string]func(*workload){}

func init() {
	workloads["calls"] = func(w *workload) {
		w.files()
		w.data()
		w.sockets()
		w.datagrams()
		w.unixSockets()
		w.descriptors()
		w.memory()
		w.processes()
		w.ids()
		w.others()
		w.oldCalls()
		w.more()
		w.save()
	}
	workloads["spin"] = spin
	workloads["large"] = large
	workloads["tree"] = tree
}

// expected is what one call must look like: the arguments of both its events, where * stands for anything.
type expected struct {
	Type  string
	Exit  string
	Enter string
}

type workload struct {
	dir  string
	list []expected
}

// call notes what the call that was just made must look like.
func (w *workload) call(typ, enter, exit string, args ...any) {
	n := strings.Count(enter, "%")
	w.list = append(w.list, expected{Type: typ, Enter: fmt.Sprintf(enter, args[:n]...), Exit: fmt.Sprintf(exit, args[n:]...)})
}

func (w *workload) save() {
	b, err := json.Marshal(w.list)
	must(err)
	must(os.WriteFile(filepath.Join(w.dir, "expected.json"), b, 0o600))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func must1[T any](v T, err error) T {
	must(err)
	return v
}

// raw makes a call that the standard packages would turn into another one.
func raw(nr uintptr, args ...uintptr) int {
	var a [6]uintptr
	copy(a[:], args)
	r, _, errno := unix.Syscall6(nr, a[0], a[1], a[2], a[3], a[4], a[5])
	if errno != 0 {
		return -int(errno)
	}
	return int(r)
}

func ptr(s string) uintptr {
	b := append([]byte(s), 0)
	return uintptr(unsafe.Pointer(&b[0]))
}

func (w *workload) files() {
	a, b, c, d := w.dir+"/a.txt", w.dir+"/b.txt", w.dir+"/link", w.dir+"/sub"
	var st unix.Stat_t
	fd := must1(unix.Openat(unix.AT_FDCWD, a, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o640))
	must(unix.Fstat(fd, &st))
	w.call("openat", "dirfd=-100(AT_FDCWD) name=%s flags=4103(O_CREAT|O_RDWR|O_CLOEXEC) mode=0640",
		"fd=%d dirfd=-100(AT_FDCWD) name=%s flags=*(O_CREAT|O_RDWR|O_CLOEXEC|O_F_CREATED*) mode=0640 dev=%X ino=%d", a, fd, a, st.Dev, st.Ino)
	_, err := unix.Openat(unix.AT_FDCWD, w.dir+"/none", unix.O_RDONLY, 0)
	w.call("openat", "*name=%s/none flags=1(O_RDONLY) mode=0", "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=%s/none flags=1(O_RDONLY) mode=0 dev=0 ino=0", w.dir, w.dir)
	if err == nil {
		panic("none exists")
	}
	how := unix.OpenHow{Flags: unix.O_RDONLY | unix.O_DIRECTORY, Resolve: unix.RESOLVE_NO_SYMLINKS}
	dirfd := must1(unix.Openat2(unix.AT_FDCWD, w.dir, &how))
	w.call("openat2", "dirfd=-100(AT_FDCWD) name=%s flags=1025(O_DIRECTORY|O_RDONLY) mode=0 resolve=8(RESOLVE_NO_SYMLINKS)",
		"fd=%d dirfd=-100(AT_FDCWD) name=%s flags=*(O_DIRECTORY|O_RDONLY*) mode=0 resolve=8(RESOLVE_NO_SYMLINKS) dev=%X ino=*", w.dir, dirfd, w.dir, st.Dev)
	must(unix.Symlinkat("a.txt", dirfd, "link"))
	w.call("symlinkat", "", "res=0 target=a.txt linkdirfd=%d linkpath=link", dirfd)
	must(unix.Linkat(dirfd, "a.txt", dirfd, "hard", 0))
	w.call("linkat", "", "res=0 olddir=%d oldpath=a.txt newdir=%d newpath=hard flags=0", dirfd, dirfd)
	must(unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_NOREPLACE))
	w.call("renameat2", "", "res=0 olddirfd=-100(AT_FDCWD) oldpath=%s newdirfd=-100(AT_FDCWD) newpath=%s flags=1(RENAME_NOREPLACE)", a, b)
	must(unix.Fchmod(fd, 0o4755))
	w.call("fchmod", "", "res=0 fd=%d mode=04755(*S_ISUID*)", fd)
	must(unix.Fchmodat(unix.AT_FDCWD, b, 0o600, 0))
	w.call("fchmodat", "", "res=0 dirfd=-100(AT_FDCWD) filename=%s mode=0600(S_IWUSR|S_IRUSR)", b)
	must(unix.Fchownat(unix.AT_FDCWD, b, 12, 34, unix.AT_SYMLINK_NOFOLLOW))
	w.call("fchownat", "", "res=0 dirfd=-100(AT_FDCWD) pathname=%s uid=12 gid=34 flags=1024(AT_SYMLINK_NOFOLLOW)", b)
	must(unix.Mkdirat(unix.AT_FDCWD, d, 0o700))
	w.call("mkdirat", "", "res=0 dirfd=-100(AT_FDCWD) path=%s mode=1C0", d)
	must(unix.Mknodat(unix.AT_FDCWD, d+"/fifo", unix.S_IFIFO|0o600, 0))
	w.call("mknodat", "", "res=0 dirfd=-100(AT_FDCWD) path=%s/fifo mode=010600(S_IWUSR|S_IRUSR|S_IFIFO) dev=0", d)
	must(unix.Chdir(d))
	w.call("chdir", "", "res=0 path=%s", d)
	buf := make([]byte, 4096)
	n := must1(unix.Getcwd(buf))
	w.call("getcwd", "", "res=%d path=%s", n, d)
	must(unix.Fchdir(dirfd))
	w.call("fchdir", "fd=%d", "res=0 fd=%d", dirfd, dirfd)
	must(unix.Unlinkat(unix.AT_FDCWD, d+"/fifo", 0))
	w.call("unlinkat", "", "res=0 dirfd=-100(AT_FDCWD) name=%s/fifo flags=0", d)
	must(unix.Unlinkat(unix.AT_FDCWD, d, unix.AT_REMOVEDIR))
	w.call("unlinkat", "", "res=0 dirfd=-100(AT_FDCWD) name=%s flags=512(AT_REMOVEDIR)", d)
	must(unix.Fstatat(unix.AT_FDCWD, c, &st, unix.AT_SYMLINK_NOFOLLOW))
	w.call("newfstatat", "", "res=0 dirfd=-100(AT_FDCWD) path=%s flags=256(AT_SYMLINK_NOFOLLOW)", c)
	must(unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB))
	w.call("flock", "fd=%d operation=6(LOCK_EX|LOCK_NB)", "res=0 fd=%d operation=6(LOCK_EX|LOCK_NB)", fd, fd)
	must(unix.Close(dirfd))
	w.call("close", "fd=%d", "res=0 fd=%d", dirfd, dirfd)
	must(unix.Close(fd))
	w.call("close", "fd=%d", "res=0 fd=%d", fd, fd)
	w.oldFiles()
}

func (w *workload) data() {
	fd := must1(unix.Open(w.dir+"/data", unix.O_CREAT|unix.O_RDWR, 0o600))
	text := strings.Repeat("0123456789", 20)
	must1(unix.Write(fd, []byte(text)))
	w.call("write", "fd=%d size=200", "res=200 data=%s fd=%d size=200", fd, shown(text[:80]), fd)
	must1(unix.Pwrite(fd, []byte("hello"), 4096))
	w.call("pwrite", "fd=%d size=5 pos=4096", "res=5 data=hello fd=%d size=5 pos=4096", fd, fd)
	must1(unix.Seek(fd, 3, 0))
	w.call("lseek", "fd=%d offset=3 whence=0(SEEK_SET)", "res=3 fd=%d offset=3 whence=0(SEEK_SET)", fd, fd)
	buf := make([]byte, 1000)
	must1(unix.Read(fd, buf[:7]))
	w.call("read", "fd=%d size=7", "res=7 data=3456789 fd=%d size=7", fd, fd)
	must1(unix.Pread(fd, buf, 4096))
	w.call("pread", "fd=%d size=1000 pos=4096", "res=5 data=hello fd=%d size=1000 pos=4096", fd, fd)
	_, _ = unix.Read(-1, buf)
	w.call("read", "fd=-1(EPERM) size=1000", "res=-9(EBADF) data=NULL fd=-1(EPERM) size=1000")
	must1(unix.Writev(fd, [][]byte{[]byte("one "), []byte("two "), []byte("three")}))
	w.call("writev", "fd=%d size=13", "res=13 data=one two three fd=%d size=13", fd, fd)
	must1(unix.Preadv(fd, [][]byte{buf[:2], buf[2:4]}, 10))
	w.call("preadv", "fd=%d pos=10", "res=4 size=4 data=one  fd=%d pos=10", fd, fd)
	must1(unix.Pwritev(fd, [][]byte{[]byte("xy")}, 1))
	w.call("pwritev", "fd=%d size=2 pos=1", "res=2 data=xy fd=%d size=2 pos=1", fd, fd)
	must1(unix.Seek(fd, 0, 0))
	must1(unix.Readv(fd, [][]byte{buf[:1], buf[1:5]}))
	w.call("readv", "fd=%d", "res=5 size=5 data=0xy34 fd=%d", fd, fd)
	out := must1(unix.Open(w.dir+"/copy", unix.O_CREAT|unix.O_WRONLY, 0o600))
	off := int64(2)
	must1(unix.Sendfile(out, fd, &off, 8))
	w.call("sendfile", "out_fd=%d in_fd=%d offset=2 size=8", "res=8 offset=10 out_fd=%d in_fd=%d size=8", out, fd, out, fd)
	from, to := int64(0), int64(16)
	must1(unix.CopyFileRange(fd, &from, out, &to, 4, 0))
	w.call("copy_file_range", "fdin=%d offin=* len=4", "res=4 fdout=%d offout=20 fdin=%d offin=4 len=4", fd, out, fd)
	must(unix.Close(fd))
	must(unix.Close(out))
}

// shown is a byte buffer as it reads when it is as long as what is shown of one.
func shown(s string) string { return s }

func port(sa unix.Sockaddr) int {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return sa.Port
	case *unix.SockaddrInet6:
		return sa.Port
	}
	return 0
}

func (w *workload) sockets() {
	for _, v := range []struct {
		family   int
		name, ip string
		addr     unix.Sockaddr
	}{
		{unix.AF_INET, "2(AF_INET)", "127.0.0.1", &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}},
		{unix.AF_INET6, "10(AF_INET6)", "::1", &unix.SockaddrInet6{Addr: [16]byte(net.IPv6loopback)}},
	} {
		s := must1(unix.Socket(v.family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0))
		w.call("socket", "domain=%s type=524289 proto=0", "fd=%d domain=%s type=524289 proto=0", v.name, s, v.name)
		must(unix.SetsockoptInt(s, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1))
		w.call("setsockopt", "", "res=0 fd=%d level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=1 optlen=4", s)
		must(unix.Bind(s, v.addr))
		w.call("bind", "fd=%d", "res=0 addr=%s:0 fd=%d", s, v.ip, s)
		must(unix.Listen(s, 5))
		w.call("listen", "fd=%d backlog=5", "res=0 fd=%d backlog=5", s, s)
		p := port(must1(unix.Getsockname(s)))
		c := must1(unix.Socket(v.family, unix.SOCK_STREAM, 0))
		to := v.addr
		if a, ok := to.(*unix.SockaddrInet4); ok {
			a.Port = p
		} else {
			to.(*unix.SockaddrInet6).Port = p
		}
		must(unix.Connect(c, to))
		q := port(must1(unix.Getsockname(c)))
		w.call("connect", "fd=%d addr=%s:%d", "res=0 tuple=%s:%d->%s:%d fd=%d addr=%s:%d", c, v.ip, p, v.ip, q, v.ip, p, c, v.ip, p)
		a, _, err := unix.Accept4(s, unix.SOCK_NONBLOCK)
		must(err)
		w.call("accept4", "flags=*", "fd=%d tuple=%s:%d->%s:%d queuepct=0 queuelen=0 queuemax=5 flags=*", a, v.ip, q, v.ip, p)
		must(unix.Sendto(c, []byte("hello tcp"), 0, nil))
		w.call("sendto", "fd=%d size=9 tuple=%s:%d->%s:%d", "res=9 data=hello tcp fd=%d size=9 tuple=%s:%d->%s:%d", c, v.ip, q, v.ip, p, c, v.ip, q, v.ip, p)
		buf := make([]byte, 100)
		must1(recvFrom(a, buf))
		w.call("recvfrom", "fd=%d size=100", "res=9 data=hello tcp tuple=%s:%d->%s:%d fd=%d size=100", a, v.ip, q, v.ip, p, a)
		_, err = recvFrom(a, buf)
		w.call("recvfrom", "fd=%d size=100", "res=-11(EAGAIN) data=NULL tuple=NULL fd=%d size=100", a, a)
		if err == nil {
			panic("something was received")
		}
		must1(unix.GetsockoptInt(c, unix.SOL_SOCKET, unix.SO_ERROR))
		w.call("getsockopt", "", "res=0 fd=%d level=1(SOL_SOCKET) optname=4(SO_ERROR) val=0 optlen=4", c)
		must(unix.SetsockoptTimeval(c, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1, Usec: 500}))
		w.call("setsockopt", "", "res=0 fd=%d level=1(SOL_SOCKET) optname=20(SO_RCVTIMEO) val=1000500000(1.0005s) optlen=16", c)
		must(unix.Shutdown(c, unix.SHUT_WR))
		w.call("shutdown", "fd=%d how=1(SHUT_WR)", "res=0 fd=%d how=1(SHUT_WR)", c, c)
		for _, fd := range []int{a, c, s} {
			must(unix.Close(fd))
		}
	}
}

func recvFrom(fd int, buf []byte) (int, error) {
	n, _, err := unix.Recvfrom(fd, buf, 0)
	return n, err
}

func (w *workload) datagrams() {
	lo := [4]byte{127, 0, 0, 1}
	r, s := must1(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)), must1(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0))
	must(unix.Bind(r, &unix.SockaddrInet4{Addr: lo}))
	p := port(must1(unix.Getsockname(r)))
	to := &unix.SockaddrInet4{Addr: lo, Port: p}
	must(unix.Sendto(s, []byte("udp"), 0, to))
	q := port(must1(unix.Getsockname(s)))
	w.call("sendto", "fd=%d size=3 tuple=0.0.0.0:*->127.0.0.1:%d", "res=3 data=udp fd=%d size=3 tuple=0.0.0.0:%d->127.0.0.1:%d", s, p, s, q, p)
	buf := make([]byte, 50)
	must1(recvFrom(r, buf))
	w.call("recvfrom", "fd=%d size=50", "res=3 data=udp tuple=127.0.0.1:%d->127.0.0.1:%d fd=%d size=50", r, q, p, r)
	must(unix.Sendmsg(s, []byte("message"), nil, to, 0))
	w.call("sendmsg", "fd=%d size=7 tuple=0.0.0.0:%d->127.0.0.1:%d", "res=7 data=message fd=%d size=7 tuple=0.0.0.0:%d->127.0.0.1:%d", s, q, p, s, q, p)
	_, _, _, _, err := unix.Recvmsg(r, buf, nil, 0)
	must(err)
	w.call("recvmsg", "fd=%d", "res=7 size=50 data=message tuple=127.0.0.1:%d->127.0.0.1:%d msgcontrol=NULL fd=%d", r, q, p, r)
	must(unix.Connect(s, to))
	w.call("connect", "fd=%d addr=127.0.0.1:%d", "res=0 tuple=127.0.0.1:%d->127.0.0.1:%d fd=%d addr=127.0.0.1:%d", s, p, q, p, s, p)

	var iov [2]unix.Iovec
	msgs := [2]struct {
		hdr unix.Msghdr
		n   uint32
		_   uint32
	}{}
	for i, text := range []string{"first", "second"} {
		b := []byte(text)
		iov[i] = unix.Iovec{Base: &b[0], Len: uint64(len(b))}
		msgs[i].hdr.Iov, msgs[i].hdr.Iovlen = &iov[i], 1
	}
	if raw(unix.SYS_SENDMMSG, uintptr(s), uintptr(unsafe.Pointer(&msgs)), 2, 0) != 2 {
		panic("sendmmsg")
	}
	w.call("sendmmsg", "", "res=5 fd=%d size=5 data=first tuple=127.0.0.1:%d->127.0.0.1:%d", s, q, p)
	w.call("sendmmsg", "-", "res=6 fd=%d size=6 data=second tuple=127.0.0.1:%d->127.0.0.1:%d", s, q, p)
	for i := range msgs {
		iov[i] = unix.Iovec{Base: &buf[20*i], Len: 20}
	}
	if raw(unix.SYS_RECVMMSG, uintptr(r), uintptr(unsafe.Pointer(&msgs)), 2, 0, 0) != 2 {
		panic("recvmmsg")
	}
	runtime.KeepAlive(&iov)
	w.call("recvmmsg", "", "res=5 fd=%d size=20 data=first tuple=0.0.0.0:0->127.0.0.1:%d msgcontrol=NULL", r, p)
	w.call("recvmmsg", "-", "res=6 fd=%d size=20 data=second tuple=0.0.0.0:0->127.0.0.1:%d msgcontrol=NULL", r, p)
	must(unix.Close(r))
	must(unix.Close(s))
}

func (w *workload) unixSockets() {
	path := w.dir + "/sock"
	s, c := must1(unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)), must1(unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0))
	must(unix.Bind(s, &unix.SockaddrUnix{Name: path}))
	w.call("bind", "fd=%d", "res=0 addr=%s fd=%d", s, path, s)
	must(unix.Listen(s, 1))
	must(unix.Connect(c, &unix.SockaddrUnix{Name: path}))
	w.call("connect", "fd=%d addr=%s", "res=0 tuple=*->* %s fd=%d addr=%s", c, path, path, c, path)
	a, _, err := unix.Accept4(s, 0)
	must(err)
	w.call("accept4", "flags=0*", "fd=%d tuple=*->* %s queuepct=0 queuelen=0 queuemax=1 flags=0*", a, path)
	must1(unix.Write(a, []byte("unix")))
	w.call("write", "fd=%d size=4", "res=4 data=unix fd=%d size=4", a, a)
	pair := must1(unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0))
	w.call("socketpair", "domain=1(AF_LOCAL|AF_UNIX) type=2 proto=0", "res=0 fd1=%d fd2=%d source=FFFF* peer=FFFF* domain=1(AF_LOCAL|AF_UNIX) type=2 proto=0", pair[0], pair[1])
	must(unix.Sendmsg(pair[0], []byte("F"), unix.UnixRights(1), nil, 0))
	w.call("sendmsg", "fd=%d size=1 tuple=*->* ", "res=1 data=F fd=%d size=1 tuple=*->* ", pair[0], pair[0])
	buf, oob := make([]byte, 10), make([]byte, 64)
	_, on, _, _, err := unix.Recvmsg(pair[1], buf, oob, 0)
	must(err)
	got := must1(unix.ParseSocketControlMessage(oob[:on]))
	fds := must1(unix.ParseUnixRights(&got[0]))
	w.call("recvmsg", "fd=%d", "res=1 size=10 data=F tuple=*->*  msgcontrol=*....* fd=%d", pair[1], pair[1])
	must(unix.Close(fds[0]))
	_, err = unix.Getpeername(c)
	must(err)
	w.call("getpeername", "", "")
	for _, fd := range []int{a, s, c, pair[0], pair[1]} {
		must(unix.Close(fd))
	}
}

func (w *workload) descriptors() {
	var p [2]int
	must(unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK))
	var st unix.Stat_t
	must(unix.Fstat(p[0], &st))
	w.call("pipe2", "", "res=0 fd1=%d fd2=%d ino=%d flags=4160(O_NONBLOCK|O_CLOEXEC)", p[0], p[1], st.Ino)
	d := must1(unix.Dup(p[0]))
	w.call("dup", "fd=%d", "res=%d oldfd=%d", p[0], d, p[0])
	must(unix.Dup3(p[0], 77, unix.O_CLOEXEC))
	w.call("dup3", "fd=%d", "res=77 oldfd=%d newfd=77 flags=4096(O_CLOEXEC)", p[0], p[0])
	e := must1(unix.FcntlInt(uintptr(p[0]), unix.F_DUPFD_CLOEXEC, 100))
	w.call("fcntl", "fd=%d cmd=26(F_DUPFD_CLOEXEC)", "res=%d fd=%d cmd=26(F_DUPFD_CLOEXEC)", p[0], e, p[0])
	must1(unix.FcntlInt(uintptr(p[0]), unix.F_GETFL, 0))
	w.call("fcntl", "fd=%d cmd=4(F_GETFL)", "res=2048 fd=%d cmd=4(F_GETFL)", p[0], p[0])
	must1(unix.IoctlGetInt(p[0], unix.TIOCINQ))
	w.call("ioctl", "fd=%d request=541B argument=*", "res=0 fd=%d request=541B argument=*", p[0], p[0])
	ts := unix.Timespec{Nsec: 1000000}
	must1(unix.Ppoll([]unix.PollFd{{Fd: int32(p[0]), Events: unix.POLLIN}, {Fd: int32(p[1]), Events: unix.POLLOUT | 0x100}}, &ts, nil))
	w.call("ppoll", "fds=%d:?1 %d:?204 timeout=1000000(0.001s) sigmask=", "res=1 fds=%d:?0 %d:?204 timeout=1000000(0.001s) sigmask=", p[0], p[1], p[0], p[1])
	ep := must1(unix.EpollCreate1(unix.EPOLL_CLOEXEC))
	w.call("epoll_create1", "flags=1(EPOLL_CLOEXEC)", "res=%d flags=1(EPOLL_CLOEXEC)", ep)
	must(unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, p[1], &unix.EpollEvent{Events: unix.EPOLLOUT, Fd: int32(p[1])}))
	w.call("epoll_ctl", "", "")
	ev := must1(unix.Eventfd(5, unix.EFD_NONBLOCK))
	w.call("eventfd2", "initval=5", "res=%d flags=64(O_NONBLOCK) initval=5", ev)
	tf := must1(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC))
	w.call("timerfd_create", "clockid=1 flags=0", "res=%d clockid=1 flags=0", tf)
	in := must1(unix.InotifyInit1(unix.IN_NONBLOCK))
	w.call("inotify_init1", "", "res=%d flags=64(O_NONBLOCK)", in)
	must1(unix.InotifyAddWatch(in, w.dir, unix.IN_CREATE))
	w.call("inotify_add_watch", "", "")
	sf := must1(unix.Signalfd(-1, &unix.Sigset_t{Val: [16]uint64{1 << 9}}, unix.SFD_CLOEXEC))
	w.call("signalfd4", "fd=-1(EPERM) mask=200", "res=%d flags=4096(O_CLOEXEC) fd=-1(EPERM) mask=200", sf)
	mf := must1(unix.MemfdCreate("my memfd", unix.MFD_CLOEXEC))
	w.call("memfd_create", "", "fd=%d name=my memfd flags=1(MFD_CLOEXEC)", mf)
	pf := must1(unix.PidfdOpen(os.Getpid(), 0))
	w.call("pidfd_open", "", "fd=%d pid=%d flags=0", pf, os.Getpid())
	params := [30]uint32{2: 0}
	ur := raw(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&params)))
	if ur >= 0 {
		w.call("io_uring_setup", "", "res=%d entries=4 sq_entries=4 cq_entries=8 flags=0 sq_thread_cpu=0 sq_thread_idle=0 features=*(IORING_FEAT_SINGLE_MMAP|*)", ur)
	} else {
		w.call("io_uring_setup", "", "res=%d(*) entries=4 *", ur)
	}
	raw(unix.SYS_CLOSE_RANGE, 77, 77, 0)
	w.call("close_range", "", "")
	for _, fd := range []int{p[0], p[1], d, e, ep, ev, tf, in, sf, mf, pf, ur} {
		_ = unix.Close(fd)
	}
}

func (w *workload) memory() {
	m := raw(unix.SYS_MMAP, 0, 8192, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON, ^uintptr(0), 0)
	w.call("mmap", "addr=0 length=8192 prot=3(PROT_READ|PROT_WRITE) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) fd=-1(EPERM) offset=0",
		"res=%d vm_size=* vm_rss=* vm_swap=0 addr=0 length=8192 prot=3(PROT_READ|PROT_WRITE) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) fd=-1(EPERM) offset=0", m)
	raw(unix.SYS_MPROTECT, uintptr(m), 4096, unix.PROT_READ)
	w.call("mprotect", "addr=%X length=4096 prot=1(PROT_READ)", "res=0 addr=%X length=4096 prot=1(PROT_READ)", m, m)
	raw(unix.SYS_MLOCK2, uintptr(m), 4096, unix.MLOCK_ONFAULT)
	w.call("mlock2", "", "res=0 addr=%X len=4096 flags=1(MLOCK_ONFAULT)", m)
	raw(unix.SYS_MUNMAP, uintptr(m), 8192)
	w.call("munmap", "addr=%X length=8192", "res=0 vm_size=* vm_rss=* vm_swap=0 addr=%X length=8192", m, m)
	brk := raw(unix.SYS_BRK, 0)
	w.call("brk", "addr=0", "res=%X vm_size=* vm_rss=* vm_swap=0 addr=0", brk)
	local := []byte("vm data")
	far := make([]byte, 7)
	li, ri := unix.Iovec{Base: &far[0], Len: 7}, unix.RemoteIovec{Base: uintptr(unsafe.Pointer(&local[0])), Len: 7}
	must1(unix.ProcessVMReadv(os.Getpid(), []unix.Iovec{li}, []unix.RemoteIovec{ri}, 0))
	w.call("process_vm_readv", "", "res=7 pid=%d data=vm data", os.Getpid())
}

func (w *workload) processes() {
	pid, exe := os.Getpid(), must1(os.Executable())
	// A thread: of a goroutine that gets one of its own, or of the runtime when it likes.
	tids := make(chan int)
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		tids <- unix.Gettid()
		<-done
	}()
	<-tids
	close(done)

	cmd := exec.Command(exe, "arg one", "two")
	cmd.Env = []string{workloadEnv + "=exit", "MARK=a b"}
	if err := cmd.Run(); err == nil {
		panic("the child was to fail")
	}
	child := cmd.ProcessState.Pid()
	w.list = append(w.list,
		expected{Type: "execve", Enter: "filename=" + exe, Exit: fmt.Sprintf("res=0 exe=%s args=arg one.two. tid=%d pid=%d ptid=%d cwd=<NA> fdlimit=* comm=%.15s cgroups=*cpu*=/* "+
			"env=%s=exit.MARK=a b. tty=* vpgid=* loginuid=* flags=* cap_inheritable=* uid=%d trusted_exepath=%s pgid=* gid=%d filename=%s",
			exe, child, child, pid, filepath.Base(exe), workloadEnv, os.Geteuid(), exe, os.Getegid(), exe)},
		expected{Type: "procexit", Enter: "-", Exit: "status=1792 ret=7 sig=0 core=0 reaper_tid=0"})
	must(unix.Kill(pid, 0))
	w.call("kill", "pid=%d sig=0", "res=0 pid=%d sig=0", pid, pid)
	must(unix.Tgkill(pid, pid, unix.SIGURG))
	w.call("tgkill", "pid=%d tid=%d sig=23(SIGURG)", "res=0 pid=%d tid=%d sig=23(SIGURG)", pid, pid, pid, pid)
	w.list = append(w.list, expected{Type: "signaldeliver", Enter: "-", Exit: fmt.Sprintf("spid=%d dpid=%d sig=23(SIGURG)", pid, pid)})
	_ = unix.Exec("/nonexistent/program", []string{"zero", "one"}, []string{"E=1"})
	w.call("execve", "filename=/nonexistent/program", "res=-2(ENOENT) exe=zero args=one. tid=%d pid=%d * env=E=1. * filename=/nonexistent/program", pid, pid)
	name := append([]byte("renamed"), 0)
	must(unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&name[0])), 0, 0, 0))
	w.call("prctl", "", "res=0 option=15(PR_SET_NAME) arg2_str=renamed arg2_int=0")
	must(unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	w.call("prctl", "", "res=0 option=36(PR_SET_CHILD_SUBREAPER) arg2_str=<NA> arg2_int=1")
	ts := unix.Timespec{Nsec: 2000000}
	for range 10 { // one that is interrupted, by a signal that is ignored or by anything else, ends as another call
		raw(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&ts)), 0)
	}
	w.call("nanosleep", "interval=2000000(0.002s)", "res=0 interval=2000000(0.002s)")
	var lim unix.Rlimit
	must(unix.Prlimit(0, unix.RLIMIT_CORE, nil, &lim))
	w.call("prlimit", "pid=0 resource=4(RLIMIT_CORE)", "res=0 newcur=-1 newmax=-1 oldcur=%d oldmax=%d pid=0 resource=4(RLIMIT_CORE)", int64(lim.Cur), int64(lim.Max))
	raw(unix.SYS_FUTEX, uintptr(unsafe.Pointer(&ts)), 1|128, 3, 0, 0, 0)
	w.call("futex", "addr=%X op=129(FUTEX_PRIVATE_FLAG|FUTEX_WAKE) val=3", "res=0 addr=%X op=129(FUTEX_PRIVATE_FLAG|FUTEX_WAKE) val=3", uintptr(unsafe.Pointer(&ts)), uintptr(unsafe.Pointer(&ts)))
}

func (w *workload) ids() {
	uid := os.Getuid()
	w.rawID(unix.SYS_SETRESUID, "setresuid", "ruid=-1(<NONE>) euid=%d suid=-1(<NONE>)", ^uintptr(0), uintptr(uid), ^uintptr(0), uid)
	w.rawID(unix.SYS_SETREGID, "setregid", "-rgid=-1(<NONE>) egid=-1(<NONE>)", ^uintptr(0), ^uintptr(0), ^uintptr(0), 0)
	w.rawID(unix.SYS_SETUID, "setuid", "uid=%d", uintptr(uid), 0, 0, uid)
	raw(unix.SYS_GETEUID)
	w.call("geteuid", "", "euid=%d", os.Geteuid())
	raw(unix.SYS_SETPGID, 0, 0)
	w.call("setpgid", "pid=0 pgid=0", "res=0 pid=0 pgid=0")
	raw(unix.SYS_SETSID)
	w.call("setsid", "", "res=-1")
	raw(unix.SYS_UNSHARE, 0)
	w.call("unshare", "flags=0", "res=0 flags=0")
}

// rawID makes a call for this thread alone. A - before the arguments: the enter event has none.
func (w *workload) rawID(nr uintptr, name, args string, a, b, c uintptr, v int) {
	raw(nr, a, b, c)
	text, enter := strings.TrimPrefix(args, "-"), args
	if text != args {
		enter = ""
	}
	if strings.Contains(text, "%") {
		text = fmt.Sprintf(text, v)
	}
	if enter != "" {
		enter = text
	}
	w.list = append(w.list, expected{Type: name, Enter: enter, Exit: "res=0 " + text})
}

func (w *workload) others() {
	_ = unix.Mount("none", w.dir+"/nodir", "tmpfs", unix.MS_NOSUID, "")
	w.call("mount", "flags=2(NOSUID)", "res=-2(ENOENT) dev=none dir=%s/nodir type=tmpfs flags=2(NOSUID)", w.dir)
	_ = unix.Unmount(w.dir+"/nodir", unix.MNT_DETACH)
	w.call("umount2", "flags=2(DETACH)", "res=-2(ENOENT) name=%s/nodir flags=2(DETACH)", w.dir)
	_ = unix.DeleteModule("no_such_module", unix.O_NONBLOCK)
	w.call("delete_module", "", "res=*(*) name=no_such_module flags=2(O_NONBLOCK)")
	raw(unix.SYS_SECCOMP, 99, 0, 0)
	w.call("seccomp", "op=99 flags=0", "res=-22(EINVAL) op=99 flags=0")
	raw(unix.SYS_QUOTACTL, 0x80000100, 0, 0, 0)
	w.call("quotactl", "cmd=128(Q_SYNC) type=1(USRQUOTA) id=0 quota_fmt=1(QFMT_NOT_USED)", "res=* special=<NA> quotafilepath=<NA> * cmd=128(Q_SYNC) type=1(USRQUOTA) id=0 quota_fmt=1(QFMT_NOT_USED)")
	sem := raw(unix.SYS_SEMGET, 0, 2, 0o1000|0o600)
	w.call("semget", "key=0 nsems=2 semflg=*(IPC_CREAT)", "res=%d key=0 nsems=2 semflg=*(IPC_CREAT)", sem)
	ops := [2]struct {
		num     uint16
		op, flg int16
	}{{0, 1, 0o4000}, {1, 2, 0}}
	raw(unix.SYS_SEMTIMEDOP, uintptr(sem), uintptr(unsafe.Pointer(&ops)), 2, 0)
	w.call("semtimedop", "", "")
	raw(unix.SYS_SEMCTL, uintptr(sem), 0, 0, 0)
	w.call("semctl", "semid=%d semnum=0 cmd=4(IPC_RMID) val=0", "res=0 semid=%d semnum=0 cmd=4(IPC_RMID) val=0", sem, sem)
	raw(unix.SYS_USERFAULTFD, 1<<30)
	w.call("userfaultfd", "", "res=*(*) flags=*")
	raw(unix.SYS_SCHED_YIELD)
	w.call("sched_yield", "", "")
}

// large sends the same bytes to two ports, and writes them to two descriptors and as a vector.
func large(w *workload) {
	text := []byte(strings.Repeat("0123456789", 5000))
	var ports []string
	for range 2 {
		s := must1(unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0))
		must(unix.Bind(s, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
		must(unix.Listen(s, 1))
		ports = append(ports, fmt.Sprint(port(must1(unix.Getsockname(s)))))
		must(unix.Dup3(s, 200+len(ports), 0))
	}
	// The recorder reads the ports here, and begins.
	must(os.WriteFile(filepath.Join(w.dir, "ports"), []byte(strings.Join(ports, " ")), 0o600))
	for {
		if _, err := os.Stat(filepath.Join(w.dir, "go")); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for i := range ports {
		c := must1(unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0))
		must(unix.Connect(c, must1(unix.Getsockname(201+i))))
		must(unix.Sendto(c, text[:10000], 0, nil))
	}
	fd := must1(unix.Open("/dev/null", unix.O_WRONLY, 0))
	for _, n := range []int{150, 151} {
		must(unix.Dup3(fd, n, 0))
		must1(unix.Write(n, text))
		must1(unix.Writev(n, [][]byte{text[:100], text[:30000]}))
	}
}

// spin makes the call that costs least, as often as it can, for half a second.
func spin(*workload) {
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		for range 1000 {
			raw(unix.SYS_GETUID)
		}
	}
}

// tree starts a child that starts a child.
func tree(w *workload) {
	if os.Getenv("SCAPLS_TEST_DEPTH") == "2" {
		must1(unix.Open(w.dir, unix.O_RDONLY, 0))
		raw(unix.SYS_GETUID)
		return
	}
	cmd := exec.Command(must1(os.Executable()))
	cmd.Env = append(os.Environ(), "SCAPLS_TEST_DEPTH="+fmt.Sprint(len(os.Getenv("SCAPLS_TEST_DEPTH"))+1))
	cmd.Stdin, cmd.Stderr = strings.NewReader("x"), os.Stderr
	must(cmd.Run())
}
