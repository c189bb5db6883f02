package index

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scapls/scapls/scapio/scapiotest"
)

// TestStateIsWhatAReplayFindsThere is invariant 3 of the architecture: the dimension tables of a whole capture say of
// event N what an index of the first N events says of its end.
func TestStateIsWhatAReplayFindsThere(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine asks everything")
	}
	check := func(t *testing.T, path string) {
		b := scapiotest.Bytes(t, path)
		x := openBytes(t, b)
		s := x.Acquire()
		defer s.Release()
		at := scapiotest.Offsets(b)
		first := uint32(1) // the sides of listed sockets are known once the events about the capture itself are over
		for first < s.Len() && s.Facts(first).Meta {
			first++
		}
		rapid.Check(t, func(rt *rapid.T) {
			n := rapid.Uint32Range(first, s.Len()).Draw(rt, "event")
			i, _ := slices.BinarySearch(at, int(s.Facts(n).Offset))
			y := openBytes(t, b[:at[i+1]])
			r := y.Acquire()
			defer r.Release()
			if r.Len() != n {
				rt.Fatalf("the first %d events are %d", n, r.Len())
			}
			want, have := scapiotest.State(r.View(n)), scapiotest.State(s.View(n))
			if !slices.Equal(want, have) {
				require.Equal(rt, want, have)
			}
			f, g := r.Facts(n), s.Facts(n)
			if a, b := scapiotest.Exported(f.Thread), scapiotest.Exported(g.Thread); a != b {
				rt.Fatalf("thread of event %d: %s, in the whole capture %s", n, a, b)
			}
			if a, b := scapiotest.Exported(f.FD), scapiotest.Exported(g.FD); a != b {
				rt.Fatalf("descriptor of event %d: %s, in the whole capture %s", n, a, b)
			}
		})
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	t.Run("containers", func(t *testing.T) {
		for _, f := range scapiotest.Shared(t, "falco_run_as_user_0", "xxradar_") {
			check(t, f)
		}
	})
}
