package filter_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
)

func TestFieldsThatNoOtherToolHasAreNotHandedOut(t *testing.T) {
	for _, lang := range []filter.Language{filter.Sysdig, filter.Wireshark} {
		for text, name := range map[string]string{"fd.stream > 5": "fd.stream", "fd.num > 2 and not fd.stream > 5": "fd.stream", "fd.role == \"server\"": "fd.role"} {
			read := filter.Read(text, lang)
			require.True(t, read.Valid(), "it can be asked here")
			for _, to := range []filter.Language{filter.Sysdig, filter.Wireshark} {
				out, problems := filter.Translate(read.Tree, to)
				require.Empty(t, out)
				require.Contains(t, problems[0].Msg, name, "%s from %s to %s", text, lang, to)
			}
		}
	}
}

func TestNamesThatStratosharkAloneHas(t *testing.T) {
	for _, text := range []string{"falcoevents.fd.stream == 1", "falcoevents.id == 2", "falco", "not falco and falcoevents"} {
		read := filter.Read(text, filter.Auto)
		require.True(t, read.Valid(), text)
		require.Equal(t, filter.Wireshark, read.Language())
		out, problems := filter.Translate(read.Tree, filter.Wireshark)
		require.Empty(t, problems, text)
		require.Equal(t, text, out)
		_, problems = filter.Translate(read.Tree, filter.Sysdig)
		require.NotEmpty(t, problems, "sysdig has no such thing: %s", text)
	}
}
