package evt

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/scapls/scapls/scapio/evt/internal/oracle"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/stretchr/testify/require"
)

// encode builds an event with a parameter count in its header.
func encode(typ uint16, params ...[]byte) []byte {
	raw := make([]byte, HeaderV2)
	binary.LittleEndian.PutUint64(raw, 1700000000000000000)
	binary.LittleEndian.PutUint64(raw[8:], 100)
	binary.LittleEndian.PutUint16(raw[20:], typ)
	binary.LittleEndian.PutUint32(raw[22:], uint32(len(params)))
	for _, p := range params {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(len(p)))
	}
	for _, p := range params {
		raw = append(raw, p...)
	}
	binary.LittleEndian.PutUint32(raw[16:], uint32(len(raw)))
	return raw
}

func event(t testing.TB, typ uint16, params ...[]byte) *Event {
	t.Helper()
	e := new(Event)
	require.NoError(t, e.Decode(encode(typ, params...), true))
	return e
}

func TestAnExitTakesWhatItsEnterHalfHeld(t *testing.T) {
	exit := event(t, evtable.SyscallReadX, le64(3), []byte("abc"))
	var a Args
	require.True(t, a.Join(exit, event(t, evtable.SyscallReadE, le64(7), le32(4096))))
	require.Equal(t, "res=3 data=abc fd=7 size=4096", string(AppendArgs(nil, &a, nil, nil)))

	t.Run("without one it gets defaults", func(t *testing.T) {
		require.True(t, a.Join(exit, nil))
		require.Equal(t, "res=3 data=abc fd=0 size=0", string(AppendArgs(nil, &a, nil, nil)))
	})
	t.Run("one of another call does not count", func(t *testing.T) {
		require.True(t, a.Join(exit, event(t, evtable.SyscallWriteE, le64(7), le32(4096))))
		require.Equal(t, "res=3 data=abc fd=0 size=0", string(AppendArgs(nil, &a, nil, nil)))
	})
	t.Run("one that is cut short falls back", func(t *testing.T) {
		require.True(t, a.Join(exit, event(t, evtable.SyscallReadE, le64(7))))
		require.Equal(t, "res=3 data=abc fd=7 size=0", string(AppendArgs(nil, &a, nil, nil)))
	})
	t.Run("an exit of today stays as it is", func(t *testing.T) {
		require.True(t, a.Join(event(t, evtable.SyscallReadX, le64(3), []byte("abc"), le64(9), le32(1)), nil))
		require.Equal(t, "res=3 data=abc fd=9 size=1", string(AppendArgs(nil, &a, nil, nil)))
	})
}

func TestAnOldShapeBecomesTheNewest(t *testing.T) {
	var a Args
	enter := event(t, evtable.SyscallBrk1E, le32(16)) // its size lands in vm_size, as with the peers
	require.True(t, a.Join(event(t, evtable.SyscallBrk1X, le64(32)), enter))
	require.Equal(t, evtable.SyscallBrk4X, a.Type.ID)
	require.Equal(t, "res=20 vm_size=16 vm_rss=<NA> vm_swap=<NA> addr=<NA>", string(AppendArgs(nil, &a, nil, nil)))

	params := make([][]byte, 8)
	params[0], params[1] = le64(0), str("sh")
	require.True(t, a.Join(event(t, evtable.SyscallExecve8X, params...), event(t, evtable.SyscallExecve8E)))
	require.Equal(t, evtable.SyscallExecve19X, a.Type.ID)
	require.Equal(t, len(a.Type.Params), a.N)
}

func TestEnterHalvesAreDroppedOrShown(t *testing.T) {
	var a Args
	for _, tt := range []struct {
		name         string
		e            *Event
		shown, saved bool
	}{
		{"a plain one is kept for its exit", event(t, evtable.SyscallReadE, le64(1), le32(1)), false, true},
		{"connect is kept and shown", event(t, evtable.SocketConnectE, le64(1), []byte{}), true, true},
		{"connect of old too", event(t, evtable.SocketConnectE, le64(1)), true, true},
		{"open is shown", event(t, evtable.SyscallOpenE), true, false},
		{"one without use is dropped", event(t, evtable.SyscallFork20E), false, false},
		{"a tracepoint passes", event(t, evtable.Procexit1E, le64(0)), true, false},
		{"an unknown type passes", event(t, 60000, le64(0)), true, false},
		{"a container of 2015 passes", event(t, evtable.ContainerE, str("x"), le32(0), str("n"), str("i")), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.shown, a.Join(tt.e, nil))
			require.Equal(t, tt.saved, tt.e.Stored())
		})
	}
}

func TestTypeNumbersOfAShortLifeAreRecognised(t *testing.T) {
	var a Args
	bpf := event(t, evtable.SyscallExecve19E, le64(5))
	require.Equal(t, evtable.SyscallBpfE, bpf.Type)
	exit := event(t, evtable.SyscallExecve19X, cat([]byte{1}, le64(-1)))
	require.Equal(t, evtable.SyscallBpfX, exit.Type)
	require.True(t, a.Join(exit, bpf))
	require.Equal(t, "fd=-1(EPERM) cmd=5(BPF_PROG_LOAD)", string(AppendArgs(nil, &a, nil, nil)))

	sec := event(t, evtable.SyscallSetpgidE, le64(1))
	require.Equal(t, evtable.SyscallSeccompE, sec.Type)
	require.True(t, a.Join(event(t, evtable.SyscallSetpgidX, le64(0)), sec))
	require.Equal(t, "seccomp", a.Type.Name)

	require.Equal(t, evtable.SyscallExecve19E, event(t, evtable.SyscallExecve19E, str("/bin/ls")).Type)
	require.Equal(t, evtable.SyscallSetpgidE, event(t, evtable.SyscallSetpgidE, le64(1), le64(2)).Type)

	a.Load(event(t, evtable.Schedswitch6E, le64(7), le32(1), le32(2), le32(3), le32(4)))
	require.Equal(t, "next=7 pgft_maj=1 pgft_min=2 next_pgft_maj=3 next_pgft_min=4", string(AppendArgs(nil, &a, nil, nil)))
}

