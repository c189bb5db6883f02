package rpc

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/textproto"
	"strconv"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

// Limits of the stream.
const (
	maxFrame  = 16 << 20 // bytes of a message from the client; larger ones are skipped and refused
	maxHeader = 8 << 10  // bytes of a header
	firstRead = 64 << 10 // bytes that are allocated on the word of a header; the rest as it arrives
	keepBytes = 1 << 20  // a write buffer beyond this is not kept
)

// frame is one message as it came, or the length of one that was skipped.
type frame struct {
	body    []byte
	skipped int
}

// stream frames messages with Content-Length. It is a jsonrpc2.Stream and has the library's optional ReadFrame and
// WriteFrame, by which batches work. It differs from the library's own stream in four things: a damaged message is
// answered and skipped where the library would end the connection, the end of the input is noticed while a handler
// holds up the reading, memory is neither reserved on the word of a header nor kept for ever, and a function can be
// run right after a certain answer.
type stream struct {
	in     io.ReadCloser
	out    io.WriteCloser
	log    *slog.Logger
	frames chan frame
	ended  func(error) // told the first read or write error; io.EOF is an orderly end

	mu  sync.Mutex // guards writes to out, and buf
	buf []byte

	hookMu sync.Mutex // guards hooks
	hooks  map[jsonrpc2.ID]func()
}

func newStream(in io.ReadCloser, out io.WriteCloser, log *slog.Logger, ended func(error)) *stream {
	return &stream{in: in, out: out, log: log, frames: make(chan frame), ended: ended, hooks: map[jsonrpc2.ID]func(){}}
}

// pump reads frames until the input ends or done is closed.
func (s *stream) pump(done <-chan struct{}) {
	r := bufio.NewReader(s.in)
	for {
		f, err := readFrame(r)
		if err != nil {
			s.ended(err)
			return
		}
		select {
		case s.frames <- f:
		case <-done:
			return
		}
	}
}

// readFrame reads a header and its body. io.EOF means that the input ended between messages.
func readFrame(r *bufio.Reader) (frame, error) {
	n, err := readHeader(r)
	if err != nil {
		return frame{}, err
	}
	if n > maxFrame {
		if _, err := io.CopyN(io.Discard, r, int64(n)); err != nil {
			return frame{}, fmt.Errorf("skip a message: %w", noEOF(err))
		}
		return frame{skipped: n}, nil
	}
	b := bytes.NewBuffer(make([]byte, 0, min(n, firstRead)))
	if _, err := io.CopyN(b, r, int64(n)); err != nil {
		return frame{}, fmt.Errorf("read a message: %w", noEOF(err))
	}
	return frame{body: b.Bytes()}, nil
}

// readHeader returns the length of the body that follows.
func readHeader(r *bufio.Reader) (int, error) {
	length, size := -1, 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, io.EOF) && size == 0 && len(line) == 0 {
				return 0, io.EOF
			}
			return 0, fmt.Errorf("read a header: %w", noEOF(err))
		}
		if size += len(line); size > maxHeader {
			return 0, fmt.Errorf("header is longer than %d bytes", maxHeader)
		}
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			if length < 0 {
				return 0, fmt.Errorf("header without Content-Length")
			}
			return length, nil
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return 0, fmt.Errorf("header line without a colon: %.80q", text)
		}
		if textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)) != "Content-Length" {
			continue
		}
		if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil || length < 0 {
			return 0, fmt.Errorf("bad Content-Length %.80q", value)
		}
	}
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ReadFrame returns the next message that the library can take. Those it would die of are answered here.
func (s *stream) ReadFrame(ctx context.Context) ([]byte, int64, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		select {
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		case f := <-s.frames:
			if s.refuse(f) {
				continue
			}
			return f.body, int64(len(f.body)), nil
		}
	}
}

// Read returns the next message.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	b, n, err := s.ReadFrame(ctx)
	if err != nil {
		return nil, 0, err
	}
	m, err := jsonrpc2.DecodeMessage(b)
	return m, n, err
}

