package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/capture/remote"
)

// remoteStatus is a line of "--status json" of a remote capture. What a local capture has, too, is called the same.
type remoteStatus struct {
	State   string  `json:"state"` // connecting, checking, uploading, password, starting, running, ended, error
	Remote  string  `json:"remote"`
	Reason  string  `json:"reason,omitempty"`
	Error   string  `json:"error,omitempty"`  // a sentence
	Kind    string  `json:"kind,omitempty"`   // of the error, one word
	Fix     string  `json:"fix,omitempty"`    // what to do about it
	Detail  string  `json:"detail,omitempty"` // what ssh or the far side said
	Time    string  `json:"time_ns"`
	Elapsed float64 `json:"elapsed_s"`

	Sent  int64 `json:"sent,omitempty"` // uploading: bytes
	Total int64 `json:"total,omitempty"`

	Events   uint64            `json:"events"` // arrived here
	Rate     float64           `json:"events_per_s"`
	Taken    uint64            `json:"taken,omitempty"` // from the far kernel
	Matched  uint64            `json:"matched"`
	Written  uint64            `json:"written"` // over there
	Pending  uint64            `json:"pending"` // events on their way
	Bytes    int64             `json:"bytes"`   // of the capture, here
	Link     int64             `json:"link_bytes"`
	Drops    *uint64           `json:"drops,omitempty"` // nil: nobody counts them
	RingUsed int               `json:"ring_used"`
	RingSize int               `json:"ring_size"`
	Lag      float64           `json:"lag_ms"`
	Reasons  map[string]uint64 `json:"drop_reasons,omitempty"`
	Silent   float64           `json:"silent_s,omitempty"`     // since the far side's last word
	Ends     float64           `json:"ends_after_s,omitempty"` // by itself, since it may not be killed
	File     string            `json:"file,omitempty"`

	Agent  string `json:"agent,omitempty"`
	Way    string `json:"way,omitempty"`
	Host   string `json:"host,omitempty"` // what the far side calls itself
	Kernel string `json:"kernel,omitempty"`
	Offset string `json:"clock_offset_ns,omitempty"` // far minus here
	RTT    string `json:"clock_rtt_ns,omitempty"`

	User    string `json:"user,omitempty"` // password: whose
	Attempt int    `json:"attempt,omitempty"`
}

// remoteOut shows how a remote capture goes.
type remoteOut struct {
	std    stdio
	target remote.Target
	form   string // text, json, none
	file   string
	files  int // that what arrived was split into
	begun  time.Time

	mu    sync.Mutex // guards what follows, and the order of lines
	state remote.State
	width int // of the line on the terminal
	ask   *remote.PasswordAsk
}

func newRemoteOut(f *remoteFlags, std stdio) *remoteOut {
	o := &remoteOut{std: std, target: f.target, form: f.status, file: f.out, begun: time.Now()}
	if o.form == "" {
		o.form = "none"
		if isTerminal(std.err) {
			o.form = "text"
		}
	}
	return o
}

func (o *remoteOut) tell(s remote.Status) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch o.form {
	case "json":
		if s.State == remote.StatePassword && o.ask == nil {
			return // told when it is asked, with whose it is
		}
		b, err := json.Marshal(o.line(&s))
		if err == nil {
			fmt.Fprintf(o.std.err, "%s\n", b)
		}
	case "text":
		o.text(&s)
	}
	o.state = s.State
}

// asked tells that a password is wanted.
func (o *remoteOut) asked(a remote.PasswordAsk) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.form != "json" {
		return
	}
	l := remoteStatus{State: string(remote.StatePassword), Remote: o.target.String(), Time: strconv.FormatInt(time.Now().UnixNano(), 10), User: a.User, Host: a.Host, Attempt: a.Attempt}
	if b, err := json.Marshal(&l); err == nil {
		fmt.Fprintf(o.std.err, "%s\n", b)
	}
}

func (o *remoteOut) line(s *remote.Status) *remoteStatus {
	l := &remoteStatus{
		State: string(s.State), Remote: o.target.String(), Reason: s.Reason, Time: strconv.FormatInt(s.Time.UnixNano(), 10), Elapsed: time.Since(o.begun).Seconds(),
		Sent: s.Sent, Total: s.Total, Events: s.Events, Rate: s.PerSecond, Taken: s.Taken, Matched: s.Matched, Written: s.FarEvents, Bytes: s.Sizes.Written, Link: s.Sizes.Link,
		Reasons: s.Reasons, RingUsed: s.RingUsed, RingSize: s.RingSize, Lag: float64(s.Lag) / 1e6, Silent: s.Silent.Seconds(), Ends: s.EndsAfter.Seconds(), File: o.file,
		Agent: s.Agent, Way: s.Way, Host: s.Far.Hostname, Kernel: s.Far.Kernel,
	}
	if s.DropsKnown() {
		l.Drops = &s.Drops
	}
	if s.State != remote.StateUploading {
		l.Sent, l.Total = 0, 0
	}
	if s.Silent < 2*time.Second {
		l.Silent = 0
	}
	if s.FarEvents > s.Events {
		l.Pending = s.FarEvents - s.Events
	}
	if s.Clock.Trips > 0 {
		l.Offset, l.RTT = strconv.FormatInt(int64(s.Clock.Offset), 10), strconv.FormatInt(int64(s.Clock.RTT), 10)
	}
	if s.Err != nil {
		l.Kind, l.Error, l.Fix, l.Detail = string(s.Err.Kind), s.Err.Message, s.Err.Fix, s.Err.Detail
		if s.Err.Err != nil {
			l.Error += ": " + s.Err.Err.Error()
		}
	}
	return l
}