func TestEveryRowOfTheConverterEndsInTheNewestShape(t *testing.T) {
	var a Args
	for id := range evtable.Types {
		typ := &evtable.Types[id]
		for n := 0; n <= len(typ.Params); n++ {
			c, ok := evtable.Convert(typ.ID, n)
			if !ok || c.Action != evtable.ActAddParams && c.Action != evtable.ActChangeType {
				continue
			}
			params := make([][]byte, n)
			e := event(t, typ.ID, params...)
			if a.Join(e, nil) {
				want := len(a.Type.Params)
				if a.Type.ID == evtable.SyscallFcntlX || a.Type.ID == evtable.SocketSocketX {
					want-- // their last parameter is never made up
				}
				require.Equal(t, want, a.N, "%s with %d parameters", typ.PPME, n)
				if !a.Type.Enter {
					require.Zero(t, a.Type.Flags&evtable.EFOldVersion, "%s ends in %s", typ.PPME, a.Type.PPME)
				}
			}
		}
	}
}

func TestJoiningAndPrintingAllocatesNothing(t *testing.T) {
	exit := event(t, evtable.SyscallReadX, le64(3), []byte("abc"))
	enter := event(t, evtable.SyscallReadE, le64(3), le32(4096))
	old := event(t, evtable.SyscallBrk1X, le64(32))
	var a Args
	buf := make([]byte, 0, 4096)
	n := Names(world{})
	require.Zero(t, testing.AllocsPerRun(100, func() {
		a.Join(exit, enter)
		buf = AppendArgs(buf[:0], &a, n, nil)
		a.Join(old, nil)
		buf = AppendArgs(buf[:0], &a, n, nil)
	}))
}

func FuzzDecodeText(f *testing.F) {
	f.Add(encode(evtable.SyscallReadX, le64(3), []byte("abc")), encode(evtable.SyscallReadE, le64(7), le32(4096)), true)
	f.Add(encode(evtable.SyscallPollX, le64(3), cat(le16(9), le64(3))), []byte{}, true)
	f.Add(encode(evtable.SyscallOpenat2X, le64(3), le64(5), str("../x"), le32(7)), []byte{}, true)
	f.Add(encode(evtable.SocketSetsockoptX, le64(3), le64(5), []byte{1}, []byte{2}, []byte{9, 1}, le32(3)), []byte{}, true)
	f.Add(encode(evtable.SyscallExecve8X, le64(0), str("sh"), str("a")), encode(evtable.SyscallExecve8E), true)
	f.Add(encode(evtable.Schedswitch6E, le64(7))[:30], []byte{}, false)
	f.Fuzz(func(t *testing.T, exit, enter []byte, v2 bool) {
		var e, first Event
		if e.Decode(exit, v2) != nil {
			return
		}
		var stored *Event
		if first.Decode(enter, v2) == nil {
			stored = &first
			stored.Stored()
		}
		var a Args
		for range 2 {
			a.Join(&e, stored)
			AppendArgs(nil, &a, nil, nil)
			AppendArgs(nil, &a, world{}, &Style{BufLimit: 1, Legacy: true})
			stored = nil
		}
		a.Load(&e)
		AppendArgs(nil, &a, world{}, nil)
		for i := range a.N {
			AppendArg(nil, &a, i, world{}, nil)
		}
	})
}

func BenchmarkJoinRead(b *testing.B) {
	exit := event(b, evtable.SyscallReadX, le64(3), []byte("abc"))
	enter := event(b, evtable.SyscallReadE, le64(3), le32(4096))
	var a Args
	for b.Loop() {
		a.Join(exit, enter)
	}
}

func BenchmarkAppendArgsRead(b *testing.B) {
	var a Args
	a.Join(event(b, evtable.SyscallReadX, le64(3), make([]byte, 80)), event(b, evtable.SyscallReadE, le64(3), le32(4096)))
	buf := make([]byte, 0, 4096)
	n := Names(world{})
	for b.Loop() {
		buf = AppendArgs(buf[:0], &a, n, nil)
	}
}

func BenchmarkAppendArgsOpenat(b *testing.B) {
	var a Args
	a.Load(event(b, evtable.SyscallOpenat_2X, le64(3), le64(-100), str("etc/passwd"), le32(4097), le32(0), le32(0x32), le64(12345)))
	buf := make([]byte, 0, 4096)
	n := Names(world{})
	for b.Loop() {
		buf = AppendArgs(buf[:0], &a, n, nil)
	}
}

func BenchmarkRealCapture(b *testing.B) {
	data := oracle.Read(b, filepath.Join(oracle.Shared(b), "captures", "live_old-mixed-z.scap"))
	var events []Event
	oracle.Events(data, func(raw []byte, v2 bool) {
		var e Event
		if e.Decode(raw, v2) == nil {
			events = append(events, e)
		}
	})
	if len(events) > 50000 {
		events = events[:50000]
	}
	buf := make([]byte, 0, 1<<16)
	n := Names(world{})
	var a Args
	b.Run("load and print", func(b *testing.B) {
		for b.Loop() {
			for i := range events {
				a.Load(&events[i])
				buf = AppendArgs(buf[:0], &a, n, nil)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
	})
	b.Run("decode and join", func(b *testing.B) {
		var e Event
		for b.Loop() {
			for i := range events {
				_ = e.Decode(events[i].Raw, true)
				a.Join(&e, nil)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
	})
}
