package main

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/capture/remote"
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/scapio"
)

// remoteFlags is what the command lines of "scapls capture --remote" and "scapls remote" say.
type remoteFlags struct {
	target remote.Target
	o      remote.Options
	local  captureFlags // the flags that a capture on this machine has, too

	out     string // scapls remote: -w
	status  string // text, json, none
	control bool
	spool   bool
	text    bool // spool list and hosts: text or JSON
	rest    []string
}

// connection defines the flags that say how to get there.
func (f *remoteFlags) connection(fs *flag.FlagSet) {
	fs.StringVar(&f.o.SSH, "ssh", "", "the ssh `program`; without it the one in the PATH")
	fs.Func("ssh-option", "an `argument` for ssh, again for each word: -F, FILE, -i, FILE, -J, HOST, -o, NAME=VALUE", func(s string) error {
		f.o.SSHOptions = append(f.o.SSHOptions, s)
		return nil
	})
	fs.Func("use", "which `program` captures there: auto, there (only a scapls that is installed), upload, sysdig", func(s string) error {
		switch u := remote.Use(s); u {
		case "auto":
			f.o.Use = remote.UseAuto
		case remote.UseThere, remote.UseUpload, remote.UseSysdig:
			f.o.Use = u
		default:
			return errors.New("none of auto, there, upload, sysdig")
		}
		return nil
	})
	fs.BoolVar(&f.o.Stay, "stay", false, "leave an uploaded agent there, in ~/.local/share/scapls")
	fs.Func("agents", "look for agents to upload in this `folder` (scapls-linux-amd64, scapls-linux-arm64)", func(s string) error {
		abs, err := filepath.Abs(s)
		f.o.Agents = append(f.o.Agents, abs)
		return err
	})
}

// told defines the flags that say how the status is told.
func (f *remoteFlags) told(fs *flag.FlagSet) {
	fs.StringVar(&f.status, "status", "", "how it goes, on standard error: text, json (one line per change and second, for programs) or none")
	fs.BoolVar(&f.control, "control", false, `a program speaks on standard input, in JSON lines: {"password":"…"} when asked, {"stop":true}`)
}

// capturing defines the flags of a capture: those of a capture on this machine, and more.
func (f *remoteFlags) capturing(fs *flag.FlagSet) {
	f.local.define(fs)
	spec := &f.o.Spec
	fs.BoolVar(&spec.IncludeOwn, "include-own", false, "also the events of the ssh connection and of the agent, which cause more of them")
	spec.Compress = string(scapio.Zstd)
	fs.Func("link", "pack what crosses the `link`: zstd (default), gzip, none", func(s string) error {
		switch s {
		case "zstd", "gzip":
			spec.Compress, f.o.MustPack = s, true
		case "none":
			spec.Compress, f.o.MustPack = "", false
		default:
			return errors.New("none of zstd, gzip, none")
		}
		return nil
	})
	fs.BoolVar(&f.spool, "spool", false, "capture into a ring of files over there (-C megabytes each, default 16; -W of them, default 8), for -d (default an hour), and leave; \"scapls remote fetch\" gets them")
}

// parseMixed reads flags and words, mixed; code is -1 when all is well.
func parseMixed(fs *flag.FlagSet, args []string) (words []string, code int) {
	for len(args) > 0 {
		if !isFlag(args[0]) {
			words, args = append(words, args[0]), args[1:]
			continue
		}
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, exitOK
		} else if err != nil {
			return nil, exitUsage
		}
		args = fs.Args()
	}
	return words, -1
}

