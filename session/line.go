package session

import (
	"sync"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evt"
)

// appendLine appends sysdig's default line for the event in c, without its line end:
//
//	NUM HH:MM:SS.nnnnnnnnn CPU COMM (TID) DIR TYPE ARGS
func appendLine(dst []byte, c *field.Ctx, clock *clock) []byte {
	if c.Packet != nil {
		return appendPacket(dst, c, clock)
	}
	dst = evt.AppendUint(dst, c.Num)
	dst = append(dst, ' ')
	dst = clock.append(dst, c)
	dst = append(dst, ' ')
	dst = evt.AppendInt(dst, int64(int16(c.Ev.CPU)))
	dst = append(dst, ' ')
	if c.T == nil || c.T.Comm == "" {
		dst = append(dst, "<NA>"...)
	} else {
		dst = append(dst, c.T.Comm...)
	}
	dst = append(dst, " ("...)
	dst = evt.AppendInt(dst, c.Ev.TID)
	dst = append(dst, ") "...)
	if c.Ev.Enter() {
		dst = append(dst, '>')
	} else {
		dst = append(dst, '<')
	}
	dst = append(dst, ' ')
	dst = evt.AppendTypeName(dst, &c.Ev, &c.Args)
	dst = append(dst, ' ')
	before := len(dst)
	dst = evt.AppendArgs(dst, &c.Args, &c.Names, &c.Style)
	if len(dst) > before && c.Style.Legacy {
		dst = append(dst, ' ') // sysdigs that showed both halves of calls ended the arguments so
	}
	return dst
}

// appendPacket appends the line of a packet, which has no number among the events: P and its own instead.
func appendPacket(dst []byte, c *field.Ctx, clock *clock) []byte {
	dst = append(dst, 'P')
	dst = evt.AppendUint(dst, c.Packet.Num)
	dst = append(dst, ' ')
	dst = clock.append(dst, c)
	dst = append(dst, " -1 <NA> (-1) > packet "...)
	r := packetArgs()
	dst, _ = r.Append(dst, c)
	return dst
}

// packetArgs is the field that tells what a packet has for arguments.
var packetArgs = sync.OnceValue(func() field.Ref { return field.Must(argsField) })

func appendSeconds(dst []byte, ns uint64) []byte {
	dst = evt.AppendUint(dst, ns/1e9)
	dst = append(dst, '.')
	return evt.AppendNine(dst, ns%1e9)
}
