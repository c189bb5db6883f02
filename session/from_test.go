package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// indexed opens a capture and waits for its index.
func indexed(t testing.TB, path string) *Session {
	t.Helper()
	s, err := Open(context.Background(), path, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.shared.x.Wait(context.Background()))
	return s
}

// selects returns the events of a list that a filter matches.
func selects(t testing.TB, s *Session, text string, lang filter.Language, view ViewKind) map[uint64]bool {
	t.Helper()
	read := filter.Read(text, lang)
	p, err := read.Compile()
	require.NoError(t, err, text)
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	list := Query{View: view, Internal: true}.list()
	got := map[uint64]bool{}
	prev := uint32(0)
	for key := snap.Next(list, 1); key != 0; key = snap.Next(list, key+1) {
		require.NoError(t, snap.Fill(key, list.Calls, &w.cur, &w.ctx))
		w.ctx.PrevTS = 0
		if prev != 0 {
			w.ctx.PrevTS = snap.Facts(prev).TS
		}
		if p.Match(&w.ctx) {
			got[uint64(key)] = true
		}
		prev = key
	}
	return got
}

// A filter made of a cell matches the event it was made of, whatever the field, in both languages and both views. The
// maker says so itself when it cannot; that may be for the few reasons given here only.
func TestAFilterOfACellSelectsItsEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine asks everything")
	}
	var fields []string
	for _, f := range field.All() {
		switch {
		case f.Flags.Has(field.PrintOnly) && f.Name != "evt.outputtime":
		case f.Arg == field.ArgRequired:
			for _, arg := range map[string][]string{
				"evt.arg": {".fd", ".name", "[0]", ".res", ".data", ".flags"}, "evt.rawarg": {".fd", ".size", ".res", ".flags", ".data"},
				"evt.type.is": {".open"}, "thread.cgroup": {".cpu"}, "evt.around": {"[1]"}, "container.label": {"[a]"},
			}[f.Name] {
				fields = append(fields, f.Name+arg)
			}
		default:
			fields = append(fields, f.Name)
			if f.Name == "proc.aname" || f.Name == "proc.apid" || f.Name == "proc.acmdline" {
				fields = append(fields, f.Name+"[2]")
			}
		}
	}
	check := func(t *testing.T, path string) {
		s := indexed(t, path)
		n := s.Progress().Events
		made, refused := 0, map[string]int{}
		for _, view := range []ViewKind{EventsView, CallsView} {
			for i := range uint64(40) {
				num := 1 + i*(n-1)/39
				for _, base := range []string{"", `proc.name == "x" && fd.num == 3`} {
					for _, name := range fields {
						text, lang, err := s.From(context.Background(), FromRequest{Kind: FromCell, Join: assist.Or, Base: base, Num: num, View: view, Column: name})
						if base != "" && strings.HasPrefix(name, "evt.around") { // has no counterpart in Wireshark's language
							require.ErrorIs(t, err, ErrBadRequest)
							continue
						}
						if errors.Is(err, ErrBadRequest) {
							refused[fmt.Sprintf("%s %v: %v", name, base == "", err)]++
							continue
						}
						require.NoError(t, err, "%s of event %d of %s", name, num, path)
						made++
						require.True(t, matches(t, s, num, view, text, lang), "%s of event %d of %s: %s", name, num, path, text)
					}
				}
			}
		}
		require.Empty(t, refused, path)
		require.Greater(t, made, 1000)
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	t.Run("third parties' captures", func(t *testing.T) {
		for _, path := range scapiotest.Shared(t, "falco_run_as_user_0", "sf_namespaces", "libs_sample") {
			check(t, path)
		}
	})
}

// matches reports whether a filter selects an event.
func matches(t testing.TB, s *Session, num uint64, view ViewKind, text string, lang filter.Language) bool {
	t.Helper()
	read := filter.Read(text, lang)
	p, err := read.Compile()
	require.NoError(t, err, text)
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	list := Query{View: view}.list()
	require.NoError(t, snap.Fill(uint32(num), list.Calls, &w.cur, &w.ctx))
	w.ctx.PrevTS = 0
	if prev := snap.Prev(list, uint32(num)); prev != 0 {
		w.ctx.PrevTS = snap.Facts(prev).TS
	}
	return p.Match(&w.ctx)
}

// with returns the filter made of something.
func with(t testing.TB, s *Session, req FromRequest) string {
	t.Helper()
	text, _, err := s.From(context.Background(), req)
	require.NoError(t, err, "%+v", req)
	return text
}

