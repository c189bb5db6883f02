package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/capture"
	"github.com/scapls/scapls/capture/container"
	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/capture/procscan"
	"github.com/scapls/scapls/scapio"
)

// captureFlags is what the command line of "scapls capture" says.
type captureFlags struct {
	live    live.Options
	o       capture.Options
	command []string
	cond    string
	format  string
	print   bool
	status  string // text, json, none
	control bool   // a program speaks on stdin
	engines bool
	cgroups []string // control groups, of the machine that is captured
	far     bool     // that is another one
}

func runCapture(ctx context.Context, args []string, std stdio) int {
	if remoteAsked(args) {
		return runRemoteCapture(ctx, args, std)
	}
	f, code := parseCapture(args, std)
	if code >= 0 {
		return code
	}
	command := std
	if f.control {
		var stop func()
		ctx, stop = controlled(ctx, std.in)
		defer stop()
		command = stdio{out: std.out, err: std.out} // what the command says stays apart from the status
	}
	out, code := f.prepare(std)
	if code != exitOK {
		return code
	}
	start := func() (*capture.Command, error) {
		return capture.Start(f.command, command.in, command.out, command.err)
	}
	cmd, st, err := f.record(ctx, start, func() {})
	var no *cannotBegin
	var bad *commandError
	switch {
	case errors.As(err, &bad):
		fmt.Fprintf(std.err, "scapls capture: %v\n", bad)
		return capture.CommandError(bad.err)
	case errors.As(err, &no):
		return f.refused(no.err, args, std)
	}
	code = out.ended(&st, err)
	if cmd == nil {
		return code
	}
	return commandStatus(ctx, cmd, code, st.Reason, std)
}

// cannotBegin is why a capture did not begin.
type cannotBegin struct{ err error }

func (e *cannotBegin) Error() string { return e.err.Error() }
func (e *cannotBegin) Unwrap() error { return e.err }

// commandError is why the command to capture could not be started.
type commandError struct {
	name string
	err  error
}

func (e *commandError) Error() string { return fmt.Sprintf("start %s: %v", e.name, e.err) }
func (e *commandError) Unwrap() error { return e.err }

// record captures, and returns the command that is captured, which may go on. start starts it where there is one; begun
// is called when events are recorded from now on. The error is a *cannotBegin or *commandError when nothing was captured.
func (f *captureFlags) record(ctx context.Context, start func() (*capture.Command, error), begun func()) (cmd *capture.Command, st capture.Status, err error) {
	probe, err := live.Open(f.live)
	if err != nil {
		return nil, st, &cannotBegin{err}
	}
	defer probe.Close()
	f.o.Source = probe
	if f.command != nil {
		// The thread that will start the command is the parent its events name: it must be among those that are listed.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
	}
	scanner := &procscan.Scanner{}
	if f.o.First, err = capture.First(ctx, scanner, probe.Start); err != nil {
		return nil, st, &cannotBegin{err}
	}
	f.o.Descriptor = scanner.Descriptor
	if pids := f.followed(); pids != nil {
		f.o.First.Around(pids...)
	}
	begun()
	if f.engines {
		f.o.Containers = container.Open(container.Options{Accounts: scanner.Accounts})
		defer f.o.Containers.Close()
	}
	if f.command != nil {
		// What this process starts is followed from its first moment; the process itself is never recorded.
		if err := probe.AddPID(int32(os.Getpid())); err != nil {
			return nil, st, &cannotBegin{err}
		}
		if cmd, err = start(); err != nil {
			return nil, st, &commandError{f.command[0], err}
		}
		f.o.Ended, f.o.Command = cmd.Done(), int64(cmd.PID())
	}
	st, err = capture.Run(ctx, f.o)
	return cmd, st, err
}

// followed returns the processes whose calls are recorded, nil for all.
func (f *captureFlags) followed() (pids []int64) {
	if f.command != nil {
		pids = append(pids, int64(os.Getpid()))
	}
	for _, p := range f.live.PIDs {
		pids = append(pids, int64(p))
	}
	return pids
}

// commandStatus waits for the captured program, whose exit status is that of scapls when the capture went well.
func commandStatus(ctx context.Context, cmd *capture.Command, code int, reason string, std stdio) int {
	select {
	case <-cmd.Done():
	default:
		if ctx.Err() == nil && code == exitOK {
			fmt.Fprintf(std.err, "scapls capture: the capture is over (%s), the command goes on\n", reason)
		}
	}
	done := cmd.Done()
	status := 0
	select {
	case <-done:
		status = cmd.Wait()
	case <-ctx.Done():
		status = cmd.Finish(2 * time.Second)
	}
	if code != exitOK {
		return code
	}
	return status
}

