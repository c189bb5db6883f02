//go:build linux && (amd64 || arm64)

package live

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// more makes the calls that are not made often.
func (w *workload) more() {
	w.waiting()
	w.moving()
	w.moreIDs()
	w.refused()
	w.traced()
	w.programs()
}

func (w *workload) waiting() {
	var p [2]int
	must(unix.Pipe2(p[:], 0))
	ep := must1(unix.EpollCreate1(0))
	must(unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, p[1], &unix.EpollEvent{Events: unix.EPOLLOUT, Fd: 1}))
	var ev [3]unix.EpollEvent
	raw(unix.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&ev)), 3, 0, 0, 8)
	w.call("epoll_pwait", "", "")
	must1(unix.Write(p[1], []byte("spliced")))
	var q [2]int
	must(unix.Pipe2(q[:], unix.O_CLOEXEC))
	must1(unix.Splice(p[0], nil, q[1], nil, 7, unix.SPLICE_F_NONBLOCK))
	w.call("splice", "fd_in=%d fd_out=%d size=7 flags=2(SPLICE_F_NONBLOCK)", "res=7 fd_in=%d fd_out=%d size=7 flags=2(SPLICE_F_NONBLOCK)", p[0], q[1], p[0], q[1])
	pf := must1(unix.PidfdOpen(os.Getpid(), 0))
	got := raw(unix.SYS_PIDFD_GETFD, uintptr(pf), uintptr(q[0]), 0)
	w.call("pidfd_getfd", "", "fd=%d* pid_fd=%d target_fd=%d flags=0", got, pf, q[0])
	raw(unix.SYS_IO_URING_ENTER, uintptr(q[0]), 1, 2, 1, 0, 0)
	w.call("io_uring_enter", "", "res=*(*) fd=%d to_submit=1 min_complete=2 flags=1(IORING_ENTER_GETEVENTS) sig=", q[0])
	raw(unix.SYS_IO_URING_REGISTER, uintptr(q[0]), 2, 0, 5)
	w.call("io_uring_register", "", "res=*(*) fd=%d opcode=2(IORING_REGISTER_FILES) arg=0 nr_args=5", q[0])
	for _, fd := range []int{p[0], p[1], q[0], q[1], ep, pf, got} {
		_ = unix.Close(fd)
	}
}

func (w *workload) moving() {
	from, to := []byte("written"), make([]byte, 7)
	li, ri := unix.Iovec{Base: &from[0], Len: 7}, unix.RemoteIovec{Base: uintptr(unsafe.Pointer(&to[0])), Len: 7}
	must1(unix.ProcessVMWritev(os.Getpid(), []unix.Iovec{li}, []unix.RemoteIovec{ri}, 0))
	w.call("process_vm_writev", "", "res=7 pid=%d data=written", os.Getpid())
	d := must1(unix.Open(w.dir, unix.O_RDONLY|unix.O_DIRECTORY, 0))
	must1(unix.Getdents(d, make([]byte, 4096)))
	w.call("getdents64", "fd=%d", "res=* fd=%d", d, d)
	a, b := w.dir+"/moved", w.dir+"/moved.again"
	must(os.WriteFile(a, nil, 0o600))
	if nr := renameat(); nr != 0 {
		raw(nr, ^uintptr(99), ptr(a), uintptr(d), ptr("moved.again"))
		w.call("renameat", "", "res=0 olddirfd=-100(AT_FDCWD) oldpath=%s newdirfd=%d newpath=moved.again", a, d)
	} else {
		must(os.Rename(a, b))
	}
	handle, _, err := unix.NameToHandleAt(unix.AT_FDCWD, b, 0)
	must(err)
	_, err = unix.OpenByHandleAt(d, handle, unix.O_RDONLY)
	w.call("open_by_handle_at", "", "fd=* mountfd=%d flags=1(O_RDONLY*) path=<NA> dev=* ino=*", d)
	_ = err // not everybody may
	must(unix.Close(d))
	must(unix.Mlock(to))
	w.call("mlock", "", "res=0 addr=%X len=7", uintptr(unsafe.Pointer(&to[0])))
	must(unix.Munlock(to))
	w.call("munlock", "", "res=0 addr=%X len=7", uintptr(unsafe.Pointer(&to[0])))
	_ = unix.Mlockall(0)
	w.call("mlockall", "", "res=-22(EINVAL) flags=0")
	must(unix.Munlockall())
	w.call("munlockall", "", "res=0")
}

