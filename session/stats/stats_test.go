package stats

import (
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func open(t *testing.T, path string) *index.Index {
	t.Helper()
	x, err := index.Open(context.Background(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Wait(context.Background()))
	return x
}

// recount counts the events a filter selects, from the fields of each, which is another way than the columns.
func recount(t *testing.T, x *index.Index, text string) map[string]int64 {
	t.Helper()
	p, err := filter.Compile(filter.Parse(text))
	require.NoError(t, err, text)
	fields := map[string]field.Ref{}
	for id, name := range map[string]string{
		"failed": "evt.failed", "reads": "evt.is_io_read", "writes": "evt.is_io_write", "res": "evt.rawres", "source": "evt.rawarg.fdin", "fd": "fd.num", "latency": "evt.latency", "time": "evt.rawtime",
	} {
		fields[id] = field.Must(name)
	}
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	n := map[string]int64{}
	list := index.List{Calls: true}
	for key := s.Next(list, 1); key != 0; key = s.Next(list, key+1) {
		require.NoError(t, s.Fill(key, true, &cur, &c))
		if !p.Match(&c) {
			continue
		}
		n["calls"]++
		get := func(id string) int64 {
			r := fields[id]
			b, ok := r.Append(nil, &c)
			if !ok {
				return 0
			}
			if string(b) == "true" {
				return 1
			}
			v, _ := strconv.ParseInt(string(b), 10, 64)
			return v
		}
		n["errors"] += get("failed")
		switch moved, name := max(get("res"), 0), c.Ev.Info(); {
		case name != nil && name.Name == "copy_file_range" && get("source") == get("fd"):
			n["read"] += moved
		case get("writes") == 1, name != nil && name.Name == "sendfile":
			n["written"] += moved
		case get("reads") == 1:
			n["read"] += moved
		}
		l := get("latency")
		n["total"] += l
		n["max"] = max(n["max"], l)
		if n["first"] == 0 {
			n["first"] = get("time")
		}
	}
	n["events"] = n["calls"]
	return n
}

func cell(t *Table, r Row, id string) (Value, bool) {
	for i, c := range t.Columns {
		if c.ID == id {
			return r.Cells[i], true
		}
	}
	return Value{}, false
}

func TestEveryNumberOfARowIsThatOfTheEventsItsFilterSelects(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: nothing for the race detector")
	}
	files := []string{scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")}
	files = append(files, scapiotest.Shared(t, "xxradar", "sf_nginx", "sf_client", "falco_run_as_user_0", "libs_test_ipv6_client")...)
	for _, file := range files {
		x := open(t, file)
		for _, q := range questions {
			t.Run(filepath.Base(file)+" "+q.name, func(t *testing.T) {
				table, err := Compute(context.Background(), x, nil, q.name)
				require.NoError(t, err)
				step := 1 + len(table.Rows)/12
				for i := 0; i < len(table.Rows); i += step {
					r := table.Rows[i]
					want := recount(t, x, r.Filter)
					switch q.name {
					case "errors":
						want["errors"] = want["calls"]
					}
					for _, id := range []string{"calls", "events", "errors", "read", "written", "total", "max", "first"} {
						if v, ok := cell(table, r, id); ok && !v.None {
							require.Equal(t, want[id], v.N, "%s of %v, %s", id, r.Cells[0].Text, r.Filter)
						}
					}
				}
			})
		}
	}
}
