package scapio

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Machine is what a machine info block says (SCAP_FORMAT §4). All zero when a peer rewrote the capture.
type Machine struct {
	CPUs     uint32
	Memory   uint64 // bytes
	MaxPID   uint64
	Hostname string
	BootTime uint64 // ns since the epoch; 0 in old files
	Flags    uint64
}

// Thread is one entry of a process list (SCAP_FORMAT §5). Ids a version does not hold are -1, LoginUID all ones.
type Thread struct {
	TID, PID, PTID, SID, VPGID, PGID, VTID, VPID int64

	Comm, Exe, ExePath, Cwd, Root string
	Args, Env, Cgroups            string // NUL-separated

	FDLimit                   int64
	Flags, UID, GID, LoginUID uint32
	VMSize, VMRSS, VMSwap     uint32 // KiB
	PFMajor, PFMinor          uint64
	PIDNSInitStart            uint64 // ns since the epoch
	TTY                       uint32
	CapInheritable            uint64
	CapPermitted              uint64
	CapEffective              uint64
	ExeIno                    uint64
	ExeCtime, ExeMtime        uint64 // ns since the epoch
	ExeWritable, ExeUpper     bool
	ExeLower, ExeMemfd        bool
}

// FD types as stored (SCAP_FORMAT §6).
const (
	FDUnknown     = 0
	FDFile        = 1
	FDDirectory   = 2
	FDIPv4        = 3
	FDIPv6        = 4
	FDIPv4Server  = 5
	FDIPv6Server  = 6
	FDFifo        = 7
	FDUnix        = 8
	FDEvent       = 9
	FDUnsupported = 10
	FDSignal      = 11
	FDEventpoll   = 12
	FDInotify     = 13
	FDTimer       = 14
	FDNetlink     = 15
	FDFileV2      = 16
	FDBPF         = 17
	FDUserfault   = 18
	FDIOUring     = 19
	FDMemfd       = 20
	FDPidfd       = 21
)

// FD is one descriptor of a thread. IPv4 addresses fill the first 4 bytes of SIP and DIP.
type FD struct {
	Num          int64
	Ino          uint64
	Type         uint8
	Name         string
	OpenFlags    uint32
	Dev          uint32
	SIP, DIP     [16]byte // network order; servers use SIP
	SPort, DPort uint16
	L4           uint8
	Src, Dst     uint64 // kernel pointers of a unix socket
}

// Interface is a network interface; V6 tells how much of the addresses counts.
type Interface struct {
	V6                    bool
	NoSpeed               bool
	Addr, Mask, Broadcast [16]byte
	Speed                 uint64
	Name                  string
}

// User is an entry of the user list; Group one of a group.
type User struct {
	UID, GID          uint32
	Name, Home, Shell string
}

// Group is one group of the user list.
type Group struct {
	GID  uint32
	Name string
}

var errEntry = errors.New("an entry runs past the end of its block")

// cursor reads fields and remembers the first failure.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) || c.bad {
		c.bad = true
		return nil
	}
	v := c.b[:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) u8() uint8 {
	if v := c.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if v := c.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if v := c.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if v := c.take(8); v != nil {
		return binary.LittleEndian.Uint64(v)
	}
	return 0
}

func (c *cursor) i64() int64  { return int64(c.u64()) }
func (c *cursor) str() string { return string(c.take(int(c.u16()))) }

func (c *cursor) addr() (a [16]byte) {
	copy(a[:], c.take(16))
	return a
}

func (c *cursor) addr4() (a [16]byte) {
	copy(a[:], c.take(4))
	return a
}

// entry cuts the next entry of a list off body. The length word counts itself (PL_V9, FDL_V2, UL_V2) or not (IL_V2).
func entry(body []byte, countsItself bool) (e, rest []byte, err error) {
	n := uint64(binary.LittleEndian.Uint32(body))
	if !countsItself {
		n += 4
	}
	if n < 4 || n > uint64(len(body)) {
		return nil, nil, errEntry
	}
	return body[4:n], body[n:], nil
}

// ParseMachine reads a machine info block.
func ParseMachine(body []byte) (Machine, error) {
	c := cursor{b: body}
	m := Machine{CPUs: c.u32(), Memory: c.u64(), MaxPID: c.u64()}
	host := c.take(128)
	for i, ch := range host {
		if ch == 0 {
			host = host[:i]
			break
		}
	}
	m.Hostname, m.BootTime, m.Flags = string(host), c.u64(), c.u64()
	if c.bad {
		return m, errEntry
	}
	return m, nil
}

