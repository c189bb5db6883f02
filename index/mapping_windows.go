package index

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"unsafe"
)

const deleteOnClose = 0x04000000 // FILE_FLAG_DELETE_ON_CLOSE

// createUnnamed makes a file in a folder that ends when it is closed, or with the process.
func createUnnamed(dir string) (*os.File, error) {
	path := filepath.Join(dir, fmt.Sprintf("%016x.columns", rand.Uint64()))
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ|syscall.FILE_SHARE_WRITE, nil,
		syscall.CREATE_NEW, fileTemporary|deleteOnClose, 0)
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

const fileTemporary = 0x100 // FILE_ATTRIBUTE_TEMPORARY

// writeMapped makes a file longer, maps the new part at an offset, and writes pieces into it one behind the other. What
// is written by other means need not be seen there.
func writeMapped(f *os.File, off int64, parts ...[]byte) ([]byte, error) {
	n := 0
	for _, b := range parts {
		n += len(b)
	}
	end := uint64(off) + uint64(n)
	h, err := syscall.CreateFileMapping(syscall.Handle(f.Fd()), nil, syscall.PAGE_READWRITE, uint32(end>>32), uint32(end), nil)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes of %s: %w", n, f.Name(), err)
	}
	defer syscall.CloseHandle(h)
	addr, err := syscall.MapViewOfFile(h, syscall.FILE_MAP_WRITE, uint32(uint64(off)>>32), uint32(uint64(off)), uintptr(n))
	if err != nil {
		return nil, fmt.Errorf("map %d bytes of %s: %w", n, f.Name(), err)
	}
	all := unsafe.Slice(*(**byte)(unsafe.Pointer(&addr)), n)
	at := 0
	for _, b := range parts {
		at += copy(all[at:], b)
	}
	return all, nil
}

func unmap(b []byte) error { return syscall.UnmapViewOfFile(uintptr(unsafe.Pointer(&b[0]))) }

func (p *place) write(at int, b []byte) error {
	copy(p.mapped[at:], b)
	return nil
}
