package capture

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/capture/live"
)

// Status is how a capture is doing. As JSON it is one line for programs.
type Status struct {
	State    string            `json:"state"`             // running, ended
	Reason   string            `json:"reason,omitempty"`  // why it ended: see Reason
	Error    string            `json:"error,omitempty"`   // what went wrong
	Command  *int              `json:"command,omitempty"` // exit status of the command that was captured
	Time     string            `json:"time_ns"`           // when this was so, ns since the epoch
	Elapsed  float64           `json:"elapsed_s"`
	Events   uint64            `json:"events"`       // taken from the source
	Rate     float64           `json:"events_per_s"` // since the status before
	Matched  uint64            `json:"matched"`      // that the filter wanted; all without one
	Written  uint64            `json:"written"`      // to files, those marked as not to be shown included
	Bytes    int64             `json:"bytes"`        // in files and on their way there
	ByteRate float64           `json:"bytes_per_s"`
	Drops    uint64            `json:"drops"`
	Reasons  map[string]uint64 `json:"drop_reasons"`
	CPUDrops []uint64          `json:"drops_per_cpu"`
	Cut      uint64            `json:"cut"`       // events with a parameter that did not fit
	TooLarge uint64            `json:"too_large"` // events that no block can hold: among the drops
	RingUsed int               `json:"ring_used"`
	RingSize int               `json:"ring_size"`
	Lag      float64           `json:"lag_ms"` // between an event and its being read, the latest
	File     string            `json:"file,omitempty"`
	Files    int               `json:"files"`          // begun so far
	Kept     int               `json:"kept,omitempty"` // how many are kept at most; 0: all
	Threads  int               `json:"first_threads"`  // of the first state
	Refused  int               `json:"refused"`        // entries of /proc that could not be read
}

// The reasons why a capture ends.
const (
	ReasonInterrupted = "interrupted" // by its user
	ReasonDuration    = "duration"
	ReasonCount       = "count"
	ReasonCommand     = "command" // the captured command ended
	ReasonReader      = "reader"  // who read the standard output went away
	ReasonSource      = "source"  // the source ended
	ReasonError       = "error"
)

const reasonTooLarge = "too large for a block"

// setStats takes over the source's counters.
func (s *Status) setStats(st *live.Stats) {
	s.Drops = st.Drops()
	s.Reasons = map[string]uint64{}
	s.CPUDrops = make([]uint64, len(st.CPUs))
	for cpu := range st.CPUs {
		for reason, n := range st.CPUs[cpu].Drops {
			s.CPUDrops[cpu] += n
			if n > 0 {
				s.Reasons[live.DropReason(reason).String()] += n
			}
		}
	}
	s.Cut, s.RingUsed, s.RingSize = st.Truncated, st.RingUsed, st.RingSize
}

// Line returns the status in one line for people.
func (s *Status) Line() string {
	d := time.Duration(s.Elapsed * float64(time.Second))
	line := fmt.Sprintf("%s  %s events (%s/s)", round(d), group(s.Events), group(uint64(s.Rate)))
	if s.Matched != s.Events {
		line += fmt.Sprintf(", %s matched", group(s.Matched))
	}
	if s.File != "" {
		line += "  " + size(s.Bytes)
	}
	line += "  " + drops(s)
	if s.Lag > 500 {
		line += fmt.Sprintf("  %.1f s behind", s.Lag/1000)
	}
	return line
}

// Summary returns what a capture that has ended has made, in one line for people.
func (s *Status) Summary() string {
	line := plural(s.Events, "event")
	if s.Matched != s.Events {
		line = fmt.Sprintf("%s of %s events matched", group(s.Matched), group(s.Events))
	}
	if s.File != "" {
		where := s.File
		if s.File == "-" {
			where = "the standard output"
		}
		if s.Files > 1 {
			where = fmt.Sprintf("%s files, the last is %s", group(uint64(s.Files)), where)
			if s.Kept > 0 && s.Kept < s.Files {
				where += fmt.Sprintf(" (%d are kept)", s.Kept)
			}
		}
		line += fmt.Sprintf(", %s in %s", size(s.Bytes), where)
	}
	return line + ", " + drops(s)
}

func drops(s *Status) string {
	if s.Drops == 0 {
		return "no drops"
	}
	line := group(s.Drops) + " dropped"
	var why []string
	for _, r := range slices.Sorted(maps.Keys(s.Reasons)) {
		why = append(why, r+": "+group(s.Reasons[r]))
	}
	return line + " (" + strings.Join(why, ", ") + ")"
}

func plural(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return group(n) + " " + what + "s"
}

func round(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// group writes a number with commas between thousands.
func group(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func size(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 10_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
