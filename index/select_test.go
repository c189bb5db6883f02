package index

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// asked returns the keys of a list that a program matches, by asking it of every event.
func asked(x *Index, p *filter.Program, a Ask) []uint32 {
	s := x.Acquire()
	defer s.Release()
	var keys []uint32
	var cur Cursor
	var c field.Ctx
	a.style(&c)
	for key := s.Next(a.List, 1); key != 0; key = s.Next(a.List, key+1) {
		if s.Fill(key, a.Calls, &cur, &c) != nil {
			continue
		}
		c.PrevTS = 0
		if prev := s.Prev(a.List, key); prev != 0 {
			c.PrevTS = s.Facts(prev).TS
		}
		if p.Match(&c) {
			keys = append(keys, key)
		}
	}
	return keys
}

// keys returns the rows of a set.
func (s *Set) keys() (list []uint32) {
	for key := s.Next(1); key != 0; key = s.Next(key + 1) {
		list = append(list, key)
	}
	return list
}

// stock holds texts of fields that occur in a capture, for filters to ask for.
type stock struct {
	exprs  []string
	values map[string][]string
	ops    map[string][]string
}

var args = map[string][]string{
	"evt.arg": {"[0]", "[1]", ".res", ".fd", ".name", ".flags", ".data", ".size", ".path", ".addr"}, "evt.rawarg": {".res", ".fd", ".name", ".flags", ".size"},
	"evt.type.is": {".open", ".read", ".close", ".futex"}, "evt.around": {"[1700000000000000000]"}, "evt.abspath": {"", ".src", ".dst"},
	"proc.aname": {"", "[0]", "[1]", "[2]"}, "proc.apid": {"", "[1]"}, "proc.aexe": {"", "[1]"}, "proc.aexepath": {"", "[1]"},
	"proc.acmdline": {"", "[1]"}, "proc.aargs": {"", "[1]"}, "proc.args": {"", "[0]"}, "proc.env": {"", "[PATH]"},
	"proc.aenv": {"", "[PATH]", "[1]"}, "thread.cgroup": {".cpu", ".memory"}, "fd.types": {"", "[0]", "[1]"},
	"container.mount": {"[0]"}, "container.mount.source": {"[0]"}, "container.mount.dest": {"[0]"}, "container.mount.mode": {"[0]"},
	"container.mount.rdwr": {"[0]"}, "container.mount.propagation": {"[0]"}, "container.label": {".maintainer"}, "k8s.pod.label": {".app"},
}

// plainValues are of all kinds.
var plainValues = []string{"0", "1", "true", "x", "/", "10.0.0.0/8", "127.0.0.1", "read"}

// expressions are all fields, with arguments, and functions of them.
var expressions = sync.OnceValue(func() (refs []field.Expr) {
	for _, f := range field.All() {
		suffixes := args[f.Name]
		if suffixes == nil {
			if f.Arg == field.ArgRequired {
				suffixes = []string{".x"}
			} else {
				suffixes = []string{""}
			}
		}
		for _, s := range suffixes {
			for _, text := range []string{f.Name + s, "len(" + f.Name + s + ")", "toupper(" + f.Name + s + ")"} {
				e, err := field.ParseExpr(text)
				if err == nil {
					refs = append(refs, e)
				}
			}
		}
	}
	return refs
})

// operators are those that an expression may be compared with.
var operators = sync.OnceValue(func() map[string][]string {
	all := []string{
		"=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex", "in", "intersects", "pmatch",
		"exists", "bcontains",
	}
	ops := map[string][]string{}
	for _, e := range expressions() {
		name := e.String()
		for _, op := range all {
			for _, v := range plainValues {
				if _, err := filter.Compile(filter.Parse(cond(name, op, v, v))); err == nil {
					ops[name] = append(ops[name], op)
					break
				}
			}
		}
	}
	return ops
})

func takeStock(t testing.TB, x *Index) *stock {
	st := &stock{values: map[string][]string{}, ops: map[string][]string{}}
	refs := expressions()
	s := x.Acquire()
	defer s.Release()
	var cur Cursor
	var c field.Ctx
	n := s.Len()
	for i := range uint32(400) {
		key := 1 + i*max(n/400, 1)
		if key > n || s.Fill(key, i%2 == 0, &cur, &c) != nil {
			continue
		}
		for j := range refs {
			b, ok := refs[j].Append(nil, &c)
			if name := refs[j].String(); ok && len(st.values[name]) < 12 && !slices.Contains(st.values[name], string(b)) && !strings.ContainsAny(string(b), "\"\\\x00") {
				st.values[name] = append(st.values[name], string(b))
			}
		}
	}
	for j := range refs {
		name := refs[j].String()
		if st.ops[name] = operators()[name]; len(st.ops[name]) > 0 {
			st.exprs = append(st.exprs, name)
			st.values[name] = append(st.values[name], plainValues...)
		}
	}
	require.Greater(t, len(st.exprs), 300)
	return st
}

