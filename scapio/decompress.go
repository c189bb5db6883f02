package scapio

import (
	"bufio"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxWindow bounds what a zstd stream may ask for, in bytes.
const maxWindow = 128 << 20

// Decompress returns the uncompressed bytes of a stream, whose compression is told by its first bytes. It gives on what
// has been flushed at once. Close frees the decoder; r stays open.
func Decompress(r io.Reader) (io.ReadCloser, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.Peek(4)
	if len(head) == 0 && err != nil {
		return nil, err
	}
	switch c := sniff(head); c {
	case Gzip:
		return io.NopCloser(&gzipStream{br: br}), nil
	case Zstd:
		z, err := zstd.NewReader(br, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("decompress %s: %w", c, err)
		}
		return z.IOReadCloser(), nil
	case LZ4:
		return io.NopCloser(lz4.NewReader(br)), nil
	}
	return io.NopCloser(br), nil
}
