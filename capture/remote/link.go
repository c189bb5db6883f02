package remote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// message is one thing that the far side said on stderr.
type message struct {
	word, rest string // of the script: "ready", "put /path"
	reply      *Reply // of the agent
	prompt     bool   // sudo asks for the password
	err        error  // no more follows: io.EOF, or a line that is none of ours
}

// link is one connection: orders go in by send, answers come out of msgs, the capture's bytes out of stream.
//
// Two goroutines belong to it, both end when the far side's pipes end, which close forces: readErr takes lines apart
// and may wait for whoever reads msgs or for done; readOut finds the mark on stdout and then waits for the reader of
// stream.
type link struct {
	nonce string
	msgs  chan message
	// stream is what arrives on stdout behind the mark. Its reader must read on until an error comes.
	stream *io.PipeReader

	done   chan struct{} // closed by close
	once   sync.Once
	finish func() int // ends the process and returns its exit status

	sending sync.Mutex // guards in
	in      io.WriteCloser

	text tail
}

// newLink begins to read from the far side. finish must make out and errs end.
func newLink(nonce string, in io.WriteCloser, out, errs io.Reader, finish func() int) *link {
	r, w := io.Pipe()
	l := &link{nonce: nonce, msgs: make(chan message, 64), stream: r, done: make(chan struct{}), finish: finish, in: in}
	go l.readErr(errs)
	go l.readOut(out, w)
	return l
}

// dial starts ssh and sends the script.
func dial(t Target, program string, extra []string) (*link, error) {
	nonce := newNonce()
	command, script := farCommand(nonce)
	return attach(sshCommand(program, sshArgs(t, extra, command)), nonce, script)
}

// attach starts the process that leads to the far side, and sends the script.
func attach(cmd *exec.Cmd, nonce, script string) (*link, error) {
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	errs, err3 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, &Error{Kind: KindNoSSH, Message: "ssh cannot be started", Err: err}
	}
	var pipes sync.WaitGroup
	pipes.Add(2)
	l := newLink(nonce, in, &ending{out, &pipes}, &ending{errs, &pipes}, func() int { return endProcess(cmd, &pipes, out, errs) })
	go func() { _ = l.write([]byte(script)) }() // ssh reads it when it has logged in; a failure shows as the end of msgs
	return l, nil
}

// ending tells when a pipe has been read to its end.
type ending struct {
	r    io.Reader
	left *sync.WaitGroup
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && e.left != nil {
		e.left.Done()
		e.left = nil
	}
	return n, err
}

// endProcess gives ssh a moment to end by itself, since its stdin is closed, then kills it. Wait may only be called
// when the pipes have been read to their ends.
func endProcess(cmd *exec.Cmd, pipes *sync.WaitGroup, out, errs io.Closer) int {
	read := make(chan struct{})
	go func() { pipes.Wait(); close(read) }()
	select {
	case <-read:
	case <-time.After(2 * time.Second):
		_ = cmd.Process.Kill()
		select {
		case <-read:
		case <-time.After(time.Second): // another process holds them
			out.Close()
			errs.Close()
		}
	}
	exited := make(chan struct{})
	go func() {
		select {
		case <-exited:
		case <-time.After(2 * time.Second):
			_ = cmd.Process.Kill()
		}
	}()
	_ = cmd.Wait()
	close(exited)
	return cmd.ProcessState.ExitCode()
}

// close ends the connection and returns ssh's exit status, -1 if it was killed.
func (l *link) close() int {
	status := -1
	l.once.Do(func() {
		l.in.Close()
		close(l.done)
		_ = l.stream.Close()
		status = l.finish()
	})
	return status
}

func (l *link) write(b []byte) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	_, err := l.in.Write(b)
	return err
}