// text shows the status on a terminal: one line that is written over while it goes, and one for each state.
func (o *remoteOut) text(s *remote.Status) {
	line := ""
	switch s.State {
	case remote.StateConnecting:
		line = "connecting to " + o.target.String()
	case remote.StateChecking:
		line = "looking for an agent"
	case remote.StateUploading:
		line = fmt.Sprintf("uploading the agent: %d of %d kB", s.Sent/1000, s.Total/1000)
	case remote.StateStarting:
		line = fmt.Sprintf("starting (%s, %s); clock offset %s", s.Agent, s.Way, s.Clock)
	case remote.StateCapturing:
		line = fmt.Sprintf("%s  %d events (%.0f/s)  %.1f MB (%.1f MB over the link)  %s", elapsed(o.begun), s.Events, s.PerSecond, float64(s.Sizes.Written)/1e6,
			float64(s.Sizes.Link)/1e6, dropsText(s))
		if s.FarEvents > s.Events+1000 {
			line += fmt.Sprintf("  %d on their way", s.FarEvents-s.Events)
		}
		if s.EndsAfter > 0 {
			line += fmt.Sprintf("  ends after %s, since sysdig may not be killed there: -d sets another time", s.EndsAfter)
		}
		if s.Silent > 2*time.Second {
			line += fmt.Sprintf("  silent for %.0f s", s.Silent.Seconds())
		}
	}
	if o.width > 0 {
		fmt.Fprintf(o.std.err, "\r%-*s\r", o.width, "")
		o.width = 0
	}
	if line == "" {
		return
	}
	if isTerminal(o.std.err) {
		fmt.Fprint(o.std.err, line)
		o.width = len(line)
	} else if s.State != o.state {
		fmt.Fprintln(o.std.err, line)
	}
}

// matchedText tells how many events the filter wanted; the others tell only what descriptors and processes are.
func matchedText(s *remote.Status) string {
	if s.Taken == 0 || s.Matched == s.Taken {
		return ""
	}
	return fmt.Sprintf(" (%d matched)", s.Matched)
}

func dropsText(s *remote.Status) string {
	switch {
	case !s.DropsKnown():
		return "drops not known"
	case s.Drops == 0:
		return "no drops"
	}
	var why []string
	for _, r := range slices.Sorted(maps.Keys(s.Reasons)) {
		why = append(why, fmt.Sprintf("%s: %d", r, s.Reasons[r]))
	}
	text := strconv.FormatUint(s.Drops, 10) + " dropped"
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return text
}

// ended says how it went and returns the exit status.
func (o *remoteOut) ended(name string, s remote.Status, err error) int {
	if err == nil {
		if o.form != "json" && s.Sizes.Written > 0 && o.file != "-" && (o.file != "" || s.Drops > 0) {
			fmt.Fprintf(o.std.err, "scapls %s: %d events%s from %s%s, %s\n", name, s.Events, o.where(), o.target, matchedText(&s), dropsText(&s))
		}
		return s.Exit
	}
	if o.form != "json" {
		o.explain(name, s, err)
	}
	if code := remoteExit(err); s.Err == nil || s.Err.Kind != remote.KindCommand || s.Exit == 0 {
		return code
	}
	return s.Exit // as shells tell that there is no such program
}

// where tells in which files the capture is.
func (o *remoteOut) where() string {
	switch {
	case o.file == "":
		return ""
	case o.files > 1:
		return fmt.Sprintf(" in %d files %s…", o.files, o.file)
	}
	return " in " + o.file
}

func (o *remoteOut) explain(name string, s remote.Status, err error) {
	fmt.Fprintf(o.std.err, "scapls %s: %v\n", name, err)
	if s.Err != nil && s.Err.Fix != "" {
		fmt.Fprintf(o.std.err, "What to do: %s\n", strings.ReplaceAll(s.Err.Fix, "\n", "\n  "))
	}
	if s.Events > 0 {
		fmt.Fprintf(o.std.err, "%d events arrived before and are kept, %s\n", s.Events, dropsText(&s))
	}
}
