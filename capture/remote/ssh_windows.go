package remote

import "syscall"

const createNoWindow = 0x08000000

// attributes makes ssh a process group of its own, without a window, and says what its command line is.
func attributes(args []string) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | createNoWindow, HideWindow: true, CmdLine: commandLine(args)}
}
