package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
)

func open(t *testing.T, path string) *index.Index {
	t.Helper()
	x, err := index.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { x.Close() })
	require.NoError(t, x.Wait(t.Context()))
	return x
}

// facts is an event's row but where its block lies, in words.
func facts(s index.Snapshot, key uint32) string {
	f := s.Facts(key)
	thread, fd := scapiotest.Exported(f.Thread), scapiotest.Exported(f.FD)
	f.Offset, f.Thread, f.FD = 0, nil, nil
	return fmt.Sprintf("%d %d %+v %s %s", key, s.Number(key), f, thread, fd)
}

// printed is what scapls read says of a capture that is indexed.
func printed(t *testing.T, x *index.Index, q session.Query) []string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, session.Lines(t.Context(), x, session.LinesOptions{Query: q, Loc: time.UTC}, &out))
	return strings.Split(out.String(), "\n")
}

// requireSame holds two captures against each other: columns, texts, state.
func requireSame(t *testing.T, in, out string) {
	t.Helper()
	a, b := open(t, in), open(t, out)
	sa, sb := a.Acquire(), b.Acquire()
	require.Equal(t, sa.Len(), sb.Len())
	step := max(1, sa.Len()/3000) // the words of every event would take long
	for key := uint32(1); key <= sa.Len(); key += step {
		if fa, fb := facts(sa, key), facts(sb, key); fa != fb {
			require.Equal(t, fa, fb)
		}
	}
	for _, n := range []uint32{0, 1, sa.Len() / 3, sa.Len() / 2, sa.Len()} {
		require.Equal(t, scapiotest.State(sa.View(n)), scapiotest.State(sb.View(n)), "state as of event %d", n)
	}
	sa.Release()
	sb.Release()
	for _, q := range []session.Query{{View: session.EventsView, Internal: true}, {View: session.CallsView}} {
		la, lb := printed(t, a, q), printed(t, b, q)
		for i := range min(len(la), len(lb)) {
			if la[i] != lb[i] {
				require.Equal(t, la[i], lb[i])
			}
		}
		require.Len(t, lb, len(la))
	}
}

func TestARewrittenCaptureIsTheSameCapture(t *testing.T) {
	check := func(t *testing.T, path string, c scapio.Compression) {
		out := filepath.Join(t.TempDir(), "out.scap")
		require.NoError(t, rewriteFile(t.Context(), path, out, c))
		requireSame(t, path, out)
		in, err := scapio.Open(out)
		require.NoError(t, err)
		require.Equal(t, c, in.Compression)
		require.NoError(t, in.Close())
	}
	for _, c := range []scapio.Compression{scapio.Plain, scapio.Gzip, scapio.Zstd, scapio.LZ4} {
		t.Run("packed by "+string(c), func(t *testing.T) {
			check(t, scapiotest.Repo(t, "live_old-sysmix.scap"), c)
		})
	}
	t.Run("of the newest sysdig", func(t *testing.T) { check(t, scapiotest.Repo(t, "live_new-sysmix.scap"), scapio.Plain) })
	t.Run("of any age", func(t *testing.T) {
		for _, f := range scapiotest.Shared(t) {
			if st, err := os.Stat(f); err != nil || testing.Short() && st.Size() > 200_000 {
				continue
			}
			t.Run(filepath.Base(f), func(t *testing.T) { check(t, f, scapio.Plain) })
		}
	})
}

