package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"unsafe"
)

// keepSegments is how many full segments stay in memory behind the one that is being filled. Most calls return within
// them, and captures of half a million events need no file.
var keepSegments = 8 // less in tests

// moverQueue is how many segments may wait for a slow disk before building waits for it.
const moverQueue = 16

// mostUnused is how many pieces of memory are kept for later segments.
const mostUnused = 2

// sidecar keeps the columns of full segments in a file without a name and mapped, where they are the system's cache and
// no memory of ours. It ends with the index. Where no such file can be, the columns stay in memory.
type sidecar struct {
	x *Index

	due    []*segment // to be moved; the builder's
	queue  chan *segment
	gone   chan struct{} // closed when the mover has ended
	ending atomic.Bool   // what waits need not be moved any more
	unused [][]uint64    // memory of segments that were moved; guarded by the lock of x

	file *os.File // the mover's, like all below
	size int64
	tail []byte // scratch
	err  error  // why nothing is moved any more
}

// place is where a segment is in the sidecar.
type place struct {
	file   *os.File
	off    int64
	mapped []byte
}

// granule is what offsets in the sidecar are multiples of: the most that any system asks of a mapping.
const granule = 64 << 10

// spare returns memory for the columns of a segment, nil when there is none. The lock of the index is held.
func (d *sidecar) spare() []uint64 {
	n := len(d.unused)
	if n == 0 {
		return nil
	}
	m := d.unused[n-1]
	d.unused = d.unused[:n-1]
	return m
}

// put hands segments that are due to the mover, and waits while that has much to do. The lock of the index is not held.
func (d *sidecar) put(ctx context.Context) {
	if len(d.due) == 0 {
		return
	}
	if d.queue == nil {
		d.queue, d.gone = make(chan *segment, moverQueue), make(chan struct{})
		go d.run() // ends with close; blocks on the disk
	}
	for _, s := range d.due {
		select {
		case d.queue <- s:
		case <-ctx.Done():
		}
	}
	d.due = d.due[:0]
}

// run moves segments.
func (d *sidecar) run() {
	defer close(d.gone)
	for s := range d.queue {
		if d.err != nil || d.ending.Load() {
			continue
		}
		if d.err = d.move(s); d.err != nil {
			d.x.mu.Lock()
			s.moving, s.late = false, nil
			d.x.stats.Memory = d.err.Error()
			d.x.mu.Unlock()
		}
	}
}

// move writes a segment to the file and has its columns mapped.
func (d *sidecar) move(s *segment) (err error) {
	if d.file == nil {
		if d.file, err = openSidecar(); err != nil {
			return err
		}
	}
	memory := bytesOf(s.memory)
	fixed := tailAt(s.room)
	d.x.mu.Lock() // what stands before is not changed any more
	d.tail = append(d.tail[:0], memory[fixed:]...)
	s.moving = true
	d.x.mu.Unlock()

	wides := bytesOf(s.wides)
	n := len(memory) + len(wides)
	p := &place{file: d.file, off: d.size}
	if p.mapped, err = writeMapped(d.file, d.size, memory[:fixed], d.tail, wides); err != nil {
		return err
	}
	d.size += int64(n+granule-1) / granule * granule

	d.x.mu.Lock()
	defer d.x.mu.Unlock()
	old := s.columns
	s.columns = view(p.mapped, s.room)
	if len(s.wides) > 0 {
		s.wides = unsafe.Slice((*wide)(unsafe.Pointer(&p.mapped[len(memory)])), len(s.wides))
	}
	s.place, s.moving = p, false
	for _, i := range s.late {
		s.change(int(i), old.pair[i], old.flags[i])
	}
	if len(d.unused) < mostUnused {
		d.unused = append(d.unused, s.memory)
	}
	s.memory, s.late = nil, nil
	return nil
}

// change sets what may change of event i, where the segment is in the sidecar. When that cannot be written the segment
// goes back into memory.
func (p *place) change(s *segment, i int, pair uint32, flags uint8) {
	var err error
	if s.pair[i] != pair {
		b := bytesOf([]uint32{pair})
		err = p.write(tailAt(s.room)+4*i, b)
	}
	if s.flags[i] != flags && err == nil {
		err = p.write(flagsAt(s.room)+i, []byte{flags})
	}
	if err == nil {
		return
	}
	s.wides = slices.Clone(s.wides)
	s.memory = make([]uint64, columnBytes(s.room)/8)
	copy(bytesOf(s.memory), p.mapped)
	s.columns, s.place = view(bytesOf(s.memory), s.room), nil
	_ = unmap(p.mapped)
	s.pair[i], s.flags[i] = pair, flags
}

// close frees the file. Nothing is read of the index after that.
func (d *sidecar) close() {
	if d.queue == nil {
		return
	}
	d.ending.Store(true)
	close(d.queue)
	<-d.gone
	x := d.x
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.segs {
		if s.place != nil {
			s.columns, s.wides = columns{}, nil // who still reads finds no events, and no memory that is not there
			_ = unmap(s.place.mapped)
			s.place = nil
		}
	}
	if d.file != nil {
		_ = d.file.Close() // it is gone then
	}
}

// sidecarDirs returns where the file may be, the best first: memory file systems, which temporary folders may be, are
// none.
var sidecarDirs = func() (list []string) {
	if dir, err := os.UserCacheDir(); err == nil {
		list = append(list, filepath.Join(dir, "scapls"))
	}
	return append(list, os.TempDir())
}

// openSidecar makes the file.
func openSidecar() (*os.File, error) {
	var all []error
	for _, dir := range sidecarDirs() {
		err := os.MkdirAll(dir, 0o700)
		if err == nil {
			var f *os.File
			if f, err = createUnnamed(dir); err == nil {
				return f, nil
			}
		}
		all = append(all, err)
	}
	if len(all) == 0 {
		return nil, errors.New("keep columns in a file: no folder for it")
	}
	return nil, fmt.Errorf("keep columns in a file: %w", errors.Join(all...))
}
