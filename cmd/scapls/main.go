// Command scapls reads, browses and serves system-call captures.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"syscall"
)

// Exit statuses. They are part of the interface: README.md lists them.
const (
	exitOK      = 0
	exitUsage   = 1
	exitOpen    = 2 // the capture cannot be opened
	exitDamaged = 3 // the capture is damaged; what could be read was printed
	exitFilter  = 4 // a filter or format is wrong
	exitCannot  = 5 // this machine or user cannot capture
	exitWrite   = 6 // the capture could not be written to its end; what there is can be opened
)

// command is one subcommand. run returns the exit status.
type command struct {
	usage string // arguments
	help  string // one line
	run   func(ctx context.Context, args []string, std stdio) int
}

// stdio are the three streams of the process, so that tests can give others.
type stdio struct {
	in  io.ReadCloser
	out io.WriteCloser
	err io.Writer
}

// commands is a function, since its entries use it in their help.
func commands() map[string]command {
	return map[string]command{
		"capture": {"[flags] [FILTER...] [-- COMMAND ARGS]", "record the system calls of this machine, or of one command", runCapture},
		"agent":   {"", "", runAgent},
		"merge":   {"[flags] FILE FILE...", "print the events of several captures in one order, each with its host", runMerge},
		"remote":  {"ACTION [flags] [TARGET] ...", "look after captures on other machines: hosts, check, sudoers, clean, list, fetch, stop, remove", runRemote},
		"doctor":  {"[-o text|json]", "tell whether this machine can capture, and what is missing", runDoctor},
		"read":    {"[flags] FILE|- [FILTER...]", "print the events of a capture, all or those that match a filter, or write them as another capture", runRead},
		"info":    {"[-o text|json] FILE|-", "tell what a capture holds and whether it is healthy", runInfo},
		"ps":      {"[--at N | --timeline] [--threads] FILE|-", "print the process tree as of event N", runPS},
		"lsof":    {"[--at N] [--pid P] FILE|-", "print the open descriptors as of event N", runLsof},
		"notes":   {"[flags] FILE [ACTION ...]", "show, write or take in notes on a capture: list, add, mark, unmark, ignore, unignore, shift, import, clear", runNotes},
		"fields":  {"[-o text|json] [NAME...]", "list the fields of filters and formats, or explain some", runFields},
		"check":   {"[--to falco|wireshark] FILTER", "tell what is wrong with a filter, or translate it", runCheck},
		"report":  {"-o OUT.html FILE|- [FILTER...]", "write what a capture holds as one HTML file: facts, graphs, tables", runReport},
		"serve":   {"[--log LEVEL] [--state-dir DIR]", "run the language server on stdin and stdout", runServe},
		"stats":   {"[flags] TABLE FILE|- [FILTER...]", "count calls by call, process, file, connection, error …", runStats},
		"version": {"", "print the version", runVersion},
		"bench":   {"FILE", "", runBench},
		"rewrite": {"IN OUT", "", runRewrite},
	}
}

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that goes away is an error of a write, and no fault: see brokenPipe
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, std stdio) int {
	if len(args) == 0 {
		usage(std.err)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "--help", "-help":
		usage(std.out)
		return exitOK
	case "--version", "-version":
		return runVersion(ctx, nil, std)
	}
	c, ok := commands()[args[0]]
	if !ok {
		fmt.Fprintf(std.err, "scapls: there is no command %q\n", args[0])
		usage(std.err)
		return exitUsage
	}
	return c.run(ctx, args[1:], std)
}

func usage(w io.Writer) {
	fmt.Fprint(w, "scapls reads system-call captures (.scap).\n\nUsage: scapls COMMAND [flags] [arguments]\n\n")
	var names []string
	for n, c := range commands() {
		if c.help != "" {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		c := commands()[n]
		fmt.Fprintf(w, "  %-34s %s\n", n+" "+c.usage, c.help)
	}
	fmt.Fprint(w, "\n\"scapls COMMAND -h\" explains a command. Exit status: 0 ok, 1 wrong usage, 2 cannot open, 3 damaged\n(after printing what there is), 4 bad filter or format, 5 cannot capture here, 6 cannot write.\n")
}

func runServe(ctx context.Context, args []string, std stdio) int {
	return serve(ctx, args, std.in, std.out, std.err)
}

func runVersion(_ context.Context, _ []string, std stdio) int {
	fmt.Fprintln(std.out, "scapls", buildVersion())
	return exitOK
}

// brokenPipe reports whether the reader of our output went away, which is no fault.
func brokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}
