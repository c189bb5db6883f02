//go:build amd64 || arm64

package live

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// timed returns a record of a call.
func timed(t testing.TB, enter, exit uint64, data int) []byte {
	b := made(recExit, numberOf(t, "read"), int64(data), []uint64{3, 1, uint64(data)}, section{data: make([]byte, data)})
	binary.LittleEndian.PutUint64(b, exit)
	binary.LittleEndian.PutUint64(b[8:], enter)
	return b
}

// TestEventsOfAllProcessorsAreMerged makes calls on several processors, whose records come in the order in which the
// calls end, and takes them in batches.
func TestEventsOfAllProcessorsAreMerged(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		type oneCall struct {
			cpu         uint16
			enter, exit uint64
		}
		var list []oneCall
		for cpu := range uint16(rapid.IntRange(1, 5).Draw(r, "cpus")) {
			now := uint64(1000)
			for range rapid.IntRange(0, 30).Draw(r, "calls") {
				enter := now + rapid.Uint64Range(0, 50).Draw(r, "gap")
				exit := enter + rapid.Uint64Range(0, 80).Draw(r, "length")
				list = append(list, oneCall{cpu, enter, exit})
				now = exit
			}
		}
		slices.SortStableFunc(list, func(a, b oneCall) int { return int(int64(a.exit) - int64(b.exit)) })
		m := newMerger(newEncoder(&byNumber, false, false, 0))
		var got []uint64
		var ev Event
		take := func() {
			for m.pop(&ev) {
				whole(t, &ev)
				require.Equal(t, ev.TS, binary.LittleEndian.Uint64(ev.Raw), "the bytes are the event's")
				got = append(got, ev.TS)
			}
		}
		var rec record
		for _, c := range list {
			require.NoError(t, rec.decode(timed(t, c.enter, c.exit, rapid.SampledFrom([]int{0, 1, 60000}).Draw(r, "data"))))
			rec.cpu = c.cpu
			m.add(&rec)
			m.watermark = max(m.watermark, c.exit-80) // no call is longer
			if rapid.Bool().Draw(r, "take") {
				take()
			}
		}
		m.watermark = math.MaxUint64
		take()
		require.Len(t, got, 2*len(list))
		require.True(t, slices.IsSorted(got), "%v", got)
		require.Zero(t, m.queued)
		require.Less(t, len(m.free), 60)
	})
}

// TestAQueueThatIsNeverEmptyDoesNotGrow gives events while later ones are held back, as under load.
func TestAQueueThatIsNeverEmptyDoesNotGrow(t *testing.T) {
	m := newMerger(newEncoder(&byNumber, false, false, 0))
	var rec record
	var ev Event
	given := uint64(0)
	for i := range uint64(100_000) {
		require.NoError(t, rec.decode(timed(t, 1000+2*i, 1001+2*i, 0)))
		m.add(&rec)
		m.watermark = 1000 + 2*i - 20 // ten calls wait
		for m.pop(&ev) {
			require.Greater(t, ev.TS, given)
			given = ev.TS
		}
	}
	require.Positive(t, m.queued)
	require.Less(t, cap(m.queues[0].list), 4*compactFrom)
}
