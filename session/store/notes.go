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

	"github.com/scapls/scapls/session/notes"
)

// KindNotes are notes on the events of captures: a record for each capture, and one for each comment.
const KindNotes Kind = "notes"

// maxNoted bounds how many captures may have notes. Notes are never forgotten by themselves.
const maxNoted = 10_000

// noted is the record of a capture that has notes, v1/notes/capture-ID. A capture is known by its content: Size bytes
// with these ends. A file that is longer and begins with those bytes is the same capture, which was still written to when
// it was noted first; so notes on a live capture are found when it is over.
type noted struct {
	Size       int64  `json:"size"`
	Head       string `json:"head"` // of the first bytes, to tell most others quickly
	Ends       string `json:"ends"` // of both ends of those Size bytes
	Name       string `json:"name"` // of the file, for people
	Used       int64  `json:"used"` // ns since the epoch
	Shift      int64  `json:"shift,omitempty"`
	Marked     string `json:"marked,omitempty"` // events, as notes.Ranges
	Ignored    string `json:"ignored,omitempty"`
	References string `json:"references,omitempty"`
}

// comment is the record of a comment, v1/notes/comment-ID-EVENT.
type comment struct {
	Event   uint32 `json:"event"`
	Text    string `json:"text"`
	Author  string `json:"author,omitempty"`
	Written int64  `json:"written,omitempty"`
}

const (
	captureID = "capture-"
	commentID = "comment-"
)

func commentKey(id string, event uint32) string {
	return fmt.Sprintf("%s%s-%010d", commentID, id, event)
}

// content is a file that can be compared with what was noted.
type content struct {
	f    *os.File
	size int64
	path string
}

// openContent opens a file; close must be called.
func openContent(path string) (*content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &content{f, fi.Size(), path}, nil
}

func (c *content) close() { c.f.Close() }

// head hashes the beginning of the first size bytes.
func (c *content) head(size int64) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(c.f, 0, min(head, size))); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:8]), nil
}

// find returns the capture that the file is: of several that it begins with, the longest. rec is nil when there is none.
func (c *content) find(tx *buntdb.Tx) (id string, rec *noted, err error) {
	all := map[string]noted{}
	prefix := key(KindNotes, captureID)
	err = tx.AscendKeys(prefix+"*", func(k, value string) bool {
		var n noted
		if json.Unmarshal([]byte(value), &n) == nil && n.Size <= c.size {
			all[k[len(prefix):]] = n
		}
		return true
	})
	if err != nil {
		return "", nil, err
	}
	heads := map[int64]string{}
	for i, n := range all {
		size := min(head, n.Size)
		if heads[size] == "" {
			if heads[size], err = c.head(size); err != nil {
				return "", nil, err
			}
		}
		if heads[size] != n.Head || rec != nil && rec.Size >= n.Size {
			continue
		}
		ends, err := endsOf(c.f, n.Size)
		if err != nil {
			return "", nil, err
		}
		if ends == n.Ends {
			id, rec = i, &n
		}
	}
	return id, rec, nil
}

// read returns what is noted about a capture.
func read(tx *buntdb.Tx, id string, rec *noted) (notes.Set, error) {
	s := notes.Set{Shift: rec.Shift}
	for _, f := range []struct {
		flag notes.Flag
		text string
	}{{notes.Mark, rec.Marked}, {notes.Ignore, rec.Ignored}, {notes.Reference, rec.References}} {
		if _, err := s.Set(f.flag, true, notes.ParseRanges(f.text)); err != nil {
			return s, err
		}
	}
	err := tx.AscendKeys(key(KindNotes, commentID+id+"-*"), func(_, value string) bool {
		var c comment
		if json.Unmarshal([]byte(value), &c) == nil && c.Event > 0 {
			n := s.At(c.Event)
			n.Comment, n.Author, n.Written = c.Text, c.Author, c.Written
			s.Put(n)
		}
		return true
	})
	return s, err
}

// Notes returns what is noted about the capture at path, whatever it is called.
func (s *Store) Notes(path string) (set notes.Set, err error) {
	c, err := openContent(path)
	if err != nil {
		return set, err
	}
	defer c.close()
	err = s.view(func(tx *buntdb.Tx) error {
		id, rec, err := c.find(tx)
		if err != nil || rec == nil {
			return err
		}
		set, err = read(tx, id, rec)
		return err
	})
	return set, err
}

// errNothing ends a change that changes nothing.
var errNothing = errors.New("nothing changes")

// ChangeNotes changes what is noted about the capture at path, and returns what is noted then. change is given what is
// noted now, also by other windows, while nobody else can write.
func (s *Store) ChangeNotes(path string, change func(*notes.Set) error) (set notes.Set, err error) {
	c, err := openContent(path)
	if err != nil {
		return set, err
	}
	defer c.close()
	err = s.update(KindNotes, func(tx *buntdb.Tx) error {
		id, rec, err := c.find(tx)
		if err != nil {
			return err
		}
		if rec == nil {
			if id, rec, err = c.newNoted(tx); err != nil {
				return err
			}
		}
		before, err := read(tx, id, rec)
		if err != nil {
			return err
		}
		set = before.Clone()
		if err := change(&set); err != nil {
			return err
		}
		if set.Equal(&before) {
			return errNothing
		}
		rec.Used, rec.Name = s.now().UnixNano(), filepath.Base(path)
		return write(tx, id, rec, &before, &set)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return set, err
}

// newNoted makes the record of a capture that has no notes yet.
func (c *content) newNoted(tx *buntdb.Tx) (id string, rec *noted, err error) {
	n := 0
	if err := tx.AscendKeys(key(KindNotes, captureID+"*"), func(string, string) bool { n++; return true }); err != nil {
		return "", nil, err
	}
	if n >= maxNoted {
		return "", nil, badRecord("there are notes on %d captures already; take some away first", n)
	}
	rec = &noted{Size: c.size}
	if rec.Head, err = c.head(c.size); err != nil {
		return "", nil, err
	}
	if rec.Ends, err = endsOf(c.f, c.size); err != nil {
		return "", nil, err
	}
	return hashID(fmt.Sprint(c.size), rec.Ends), rec, nil
}

// write keeps what changed.
func write(tx *buntdb.Tx, id string, rec *noted, before, now *notes.Set) error {
	if n := now.Comments(); n > notes.MaxComments {
		return badRecord("there are %d notes; at most %d are kept for a capture", n-1, notes.MaxComments)
	}
	had := map[uint32]notes.Note{}
	for _, n := range before.Notes {
		had[n.Event] = n
	}
	for _, n := range now.Notes {
		b := had[n.Event]
		if n.Comment == "" {
			continue
		}
		delete(had, n.Event)
		if n.Comment == b.Comment && n.Author == b.Author && n.Written == b.Written {
			continue
		}
		if err := notes.Check(n.Comment + n.Author); err != nil {
			return badRecord("%v", err)
		}
		if err := put(tx, KindNotes, commentKey(id, n.Event), comment{n.Event, n.Comment, n.Author, n.Written}); err != nil {
			return err
		}
	}
	for event, n := range had {
		if n.Comment == "" {
			continue
		}
		if err := remove(tx, KindNotes, commentKey(id, event)); err != nil {
			return err
		}
	}
	if now.Empty() {
		return remove(tx, KindNotes, captureID+id)
	}
	rec.Shift = now.Shift
	rec.Marked, rec.Ignored, rec.References = notes.Ranges(now.Events(notes.Mark)), notes.Ranges(now.Events(notes.Ignore)), notes.Ranges(now.Events(notes.Reference))
	return put(tx, KindNotes, captureID+id, rec)
}
