package field

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryFieldIsExtractedOrExcused(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range All() {
		require.False(t, seen[f.Name], "%s is there twice", f.Name)
		seen[f.Name] = true
		answered := f.x.value != nil || f.x.text != nil
		excused := f.Unavailable() != ""
		require.NotEqual(t, answered, excused, "%s: answered %t, excused %t", f.Name, answered, excused)
		require.NotEmpty(t, f.Help, f.Name)
		if answered && f.Name != "evt.rawarg" {
			require.NotEqual(t, None, f.Kind(), "%s has no kind", f.Name)
		}
		if f.Arg != ArgNone {
			require.NotEmpty(t, f.Syntax, "%s takes an argument and does not say how", f.Name)
		}
	}
	for name := range unavailable {
		require.True(t, seen[name], "%s is excused but no field", name)
	}
	for _, part := range []map[string]extractor{
		evtFields, ioFields, processFields, threadFields, fdFields, pathFields, containerFields,
	} {
		for name := range part {
			require.True(t, seen[name], "%s is extracted but no field", name)
		}
	}
}
