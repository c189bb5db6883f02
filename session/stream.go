package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/explain"
	"github.com/scapls/scapls/session/stream"
)

// StreamForm says what is saved of a stream.
type StreamForm string

// The forms.
const (
	StreamRead    StreamForm = "read"    // what was read
	StreamWritten StreamForm = "written" // what was written
	StreamBoth    StreamForm = "both"    // both, in order
	StreamFile    StreamForm = "file"    // the file as the writes left it
	StreamPcapng  StreamForm = "pcapng"  // packets that Wireshark opens
)

// MaxChunks is the most transfers of a stream that are returned at once, MaxStreamBytes the most bytes of them.
const (
	MaxChunks      = 1000
	MaxStreamBytes = 4 << 20
)

// StreamChunk is a transfer with its bytes.
type StreamChunk struct {
	stream.Chunk
	Data []byte
	Name string // what it is recognized as; "" mostly
	Who  string
}

// StreamPart is a part of a stream.
type StreamPart struct {
	*stream.Stream
	Title, Kind, Filter, PeerTitle, Problem string
	Start, Total                            int
	Part                                    []StreamChunk
}

// Stream returns transfers of the descriptor that an event is about, from its opening to its close.
func (s *Session) Stream(ctx context.Context, num uint64, peer bool, start, count int) (*StreamPart, error) {
	st, err := s.follow(ctx, num, peer)
	if err != nil {
		return nil, err
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	p := &StreamPart{
		Stream: st, Title: streamTitle(st), Kind: FDKind(st.FD), Filter: "fd.stream=" + strconv.FormatUint(uint64(st.FD.Stream), 10), Start: start, Total: len(st.Chunks),
	}
	if n := len(st.Peers); n > 0 {
		p.PeerTitle = utf8(st.Peers[0].Name)
		if p.PeerTitle == "" {
			p.PeerTitle = FDKind(st.Peers[0])
		}
		if n > 1 {
			p.PeerTitle += fmt.Sprintf(" and %d more", n-1)
		}
	}
	switch {
	case st.Owner != nil:
		p.Filter = fmt.Sprintf("proc.pid=%d and fd.num=%d and not fd.name exists", st.Owner.PID, st.FD.Num)
		p.Kind = "unknown"
		p.Problem = "the capture never told what this descriptor is: here is all that the process did with its number"
	case st.OpenBefore():
		p.Problem = "it was open before the capture began: what went through it before is not here"
	}
	w := s.worker()
	defer s.free(w)
	from := min(max(start, 0), len(st.Chunks))
	size := 0
	for i, k := range st.Chunks[from:] {
		if len(p.Part) >= min(count, MaxChunks) || size > MaxStreamBytes {
			break
		}
		b, err := stream.Bytes(snap, k, &w.cur, &w.ctx)
		if err != nil {
			return nil, noEvent(err)
		}
		c := StreamChunk{Chunk: k, Data: append([]byte(nil), b...), Who: strconv.FormatInt(k.TID, 10)}
		c.Name = st.Name(snap, from+i, c.Data, &w.cur, &w.ctx)
		if k.Thread != nil {
			c.Who = fmt.Sprintf("%s (%d)", utf8(k.Thread.Comm), k.TID)
		}
		size += len(c.Data)
		p.Part = append(p.Part, c)
	}
	return p, nil
}

func streamTitle(st *stream.Stream) string {
	if st.Owner != nil {
		return fmt.Sprintf("descriptor %d of %s (%d)", st.FD.Num, utf8(st.Owner.Comm), st.Owner.PID)
	}
	if st.FD.Name != "" {
		return utf8(st.FD.Name)
	}
	return FDKind(st.FD) + " " + strconv.FormatInt(st.FD.Num, 10)
}

func (s *Session) follow(ctx context.Context, num uint64, peer bool) (*stream.Stream, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	snap := s.shared.x.Acquire()
	key, err := s.key(snap, num)
	snap.Release()
	if err != nil {
		return nil, err
	}
	if key == 0 {
		return nil, fmt.Errorf("%w: the capture has no events", ErrNoEvent)
	}
	st, err := stream.Of(ctx, s.shared.x, key, peer)
	if errors.Is(err, stream.ErrNoStream) {
		return nil, badRequest("%v", err)
	}
	return st, err
}

// SaveStream writes a stream to a file, which appears under its name only when all has been written.
func (s *Session) SaveStream(ctx context.Context, num uint64, form StreamForm, path string) (stream.Saved, error) {
	st, err := s.follow(ctx, num, false)
	if err != nil {
		return stream.Saved{}, err
	}
	return saveStream(ctx, s.shared.x, st, form, path)
}

func saveStream(ctx context.Context, x *index.Index, st *stream.Stream, form StreamForm, path string) (saved stream.Saved, err error) {
	bytes := func(which stream.Which) error {
		return WriteFile(path, func(w io.Writer) error { saved, err = st.Save(ctx, x, w, which); return err })
	}
	switch form {
	case StreamBoth:
		err = bytes(stream.Both)
	case StreamRead:
		err = bytes(stream.Reads)
	case StreamWritten:
		err = bytes(stream.Writes)
	case StreamFile:
		if !st.CanCarve() {
			return saved, badRequest("no write of this descriptor has a known place in a file")
		}
		err = replaceFile(path, func(f *os.File) error { saved, err = st.Carve(ctx, x, f); return err })
	case StreamPcapng:
		err = WriteFile(path, func(w io.Writer) error { saved, err = st.Pcapng(ctx, x, w); return err })
	default:
		return saved, badRequest("no form %q of a stream", string(form))
	}
	if errors.Is(err, stream.ErrNoSocket) {
		return saved, badRequest("%v", err)
	}
	return saved, err
}

// Explanation is an event in plain words.
type Explanation struct{ Sentence, Markdown, Link string }

// Explain says what an event tells, with the arguments of both halves of a call.
func (s *Session) Explain(_ context.Context, num uint64) (Explanation, error) {
	if s.closed.Load() {
		return Explanation{}, ErrClosed
	}
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, num)
	if err != nil {
		return Explanation{}, err
	}
	if key == 0 {
		return Explanation{}, fmt.Errorf("%w: the capture has no events", ErrNoEvent)
	}
	if err := snap.Fill(key, true, &w.cur, &w.ctx); err != nil {
		return Explanation{}, noEvent(err)
	}
	return explained(&w.ctx), nil
}

func explained(c *field.Ctx) Explanation {
	return Explanation{explain.Sentence(c), explain.Markdown(c), explain.Link(c)}
}
