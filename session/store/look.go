package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tidwall/buntdb"
)

// View is how a capture was looked at. State is a document of who shows captures; it is not read.
type View struct {
	Used  int64           `json:"used"` // ns since the epoch
	State json.RawMessage `json:"state"`
}

// sample is how many bytes of either end of a file tell it from others.
const sample = 64 << 10

// identify returns an id of the file's content: its size and both its ends. The first bytes of a capture name the
// machine and its processes, the last ones are its latest events.
func identify(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !fi.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no file", path)
	}
	ends, err := endsOf(f, fi.Size())
	return "content-" + ends, err
}

// endsOf hashes the first size bytes of a file by their number and both their ends.
func endsOf(f io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%d:", size)
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, min(sample, size))); err != nil {
		return "", err
	}
	last := max(0, size-sample)
	if _, err := io.Copy(h, io.NewSectionReader(f, last, size-last)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// head is how many bytes of a file's start do not change when it is written to.
const head = 4 << 10

// names returns the ids under which the view of a capture is kept: its content, and its path with how it begins, under
// which a file is still known that was written to since.
func names(path string) (ids []string, err error) {
	id, err := identify(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	start := make([]byte, head)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return []string{id, "path-" + hashID(path, string(start[:n]))}, nil
}

// PutView keeps how the capture at path is looked at.
func (s *Store) PutView(path string, state json.RawMessage) error {
	if err := checkText("the view", string(state)); err != nil {
		return err
	}
	if !json.Valid(state) {
		return badRecord("the view is no JSON document")
	}
	ids, err := names(path)
	if err != nil {
		return err
	}
	return s.update(KindView, func(tx *buntdb.Tx) error {
		v := View{s.now().UnixNano(), state}
		for _, id := range ids {
			if err := put(tx, KindView, id, v); err != nil {
				return err
			}
		}
		return trim(tx, KindView, 2*MaxViews, func(v View) int64 { return v.Used })
	})
}

// View returns how the capture at path was last looked at; ok is false when that is not known.
func (s *Store) View(path string) (v View, ok bool, err error) {
	ids, err := names(path)
	if err != nil {
		return v, false, err
	}
	err = s.view(func(tx *buntdb.Tx) error {
		for _, id := range ids {
			if v, ok = get[View](tx, KindView, id); ok {
				return nil
			}
		}
		return nil
	})
	return v, ok, err
}
