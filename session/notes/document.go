package notes

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// version is that of the documents written.
const version = 1

// Entry is a note with what finds its event again, also in another capture that holds it, and what tells people of it.
type Entry struct {
	Note
	Number   uint64 // as shown
	TS       uint64 // of the event in the file, ns since the epoch
	Type     string // name of the event
	TID      int64
	Process  string
	Sentence string   // what happened
	File     []string // comments that the file has
}

// Document is the notes of one capture, to share.
type Document struct {
	Capture string // name of the file
	Shift   int64
	Entries []Entry
}

// document is how a Document is written.
type document struct {
	Scapls  int     `json:"scapls-notes"`
	Capture string  `json:"capture,omitempty"`
	Shift   string  `json:"shift,omitempty"`
	Notes   []entry `json:"notes"`
}

type entry struct {
	Event     uint64 `json:"event"` // number as shown
	Time      string `json:"time,omitempty"`
	Type      string `json:"type,omitempty"`
	TID       int64  `json:"tid,omitempty"`
	Process   string `json:"process,omitempty"`
	Marked    bool   `json:"marked,omitempty"`
	Ignored   bool   `json:"ignored,omitempty"`
	Reference bool   `json:"reference,omitempty"`
	Comment   string `json:"comment,omitempty"`
	Author    string `json:"author,omitempty"`
	Written   string `json:"written,omitempty"` // RFC 3339
}

// JSON returns the document for Parse.
func (d *Document) JSON() ([]byte, error) {
	out := document{Scapls: version, Capture: d.Capture, Notes: []entry{}}
	if d.Shift != 0 {
		out.Shift = ShiftText(d.Shift)
	}
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Empty() {
			continue
		}
		o := entry{
			Event: e.Number, Time: strconv.FormatUint(e.TS, 10), Type: e.Type, TID: e.TID, Process: e.Process,
			Marked: e.Marked, Ignored: e.Ignored, Reference: e.Reference, Comment: e.Comment, Author: e.Author,
		}
		if e.Written != 0 {
			o.Written = time.Unix(0, e.Written).UTC().Format(time.RFC3339)
		}
		out.Notes = append(out.Notes, o)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	return append(b, '\n'), err
}

// Parse reads a document. Its entries have the number and the time of their events, and no key.
func Parse(text []byte) (*Document, error) {
	var in document
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, fmt.Errorf("this is no document of notes: %w", err)
	}
	switch {
	case in.Scapls < 1:
		return nil, errors.New("this is no document of notes")
	case in.Scapls > version:
		return nil, fmt.Errorf("these notes are of a newer scapls (%d; known is %d)", in.Scapls, version)
	}
	d := &Document{Capture: in.Capture}
	if in.Shift != "" {
		var err error
		if d.Shift, err = ParseShift(in.Shift); err != nil {
			return nil, err
		}
	}
	for _, e := range in.Notes {
		if err := Check(e.Comment); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Event, err)
		}
		ts, err := uint64(0), error(nil)
		if e.Time != "" {
			if ts, err = strconv.ParseUint(e.Time, 10, 64); err != nil {
				return nil, fmt.Errorf("event %d: its time %.40q is no number", e.Event, e.Time)
			}
		}
		o := Entry{
			Note: Note{
				Marked: e.Marked, Ignored: e.Ignored, Reference: e.Reference, Comment: strings.TrimSpace(e.Comment), Author: e.Author,
			},
			Number: e.Event, TS: ts, Type: e.Type, TID: e.TID, Process: e.Process,
		}
		if t, err := time.Parse(time.RFC3339, e.Written); err == nil {
			o.Written = t.UnixNano()
		}
		d.Entries = append(d.Entries, o)
	}
	return d, nil
}

// words tells what flags a note has.
func (n *Note) words() string {
	var list []string
	for _, f := range []struct {
		is   bool
		word string
	}{{n.Marked, "marked"}, {n.Ignored, "ignored"}, {n.Reference, "time reference"}} {
		if f.is {
			list = append(list, f.word)
		}
	}
	return strings.Join(list, ", ")
}

// comments returns all comments of an event, those of the file first.
func (e *Entry) comments() []string {
	list := append([]string(nil), e.File...)
	if e.Comment != "" {
		list = append(list, e.Comment)
	}
	return list
}

// clock writes an event's time as it is shown.
func (d *Document) clock(ts uint64, loc *time.Location) string {
	return time.Unix(0, int64(ts)+d.Shift).In(loc).Format("2006-01-02 15:04:05.000000000")
}

// Markdown returns the notes for people. Events that are only ignored are counted.
func (d *Document) Markdown(loc *time.Location) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Notes on %s\n", plain(d.Capture))
	if d.Shift != 0 {
		fmt.Fprintf(&b, "\nTimes are shifted by %s.\n", ShiftText(d.Shift))
	}
	ignored := 0
	for i := range d.Entries {
		e := &d.Entries[i]
		if e.Ignored {
			ignored++
		}
		if !e.Marked && !e.Reference && len(e.comments()) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## Event %d: %s\n\n", e.Number, plain(orElse(e.Sentence, e.Type)))
		fmt.Fprintf(&b, "%s", d.clock(e.TS, loc))
		if e.Process != "" {
			fmt.Fprintf(&b, ", %s (%d)", plain(e.Process), e.TID)
		}
		if w := e.words(); w != "" {
			fmt.Fprintf(&b, ", %s", w)
		}
		b.WriteString("\n")
		for _, c := range e.comments() {
			b.WriteString("\n> " + strings.ReplaceAll(c, "\n", "\n> ") + "\n")
		}
		if e.Comment != "" && (e.Author != "" || e.Written != 0) {
			fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace("— "+plain(e.Author)+" "+written(e.Written, loc)))
		}
	}
	if ignored > 0 {
		fmt.Fprintf(&b, "\n%d ignored.\n", ignored)
	}
	return []byte(b.String())
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// plain takes from a text what Markdown would read as its own.
func plain(s string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "_", "\\_", "`", "\\`", "<", "\\<", "#", "\\#", "[", "\\[", "\n", " ").Replace(s)
}

func written(ns int64, loc *time.Location) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).In(loc).Format("2006-01-02 15:04")
}

// CSV returns the notes as a table with a header.
func (d *Document) CSV(loc *time.Location) ([]byte, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"event", "time", "process", "tid", "type", "noted", "comment", "author", "written"}}
	for i := range d.Entries {
		e := &d.Entries[i]
		rows = append(rows, []string{
			strconv.FormatUint(e.Number, 10), d.clock(e.TS, loc), e.Process, strconv.FormatInt(e.TID, 10), e.Type, e.words(),
			strings.Join(e.comments(), "\n"), e.Author, written(e.Written, loc),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}
