package remote

import "time"

// State is what a remote capture is doing.
type State string

// The states, in the order in which they come; StatePassword only when asked, StateUploading only when there is no agent.
const (
	StateConnecting State = "connecting"
	StateChecking   State = "checking"
	StateUploading  State = "uploading"
	StatePassword   State = "password" // waits for Options.Password
	StateStarting   State = "starting"
	StateCapturing  State = "running" // as a local capture has it
	StateEnded      State = "ended"
	StateError      State = "error"
)

// Status is how a remote capture goes. Counters are totals since its start.
type Status struct {
	State State
	Time  time.Time

	// Uploading: bytes sent and in all.
	Sent, Total int64
	// From StateStarting on: who captures and how.
	Agent string // "there", "kept", "uploaded" or "sysdig"
	Way   string // "direct", "sudo", "password" (sudo with one) or "doas"
	Far   Hello
	Clock Clock

	Events    uint64 // arrived
	FarEvents uint64 // written over there; the difference is under way. 0 when sysdig captures
	Taken     uint64 // from the far kernel, before the filter
	Matched   uint64 // by the filter
	RingUsed  int    // bytes that wait in the far kernel's ring
	RingSize  int
	PerSecond float64           // events, over the last second
	Drops     uint64            // lost in the far kernel's ring: load there, or a link that is too slow; see DropsKnown
	Reasons   map[string]uint64 // why, in words
	Sizes     Sizes
	Lag       time.Duration // between an event and its writing, over there
	EndsAfter time.Duration // 0 is no limit but what was asked for: sysdig may not be killed over there, and ends by itself
	Silent    time.Duration // since the far side's last word

	Reason string // StateEnded: "stopped", "duration", "count", "command"
	Exit   int    // of the captured command
	Err    *Error // StateError
}

// DropsKnown reports whether Drops is counted: sysdig in the agent's place keeps what it loses to itself.
func (s *Status) DropsKnown() bool { return s.Agent != "sysdig" }

// Sizes are bytes so far.
type Sizes struct {
	Link    int64 // arrived over ssh, as compressed there
	Written int64 // of the capture, handed to the writer
}
