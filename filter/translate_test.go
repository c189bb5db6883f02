package filter_test

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// displayFilters are filters of Wireshark's language.
func displayFilters(t testing.TB) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata, "display.txt"))
	require.NoError(t, err)
	defer f.Close()
	var list []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' && line[0] != ' ' {
			list = append(list, line)
		}
	}
	return list
}

// matches asks programs of every event of a capture.
func matches(t *testing.T, name string, programs []*filter.Program, calls bool) [][]uint32 {
	t.Helper()
	x, _ := capture(t, name)
	s := x.Acquire()
	defer s.Release()
	got := make([][]uint32, len(programs))
	var cur index.Cursor
	var c field.Ctx
	c.Style.Loc = time.UTC
	list, before := index.List{Calls: calls, Internal: true}, uint32(0)
	for k := s.Next(list, 1); k != 0; k = s.Next(list, k+1) {
		require.NoError(t, s.Fill(k, calls, &cur, &c))
		if c.PrevTS = 0; before != 0 {
			c.PrevTS = s.Facts(before).TS
		}
		before = k
		if calls && c.Ev.Enter() { // calls that never returned: the tools leave them out
			continue
		}
		for i, p := range programs {
			if p.Match(&c) {
				got[i] = append(got[i], k)
			}
		}
	}
	return got
}

// A translation selects the same events. Where there is none a problem says what of.
func TestTranslationsMeanTheSame(t *testing.T) {
	for _, dir := range []struct {
		from, to filter.Language
		texts    []string
		least    int
	}{
		{filter.Sysdig, filter.Wireshark, oracleFilters(t), 200},
		{filter.Wireshark, filter.Sysdig, displayFilters(t), 100},
		{filter.Sysdig, filter.Sysdig, oracleFilters(t), 300},
	} {
		t.Run(dir.from.String()+" to "+dir.to.String(), func(t *testing.T) {
			var texts []string
			var programs []*filter.Program
			for _, text := range dir.texts {
				r := filter.Read(text, dir.from)
				if !r.Valid() {
					continue
				}
				out, problems := filter.Translate(r.Tree, dir.to)
				if len(problems) > 0 {
					require.Empty(t, out)
					for _, d := range problems {
						require.True(t, 0 <= d.Span.Start && d.Span.Start < d.Span.End && d.Span.End <= len(text), "%q: %+v", text, d)
						require.NotEmpty(t, d.Msg)
					}
					continue
				}
				again := filter.Read(out, dir.to)
				require.True(t, again.Valid(), "%q became %q: %v", text, out, again.Diags)
				require.Equal(t, out, filter.Format(again.Tree), "the translation of %q is canonical", text)
				back, problems := filter.Translate(again.Tree, dir.to)
				require.Empty(t, problems, "the tools take %q", out)
				require.Equal(t, out, back)
				a, err := r.Compile()
				require.NoError(t, err)
				b, err := again.Compile()
				require.NoError(t, err)
				texts = append(texts, text+"\n"+out)
				programs = append(programs, a, b)
			}
			require.Greater(t, len(texts), dir.least)
			for _, name := range []string{"live_new-sysmix", "live_old-sysmix"} {
				got := matches(t, name, programs, true)
				some := 0
				for i, text := range texts {
					if !slices.Equal(got[2*i], got[2*i+1]) {
						t.Errorf("%s: %s: %d and %d", name, text, len(got[2*i]), len(got[2*i+1]))
					}
					if len(got[2*i]) > 0 {
						some++
					}
				}
				require.Greater(t, some, dir.least/2)
			}
		})
	}
}