func TestRewritingBringsBlocksUpToDate(t *testing.T) {
	in := scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		_ = w.SectionAs(1, 0, scapio.CommentOption("kept"))
		_ = w.InterfacesAs(scapio.InterfaceListV1, scapiotest.Interfaces())
		_ = w.UsersAs(scapio.UserListV1, nil, nil)
		_ = w.ThreadsAs(scapio.ProcListV4, scapiotest.Threads(), 0)
		_ = w.FDsAs(scapio.FDListV1, 200, scapiotest.FDs())
		_ = w.Block(0xBAD, []byte("unknown"))
		_ = w.EventAs(scapio.EventV1, 0, 0, scapiotest.T0, 200, evtable.SyscallCloseX, scapiotest.U64(0))
		_ = w.EventAs(scapio.EventFlagsV1, 0, 1, scapiotest.T0, 200, evtable.SyscallCloseX, scapiotest.U64(0))
		_ = w.EventAs(scapio.EventV1, 0, 0, scapiotest.T0, -1, evtable.NotificationE, []byte("id\x00"), []byte("text\x00"))
		_ = w.EventAs(scapio.EventV1, 0, 0, scapiotest.T0, -1, evtable.ContainerJson2E, []byte("{}\x00"))
		_ = w.Packet(scapio.Packet{TS: scapiotest.T0, Len: 5, Data: []byte("frame")}, scapio.CommentOption("x"))
		_ = w.EventAs(scapio.EventV1, 0, 0, scapiotest.T0, 200, evtable.SyscallReadX, scapiotest.U64(1), []byte("x"))
	}))
	out := filepath.Join(t.TempDir(), "out.scap")
	require.NoError(t, rewriteFile(t.Context(), in, out, scapio.Plain))
	requireSame(t, in, out)
	var types []scapio.BlockType
	for blk := range blocks(t, out) {
		types = append(types, blk.Type)
	}
	require.Equal(t, []scapio.BlockType{
		scapio.SectionHeader, scapio.InterfaceListV2, scapio.UserListV2, scapio.ProcListV9, scapio.FDListV2, 0xBAD,
		scapio.EventV2, scapio.EventFlagsV2, scapio.EventV2, scapio.EventV2Large, scapio.EnhancedPacket, scapio.EventV2,
	}, types)
	stats, diags := open(t, out).Stats()
	require.Equal(t, []string{"kept"}, stats.Comments)
	require.Empty(t, diags)
}

func blocks(t *testing.T, path string) func(func(scapio.Block) bool) {
	return func(yield func(scapio.Block) bool) {
		in, err := scapio.Open(path)
		require.NoError(t, err)
		defer in.Close()
		for r := scapio.NewReader(in); ; {
			blk, err := r.Next()
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				return
			}
			if !yield(blk) {
				return
			}
		}
	}
}

func TestADamagedCaptureIsRewrittenUpToItsDamage(t *testing.T) {
	b := scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		scapiotest.Events(w, 9)
	})
	in, out := scapiotest.File(t, b[:len(b)-10]), filepath.Join(t.TempDir(), "out.scap")
	var errs bytes.Buffer
	code := run(t.Context(), []string{"rewrite", "--gzip", in, out}, stdio{err: &errs})
	require.Equal(t, exitDamaged, code)
	require.Contains(t, errs.String(), "damaged at offset")
	s := open(t, out).Acquire()
	defer s.Release()
	require.EqualValues(t, 17, s.Len())
}

// TestPeersReadWhatIsWritten needs real sysdig and Stratoshark (make peers). `make peers-roundtrip` does it for every capture.
func TestPeersReadWhatIsWritten(t *testing.T) {
	tool := filepath.Join(scapiotest.Root(t), "testdata", "tools", "peers.sh")
	dir := t.TempDir()
	peer := func(args ...string) (string, error) {
		c := exec.CommandContext(t.Context(), tool, args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "TZ=UTC")
		out, err := c.Output()
		return string(out), err
	}
	if _, err := peer("sysdig", "--version"); err != nil {
		what := "peers"
		if os.Getenv("SCAPLS_PEERS") == "1" {
			t.Fatal("sysdig does not run: ", err)
		}
		scapiotest.Skip(t, what, "sysdig and Stratoshark are not installed: make peers")
	}
	files := []string{scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "in.scap"), b, 0o600))
			require.NoError(t, rewriteFile(context.Background(), f, filepath.Join(dir, "out.scap"), scapio.Plain))
			for _, name := range []string{"sysdig", "strato"} {
				want, err := peer(name, "-r", "in.scap")
				require.NoError(t, err)
				have, err := peer(name, "-r", "out.scap")
				require.NoError(t, err)
				require.NotEmpty(t, want)
				require.True(t, want == have, "%s prints other text", name)
			}
		})
	}
}
