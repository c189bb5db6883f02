package field

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// story is a capture told in a test: a machine and the events it is fed.
type story struct {
	t     testing.TB
	m     *state.Machine
	num   uint32
	enter map[int64]evt.Event
	calls bool
}

const startTS = 1_700_000_000_000_000_000 // 2023-11-14 22:13:20 UTC

// begin tells of a login shell (tid 100) under init, its child (tid 200) with a few descriptors, and a process in a
// container (tid 300).
func begin(t testing.TB) *story {
	s := &story{t: t, m: state.NewMachine(), enter: map[int64]evt.Event{}}
	thread := func(tid, ptid int64, comm, exe, args string) scapio.Thread {
		return scapio.Thread{
			TID: tid, PID: tid, PTID: ptid, SID: 100, VPGID: 200, PGID: 200, VTID: tid, VPID: tid, Comm: comm, Exe: exe,
			ExePath: "/usr/bin/" + comm, Cwd: "/home/me", Args: args, FDLimit: 1024, UID: 1000, GID: 1000, LoginUID: 1000, TTY: 34816,
			Env: "HOME=/home/me\x00LANG=C\x00", Root: "/", VMSize: 4000, CapEffective: 1<<0 | 1<<1,
		}
	}
	list := []scapio.Thread{
		thread(1, 0, "systemd", "/sbin/init", ""), thread(100, 1, "bash", "-bash", ""),
		thread(200, 100, "cat", "cat", "-n\x00a file\x00"), thread(300, 1, "nginx", "nginx", ""),
	}
	list[0].UID, list[0].SID, list[0].LoginUID = 0, 1, 1<<32-1
	list[3].Cgroups = "cpuset=/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123\x00"
	s.m.LoadThreads(list)
	s.m.LoadFDs(200, []scapio.FD{
		{Num: 0, Type: evtable.FDFileV2, Name: "/dev/pts/0", Dev: 0x8801, Ino: 3},
		{Num: 3, Type: evtable.FDFileV2, Name: "/home/me/a\x01 file", Ino: 77},
		{Num: 4, Type: evtable.FDDirectory, Name: "/etc"},
		{
			Num: 5, Type: evtable.FDIPv4, L4: state.L4TCP, SIP: [16]byte{10, 0, 0, 5}, DIP: [16]byte{1, 1, 1, 1}, SPort: 40000,
			DPort: 443,
		},
		{Num: 6, Type: evtable.FDUnix, Name: "/dev/log"},
	})
	s.m.LoadUsers([]scapio.User{{UID: 1000, GID: 1000, Name: "me", Home: "/home/me", Shell: "/bin/bash"}}, []scapio.Group{{GID: 1000, Name: "us"}})
	return s
}

// event feeds one event and returns what fields see of it.
func (s *story) event(tid int64, typ uint16, params ...[]byte) *Ctx {
	s.num++
	var ev evt.Event
	require.NoError(s.t, ev.Decode(raw(startTS+uint64(s.num)*1_000_000, tid, typ, params...), true))
	ev.Num = s.num
	f := s.m.Apply(&ev)
	c := &Ctx{}
	c.Reset()
	c.Ev, c.Calls = ev, s.calls
	c.Num, c.TS, c.First = uint64(s.num), ev.TS, startTS
	c.View = s.m.At(s.num)
	c.T, c.FD, c.FDNum = f.Thread, f.FD, f.FDNum
	c.Names = state.Names{View: c.View, T: c.T}
	info := ev.Info()
	if ev.Enter() {
		s.enter[tid] = ev
	} else if info.Category&evtable.ECSyscall != 0 {
		if e, ok := s.enter[tid]; ok && e.Type+1 == ev.Type {
			c.Enter, c.Latency = &e, int64(ev.TS-e.TS)
		}
		if res, ok := evt.Int(ev.Param(0)); ok && typ != evtable.GenericX {
			c.Res, c.HasRes = res, true
		}
	}
	if !s.calls || !c.Args.Join(&c.Ev, c.Enter) {
		c.Args.Load(&c.Ev)
	}
	return c
}

// raw makes the bytes of an event.
func raw(ts uint64, tid int64, typ uint16, params ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, ts)
	b = binary.LittleEndian.AppendUint64(b, uint64(tid))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint16(b, typ)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(params)))
	large := evtable.Lookup(typ).Flags&evtable.EFLargePayload != 0
	for _, p := range params {
		if large {
			b = binary.LittleEndian.AppendUint32(b, uint32(len(p)))
		} else {
			b = binary.LittleEndian.AppendUint16(b, uint16(len(p)))
		}
	}
	for _, p := range params {
		b = append(b, p...)
	}
	binary.LittleEndian.PutUint32(b[16:], uint32(len(b)))
	return b
}

func i64(n int64) []byte  { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }
func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
func str(s string) []byte { return append([]byte(s), 0) }

// read feeds a read of ten bytes from a descriptor.
func (s *story) read(fd int64) *Ctx {
	return s.event(200, evtable.SyscallReadX, i64(10), []byte("0123\n56789"), i64(fd), u32(4096))
}

// open feeds an openat with its result.
func (s *story) open(res, dirfd int64, name string) *Ctx {
	return s.event(200, evtable.SyscallOpenat_2X, i64(res), i64(dirfd), str(name), u32(1), u32(0), u32(0x8801), i64(9))
}

// texts checks fields by their text; "-" stands for no value.
func texts(t *testing.T, c *Ctx, want map[string]string) {
	t.Helper()
	for name, text := range want {
		e, err := ParseExpr(name)
		require.NoError(t, err)
		got, ok := e.Append([]byte(">"), c)
		if !ok {
			require.Equal(t, ">", string(got), "%s leaves something behind", name)
			got = []byte(">-")
		}
		require.Equal(t, ">"+text, string(got), name)
	}
}
