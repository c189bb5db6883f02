//go:build amd64

package live

import (
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// probeModel does with the memory of a processor what the programs do: records wait in it until they are given to the
// ring together.
type probeModel struct {
	cpu   uint16
	stage []byte
	next  uint64
}

func (m *probeModel) write(ring [][]byte) [][]byte {
	rec := make([]byte, recordHead)
	binary.LittleEndian.PutUint64(rec, m.next)
	binary.LittleEndian.PutUint16(rec[32:], recordHead/8)
	rec[36] = recProcExit
	m.next++
	n := binary.LittleEndian.Uint32(m.stage[8:])
	copy(m.stage[blockHead+n:], rec)
	n += recordHead
	binary.LittleEndian.PutUint32(m.stage[8:], n)
	if n < 4*recordHead {
		return ring
	}
	binary.LittleEndian.PutUint16(m.stage[12:], m.cpu)
	ring = append(ring, append([]byte(nil), m.stage[:blockHead+n]...))
	binary.LittleEndian.PutUint32(m.stage[8:], 0)
	binary.LittleEndian.PutUint64(m.stage, binary.LittleEndian.Uint64(m.stage)+1)
	return ring
}

// TestRecordsThatWaitAreGivenOnce looks at random moments at what processors write: each record must be given once, in
// the order of its processor, and at the end of a round all that there was at its begin.
func TestRecordsThatWaitAreGivenOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const stride = blockHead + 5*recordHead
		cpus := rapid.IntRange(1, 3).Draw(r, "cpus")
		s := &stages{mem: make([]byte, cpus*stride), stride: stride, cpus: make([]waiting, cpus)}
		models := make([]probeModel, cpus)
		for i := range models {
			models[i] = probeModel{cpu: uint16(i), stage: s.mem[i*stride : (i+1)*stride]}
		}
		got := make([]uint64, cpus)
		give := func(cpu int, b []byte) {
			for len(b) > 0 {
				var rec []byte
				rec, b = cutRecord(b)
				require.NotNil(t, rec)
				require.Equal(t, got[cpu], binary.LittleEndian.Uint64(rec), "the next record of processor %d", cpu)
				got[cpu]++
			}
		}
		var ring [][]byte
		work := func(most int, label string) {
			for range rapid.IntRange(0, most).Draw(r, label) {
				ring = models[rapid.IntRange(0, cpus-1).Draw(r, "cpu")].write(ring)
			}
		}
		for range rapid.IntRange(1, 20).Draw(r, "rounds") {
			work(20, "before")
			want := make([]uint64, cpus)
			for i := range models {
				want[i] = models[i].next
			}
			s.look()
			work(20, "between the looks")
			limit := len(ring)
			for i, b := range ring[:limit] {
				if i%3 == 0 {
					work(2, "meanwhile")
				}
				var k block
				require.NoError(t, k.decode(b))
				give(int(k.cpu), s.fresh(&k))
			}
			ring = ring[limit:]
			for i := range s.cpus {
				give(i, s.cpus[i].take())
				require.GreaterOrEqual(t, got[i], want[i], "processor %d", i)
			}
		}
	})
}

// TestEventsAreInOrderWhileTheReaderIsBehind has processors that fill their blocks at very different speeds, and a reader
// that takes less at once than there is.
func TestEventsAreInOrderWhileTheReaderIsBehind(t *testing.T) {
	const cpus, stride, size = 3, blockHead + 5*recordHead, 1 << 22
	random := rand.New(rand.NewPCG(1, 2))
	var consumer, producer uint64
	p := &Probe{batch: 4000, log: slog.New(slog.DiscardHandler), merge: newMerger(newEncoder(&byNumber, false, false, 0))}
	p.ring = &ring{consumer: &consumer, producer: &producer, data: make([]byte, 2*size), mask: size - 1}
	p.stages = &stages{mem: make([]byte, cpus*stride), stride: stride, cpus: make([]waiting, cpus)}
	models := make([]probeModel, cpus)
	for i := range models {
		models[i] = probeModel{cpu: uint16(i), stage: p.stages.mem[i*stride : (i+1)*stride]}
	}
	written, given, early, last := 0, 0, 0, uint64(0)
	take := func() {
		var ev Event
		for p.merge.pop(&ev) {
			require.GreaterOrEqual(t, ev.TS, last)
			last = ev.TS
			given++
		}
	}
	for range 150 {
		for range random.IntN(400) {
			m := &models[0]
			if n := random.IntN(500); n < 2 {
				m = &models[1+n]
			}
			m.next = bootNow()
			written++
			for _, b := range m.write(nil) {
				at := producer & (size - 1)
				binary.LittleEndian.PutUint32(p.ring.data[at:], uint32(len(b)))
				copy(p.ring.data[at+ringHead:], b)
				producer += uint64(len(b)+ringHead+7) &^ 7
			}
		}
		time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
		for range random.IntN(5) {
			require.NoError(t, p.collect())
			before := given
			take()
			if p.round.open {
				early += given - before
			}
		}
		require.Less(t, producer, uint64(size), "the ring of this test does not wrap")
	}
	require.Positive(t, early, "nothing was given before the end of a round")
	p.stopped.Store(true)
	for !p.ending {
		require.NoError(t, p.collect())
		take()
	}
	require.Equal(t, written, given)
	require.Zero(t, p.decode.Load())
}

// FuzzBlock gives the cutting of blocks any bytes.
func FuzzBlock(f *testing.F) {
	f.Add(append(make([]byte, blockHead), made(recSwitch, 0, 0, make([]uint64, 6))...))
	f.Add(make([]byte, blockHead+3))
	f.Fuzz(func(t *testing.T, b []byte) {
		var k block
		if k.decode(b) != nil && len(b) >= blockHead {
			k.records = b[blockHead:]
		}
		_ = k.begin()
		n := 0
		for rest := k.records; len(rest) > 0; {
			var rec []byte
			if rec, rest = cutRecord(rest); rec == nil {
				break
			}
			require.GreaterOrEqual(t, len(rec), recordHead)
			n += len(rec)
		}
		require.LessOrEqual(t, n, len(k.records))
	})
}
