package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/scapls/scapls/scapio/state"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
)

// asOf opens a capture, waits for its index and calls f with the state as of the event that --at names.
func asOf(ctx context.Context, name string, fs *flag.FlagSet, args []string, std stdio, f func(w *bufio.Writer, v state.View) error) int {
	at := fs.Uint64("at", 0, "the `event` whose moment is shown; 0 is the end of the capture")
	file, code := parseFile(fs, args)
	if code >= 0 {
		return code
	}
	x, code := openIndex(ctx, name, file, std)
	if x == nil {
		return code
	}
	defer x.Close()
	if err := x.Wait(ctx); err != nil {
		return exitOpen
	}
	snap := x.Acquire()
	key := snap.Len()
	if last := snap.Number(max(key, 1)); key > 0 && *at > last {
		snap.Release()
		fmt.Fprintf(std.err, "scapls %s: --at %d: the capture ends with event %d\n", name, *at, last)
		return exitUsage
	}
	if *at > 0 {
		key = snap.Key(*at)
	}
	w := bufio.NewWriter(std.out)
	err := f(w, snap.View(key))
	snap.Release()
	if e := w.Flush(); err == nil {
		err = e
	}
	return finish(name, x, err, std)
}

func runPS(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("ps", std)
	threads := fs.Bool("threads", false, "also the threads of a process besides its main one")
	bars := fs.Bool("timeline", false, "print processes as bars over the time of the capture, with what they ran")
	for _, a := range args { // --at has no meaning for it
		if strings.HasPrefix(strings.TrimLeft(a, "-"), "timeline") {
			return runPSTimeline(ctx, fs, args, threads, std)
		}
	}
	_ = bars
	return asOf(ctx, "ps", fs, args, std, func(w *bufio.Writer, v state.View) error {
		fmt.Fprintf(w, "%8s %8s %8s  %-12s %-16s %s\n", "PID", "TID", "PPID", "USER", "CONTAINER", "COMMAND")
		for _, t := range session.ProcessTree(v) {
			if !*threads && !t.Main() {
				continue
			}
			user := "-"
			if name, ok := v.UserName(t.Container, t.UID); ok {
				user = name
			} else if t.UID != ^uint32(0) {
				user = fmt.Sprint(t.UID)
			}
			container := "-"
			if t.Container != "" {
				container = t.Container
				if c := v.Container(t.Container); c != nil && c.Name != "" {
					container = c.Name
				}
			}
			dead := ""
			if t.Flags&state.Closed != 0 {
				dead = " (exited)"
			}
			args := strings.Join(t.ArgList(), " ")
			if args != "" {
				args = " " + args
			}
			fmt.Fprintf(w, "%8d %8d %8d  %-12s %-16s %s%s%s%s\n", t.PID, t.TID, t.PTID, format.OneLine(user), format.OneLine(container),
				strings.Repeat("  ", t.Depth), format.OneLine(t.Comm), format.OneLine(args), dead)
		}
		return nil
	})
}

func runPSTimeline(ctx context.Context, fs *flag.FlagSet, args []string, threads *bool, std stdio) int {
	file, code := parseFile(fs, args)
	if code >= 0 {
		return code
	}
	x, code := openIndex(ctx, "ps", file, std)
	if x == nil {
		return code
	}
	defer x.Close()
	w := bufio.NewWriter(std.out)
	err := psTimeline(ctx, x, *threads, w)
	if e := w.Flush(); err == nil {
		err = e
	}
	return finish("ps", x, err, std)
}

func runLsof(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("lsof", std)
	pid := fs.Int64("pid", -1, "only the descriptors of this `process`, or that of this thread")
	code := exitOK
	got := asOf(ctx, "lsof", fs, args, std, func(w *bufio.Writer, v state.View) error {
		found, want := false, *pid
		if t := v.Thread(want); t != nil && v.Thread(t.PID) != nil {
			want = t.PID
		}
		fmt.Fprintf(w, "%-16s %8s %6s  %-26s %s\n", "COMMAND", "PID", "FD", "TYPE", "NAME")
		for _, t := range v.Threads() {
			if !t.Main() && v.Thread(t.PID) != nil || *pid >= 0 && t.PID != want && t.TID != want {
				continue
			}
			found = true
			for _, fd := range v.FDs(t) {
				fmt.Fprintf(w, "%-16s %8d %6d  %-26s %s\n", format.OneLine(t.Comm), t.PID, fd.Num, session.FDKind(fd.FD), format.OneLine(fd.Name))
			}
		}
		if *pid >= 0 && !found {
			fmt.Fprintf(std.err, "scapls lsof: no process %d at that moment; scapls ps shows which there are\n", *pid)
			code = exitUsage
		}
		return nil
	})
	if got != exitOK {
		return got
	}
	return code
}
