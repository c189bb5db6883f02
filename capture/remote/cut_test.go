package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote/remotetest"
	"github.com/scapls/scapls/scapio"
)

// cuts are the ways in which a link ends. Each reports whether there was something to cut.
var cuts = []struct {
	name string
	cut  func(h *remotetest.Host, b *remotetest.Link, port int) bool
}{
	{"the connection is reset", func(_ *remotetest.Host, b *remotetest.Link, _ int) bool { return b.Cut() }},
	{"the link falls silent", func(_ *remotetest.Host, b *remotetest.Link, _ int) bool { b.Silence(); return true }},
	{"ssh here is killed", func(_ *remotetest.Host, _ *remotetest.Link, port int) bool {
		return killThose(func(cmdline, _ string) bool {
			return strings.Contains(cmdline, "ssh -T ") && strings.Contains(cmdline, "-p "+strconv.Itoa(port)+" ")
		})
	}},
	{"the agent is killed", func(h *remotetest.Host, b *remotetest.Link, _ int) bool {
		return killThose(func(cmdline, environ string) bool {
			return strings.Contains(cmdline, "/agent agent") && strings.Contains(environ, connection(b, h))
		})
	}},
	{"the far sshd is killed", func(h *remotetest.Host, b *remotetest.Link, _ int) bool {
		pids := servers(b, h)
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		return len(pids) > 0
	}},
}

// connection returns what sshd puts into the environment of the link's processes.
func connection(b *remotetest.Link, h *remotetest.Host) string {
	_, port, _ := net.SplitHostPort(b.From())
	return fmt.Sprintf("SSH_CONNECTION=127.0.0.1 %s 127.0.0.1 %d", port, h.Port)
}

// servers returns the sshd processes of the link: the parents of its shell.
func servers(b *remotetest.Link, h *remotetest.Host) (pids []int) {
	walk(func(pid int, cmdline, environ string) {
		if strings.Contains(environ, connection(b, h)) {
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, rest, _ := strings.Cut(string(status), "PPid:")
			parent, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]))
			if c, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", parent)); strings.HasPrefix(string(c), "sshd: ") && parent > 1 {
				pids = append(pids, parent)
			}
		}
	})
	return pids
}

func walk(f func(pid int, cmdline, environ string)) {
	procs, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range procs {
		pid, err := strconv.Atoi(filepath.Base(p))
		if err != nil || pid == os.Getpid() {
			continue
		}
		cmdline, _ := os.ReadFile(p + "/cmdline")
		environ, _ := os.ReadFile(p + "/environ")
		f(pid, string(bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})), string(environ))
	}
}

// agentOf returns the agents of the link's connection, and when they began, which tells them from later processes of the
// same number: what runs below its shell, also as another user, and is called so.
func agentOf(b *remotetest.Link, h *remotetest.Host) map[int]string {
	type process struct{ parent, cmdline string }
	all, found := map[string]process{}, map[int]string{}
	of := map[string]bool{} // of the connection
	walk(func(pid int, cmdline, environ string) {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, _ := strings.Cut(string(status), "PPid:")
		n := strconv.Itoa(pid)
		all[n] = process{strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]), cmdline}
		of[n] = strings.Contains(environ, connection(b, h)+"\x00")
	})
	for n, p := range all {
		if !strings.HasSuffix(strings.TrimSpace(p.cmdline), "/agent agent") || strings.HasPrefix(p.cmdline, "sudo") {
			continue
		}
		for at := n; at != ""; at = all[at].parent {
			if of[at] {
				pid, _ := strconv.Atoi(n)
				found[pid] = began(pid)
				break
			}
		}
	}
	return found
}

func began(pid int) string {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}

// farEnds is how long the far agent may go on after its link was cut, as is promised.
const farEnds = 10 * time.Second