func TestTranslationsReadWell(t *testing.T) {
	for _, c := range []struct {
		to       filter.Language
		from, as string
	}{
		{filter.Wireshark, "proc.name = bash and evt.type in (open, openat)", `proc.name == "bash" and evt.type in {"open", "openat"}`},
		{filter.Wireshark, "fd.name startswith /etc or not fd.num = 3", `fd.name[0:4] == "/etc" or not fd.num == 3`},
		{filter.Wireshark, "fd.name != /dev/null", `fd.num and not fd.name == "/dev/null"`},
		{filter.Wireshark, "fd.net = 10.0.0.0/8", "fd.cip.v4 == 10.0.0.0/8 or fd.sip.v4 == 10.0.0.0/8"},
		{filter.Wireshark, "fd.port = http", "fd.cport == 80 or fd.sport == 80"},
		{filter.Wireshark, "evt.failed = true", "evt.failed == 1"},
		{filter.Wireshark, "fd.name icontains ETC", `lower(fd.name) contains "etc"`},
		{filter.Wireshark, "fd.name glob /etc/*.conf", `fd.name matches "(?-i)(?s)\\A/etc/.*\\.conf\\z"`},
		{filter.Wireshark, "evt.arg[1] = x", `evt.arg.1 == "x"`},
		{filter.Wireshark, "proc.apid[2] = 1", "proc.apid.2 == 1"},
		{
			filter.Sysdig, `sysdig.thread_id == 145515 and evt.category in {"net", "file"} and not sysdig.event_name=="ioctl"`,
			"thread.tid = 145515 and evt.category in (net, file) and not evt.type = ioctl",
		},
		{
			filter.Sysdig, `(sysdig.thread_id in {145515,145516} and evt.category in {"file"}) && evt.is_io==1`,
			"thread.tid in (145515, 145516) and evt.category in (file) and evt.is_io = true",
		},
		{filter.Sysdig, `fd.name matches "passwd"`, "fd.name icontains passwd"},
		{filter.Sysdig, `fd.name`, `fd.name != ""`},
		{filter.Sysdig, `1 < fd.num < 4`, "fd.num > 1 and fd.num < 4"},
		{filter.Sysdig, `fd.num in {1..3, 7}`, "fd.num in (7) or (fd.num >= 1 and fd.num <= 3)"},
		{filter.Sysdig, `fd.cip.v4 == 10.0.0.0/8`, "fd.cnet = 10.0.0.0/8"},
		{filter.Sysdig, `evt xor fd.num == 3`, "(evt.num exists and not fd.num = 3) or (not evt.num exists and fd.num = 3)"},
	} {
		r := filter.Read(c.from, filter.Auto)
		out, problems := filter.Translate(r.Tree, c.to)
		require.Empty(t, problems, c.from)
		require.Equal(t, c.as, out)
	}
}

// sysdig 0.41 fails on these as they are, or never finds a value in the list.
func TestWhatSysdigCannotLookUpInListsIsAskedOneByOne(t *testing.T) {
	for text, want := range map[string]string{
		"fd.ip intersects (127.0.0.1)":                              "fd.ip = 127.0.0.1",
		"fd.ip in (127.0.0.1, ::1)":                                 "fd.ip = 127.0.0.1 or fd.ip = ::1",
		"fd.num=3 and (fd.net intersects (10.0.0.0/8,127.0.0.0/8))": "fd.num = 3 and (fd.net = 10.0.0.0/8 or fd.net = 127.0.0.0/8)",
		"proc.pid in (1, 2) or proc.apid in (1, 2)":                 "proc.pid in (1, 2) or (proc.apid = 1 or proc.apid = 2)",
		"not evt.rawarg.res in (0, 3) and evt.rawarg.data exists":   "not (evt.rawarg.res = 0 or evt.rawarg.res = 3) and evt.rawarg.data exists",
		"proc.apid[2] in (1, 2) and fd.net in (10.0.0.0/8)":         "proc.apid[2] in (1, 2) and fd.net in (10.0.0.0/8)",
		"fd.ip in ()": "fd.ip in ()",
		"any proc.apid in {1, 2} and fd.num == 3": "(proc.apid = 1 or proc.apid = 2) and fd.num = 3",
	} {
		out, problems := filter.Translate(filter.Read(text, filter.Auto).Tree, filter.Sysdig)
		require.Empty(t, problems, text)
		require.Equal(t, want, out)
	}
}

