package profile

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/store"
)

func names(list []Resolved) (out []string) {
	for _, r := range list {
		out = append(out, r.Name)
	}
	return out
}

func told(problems []Problem) (out []string) {
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s %s: %s", p.Origin, p.Profile, p.Place, p.Text))
	}
	return out
}

func find(t *testing.T, list []Resolved, name string) Resolved {
	t.Helper()
	for _, r := range list {
		if r.Name == name {
			return r
		}
	}
	require.Fail(t, "no profile "+name)
	return Resolved{}
}

func TestTheNearestOfOneNameCounts(t *testing.T) {
	list, problems := Merge([]Source{
		{FromWorkspace, `[{"name": "Web", "time": "r"}, {"name": "Files", "time": "d"}]`},
		{FromUser, `[{"name": "Mine"}, {"name": "Web", "time": "a"}]`},
	})
	require.Empty(t, problems)
	require.Equal(t, []string{"Default", "Files", "Network", "Processes", "Containers", "Security", "Mine", "Web"}, names(list))
	web, files := find(t, list, "Web"), find(t, list, "Files")
	require.Equal(t, "r", web.Time)
	require.Equal(t, FromWorkspace, web.Origin)
	require.Equal(t, FromUser, web.Hides)
	require.Equal(t, FromShipped, files.Hides)
	require.Nil(t, files.Columns, "nothing is taken from a profile that is hidden, unless it is the base")
}

func TestABaseGivesWhatAProfileLeavesOut(t *testing.T) {
	list, problems := Merge([]Source{{FromUser, `[
		{"name": "Containers", "base": "Containers", "when": "container.id != host"},
		{"name": "Mine", "base": "Containers", "time": "r", "internal": true, "buttons": []}
	]`}})
	require.Empty(t, problems)
	mine, shipped := find(t, list, "Mine"), containers()
	require.Equal(t, shipped.Columns, mine.Columns)
	require.Empty(t, mine.Buttons)
	require.NotNil(t, mine.Buttons, "an empty list is no buttons, and not those of the base")
	require.Equal(t, "r", mine.Time)
	require.True(t, *mine.Internal)
	require.Empty(t, mine.When, "by what a profile is taken is not inherited")
	c := find(t, list, "Containers")
	require.Equal(t, shipped.Buttons, c.Buttons)
	require.Equal(t, "container.id != host", c.When)
	require.Nil(t, c.Own.Columns)
}

func TestBasesThatAreNotThere(t *testing.T) {
	list, problems := Merge([]Source{{FromUser, `[{"name": "A", "base": "B"}, {"name": "B", "base": "A"}, {"name": "C", "base": "D"}, {"name": "E", "base": "E"}]`}})
	require.Equal(t, []string{
		`user A base: profile "A" takes the rest from itself in the end`,
		`user B base: profile "B" takes the rest from itself in the end`,
		`user C base: there is no profile "D" to take the rest from`,
		`user E base: there is no profile "E" to take the rest from`,
	}, told(problems))
	require.Equal(t, 1, find(t, list, "C").Problems)
}

