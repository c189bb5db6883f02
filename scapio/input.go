package scapio

import (
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression is how the bytes of a capture are packed.
type Compression string

// The compressions scapls reads; told by the first bytes, never by the name.
const (
	Plain Compression = "none"
	Gzip  Compression = "gzip"
	Zstd  Compression = "zstd"
	LZ4   Compression = "lz4"
)

func sniff(b []byte) Compression {
	switch {
	case len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b:
		return Gzip
	case len(b) >= 4 && b[0] == 0x28 && b[1] == 0xb5 && b[2] == 0x2f && b[3] == 0xfd:
		return Zstd
	case len(b) >= 4 && b[0] == 0x04 && b[1] == 0x22 && b[2] == 0x4d && b[3] == 0x18:
		return LZ4
	}
	return Plain
}

// Input is an open capture: its uncompressed bytes in order, once (Read), and those already read again at any place
// (ReadAt). Read is for one goroutine; ReadAt may be called by many at once, also while Read goes on.
type Input struct {
	Compression Compression
	Size        int64 // of the file on disk, bytes; 0 for a pipe

	file   *os.File
	r      io.Reader
	raw    *countReader
	failed error  // the damage in the compression
	store  *store // nil when the file itself can be read at any place
	closer func()
}

// Open opens the capture at path; "-" is standard input.
func Open(path string) (*Input, error) {
	if path == "-" {
		return newInput(os.Stdin, true)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if st.IsDir() {
		f.Close()
		return nil, fmt.Errorf("%s is a directory", path)
	}
	in, err := newInput(f, !st.Mode().IsRegular())
	if err != nil {
		f.Close()
		return nil, err
	}
	if st.Mode().IsRegular() {
		in.Size = st.Size()
	}
	return in, nil
}

func newInput(f *os.File, pipe bool) (*Input, error) {
	in := &Input{file: f, raw: &countReader{r: f}}
	br := bufio.NewReaderSize(in.raw, 64<<10)
	head, err := br.Peek(4)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	in.Compression = sniff(head)
	switch in.Compression {
	case Gzip:
		in.r = &gzipStream{br: br}
	case Zstd:
		z, err := zstd.NewReader(br, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		in.r, in.closer = z, z.Close
	case LZ4:
		in.r = lz4.NewReader(br)
	default:
		in.r = br
	}
	if in.Compression != Plain || pipe {
		s, err := newStore()
		if err != nil {
			return nil, err
		}
		in.store = s
	}
	return in, nil
}

// Read returns the next uncompressed bytes. Damage in the compression is an error that is not io.EOF.
// It is told again by every later Read.
func (in *Input) Read(p []byte) (int, error) {
	if in.failed != nil {
		return 0, in.failed
	}
	n, err := in.r.Read(p)
	if in.store != nil && n > 0 {
		if werr := in.store.write(p[:n]); werr != nil {
			return n, werr
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		if in.Compression == Plain {
			return n, err
		}
		err = fmt.Errorf("cannot decompress %s at byte %d of the file: %w", in.Compression, in.raw.n.Load(), err)
		in.failed = err
	}
	return n, err
}

// ReadAt reads uncompressed bytes that Read has passed already.
func (in *Input) ReadAt(p []byte, off int64) (int, error) {
	if in.store != nil {
		return in.store.readAt(p, off)
	}
	return in.file.ReadAt(p, off)
}

// Consumed returns how many bytes of the file on disk have been read: against Size it tells the progress. Any goroutine may
// ask.
func (in *Input) Consumed() int64 { return in.raw.n.Load() }

// DiskSize returns the present size of the file on disk, which may have grown.
func (in *Input) DiskSize() (int64, error) {
	st, err := in.file.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

// Is reports whether st is of the file that is open, which a path may not lead to any more.
func (in *Input) Is(st os.FileInfo) bool {
	own, err := in.file.Stat()
	return err == nil && os.SameFile(own, st)
}

// Modified returns when the file was last written to.
func (in *Input) Modified() (time.Time, error) {
	st, err := in.file.Stat()
	if err != nil {
		return time.Time{}, err
	}
	return st.ModTime(), nil
}

// Interrupt ends a Read that waits for a pipe, and all later ones, with an error. It reports whether the file allows
// that: standard input may not, and its Read may then wait for ever.
func (in *Input) Interrupt() bool {
	return in.Size > 0 || in.file.SetReadDeadline(time.Now()) == nil
}

// Close frees the file and what was kept of it.
func (in *Input) Close() error {
	if in.closer != nil {
		in.closer()
	}
	if in.store != nil {
		in.store.close()
	}
	if in.file == os.Stdin {
		return nil
	}
	return in.file.Close()
}

type countReader struct {
	r io.Reader
	n atomic.Int64
}

func (c *countReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// gzipStream reads members one after the other as one stream; what follows the last member and is no gzip is
// ignored, as zlib does (SCAP_FORMAT §1).
type gzipStream struct {
	br *bufio.Reader
	z  *gzip.Reader
}

func (g *gzipStream) Read(p []byte) (int, error) {
	for {
		if g.z == nil {
			z, err := gzip.NewReader(g.br)
			if err != nil {
				return 0, err
			}
			z.Multistream(false)
			g.z = z
		}
		n, err := g.z.Read(p)
		if n > 0 && errors.Is(err, io.EOF) {
			err = nil // the next call finds the end again
		}
		if n > 0 || !errors.Is(err, io.EOF) {
			var corrupt flate.CorruptInputError
			if errors.As(err, &corrupt) {
				err = fmt.Errorf("damaged compressed data (%w)", err)
			}
			return n, err
		}
		head, _ := g.br.Peek(2)
		if sniff(head) != Gzip {
			return 0, io.EOF
		}
		if err := g.z.Reset(g.br); err != nil {
			return 0, err
		}
		g.z.Multistream(false)
	}
}
