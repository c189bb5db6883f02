package scapio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrNotCapture says that the bytes are no scap capture at all.
var ErrNotCapture = errors.New("not a scap capture: it does not begin with a pcapng section header")

// ErrTruncated says that the bytes end inside a block. The reader stays where the block begins: when the file has
// grown, Next goes on.
var ErrTruncated = errors.New("the file ends inside this block")

const (
	minBlock  = 12        // type, length, length again
	maxBlock  = 512 << 20 // a longer one is damage: the largest process lists seen have some MiB
	firstRead = 256 << 10
	byteOrder = 0x1A2B3C4D // SHB magic in the writer's byte order
)

var sectionMark = []byte{0x0A, 0x0D, 0x0D, 0x0A}

// Reader splits a stream of uncompressed bytes into blocks. It is not safe for concurrent use.
type Reader struct {
	r        io.Reader
	buf      []byte
	pos, end int
	off      int64 // of buf[0] in the stream
	blocks   int64
	warnings []*CorruptError
}

// NewReader returns a reader of uncompressed blocks. Offsets are counted from the first byte of r.
func NewReader(r io.Reader) *Reader { return &Reader{r: r, buf: make([]byte, firstRead)} }

// Offset returns where the next block begins, in uncompressed bytes.
func (r *Reader) Offset() int64 { return r.off + int64(r.pos) }

// Ready reports whether the next block is in memory already, so that Next will not wait for more bytes.
func (r *Reader) Ready() bool {
	have := r.end - r.pos
	return have >= 8 && uint64(binary.LittleEndian.Uint32(r.buf[r.pos+4:]))+8 <= uint64(have)
}

// Still reports whether the next block is in memory already and Next leaves the bodies of blocks before it where they
// are, until Exchange. That is not so of those few kinds whose length has to be looked for.
func (r *Reader) Still() bool {
	if !r.Ready() {
		return false
	}
	t := BlockType(binary.LittleEndian.Uint32(r.buf[r.pos:]))
	return t != SectionHeader && t != InterfaceListV2
}

// Exchange gives away the memory that the blocks so far are in, so that they stay good, and goes on in other: nil, or what
// an earlier Exchange returned. The next block is at Offset, which is where the reader's memory begins then.
func (r *Reader) Exchange(other []byte) []byte {
	rest := r.buf[r.pos:r.end]
	if other = other[:cap(other)]; len(other) < max(len(rest), firstRead) {
		other = make([]byte, max(len(rest), firstRead))
	}
	given := r.buf
	r.end = copy(other, rest)
	r.buf, r.off, r.pos = other, r.Offset(), 0
	return given
}

// Warnings returns damage that did not stop the reading, and forgets it.
func (r *Reader) Warnings() []*CorruptError {
	w := r.warnings
	r.warnings = nil
	return w
}

// Next returns the next block. It returns io.EOF at a block's end, a *CorruptError wrapping ErrTruncated when the
// stream ends inside a block (call again when there may be more), another *CorruptError when the framing is broken for
// good, and ErrNotCapture when the stream does not begin with a section header.
func (r *Reader) Next() (Block, error) {
	if err := r.fill(8); err != nil {
		return Block{}, r.short(0, err)
	}
	h := r.buf[r.pos:]
	typ := BlockType(binary.LittleEndian.Uint32(h))
	total := binary.LittleEndian.Uint32(h[4:])
	at := r.Offset()
	if r.blocks == 0 && typ != SectionHeader {
		return Block{}, ErrNotCapture
	}
	if typ == SectionHeader {
		if err := r.section(at); err != nil {
			return Block{}, err
		}
		total = binary.LittleEndian.Uint32(r.buf[r.pos+4:])
	}
	if total < minBlock {
		return Block{}, &CorruptError{at, typ, fmt.Errorf("its length says %d bytes, the least is %d", total, minBlock)}
	}
	if total > maxBlock {
		return Block{}, &CorruptError{at, typ, fmt.Errorf("its length says %d bytes, the most is %d", total, maxBlock)}
	}
	if err := r.fill(int(total)); err != nil {
		return Block{}, r.short(typ, err)
	}
	size := int(total)
	if t := binary.LittleEndian.Uint32(r.buf[r.pos+size-4:]); t != total {
		n := 0
		if typ == InterfaceListV2 {
			n = r.repairInterfaces(total)
		}
		switch {
		case n > 0:
			r.warnings = append(r.warnings, &CorruptError{at, typ, fmt.Errorf("its length is %d bytes too small (a writer's fault); read by its entries", n-int(total))})
			size = n
		case typ.IsEvent() || typ.IsPacket():
			if !r.plausible(int(total)) {
				return Block{}, &CorruptError{at, typ, fmt.Errorf("wrong block length: %d in the header, %d in the trailer", total, t)}
			}
			r.warnings = append(r.warnings, &CorruptError{at, typ, fmt.Errorf("its trailer says %d bytes instead of %d; read by its header", t, total)})
		default:
			return Block{}, &CorruptError{at, typ, fmt.Errorf("wrong block length: %d in the header, %d in the trailer", total, t)}
		}
	}
	whole := r.buf[r.pos : r.pos+size] // what looked ahead may have moved the buffer
	r.pos += size
	r.blocks++
	return Block{Type: typ, Off: at, Len: uint32(size), Body: whole[8 : size-4]}, nil
}

