package scapio_test

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
)

func TestDecompressGivesOnWhatWasFlushed(t *testing.T) {
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip, scapio.Zstd} {
		t.Run(string(c), func(t *testing.T) {
			r, w := io.Pipe()
			defer w.Close()
			z, err := scapio.Compress(w, c)
			require.NoError(t, err)
			got := make(chan string)
			go func() {
				d, err := scapio.Decompress(r)
				if err != nil {
					got <- err.Error()
					return
				}
				defer d.Close()
				for {
					b := make([]byte, 100)
					n, err := d.Read(b)
					if n > 0 {
						got <- string(b[:n])
					}
					if err != nil {
						got <- err.Error()
						return
					}
				}
			}()
			want := func(s string) {
				t.Helper()
				select {
				case g := <-got:
					require.Equal(t, s, g)
				case <-time.After(5 * time.Second):
					t.Fatalf("%q did not come out", s)
				}
			}
			for _, s := range []string{"first", "second"} {
				_, err := io.WriteString(z, s)
				require.NoError(t, err)
				require.NoError(t, scapio.Flush(z))
				want(s)
			}
			require.NoError(t, z.Close())
			require.NoError(t, w.Close())
			want("EOF")
		})
	}
}
