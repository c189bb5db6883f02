package state

import (
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
)

// handlers says what an event does to the state, by the newest shape of its type (STATE_ENGINE §4, §6, §7).
var handlers = [len(evtable.Types)]func(*ctx){
	evtable.SyscallClone20X:   clone,
	evtable.SyscallFork20X:    clone,
	evtable.SyscallVfork20X:   clone,
	evtable.SyscallClone3X:    clone,
	evtable.SyscallExecve19X:  execve,
	evtable.SyscallExecveatX:  execve,
	evtable.ProcexitE:         procexit,
	evtable.Procexit1E:        procexit,
	evtable.SyscallChdirX:     chdir,
	evtable.SyscallGetcwdX:    chdir,
	evtable.SyscallFchdirX:    fchdir,
	evtable.SyscallSetuidX:    setID(1, false),
	evtable.SyscallSetgidX:    setID(1, true),
	evtable.SyscallSetresuidX: setID(2, false),
	evtable.SyscallSetreuidX:  setID(2, false),
	evtable.SyscallSetresgidX: setID(2, true),
	evtable.SyscallSetregidX:  setID(2, true),
	evtable.SyscallSetsidX:    setsid,
	evtable.SyscallChrootX:    chroot,
	evtable.SyscallPrctlX:     prctl,
	evtable.SyscallGetrlimitX: setLimit(3, 1),
	evtable.SyscallSetrlimitX: setLimit(3, 1),
	evtable.SyscallPrlimitX:   prlimit,
	evtable.SyscallCapsetX:    capset,
	evtable.SyscallUnshareX:   newUser(1),
	evtable.SyscallBrk4X:      mapped,
	evtable.SyscallMmapX:      mapped,
	evtable.SyscallMmap2X:     mapped,
	evtable.SyscallMunmapX:    mapped,
	evtable.Schedswitch6E:     switched,
	evtable.SyscallSetnsX:     newUser(2),

	evtable.SyscallOpenX:           openFD,
	evtable.SyscallCreatX:          creat,
	evtable.SyscallOpenat_2X:       openat(5, 6),
	evtable.SyscallOpenat2X:        openat(6, 7),
	evtable.SyscallOpenByHandleAtX: openByHandle,
	evtable.SyscallCloseX:          closeFD,
	evtable.SyscallCloseRangeX:     closeRange,
	evtable.SyscallDup1X:           dup,
	evtable.SyscallDup2X:           dup,
	evtable.SyscallDup3X:           dup3,
	evtable.SyscallFcntlX:          fcntl,
	evtable.SyscallPipeX:           pipe(-1),
	evtable.SyscallPipe2X:          pipe(4),
	evtable.SyscallEventfdX:        typed(scapio.FDEvent, -1),
	evtable.SyscallEventfd2X:       typed(scapio.FDEvent, 1),
	evtable.SyscallSignalfdX:       typed(scapio.FDSignal, -1),
	evtable.SyscallSignalfd4X:      typed(scapio.FDSignal, 1),
	evtable.SyscallTimerfdCreateX:  typed(scapio.FDTimer, 2),
	evtable.SyscallInotifyInitX:    typed(scapio.FDInotify, -1),
	evtable.SyscallInotifyInit1X:   typed(scapio.FDInotify, 1),
	evtable.SyscallEpollCreateX:    typed(scapio.FDEventpoll, -1),
	evtable.SyscallEpollCreate1X:   typed(scapio.FDEventpoll, 1),
	evtable.SyscallBpf2X:           typed(scapio.FDBPF, -1),
	evtable.SyscallUserfaultfdX:    typed(scapio.FDUserfault, 1),
	evtable.SyscallIoUringSetupX:   typed(scapio.FDIOUring, -1),
	evtable.SyscallMemfdCreateX:    memfd,
	evtable.SyscallPidfdOpenX:      pidfdOpen,
	evtable.SyscallPidfdGetfdX:     pidfdGetfd,

	evtable.SocketSocketX:     socket,
	evtable.SocketSocketpairX: socketpair,
	evtable.SocketBindX:       bind,
	evtable.SocketConnectX:    connect,
	evtable.SocketAccept5X:    accept(-1),
	evtable.SocketAccept46X:   accept(5),
	evtable.SocketRecvX:       transfer(true, 4),
	evtable.SocketRecvfromX:   transfer(true, 2),
	evtable.SocketRecvmsgX:    transfer(true, 3),
	evtable.SocketRecvmmsgX:   transfer(true, 4),
	evtable.SocketSendX:       transfer(false, 4),
	evtable.SocketSendtoX:     transfer(false, 4),
	evtable.SocketSendmsgX:    transfer(false, 4),
	evtable.SocketSendmmsgX:   transfer(false, 4),
}

// joins tells the event types whose newest shape has a handler: only for these are the halves joined.
var joins = func() (t [len(evtable.Types)]bool) {
	for id := range t {
		final := uint16(id)
		for range 16 {
			to, ok := successor(final)
			if !ok {
				break
			}
			final = to
		}
		t[id] = handlers[final] != nil
	}
	return t
}()

// successor returns the type that the converter turns an older one into.
func successor(id uint16) (uint16, bool) {
	for n := range 64 {
		if c, ok := evtable.Convert(id, n); ok && c.Action == evtable.ActChangeType {
			return c.To, true
		}
	}
	return 0, false
}
