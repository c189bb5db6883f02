package timeline

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

var calls = index.List{Calls: true}

func open(t *testing.T, path string) *index.Index {
	t.Helper()
	x, err := index.Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Wait(context.Background()))
	return x
}

func TestEveryCallIsInTheBarOfItsProcess(t *testing.T) {
	files := append(scapiotest.Shared(t, "xxradar", "sf_mpm", "falco_run_as_user_0"), scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, file := range files {
		x := open(t, file)
		for _, threads := range []bool{false, true} {
			tl, err := Make(context.Background(), x, Ask{List: calls, Columns: 300, Threads: threads, Count: 10000})
			require.NoError(t, err)
			require.Len(t, tl.Bars, tl.Total)
			seen := map[string]bool{}
			for i, b := range tl.Bars {
				require.False(t, seen[fmt.Sprint(b.TID, " ", b.Born)], "twice")
				seen[fmt.Sprint(b.TID, " ", b.Born)] = true
				require.LessOrEqual(t, b.Begin, b.End)
				if i > 0 {
					require.LessOrEqual(t, b.Depth, tl.Bars[i-1].Depth+1)
				}
				p, err := filter.Compile(filter.Parse(b.Filter + " and proc.pid exists")) // not the few events of a thread that is not known yet
				require.NoError(t, err)
				set, err := x.Select(context.Background(), p, index.Ask{List: calls}, nil)
				require.NoError(t, err)
				n := 0
				for j, s := range b.Spans {
					n += s.Calls
					require.Less(t, s.Begin, s.End+1)
					if j > 0 {
						require.GreaterOrEqual(t, s.Begin, b.Spans[j-1].End)
					}
				}
				require.EqualValues(t, set.Rows(), b.Calls, "%s: %s", file, b.Filter)
				require.EqualValues(t, b.Calls, n, "%s: spans of %s", file, b.Filter)
			}
		}
	}
}

func TestATimelineShowsWhoMadeWhom(t *testing.T) {
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	tl, err := Make(context.Background(), x, Ask{List: calls, Columns: 100, Count: 1000})
	require.NoError(t, err)
	var made *Bar
	for i := range tl.Bars {
		if b := &tl.Bars[i]; b.Born != 0 && len(b.Names) > 1 {
			made = b
		}
	}
	require.NotNil(t, made, "a process that was made and ran something else")
	require.Positive(t, made.Depth)
	require.NotEqual(t, made.Names[0].Label, made.Names[1].Label)
	require.Greater(t, made.Names[1].Time, made.Names[0].Time)
}
