package session

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func exportSession(t *testing.T) *Session {
	t.Helper()
	s, err := Open(context.Background(), scapiotest.Repo(t, "live_new-sysmix.scap"), Options{Loc: time.UTC})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestExportInAllForms(t *testing.T) {
	s := exportSession(t)
	dir := t.TempDir()
	q := Query{View: EventsView, Filter: "evt.type = openat and evt.failed = true", Language: filter.Sysdig}
	count, err := s.Count(context.Background(), q)
	require.NoError(t, err)
	require.NotZero(t, count.Matched)
	write := func(name, form string) (string, Exported) {
		path := filepath.Join(dir, name)
		told := 0.0
		n, err := s.Export(context.Background(), ExportRequest{
			Query: q, Format: form, Path: path, Columns: []string{"evt.num", "evt.type", "proc.name"},
			Told: func(f float64) { told = max(told, f) },
		})
		require.NoError(t, err, name)
		require.Equal(t, count.Matched, n.Events, name)
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, int64(len(b)), n.Bytes)
		require.LessOrEqual(t, told, 1.0)
		return string(b), n
	}
	text, _ := write("a.txt", ExportText)
	require.Equal(t, int(count.Matched), strings.Count(text, "\n"))
	require.Contains(t, text, " openat ")
	csv, _ := write("a.csv", ExportCSV)
	require.Equal(t, int(count.Matched)+1, strings.Count(csv, "\n"))
	require.True(t, strings.HasPrefix(csv, "evt.num,evt.type,proc.name\n"), csv[:60])
	json, _ := write("a.json", ExportJSON)
	require.Equal(t, int(count.Matched), strings.Count(json, `"evt.type":"openat"`))
	nd, _ := write("a.ndjson", ExportNDJSON)
	require.Equal(t, json, nd)
	_, n := write("a.scap", ExportScap)
	require.NotZero(t, n.State)
	packed, _ := write("b.scap.gz", ExportScap)
	require.True(t, strings.HasPrefix(packed, "\x1f\x8b"))
	for _, name := range []string{"a.scap", "b.scap.gz"} {
		y := openAll(t, filepath.Join(dir, name))
		require.Len(t, selected(t, y, Query{View: EventsView}, nil), int(count.Matched), name)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestExportOfARange(t *testing.T) {
	s := exportSession(t)
	path := filepath.Join(t.TempDir(), "a.csv")
	n, err := s.Export(context.Background(), ExportRequest{
		Query: Query{View: EventsView}, From: 100, To: 120, Format: ExportCSV, Columns: []string{"evt.num"}, Path: path,
	})
	require.NoError(t, err)
	require.Equal(t, uint64(21), n.Events)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(b), "evt.num\n100\n101\n"), string(b))
	require.True(t, strings.HasSuffix(string(b), "\n120\n"), string(b))
}

func TestAnExportThatFailsLeavesWhatWasThere(t *testing.T) {
	s := exportSession(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.scap")
	require.NoError(t, os.WriteFile(path, []byte("before"), 0o640))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.Export(ctx, ExportRequest{Query: Query{View: EventsView}, Format: ExportScap, Path: path})
	require.ErrorIs(t, err, context.Canceled)
	err = WriteFile(path, func(w io.Writer) error {
		_, _ = w.Write([]byte("half"))
		return errors.New("it broke")
	})
	require.ErrorContains(t, err, "it broke")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "before", string(b))
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, list, 1, "nothing half written is left")

	require.NoError(t, WriteFile(path, func(w io.Writer) error { _, err := w.Write([]byte("after")); return err }))
	fi, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o640), fi.Mode().Perm(), "the permissions stay")
}

func TestExportsThatCannotBe(t *testing.T) {
	s := exportSession(t)
	dir := t.TempDir()
	ask := func(r ExportRequest) error {
		r.View = EventsView
		_, err := s.Export(context.Background(), r)
		return err
	}
	own := scapiotest.Repo(t, "live_new-sysmix.scap")
	require.ErrorIs(t, ask(ExportRequest{Format: ExportScap, Path: own}), ErrBadRequest)
	require.ErrorIs(t, ask(ExportRequest{Format: ExportScap, Path: "relative.scap"}), ErrBadRequest)
	require.ErrorIs(t, ask(ExportRequest{Format: "pdf", Path: filepath.Join(dir, "x")}), ErrBadRequest)
	require.ErrorIs(t, ask(ExportRequest{Format: ExportCSV, Columns: []string{"no.such"}, Path: filepath.Join(dir, "x")}), ErrBadRequest)
	var failed *WriteError
	require.ErrorAs(t, ask(ExportRequest{Format: ExportScap, Path: filepath.Join(dir, "none", "x.scap")}), &failed)
	var wrong *FilterError
	require.ErrorAs(t, ask(ExportRequest{Query: Query{Filter: "no.such = 1"}, Format: ExportScap, Path: filepath.Join(dir, "x")}), &wrong)
}
