package scapio

import (
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// store keeps the uncompressed bytes of a compressed file or a pipe for reading at any place: frames of 1 MiB, each
// compressed on its own, in a temporary file. Only a few decompressed frames are in memory.
type store struct {
	mu     sync.Mutex // guards all below
	file   *os.File
	enc    *zstd.Encoder
	dec    *zstd.Decoder
	frames []frameAt
	size   int64  // bytes in the temporary file
	tail   []byte // the frame being filled
	cache  map[int][]byte
	order  []int // frames in cache, oldest first
}

type frameAt struct {
	off int64
	len int
}

const (
	frameSize   = 1 << 20
	cacheFrames = 12
)

func newStore() (*store, error) {
	f, err := os.CreateTemp("", "scapls-*.frames")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // where the system lets an open file go; else close removes it
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	return &store{file: f, enc: enc, dec: dec, cache: map[int][]byte{}}, nil
}

func (s *store) write(p []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(p) > 0 {
		if s.tail == nil {
			s.tail = make([]byte, 0, frameSize)
		}
		n := min(frameSize-len(s.tail), len(p))
		s.tail = append(s.tail, p[:n]...)
		p = p[n:]
		if len(s.tail) < frameSize {
			continue
		}
		packed := s.enc.EncodeAll(s.tail, make([]byte, 0, frameSize/2))
		if _, err := s.file.WriteAt(packed, s.size); err != nil {
			return err
		}
		s.frames = append(s.frames, frameAt{s.size, len(packed)})
		s.size += int64(len(packed))
		s.keep(len(s.frames)-1, s.tail)
		s.tail = nil
	}
	return nil
}

func (s *store) readAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		i := int(off / frameSize)
		f, err := s.frame(i)
		if err != nil {
			return n, err
		}
		at := int(off % frameSize)
		if at >= len(f) {
			return n, io.EOF
		}
		k := copy(p[n:], f[at:])
		n += k
		off += int64(k)
	}
	return n, nil
}

func (s *store) frame(i int) ([]byte, error) {
	switch {
	case i == len(s.frames):
		return s.tail, nil
	case i > len(s.frames) || i < 0:
		return nil, io.EOF
	}
	if f, ok := s.cache[i]; ok {
		return f, nil
	}
	at := s.frames[i]
	packed := make([]byte, at.len)
	if _, err := s.file.ReadAt(packed, at.off); err != nil {
		return nil, err
	}
	f, err := s.dec.DecodeAll(packed, make([]byte, 0, frameSize))
	if err != nil {
		return nil, err
	}
	s.keep(i, f)
	return f, nil
}

func (s *store) keep(i int, f []byte) {
	if len(s.order) >= cacheFrames {
		delete(s.cache, s.order[0])
		s.order = s.order[1:]
	}
	s.cache[i] = f
	s.order = append(s.order, i)
}

func (s *store) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enc.Close()
	s.dec.Close()
	s.file.Close()
	os.Remove(s.file.Name())
}
