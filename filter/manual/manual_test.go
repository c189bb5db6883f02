package manual_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/manual"
	"github.com/scapls/scapls/scapio/evtable"
)

// syscallNames are the calls of both architectures and of libscap's numbering.
func syscallNames() []string {
	var list []string
	for n := range 1 << 10 {
		if s, ok := evtable.SC(uint16(n)); ok {
			list = append(list, s)
		}
		for _, a := range []evtable.Arch{evtable.X8664, evtable.AArch64} {
			if s, ok := evtable.Native(a, n); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

func TestEveryCallHasAManualPage(t *testing.T) {
	names := syscallNames()
	require.Greater(t, len(names), 800)
	for _, name := range names {
		require.Regexp(t, `^https://man7\.org/linux/man-pages/man[23]/[a-z0-9_]+\.[23]\.html$`, manual.Page(name), name)
		require.Contains(t, manual.Markdown(name), manual.Page(name))
	}
	require.Equal(t, "https://man7.org/linux/man-pages/man2/open.2.html", manual.Page("openat"))
	require.Equal(t, "https://man7.org/linux/man-pages/man3/mq_open.3.html", manual.Page("mq_open"))
	require.Empty(t, manual.Page("procexit"), "no system call")
	require.Empty(t, manual.Page("nosuchcall"))
}

func TestTheCallsThatAreUsedMostAreExplained(t *testing.T) {
	n := 0
	known := map[string]bool{}
	for _, name := range syscallNames() {
		if known[name] {
			continue
		}
		known[name] = true
		if text := manual.Text(name); text != "" {
			n++
			require.True(t, strings.HasSuffix(text, "."), name)
			require.Greater(t, len(strings.Fields(text)), 3, name)
		}
	}
	require.GreaterOrEqual(t, n, 120)
	for _, name := range strings.Fields(`read write open openat close stat fstat newfstatat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask ioctl
		readv writev access pipe2 select dup2 nanosleep socket connect accept4 sendto recvfrom sendmsg recvmsg bind listen setsockopt clone clone3 fork
		vfork execve exit_group wait4 kill uname fcntl fsync getdents64 getcwd chdir rename mkdir rmdir unlink symlink readlink chmod chown umask
		getrlimit prctl arch_prctl futex epoll_wait epoll_ctl set_tid_address clock_nanosleep set_robust_list prlimit64 getrandom memfd_create bpf
		execveat statx rseq openat2 io_uring_enter ptrace mount umount2 setns unshare setuid capset seccomp init_module`) {
		require.NotEmpty(t, manual.Text(name), name)
	}
	// Whatever is explained is an event that there is.
	var strangers []string
	for _, name := range manual.Explained() {
		if known[name] {
			continue
		}
		found := false
		for i := range evtable.Types {
			found = found || evtable.Types[i].Name == name
		}
		if !found && name != "packet" {
			strangers = append(strangers, name)
		}
	}
	require.Empty(t, strangers, "explained, but there is no such event")
}

func TestEveryErrorHasAMeaning(t *testing.T) {
	b, err := os.ReadFile("../../scapio/evtable/facts/errno.json")
	require.NoError(t, err)
	var table [][2]any
	require.NoError(t, json.Unmarshal(b, &table))
	require.Greater(t, len(table), 130)
	for _, row := range table {
		n, meaning := manual.Errno(row[1].(string))
		require.NotEmpty(t, meaning, row[1])
		require.EqualValues(t, row[0], n)
		require.NotEmpty(t, manual.ErrnoTitle(row[1].(string)))
	}
	_, meaning := manual.Errno("ENOSUCH")
	require.Empty(t, meaning)
}

func TestEveryFlagThatIsExplainedOccurs(t *testing.T) {
	known := map[string]bool{}
	for i := range evtable.Types {
		for _, p := range evtable.Types[i].Params {
			for _, f := range p.Flags {
				known[f.Name] = true
			}
		}
	}
	for _, table := range []string{"poll_flags", "socket_families"} { // of values that hold several
		for _, f := range evtable.FlagTable(table) {
			known[f.Name] = true
		}
	}
	for _, name := range manual.Flags() {
		require.True(t, known[name], name)
	}
	require.NotEmpty(t, manual.Flag("O_CREAT"))
}

func TestEveryCategoryIsExplained(t *testing.T) {
	for n := range uint16(evtable.CategoryMask + 1) {
		if s := evtable.CategoryName(n); s != "" {
			require.NotEmpty(t, manual.Category(s), s)
		}
	}
}
