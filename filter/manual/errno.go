package manual

import (
	"sync"

	"github.com/scapls/scapls/scapio/evtable"
)

// ErrnoPage is the address of the manual page about error numbers.
const ErrnoPage = "https://man7.org/linux/man-pages/man3/errno.3.html"

// errno is what an error number means: a title of a few words, and a sentence or two.
type errno struct{ title, text string }

// Errno returns the number of an error by its name, and what it means; an empty text when there is no such error.
func Errno(name string) (n int, meaning string) {
	e, ok := errnos[name]
	if !ok {
		return 0, ""
	}
	return errnoNumbers()[name], e.text
}

// ErrnoTitle returns an error's meaning in a few words, "" when there is no such error.
func ErrnoTitle(name string) string { return errnos[name].title }

var errnoNumbers = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	for n := 1; n < 1000; n++ {
		if s := evtable.Errno(n); s != "" {
			m[s] = n
		}
	}
	return m
})

var errnos = map[string]errno{
	"EPERM":           {"operation not permitted", "The operation needs a privilege, or to be the owner, and the process has neither; permission bits of files give EACCES instead."},
	"ENOENT":          {"no such file or directory", "A file, or a directory on the way to it, does not exist. Programs that look for a file in many places get it all the time, which is harmless."},
	"ESRCH":           {"no such process", "There is no process or thread with that number (any more)."},
	"EINTR":           {"interrupted system call", "A signal came while the call waited. Programs usually call again."},
	"EIO":             {"input/output error", "The device or the file system failed to read or write. On a terminal: the process is in the background or its terminal is gone."},
	"ENXIO":           {"no such device or address", "The device behind a special file does not exist, or nobody reads the named pipe that was opened for writing without waiting."},
	"E2BIG":           {"argument list too long", "Arguments and environment of a program are larger than the kernel takes, or a structure is of a size that it does not know."},
	"ENOEXEC":         {"exec format error", "The file may be executed but is in no format that the kernel can load, for example a script without its first line."},
	"EBADF":           {"bad file descriptor", "The number is no open descriptor, or it was not opened for this kind of access. Often a descriptor that was closed before."},
	"ECHILD":          {"no child processes", "The process has no child that it could wait for."},
	"EAGAIN":          {"resource temporarily unavailable", "The call would have to wait and was told not to: no data has come, or the buffer is full. The usual answer of non-blocking descriptors; for fork it means a limit of processes."},
	"ENOMEM":          {"cannot allocate memory", "The kernel has not enough memory for this, or a limit of the process does not allow it."},
	"EACCES":          {"permission denied", "Permission bits, an access list or a security module forbid the access to the file or a directory on the way."},
	"EFAULT":          {"bad address", "A pointer that was handed over leads outside of the process' memory."},
	"ENOTBLK":         {"block device required", "The operation works on block devices only, such as mounting one."},
	"EBUSY":           {"device or resource busy", "Something uses the resource in a way that does not go with the operation: a mount point, a device, a lock."},
	"EEXIST":          {"file exists", "What should be made is there already."},
	"EXDEV":           {"invalid cross-device link", "Source and target are on different file systems, so that renaming or linking is not possible; programs copy instead."},
	"ENODEV":          {"no such device", "The device does not exist, or does not know this operation."},
	"ENOTDIR":         {"not a directory", "A part of the path that should be a directory is something else."},
	"EISDIR":          {"is a directory", "The operation does not work on directories, such as writing."},
	"EINVAL":          {"invalid argument", "An argument does not make sense to this call or this kind of descriptor."},
	"ENFILE":          {"too many open files in system", "The limit of open files of the whole machine is reached."},
	"EMFILE":          {"too many open files", "The process has as many open descriptors as its limit allows (RLIMIT_NOFILE). Often a leak."},
	"ENOTTY":          {"inappropriate ioctl for device", "The descriptor does not know this ioctl. Programs that ask whether something is a terminal get it for files and pipes."},
	"ETXTBSY":         {"text file busy", "A program that is running cannot be written to, nor can a file that is being written be executed."},
	"EFBIG":           {"file too large", "The file would grow beyond what the file system or the process' limit allows."},
	"ENOSPC":          {"no space left on device", "The file system is full, has no inodes left, or another limit of the kernel is reached, such as of inotify watches."},
	"ESPIPE":          {"illegal seek", "Pipes, sockets and terminals have no position that could be changed."},
	"EROFS":           {"read-only file system", "The file system is mounted for reading only."},
	"EMLINK":          {"too many links", "The file has as many names as its file system allows."},
	"EPIPE":           {"broken pipe", "Nobody reads the other end of the pipe or connection any more. The writer is sent SIGPIPE as well, unless it asked not to be."},
	"EDOM":            {"numerical argument out of domain", "A number is outside of what the function is defined for."},
	"ERANGE":          {"numerical result out of range", "The result does not fit; for calls that fill a buffer: the buffer is too small."},
	"EDEADLK":         {"resource deadlock avoided", "Waiting for this lock would never end, since its holder waits for one of ours."},
	"ENAMETOOLONG":    {"file name too long", "A path or a component of it is longer than allowed (usually 4,096 and 255 bytes)."},
	"ENOLCK":          {"no locks available", "The table of locks is full, or a network file system cannot lock."},
	"ENOSYS":          {"function not implemented", "This kernel has no such call, or a sandbox pretends so. Programs then take an older call instead."},
	"ENOTEMPTY":       {"directory not empty", "A directory that should be removed or replaced still holds files."},
	"ELOOP":           {"too many levels of symbolic links", "Symbolic links lead in a circle or over more than 40 steps; with O_NOFOLLOW: the path is a symbolic link."},
	"ENOMSG":          {"no message of desired type", "The message queue holds no message of this kind."},
	"EIDRM":           {"identifier removed", "The queue, semaphore or shared memory was removed while the call waited for it."},
	"ECHRNG":          {"channel number out of range", "The number of a channel is none that the driver has. Rare."},
	"EL2NSYNC":        {"level 2 not synchronized", "A protocol of old STREAMS drivers is out of step. Rare."},
	"EL3HLT":          {"level 3 halted", "The third layer of an old protocol has stopped. Rare."},
	"EL3RST":          {"level 3 reset", "The third layer of an old protocol was reset. Rare."},
	"ELNRNG":          {"link number out of range", "The number of a link is none that the driver has. Rare."},
	"EUNATCH":         {"protocol driver not attached", "No driver is attached for the protocol. Rare."},
	"ENOCSI":          {"no CSI structure available", "A structure that an old protocol needs is missing. Rare."},
	"EL2HLT":          {"level 2 halted", "The second layer of an old protocol has stopped. Rare."},
	"EBADE":           {"invalid exchange", "What a device or network file system answered does not fit what was asked."},
	"EBADR":           {"invalid request descriptor", "A request names a descriptor of a driver that is not valid. Rare."},
	"EXFULL":          {"exchange full", "The table of exchanges of a driver is full. Rare."},
	"ENOANO":          {"no anode", "A structure of an old file system is missing. Rare."},
	"EBADRQC":         {"invalid request code", "The driver does not know the code of the request."},
	"EBADSLT":         {"invalid slot", "The number of a slot is none that the driver has. Rare."},
	"EBFONT":          {"bad font file format", "A font for the console is in no known format. Rare."},
	"ENOSTR":          {"device not a stream", "The descriptor is no STREAMS device. Rare."},
	"ENODATA":         {"no data available", "There is none of what was asked for: for extended attributes, the file has none of that name."},
	"ETIME":           {"timer expired", "The time that was given for the operation is over."},
	"ENOSR":           {"out of streams resources", "STREAMS has no memory left. Rare."},
	"ENONET":          {"machine is not on the network", "The machine has no network of the kind that is needed."},
	"ENOPKG":          {"package not installed", "The kernel lacks the part that this needs, such as a cipher for a key."},
	"EREMOTE":         {"object is remote", "The object is on another machine and the operation works on local ones only."},
	"ENOLINK":         {"link has been severed", "The connection to the machine that holds the object is gone."},
	"EADV":            {"advertise error", "A resource cannot be offered to others. Rare."},
	"ESRMNT":          {"srmount error", "A remote mount is still in use. Rare."},
	"ECOMM":           {"communication error on send", "Sending to the other side failed. Rare."},
	"EPROTO":          {"protocol error", "The other side broke the rules of the protocol."},
	"EMULTIHOP":       {"multihop attempted", "The path leads over several machines, which is not allowed. Rare."},
	"EDOTDOT":         {"RFS specific error", "Left from a network file system that is no longer used."},
	"EBADMSG":         {"bad message", "A message, or a checksum of the file system, is damaged."},
	"EOVERFLOW":       {"value too large for defined data type", "A size, position or number does not fit the type it should go into; typical of 32-bit programs and large files."},
	"ENOTUNIQ":        {"name not unique on network", "The name is used already. Rare."},
	"EBADFD":          {"file descriptor in bad state", "The descriptor is open, but not in a state in which this is possible."},
	"EREMCHG":         {"remote address changed", "The address of the other side is another one now. Rare."},
	"ELIBACC":         {"cannot access a needed shared library", "A library that the program needs cannot be read."},
	"ELIBBAD":         {"accessing a corrupted shared library", "A library or interpreter that the program needs is damaged."},
	"ELIBSCN":         {".lib section in a.out corrupted", "An old program file is damaged. Rare."},
	"ELIBMAX":         {"attempting to link in too many shared libraries", "The program needs more libraries than are allowed. Rare."},
	"ELIBEXEC":        {"cannot exec a shared library directly", "A library is no program."},
	"EILSEQ":          {"invalid or incomplete multibyte character", "Bytes are no text in the character set that is needed, such as in a file name."},
	"ERESTART":        {"interrupted system call should be restarted", "The kernel says to itself that the call is to be made again after a signal; programs do not see it."},
	"ESTRPIPE":        {"streams pipe error", "A STREAMS pipe failed; sound drivers: the device is suspended."},
	"EUSERS":          {"too many users", "A table of users, such as for quotas, is full."},
	"ENOTSOCK":        {"socket operation on non-socket", "The descriptor is no socket."},
	"EDESTADDRREQ":    {"destination address required", "A message was sent over a socket that is not connected, and the call names no address."},
	"EMSGSIZE":        {"message too long", "The message is larger than the protocol or the buffer allows; for UDP: larger than a datagram may be."},
	"EPROTOTYPE":      {"protocol wrong type for socket", "The protocol does not go with the kind of socket, or a Unix socket with one of the other kind."},
	"ENOPROTOOPT":     {"protocol not available", "The protocol does not know this socket option."},
	"EPROTONOSUPPORT": {"protocol not supported", "The kernel lacks the protocol, or the address family does not have it."},
	"ESOCKTNOSUPPORT": {"socket type not supported", "The address family has no sockets of this kind."},
	"EOPNOTSUPP":      {"operation not supported", "This kind of file, socket or file system does not do that."},
	"EPFNOSUPPORT":    {"protocol family not supported", "The kernel lacks this family of protocols."},
	"EAFNOSUPPORT":    {"address family not supported by protocol", "The address is of a family that the socket or the kernel does not have, for example IPv6 where it is off."},
	"EADDRINUSE":      {"address already in use", "Another socket is bound to the same address and port, or was a moment ago."},
	"EADDRNOTAVAIL":   {"cannot assign requested address", "The address is none of this machine, or all ports for clients are taken."},
	"ENETDOWN":        {"network is down", "The network interface is down."},
	"ENETUNREACH":     {"network is unreachable", "No route leads to the address. Programs try IPv6 first and get it where there is none, which is harmless."},
	"ENETRESET":       {"network dropped connection on reset", "The connection ended because keep-alives were not answered."},
	"ECONNABORTED":    {"software caused connection abort", "The connection was given up on this machine, for example by the client before it was accepted."},
	"ECONNRESET":      {"connection reset by peer", "The other side cut the connection off instead of closing it."},
	"ENOBUFS":         {"no buffer space available", "The network has no memory for the message, or its queue is full."},
	"EISCONN":         {"transport endpoint is already connected", "The socket is connected already."},
	"ENOTCONN":        {"transport endpoint is not connected", "The socket is not connected (yet, or any more)."},
	"ESHUTDOWN":       {"cannot send after transport endpoint shutdown", "The socket was shut down for sending."},
	"ETOOMANYREFS":    {"too many references", "More descriptors are under way in messages than the limit allows."},
	"ETIMEDOUT":       {"connection timed out", "The other side did not answer in time; for a futex or semaphore: the time that was given is over."},
	"ECONNREFUSED":    {"connection refused", "Nobody listens at the address. For UDP: the other machine said so after an earlier message."},
	"EHOSTDOWN":       {"host is down", "The other machine does not answer on its network."},
	"EHOSTUNREACH":    {"no route to host", "The other machine cannot be reached: no route, a firewall that says so, or it does not answer on the local network."},
	"EALREADY":        {"operation already in progress", "A connect on this non-blocking socket is still going on."},
	"EINPROGRESS":     {"operation now in progress", "Connecting on this non-blocking socket has begun; whether it succeeds is told later. The usual answer, and no failure."},
	"ESTALE":          {"stale file handle", "The file that a network file system should find is not there any more."},
	"EUCLEAN":         {"structure needs cleaning", "The file system is damaged and wants to be checked."},
	"ENOTNAM":         {"not a XENIX named type file", "Left from another system. Rare."},
	"ENAVAIL":         {"no XENIX semaphores available", "Left from another system. Rare."},
	"EISNAM":          {"is a named type file", "Left from another system. Rare."},
	"EREMOTEIO":       {"remote I/O error", "The device or machine at the other end failed."},
	"EDQUOT":          {"disk quota exceeded", "The user's or group's share of the disk, or of keys, is used up."},
	"ENOMEDIUM":       {"no medium found", "The drive is empty."},
	"EMEDIUMTYPE":     {"wrong medium type", "What is in the drive is of another kind."},
	"ECANCELED":       {"operation canceled", "The operation was cancelled before it was done, as asynchronous reads and io_uring requests may be."},

	"ERESTARTSYS":           {"the call is restarted after a signal", "Inside of the kernel only: a signal came, and the call is made again if the handler allows it, else it fails with EINTR."},
	"ERESTARTNOINTR":        {"the call is always restarted after a signal", "Inside of the kernel only: a signal came, and the call is made again in any case."},
	"ERESTARTNOHAND":        {"the call is restarted if there is no handler", "Inside of the kernel only: a signal came, and the call is made again if no handler ran, else it fails with EINTR."},
	"ENOIOCTLCMD":           {"no such ioctl command", "Inside of the kernel only: this layer does not know the ioctl; programs get ENOTTY."},
	"ERESTART_RESTARTBLOCK": {"the call is restarted through restart_syscall", "Inside of the kernel only: the call goes on with the time that is left, by restart_syscall."},
	"EBADHANDLE":            {"illegal NFS file handle", "A network file system was given a handle that it does not know."},
	"ENOTSYNC":              {"update synchronization mismatch", "A change over a network file system is based on an older version."},
	"EBADCOOKIE":            {"cookie is stale", "Listing a directory over a network file system cannot go on where it stopped."},
	"ENOTSUPP":              {"operation is not supported", "Inside of the kernel mostly: a driver or file system does not do this; programs should see EOPNOTSUPP."},
	"ETOOSMALL":             {"buffer or request is too small", "A request of a network file system is too small."},
	"ESERVERFAULT":          {"an untranslatable error occurred", "The server of a network file system failed in a way that has no number."},
	"EBADTYPE":              {"type not supported by server", "The server of a network file system does not know this kind of file."},
	"EJUKEBOX":              {"request started, but will not complete before the timeout", "The server has to fetch the file from slow storage; ask again later."},
	"EIOCBQUEUED":           {"I/O is queued, completion will follow", "Inside of the kernel only: the request is under way, its result comes later."},
	"EIOCBRETRY":            {"I/O queued and must be tried again", "Inside of the kernel only: the request is made again later."},
}
