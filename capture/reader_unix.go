//go:build unix

package capture

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// hasReader reports whether somebody still reads what is written to w, as far as w is a pipe or socket.
func hasReader(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return true
	}
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err != nil || n == 0 || fds[0].Revents&(unix.POLLERR|unix.POLLHUP) == 0
}
