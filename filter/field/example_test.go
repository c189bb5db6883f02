package field_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

func TestExamplesCanBeUsed(t *testing.T) {
	t.Parallel()
	for _, f := range field.All() {
		r := filter.Read(f.Example(), filter.Sysdig)
		require.True(t, r.Valid(), "%s: %s: %v", f.Name, f.Example(), r.Diags)
		asked := false
		filter.Fields(r.Tree.Root, func(_ filter.Span, e *field.Expr) bool {
			asked = asked || e.F == f
			return true
		})
		require.True(t, asked, "%s does not ask %s", f.Example(), f.Name)
	}
	for _, f := range field.WiresharkOnly() {
		r := filter.Read(f.Example(), filter.Wireshark)
		require.True(t, r.Valid(), "%s: %s: %v", f.Name, f.Example(), r.Diags)
		require.NotEmpty(t, f.Help, f.Name)
	}
}

// libsinsp types these as something else.
func TestTimesAndDurationsAreCalledSo(t *testing.T) {
	t.Parallel()
	for name, word := range map[string]string{
		"proc.pid.ts": "time", "proc.pidns_init_start_ts": "time", "proc.exe_ino.ctime": "time", "proc.duration": "duration",
		"proc.exe_ino.ctime_duration_proc_start": "duration", "proc.exe_ino.ctime_duration_pidns_start": "duration",
	} {
		require.Equal(t, word, field.Lookup(name).TypeName(), name)
	}
}