func TestFaultsAreToldWithTheirPlaceAndTheRestIsUsed(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
		used       []string
	}{
		{"no JSON", "[\n  {\"name\": \"A\",}\n]", []string{`workspace  line 2, column 16: invalid character '}' looking for beginning of object key string`}, nil},
		{"cut off", `[{"name": "A"`, []string{"workspace  line 1, column 13: the text ends too early"}, nil},
		{"two lists", `[] []`, []string{"workspace  line 1, column 5: something follows the end of the list"}, nil},
		{"no list", `7`, []string{"workspace  : this is a number; a list is wanted"}, nil},
		{"an object without profiles", `{"a": []}`, []string{`workspace  : there is no member "profiles"`}, nil},
		{"no name", `[{"time": "h"}, {"name": "B"}, 3]`, []string{
			"workspace  [0]: a profile needs a name; this one is left out", "workspace  [2]: this is a number; an object is wanted",
		}, []string{"B"}},
		{"the same name twice", `{"profiles": [{"name": "B"}, {"name": "B"}]}`, []string{
			`workspace B profiles[1]: there is another profile "B" in the same place; this one is left out`,
		}, []string{"B"}},
		{"unknown members and values", `[{"name": "B", "colums": [], "time": "x", "view": 3, "internal": "no", "views": {"side": "left"}}]`, []string{
			`workspace B [0].time: "x" is none of h, a, r, d, D, e, n, R`, "workspace B [0].view: this is a number; a text is wanted",
			"workspace B [0].internal: this is a text; true or false is wanted",
			`workspace B [0].views.side: "left" is none of processes, fds, users, containers, interfaces, info, explain`,
		}, []string{"B"}},
		{"columns", `[{"name": "B", "columns": ["proc.nme", {"field": "evt.type", "width": -1}, {"field": "evt.type"}, {"title": "x"}, "fd.ip", 4]}]`, []string{
			`workspace B [0].columns[0]: field "proc.nme": unknown field; did you mean proc.name, proc.exe, proc.env?`, "workspace B [0].columns[1].width: a whole number from 0 to 500 is wanted",
			"workspace B [0].columns[2].field: there is a column evt.type already", "workspace B [0].columns[3].field: a column needs a field",
			"workspace B [0].columns[4]: field fd.ip is for filters only", "workspace B [0].columns[5]: this is a number; an object is wanted",
		}, []string{"B"}},
		{"filters", `[{"name": "B", "when": "proc.name =", "buttons": [{"name": "G", "buttons": [{"label": "a", "filter": "proc.nam = x"}, {"filter": "evt.type = open"}, {"label": "c"}]}]}]`, nil, []string{"B"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, problems := Merge([]Source{{FromWorkspace, c.text}})
			var mine []string
			for _, n := range names(list) {
				if find(t, list, n).Origin == FromWorkspace {
					mine = append(mine, n)
				}
			}
			require.Equal(t, c.used, mine)
			got := told(problems)
			switch c.name {
			case "columns": // which names are near is said elsewhere
				require.Contains(t, got[0], `workspace B [0].columns[0]: field "proc.nme": unknown field; did you mean proc.name`)
				require.Equal(t, c.want[1:], got[1:])
			case "filters":
				require.Len(t, got, 4)
				for i, want := range []string{"[0].buttons[0].buttons[0].filter: the filter cannot be used", "[0].buttons[0].buttons[1]: a button needs a label", "[0].buttons[0].buttons[2]: a button needs a filter", "[0].when: the filter cannot be used"} {
					require.Contains(t, got[i], want)
				}
			case "unknown members and values":
				require.Equal(t, `workspace B [0].colums: there is no member "colums"; there are name, description, base, columns, colors, buttons, time, view, internal, views, when, whenLanguage`, got[0])
				require.Equal(t, c.want, got[1:])
			default:
				require.Equal(t, c.want, got)
			}
		})
	}
}

func TestATextThatIsTooLongIsNotRead(t *testing.T) {
	_, problems := Read(Source{FromUser, "[" + strings.Repeat(" ", maxText) + "]"})
	require.Len(t, problems, 1)
	_, problems = Read(Source{FromUser, strings.Repeat("[", 100_000)})
	require.Len(t, problems, 1)
}

