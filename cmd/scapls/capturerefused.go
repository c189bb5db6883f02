package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/scapls/scapls/capture/live"
)

// wantedCapabilities are the rights of a capture: to load programs, to attach them to tracepoints, and to look into
// other users' processes.
const wantedCapabilities = "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search"

// refusal is the line of "--status json" of a capture that cannot begin. What a remote capture has, too, is called the
// same.
type refusal struct {
	State  string `json:"state"`            // error
	Kind   string `json:"kind"`             // no-rights, unsupported, filter, capture
	Error  string `json:"error"`            // a sentence
	Fix    string `json:"fix,omitempty"`    // what to do about it
	Sudo   string `json:"sudo,omitempty"`   // no-rights: the command line that works, for a shell
	Setcap string `json:"setcap,omitempty"` // no-rights: the one that gives the program its rights, once
}

func tellRefusal(std stdio, r *refusal) {
	r.State = "error"
	if b, err := json.Marshal(r); err == nil {
		fmt.Fprintf(std.err, "%s\n", b)
	}
}

// refused says why a capture cannot begin, and what to do about it.
func (f *captureFlags) refused(err error, args []string, std stdio) int {
	r := refusal{Kind: "capture", Error: err.Error()}
	var p *live.PermissionError
	var u *live.UnsupportedError
	switch {
	case errors.As(err, &p):
		exe := "scapls"
		if path, e := os.Executable(); e == nil {
			exe = path
		}
		r.Kind = "no-rights"
		r.Sudo = fmt.Sprintf("sudo %s capture %s", shellWord(exe), shellWords(forPeople(args)))
		r.Setcap = fmt.Sprintf("sudo setcap %s=ep %s", wantedCapabilities, shellWord(exe))
		r.Fix = fmt.Sprintf(`As root:
  %s
or give the program these rights, once; whoever may run it can then record all that happens on this machine:
  %s
"scapls doctor" tells what works here.`, r.Sudo, r.Setcap)
	case errors.As(err, &u):
		r.Kind, r.Fix = "unsupported", `"scapls doctor" tells what works here.`
	}
	if f.status == "json" {
		tellRefusal(std, &r)
		return exitCannot
	}
	fmt.Fprintf(std.err, "scapls capture: %s\n", r.Error)
	if r.Kind == "no-rights" {
		fmt.Fprintln(std.err)
	}
	if r.Fix != "" {
		fmt.Fprintln(std.err, r.Fix)
	}
	return exitCannot
}

// forPeople leaves out what makes the command line one for a program.
func forPeople(args []string) (out []string) {
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--":
			return append(out, args[i:]...)
		case "-control", "--control", "-status=json", "--status=json":
			continue
		case "-status", "--status":
			i++
			continue
		}
		out = append(out, args[i])
	}
	return out
}

// controlled returns a context that ends when the program on the other end of in says so or is gone.
func controlled(ctx context.Context, in io.Reader) (context.Context, func()) {
	ctx, stop := context.WithCancel(ctx)
	go func() { // ends with the input, or with the process
		defer stop()
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			var l controlLine
			if json.Unmarshal(lines.Bytes(), &l) == nil && l.Stop {
				return
			}
		}
	}()
	return ctx, stop
}
