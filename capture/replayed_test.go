package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/live"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// TestACaptureThatArrivesIsWrittenAgain sends captures of this and of older shapes as streams: one file of it shows what
// the capture shows, and so do several.
func TestACaptureThatArrivesIsWrittenAgain(t *testing.T) {
	for _, name := range []string{"live_new-sysmix.scap", "live_old-sysmix.scap"} {
		path := scapiotest.Repo(t, name)
		b := scapiotest.Bytes(t, path)
		for _, limit := range []uint64{0, 700} {
			src, err := NewReplay(bytes.NewReader(b))
			require.NoError(t, err)
			out := filepath.Join(t.TempDir(), "out.scap")
			st, err := Run(t.Context(), Options{Source: src, First: src.First(), Comments: []string{"from afar"}, Output: Output{Path: out, MaxEvents: limit}})
			require.NoError(t, err)
			var got []string
			files := []string{out}
			if limit > 0 {
				files, err = filepath.Glob(out + "?")
				require.NoError(t, err)
				require.GreaterOrEqual(t, len(files), 3)
			}
			require.Equal(t, len(files), st.Files)
			for _, f := range files {
				got = append(got, lines(t, f, names, "")...)
				head := make([]byte, 200)
				file, err := os.Open(f)
				require.NoError(t, err)
				_, err = io.ReadFull(file, head)
				require.NoError(t, errors.Join(err, file.Close()))
				require.Contains(t, string(head), "from afar")
			}
			require.Equal(t, len(lines(t, path, names, "")), len(got), "%s, %d", name, limit)
			if limit == 0 {
				require.Equal(t, lines(t, path, names, ""), got)
			}
		}
	}
}

func TestReplayWaitsForWhatArrives(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, sample))
	at := scapiotest.Offsets(b)
	r, w := io.Pipe()
	go func() { _, _ = w.Write(b[:at[len(at)-5]]) }()
	src, err := NewReplay(r)
	require.NoError(t, err)
	require.NotEmpty(t, src.First().Threads)
	var e live.Event
	n := 0
	src.SetDeadline(time.Now().Add(200 * time.Millisecond))
	for err = src.Next(&e); err == nil; err = src.Next(&e) {
		src.SetDeadline(time.Now().Add(200 * time.Millisecond))
		n++
	}
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.Positive(t, n)
	src.SetDeadline(time.Time{})
	w.CloseWithError(io.ErrUnexpectedEOF) // the link is cut
	for err = src.Next(&e); err == nil; err = src.Next(&e) {
		n++
	}
	require.ErrorIs(t, err, io.EOF, "who sends tells why")
	require.NoError(t, src.Stop())

	empty, err := NewReplay(bytes.NewReader(nil))
	require.NoError(t, err)
	require.True(t, empty.Empty())
	require.ErrorIs(t, empty.Next(&e), io.EOF)
	_, err = NewReplay(bytes.NewReader([]byte("no capture at all")))
	require.Error(t, err)
	var corrupt *scapio.CorruptError
	require.True(t, errors.As(err, &corrupt) || errors.Is(err, scapio.ErrNotCapture))
}
