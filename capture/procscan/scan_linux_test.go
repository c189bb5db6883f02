package procscan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// recorded lays a recorded machine out in a folder.
func recorded(t *testing.T, name string) string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	root := t.TempDir()
	for _, f := range a.Files {
		path, target, isLink := strings.Cut(f.Name, " -> ")
		path = filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if isLink {
			require.NoError(t, os.Symlink(target, path))
			continue
		}
		data := f.Data
		if bytes.Contains(data, []byte("␀")) {
			data = bytes.TrimSuffix(bytes.ReplaceAll(data, []byte("␀"), []byte{0}), []byte{'\n'})
		}
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	return root
}

func scan(t *testing.T, s *Scanner) *Snapshot {
	t.Helper()
	snap, err := s.Scan(context.Background())
	require.NoError(t, err)
	return snap
}

func thread(t *testing.T, s *Snapshot, tid int64) scapio.Thread {
	t.Helper()
	for i := range s.Threads {
		if s.Threads[i].TID == tid {
			return s.Threads[i]
		}
	}
	t.Fatalf("no thread %d", tid)
	return scapio.Thread{}
}

const web = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestARecordedMachine(t *testing.T) {
	scanner := &Scanner{Root: recorded(t, "machine.txtar")}
	s := scan(t, scanner)

	t.Run("the machine", func(t *testing.T) {
		require.Equal(t, scapio.Machine{CPUs: 2, Memory: 2 << 20, MaxPID: 32768, Hostname: "recorded", BootTime: 1_700_000_000e9}, s.Machine)
		require.Equal(t, []scapio.User{{Name: "root", Home: "/root", Shell: "/bin/bash"}, {UID: 33, GID: 34, Name: "www", Home: "/var/www", Shell: "/bin/sh"}}, s.Users)
		require.Equal(t, []scapio.Group{{Name: "root"}, {GID: 34, Name: "www"}}, s.Groups)
	})
	t.Run("threads are listed by their number, those with little to read too", func(t *testing.T) {
		var tids []int64
		for i := range s.Threads {
			tids = append(tids, s.Threads[i].TID)
		}
		require.Equal(t, []int64{1, 2, 200, 201, 300, 301, 400}, tids)
		require.Equal(t, int64(400), thread(t, s, 400).PID)
	})
	t.Run("a process", func(t *testing.T) {
		require.Equal(t, scapio.Thread{
			TID: 1, PID: 1, PTID: 0, SID: 1, VPGID: 1, PGID: 1, VTID: 1, VPID: 1, Comm: "init (x) y", Exe: "/sbin/init",
			ExePath: "/usr/lib/systemd/systemd (deleted)", Cwd: "/", Root: "/", Args: "--flag\x00last\x00", Env: "HOME=/\x00",
			Cgroups: "cpu=/init.scope\x00memory=/init.scope\x00pids=/init.scope\x00", FDLimit: 1024, LoginUID: noID,
			VMSize: 21860, VMRSS: 12000, VMSwap: 5, PFMajor: 7, PFMinor: 100, TTY: 34816, CapInheritable: 1,
			CapPermitted: 1<<41 - 1, CapEffective: 0xff,
		}, thread(t, s, 1))
	})
	t.Run("a thread has its process's descriptors and control groups", func(t *testing.T) {
		w := thread(t, s, 201)
		require.Equal(t, "worker", w.Comm)
		require.Equal(t, int64(200), w.PID)
		require.EqualValues(t, threadFlags, w.Flags)
		require.Contains(t, w.Cgroups, "cpuacct=/docker/"+web+"\x00")
		require.NotContains(t, s.FDs, int64(201))
	})
	t.Run("controllers of the unified hierarchy are those that have none of their own", func(t *testing.T) {
		g := "/docker/" + web + "\x00"
		require.Equal(t, "cpu="+g+"cpuacct="+g+"name=systemd="+g+"memory="+g+"pids="+g, thread(t, s, 200).Cgroups)
	})
	t.Run("a pid namespace", func(t *testing.T) {
		pause, sh := thread(t, s, 300), thread(t, s, 301)
		require.Equal(t, []int64{1, 1, 1}, []int64{pause.VTID, pause.VPID, pause.VPGID})
		require.EqualValues(t, 7, sh.VPID)
		require.EqualValues(t, 1_700_000_050e9, pause.PIDNSInitStart)
		require.EqualValues(t, 1_700_000_050e9, sh.PIDNSInitStart)
	})
	t.Run("a kernel thread is its name", func(t *testing.T) {
		require.Equal(t, "kthreadd", thread(t, s, 2).Exe)
	})
	t.Run("users of a container, from inside it", func(t *testing.T) {
		users, groups := scanner.Accounts(200)
		require.Equal(t, []scapio.User{{UID: 33, GID: 34, Name: "inside", Home: "/", Shell: "/bin/ash"}}, users)
		require.Empty(t, groups, "a link that leads out of the container is not followed")
	})
	t.Run("descriptors", func(t *testing.T) {
		v4 := func(b ...byte) (ip [16]byte) { copy(ip[:], b); return ip }
		mapped := func(b ...byte) (ip [16]byte) { ip[10], ip[11] = 0xff, 0xff; copy(ip[12:], b); return ip }
		require.Equal(t, []scapio.FD{
			{Num: 0, Type: scapio.FDFileV2, Name: "/no/such/file", OpenFlags: 2 | 1<<6 | 1<<11 | 1<<12, Dev: 253<<8 | 17},
			{Num: 1, Ino: 11, Type: scapio.FDIPv4Server, SIP: v4(127, 0, 0, 1), SPort: 8080, L4: l4TCP},
			{Num: 2, Ino: 12, Type: scapio.FDIPv4, SIP: v4(10, 0, 2, 15), DIP: v4(10, 0, 2, 2), SPort: 22, DPort: 49289, L4: l4TCP},
			{Num: 3, Ino: 13, Type: scapio.FDIPv6Server, SPort: 80, L4: l4TCP},
			{Num: 4, Ino: 14, Type: scapio.FDIPv6, SIP: mapped(10, 0, 2, 15), DIP: mapped(10, 0, 2, 2), SPort: 443, DPort: 49290, L4: l4TCP},
			{Num: 5, Ino: 15, Type: scapio.FDIPv4, SIP: v4(10, 0, 2, 15), DIP: v4(10, 0, 2, 3), SPort: 68, DPort: 67, L4: l4UDP},
			{Num: 6, Ino: 16, Type: scapio.FDIPv4, SPort: 1, L4: l4Raw},
			{Num: 7, Ino: 17, Type: scapio.FDUnix, Src: 0xf715d6ab, Name: "/run/with blank/17 sock"},
			{Num: 8, Ino: 18, Type: scapio.FDFifo, Name: "pipe:[18]"},
			{Num: 9, Type: scapio.FDEventpoll, Name: "anon_inode:[eventpoll]"},
			{Num: 10, Type: scapio.FDInotify, Name: "anon_inode:inotify"},
			{Num: 11, Type: scapio.FDBPF, Name: "anon_inode:bpf-prog"},
			{Num: 12, Type: scapio.FDPidfd, Name: "/proc/77"},
			{Num: 13, Type: scapio.FDMemfd, Name: "shared"},
			{Num: 14, Type: scapio.FDUnsupported, Name: "anon_inode:[fanotify]"},
			{Num: 15, Ino: 19, Type: scapio.FDNetlink},
		}, s.FDs[1])
	})
}