func TestPartsWithoutCounterpartAreNamed(t *testing.T) {
	for _, c := range []struct {
		to             filter.Language
		text, at, says string
	}{
		{filter.Wireshark, "proc.name = a and proc.ppid = 3", "proc.ppid", "Stratoshark has no field proc.ppid"},
		{filter.Wireshark, "evt.arg.flags contains O_RDONLY", "evt.arg.flags", "by number"},
		{filter.Wireshark, "evt.buffer contains GET", "evt.buffer", "as the text"},
		{filter.Wireshark, "proc.aname[2] = bash", "proc.aname[2]", "never gives it a value"},
		{filter.Wireshark, "fs.path.name exists", "fs.path.name exists", "may be empty"},
		{filter.Wireshark, "evt.latency > 5", "evt.latency", "no field"},
		{filter.Sysdig, "fd.num + 1 == 3", "fd.num + 1", "nothing like"},
		{filter.Sysdig, `fd.name and fd.name[1:2] == "et"`, "fd.name[1:2] ==", "start or the end"},
		{filter.Sysdig, `sysdig.nparams == 3`, "sysdig.nparams", "no field"},
		{filter.Sysdig, `fd and proc.name > "b"`, ">", "orders numbers only"},
		{filter.Sysdig, `fd.name matches r"\betc"`, `r"\betc"`, "word boundaries"},
		{filter.Sysdig, `"nosuch" == evt.type`, `"nosuch"`, "refuses"},
		{filter.Sysdig, "evt.time > '10:00'", "'10:00'", "bare numbers"},
		{filter.Wireshark, "proc.ppid == 1 && fd", "proc.ppid", "no field"},
		{filter.Sysdig, "proc.name = a and", "", "missing"},
		{filter.Sysdig, `proc.name = a and fd.name = "\xff"`, `"\xff"`, `no way to write "\xff"`},
		{filter.Sysdig, `fd.name in (a, "\x07")`, `"\x07"`, `no way to write "\x07"`},
		{filter.Sysdig, `fd && fd.name[0:1] == "\a"`, `"\a"`, `no way to write "\x07"`},
		{filter.Sysdig, "fd.num = 3 or fd.net = ::/0", "::/0", "length 0"},
		{filter.Sysdig, "fd && fd.cip.v6 == ::/0", "::/0", "length 0"},
		{filter.Sysdig, "proc.name = a and evt.rawarg.data contains ELF", "evt.rawarg.data", "holds bytes"},
		{filter.Sysdig, "evt.rawarg.data bcontains 7f", "evt.rawarg.data", "holds bytes"},
	} {
		r := filter.Read(c.text, filter.Auto)
		out, problems := filter.Translate(r.Tree, c.to)
		require.Empty(t, out, c.text)
		require.NotEmpty(t, problems, c.text)
		d := problems[0]
		require.Equal(t, c.at, c.text[d.Span.Start:d.Span.End], "%s: %s", c.text, d.Msg)
		require.Contains(t, d.Msg, c.says, c.text)
	}
}

// expected/display.txt holds what Stratoshark selects of a capture: see cmd/internal/filteroracle.
func TestFiltersSelectWhatStratosharkSelects(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(testdata, "expected", "display.txt"))
	require.NoError(t, err)
	asked := displayFilters(t)
	var texts, want []string
	var programs []*filter.Program
	seen := 0
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		sum, text, ok := strings.Cut(line, "\t")
		if !ok {
			continue
		}
		require.Equal(t, asked[seen], text, "display.txt has changed: run make filter-oracle ARGS='-peer strato -record'")
		seen++
		r := filter.Read(text, filter.Wireshark)
		p, err := r.Compile()
		require.Equal(t, sum == "refused", err != nil, "%s: %v", text, err)
		if err == nil {
			texts, want, programs = append(texts, text), append(want, sum), append(programs, p)
		}
	}
	require.Len(t, asked, seen)
	all := filter.Read(`process && evt.type != "procinfo"`, filter.Wireshark) // what Stratoshark shows
	shown, err := all.Compile()
	require.NoError(t, err)
	got := matches(t, "live_new-sysmix", append(programs, shown), false)
	show := map[uint32]bool{}
	for _, n := range got[len(programs)] {
		show[n] = true
	}
	for i, text := range texts {
		var lines []string
		for _, n := range got[i] {
			if show[n] {
				lines = append(lines, strconv.FormatUint(uint64(n), 10))
			}
		}
		slices.Sort(lines)
		h := fnv.New64a()
		for _, l := range lines {
			fmt.Fprintln(h, l)
		}
		require.Equal(t, want[i], fmt.Sprintf("%d %016x", len(lines), h.Sum64()), text)
	}
}
