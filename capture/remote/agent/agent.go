package agent

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/scapls/scapls/capture/remote"
)

// Job is one capture for Options.Capture to make.
type Job struct {
	remote.CaptureSpec
	Exclude []int32   // processes whose events are left out
	Out     io.Writer // where the capture goes, uncompressed; nil when it goes to files
	// A ring of Files files of about FileSize bytes each, beginning with the name File.
	File     string
	FileSize int64
	Files    int
	Begun    func()                     // to be called when events are recorded from now on
	Status   func(remote.CaptureStatus) // to be called every second; Bytes need not be set
	// Of a Command: Printed takes what it prints, from one goroutine for each of its streams, and may block; Exited is to be
	// called with its exit status when it has ended.
	Printed func(stderr bool, data []byte)
	Exited  func(status int)
}

// Options are what the agent is made of.
type Options struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	Version string
	// Capture makes a capture until ctx ends or a limit of the job is reached, and returns the totals. Errors that are
	// *remote.Error reach the client with their kind.
	Capture func(ctx context.Context, job Job) (remote.CaptureStatus, error)
	// Can reports whether this process may capture; why not; and whether that is for good (hard) or for want of rights.
	Can func() (ok bool, why string, hard bool)
	// Exit ends the process when it cannot end in order; nil is os.Exit.
	Exit func(int)
}

// Exit statuses of the agent.
const (
	exitOK   = 0
	exitLost = 3 // the client went away
	exitBad  = 4 // the client said what no client says
)

// How long the agent waits for the next line before its start, and for a capture to end that was told to.
const (
	idleTime = remote.LostAfter
	endGrace = 1500 * time.Millisecond
)

type agent struct {
	o     Options
	lines chan line
	done  chan struct{} // closed when nobody listens to lines any more

	mu sync.Mutex // guards writing to o.Err
}

// line is a request, or the end of them.
type line struct {
	remote.Request
	err error
}

// Run talks to the client until there is nothing more to do, and returns the exit status.
func Run(ctx context.Context, o Options) int {
	if o.Exit == nil {
		o.Exit = os.Exit
	}
	a := &agent{o: o, lines: make(chan line), done: make(chan struct{})}
	defer close(a.done)
	go a.read() // ends with stdin, or with the next line behind the end of Run
	a.say(remote.Reply{Hello: a.hello()})
	for {
		select {
		case <-ctx.Done():
			return exitOK
		case <-time.After(idleTime):
			return exitLost
		case l := <-a.lines:
			switch {
			case errors.Is(l.err, io.EOF):
				return exitLost
			case l.err != nil:
				a.fault(remote.KindCapture, l.err)
				return exitBad
			case l.Ping != 0:
				a.pong(l.Ping)
			case l.Stop:
				return exitOK
			case l.Start != nil:
				return a.capture(ctx, *l.Start)
			case l.Spool != nil:
				if code := a.spool(ctx, *l.Spool); code >= 0 {
					return code
				}
			}
		}
	}
}

// read takes stdin apart. It may wait for ever for input.
func (a *agent) read() {
	in := bufio.NewReaderSize(a.o.In, remote.MaxLine)
	for {
		b, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = fmt.Errorf("a line of more than %d bytes", remote.MaxLine)
		}
		if err != nil {
			a.put(line{err: err})
			return
		}
		var l line
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&l.Request); err != nil {
			a.put(line{err: errors.New("a line that is no request: " + err.Error())})
			return
		}
		if !a.put(l) {
			return
		}
	}
}

func (a *agent) put(l line) bool {
	select {
	case a.lines <- l:
		return true
	case <-a.done:
		return false
	}
}

func (a *agent) say(r remote.Reply) {
	b, err := json.Marshal(r)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.o.Err.Write(append(b, '\n')) // without a reader the end is near
}

func (a *agent) fault(kind remote.Kind, err error) {
	f := remote.Fault{Kind: kind, Message: err.Error()}
	var e *remote.Error
	if errors.As(err, &e) {
		f = remote.Fault{Kind: e.Kind, Message: e.Error(), Fix: e.Fix}
	}
	a.say(remote.Reply{Error: &f})
}

func (a *agent) pong(n int64) {
	a.say(remote.Reply{Pong: &remote.Pong{N: n, Time: time.Now().UnixNano()}})
}

func (a *agent) hello() *remote.Hello {
	h := &remote.Hello{
		Protocol: remote.Protocol, Version: a.o.Version, PID: os.Getpid(), UID: os.Geteuid(),
		OS: runtime.GOOS, Arch: runtime.GOARCH, Kernel: kernel(),
	}
	h.Hostname, _ = os.Hostname()
	h.Can, h.Why, h.Hard = a.o.Can()
	return h
}