// refuse reports whether a message is one that the library would end the connection for, and answers it.
func (s *stream) refuse(f frame) bool {
	if f.skipped > 0 {
		s.answer(nil, jsonrpc2.Errorf(jsonrpc2.InvalidRequest, "message of %d bytes is longer than %d", f.skipped, maxFrame))
		return true
	}
	body := bytes.TrimLeft(f.body, " \t\r\n")
	var err error
	if len(body) > 0 && body[0] == '[' {
		_, err = jsonrpc2.ParseRequests(body)
	} else {
		_, err = jsonrpc2.DecodeMessage(body)
	}
	if err == nil {
		return false
	}
	if !json.Valid(body) {
		s.answer(nil, jsonrpc2.NewError(jsonrpc2.ParseError, "message is not JSON"))
		return true
	}
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method *json.RawMessage
	}
	if json.Unmarshal(body, &m) == nil && m.Method == nil && m.ID != nil {
		s.log.Warn("dropped a malformed answer of the client", "err", err)
		return true
	}
	s.answer(m.ID, jsonrpc2.NewError(jsonrpc2.InvalidRequest,
		`message is not a JSON-RPC 2.0 request: it needs "jsonrpc":"2.0", a method, and an id that is a whole number or a string`))
	return true
}

// answer sends an error with the id as the client wrote it, if that is a number or a string.
func (s *stream) answer(id json.RawMessage, err *jsonrpc2.Error) {
	s.log.Warn("refused a message", "err", err)
	if len(id) == 0 || !strings.ContainsRune(`"-0123456789`, rune(id[0])) {
		id = json.RawMessage("null")
	}
	msg := jsonrpc2.AppendResponse(nil, jsonrpc2.ID{}, nil, err)
	msg = bytes.Replace(msg, []byte(`"id":null`), append([]byte(`"id":`), id...), 1)
	_, _ = s.WriteFrame(context.Background(), msg)
}

// Write sends a message.
func (s *stream) Write(_ context.Context, msg jsonrpc2.Message) (int64, error) {
	body, err := jsonrpc2.EncodeMessage(msg)
	if err != nil {
		return 0, err
	}
	n, err := s.write(body)
	s.runHook(body)
	return n, err
}

// WriteFrame sends a message that is encoded already: an answer to a batch.
func (s *stream) WriteFrame(_ context.Context, body []byte) (int64, error) {
	n, err := s.write(body)
	s.runHook(body)
	return n, err
}

// write sends header and body in one write.
func (s *stream) write(body []byte) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = append(s.buf[:0], "Content-Length: "...)
	s.buf = strconv.AppendInt(s.buf, int64(len(body)), 10)
	s.buf = append(s.buf, "\r\n\r\n"...)
	s.buf = append(s.buf, body...)
	n, err := s.out.Write(s.buf)
	if cap(s.buf) > keepBytes {
		s.buf = nil
	}
	if err != nil {
		err = fmt.Errorf("write a message: %w", err)
		s.ended(err)
	}
	return int64(n), err
}

// after has f run once, right after the answer to request id was written. f must not block.
func (s *stream) after(id jsonrpc2.ID, f func()) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	s.hooks[id] = f
}

// runHook runs what waits for the answer in body; for a batch all that waits, since its answers go out together.
func (s *stream) runHook(body []byte) {
	s.hookMu.Lock()
	defer s.hookMu.Unlock()
	if len(s.hooks) == 0 {
		return
	}
	if body[0] == '[' {
		for id, f := range s.hooks {
			delete(s.hooks, id)
			f()
		}
		return
	}
	msg, err := jsonrpc2.DecodeMessage(body)
	if err != nil {
		return
	}
	if r, ok := msg.(*jsonrpc2.Response); ok && s.hooks[r.ID()] != nil {
		f := s.hooks[r.ID()]
		delete(s.hooks, r.ID())
		f()
	}
}

// Close is the library's way to end the connection: after the reading has ended, or when it gives up. It closes nothing
// yet, since that may block; the peer does so in the end.
func (s *stream) Close() error {
	s.ended(errors.New("the connection was given up"))
	return nil
}

// closeBoth closes both directions. It may block while a read or a write does.
func (s *stream) closeBoth() error { return errors.Join(s.out.Close(), s.in.Close()) }
