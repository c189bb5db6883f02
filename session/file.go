package session

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/scapls/scapls/scapio"
)

// WriteError says that a file could not be written.
type WriteError struct {
	Path string
	Err  error
}

// Error tells the path and the cause.
func (e *WriteError) Error() string { return fmt.Sprintf("write %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// WriteFile writes a file whole or not at all: what write writes goes into another file beside it, which takes its place
// at the end. A name that ends in .gz or .zst compresses it. A file that is there keeps its permissions. What is no
// plain file, such as a named pipe, is written as it comes.
func WriteFile(path string, write func(w io.Writer) error) error {
	if fi, err := os.Stat(path); err == nil && !fi.Mode().IsRegular() {
		return named(path, writeThrough(path, write))
	}
	return replaceFile(path, func(f *os.File) error { return fill(f, path, write) })
}

// named makes an error of the file at path, or of the one beside it, one that says so.
func named(path string, err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) && (failed.Path == path || strings.HasSuffix(failed.Path, partSuffix)) {
		return &WriteError{path, failed.Err}
	}
	return err
}

// replaceFile is WriteFile for what needs the file itself: a plain file, never compressed.
func replaceFile(path string, write func(f *os.File) error) (err error) {
	defer func() { err = named(path, err) }()
	mode := os.FileMode(0) // what the umask leaves
	if fi, err := os.Stat(path); err == nil {
		mode = fi.Mode().Perm()
		if real, err := filepath.EvalSymlinks(path); err == nil { // the file is replaced, not the link to it
			path = real
		}
	}
	part := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%08x"+partSuffix, filepath.Base(path), rand.Uint32()))
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(part)
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error {
			if mode == 0 {
				return nil
			}
			return f.Chmod(mode)
		},
		f.Sync, f.Close, func() error { return os.Rename(part, path) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	done = true
	return nil
}

func writeThrough(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return fill(f, path, write)
}

// partSuffix marks a file that is not complete.
const partSuffix = ".part"

// fill writes to f, compressed as the name says.
func fill(f io.Writer, path string, write func(w io.Writer) error) error {
	buffered := bufio.NewWriterSize(f, 1<<20)
	c := scapio.Plain
	switch {
	case strings.HasSuffix(path, ".gz"):
		c = scapio.Gzip
	case strings.HasSuffix(path, ".zst"):
		c = scapio.Zstd
	}
	packed, err := scapio.Compress(buffered, c)
	if err != nil {
		return err
	}
	err = write(packed)
	for _, end := range []func() error{packed.Close, buffered.Flush} {
		if e := end(); err == nil && e != nil {
			err = fmt.Errorf("write %s: %w", path, e)
		}
	}
	return err
}
