package state

import (
	"strings"

	"github.com/scapls/scapls/scapio"
)

// Thread flags (PPM_CL_*, scapio/evtable clone_flags, and those libscap keeps for itself).
const (
	CloneFiles     = 1 << 0
	CloneNewPID    = 1 << 6
	CloneParent    = 1 << 8
	CloneThread    = 1 << 13
	CloneInverted  = 1 << 16
	NameChanged    = 1 << 17
	Closed         = 1 << 18
	CloneNewUser   = 1 << 20
	PipeSrc        = 1 << 21
	PipeDst        = 1 << 22
	CloneVfork     = 1 << 27
	ChildInPIDNS   = 1 << 29
	IsMainThread   = 1 << 30
	allCaps        = 1<<41 - 1
	noID           = ^uint32(0)
	cloexec        = 1 << 12 // PPM_O_CLOEXEC
	directory      = 1 << 10 // PPM_O_DIRECTORY
	sharedAncestor = 16
)

// Thread is one version of a thread. Ids that are not known are -1, users and groups all ones.
type Thread struct {
	From, To uint32 // events [From, To); To 0: to the end
	Row      uint32 // position among all thread rows
	Born     uint32 // event that made the thread; 0: it was there before

	TID, PID, PTID, SID, VPGID, PGID, VTID, VPID int64

	Comm, Cwd       string
	Flags, UID, GID uint32
	Fake            bool   // never seen being made: only its tid is known
	CloneTS, ExecTS uint64 // ns since the epoch; 0: before the capture

	*Program // never nil; not to be written to: versions of a thread and its children have it in common

	VMSize, VMRSS, VMSwap uint32 // KiB, as the process list or the making event said
	PFMajor, PFMinor      uint64

	table *Table
}

// Program is what a thread runs, and as what: it changes by execve mostly, and children have that of their parent.
type Program struct {
	Exe, ExePath, Root    string
	Args, Env, Cgroups    string // NUL-separated
	Container             string // id; "" is the host
	FDLimit               int64
	LoginUID, TTY         uint32
	CapInheritable        uint64
	CapPermitted          uint64
	CapEffective          uint64
	ExeIno                uint64
	ExeCtime, ExeMtime    uint64 // ns since the epoch
	ExeWritable, ExeUpper bool
	ExeLower, ExeMemfd    bool
	PIDNSInitStart        uint64
}

// unknownProgram is that of threads that were never seen being made.
var unknownProgram = Program{Exe: "<NA>", LoginUID: noID}

// own gives the thread a program of its own, which may be written to.
func (t *Thread) own() {
	p := *t.Program
	t.Program = &p
}

// change gives the thread another program, that which it has if they are equal.
func (t *Thread) change(p Program) {
	if p != *t.Program {
		t.Program = &p
	}
}

// Main reports whether the thread is the main one of its process.
func (t *Thread) Main() bool { return t.TID == t.PID || t.Flags&IsMainThread != 0 }

// Invalid reports whether the thread is known by its tid only.
func (t *Thread) Invalid() bool { return t.TID < 0 || t.PID < 0 || t.PTID < 0 }

// InPIDNS reports whether the thread lives in another pid namespace than the capture.
func (t *Thread) InPIDNS() bool {
	return t.Flags&ChildInPIDNS != 0 || (t.VTID >= 0 && t.VTID != t.TID)
}

// ArgList returns the arguments, without the program's own name.
func (t *Thread) ArgList() []string { return split(t.Args) }

// EnvList returns the environment, NAME=value each.
func (t *Thread) EnvList() []string { return split(t.Env) }

// CgroupList returns the control groups, subsystem=path each.
func (t *Thread) CgroupList() []string { return split(t.Cgroups) }

func split(s string) []string {
	s = strings.TrimSuffix(s, "\x00")
	if s == "" {
		return nil
	}
	return strings.Split(s, "\x00")
}

// Role is the side of a connection a socket is on.
type Role uint8

// The roles.
const (
	NoRole Role = iota
	Client
	Server
)

