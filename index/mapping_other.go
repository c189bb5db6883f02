//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package index

import (
	"errors"
	"fmt"
	"os"
)

func createUnnamed(string) (*os.File, error) {
	return nil, fmt.Errorf("map a file: %w", errors.ErrUnsupported)
}

func writeMapped(*os.File, int64, ...[]byte) ([]byte, error) { return nil, errors.ErrUnsupported }

func unmap([]byte) error { return nil }

func (p *place) write(int, []byte) error { return nil }
