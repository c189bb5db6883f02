package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/index"
)

// Together is several captures that are shown as one: what Session is for one. Lists hold the rows of all, ordered by
// the common clock; an event is named by a number that stays the same however captures grow or clocks are corrected:
// see Together.num. What is asked of an event is asked of its capture. What has no meaning for several captures is a bad
// request that says so, see Together.alone.
type Together struct {
	members []*member
	closed  atomic.Bool

	mu    sync.Mutex // guards all below; snapshots are acquired before it
	lists []*mergedList
}

// member is one of the captures.
type member struct {
	*Session
	path, host string
	known      bool          // whether the offset is
	offset     time.Duration // of its clock, measured when it was captured remotely: subtracted from its times
	shift      atomic.Int64  // by hand, ns: added to its times
}

// ahead is how far its clock is ahead of the common one, ns.
func (m *member) ahead() int64 { return int64(m.offset) - m.shift.Load() - m.noted.look().set.Shift }

// Member tells of one of the captures that are shown together.
type Member struct {
	Host   string // what its rows are told from those of others by
	Path   string
	Events uint64
	First  uint64        // time of its first event in the common clock, ns since the epoch
	Known  bool          // its clock's offset was measured
	Offset time.Duration // how far its clock was ahead of the one here; already taken off
	Shift  time.Duration // correction by hand, added to its times
}

// MaxTogether is the most captures that are shown as one.
const MaxTogether = 64

// OpenTogether opens captures that are shown as one list.
func OpenTogether(ctx context.Context, paths []string, o Options) (*Together, error) {
	if len(paths) < 2 || len(paths) > MaxTogether {
		return nil, badRequest("%d captures cannot be shown together: it takes 2 to %d", len(paths), MaxTogether)
	}
	j := &Together{}
	for _, path := range paths {
		s, err := Open(ctx, path, o)
		if err != nil {
			return nil, errors.Join(err, j.Close())
		}
		for _, other := range j.members {
			if other.shared == s.shared { // it is locked once for all that is shown
				return nil, errors.Join(badRequest("%s was given twice", path), s.Close(), j.Close())
			}
		}
		m := &member{Session: s, path: path}
		m.offset, m.known = ClockOffset(s.shared.x)
		j.members = append(j.members, m)
	}
	hosts := make([]string, len(paths))
	for i, m := range j.members {
		hosts[i] = HostOf(m.shared.x)
	}
	for i, name := range HostNames(hosts, paths) {
		j.members[i].host = name
	}
	return j, nil
}

// HostOf returns the name of the machine a capture comes from, "" if it does not tell.
func HostOf(x *index.Index) string {
	snap := x.Acquire()
	defer snap.Release()
	return utf8(snap.View(snap.Len()).Machine().Info.Hostname)
}

// HostNames names captures by their machines, and by their files where that is not enough.
func HostNames(hosts, paths []string) []string {
	count := map[string]int{}
	for _, h := range hosts {
		count[h]++
	}
	names := make([]string, len(hosts))
	used := map[string]int{}
	for i, h := range hosts {
		if names[i] = h; h == "" || count[h] > 1 {
			names[i] = strings.TrimPrefix(h+":"+utf8(filepath.Base(paths[i])), ":")
		}
		if used[names[i]]++; used[names[i]] > 1 { // files of the same name in several folders
			names[i] = fmt.Sprintf("%s#%d", names[i], used[names[i]])
		}
	}
	return names
}

// num returns the number of a member's event among those of all. Segments of the captures take turns, so that it
// depends on nothing but the captures' order.
func (j *Together) num(m int, key uint64) uint64 {
	if key == 0 {
		return 0
	}
	k := key - 1
	return (k/index.SegmentSize*uint64(len(j.members))+uint64(m))*index.SegmentSize + k%index.SegmentSize + 1
}

// event returns whose event a number names, and its key there.
func (j *Together) event(num uint64) (m int, key uint64, err error) {
	if j.closed.Load() {
		return 0, 0, ErrClosed
	}
	if num == 0 {
		return 0, 0, badRequest("several captures are open together: select an event of one of them first")
	}
	n, turn := uint64(len(j.members)), (num-1)/index.SegmentSize
	return int(turn % n), turn/n*index.SegmentSize + (num-1)%index.SegmentSize + 1, nil
}

// name is how an event is written: the host, and the number in its own capture. Goto reads it.
func (m *member) name(snap index.Snapshot, key uint32) string {
	return m.host + ":" + strconv.FormatUint(snap.Number(key), 10)
}

