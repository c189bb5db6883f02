package session

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/bits"
	"slices"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// SliceOptions says which events a slice holds.
type SliceOptions struct {
	Query
	Program  *filter.Program        // which events; nil: all
	Legacy   bool                   // what the filter says of texts is about the legacy style
	Loc      *time.Location         // zone of clock times in the filter; nil: UTC
	From, To uint32                 // keys of the first and the last event; 0: those of the capture
	Near     int                    // how many changes of state rather than the state they lead to; 0: as usual, below: none
	Limit    uint64                 // at most so many of the first that match; 0: all
	Told     func(fraction float64) // how far it is; may be nil
	// Comments returns what is written on the chosen events besides what the file has on them; nil: nothing.
	Comments func(key uint32) []string
}

// Sliced tells what a slice holds.
type Sliced struct {
	Events    uint64 // that were chosen
	State     uint64 // that are there for the names of others, and hidden
	Commented uint64 // that a comment was written on
}

// Slice writes a capture of chosen events of another one, so that any reader finds the same names on them: with the
// state as of the first one as its first state, and between the chosen events those that change the state, marked as
// state-only, which readers apply and do not show (SCAP_FORMAT §9). Both halves of a chosen call are there; a half that
// was not chosen itself is hidden too, but for the calls view, where a row stands for both.
//
// Events are copied as they are in the file. It returns when all is written, ctx ends, or w fails.
func Slice(ctx context.Context, x *index.Index, o SliceOptions, w io.Writer) (Sliced, error) {
	if err := x.Wait(ctx); err != nil {
		return Sliced{}, err
	}
	s := &slicer{x: x, o: o, out: w}
	snap := x.Acquire()
	s.last = snap.Len()
	s.sections = snap.Sections()
	s.o.Legacy = s.o.Legacy && snap.FirstEnter() != 0
	snap.Release()
	if s.o.From == 0 {
		s.o.From = 1
	}
	if s.o.To == 0 || s.o.To > s.last {
		s.o.To = s.last
	}
	if err := s.choose(ctx); err != nil {
		return Sliced{}, err
	}
	err := s.write(ctx)
	return s.done, err
}

// slicer is a slice being made.
type slicer struct {
	x        *index.Index
	o        SliceOptions
	out      io.Writer
	last     uint32 // key of the capture's last event when it began
	sections []index.Section

	chosen  keySet
	visible keySet // chosen, and in the calls view their other halves
	hidden  keySet

	opening uint32 // events before it are taken in silently by readers, as they are

	cur  index.Cursor
	buf  bytes.Buffer // written under the lock, and given to out behind it
	w    *scapio.Writer
	done Sliced
}

// keySet is a set of keys, a bit for each.
type keySet []uint64

func newKeySet(last uint32) keySet { return make(keySet, last/64+1) }

func (s keySet) has(key uint32) bool { return s[key/64]&(1<<(key%64)) != 0 }
func (s keySet) add(key uint32)      { s[key/64] |= 1 << (key % 64) }

// next returns the first key of the set at or after key, 0 when there is none up to last.
func (s keySet) next(key, last uint32) uint32 {
	for key <= last {
		if w := s[key/64] >> (key % 64); w != 0 {
			if key += uint32(bits.TrailingZeros64(w)); key <= last {
				return key
			}
			return 0
		}
		key = key/64*64 + 64
	}
	return 0
}

// chooseShare is how much of the whole work choosing is, for who wants to be told.
const chooseShare = 0.5

// choose finds the events that match.
func (s *slicer) choose(ctx context.Context) error {
	s.chosen = newKeySet(s.last)
	var set *index.Set
	if s.o.Program != nil {
		var err error
		ask := index.Ask{List: s.o.list(), Legacy: s.o.Legacy, Loc: s.o.Loc}
		if set, err = s.x.Select(ctx, s.o.Program, ask, func(set *index.Set) {
			s.tell(chooseShare * float64(set.Asked()) / float64(s.last+1))
		}); err != nil {
			return err
		}
	}
	snap := s.x.Acquire()
	defer snap.Release()
	next := set.Next
	if set == nil {
		list := s.o.list()
		next = func(key uint32) uint32 { return snap.Next(list, key) }
	}
	for key := next(s.o.From); key != 0 && key <= s.o.To; key = next(key + 1) {
		if s.done.Events%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		s.chosen.add(key)
		s.done.Events++
		if s.done.Events == s.o.Limit {
			break
		}
	}
	return nil
}

