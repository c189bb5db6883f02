package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

func TestEachMessageHasAnExitAndNoneOfThemLostItsEnter(t *testing.T) {
	m := state.NewMachine()
	m.LoadThreads(scapiotest.Threads())
	n := uint32(0)
	orphan := func(typ uint16) bool {
		n++
		ev := scapiotest.Event(t, n, 200, typ)
		return m.Apply(&ev).Orphan
	}
	for _, enter := range []uint16{evtable.SocketSendmmsgE, evtable.SocketRecvmmsgE} {
		require.False(t, orphan(enter))
		for range 3 {
			require.False(t, orphan(enter+1))
		}
		require.True(t, orphan(evtable.SyscallReadX), "a call of which the enter was lost")
		require.True(t, orphan(enter+1), "so is this one's")
		require.False(t, orphan(evtable.SyscallReadE))
		require.True(t, orphan(enter+1), "another call was entered")
	}
}
