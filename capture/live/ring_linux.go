package live

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/cilium/ebpf"
)

// ring reads a BPF ring buffer (kernel/bpf/ringbuf.c) where it lies, without copying: records are borrowed until the
// next call. It does not wait: the programs never wake a reader, which costs the observed machine less.
type ring struct {
	consumer *uint64 // position up to which the kernel may write again
	producer *uint64
	head     []byte // consumer page
	tail     []byte // producer page and twice the data
	data     []byte
	mask     uint64
	limit    uint64 // position up to which the kernel had written at the last look
	at       uint64 // position up to which records were given
	freed    uint64 // the same, as the kernel knows it
}

// The head of a record: u32 length and flags, u32 unused.
const (
	ringHead    = 8
	ringBusy    = 1 << 31
	ringDiscard = 1 << 30
)

func openRing(m *ebpf.Map) (*ring, error) {
	page, size := os.Getpagesize(), int(m.MaxEntries())
	head, err := syscall.Mmap(m.FD(), 0, page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the ring buffer's consumer page: %w", err)
	}
	// The data are mapped twice in a row, so that a record that wraps around is in one piece.
	tail, err := syscall.Mmap(m.FD(), int64(page), page+2*size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		_ = syscall.Munmap(head)
		return nil, fmt.Errorf("map the ring buffer of %d bytes: %w", size, err)
	}
	r := &ring{head: head, tail: tail, data: tail[page:], mask: uint64(size - 1)}
	r.consumer = (*uint64)(unsafe.Pointer(&head[0]))
	r.producer = (*uint64)(unsafe.Pointer(&tail[0]))
	r.at = atomic.LoadUint64(r.consumer)
	r.freed = r.at
	return r, nil
}

// look finds out how far the kernel has written, and returns how much waits. Each time takes a cache line from the
// processors that write, so next does not do it.
func (r *ring) look() int {
	r.limit = atomic.LoadUint64(r.producer)
	return int(r.limit - r.at)
}

// next returns the next record of those there were at the last look, nil when there is none.
func (r *ring) next() []byte {
	for r.at < r.limit {
		off := r.at & r.mask
		head := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[off])))
		if head&ringBusy != 0 {
			break
		}
		n := uint64(head &^ (ringBusy | ringDiscard))
		r.at += (n + ringHead + 7) &^ 7
		if head&ringDiscard == 0 {
			return r.data[off+ringHead : off+ringHead+n : off+ringHead+n]
		}
	}
	return nil
}

// rest calls fn for each record that next will return of those there were at the last look. It reports false when one
// of them is still being written.
func (r *ring) rest(fn func(b []byte)) bool {
	for at := r.at; at < r.limit; {
		off := at & r.mask
		head := atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.data[off])))
		if head&ringBusy != 0 {
			return false
		}
		n := uint64(head &^ (ringBusy | ringDiscard))
		if head&ringDiscard == 0 {
			fn(r.data[off+ringHead : off+ringHead+n : off+ringHead+n])
		}
		at += (n + ringHead + 7) &^ 7
	}
	return true
}

// release gives the room of all records before the last one back to the kernel. Each time costs the processors that
// write a cache line, so it is put off until it is worth it, or now asks for it.
func (r *ring) release(upTo uint64, now bool) {
	if upTo-r.freed < 64<<10 && !now || upTo == r.freed {
		return
	}
	r.freed = upTo
	atomic.StoreUint64(r.consumer, upTo)
}

// used returns how many bytes wait.
func (r *ring) used() int {
	return int(atomic.LoadUint64(r.producer) - atomic.LoadUint64(r.consumer))
}

func (r *ring) close() {
	_ = syscall.Munmap(r.head)
	_ = syscall.Munmap(r.tail)
}
