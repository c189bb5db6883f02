//go:build unix

package scapio_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestAPipeIsReadAsAFileIs(t *testing.T) {
	b := small(t)
	for _, c := range packers {
		t.Run(string(c), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pipe")
			require.NoError(t, syscall.Mkfifo(path, 0o600))
			packed := scapiotest.Pack(t, b, c)
			go func() {
				w, err := os.OpenFile(path, os.O_WRONLY, 0)
				if err != nil {
					return
				}
				defer w.Close()
				for len(packed) > 0 { // in small pieces
					n := min(100, len(packed))
					if _, err := w.Write(packed[:n]); err != nil {
						return
					}
					packed = packed[n:]
				}
			}()
			in, err := scapio.Open(path)
			require.NoError(t, err)
			defer in.Close()
			require.Zero(t, in.Size)
			require.Equal(t, c, in.Compression)
			got, err := io.ReadAll(in)
			require.NoError(t, err)
			require.True(t, bytes.Equal(b, got))
			again := make([]byte, len(b)-7)
			_, err = in.ReadAt(again, 7)
			require.NoError(t, err)
			require.True(t, bytes.Equal(b[7:], again))
		})
	}
}
