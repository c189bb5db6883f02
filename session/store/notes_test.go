package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/session/notes"
)

// capture writes a file of n bytes that no two calls share.
func captureFile(t *testing.T, name string, n int, seed byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	b := bytes.Repeat([]byte{seed, seed + 1, seed + 2, 7}, n/4+1)[:n]
	copy(b, fmt.Sprintf("capture %d", seed))
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func change(t *testing.T, s *Store, path string, f func(*notes.Set)) notes.Set {
	t.Helper()
	set, err := s.ChangeNotes(path, func(set *notes.Set) error { f(set); return nil })
	require.NoError(t, err)
	return set
}

func noted1(t *testing.T, s *Store, path string) notes.Set {
	t.Helper()
	set, err := s.Notes(path)
	require.NoError(t, err)
	return set
}

func flag(t *testing.T, f notes.Flag, events ...uint32) func(*notes.Set) {
	return func(s *notes.Set) {
		_, err := s.Set(f, true, events)
		require.NoError(t, err)
	}
}

func TestNotesAreKeptWithTheContentOfACapture(t *testing.T) {
	for _, size := range []int{3, 5000, 300_000} {
		dir := t.TempDir()
		s := open(t, dir)
		path := captureFile(t, "a.scap", size, 1)
		require.True(t, ptr(noted1(t, s, path)).Empty())
		want := change(t, s, path, func(n *notes.Set) {
			flag(t, notes.Mark, 1, 2, 3, 900)(n)
			flag(t, notes.Ignore, 3)(n)
			flag(t, notes.Reference, 2)(n)
			n.Put(notes.Note{Event: 77, Comment: "two\nlines", Author: "me", Written: 5})
			n.Shift = -7
		})
		require.Len(t, want.Notes, 5)
		require.NoError(t, s.Close())

		s = open(t, dir)
		require.Equal(t, want, noted1(t, s, path), "after another start")
		renamed := filepath.Join(t.TempDir(), "other name.scap")
		require.NoError(t, os.Rename(path, renamed))
		require.Equal(t, want, noted1(t, s, renamed), "a renamed file keeps its notes")

		b, err := os.ReadFile(renamed)
		require.NoError(t, err)
		b[len(b)-1] ^= 1
		other := filepath.Join(t.TempDir(), "a.scap")
		require.NoError(t, os.WriteFile(other, b, 0o600))
		require.True(t, ptr(noted1(t, s, other)).Empty(), "another content is another capture")
		require.NoError(t, os.WriteFile(other, b[:len(b)-1], 0o600))
		require.True(t, ptr(noted1(t, s, other)).Empty(), "so is one cut short")

		b[len(b)-1] ^= 1
		require.NoError(t, os.WriteFile(other, append(b, "more events"...), 0o600))
		require.Equal(t, want, noted1(t, s, other), "one that goes on is the same")
		longer := change(t, s, other, flag(t, notes.Mark, 1000))
		require.Equal(t, longer, noted1(t, s, renamed), "which both then share")
	}
}

func ptr(s notes.Set) *notes.Set { return &s }

func TestTheLongestCaptureThatAFileBeginsWithIsTheOneItIs(t *testing.T) {
	s := open(t, t.TempDir())
	short, long := captureFile(t, "a.scap", 200_000, 1), captureFile(t, "b.scap", 100_000, 2)
	b, err := os.ReadFile(short)
	require.NoError(t, err)
	change(t, s, long, flag(t, notes.Mark, 1))
	change(t, s, short, flag(t, notes.Mark, 2))
	both := filepath.Join(t.TempDir(), "both.scap")
	require.NoError(t, os.WriteFile(both, append(bytes.Clone(b), b...), 0o600))
	require.Equal(t, []uint32{2}, ptr(noted1(t, s, both)).Events(notes.Mark))
	require.NoError(t, os.WriteFile(both, append(bytes.Clone(b), 9), 0o600))
	require.Equal(t, []uint32{2}, ptr(noted1(t, s, both)).Events(notes.Mark))
}

func TestTwoWindowsThatNoteAtOnceLoseNothing(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	path := captureFile(t, "a.scap", 10_000, 1)
	told := make(chan Change, 100)
	defer b.OnChange(func(c Change) { told <- c })()
	for i := range uint32(40) {
		change(t, []*Store{a, b}[i%2], path, func(n *notes.Set) {
			flag(t, notes.Mark, i+1)(n)
			n.Put(notes.Note{Event: 100 + i, Comment: fmt.Sprint("note ", i)})
		})
	}
	for _, s := range []*Store{a, b, open(t, dir)} {
		set := noted1(t, s, path)
		require.Equal(t, 40, set.Count(notes.Mark))
		require.Equal(t, 40, set.Comments())
	}
	change(t, a, path, func(n *notes.Set) { n.Shift = 1 })
	require.Eventually(t, func() bool {
		select {
		case c := <-told:
			return !c.Own && slices.Contains(c.Kinds, KindNotes)
		default:
			return false
		}
	}, 20*time.Second, 10*time.Millisecond, "the other window is told")
}

func TestWhatIsTakenAwayLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	path := captureFile(t, "a.scap", 10_000, 1)
	change(t, s, path, func(n *notes.Set) {
		flag(t, notes.Mark, 5)(n)
		n.Put(notes.Note{Event: 6, Comment: "x"})
	})
	set := change(t, s, path, func(n *notes.Set) {
		require.Equal(t, 1, n.Clear(notes.Mark))
		require.Equal(t, 1, n.ClearComments())
	})
	require.True(t, set.Empty())
	s.mu.Lock()
	for k := range s.all() {
		require.NotEqual(t, KindNotes, kindOf(k))
	}
	s.mu.Unlock()
}

func TestAnErrorChangesNothing(t *testing.T) {
	s := open(t, t.TempDir())
	path := captureFile(t, "a.scap", 10_000, 1)
	want := change(t, s, path, flag(t, notes.Mark, 5))
	_, err := s.ChangeNotes(path, func(n *notes.Set) error {
		n.Put(notes.Note{Event: 6, Comment: strings.Repeat("x", notes.MaxComment+1)})
		return nil
	})
	require.ErrorIs(t, err, ErrInvalid)
	require.Equal(t, want, noted1(t, s, path))
	_, err = s.Notes(filepath.Join(t.TempDir(), "not there"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = s.Notes(t.TempDir())
	require.Error(t, err)
}
