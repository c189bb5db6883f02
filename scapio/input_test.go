package scapio_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// content reads an input to its end.
func content(t testing.TB, b []byte) ([]byte, scapio.Compression, error) {
	t.Helper()
	in, err := scapio.Open(scapiotest.File(t, b))
	require.NoError(t, err)
	defer in.Close()
	got, err := io.ReadAll(in)
	if err == nil {
		require.EqualValues(t, len(b), in.Size)
	}
	return got, in.Compression, err
}

var packers = []scapio.Compression{scapio.Plain, scapio.Gzip, scapio.Zstd, scapio.LZ4}

func TestCompressionIsToldByContent(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, c := range packers {
		t.Run(string(c), func(t *testing.T) {
			got, have, err := content(t, scapiotest.Pack(t, b, c))
			require.NoError(t, err)
			require.Equal(t, c, have)
			require.True(t, bytes.Equal(b, got))
		})
	}
	t.Run("of several members one after the other", func(t *testing.T) {
		for _, c := range packers[1:] {
			two := append(scapiotest.Pack(t, b[:1000], c), scapiotest.Pack(t, b[1000:], c)...)
			got, _, err := content(t, two)
			require.NoError(t, err, c)
			require.True(t, bytes.Equal(b, got), c)
		}
	})
	t.Run("and what follows the last gzip member is ignored", func(t *testing.T) {
		for _, tail := range []string{"garbage behind", "x", "\x1f", "\x00\x00\x00\x00"} {
			got, _, err := content(t, append(scapiotest.Pack(t, b, scapio.Gzip), tail...))
			require.NoError(t, err)
			require.True(t, bytes.Equal(b, got))
		}
	})
	t.Run("and other compressions are no captures", func(t *testing.T) {
		for _, magic := range []string{"BZh91AY&SY", "\xfd7zXZ\x00"} {
			got, have, err := content(t, []byte(magic+"0123456789012345678901234567"))
			require.NoError(t, err)
			require.Equal(t, scapio.Plain, have)
			require.ErrorIs(t, walk(bytes.NewReader(got)).err, scapio.ErrNotCapture)
		}
	})
}

func TestCutCompressedInput(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, c := range packers[1:] {
		t.Run("by "+string(c)+" keeps what came before and says so, again and again", func(t *testing.T) {
			packed := scapiotest.Pack(t, b, c)
			for n := 5; n < len(packed); n += 1 + len(packed)/61 {
				in, err := scapio.Open(scapiotest.File(t, packed[:n]))
				require.NoError(t, err)
				got, err := io.ReadAll(in)
				require.True(t, bytes.HasPrefix(b, got))
				if err == nil {
					t.Fatalf("cut at %d of %d: no error", n, len(packed))
				}
				require.ErrorContains(t, err, "cannot decompress "+string(c))
				for range 3 {
					k, again := in.Read(make([]byte, 100))
					require.Zero(t, k)
					require.Error(t, again)
					require.NotErrorIs(t, again, io.EOF)
				}
				require.NoError(t, in.Close())
			}
		})
	}
}

func TestReadBytesAreReadAgainAtAnyPlace(t *testing.T) {
	b := scapiotest.Bytes(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for len(b) < 30<<20 { // more frames than are kept in memory
		b = append(b, b...)
	}
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Zstd} {
		t.Run(string(c), func(t *testing.T) {
			in, err := scapio.Open(scapiotest.File(t, scapiotest.Pack(t, b, c)))
			require.NoError(t, err)
			defer in.Close()
			n, err := io.Copy(io.Discard, in)
			require.NoError(t, err)
			require.EqualValues(t, len(b), n)
			buf := make([]byte, 3000)
			for at := 0; at+len(buf) <= len(b); at += 1<<20 - 1000 {
				k, err := in.ReadAt(buf, int64(at))
				require.NoError(t, err)
				require.True(t, bytes.Equal(b[at:at+k], buf[:k]))
			}
			for _, at := range []int64{0, 29 << 20, 1 << 20} {
				k, err := in.ReadAt(buf, at)
				require.NoError(t, err)
				require.True(t, bytes.Equal(b[at:int(at)+k], buf[:k]))
			}
			k, err := in.ReadAt(buf, int64(len(b)-10))
			require.Equal(t, 10, k)
			require.ErrorIs(t, err, io.EOF)
			_, err = in.ReadAt(buf, int64(len(b))+5<<20)
			require.ErrorIs(t, err, io.EOF)
			_, err = in.ReadAt(buf, -1)
			require.Error(t, err)
		})
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	_, err := scapio.Open(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = scapio.Open(t.TempDir())
	require.ErrorContains(t, err, "is a directory")
	got, c, err := content(t, nil)
	require.NoError(t, err)
	require.Empty(t, got)
	require.Equal(t, scapio.Plain, c)
}

// FuzzDecompress reads what may be compressed, in all the ways the reader does.
func FuzzDecompress(f *testing.F) {
	b := small(f)[:1200]
	for _, c := range packers {
		p := scapiotest.Pack(f, b, c)
		f.Add(p)
		f.Add(p[:len(p)-3])
		f.Add(append(bytes.Clone(p), p...))
	}
	path := filepath.Join(f.TempDir(), "in")
	f.Fuzz(func(t *testing.T, b []byte) {
		require.NoError(t, os.WriteFile(path, b, 0o600))
		in, err := scapio.Open(path)
		if err != nil {
			return
		}
		defer in.Close()
		const most = 8 << 20
		n, err := io.Copy(io.Discard, io.LimitReader(in, most))
		if err == nil && n < most {
			if k, err := in.Read(make([]byte, 10)); k > 0 || !errors.Is(err, io.EOF) {
				t.Fatalf("%d bytes behind the end, %v", k, err)
			}
		}
	})
}
