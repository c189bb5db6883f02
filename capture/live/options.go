package live

import (
	"fmt"
	"log/slog"
)

// Options says what is recorded. The zero value records every call of every process but the own.
type Options struct {
	// Snaplen is how many bytes of data parameters (what read returned, what write was given) are kept: 0 means
	// DefaultSnaplen, at most MaxSnaplen.
	Snaplen int
	// RingSize is the size of the ring buffer between kernel and Next in bytes, rounded up to a power of two; 0 means
	// DefaultRingSize.
	RingSize int
	// ExitOnly leaves the enter halves out. Exits carry all parameters in both styles.
	ExitOnly bool
	// Syscalls are the names of the calls to record; nil records all. Others cost nothing but the look at a table.
	Syscalls []string
	// KeepState adds to Syscalls the calls that change what readers know of processes and descriptors: clone, execve,
	// open, close, dup, socket, connect, chdir, setuid and the like.
	KeepState bool
	// PIDs limits recording to these processes and everything they start from now on; nil records all. See Probe.AddPID.
	PIDs []int32
	// FollowOnly records nothing until AddPID names a process. It is what PIDs does with an empty, non-nil list.
	FollowOnly bool
	// Comms limits recording to threads with one of these names (at most 15 bytes each), Cgroups to those in one of
	// these cgroups or in one below it (v2 ids, see CgroupID). Empty: no limit.
	Comms   []string
	Cgroups []uint64
	// IncludeSelf records the own process too. It is left out by default: each event written would cause another.
	IncludeSelf bool
	// Exclude leaves these processes out, at most 64, not what they start. A capture that is sent over a connection leaves
	// out who carries it.
	Exclude []int32
	// PageFaults adds page faults, NoSwitches leaves context switches out, NoSignals the delivery of signals.
	PageFaults bool
	NoSwitches bool
	NoSignals  bool
	// LargeSnaplen, when above Snaplen, is used for data on sockets with one of LargePorts as their local or remote
	// port, and on the descriptors LargeFDs (of any process).
	LargeSnaplen int
	LargePorts   []uint16
	LargeFDs     []int32
	// Newest writes also the event types and parameters that sysdig 0.41 and Stratoshark 0.9 do not know and refuse:
	// close_range and keyctl (generic events otherwise), the argument of fcntl, the flags of socket.
	Newest bool
	// Logger receives details for debugging; nil discards them.
	Logger *slog.Logger
}

// The defaults and limits of Options.
const (
	DefaultSnaplen  = 80
	MaxSnaplen      = 65000
	DefaultRingSize = 32 << 20
	MinRingSize     = 256 << 10
	MaxRingSize     = 1 << 30
)

func (o *Options) snaplen() int {
	if o.Snaplen == 0 {
		return DefaultSnaplen
	}
	return o.Snaplen
}

func (o *Options) ringSize() int {
	size := o.RingSize
	if size == 0 {
		size = DefaultRingSize
	}
	n := MinRingSize
	for n < size {
		n *= 2
	}
	return n
}

// check refuses what the probe cannot do.
func (o *Options) check() error {
	switch {
	case o.Snaplen < 0 || o.Snaplen > MaxSnaplen || o.LargeSnaplen < 0 || o.LargeSnaplen > MaxSnaplen:
		return fmt.Errorf("snaplen %d: at most %d", max(o.Snaplen, o.LargeSnaplen), MaxSnaplen)
	case o.RingSize < 0 || o.RingSize > MaxRingSize:
		return fmt.Errorf("ring buffer of %d bytes: at most %d", o.RingSize, MaxRingSize)
	}
	for _, s := range o.Comms {
		if len(s) > 15 {
			return fmt.Errorf("thread name %q: the kernel keeps 15 bytes", s)
		}
	}
	known := map[string]bool{}
	for i := range calls {
		known[calls[i].name] = true
	}
	for _, s := range o.Syscalls {
		if !known[s] {
			return fmt.Errorf("no system call is named %q", s)
		}
	}
	return nil
}

// UnsupportedError says that this machine cannot record: what is missing, and what it would need.
type UnsupportedError struct {
	Feature string // what was tried: "BTF", "BPF programs", "live capture"
	Needs   string // what it needs: "Linux 5.8 with CONFIG_DEBUG_INFO_BTF", "CAP_BPF and CAP_PERFMON"
	Err     error  // what the system answered, if anything
}

// Error returns what is missing in one line.
func (e *UnsupportedError) Error() string {
	s := fmt.Sprintf("%s is not available here: needs %s", e.Feature, e.Needs)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns what the system answered.
func (e *UnsupportedError) Unwrap() error { return e.Err }

// PermissionError is an UnsupportedError that more rights would cure.
type PermissionError struct {
	Needs string // the capabilities: "CAP_BPF, CAP_PERFMON"
	Err   error
}

// Error returns which rights are missing.
func (e *PermissionError) Error() string {
	return fmt.Sprintf("recording system calls needs %s: %v", e.Needs, e.Err)
}

// Unwrap returns what the system answered.
func (e *PermissionError) Unwrap() error { return e.Err }
