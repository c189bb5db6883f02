package scapio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/scapls/scapls/scapio/evtable"
)

// What the peers' readers take (SCAP_FORMAT §5, §6, §8); longer strings are cut.
const (
	maxPath   = 1024
	maxFDName = 1023
	maxArgs   = 4096
	maxName   = 255
	maxHost   = 127
)

// MaxEventBlock is the largest block of an event without EF_LARGE_PAYLOAD, in bytes: the read buffer of the peers.
const MaxEventBlock = 64 << 10

// ErrTooLarge says that an event does not fit a block that the peers can read.
var ErrTooLarge = errors.New("the event is too large for its block")

// fullTail is the length of what a process list of version 9 has behind the root path, bytes.
const fullTail = 76

// Writer makes a capture: uncompressed blocks of the current types (SCAP_FORMAT §3), one Write each. Begin with
// Section, then the machine and the lists, then events. Wrap a file in a bufio.Writer, and in Compress to have it packed.
// Every method returns the first error of the underlying writer once that has failed. It is not safe for concurrent use.
type Writer struct {
	w   io.Writer
	buf []byte
	off int64
	err error
}

// NewWriter returns a writer of blocks to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Err returns the first error of the underlying writer.
func (w *Writer) Err() error { return w.err }

// Option is a pcapng option of a block.
type Option struct {
	Code  uint16
	Value []byte
}

// CommentOption returns text as the comment of a block.
func CommentOption(text string) Option { return Option{optComment, []byte(text)} }

// AppendOptions appends options and their end mark; nothing when there are none.
func AppendOptions(b []byte, options ...Option) []byte {
	if len(options) == 0 {
		return b
	}
	for _, o := range options {
		v := o.Value[:min(len(o.Value), 1<<16-1)]
		b = put16(put16(b, o.Code), uint16(len(v)))
		b = append(b, v...)
		b = append(b, make([]byte, -len(v)&3)...)
	}
	return append(b, 0, 0, 0, 0)
}

// Section writes a section header, version 1.2. A second one begins a new capture behind the first.
func (w *Writer) Section(options ...Option) error { return w.SectionAs(1, 2, options...) }

// SectionAs writes a section header of any version.
func (w *Writer) SectionAs(major, minor uint16, options ...Option) error {
	b := put16(put16(put32(w.start(), byteOrder), major), minor)
	return w.finish(SectionHeader, AppendOptions(put64(b, ^uint64(0)), options...))
}

// Machine writes the machine info.
func (w *Writer) Machine(m Machine) error {
	b := put64(put64(put32(w.start(), m.CPUs), m.Memory), m.MaxPID)
	var host [maxHost + 1]byte
	copy(host[:maxHost], m.Hostname)
	b = append(b, host[:]...)
	return w.finish(MachineInfo, put64(put64(put64(put64(b, m.BootTime), m.Flags), 0), 0))
}

// Interfaces writes the interface list.
func (w *Writer) Interfaces(list []Interface) error { return w.InterfacesAs(InterfaceListV2, list) }

// InterfacesAs writes an interface list of any version.
func (w *Writer) InterfacesAs(t BlockType, list []Interface) error {
	b := w.start()
	for i := range list {
		e := appendInterface(nil, &list[i])
		if t == InterfaceListV2 {
			b = put32(b, uint32(len(e))) // does not count itself
		}
		b = append(b, e...)
	}
	return w.finish(t, b)
}

func appendInterface(b []byte, i *Interface) []byte {
	kind, n := uint16(1), 4
	if i.V6 {
		kind, n = 2, 16
	}
	if i.NoSpeed {
		kind += 2
	}
	name := cut(i.Name, maxName)
	b = put16(put16(b, kind), uint16(len(name)))
	b = append(append(append(b, i.Addr[:n]...), i.Mask[:n]...), i.Broadcast[:n]...)
	if !i.NoSpeed {
		b = put64(b, i.Speed)
	}
	return append(b, name...)
}

// Users writes the user list.
func (w *Writer) Users(users []User, groups []Group) error {
	return w.UsersAs(UserListV2, users, groups)
}

// UsersAs writes a user list of any version.
func (w *Writer) UsersAs(t BlockType, users []User, groups []Group) error {
	b := w.start()
	v2 := t == UserListV2
	for i := range users {
		u := &users[i]
		at := len(b)
		b = put32(put32(append(skip(b, v2), 0), u.UID), u.GID)
		b = putStr(putStr(putStr(b, u.Name, maxName), u.Home, maxName), u.Shell, maxName)
		countItself(b, at, v2)
	}
	for i := range groups {
		at := len(b)
		b = putStr(put32(append(skip(b, v2), 1), groups[i].GID), groups[i].Name, maxName)
		countItself(b, at, v2)
	}
	return w.finish(t, b)
}

// Threads writes the process list.
func (w *Writer) Threads(list []Thread) error { return w.ThreadsAs(ProcListV9, list, fullTail) }

