//go:build amd64 || arm64

package live

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// made returns a record as the probe makes them.
func made(kind uint8, nr uint16, ret int64, regs []uint64, sections ...section) []byte {
	b := make([]byte, recordHead)
	binary.LittleEndian.PutUint64(b, 1e9)
	if kind == recExit {
		binary.LittleEndian.PutUint64(b[8:], 9e8)
	}
	binary.LittleEndian.PutUint64(b[16:], uint64(ret))
	binary.LittleEndian.PutUint32(b[24:], 4321)
	binary.LittleEndian.PutUint16(b[34:], nr)
	b[36], b[37] = kind, uint8(len(regs))
	for _, v := range regs {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	for _, s := range sections {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(s.data)))
		b = append(append(b, s.op, s.status), s.data...)
		for len(b)%8 != 0 {
			b = append(b, 0)
		}
	}
	binary.LittleEndian.PutUint16(b[32:], uint16(len(b)/8))
	return b
}

type section struct {
	op, status uint8
	data       []byte
}

// number returns the native number of a call.
func numberOf(t testing.TB, name string) uint16 {
	for nr, i := range byNumber {
		if i != 0 && calls[i-1].name == name {
			return uint16(nr)
		}
	}
	t.Skipf("no call %s here", name)
	return 0
}

// FuzzRecord gives the decoder and the encoder any bytes: what comes out must be whole events that decode.
func FuzzRecord(f *testing.F) {
	f.Add(made(recExit, numberOf(f, "read"), 5, []uint64{3, 0x1000, 80}, section{data: []byte("hello")}), false, false)
	f.Add(made(recExit, numberOf(f, "sendmmsg"), 1, []uint64{3, 0x1000, 80}, section{data: make([]byte, 72)}, section{op: 1, data: make([]byte, 4)},
		section{op: 1, data: make([]byte, 8)}, section{op: 1, data: []byte("x")}, section{op: 1}, section{op: 1}), true, false)
	f.Add(made(recExit, numberOf(f, "execve"), 0, []uint64{1, 2, 3}, section{op: 1, data: make([]byte, procSize)}, section{op: 1, data: []byte("a\x00b\x00")}), false, true)
	f.Add(made(recEnter, numberOf(f, "execve"), 0, []uint64{1, 2, 3}, section{data: []byte("/bin/true\x00")}), false, false)
	f.Add(made(recFork, 0, 0, nil, section{data: make([]byte, procSize)}, section{}, section{data: []byte("a\x00")}), false, false)
	f.Add(made(recExec, 0, 0, nil, section{data: make([]byte, procSize)}), false, false)
	f.Add(made(recProcExit, 0, 0, []uint64{0x8b, 1}), false, false)
	f.Add(made(recSwitch, 0, 0, make([]uint64, 6)), true, true)
	f.Add(made(recSignal, 0, 0, make([]uint64, 2)), true, true)
	f.Add(made(recFault, 0, 0, make([]uint64, 3)), true, true)
	f.Add(made(recExit, 511, 0, nil), true, false)
	f.Add([]byte{1, 2, 3}, false, false)
	for _, c := range calls {
		f.Add(made(recExit, numberOf(f, "getuid"), -1, nil), false, c.flags != 0)
		break
	}
	f.Fuzz(func(t *testing.T, b []byte, exitOnly, newest bool) {
		e := newEncoder(&byNumber, newest, exitOnly, 1)
		var r record
		for range 2 { // what one record leaves behind must not hurt the next
			if r.decode(b) != nil {
				return
			}
			e.encode(&r)
			for i := range e.events {
				whole(t, &e.events[i])
			}
		}
	})
}

// whole checks an event that the encoder made.
func whole(t *testing.T, ev *Event) {
	t.Helper()
	var e evt.Event
	require.NoError(t, e.Decode(ev.Raw, true))
	require.Len(t, ev.Raw, len(e.Raw), "the event's length is its own")
	require.LessOrEqual(t, len(ev.Raw), maxEvent)
	typ := evtable.Lookup(e.Type)
	require.NotNil(t, typ)
	require.LessOrEqual(t, e.N, len(typ.Params))
	if e.N > 0 {
		_, end := e.Range(e.N - 1)
		require.Len(t, ev.Raw, end, "nothing lies behind the last parameter")
	}
	for i := range e.N {
		if size := typ.Params[i].Type.Size(); size != 0 {
			require.Len(t, e.Param(i), size, "%s.%s", typ.PPME, typ.Params[i].Name)
		}
	}
}

// TestEveryCallMakesWholeEvents gives each call's rules records with and without what the probe reads.
func TestEveryCallMakesWholeEvents(t *testing.T) {
	for _, newest := range []bool{false, true} {
		e := newEncoder(&byNumber, newest, false, 0)
		for nr := range uint16(maxCalls) {
			for _, fill := range []int{0, 1, 8, 176, 300} {
				for _, ret := range []int64{-2, 0, 3} {
					var r record
					require.NoError(t, r.decode(made(recExit, nr, ret, make([]uint64, 6), sections(fill)...)))
					e.encode(&r)
					require.GreaterOrEqual(t, len(e.events), 2)
					for i := range e.events {
						whole(t, &e.events[i])
					}
				}
			}
		}
	}
}

// TestTheEndOfExecveIsToldWithoutItsCall is how arm64 has it: there a program that begins leaves no call to end.
func TestTheEndOfExecveIsToldWithoutItsCall(t *testing.T) {
	info := make([]byte, procSize)
	binary.LittleEndian.PutUint32(info[procPID:], 4321)
	copy(info[procComm:], "true")
	e := newEncoder(&byNumber, false, true, 0)
	var r record
	require.NoError(t, r.decode(made(recEnter, numberOf(t, "execve"), 0, []uint64{1, 2, 3}, section{data: []byte("./true\x00")})))
	e.encode(&r)
	require.Empty(t, e.events, "exits only")
	list := []section{{data: info}, {data: []byte("true\x00-x\x00")}, {data: []byte("a\x00b\x00")}, {status: secCut}, {status: secNone}, {data: []byte("c\x00")}, {}}
	list = append(list, section{data: []byte("E=1\x00")}, section{data: []byte("true\x00bin\x00")})
	require.NoError(t, r.decode(made(recExec, 0, 0, nil, list...)))
	e.encode(&r)
	require.Len(t, e.events, 1)
	whole(t, &e.events[0])
	text := argsOf(t, &e.events[0])
	for _, want := range []string{
		"res=0 exe=true args=-x. tid=4321 pid=4321 ", " comm=true cgroups=cpuset=/b/a.cpu=/b/a.io=/c.memory=/. env=E=1. ", " trusted_exepath=/bin/true ", " filename=./true",
	} {
		require.Contains(t, text, want)
	}
	list = list[:7]
	require.NoError(t, r.decode(made(recFork, 0, 0, nil, list...)))
	e.encode(&r)
	require.Len(t, e.events, 1)
	require.Contains(t, argsOf(t, &e.events[0]), "res=0 exe=true args=-x. tid=4321 pid=4321 ")
}

func argsOf(t *testing.T, ev *Event) string {
	t.Helper()
	var e evt.Event
	require.NoError(t, e.Decode(ev.Raw, true))
	var a evt.Args
	a.Load(&e)
	return string(evt.AppendArgs(nil, &a, nil, nil))
}

func sections(size int) []section {
	var list []section
	for op := range uint8(maxOps) {
		for range 10 {
			list = append(list, section{op: op, data: make([]byte, size)})
		}
	}
	return list
}
