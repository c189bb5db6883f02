package notes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Note is what is noted about one event.
type Note struct {
	Event     uint32 // key
	Marked    bool
	Ignored   bool
	Reference bool   // times are shown relative to it
	Comment   string // may have several lines
	Author    string // of the comment, "" if nobody said
	Written   int64  // when the comment was written, ns since the epoch; 0 if nobody said
}

// Empty reports whether nothing is noted.
func (n *Note) Empty() bool { return !n.Marked && !n.Ignored && !n.Reference && n.Comment == "" }

// Set is what is noted about a capture: its notes by event, none of them empty. The zero value is a set.
type Set struct {
	Notes []Note
	Shift int64 // ns that are added to the capture's times where they are shown
}

// Flag is one of the properties of a note that are there or not.
type Flag string

// The flags.
const (
	Mark      Flag = "mark"
	Ignore    Flag = "ignore"
	Reference Flag = "reference"
)

// What a set holds at most. MaxFlagged bounds each flag.
const (
	MaxFlagged  = 100_000
	MaxComments = 10_000
	MaxComment  = 32 << 10 // bytes
)

// flag returns where a note keeps a flag.
func (n *Note) flag(f Flag) *bool {
	switch f {
	case Mark:
		return &n.Marked
	case Ignore:
		return &n.Ignored
	}
	return &n.Reference
}

// Clone returns a set with notes of its own.
func (s *Set) Clone() Set { return Set{Notes: slices.Clone(s.Notes), Shift: s.Shift} }

// Equal reports whether two sets say the same.
func (s *Set) Equal(o *Set) bool { return s.Shift == o.Shift && slices.Equal(s.Notes, o.Notes) }

// Empty reports whether nothing is noted.
func (s *Set) Empty() bool { return len(s.Notes) == 0 && s.Shift == 0 }

// At returns the note of an event, an empty one when there is none.
func (s *Set) At(event uint32) Note {
	if i, ok := s.find(event); ok {
		return s.Notes[i]
	}
	return Note{Event: event}
}

func (s *Set) find(event uint32) (int, bool) {
	return slices.BinarySearchFunc(s.Notes, event, func(n Note, e uint32) int { return int(int64(n.Event) - int64(e)) })
}

// Put makes n the note of its event; an empty one takes the event's away.
func (s *Set) Put(n Note) {
	i, there := s.find(n.Event)
	switch {
	case there && n.Empty():
		s.Notes = slices.Delete(s.Notes, i, i+1)
	case there:
		s.Notes[i] = n
	case !n.Empty():
		s.Notes = slices.Insert(s.Notes, i, n)
	}
}

// Set sets or takes away a flag of events and returns how many of them it changed. Too many flagged events are an error,
// and change nothing.
func (s *Set) Set(f Flag, on bool, events []uint32) (changed int, err error) {
	if !slices.IsSorted(events) {
		events = slices.Sorted(slices.Values(events))
	}
	events = slices.Compact(slices.Clone(events))
	out := make([]Note, 0, len(s.Notes)+len(events))
	i := 0
	for _, e := range events {
		for i < len(s.Notes) && s.Notes[i].Event < e {
			out = append(out, s.Notes[i])
			i++
		}
		n := Note{Event: e}
		if i < len(s.Notes) && s.Notes[i].Event == e {
			n = s.Notes[i]
			i++
		}
		if at := n.flag(f); *at != on {
			*at = on
			changed++
		}
		if !n.Empty() {
			out = append(out, n)
		}
	}
	out = append(out, s.Notes[i:]...)
	if n := (&Set{Notes: out}).Count(f); on && n > MaxFlagged {
		return 0, fmt.Errorf("these would be %d events; at most %d can be marked or ignored one by one: a filter that marks or hides them has no limit", n, MaxFlagged)
	}
	s.Notes = out
	return changed, nil
}

// Clear takes a flag away from all events and returns from how many.
func (s *Set) Clear(f Flag) (changed int) {
	for i := range s.Notes {
		if at := s.Notes[i].flag(f); *at {
			*at = false
			changed++
		}
	}
	s.prune()
	return changed
}

// prune takes out notes that say nothing any more.
func (s *Set) prune() {
	s.Notes = slices.DeleteFunc(s.Notes, func(n Note) bool { return n.Empty() })
}

// All reports whether all events have a flag.
func (s *Set) All(f Flag, events []uint32) bool {
	for _, e := range events {
		if n := s.At(e); !*n.flag(f) {
			return false
		}
	}
	return true
}

// Comment makes text the comment of an event, written at a time (ns since the epoch); "" takes it away. The same text
// again changes nothing.
func (s *Set) Comment(event uint32, text, author string, at int64) {
	n := s.At(event)
	if n.Comment == text {
		return
	}
	n.Comment, n.Author, n.Written = text, author, at
	if text == "" {
		n.Author, n.Written = "", 0
	}
	s.Put(n)
}

// Uncomment takes the comments of events away and returns how many there were.
func (s *Set) Uncomment(events []uint32) (changed int) {
	for _, e := range events {
		if s.At(e).Comment != "" {
			s.Comment(e, "", "", 0)
			changed++
		}
	}
	return changed
}

// ClearComments takes all comments away and returns how many there were.
func (s *Set) ClearComments() (changed int) {
	for i := range s.Notes {
		if n := &s.Notes[i]; n.Comment != "" {
			n.Comment, n.Author, n.Written = "", "", 0
			changed++
		}
	}
	s.prune()
	return changed
}

// Count returns how many events have a flag.
func (s *Set) Count(f Flag) (n int) {
	for i := range s.Notes {
		if *s.Notes[i].flag(f) {
			n++
		}
	}
	return n
}

// Comments returns how many events have a comment.
func (s *Set) Comments() (n int) {
	for i := range s.Notes {
		if s.Notes[i].Comment != "" {
			n++
		}
	}
	return n
}

// Events returns the events that have a flag, in order.
func (s *Set) Events(f Flag) (list []uint32) {
	for i := range s.Notes {
		if *s.Notes[i].flag(f) {
			list = append(list, s.Notes[i].Event)
		}
	}
	return list
}

// Check refuses a comment that cannot be kept.
func Check(comment string) error {
	if len(comment) > MaxComment {
		return fmt.Errorf("the note has %d bytes; at most %d are kept", len(comment), MaxComment)
	}
	return nil
}

// Ranges writes numbers, which are in order, as 1,5-9.
func Ranges(list []uint32) string {
	var b []byte
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && list[j+1] == list[j]+1 {
			j++
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(list[i]), 10)
		if j > i {
			b = strconv.AppendUint(append(b, '-'), uint64(list[j]), 10)
		}
		i = j + 1
	}
	return string(b)
}

// ParseRanges reads what Ranges writes, at most MaxFlagged numbers. What cannot be read is left out.
func ParseRanges(text string) (list []uint32) {
	for part := range strings.SplitSeq(text, ",") {
		from, to, ranged := strings.Cut(part, "-")
		a, err := strconv.ParseUint(from, 10, 32)
		b := a
		if ranged && err == nil {
			b, err = strconv.ParseUint(to, 10, 32)
		}
		if err != nil || a == 0 || len(list) > 0 && uint32(a) <= list[len(list)-1] {
			continue
		}
		for n := a; n <= b && len(list) < MaxFlagged; n++ {
			list = append(list, uint32(n))
		}
	}
	return list
}