// parseRemoteCapture reads the command line of "scapls capture --remote"; code is -1 when all is well.
func parseRemoteCapture(args []string, std stdio) (*remoteFlags, int) {
	f := &remoteFlags{}
	f.local.far = true
	args, code := f.local.cutCommand(args, std)
	if code >= 0 {
		return nil, code
	}
	fs := newFlags("capture", std)
	f.capturing(fs)
	f.connection(fs)
	if f.rest, code = parseMixed(fs, args); code >= 0 {
		return nil, code
	}
	var err error
	if f.target, err = remote.ParseTarget(fs.Lookup("remote").Value.String()); err != nil {
		fmt.Fprintf(std.err, "scapls capture: --remote: %v\n", err)
		return nil, exitUsage
	}
	l := &f.local
	l.cond = strings.Join(f.rest, " ")
	f.status, f.control, f.out = l.status, l.control, l.o.Output.Path
	if err := f.check(); err != nil {
		fmt.Fprintf(std.err, "scapls capture: %v\n", err)
		return nil, exitUsage
	}
	if f.out == "-" && isTerminal(std.out) {
		fmt.Fprintln(std.err, "scapls capture: a capture is nothing for a terminal: send it to a file or a program (-w FILE, | scapls read -)")
		return nil, exitUsage
	}
	f.fillSpec()
	f.o.ForSysdig = sysdigFilter
	return f, f.checkFilter(std)
}

// check returns what does not go together.
func (f *remoteFlags) check() error {
	l := &f.local
	if !f.spool {
		return l.check()
	}
	o := &l.o.Output
	switch {
	case o.Path != "":
		return errors.New("--spool leaves the capture over there; get it with \"scapls remote fetch\"")
	case l.command != nil:
		return errors.New("--spool captures without a connection, and a command wants one for what it prints")
	case l.print || l.format != "":
		return errors.New("--spool prints nothing")
	case o.Every != 0 || o.MaxEvents != 0 || o.Compression != "":
		return errors.New("files of the spool are limited by size: -C and -W")
	}
	size, files := o.MaxBytes, o.Files
	o.MaxBytes, o.Files = 0, 0 // they are the spool's
	err := l.check()
	o.MaxBytes, o.Files = size, files
	return err
}

// fillSpec says what the far side is to do.
func (f *remoteFlags) fillSpec() {
	l, spec := &f.local, &f.o.Spec
	spec.Filter, spec.Duration, spec.Count = l.cond, l.o.Duration, l.o.Count
	spec.Snaplen, spec.ExitOnly, spec.PageFaults, spec.NoSwitches = l.live.Snaplen, l.live.ExitOnly, l.live.PageFaults, l.live.NoSwitches
	if l.live.RingSize > 0 {
		spec.Ring = strconv.Itoa(l.live.RingSize)
	}
	spec.PIDs, spec.Comms, spec.Syscalls = l.live.PIDs, l.live.Comms, l.live.Syscalls
	spec.LargeSnaplen, spec.LargePorts, spec.LargeFDs, spec.Cgroups = l.live.LargeSnaplen, l.live.LargePorts, l.live.LargeFDs, l.cgroups
	spec.NoContainers, spec.Command = !l.engines, l.command
}

// checkFilter returns -1 when the filter, if any, can be used.
func (f *remoteFlags) checkFilter(std stdio) int {
	if strings.TrimSpace(f.local.cond) == "" {
		return -1
	}
	r := filter.Read(f.local.cond, filter.Auto)
	_, err := r.Compile()
	var invalid *filter.Invalid
	if errors.As(err, &invalid) {
		fmt.Fprintf(std.err, "scapls capture: this filter cannot be used:\n%s", filter.Explain(f.local.cond, invalid.Errors()))
		return exitFilter
	}
	return -1
}

// sysdigFilter returns a filter as sysdig itself takes it, whichever language it is in.
func sysdigFilter(cond string) (string, error) {
	r := filter.Read(cond, filter.Auto)
	text, problems := filter.Translate(r.Tree, filter.Sysdig)
	if len(problems) > 0 {
		return "", errors.New(strings.TrimSpace(filter.Explain(cond, problems)))
	}
	return text, nil
}

func isStatus(s string) bool {
	switch s {
	case "", "text", "json", "none":
		return true
	}
	return false
}

// remoteAsked returns whether the arguments of "scapls capture" ask for another machine's.
func remoteAsked(args []string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		if name == "-remote" || name == "remote" && a[0] == '-' {
			return true
		}
	}
	return false
}

// elapsed is a duration for people.
func elapsed(since time.Time) string { return time.Since(since).Round(100 * time.Millisecond).String() }
