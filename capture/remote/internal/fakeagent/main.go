// Command fakeagent is the agent with a capture that is made up: events at a chosen pace, so that tests can check
// the way from there to here to the byte, also where the kernel has no tracepoints. The filter chooses: "flood" as fast
// as they are taken, else one every 2 ms; "fail" an error.
package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/scapls/scapls/capture/remote"
	"github.com/scapls/scapls/capture/remote/agent"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
)

func main() {
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := agent.Options{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Version: "fake", Capture: capture,
		Can: func() (bool, string, bool) {
			if os.Geteuid() != 0 {
				return false, "needs root", false
			}
			return true, "", false
		},
	}
	switch args := os.Args[1:]; {
	case len(args) == 1 && args[0] == "agent":
		os.Exit(agent.Run(ctx, o))
	case len(args) == 3 && args[0] == "agent" && args[1] == "spool":
		os.Exit(agent.Spool(ctx, o, args[2]))
	}
	os.Exit(1)
}

func capture(ctx context.Context, job agent.Job) (remote.CaptureStatus, error) {
	var total remote.CaptureStatus
	if job.Filter == "fail" {
		return total, &remote.Error{Kind: remote.KindFilter, Message: "this filter cannot be used", Fix: "write another"}
	}
	if job.Duration > 0 {
		c, cancel := context.WithTimeout(ctx, job.Duration)
		defer cancel()
		ctx = c
	}
	out, file := job.Out, 0
	if job.File != "" {
		f, err := os.Create(job.File + "0")
		if err != nil {
			return total, err
		}
		out = f
	}
	w := begin(out)
	job.Begun()
	size := int64(0)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	second := time.Now()
	for ctx.Err() == nil && (job.Count == 0 || total.Events < job.Count) {
		total.Events++
		name := fmt.Sprintf("/tmp/event %d\x00", total.Events)
		if err := w.Event(0, 0, uint64(time.Now().UnixNano()), 7, evtable.SyscallOpenat_2X, u64(3), u64(^uint64(99)), []byte(name), u32(1), u32(0), u32(0), u64(0)); err != nil {
			return total, err
		}
		if size += 150; job.File != "" && size >= job.FileSize {
			size, file = 0, file+1
			if c, ok := out.(io.Closer); ok {
				_ = c.Close()
			}
			f, err := os.Create(fmt.Sprint(job.File, file%job.Files))
			if err != nil {
				return total, err
			}
			out = f
			w = begin(out)
		}
		if now := time.Now(); now.Sub(second) >= time.Second {
			second = now
			job.Status(total)
		}
		if job.Filter != "flood" {
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	}
	if err := w.Err(); err != nil && !errors.Is(err, syscall.EPIPE) {
		return total, err
	}
	return total, nil
}

// begin writes what stands before the first event.
func begin(out io.Writer) *scapio.Writer {
	w := scapio.NewWriter(out)
	host, _ := os.Hostname()
	_ = w.Section(scapio.CommentOption("made up"))
	_ = w.Machine(scapio.Machine{CPUs: 1, Memory: 1 << 30, Hostname: host})
	_ = w.Threads([]scapio.Thread{{TID: 7, PID: 7, PTID: 1, Comm: "fake", Exe: "/bin/fake", ExePath: "/bin/fake", Cwd: "/", Root: "/"}})
	return w
}

func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func u64(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
