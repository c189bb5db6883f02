package remote

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/scapls/scapls/scapio"
)

// relay copies a capture from the link to the writer, whole blocks only, so that what is written opens at any time.
// What is no capture ends it. The first section header gets a comment.
type relay struct {
	comment string
	w       io.Writer
	link    atomic.Int64 // bytes read from the link
	written atomic.Int64
	events  atomic.Uint64
}

// countingReader counts what is read.
type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// Write counts what reaches the writer and keeps apart whose fault an error is.
func (r *relay) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	r.written.Add(int64(n))
	if err != nil {
		return n, &Error{Kind: KindWrite, Message: "the capture cannot be written here", Err: err}
	}
	return n, nil
}

// run copies until the stream ends. nil is an end between blocks; errCut one inside a block or the compression; an
// *Error is damage or a failed write.
func (r *relay) run(stream io.Reader) error {
	plain, err := scapio.Decompress(countingReader{stream, &r.link})
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return errCut
	}
	defer plain.Close()
	buffered := bufio.NewWriterSize(r, 256<<10)
	in, out := scapio.NewReader(plain), scapio.NewWriter(buffered)
	for first := true; ; first = false {
		if !in.Ready() { // the next block is not here yet: nobody shall wait for what is
			if err := buffered.Flush(); err != nil {
				return err
			}
		}
		b, err := in.Next()
		if err != nil {
			return errors.Join(buffered.Flush(), streamError(err))
		}
		body := b.Body
		if first && r.comment != "" {
			body = withComment(body, r.comment)
		}
		if err := out.Block(b.Type, body); err != nil {
			return err
		}
		if b.Type.IsEvent() {
			r.events.Add(1)
		}
	}
}

// errCut says that the stream ended where a capture may not.
var errCut = errors.New("the stream ends inside a block")

func streamError(err error) error {
	var corrupt *scapio.CorruptError
	switch {
	case errors.Is(err, io.EOF) && !errors.Is(err, scapio.ErrTruncated):
		return nil
	case errors.Is(err, scapio.ErrTruncated), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe):
		return errCut
	case errors.As(err, &corrupt), errors.Is(err, scapio.ErrNotCapture):
		return &Error{Kind: KindStream, Message: "what arrives is no capture", Err: err}
	}
	return &Error{Kind: KindStream, Message: "what arrives cannot be read", Err: err}
}

// The fixed part of a section header's body: byte order, version, length of the section.
const sectionBody = 16

// withComment adds a comment to the options of a section header.
func withComment(body []byte, comment string) []byte {
	if len(body) < sectionBody {
		return body
	}
	options := []scapio.Option{}
	scapio.Options(body[sectionBody:], func(code uint16, value []byte) {
		options = append(options, scapio.Option{Code: code, Value: value})
	})
	options = append(options, scapio.CommentOption(comment))
	return scapio.AppendOptions(append([]byte{}, body[:sectionBody]...), options...)
}

// comment is what the capture keeps of where it came from.
func (s *session) comment() string {
	c := fmt.Sprintf("captured by scapls on %s over ssh", s.t.Host)
	if s.st.Clock.Trips > 0 {
		c += fmt.Sprintf("; clock offset %s (far minus here, %d round trips)", s.st.Clock, s.st.Clock.Trips)
	}
	return c
}

// start runs the relay in a goroutine of its own; it ends with the stream, and its result comes out of the channel.
func (r *relay) start(stream *io.PipeReader) <-chan error {
	done := make(chan error, 1)
	go func() {
		err := r.run(stream)
		var e *Error
		if errors.As(err, &e) {
			stream.CloseWithError(err) // the rest is of no use
		} else {
			_, _ = io.Copy(io.Discard, stream)
		}
		done <- err
	}()
	return done
}
