package index

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/evtable"
)

// made returns a segment of events of all kinds, of which a part of the last word is behind its end, and what its columns
// would hold from other events there.
func made(r *rand.Rand, rows uint32) *segment {
	s := newSegment(0, 4*wordBits, nil)
	for i := range s.typ {
		s.n = i
		s.typ[i] = []uint16{uint16(r.IntN(evtable.NumTypes)), evtable.SyscallReadX, evtable.SyscallReadE, 5000, packetType}[r.IntN(5)]
		s.thread[i], s.fd[i] = r.Uint32N(rows+1)-1, r.Uint32N(rows+1)-1
		s.res[i] = []int32{0, 1, -1, -2, -maxErrno, -maxErrno - 1, math.MinInt32, math.MaxInt32}[r.IntN(8)]
		if i < 3*wordBits+20 && r.IntN(6) == 0 {
			s.flags[i] = flagWide | uint8(r.IntN(2))*flagSyscall
			s.wides = append(s.wides, wide{res: int64(r.Uint64()), at: uint16(i), odd: r.IntN(2) == 0})
		}
	}
	s.n = 3*wordBits + 20
	for i := s.n; i < len(s.thread); i++ {
		s.thread[i], s.fd[i] = 1<<20, 1<<20
	}
	return s
}

// masks are of few and of many events of a word that exist.
func masks(r *rand.Rand, s *segment, w int) []uint64 {
	exist := ^uint64(0) >> (wordBits - min(wordBits, s.n-w*wordBits))
	return []uint64{0, exist, exist & r.Uint64(), exist & r.Uint64() & r.Uint64() & r.Uint64(), exist & (1 << r.IntN(wordBits))}
}

func TestWordsAreLookedUpAsEventsAre(t *testing.T) {
	const rows = 300
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s := made(r, rows)
		hits := make([]uint64, rows/wordBits+1)
		for i := range hits {
			hits[i] = r.Uint64()
		}
		var errs errnos
		for i := range maxErrno + 2 {
			errs[i] = uint8(r.IntN(3))
		}
		l := &leaf{}
		for i := range l.ways {
			l.ways[i] = way(r.IntN(int(numWays)))
			l.consts[i] = r.IntN(2) == 0
		}
		l.has[wayHeld] = true
		l.classify()
		e := &evaluator{s: s}
		for w := range 4 {
			var k kindWord
			l.kindsIn(s, w, &k)
			for _, m := range masks(r, s, w) {
				looked, without := s.look(hits, s.thread, w, m), s.without(s.fd, w, m)
				failed, ask := e.failed(&errs, w, m, &k)
				for i := range wordBits {
					at, in := w*wordBits+i, m>>i&1
					if in == 0 {
						require.Zero(t, (looked|without|failed|ask)>>i&1)
						continue
					}
					row := s.thread[at] + 1
					require.Equal(t, hits[row/wordBits]>>(row%wordBits)&1, looked>>i&1)
					require.Equal(t, one(s.fd[at] == none), without>>i&1)
					kinds := uint8(1 << kindAsk)
					if cell := s.cellOf(at); cell < 2*evtable.NumTypes {
						kinds = l.kinds[cell]
						require.Equal(t, l.ways[cell] == wayConst && l.consts[cell], kinds>>kindYes&1 == 1)
						require.Equal(t, typeHasRes[cell/2], kinds>>kindRes&1 == 1)
					}
					for bit := range uint(8) {
						require.Equal(t, uint64(kinds>>bit&1), k.with(bit)>>i&1)
					}
					if s.flags[at]&flagWide != 0 {
						require.NotZero(t, ask>>i&1, "what does not fit the columns is asked")
						continue
					}
					if place := s.errno(at); place < 0 || errs[place] == 0 {
						require.NotZero(t, ask>>i&1)
					} else {
						require.Equal(t, []uint64{uint64(errs[place] - 1), 0}, []uint64{failed >> i & 1, ask >> i & 1})
					}
				}
			}
		}
	}
}

func TestWidesAreFoundWhereverOneLooks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		s := made(r, 10)
		hint := r.IntN(100)
		for range 50 {
			from := r.IntN(4) * wordBits
			to := min(from+wordBits, s.n)
			var want []wide
			for _, w := range s.wides {
				if int(w.at) >= from && int(w.at) < to {
					want = append(want, w)
				}
			}
			require.True(t, slices.Equal(want, s.widesIn(from, to, &hint)))
		}
	}
}
