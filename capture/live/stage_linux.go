package live

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/cilium/ebpf"
)

// stages reads the records that wait in the memory of their processors until there are enough of them for the ring
// (struct block in src/record.h of package bpf). They are copied where they lie, and the block that brings them again
// is taken from behind them.
type stages struct {
	mem    []byte
	stride int
	cpus   []waiting
}

// waiting is what is known of the block that a processor fills.
type waiting struct {
	gen  uint64 // of the last block of which records were given before it came
	done int    // how many of its bytes

	seen  uint64 // the block of bytes
	from  int    // where in it they begin
	bytes []byte // of records, at the last look
}

// lookTries is how often a look tries to copy a block that is given to the ring meanwhile. That it gives up loses
// nothing: what was there is in the ring, and what comes after is newer than the look.
const lookTries = 4

func openStages(m *ebpf.Map) (*stages, error) {
	s := &stages{stride: (int(m.ValueSize()) + 7) &^ 7, cpus: make([]waiting, m.MaxEntries())}
	page := os.Getpagesize()
	size := (s.stride*len(s.cpus) + page - 1) / page * page
	mem, err := syscall.Mmap(m.FD(), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the records that wait, %d bytes: %w", size, err)
	}
	s.mem = mem
	return s, nil
}

// look copies what waits and was not given. It reports whether there is anything.
func (s *stages) look() bool {
	found := false
	for i := range s.cpus {
		w := &s.cpus[i]
		w.look(s.mem[i*s.stride : (i+1)*s.stride])
		found = found || len(w.bytes) > 0
	}
	return found
}

func (w *waiting) look(stage []byte) {
	w.bytes = w.bytes[:0]
	if !staged {
		return
	}
	gen, size := (*uint64)(unsafe.Pointer(&stage[0])), (*uint32)(unsafe.Pointer(&stage[8]))
	for range lookTries {
		g := atomic.LoadUint64(gen)
		n, from := int(atomic.LoadUint32(size)), 0
		if g == w.gen {
			from = w.done
		}
		if n <= from || n > len(stage)-blockHead {
			return
		}
		w.bytes = append(w.bytes[:0], stage[blockHead+from:blockHead+n]...)
		if atomic.LoadUint64(gen) == g { // so nothing was written over them
			w.seen, w.from = g, from
			return
		}
		w.bytes = w.bytes[:0]
	}
}

// fresh returns the records of a block of the ring that were not given before. What waited of it is in it.
func (s *stages) fresh(b *block) []byte {
	if int(b.cpu) >= len(s.cpus) {
		return b.records
	}
	w := &s.cpus[b.cpu]
	if w.seen <= b.gen {
		w.bytes = w.bytes[:0]
	}
	if w.gen == b.gen {
		return b.records[min(w.done, len(b.records)):]
	}
	return b.records
}

// take returns the records of a processor that waited at the last look, as given from now on.
func (w *waiting) take() []byte {
	if len(w.bytes) == 0 {
		return nil
	}
	w.gen, w.done = w.seen, w.from+len(w.bytes)
	b := w.bytes
	w.bytes = w.bytes[:0]
	return b
}

func (s *stages) close() { _ = syscall.Munmap(s.mem) }
