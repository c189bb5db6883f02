package notes

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestFlagsOfASetStayInOrder(t *testing.T) {
	var s Set
	n, err := s.Set(Mark, true, []uint32{3, 5, 9})
	require.NoError(t, err)
	require.Equal(t, 3, n)
	n, err = s.Set(Ignore, true, []uint32{1, 5, 10})
	require.NoError(t, err)
	require.Equal(t, 3, n)
	n, err = s.Set(Mark, false, []uint32{2, 3, 5})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, []uint32{9}, s.Events(Mark))
	require.Equal(t, []uint32{1, 5, 10}, s.Events(Ignore))
	require.Equal(t, Note{Event: 3}, s.At(3), "what says nothing any more is gone")
	require.Len(t, s.Notes, 4)
	require.Equal(t, 3, s.Clear(Ignore))
	require.Len(t, s.Notes, 1)
}

func TestTooManyMarksAreRefusedAndChangeNothing(t *testing.T) {
	var s Set
	list := make([]uint32, MaxFlagged+1)
	for i := range list {
		list[i] = uint32(2*i) + 1
	}
	_, err := s.Set(Mark, true, list)
	require.ErrorContains(t, err, "at most 100000")
	require.True(t, s.Empty())
	_, err = s.Set(Mark, true, list[1:])
	require.NoError(t, err)
	require.Equal(t, MaxFlagged, s.Count(Mark))
	require.Equal(t, s.Events(Mark), ParseRanges(Ranges(s.Events(Mark))))
}

func TestRanges(t *testing.T) {
	for text, list := range map[string][]uint32{"": nil, "1": {1}, "1-3": {1, 2, 3}, "1,3-4,4294967295": {1, 3, 4, 4294967295}} {
		require.Equal(t, text, Ranges(list))
		require.Equal(t, list, ParseRanges(text))
	}
	require.Equal(t, []uint32{5, 6}, ParseRanges("x,0,5-6,3,-,7-4"))
	require.Len(t, ParseRanges("1-4294967295"), MaxFlagged)
}

func TestOffsetsAreReadAndWritten(t *testing.T) {
	const s, m, h = int64(time.Second), int64(time.Minute), int64(time.Hour)
	for text, want := range map[string]int64{
		"+1:30:00": h + 30*m, "1:30": h + 30*m, "-2.5": -2500 * int64(time.Millisecond), "90m": 90 * m, "-1h30m": -(h + 30*m), "+250ms": 250e6,
		"2d": 48 * h, "-1d 2:00": -26 * h, "0.000000001": 1, "3600": 3600 * s, "−5": -5 * s, "0": 0,
	} {
		got, err := ParseShift(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := ParseShift(ShiftText(got))
		require.NoError(t, err, ShiftText(got))
		require.Equal(t, want, again)
	}
	for _, text := range []string{"", "+", "--1", "1:60", "1:2:3:4", "x", "1.", "200y", "99999d", "1e9", "0.0000000001", "99999999999999999999"} {
		_, err := ParseShift(text)
		require.Error(t, err, text)
	}
	require.Equal(t, "-1d 0:00:00.5", ShiftText(-24*h-s/2))
}

func sample() *Document {
	return &Document{Capture: "a_b.scap", Shift: int64(time.Hour), Entries: []Entry{
		{
			Note: Note{Event: 3, Marked: true, Comment: "first\nsecond, \"quoted\"", Author: "Ann", Written: 1_700_000_000e9}, Number: 3, TS: 1_700_000_000_123456789, Type: "openat", TID: 7, Process: "curl",
			Sentence: "curl (7) opened *x*", File: []string{"of the file"},
		},
		{Note: Note{Event: 9, Ignored: true}, Number: 8, TS: 1_700_000_001_000000000, Type: "read", TID: 7, Process: "curl"},
	}}
}

func TestADocumentIsReadAsItWasWritten(t *testing.T) {
	b, err := sample().JSON()
	require.NoError(t, err)
	d, err := Parse(b)
	require.NoError(t, err)
	want := sample()
	for i := range want.Entries {
		e := &want.Entries[i]
		e.Event, e.Sentence, e.File = 0, "", nil // not in the document
	}
	require.Equal(t, want, d)
}

func TestWhatIsNoDocumentIsRefused(t *testing.T) {
	for text, why := range map[string]string{
		"": "no document", "[]": "no document", "{}": "no document", `{"scapls-notes":2}`: "newer", `{"scapls-notes":1,"shift":"x"}`: "offset",
		`{"scapls-notes":1,"notes":[{"event":1,"time":"x"}]}`: "no number", `{"scapls-notes":1,"notes":[{"event":1,"comment":"` + strings.Repeat("x", MaxComment+1) + `"}]}`: "bytes",
	} {
		_, err := Parse([]byte(text))
		require.ErrorContains(t, err, why, text)
	}
}

func TestNotesForPeople(t *testing.T) {
	md := string(sample().Markdown(time.UTC))
	require.Contains(t, md, `## Event 3: curl (7) opened \*x\*`)
	require.Contains(t, md, "2023-11-14 23:13:20.123456789, curl (7), marked")
	require.Contains(t, md, "> of the file\n\n> first\n> second")
	require.Contains(t, md, "— Ann 2023-11-14 22:13")
	require.Contains(t, md, "1 ignored")
	require.NotContains(t, md, "Event 8")
	csv, err := sample().CSV(time.UTC)
	require.NoError(t, err)
	require.Equal(t, "event,time,process,tid,type,noted,comment,author,written\n"+
		"3,2023-11-14 23:13:20.123456789,curl,7,openat,marked,\"of the file\nfirst\nsecond, \"\"quoted\"\"\",Ann,2023-11-14 22:13\n"+
		"8,2023-11-14 23:13:21.000000000,curl,7,read,ignored,,,\n", string(csv))
}
