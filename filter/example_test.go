package filter_test

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// unmatched are the fields whose example matches no event of the captures at hand, by name or the beginning of names, and
// why that is.
var unmatched = map[string]string{
	"k8s.":                      "no capture was made beside Kubernetes",
	"container.cni.json":        "as k8s.",
	"container.liveness_probe":  "as k8s.",
	"container.readiness_probe": "as k8s.",
	"container.healthcheck":     "no container has one",
	"container.host_ipc":        "no container shares it with the host",
	"container.host_network":    "no container shares it with the host",
	"container.host_pid":        "no container shares it with the host",
	"evt.around":                "names a moment",
	"evt.hostname":              "names a machine",
	"evt.asynctype":             "no capture was made with plugins",
	"evt.is_async":              "no capture was made with plugins",
	"falco":                     "no capture was made with plugins",
	"falcoevents.id":            "no capture was made with plugins",
	"falcoevents":               "no capture was made with plugins",
	"evt.infra.docker.name":     "tools no longer write such events",
	"evt.is_open_exec":          "no file is made that can be executed",
	"evt.marked":                "nobody noted anything",
	"evt.reference":             "nobody noted anything",
	"evt.comment":               "nobody noted anything slow",
	"fd.is_upper_layer":         "no file is in the upper layer of an overlay",
	"proc.is_exe_upper_layer":   "no executable is in the upper layer of an overlay",
	"proc.is_exe_from_memfd":    "no executable is in memory alone",
	"user.loginname":            "nobody logged in by that name",
}

// An example of a field that captures answer matches something.
func TestExamplesMatchEvents(t *testing.T) {
	files := scapiotest.Shared(t)
	left := map[string]*filter.Program{}
	add := func(f *field.Field, lang filter.Language) {
		r := filter.Read(f.Example(), lang)
		p, err := r.Compile()
		require.NoError(t, err, f.Example())
		left[f.Name] = p
	}
	for _, f := range field.All() {
		if f.Unavailable() == "" && !excused(f.Name) {
			add(f, filter.Sysdig)
		}
	}
	for _, f := range field.WiresharkOnly() {
		if !strings.HasPrefix(f.Name, "sysdig.param.") && !excused(f.Name) {
			add(f, filter.Wireshark)
		}
	}
	for _, file := range files {
		if len(left) > 0 && !strings.Contains(filepath.Base(file), ".scap0") {
			tryExamples(t, file, left)
		}
	}
	require.Empty(t, slices.Sorted(maps.Keys(left)), "examples that match nothing")
}

func excused(name string) bool {
	for prefix := range unmatched {
		if name == prefix || strings.HasSuffix(prefix, ".") && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// tryExamples takes away the programs that match an event of a capture.
func tryExamples(t *testing.T, file string, left map[string]*filter.Program) {
	t.Helper()
	x, err := index.Open(t.Context(), file)
	require.NoError(t, err)
	defer x.Close()
	require.NoError(t, x.Wait(t.Context()))
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	c.Style.Loc = time.UTC
	before, n := uint32(0), 0
	list := index.List{Calls: true, Internal: true}
	for k := s.Next(list, 1); k != 0 && n < 20_000; k = s.Next(list, k+1) {
		if n++; s.Fill(k, true, &cur, &c) != nil {
			continue
		}
		if c.PrevTS = 0; before != 0 {
			c.PrevTS = s.Facts(before).TS
		}
		before = k
		for name, p := range left {
			if p.Match(&c) {
				delete(left, name)
			}
		}
	}
}