// ThreadsAs writes a process list of any version; in version 9 only the first tail bytes behind the root path, as
// older writers did.
func (w *Writer) ThreadsAs(t BlockType, list []Thread, tail int) error {
	v := procListVersion[t]
	if v == 0 {
		return fmt.Errorf("%s is no process list", t)
	}
	b := w.start()
	for i := range list {
		at := len(b)
		b = appendThread(skip(b, v >= 9), &list[i], v)
		if v >= 9 {
			b = append(b, threadTail(&list[i], tail)...)
		}
		countItself(b, at, v >= 9)
	}
	return w.finish(t, b)
}

func appendThread(b []byte, t *Thread, v int) []byte {
	b = put64(put64(put64(b, uint64(t.TID)), uint64(t.PID)), uint64(t.PTID))
	if v >= 6 {
		b = put64(b, uint64(t.SID))
	}
	if v >= 8 {
		b = put64(b, uint64(t.VPGID))
	}
	b = putStr(putStr(b, t.Comm, maxPath), t.Exe, maxPath)
	if v >= 7 {
		b = putStr(b, t.ExePath, maxPath)
	}
	b = putStr(putStr(b, t.Args, maxArgs), t.Cwd, maxPath)
	b = put32(put32(put32(put64(b, uint64(t.FDLimit)), t.Flags), t.UID), t.GID)
	if v >= 2 {
		b = put32(put32(put32(b, t.VMSize), t.VMRSS), t.VMSwap)
		b = put64(put64(b, t.PFMajor), t.PFMinor)
	}
	if v >= 3 {
		b = putStr(b, t.Env, maxArgs)
	}
	if v >= 4 {
		b = putStr(put64(put64(b, uint64(t.VTID)), uint64(t.VPID)), t.Cgroups, maxArgs)
	}
	if v >= 5 {
		b = putStr(b, t.Root, maxPath)
	}
	return b
}

// threadTail returns the first n bytes of what version 9 has behind the root path. Up to 29 bytes there is no pid
// namespace and no terminal: such tails begin with loginuid.
func threadTail(t *Thread, n int) []byte {
	var b []byte
	if n > 29 {
		b = put32(put64(b, t.PIDNSInitStart), t.TTY)
	}
	b = putBool(put32(b, t.LoginUID), t.ExeWritable)
	b = put64(put64(put64(b, t.CapInheritable), t.CapPermitted), t.CapEffective)
	b = putBool(b, t.ExeUpper)
	b = put64(put64(put64(b, t.ExeIno), t.ExeCtime), t.ExeMtime)
	b = putBool(putBool(b, t.ExeMemfd), t.ExeLower)
	b = put64(b, uint64(t.PGID))
	return b[:min(n, len(b))]
}

// FDs writes the descriptors of one thread.
func (w *Writer) FDs(tid int64, list []FD) error { return w.FDsAs(FDListV2, tid, list) }

// FDsAs writes an fd list of any version.
func (w *Writer) FDsAs(t BlockType, tid int64, list []FD) error {
	b := put64(w.start(), uint64(tid))
	v2 := t == FDListV2
	for i := range list {
		at := len(b)
		b = appendFD(skip(b, v2), &list[i], v2)
		countItself(b, at, v2)
	}
	return w.finish(t, b)
}

func appendFD(b []byte, fd *FD, v2 bool) []byte {
	b = append(put64(put64(b, uint64(fd.Num)), fd.Ino), fd.Type)
	switch fd.Type {
	case FDUnknown:
		return b
	case FDIPv4:
		b = append(append(b, fd.SIP[:4]...), fd.DIP[:4]...)
		return append(put16(put16(b, fd.SPort), fd.DPort), fd.L4)
	case FDIPv6:
		b = append(append(b, fd.SIP[:]...), fd.DIP[:]...)
		return append(put16(put16(b, fd.SPort), fd.DPort), fd.L4)
	case FDIPv4Server:
		return append(put16(append(b, fd.SIP[:4]...), fd.SPort), fd.L4)
	case FDIPv6Server:
		return append(put16(append(b, fd.SIP[:]...), fd.SPort), fd.L4)
	case FDUnix:
		b = put64(put64(b, fd.Src), fd.Dst)
	case FDFileV2:
		b = putStr(put32(b, fd.OpenFlags), fd.Name, maxFDName)
		if v2 {
			b = put32(b, fd.Dev)
		}
		return b
	}
	return putStr(b, fd.Name, maxFDName)
}

// Event writes one event: ts in ns since the epoch, tid -1 for meta events, flags 0 or StateOnly's bit (SCAP_FORMAT §9).
// Nothing is written when the event is ErrTooLarge.
func (w *Writer) Event(cpu uint16, flags uint32, ts uint64, tid int64, typ uint16, params ...[]byte) error {
	return w.EventAs(eventBlock(typ, flags), cpu, flags, ts, tid, typ, params...)
}

// eventBlock returns the current block for an event of a type with the flags.
func eventBlock(typ uint16, flags uint32) BlockType {
	switch large := largeEvent(typ); {
	case large && flags != 0:
		return EventFlagsLarge
	case large:
		return EventV2Large
	case flags != 0:
		return EventFlagsV2
	}
	return EventV2
}