func FuzzRead(f *testing.F) {
	f.Add(`[{"name": "A", "columns": ["evt.num", {"field": "proc.name", "width": 3}], "buttons": [{"name": "g", "buttons": [{"label": "l", "filter": "evt.type=open"}]}], "when": "a"}]`)
	f.Add(`{"profiles": [{"name": "A", "base": "A", "views": {"panes": "below"}, "colors": [{"filter": "evt.failed=true"}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, problems := Merge([]Source{{FromUser, text}, {FromWorkspace, text}})
		for _, r := range list {
			require.NotEmpty(t, r.Name)
			for _, c := range r.Columns {
				require.NoError(t, checkColumn(c.Field))
			}
		}
		for _, p := range problems {
			require.NotEmpty(t, p.Text)
		}
	})
}

// filters calls f for each filter of a profile.
func filters(p Profile, f func(what, text, lang string)) {
	for _, g := range p.Buttons {
		for _, b := range g.Buttons {
			f(p.Name+" › "+g.Name+" › "+b.Label, b.Filter, b.Language)
		}
	}
	for _, c := range p.Colors {
		f(p.Name+" › colour "+c.Name, c.Filter, c.Language)
	}
	if p.When != "" {
		f(p.Name+" › when", p.When, p.WhenLanguage)
	}
}

func TestShippedProfilesAreRight(t *testing.T) {
	list, problems := Merge(nil)
	require.Empty(t, problems)
	require.Equal(t, []string{"Default", "Files", "Network", "Processes", "Containers", "Security"}, names(list))
	for _, r := range list {
		require.NotEmpty(t, r.Description, r.Name)
		require.Contains(t, append(SideViews, ""), r.Views.Side)
		require.Contains(t, append(AnalysisViews, ""), r.Views.Analysis)
		for _, c := range r.Colors {
			require.NoError(t, store.CheckColor(c.Foreground), r.Name)
			require.NoError(t, store.CheckColor(c.Background), r.Name)
			require.NotEmpty(t, c.Foreground+c.Background, "%s: %s", r.Name, c.Name)
		}
		fields := map[string]bool{}
		for _, c := range r.Columns {
			require.NoError(t, checkColumn(c.Field), r.Name)
			require.False(t, fields[c.Field], "%s has %s twice", r.Name, c.Field)
			fields[c.Field] = true
		}
		labels := map[string]bool{}
		filters(r.Profile, func(what, text, lang string) {
			require.False(t, labels[what], "%s is there twice", what)
			labels[what] = true
			reading := filter.Read(text, languages[lang])
			for _, d := range reading.Diags { // that a field is deprecated is a hint: nothing took its place
				require.Greater(t, d.Severity, filter.Warning, "%s: %s", what, d.Msg)
			}
		})
	}
}

// TestShippedProfilesChooseSomething opens real captures: each button matches an event somewhere, and each column has a
// value for one.
func TestShippedProfilesChooseSomething(t *testing.T) {
	paths := append(scapiotest.Shared(t, "xxradar", "sf_", "falco_", "libs_", "live_old-filter-net", "live_new-rotate"),
		scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap"), pod(t))
	programs, columns := map[string]*filter.Program{}, map[string]field.Expr{}
	for _, p := range Shipped() {
		filters(p, func(what, text, lang string) {
			reading := filter.Read(text, languages[lang])
			program, err := reading.Compile()
			require.NoError(t, err, what)
			programs[what] = program
		})
		for _, c := range p.Columns {
			ref, err := field.ParseExpr(c.Field)
			require.NoError(t, err)
			columns[c.Field] = ref
		}
	}
	for _, path := range paths {
		if strings.Contains(path, "empty") {
			continue
		}
		look(t, path, programs, columns)
	}
	var left []string
	for what := range programs {
		left = append(left, what)
	}
	for name := range columns {
		left = append(left, "column "+name)
	}
	require.ElementsMatch(t, elsewhere, left, "these find nothing in any capture")
}

// elsewhere are those that no capture of ours has an event for. A test of cmd/scapls records a workload that has.
var elsewhere = []string{
	"Network › Data › Large", "Security › Files › Keys, tokens", "Security › Files › Set-uid bits", "Security › Commands › From /tmp",
	"Security › Commands › Package tools",
}

// pod is a capture of a privileged container of a pod that starts a program which is not of its image: no capture of
// ours has one.
func pod(t *testing.T) string {
	const id = "0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"
	return scapiotest.File(t, scapiotest.Capture(t, func(w *scapio.Writer) {
		threads := scapiotest.Threads()
		for i := range threads {
			threads[i].Cgroups = "cpuset=/docker/" + id + "\x00memory=/docker/" + id + "\x00"
		}
		require.NoError(t, w.Section())
		require.NoError(t, w.Threads(threads))
		require.NoError(t, w.Event(0, 0, 1_700_000_000_000_000_000, -1, evtable.ContainerJson2E, []byte(`{"container":{"id":"0123456789ab","full_id":"`+id+
			`","type":0,"name":"web","image":"nginx:1","privileged":true,"labels":{"io.kubernetes.pod.name":"pod-1"}}}`+"\x00")))
		require.NoError(t, w.Event(0, 0, 1_700_000_000_000_000_001, 100, evtable.SyscallExecve19E, []byte("/tmp/new\x00")))
	}))
}

// look takes out of both maps what finds something in a capture.
func look(t *testing.T, path string, programs map[string]*filter.Program, columns map[string]field.Expr) {
	t.Helper()
	x, err := index.Open(t.Context(), path)
	require.NoError(t, err, filepath.Base(path))
	defer x.Close()
	require.NoError(t, x.Wait(t.Context()))
	snap := x.Acquire()
	defer snap.Release()
	var cur index.Cursor
	var c field.Ctx
	list := index.List{Calls: true}
	for key := snap.Next(list, 1); key != 0 && len(programs)+len(columns) > 0; key = snap.Next(list, key+1) {
		require.NoError(t, snap.Fill(key, true, &cur, &c))
		for what, p := range programs {
			if p.Match(&c) {
				delete(programs, what)
			}
		}
		for name, ref := range columns {
			if b, ok := ref.Append(nil, &c); ok && len(b) > 0 {
				delete(columns, name)
			}
		}
	}
}
