package agent

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// kernel returns the kernel's release.
func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}

// owner returns who owns a file, and whether that is told.
func owner(st os.FileInfo) (uid int, ok bool) {
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(sys.Uid), true
}

// detached makes a process that outlives its session.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// free returns how many bytes may still be written below a folder.
func free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("ask for the free space of %s: %w", dir, err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// startOf returns when a process began, as the kernel counts: with its number it names a process for ever.
func startOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(string(b)[strings.LastIndexByte(string(b), ')')+1:])
	const starttime = 22 - 3 // of proc(5), counted from the field behind the name
	if len(fields) <= starttime || fields[0] == "Z" {
		return ""
	}
	return fields[starttime]
}
