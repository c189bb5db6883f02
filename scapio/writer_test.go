package scapio_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// one returns the only block that f writes.
func one(t *testing.T, f func(w *scapio.Writer) error) scapio.Block {
	t.Helper()
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		require.NoError(t, w.Section())
		require.NoError(t, f(w))
	})
	r := scapio.NewReader(bytes.NewReader(b))
	_, err := r.Next()
	require.NoError(t, err)
	blk, err := r.Next()
	require.NoError(t, err)
	require.EqualValues(t, len(b), r.Offset())
	require.Zero(t, blk.Len%4)
	return blk
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	t.Run("a machine", func(t *testing.T) {
		m := scapio.Machine{CPUs: 8, Memory: 1 << 40, MaxPID: 4 << 20, Hostname: "a-host", BootTime: 12345, Flags: 3}
		blk := one(t, func(w *scapio.Writer) error { return w.Machine(m) })
		require.EqualValues(t, 192, blk.Len)
		got, err := scapio.ParseMachine(blk.Body)
		require.NoError(t, err)
		require.Equal(t, m, got)
	})
	for _, typ := range []scapio.BlockType{scapio.InterfaceListV2, scapio.InterfaceListV1, scapio.InterfaceListV1Int} {
		t.Run(typ.String(), func(t *testing.T) {
			blk := one(t, func(w *scapio.Writer) error { return w.InterfacesAs(typ, scapiotest.Interfaces()) })
			got, err := scapio.ParseInterfaces(blk.Type, blk.Body)
			require.NoError(t, err)
			require.Equal(t, scapiotest.Interfaces(), got)
		})
	}
	for _, typ := range []scapio.BlockType{scapio.UserListV2, scapio.UserListV1, scapio.UserListV1Int} {
		t.Run(typ.String(), func(t *testing.T) {
			users, groups := scapiotest.Users()
			blk := one(t, func(w *scapio.Writer) error { return w.UsersAs(typ, users, groups) })
			u, g, err := scapio.ParseUsers(blk.Type, blk.Body)
			require.NoError(t, err)
			require.Equal(t, users, u)
			require.Equal(t, groups, g)
		})
	}
	for _, typ := range []scapio.BlockType{scapio.FDListV2, scapio.FDListV1, scapio.FDListV1Int} {
		t.Run(typ.String(), func(t *testing.T) {
			want := scapiotest.FDs()
			if typ != scapio.FDListV2 {
				want[5].Dev = 0 // was not stored
			}
			blk := one(t, func(w *scapio.Writer) error { return w.FDsAs(typ, 42, want) })
			tid, got, err := scapio.ParseFDs(blk.Type, blk.Body)
			require.NoError(t, err)
			require.EqualValues(t, 42, tid)
			require.Equal(t, want, got)
		})
	}
	t.Run("a thread without descriptors", func(t *testing.T) {
		blk := one(t, func(w *scapio.Writer) error { return w.FDs(42, nil) })
		tid, got, err := scapio.ParseFDs(blk.Type, blk.Body)
		require.NoError(t, err)
		require.EqualValues(t, 42, tid)
		require.Empty(t, got)
	})
}

// older is t as process lists of version v hold it.
func older(t scapio.Thread, v int) scapio.Thread {
	if v < 9 {
		t = withTail(t, 0)
	}
	if v < 8 {
		t.VPGID = -1
	}
	if v < 7 {
		t.ExePath = ""
	}
	if v < 6 {
		t.SID = -1
	}
	if v < 5 {
		t.Root = ""
	}
	if v < 4 {
		t.VTID, t.VPID, t.Cgroups = -1, -1, ""
	}
	if v < 3 {
		t.Env = ""
	}
	if v < 2 {
		t.VMSize, t.VMRSS, t.VMSwap, t.PFMajor, t.PFMinor = 0, 0, 0, 0, 0
	}
	return t
}

// withTail is t as a list entry with only n bytes behind the root path holds it, for the lengths writers used.
func withTail(t scapio.Thread, n int) scapio.Thread {
	if n < 76 {
		t.PGID = -1
	}
	if n < 68 {
		t.ExeLower = false
	}
	if n < 67 {
		t.ExeMemfd = false
	}
	if n < 66 {
		t.ExeUpper, t.ExeIno, t.ExeCtime, t.ExeMtime, t.PIDNSInitStart, t.TTY = false, 0, 0, 0, 0, 0
	}
	if n < 29 {
		t.CapInheritable, t.CapPermitted, t.CapEffective = 0, 0, 0
	}
	if n < 5 {
		t.ExeWritable = false
	}
	if n < 4 {
		t.LoginUID = ^uint32(0)
	}
	return t
}

