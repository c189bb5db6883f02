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