func cond(name, op, v, w string) string {
	switch op {
	case "exists":
		return name + " exists"
	case "in", "intersects", "pmatch":
		return fmt.Sprintf("%s %s (%q, %q)", name, op, v, w)
	case "<", "<=", ">", ">=":
		return fmt.Sprintf("%s %s %s", name, op, v)
	}
	return fmt.Sprintf("%s %s %q", name, op, v)
}

// filterText draws a filter.
func (st *stock) filterText(rt *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 9).Draw(rt, "kind")
	if depth == 0 || kind < 3 {
		name := rapid.SampledFrom(st.exprs).Draw(rt, "field")
		op := rapid.SampledFrom(st.ops[name]).Draw(rt, "op")
		for range 20 {
			v, w := rapid.SampledFrom(st.values[name]).Draw(rt, "value"), rapid.SampledFrom(st.values[name]).Draw(rt, "value")
			if op == "contains" && len(v) > 2 {
				v = v[len(v)/3 : len(v)-1]
			}
			text := cond(name, op, v, w)
			if _, err := filter.Compile(filter.Parse(text)); err == nil {
				return text
			}
		}
		return "evt.num exists"
	}
	if kind == 3 {
		return "not (" + st.filterText(rt, depth-1) + ")"
	}
	word := " and "
	if kind%2 == 0 {
		word = " or "
	}
	var parts []string
	for range rapid.IntRange(2, 4).Draw(rt, "parts") {
		parts = append(parts, "("+st.filterText(rt, depth-1)+")")
	}
	return strings.Join(parts, word)
}

// check holds Select against asking every event.
func check(t rapid.TB, x *Index, text string, lang filter.Language, a Ask) {
	read := filter.Read(text, lang)
	p, err := read.Compile()
	require.NoError(t, err, text)
	set, err := x.Select(context.Background(), p, a, nil)
	require.NoError(t, err, text)
	want := asked(x, p, a)
	have := set.keys()
	if !slices.Equal(want, have) {
		i := 0
		for i < len(want) && i < len(have) && want[i] == have[i] {
			i++
		}
		t.Fatalf("%s %+v: %d rows, by asking each event %d; they differ from row %d: %v, %v", text, a, len(have), len(want), i,
			have[i:min(i+3, len(have))], want[i:min(i+3, len(want))])
	}
}

func asks() []Ask {
	var list []Ask
	for _, l := range lists {
		list = append(list, Ask{List: l, Loc: time.UTC})
	}
	return append(list, Ask{Legacy: true, Loc: time.UTC})
}

// captures are the files that filters are tried on: real ones, and one whose events are repeated to fill more than a
// segment.
func captures(t *testing.T) []string {
	files := []string{scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")}
	long := filepath.Join(t.TempDir(), "long.scap")
	require.NoError(t, os.WriteFile(long, repeated(t, files[0], SegmentSize+5000), 0o600))
	return append(files, long)
}

// repeated returns a capture whose events are repeated until there are n.
func repeated(t testing.TB, file string, n int) []byte {
	b := scapiotest.Bytes(t, file)
	at := scapiotest.Offsets(b)
	var events [][]byte
	for i := range len(at) - 1 {
		if scapio.BlockType(binary.LittleEndian.Uint32(b[at[i]:])).IsEvent() {
			events = append(events, b[at[i]:at[i+1]])
		}
	}
	for i := len(events); i < n; i++ {
		b = append(b, events[i%len(events)]...)
	}
	return b
}

// TestSelectIsAskingEveryEvent is invariant 4 of the architecture.
func TestSelectIsAskingEveryEvent(t *testing.T) {
	var st *stock
	for _, file := range captures(t) {
		x := openFile(t, file)
		if st == nil || x.Progress().Events <= SegmentSize {
			st = takeStock(t, x)
		}
		if x.Progress().Events > SegmentSize { // drawn filters will do, since each is slow
			t.Run("drawn filters over several segments", func(t *testing.T) { drawn(t, x, st.display(), st, map[bool]int{false: 2, true: 1}[testing.Short()]) })
			continue
		}
		t.Run("each field and operator "+x.Name[strings.LastIndexByte(x.Name, '/')+1:], func(t *testing.T) {
			for i, name := range st.exprs {
				if testing.Short() && i%60 != 0 { // the race detector has enough with some of them
					continue
				}
				for j, op := range st.ops[name] {
					for k := range st.values[name] {
						v := st.values[name][(i+j+k)%len(st.values[name])]
						text := cond(name, op, v, st.values[name][0])
						if _, err := filter.Compile(filter.Parse(text)); err != nil {
							continue
						}
						if j%3 == 1 {
							text = "not " + text
						}
						check(t, x, text, filter.Sysdig, asks()[(i+j)%5])
						break
					}
				}
				x.Forget()
			}
		})
		if testing.Short() {
			continue
		}
		t.Run("drawn filters "+x.Name[strings.LastIndexByte(x.Name, '/')+1:], func(t *testing.T) { drawn(t, x, st.display(), st, 3) })
	}
}

// drawn tries drawn filters of both languages.
func drawn(t *testing.T, x *Index, display *display, st *stock, depth int) {
	rapid.Check(t, func(rt *rapid.T) {
		a := rapid.SampledFrom(asks()).Draw(rt, "list")
		if rapid.Bool().Draw(rt, "display") {
			check(rt, x, display.filterText(rt, depth), filter.Wireshark, a)
		} else {
			check(rt, x, st.filterText(rt, depth), filter.Sysdig, a)
		}
		x.Forget()
	})
}

// display is the stock for Wireshark's language.
func (st *stock) display() *display {
	d := &display{}
	add := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		if r := filter.Read(text, filter.Wireshark); r.Valid() {
			d.conds = append(d.conds, text)
		}
	}
	names := map[string][]string{}
	for text, values := range st.values {
		e, err := field.ParseExpr(text)
		if err != nil || len(e.Chain) > 0 {
			continue
		}
		if name, _ := e.Wireshark(); name != "" {
			names[name] = values
		}
	}
	for _, f := range field.WiresharkOnly() {
		names[f.Name] = append([]string{"0", "1", "3", "open", "read", "127.0.0.1"}, st.values["thread.tid"]...)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		add("%s", name)
		for i, v := range names[name][:min(len(names[name]), 2)] {
			w := names[name][(i+1)%len(names[name])]
			for _, op := range []string{"==", "!=", "===", "!==", ">", ">=", "<", "<=", "contains"} {
				add("%s %s %s", name, op, v)
				add("%s %s %q", name, op, v)
			}
			add("%s matches %q", name, regexp.QuoteMeta(v))
			add("%s in {%q, %q}", name, v, w)
			add("%s in {%s .. %s}", name, v, w)
			add("%s not in {%s, %s}", name, v, w)
			add("upper(%s) == %q", name, strings.ToUpper(v))
			add("len(%s) > %d", name, len(v))
			add("%s[0:2] == %q", name, v[:min(len(v), 2)])
			add("any %s == %q", name, v)
			add("all %s != %q", name, v)
		}
	}
	return d
}