var procListVersion = map[BlockType]int{
	ProcListV1: 1, ProcListV2: 2, ProcListV3: 3, ProcListV4: 4, ProcListV5: 5, ProcListV6: 6, ProcListV7: 7,
	ProcListV8: 8, ProcListV9: 9, ProcListV1Int: 1, ProcListV2Int: 2, ProcListV3Int: 3,
}

// ProcListVersion returns the version of a process list block, 0 if it is none.
func ProcListVersion(t BlockType) int { return procListVersion[t] }

// ParseThreads reads a process list block of any version. Entries before a damaged one are returned with the error.
func ParseThreads(t BlockType, body []byte) ([]Thread, error) {
	v := procListVersion[t]
	if v == 0 {
		return nil, fmt.Errorf("%s is no process list", t)
	}
	var list []Thread
	for len(body) >= 4 {
		e := body
		if v >= 9 {
			var err error
			if e, body, err = entry(body, true); err != nil {
				return list, err
			}
		}
		c := cursor{b: e}
		th := parseThread(&c, v)
		if c.bad {
			return list, errEntry
		}
		if v >= 9 {
			parseThreadTail(&c, &th)
		} else {
			body = c.b
		}
		list = append(list, th)
	}
	return list, nil
}

func parseThread(c *cursor, v int) Thread {
	t := Thread{SID: -1, VPGID: -1, PGID: -1, VTID: -1, VPID: -1, LoginUID: ^uint32(0)}
	t.TID, t.PID, t.PTID = c.i64(), c.i64(), c.i64()
	if v >= 6 {
		t.SID = c.i64()
	}
	if v >= 8 {
		t.VPGID = c.i64()
	}
	t.Comm, t.Exe = c.str(), c.str()
	if v >= 7 {
		t.ExePath = c.str()
	}
	t.Args, t.Cwd = c.str(), c.str()
	t.FDLimit = c.i64()
	t.Flags, t.UID, t.GID = c.u32(), c.u32(), c.u32()
	if v >= 2 {
		t.VMSize, t.VMRSS, t.VMSwap = c.u32(), c.u32(), c.u32()
		t.PFMajor, t.PFMinor = c.u64(), c.u64()
	}
	if v >= 3 {
		t.Env = c.str()
	}
	if v >= 4 {
		t.VTID, t.VPID, t.Cgroups = c.i64(), c.i64(), c.str()
	}
	if v >= 5 {
		t.Root = c.str()
	}
	return t
}

// parseThreadTail reads what list version 9 has behind the root path: each field only if enough bytes remain.
func parseThreadTail(c *cursor, t *Thread) {
	if len(c.b) > 29 { // else written before pidns and tty existed
		if len(c.b) >= 8 {
			t.PIDNSInitStart = c.u64()
		}
		if len(c.b) >= 4 {
			t.TTY = c.u32()
		}
	}
	for _, f := range []struct {
		n   int
		set func()
	}{
		{4, func() { t.LoginUID = c.u32() }},
		{1, func() { t.ExeWritable = c.u8() != 0 }},
		{8, func() { t.CapInheritable = c.u64() }},
		{8, func() { t.CapPermitted = c.u64() }},
		{8, func() { t.CapEffective = c.u64() }},
		{1, func() { t.ExeUpper = c.u8() != 0 }},
		{8, func() { t.ExeIno = c.u64() }},
		{8, func() { t.ExeCtime = c.u64() }},
		{8, func() { t.ExeMtime = c.u64() }},
		{1, func() { t.ExeMemfd = c.u8() != 0 }},
		{1, func() { t.ExeLower = c.u8() != 0 }},
		{8, func() { t.PGID = c.i64() }},
	} {
		if len(c.b) >= f.n {
			f.set()
		}
	}
}

// ParseFDs reads an fd list block: the thread and its descriptors.
func ParseFDs(t BlockType, body []byte) (tid int64, list []FD, err error) {
	if len(body) < 8 {
		return 0, nil, errEntry
	}
	tid = int64(binary.LittleEndian.Uint64(body))
	body = body[8:]
	v2 := t == FDListV2
	for len(body) >= 4 {
		e := body
		if v2 {
			if e, body, err = entry(body, true); err != nil {
				return tid, list, err
			}
		} else if len(body) < 17 {
			break // padding
		}
		c := cursor{b: e}
		fd := FD{Num: c.i64(), Ino: c.u64(), Type: c.u8()}
		known := parseFD(&c, &fd, v2)
		if c.bad {
			return tid, list, errEntry
		}
		if !v2 {
			if !known {
				return tid, list, fmt.Errorf("descriptor %d is of %s", fd.Num, fd.Name)
			}
			body = c.b
		}
		list = append(list, fd)
	}
	return tid, list, nil
}

