package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/scapls/scapls/capture"
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
)

// captureOut shows how a capture goes.
type captureOut struct {
	std    stdio
	status string // "" is the summary at the end only
	live   bool   // a line on the terminal is written over and over
	width  int
}

// prepare compiles the filter and the format and sets what becomes of events and of the status.
func (f *captureFlags) prepare(std stdio) (*captureOut, int) {
	if f.o.Output.Path == "-" {
		if isTerminal(std.out) {
			fmt.Fprintln(std.err, "scapls capture: a capture is nothing for a terminal: send it to a file or a program (-w FILE, | scapls read -)")
			return nil, exitUsage
		}
		f.o.Output.Stdout = std.out
	}
	seen := &seenCtx{}
	if strings.TrimSpace(f.cond) != "" {
		r := filter.Read(f.cond, filter.Auto)
		p, err := r.Compile()
		var invalid *filter.Invalid
		if errors.As(err, &invalid) {
			why := fmt.Sprintf("this filter cannot be used:\n%s", filter.Explain(f.cond, invalid.Errors()))
			if f.status == "json" {
				tellRefusal(std, &refusal{Kind: "filter", Error: why})
			} else {
				fmt.Fprintf(std.err, "scapls capture: %s", why)
			}
			return nil, exitFilter
		}
		f.o.Match = func(s *capture.Seen) bool { return p.Match(seen.fill(s)) }
	}
	if f.print || f.o.Output.Path == "" {
		if code := f.printer(seen, std); code != exitOK {
			return nil, code
		}
	}
	out := &captureOut{std: std, status: f.status}
	if out.status == "" && isTerminal(std.err) && f.o.Print == nil && f.command == nil {
		out.status, out.live = "text", true
	}
	f.o.Status = out.tell
	return out, exitOK
}

// printer sets how events are printed.
func (f *captureFlags) printer(seen *seenCtx, std stdio) int {
	line := session.DefaultLine('h', location())
	if f.format != "" {
		p, err := format.Compile(f.format)
		if err != nil {
			fmt.Fprintf(std.err, "scapls capture: -p: %v\n", err)
			return exitFilter
		}
		line = p.Append
	}
	w := bufio.NewWriterSize(std.out, 64<<10)
	var buf []byte
	f.o.Print = func(s *capture.Seen) {
		c := seen.ctx(s)
		if out, ok := line(buf[:0], c); ok {
			buf = out
			_, _ = w.Write(out) // Flush tells of it
		}
	}
	f.o.FlushPrint = w.Flush
	return exitOK
}

// tell shows the status of a running capture.
func (o *captureOut) tell(s *capture.Status) {
	switch {
	case o.status == "json":
		b, err := json.Marshal(s)
		if err == nil {
			fmt.Fprintf(o.std.err, "%s\n", b)
		}
	case o.status == "text" && !o.live && s.State == "running":
		fmt.Fprintf(o.std.err, "%s\n", s.Line())
	case o.live && s.State == "running":
		line := s.Line()
		fmt.Fprintf(o.std.err, "\r%-*s", o.width, line)
		o.width = len(line)
	}
}

// ended says what was captured and what kept the capture from ending well, and returns the exit status.
func (o *captureOut) ended(s *capture.Status, err error) int {
	if o.live && o.width > 0 {
		fmt.Fprintf(o.std.err, "\r%-*s\r", o.width, "")
	}
	if err != nil {
		if brokenPipe(err) {
			return exitOK
		}
		fmt.Fprintf(o.std.err, "scapls capture: %v\n", err)
	}
	quiet := o.status == "json" || o.status == "none" && s.Drops == 0
	if !quiet && (o.status == "text" || s.File != "" && s.File != "-" || s.Drops > 0) {
		fmt.Fprintf(o.std.err, "scapls capture: %s\n", s.Summary())
	}
	var e *capture.OutputError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return exitWrite
	}
	return exitOpen
}

func shellWords(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		words[i] = shellWord(a)
	}
	return strings.Join(words, " ")
}

// shellWord quotes a word for a shell where it must be.
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,+@%"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// seenCtx is what filter and format are asked of, one event after the other.
type seenCtx struct {
	c    field.Ctx
	num  uint64 // of the event in c
	prev uint64 // time of the event before
	last uint64
}

// fill readies the context for an event.
func (x *seenCtx) fill(s *capture.Seen) *field.Ctx {
	c := &x.c
	c.Reset()
	x.num, x.prev, x.last = s.Num, x.last, s.Ev.TS
	c.Style = evt.Style{Loc: location()}
	c.Ev = *s.Ev
	c.Num, c.TS, c.First, c.PrevTS = s.Num, s.Ev.TS, s.First, x.prev
	c.View, c.T, c.FD, c.FDNum = s.View, s.Facts.Thread, s.Facts.FD, s.Facts.FDNum
	c.Names = state.Names{View: c.View, T: c.T}
	if info := s.Ev.Info(); info != nil && info.Category&evtable.ECSyscall != 0 && !s.Ev.Enter() {
		if c.Enter = s.Facts.Enter; c.Enter != nil {
			c.Latency = int64(c.TS - c.Enter.TS)
		}
		if s.Ev.Type != evtable.GenericX {
			c.Res, c.HasRes = evt.Int(s.Ev.Param(0))
		}
	}
	c.Args.Load(&c.Ev)
	return c
}

// ctx returns the context of an event, which the filter may have filled.
func (x *seenCtx) ctx(s *capture.Seen) *field.Ctx {
	if x.num == s.Num && x.last == s.Ev.TS {
		return &x.c
	}
	return x.fill(s)
}
