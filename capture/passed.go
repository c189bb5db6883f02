package capture

import (
	"encoding/binary"

	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// Descriptors that a process gets in a message (SCM_RIGHTS) are opened by no call: the receiving one tells their numbers
// only. What they are is asked of /proc, while they are open, and told by the calls that would have opened them, marked as
// not to be shown.

const (
	msgcontrol = 4 // the parameter of recvmsg exits
	solSocket  = 1
	scmRights  = 1
	// maxPassed bounds how many are asked for in a second.
	maxPassed = 500
)

// passed tells of the descriptors that a message brought.
func (r *run) passed(e *live.Event) error {
	if r.o.Descriptor == nil || e.Type != evtable.SocketRecvmsgX || r.looked >= maxPassed {
		return nil
	}
	if r.m == nil && r.ev.Decode(e.Raw, true) != nil {
		return nil
	}
	nums := rights(r.ev.Param(msgcontrol))
	for _, num := range nums {
		r.looked++
		fd, ok := r.o.Descriptor(e.TID, num)
		if !ok {
			continue
		}
		for _, c := range state.Opened(&fd, r.listens(&fd)) {
			raw := encode(e.TS, c.Type, c.Params...)
			binary.LittleEndian.PutUint64(raw[8:], uint64(e.TID))
			if r.m != nil {
				r.apply(e.CPU, raw)
			}
			if err := r.write(e.CPU, evt.StateOnly, raw, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// listens reports whether a connection is one that a process of the first state waited for.
func (r *run) listens(fd *scapio.FD) bool {
	if r.ports == nil {
		r.ports = map[uint16]bool{}
		if r.o.First != nil {
			for _, list := range r.o.First.FDs {
				for i := range list {
					if t := list[i].Type; t == scapio.FDIPv4Server || t == scapio.FDIPv6Server {
						r.ports[list[i].SPort] = true
					}
				}
			}
		}
	}
	return r.ports[fd.SPort]
}

// rights returns the descriptors in the control data of a message: of each part its length in eight bytes, level, type.
func rights(b []byte) (nums []int) {
	const head = 16
	for len(b) >= head {
		n := binary.LittleEndian.Uint64(b)
		if n < head || n > uint64(len(b)) {
			return nums
		}
		if binary.LittleEndian.Uint32(b[8:]) == solSocket && binary.LittleEndian.Uint32(b[12:]) == scmRights {
			for fds := b[head:n]; len(fds) >= 4; fds = fds[4:] {
				if fd := int32(binary.LittleEndian.Uint32(fds)); fd >= 0 {
					nums = append(nums, int(fd))
				}
			}
		}
		b = b[min((n+7)&^7, uint64(len(b))):]
	}
	return nums
}
