package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/scapls/scapls/capture"
	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/capture/remote"
	"github.com/scapls/scapls/capture/remote/agent"
	"github.com/scapls/scapls/scapio"
)

// runAgent is the far side of "scapls capture --remote". It takes no options: what it is to do comes in on stdin.
func runAgent(ctx context.Context, args []string, std stdio) int {
	o := agent.Options{In: std.in, Out: std.out, Err: std.err, Version: buildVersion(), Capture: agentCapture, Can: mayCapture}
	switch {
	case len(args) == 0:
		return agent.Run(ctx, o)
	case len(args) == 2 && args[0] == "spool":
		return agent.Spool(ctx, o, args[1])
	}
	fmt.Fprintln(std.err, "scapls agent: this is started by \"scapls capture --remote\" on the far side and takes no arguments")
	return exitUsage
}

// mayCapture reports whether this process may capture.
func mayCapture() (ok bool, why string, hard bool) {
	rights := true
	for _, c := range live.Checks() {
		if c.OK || optional[c.Name] {
			continue
		}
		if why == "" {
			why = strings.TrimRight(c.Name+": "+c.Detail, ": ")
		}
		switch c.Name {
		case "capabilities":
			rights = false
		case "kernel", "BTF", "system":
			return false, c.Name + ": " + c.Detail + "; " + c.Fix, true
		}
	}
	return why == "", why, why != "" && rights
}

// agentCapture makes the capture that a client asked for.
func agentCapture(ctx context.Context, job agent.Job) (total remote.CaptureStatus, err error) {
	f := &captureFlags{status: "none", cond: job.Filter, command: job.Command, engines: !job.NoContainers, cgroups: job.Cgroups}
	f.live = live.Options{
		Snaplen: job.Snaplen, ExitOnly: job.ExitOnly, Exclude: job.Exclude, PIDs: job.PIDs, Comms: job.Comms, Syscalls: job.Syscalls,
		PageFaults: job.PageFaults, NoSwitches: job.NoSwitches, LargeSnaplen: job.LargeSnaplen, LargePorts: job.LargePorts, LargeFDs: job.LargeFDs,
	}
	f.o.Count, f.o.Duration = job.Count, job.Duration
	f.o.Output = capture.Output{Path: "-"}
	if job.File != "" {
		f.o.Output = capture.Output{Path: job.File, MaxBytes: job.FileSize, Files: job.Files, Compression: scapio.Compression(job.Compress)}
	}
	if job.Snaplen == 0 {
		f.live.Snaplen = live.DefaultSnaplen
	}
	if job.Ring != "" {
		if f.live.RingSize, err = parseSize(job.Ring); err != nil {
			return total, err
		}
	}
	if err := f.checkProbe(); err != nil {
		return total, err
	}
	var said bytes.Buffer
	if _, code := f.prepare(stdio{out: unclosed{job.Out}, err: &said}); code != exitOK {
		return total, &remote.Error{Kind: remote.KindFilter, Message: strings.TrimSpace(said.String())}
	}
	f.o.Status = func(s *capture.Status) { job.Status(farStatus(s)) }
	start := func() (*capture.Command, error) {
		return capture.StartApart(job.Command, printedBy(job, false), printedBy(job, true))
	}
	cmd, st, err := f.record(ctx, start, job.Begun)
	if cmd != nil {
		job.Exited(commandEnd(ctx, cmd, func() { job.Status(farStatus(&st)) }))
	}
	var bad *commandError
	if errors.As(err, &bad) {
		job.Exited(capture.CommandError(bad.err))
		return total, &remote.Error{Kind: remote.KindCommand, Message: err.Error()}
	}
	if brokenPipe(err) {
		err = nil // the client knows
	}
	return farStatus(&st), farError(err)
}

// commandEnd waits for the captured command, while it says every second that it does, and returns its exit status.
func commandEnd(ctx context.Context, cmd *capture.Command, waiting func()) int {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-cmd.Done():
			return cmd.Wait()
		case <-t.C:
			waiting()
		case <-ctx.Done(): // nobody is there to see it any more: well within the time in which the agent has to end
			return cmd.End(time.Second)
		}
	}
}

// printer is a stream of the captured command.
type printer struct {
	job    agent.Job
	stderr bool
}

func printedBy(job agent.Job, stderr bool) io.Writer { return printer{job, stderr} }

// Write hands on what the command prints.
func (p printer) Write(b []byte) (int, error) {
	p.job.Printed(p.stderr, b)
	return len(b), nil
}

func farStatus(s *capture.Status) remote.CaptureStatus {
	return remote.CaptureStatus{
		Events: s.Written, Taken: s.Events, Matched: s.Matched, Drops: s.Drops, Lag: int64(s.Lag * 1e6), RingUsed: s.RingUsed, RingSize: s.RingSize,
		Reasons: s.Reasons,
	}
}

// farError gives an error its kind for the client.
func farError(err error) error {
	var p *live.PermissionError
	var u *live.UnsupportedError
	switch {
	case errors.As(err, &p):
		return &remote.Error{Kind: remote.KindNoRights, Message: err.Error()}
	case errors.As(err, &u):
		return &remote.Error{Kind: remote.KindPlatform, Message: err.Error()}
	}
	return err
}

// unclosed is a writer that is not ours to close.
type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }
