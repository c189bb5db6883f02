package capture

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
)

// control returns the control data of a message that brings descriptors.
func control(level, typ uint32, fds ...int32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint64(nil, uint64(16+4*len(fds)))
	b = le.AppendUint32(le.AppendUint32(b, level), typ)
	for _, fd := range fds {
		b = le.AppendUint32(b, uint32(fd))
	}
	return append(b, make([]byte, -len(b)&7)...)
}

func TestDescriptorsInMessages(t *testing.T) {
	require.Equal(t, []int{5, 6, 7}, rights(append(control(1, 1, 5, 6, 7), control(1, 2, 9)...)))
	require.Equal(t, []int{4}, rights(append(control(41, 1, 9), control(1, 1, 4, -1)...)))
	for _, b := range [][]byte{nil, make([]byte, 15), make([]byte, 16), control(1, 1, 5)[:18], append([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, make([]byte, 20)...)} {
		require.Empty(t, rights(b))
	}
}

func TestWhatCameInAMessageIsNamed(t *testing.T) {
	v4 := func(b ...byte) (ip [16]byte) { copy(ip[:], b); return ip }
	sent := map[int]scapio.FD{
		70: {Type: scapio.FDFileV2, Name: "/sent/file", OpenFlags: 3, Dev: 7, Ino: 8},
		71: {Type: scapio.FDDirectory, Name: "/sent/dir"},
		72: {Type: scapio.FDMemfd, Name: "shared"},
		73: {Type: scapio.FDFifo, Ino: 9},
		74: {Type: scapio.FDIPv4Server, SIP: v4(127, 0, 0, 1), SPort: 80, L4: 2},
		75: {Type: scapio.FDIPv4, SIP: v4(10, 0, 0, 1), DIP: v4(10, 0, 0, 2), SPort: 4000, DPort: 443, L4: 2},
		76: {Type: scapio.FDIPv4, SIP: v4(10, 0, 0, 1), DIP: v4(10, 0, 0, 2), SPort: 18080, DPort: 4001, L4: 2}, // a port that python3 listens on
		77: {Type: scapio.FDUnix},
		78: {Type: scapio.FDEvent},
		79: {Type: scapio.FDEventpoll},
		80: {Type: scapio.FDUnsupported},
	}
	for _, rotate := range []uint64{0, 100_000} { // without and with the state
		src, first := repo(t)
		at := 0
		for i := range src.events {
			if src.events[i].Type == evtable.SocketRecvmsgX {
				at = i
			}
		}
		require.NotZero(t, at)
		e := &src.events[at]
		e.Raw = withParam(t, e.Raw, msgcontrol, string(control(1, 1, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81)))
		tid := e.TID
		src.events = src.events[:at+1]
		for num := range uint64(12) { // the process asks for each of them
			raw := encode(e.TS+1+num, evtable.SyscallFstatX, le64(0), le64(70+num))
			binary.LittleEndian.PutUint64(raw[8:], uint64(tid))
			ev := *e
			ev.Type, ev.TS, ev.Raw = evtable.SyscallFstatX, e.TS+1+num, raw
			src.events = append(src.events, ev)
		}
		out := temp(t)
		st := capture(t, Options{Source: src, First: first, Output: Output{Path: out, MaxEvents: rotate}, Descriptor: func(thread int64, num int) (scapio.FD, bool) {
			require.Equal(t, tid, thread)
			fd, ok := sent[num]
			fd.Num = int64(num)
			return fd, ok
		}})
		require.EqualValues(t, len(src.events), st.Matched)
		if rotate > 0 {
			out += "0"
		}
		require.Equal(t, []string{
			"70 file /sent/file", "71 directory /sent/dir", "72 memfd shared", "73 pipe", "74 ipv4 127.0.0.1:80",
			"75 ipv4 10.0.0.1:4000->10.0.0.2:443", "76 ipv4 10.0.0.2:4001->10.0.0.1:18080", "77 unix", "78 event", "79 eventpoll", "80", "81",
		}, trimmed(lines(t, out, "%fd.num %fd.type %fd.name", "evt.type=fstat and fd.num>=70")))
	}
}

func le64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