// Layer 4 protocols as libscap numbers them.
const (
	L4Unknown = 0
	L4NA      = 1
	L4TCP     = 2
	L4UDP     = 3
	L4ICMP    = 4
	L4Raw     = 5
)

// Tuple is the two ends of a connection. IPv4 addresses fill the first 4 bytes.
type Tuple struct {
	SIP, DIP     [16]byte
	SPort, DPort uint16
}

// End tells the two descriptors apart that one call made.
type End uint8

// The ends: of a pipe the first is read, the second written.
const (
	NoEnd End = iota // not known, or nothing with two ends
	FirstEnd
	SecondEnd
)

// FD is one version of a file descriptor. A forked process inherits rows of its parent. What dup and fcntl copy is the
// same opening (an open file description): it has one position in the file, and its copies one Stream.
type FD struct {
	From uint32 // event that made this version
	Row  uint32 // position among all descriptor rows
	Born uint32 // event that opened it; 0: it was there before

	Stream uint32 // number of the opening, from 1: that of its first row plus one

	Num       int64
	OpenFlags uint32
	Type      uint8 // scapio.FD*
	Role      Role
	End       End // of a pipe or a pair of sockets that was seen being made
	L4        uint8
	Connected bool
	FromProc  bool // from the list at the capture's start

	*Object // never nil; not to be written to: versions and copies of a descriptor have it in common
}

// Object is what a descriptor is open on.
type Object struct {
	Tuple    Tuple
	Dev      uint32
	Ino      uint64
	Name     string
	Raw      string // path as the call gave it
	Legacy   string // name as the sysdigs of enter+exit captures gave it, where that differs; see Shown
	Src, Dst uint64 // kernel pointers of a unix socket
	PID      int64  // pidfd: whom it is about
}

// UnknownFD returns a descriptor of which only the number is known.
func UnknownFD(num int64) *FD { return &FD{Num: num, Object: &nothing} }

var nothing Object // of descriptors that have neither name nor anything else

// own gives the descriptor an object of its own, which may be written to.
func (f *FD) own() {
	o := *f.Object
	f.Object = &o
}

// same reports whether two descriptors are equal in all there is.
func (f *FD) same(o *FD) bool {
	a, b := *f, *o
	a.Object, b.Object = nil, nil
	return a == b && *f.Object == *o.Object
}

// Inet reports whether it is a connected or unconnected IP socket, not a listening one.
func (f *FD) Inet() bool { return f.Type == scapio.FDIPv4 || f.Type == scapio.FDIPv6 }

// InetServer reports whether it is a bound IP socket.
func (f *FD) InetServer() bool { return f.Type == scapio.FDIPv4Server || f.Type == scapio.FDIPv6Server }

// V6 reports whether its addresses are IPv6.
func (f *FD) V6() bool { return f.Type == scapio.FDIPv6 || f.Type == scapio.FDIPv6Server }

// File reports whether it is a file or a directory.
func (f *FD) File() bool {
	return f.Type == scapio.FDFile || f.Type == scapio.FDFileV2 || f.Type == scapio.FDDirectory
}

// ShownL4 returns the protocol as it may be shown: raw always, others only once a side is known (STATE_ENGINE §7).
func (f *FD) ShownL4() uint8 {
	if f.L4 == L4Raw || f.InetServer() || (f.Inet() && f.Role != NoRole) {
		return f.L4
	}
	return L4NA
}

// User is one version of a user as a container sees it ("" is the host).
type User struct {
	From, To    uint32
	Container   string
	UID, GID    uint32
	Name        string
	Home, Shell string
}

// Group is one version of a group.
type Group struct {
	From, To  uint32
	Container string
	GID       uint32
	Name      string
}

// Shown returns the descriptor's name; in legacy style as sysdigs up to 0.40 printed it: with the address of a
// connect that has not succeeded, and with two slashes behind a directory descriptor of the root.
func (f *FD) Shown(legacy bool) string {
	if legacy && f.Legacy != "" {
		return f.Legacy
	}
	return f.Name
}
