package session

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// sliceFilters choose many, few and no events, of all kinds.
var sliceFilters = []string{
	"",
	"evt.type in (read, write) and fd.type = file",
	"evt.category = net",
	"evt.type = close",
	"evt.type in (openat, open) and evt.failed = true",
	"evt.type in (execve, clone, clone3, fork, vfork, procexit)",
	"fd.type in (ipv4, ipv6, unix)",
	"proc.name in (bash, curl, nginx, python3)",
	"evt.dir = <",
	"evt.dir = > and evt.cpu = 0",
	"evt.type = switch",
	"proc.name = nosuch",
}

// elsewhere are the fields that say something else in a slice: where the event is in the file, how long after the first
// or the previous event it was, and when processes began that the first state lists, which has no such times.
var elsewhere = []string{
	"evt.num", "fd.stream", "evt.count", "evt.reltime", "evt.outputtime", "evt.deltatime", "evt.datetime",
	"proc.vmsize", "proc.vmrss", "proc.vmswap", "thread.vmsize", "thread.vmrss", "thread.pfmajor", "thread.pfminor", // no event is kept for what threads use alone
	"proc.duration", "proc.ppid.duration", "proc.pid.ts", "proc.ppid.ts", "proc.exe_ino.ctime_duration_proc_start",
	"fd.nameraw", // a list has the full names only
}

// cellRefs are all fields, those with arguments in some forms.
func cellRefs(t testing.TB) (refs []field.Ref) {
	t.Helper()
	args := map[string][]string{
		"evt.arg": {"[0]", "[1]", "[2]"}, "evt.rawarg": {".res", ".fd"}, "proc.aname": {"[1]", "[2]", "[3]", "[4]"},
		"proc.apid": {"[1]", "[2]"}, "proc.acmdline": {"[1]"}, "proc.aexe": {"[1]"}, "proc.aexepath": {"[1]", "[2]"}, "proc.env": {"[PATH]"},
	}
fields:
	for _, f := range field.All() {
		for _, e := range elsewhere {
			if f.Name == e || strings.HasPrefix(f.Name, e+".") {
				continue fields
			}
		}
		for _, name := range append([]string{""}, args[f.Name]...) {
			if r, err := field.Parse(f.Name + name); err == nil {
				refs = append(refs, r)
			}
		}
	}
	require.Greater(t, len(refs), 250)
	return refs
}

func openAll(t testing.TB, path string) *index.Index {
	t.Helper()
	x, err := index.Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = x.Close() })
	require.NoError(t, x.Wait(context.Background()))
	return x
}

// sliceOf writes a slice and opens it.
func sliceOf(t testing.TB, x *index.Index, o SliceOptions) (*index.Index, Sliced) {
	t.Helper()
	var b bytes.Buffer
	n, err := Slice(context.Background(), x, o, &b)
	require.NoError(t, err)
	y := openAll(t, scapiotest.File(t, b.Bytes()))
	_, diags := y.Stats()
	for _, d := range diags { // an event that was damaged is so in the slice
		require.False(t, d.Fatal, d.Text)
	}
	return y, n
}

// program compiles a filter, nil when it is empty.
func program(t testing.TB, text string) *filter.Program {
	t.Helper()
	if text == "" {
		return nil
	}
	p, err := filter.Compile(filter.Parse(text))
	require.NoError(t, err)
	return p
}

// selected returns the keys of a list that a filter matches, asked event by event.
func selected(t testing.TB, x *index.Index, q Query, p *filter.Program) (keys []uint32) {
	t.Helper()
	snap := x.Acquire()
	defer snap.Release()
	var cur index.Cursor
	var c field.Ctx
	for key := snap.Next(q.list(), 1); key != 0; key = snap.Next(q.list(), key+1) {
		require.NoError(t, snap.Fill(key, q.View == CallsView, &cur, &c))
		if p == nil || p.Match(&c) {
			keys = append(keys, key)
		}
	}
	return keys
}

// sameCells requires that events of two captures have equal cells in all fields.
func sameCells(t *testing.T, x, y *index.Index, q Query, in, out []uint32, refs []field.Ref) {
	t.Helper()
	require.Len(t, out, len(in))
	sx, sy := x.Acquire(), y.Acquire()
	defer sx.Release()
	defer sy.Release()
	var curX, curY index.Cursor
	var cx, cy field.Ctx
	cx.Style.Loc, cy.Style.Loc = time.UTC, time.UTC
	var a, b []byte
	step := max(1, len(in)/100)
	for i := 0; i < len(in); i += step {
		require.NoError(t, sx.Fill(in[i], q.View == CallsView, &curX, &cx))
		require.NoError(t, sy.Fill(out[i], q.View == CallsView, &curY, &cy))
		if cx.T != nil && sx.View(in[i]).Cwd(cx.T) == "" {
			continue // a list cannot say that a directory is not known: readers take it for /
		}
		for k := range refs {
			okX, okY := false, false
			a, okX = refs[k].Append(a[:0], &cx)
			b, okY = refs[k].Append(b[:0], &cy)
			if okX != okY || !bytes.Equal(a, b) {
				require.Equal(t, fmt.Sprintf("%s = %q, %v", refs[k].F.Name+" "+refs[k].Arg, a, okX), fmt.Sprintf("%s = %q, %v", refs[k].F.Name+" "+refs[k].Arg, b, okY), "event %d, in the slice %d", in[i], out[i])
			}
		}
	}
}

func TestASliceShowsWhatTheWholeCaptureShows(t *testing.T) {
	refs := cellRefs(t)
	// Of the captures of others each filter has its turn with and without what is near, in one view.
	check := func(t *testing.T, path string, all bool) {
		x := openAll(t, path)
		for v, q := range []Query{{View: EventsView}, {View: CallsView}} {
			for i, text := range sliceFilters {
				p := program(t, text)
				in := selected(t, x, q, p)
				for k, near := range []int{-1, 0} {
					if !all && (v+i+k)%2 == 0 {
						continue
					}
					y, n := sliceOf(t, x, SliceOptions{Query: q, Program: p, Near: near})
					require.Equal(t, uint64(len(in)), n.Events)
					out := selected(t, y, q, nil)
					t.Run(fmt.Sprintf("%s %d %s", q.View, near, text), func(t *testing.T) { sameCells(t, x, y, q, in, out, refs) })
				}
			}
		}
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name), true) })
	}
	if testing.Short() { // the race detector has enough with these
		return
	}
	for _, path := range scapiotest.Shared(t) {
		if fi, err := os.Stat(path); err == nil && fi.Size() < 3<<20 && !strings.Contains(path, "sysmix") {
			t.Run(filepath.Base(path), func(t *testing.T) { check(t, path, false) })
		}
	}
}
