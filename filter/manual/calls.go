package manual

import "maps"

// calls are the system calls that are used most, each in a paragraph: what it does, with which arguments, how it usually
// fails.
var calls = func() map[string]string {
	m := map[string]string{}
	for _, part := range []map[string]string{fileCalls, treeCalls, descriptorCalls, networkCalls, processCalls, threadCalls, memoryCalls, systemCalls} {
		maps.Copy(m, part)
	}
	for name, like := range alike {
		m[name] = m[like]
	}
	return m
}()

// alike are calls that do the same as another for whoever reads a capture.
var alike = map[string]string{
	"pread64": "pread", "pwrite64": "pwrite", "getdents64": "getdents", "fstatat64": "newfstatat", "stat64": "stat", "fstat64": "fstat",
	"lstat64": "lstat", "mmap2": "mmap", "umount2": "umount", "prlimit64": "prlimit", "eventfd2": "eventfd", "signalfd4": "signalfd", "_llseek": "lseek",
	"llseek": "lseek", "_newselect": "select", "epoll_pwait2": "epoll_pwait", "geteuid": "getuid", "getegid": "getgid", "fcntl64": "fcntl",
	"sendfile64": "sendfile", "statfs64": "statfs", "fstatfs64": "fstatfs", "ugetrlimit": "getrlimit",
	"exit": "exit_group",
}

