package live

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// CgroupID returns the number of a control group for Options.Cgroups: that of its directory, as the kernel counts them.
// The path is that of the directory, or as /proc/PID/cgroup has it behind "0::". Only groups of version 2 have one.
func CgroupID(path string) (uint64, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return 0, fmt.Errorf("look for the control groups: %w", err)
	}
	tried := []string{path}
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			tried = append(tried, filepath.Join(f[1], path))
		}
	}
	old := false
	for _, dir := range tried {
		var fs unix.Statfs_t
		var st unix.Stat_t
		if unix.Statfs(dir, &fs) != nil || unix.Stat(dir, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		if fs.Type == unix.CGROUP2_SUPER_MAGIC {
			return st.Ino, nil
		}
		old = old || fs.Type == unix.CGROUP_SUPER_MAGIC || fs.Type == unix.TMPFS_MAGIC
	}
	switch {
	case len(tried) == 1:
		return 0, errors.New("this machine has no control groups of version 2, which the kernel can tell apart")
	case old:
		return 0, fmt.Errorf("%q is no control group of version 2, which the kernel can tell apart", path)
	}
	return 0, fmt.Errorf("there is no control group %q (the path in /proc/PID/cgroup behind 0::)", path)
}