// tell tells how far it is.
func (s *slicer) tell(fraction float64) {
	if s.o.Told != nil {
		s.o.Told(fraction)
	}
}

// write writes all sections that have a chosen event; without any, the first one's lists.
func (s *slicer) write(ctx context.Context) error {
	s.w = scapio.NewWriter(&s.buf)
	s.visible = append(keySet(nil), s.chosen...)
	s.hidden = newKeySet(s.last)
	some := false
	for i, sec := range s.sections {
		last := s.last
		if i+1 < len(s.sections) {
			last = min(last, s.sections[i+1].First-1)
		}
		if first := s.chosen.next(sec.First, last); first != 0 {
			some = true
			if err := s.section(ctx, i, sec.First, last); err != nil {
				return err
			}
		}
	}
	if !some && len(s.sections) > 0 {
		snap := s.x.Acquire()
		err := s.lists(snap, 0)
		snap.Release()
		if err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *slicer) flush() error {
	_, err := s.out.Write(s.buf.Bytes())
	s.buf.Reset()
	return err
}

// section writes the part of section i, which has the events first to last.
func (s *slicer) section(ctx context.Context, i int, first, last uint32) error {
	from, to, err := s.halves(ctx, first, last)
	if err != nil {
		return err
	}
	if from, err = s.base(ctx, first, from); err != nil {
		return err
	}
	if err := s.needed(ctx, from, to); err != nil {
		return err
	}
	start := s.next(first, last)
	snap := s.x.Acquire()
	s.opening = first
	if from == first {
		for s.opening < last && state.Meta(snap.Facts(s.opening).Type) {
			s.opening++
		}
		if !s.visible.has(s.opening) { // what ends that
			s.hidden.add(s.opening)
		}
		err = s.lists(snap, i)
	} else {
		err = s.state(snap, i, from, snap.Facts(start).TS)
	}
	snap.Release()
	if err != nil {
		return err
	}
	if err := s.flush(); err != nil {
		return err
	}
	return s.events(ctx, start, last)
}

// next returns the first event to write at or after key, 0 when there is none up to last.
func (s *slicer) next(key, last uint32) uint32 {
	v, h := s.visible.next(key, last), s.hidden.next(key, last)
	if v == 0 || h != 0 && h < v {
		return h
	}
	return v
}

// halves adds the other halves of chosen calls, and returns the first and the last event of which names are wanted.
func (s *slicer) halves(ctx context.Context, first, last uint32) (from, to uint32, err error) {
	snap := s.x.Acquire()
	defer snap.Release()
	from, n := last, 0
	for key := s.chosen.next(first, last); key != 0; key = s.chosen.next(key+1, last) {
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
		from, to = min(from, key), max(to, key)
		pair := snap.Facts(key).Pair
		if pair == 0 || pair > s.last {
			continue
		}
		from, to = min(from, pair), max(to, pair)
		switch {
		case s.o.View == CallsView:
			s.visible.add(pair)
		case !s.chosen.has(pair):
			s.hidden.add(pair)
		}
	}
	return from, to, nil
}

// base returns the event from which on what changes the state is written, at most from. The state as of the event before
// is written as lists; where few events changed something since the section began, its own lists and those events are,
// since lists cannot say everything: when a process began, that its directory is not known, how a call named a file.
func (s *slicer) base(ctx context.Context, first, from uint32) (uint32, error) {
	snap := s.x.Acquire()
	defer snap.Release()
	changes := 0
	for key := first; key < from && changes <= s.near(); key++ {
		if key%4096 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if snap.Changed(key) {
			changes++
		}
	}
	if changes <= s.near() {
		return first, nil
	}
	for from > first && snap.Changed(from-1) { // what a call ends, such as close, ends behind it: the state as of it still shows that
		from--
	}
	return from, nil
}

// near is how many changes before the first chosen event are rather written than the state they lead to.
func (s *slicer) near() int {
	switch {
	case s.o.Near < 0:
		return -1
	case s.o.Near == 0:
		return 2000
	}
	return s.o.Near
}

// needed adds the events between that change what the chosen ones mean.
func (s *slicer) needed(ctx context.Context, from, to uint32) error {
	snap := s.x.Acquire()
	defer snap.Release()
	for key := from; key <= to; key++ {
		if key%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if s.visible.has(key) {
			continue
		}
		f := snap.Facts(key)
		if !snap.Changed(key) && !firstOf(f.Thread, key) {
			continue
		}
		s.hidden.add(key)
		if pair := f.Pair; pair != 0 && pair <= s.last && !s.visible.has(pair) {
			s.hidden.add(pair)
		}
	}
	return nil
}

// firstOf reports whether the event made a thread known of which nothing else is: others name it from then on.
func firstOf(t *state.Thread, key uint32) bool { return t != nil && t.Fake && t.Born == key }

// lists writes a section's own lists.
func (s *slicer) lists(snap index.Snapshot, i int) error {
	return snap.Lists(i, s.w.Relist)
}

// state writes the state as of the event before from, and describes the interfaces of packets.
func (s *slicer) state(snap index.Snapshot, i int, from uint32, ts uint64) error {
	if err := s.w.Section(); err != nil {
		return err
	}
	err := snap.Lists(i, func(blk *scapio.Block) error {
		if blk.Type != scapio.InterfaceDesc {
			return nil
		}
		return s.w.Block(blk.Type, blk.Body)
	})
	if err != nil {
		return err
	}
	v := snap.View(from - 1)
	n, err := v.Write(s.w, state.Dump{TS: ts})
	if err != nil {
		return err
	}
	s.done.State += uint64(n)
	threads := v.Threads()
	if i := slices.IndexFunc(threads, func(t *state.Thread) bool { return !t.Fake }); i >= 0 {
		// An event of any thread ends the part of a capture where readers take containers and users in silently.
		if err := s.nothing(ts, threads[i].TID); err != nil {
			return err
		}
	}
	for _, t := range threads { // a list has no threads of which nothing is known, but any event makes them so
		if t.Fake && len(v.FDs(t)) == 0 {
			if err := s.nothing(ts, t.TID); err != nil {
				return err
			}
		}
	}
	return nil
}

// nothing writes a hidden event of a thread that says nothing else.
func (s *slicer) nothing(ts uint64, tid int64) error {
	s.done.State++
	return s.w.Event(0, evt.StateOnly, ts, tid, evtable.GenericX, make([]byte, 2), make([]byte, 2))
}

// events writes the events from key on.
func (s *slicer) events(ctx context.Context, key, last uint32) error {
	snap := s.x.Acquire()
	defer func() { snap.Release() }()
	for n := 1; key != 0; n++ {
		if n%chunkKeys == 0 {
			snap.Release() // others may want to write, and out may block
			err := ctx.Err()
			if err == nil {
				err = s.flush()
			}
			s.tell(chooseShare + (1-chooseShare)*float64(key)/float64(s.last+1))
			snap = s.x.Acquire()
			if err != nil {
				return err
			}
		}
		if err := s.event(snap, key); err != nil {
			return err
		}
		if key == last {
			break
		}
		key = s.next(key+1, last)
	}
	return s.flush()
}

func (s *slicer) event(snap index.Snapshot, key uint32) error {
	t, body, err := snap.Block(key, &s.cur)
	if err != nil {
		return err
	}
	if s.visible.has(key) || t.IsPacket() {
		return s.shown(key, t, body)
	}
	if key < s.opening {
		s.done.State++
		return s.w.Block(t, body)
	}
	err = s.w.Flagged(t, body, evt.StateOnly)
	if errors.Is(err, scapio.ErrTooLarge) { // its data leave no room for the mark
		return nil
	}
	s.done.State++
	return err
}

// shown writes an event that readers show, with what is noted about it.
func (s *slicer) shown(key uint32, t scapio.BlockType, body []byte) error {
	if s.o.Comments == nil || !s.visible.has(key) {
		return s.w.Block(t, body)
	}
	texts := s.o.Comments(key)
	if len(texts) == 0 {
		return s.w.Block(t, body)
	}
	err := s.w.Commented(t, body, texts...)
	if errors.Is(err, scapio.ErrTooLarge) { // the event itself matters more
		return s.w.Block(t, body)
	}
	s.done.Commented++
	return err
}
