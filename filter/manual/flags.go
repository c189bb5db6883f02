package manual

import (
	"maps"
	"slices"
)

// Flag says in a sentence what a named value of an argument means, "" when nothing is written about it.
func Flag(name string) string { return flags[name] }

var flags = map[string]string{
	"O_RDONLY":       "Open for reading only.",
	"O_WRONLY":       "Open for writing only.",
	"O_RDWR":         "Open for reading and writing.",
	"O_CREAT":        "Make the file if it is not there.",
	"O_APPEND":       "Every write goes to the end of the file.",
	"O_DSYNC":        "A write returns when its data is on the disk.",
	"O_EXCL":         "With O_CREAT: fail with EEXIST if the file is there already.",
	"O_NONBLOCK":     "Never wait: calls that would have to return EAGAIN.",
	"O_SYNC":         "A write returns when data and what describes the file are on the disk.",
	"O_TRUNC":        "Cut the file to no bytes.",
	"O_DIRECT":       "Read and write past the kernel's cache.",
	"O_DIRECTORY":    "Fail unless it is a directory.",
	"O_LARGEFILE":    "Allow files over 2 GiB (32-bit programs).",
	"O_CLOEXEC":      "Close the descriptor when a program is executed.",
	"O_TMPFILE":      "Make a file without a name in the directory.",
	"O_F_CREATED":    "The call made the file (told by newer captures).",
	"FD_UPPER_LAYER": "The file lies in the upper layer of an overlay: it is new or changed in the container.",
	"FD_LOWER_LAYER": "The file lies in the lower layer of an overlay: it comes from the image.",

	"PROT_READ":  "The memory may be read.",
	"PROT_WRITE": "The memory may be written.",
	"PROT_EXEC":  "The memory may be executed.",
	"PROT_NONE":  "The memory may not be touched.",

	"MAP_SHARED":    "Changes are seen by others who map the same, and go to the file.",
	"MAP_PRIVATE":   "Changes are the process' own.",
	"MAP_FIXED":     "At this very address, whatever is there.",
	"MAP_ANONYMOUS": "Memory that is backed by no file.",
	"MAP_DENYWRITE": "Ignored by today's kernels.",
	"MAP_NORESERVE": "Do not set aside swap space for it.",
	"MAP_POPULATE":  "Fill it at once, so that no page fault comes later.",
	"MAP_LOCKED":    "Keep it in memory.",
	"MAP_GROWSDOWN": "Grows towards lower addresses, as stacks do.",

	"CLONE_FILES":          "Parent and child share their table of descriptors.",
	"CLONE_FS":             "They share root, working directory and umask.",
	"CLONE_IO":             "They share their place in the disk scheduler.",
	"CLONE_NEWIPC":         "The child gets an IPC namespace of its own.",
	"CLONE_NEWNET":         "The child gets a network of its own.",
	"CLONE_NEWNS":          "The child gets a tree of mounts of its own.",
	"CLONE_NEWPID":         "The child is number 1 of a new pid namespace.",
	"CLONE_NEWUTS":         "The child gets a host name of its own.",
	"CLONE_NEWUSER":        "The child gets users and groups of its own.",
	"CLONE_NEWCGROUP":      "The child sees control groups from its own as the root.",
	"CLONE_PARENT":         "The child's parent is the caller's parent.",
	"CLONE_PARENT_SETTID":  "The child's number is stored in the parent's memory.",
	"CLONE_CHILD_CLEARTID": "A word in the child's memory is cleared, and its waiters woken, when it ends: pthread_join waits for it.",
	"CLONE_CHILD_SETTID":   "The child's number is stored in the child's memory.",
	"CLONE_PTRACE":         "Whoever traces the caller traces the child too.",
	"CLONE_SIGHAND":        "They share their signal handlers.",
	"CLONE_SYSVSEM":        "They share what is to be undone of semaphores.",
	"CLONE_THREAD":         "The child is a thread of the same process.",
	"CLONE_UNTRACED":       "The child cannot be traced against its will.",
	"CLONE_VM":             "They share their memory.",
	"CLONE_VFORK":          "The parent waits until the child executes a program or ends.",
	"CLONE_SETTLS":         "The child gets thread-local storage of its own.",

	"AT_REMOVEDIR":        "Remove a directory, as rmdir does.",
	"AT_SYMLINK_FOLLOW":   "Follow a symbolic link at the end of the path.",
	"AT_SYMLINK_NOFOLLOW": "Take a symbolic link itself, not what it leads to.",
	"AT_EMPTY_PATH":       "With an empty path: the descriptor itself is meant.",

	"SEEK_SET": "Counted from the beginning.",
	"SEEK_CUR": "Counted from the current position.",
	"SEEK_END": "Counted from the end.",

	"F_OK": "Does it exist?",
	"R_OK": "May it be read?",
	"W_OK": "May it be written?",
	"X_OK": "May it be executed?",

	"AF_INET": "IPv4.", "AF_INET6": "IPv6.", "AF_UNIX": "Sockets of this machine.", "AF_LOCAL": "Sockets of this machine.",
	"AF_NETLINK": "Talk with the kernel: routes, interfaces, audit.", "AF_PACKET": "Raw frames of an interface.",
	"AF_ALG": "Ciphers of the kernel.", "AF_BLUETOOTH": "Bluetooth.", "AF_UNSPEC": "No family in particular.",

	"SHUT_RD": "Nothing more will be received.", "SHUT_WR": "Nothing more will be sent.", "SHUT_RDWR": "Neither sending nor receiving any more.",

	"EPOLL_CLOEXEC": "Close the descriptor when a program is executed.",
	"POLLIN":        "There is something to read.",
	"POLLOUT":       "Writing would not wait.",
	"POLLPRI":       "Something urgent is to be read.",
	"POLLERR":       "An error waits.",
	"POLLHUP":       "The other side has hung up.",
	"POLLNVAL":      "The descriptor is not open.",
	"POLLRDHUP":     "The other side sends nothing more.",

	"LOCK_SH": "A lock that several may hold.", "LOCK_EX": "A lock for one alone.", "LOCK_NB": "Do not wait for the lock.", "LOCK_UN": "Give the lock back.",

	"F_DUPFD":         "Make another descriptor for the same file.",
	"F_DUPFD_CLOEXEC": "Make another descriptor for the same file, closed when a program is executed.",
	"F_GETFD":         "Ask whether the descriptor is closed when a program is executed.",
	"F_SETFD":         "Set whether the descriptor is closed when a program is executed.",
	"F_GETFL":         "Ask how the file was opened.",
	"F_SETFL":         "Change flags of the open file, such as O_NONBLOCK.",
	"F_GETLK":         "Ask who holds a lock.",
	"F_SETLK":         "Take or give back a lock without waiting.",
	"F_SETLKW":        "Take a lock, waiting for it.",
	"F_GETOWN":        "Ask who gets signals of the descriptor.",
	"F_SETOWN":        "Set who gets signals of the descriptor.",
	"F_SETPIPE_SZ":    "Change how much a pipe holds.",
	"F_GETPIPE_SZ":    "Ask how much a pipe holds.",

	"FUTEX_WAIT":           "Sleep while the word in memory has this value.",
	"FUTEX_WAKE":           "Wake threads that sleep on the word.",
	"FUTEX_WAIT_BITSET":    "As FUTEX_WAIT, with a moment until which to wait.",
	"FUTEX_WAKE_BITSET":    "As FUTEX_WAKE, for some of the sleepers.",
	"FUTEX_CMP_REQUEUE":    "Wake some and let the others sleep on another word.",
	"FUTEX_PRIVATE_FLAG":   "The word is used by one process only.",
	"FUTEX_CLOCK_REALTIME": "Times are those of the wall clock.",
	"FUTEX_LOCK_PI":        "Take a lock that lends its holder the waiters' priority.",
	"FUTEX_UNLOCK_PI":      "Give such a lock back.",
	"RENAME_NOREPLACE":     "Fail with EEXIST instead of replacing the target.",
	"RENAME_EXCHANGE":      "Let the two paths change places.",
	"MFD_CLOEXEC":          "Close the descriptor when a program is executed.",
	"MFD_ALLOW_SEALING":    "Changes of the file may be forbidden later.",
	"S_ISUID":              "Executing it gives the owner's rights.",
	"S_ISGID":              "Executing it gives the group's rights.",
	"S_ISVTX":              "In such a directory only owners remove their files.",
}

// Flags returns the names of all values that Flag says something about, sorted.
func Flags() []string { return slices.Sorted(maps.Keys(flags)) }