func TestProcessListsOfEveryVersionAreRead(t *testing.T) {
	for typ, v := range map[scapio.BlockType]int{
		scapio.ProcListV1: 1, scapio.ProcListV2: 2, scapio.ProcListV3: 3, scapio.ProcListV4: 4, scapio.ProcListV5: 5,
		scapio.ProcListV6: 6, scapio.ProcListV7: 7, scapio.ProcListV8: 8, scapio.ProcListV9: 9,
		scapio.ProcListV1Int: 1, scapio.ProcListV2Int: 2, scapio.ProcListV3Int: 3,
	} {
		t.Run(typ.String(), func(t *testing.T) {
			require.Equal(t, v, scapio.ProcListVersion(typ))
			blk := one(t, func(w *scapio.Writer) error { return w.ThreadsAs(typ, scapiotest.Threads(), 76) })
			got, err := scapio.ParseThreads(blk.Type, blk.Body)
			require.NoError(t, err)
			require.Len(t, got, 4)
			for i, th := range scapiotest.Threads() {
				require.Equal(t, older(th, v), got[i])
			}
		})
	}
	for _, n := range []int{0, 4, 5, 29, 66, 67, 68, 76} {
		t.Run(fmt.Sprintf("version 9 with a tail of %d bytes, as writers made it", n), func(t *testing.T) {
			blk := one(t, func(w *scapio.Writer) error { return w.ThreadsAs(scapio.ProcListV9, scapiotest.Threads(), n) })
			got, err := scapio.ParseThreads(blk.Type, blk.Body)
			require.NoError(t, err)
			require.Len(t, got, 4)
			for i, th := range scapiotest.Threads() {
				want := withTail(th, n)
				if n == 66 {
					want.PIDNSInitStart, want.TTY = th.PIDNSInitStart, th.TTY
				}
				require.Equal(t, want, got[i])
			}
		})
	}
	t.Run("version 9 with a tail of any length", func(t *testing.T) {
		for n := range 80 {
			blk := one(t, func(w *scapio.Writer) error { return w.ThreadsAs(scapio.ProcListV9, scapiotest.Threads(), n) })
			got, err := scapio.ParseThreads(blk.Type, blk.Body)
			require.NoError(t, err)
			require.Len(t, got, 4)
			require.Equal(t, "worker", got[3].Comm)
			require.Equal(t, "/", got[3].Root)
		}
	})
	t.Run("version 9 with bytes of a later version behind its tail", func(t *testing.T) {
		blk := one(t, func(w *scapio.Writer) error {
			return w.Block(scapio.ProcListV9, longer(t, scapiotest.Threads(), 24))
		})
		got, err := scapio.ParseThreads(blk.Type, blk.Body)
		require.NoError(t, err)
		require.Equal(t, scapiotest.Threads(), got)
	})
}

// longer is the body of a process list whose entries hold n more bytes than this version knows.
func longer(t *testing.T, list []scapio.Thread, n int) (body []byte) {
	for i := range list {
		blk := one(t, func(w *scapio.Writer) error { return w.Threads(list[i : i+1]) })
		size := int(blk.Body[0]) | int(blk.Body[1])<<8
		e := append(bytes.Clone(blk.Body[:size]), make([]byte, n)...)
		e[0], e[1] = byte(size+n), byte((size+n)>>8)
		body = append(body, e...)
	}
	return body
}

func TestStringsBeyondWhatReadersTakeAreCut(t *testing.T) {
	long := strings.Repeat("x", 70000)
	th := scapio.Thread{Comm: long, Exe: long, ExePath: long, Cwd: long, Root: long, Args: long, Env: long, Cgroups: long, PGID: 7}
	blk := one(t, func(w *scapio.Writer) error { return w.Threads([]scapio.Thread{th}) })
	got, err := scapio.ParseThreads(blk.Type, blk.Body)
	require.NoError(t, err)
	for _, s := range []string{got[0].Comm, got[0].Exe, got[0].ExePath, got[0].Cwd, got[0].Root} {
		require.Len(t, s, 1024)
	}
	for _, s := range []string{got[0].Args, got[0].Env, got[0].Cgroups} {
		require.Len(t, s, 4096)
	}
	require.EqualValues(t, 7, got[0].PGID)

	blk = one(t, func(w *scapio.Writer) error {
		return w.Users([]scapio.User{{Name: long, Home: long, Shell: long}}, []scapio.Group{{Name: long}})
	})
	users, groups, err := scapio.ParseUsers(blk.Type, blk.Body)
	require.NoError(t, err)
	require.Len(t, users[0].Shell, 255)
	require.Len(t, groups[0].Name, 255)

	blk = one(t, func(w *scapio.Writer) error { return w.Machine(scapio.Machine{Hostname: long, BootTime: 9}) })
	m, err := scapio.ParseMachine(blk.Body)
	require.NoError(t, err)
	require.Len(t, m.Hostname, 127)
	require.EqualValues(t, 9, m.BootTime)
}

func decode(t *testing.T, blk scapio.Block) *evt.Event {
	t.Helper()
	cpu, flags, raw, err := scapio.EventBody(blk.Type, blk.Body)
	require.NoError(t, err)
	ev := &evt.Event{CPU: cpu, Flags: flags}
	require.NoError(t, ev.Decode(raw, blk.Type.HasCount()))
	return ev
}