// order sends a line to the script. The words are ours or checked: no line ends in them.
func (l *link) order(words ...string) error {
	line := strings.Join(words, " ")
	if strings.ContainsAny(line, "\n\r\x00") {
		return fmt.Errorf("an order may not hold a line end: %q", line)
	}
	return l.write([]byte(line + "\n"))
}

// request sends a line to the agent.
func (l *link) request(r Request) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return l.write(append(b, '\n'))
}

// next waits for what the far side says next.
func (l *link) next(ctx context.Context, within time.Duration) (message, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case m := <-l.msgs:
		return m, m.err
	case <-ctx.Done():
		return message{}, ctx.Err()
	case <-timer.C:
		return message{}, errSilent
	}
}

var (
	errSilent = errors.New("the far side does not answer")
	errLine   = fmt.Errorf("the far side sent a line of more than %d bytes", MaxLine)
)

func (l *link) put(m message) bool {
	select {
	case l.msgs <- m:
		return true
	case <-l.done:
		return false
	}
}

// readErr takes stderr apart. sudo's prompt has no line end, so it is looked for in what has arrived of a line.
func (l *link) readErr(errs io.Reader) {
	defer func() { _, _ = io.Copy(io.Discard, errs) }() // ssh must not stop for a reader that has left
	prompt := []byte(l.nonce + " password")
	var line []byte
	buf := make([]byte, 8<<10)
	for {
		n, err := errs.Read(buf)
		for _, c := range buf[:n] {
			if c == '\n' {
				if !l.line(line) {
					return
				}
				line = line[:0]
				continue
			}
			if line = append(line, c); len(line) > MaxLine {
				l.put(message{err: errLine})
				return
			}
			if len(line) == len(prompt) && bytes.Equal(line, prompt) {
				if !l.put(message{prompt: true}) {
					return
				}
				line = line[:0]
			}
		}
		if err != nil {
			l.line(line)
			l.put(message{err: io.EOF})
			return
		}
	}
}

// line hands one line on; it returns false when nobody listens any more.
func (l *link) line(b []byte) bool {
	b = bytes.TrimRight(b, "\r")
	if rest, ok := bytes.CutPrefix(b, []byte(l.nonce+" ")); ok {
		word, more, _ := strings.Cut(string(rest), " ")
		return l.put(message{word: word, rest: more})
	}
	if len(b) > 0 && b[0] == '{' {
		var r Reply
		if json.Unmarshal(b, &r) == nil {
			return l.put(message{reply: &r})
		}
	}
	if len(bytes.TrimSpace(b)) > 0 {
		l.text.add(string(b))
	}
	return true
}

// readOut skips what login files print until the mark, then passes all on.
func (l *link) readOut(out io.Reader, w *io.PipeWriter) {
	r := bufio.NewReaderSize(out, 64<<10)
	for skipped := 0; ; {
		b, err := r.ReadSlice('\n')
		skipped += len(b)
		if err == nil && string(bytes.TrimRight(b, "\r\n")) == l.nonce {
			break
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) || skipped > 1<<20 {
			w.CloseWithError(io.ErrUnexpectedEOF)
			_, _ = io.Copy(io.Discard, out)
			return
		}
	}
	_, err := io.Copy(w, r)
	if err == nil {
		err = io.EOF
	}
	w.CloseWithError(err)
	_, _ = io.Copy(io.Discard, r) // nobody reads the stream, but ssh must not stop
}

// tail keeps the last lines of text that are no messages: what ssh, sudo and login files say.
type tail struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (t *tail) add(s string) {
	const most, longest = 40, 400
	if len(s) > longest {
		s = s[:longest] + "…"
	}
	s = printable(s)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lines = append(t.lines, s); len(t.lines) > most {
		t.lines = t.lines[1:]
	}
}

// take returns the lines and forgets them.
func (t *tail) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := strings.Join(t.lines, "\n")
	t.lines = nil
	return s
}

// all returns the lines.
func (t *tail) all() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

// printable replaces what is no text: no escape sequences of the far side reach the terminal that shows it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
