package stats

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestAScatterTakesRowsEvenlyAndKeepsNoOthers(t *testing.T) {
	x := open(t, scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		scapiotest.Events(w, 2*index.SegmentSize)
	})))
	list := index.List{}
	s := x.Acquire()
	first, last := s.Times()
	s.Release()
	for _, span := range [][2]uint64{{0, 0}, {first + (last-first)/3, 0}, {first + (last-first)/3, last - (last-first)/4}, {last + 1, 0}} {
		var all []uint32
		s := x.Acquire()
		for key := s.Next(list, 1); key != 0; key = s.Next(list, key+1) {
			if ts := s.Facts(key).TS; ts >= span[0] && (span[1] == 0 || ts <= span[1]) {
				all = append(all, key)
			}
		}
		s.Release()
		for _, most := range []int{1, 300, 5000, len(all), len(all) + 1} {
			if most == 0 {
				continue
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			keys, of, err := chosen(context.Background(), x, list, nil, span[0], span[1], most)
			runtime.ReadMemStats(&after)
			require.NoError(t, err)
			require.EqualValues(t, len(all), of)
			if most <= 5000 {
				require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "of %d rows", len(all))
			}
			want := []uint32{}
			for i := range min(most, len(all)) {
				want = append(want, all[i*len(all)/min(most, len(all))])
			}
			require.Equal(t, want, keys)
		}
	}
}
