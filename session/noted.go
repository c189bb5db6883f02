package session

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/explain"
	"github.com/scapls/scapls/session/notes"
	"github.com/scapls/scapls/session/report"
)

// noted is what people noted about a capture, as a session was told.
type noted struct {
	now atomic.Pointer[known] // nil: nothing
	mu  sync.Mutex            // one SetNotes at a time
}

// known is what people noted. It does not change.
type known struct {
	set  notes.Set
	refs []uint32 // events that times are shown relative to, in order
	gen  uint64   // another one has another number
}

// look returns what is known. It may be called while the index is locked.
func (n *noted) look() *known {
	if k := n.now.Load(); k != nil {
		return k
	}
	return &known{}
}

// SetNotes tells what people noted about the capture; it takes the place of what was told before, for all sessions of the
// same file. The set must not be changed any more. It reports whether it was another one. The number says which of several
// captures is meant; here there is one.
func (s *Session) SetNotes(_ int, set notes.Set) (changed bool) {
	if s.closed.Load() {
		return false
	}
	s.noted.mu.Lock()
	defer s.noted.mu.Unlock()
	before := s.noted.look()
	if before.set.Equal(&set) {
		return false
	}
	s.noted.now.Store(&known{set: set, refs: set.Events(notes.Reference), gen: before.gen + 1})
	TellNotes(s.shared.x, set)
	return true
}

// TellNotes tells an index what people noted, so that filters and fields know.
func TellNotes(x *index.Index, set notes.Set) {
	own := make(map[uint32]field.Note, len(set.Notes))
	for _, n := range set.Notes {
		own[n.Event] = toField(n)
	}
	x.SetNotes(own)
}

func toField(n notes.Note) field.Note {
	f := field.Note{Marked: n.Marked, Ignored: n.Ignored, Reference: n.Reference}
	if n.Comment != "" {
		f.Comments = []string{n.Comment}
	}
	return f
}

// Noted is what is noted about a capture, in part.
type Noted struct {
	Shift      int64 // ns added to the times that are shown
	Marked     uint64
	Ignored    uint64
	References uint64
	Comments   uint64 // events that have comments of people or the file
	Total      uint64 // events that something is noted about
	Capture    []string
	Entries    []notes.Entry
	Shown      []string // the time of each entry as it is shown
}

// rowNote is what a row shows of a note.
func rowNote(n *field.Note) *RowNote {
	if n.Empty() {
		return nil
	}
	r := &RowNote{Marked: n.Marked, Ignored: n.Ignored, Reference: n.Reference}
	text := strings.Join(n.Comments, "\n")
	if len(text) > cellMax {
		text = strings.ToValidUTF8(text[:cellMax], "") + "…"
	}
	r.Comment = utf8(text)
	return r
}

// NotedKind says which events that something is noted about are meant.
type NotedKind string

// The kinds; NotedAny is all of them.
const (
	NotedAny       NotedKind = ""
	NotedMarks     NotedKind = "mark"
	NotedIgnored   NotedKind = "ignore"
	NotedReference NotedKind = "reference"
	NotedComments  NotedKind = "comment"
	// NotedWanted are all but those that are only ignored.
	NotedWanted NotedKind = "wanted"
)

// is reports whether a note is of the kind.
func (k NotedKind) is(n *field.Note) bool {
	switch k {
	case NotedMarks:
		return n.Marked
	case NotedIgnored:
		return n.Ignored
	case NotedReference:
		return n.Reference
	case NotedComments:
		return len(n.Comments) > 0
	case NotedWanted:
		return n.Marked || n.Reference || len(n.Comments) > 0
	}
	return true
}

