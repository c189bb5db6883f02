//go:build !linux

package capture

import "testing"

func smallDisk(t *testing.T, _ int) string {
	t.Helper()
	t.Skip("a small file system is made on Linux only")
	return ""
}
