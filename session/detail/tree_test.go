package detail_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
)

func open(t *testing.T, path string) *session.Session {
	t.Helper()
	s, err := session.Open(t.Context(), path, session.Options{Loc: time.UTC})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	require.Eventually(t, func() bool { return s.Progress().Done }, 30*time.Second, time.Millisecond)
	return s
}

// walk calls f for every node, parents first.
func walk(nodes []session.Node, path string, f func(path string, n *session.Node)) {
	for i := range nodes {
		at := path + "/" + nodes[i].Label
		f(at, &nodes[i])
		walk(nodes[i].Children, at, f)
	}
}

func child(n *session.Node, label string) string {
	for _, c := range n.Children {
		if c.Label == label {
			return c.Value
		}
	}
	return ""
}

// captures are walked wholly, larger ones in steps.
func captures(t *testing.T) []string {
	list := []string{scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")}
	if testing.Short() {
		return list
	}
	return append(list, scapiotest.Shared(t, "xxradar_docker", "sf_mpm-event", "libs_", "falco_", "live_old-filter-net")...)
}

func eachEvent(t *testing.T, s *session.Session, most uint64, f func(num uint64, view session.ViewKind, nodes []session.Node)) {
	n := s.Progress().Events
	for num := uint64(1); num <= n; num += 1 + n/most {
		for _, view := range []session.ViewKind{session.EventsView, session.CallsView} {
			nodes, err := s.Detail(t.Context(), num, view)
			require.NoError(t, err)
			f(num, view, nodes)
		}
	}
}

func TestEveryRangeLiesInTheEventAndHoldsTheValue(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine: nothing for the race detector")
	}
	for _, path := range captures(t) {
		s := open(t, path)
		checked := map[string]int{}
		most, events := uint64(5000), s.Progress().Events
		if !strings.Contains(path, "testdata") {
			most = 400
		}
		eachEvent(t, s, most, func(num uint64, view session.ViewKind, nodes []session.Node) {
			b, err := s.Bytes(t.Context(), num, 0, 0)
			require.NoError(t, err)
			if b.Total > len(b.Data) {
				return
			}
			walk(nodes, "", func(at string, n *session.Node) {
				if n.Start < 0 || n.Len < 0 || n.Start+n.Len > b.Total {
					t.Fatalf("event %d (%s) %s: [%d,%d) of %d bytes", num, view, at, n.Start, n.Start+n.Len, b.Total)
				}
				if !utf8.ValidString(n.Label + n.Value) {
					t.Fatalf("event %d %s is no UTF-8", num, at)
				}
				if n.Goto > events {
					t.Fatalf("event %d %s leads to %d", num, at, n.Goto)
				}
				if n.Len == 0 || !strings.HasPrefix(at, "/Arguments/") {
					return
				}
				kind, _, _ := strings.Cut(child(n, "Kind"), ",")
				if ok, told := holds(n.Value, kind, b.Data[n.Start:n.Start+n.Len]); told {
					checked[kind]++
					if !ok {
						t.Fatalf("event %d %s (%s): %q is not % x", num, at, kind, n.Value, b.Data[n.Start:n.Start+n.Len])
					}
				}
			})
			checkHeader(t, nodes, b.Data)
		})
		require.NotEmpty(t, checked, path)
	}
}

// holds reports whether the bytes of an argument give its text; told is false for kinds this test does not read.
func holds(text, kind string, b []byte) (ok, told bool) {
	first, _, _ := strings.Cut(text, " ")
	switch kind {
	case "charbuf", "fspath", "fsrelpath":
		v, _, _ := bytes.Cut(b, []byte{0})
		if !utf8.Valid(v) || string(v) == "(NULL)" || string(v) == "" {
			return true, true
		}
		return strings.HasPrefix(text, string(v)), true
	case "bytebuf":
		dots := bytes.Map(func(r rune) rune {
			if r < 0x20 || r > 0x7e {
				return '.'
			}
			return r
		}, latin(b))
		return text == string(dots) || len(b) > 1000 && strings.HasSuffix(text, "...") && strings.HasPrefix(string(dots), strings.TrimSuffix(text, "...")), true
	case "uid", "gid", "fd", "fd32", "pid", "pid32", "errno", "syscallid", "flags8", "flags16", "flags32", "enumflags8", "enumflags16",
		"enumflags32", "mode", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "port":
		var wide [8]byte
		copy(wide[:], b)
		u := binary.LittleEndian.Uint64(wide[:])
		shift := 64 - 8*len(b)
		signed := int64(u<<shift) >> shift
		return slices.Contains([]string{
			strconv.FormatUint(u, 10), strconv.FormatInt(signed, 10), strings.ToUpper(strconv.FormatUint(u, 16)), "0" + strconv.FormatUint(u, 8),
			strings.ToUpper(strconv.FormatUint(uint64(signed), 16)), "0" + strconv.FormatUint(uint64(signed), 8),
		}, first) || u == 0 && first == "0", true
	}
	return true, false
}

// latin makes a rune of every byte.
func latin(b []byte) []byte {
	var out []rune
	for _, c := range b {
		out = append(out, rune(c))
	}
	return []byte(string(out))
}

