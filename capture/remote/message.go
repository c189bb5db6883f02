package remote

import "time"

// Protocol is the version of what client and agent say to each other. An agent of another version is not used.
const Protocol = 2

// BeatEvery is how often the client tells the agent that it is there; LostAfter is how long the agent goes on without
// a word: with the time that it then gives the capture to end, it has ended within 10 s of losing its reader.
const (
	BeatEvery = time.Second
	LostAfter = 7 * time.Second
)

// MaxLine bounds a line of either side, in bytes: more is a liar.
const MaxLine = 64 << 10

// Request is a line from the client to the agent; exactly one field is set.
type Request struct {
	Ping  int64         `json:"ping,omitempty"`  // answered by a Pong of the same number
	Beat  bool          `json:"beat,omitempty"`  // the client is there
	Start *CaptureSpec  `json:"start,omitempty"` // capture, to stdout
	Stop  bool          `json:"stop,omitempty"`  // end the capture cleanly, or leave when none runs
	Spool *SpoolRequest `json:"spool,omitempty"`
}

// CaptureSpec says what to capture. The zero value records every call.
type CaptureSpec struct {
	Snaplen    int           `json:"snaplen,omitempty"`  // bytes of data per call; 0 is the capture's default
	Filter     string        `json:"filter,omitempty"`   // sysdig's language
	Duration   time.Duration `json:"duration,omitempty"` // ns; 0 is until stopped
	Count      uint64        `json:"count,omitempty"`    // events; 0 is no limit
	ExitOnly   bool          `json:"exit_only,omitempty"`
	Ring       string        `json:"ring,omitempty"`        // size of the kernel's ring buffer, as --ring takes it
	Compress   string        `json:"compress,omitempty"`    // of the stream: "zstd", "gzip", or "" for none
	IncludeOwn bool          `json:"include_own,omitempty"` // also the agent's and the connection's own events

	// Decided in the far kernel; none is no limit.
	PIDs         []int32  `json:"pids,omitempty"` // and what they start
	Comms        []string `json:"comms,omitempty"`
	Syscalls     []string `json:"syscalls,omitempty"`
	PageFaults   bool     `json:"page_faults,omitempty"` // record them, too
	NoSwitches   bool     `json:"no_switches,omitempty"` // leave context switches out
	LargeSnaplen int      `json:"large_snaplen,omitempty"`
	LargePorts   []uint16 `json:"large_ports,omitempty"`
	LargeFDs     []int32  `json:"large_fds,omitempty"`
	Cgroups      []string `json:"cgroups,omitempty"`       // as /proc/PID/cgroup has them over there
	NoContainers bool     `json:"no_containers,omitempty"` // do not ask engines what containers are called

	// Command is a program and its arguments, which is started, as the user who logged in, and captured with all that it
	// starts. The capture ends with it. No shell reads it.
	Command []string `json:"command,omitempty"`
}

// beyondSysdig returns what sysdig cannot do of it, "" if nothing.
func (s *CaptureSpec) beyondSysdig() string {
	switch {
	case len(s.Command) > 0:
		return "capture a command that scapls starts"
	case len(s.PIDs) > 0, len(s.Comms) > 0, len(s.Syscalls) > 0, len(s.Cgroups) > 0:
		return "leave out processes, threads or calls in the kernel; a filter can"
	case s.LargeSnaplen > 0:
		return "keep more bytes on some ports"
	case s.PageFaults:
		return "be told to record page faults by scapls"
	case s.NoSwitches:
		return "leave context switches out in the kernel; a filter can"
	case s.ExitOnly:
		return "leave the enter half of each call out; a filter can: evt.dir=<"
	case s.Ring != "":
		return "be told the size of its buffer by scapls"
	case s.NoContainers:
		return "be told by scapls not to ask what containers are called"
	}
	return ""
}

// SpoolRequest asks something of the far side's spool: captures that run on without a connection, into a ring of
// files.
type SpoolRequest struct {
	Do       string       `json:"do"`           // "start", "list", "stop", "fetch", "remove"
	ID       string       `json:"id,omitempty"` // of all but start and list
	Spec     *CaptureSpec `json:"spec,omitempty"`
	FileSize int64        `json:"file_size,omitempty"` // bytes of each file of the ring
	Files    int          `json:"files,omitempty"`     // how many are kept
}