var fileCalls = map[string]string{
	"open":              "Opens the file at a path, or makes it with O_CREAT, and returns a descriptor for it: the lowest number that is free. `flags` say for what it is opened and how; `mode` gives the permissions of a new file. ENOENT where it is not there, EACCES where permissions forbid it, EMFILE at the limit of descriptors. Programs and libraries that look for a file in several places fail many times before they find it.",
	"openat":            "Opens the file at a path that is relative to the directory `dirfd`; with AT_FDCWD or an absolute path it does what open does. Today's C library calls it for every open. `flags` say for what it is opened and how, `mode` gives the permissions of a new file. ENOENT is the usual failure: libraries look for their files in many places.",
	"openat2":           "Opens a file as openat does, with more say about how the path is walked: `resolve` may forbid symbolic links, other mounts, or leaving the directory. Container runtimes use it so that a container cannot lead them astray. ENOSYS on kernels before 5.6.",
	"creat":             "Makes a file, or empties one that is there, and opens it for writing: open with O_CREAT, O_WRONLY and O_TRUNC. EACCES or EROFS where the directory cannot be written to.",
	"close":             "Gives a descriptor back. The number is free for the next file that is opened; when it was the last descriptor of a connection, the connection ends, and of a removed file, its data goes. EBADF tells of a number that was not open, often a program that closes all it might have or closes twice.",
	"close_range":       "Closes all descriptors from `first` to `last` at once, or with CLOSE_RANGE_CLOEXEC marks them to be closed at the next execve. Programs call it before they start another, so that it inherits nothing. ENOSYS before Linux 5.9.",
	"read":              "Reads up to `size` bytes from a descriptor to memory. The result is how many came: fewer than asked for is no error, 0 is the end of the file or the other side's goodbye. EAGAIN on a non-blocking descriptor that has nothing, EINTR when a signal came, EISDIR on a directory. `data` holds the first bytes, as many as the capture kept.",
	"write":             "Writes `size` bytes from memory to a descriptor. The result is how many were taken, which may be fewer on sockets and pipes. EPIPE when nobody reads the other end any more, EAGAIN when a non-blocking descriptor is full, ENOSPC on a full disk. `data` holds the first bytes, as many as the capture kept.",
	"pread":             "Reads from a place in a file, `pos`, and leaves the descriptor's own position alone, so that several threads can share it: databases read so. The result is how many bytes came, 0 at the end. ESPIPE on what has no position.",
	"pwrite":            "Writes to a place in a file, `pos`, and leaves the descriptor's own position alone. The result is how many bytes were written. ESPIPE on what has no position, ENOSPC on a full disk.",
	"readv":             "Reads into several pieces of memory with one call, filled one after the other; otherwise as read. `size` is what fits in all of them.",
	"writev":            "Writes several pieces of memory with one call as if they were one, such as a header and a body; otherwise as write. On a socket they leave together.",
	"preadv":            "Reads from a place in a file into several pieces of memory: pread and readv in one.",
	"pwritev":           "Writes several pieces of memory to a place in a file: pwrite and writev in one.",
	"lseek":             "Moves a descriptor's position to `offset`, counted from the beginning, the position or the end as `whence` says, and returns where it is then. With SEEK_CUR and 0 it only asks. ESPIPE on pipes, sockets and terminals, which programs use to find out what they have.",
	"fsync":             "Waits until a file's data and what describes it are on the disk. Databases and editors call it so that nothing is lost in a crash; it is often the slowest call of a program. EIO when the disk failed.",
	"fdatasync":         "Waits until a file's data is on the disk, and of what describes it only what is needed to read it again: a cheaper fsync.",
	"sync":              "Has everything that was written and waits in memory put on all disks, and waits for it.",
	"syncfs":            "As sync, for the file system that a descriptor is on.",
	"truncate":          "Makes the file at a path exactly so many bytes long: what is beyond is cut off, what is missing reads as zeros.",
	"ftruncate":         "Makes an open file exactly so many bytes long: what is beyond is cut off, what is missing reads as zeros. Shared memory gets its size so. EINVAL when the file is not open for writing.",
	"fallocate":         "Gives a file room on the disk in advance, punches a hole into it, or shifts its parts, as `mode` says. EOPNOTSUPP where the file system cannot do that; programs then write zeros.",
	"fadvise64":         "Tells the kernel how a file is going to be read (from front to back, here and there, not at all soon), so that it reads ahead or drops what is cached. Nothing depends on it.",
	"flock":             "Takes or gives back a lock on a whole open file that only those heed who ask for it too. EAGAIN with LOCK_NB while somebody else holds it. Programs keep a second copy of themselves from running so.",
	"sendfile":          "Copies bytes from a file to another descriptor, usually a socket, within the kernel: web servers send files so. The result is how many went; EAGAIN when the socket is full.",
	"splice":            "Moves bytes between two descriptors, one of which is a pipe, without copying them through the program's memory.",
	"tee":               "Copies what one pipe holds to another without taking it out of the first.",
	"copy_file_range":   "Copies bytes between two files within the kernel; file systems that can share the data instead of copying it do. EXDEV between file systems that cannot; programs then read and write.",
	"fchmod":            "Changes the permission bits of an open file. EPERM for others than the owner.",
	"fchown":            "Changes owner and group of an open file. EPERM without the privilege CAP_CHOWN.",
	"fstat":             "Asks what is known of an open file: kind, size, owner, permissions, times, inode. The C library calls it on every file it opens, to learn how large its buffers should be.",
	"fgetxattr":         "Reads an extended attribute of an open file: labels of security modules, access lists, capabilities. ENODATA where it has none of that name.",
	"io_submit":         "Hands reads and writes over to be done in the background (Linux's older asynchronous I/O). The results come by io_getevents.",
	"io_getevents":      "Waits for results of what was handed over by io_submit.",
	"io_uring_setup":    "Makes a ring through which a program hands work to the kernel and gets results without a call for each. ENOSYS or EPERM where it is switched off, as in many containers. What goes through the ring does not show as calls of its own.",
	"io_uring_enter":    "Tells the kernel that `to_submit` requests lie in the ring, and waits until `min_complete` results are there. The work itself (reads, writes, accepts …) does not show as calls of its own.",
	"io_uring_register": "Prepares buffers, files or other resources of a ring in advance, so that requests are cheaper.",
}

