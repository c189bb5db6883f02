package index

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// someFilters ask in every way there is.
var someFilters = []string{
	"evt.type = read or evt.type = clone", "proc.name = bash and evt.dir = <", "proc.aname = bash", "proc.nthreads > 1", "proc.fdopencount > 5",
	"fd.name contains /etc", "not fd.type = file", "evt.failed = true", "evt.latency > 100000", "evt.deltatime > 1000", "evt.reltime > 1000000",
	"evt.arg.flags contains O_RDONLY", "evt.buffer contains e", "evt.num > 300 and evt.cpu = 0", "user.name = root", "proc.duration > 100",
	"evt.args contains 3 and not proc.name = sh",
}

func programs(t testing.TB) (list []*filter.Program) {
	for _, text := range someFilters {
		p, err := filter.Compile(filter.Parse(text))
		require.NoError(t, err, text)
		list = append(list, p)
	}
	return list
}

// TestSelectFollowsAGrowingCapture asks the same filters again and again while a file is written.
func TestSelectFollowsAGrowingCapture(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) {
			b := scapiotest.Bytes(t, scapiotest.Repo(t, name))
			at := scapiotest.Offsets(b)
			path := filepath.Join(t.TempDir(), "grows.scap")
			f, err := os.Create(path)
			require.NoError(t, err)
			defer f.Close()
			begin := len(at) / 3
			_, err = f.Write(b[:at[begin]])
			require.NoError(t, err)
			x, err := Follow(t.Context(), path)
			require.NoError(t, err)
			defer x.Close()
			require.NoError(t, x.Wait(t.Context()))
			list := programs(t)
			var asking sync.WaitGroup
			ctx, stop := context.WithCancel(t.Context())
			asking.Go(func() { // a reader that never rests
				for i := 0; ctx.Err() == nil; i++ {
					_, _ = x.Select(ctx, list[i%len(list)], Ask{List: List{Calls: i%2 == 0}}, nil)
				}
			})
			const steps = 6
			for step := range steps {
				for i, p := range list {
					for _, a := range []Ask{{}, {List: List{Calls: true}}} {
						set, err := x.Select(t.Context(), p, a, nil)
						require.NoError(t, err)
						require.Equal(t, x.Progress().Events, set.Asked())
						require.Equal(t, asked(x, p, a), set.keys(), "%s %+v, step %d", someFilters[i], a, step)
					}
				}
				from, to := begin+(len(at)-begin)*step/steps, begin+(len(at)-begin)*(step+1)/steps
				before := x.Progress().Events
				end := len(b)
				if to < len(at) {
					end = at[to]
				}
				_, err = f.Write(b[at[min(from, len(at)-1)]:end])
				require.NoError(t, err)
				require.Eventually(t, func() bool { p := x.Progress(); return p.Events > before && p.Done }, 10*time.Second, time.Millisecond)
			}
			stop()
			asking.Wait()
		})
	}
}

