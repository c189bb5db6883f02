// Package evt is one scap event: its header, its parameters as sub-slices of the block it came from, the converter
// that joins an enter event's arguments to its exit, and the text of a parameter.
package evt

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/scapls/scapls/scapio/evtable"
)

// MaxParams is the largest number of parameters an event may carry here. The largest of any released table is 32;
// what lies beyond is refused as damage.
const MaxParams = 64

// Event header sizes (SCAP_FORMAT §9): without and with the parameter count.
const (
	HeaderV1 = 22
	HeaderV2 = 26
)

// Event is one decoded event. Raw and all parameters borrow the block's buffer: they are valid until the next read.
type Event struct {
	Num   uint32 // number in the file, from 1
	TS    uint64 // ns since the epoch
	TID   int64  // -1 for meta events
	CPU   uint16 // 0xFFFF reads as -1
	Type  uint16 // PPME number
	Flags uint32 // block flags; bit 0 STATE_ONLY
	N     int    // parameters in the file

	Raw  []byte // header and parameters, without the cpu id
	Head int    // where the length array starts in Raw
	off  [MaxParams + 1]uint32
}

// StateOnly is the block flag of events that were kept for the state and are never shown.
const StateOnly = 1

var errShort = errors.New("event is shorter than its header")

// Decode reads the event in raw (which starts at the timestamp). v2 says that the header carries a parameter count.
// It sets every field but Num, CPU and Flags. It never reads outside raw; an error says what lies.
func (e *Event) Decode(raw []byte, v2 bool) error {
	head := HeaderV1
	if v2 {
		head = HeaderV2
	}
	if len(raw) < head {
		return errShort
	}
	e.TS = binary.LittleEndian.Uint64(raw)
	e.TID = int64(binary.LittleEndian.Uint64(raw[8:]))
	length := binary.LittleEndian.Uint32(raw[16:])
	e.Type = binary.LittleEndian.Uint16(raw[20:])
	if e.Type == 280 || e.Type == 286 { // written three bytes too long by V1 writers
		if !v2 && length >= head3 {
			length -= 3
		}
	}
	if uint64(length) > uint64(len(raw)) || int(length) < head {
		return fmt.Errorf("event length %d does not fit its block of %d bytes", length, len(raw))
	}
	e.Raw, e.Head = raw[:length], head
	width := 2
	t := evtable.Lookup(e.Type)
	if t != nil && t.Flags&evtable.EFLargePayload != 0 {
		width = 4
	}
	if v2 {
		n := binary.LittleEndian.Uint32(raw[22:])
		if n > MaxParams || head+int(n)*width > int(length) {
			return fmt.Errorf("event has %d parameters in %d bytes", n, length)
		}
		if err := e.layout(int(n), width); err != nil {
			return err
		}
		e.rename()
		return nil
	}
	n := 0
	if t != nil {
		n = len(t.Params)
	}
	for ; n >= 0; n-- {
		if e.layout(n, width) == nil && e.off[n] == length {
			e.rename()
			return nil
		}
	}
	return fmt.Errorf("no parameter count fits an event of type %d and %d bytes", e.Type, length)
}

const head3 = HeaderV1 + 3

func (e *Event) layout(n, width int) error {
	e.N = n
	at := uint32(e.Head + n*width)
	end := uint32(len(e.Raw))
	if at > end {
		return errShort
	}
	e.off[0] = at
	lens := e.Raw[e.Head:]
	if width == 2 {
		for i := range n {
			at += uint32(lens[2*i]) | uint32(lens[2*i+1])<<8
			e.off[i+1] = at
		}
		if at > end {
			return fmt.Errorf("parameters of event type %d run %d bytes past its end", e.Type, at-end)
		}
		return nil
	}
	for i := range n {
		l := binary.LittleEndian.Uint32(lens[4*i:])
		if l > end-at {
			return fmt.Errorf("parameter %d of event type %d runs past its end", i, e.Type)
		}
		at += l
		e.off[i+1] = at
	}
	return nil
}

// Info returns the event's type, or nil when the type is unknown.
func (e *Event) Info() *evtable.Type { return evtable.Lookup(e.Type) }

