package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckTellsWhatIsWrongAndTranslates(t *testing.T) {
	for _, c := range []struct {
		args      []string
		code      int
		out, errs string
	}{
		{[]string{"proc.name==bash"}, exitOK, "proc.name = bash\n", ""},
		{[]string{"--to", "wireshark", "proc.name=bash and fd.num in (1,2)"}, exitOK, "proc.name == \"bash\" and fd.num in {1, 2}\n", ""},
		{[]string{"proc.name", "=", "bash", "--to=falco"}, exitOK, "proc.name = bash\n", ""},
		{[]string{`evt.category in {"net"} && sysdig.thread_id == 5`, "--to", "falco"}, exitOK, "evt.category in (net) and thread.tid = 5\n", ""},
		{[]string{"proc.ppid=1", "--to", "stratoshark"}, exitFilter, "", `scapls check: this filter has no counterpart for Wireshark:
  proc.ppid=1
  ^^^^^^^^^
  error: Stratoshark has no field proc.ppid
`},
		{[]string{"evt.is_io && fd.num == 3"}, exitOK, "evt.is_io and fd.num == 3\n", `  evt.is_io && fd.num == 3
  ^^^^^^^^^
  warning: evt.is_io alone asks whether an event has the field, be it true or false
  fix: write evt.is_io == 1
`},
		{
			[]string{"fd.name != bash"},
			exitOK, "fd.name != bash\n",
			"  note: read as a filter of sysdig and Falco; in Wireshark's language an event whose fd.name is empty has no fd.name, and does not match (--lang wireshark)\n",
		},
		{[]string{"--lang", "wireshark", "fd.name != bash"}, exitOK, "fd.name != bash\n", ""},
		{[]string{"fd.num ="}, exitFilter, "", `scapls check: this filter cannot be used (read as a filter of sysdig and Falco):
  fd.num =
          ^
  error: a value is missing here
`},
		{[]string{"fd.num=3", "--to", "french"}, exitUsage, "", "scapls check: there are two languages, falco and wireshark\n"},
		{[]string{" "}, exitUsage, "", "scapls check: give a filter\n"},
	} {
		code, out, errs := cli(t, append([]string{"check"}, c.args...)...)
		require.Equal(t, []any{c.code, c.out, c.errs}, []any{code, out, errs}, c.args)
	}
}

func TestReadTakesBothLanguages(t *testing.T) {
	utc(t)
	falco := ok(t, "read", "--calls", sysmix, "proc.name = sysmix and evt.type in (open, openat) and evt.failed = false")
	require.NotEmpty(t, falco)
	require.Equal(t, falco, ok(t, "read", "--calls", sysmix, `proc.name == "sysmix" && evt.type in {"open", "openat"} && evt.failed == 0`))
	require.Equal(t, falco, ok(t, "read", "--calls", "--lang", "falco", sysmix, "proc.name = sysmix and evt.type in (open, openat) and evt.failed = false"))
	code, out, errs := cli(t, "read", "--lang", "wireshark", sysmix, "proc.name = sysmix")
	require.Equal(t, []any{exitFilter, ""}, []any{code, out})
	require.Contains(t, errs, `"=" is written "==" here`)
	code, _, _ = cli(t, "read", "--lang", "latin", sysmix, "proc.name = sysmix")
	require.Equal(t, exitUsage, code)
}

func TestFieldsListsTheCatalogue(t *testing.T) {
	all := ok(t, "fields")
	require.Greater(t, len(all), 300)
	require.True(t, strings.HasPrefix(all[0], "evt.num "), all[0])
	class := ok(t, "fields", "k8s.", "fd.cip.v4")
	require.Greater(t, len(class), 10)
	require.Equal(t, []string{
		"proc.aname", "  what         comm of the N-th ancestor", "  type         text", "  argument     [level] (may be left out)",
		"  example      proc.aname[2] = sshd", "  Stratoshark  proc.aname.1", "",
		"sysdig.thread_id", "  what         number of the thread", "  type         number", "  example      sysdig.thread_id == 1",
		"  Stratoshark  sysdig.thread_id",
	}, ok(t, "fields", "proc.aname[3]", "sysdig.thread_id"))
	code, out, errs := cli(t, "fields", "proc.nam")
	require.Equal(t, []any{exitUsage, "", "scapls fields: there is no field \"proc.nam\"; did you mean proc.name, proc.pname, proc.aname?\n"}, []any{code, out, errs})
	code, _, _ = cli(t, "fields", "-o", "xml")
	require.Equal(t, exitUsage, code)
}

func TestFieldsAreJSONByTheLine(t *testing.T) {
	seen := map[string]bool{}
	for _, line := range ok(t, "fields", "-o", "json") {
		var f fieldEntry
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		require.NotEmpty(t, f.Name)
		require.NotEmpty(t, f.Help, f.Name)
		require.NotEmpty(t, f.Example, f.Name)
		require.NotEqual(t, "value", f.Type+f.Name)
		require.False(t, seen[f.Name], f.Name)
		seen[f.Name] = true
	}
	require.True(t, seen["container.name"] && seen["evt.latency"] && seen["frame.number"])
}