// noteConditions are filters of both languages that ask for events of a kind.
var noteConditions = map[NotedKind]map[filter.Language]string{
	NotedMarks:     {filter.Sysdig: "evt.marked=true", filter.Wireshark: "frame.marked == 1"},
	NotedIgnored:   {filter.Sysdig: "evt.ignored=true", filter.Wireshark: "frame.ignored == 1"},
	NotedReference: {filter.Sysdig: "evt.reference=true", filter.Wireshark: "frame.ref_time == 1"},
	NotedComments:  {filter.Sysdig: "evt.comment exists", filter.Wireshark: "frame.comment"},
	NotedWanted: {
		filter.Sysdig:    "(evt.marked=true or evt.reference=true or evt.comment exists)",
		filter.Wireshark: "(frame.marked == 1 or frame.ref_time == 1 or frame.comment)",
	},
}

// condition returns the filter of a language that asks for events of the kind.
func (k NotedKind) condition(lang filter.Language) (string, error) {
	if lang != filter.Wireshark {
		lang = filter.Sysdig
	}
	if c := noteConditions[k][lang]; c != "" {
		return c, nil
	}
	return "", badRequest("nothing is noted as %.40q", k)
}

// noted makes the condition that something is noted.
func (m *maker) noted(kind NotedKind) (string, error) { return kind.condition(m.lang) }

// Noted returns the events that something is noted about, at most count from start on of a kind; none when count is 0.
func (s *Session) Noted(ctx context.Context, kind NotedKind, start, count int) (*Noted, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	set := s.noted.look().set
	st, _ := s.shared.x.Stats()
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	out := &Noted{Shift: set.Shift}
	for _, c := range st.Comments {
		out.Capture = append(out.Capture, utf8(c))
	}
	i := 0
	for _, key := range snap.Noted() {
		n := snap.Note(key)
		if key > snap.Len() {
			break // of a file that is not read so far yet
		}
		out.Total++
		tally(&out.Marked, n.Marked)
		tally(&out.Ignored, n.Ignored)
		tally(&out.References, n.Reference)
		tally(&out.Comments, len(n.Comments) > 0)
		if !kind.is(n) {
			continue
		}
		if i++; i <= start || i > start+count {
			continue
		}
		if len(out.Entries)%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		e, err := entry(snap, w, key, set.At(key))
		if err != nil {
			return nil, err
		}
		out.Entries = append(out.Entries, e)
		out.Shown = append(out.Shown, time.Unix(0, int64(e.TS)+set.Shift).In(s.loc).Format(dateLayout))
	}
	return out, nil
}

// NoteOf returns what is noted about one event, with its time as it is shown.
func (s *Session) NoteOf(num uint64) (e notes.Entry, shown string, err error) {
	if s.closed.Load() {
		return e, "", ErrClosed
	}
	set := s.noted.look().set
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, num)
	if err == nil && key == 0 {
		err = ErrNoEvent
	}
	if err != nil {
		return e, "", err
	}
	e, err = entry(snap, w, key, set.At(key))
	return e, time.Unix(0, int64(e.TS)+set.Shift).In(s.loc).Format(dateLayout), err
}

const dateLayout = "2006-01-02 15:04:05.000000000"

func tally(n *uint64, is bool) {
	if is {
		*n++
	}
}

// entry tells of the event that a note is about.
func entry(snap index.Snapshot, w *worker, key uint32, n notes.Note) (notes.Entry, error) {
	n.Event = key
	c := &w.ctx
	if err := snap.Fill(key, true, &w.cur, c); err != nil {
		return notes.Entry{}, noEvent(err)
	}
	e := notes.Entry{Note: n, Number: snap.Number(key), TS: c.TS, TID: c.Ev.TID, Sentence: utf8(explain.Sentence(c))}
	r := field.Must(typeField)
	b, _ := r.Append(nil, c)
	e.Type = utf8(string(b))
	if c.T != nil {
		e.Process = utf8(c.T.Comm)
	}
	for _, text := range snap.FileComments(key) {
		e.File = append(e.File, utf8(text))
	}
	return e, nil
}

