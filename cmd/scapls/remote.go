package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/scapls/scapls/capture"
	"github.com/scapls/scapls/capture/remote"
	"github.com/scapls/scapls/scapio"
)

// runRemoteCapture is "scapls capture --remote".
func runRemoteCapture(ctx context.Context, args []string, std stdio) int {
	f, code := parseRemoteCapture(args, std)
	if code >= 0 {
		return code
	}
	out := newRemoteOut(f, std)
	f.o.Status = out.tell
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.askPassword(cancel, out, std)
	if f.spool {
		return f.startSpool(ctx, out, std)
	}
	f.o.Printed = f.printed(std)
	get := func(w io.Writer) (remote.Status, error) { return remote.Capture(ctx, f.target, f.o, w) }
	if l := &f.local; l.print || f.out == "" || l.o.Output.Rotates() {
		return f.through(out, std, get)
	}
	return f.into("capture", out, std, get)
}

// printed returns what becomes of what a captured command prints. A program that speaks on standard input reads the status
// on standard error: there, all goes to the standard output.
func (f *remoteFlags) printed(std stdio) func(stderr bool, data []byte) {
	return func(stderr bool, data []byte) {
		var w io.Writer = std.out
		if stderr && !f.control {
			w = std.err
		}
		_, _ = w.Write(data) // who does not want to read it still wants the capture
	}
}

// through lets get fill the pipeline that events of this machine go through, which prints them and splits them into files.
func (f *remoteFlags) through(out *remoteOut, std stdio, get func(io.Writer) (remote.Status, error)) int {
	f.local.cond, f.local.status = "", "none" // what is wanted is decided over there, and how it goes is told by out
	f.local.o.Duration, f.local.o.Count = 0, 0
	if _, code := f.local.prepare(std); code != exitOK {
		return code
	}
	r, w := io.Pipe()
	type ended struct {
		st  capture.Status
		err error
	}
	done := make(chan ended, 1)
	go func() { // ends with the stream
		st, err := f.replay(r)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		r.CloseWithError(err)
		done <- ended{st, err}
	}()
	st, err := get(w)
	_ = w.Close() // a pipe's never fails
	local := <-done
	if out.files = local.st.Files; local.st.Kept > 0 {
		out.files = min(out.files, local.st.Kept)
	}
	var bad *capture.OutputError
	switch {
	case brokenPipe(local.err):
		return exitOK
	case errors.As(local.err, &bad):
		st.Err = &remote.Error{Kind: remote.KindWrite, Message: "the capture cannot be written here", Err: bad}
		err = st.Err
	case err == nil && local.err != nil:
		st.Err = &remote.Error{Kind: remote.KindStream, Message: "what arrives cannot be read", Err: local.err}
		err = st.Err
	}
	return out.ended("capture", st, err)
}

// replay takes a capture as events. What ends early ends in the middle of nothing: who sends it tells why.
func (f *remoteFlags) replay(r io.Reader) (capture.Status, error) {
	src, err := capture.NewReplay(r)
	if err != nil {
		if errors.Is(err, scapio.ErrTruncated) {
			err = nil
		}
		return capture.Status{}, err
	}
	if src.Empty() { // it never began: an older file stays as it is
		return capture.Status{}, nil
	}
	o := f.local.o
	o.Source, o.First, o.Comments = src, src.First(), src.Comments
	return capture.Run(context.Background(), o)
}

// into lets get fill the output, and tells how it went.
func (f *remoteFlags) into(name string, out *remoteOut, std stdio, get func(io.Writer) (remote.Status, error)) int {
	w := &remoteOutput{path: f.out, pack: orPlain(f.local.o.Output.Compression), std: std}
	st, err := get(w)
	if e := w.Close(); err == nil && e != nil {
		err = &remote.Error{Kind: remote.KindWrite, Message: "the capture cannot be written here", Err: e}
	}
	if brokenPipe(err) {
		return exitOK // the reader has seen enough
	}
	return out.ended(name, st, err)
}

// remoteOutput is the file of a remote capture. It is made with the first byte, so that a capture that never begins
// leaves an older file as it is.
type remoteOutput struct {
	path string
	pack scapio.Compression
	std  stdio

	file io.WriteCloser
	z    io.WriteCloser
}

func (o *remoteOutput) Write(p []byte) (int, error) {
	if o.z == nil {
		o.file = unclosed{o.std.out}
		if o.path != "-" {
			file, err := os.OpenFile(o.path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) // a capture tells secrets
			if err != nil {
				return 0, err
			}
			o.file = file
		}
		z, err := scapio.Compress(o.file, o.pack)
		if err != nil {
			return 0, err
		}
		o.z = z
	}
	return o.z.Write(p)
}

// Close completes the file, if there is one.
func (o *remoteOutput) Close() error {
	if o.z == nil {
		return nil
	}
	return errors.Join(o.z.Close(), o.file.Close())
}

