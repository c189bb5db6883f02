//go:build !linux

package agent

import (
	"errors"
	"os"
	"syscall"
)

func kernel() string { return "" }

func owner(os.FileInfo) (uid int, ok bool) { return 0, false }

func detached() *syscall.SysProcAttr { return nil }

func free(string) (int64, error) { return 0, errors.New("the spool needs Linux") }

func startOf(int) string { return "" }
