package manual

import (
	"maps"
	"slices"
	"strings"

	"github.com/scapls/scapls/scapio/evtable"
)

// pages is where the manual pages are read.
const pages = "https://man7.org/linux/man-pages/"

// Page returns the address of a system call's manual page; "" for what is no system call.
func Page(name string) string {
	if !call(name) {
		return ""
	}
	if to, ok := elsewhere[name]; ok {
		name = to
	}
	section := "2"
	if i := strings.IndexByte(name, '('); i >= 0 {
		name, section = name[:i], name[i+1:len(name)-1]
	}
	return pages + "man" + section[:1] + "/" + name + "." + section + ".html"
}

// call reports whether a name is one of a system call.
func call(name string) bool {
	_, ok := callNames()[name]
	return ok
}

// elsewhere are the calls whose page has another name, or another section in parentheses.
var elsewhere = map[string]string{
	"_newselect": "select", "accept4": "accept", "afs_syscall": "unimplemented", "arm_fadvise64_64": "posix_fadvise",
	"arm_sync_file_range": "sync_file_range", "break": "unimplemented", "chown32": "chown", "clock_adjtime": "adjtimex",
	"clock_gettime": "clock_getres", "clock_gettime64": "clock_gettime", "clock_settime": "clock_getres", "clone2": "clone", "clone3": "clone",
	"compat_exit": "_exit", "creat": "open", "dup2": "dup", "dup3": "dup", "epoll_create1": "epoll_create", "epoll_pwait": "epoll_wait",
	"epoll_pwait2": "epoll_wait", "eventfd2": "eventfd", "exit": "_exit", "faccessat": "access", "faccessat2": "access", "fadvise64": "posix_fadvise",
	"fadvise64_64": "posix_fadvise", "fchdir": "chdir", "fchmod": "chmod", "fchmodat": "chmod", "fchmodat2": "chmod", "fchown": "chown",
	"fchown32": "chown", "fchownat": "chown", "fcntl64": "fcntl", "fdatasync": "fsync", "fgetxattr": "getxattr", "file_getattr": "syscalls",
	"file_setattr": "syscalls", "finit_module": "init_module", "flistxattr": "listxattr", "fremovexattr": "removexattr", "fsetxattr": "setxattr",
	"fstat": "stat", "fstat64": "stat", "fstatat": "stat", "fstatat64": "stat", "fstatfs": "statfs", "fstatfs64": "statfs", "ftime": "ftime(3)",
	"ftruncate": "truncate", "ftruncate64": "truncate", "futex_requeue": "futex", "futex_wait": "futex", "futex_waitv": "futex", "futex_wake": "futex",
	"getdents64": "getdents", "getegid": "getgid", "getegid32": "getgid", "geteuid": "getuid", "geteuid32": "getuid", "getgid32": "getgid",
	"getgroups32": "getgroups", "getpgid": "setpgid", "getpgrp": "setpgid", "getpmsg": "unimplemented", "getppid": "getpid", "getresgid": "getresuid",
	"getresgid32": "getresuid", "getresuid32": "getresuid", "getuid32": "getuid", "getxattrat": "getxattr", "gtty": "unimplemented",
	"inotify_init1": "inotify_init", "io_pgetevents": "io_getevents", "ioprio_get": "ioprio_set", "kexec_file_load": "kexec_load", "lchown": "chown",
	"lchown32": "chown", "lgetxattr": "getxattr", "linkat": "link", "listxattrat": "listxattr", "llistxattr": "listxattr", "llseek": "_llseek",
	"lock": "unimplemented", "lremovexattr": "removexattr", "lsetxattr": "setxattr", "lsm_get_self_attr": "syscalls", "lsm_list_modules": "syscalls",
	"lsm_set_self_attr": "syscalls", "lstat": "stat", "lstat64": "stat", "map_shadow_stack": "syscalls", "mkdirat": "mkdir", "mknodat": "mknod",
	"mlock2": "mlock", "mlockall": "mlock", "mpx": "unimplemented", "mq_notify": "mq_notify(3)", "mq_open": "mq_open(3)",
	"mq_timedreceive": "mq_receive(3)", "mq_timedsend": "mq_send(3)", "mq_unlink": "mq_unlink(3)", "msgrcv": "msgop", "msgsnd": "msgop",
	"munlock": "mlock", "munlockall": "mlock", "munmap": "mmap", "newfstatat": "stat", "oldfstat": "stat", "oldlstat": "stat", "oldolduname": "uname",
	"oldstat": "stat", "olduname": "uname", "open_tree_attr": "open_tree", "openat": "open", "pciconfig_iobase": "pciconfig_read",
	"pciconfig_write": "pciconfig_read", "pipe2": "pipe", "pkey_free": "pkey_alloc", "pkey_mprotect": "mprotect", "ppoll": "poll",
	"ppoll_time64": "poll", "pread64": "pread", "preadv": "readv", "preadv2": "readv", "prlimit": "getrlimit", "prlimit64": "getrlimit",
	"process_mrelease": "syscalls", "process_vm_writev": "process_vm_readv", "prof": "unimplemented", "profil": "profil(3)", "pselect6": "select",
	"pselect6_time64": "select", "putpmsg": "unimplemented", "pwrite": "pread", "pwrite64": "pread", "pwritev": "readv", "pwritev2": "readv",
	"quotactl_fd": "quotactl", "readlinkat": "readlink", "recvfrom": "recv", "recvmsg": "recv", "removexattrat": "removexattr", "renameat": "rename",
	"renameat2": "rename", "resolve": "restart_syscall", "riscv_flush_icache": "syscalls", "riscv_hwprobe": "syscalls", "rt_sigaction": "sigaction",
	"rt_sigpending": "sigpending", "rt_sigprocmask": "sigprocmask", "rt_sigreturn": "sigreturn", "rt_sigsuspend": "sigsuspend",
	"rt_sigtimedwait": "sigwaitinfo", "rt_tgsigqueueinfo": "rt_sigqueueinfo", "s390_pci_mmio_read": "s390_pci_mmio_write",
	"sched_get_priority_min": "sched_get_priority_max", "sched_getaffinity": "sched_setaffinity", "sched_getattr": "sched_setattr",
	"sched_getparam": "sched_setparam", "sched_getscheduler": "sched_setscheduler", "security": "unimplemented", "semtimedop": "semop",
	"sendfile64": "sendfile", "sendmsg": "send", "sendto": "send", "set_robust_list": "get_robust_list", "setdomainname": "getdomainname",
	"setfsgid32": "setfsgid", "setfsuid32": "setfsuid", "setgid32": "setgid", "setgroups": "getgroups", "setgroups32": "getgroups",
	"sethostname": "gethostname", "setitimer": "getitimer", "setpriority": "getpriority", "setregid": "setreuid", "setregid32": "setreuid",
	"setresgid": "setresuid", "setresgid32": "setresuid", "setresuid32": "setresuid", "setreuid32": "setreuid", "setrlimit": "getrlimit",
	"setsockopt": "getsockopt", "settimeofday": "gettimeofday", "setuid32": "setuid", "setxattrat": "setxattr", "shmat": "shmop", "shmdt": "shmop",
	"signalfd4": "signalfd", "ssetmask": "sgetmask", "stat64": "stat", "statfs64": "statfs", "stty": "unimplemented", "swapoff": "swapon",
	"symlinkat": "symlink", "sync_file_range2": "sync_file_range", "syncfs": "sync", "sys_debug_setcontext": "syscalls", "tgkill": "tkill",
	"timer_gettime": "timer_settime", "timerfd": "timerfd_create", "timerfd_gettime": "timerfd_create", "timerfd_gettime64": "timerfd_create",
	"timerfd_settime": "timerfd_create", "timerfd_settime64": "timerfd_create", "truncate64": "truncate", "tuxcall": "unimplemented",
	"ugetrlimit": "getrlimit", "ulimit": "ulimit(3)", "umount2": "umount", "unlinkat": "unlink", "uprobe": "syscalls", "uretprobe": "syscalls",
	"utimes": "utime", "vm86old": "vm86", "vserver": "unimplemented", "waitid": "wait", "waitpid": "wait", "writev": "readv",
}

