package index

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// selected are the keys that a filter selects, and those that match when they are asked one by one.
func selected(t *testing.T, x *Index, text string, l List) (set, one []uint32) {
	t.Helper()
	read := filter.Read(text, filter.Auto)
	p, err := read.Compile()
	require.NoError(t, err, text)
	a := Ask{List: l, Loc: time.UTC}
	got, err := x.Select(t.Context(), p, a, nil)
	require.NoError(t, err)
	for key := got.Next(1); key != 0; key = got.Next(key + 1) {
		set = append(set, key)
	}
	s := x.Acquire()
	defer s.Release()
	var cur Cursor
	var c field.Ctx
	a.style(&c)
	for key := s.Next(l, 1); key != 0; key = s.Next(l, key+1) {
		if require.NoError(t, s.Fill(key, l.Calls, &cur, &c)); p.Match(&c) {
			one = append(one, key)
		}
	}
	return set, one
}

func TestFiltersOfNotesSelectWhatIsNotedNow(t *testing.T) {
	x := openFile(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	asked := []string{
		"evt.marked = true", "evt.marked = false", "not evt.ignored = true", "evt.comment exists", "not evt.comment exists", "evt.comment contains slow",
		"evt.marked = true or evt.comment contains x", "evt.marked = true and proc.name = sysmix", "evt.comment startswith a or evt.num < 5", "evt.reference = true",
		"frame.marked == 1 && !frame.ignored == 1", "evt.marked = true or evt.args contains etc", "frame.comment matches \"^a\"", "toupper(evt.comment) contains SLOW",
		"evt.ignored = true and evt.failed = true",
	}
	for round, own := range []map[uint32]field.Note{
		nil,
		{1: {Marked: true}, 64: {Marked: true}, 65: {Comments: []string{"a", "slow"}}, 200: {Ignored: true, Reference: true}, 3000: {Marked: true, Comments: []string{"x"}}, 1 << 31: {Marked: true}},
		{2: {Marked: true, Ignored: true}},
	} {
		x.SetNotes(own)
		for _, text := range asked {
			for _, l := range []List{{}, {Calls: true}, {Internal: true}} {
				set, one := selected(t, x, text, l)
				require.Equal(t, one, set, "%s, round %d, %+v", text, round, l)
			}
		}
	}
	set, _ := selected(t, x, "evt.marked = true", List{Internal: true})
	require.Equal(t, []uint32{2}, set)
	before := fmt.Sprintf("%p", mustSelect(t, x, "proc.name = sysmix"))
	x.SetNotes(nil)
	require.Equal(t, before, fmt.Sprintf("%p", mustSelect(t, x, "proc.name = sysmix")), "what does not ask for notes is still known")
}

func mustSelect(t *testing.T, x *Index, text string) *Set {
	t.Helper()
	read := filter.Read(text, filter.Auto)
	p, err := read.Compile()
	require.NoError(t, err)
	set, err := x.Select(t.Context(), p, Ask{}, nil)
	require.NoError(t, err)
	return set
}

func TestCommentsOfTheFileAreNotes(t *testing.T) {
	made := scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		scapiotest.Events(w, 2)
		_ = w.RawEvent(0, 0, rawEvent(t), scapio.CommentOption("of the file"), scapio.CommentOption("another"))
		_ = w.Packet(scapio.Packet{TS: scapiotest.T0 + 10_000, Len: 3, Data: []byte("abc")}, scapio.CommentOption("on a packet"))
		scapiotest.Events(w, 1)
	})
	x := openFile(t, scapiotest.File(t, made))
	s := x.Acquire()
	require.Equal(t, []uint32{5, 6}, s.Noted())
	require.Equal(t, []string{"of the file", "another"}, s.Note(5).Comments)
	require.Equal(t, []string{"on a packet"}, s.FileComments(6))
	require.Nil(t, s.Note(1))
	s.Release()
	x.SetNotes(map[uint32]field.Note{5: {Marked: true, Comments: []string{"mine"}}, 7: {Ignored: true}})
	s = x.Acquire()
	require.Equal(t, []uint32{5, 6, 7}, s.Noted())
	require.Equal(t, &field.Note{Marked: true, Comments: []string{"of the file", "another", "mine"}}, s.Note(5))
	require.Equal(t, []string{"of the file", "another"}, s.FileComments(5))
	s.Release()
	set, one := selected(t, x, "evt.comment = another", List{})
	require.Equal(t, []uint32{5}, set)
	require.Equal(t, one, set)
	set, _ = selected(t, x, "evt.comment exists", List{})
	require.Equal(t, []uint32{5, 6}, set)
}

// rawEvent is an event as RawEvent takes it.
func rawEvent(t *testing.T) []byte {
	ev := scapiotest.Event(t, 1, 200, evtable.SyscallCloseX, scapiotest.U64(0))
	return ev.Raw
}
