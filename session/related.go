package session

import (
	"context"
	"fmt"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// Relation says how another event belongs to one.
type Relation string

// The relations. Of the first three there are a next and a previous event.
const (
	SameThread  Relation = "thread"
	SameProcess Relation = "process"
	SameFD      Relation = "fd"     // the same opening of its descriptor, by whomever
	SamePair    Relation = "pair"   // the other half of the call
	ItsParent   Relation = "parent" // the event that made the process, or the thread
	ItsChild    Relation = "child"  // the first event of a process that the event makes, or the next one that its process makes
)

// Related is a row that belongs to another one.
type Related struct {
	Found bool
	Row   uint64
	Num   uint64
	Exact bool   // false: the event itself is not listed, this is the nearest row
	Note  string // why there is none, or that the event is not listed
}

// Related finds the next row of a list that belongs to an event, or the previous one.
func (s *Session) Related(ctx context.Context, q Query, num uint64, how Relation, backwards bool) (Related, error) {
	if s.closed.Load() {
		return Related{}, ErrClosed
	}
	set, err := s.whole(ctx, q)
	if err != nil {
		return Related{}, err
	}
	order, err := s.orderOf(ctx, q)
	if err != nil {
		return Related{}, err
	}
	snap := s.shared.x.Acquire()
	key, err := s.key(snap, num)
	if err != nil || key == 0 {
		snap.Release()
		return Related{Note: "the capture has no events"}, err
	}
	f := snap.Facts(key)
	switch how {
	case SamePair, ItsParent, ItsChild:
		defer snap.Release()
		to, note := relative(snap, key, &f, how)
		if to == 0 {
			return Related{Note: note}, nil
		}
		return nearest(listing{snap, q.list(), set, order}, to), nil
	}
	snap.Release() // Seek takes the lock by itself
	kind, ok := map[Relation]SourceKind{SameThread: FromThread, SameProcess: FromProcess, SameFD: FromStream}[how]
	if !ok {
		return Related{}, badRequest("%.40q is no relation between events", how)
	}
	text, _, err := s.From(ctx, FromRequest{Kind: kind, Num: uint64(key), View: q.View})
	if err != nil {
		return Related{Note: err.Error()}, nil //nolint:nilerr // it says why the event has no such others
	}
	p, err := s.program(text, filter.Sysdig)
	if err != nil {
		return Related{}, err
	}
	to, err := s.shared.x.Seek(ctx, p, s.ask(q), index.Seek{From: key, Backwards: backwards, In: set})
	if err != nil {
		return Related{}, err
	}
	if to == 0 {
		return Related{Note: fmt.Sprintf("there is no %s row of the same %s in the list", map[bool]string{false: "later", true: "earlier"}[backwards], relationWords[how])}, nil
	}
	snap = s.shared.x.Acquire()
	defer snap.Release()
	return nearest(listing{snap, q.list(), set, order}, to), nil
}

var relationWords = map[Relation]string{SameThread: "thread", SameProcess: "process", SameFD: "descriptor"}

// nearest returns the row of an event, or the one that is next to it.
func nearest(r listing, key uint32) Related {
	k := r.next(key)
	if k == 0 {
		k = r.prev(key)
	}
	number := group(r.snap.Number(key))
	if k == 0 {
		return Related{Note: "it is event " + number + "; the list is empty"}
	}
	out := Related{Found: true, Row: uint64(r.rank(k)), Num: uint64(k), Exact: k == key}
	if !out.Exact {
		out.Note = "it is event " + number + ", which is not in the list; this is the nearest"
	}
	return out
}

// relative returns the event that belongs to another one, 0 and why there is none.
func relative(snap index.Snapshot, key uint32, f *index.Facts, how Relation) (uint32, string) {
	switch {
	case how == SamePair && !f.Call:
		return 0, "the event is no half of a call"
	case how == SamePair && f.Pair == 0 && f.Type&1 == 0:
		return 0, "the call does not return in the capture"
	case how == SamePair && f.Pair == 0:
		return 0, "the capture does not hold where the call was entered"
	case how == SamePair:
		return f.Pair, ""
	case f.Thread == nil:
		return 0, "the event belongs to no process"
	case how == ItsParent:
		return origin(snap, f.Thread)
	}
	return child(snap, key, f)
}

// reach is how many events behind the first of a process its parent's half of the call is looked for.
const reach = 200_000

// origin returns the event of the parent that made a thread. The state knows which event told of it first, which may be
// the half of the call that returned in the new thread itself.
func origin(snap index.Snapshot, t *state.Thread) (uint32, string) {
	if t.Born == 0 {
		what := "process"
		if !t.Main() {
			what = "thread"
		}
		return 0, fmt.Sprintf("%s %d was there before the capture", what, t.TID)
	}
	for k := t.Born; k <= snap.Len() && k-t.Born < reach; k++ {
		if f := snap.Facts(k); f.Thread != nil && f.Thread.TID != t.TID && makes(&f, t) {
			return k, ""
		}
	}
	return t.Born, ""
}

// clones are the calls that make a thread or a process.
var clones = map[string]bool{"clone": true, "clone3": true, "fork": true, "vfork": true}

// makes reports whether an event is the return of the call that made a thread.
func makes(f *index.Facts, t *state.Thread) bool {
	typ := evtable.Lookup(f.Type)
	return f.Call && f.Type&1 == 1 && f.Res == t.TID && typ != nil && clones[typ.Name]
}

// child returns the first event of the thread that an event made, else of the one that the process of the event makes
// next.
func child(snap index.Snapshot, key uint32, f *index.Facts) (uint32, string) {
	var next *state.Thread
	for i := range uint32(snap.ThreadRows()) {
		t := snap.ThreadRow(i)
		if t.Born == 0 || t.From != t.Born {
			continue
		}
		if makes(f, t) && t.Born <= key+reach && key <= t.Born+reach || t.Born == key || f.Pair != 0 && t.Born == f.Pair {
			next = t
			break
		}
		parent := t.PTID
		if !t.Main() {
			parent = t.PID
		}
		if t.Born >= key && (next == nil || t.Born < next.Born) && (parent == f.Thread.TID || parent == f.Thread.PID) {
			next = t
		}
	}
	if next == nil {
		return 0, fmt.Sprintf("process %d makes no other one from here on", f.Thread.PID)
	}
	for k := next.Born; k <= snap.Len(); k++ {
		if t := snap.Facts(k).Thread; t != nil && t.TID == next.TID && t.Born == next.Born {
			return k, ""
		}
	}
	return 0, fmt.Sprintf("process %d, which was made by event %s, has no events", next.TID, group(snap.Number(next.Born)))
}
