package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/buntdb"
)

// open opens a store that the test's end closes.
func open(t testing.TB, dir string) *Store {
	t.Helper()
	s := Open(Options{Dir: dir})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// ticking gives a store a clock that goes on by a second at every look.
func ticking(s *Store) {
	at := time.Unix(1_700_000_000, 0)
	s.now = func() time.Time { at = at.Add(time.Second); return at }
}

func TestTheDirectoryIsTheUsersOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	open(t, dir)
	fi, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), fi.Mode().Perm())
}

func TestTheUsualDirectory(t *testing.T) {
	env := map[string]string{}
	get := func(k string) string { return env[k] }
	home := func() (string, error) { return filepath.FromSlash("/home/u"), nil }
	for _, tc := range []struct{ os, key, value, want string }{
		{"linux", "", "", "/home/u/.local/state/scapls"},
		{"linux", "XDG_STATE_HOME", "/state", "/state/scapls"},
		{"linux", "XDG_STATE_HOME", "state", "/home/u/.local/state/scapls"},
		{"darwin", "XDG_STATE_HOME", "/state", "/home/u/Library/Application Support/scapls"},
		{"windows", "LocalAppData", "/local", "/local/scapls"},
	} {
		env = map[string]string{tc.key: tc.value}
		d, err := usualDir(tc.os, get, home)
		require.NoError(t, err)
		require.Equal(t, tc.want, filepath.ToSlash(d), tc)
	}
	_, err := usualDir("windows", func(string) string { return "" }, home)
	require.Error(t, err)
	t.Setenv(DirEnv, "/other")
	d, err := Dir()
	require.NoError(t, err)
	require.Equal(t, "/other", filepath.ToSlash(d))
}

func TestRecentCaptures(t *testing.T) {
	s := open(t, t.TempDir())
	ticking(s)
	here := filepath.Join(t.TempDir(), "x.scap")
	require.NoError(t, os.WriteFile(here, nil, 0o600))
	for i := range MaxRecent + 5 {
		require.NoError(t, s.AddRecent(fmt.Sprintf("/no/such/%d.scap", i), int64(i)))
	}
	require.NoError(t, s.AddRecent(here, 7))
	require.NoError(t, s.AddRecent("/no/such/50.scap", 51))
	list, err := s.Recents(0)
	require.NoError(t, err)
	require.Len(t, list, MaxRecent)
	require.Equal(t, "/no/such/50.scap", list[0].Path, "the one opened last comes first")
	require.Equal(t, int64(51), list[0].Size)
	require.Equal(t, here, list[1].Path)
	require.False(t, list[1].Missing())
	require.True(t, list[0].Missing())
	require.Equal(t, "/no/such/6.scap", list[MaxRecent-1].Path, "the oldest are forgotten")
	list, err = s.Recents(3)
	require.NoError(t, err)
	require.Len(t, list, 3)
	require.NoError(t, s.DeleteRecent(here))
	require.NoError(t, s.DeleteRecent("/not/there"))
	list, err = s.Recents(0)
	require.NoError(t, err)
	require.Len(t, list, MaxRecent-1)
	require.NoError(t, s.DeleteRecent(""))
	list, err = s.Recents(0)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestFilterHistory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ticking(s)
	for i := range MaxHistory + 10 {
		require.NoError(t, s.AddHistory(Filter{Text: fmt.Sprintf("evt.num = %d", i)}))
	}
	require.NoError(t, s.AddHistory(Filter{Text: "  evt.num = 100 "}))
	require.NoError(t, s.AddHistory(Filter{Text: "evt.num = 100", Language: "wireshark"}))
	require.NoError(t, s.AddHistory(Filter{Text: " "}))
	require.ErrorIs(t, s.AddHistory(Filter{Text: strings.Repeat("x", maxText+1)}), ErrInvalid)
	require.NoError(t, s.Close())
	_, err := s.History(0)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, s.AddHistory(Filter{Text: "x"}), ErrClosed)

	h, err := open(t, dir).History(0)
	require.NoError(t, err)
	require.Len(t, h, MaxHistory)
	require.Equal(t, Filter{"evt.num = 100", "wireshark"}, h[0].Filter)
	require.Equal(t, Filter{"evt.num = 100", ""}, h[1].Filter)
	require.Equal(t, []int{1, 2, 1}, []int{h[0].Count, h[1].Count, h[2].Count})
	require.Equal(t, "evt.num = 509", h[2].Text)
}

