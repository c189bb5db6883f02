package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/buntdb"
)

// example returns a directory with a file of five filters, and the file.
func example(t testing.TB) (path string, b []byte) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 5 {
		_, err := s.PutSaved(Saved{ID: fmt.Sprintf("f%d", i), Name: fmt.Sprintf("f%d", i), Filter: Filter{Text: "evt.type = open"}})
		require.NoError(t, err)
	}
	require.NoError(t, s.Delete(KindSaved, "f4"))
	require.NoError(t, s.Close())
	b, err := os.ReadFile(s.Path())
	require.NoError(t, err)
	return s.Path(), b
}

func TestADamagedFileIsSetAsideAndWhatCanBeReadIsKept(t *testing.T) {
	for _, tc := range []struct {
		name   string
		damage func(b []byte) []byte
		want   []string
	}{
		{"a wrong byte", func(b []byte) []byte {
			b[strings.Index(string(b), "saved/f1")-4] = 'x'
			return b
		}, []string{"f0", "f2", "f3"}},
		{"a length that reaches over the end", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "$11\r\nv1/saved/f1", "$999999999\r\nv1/saved/f1", 1))
		}, []string{"f0", "f2", "f3"}},
		{"bytes that are 0", func(b []byte) []byte {
			i := strings.Index(string(b), "*3\r\n$3\r\nset\r\n$11\r\nv1/saved/f2")
			return append(append(append([]byte{}, b[:i]...), make([]byte, 100)...), b[i:]...)
		}, []string{"f0", "f1", "f2", "f3"}},
		{"something else", func([]byte) []byte { return []byte("SQLite format 3\x00") }, nil},
		{"an empty command name", func(b []byte) []byte { return append(b, "*1\r\n$0\r\n\r\n"...) }, []string{"f0", "f1", "f2", "f3"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path, b := example(t)
			damaged := tc.damage(append([]byte{}, b...))
			require.NotEqual(t, b, damaged)
			require.NoError(t, os.WriteFile(path, damaged, 0o600))
			s := open(t, filepath.Dir(path))
			require.Len(t, s.Problems(), 1)
			require.Contains(t, s.Problems()[0], fmt.Sprintf("%d records could still be read", len(tc.want)))
			ids := savedIDs(t, s)
			require.Len(t, ids, len(tc.want))
			for _, id := range tc.want {
				require.True(t, ids[id], id)
			}
			aside, err := filepath.Glob(path + ".damaged-*")
			require.NoError(t, err)
			require.Len(t, aside, 1)
			have, err := os.ReadFile(aside[0])
			require.NoError(t, err)
			require.Equal(t, damaged, have)
			require.NoError(t, s.AddHistory(Filter{Text: "x"}))
			require.NoError(t, s.Close())
			require.Empty(t, open(t, filepath.Dir(path)).Problems(), "it is told of once")
		})
	}
}

func TestAFileThatIsDamagedWhileItIsOpen(t *testing.T) {
	path, b := example(t)
	s := open(t, filepath.Dir(path))
	require.NoError(t, os.WriteFile(path, append(b, "rubbish"...), 0o600))
	require.NoError(t, s.AddHistory(Filter{Text: "x"}))
	require.Len(t, s.Problems(), 1)
	require.Len(t, savedIDs(t, s), 4)
}

// FuzzLog holds the strict reading against buntdb's own: a file that it finds whole or torn opens with the same records,
// and goes on to do so when it is written to.
func FuzzLog(f *testing.F) {
	_, b := example(f)
	f.Add(b)
	f.Add(b[:len(b)-3])
	f.Add([]byte("*1\r\n$7\r\nflushdb\r\n*2\r\n$3\r\ndel\r\n$1\r\na\r\n"))
	f.Add([]byte("*3\r\n$3\r\nset\r\n$1\r\na\r\n$0\r\n\r\n"))
	f.Add([]byte("*3\r\n$3\r\nset\r\n$1\r\na\r\n$9\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		found := scanLog(b)
		if found.damaged > 0 {
			return
		}
		path := filepath.Join(t.TempDir(), "x.db")
		require.NoError(t, os.WriteFile(path, b, 0o600))
		for round := range 2 {
			db, err := buntdb.Open(path)
			require.NoError(t, err)
			have := map[string]string{}
			require.NoError(t, db.View(func(tx *buntdb.Tx) error {
				return tx.Ascend("", func(k, v string) bool { have[k] = v; return true })
			}))
			require.Equal(t, found.records, have, "round %d", round)
			require.NoError(t, db.Update(func(tx *buntdb.Tx) error { _, _, err := tx.Set("new", "1", nil); return err }))
			found.records["new"] = "1"
			require.NoError(t, db.Close())
		}
	})
}
