package evt

import (
	"github.com/scapls/scapls/scapio/evtable"
)

// AppendTypeName appends the name of an event's type: the table's; of a generic event the system call's, of an async
// event its own; "unknown-type-N" for types newer than the table (STATE_ENGINE §8, evt.type).
func AppendTypeName(dst []byte, e *Event, a *Args) []byte {
	t := a.Type
	if t == nil {
		t = e.Info()
	}
	if t == nil {
		dst = append(dst, "unknown-type-"...)
		return AppendUint(dst, uint64(e.Type))
	}
	switch t.ID {
	case evtable.GenericE, evtable.GenericX:
		id, _ := Uint(e.Param(0))
		if id == 0 {
			if nr, ok := Uint(a.Param(1)); ok {
				if s, ok := evtable.Native(evtable.X8664, int(nr)); ok {
					return append(dst, s...)
				}
			}
		}
		if s, ok := evtable.SC(uint16(id)); ok {
			return append(dst, s...)
		}
		return append(dst, "<unknown syscall>"...)
	case evtable.AsynceventE:
		if s, ok := Str(e.Param(1)); ok {
			return append(dst, s...)
		}
	}
	return append(dst, t.Name...)
}