// Reply is a line from the agent to the client, on stderr; exactly one field is set. Lines of the capture itself
// (status every second) stand in Capture as they are.
type Reply struct {
	Hello   *Hello         `json:"hello,omitempty"`
	Pong    *Pong          `json:"pong,omitempty"`
	Started *Started       `json:"started,omitempty"`
	Capture *CaptureStatus `json:"capture,omitempty"`
	Printed *Printed       `json:"printed,omitempty"`
	Ended   *Ended         `json:"ended,omitempty"`
	Spool   *SpoolReply    `json:"spool,omitempty"`
	Error   *Fault         `json:"error,omitempty"`
}

// Hello is the agent's first line.
type Hello struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	PID      int    `json:"pid"`
	UID      int    `json:"uid"` // effective
	OS       string `json:"os"`
	Arch     string `json:"arch"` // Go's name
	Kernel   string `json:"kernel"`
	Hostname string `json:"hostname"`
	Can      bool   `json:"can"`            // this process may capture
	Why      string `json:"why,omitempty"`  // not
	Hard     bool   `json:"hard,omitempty"` // more rights would not help: no BTF, old kernel
}

// Pong answers a Ping.
type Pong struct {
	N    int64 `json:"n"`
	Time int64 `json:"time,string"` // of the far clock, ns since the epoch
}

// Printed is what the captured command printed.
type Printed struct {
	Stderr bool   `json:"stderr,omitempty"` // not on its standard output
	Data   []byte `json:"data"`             // at most MaxPrinted
}

// MaxPrinted is the most bytes of one Printed.
const MaxPrinted = 16 << 10

// Started says that the capture's bytes follow on stdout.
type Started struct {
	Excluded []int32 `json:"excluded,omitempty"` // processes whose events are left out: the connection's and the agent's
}

// CaptureStatus is how the far capture goes, every second.
type CaptureStatus struct {
	Events   uint64 `json:"events"`            // written so far
	Taken    uint64 `json:"taken,omitempty"`   // from the kernel so far
	Matched  uint64 `json:"matched,omitempty"` // by the filter so far
	Drops    uint64 `json:"drops"`             // lost in the kernel's ring so far
	Bytes    uint64 `json:"bytes,omitempty"`   // given to the link so far, after compression
	Lag      int64  `json:"lag,omitempty"`     // ns between an event and its being read
	RingUsed int    `json:"ring_used,omitempty"`
	RingSize int    `json:"ring_size,omitempty"`
	// Reasons tells why events were lost, in words; together they are Drops.
	Reasons map[string]uint64 `json:"drop_reasons,omitempty"`
}

// maxReasons is more than there are reasons to lose events.
const maxReasons = 20

// Ended is the agent's last line after a capture.
type Ended struct {
	Reason string `json:"reason"`         // "stopped", "duration", "count", "command", "lost", "error", as the agent sees it
	Exit   int    `json:"exit,omitempty"` // status of the captured command, as shells tell it
	Events uint64 `json:"events"`
	Drops  uint64 `json:"drops"`
	Bytes  uint64 `json:"bytes"` // given to the link in all

	Reasons map[string]uint64 `json:"drop_reasons,omitempty"` // as in CaptureStatus
}

// Fault is an error of the far side.
type Fault struct {
	Kind    Kind   `json:"kind"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
}

// SpoolReply answers a SpoolRequest.
type SpoolReply struct {
	List []SpoolEntry `json:"list,omitempty"`
	Done string       `json:"done,omitempty"` // the id that was started, stopped, removed, or whose files follow on stdout
	Size int64        `json:"size,omitempty"` // bytes that follow
}

// SpoolEntry is one capture of the spool.
type SpoolEntry struct {
	ID      string `json:"id"`
	Running bool   `json:"running"`
	Started int64  `json:"started,string"` // ns since the epoch
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`
	Filter  string `json:"filter,omitempty"`
	Error   string `json:"error,omitempty"` // why it ended, when that was no plain end
}