func orPlain(c scapio.Compression) scapio.Compression {
	if c == "" {
		return scapio.Plain
	}
	return c
}

// remoteExit returns the exit status for an error.
func remoteExit(err error) int {
	var e *remote.Error
	if !errors.As(err, &e) {
		return exitCannot
	}
	switch e.Kind {
	case remote.KindWrite:
		return exitWrite
	case remote.KindFilter:
		return exitFilter
	case remote.KindLinkLost, remote.KindStream, remote.KindCapture:
		return exitDamaged
	}
	return exitCannot
}

// askPassword sets where passwords come from: a program on stdin, or a person at the terminal.
func (f *remoteFlags) askPassword(stop func(), out *remoteOut, std stdio) {
	if f.control {
		c := &controller{lines: make(chan controlLine), stop: stop}
		go c.read(std.in) // ends with stdin, or with the process
		f.o.Password = func(ctx context.Context, a remote.PasswordAsk) ([]byte, error) {
			out.asked(a)
			return c.password(ctx)
		}
		return
	}
	if isTerminal(std.err) {
		f.o.Password = func(ctx context.Context, a remote.PasswordAsk) ([]byte, error) { return typedPassword(ctx, a, std) }
	}
}

// controlLine is what a program says on stdin.
type controlLine struct {
	Stop     bool    `json:"stop"`
	Password *string `json:"password"`
}

// controller hands on what a program says.
type controller struct {
	lines chan controlLine
	stop  func()
}

// read ends the capture when it is told to, and when the program is gone.
func (c *controller) read(in io.Reader) {
	defer c.stop()
	defer close(c.lines)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var l controlLine
		if json.Unmarshal(lines.Bytes(), &l) != nil {
			continue
		}
		if l.Stop {
			return
		}
		if l.Password != nil {
			c.lines <- l
		}
	}
}