// parseCapture reads the command line; code is -1 when all is well.
func parseCapture(args []string, std stdio) (*captureFlags, int) {
	f := &captureFlags{}
	args, code := f.cutCommand(args, std)
	if code >= 0 {
		return nil, code
	}
	fs := newFlags("capture", std)
	f.define(fs)
	words, code := parseMixed(fs, args)
	if code >= 0 {
		return nil, code
	}
	f.cond = strings.Join(words, " ")
	if err := f.check(); err != nil {
		fmt.Fprintf(std.err, "scapls capture: %v\n", err)
		return nil, exitUsage
	}
	return f, -1
}

// cutCommand takes the command to capture off the end of a command line; code is -1 when all is well.
func (f *captureFlags) cutCommand(args []string, std stdio) (rest []string, code int) {
	i := slices.Index(args, "--")
	if i < 0 {
		return args, -1
	}
	if f.command = args[i+1:]; len(f.command) == 0 {
		fmt.Fprintln(std.err, "scapls capture: behind -- stands the command to capture")
		return nil, exitUsage
	}
	return args[:i], -1
}

func (f *captureFlags) define(fs *flag.FlagSet) {
	outputFlags(fs, &f.o.Output)
	f.probeFlags(fs)
	fs.DurationVar(&f.o.Duration, "d", 0, "end after this `time`: 90s, 10m")
	fs.Uint64Var(&f.o.Count, "n", 0, "end after this `number` of events; with a filter, of those that match")
	fs.BoolVar(&f.print, "print", false, "print lines, too, while a file is written")
	fs.StringVar(&f.format, "p", "", "what to print of each event, in sysdig's `format` language")
	fs.StringVar(&f.status, "status", "", "how it goes, on standard error, once a second: `text`, json (for programs) or none; a terminal gets text")
	fs.BoolVar(&f.control, "control", false, `a program speaks on standard input: {"stop":true}, or its end, ends the capture; the command gets no input, and all it prints goes to the standard output`)
	fs.String("remote", "", "capture on another `machine` through ssh: [user@]host[:port]; \"scapls capture --remote HOST -h\" tells its flags")
	fs.BoolVar(&f.engines, "containers", true, "ask docker, podman and CRI what containers are called")
}

// outputFlags defines the flags that say where a capture goes.
func outputFlags(fs *flag.FlagSet, o *capture.Output) {
	fs.StringVar(&o.Path, "w", "", "write the capture to this `file`; - is the standard output. Without it, events are printed as lines")
	fs.Func("C", "begin a new file when one has this many `megabytes` (of 1,000,000 bytes); a number is added to the names", func(s string) error {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || v <= 0 {
			return errors.New("not a number of megabytes")
		}
		o.MaxBytes = int64(v * 1e6)
		return nil
	})
	fs.Func("G", "begin a new file after this many `seconds`; the name may hold strftime's letters (%H%M%S)", func(s string) error {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || v <= 0 {
			return errors.New("not a number of seconds")
		}
		o.Every = time.Duration(v * float64(time.Second))
		return nil
	})
	fs.Uint64Var(&o.MaxEvents, "e", 0, "begin a new file after this `number` of events")
	fs.IntVar(&o.Files, "W", 0, "keep at most this `number` of files: the oldest are overwritten")
	fs.Func("z", "pack the file: `gzip` (sysdig and Stratoshark read that, too) or zstd", func(s string) error {
		switch s {
		case "gzip", "zstd":
			o.Compression = scapio.Compression(s)
			return nil
		}
		return errors.New("neither gzip nor zstd")
	})
}

