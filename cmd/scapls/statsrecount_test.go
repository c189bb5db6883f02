package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
	"github.com/scapls/scapls/session/stats"
)

// event is a line of `scapls read --calls -o json`: a call or another event, with what the tables are about.
type event map[string]any

// printedFields are the fields that the tables are counted from again.
const printedFields = "*%evt.num %evt.rawtime %evt.type %syscall.type %evt.category %evt.dir %evt.failed %evt.res %evt.rawres %evt.is_io_read %evt.is_io_write %evt.rawarg.fdin %evt.rawarg.pgft_maj %evt.rawarg.pgft_min " +
	"%evt.latency %evt.args %proc.name %proc.pid %thread.tid %container.id %container.name %container.image %user.uid %user.name " +
	"%fd.name %fd.num %fd.typechar %fd.type %fd.l4proto %fd.rip %fd.lip %fd.cip %fd.sip %fd.cport %fd.sport %fd.is_server %fd.role %fd.stream %fs.path.name"

func (p event) text(name string) string {
	switch v := p[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (p event) has(name string) bool { return p[name] != nil }

func (p event) num(name string) int64 {
	n, _ := strconv.ParseInt(p.text(name), 10, 64)
	return n
}

func (p event) is(name string, values ...string) bool { return slices.Contains(values, p.text(name)) }

// group is what is counted again of a row of a table.
type group struct {
	events, errors, read, written, opens int64
	switches, faults                     int64
	latencies                            []int64
	faultsOf                             map[string][2][]int64 // of a thread, as each switch told them
	first, last                          int64
	nums                                 []string
	client, server                       map[string][2]int64 // bytes to the server and to the client that either end moved, by the client's port
	addresses                            []string            // that it listens on
}

func (g *group) add(p event) {
	ts := p.num("evt.rawtime")
	if g.events == 0 {
		g.first = ts
	}
	g.events++
	g.nums = append(g.nums, p.text("evt.num"))
	read, written := g.read, g.written
	g.first, g.last = min(g.first, ts), max(g.last, ts)
	switch n := max(p.num("evt.rawres"), 0); {
	case p.is("evt.type", "copy_file_range"): // both ends are descriptors: at the one that the event is about
		if p.text("evt.rawarg.fdin") == p.text("fd.num") {
			g.read += n
		} else {
			g.written += n
		}
	case p.is("evt.type", "sendfile"), p.is("evt.is_io_write", "true"):
		g.written += n
	case p.is("evt.is_io_read", "true"):
		g.read += n
	}
	g.cross(p, g.read-read, g.written-written)
	if name := p.text("fd.name"); p.is("fd.role", "server") && !p.has("fd.cip") {
		g.addresses = append(g.addresses, name[:strings.LastIndexByte(name, ':')])
	}
	if p.is("evt.failed", "true") {
		g.errors++
	}
	if p.has("evt.latency") {
		g.latencies = append(g.latencies, p.num("evt.latency"))
	}
	switch {
	case p.is("evt.type", "page_fault"):
		g.faults++
	case p.is("evt.type", "switch"):
		g.switches++
		if p.has("evt.rawarg.pgft_maj") && p.has("evt.rawarg.pgft_min") {
			if g.faultsOf == nil {
				g.faultsOf = map[string][2][]int64{}
			}
			of := g.faultsOf[p.text("thread.tid")]
			g.faultsOf[p.text("thread.tid")] = [2][]int64{append(of[0], p.num("evt.rawarg.pgft_maj")), append(of[1], p.num("evt.rawarg.pgft_min"))}
		}
	}
}

// cross counts what an event moved at its end of a connection.
func (g *group) cross(p event, read, written int64) {
	if g.client == nil {
		g.client, g.server = map[string][2]int64{}, map[string][2]int64{}
	}
	port := p.text("fd.cport")
	if p.is("fd.role", "server") || p.is("fd.is_server", "true") && p.text("fd.lip") != p.text("fd.cip") {
		n := g.server[port]
		g.server[port] = [2]int64{n[0] + read, n[1] + written}
	} else {
		n := g.client[port]
		g.client[port] = [2]int64{n[0] + written, n[1] + read}
	}
}

// crossed returns the bytes that went one way, each once: of every connection as the end tells that saw more.
func (g *group) crossed(way int) int64 {
	sum := int64(0)
	for port, n := range g.client {
		sum += max(n[way], g.server[port][way])
	}
	for port, n := range g.server {
		if _, both := g.client[port]; !both {
			sum += n[way]
		}
	}
	return sum
}

// cells returns the numbers that a table may show of the group, by column; latencies only where they were recorded.
func (g *group) cells() map[string]int64 {
	n := map[string]int64{
		"calls": g.events, "events": g.events, "errors": g.errors, "read": g.read, "written": g.written, "bytes": g.read + g.written, "opens": g.opens,
		"connections": g.opens, "switches": g.switches, "faults": g.faults, "first": g.first, "duration": g.last - g.first,
	}
	n["to_server"], n["to_client"] = g.crossed(0), g.crossed(1)
	if g.faultsOf != nil {
		n["major"], n["minor"] = 0, 0
		for _, of := range g.faultsOf {
			n["major"] += slices.Max(of[0]) - slices.Min(of[0])
			n["minor"] += slices.Max(of[1]) - slices.Min(of[1])
		}
	}
	if len(g.latencies) == 0 {
		return n
	}
	slices.Sort(g.latencies)
	for _, l := range g.latencies {
		n["total"] += l
	}
	n["mean"], n["max"] = n["total"]/int64(len(g.latencies)), g.latencies[len(g.latencies)-1]
	return n
}

// percentile returns the latency that p of 100 do not exceed.
func (g *group) percentile(p float64) int64 {
	return g.latencies[min(int(float64(len(g.latencies))*p/100), len(g.latencies)-1)]
}

// recounted says how a table's rows are found again from fields.
type recounted struct {
	key     []string // columns of the table that tell its rows apart
	of      func(p event) ([]string, bool)
	opens   func(p event) bool
	percent bool
}

// guest is the container's id, nothing for the host.
func guest(p event) string {
	if id := p.text("container.id"); id != "host" {
		return id
	}
	return ""
}

func fileOf(p event) (string, bool) {
	name := p.text("fs.path.name")
	switch {
	case p.is("fd.typechar", "f", "d"):
		name = p.text("fd.name")
	case !p.has("syscall.type") || !p.is("evt.category", "file"):
		return "", false
	}
	return name, name != ""
}

func opensFile(p event) bool {
	return p.is("evt.dir", "<") && p.is("evt.type", "open", "openat", "openat2", "creat", "open_by_handle_at")
}

func opensWell(p event) bool { return opensFile(p) && p.is("evt.failed", "false") }

func connectionOf(p event) bool {
	return p.is("fd.type", "ipv4", "ipv6") && strings.Contains(p.text("fd.name"), "->") && !p.is("fd.name", "0.0.0.0:0->0.0.0.0:0", "::0:0->::0:0", ":::0->:::0") && p.has("proc.pid")
}

var recounts = map[string]recounted{
	"calls": {
		key: []string{"call"}, percent: true,
		of: func(p event) ([]string, bool) { return []string{p.text("evt.type")}, p.has("syscall.type") },
	},
	"processes": {
		key: []string{"name", "pid", "container"}, opens: opensWell,
		of: func(p event) ([]string, bool) {
			return []string{p.text("proc.name"), p.text("proc.pid"), guest(p)}, p.has("proc.pid")
		},
	},
	"threads": {
		key: []string{"name", "tid", "pid", "container"},
		of: func(p event) ([]string, bool) {
			return []string{p.text("proc.name"), p.text("thread.tid"), p.text("proc.pid"), guest(p)}, p.has("proc.pid")
		},
	},
	"descriptors": {
		key: []string{"filter"}, // its other cells are those of one of its events
		of: func(p event) ([]string, bool) {
			return []string{fmt.Sprintf("fd.stream=%s and proc.pid=%s", p.text("fd.stream"), p.text("proc.pid"))}, p.has("fd.stream") && p.has("proc.pid")
		},
	},
	"conversations": {
		key: []string{"client", "server", "port", "protocol"},
		of: func(p event) ([]string, bool) {
			return []string{p.text("fd.cip"), p.text("fd.sip"), p.text("fd.sport"), p.text("fd.l4proto")}, connectionOf(p) && p.has("fd.role")
		},
	},
	"files": {
		key: []string{"file"}, opens: opensFile,
		of: func(p event) ([]string, bool) { name, is := fileOf(p); return []string{name}, is },
	},
	"directories": {
		key: []string{"directory"}, opens: opensFile,
		of: func(p event) ([]string, bool) {
			name, is := fileOf(p)
			if !is || name[0] != '/' {
				return nil, false
			}
			if p.is("fd.typechar", "d") {
				return []string{name}, true
			}
			return []string{path.Dir(name)}, true
		},
	},
	"connections": {
		key: []string{"connection", "protocol", "process", "pid", "container"},
		of: func(p event) ([]string, bool) {
			proto := p.text("fd.l4proto")
			if proto == "<NA>" {
				proto = ""
			}
			return []string{p.text("fd.name"), proto, p.text("proc.name"), p.text("proc.pid"), guest(p)}, connectionOf(p)
		},
	},
	"endpoints": {
		key: []string{"address"},
		of: func(p event) ([]string, bool) {
			if p.is("fd.role", "server") {
				return []string{p.text("fd.cip")}, connectionOf(p)
			}
			return []string{p.text("fd.sip")}, connectionOf(p) && p.is("fd.role", "client")
		},
	},
	"servers": {
		key: []string{"port", "protocol", "process", "container"}, opens: func(p event) bool {
			return strings.HasPrefix(p.text("evt.type"), "accept") && p.is("evt.failed", "false")
		},
		of: func(p event) ([]string, bool) {
			return []string{p.text("fd.sport"), p.text("fd.l4proto"), p.text("proc.name"), guest(p)}, p.is("fd.role", "server") && p.has("proc.pid")
		},
	},
	"users": {
		key: []string{"user", "uid", "container"},
		of: func(p event) ([]string, bool) {
			return []string{p.text("user.name"), p.text("user.uid"), guest(p)}, p.has("user.uid")
		},
	},
	"containers": {
		key: []string{"container"},
		of:  func(p event) ([]string, bool) { return []string{p.text("container.id")}, p.has("container.id") },
	},
	"errors": {
		key: []string{"error", "call"},
		of: func(p event) ([]string, bool) {
			return []string{p.text("evt.res"), p.text("evt.type")}, p.is("evt.failed", "true")
		},
	},
	"scheduling": {
		key: []string{"name", "pid"},
		of: func(p event) ([]string, bool) {
			return []string{p.text("proc.name"), p.text("proc.pid")}, p.is("evt.type", "switch", "page_fault") && p.has("proc.pid")
		},
	},
}

func readPrinted(t *testing.T, file string) []event {
	t.Helper()
	var list []event
	code, out, _ := cli(t, "read", "--calls", "-o", "json", "-p", printedFields, file)
	require.Less(t, code, 2, "a damaged end is no fault of the count")
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	for dec.More() {
		var p event
		require.NoError(t, dec.Decode(&p))
		list = append(list, p)
	}
	return list
}

// shownTable is what `scapls stats -o json` prints, by the cells of the key.
func shownTable(t *testing.T, name, file string, key []string) map[string]event {
	t.Helper()
	_, out, _ := cli(t, "stats", "-o", "json", name, file)
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	rows := map[string]event{}
	for dec.More() {
		var p event
		require.NoError(t, dec.Decode(&p))
		var cells []string
		for _, k := range key {
			cells = append(cells, p.text(k))
		}
		at := strings.Join(cells, " | ")
		require.NotContains(t, rows, at, "two rows of %s", name)
		rows[at] = p
	}
	return rows
}

func TestEveryTableIsWhatIsCountedFromThePrintedEvents(t *testing.T) {
	utc(t)
	files := []string{sample(t), newSample(t)}
	files = append(files, scapiotest.Shared(t, "xxradar", "sf_nginx", "sf_client", "sf_files", "sf_namespaces", "sf_mpm-pre", "falco_run_as_user_0", "libs_sample", "libs_test_ipv6", "live_old-filter-net")...)
	for _, file := range files {
		events := readPrinted(t, file)
		require.NotEmpty(t, events)
		for _, info := range stats.Names() {
			t.Run(filepath.Base(file)+" "+info.Name, func(t *testing.T) {
				how, grouped := recounts[info.Name]
				switch {
				case info.Name == "slow":
					slowAgain(t, events, file)
				case grouped:
					how.check(t, info.Name, events, file)
				default:
					t.Fatalf("the table %s is not counted again", info.Name)
				}
			})
		}
	}
}

func (r recounted) check(t *testing.T, name string, events []event, file string) {
	groups := map[string]*group{}
	for _, p := range events {
		cells, is := r.of(p)
		if !is {
			continue
		}
		at := strings.Join(cells, " | ")
		if groups[at] == nil {
			groups[at] = &group{}
		}
		groups[at].add(p)
		if r.opens != nil && r.opens(p) {
			groups[at].opens++
		}
	}
	rows := shownTable(t, name, file, r.key)
	s := newSelecting(t, file)
	if name == "servers" {
		addListening(t, groups, file, s)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(groups)), slices.Collect(maps.Keys(rows)), "rows of the table")
	for at, g := range groups {
		row := rows[at]
		want := g.cells()
		switch name {
		case "errors":
			want["errors"] = g.events
		case "conversations":
			want["bytes"] = want["to_server"] + want["to_client"]
		}
		s.check(t, row.text("filter"), g.nums)
		for column, v := range row {
			n, known := want[column]
			switch {
			case slices.Contains(r.key, column), column == "filter":
			case column == "event":
				require.Contains(t, g.nums, row.text("event"), "the event of %s", at)
			case name == "servers" && column == "address":
				slices.Sort(g.addresses)
				require.Equal(t, strings.Join(slices.Compact(g.addresses), ", "), v, "addresses of %s", at)
			case name == "containers" && (column == "name" || column == "image"): // as they are known in the end
				require.True(t, v == "" || slices.ContainsFunc(events, func(p event) bool {
					return p.is("container.id", at) && p.text("container."+column) == v
				}), "the %s of %s", column, at)
			case name == "descriptors" && slices.Contains([]string{"fd", "file", "type", "process", "pid"}, column): // as one of its events has them
			case name == "errors" && column == "meaning":
			case column == "example":
				require.NotEmpty(t, v, "of %s", at)
				require.True(t, slices.ContainsFunc(events, func(p event) bool {
					cells, is := r.of(p)
					return is && strings.Join(cells, " | ") == at && p.text("evt.num") == row.text("event")
				}), "the example of %s is one of its events", at)
			case column == "p50" || column == "p99":
				exact := g.percentile(map[string]float64{"p50": 50, "p99": 99}[column])
				require.InDelta(t, exact, row.num(column), math.Max(1, float64(exact)*0.035), "%s of %s", column, at)
			case !known:
				t.Fatalf("the column %s of %s is not counted again", column, name)
			default:
				require.Equal(t, strconv.FormatInt(n, 10), fmt.Sprint(v), "%s of %s", column, at)
			}
		}
		if _, has := row["total"]; !has && len(g.latencies) > 0 && name != "connections" {
			require.NotContains(t, []string{"calls", "processes", "files", "directories", "users", "containers"}, name, "latencies of %s", at)
		}
	}
}

// addListening adds the servers that lsof lists at the beginning and at the end.
func addListening(t *testing.T, groups map[string]*group, file string, s selecting) {
	snap := s.x.Acquire()
	defer snap.Release()
	for at, v := range map[string]state.View{"--at=1": snap.View(1), "--at=0": snap.View(snap.Len())} {
		_, out, _ := cli(t, "lsof", at, file)
		for _, line := range strings.Split(out, "\n") {
			m := listener.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			pid, err := strconv.ParseInt(m[2], 10, 64)
			require.NoError(t, err)
			key := strings.Join([]string{m[5], m[3], m[1], v.Thread(pid).Container}, " | ")
			if groups[key] == nil {
				groups[key] = &group{}
			}
			groups[key].addresses = append(groups[key].addresses, m[4])
		}
	}
}

// listener is a line of lsof: command, pid, protocol, address and port.
var listener = regexp.MustCompile(`^(.*?) +(\d+) +\d+  ipv[46] server socket, (\w+) +(.*):(\d+)$`)

// selecting asks which events filters select.
type selecting struct{ x *index.Index }

func newSelecting(t *testing.T, file string) selecting {
	x, err := index.Open(context.Background(), file)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	require.NoError(t, x.Wait(context.Background()))
	return selecting{x}
}

func (s selecting) check(t *testing.T, text string, nums []string) {
	p, err := filter.Compile(filter.Parse(text))
	require.NoError(t, err, text)
	set, err := s.x.Select(context.Background(), p, index.Ask{List: index.List{Calls: true}, Loc: time.UTC}, nil)
	require.NoError(t, err, text)
	var got []string
	snap := s.x.Acquire()
	defer snap.Release()
	for i := range set.Rows() {
		got = append(got, strconv.FormatUint(snap.Number(set.Select(i)), 10))
	}
	require.Equal(t, nums, got, "events that %s selects", text)
}

// slowAgain compares the table of slow calls with the calls sorted by what they took.
func slowAgain(t *testing.T, events []event, file string) {
	var timed []event
	for _, p := range events {
		if p.has("evt.latency") {
			timed = append(timed, p)
		}
	}
	slices.SortStableFunc(timed, func(a, b event) int { return int(b.num("evt.latency") - a.num("evt.latency")) })
	timed = timed[:min(len(timed), 200)]
	rows := shownTable(t, "slow", file, []string{"event"})
	require.Len(t, rows, len(timed))
	s := newSelecting(t, file)
	for i, p := range timed {
		row, is := rows[p.text("evt.num")]
		require.True(t, is, "the %d. of the slow calls, event %s", i+1, p.text("evt.num"))
		s.check(t, row.text("filter"), []string{p.text("evt.num")})
		for column, name := range map[string]string{
			"call": "evt.type", "process": "proc.name", "tid": "thread.tid", "on": "fd.name", "arguments": "evt.args", "took": "evt.latency", "time": "evt.rawtime",
		} {
			require.Equal(t, p.text(name), row.text(column), "%s of event %s", column, p.text("evt.num"))
		}
	}
}
