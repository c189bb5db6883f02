package live

// Event is one scap event. Next fills it in again and again; Raw is valid until the next call of Next.
type Event struct {
	CPU  uint16 // processor
	Type uint16 // PPME number
	TS   uint64 // ns since the epoch
	TID  int64  // thread, as the first pid namespace numbers it
	// Lost is how many records this processor lost directly before this event because the ring was full.
	Lost uint32
	// Flags are those of the event's block; a probe sets none.
	Flags uint32
	// Raw is the whole event as it stands in a block behind the cpu id: header with parameter count (26 bytes), lengths,
	// parameters. Borrowed.
	Raw []byte
}

// DropReason is why an event that happened is not in the stream.
type DropReason uint8

// The reasons.
const (
	DropRing    DropReason = iota // no room in the ring buffer
	DropScratch                   // the program could not get its scratch memory
	DropDecode                    // the record could not be understood: a fault of this package
	numDropReasons
)

// String returns the reason in words.
func (r DropReason) String() string {
	switch r {
	case DropRing:
		return "ring buffer full"
	case DropScratch:
		return "no scratch memory"
	case DropDecode:
		return "record not understood"
	}
	return "unknown"
}

// Stats counts what a Probe did since Open.
type Stats struct {
	Events    uint64 // given by Next
	Bytes     uint64 // of their Raw
	Truncated uint64 // events with a parameter cut because it did not fit (not by the snaplen)
	RingSize  int    // bytes
	RingUsed  int    // bytes that wait for Next at this moment
	CPUs      []CPUStats
}

// CPUStats are the counters of one processor.
type CPUStats struct {
	Records uint64 // put into the ring
	Drops   [numDropReasons]uint64
}

// Drops returns the number of events that were lost, of all reasons and processors.
func (s *Stats) Drops() uint64 {
	var n uint64
	for _, c := range s.CPUs {
		for _, d := range c.Drops {
			n += d
		}
	}
	return n
}

// Check is one line of what works on this machine.
type Check struct {
	Name   string // "kernel", "BTF", "capabilities", "tp_btf", "raw tracepoints", "ring buffer", "memory lock"
	OK     bool
	Detail string // what was found
	Fix    string // what to do when it is not OK
}