func (w *workload) moreIDs() {
	var a, b, c uint32
	raw(unix.SYS_GETRESUID, uintptr(unsafe.Pointer(&a)), uintptr(unsafe.Pointer(&b)), uintptr(unsafe.Pointer(&c)))
	w.call("getresuid", "", "res=0 ruid=%d euid=%d suid=%d", a, b, c)
	raw(unix.SYS_GETRESGID, uintptr(unsafe.Pointer(&a)), uintptr(unsafe.Pointer(&b)), uintptr(unsafe.Pointer(&c)))
	w.call("getresgid", "", "res=0 rgid=%d egid=%d sgid=%d", a, b, c)
	gid := os.Getgid()
	w.rawID(unix.SYS_SETRESGID, "setresgid", "rgid=-1(<NONE>) egid=%d sgid=-1(<NONE>)", ^uintptr(0), uintptr(gid), ^uintptr(0), gid)
	w.rawID(unix.SYS_SETGID, "setgid", "gid=%d", uintptr(gid), 0, 0, gid)
	w.rawID(unix.SYS_SETREUID, "setreuid", "-ruid=-1(<NONE>) euid=-1(<NONE>)", ^uintptr(0), ^uintptr(0), 0, 0)
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	must(unix.Capget(&hdr, &data[0]))
	must(unix.Capset(&hdr, &data[0]))
	word := func(lo, hi uint32) uint64 { return uint64(hi)<<32 | uint64(lo) }
	w.call("capset", "", "res=0 cap_inheritable=%X cap_permitted=%X cap_effective=%X", word(data[0].Inheritable, data[1].Inheritable),
		word(data[0].Permitted, data[1].Permitted), word(data[0].Effective, data[1].Effective))
	lim := unix.Rlimit{Cur: 4096, Max: unix.RLIM_INFINITY}
	must(unix.Prlimit(0, unix.RLIMIT_CORE, nil, &lim))
	lim.Cur = 4096
	must(unix.Prlimit(0, unix.RLIMIT_CORE, &lim, nil))
	w.call("prlimit", "pid=0 resource=4(RLIMIT_CORE)", "res=0 newcur=4096 newmax=%d oldcur=-1 oldmax=-1 pid=0 resource=4(RLIMIT_CORE)", int64(lim.Max))
	for i, sig := range []int{0} {
		raw(unix.SYS_TKILL, uintptr(unix.Gettid()), uintptr(sig))
		w.call("tkill", "tid=%d sig=0", "res=0 tid=%d sig=%d", unix.Gettid(), unix.Gettid(), i)
	}
}

func (w *workload) refused() {
	raw(unix.SYS_BPF, 9999, 0, 0)
	w.call("bpf", "cmd=9999", "fd=-22(EINVAL) cmd=9999")
	raw(unix.SYS_FINIT_MODULE, ^uintptr(0), ptr("opt=1"), 3)
	w.call("finit_module", "", "res=*(*) fd=-1(EPERM) uargs=opt=1 flags=3(*)")
	raw(unix.SYS_INIT_MODULE, ptr("not a module"), 12, ptr("x=y"))
	w.call("init_module", "", "res=*(*) img=not a module length=12 uargs=x=y")
	raw(unix.SYS_SETNS, ^uintptr(0), unix.CLONE_NEWUTS)
	w.call("setns", "fd=-1(EPERM) nstype=128(CLONE_NEWUTS)", "res=-9(EBADF) fd=-1(EPERM) nstype=128(CLONE_NEWUTS)")
	raw(unix.SYS_CHROOT, ptr("/none"))
	w.call("chroot", "", "res=*(*) path=/none")
	raw(unix.SYS_FSCONFIG, ^uintptr(0), 1, ptr("key"), ptr("value"), 0)
	w.call("fsconfig", "", "res=*(*) fd=-1(EPERM) cmd=1(FSCONFIG_SET_STRING) key=key value_bytebuf=NULL value_charbuf=value aux=0")
	raw(unix.SYS_KEYCTL, 11, 1, 2, 3, 4)
	w.call("keyctl", "", "")
	// A path that cannot be read is none.
	raw(unix.SYS_CHDIR, 1)
	w.call("chdir", "", "res=-14(EFAULT) path=<NA>")
}