// Document returns all that is noted about a capture, to be written. The index must be complete; set is what people noted.
func Document(ctx context.Context, x *index.Index, name string, set notes.Set, loc *time.Location) (*notes.Document, error) {
	own := make(map[uint32]field.Note, len(set.Notes))
	for _, n := range set.Notes {
		own[n.Event] = toField(n)
	}
	d := &notes.Document{Capture: utf8(name), Shift: set.Shift}
	w := &worker{}
	w.ctx.Style.Loc = loc
	snap := x.Acquire()
	defer snap.Release()
	keys := slices.Clone(snap.Noted())
	for key := range own {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for i, key := range slices.Compact(keys) {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if key > snap.Len() {
			break
		}
		e, err := entry(snap, w, key, set.At(key))
		if err != nil {
			return nil, err
		}
		d.Entries = append(d.Entries, e)
	}
	return d, nil
}

// Document returns what is noted about the capture, to be written.
func (s *Session) Document(ctx context.Context, name string) (*notes.Document, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	return Document(ctx, s.shared.x, name, s.noted.look().set, s.loc)
}

// Loc returns the zone that the session shows times in.
func (s *Session) Loc() *time.Location { return s.loc }

// Placed is a document's notes with the keys of their events.
type Placed struct {
	Notes  []notes.Note
	Moved  int // found by their time, not their number: the document is of a capture that holds more or fewer events
	Absent int // that this capture does not hold
}

// Place finds the events of a document: those with its number and time, else those with its time and type.
func Place(x *index.Index, d *notes.Document) Placed {
	snap := x.Acquire()
	defer snap.Release()
	w := &worker{}
	var p Placed
	for i := range d.Entries {
		e := &d.Entries[i]
		key := uint32(0)
		if e.Number > 0 && e.Number <= snap.Number(snap.Len()) {
			key = snap.Key(e.Number)
		}
		if key == 0 || e.TS != 0 && snap.Facts(key).TS != e.TS {
			if key = moved(snap, w, e); key == 0 {
				p.Absent++
				continue
			}
			p.Moved++
		}
		n := e.Note
		n.Event = key
		p.Notes = append(p.Notes, n)
	}
	return p
}

// Place finds the events of a document in the capture.
func (s *Session) Place(d *notes.Document) Placed { return Place(s.shared.x, d) }

// moved finds an event by its time and what it is, 0 when there is none.
func moved(snap index.Snapshot, w *worker, e *notes.Entry) uint32 {
	if e.TS == 0 || snap.Len() == 0 {
		return 0
	}
	for key := snap.AtTime(e.TS); key <= snap.Len() && snap.Facts(key).TS == e.TS; key++ {
		got, err := entry(snap, w, key, notes.Note{})
		if err == nil && got.TID == e.TID && got.Type == e.Type {
			return key
		}
	}
	return 0
}

// Merge adds notes to a set: flags are joined, and a comment takes the place of another one, except of the same text.
func (p *Placed) Merge(set *notes.Set) error {
	byFlag := map[notes.Flag][]uint32{}
	for _, n := range p.Notes {
		for f, is := range map[notes.Flag]bool{notes.Mark: n.Marked, notes.Ignore: n.Ignored, notes.Reference: n.Reference} {
			if is {
				byFlag[f] = append(byFlag[f], n.Event)
			}
		}
	}
	for f, events := range byFlag {
		if _, err := set.Set(f, true, events); err != nil {
			return badRequest("%v", err)
		}
	}
	for _, n := range p.Notes {
		if n.Comment == "" {
			continue
		}
		have := set.At(n.Event)
		if have.Comment != n.Comment {
			have.Comment, have.Author, have.Written = n.Comment, n.Author, n.Written
			set.Put(have)
		}
	}
	return nil
}

// ShiftTo returns by how much times must be shifted, in ns, so that an event was at a time: a date and clock, or a clock of
// the day that the event has.
func (s *Session) ShiftTo(num uint64, at string, utc bool) (int64, error) {
	if s.closed.Load() {
		return 0, ErrClosed
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, num)
	if err != nil {
		return 0, err
	}
	if key == 0 {
		return 0, ErrNoEvent
	}
	loc := s.loc
	if utc {
		loc = time.UTC
	}
	ts := snap.Facts(key).TS
	if n, err := strconv.ParseUint(strings.TrimSpace(at), 10, 63); err == nil && n >= 1e15 {
		return int64(n) - int64(ts), nil
	}
	// A clock alone is one of the event's day; parseTime would take one that is much earlier for the next day's.
	if t, err := time.ParseInLocation("15:04:05.999999999", strings.TrimSpace(at), loc); err == nil {
		day := time.Unix(0, int64(ts)).In(loc)
		return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc).UnixNano() - int64(ts), nil
	}
	if strings.HasPrefix(strings.TrimSpace(at), "+") {
		return 0, badRequest("%q is no moment; write 2025-01-23 08:10:06.5 or 08:10:06.5", at)
	}
	moment, err := parseTime(strings.TrimSpace(at), ts, loc)
	if err != nil {
		return 0, badRequest("%q is no moment; write 2025-01-23 08:10:06.5 or 08:10:06.5", at)
	}
	return int64(moment) - int64(ts), nil
}

