package rpctest

import (
	"context"
	"time"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/notes"
)

// SetNotes keeps the set.
func (f *Fake) SetNotes(_ int, set notes.Set) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed := !f.notes.Equal(&set)
	f.notes = set
	return changed
}

// Notes returns what SetNotes was given last.
func (f *Fake) Notes() notes.Set {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.notes
}

// Noted is the marks alone.
func (f *Fake) Noted(context.Context, session.NotedKind, int, int) (*session.Noted, error) {
	set := f.Notes()
	return &session.Noted{Marked: uint64(set.Count(notes.Mark)), Total: uint64(len(set.Notes)), Shift: set.Shift}, nil
}

// NoteOf is an event that nothing is noted about.
func (f *Fake) NoteOf(num uint64) (notes.Entry, string, error) {
	return notes.Entry{Note: notes.Note{Event: uint32(num)}}, "", nil
}

// FindNoted finds nothing.
func (f *Fake) FindNoted(context.Context, session.Query, session.NotedKind, uint64, bool) (session.Found, error) {
	return session.Found{}, nil
}

// Keys is no rows.
func (f *Fake) Keys(context.Context, session.Query, []session.RowRange, int) ([][]uint32, error) {
	return nil, nil
}

// Named is the numbers.
func (f *Fake) Named(nums []uint32) ([][]uint32, error) { return [][]uint32{nums}, nil }

// ShiftTo is a second.
func (f *Fake) ShiftTo(uint64, string, bool) (int64, error) { return int64(time.Second), nil }

// Document is an empty one.
func (f *Fake) Document(_ context.Context, name string) (*notes.Document, error) {
	return &notes.Document{Capture: name}, nil
}

// Place finds nothing.
func (f *Fake) Place(*notes.Document) session.Placed { return session.Placed{} }

// Loc is UTC.
func (f *Fake) Loc() *time.Location { return time.UTC }