// traced lets a child be traced.
func (w *workload) traced() {
	cmd := exec.Command(must1(os.Executable()))
	cmd.Env = []string{workloadEnv + "=exit"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	must(cmd.Start())
	pid := cmd.Process.Pid
	var status unix.WaitStatus
	must1(unix.Wait4(pid, &status, 0, nil))
	must(unix.PtraceSetOptions(pid, unix.PTRACE_O_EXITKILL))
	w.call("ptrace", "request=14(PTRACE_SETOPTIONS) pid=%d", "res=0 addr=0 data=%X request=14(PTRACE_SETOPTIONS) pid=%d", pid, unix.PTRACE_O_EXITKILL, pid)
	must(unix.PtraceCont(pid, 0))
	w.call("ptrace", "request=8(PTRACE_CONT) pid=%d", "res=0 addr=0 data=0 request=8(PTRACE_CONT) pid=%d", pid, pid)
	for {
		_, err := unix.Wait4(pid, &status, 0, nil)
		if err != nil || status.Exited() {
			break
		}
		must(unix.PtraceCont(pid, 0))
	}
	_ = cmd.Process.Release()
}

// programs starts one by execveat, and one that no folder holds.
func (w *workload) programs() {
	exe := must1(os.Executable())
	env := []string{workloadEnv + "=exit"}
	fd := must1(unix.MemfdCreate("program", 0))
	must1(unix.Write(fd, must1(os.ReadFile(exe))))
	for _, fd := range []int{must1(unix.Open(exe, unix.O_RDONLY, 0)), fd} {
		pid := w.start(fd, []string{"from a descriptor"}, env)
		var status unix.WaitStatus
		must1(unix.Wait4(pid, &status, 0, nil))
		path, flags := exe, "*"
		if strings.HasPrefix(must1(os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))), "/memfd:") {
			path, flags = "/memfd:program", "*EXE_FROM_MEMFD*"
		}
		w.list = append(w.list, expected{Type: "execve", Enter: "-", Exit: fmt.Sprintf("res=0 exe=from a descriptor args=NULL tid=%d pid=%d * flags=%s cap_inheritable=* trusted_exepath=%s pgid=*",
			pid, pid, flags, path)})
	}
}

// start starts the program behind a descriptor, as fexecve does: the child of a fork calls execveat.
func (w *workload) start(fd int, argv, env []string) int {
	args, vars := must1(syscall.SlicePtrFromStrings(argv)), must1(syscall.SlicePtrFromStrings(env))
	pid, errno := fork(uintptr(fd), new(byte), &args[0], &vars[0])
	if errno != 0 {
		panic(errno)
	}
	runtime.KeepAlive(args)
	runtime.KeepAlive(vars)
	w.list = append(w.list,
		expected{Type: "clone", Enter: "-", Exit: fmt.Sprintf("res=*%d exe=* tid=%d pid=%d * flags=0 uid=%d *", pid, os.Getpid(), os.Getpid(), os.Geteuid())},
		expected{Type: "clone", Enter: "-", Exit: fmt.Sprintf("res=0 exe=* tid=%d pid=%d ptid=%d * flags=0 uid=%d *", pid, pid, os.Getpid(), os.Geteuid())})
	return int(pid)
}

// fork makes a child that calls execveat. Between the two the child must not come to the scheduler, whose other threads it has not: no function here looks
// whether it shall yield.
//
//go:nosplit
//go:norace
func fork(fd uintptr, path *byte, argv, envv **byte) (pid uintptr, errno syscall.Errno) {
	pid, _, errno = syscall.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	syscall.RawSyscall6(unix.SYS_EXECVEAT, fd, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(argv)), uintptr(unsafe.Pointer(envv)), unix.AT_EMPTY_PATH, 0)
	syscall.RawSyscall(unix.SYS_EXIT_GROUP, 9, 0, 0)
	return 0, 0
}