var treeCalls = map[string]string{
	"stat":              "Asks what is known of the file at a path: kind, size, owner, permissions, times, inode; symbolic links are followed. ENOENT answers the question whether it exists, so that failures are common and harmless.",
	"lstat":             "As stat, but of a symbolic link itself. Programs that walk a tree call it for every entry.",
	"newfstatat":        "Asks what is known of a file at a path relative to a directory; with an empty path and AT_EMPTY_PATH of a descriptor itself. Today's C library calls it for stat, lstat and fstat. ENOENT is the usual failure and mostly harmless.",
	"statx":             "The newest stat: says which facts it wants and may tell more, such as when a file was made. The usual failure is ENOENT.",
	"statfs":            "Asks about the file system that a path is on: its kind, size and free space.",
	"fstatfs":           "Asks about the file system that an open file is on: its kind, size and free space.",
	"access":            "Asks whether the file at a path is there (F_OK) or may be read, written, executed by the real user. The dynamic loader asks so for /etc/ld.so.preload at the start of every program, which fails with ENOENT on most machines.",
	"faccessat":         "As access, with a path relative to a directory.",
	"faccessat2":        "As access, with a path relative to a directory and flags, such as to ask for the effective user.",
	"getdents":          "Reads the next entries of a directory, as many as fit; 0 is the end. ls, find and shells' patterns are made of it.",
	"getcwd":            "Asks for the path of the working directory. ENOENT when it has been removed.",
	"chdir":             "Makes a directory the working directory, which relative paths begin from. It holds for the whole process.",
	"fchdir":            "Makes an open directory the working directory.",
	"chroot":            "Makes a directory the root of all paths of the process. Needs CAP_SYS_CHROOT; alone it is no safe prison.",
	"pivot_root":        "Puts another file system in the place of the root and the old root below it. Container runtimes give a container its own tree so.",
	"rename":            "Gives a file another path, replacing what is there at one stroke: programs write a new version beside the old and rename it. EXDEV between file systems, ENOENT where the old path is not there.",
	"renameat":          "As rename, with paths relative to directories.",
	"renameat2":         "As rename, with flags: RENAME_NOREPLACE fails where the target is there, RENAME_EXCHANGE lets both change places.",
	"mkdir":             "Makes a directory with the permissions `mode` less the process' mask. EEXIST where something is there already: programs that make a whole path get it a lot.",
	"mkdirat":           "As mkdir, with a path relative to a directory.",
	"rmdir":             "Removes an empty directory. ENOTEMPTY when it is not.",
	"link":              "Gives a file a second name on the same file system. EEXIST where the name is taken, EXDEV across file systems.",
	"linkat":            "As link, with paths relative to directories; with AT_EMPTY_PATH it gives a name to a file that was opened without one.",
	"unlink":            "Removes a name of a file. The file itself goes when no name and no descriptor is left. ENOENT where it is not there, EISDIR for directories.",
	"unlinkat":          "As unlink, with a path relative to a directory; with AT_REMOVEDIR it removes an empty directory.",
	"symlink":           "Makes a symbolic link at `linkpath` that holds the text `target`; whether that leads anywhere is not checked.",
	"symlinkat":         "As symlink, with a path relative to a directory.",
	"readlink":          "Reads where a symbolic link leads, without following it. EINVAL when it is none: programs that resolve a path themselves get it for every ordinary component.",
	"readlinkat":        "As readlink, with a path relative to a directory.",
	"chmod":             "Changes the permission bits of the file at a path. EPERM for others than the owner.",
	"fchmodat":          "As chmod, with a path relative to a directory.",
	"chown":             "Changes owner and group of the file at a path. EPERM without the privilege CAP_CHOWN.",
	"lchown":            "As chown, of a symbolic link itself.",
	"fchownat":          "As chown, with a path relative to a directory.",
	"umask":             "Sets which permission bits new files do not get, and returns the mask before. It never fails.",
	"utimensat":         "Sets the times of the last access and change of a file, as cp -p, tar and touch do.",
	"mknod":             "Makes a named pipe, a device file or another special file. Devices need CAP_MKNOD.",
	"mknodat":           "As mknod, with a path relative to a directory.",
	"mount":             "Puts a file system in the tree, shows a tree at another place (MS_BIND), or changes a mount's options (MS_REMOUNT). Needs CAP_SYS_ADMIN in its namespace; container runtimes call it dozens of times for each container.",
	"umount":            "Takes a file system out of the tree. EBUSY while somebody uses it, unless MNT_DETACH says to let go later.",
	"getxattr":          "Reads an extended attribute of a file: labels of security modules, access lists, capabilities of programs. ENODATA where it has none of that name, which ls gets for most files.",
	"lgetxattr":         "As getxattr, of a symbolic link itself.",
	"setxattr":          "Sets an extended attribute of a file. EOPNOTSUPP where the file system has none.",
	"listxattr":         "Lists the names of a file's extended attributes.",
	"inotify_init":      "Makes a descriptor from which changes of files and directories can be read once they are watched.",
	"inotify_init1":     "Makes a descriptor from which changes of files and directories can be read once they are watched; with flags such as IN_CLOEXEC.",
	"inotify_add_watch": "Has changes of a file or directory told at an inotify descriptor. ENOSPC at the limit of watches (fs.inotify.max_user_watches).",
	"inotify_rm_watch":  "Ends a watch of an inotify descriptor.",
	"fanotify_init":     "Makes a descriptor that tells of accesses to files of whole mounts, or asks whether to allow them: virus scanners use it.",
}