func largeEvent(typ uint16) bool {
	t := evtable.Lookup(typ)
	return t != nil && t.Flags&evtable.EFLargePayload != 0
}

// EventAs writes one event in any of the event blocks.
func (w *Writer) EventAs(t BlockType, cpu uint16, flags uint32, ts uint64, tid int64, typ uint16, params ...[]byte) error {
	b := put16(w.start(), cpu)
	if t.HasFlags() {
		b = put32(b, flags)
	}
	at := len(b)
	b = put16(put32(put64(put64(b, ts), uint64(tid)), 0), typ)
	if t.HasCount() {
		b = put32(b, uint32(len(params)))
	}
	large := largeEvent(typ)
	for i, p := range params {
		if large {
			b = put32(b, uint32(len(p)))
			continue
		}
		if len(p) > 1<<16-1 {
			return fmt.Errorf("%w: parameter %d has %d bytes", ErrTooLarge, i, len(p))
		}
		b = put16(b, uint16(len(p)))
	}
	for _, p := range params {
		b = append(b, p...)
	}
	n := len(b) - at
	if !t.HasCount() && (typ == evtable.NotificationE || typ == evtable.InfrastructureEventE) {
		n += 3 // as the writers of those did (SCAP_FORMAT §9)
		b = append(b, 0, 0, 0)
	}
	binary.LittleEndian.PutUint32(b[at+16:], uint32(n))
	return w.finishEvent(t, b)
}

// RawEvent writes an event that is encoded already, its header with the parameter count first, and pcapng options
// behind it.
func (w *Writer) RawEvent(cpu uint16, flags uint32, event []byte, options ...Option) error {
	if len(event) < 26 {
		return errors.New("the event is shorter than its header")
	}
	t := eventBlock(binary.LittleEndian.Uint16(event[20:]), flags)
	b := put16(w.start(), cpu)
	if t.HasFlags() {
		b = put32(b, flags)
	}
	b = append(b, event...)
	if len(options) > 0 {
		b = append(b, make([]byte, -len(b)&3)...)
		b = AppendOptions(b, options...)
	}
	return w.finishEvent(t, b)
}

func (w *Writer) finishEvent(t BlockType, b []byte) error {
	if t != EventV2Large && t != EventFlagsLarge && (len(b)+4+3)&^3 > MaxEventBlock {
		return fmt.Errorf("%w: it has %d bytes", ErrTooLarge, len(b)-blockHead)
	}
	return w.finish(t, b)
}

// PacketInterface writes an interface description whose packets have times in ns.
func (w *Writer) PacketInterface(i PacketInterface) error {
	b := put32(put16(put16(w.start(), i.LinkType), 0), i.SnapLen)
	options := []Option{{optTSResol, []byte{9}}}
	if i.Name != "" {
		options = append([]Option{{optIfName, []byte(i.Name)}}, options...)
	}
	return w.finish(InterfaceDesc, AppendOptions(b, options...))
}

// Packet writes an enhanced packet block.
func (w *Writer) Packet(p Packet, options ...Option) error {
	b := put32(put32(put32(w.start(), p.Interface), uint32(p.TS>>32)), uint32(p.TS))
	b = append(put32(put32(b, uint32(len(p.Data))), p.Len), p.Data...)
	b = append(b, make([]byte, -len(p.Data)&3)...)
	return w.finish(EnhancedPacket, AppendOptions(b, options...))
}

// Block writes a block as it is; body is what Block.Body of a Reader is.
func (w *Writer) Block(t BlockType, body []byte) error {
	return w.finish(t, append(w.start(), body...))
}

// blockHead is the type and length words.
const blockHead = 8

func (w *Writer) start() []byte { return append(w.buf[:0], make([]byte, blockHead)...) }

// finish pads the block in b, sets its lengths and writes it.
func (w *Writer) finish(t BlockType, b []byte) error {
	if w.err != nil {
		return w.err
	}
	b = append(b, make([]byte, -len(b)&3)...)
	total := uint64(len(b) + 4)
	if total > 1<<32-1 {
		return fmt.Errorf("the %s block has %d bytes", t, total)
	}
	b = put32(b, uint32(total))
	binary.LittleEndian.PutUint32(b, uint32(t))
	binary.LittleEndian.PutUint32(b[4:], uint32(total))
	w.buf = b
	n, err := w.w.Write(b)
	w.off += int64(n)
	if err != nil {
		w.err = fmt.Errorf("write %s block at offset %d: %w", t, w.off, err)
	}
	return w.err
}

func put16(b []byte, v uint16) []byte { return binary.LittleEndian.AppendUint16(b, v) }
func put32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
func put64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

func putBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func putStr(b []byte, s string, most int) []byte {
	s = cut(s, most)
	return append(put16(b, uint16(len(s))), s...)
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// skip makes room for an entry's length where there is one.
func skip(b []byte, length bool) []byte {
	if length {
		return put32(b, 0)
	}
	return b
}

// countItself sets the length of the entry that begins at, if it has one.
func countItself(b []byte, at int, length bool) {
	if length {
		binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at))
	}
}
