package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

func TestACopyIsWhatTheEventIsAboutAndOfTheUnknownThereIsNone(t *testing.T) {
	u32, u64 := scapiotest.U32, scapiotest.U64
	for _, c := range []struct {
		old, returned int64
		num           int64
		name          string
	}{
		{16, 1, 1, "/etc/passwd"},
		{16, 16, 16, "/etc/passwd"},
		{10, 1, 10, ""}, // a shell that gives back its output when the capture has only begun
		{10, 10, 10, ""},
		{16, -9, 16, "/etc/passwd"},
		{10, -9, 10, ""},
	} {
		for typ, params := range map[uint16][][]byte{
			evtable.SyscallDup2X:  {u64(uint64(c.returned)), u64(uint64(c.old)), u64(uint64(c.returned))},
			evtable.SyscallDup3X:  {u64(uint64(c.returned)), u64(uint64(c.old)), u64(uint64(c.returned)), u32(0)},
			evtable.SyscallDup1X:  {u64(uint64(c.returned)), u64(uint64(c.old))},
			evtable.SyscallFcntlX: {u64(uint64(c.returned)), u64(uint64(c.old)), {1}},
		} {
			m := state.NewMachine()
			m.LoadThreads(scapiotest.Threads())
			m.LoadFDs(200, append(scapiotest.FDs(), scapio.FD{Num: 1, Type: scapio.FDFileV2, Name: "/dev/null"}))
			ev := scapiotest.Event(t, 1, 200, typ, params...)
			f := m.Apply(&ev)
			require.Equal(t, c.num, f.FDNum, "%d: %+v", typ, c)
			if c.name == "" {
				require.Nil(t, f.FD, "%d: %+v", typ, c)
			} else {
				require.Equal(t, c.name, f.FD.Name, "%d: %+v", typ, c)
			}
		}
	}
}
