package rpc_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/store"
)

// window is a client of a server of its own with real sessions and a store in dir.
func window(t *testing.T, dir string) *rpctest.Client {
	t.Helper()
	s := store.Open(store.Options{Dir: dir})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	c := rpctest.Serve(t, rpc.OpenerFunc(func(ctx context.Context, path string) (rpc.Session, error) {
		return session.Open(ctx, path, session.Options{Loc: time.UTC})
	}), rpc.Options{Store: s})
	c.Initialize("")
	return c.Client
}

// openCopy opens a copy of the sample and waits until it is read.
func openCopy(t *testing.T, c *rpctest.Client, path string) string {
	t.Helper()
	open := rpctest.Call(c, wire.Open, wire.OpenParams{Path: path})
	for !open.Progress.Done {
		if p := rpctest.Decode[wire.GrownParams](t, c.Notification(wire.Grown.Name).Params); p.Session == open.Session { // there may be one of an earlier capture
			open.Progress = p.Progress
		}
	}
	return open.Session
}

func sampleCopy(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(scapiotest.Repo(t, "live_old-sysmix.scap"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "sample.scap")
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

var events = wire.Query{View: wire.ViewEvents}

// noteOn returns what a page shows of what is noted about an event.
func noteOn(t *testing.T, c *rpctest.Client, session string, num uint32) *wire.RowNote {
	t.Helper()
	at := rpctest.Call(c, wire.Goto, wire.GotoParams{Session: session, Query: events, To: "#" + strconv.Itoa(int(num))})
	p := rpctest.Call(c, wire.PageOf, wire.PageParams{Session: session, Query: events, Start: at.Row, Count: 1, Columns: []string{"evt.num"}})
	require.Equal(t, num, p.Rows[0].Num)
	return p.Rows[0].Note
}

func TestNotesOfTwoWindows(t *testing.T) {
	dir, path := t.TempDir(), sampleCopy(t)
	a, b := window(t, dir), window(t, dir)
	sa, sb := openCopy(t, a, path), openCopy(t, b, path)

	set := func(c *rpctest.Client, s string, kind wire.NoteKind, action wire.NoteAction, nums ...uint32) uint32 {
		return rpctest.Call(c, wire.NotesSet, wire.NotesSetParams{Session: s, Kind: kind, Action: action, Nums: nums}).Changed
	}
	require.Equal(t, uint32(2), set(a, sa, wire.NoteMark, wire.NoteSet, 211, 200))
	require.Equal(t, &wire.RowNote{Marked: true}, noteOn(t, a, sa, 200), "the next page knows")
	for c := changed(t, b); c.Own || !slices.Contains(c.Kinds, wire.StoreNotes); {
		c = changed(t, b)
	}
	require.Equal(t, &wire.RowNote{Marked: true}, noteOn(t, b, sb, 211), "so does the other window once it is told")
	rpctest.Call(b, wire.NotesComment, wire.NoteCommentParams{Session: sb, Num: 211, Text: " a\r\nb \n", Author: "me"})
	require.Equal(t, uint32(1), set(b, sb, wire.NoteMark, wire.NoteToggle, 200, 212), "not all were marked")
	require.Equal(t, uint32(2), set(b, sb, wire.NoteMark, wire.NoteToggle, 200, 212), "all were")
	require.Equal(t, uint32(1), set(b, sb, wire.NoteIgnore, wire.NoteSet, 205))
	require.Equal(t, uint32(1), set(b, sb, wire.NoteReference, wire.NoteSet, 210))

	list := rpctest.Call(b, wire.Notes, wire.NotesParams{Session: sb, Kind: wire.NoteWanted, Count: 10})
	require.Equal(t, []uint32{1, 1, 1, 1, 3}, []uint32{list.Marked, list.Ignored, list.References, list.Comments, list.Total})
	require.True(t, list.Kept)
	require.Len(t, list.Notes, 2)
	n := list.Notes[1]
	require.Equal(t, "a\nb", n.Comment)
	require.NotEmpty(t, n.Written)
	n.Written = ""
	require.Equal(t, wire.Note{
		Num: 211, Number: 211, Time: "2026-11-21 23:11:05.781717297", Type: "read", Process: "bash", TID: "11756",
		Sentence: "bash (11756) was about to read up to 832 bytes from /lib/x86_64-linux-gnu/libc.so.6 (fd 3)", Marked: true,
		Comment: "a\nb", Author: "me", File: []string{},
	}, n)

	filtered := wire.Query{View: wire.ViewEvents, Filter: "proc.name = sysmix"}
	want := rpctest.Call(a, wire.FilterCount, wire.ListParams{Session: sa, Query: filtered}).Matched
	got := rpctest.Call(a, wire.NotesSet, wire.NotesSetParams{Session: sa, Kind: wire.NoteMark, Action: wire.NoteSet, List: true, Query: filtered})
	require.Equal(t, want, got.Changed, "all that are displayed")
	marked := wire.Query{View: wire.ViewEvents, Filter: "evt.marked = true"}
	require.Equal(t, want+1, rpctest.Call(a, wire.FilterCount, wire.ListParams{Session: sa, Query: marked}).Matched)
	require.Equal(t, want+1, rpctest.Call(a, wire.NotesSet, wire.NotesSetParams{Session: sa, Kind: wire.NoteMark, Action: wire.NoteClear}).Changed)
	require.Zero(t, rpctest.Call(a, wire.FilterCount, wire.ListParams{Session: sa, Query: marked}).Matched)

	found := rpctest.Call(a, wire.NotesFind, wire.NotesFindParams{Session: sa, Query: events, Kind: wire.NoteComment, From: 3000})
	require.True(t, found.Found && found.Wrapped)
	require.Equal(t, uint32(211), found.Num)
	text := rpctest.Call(a, wire.FilterFrom, wire.FilterFromParams{Session: sa, Kind: wire.SourceNoted, ID: "ignore", Mode: wire.ModeAndNot, Base: "proc.name = bash", View: wire.ViewEvents})
	require.Equal(t, "proc.name = bash and not evt.ignored=true", text.Text)
}

func TestTimesThatAreShownShift(t *testing.T) {
	c := window(t, t.TempDir())
	s := openCopy(t, c, sampleCopy(t))
	clock := func(params wire.PageParams) string {
		params.Session, params.Query, params.Start, params.Count, params.Columns = s, events, 153, 1, []string{"evt.time"}
		return rpctest.Call(c, wire.PageOf, params).Rows[0].Cells[0]
	}
	require.Equal(t, wire.NotesShiftResult{Shift: "-3600000000000", ShiftText: "-1:00:00"},
		rpctest.Call(c, wire.NotesShift, wire.NotesShiftParams{Session: s, By: "-1h"}))
	require.Equal(t, "22:11:05.781", clock(wire.PageParams{Time: wire.TimeClock, Precision: wire.PrecisionMs}))
	require.Equal(t, "-1:00:00", rpctest.Call(c, wire.Notes, wire.NotesParams{Session: s}).ShiftText)
	shift := rpctest.Call(c, wire.NotesShift, wire.NotesShiftParams{Session: s, Num: 211, At: "2026-12-24 18:00:00"})
	require.Equal(t, "2026-12-24 18:00:00.000000000", clock(wire.PageParams{Time: wire.TimeDate, UTC: true}), shift.ShiftText)
	rpctest.Call(c, wire.NotesShift, wire.NotesShiftParams{Session: s, Num: 211, At: "04:00:00.5"})
	require.Equal(t, "2026-11-21 04:00:00.500000000", clock(wire.PageParams{Time: wire.TimeDate}))
	c.Fails(rpctest.Go(c, wire.NotesShift, wire.NotesShiftParams{Session: s, By: "soon"}), -32602)
	c.Fails(rpctest.Go(c, wire.NotesShift, wire.NotesShiftParams{Session: s, Num: 211, At: "soon"}), int(wire.CodeBadRequest))
	require.Empty(t, rpctest.Call(c, wire.NotesShift, wire.NotesShiftParams{Session: s, By: "0"}).ShiftText)
	require.Equal(t, "1795302665781717297", clock(wire.PageParams{Time: wire.TimeEpochNs}))
}

func TestNotesLeaveAndComeBack(t *testing.T) {
	c := window(t, t.TempDir())
	path := sampleCopy(t)
	s := openCopy(t, c, path)
	rpctest.Call(c, wire.NotesSet, wire.NotesSetParams{Session: s, Kind: wire.NoteMark, Action: wire.NoteSet, Nums: []uint32{200, 3000}})
	rpctest.Call(c, wire.NotesComment, wire.NoteCommentParams{Session: s, Num: 211, Text: "look\nhere", Author: "me"})
	report := filepath.Join(t.TempDir(), "r.html")
	rpctest.Call(c, wire.Report, wire.ReportParams{Session: s, Query: wire.Query{View: wire.ViewCalls}, Path: report})
	html, err := os.ReadFile(report)
	require.NoError(t, err)
	require.Contains(t, string(html), "<h2>Marked events</h2>")
	require.Contains(t, string(html), "look\nhere — me")
	require.Contains(t, rpctest.Call(c, wire.NotesExport, wire.NotesExportParams{Session: s, Format: wire.NotesMarkdown}).Text, "> look\n> here")
	require.Contains(t, rpctest.Call(c, wire.NotesExport, wire.NotesExportParams{Session: s, Format: wire.NotesCSV}).Text, "211,2026-11-21 23:11:05.781717297,bash")
	doc := rpctest.Call(c, wire.NotesExport, wire.NotesExportParams{Session: s, Format: wire.NotesJSON}).Text

	other := window(t, t.TempDir())
	so := openCopy(t, other, path)
	require.Equal(t, wire.NotesImportResult{Events: 3}, rpctest.Call(other, wire.NotesImport, wire.NotesImportParams{Session: so, Text: doc}))
	require.Equal(t, &wire.RowNote{Comment: "look\nhere"}, noteOn(t, other, so, 211))
	require.Equal(t, doc, rpctest.Call(other, wire.NotesExport, wire.NotesExportParams{Session: so, Format: wire.NotesJSON}).Text)

	slice := filepath.Join(t.TempDir(), "slice.scap")
	done := rpctest.Call(c, wire.Export, wire.ExportParams{
		Session: s, Query: wire.Query{View: wire.ViewEvents, Filter: "evt.num > 190 and evt.num < 1000"}, Format: wire.ExportScap, Path: slice, Notes: true,
	})
	require.Equal(t, uint32(1), done.Notes)
	ss := openCopy(t, other, slice)
	in := rpctest.Call(other, wire.NotesImport, wire.NotesImportParams{Session: ss, Text: doc})
	require.Equal(t, wire.NotesImportResult{Events: 2, Moved: 2, Absent: 1}, in, "a slice holds events under other numbers")
	list := rpctest.Call(other, wire.Notes, wire.NotesParams{Session: ss, Count: 10})
	require.Len(t, list.Notes, 2)
	require.Equal(t, []string{"look\nhere"}, list.Notes[1].File, "the copy has the note on its event")
	require.Equal(t, "read", list.Notes[1].Type)
	require.Equal(t, "2026-11-21 23:11:05.781717297", list.Notes[1].Time)
	c.Fails(rpctest.Go(c, wire.NotesImport, wire.NotesImportParams{Session: s, Text: "{}"}), -32602)
}

func TestNotesOfEventsThatThereAreNotAreRefused(t *testing.T) {
	c := window(t, t.TempDir())
	s := openCopy(t, c, sampleCopy(t))
	c.Fails(rpctest.Go(c, wire.NotesSet, wire.NotesSetParams{Session: s, Kind: wire.NoteMark, Action: wire.NoteSet, Nums: []uint32{4_000_000}}), int(wire.CodeNoEvent))
	c.Fails(rpctest.Go(c, wire.NotesSet, wire.NotesSetParams{Session: s, Kind: wire.NoteComment, Action: wire.NoteSet, Nums: []uint32{4}}), -32602)
	c.Fails(rpctest.Go(c, wire.NotesComment, wire.NoteCommentParams{Session: s, Text: "x"}), int(wire.CodeNoEvent))
	c.Fails(rpctest.Go(c, wire.NotesFind, wire.NotesFindParams{Session: s, Query: events, Kind: "x"}), int(wire.CodeBadRequest))
	require.Zero(t, rpctest.Call(c, wire.Notes, wire.NotesParams{Session: s}).Total)
}
