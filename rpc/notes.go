package rpc

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/notes"
	"github.com/scapls/scapls/session/store"
)

// Noter is a session as far as it is about what people note.
type Noter interface {
	// SetNotes tells what people noted about capture i, 0 where there is one; it reports whether that is something else than
	// it was.
	SetNotes(i int, set notes.Set) (changed bool)
	Noted(ctx context.Context, kind session.NotedKind, start, count int) (*session.Noted, error)
	// NoteOf returns what is noted about one event, with its time as it is shown.
	NoteOf(num uint64) (notes.Entry, string, error)
	FindNoted(ctx context.Context, q session.Query, kind session.NotedKind, from uint64, backwards bool) (session.Found, error)
	// Keys returns the keys of rows of a list by capture, of all when none are named, at most limit.
	Keys(ctx context.Context, q session.Query, rows []session.RowRange, limit int) ([][]uint32, error)
	// Named returns the keys of events by capture.
	Named(nums []uint32) ([][]uint32, error)
	// ShiftTo returns by how much times must be shifted so that an event was at a time.
	ShiftTo(num uint64, at string, utc bool) (int64, error)
	Document(ctx context.Context, name string) (*notes.Document, error)
	Place(d *notes.Document) session.Placed
	Loc() *time.Location
}

// maxNotes is the most notes that are returned at once.
const maxNotes = 1000

func (p *peer) noteEntries() []entry {
	return []entry{
		concurrent(p, wire.Notes, p.notesList),
		concurrent(p, wire.NotesSet, p.notesSet),
		concurrent(p, wire.NotesComment, p.notesComment),
		concurrent(p, wire.NotesShift, p.notesShift),
		concurrent(p, wire.NotesFind, p.notesFind),
		concurrent(p, wire.NotesExport, p.notesExport),
		concurrent(p, wire.NotesImport, p.notesImport),
	}
}

// heard is what a session was told of what people noted, by capture.
type heard struct {
	mu   sync.Mutex // guards sets
	sets []notes.Set
}

// tell tells a session of the notes on its capture i.
func (h *heard) tell(s Session, i int, set notes.Set) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*h.at(i) = set
	s.SetNotes(i, set)
}

// at returns the set of capture i. The lock is held.
func (h *heard) at(i int) *notes.Set {
	for len(h.sets) <= i {
		h.sets = append(h.sets, notes.Set{})
	}
	return &h.sets[i]
}

// look returns what the session knows of capture i.
func (h *heard) look(i int) notes.Set {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at(i).Clone()
}

// isFile reports whether there is a file at path that can be looked at again.
func isFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}

// loadNotes tells a session what people noted about its captures. That they cannot be read is told in the log: a capture
// is shown without them.
func (p *peer) loadNotes(slot *slot, s Session) {
	for i, path := range slot.paths {
		if !isFile(path) {
			continue
		}
		set, err := p.store.Notes(path)
		if err != nil {
			p.log.Warn("notes not read", "path", path, "err", err)
			continue
		}
		slot.heard.tell(s, i, set)
	}
}

// reloadNotes tells all open sessions what people noted since, here or in another window.
func (p *peer) reloadNotes() {
	p.mu.Lock()
	slots := slices.Collect(maps.Values(p.sessions))
	p.mu.Unlock()
	for _, slot := range slots {
		s, _, release, err := p.lend(p.ctx, slot.id)
		if err != nil {
			continue
		}
		p.loadNotes(slot, s)
		release()
	}
}

// slot returns the open session with an id.
func (p *peer) slot(id string) (*slot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s := p.sessions[id]; s != nil {
		return s, nil
	}
	return nil, errUnknownSession
}

// changeNotes changes what people noted about capture i of a session, which the session then knows. Of a capture whose file
// is gone notes hold as long as it is open.
func (p *peer) changeNotes(slot *slot, s Session, i int, change func(*notes.Set) error) error {
	if i >= len(slot.paths) {
		return session.ErrNoEvent
	}
	if !isFile(slot.paths[i]) {
		set := slot.heard.look(i)
		if err := change(&set); err != nil {
			return err
		}
		slot.heard.tell(s, i, set)
		return nil
	}
	set, err := p.store.ChangeNotes(slot.paths[i], change)
	if err != nil {
		return err
	}
	slot.heard.tell(s, i, set)
	return nil
}