// Name is how an event is written: the host, and the number in its own capture. Goto reads it.
func (j *Together) Name(num uint64) (string, error) {
	i, key, err := j.event(num)
	if err != nil {
		return "", err
	}
	snap := j.members[i].shared.x.Acquire()
	defer snap.Release()
	return j.members[i].name(snap, uint32(key)), nil
}

// alone is the error of what cannot be done with several captures at once.
func (j *Together) alone(what string) error {
	names := make([]string, len(j.members))
	for i, m := range j.members {
		names[i] = m.host
	}
	return badRequest("%s one capture at a time; open %s by itself", what, strings.Join(names, " or "))
}

// Members tells of the captures and of their clocks.
func (j *Together) Members() []Member {
	out := make([]Member, len(j.members))
	for i, m := range j.members {
		first := common(m.First(), m.ahead())
		out[i] = Member{
			Host: m.host, Path: m.path, Events: uint64(m.shared.x.Progress().Events), First: first,
			Known: m.known, Offset: m.offset, Shift: time.Duration(m.shift.Load()),
		}
	}
	return out
}

// maxShift is the largest correction of a clock by hand.
const maxShift = 100 * 365 * 24 * time.Hour

// Shift corrects the clock of a member: by is added to its times, besides what was measured.
func (j *Together) Shift(i int, by time.Duration) error {
	if j.closed.Load() {
		return ErrClosed
	}
	if i < 0 || i >= len(j.members) {
		return badRequest("there is no capture %d among %d", i, len(j.members))
	}
	if by < -maxShift || by > maxShift {
		return badRequest("a clock cannot be shifted by %v", by)
	}
	j.members[i].shift.Store(int64(by)) // lists are ordered anew when they are asked for
	return nil
}

// first returns the time of the first event of all, in the common clock; 0 while there is none.
func (j *Together) first() (first uint64) {
	for _, m := range j.members {
		if ts := common(m.First(), m.ahead()); ts != 0 && (first == 0 || ts < first) {
			first = ts
		}
	}
	return first
}

// First returns the time of the first event, ns since the epoch, in the common clock.
func (j *Together) First() uint64 { return j.first() }

// HasCalls reports whether a capture holds both halves of calls.
func (j *Together) HasCalls() bool {
	for _, m := range j.members {
		if m.HasCalls() {
			return true
		}
	}
	return false
}

// Columns returns the columns a list can show, the host first.
func (j *Together) Columns() []Column {
	var out []Column
	for _, c := range columns {
		if c.ID == hostField {
			c.Default = true
			out = append([]Column{c}, out...)
			continue
		}
		out = append(out, c)
	}
	return out
}

// Progress returns how far the captures are indexed, and their damages.
func (j *Together) Progress() Progress {
	out := Progress{Done: true}
	for _, m := range j.members {
		p := m.Progress()
		out.Events += p.Events
		out.Fraction += p.Fraction / float64(len(j.members))
		out.Done = out.Done && p.Done
		out.Calls = out.Calls || p.Calls
		out.Diagnostics = append(out.Diagnostics, m.said(p.Diagnostics)...)
	}
	return out
}

// said puts the host before what is said of its capture.
func (m *member) said(list []Diagnostic) []Diagnostic {
	for i := range list {
		list[i].Message = m.host + ": " + list[i].Message
	}
	return list
}

// OnGrow calls grown after one of the indexes grew, and when all are complete.
func (j *Together) OnGrow(grown func(Progress)) (stop func()) {
	var stops []func()
	for _, m := range j.members {
		stops = append(stops, m.OnGrow(func(Progress) { grown(j.Progress()) }))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// OnFiltered calls told while a filter that takes longer is being asked.
func (j *Together) OnFiltered(told func(FilterProgress)) (stop func()) {
	var stops []func()
	for i, m := range j.members {
		stops = append(stops, m.OnFiltered(func(p FilterProgress) { told(j.progressOf(i, p)) }))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// progressOf is how far all are when a member tells how far it is. The others may be over without having told anything.
func (j *Together) progressOf(i int, out FilterProgress) FilterProgress {
	for k, m := range j.members {
		if k == i {
			continue
		}
		out.Of += uint64(m.shared.x.Progress().Events)
		p, err := m.program(out.Query.Filter, out.Query.Language)
		if err != nil || p == nil { // it was asked already, so it can be
			continue
		}
		set, done := m.shared.x.Known(p, m.ask(out.Query))
		if set != nil {
			out.Matched += uint64(set.Rows())
			out.Asked += uint64(set.Asked())
		}
		out.Done = out.Done && done
	}
	return out
}

// Close closes the captures.
func (j *Together) Close() error {
	if j.closed.Swap(true) {
		return ErrClosed
	}
	var all []error
	for _, m := range j.members {
		all = append(all, m.Session.Close())
	}
	return errors.Join(all...)
}