func TestSavedFiltersColumnsAndSettings(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	ticking(s)
	b, err := s.PutSaved(Saved{Name: " b ", Filter: Filter{Text: "x", Language: "sysdig"}, Description: "d"})
	require.NoError(t, err)
	require.NotEmpty(t, b.ID)
	require.Equal(t, "b", b.Name)
	a, err := s.PutSaved(Saved{Name: "A"})
	require.NoError(t, err)
	b.Text = "y"
	_, err = s.PutSaved(b)
	require.NoError(t, err)
	list, err := s.Saved()
	require.NoError(t, err)
	require.Equal(t, []Saved{a, b}, list)
	_, err = s.PutSaved(Saved{Name: " "})
	require.ErrorIs(t, err, ErrInvalid)
	require.NoError(t, s.Delete(KindSaved, a.ID))
	require.NoError(t, s.Delete(KindSaved, "not there"))

	c, err := s.PutColumns(ColumnSet{Name: "c", Columns: []Column{{ID: "evt.num", Width: 7}, {ID: "proc.name", Align: "center", Title: "Wer"}}})
	require.NoError(t, err)
	_, err = s.PutColumns(ColumnSet{Name: "none"})
	require.ErrorIs(t, err, ErrInvalid)
	sets, err := s.Columns()
	require.NoError(t, err)
	require.Equal(t, []ColumnSet{c}, sets)

	one, err := s.PutSettings(Settings{Options: raw(map[string]int{"snaplen": 80})})
	require.NoError(t, err)
	two, err := s.PutSettings(Settings{Name: "two", Options: raw(map[string]int{"snaplen": 81})})
	require.NoError(t, err)
	again, err := s.PutSettings(Settings{Options: raw(map[string]int{"snaplen": 80})})
	require.NoError(t, err)
	require.Equal(t, one.ID, again.ID, "the same options again are no new ones")
	settings, err := open(t, dir).Settings(0)
	require.NoError(t, err)
	require.Equal(t, []Settings{again, two}, settings)
	for i := range MaxSettings {
		_, err = s.PutSettings(Settings{Options: raw(i)})
		require.NoError(t, err)
	}
	settings, err = s.Settings(0)
	require.NoError(t, err)
	require.Len(t, settings, MaxSettings)
	require.Contains(t, settings, two, "those with a name stay")
	require.NotContains(t, settings, again)
}

func TestViewsGoWithTheContentOfACapture(t *testing.T) {
	s := open(t, t.TempDir())
	ticking(s)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) { require.NoError(t, os.WriteFile(path(name), []byte(text), 0o600)) }
	long := strings.Repeat("0123456789abcdef", 1<<14) // 256 KiB, more than both samples
	write("a.scap", long)
	require.NoError(t, s.PutView(path("a.scap"), raw("of a")))
	look := func(name string) string {
		v, ok, err := s.View(path(name))
		require.NoError(t, err)
		if !ok {
			return ""
		}
		return string(v.State)
	}
	require.Equal(t, `"of a"`, look("a.scap"))
	write("copy.scap", long)
	require.Equal(t, `"of a"`, look("copy.scap"), "a copy is the same capture")
	write("longer.scap", long+"x")
	require.Empty(t, look("longer.scap"))
	write("tail.scap", long[:len(long)-1]+"x")
	require.Empty(t, look("tail.scap"), "captures of one series begin alike")
	write("a.scap", long+"more")
	require.Equal(t, `"of a"`, look("a.scap"), "a file that was written to is known by its path")
	write("a.scap", "another capture")
	require.Empty(t, look("a.scap"), "another file of the same name is not")
	require.NoError(t, s.PutView(path("a.scap"), raw("new")))
	require.Equal(t, `"new"`, look("a.scap"))
	require.Equal(t, `"of a"`, look("copy.scap"))

	_, _, err := s.View(path("none"))
	require.Error(t, err)
	require.ErrorIs(t, s.PutView(path("a.scap"), []byte("{")), ErrInvalid)
	require.ErrorIs(t, s.PutView(path("a.scap"), raw(strings.Repeat("x", maxText))), ErrInvalid)
}

func TestADirectoryThatCannotBeMadeMeansMemory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	s := open(t, filepath.Join(file, "sub"))
	require.Empty(t, s.Path())
	require.Len(t, s.Problems(), 1)
	require.Contains(t, s.Problems()[0], "not kept beyond this run")
	require.NoError(t, s.AddHistory(Filter{Text: "x"}))
	h, err := s.History(0)
	require.NoError(t, err)
	require.Len(t, h, 1)
}

func TestAFileOfANewerSchemeIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, s.AddHistory(Filter{Text: "x"}))
	require.NoError(t, s.Close())
	db, err := buntdb.Open(filepath.Join(dir, "store.db"))
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *buntdb.Tx) error {
		_, _, err := tx.Set("meta/version", "2", nil)
		return err
	}))
	require.NoError(t, db.Close())
	s = open(t, dir)
	require.Len(t, s.Problems(), 1)
	require.Contains(t, s.Problems()[0], "read only")
	h, err := s.History(0)
	require.NoError(t, err)
	require.Len(t, h, 1)
	require.ErrorIs(t, s.AddHistory(Filter{Text: "y"}), ErrReadOnly)
}

func TestALargeFileIsRewrittenAtTheEnd(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir), open(t, dir)
	text := strings.Repeat("x", maxText/2)
	for i := range 40 {
		_, err := s.PutSaved(Saved{ID: "one", Name: fmt.Sprint(i), Filter: Filter{Text: text}})
		require.NoError(t, err)
	}
	before, err := os.Stat(s.Path())
	require.NoError(t, err)
	require.Greater(t, before.Size(), int64(shrinkAbove))
	require.NoError(t, s.Close())
	after, err := os.Stat(s.Path())
	require.NoError(t, err)
	require.Less(t, after.Size(), int64(shrinkAbove/10))
	list, err := other.Saved()
	require.NoError(t, err)
	require.Equal(t, []Saved{{ID: "one", Name: "39", Filter: Filter{Text: text}}}, list)
	require.NoError(t, other.AddHistory(Filter{Text: "x"}))
	require.Empty(t, other.Problems())
	left, err := filepath.Glob(filepath.Join(dir, "*.tmp"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestAFileThatWasDeletedBegins(t *testing.T) {
	s := open(t, t.TempDir())
	require.NoError(t, s.AddHistory(Filter{Text: "x"}))
	require.NoError(t, os.Remove(s.Path()))
	require.NoError(t, s.AddHistory(Filter{Text: "y"}))
	h, err := s.History(0)
	require.NoError(t, err)
	require.Len(t, h, 1)
	require.Equal(t, "y", h[0].Text)
}

func TestSharing(t *testing.T) {
	a, b := open(t, t.TempDir()), open(t, t.TempDir())
	saved, err := a.PutSaved(Saved{Name: "team", Filter: Filter{Text: "x"}})
	require.NoError(t, err)
	_, err = a.PutColumns(ColumnSet{Name: "set", Columns: []Column{{ID: "evt.num", Width: 0}}})
	require.NoError(t, err)
	_, err = a.PutButton(Button{Group: "Mine", Label: "L", Filter: Filter{Text: "y"}})
	require.NoError(t, err)
	require.NoError(t, a.DeleteButton("files.all"))
	text, err := a.Export()
	require.NoError(t, err)

	old, err := b.PutSaved(Saved{Name: "TEAM", Filter: Filter{Text: "old"}})
	require.NoError(t, err)
	n, err := b.Import(text)
	require.NoError(t, err)
	require.Equal(t, Imported{Saved: 1, Buttons: 2, Columns: 1}, n)
	list, err := b.Saved()
	require.NoError(t, err)
	saved.ID = old.ID
	require.Equal(t, []Saved{saved}, list, "one with the same name was replaced")
	again, err := b.Import(text)
	require.NoError(t, err)
	require.Equal(t, n, again)
	ga, err := a.Buttons()
	require.NoError(t, err)
	gb, err := b.Buttons()
	require.NoError(t, err)
	require.Equal(t, ga, gb)

	for _, bad := range []string{"", "[]", "{}", `{"scapls":2}`, `{"scapls":1,"filters":[{}]}`} {
		_, err := b.Import(bad)
		require.True(t, errors.Is(err, ErrInvalid), bad)
	}
	_, err = a.Export(KindRecent)
	require.ErrorIs(t, err, ErrInvalid)
}

func TestAChangeByAnotherThatIsWaitedForIsTold(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	told := make(chan Change, 10)
	defer b.OnChange(func(c Change) { told <- c })()
	kept := make(chan error, 1)
	a.mu.Lock()
	err := a.locked(func() error {
		go func() { // ends when a lets go of the file
			_, err := b.PutSaved(Saved{Name: "n", Filter: Filter{Text: "evt.type = open", Language: "sysdig"}})
			kept <- err
		}()
		time.Sleep(200 * time.Millisecond) // b finds the file as it knows it, and waits for the lock
		return a.db.Update(func(tx *buntdb.Tx) error { return put(tx, KindColumns, "id", ColumnSet{Name: "n"}) })
	})
	a.mu.Unlock()
	require.NoError(t, err)
	require.NoError(t, <-kept)
	require.Equal(t, Change{Kinds: []Kind{KindColumns}}, <-told)
	require.Equal(t, Change{Kinds: []Kind{KindSaved}, Own: true}, <-told)
}
