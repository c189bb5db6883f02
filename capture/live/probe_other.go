//go:build !linux || !(amd64 || arm64)

package live

import "time"

// Probe records system calls. See Open.
type Probe struct{}

func unsupported() error {
	return &UnsupportedError{Feature: "live capture", Needs: "Linux 5.8 or newer with BTF on x86-64 or arm64"}
}

// Open answers an *UnsupportedError: this system has no tracepoints.
func Open(Options) (*Probe, error) { return nil, unsupported() }

// Start begins recording.
func (p *Probe) Start() error { return unsupported() }

// Stop ends recording.
func (p *Probe) Stop() error { return nil }

// Close frees everything.
func (p *Probe) Close() error { return nil }

// Next fills in the next event.
func (p *Probe) Next(*Event) error { return unsupported() }

// SetDeadline sets when Next answers os.ErrDeadlineExceeded.
func (p *Probe) SetDeadline(time.Time) {}

// AddPID records one more process and its descendants.
func (p *Probe) AddPID(int32) error { return unsupported() }

// Stats returns the counters.
func (p *Probe) Stats() (Stats, error) { return Stats{}, unsupported() }

// Checks says what of a capture works here.
func Checks() []Check {
	return []Check{{Name: "system", Detail: unsupported().Error(), Fix: "capture on a Linux machine, by ssh from here"}}
}