func TestConditionsJoinWithParenthesesWhereTheyAreNeeded(t *testing.T) {
	s := indexed(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
	num := uint64(200)
	tid := fmt.Sprint(func() int64 {
		snap := s.shared.x.Acquire()
		defer snap.Release()
		return snap.Facts(uint32(num)).Thread.TID
	}())
	for _, c := range []struct {
		base string
		join assist.Join
		want string
	}{
		{"", assist.Replace, "thread.tid = T"},
		{"evt.num > 3", assist.Replace, "thread.tid = T"},
		{"evt.num > 3", assist.Negate, "not thread.tid = T"},
		{"", assist.And, "thread.tid = T"},
		{"", assist.OrNot, "not thread.tid = T"},
		{" evt.num > 3 ", assist.And, "evt.num > 3 and thread.tid = T"},
		{"evt.num > 3 or fd.num = 1", assist.And, "(evt.num > 3 or fd.num = 1) and thread.tid = T"},
		{"evt.num > 3 and fd.num = 1", assist.And, "evt.num > 3 and fd.num = 1 and thread.tid = T"},
		{"evt.num > 3 or fd.num = 1", assist.Or, "evt.num > 3 or fd.num = 1 or thread.tid = T"},
		{"not evt.num > 3", assist.AndNot, "not evt.num > 3 and not thread.tid = T"},
		{"evt.num > 3 && fd.num == 1", assist.Or, "evt.num > 3 && fd.num == 1 or thread.tid == T"},
		{"evt.num > 3 || fd.num == 1", assist.AndNot, "(evt.num > 3 || fd.num == 1) and not thread.tid == T"},
		{"evt.num > 3 ^^ fd.num == 1", assist.And, "(evt.num > 3 ^^ fd.num == 1) and thread.tid == T"},
	} {
		got := with(t, s, FromRequest{Kind: FromThread, Join: c.join, Base: c.base, Num: num})
		require.Equal(t, strings.ReplaceAll(c.want, "T", tid), got, "%q", c.base)
	}
	_, _, err := s.From(context.Background(), FromRequest{Kind: FromThread, Join: assist.And, Base: "evt.num > ", Num: num})
	require.ErrorIs(t, err, ErrBadRequest)
}

// What a filter of a stream selects is the events of one descriptor from where it is opened to where it is closed.
func TestAStreamIsOneOpening(t *testing.T) {
	check := func(t *testing.T, path string) {
		s := indexed(t, path)
		snap := s.shared.x.Acquire()
		want := map[uint32]map[uint64]bool{}
		for key := uint32(1); key <= snap.Len(); key++ {
			if f := snap.Facts(key); f.FD != nil {
				if want[f.FD.Stream] == nil {
					want[f.FD.Stream] = map[uint64]bool{}
				}
				want[f.FD.Stream][uint64(key)] = true
				require.Equal(t, f.FD.Num, f.FDNum)
			}
		}
		snap.Release()
		require.Greater(t, len(want), 3)
		n := 0
		for _, events := range want {
			var num uint64
			for num = range events {
				break
			}
			text := with(t, s, FromRequest{Kind: FromStream, Num: num})
			got := selects(t, s, text, filter.Sysdig, EventsView)
			for key := range got {
				require.True(t, events[key], "%s selects event %d", text, key)
			}
			require.True(t, got[num] || len(got) == 0, "%s misses event %d", text, num)
			if n++; n == 12 {
				break
			}
		}
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
}

func TestDescendantsAreAllThatComeFromAProcess(t *testing.T) {
	check := func(t *testing.T, path string) {
		s := indexed(t, path)
		n := s.Progress().Events
		for _, num := range []uint64{n / 7, n / 3, n / 2, n - 1} {
			snap := s.shared.x.Acquire()
			thread := snap.Facts(uint32(num)).Thread
			snap.Release()
			if thread == nil || thread.PID < 0 {
				continue
			}
			sysdig := with(t, s, FromRequest{Kind: FromDescendants, Num: num})
			wireshark := with(t, s, FromRequest{Kind: FromDescendants, Num: num, Base: "fd.num == 3 && fd.num == 4"})
			require.Equal(t, selects(t, s, wireshark, filter.Wireshark, EventsView), selects(t, s, sysdig, filter.Sysdig, EventsView), "%s and %s", sysdig, wireshark)
			require.True(t, matches(t, s, num, EventsView, sysdig, filter.Sysdig), sysdig)
		}
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	t.Run("third parties' captures", func(t *testing.T) {
		for _, path := range scapiotest.Shared(t, "sf_alpine", "xxradar", "sf_nginx") {
			check(t, path)
		}
	})
}

func TestFiltersOfWhatAnEventIsAbout(t *testing.T) {
	check := func(t *testing.T, path string) {
		s := indexed(t, path)
		n := s.Progress().Events
		for _, kind := range []SourceKind{FromThread, FromProcess, FromDescendants, FromContainer, FromUser, FromFD, FromStream} {
			made := 0
			for i := range uint64(60) {
				num := 1 + i*(n-1)/59
				for _, base := range []string{"", "fd.num == 3 && fd.num == 4"} {
					text, lang, err := s.From(context.Background(), FromRequest{Kind: kind, Join: assist.Or, Base: base, Num: num})
					if errors.Is(err, ErrBadRequest) { // the event is about no such thing
						continue
					}
					require.NoError(t, err)
					made++
					require.True(t, matches(t, s, num, EventsView, text, lang), "%s of event %d: %s", kind, num, text)
				}
			}
			require.Greater(t, made, 40, kind)
		}
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
}

func TestFiltersOfItemsOfStateViews(t *testing.T) {
	s := indexed(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	ctx := context.Background()
	for state, ask := range map[string]func() (string, []Item, error){
		"processes":  func() (string, []Item, error) { return s.Processes(ctx, 0) },
		"users":      func() (string, []Item, error) { return s.Users(ctx, 0) },
		"groups":     func() (string, []Item, error) { return s.Groups(ctx, 0) },
		"interfaces": func() (string, []Item, error) { return s.Interfaces(ctx, 0) },
	} {
		_, items, err := ask()
		require.NoError(t, err)
		require.NotEmpty(t, items, state)
		for _, it := range items {
			text := with(t, s, FromRequest{Kind: FromItem, State: state, ID: it.ID, TID: it.TID})
			read := filter.Read(text, filter.Sysdig)
			require.True(t, read.Valid(), text)
		}
	}
	_, items, err := s.FDs(ctx, 0, 11756)
	require.NoError(t, err)
	for _, it := range items {
		text := with(t, s, FromRequest{Kind: FromItem, State: "fds", ID: it.ID, TID: 11756})
		read := filter.Read(text, filter.Sysdig)
		require.True(t, read.Valid(), text)
	}
}

// twice returns a capture whose events come twice, so that the numbers of its processes are given again.
func twice(t *testing.T, path string) string {
	t.Helper()
	b := scapiotest.Bytes(t, path)
	out := bytes.Clone(b)
	at := scapiotest.Offsets(b)
	for i, from := range at[:len(at)-1] {
		if scapio.BlockType(binary.LittleEndian.Uint32(b[from:])).IsEvent() {
			out = append(out, b[from:at[i+1]]...)
		}
	}
	return scapiotest.File(t, out)
}

// When the capture has two processes of one number, a filter of one selects none of the other's events.
func TestAProcessIsNotTheNextOfItsNumber(t *testing.T) {
	s := indexed(t, twice(t, scapiotest.Repo(t, "live_old-sysmix.scap")))
	snap := s.shared.x.Acquire()
	events := map[int64]map[uint32][]uint64{} // by pid and birth
	for key := uint32(1); key <= snap.Len(); key++ {
		th := snap.Facts(key).Thread
		if th == nil || th.PID < 0 {
			continue
		}
		main := snap.View(key).Main(th)
		if main == nil {
			continue
		}
		if events[th.PID] == nil {
			events[th.PID] = map[uint32][]uint64{}
		}
		events[th.PID][main.Born] = append(events[th.PID][main.Born], uint64(key))
	}
	snap.Release()
	reused := 0
	for pid, births := range events {
		if len(births) < 2 {
			continue
		}
		reused++
		for born, want := range births {
			for _, base := range []string{"", "fd.num == 3 && fd.num == 4"} {
				text, lang, err := s.From(context.Background(), FromRequest{Kind: FromProcess, Num: want[0], Join: assist.Or, Base: base})
				require.NoError(t, err)
				got := selects(t, s, text, lang, EventsView)
				require.Len(t, got, len(want), "%s: process %d born with event %d", text, pid, born)
				for _, key := range want {
					require.True(t, got[key], "%s misses %d", text, key)
				}
			}
		}
	}
	require.Greater(t, reused, 3)
}