func parseFD(c *cursor, fd *FD, v2 bool) (known bool) {
	switch fd.Type {
	case FDUnknown:
	case FDIPv4:
		fd.SIP, fd.DIP, fd.SPort, fd.DPort, fd.L4 = c.addr4(), c.addr4(), c.u16(), c.u16(), c.u8()
	case FDIPv6:
		fd.SIP, fd.DIP, fd.SPort, fd.DPort, fd.L4 = c.addr(), c.addr(), c.u16(), c.u16(), c.u8()
	case FDIPv4Server:
		fd.SIP, fd.SPort, fd.L4 = c.addr4(), c.u16(), c.u8()
	case FDIPv6Server:
		fd.SIP, fd.SPort, fd.L4 = c.addr(), c.u16(), c.u8()
	case FDUnix:
		fd.Src, fd.Dst, fd.Name = c.u64(), c.u64(), c.str()
	case FDFileV2:
		fd.OpenFlags, fd.Name = c.u32(), c.str()
		if v2 && len(c.b) >= 4 {
			fd.Dev = c.u32()
		}
	case FDFile, FDDirectory, FDFifo, FDEvent, FDUnsupported, FDSignal, FDEventpoll, FDInotify, FDTimer, FDNetlink,
		FDBPF, FDUserfault, FDIOUring, FDMemfd, FDPidfd:
		fd.Name = c.str()
	default:
		fd.Name = fmt.Sprintf("unknown-type:[%d]", fd.Type)
		fd.Type = FDUnsupported
		return false
	}
	return true
}

// ParseInterfaces reads an interface list block.
func ParseInterfaces(t BlockType, body []byte) (list []Interface, err error) {
	for len(body) >= 4 {
		e := body
		if t == InterfaceListV2 {
			if e, body, err = entry(body, false); err != nil {
				return list, err
			}
		}
		c := cursor{b: e}
		kind, n := c.u16(), int(c.u16())
		var i Interface
		switch kind {
		case 1, 3:
			i.Addr, i.Mask, i.Broadcast = c.addr4(), c.addr4(), c.addr4()
		case 2, 4:
			i.V6 = true
			i.Addr, i.Mask, i.Broadcast = c.addr(), c.addr(), c.addr()
		default:
			return list, fmt.Errorf("unknown interface type %d", kind)
		}
		if kind <= 2 {
			i.Speed = c.u64()
		} else {
			i.NoSpeed = true
		}
		i.Name = string(c.take(n))
		if c.bad {
			return list, errEntry
		}
		if t != InterfaceListV2 {
			body = c.b
		}
		list = append(list, i)
	}
	return list, nil
}

// ParseUsers reads a user list block: users and groups.
func ParseUsers(t BlockType, body []byte) (users []User, groups []Group, err error) {
	for len(body) >= 4 {
		e := body
		if t == UserListV2 {
			if e, body, err = entry(body, true); err != nil {
				return users, groups, err
			}
		}
		c := cursor{b: e}
		switch kind := c.u8(); kind {
		case 0:
			users = append(users, User{UID: c.u32(), GID: c.u32(), Name: c.str(), Home: c.str(), Shell: c.str()})
		case 1:
			groups = append(groups, Group{GID: c.u32(), Name: c.str()})
		default:
			if t != UserListV2 {
				return users, groups, fmt.Errorf("unknown kind %d in the user list", kind)
			}
		}
		if c.bad {
			return users, groups, errEntry
		}
		if t != UserListV2 {
			body = c.b
		}
	}
	return users, groups, nil
}

// EventBody takes an event block's body apart: cpu, flags, and the event from its header on (padding and options
// behind it included).
func EventBody(t BlockType, body []byte) (cpu uint16, flags uint32, event []byte, err error) {
	n := 2
	if t.HasFlags() {
		n = 6
	}
	if len(body) < n {
		return 0, 0, nil, errors.New("the block is too short for an event")
	}
	cpu = binary.LittleEndian.Uint16(body)
	if n == 6 {
		flags = binary.LittleEndian.Uint32(body[2:])
	}
	return cpu, flags, body[n:], nil
}
