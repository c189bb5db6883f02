package filter_test

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// capture opens one of the project's captures and returns it with the keys of its calls view.
func capture(t testing.TB, name string) (*index.Index, []uint32) {
	t.Helper()
	x, err := index.Open(t.Context(), filepath.Join("../testdata/captures", name+".scap"))
	require.NoError(t, err)
	t.Cleanup(func() { x.Close() })
	require.NoError(t, x.Wait(t.Context()))
	s := x.Acquire()
	defer s.Release()
	var keys []uint32
	list := index.List{Calls: true}
	for k := s.Next(list, 1); k != 0; k = s.Next(list, k+1) {
		keys = append(keys, k)
	}
	return x, keys
}

// event names an event as the expected files do.
func event(t testing.TB) func(c *field.Ctx) string {
	var exprs []field.Expr
	for _, name := range []string{"evt.rawtime", "thread.tid", "evt.type"} {
		e, err := field.ParseExpr(name)
		require.NoError(t, err)
		exprs = append(exprs, e)
	}
	return func(c *field.Ctx) string {
		var b []byte
		for i := range exprs {
			if i > 0 {
				b = append(b, ' ')
			}
			out, ok := exprs[i].Append(b, c)
			if !ok {
				out = append(b, "<NA>"...)
			}
			b = out
		}
		return string(b)
	}
}

// The expected files hold what sysdig 0.41 selects of the same captures: see cmd/internal/filteroracle.
func TestFiltersSelectWhatSysdigSelects(t *testing.T) {
	for _, name := range []string{"live_old-sysmix", "live_new-sysmix"} {
		t.Run(name, func(t *testing.T) {
			x, keys := capture(t, name)
			b, err := os.ReadFile(filepath.Join(testdata, "expected", name+".txt"))
			require.NoError(t, err)
			extra := map[string]bool{}
			programs, want := map[string]*filter.Program{}, map[string]string{}
			got := map[string][]string{}
			asked := 0
			for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
				sum, text, ok := strings.Cut(line, "\t")
				switch {
				case !ok:
					continue
				case sum == "extra":
					extra[text] = true
					continue
				}
				asked++
				p, err := filter.Compile(filter.Parse(text))
				require.Equal(t, sum == "refused", err != nil, "%s: %v", text, err)
				if err == nil {
					programs[text], want[text] = p, sum
				}
			}
			require.Greater(t, asked, 300)
			require.Len(t, oracleFilters(t), asked, "oracle.txt has changed: run make filter-oracle ARGS=-record")
			s := x.Acquire()
			defer s.Release()
			var cur index.Cursor
			var c field.Ctx
			c.Style.Loc = time.UTC
			name := event(t)
			for i, k := range keys {
				require.NoError(t, s.Fill(k, true, &cur, &c))
				if i > 0 {
					c.PrevTS = s.Facts(keys[i-1]).TS
				}
				id := name(&c)
				if extra[id] {
					continue
				}
				for text, p := range programs {
					if p.Match(&c) {
						got[text] = append(got[text], id)
					}
				}
			}
			for text, sum := range want {
				lines := got[text]
				slices.Sort(lines)
				h := fnv.New64a()
				for _, l := range lines {
					fmt.Fprintln(h, l)
				}
				require.Equal(t, sum, fmt.Sprintf("%d %016x", len(lines), h.Sum64()), text)
			}
		})
	}
}

func TestMatchingDoesNotAllocate(t *testing.T) {
	x, keys := capture(t, "live_new-sysmix")
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	require.NoError(t, s.Fill(keys[len(keys)/2], true, &cur, &c))
	for _, text := range []string{
		"proc.name = bash", "proc.name in (bash, sysmix) and evt.type != close", "fd.name startswith /etc or fd.num > 3", "fd.ip = 127.0.0.1",
		"proc.aname = init", "fd.name glob /etc/*", "fd.name pmatch (/etc, /usr/lib)", "evt.rawres < 0", "fd.name icontains LIB",
		"fd.name regex '/etc/.*'", "tolower(proc.name) = bash", "proc.pid = val(thread.tid)",
	} {
		p, err := filter.Compile(filter.Parse(text))
		require.NoError(t, err)
		p.Match(&c)
		require.Less(t, testing.AllocsPerRun(100, func() { p.Match(&c) }), 0.5, text)
	}
}

func FuzzMatch(f *testing.F) {
	for _, text := range oracleFilters(f) {
		f.Add(text)
	}
	x, keys := capture(f, "live_old-sysmix")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<10 {
			t.Skip()
		}
		tree := filter.Parse(text)
		p, err := filter.Compile(tree)
		if err != nil || tree.Root == nil {
			t.Skip()
		}
		not, err := filter.Compile(filter.Parse("not (" + text + ")"))
		require.NoError(t, err)
		s := x.Acquire()
		defer s.Release()
		var cur index.Cursor
		var c field.Ctx
		for i := 0; i < len(keys); i += 37 {
			require.NoError(t, s.Fill(keys[i], true, &cur, &c))
			require.NotEqual(t, p.Match(&c), not.Match(&c), text)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	x, keys := capture(b, "live_new-sysmix")
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	require.NoError(b, s.Fill(keys[len(keys)/2], true, &cur, &c))
	for _, text := range []string{
		"proc.name = bash", "proc.name in (bash, sysmix, nginx, curl)", "fd.name regex '/etc/.*'", "fd.name glob /etc/*", "fd.ip = 127.0.0.1",
		"evt.type = openat and evt.failed = true and not fd.name startswith /proc", "evt.arg.flags contains O_RDONLY",
	} {
		p, err := filter.Compile(filter.Parse(text))
		require.NoError(b, err)
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Match(&c)
			}
		})
	}
}
