package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/capture/remote"
)

// told returns what is said of a capture while it runs, and when it has ended.
func told(t *testing.T, form string, s remote.Status) string {
	t.Helper()
	var said bytes.Buffer
	o := &remoteOut{std: stdio{err: &said}, target: remote.Target{Host: "web1"}, form: form, file: "x.scap"}
	s.State, s.Sizes.Written = remote.StateCapturing, 1
	o.tell(s)
	require.Equal(t, exitOK, o.ended("capture", s, nil))
	return said.String()
}

func TestDropsThatNobodyCountsAreNotTold(t *testing.T) {
	for _, c := range []struct {
		name   string
		s      remote.Status
		text   string
		fields map[string]any
	}{
		{"sysdig counts none", remote.Status{Agent: "sysdig"}, "drops not known", map[string]any{}},
		{"none", remote.Status{Agent: "uploaded"}, "no drops", map[string]any{"drops": 0.0}},
		{"some", remote.Status{Agent: "kept", Drops: 7, Reasons: map[string]uint64{"ring buffer full": 7}}, "7 dropped (ring buffer full: 7)", map[string]any{
			"drops": 7.0, "drop_reasons": map[string]any{"ring buffer full": 7.0},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := told(t, "text", c.s)
			require.Equal(t, 2, bytes.Count([]byte(text), []byte(c.text)), text)
			var line map[string]any
			require.NoError(t, json.Unmarshal([]byte(told(t, "json", c.s)), &line))
			got := map[string]any{}
			for _, k := range []string{"drops", "drop_reasons"} {
				if v, ok := line[k]; ok {
					got[k] = v
				}
			}
			require.Equal(t, c.fields, got)
		})
	}
}

func TestFiltersForSysdig(t *testing.T) {
	for in, want := range map[string]string{
		"proc.name=cat and evt.type=openat":           "proc.name = cat and evt.type = openat",
		`proc.name == "cat" && !(evt.type == "read")`: "proc.name = cat and not evt.type = read",
	} {
		got, err := sysdigFilter(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got)
	}
	_, err := sysdigFilter("abs(evt.num) == 5")
	require.ErrorContains(t, err, "sysdig has no function like abs")

	f, code := parseRemoteCapture([]string{"--remote", "web1", "-w", "x", "--link", "gzip", "proc.name=cat"}, stdio{})
	require.Equal(t, -1, code)
	require.True(t, f.o.MustPack)
	require.NotNil(t, f.o.ForSysdig)
	f, _ = parseRemoteCapture([]string{"--remote", "web1", "-w", "x"}, stdio{})
	require.False(t, f.o.MustPack, "zstd is only what is best")
}
