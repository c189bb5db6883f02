package session

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// Merged is one of several captures whose events are put into one order.
type Merged struct {
	Index  *index.Index
	Host   string        // how its events are told from those of others
	Offset time.Duration // of its clock: subtracted from its times
	First  uint64        // time of the first event of all, in the common clock; 0: its own

	from, to uint32                 // keys of its first and last event; 0: those of the capture
	told     func(fraction float64) // how far it is; may be nil
}

// clockComment is how a remote capture keeps the offset of the far clock, see docs/REMOTE.md.
var clockComment = regexp.MustCompile(`clock offset ([+-][0-9]{1,15}\.[0-9]{3}) ms`)

// ClockOffset returns how far the clock of the machine was off when it was captured remotely, as the capture's comment
// tells; 0 and false where nothing does.
func ClockOffset(x *index.Index) (time.Duration, bool) {
	st, _ := x.Stats()
	for _, c := range st.Comments {
		if m := clockComment.FindStringSubmatch(c); m != nil {
			if ms, err := strconv.ParseFloat(m[1], 64); err == nil {
				return time.Duration(ms * float64(time.Millisecond)), true
			}
		}
	}
	return 0, false
}

// Line appends what is shown of a merged event: its time in the common clock, ns since the epoch, its capture, and what
// the appender of LinesOptions made of it.
type Line func(dst []byte, ts uint64, from *Merged, text []byte) []byte

// mergeAhead is how many bytes of lines of one capture may wait for those of others.
const mergeAhead = 1 << 20

// Merge writes one line per event of all captures, ordered by time. Within a capture the order stays that of the
// capture. o.Append must be set; o.Limit counts the lines of all.
func Merge(ctx context.Context, list []Merged, o LinesOptions, line Line, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := o.Limit
	o.Limit = 0
	heads := make([]*mergeHead, len(list))
	for i := range list {
		heads[i] = startMerged(ctx, &list[i], o)
		defer heads[i].r.Close()
	}
	for _, h := range heads {
		if err := h.next(); err != nil {
			return err
		}
	}
	var buf []byte
	for n := uint64(0); limit == 0 || n < limit; n++ {
		first := earliest(heads)
		if first == nil {
			return nil
		}
		buf = line(buf[:0], first.ts, first.from, first.text)
		if _, err := w.Write(buf); err != nil {
			return err
		}
		if err := first.next(); err != nil {
			return err
		}
	}
	return nil
}

func earliest(heads []*mergeHead) (first *mergeHead) {
	for _, h := range heads {
		if !h.done && (first == nil || h.ts < first.ts) {
			first = h
		}
	}
	return first
}

// mergeHead is the next event of a capture. Its goroutine writes frames into a pipe: time, length, text; it ends with the
// capture, or when the pipe is closed.
type mergeHead struct {
	from *Merged
	r    *io.PipeReader
	in   *frameReader
	ts   uint64
	text []byte
	done bool
}

const frameHead = 8 + 4

func startMerged(ctx context.Context, m *Merged, o LinesOptions) *mergeHead {
	r, w := io.Pipe()
	o.From, o.To, o.Told = m.from, m.to, m.told
	appender := o.Append
	o.Append = func() Appender {
		inner := appender()
		return func(dst []byte, c *field.Ctx) ([]byte, bool) {
			at := len(dst)
			dst = append(dst, make([]byte, frameHead)...)
			c.TS = common(c.TS, int64(m.Offset))
			if m.First != 0 {
				c.First = m.First
			}
			if c.PrevTS != 0 {
				c.PrevTS = common(c.PrevTS, int64(m.Offset))
			}
			out, ok := inner(dst, c)
			if !ok {
				return dst[:at], false
			}
			binary.LittleEndian.PutUint64(out[at:], c.TS)
			binary.LittleEndian.PutUint32(out[at+8:], uint32(len(out)-at-frameHead))
			return out, true
		}
	}
	go func() { w.CloseWithError(Lines(ctx, m.Index, o, w)) }()
	return &mergeHead{from: m, r: r, in: &frameReader{r: r}}
}

// next reads the capture's next event.
func (h *mergeHead) next() error {
	head, err := h.in.take(frameHead)
	if errors.Is(err, io.EOF) {
		h.done = true
		return nil
	}
	if err != nil {
		return err
	}
	h.ts = binary.LittleEndian.Uint64(head)
	h.text, err = h.in.take(int(binary.LittleEndian.Uint32(head[8:])))
	return err
}

// frameReader gives pieces of a stream; a piece is valid until the next.
type frameReader struct {
	r        io.Reader
	buf      []byte
	pos, end int
}

func (f *frameReader) take(n int) ([]byte, error) {
	for f.end-f.pos < n {
		if f.pos > 0 {
			f.end = copy(f.buf, f.buf[f.pos:f.end])
			f.pos = 0
		}
		if size := max(n, mergeAhead); len(f.buf) < size {
			f.buf = append(f.buf, make([]byte, size-len(f.buf))...)
		}
		k, err := f.r.Read(f.buf[f.end:])
		f.end += k
		if err != nil && f.end-f.pos < n {
			return nil, err
		}
	}
	b := f.buf[f.pos : f.pos+n]
	f.pos += n
	return b, nil
}