// ended waits until the agents that ran when the link was cut have ended, and returns when the last one did.
func ended(cut time.Time, agents map[int]string) (time.Duration, error) {
	for {
		left := 0
		for pid, start := range agents {
			if start != "" && began(pid) == start {
				left++
			}
		}
		took := time.Since(cut)
		switch {
		case left == 0:
			return took, nil
		case took > farEnds:
			return took, fmt.Errorf("the far agent still runs %s after the cut", took)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func killThose(which func(cmdline, environ string) bool) (killed bool) {
	walk(func(pid int, cmdline, environ string) {
		if which(cmdline, environ) {
			killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
		}
	})
	return killed
}

// atOnce is how many links are cut at the same time: most of a cut is waiting.
const atOnce = 6

// TestCutLinks cuts links at random moments, from before the login to long after the first event. SCAPLS_CUTS is how
// often, 10 without it; `make soak-remote` does 50 and more.
func TestCutLinks(t *testing.T) {
	h := remotetest.Need(t)
	times := 10
	if n, err := strconv.Atoi(os.Getenv("SCAPLS_CUTS")); err == nil {
		times = n
	}
	type result struct {
		name   string
		events int
		far    time.Duration // until the far agent had ended
		err    error
	}
	results := make(chan result, times)
	slots := make(chan struct{}, atOnce)
	for i := range times {
		c := cuts[i%len(cuts)]
		after := cutAfter{time.Duration(rand.Int64N(int64(2 * time.Second))), i%3 != 0}
		b := &remotetest.Link{To: fmt.Sprintf("127.0.0.1:%d", h.Port)}
		port := remotetest.StartLink(t, b, "127.0.0.1:0")
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			n, far, err := cutOne(h, b, i, after, port, func() bool { return c.cut(h, b, port) })
			results <- result{fmt.Sprintf("%d, %s after %s", i, c.name, after), n, far, err}
		}()
	}
	usable, longest := 0, time.Duration(0)
	for range times {
		r := <-results
		longest = max(longest, r.far)
		if r.events > 0 {
			usable++
		}
		assert.NoError(t, r.err, r.name)
	}
	require.Greater(t, usable, times/5, "most cuts came before the first event")
	t.Logf("%d of %d captures held events when they were cut; the far agent had ended %s after that at the latest", usable, times, longest.Round(time.Millisecond))
	h.Clean(t, 15*time.Second)
}

// cutAfter says when to cut.
type cutAfter struct {
	time      time.Duration
	capturing bool // counts from the capture's start, else from the beginning
}

func (c cutAfter) String() string {
	from := "the beginning"
	if c.capturing {
		from = "the capture's start"
	}
	return c.time.Round(time.Millisecond).String() + " from " + from
}

// cutOne captures, cuts after a while, and returns how many events are kept, and how long the far agent went on.
func cutOne(h *remotetest.Host, b *remotetest.Link, i int, after cutAfter, port int, cut func() bool) (n int, far time.Duration, err error) {
	rec := newRecorder()
	o := options(h, rec)
	if i%2 == 0 {
		o.Spec.Compress = "zstd"
	}
	if i%3 == 0 {
		o.Spec.Filter = "flood"
	}
	user := h.Root
	if i%4 == 1 {
		user = h.Free
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	type end struct {
		cut  time.Time
		took time.Duration
		err  error
	}
	ends := make(chan end, 1)
	go func() {
		for after.capturing && ctx.Err() == nil && rec.last().State != StateCapturing {
			time.Sleep(time.Millisecond)
		}
		for time.Sleep(after.time); ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
			agents := agentOf(b, h)
			if at := time.Now(); cut() { // else there is nothing yet
				took, err := ended(at, agents)
				ends <- end{at, took, err}
				return
			}
		}
	}()
	var out bytes.Buffer
	st, err := Capture(ctx, Target{User: user, Host: "127.0.0.1", Port: port}, o, &out)
	noticed := time.Now()
	if ctx.Err() != nil {
		return 0, 0, fmt.Errorf("the cut was not noticed; states %v", rec.states())
	}
	e := <-ends
	if e.err != nil {
		return 0, e.took, e.err
	}
	n, err = keptOf(err, st, out.Bytes(), noticed.Sub(e.cut))
	return n, e.took, err
}

// keptOf checks what a cut capture told after a while, and returns how many events are kept.
func keptOf(err error, st Status, kept []byte, took time.Duration) (int, error) {
	var e *Error
	if !errors.As(err, &e) {
		return 0, fmt.Errorf("a cut link is no error: %w", err)
	}
	if took > 16*time.Second {
		return 0, fmt.Errorf("noticed after %s only: %w", took, err)
	}
	switch e.Kind {
	case KindLinkLost, KindCapture, KindTimeout, KindAgent:
	default:
		return 0, fmt.Errorf("told as %s: %w", e.Kind, err)
	}
	events, err := wholeBlocks(kept)
	if err == nil && st.Events != events {
		err = fmt.Errorf("%d events told, %d written", st.Events, events)
	}
	return int(events), err
}

// wholeBlocks counts the events of a capture that may end anywhere but inside a block.
func wholeBlocks(b []byte) (events uint64, err error) {
	r := scapio.NewReader(bytes.NewReader(b))
	for {
		block, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, scapio.ErrTruncated) || len(b) == 0 {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		if block.Type.IsEvent() {
			events++
		}
	}
}
