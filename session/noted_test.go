package session

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/notes"
)

// noted is a set of marks, references and one comment.
func setOf(t testing.TB, shift time.Duration, marks, refs []uint32, on uint32, comment string) notes.Set {
	t.Helper()
	s := notes.Set{Shift: int64(shift)}
	_, err := s.Set(notes.Mark, true, marks)
	require.NoError(t, err)
	_, err = s.Set(notes.Reference, true, refs)
	require.NoError(t, err)
	s.Comment(on, comment, "", 0)
	return s
}

func TestASavedCopyIsTheCaptureWithTheNotes(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		s := openDone(t, scapiotest.Repo(t, name))
		require.True(t, s.SetNotes(0, setOf(t, 0, []uint32{3}, nil, 211, "first\nsecond")))
		require.False(t, s.SetNotes(0, setOf(t, 0, []uint32{3}, nil, 211, "first\nsecond")), "nothing else")
		path := filepath.Join(t.TempDir(), "copy.scap")
		all := Query{View: EventsView, Internal: true}
		done, err := s.Export(t.Context(), ExportRequest{Query: all, Format: ExportScap, Path: path, Notes: true})
		require.NoError(t, err)
		require.Equal(t, uint64(1), done.Notes)
		c := openDone(t, path)
		cols := []string{"evt.num", "evt.rawtime", "evt.type", "proc.name", "fd.name", "evt.args"}
		require.Equal(t, rows(t, s, all, cols...), rows(t, c, all, cols...))
		n, err := c.Noted(t.Context(), NotedAny, 0, 10)
		require.NoError(t, err)
		require.Len(t, n.Entries, 1, "marks have no place in a file")
		require.Equal(t, uint32(211), n.Entries[0].Event)
		require.Equal(t, []string{"first\nsecond"}, n.Entries[0].File)
		require.NoError(t, c.Close())

		// Its own events, block by block, are what they were.
		in, out := scapiotest.Bytes(t, scapiotest.Repo(t, name)), scapiotest.Bytes(t, path)
		events := func(b []byte) (list [][]byte) {
			r := scapio.NewReader(bytes.NewReader(b))
			for {
				blk, err := r.Next()
				if err != nil {
					return list
				}
				if blk.Type.IsEvent() && len(scapio.Comments(blk.Type, blk.Body)) == 0 {
					list = append(list, bytes.Clone(blk.Body))
				}
			}
		}
		before, after := events(in), events(out)
		require.Len(t, after, len(before)-1)
		require.Equal(t, before[:210], after[:210])
		require.Equal(t, before[211:], after[210:])
	}
}

func TestASecondCopyHasEachNoteOnce(t *testing.T) {
	s := openDone(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
	s.SetNotes(0, setOf(t, 0, nil, nil, 50, "note"))
	path := filepath.Join(t.TempDir(), "copy.scap")
	_, err := s.Export(t.Context(), ExportRequest{Query: Query{View: EventsView, Internal: true}, Format: ExportScap, Path: path, Notes: true})
	require.NoError(t, err)
	c := openDone(t, path)
	c.SetNotes(0, setOf(t, 0, nil, nil, 50, "note"))
	again := filepath.Join(t.TempDir(), "again.scap")
	_, err = c.Export(t.Context(), ExportRequest{Query: Query{View: EventsView, Internal: true}, Format: ExportScap, Path: again, Notes: true})
	require.NoError(t, err)
	a, err := os.ReadFile(path)
	require.NoError(t, err)
	b, err := os.ReadFile(again)
	require.NoError(t, err)
	require.True(t, bytes.Equal(a, b))
}

func TestNotesOfCapturesThatAreOpenTogetherAreThoseOfEach(t *testing.T) {
	paths := []string{scapiotest.Repo(t, "live_old-sysmix.scap"), scapiotest.Repo(t, "live_new-sysmix.scap")}
	j, err := OpenTogether(t.Context(), paths, Options{Loc: time.UTC})
	require.NoError(t, err)
	t.Cleanup(func() { _ = j.Close() })
	for _, m := range j.members {
		require.NoError(t, m.shared.x.Wait(t.Context()))
	}
	ctx := t.Context()
	require.True(t, j.SetNotes(0, setOf(t, 0, []uint32{300}, []uint32{211}, 211, "of the first")))
	require.True(t, j.SetNotes(1, setOf(t, time.Hour, []uint32{100}, nil, 100, "of the second")))
	require.False(t, j.SetNotes(2, notes.Set{}))
	n, err := j.Noted(ctx, NotedWanted, 0, 10)
	require.NoError(t, err)
	require.Equal(t, []uint64{2, 1, 2}, []uint64{n.Marked, n.References, n.Comments})
	require.Len(t, n.Entries, 3)
	named, err := j.Named([]uint32{n.Entries[0].Event, n.Entries[1].Event, n.Entries[2].Event})
	require.NoError(t, err)
	require.ElementsMatch(t, []uint32{211, 300}, named[0])
	require.Equal(t, []uint32{100}, named[1])
	for i, e := range n.Entries {
		ts := time.Unix(0, int64(e.TS)).UTC()
		if e.Comment == "of the second" {
			ts = ts.Add(time.Hour)
		}
		require.Equal(t, ts.Format(dateLayout), n.Shown[i], "a shift moves a capture in the common clock")
		one, shown, err := j.NoteOf(uint64(e.Event))
		require.NoError(t, err)
		require.Equal(t, e, one)
		require.Equal(t, n.Shown[i], shown)
	}

	q := Query{View: EventsView, Filter: "evt.marked = true"}
	p, err := j.Page(ctx, PageRequest{Query: q, Count: 10, Columns: []string{"evt.num", "evt.time"}, Time: 'R'})
	require.NoError(t, err)
	require.Len(t, p.Rows, 2)
	for _, r := range p.Rows {
		require.True(t, r.Note.Marked)
	}
	keys, err := j.Keys(ctx, q, nil, 10)
	require.NoError(t, err)
	require.Equal(t, [][]uint32{{300}, {100}}, keys)
	keys, err = j.Keys(ctx, q, []RowRange{{1, 1}}, 10)
	require.NoError(t, err)
	require.Equal(t, 1, len(keys[0])+len(keys[1]))
	f, err := j.FindNoted(ctx, Query{View: EventsView}, NotedReference, 0, false)
	require.NoError(t, err)
	require.True(t, f.Found)
	p, err = j.Page(ctx, PageRequest{Query: Query{View: EventsView}, Start: f.Row, Count: 2, Columns: []string{"evt.time"}, Time: 'R'})
	require.NoError(t, err)
	require.Equal(t, referenceText, p.Rows[0].Cells[0])
	by, err := j.ShiftTo(uint64(n.Entries[0].Event), "2026-12-24 18:00:00", true)
	require.NoError(t, err)
	require.NotZero(t, by)
	_, err = j.Document(ctx, "x")
	require.ErrorIs(t, err, ErrBadRequest)
}