// section checks the section header that begins at the current position.
func (r *Reader) section(at int64) error {
	if err := r.fill(28); err != nil {
		return r.short(SectionHeader, err)
	}
	h := r.buf[r.pos:]
	switch magic := binary.LittleEndian.Uint32(h[8:]); magic {
	case byteOrder:
	case 0x4D3C2B1A:
		return &CorruptError{at, SectionHeader, errors.New("written by a big-endian machine, which scapls cannot read")}
	default:
		return &CorruptError{at, SectionHeader, fmt.Errorf("byte-order magic is %#x", magic)}
	}
	if major := binary.LittleEndian.Uint16(h[12:]); major > 1 {
		return &CorruptError{at, SectionHeader, fmt.Errorf("format version %d is newer than this scapls can read (1)", major)}
	}
	return nil
}

// fill makes n bytes available from pos on. The buffer grows only as far as bytes arrive.
func (r *Reader) fill(n int) error {
	for idle := 0; r.end-r.pos < n; {
		if r.pos > 0 && (r.pos == r.end || len(r.buf)-r.pos < n || r.end == len(r.buf)) {
			copy(r.buf, r.buf[r.pos:r.end])
			r.off += int64(r.pos)
			r.end -= r.pos
			r.pos = 0
		}
		if r.end == len(r.buf) {
			grown := make([]byte, min(2*len(r.buf), max(n, len(r.buf)+1)))
			copy(grown, r.buf[:r.end])
			r.buf = grown
		}
		k, err := r.r.Read(r.buf[r.end:])
		r.end += k
		if r.end-r.pos >= n {
			return nil
		}
		if err != nil {
			return err
		}
		if idle++; k > 0 {
			idle = 0
		} else if idle >= 100 {
			return io.ErrNoProgress
		}
	}
	return nil
}

// short turns the end of the stream into the right error: a clean end only at a block's boundary.
func (r *Reader) short(typ BlockType, err error) error {
	have := r.end - r.pos
	if errors.Is(err, io.EOF) {
		if have == 0 {
			return io.EOF
		}
		if r.blocks == 0 && !bytes.HasPrefix(sectionMark, r.buf[r.pos:r.pos+min(have, 4)]) {
			return ErrNotCapture
		}
		err = ErrTruncated
	}
	if typ == 0 && have >= 4 {
		typ = BlockType(binary.LittleEndian.Uint32(r.buf[r.pos:]))
	}
	return &CorruptError{r.Offset(), typ, err}
}

// plausible reports whether the bytes behind a block of n bytes look like the start of another one, or are the end.
func (r *Reader) plausible(n int) bool {
	if err := r.fill(n + 8); err != nil {
		return r.end-r.pos == n
	}
	h := r.buf[r.pos+n:]
	l := binary.LittleEndian.Uint32(h[4:])
	return BlockType(binary.LittleEndian.Uint32(h)).Known() && l >= minBlock && l%4 == 0
}

// repairInterfaces finds the real end of an interface list whose length was written too small by peers that rewrote
// an old capture (SCAP_FORMAT §7): the word that repeats total stands behind the padded entries. It returns the real
// length, 0 if none is found.
func (r *Reader) repairInterfaces(total uint32) int {
	const most = 1 << 20
	at := 8
	for at < most {
		if err := r.fill(at + 8); err != nil {
			return 0
		}
		padded := (at + 3) &^ 3
		if r.fill(padded+4) == nil && padded > int(total)-4 &&
			binary.LittleEndian.Uint32(r.buf[r.pos+padded:]) == total && r.plausible(padded+4) {
			return padded + 4
		}
		n := binary.LittleEndian.Uint32(r.buf[r.pos+at:])
		if n < 4 || n > 4096 {
			return 0
		}
		at += 4 + int(n)
	}
	return 0
}
