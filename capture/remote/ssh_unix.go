//go:build unix

package remote

import "syscall"

// attributes makes ssh a process group of its own.
func attributes([]string) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
