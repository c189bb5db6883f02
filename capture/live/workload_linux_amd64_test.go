package live

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// oldFiles makes the calls that only x86-64 still has.
func (w *workload) oldFiles() {
	f, g := w.dir+"/old", w.dir+"/older"
	fd := raw(unix.SYS_OPEN, ptr(f), unix.O_CREAT|unix.O_WRONLY|unix.O_TRUNC, 0o600)
	w.call("open", "name=%s flags=262(O_TRUNC|O_CREAT|O_WRONLY) mode=0600", "fd=%d name=%s flags=*(O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED*) mode=0600 dev=* ino=*", f, fd, f)
	must(unix.Close(fd))
	fd = raw(unix.SYS_CREAT, ptr(f), 0o640)
	w.call("creat", "name=%s mode=0640", "fd=%d name=%s mode=0640 dev=* ino=* creat_flags=*", f, fd, f)
	raw(unix.SYS_DUP2, uintptr(fd), 88)
	w.call("dup2", "fd=%d", "res=88 oldfd=%d newfd=88", fd, fd)
	must(unix.Close(88))
	must(unix.Close(fd))
	raw(unix.SYS_RENAME, ptr(f), ptr(g))
	w.call("rename", "", "res=0 oldpath=%s newpath=%s", f, g)
	raw(unix.SYS_LINK, ptr(g), ptr(f))
	w.call("link", "", "res=0 oldpath=%s newpath=%s", g, f)
	raw(unix.SYS_UNLINK, ptr(f))
	w.call("unlink", "", "res=0 path=%s", f)
	raw(unix.SYS_SYMLINK, ptr("older"), ptr(f))
	w.call("symlink", "", "res=0 target=older linkpath=%s", f)
	raw(unix.SYS_CHMOD, ptr(g), 0o644)
	w.call("chmod", "", "res=0 filename=%s mode=0644(S_IROTH|S_IRGRP|S_IWUSR|S_IRUSR)", g)
	raw(unix.SYS_LCHOWN, ptr(f), uintptr(os.Getuid()), uintptr(os.Getgid()))
	w.call("lchown", "", "res=0 path=%s uid=%d gid=%d", f, os.Getuid(), os.Getgid())
	raw(unix.SYS_MKDIR, ptr(w.dir+"/dir"), 0o755)
	w.call("mkdir", "mode=1ED", "res=0 path=%s/dir mode=1ED", w.dir)
	raw(unix.SYS_RMDIR, ptr(w.dir+"/dir"))
	w.call("rmdir", "", "res=0 path=%s/dir", w.dir)
	raw(unix.SYS_ACCESS, ptr(g), 6)
	w.call("access", "mode=6(R_OK|W_OK)", "res=0 name=%s mode=6(R_OK|W_OK)", g)
	pid := forkToExit(3)
	var status unix.WaitStatus
	must1(unix.Wait4(pid, &status, 0, nil))
	w.call("fork", "", "res=%d exe=* tid=%d pid=%d *flags=0 uid=%d *", pid, os.Getpid(), os.Getpid(), os.Geteuid())
}

// forkToExit makes a child that ends at once; see fork.
//
//go:nosplit
//go:norace
func forkToExit(status uintptr) int {
	pid, _, _ := syscall.RawSyscall(unix.SYS_FORK, 0, 0, 0)
	if pid == 0 {
		syscall.RawSyscall(unix.SYS_EXIT_GROUP, status, 0, 0)
	}
	return int(pid)
}

func renameat() uintptr { return unix.SYS_RENAMEAT }

// oldCalls makes more of them.
func (w *workload) oldCalls() {
	var st unix.Stat_t
	raw(unix.SYS_STAT, ptr(w.dir), uintptr(unsafe.Pointer(&st)))
	w.call("stat", "", "res=0 path=%s", w.dir)
	raw(unix.SYS_LSTAT, ptr("none"), uintptr(unsafe.Pointer(&st)))
	w.call("lstat", "", "res=-2(ENOENT) path=none")
	var p [2]int32
	raw(unix.SYS_PIPE, uintptr(unsafe.Pointer(&p)))
	w.call("pipe", "", "res=0 fd1=%d fd2=%d ino=*", p[0], p[1])
	fds := [2]unix.PollFd{{Fd: p[0], Events: unix.POLLIN | unix.POLLPRI}, {Fd: p[1], Events: unix.POLLOUT}}
	raw(unix.SYS_POLL, uintptr(unsafe.Pointer(&fds)), 2, ^uintptr(0))
	w.call("poll", "fds=%d:?3 %d:?4 timeout=-1", "res=1 fds=%d:?0 %d:?4 timeout=-1", p[0], p[1], p[0], p[1])
	tv := unix.Timeval{Usec: 1}
	raw(unix.SYS_SELECT, 0, 0, 0, 0, uintptr(unsafe.Pointer(&tv)))
	w.call("select", "", "res=0")
	ep := raw(unix.SYS_EPOLL_CREATE, 9)
	w.call("epoll_create", "size=9", "res=%d size=9", ep)
	var ev [2]unix.EpollEvent
	raw(unix.SYS_EPOLL_WAIT, uintptr(ep), uintptr(unsafe.Pointer(&ev)), 2, 0)
	w.call("epoll_wait", "maxevents=2", "res=0 maxevents=2")
	fd := raw(unix.SYS_EVENTFD, 7)
	w.call("eventfd", "initval=7 flags=0", "res=%d initval=7 flags=0", fd)
	in := raw(unix.SYS_INOTIFY_INIT)
	w.call("inotify_init", "flags=0", "res=%d flags=0", in)
	mask := uint64(1 << 11)
	sf := raw(unix.SYS_SIGNALFD, ^uintptr(0), uintptr(unsafe.Pointer(&mask)), 8)
	w.call("signalfd", "fd=-1(EPERM) mask=800 flags=0", "res=%d fd=-1(EPERM) mask=800 flags=0", sf)
	raw(unix.SYS_MKNOD, ptr(w.dir+"/node"), unix.S_IFCHR|0o600, 0x103)
	w.call("mknod", "", "res=* path=%s/node mode=020600(S_IWUSR|S_IRUSR|S_IFCHR) dev=1048579", w.dir)
	raw(unix.SYS_CHOWN, ptr(w.dir+"/node"), 5, 6)
	w.call("chown", "", "res=* path=%s/node uid=5 gid=6", w.dir)
	var lim unix.Rlimit
	raw(unix.SYS_GETRLIMIT, unix.RLIMIT_STACK, uintptr(unsafe.Pointer(&lim)))
	w.call("getrlimit", "resource=3(RLIMIT_STACK)", "res=0 cur=%d max=%d resource=3(RLIMIT_STACK)", int64(lim.Cur), int64(lim.Max))
	raw(unix.SYS_SETRLIMIT, unix.RLIMIT_STACK, uintptr(unsafe.Pointer(&lim)))
	w.call("setrlimit", "resource=3(RLIMIT_STACK)", "res=0 cur=%d max=%d resource=3(RLIMIT_STACK)", int64(lim.Cur), int64(lim.Max))
	s := must1(unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0))
	raw(unix.SYS_ACCEPT, uintptr(s), 0, 0)
	w.call("accept", "", "fd=-22(EINVAL) tuple=NULL queuepct=0 queuelen=0 queuemax=0")
	raw(unix.SYS_TIME, 0)
	w.call("time", "", "")
	for _, fd := range []int{int(p[0]), int(p[1]), ep, fd, in, sf, s} {
		_ = unix.Close(fd)
	}
}
