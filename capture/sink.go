package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/scapls/scapls/scapio"
)

// OutputError says that the capture could not be written. What was written before is whole.
type OutputError struct {
	Path string // "-" is the standard output
	Err  error
}

// Error names the file.
func (e *OutputError) Error() string {
	name := e.Path
	if name == "-" {
		name = "the standard output"
	}
	return fmt.Sprintf("write %s: %v", name, e.Err)
}

// Unwrap returns what the system said.
func (e *OutputError) Unwrap() error { return e.Err }

// chunk is how many bytes of blocks go to the file in one piece.
const chunk = 1 << 20

// sink is one output file. Blocks are written whole: what reaches the file ends with a block's last byte.
type sink struct {
	path string
	out  io.Writer
	file *os.File // nil: a stream, which is not ours to close

	w    *scapio.Writer
	pack packer // nil: plain
	held []byte // blocks that wait
	size int64  // bytes in the file
	err  error
}

// packer compresses; Flush makes what was written so far readable.
type packer interface {
	io.WriteCloser
	Flush() error
}

// newSink writes blocks to out, which is file unless that is nil.
func newSink(path string, out io.Writer, file *os.File, c scapio.Compression) (*sink, error) {
	s := &sink{path: path, out: out, file: file}
	if c == "" || c == scapio.Plain {
		s.held = make([]byte, 0, chunk+64<<10)
		s.w = scapio.NewWriter(blocks{s})
		return s, nil
	}
	z, err := scapio.Compress(packed{s}, c)
	if err != nil {
		return nil, err
	}
	p, ok := z.(packer)
	if !ok {
		return nil, fmt.Errorf("compression %q cannot be read while it is written", c)
	}
	s.pack = p
	s.w = scapio.NewWriter(p)
	return s, nil
}

// blocks takes whole blocks.
type blocks struct{ s *sink }

func (b blocks) Write(p []byte) (int, error) {
	s := b.s
	if s.err != nil {
		return 0, s.err
	}
	if len(s.held)+len(p) > chunk && len(s.held) > 0 {
		if err := s.put(); err != nil {
			return 0, err
		}
	}
	if len(p) > chunk {
		s.held = append(s.held, p...)
		return len(p), s.put()
	}
	s.held = append(s.held, p...)
	return len(p), nil
}

// packed takes compressed bytes.
type packed struct{ s *sink }

func (b packed) Write(p []byte) (int, error) {
	if b.s.err != nil {
		return 0, b.s.err
	}
	n, err := b.s.out.Write(p)
	b.s.size += int64(n)
	if err != nil {
		b.s.fail(err)
	}
	return n, b.s.err
}

// put writes the blocks that wait. When not all of them find room, those that do stay whole.
func (s *sink) put() error {
	n, err := s.out.Write(s.held)
	if err != nil {
		whole := wholeBlocks(s.held[:n])
		if whole < n && s.file != nil {
			_ = s.file.Truncate(s.size + int64(whole)) // the reader would tell of damage
		}
		s.size += int64(whole)
		s.held = s.held[:0]
		s.fail(err)
		return s.err
	}
	s.size += int64(n)
	s.held = s.held[:0]
	return nil
}

func (s *sink) fail(err error) {
	var e *os.PathError
	if errors.As(err, &e) {
		err = e.Err // the path is told once
	}
	s.err = &OutputError{s.path, err}
}

// wholeBlocks returns how many of the first bytes of b are whole blocks.
func wholeBlocks(b []byte) int {
	at := 0
	for at+8 <= len(b) {
		n := int(binary.LittleEndian.Uint32(b[at+4:]))
		if n < 12 || at+n > len(b) {
			break
		}
		at += n
	}
	return at
}

// flush brings all blocks into the file.
func (s *sink) flush() error {
	switch {
	case s.err != nil:
		return s.err
	case s.pack != nil:
		if err := s.pack.Flush(); err != nil && s.err == nil {
			s.fail(err)
		}
		return s.err
	case len(s.held) > 0:
		return s.put()
	}
	return nil
}

// length returns how long the file will be with what waits, as far as that is known.
func (s *sink) length() int64 { return s.size + int64(len(s.held)) }

// close ends the file.
func (s *sink) close() error {
	if s.pack != nil {
		if err := s.pack.Close(); err != nil && s.err == nil {
			s.fail(err)
		}
	} else {
		_ = s.flush()
	}
	if s.file == nil {
		return s.err
	}
	if err := s.file.Close(); err != nil && s.err == nil {
		s.fail(err)
	}
	return s.err
}