func TestEventsGoIntoTheBlockOfTheirKind(t *testing.T) {
	for _, c := range []struct {
		name  string
		typ   uint16
		flags uint32
		block scapio.BlockType
	}{
		{"a plain event", evtable.SyscallReadX, 0, scapio.EventV2},
		{"one with flags", evtable.SyscallReadX, 1, scapio.EventFlagsV2},
		{"a large one", evtable.ContainerJson2E, 0, scapio.EventV2Large},
		{"a large one with flags", evtable.ContainerJson2E, 1, scapio.EventFlagsLarge},
		{"one of a type that is not known", 9999, 0, scapio.EventV2},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := range 9 { // every padding
				p := bytes.Repeat([]byte{7}, n)
				blk := one(t, func(w *scapio.Writer) error { return w.Event(3, c.flags, 5, -1, c.typ, p, nil, p) })
				require.Equal(t, c.block, blk.Type)
				if c.typ == 9999 {
					continue
				}
				ev := decode(t, blk)
				require.Equal(t, []any{uint16(3), c.flags, uint64(5), int64(-1), c.typ, 3}, []any{ev.CPU, ev.Flags, ev.TS, ev.TID, ev.Type, ev.N})
				require.Equal(t, p, ev.Param(2))
			}
		})
	}
	t.Run("an encoded event keeps its options behind it", func(t *testing.T) {
		blk := one(t, func(w *scapio.Writer) error {
			return w.Event(0, 0, 1, 2, evtable.SyscallCloseX, []byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
		})
		_, _, raw, err := scapio.EventBody(blk.Type, blk.Body)
		require.NoError(t, err)
		raw = bytes.Clone(raw[:26+2+9])
		blk = one(t, func(w *scapio.Writer) error { return w.RawEvent(1, 0, raw, scapio.CommentOption("see here")) })
		ev := decode(t, blk)
		require.Equal(t, raw, ev.Raw)
		require.Equal(t, "see here", scapio.Comment(blk.Body[(2+len(raw)+3)&^3:]))
	})
	t.Run("one that is too large is refused and the writer goes on", func(t *testing.T) {
		var b bytes.Buffer
		w := scapio.NewWriter(&b)
		require.NoError(t, w.Section())
		at := b.Len()
		require.ErrorIs(t, w.Event(0, 0, 1, 2, evtable.SyscallReadX, nil, make([]byte, 70000)), scapio.ErrTooLarge)
		require.ErrorIs(t, w.Event(0, 0, 1, 2, evtable.SyscallReadX, nil, make([]byte, 65530)), scapio.ErrTooLarge)
		require.Equal(t, at, b.Len())
		require.NoError(t, w.Event(0, 0, 1, 2, evtable.ContainerJson2E, make([]byte, 70000)))
		require.NoError(t, w.Err())
	})
}

type full struct{ n int }

var errDisk = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func TestAWriterKeepsItsFirstError(t *testing.T) {
	w := scapio.NewWriter(&full{300})
	scapiotest.Lists(w)
	require.ErrorIs(t, w.Err(), errDisk)
	require.ErrorIs(t, w.Event(0, 0, 0, 0, 0), errDisk)
}

func TestPacketsAreWrittenWithTheirTime(t *testing.T) {
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		require.NoError(t, w.Section())
		require.NoError(t, w.PacketInterface(scapio.PacketInterface{LinkType: 1, SnapLen: 262144, Name: "eth0"}))
		require.NoError(t, w.Packet(scapio.Packet{TS: scapiotest.T0 + 1, Len: 1500, Data: []byte("frame")}, scapio.CommentOption("x")))
	})
	r := scapio.NewReader(bytes.NewReader(b))
	_, err := r.Next()
	require.NoError(t, err)
	blk, err := r.Next()
	require.NoError(t, err)
	i, err := scapio.ParsePacketInterface(blk.Body)
	require.NoError(t, err)
	require.Equal(t, "eth0", i.Name)
	blk, err = r.Next()
	require.NoError(t, err)
	p, err := scapio.ParsePacket(blk.Type, blk.Body, []scapio.PacketInterface{i})
	require.NoError(t, err)
	require.Equal(t, scapio.Packet{TS: scapiotest.T0 + 1, Len: 1500, Data: []byte("frame")}, p)
}

func TestV1EventsGetTheirParameterCountBack(t *testing.T) {
	for _, typ := range []scapio.BlockType{scapio.EventV1, scapio.EventV1Int, scapio.EventFlagsV1} {
		for id := range uint16(evtable.NumTypes) {
			info := evtable.Lookup(id)
			for n := 0; n <= len(info.Params); n++ {
				params := make([][]byte, n)
				for i := range params {
					params[i] = bytes.Repeat([]byte{0xEE}, 8) // lengths that are no lengths
				}
				blk := one(t, func(w *scapio.Writer) error { return w.EventAs(typ, 1, 0, 2, 3, id, params...) })
				ev := decode(t, blk)
				require.Equal(t, n, ev.N, "%s with %d parameters", info.PPME, n)
				for i := range params {
					require.Equal(t, params[i], ev.Param(i))
				}
			}
		}
	}
}
