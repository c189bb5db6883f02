// Package scapiotest gives tests their captures: those of the repository, those beside it, and one made by the writer.
package scapiotest

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// Skip skips the test for a reason, or fails it when $SCAPLS_REQUIRE names what.
func Skip(t testing.TB, what, reason string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("SCAPLS_REQUIRE"), ","), what) {
		t.Fatalf("%s: %s", what, reason)
	}
	t.Skipf("%s (SCAPLS_REQUIRE=%s makes this a failure)", reason, what)
}

// Root returns the folder of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("the test does not run inside the repository")
		}
		dir = up
	}
}

// Repo returns a capture of testdata/captures.
func Repo(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(Root(t), "testdata", "captures", name)
}

// Shared returns the captures of the folder "shared" beside the repository, or of $SCAPLS_SHARED, those with one of the
// prefixes. Without the folder the test is skipped.
func Shared(t testing.TB, prefixes ...string) []string {
	t.Helper()
	dir := os.Getenv("SCAPLS_SHARED")
	if dir == "" {
		dir = filepath.Join(Root(t), "..", "shared")
	}
	all, _ := filepath.Glob(filepath.Join(dir, "captures", "*.scap*"))
	if len(all) == 0 {
		Skip(t, "shared", "no captures in "+dir+"; set SCAPLS_SHARED")
	}
	if len(prefixes) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(f string) bool {
		return !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(filepath.Base(f), p) })
	})
}

