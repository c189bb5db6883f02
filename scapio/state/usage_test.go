package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

func TestUsageIsWhatTheLatestEventSaid(t *testing.T) {
	for _, present := range []bool{false, true} {
		m := state.NewMachine()
		if present {
			m = state.NewPresent()
		}
		m.LoadThreads(scapiotest.Threads()) // 1, 2 and 3 KiB, 4 and 5 faults
		n := uint32(0)
		event := func(tid int64, typ uint16, params ...[]byte) {
			n++
			ev := scapiotest.Event(t, n, tid, typ, params...)
			m.Apply(&ev)
		}
		usage := func(tid int64, n uint32) state.Usage {
			v := m.At(n)
			return v.Usage(v.Thread(tid))
		}
		u32, u64 := scapiotest.U32, scapiotest.U64
		require.Equal(t, state.Usage{VMSize: 1, VMRSS: 2, VMSwap: 3, PFMajor: 4, PFMinor: 5}, usage(200, 0))
		event(200, evtable.SyscallMmapX, u64(0x7000), u32(20), u32(21), u32(22), u64(0), u64(9), u32(0), u32(0), u64(3), u64(0))
		event(201, evtable.SyscallMunmapX, u64(0), u32(30), u32(31), u32(32), u64(0), u64(9))
		event(201, evtable.Schedswitch6E, u64(1), u64(7), u64(8), u32(40), u32(41), u32(42))
		event(200, evtable.SyscallBrk4X, u64(0x9000), u32(50), u32(51), u32(52), u64(0))
		require.Equal(t, state.Usage{VMSize: 50, VMRSS: 51, VMSwap: 52, PFMajor: 4, PFMinor: 5}, usage(200, 4))
		require.Equal(t, state.Usage{VMSize: 30, VMRSS: 31, VMSwap: 32, PFMajor: 7, PFMinor: 8}, usage(201, 4))
		event(200, evtable.Procexit1E, u64(0), u64(0), []byte{0}, []byte{0}, u64(0))
		event(201, evtable.Procexit1E, u64(0), u64(0), []byte{0}, []byte{0}, u64(0))
		event(200, evtable.SyscallCloseX, u64(0), u64(3)) // another thread of that number, of which nothing is known
		require.Equal(t, state.Usage{}, usage(200, n))
		if present {
			continue
		}
		require.EqualValues(t, 20, usage(200, 1).VMSize)
		require.EqualValues(t, 20, usage(200, 2).VMSize)
		require.EqualValues(t, 40, usage(200, 3).VMSize, "a switch tells of the main thread's memory")
		held := state.Always
		v := m.At(3).Holding(&held)
		v.Usage(m.At(3).Thread(200))
		require.Equal(t, state.Held{From: 3, To: 4}, held)
	}
}