type display struct{ conds []string }

func (d *display) filterText(rt *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 9).Draw(rt, "kind")
	if depth == 0 || kind < 3 {
		return rapid.SampledFrom(d.conds).Draw(rt, "cond")
	}
	if kind == 3 {
		return "!(" + d.filterText(rt, depth-1) + ")"
	}
	word := []string{" && ", " || ", " xor "}[kind%3]
	var parts []string
	for range rapid.IntRange(2, 4).Draw(rt, "parts") {
		parts = append(parts, "("+d.filterText(rt, depth-1)+")")
	}
	return strings.Join(parts, word)
}

// TestSelectOnEveryCapture draws a few filters for each of the captures of other people.
func TestSelectOnEveryCapture(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector has enough with the captures here")
	}
	files := scapiotest.Shared(t, "falco_", "libs_", "sf_", "xxradar_", "live_new-mixed", "live_old-drops")
	for i, file := range files {
		if _, err := os.Stat(file); err != nil {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			x, err := Open(t.Context(), file)
			require.NoError(t, err)
			defer x.Close()
			require.NoError(t, x.Wait(t.Context()))
			st := takeStock(t, x)
			texts := rapid.Custom(func(rt *rapid.T) string { return st.filterText(rt, 3) })
			events := int(x.Progress().Events)
			for seed := range max(2, min(20, 400_000/max(events, 1))) {
				check(t, x, texts.Example(seed+100*i), filter.Sysdig, asks()[(seed+i)%5])
			}
			if i%6 == 0 {
				texts := rapid.Custom(func(rt *rapid.T) string { return st.display().filterText(rt, 2) })
				check(t, x, texts.Example(i), filter.Wireshark, asks()[i%5])
			}
		})
	}
}

// TestAConditionOfSeveralFieldsIsAskedRight: what one field takes from the type of the event another does not.
func TestAConditionOfSeveralFieldsIsAskedRight(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
	for _, text := range []string{
		`(container.id) xor (evt.category == "process")`, `(proc.name == "bash") xor (evt.type == "read") xor (fd.name)`,
		`(thread.tid == 1) xor (evt.is_io == 1)`, `(container.cni.json) xor (syscall.type > "poll")`, `proc.name == evt.type || fd.type == evt.category`, `proc.pid == thread.tid`,
	} {
		for _, a := range asks() {
			check(t, x, text, filter.Wireshark, a)
		}
	}
	for _, text := range []string{"fd.type = val(evt.category)", "proc.pid = val(thread.tid)", "proc.name != val(evt.type)", "evt.rawres = val(fd.num)"} {
		check(t, x, text, filter.Sysdig, Ask{})
	}
}
