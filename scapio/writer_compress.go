package scapio

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compress returns a writer that packs what is written to it into w. Close ends the packed data; w stays open. sysdig
// and Stratoshark read gzip only.
func Compress(w io.Writer, c Compression) (io.WriteCloser, error) {
	switch c {
	case Plain:
		return plain{w}, nil
	case Gzip:
		return gzip.NewWriter(w), nil
	case Zstd:
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	case LZ4:
		return lz4.NewWriter(w), nil
	}
	return nil, fmt.Errorf("no compression %q", c)
}

type plain struct{ io.Writer }

func (plain) Close() error { return nil }

// Flush makes a writer of Compress hand on all that was written to it, so that a reader of the stream can have it. It
// costs some of the compression.
func Flush(w io.Writer) error {
	if f, ok := w.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}
