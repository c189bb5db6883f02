package index

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
)

// waited opens a capture of the repository and waits for its index.
func waited(t testing.TB, path string) *Index {
	t.Helper()
	x, err := Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Wait(context.Background()))
	return x
}

func expr(t testing.TB, text string) *field.Expr {
	t.Helper()
	e, err := field.ParseExpr(text)
	require.NoError(t, err)
	return &e
}

// naive counts the listed events by value, one after the other.
func naive(t *testing.T, x *Index, e *field.Expr) map[string]uint64 {
	t.Helper()
	s := x.Acquire()
	defer s.Release()
	counts := map[string]uint64{}
	var cur Cursor
	var c field.Ctx
	for key := s.Next(List{}, 1); key != 0; key = s.Next(List{}, key+1) {
		require.NoError(t, s.Fill(key, false, &cur, &c))
		seen := map[string]bool{}
		e.Values(&c, func(v field.Value) bool {
			for _, tr := range e.Chain {
				v = tr.Apply(&c, v)
			}
			if v.Kind == field.None {
				return true
			}
			if text := string(v.Append(nil)); text != "" && !seen[text] {
				seen[text] = true
				counts[text]++
			}
			return true
		})
	}
	return counts
}

func TestCountsOfValuesAreThoseOfTheEvents(t *testing.T) {
	for _, file := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := waited(t, "../testdata/captures/"+file)
		for _, name := range []string{
			"proc.name", "evt.type", "evt.category", "evt.res", "evt.failed", "evt.cpu", "fd.num", "fd.type", "fd.name", "fd.sport", "fd.port",
			"fd.ip", "proc.pid", "thread.tid", "user.uid", "container.id", "evt.is_io_write", "evt.dir", "fd.typechar", "proc.exepath",
			"proc.cmdline", "toupper(proc.name)", "fd.l4proto", "group.gid", "fd.filename",
		} {
			e := expr(t, name)
			want := naive(t, x, e)
			table := x.Values().fold(e)
			got := map[string]uint64{}
			for i, text := range table.texts {
				got[text] = table.count(i)
			}
			require.Equal(t, want, got, "%s in %s", name, file)
			require.Eventually(t, func() bool { _, fresh := x.Values().table(e); return fresh }, 5*time.Second, time.Millisecond)
			for text, n := range want {
				c, _ := x.Values().Count(e, text)
				require.Equal(t, n, c, "%s = %s", name, text)
			}
		}
	}
}

func TestPathsComeComponentByComponent(t *testing.T) {
	table := &folder{counts: map[string]uint64{
		"/etc/passwd": 3, "/etc/ssl/certs/a": 2, "/etc/ssl/certs/b": 2, "/proc/1/stat": 9, "/proc/2/stat": 1, "/lonely/deep/file": 1, "pipe:[3]": 4,
	}}
	tab := table.table()
	at := func(typed string) string {
		q := valueQuery{t: tab, typed: typed, n: 10, paths: true}
		var list []string
		for _, v := range q.run().Values {
			s := v.Text
			if v.Part {
				s += "…"
			}
			list = append(list, s)
		}
		return strings.Join(list, " ")
	}
	require.Equal(t, "/proc/… /etc/… pipe:[3] /lonely/deep/file", at(""))
	require.Equal(t, "/etc/ssl/certs/… /etc/passwd", at("/etc/"))
	require.Equal(t, "/etc/ssl/certs/…", at("/etc/s"))
	require.Equal(t, "/etc/ssl/certs/a /etc/ssl/certs/b", at("/etc/ssl/certs/"))
	require.Equal(t, "/proc/1/stat /proc/2/stat", at("/proc/"))
	require.Equal(t, "/etc/passwd", at("passw"), "what holds the text, when little begins with it")
}

// A file is written in two halves; the second comes when the first has been counted.
func TestCountsOfValuesGoOnWhenTheFileGrows(t *testing.T) {
	whole, err := os.ReadFile("../testdata/captures/live_new-sysmix.scap")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "growing.scap")
	require.NoError(t, os.WriteFile(path, whole[:len(whole)/2], 0o600))
	x, err := Follow(context.Background(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, x.Close()) }()
	require.NoError(t, x.Wait(context.Background()))
	e := expr(t, "proc.name")
	half := x.Values().fold(e)
	require.NotEmpty(t, half.texts)
	before := x.Progress().Events

	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.Write(whole[len(whole)/2:])
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Eventually(t, func() bool { p := x.Progress(); return p.Done && p.Events > before }, 10*time.Second, 10*time.Millisecond)
	full := waited(t, "../testdata/captures/live_new-sysmix.scap")
	for _, name := range []string{"proc.name", "evt.type", "fd.name", "fd.num"} {
		e := expr(t, name)
		got, want := x.Values().fold(e), full.Values().fold(e)
		require.Equal(t, want.texts, got.texts, name)
		require.Equal(t, want.sums, got.sums, name)
	}
}

// What is told for sure to be absent is so.
func TestWhatIsAbsentIsKnown(t *testing.T) {
	for _, file := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := waited(t, "../testdata/captures/"+file)
		v := x.Values()
		for _, name := range []string{"user.name", "user.homedir", "user.shell", "user.loginname", "group.name", "fd.directory", "fd.name", "proc.name"} {
			e := expr(t, name)
			require.Eventually(t, func() bool { _, fresh := v.table(e); return fresh }, 5*time.Second, time.Millisecond)
			n, exact := v.Count(e, "nosuch")
			require.Zero(t, n)
			require.True(t, exact, "%s in %s", name, file)
			for text := range naive(t, x, e) {
				if n, exact := v.Count(e, text); n == 0 {
					require.False(t, exact, "%s = %s", name, text)
				}
				n, exact := v.Fits(e, func(s string) bool { return strings.HasPrefix(s, text) })
				require.True(t, n > 0 || !exact, "%s = %s", name, text)
			}
			n, exact = v.Fits(e, func(s string) bool { return strings.Contains(s, "nosuch") })
			require.True(t, n == 0 && exact, "%s in %s", name, file)
		}
		_, exact := v.Fits(expr(t, "evt.arg.name"), func(string) bool { return false })
		require.False(t, exact, "of a sample")
	}
}
