//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package index

import (
	"fmt"
	"os"
	"syscall"
)

// createUnnamed makes a file in a folder that ends when it is closed.
func createUnnamed(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "*.columns")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// writeMapped writes pieces one behind the other at an offset of a file, and maps them. The mapping is for reading: a
// change that the disk has no room for is an error of place.write, and no signal.
func writeMapped(f *os.File, off int64, parts ...[]byte) ([]byte, error) {
	n := 0
	for _, b := range parts {
		if _, err := f.WriteAt(b, off+int64(n)); err != nil {
			_ = f.Truncate(off) // gives back what was taken
			return nil, err
		}
		n += len(b)
	}
	b, err := syscall.Mmap(int(f.Fd()), off, n, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes of %s: %w", n, f.Name(), err)
	}
	return b, nil
}

func unmap(b []byte) error { return syscall.Munmap(b) }

func (p *place) write(at int, b []byte) error {
	_, err := p.file.WriteAt(b, p.off+int64(at))
	return err
}
