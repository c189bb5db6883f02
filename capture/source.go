package capture

import (
	"time"

	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/state"
)

// Source gives events. *live.Probe is one.
type Source interface {
	// Next fills in the next event; io.EOF after Stop when all is given, os.ErrDeadlineExceeded when the deadline passed.
	Next(*live.Event) error
	// SetDeadline sets when a waiting Next gives up.
	SetDeadline(time.Time)
	// Stop ends recording. It may be called at any time, from any goroutine.
	Stop() error
	// Stats returns the counters.
	Stats() (live.Stats, error)
}

// Seen is one event with what it means. It is borrowed for the call.
type Seen struct {
	Num   uint64 // of this capture, from 1, the events of the first state included
	First uint64 // time of the capture's first event, ns since the epoch
	Ev    *evt.Event
	Facts state.Facts
	View  state.View // as of this event
}