// Keys returns the keys of rows of a list, of all when none are named; more than limit are an error. They stand by capture,
// here all in one.
func (s *Session) Keys(ctx context.Context, q Query, rows []RowRange, limit int) ([][]uint32, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	if rows == nil {
		c, err := s.Count(ctx, q.unsorted())
		if err != nil {
			return nil, err
		}
		q, rows = q.unsorted(), []RowRange{{0, c.Matched}}
	}
	if err := fewRows(rows, limit); err != nil {
		return nil, err
	}
	keys, err := s.keysOf(ctx, q, rows, uint64(limit))
	return [][]uint32{keys}, err
}

// fewRows refuses to note something about too many rows.
func fewRows(rows []RowRange, limit int) error {
	if _, err := countRows(rows, uint64(limit)); err != nil {
		return badRequest("these are more than %s events, which cannot be marked or ignored one by one: a filter that marks or hides rows has no limit", group(uint64(limit)))
	}
	return nil
}

// Named returns the keys of events by capture, here all in one; one that there is not is ErrNoEvent.
func (s *Session) Named(nums []uint32) ([][]uint32, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	last := s.shared.x.Progress().Events
	for _, n := range nums {
		if n == 0 || n > last {
			return nil, ErrNoEvent
		}
	}
	return [][]uint32{nums}, nil
}

// FindNoted finds the next row of a list of which something is noted, and wraps.
func (s *Session) FindNoted(ctx context.Context, q Query, kind NotedKind, from uint64, backwards bool) (Found, error) {
	text, err := kind.condition(filter.Sysdig)
	if err != nil {
		return Found{}, err
	}
	return s.Find(ctx, FindRequest{Query: q, Search: Search{Text: text, Language: filter.Sysdig}, From: from, Backwards: backwards, Wrap: true})
}

// Remarks returns the events of a document that a report tells of: all but those that are only ignored.
func Remarks(d *notes.Document) (list []report.Mark) {
	for i := range d.Entries {
		e := &d.Entries[i]
		texts := slices.Clone(e.File)
		if e.Comment != "" {
			texts = append(texts, e.Comment)
		}
		if !e.Marked && !e.Reference && len(texts) == 0 {
			continue
		}
		if e.Comment != "" && e.Author != "" {
			texts[len(texts)-1] += " — " + e.Author
		}
		list = append(list, report.Mark{
			Num: e.Number, Time: uint64(int64(e.TS) + d.Shift), Sentence: e.Sentence, Note: strings.Join(texts, "\n"),
		})
	}
	return list
}

// Comments returns what a saved copy has on events, what people wrote about them, for SliceOptions.
func Comments(set notes.Set) func(key uint32) []string {
	return func(key uint32) []string {
		if n := set.At(key); n.Comment != "" {
			return []string{n.Comment}
		}
		return nil
	}
}
