package file_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/file"
)

const team = `# Filters of the web team.

before any group: evt.num > 3

[Web]
# Calls of nginx that failed.
# Not those that only ask again.
nginx errors:   proc.name==nginx   and evt.failed=true
slow (wireshark): proc.name == "nginx" && evt.latency > 1000000
writes (to logs):
  evt.is_io_write = true
  # only logs
  and fd.name startswith /var/log/
[Empty]
nothing:
`

func TestReadTellsNamesGroupsAndFilters(t *testing.T) {
	f := file.Read(team)
	type entry struct {
		group, name, filter, help string
		lang                      filter.Language
	}
	var got []entry
	for _, e := range f.Entries {
		got = append(got, entry{e.Group, e.Name, e.Filter, e.Help, e.Language})
		require.Len(t, e.Filter, e.FilterAt.End-e.FilterAt.Start)
		require.Equal(t, e.Name, team[e.NameAt.Start:e.NameAt.End])
	}
	require.Equal(t, []entry{
		{"", "before any group", "evt.num > 3", "", filter.Auto},
		{"Web", "nginx errors", "proc.name==nginx   and evt.failed=true", "Calls of nginx that failed.\nNot those that only ask again.", filter.Auto},
		{"Web", "slow", `proc.name == "nginx" && evt.latency > 1000000`, "", filter.Wireshark},
		{"Web", "writes (to logs)", "evt.is_io_write = true\n             \n  and fd.name startswith /var/log/", "", filter.Auto},
		{"Empty", "nothing", "", "", filter.Auto},
	}, got)
	require.Equal(t, []string{"Web", "Empty"}, []string{f.Groups[0].Name, f.Groups[1].Name})
	require.Len(t, f.Faults, 1)
	require.Contains(t, f.Faults[0].Msg, "has no filter")
}

func TestReadTellsWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"  evt.num > 3\n":                     "there is no filter above",
		"no colon\n":                          `a line is "name: filter"`,
		": evt.num > 3":                       `a line is "name: filter"`,
		"[open\n":                             "a heading is a name in brackets",
		"[]\n":                                "a heading is a name in brackets",
		"a: evt.num > 3\na: evt.num > 4\n":    `there is a filter "a" above already`,
		"# only a comment\n\n[Group]\r\n":     "",
		"a: evt.num > 3\n[G]\na: evt.num=4":   "",
		"a: evt.num > 3\n\n   and fd.num=3\n": "",
	} {
		f := file.Read(text)
		if want == "" {
			require.Empty(t, f.Faults, text)
			continue
		}
		require.Len(t, f.Faults, 1, text)
		require.Contains(t, f.Faults[0].Msg, want, text)
	}
}

func TestFormatIsCanonicalAndKeepsComments(t *testing.T) {
	text := "# head\n[G]  \na:   evt.num>3 and   fd.num=1  \n\nlong:  evt.num>3\n   and fd.num=1 or\n fd.num=2\nbad: evt.num >\n"
	want := "# head\n[G]\na: evt.num > 3 and fd.num = 1\n\nlong:\n    evt.num > 3 and fd.num = 1\n    or fd.num = 2\nbad: evt.num >\n"
	require.Equal(t, want, file.Format(text))
	require.Equal(t, want, file.Format(want))
	again := file.Format(team)
	require.Contains(t, again, "# only logs")
	require.Equal(t, again, file.Format(again))
}

func FuzzRead(f *testing.F) {
	f.Add(team)
	f.Add("a (sysdig): x\n\t#\n [b")
	f.Add("a: c.name == \"nginx\" && evt.latency > 10000")
	f.Fuzz(func(t *testing.T, text string) {
		r := file.Read(text)
		for _, e := range r.Entries {
			require.Len(t, e.Filter, e.FilterAt.End-e.FilterAt.Start)
			require.True(t, e.At.Start <= e.NameAt.Start && e.NameAt.End <= e.At.End && e.At.End <= len(text))
		}
		for _, d := range r.Faults {
			require.True(t, d.Span.Start >= 0 && d.Span.Start <= d.Span.End && d.Span.End <= len(text))
		}
		once := file.Format(text)
		require.Equal(t, once, file.Format(once))
		require.Len(t, file.Read(once).Entries, len(r.Entries))
	})
}