func (c *controller) password(ctx context.Context) ([]byte, error) {
	select {
	case l, ok := <-c.lines:
		if ok && *l.Password != "" {
			return []byte(*l.Password), nil
		}
		return nil, errors.New("the dialog was closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// startSpool starts a capture that stays over there.
func (f *remoteFlags) startSpool(ctx context.Context, out *remoteOut, std stdio) int {
	spec := f.o.Spec
	spec.Compress = ""
	reply, err := remote.Spool(ctx, f.target, f.o, remote.SpoolRequest{Do: "start", Spec: &spec, FileSize: f.local.o.Output.MaxBytes, Files: f.local.o.Output.Files})
	if err != nil {
		return out.failed("capture", err)
	}
	fmt.Fprintln(std.out, reply.Done)
	if out.form != "json" {
		fmt.Fprintf(std.err, "scapls capture: it runs on %s; get it with: scapls remote fetch %s %s -w FILE\n", f.target, f.target, reply.Done)
	}
	return exitOK
}

// failed says what went wrong, unless a program was told, and returns the exit status.
func (o *remoteOut) failed(name string, err error) int {
	var e *remote.Error
	if errors.As(err, &e) {
		return o.ended(name, remote.Status{Err: e}, err)
	}
	return o.ended(name, remote.Status{}, err)
}

const remoteUsage = `Usage: scapls remote ACTION [flags] ...

  hosts [-o text|json]            the machines that ~/.ssh/config names
  check TARGET                    which agent would capture there, with which rights; the clock's offset
  sudoers TARGET                  leave the agent there; the line for sudoers that allows it without a password
  clean TARGET                    remove the agent that stayed
  list TARGET [-o text|json]      captures in the spool there
  fetch TARGET ID -w FILE|-       get one; it may still run
  stop TARGET ID                  end one
  remove TARGET ID                end one and remove its files

TARGET is [user@]host[:port]. "scapls remote ACTION -h" explains the flags.
`

// runRemote is "scapls remote".
func runRemote(ctx context.Context, args []string, std stdio) int {
	if len(args) == 0 || isFlag(args[0]) {
		fmt.Fprint(std.err, remoteUsage)
		return exitUsage
	}
	actions := map[string]func(context.Context, *remoteFlags, *remoteOut, stdio) int{
		"hosts": remoteHosts, "check": remoteCheck, "sudoers": remoteSudoers, "clean": remoteClean, "list": remoteList, "fetch": remoteFetch, "stop": remoteStop, "remove": remoteStop,
	}
	do := actions[args[0]]
	if do == nil {
		fmt.Fprintf(std.err, "scapls remote: there is no action %q\n%s", args[0], remoteUsage)
		return exitUsage
	}
	f := &remoteFlags{}
	fs := newFlags("remote", std)
	f.connection(fs)
	f.told(fs)
	output := fs.String("o", "text", "output `form`: text or json")
	fs.StringVar(&f.out, "w", "", "fetch: write the capture to this `file`; - is the standard output")
	words, code := parseMixed(fs, args[1:])
	if code >= 0 {
		return code
	}
	if *output != "text" && *output != "json" || !isStatus(f.status) {
		fs.Usage()
		return exitUsage
	}
	f.text, f.rest = *output == "text", append([]string{args[0]}, words...)
	wanted := map[string]int{"hosts": 0, "fetch": 2, "stop": 2, "remove": 2}
	n, ok := wanted[args[0]]
	if !ok {
		n = 1
	}
	if len(words) != n {
		fmt.Fprintf(std.err, "scapls remote %s: %d arguments are needed, %d given\n%s", args[0], n, len(words), remoteUsage)
		return exitUsage
	}
	if n > 0 {
		var err error
		if f.target, err = remote.ParseTarget(words[0]); err != nil {
			fmt.Fprintf(std.err, "scapls remote: %v\n", err)
			return exitUsage
		}
	}
	f.o.Spec.Compress = string(scapio.Zstd)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := newRemoteOut(f, std)
	f.o.Status = out.tell
	f.askPassword(cancel, out, std)
	return do(ctx, f, out, std)
}

func remoteHosts(_ context.Context, f *remoteFlags, _ *remoteOut, std stdio) int {
	hosts := remote.Hosts(remote.ConfigFiles()...)
	if !f.text {
		return printJSON(std, append([]remote.Host{}, hosts...))
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, h := range hosts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.Alias, h.User, h.HostName, h.Port)
	}
	w.Flush()
	return exitOK
}

func printJSON(std stdio, v any) int {
	enc := json.NewEncoder(std.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return exitOpen
	}
	return exitOK
}

func remoteCheck(ctx context.Context, f *remoteFlags, out *remoteOut, std stdio) int {
	st, err := remote.Check(ctx, f.target, f.o)
	if err != nil {
		return out.ended("remote", st, err)
	}
	if !f.text {
		return printJSON(std, out.line(&st))
	}
	how := map[string]string{"there": "the scapls there", "kept": "the agent that stayed", "uploaded": "an uploaded agent", "sysdig": "sysdig"}[st.Agent]
	way := map[string]string{"direct": "as it is", "sudo": "by sudo, without a password", "password": "by sudo, with a password", "doas": "by doas"}[st.Way]
	fmt.Fprintf(std.out, "%s can capture: %s, %s\n", f.target, how, way)
	if st.Agent != "sysdig" {
		fmt.Fprintf(std.out, "host %s, kernel %s, %s; clock offset %s\n", st.Far.Hostname, st.Far.Kernel, st.Far.Arch, st.Clock)
	}
	return exitOK
}

func remoteSudoers(ctx context.Context, f *remoteFlags, out *remoteOut, std stdio) int {
	su, err := remote.AskSudoers(ctx, f.target, f.o)
	if err != nil {
		return out.failed("remote", err)
	}
	if !f.text {
		return printJSON(std, su)
	}
	if out.form != "json" {
		fmt.Fprintf(std.err, "On %s, run\n  sudo visudo -f /etc/sudoers.d/scapls\nand paste this line. It allows %s this one program, told by its sum, to capture and nothing else:\n", f.target.Host, su.User)
	}
	fmt.Fprintln(std.out, su.Line)
	return exitOK
}

func remoteClean(ctx context.Context, f *remoteFlags, out *remoteOut, _ stdio) int {
	if err := remote.Clean(ctx, f.target, f.o); err != nil {
		return out.failed("remote", err)
	}
	return exitOK
}

func remoteList(ctx context.Context, f *remoteFlags, out *remoteOut, std stdio) int {
	reply, err := remote.Spool(ctx, f.target, f.o, remote.SpoolRequest{Do: "list"})
	if err != nil {
		return out.failed("remote", err)
	}
	if !f.text {
		return printJSON(std, append([]remote.SpoolEntry{}, reply.List...))
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, e := range reply.List {
		state := "ended"
		if e.Running {
			state = "running"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d files\t%.1f MB\t%s\t%s\n", e.ID, state, time.Unix(0, e.Started).Format(time.DateTime), e.Files, float64(e.Bytes)/1e6, e.Filter,
			strings.Join(strings.Fields(e.Error), " "))
	}
	w.Flush()
	return exitOK
}

func remoteFetch(ctx context.Context, f *remoteFlags, out *remoteOut, std stdio) int {
	if f.out == "" || f.out == "-" && isTerminal(std.out) {
		fmt.Fprintln(std.err, "scapls remote fetch: -w FILE is missing")
		return exitUsage
	}
	return f.into("remote", out, std, func(w io.Writer) (remote.Status, error) { return remote.Fetch(ctx, f.target, f.o, f.rest[2], w) })
}

func remoteStop(ctx context.Context, f *remoteFlags, out *remoteOut, _ stdio) int {
	if _, err := remote.Spool(ctx, f.target, f.o, remote.SpoolRequest{Do: f.rest[0], ID: f.rest[2]}); err != nil {
		return out.failed("remote", err)
	}
	return exitOK
}
