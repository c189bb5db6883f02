package remote

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/scapls/scapls/scapio"
)

// stalled is how long an upload may stand still.
const stalled = 30 * time.Second

// upload puts the right agent on the far side and returns its path there.
func (s *session) upload(ctx context.Context) (string, error) {
	arch := archOf(s.far.machine)
	if arch == "" {
		return "", &Error{Kind: KindPlatform, Message: s.t.Host + " is a " + orUnknown(s.far.machine) + " machine; there are agents for x86_64 and aarch64"}
	}
	folders := s.o.Agents
	if folders == nil {
		folders = AgentFolders()
	}
	file, err := FindAgent(arch, folders)
	if err != nil {
		return "", err
	}
	s.st.Agent, s.st.Sent, s.st.Total = "uploaded", 0, file.Size
	s.tell(StateUploading)
	data, packed, err := s.pack(file)
	if err != nil {
		return "", &Error{Kind: KindNoAgent, Message: "the agent cannot be read", Err: err}
	}
	s.st.Total = int64(len(data))
	where := "temp"
	if s.o.Stay {
		where = "stay"
	}
	if err := s.l.order("put", strconv.Itoa(len(data)), packed, file.SHA256, where); err != nil {
		return "", s.lost(err)
	}
	return s.send(ctx, data)
}

// pack reads the agent, compressed when the far side can undo that.
func (s *session) pack(file AgentFile) (data []byte, packed string, err error) {
	f, err := os.Open(file.Path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	var b bytes.Buffer
	var w io.WriteCloser = struct {
		io.Writer
		io.Closer
	}{&b, io.NopCloser(nil)}
	packed = "plain"
	if s.far.has["gzip"] {
		packed = "gzip"
		if w, err = scapio.Compress(&b, scapio.Gzip); err != nil {
			return nil, "", err
		}
	}
	if _, err = io.Copy(w, f); err == nil {
		err = w.Close()
	}
	return b.Bytes(), packed, err
}

// send waits for the script to be ready, sends the bytes, and waits for its word that they arrived. A goroutine writes,
// since that may block; it ends when all is written or the link is closed.
func (s *session) send(ctx context.Context, data []byte) (string, error) {
	progress := make(chan int, 1)
	started := false
	for {
		timer := time.NewTimer(stalled)
		select {
		case <-ctx.Done():
			timer.Stop()
			return "", ctx.Err()
		case n := <-progress:
			s.st.Sent = int64(n)
			if time.Since(s.st.Time) > 100*time.Millisecond {
				s.tell(StateUploading)
			}
		case m := <-s.l.msgs:
			switch {
			case m.err != nil:
				timer.Stop()
				return "", s.lost(m.err)
			case m.word == "send" && !started:
				started = true
				go s.sendAll(data, progress)
			case m.word == "put":
				timer.Stop()
				s.st.Sent = s.st.Total
				s.tell(StateUploading)
				return m.rest, nil
			case m.word == "fail":
				timer.Stop()
				return "", &Error{Kind: KindUpload, Message: "the agent could not be put on " + s.t.Host, Detail: m.rest}
			}
		case <-timer.C:
			return "", s.lost(errSilent)
		}
		timer.Stop()
	}
}

func (s *session) sendAll(data []byte, progress chan int) {
	const step = 256 << 10
	for at := 0; at < len(data); {
		n := min(step, len(data)-at)
		if s.l.write(data[at:at+n]) != nil {
			return // msgs ends, too
		}
		at += n
		select {
		case progress <- at:
		default: // the next one will do
		}
	}
}