// probeFlags defines the flags that say what the kernel records.
func (f *captureFlags) probeFlags(fs *flag.FlagSet) {
	l := &f.live
	fs.IntVar(&l.Snaplen, "s", live.DefaultSnaplen, "`bytes` of data that are kept of each read, write, send …")
	fs.BoolVar(&l.ExitOnly, "exit-only", false, "leave the enter half of each call out: smaller, but no latencies")
	fs.Func("ring", "`size` of the buffer between kernel and scapls: 8M, 256M (default 32M)", func(s string) (err error) {
		l.RingSize, err = parseSize(s)
		return err
	})
	fs.BoolVar(&l.PageFaults, "page-faults", false, "record page faults, too")
	fs.BoolVar(&l.NoSwitches, "no-switches", false, "leave context switches out")
	fs.Func("pid", "only these `processes` and what they start, numbers with commas; decided in the kernel, as all that follows", func(s string) error {
		for p := range strings.SplitSeq(s, ",") {
			v, err := strconv.ParseInt(strings.TrimSpace(p), 10, 32)
			if err != nil || v <= 0 {
				return fmt.Errorf("%q is no process", p)
			}
			l.PIDs = append(l.PIDs, int32(v))
		}
		return nil
	})
	list := func(to *[]string) func(string) error {
		return func(s string) error { *to = append(*to, strings.Split(s, ",")...); return nil }
	}
	fs.Func("comm", "only threads of these `names`, with commas", list(&l.Comms))
	fs.Func("syscalls", "only these `calls`, with commas, and those that tell what descriptors and processes are", list(&l.Syscalls))
	fs.Func("cgroup", "only what runs in these control `groups` (version 2) or below, as /proc/PID/cgroup has them behind 0::, with commas", func(s string) error {
		f.cgroups = append(f.cgroups, strings.Split(s, ",")...)
		return nil
	})
	fs.IntVar(&l.LargeSnaplen, "large", 0, "`bytes` of data that are kept on the ports of --large-ports and the descriptors of --large-fds")
	fs.Func("large-ports", "`ports`, with commas, of which more data is kept", func(s string) error {
		for p := range strings.SplitSeq(s, ",") {
			v, err := strconv.ParseUint(strings.TrimSpace(p), 10, 16)
			if err != nil {
				return fmt.Errorf("%q is no port", p)
			}
			l.LargePorts = append(l.LargePorts, uint16(v))
		}
		return nil
	})
	fs.Func("large-fds", "`numbers` of descriptors, with commas, of which more data is kept, in any process", func(s string) error {
		for p := range strings.SplitSeq(s, ",") {
			v, err := strconv.ParseUint(strings.TrimSpace(p), 10, 16)
			if err != nil {
				return fmt.Errorf("%q is no descriptor", p)
			}
			l.LargeFDs = append(l.LargeFDs, int32(v))
		}
		return nil
	})
}

// check completes the flags, and returns what does not go together.
func (f *captureFlags) check() error {
	o := &f.o.Output
	switch f.status {
	case "", "text", "json", "none":
	default:
		return fmt.Errorf("--status %q is none of text, json, none", f.status)
	}
	switch {
	case o.Path == "-" && f.print:
		return errors.New("the standard output cannot hold both the capture and lines: -w needs a file with --print")
	case o.Path == "-" && f.command != nil:
		return errors.New("the standard output cannot hold both the capture and what the command prints: -w needs a file")
	case o.Path == "" && o.Compression != "":
		return errors.New("-z packs a file: -w is missing")
	}
	if err := f.checkProbe(); err != nil {
		return err
	}
	return o.Check()
}

// checkProbe completes what the probe is asked, and returns what does not go together.
func (f *captureFlags) checkProbe() error {
	f.live.KeepState = len(f.live.Syscalls) > 0
	f.live.FollowOnly = f.command != nil
	switch {
	case f.o.Duration < 0:
		return errors.New("-d is negative")
	case f.live.Snaplen < 0 || f.live.Snaplen > live.MaxSnaplen:
		return fmt.Errorf("-s %d is not between 0 and %d", f.live.Snaplen, live.MaxSnaplen)
	case f.command != nil && len(f.live.PIDs) > 0:
		return errors.New("--pid and a command: one of them")
	}
	if f.live.Snaplen == 0 {
		f.live.Snaplen = 1 // the probe's 0 is its default
	}
	if f.far { // it knows its groups
		return nil
	}
	for _, name := range f.cgroups {
		id, err := live.CgroupID(name)
		if err != nil {
			return fmt.Errorf("--cgroup %w", err)
		}
		f.live.Cgroups = append(f.live.Cgroups, id)
	}
	return nil
}

// parseSize reads a number of bytes with a unit: K, M, G, also as KiB or KB.
func parseSize(s string) (int, error) {
	unit := strings.TrimRight(strings.ToUpper(s), "B")
	unit = strings.TrimSuffix(unit, "I")
	shift := 0
	for i, u := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(unit, u); ok {
			shift, unit = 10*(i+1), rest
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(unit), 64)
	if err != nil || v <= 0 || v*float64(int(1)<<shift) > live.MaxRingSize {
		return 0, fmt.Errorf("%q is no size up to 1G, such as 8M", s)
	}
	return int(v * float64(int(1)<<shift)), nil
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}