func TestWhatTheFirstScanKnowsBetter(t *testing.T) {
	before := &Snapshot{
		Threads: []scapio.Thread{{TID: 1, PID: 1, Cwd: "/a"}, {TID: 5, PID: 5, Comm: "ended"}, {TID: 6, PID: 6, Comm: "gone before"}},
		FDs:     map[int64][]scapio.FD{1: {}, 5: {{Num: 3}}, 6: {}},
	}
	after := &Snapshot{
		Threads: []scapio.Thread{{TID: 1, PID: 1, Cwd: "/a/b"}, {TID: 9, PID: 9}},
		FDs:     map[int64][]scapio.FD{1: {{Num: 4}}, 9: {}},
	}
	after.Adopt(before, Alive{1: 1, 5: 5, 6: 7})
	require.Equal(t, []scapio.Thread{{TID: 1, PID: 1, Cwd: "/a"}, {TID: 5, PID: 5, Comm: "ended"}, {TID: 9, PID: 9}}, after.Threads)
	require.Equal(t, map[int64][]scapio.FD{1: {{Num: 4}}, 5: {{Num: 3}}, 9: {}}, after.FDs)
	require.Equal(t, []int64{1, 5, 9}, after.Processes())
}

func TestProcessesOfTheMeantimeAreCaught(t *testing.T) {
	scanner := &Scanner{Root: recorded(t, "machine.txtar")}
	s := scan(t, scanner)
	whole := s.Processes()
	gone := map[int64]bool{200: true, 201: true, 301: true} // as if they had been started since
	s.Threads = slices.DeleteFunc(s.Threads, func(t scapio.Thread) bool { return gone[t.TID] })
	maps.DeleteFunc(s.FDs, func(pid int64, _ []scapio.FD) bool { return gone[pid] })
	alive := scanner.Alive()
	require.EqualValues(t, 200, alive[201])
	scanner.Catch(s, alive)
	require.Equal(t, whole, s.Processes())
	require.Equal(t, "worker", thread(t, s, 201).Comm)
	s.Threads = slices.DeleteFunc(s.Threads, func(t scapio.Thread) bool { return t.TID == 201 })
	scanner.Catch(s, alive)
	require.Equal(t, "worker", thread(t, s, 201).Comm, "a thread of a known process")
	n := len(s.Threads)
	scanner.Catch(s, alive)
	require.Len(t, s.Threads, n, "nothing twice")
}