func TestASelectThatIsCancelledKeepsWhatItKnows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.scap")
	require.NoError(t, os.WriteFile(path, repeated(t, scapiotest.Repo(t, "live_old-sysmix.scap"), 9*SegmentSize+100), 0o600)) // so long that the first word comes well before the end
	x := openFile(t, path)
	p, err := filter.Compile(filter.Parse("evt.args contains e"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	part, err := x.Select(ctx, p, Ask{}, func(s *Set) { cancel() })
	if err != nil { // else it was faster than its first word
		require.ErrorIs(t, err, context.Canceled)
		require.Less(t, part.Asked(), x.Progress().Events)
	}
	all, err := x.Select(t.Context(), p, Ask{}, nil)
	require.NoError(t, err)
	require.Equal(t, x.Progress().Events, all.Asked())
	require.Equal(t, asked(x, p, Ask{}), all.keys())
	head := part.keys()
	require.Equal(t, head, all.keys()[:len(head)])
	again, err := x.Select(t.Context(), p, Ask{}, nil)
	require.NoError(t, err)
	require.Same(t, all, again, "what is known is not asked again")
}

// TestASetCountsAsAListDoes holds the answers of a set against its list of keys.
func TestASetCountsAsAListDoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long.scap")
	require.NoError(t, os.WriteFile(path, repeated(t, scapiotest.Repo(t, "live_old-sysmix.scap"), 2*SegmentSize+100), 0o600))
	x := openFile(t, path)
	for _, text := range []string{"evt.num > 0", "evt.type = read", "evt.type = clone", "evt.num = 65536 or evt.num = 65537 or evt.num = 1", "evt.num < 0"} {
		p, err := filter.Compile(filter.Parse(text))
		require.NoError(t, err)
		set, err := x.Select(t.Context(), p, Ask{List: List{Internal: true}}, nil)
		require.NoError(t, err)
		keys := asked(x, p, Ask{List: List{Internal: true}})
		require.EqualValues(t, len(keys), set.Rows(), text)
		require.Zero(t, set.Select(uint32(len(keys))))
		step := 1 + len(keys)/300
		for i := 0; i < len(keys); i += step {
			require.Equal(t, keys[i], set.Select(uint32(i)))
			row, listed := set.Rank(keys[i])
			require.True(t, listed)
			require.EqualValues(t, i, row)
			prev := uint32(0)
			if i > 0 {
				prev = keys[i-1]
			}
			require.Equal(t, prev, set.Prev(keys[i]))
			require.Equal(t, keys[i], set.Next(keys[i]))
		}
		for _, back := range []bool{false, true} {
			for i := 0; i+1 < len(keys); i += step {
				to, want := Seek{From: keys[i]}, keys[i+1]
				if back {
					to, want = Seek{From: keys[i+1], Backwards: true}, keys[i]
				}
				key, err := x.Seek(t.Context(), p, Ask{List: List{Internal: true}}, to)
				require.NoError(t, err)
				require.Equal(t, want, key, "%s %+v", text, to)
			}
		}
		if len(keys) > 0 {
			key, err := x.Seek(t.Context(), p, Ask{List: List{Internal: true}}, Seek{})
			require.NoError(t, err)
			require.Equal(t, keys[0], key)
			key, err = x.Seek(t.Context(), p, Ask{List: List{Internal: true}}, Seek{Backwards: true})
			require.NoError(t, err)
			require.Equal(t, keys[len(keys)-1], key)
		}
	}
}

func TestFiltersOfAnySize(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	words := func(n int, one func(i int) string, between string) string {
		text := one(0)
		for i := 1; i < n; i++ {
			text += between + one(i)
		}
		return text
	}
	deep := "evt.type = read"
	for range 45 {
		deep = "not (" + deep + " or proc.name = nosuch)"
	}
	for name, text := range map[string]string{
		"hundreds of names":      words(700, func(i int) string { return "proc.name = p" + string(rune('a'+i%26)) }, " or ") + " or proc.name = bash",
		"hundreds of kinds":      words(300, func(i int) string { return someFilters[i%len(someFilters)] }, " or "),
		"hundreds of conditions": words(400, func(int) string { return "not evt.arg.data contains nosuch" }, " and "),
		"a long list":            "fd.num in (" + words(20000, func(i int) string { return "1" + string(rune('0'+i%10)) }, ", ") + ")",
		"nested deeply":          deep,
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			check(t, x, text, filter.Sysdig, Ask{})
			require.Less(t, time.Since(start), 30*time.Second)
		})
	}
}

func TestAFilterThatWouldTakeTooMuchRoomIsAskedByEvent(t *testing.T) {
	defer func(n int) { maxRowBytes = n }(maxRowBytes)
	maxRowBytes = 0
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for _, text := range someFilters {
		check(t, x, text, filter.Sysdig, Ask{})
		check(t, x, text+" and (thread.tid > 1 or fd.num > 1)", filter.Sysdig, Ask{List: List{Calls: true}})
	}
}
