package session

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/report"
)

func TestAReportHoldsFactsGraphsTablesAndNotes(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	path := filepath.Join(t.TempDir(), "r.html")
	marks := []report.Mark{{Num: 186, Time: 1, Sentence: "bash opened <it>", Note: `"look" & see`}}
	require.NoError(t, s.Report(context.Background(), Query{Filter: "proc.name=sysmix", Language: filter.Auto}, marks, path))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(b)
	for _, want := range []string{
		"live_old-sysmix.scap", "match <code>proc.name=sysmix</code>", "<h2>System calls</h2>", "<h2>Errors</h2>", "<h2>Over time</h2>", "<svg", "bash opened &lt;it&gt;",
		"&#34;look&#34; &amp; see", "<dt>Host</dt>", ">clone3<",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "http://", "it needs nothing else")
	require.NotContains(t, text, "<script")
	require.NotContains(t, strings.Split(text, "<h2>The capture</h2>")[0], ">bash<", "another process")
	require.ErrorIs(t, func() error { return s.Report(context.Background(), Query{Filter: "proc.nam=x"}, nil, path) }(), ErrBadRequest)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1, "no half-written file stays")
}