func TestAroundSomeProcesses(t *testing.T) {
	tree := func() *Snapshot {
		s := &Snapshot{FDs: map[int64][]scapio.FD{}}
		for _, p := range [][3]int64{{1, 1, 0}, {2, 2, 1}, {3, 3, 2}, {31, 3, 2}, {4, 4, 3}, {5, 5, 1}, {6, 6, 7}, {7, 7, 6}} {
			s.Threads = append(s.Threads, scapio.Thread{TID: p[0], PID: p[1], PTID: p[2]})
			if p[0] == p[1] {
				s.FDs[p[0]] = nil
			}
		}
		return s
	}
	left := func(pids ...int64) (tids []int64) {
		s := tree()
		s.Around(pids...)
		for i := range s.Threads {
			tids = append(tids, s.Threads[i].TID)
		}
		for _, pid := range s.Processes() {
			require.Contains(t, tids, pid)
		}
		return tids
	}
	require.Equal(t, []int64{1, 2, 3, 31, 4}, left(3), "its ancestors, its threads, its children")
	require.Equal(t, []int64{1, 5}, left(5))
	require.Equal(t, []int64{6, 7}, left(6), "a loop ends")
	require.Empty(t, left(99))
}

func TestThisProcess(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "held"))
	require.NoError(t, err)
	defer f.Close()
	s := scan(t, &Scanner{})
	me := thread(t, s, int64(os.Getpid()))
	require.EqualValues(t, os.Getppid(), me.PTID)
	require.NotEmpty(t, me.ExeIno)
	require.Contains(t, me.Args, "-test.")
	for _, fd := range s.FDs[me.TID] {
		if fd.Num == int64(f.Fd()) {
			var st syscall.Stat_t
			require.NoError(t, syscall.Fstat(int(f.Fd()), &st))
			require.Equal(t, f.Name(), fd.Name)
			require.Equal(t, st.Ino, fd.Ino)
			require.EqualValues(t, 3|1<<11|1<<12, fd.OpenFlags, "read, write, large, close on exec")
			return
		}
	}
	t.Fatal("the open file is not listed")
}

// TestProcessesThatAreRefusedAreListed scans as a user who may see little of the others.
func TestProcessesThatAreRefusedAreListed(t *testing.T) {
	if os.Getenv("PROCSCAN_AS_NOBODY") != "" {
		s := scan(t, &Scanner{})
		require.NoError(t, json.NewEncoder(os.NewFile(3, "result")).Encode(s))
		return
	}
	if os.Geteuid() != 0 {
		scapiotest.Skip(t, "bpf", "becoming another user needs root")
	}
	exe := filepath.Join(t.TempDir(), "scan.test")
	self, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(exe, self, 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(exe), 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(filepath.Dir(exe)), 0o755))
	r, w, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command(exe, "-test.run=^TestProcessesThatAreRefusedAreListed$")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "PROCSCAN_AS_NOBODY=1")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	w.Close()
	var s Snapshot
	err = json.NewDecoder(r).Decode(&s)
	require.NoError(t, cmd.Wait(), out.String())
	require.NoError(t, err)

	require.Positive(t, s.Refused)
	me := thread(t, &s, int64(os.Getpid()))
	require.Empty(t, s.FDs[me.TID], "nobody may see root's descriptors")
	require.NotEmpty(t, me.Args, "arguments are for all to see")
	require.EqualValues(t, os.Getppid(), me.PTID)
	require.NotEmpty(t, me.Cgroups)
}

func BenchmarkScan(b *testing.B) {
	s := &Scanner{}
	n := 0
	for b.Loop() {
		snap, err := s.Scan(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		n = len(snap.FDs)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "µs/process")
}

// FuzzParsers feeds the parsers with files of any content.
func FuzzParsers(f *testing.F) {
	a, err := txtar.ParseFile(filepath.Join("testdata", "machine.txtar"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range a.Files {
		f.Add(file.Data)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		var t scapio.Thread
		parseStat(b, &t)
		parseStatus(b, &t)
		parseLimit(b)
		parseFDInfo(b)
		parseMounts(b)
		table := map[uint64]socket{}
		parseInet(b, l4TCP, table)
		parseUnix(b, table)
		parseNetlink(b, table)
		_ = fmt.Sprint(len(table), (&Scanner{groupCache: map[string]string{}}).cgroups(b))
	})
}
