package session

import (
	"sync"
	"time"

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
var packetArgs = sync.OnceValue(func() field.Ref {
	r, err := field.Parse(argsField)
	if err != nil {
		panic(err) // the name is ours
	}
	return r
})

// dateMode is the clock with the date, which lists for people have where sysdig's a has seconds since the epoch.
const dateMode = 'A'

// clock appends times in one of sysdig's modes, or with the date. It remembers the second it wrote last.
type clock struct {
	mode   byte
	loc    *time.Location
	second int64
	text   [32]byte
	n      int
}

func (k *clock) append(dst []byte, c *field.Ctx) []byte {
	switch k.mode {
	case 'a', 'r', 'd', 'D': // as evt.outputtime
		defer func(mode byte) { c.TimeMode = mode }(c.TimeMode)
		c.TimeMode = k.mode
		return c.AppendTime(dst)
	}
	sec := int64(c.TS / 1e9)
	if sec != k.second || k.n == 0 {
		layout := "15:04:05"
		if k.mode == dateMode {
			layout = "2006-01-02 15:04:05"
		}
		k.n = len(time.Unix(sec, 0).In(k.loc).AppendFormat(k.text[:0], layout))
		k.second = sec
	}
	dst = append(dst, k.text[:k.n]...)
	dst = append(dst, '.')
	return evt.AppendNine(dst, c.TS%1e9)
}

func appendSeconds(dst []byte, ns uint64) []byte {
	dst = evt.AppendUint(dst, ns/1e9)
	dst = append(dst, '.')
	return evt.AppendNine(dst, ns%1e9)
}