// notesList serves scapls/notes.
func (p *peer) notesList(ctx context.Context, params *wire.NotesParams) (wire.NotesResult, error) {
	if params.Start < 0 || params.Count < 0 || params.Count > maxNotes {
		return wire.NotesResult{}, badParams("start is %d and count %d; count is at most %d", params.Start, params.Count, maxNotes)
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.NotesResult{}, err
	}
	defer release()
	n, err := s.Noted(ctx, session.NotedKind(params.Kind), params.Start, params.Count)
	if err != nil {
		return wire.NotesResult{}, err
	}
	slot, err := p.slot(params.Session)
	if err != nil {
		return wire.NotesResult{}, err
	}
	out := wire.NotesResult{
		Marked: u32(n.Marked), Ignored: u32(n.Ignored), References: u32(n.References), Comments: u32(n.Comments), Total: u32(n.Total),
		Shift: ns(n.Shift), ShiftText: shiftText(n.Shift), Capture: each(n.Capture, valid), Notes: make([]wire.Note, len(n.Entries)), Kept: !slices.ContainsFunc(slot.paths, func(path string) bool { return !isFile(path) }),
	}
	for i := range n.Entries {
		out.Notes[i] = toNote(&n.Entries[i], n.Shown[i])
	}
	if params.Num != 0 {
		e, shown, err := s.NoteOf(uint64(params.Num))
		if err != nil {
			return wire.NotesResult{}, err
		}
		out.Notes = []wire.Note{toNote(&e, shown)}
	}
	return out, nil
}

func shiftText(ns int64) string {
	if ns == 0 {
		return ""
	}
	return notes.ShiftText(ns)
}

func toNote(e *notes.Entry, shown string) wire.Note {
	n := wire.Note{
		Num: e.Event, Number: u32(e.Number), Time: shown, Type: e.Type, Process: e.Process, TID: strconv.FormatInt(e.TID, 10),
		Sentence: e.Sentence, Marked: e.Marked, Ignored: e.Ignored, Reference: e.Reference, Comment: valid(e.Comment), Author: valid(e.Author),
		File: each(e.File, valid),
	}
	if e.Written != 0 {
		n.Written = ns(e.Written)
	}
	return n
}

var flags = map[wire.NoteKind]notes.Flag{
	wire.NoteMark: notes.Mark, wire.NoteIgnore: notes.Ignore, wire.NoteReference: notes.Reference,
}

// notesSet serves scapls/notes/set.
func (p *peer) notesSet(ctx context.Context, params *wire.NotesSetParams) (wire.NotesChangedResult, error) {
	var none wire.NotesChangedResult
	change, err := newNoteChange(params)
	if err != nil {
		return none, err
	}
	query, err := fromQuery(params.Query)
	if err != nil {
		return none, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	slot, err := p.slot(params.Session)
	if err != nil {
		return none, err
	}
	var events [][]uint32
	switch {
	case params.Action == wire.NoteClear:
		events = make([][]uint32, len(slot.paths))
	case params.List:
		events, err = s.Keys(ctx, query, fromRanges(params.Rows), notes.MaxFlagged)
	default:
		events, err = s.Named(params.Nums)
	}
	if err != nil {
		return none, err
	}
	if params.Action == wire.NoteToggle {
		change.on = !slot.all(change.flag, events)
	}
	changed := 0
	for i, list := range events {
		if len(list) == 0 && params.Action != wire.NoteClear {
			continue
		}
		if err := p.changeNotes(slot, s, i, func(set *notes.Set) error {
			n, err := change.do(set, list)
			changed += n
			if err != nil {
				return badParams("%v", err)
			}
			return nil
		}); err != nil {
			return none, err
		}
	}
	return wire.NotesChangedResult{Changed: u32(uint64(changed))}, nil
}

// all reports whether all events, which stand by capture, have a flag.
func (s *slot) all(f notes.Flag, events [][]uint32) bool {
	for i, list := range events {
		if set := s.heard.look(i); !set.All(f, list) {
			return false
		}
	}
	return true
}

// noteChange is what a request does to a set.
type noteChange struct {
	kind   wire.NoteKind
	action wire.NoteAction
	flag   notes.Flag
	on     bool
}

func (c *noteChange) do(s *notes.Set, events []uint32) (int, error) {
	switch {
	case c.kind == wire.NoteComment && c.action == wire.NoteClear:
		return s.ClearComments(), nil
	case c.kind == wire.NoteComment:
		return s.Uncomment(events), nil
	case c.action == wire.NoteClear:
		return s.Clear(c.flag), nil
	}
	return s.Set(c.flag, c.on, events)
}

// newNoteChange checks what a request wants.
func newNoteChange(params *wire.NotesSetParams) (*noteChange, error) {
	c := &noteChange{kind: params.Kind, action: params.Action, flag: flags[params.Kind], on: params.Action == wire.NoteSet}
	switch c.action {
	case wire.NoteClear, wire.NoteUnset:
		if c.flag != "" || c.kind == wire.NoteComment {
			return c, nil
		}
	case wire.NoteSet, wire.NoteToggle:
		if c.flag != "" {
			return c, nil
		}
	}
	return nil, badParams("nothing can be %.40q as %.40q", params.Action, params.Kind)
}

// notesComment serves scapls/notes/comment.
func (p *peer) notesComment(ctx context.Context, params *wire.NoteCommentParams) (wire.Empty, error) {
	s, _, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.Empty{}, err
	}
	defer release()
	i, key, slot, err := p.noted(params.Session, s, params.Num)
	if err != nil {
		return wire.Empty{}, err
	}
	text := strings.TrimSpace(strings.ReplaceAll(params.Text, "\r\n", "\n"))
	if err := notes.Check(text); err != nil {
		return wire.Empty{}, badParams("%v", err)
	}
	return wire.Empty{}, p.changeNotes(slot, s, i, func(set *notes.Set) error {
		set.Comment(key, text, strings.TrimSpace(params.Author), time.Now().UnixNano())
		return nil
	})
}

