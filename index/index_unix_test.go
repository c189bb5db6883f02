//go:build unix

package index

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// feed opens a pipe as a capture; w is its other end.
func feed(t *testing.T, head []byte) (x *Index, w *os.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	opened := make(chan *os.File, 1)
	go func() {
		w, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			_, _ = w.Write(head)
		}
		opened <- w
	}()
	x, err := Open(t.Context(), path)
	require.NoError(t, err)
	return x, <-opened
}

func TestAPipeIsIndexedAsItsBytesCome(t *testing.T) {
	b := capture(t, 30)
	at := scapiotest.Offsets(b)
	x, w := feed(t, b[:at[20]])
	defer x.Close()
	events := uint32(0)
	for i := 20; i+1 < len(at); i++ {
		_, err := w.Write(b[at[i]:at[i+1]])
		require.NoError(t, err)
		require.Eventually(t, func() bool { return x.Progress().Events > events }, 5*time.Second, time.Millisecond)
		events = x.Progress().Events
	}
	require.NoError(t, w.Close())
	require.NoError(t, x.Wait(t.Context()))
	require.EqualValues(t, 60, x.Progress().Events)
}

func TestAPipeThatStallsCanBeClosed(t *testing.T) {
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip} {
		b := capture(t, 30)
		if c != scapio.Plain {
			b = scapiotest.Pack(t, b, c)
		}
		path := filepath.Join(t.TempDir(), "pipe")
		require.NoError(t, syscall.Mkfifo(path, 0o600))
		opened := make(chan *os.File, 1)
		go func() {
			w, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				_, _ = w.Write(b)
			}
			opened <- w
		}()
		ok := make(chan error, 1)
		go func() {
			x, err := Open(t.Context(), path)
			if err == nil {
				err = x.Close()
			}
			ok <- err
		}()
		w := <-opened
		select {
		case err := <-ok:
			require.NoError(t, err)
		case <-time.After(5 * time.Second):
			w.Close()
			t.Fatalf("Close of a stalled pipe (%s) does not return", c)
		}
		w.Close()
	}
}