// Category says in a sentence what a category of events holds, "" when there is no such category.
func Category(name string) string {
	if s := categories[name]; s != "" {
		return "**" + name + "** " + s
	}
	return ""
}

var categories = map[string]string{
	"unspecified": "Events that belong to no category.",
	"unknown":     "Events that nobody has sorted: calls of which only name and number are known, or reads and writes of an unknown descriptor.",
	"other":       "Events that fit no other category.",
	"file":        "Opening, reading, writing, renaming and removing files and directories.",
	"net":         "Sockets of networks: connecting, accepting, sending, receiving.",
	"IPC":         "Talk between processes on one machine: pipes, Unix sockets, futexes, event descriptors.",
	"ipc":         "Reads and writes of pipes, Unix sockets, event and signal descriptors.",
	"wait":        "Waiting for descriptors: poll, select, epoll.",
	"signal":      "Sending, receiving and handling signals.",
	"sleep":       "Sleeping for a time.",
	"time":        "Clocks and timers.",
	"process":     "Making, changing and ending processes and threads.",
	"scheduler":   "Switching between threads, and the rules for it.",
	"memory":      "Mapping, growing and protecting memory.",
	"user":        "Users, groups and privileges.",
	"system":      "The machine as a whole: limits, modules, mounts, names.",
	"IO":          "Reads and writes.",
	"processing":  "Work inside of the capturing tool.",
	"internal":    "What the capturing tool tells itself; hidden by default.",
}

// Markdown explains an event's name: what a call does and its manual page.
func Markdown(name string) string {
	text := Text(name)
	page := Page(name)
	switch {
	case text == "" && page == "":
		return ""
	case page == "":
		return "**" + name + "** " + text
	case text == "":
		text = "A system call."
	}
	return "**" + name + "** " + text + "\n\n[Manual page](" + page + ")"
}

// Text returns what a system call or another event does, a paragraph; "" when nothing is written about it.
func Text(name string) string {
	if s := calls[name]; s != "" {
		return s
	}
	return events[name]
}

// nameTables is how many numbers the tables of system calls have at most.
const nameTables = 1 << 10

// collectNames returns the names of all system calls.
func collectNames() map[string]bool {
	m := map[string]bool{}
	for id := range uint16(nameTables) {
		if s, ok := evtable.SC(id); ok {
			m[s] = true
		}
	}
	for nr := range nameTables {
		for _, a := range []evtable.Arch{evtable.X8664, evtable.AArch64} {
			if s, ok := evtable.Native(a, nr); ok {
				m[s] = true
			}
		}
	}
	for i := range evtable.Types {
		if t := &evtable.Types[i]; t.Category&evtable.ECSyscall != 0 && t.Name != "syscall" {
			m[t.Name] = true
		}
	}
	return m
}

// Explained returns the names of all events that Text says something about, sorted.
func Explained() []string {
	return slices.Sorted(maps.Keys(allTexts()))
}

func allTexts() map[string]string {
	m := maps.Clone(events)
	maps.Copy(m, calls)
	return m
}