// notesShift serves scapls/notes/shift.
func (p *peer) notesShift(ctx context.Context, params *wire.NotesShiftParams) (wire.NotesShiftResult, error) {
	var none wire.NotesShiftResult
	s, _, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	i, slot := 0, (*slot)(nil)
	if params.Num != 0 { // of several captures it says which
		i, _, slot, err = p.noted(params.Session, s, params.Num)
	} else if slot, err = p.slot(params.Session); err == nil && len(slot.paths) != 1 {
		_, err = s.Document(ctx, "")
	}
	if err != nil {
		return none, err
	}
	var shift int64
	if params.At != "" {
		shift, err = s.ShiftTo(uint64(params.Num), params.At, params.UTC)
	} else if shift, err = notes.ParseShift(params.By); err != nil {
		err = badParams("%v", err)
	}
	if err != nil {
		return none, err
	}
	err = p.changeNotes(slot, s, i, func(set *notes.Set) error { set.Shift = shift; return nil })
	return wire.NotesShiftResult{Shift: ns(shift), ShiftText: shiftText(shift)}, err
}

// noted returns which capture of a session an event is of, and its key there.
func (p *peer) noted(id string, s Session, num uint32) (i int, key uint32, at *slot, err error) {
	if at, err = p.slot(id); err != nil {
		return 0, 0, nil, err
	}
	list, err := s.Named([]uint32{num})
	if err != nil {
		return 0, 0, nil, err
	}
	i = slices.IndexFunc(list, func(keys []uint32) bool { return len(keys) > 0 })
	return i, list[i][0], at, nil
}

// notesFind serves scapls/notes/find.
func (p *peer) notesFind(ctx context.Context, params *wire.NotesFindParams) (wire.FindResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.FindResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.FindResult{}, err
	}
	defer release()
	f, err := s.FindNoted(ctx, query, session.NotedKind(params.Kind), uint64(params.From), params.Backwards)
	if err != nil {
		return wire.FindResult{}, err
	}
	return wire.FindResult{Found: f.Found, Wrapped: f.Wrapped, Row: u32(f.Row), Num: u32(f.Num), Done: true, Part: 1, Path: []int{}}, nil
}

// notesDocument returns all notes on a session's capture.
func (p *peer) notesDocument(ctx context.Context, id string, s Session) (*notes.Document, error) {
	slot, err := p.slot(id)
	if err != nil {
		return nil, err
	}
	return s.Document(ctx, valid(nameOf(slot.paths)))
}

// notesExport serves scapls/notes/export.
func (p *peer) notesExport(ctx context.Context, params *wire.NotesExportParams) (wire.NotesExportResult, error) {
	var none wire.NotesExportResult
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	d, err := p.notesDocument(ctx, params.Session, s)
	if err != nil {
		return none, err
	}
	var text []byte
	switch params.Format {
	case wire.NotesJSON:
		text, err = d.JSON()
	case wire.NotesMarkdown:
		text = d.Markdown(s.Loc())
	case wire.NotesCSV:
		text, err = d.CSV(s.Loc())
	default:
		return none, badParams("no format %.40q; there are %s, %s and %s", params.Format, wire.NotesJSON, wire.NotesMarkdown, wire.NotesCSV)
	}
	return wire.NotesExportResult{Text: valid(string(text))}, err
}

// notesImport serves scapls/notes/import.
func (p *peer) notesImport(ctx context.Context, params *wire.NotesImportParams) (wire.NotesImportResult, error) {
	var none wire.NotesImportResult
	d, err := notes.Parse([]byte(params.Text))
	if err != nil {
		return none, badParams("%v", err)
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	if !s.Progress().Done {
		return none, badParams("the capture is still being read; try again when it is complete")
	}
	if _, err := p.notesDocument(ctx, params.Session, s); err != nil { // several captures are open together
		return none, err
	}
	slot, err := p.slot(params.Session)
	if err != nil {
		return none, err
	}
	placed := s.Place(d)
	err = p.changeNotes(slot, s, 0, func(set *notes.Set) error {
		if set.Shift == 0 {
			set.Shift = d.Shift
		}
		return placed.Merge(set)
	})
	if err != nil {
		return none, fmt.Errorf("take notes in: %w", err)
	}
	return wire.NotesImportResult{
		Events: u32(uint64(len(placed.Notes))), Moved: u32(uint64(placed.Moved)), Absent: u32(uint64(placed.Absent)),
	}, nil
}

// told reports whether a change is about notes, which sessions are told before the client asks again.
func told(kinds ...[]wire.StoreKind) bool {
	for _, list := range kinds {
		for _, k := range list {
			if store.Kind(k) == store.KindNotes {
				return true
			}
		}
	}
	return false
}