// Bytes returns the uncompressed bytes of a capture.
func Bytes(t testing.TB, path string) []byte {
	t.Helper()
	in, err := scapio.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Pack compresses b.
func Pack(t testing.TB, b []byte, c scapio.Compression) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := scapio.Compress(&out, c)
	if err == nil {
		if _, err = z.Write(b); err == nil {
			err = z.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// File writes b to a file of the test's folder and returns its path.
func File(t testing.TB, b []byte) string {
	t.Helper()
	f, err := os.CreateTemp(t.TempDir(), "*.scap")
	if err == nil {
		if _, err = f.Write(b); err == nil {
			err = f.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// Capture returns the bytes of what f writes.
func Capture(t testing.TB, f func(w *scapio.Writer)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := scapio.NewWriter(&b)
	f(w)
	if err := w.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Offsets returns where each block of a capture begins, and where the last one ends.
func Offsets(b []byte) (at []int) {
	p := 0
	for ; p+12 <= len(b); p += int(binary.LittleEndian.Uint32(b[p+4:])) {
		at = append(at, p)
	}
	return append(at, p)
}

// Threads returns a machine of three processes: init, a shell, and its child of two threads.
func Threads() []scapio.Thread {
	base := scapio.Thread{
		SID: 1, VPGID: 1, PGID: 1, Exe: "/sbin/init", ExePath: "/sbin/init", Cwd: "/", Root: "/", FDLimit: 1024,
		Env: "PATH=/bin\x00HOME=/\x00", Cgroups: "cpuset=/\x00memory=/\x00", LoginUID: 1000, VMSize: 1, VMRSS: 2, VMSwap: 3,
		PFMajor: 4, PFMinor: 5, PIDNSInitStart: 6, TTY: 7, CapInheritable: 8, CapPermitted: 9, CapEffective: 10, ExeIno: 11,
		ExeCtime: 12, ExeMtime: 13, ExeWritable: true, ExeUpper: true, ExeLower: true, ExeMemfd: true,
	}
	var list []scapio.Thread
	for _, p := range []struct {
		tid, pid, ptid int64
		comm           string
	}{{1, 1, 0, "init"}, {100, 100, 1, "bash"}, {200, 200, 100, "worker"}, {201, 200, 100, "worker"}} {
		t := base
		t.TID, t.PID, t.PTID, t.VTID, t.VPID, t.Comm, t.Args = p.tid, p.pid, p.ptid, p.tid, p.pid, p.comm, "-x\x00"+p.comm+"\x00"
		if p.tid != p.pid {
			t.Flags = 1<<0 | 1<<13 // PPM_CL_CLONE_FILES, PPM_CL_CLONE_THREAD
		}
		list = append(list, t)
	}
	return list
}

// FDs returns a descriptor of every type a list can hold.
func FDs() []scapio.FD {
	v4 := func(a ...byte) (ip [16]byte) { copy(ip[:], a); return ip }
	list := []scapio.FD{
		{Num: 3, Ino: 30, Type: scapio.FDIPv4, SIP: v4(10, 0, 0, 1), DIP: v4(10, 0, 0, 2), SPort: 4000, DPort: 80, L4: 2},
		{Num: 4, Ino: 40, Type: scapio.FDIPv6, SIP: v4(0xfe, 0x80), DIP: v4(0xfe, 0x80, 1), SPort: 4000, DPort: 80, L4: 3},
		{Num: 5, Ino: 50, Type: scapio.FDIPv4Server, SIP: v4(0, 0, 0, 0), SPort: 8080, L4: 2},
		{Num: 6, Ino: 60, Type: scapio.FDIPv6Server, SPort: 8081, L4: 2},
		{Num: 8, Ino: 80, Type: scapio.FDUnix, Src: 1 << 60, Dst: 2 << 60, Name: "/run/sock"},
		{Num: 16, Ino: 160, Type: scapio.FDFileV2, Name: "/etc/passwd", OpenFlags: 1, Dev: 0x801},
		{Num: 0, Ino: 0, Type: scapio.FDUnknown},
	}
	for _, t := range []uint8{1, 2, 7, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21} {
		list = append(list, scapio.FD{Num: 100 + int64(t), Ino: uint64(t), Type: t, Name: "name"})
	}
	return list
}

// Interfaces returns one interface of every kind.
func Interfaces() []scapio.Interface {
	a := func(b byte, n int) (ip [16]byte) {
		for i := range n {
			ip[i] = b
		}
		return ip
	}
	return []scapio.Interface{
		{Addr: a(10, 4), Mask: a(255, 4), Broadcast: a(11, 4), Speed: 1000, Name: "eth0"},
		{V6: true, Addr: a(1, 16), Mask: a(2, 16), Broadcast: a(3, 16), Speed: 1000, Name: "eth0"},
		{NoSpeed: true, Addr: a(127, 4), Mask: a(255, 4), Broadcast: a(127, 4), Name: "lo"},
		{NoSpeed: true, V6: true, Addr: a(0, 16), Mask: a(255, 16), Broadcast: a(4, 16), Name: "lo0"},
	}
}

// Users returns a user list.
func Users() ([]scapio.User, []scapio.Group) {
	return []scapio.User{{Name: "root", Home: "/root", Shell: "/bin/sh"}, {UID: 1000, GID: 1000, Name: "u", Home: "/home/u", Shell: ""}},
		[]scapio.Group{{Name: "root"}, {GID: 1000, Name: "u"}}
}

// Lists writes a section with its lists.
func Lists(w *scapio.Writer) {
	_ = w.Section(scapio.CommentOption("made by a test"))
	_ = w.Machine(scapio.Machine{CPUs: 2, Memory: 1 << 30, MaxPID: 32768, Hostname: "host", BootTime: 5})
	_ = w.Interfaces(Interfaces())
	_ = w.Users(Users())
	_ = w.Threads(Threads())
	_ = w.FDs(200, FDs())
	_ = w.FDs(201, nil)
}

// T0 is the time of the first event of Events, ns since the epoch.
const T0 = 1_700_000_000_000_000_000

// Events writes n calls as two halves each, by thread 200 in turns: openat, read, close.
func Events(w *scapio.Writer, n int) {
	ts := uint64(T0)
	for i := range n {
		fd := U64(uint64(20 + i/3%5))
		halves := func(enter uint16, in, out [][]byte) {
			_ = w.Event(uint16(i&1), 0, ts, 200, enter, in...)
			_ = w.Event(uint16(i&1), 0, ts+500, 200, enter+1, out...)
		}
		name := []byte("/tmp/file\x00")
		at := U64(^uint64(99)) // AT_FDCWD
		switch i % 3 {
		case 0:
			halves(evtable.SyscallOpenat_2E, [][]byte{at, name, U32(1), U32(0)}, [][]byte{fd, at, name, U32(1), U32(0), U32(5), U64(77)})
		case 1:
			halves(evtable.SyscallReadE, [][]byte{fd, U32(64)}, [][]byte{U64(5), []byte("hello")})
		case 2:
			halves(evtable.SyscallCloseE, [][]byte{fd}, [][]byte{U64(0)})
		}
		ts += 1000
	}
}

// U32 returns v as a parameter of four bytes.
func U32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

// U64 returns v as a parameter of eight bytes.
func U64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }

// Event returns event num of a capture, made of its parameters by the writer.
func Event(t testing.TB, num uint32, tid int64, typ uint16, params ...[]byte) (ev evt.Event) {
	t.Helper()
	b := Capture(t, func(w *scapio.Writer) { _ = w.Section(); _ = w.Event(0, 0, T0, tid, typ, params...) })
	r := scapio.NewReader(bytes.NewReader(b))
	_, _ = r.Next()
	blk, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	cpu, flags, raw, err := scapio.EventBody(blk.Type, blk.Body)
	if err == nil {
		err = ev.Decode(raw, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	ev.Num, ev.CPU, ev.Flags = num, cpu, flags
	return ev
}