// checkHeader holds the nodes of the header against its bytes.
func checkHeader(t *testing.T, nodes []session.Node, b []byte) {
	walk(nodes, "", func(at string, n *session.Node) {
		if n.Len == 0 {
			return
		}
		v := b[n.Start : n.Start+n.Len]
		switch at {
		case "/Event/Time":
			require.Equal(t, strconv.FormatUint(binary.LittleEndian.Uint64(v), 10)+" ns", child(n, "Since the epoch"))
		case "/Event/Thread":
			if n.Value != "none" {
				require.Equal(t, strconv.FormatInt(int64(binary.LittleEndian.Uint64(v)), 10), n.Value)
			}
		case "/Raw/Type number":
			require.Equal(t, strconv.Itoa(int(binary.LittleEndian.Uint16(v))), n.Value)
		case "/Raw/Length":
			require.Equal(t, strconv.Itoa(int(binary.LittleEndian.Uint32(v))), n.Value)
		case "/Raw/Parameters":
			require.Equal(t, strconv.Itoa(int(binary.LittleEndian.Uint32(v))), n.Value)
		case "/Event/Result":
			first, _, _ := strings.Cut(n.Value, " ")
			var wide [8]byte
			copy(wide[:], v)
			shift := 64 - 8*len(v)
			require.Equal(t, strconv.FormatInt(int64(binary.LittleEndian.Uint64(wide[:])<<shift)>>shift, 10), first)
		}
	})
}

// differs are fields whose node says more or in other words than their text.
var differs = map[string]bool{
	"evt.time": true, "evt.rawtime": true, "evt.latency": true, "evt.reltime": true, "evt.deltatime": true, "evt.args": true, "evt.dir": true,
	"evt.res": true, "evt.rawres": true, "user.loginuid": true, "user.name": true, "user.loginname": true, "group.name": true, "fd.is_server": true,
	"thread.cap_effective": true, "thread.cap_permitted": true, "thread.cap_inheritable": true, "container.id": true, "fd.type": true,
	"proc.exe_ino.ctime": true, "proc.exe_ino.mtime": true, "proc.tty": true,
}

func TestANodeShowsWhatItsFieldShows(t *testing.T) {
	for _, path := range captures(t)[:2] {
		s := open(t, path)
		var row uint64
		n := s.Progress().Events
		for num := uint64(1); num <= n; num += 3 {
			nodes, err := s.Detail(t.Context(), num, session.CallsView)
			require.NoError(t, err)
			var fields, values, paths []string
			walk(nodes, "", func(at string, n *session.Node) {
				if n.Field == "" {
					return
				}
				_, err := field.Parse(n.Field)
				require.NoError(t, err, at)
				if !differs[n.Field] {
					fields, values, paths = append(fields, n.Field), append(values, n.Value), append(paths, at)
				}
			})
			q := session.Query{View: session.CallsView, Internal: true}
			var exact bool
			row, _, exact, err = s.Goto(t.Context(), q, strconv.FormatUint(num, 10))
			require.NoError(t, err)
			if !exact { // the enter half of a call that returned
				continue
			}
			p, err := s.Page(t.Context(), session.PageRequest{Query: q, Start: row, Count: 1, Columns: fields})
			require.NoError(t, err)
			for i, cell := range p.Rows[0].Cells {
				if strings.HasSuffix(cell, "...") || strings.HasSuffix(cell, "…") {
					continue // the tree shows more of it
				}
				if !strings.Contains(values[i], cell) {
					t.Fatalf("event %d %s: %q, its field %s is %q", num, paths[i], values[i], fields[i], cell)
				}
			}
		}
	}
}

func TestFlagsAreSpelledAsTheValueIs(t *testing.T) {
	s := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	seen := 0
	eachEvent(t, s, 10000, func(num uint64, _ session.ViewKind, nodes []session.Node) {
		walk(nodes, "", func(at string, n *session.Node) {
			kind := child(n, "Kind")
			if !strings.HasPrefix(at, "/Arguments/") || !strings.Contains(kind, "flags") && !strings.HasPrefix(kind, "mode") {
				return
			}
			var names []string
			for _, c := range n.Children {
				if strings.HasPrefix(c.Value, "0x") {
					names = append(names, c.Label)
				}
			}
			if strings.HasPrefix(kind, "enumflags") {
				require.Empty(t, names, "event %d %s: %s is one of several, no set", num, at, n.Value)
				return
			}
			if len(names) > 0 {
				seen++
				require.Equal(t, child(n, "Meaning"), strings.Join(names, "|"), "event %d %s", num, at)
			}
		})
	})
	require.NotZero(t, seen)
}

func TestLinksStayInTheView(t *testing.T) {
	s := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	for _, view := range []session.ViewKind{session.EventsView, session.CallsView} {
		for num := uint64(57); num < 400; num++ {
			nodes, err := s.Detail(t.Context(), num, view)
			require.NoError(t, err)
			walk(nodes, "", func(at string, n *session.Node) {
				if !strings.HasSuffix(at, " of this thread") {
					return
				}
				_, got, exact, err := s.Goto(t.Context(), session.Query{View: view}, strconv.FormatUint(n.Goto, 10))
				require.NoError(t, err)
				require.True(t, exact, "event %d %s in the %s view leads to %d, which is not listed", num, at, view, n.Goto)
				require.Equal(t, n.Goto, got)
			})
		}
	}
}