// Param returns parameter i as stored, nil when the event does not carry it. A stored but empty parameter is a
// non-nil slice of length 0.
func (e *Event) Param(i int) []byte {
	if i >= e.N {
		return nil
	}
	return e.Raw[e.off[i]:e.off[i+1]:e.off[i+1]]
}

// Range returns where parameter i lies in Raw.
func (e *Event) Range(i int) (start, end int) {
	if i >= e.N {
		return 0, 0
	}
	return int(e.off[i]), int(e.off[i+1])
}

// Enter reports whether this is the enter half of a call (even type numbers).
func (e *Event) Enter() bool { return e.Type&1 == 0 }

// Args are parameters ready to be rendered or interpreted: those of the event itself, or of the shape the converter
// made of it. Values borrow from the events they came from.
type Args struct {
	Type *evtable.Type // nil for an unknown type
	N    int
	P    [MaxParams][]byte
}

// Load takes the event's own parameters.
func (a *Args) Load(e *Event) {
	a.Type, a.N = e.Info(), e.N
	if e.Type == evtable.Schedswitch6E && e.N == len(oldSwitch.Params) {
		a.Type = &oldSwitch
	}
	for i := range e.N {
		a.P[i] = e.Param(i)
	}
}

// Param returns value i, nil when there is none.
func (a *Args) Param(i int) []byte {
	if i >= a.N {
		return nil
	}
	return a.P[i]
}

// Int returns value i as a signed number of its own width (1, 2, 4 or 8 bytes, little-endian); ok is false for any
// other width.
func (a *Args) Int(i int) (v int64, ok bool) { return Int(a.Param(i)) }

// Uint is Int without sign extension.
func (a *Args) Uint(i int) (v uint64, ok bool) { return Uint(a.Param(i)) }

// Str returns value i as a string value: bytes up to the first NUL; ok is false when it is empty or "(NULL)".
func (a *Args) Str(i int) (s []byte, ok bool) { return Str(a.Param(i)) }

// Int reads a little-endian signed number of 1, 2, 4 or 8 bytes.
func Int(b []byte) (int64, bool) {
	switch len(b) {
	case 8:
		return int64(binary.LittleEndian.Uint64(b)), true
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b))), true
	case 1:
		return int64(int8(b[0])), true
	}
	return 0, false
}

// Uint reads a little-endian unsigned number of 1, 2, 4 or 8 bytes.
func Uint(b []byte) (uint64, bool) {
	switch len(b) {
	case 8:
		return binary.LittleEndian.Uint64(b), true
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), true
	case 2:
		return uint64(binary.LittleEndian.Uint16(b)), true
	case 1:
		return uint64(b[0]), true
	}
	return 0, false
}

// Str reads a NUL-terminated string value; ok is false when there is none (empty, or the 7 bytes "(NULL)\0").
func Str(b []byte) ([]byte, bool) {
	if len(b) == 0 || string(b) == "(NULL)\x00" {
		return nil, false
	}
	for i, c := range b {
		if c == 0 {
			return b[:i], true
		}
	}
	return b, true
}

// Drop forgets the parameters: what is left of an event whose parameters cannot be read.
func (e *Event) Drop() { e.N, e.Raw, e.Head = 0, nil, 0 }

// CopyTo makes dst a copy of e that owns its bytes; dst's buffer is used again.
func (e *Event) CopyTo(dst *Event) {
	dst.Num, dst.TS, dst.TID, dst.CPU, dst.Type, dst.Flags, dst.N, dst.Head = e.Num, e.TS, e.TID, e.CPU, e.Type, e.Flags, e.N, e.Head
	dst.Raw = append(dst.Raw[:0], e.Raw...)
	copy(dst.off[:e.N+1], e.off[:e.N+1])
}

// AppendCounted appends the event with its parameter count in the header, as blocks of version 2 hold it; one that has it
// is appended as it is.
func (e *Event) AppendCounted(dst []byte) []byte {
	if e.Head == HeaderV2 {
		return append(dst, e.Raw...)
	}
	at := len(dst)
	dst = append(dst, e.Raw[:HeaderV1]...) // its type as stored, not as Decode reads it
	dst = binary.LittleEndian.AppendUint32(dst, uint32(e.N))
	dst = append(dst, e.Raw[HeaderV1:]...)
	binary.LittleEndian.PutUint32(dst[at+16:], uint32(len(dst)-at))
	return dst
}