var descriptorCalls = map[string]string{
	"dup":               "Makes another descriptor for the same open file: the lowest free number. Both share position and status flags.",
	"dup2":              "Makes a descriptor with a given number for the same open file; one that had the number is closed. Shells connect standard input and output so before they start a program.",
	"dup3":              "As dup2, with O_CLOEXEC if asked.",
	"fcntl":             "Does one of many things to a descriptor, as `cmd` says: duplicate it, ask and set flags such as O_NONBLOCK and FD_CLOEXEC, lock parts of a file, seal memory files, size pipes. EBADF on a closed number, EAGAIN for a lock that somebody holds.",
	"ioctl":             "A request to the driver behind a descriptor that fits no other call: the size of a terminal, options of an interface, commands of a device. ENOTTY says that it does not know the request; programs ask so whether their output is a terminal.",
	"pipe":              "Makes a pipe and returns two descriptors: what is written to the second can be read from the first.",
	"pipe2":             "As pipe, with flags such as O_CLOEXEC and O_NONBLOCK.",
	"poll":              "Waits until one of a list of descriptors can be read or written, or until the time is over. The result is how many can; 0 says that the time passed. `fds` tells for each what was asked and what came.",
	"ppoll":             "As poll, with a finer time and a mask of signals that may come meanwhile.",
	"select":            "Waits until one of some descriptors can be read or written: the older poll, for numbers below 1,024.",
	"pselect6":          "As select, with a finer time and a mask of signals that may come meanwhile.",
	"epoll_create":      "Makes an epoll descriptor, to which others are added that should be waited for.",
	"epoll_create1":     "Makes an epoll descriptor, to which others are added that should be waited for; with EPOLL_CLOEXEC if asked.",
	"epoll_ctl":         "Adds a descriptor to those that an epoll descriptor waits for, changes what is waited for, or takes it out. EPERM for ordinary files, which never make anybody wait; EEXIST for what is there already.",
	"epoll_wait":        "Waits until something happens on descriptors of an epoll set, or until the time is over. The heart of most servers: an idle one is always here. The result is how many things happened, 0 when the time passed, EINTR when a signal came.",
	"epoll_pwait":       "As epoll_wait, with a mask of signals that may come meanwhile.",
	"eventfd":           "Makes a descriptor that is a counter: writing adds to it, reading takes it or waits for it. Threads and event loops wake each other by it.",
	"signalfd":          "Makes a descriptor from which signals can be read instead of being interrupted by them.",
	"timerfd_create":    "Makes a timer that is a descriptor: it can be read, or waited for with others, when it expires.",
	"timerfd_settime":   "Sets or stops a timer of timerfd_create.",
	"timerfd_gettime":   "Asks how long a timer of timerfd_create still runs.",
	"memfd_create":      "Makes a file that lives in memory and has no path. Programs share memory by it; running one (execveat) leaves no trace on the disk, which is why detection looks at it.",
	"pidfd_open":        "Makes a descriptor for a process, which stands for just this one even when its number is given again, and can be waited for.",
	"pidfd_getfd":       "Copies a descriptor of another process. Needs the right to trace it.",
	"pidfd_send_signal": "Sends a signal to the process that a descriptor stands for.",
	"userfaultfd":       "Makes a descriptor by which a program itself supplies memory that is touched first: for moving running machines, and for attacks on the kernel.",
	"name_to_handle_at": "Asks for a handle of a file that stays valid without its path: file servers use it.",
	"open_by_handle_at": "Opens a file by such a handle. Needs CAP_DAC_READ_SEARCH, which lets it reach any file: a known way out of badly made containers.",
}
