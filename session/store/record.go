package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/tidwall/buntdb"
)

// maxText bounds every text of a record, in bytes.
const maxText = 64 << 10

// shrinkAbove is the size of a file that Close rewrites, in bytes.
const shrinkAbove = 1 << 20

func key(k Kind, id string) string { return "v1/" + string(k) + "/" + id }

// kindOf returns the kind of a key, "" when it is none of ours.
func kindOf(key string) Kind {
	rest, ok := strings.CutPrefix(key, "v1/")
	k, _, slash := strings.Cut(rest, "/")
	if !ok || !slash {
		return ""
	}
	return Kind(k)
}

// newID returns an id for a record of the user's own.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return "u" + hex.EncodeToString(b[:])
}

// hashID returns an id that is the same for the same texts.
func hashID(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// invalid is an error about a record, told in its own words.
type invalid struct{ msg string }

func (e *invalid) Error() string { return e.msg }

// Is makes it an ErrInvalid.
func (e *invalid) Is(target error) bool { return target == ErrInvalid }

func badRecord(format string, args ...any) error { return &invalid{fmt.Sprintf(format, args...)} }

// checkText refuses texts that are too long.
func checkText(what string, texts ...string) error {
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	if n > maxText {
		return badRecord("%s has %d bytes; at most %d are kept", what, n, maxText)
	}
	return nil
}

// view runs f on records that are in step with the file, as far as the last look is.
func (s *Store) view(f func(tx *buntdb.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.path == "" {
		if s.db == nil {
			return ErrClosed
		}
		return s.db.View(f)
	}
	if s.lock == nil {
		return ErrClosed
	}
	if s.db == nil || s.changed() {
		err := s.locked(func() error { return nil })
		if err != nil && s.db == nil {
			return err
		}
		if kinds := s.takeForeign(); len(kinds) > 0 {
			defer func() { go s.tell(Change{Kinds: kinds}) }()
		}
	}
	return s.db.View(f)
}

// update changes records of kind k. When it returns nil the change is on the disk.
func (s *Store) update(k Kind, f func(tx *buntdb.Tx) error) error {
	foreign, err := s.change(f)
	s.tell(Change{Kinds: foreign})
	if err == nil {
		s.tell(Change{Kinds: []Kind{k}, Own: true})
	}
	return err
}

// change is update without telling; foreign are the kinds that another process had changed before.
func (s *Store) change(f func(tx *buntdb.Tx) error) (foreign []Kind, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { // buntdb panics when it cannot take a half written command back
		if v := recover(); v != nil {
			s.db, s.was, err = nil, map[string]string{}, fmt.Errorf("write %s: %v", s.path, v)
		}
	}()
	if s.path == "" {
		if s.db == nil {
			return nil, ErrClosed
		}
		return nil, s.db.Update(f)
	}
	if s.lock == nil {
		return nil, ErrClosed
	}
	err = s.locked(func() error {
		if s.readOnly != "" {
			return fmt.Errorf("%w: %s", ErrReadOnly, s.readOnly)
		}
		if err := s.db.Update(f); err != nil {
			return err
		}
		s.seen, err = os.Stat(s.path)
		return err
	})
	return s.takeForeign(), err
}

// all returns all records. s.mu is held.
func (s *Store) all() map[string]string {
	m := map[string]string{}
	if s.db == nil {
		return m
	}
	_ = s.db.View(func(tx *buntdb.Tx) error { // it fails only when it is closed
		return tx.Ascend("", func(k, v string) bool { m[k] = v; return true })
	})
	return m
}

// differ returns the kinds of which two sets of records hold different ones.
func differ(a, b map[string]string) (kinds []Kind) {
	seen := map[Kind]bool{}
	add := func(key string) {
		if k := kindOf(key); k != "" && !seen[k] {
			seen[k] = true
			kinds = append(kinds, k)
		}
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			add(k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			add(k)
		}
	}
	sort.Slice(kinds, func(i, j int) bool { return kinds[i] < kinds[j] })
	return kinds
}

// each calls f with all records of a kind; those that cannot be read are left out.
func each[T any](tx *buntdb.Tx, k Kind, f func(id string, v T)) error {
	prefix := key(k, "")
	return tx.AscendKeys(prefix+"*", func(key, value string) bool {
		var v T
		if json.Unmarshal([]byte(value), &v) == nil {
			f(key[len(prefix):], v)
		}
		return true
	})
}

// get reads a record; ok is false when it is not there or cannot be read.
func get[T any](tx *buntdb.Tx, k Kind, id string) (v T, ok bool) {
	text, err := tx.Get(key(k, id))
	if err != nil {
		return v, false
	}
	return v, json.Unmarshal([]byte(text), &v) == nil
}

func put(tx *buntdb.Tx, k Kind, id string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keep %s %s: %w", k, id, err)
	}
	_, _, err = tx.Set(key(k, id), string(b), nil)
	return err
}

// remove deletes a record; one that is not there is no error.
func remove(tx *buntdb.Tx, k Kind, id string) error {
	if _, err := tx.Delete(key(k, id)); err != nil && !errors.Is(err, buntdb.ErrNotFound) {
		return err
	}
	return nil
}

// trim deletes the records that were used longest ago until a kind has at most limit.
func trim[T any](tx *buntdb.Tx, k Kind, limit int, used func(T) int64) error {
	type item struct {
		id   string
		used int64
	}
	var list []item
	if err := each(tx, k, func(id string, v T) { list = append(list, item{id, used(v)}) }); err != nil {
		return err
	}
	sort.Slice(list, func(i, j int) bool { return list[i].used > list[j].used })
	for _, it := range list[min(limit, len(list)):] {
		if err := remove(tx, k, it.id); err != nil {
			return err
		}
	}
	return nil
}

// count returns how many records a kind has.
func count(tx *buntdb.Tx, k Kind) (n int, err error) {
	err = tx.AscendKeys(key(k, "*"), func(string, string) bool { n++; return true })
	return n, err
}

// room refuses a new record of a kind that is full.
func room(tx *buntdb.Tx, k Kind, id string, limit int, what string) error {
	if _, err := tx.Get(key(k, id)); err == nil {
		return nil
	}
	n, err := count(tx, k)
	if err == nil && n >= limit {
		return badRecord("there are %d %s already; delete some first", n, what)
	}
	return err
}

// clearKind deletes all records of a kind.
func clearKind(tx *buntdb.Tx, k Kind) error {
	var keys []string
	if err := tx.AscendKeys(key(k, "*"), func(key, _ string) bool { keys = append(keys, key); return true }); err != nil {
		return err
	}
	for _, key := range keys {
		if _, err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// repair cuts off a command that was half written, and sets a damaged file aside. The lock is held and the file closed.
func (s *Store) repair() error {
	b, err := os.ReadFile(s.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	found := scanLog(b)
	if found.damaged == 0 {
		return nil // what is torn is cut off by buntdb
	}
	aside := s.path + ".damaged-" + s.now().UTC().Format("20060102-150405.000")
	if err := os.Rename(s.path, aside); err != nil {
		return fmt.Errorf("set the damaged file %s aside: %w", s.path, err)
	}
	kept := 0
	for k := range found.records {
		if kindOf(k) != "" {
			kept++
		}
	}
	s.problem(fmt.Sprintf("The file of saved filters and views was damaged in %d place(s). It is set aside as %s; %d records could still be read.",
		found.damaged, aside, kept))
	return s.write(func(tx *buntdb.Tx) error {
		for k, v := range found.records {
			if kindOf(k) == "" && k != "meta/version" || !json.Valid([]byte(v)) {
				continue
			}
			if _, _, err := tx.Set(k, v, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// shrink rewrites a file that has grown large. The lock is held and db in step.
func (s *Store) shrink() error {
	fi, err := os.Stat(s.path)
	if err != nil || fi.Size() <= shrinkAbove {
		return err
	}
	all := s.all()
	if err := s.db.Close(); err != nil { // else it could not be replaced on Windows
		return err
	}
	s.db = nil
	return s.write(func(tx *buntdb.Tx) error {
		for k, v := range all {
			if _, _, err := tx.Set(k, v, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// write replaces the file by one with the records that fill sets, whole or not at all.
func (s *Store) write(fill func(tx *buntdb.Tx) error) error {
	db, err := buntdb.Open(":memory:")
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Update(fill); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), "store-*.tmp")
	if err != nil {
		return err
	}
	err = db.Save(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
