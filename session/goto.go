package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/index"
)

// Goto is GotoFrom where no event is selected.
func (s *Session) Goto(ctx context.Context, q Query, to string) (row, num uint64, exact bool, err error) {
	return s.GotoFrom(ctx, q, to, 0)
}

// GotoFrom finds the row of a place. exact is false when the next listed row is returned instead. A place is
//
//	1234        an event number
//	#1234       what a row calls its Num, which differs in captures that hold packets
//	08:10:06.5  a clock time of the capture's first day; also with a date, 2025-01-23 08:10:06
//	+1.25       seconds after the first event; also with a unit, +250ms, +1m30s
//	-5s         before the last event
//	>5s <5s     after, or before, the event that is selected: at
//	50%         of the rows of the list
//	16 digits and more: ns since the epoch
func (s *Session) GotoFrom(ctx context.Context, q Query, to string, at uint64) (row, num uint64, exact bool, err error) {
	if s.closed.Load() {
		return 0, 0, false, ErrClosed
	}
	set, err := s.whole(ctx, q)
	if err != nil {
		return 0, 0, false, err
	}
	order, err := s.orderOf(ctx, q)
	if err != nil {
		return 0, 0, false, err
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	if snap.Len() == 0 {
		return 0, 0, false, fmt.Errorf("%w: the capture has no events", ErrNoEvent)
	}
	r := listing{snap, q.list(), set, order}
	if r.len() == 0 {
		return 0, 0, false, fmt.Errorf("%w: the list is empty", ErrNoEvent)
	}
	to = strings.TrimSpace(to)
	if row, ok, err := percent(to, uint64(r.len())); ok || err != nil {
		if err != nil {
			return 0, 0, false, err
		}
		return row, uint64(r.at(uint32(row))), true, nil
	}
	key, exact, err := s.spot(snap, to, at)
	if err != nil {
		return 0, 0, false, err
	}
	k := r.next(key)
	if k == 0 || order != nil && k > order.Asked() { // behind what was sorted
		k = r.prev(min(key, r.asked()+1))
	}
	return uint64(r.rank(k)), uint64(k), exact && k == key, nil
}

// spot returns the key of the event at a place, or of the next one.
func (s *Session) spot(snap index.Snapshot, to string, at uint64) (key uint32, exact bool, err error) {
	to = strings.ReplaceAll(to, ",", "")
	digits, isKey := strings.CutPrefix(to, "#")
	switch n, nerr := strconv.ParseUint(digits, 10, 64); {
	case nerr == nil && isKey:
		key = uint32(min(max(n, 1), uint64(snap.Len())))
		return key, uint64(key) == n, nil
	case nerr == nil && len(digits) < 16:
		key = snap.Key(max(n, 1))
		return key, n >= 1 && snap.Number(key) == n, nil
	case errors.Is(nerr, strconv.ErrRange):
		return 0, false, badRequest("%s is too large for an event number or a time", to)
	}
	first, last := snap.Times()
	shift := s.noted.look().set.Shift // clocks are as they are shown
	shifted := func(ts uint64) uint64 { return uint64(int64(ts) + shift) }
	ts, err := moment(to, shifted(first), shifted(last), s.loc, func() (uint64, error) {
		if at == 0 {
			return 0, nil
		}
		key, err := s.key(snap, at)
		return shifted(timeOf(snap, key)), err
	})
	if err != nil {
		return 0, false, err
	}
	ts = uint64(int64(ts) - shift)
	key = snap.AtTime(ts)
	return key, snap.Facts(key).TS == ts, nil
}

// percent reads a part of a list of so many rows; ok is false for what is no part.
func percent(to string, rows uint64) (row uint64, ok bool, err error) {
	part, ok := strings.CutSuffix(to, "%")
	if !ok {
		return 0, false, nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
	if err != nil || !(n >= 0 && n <= 100) {
		return 0, false, badRequest("%q is no part of the list; write 0%% to 100%%", to)
	}
	return min(uint64(n/100*float64(rows)), rows-1), true, nil
}

// moment returns a time, ns since the epoch. selected returns that of the selected event, 0 when none is.
func moment(to string, first, last uint64, loc *time.Location, selected func() (uint64, error)) (uint64, error) {
	sign := to[:min(1, len(to))]
	if sign != "-" && sign != ">" && sign != "<" {
		return parseTime(to, first, loc)
	}
	span, err := duration(to[1:])
	if err != nil {
		return 0, badRequest("%q: %v", to, err)
	}
	if sign == "-" {
		return last - min(span, last), nil
	}
	ts, err := selected()
	switch {
	case err != nil:
		return 0, err
	case ts == 0:
		return 0, badRequest("%q is counted from the event that is selected, and none is", to)
	case sign == "<":
		return ts - min(span, ts), nil
	}
	return ts + span, nil
}

// longest is the longest span that may be written, ns: some 30 years.
const longest = 1e18

// duration reads a span: seconds, or numbers with units.
func duration(text string) (ns uint64, err error) {
	text = strings.TrimSpace(text)
	if sec, err := strconv.ParseFloat(text, 64); err == nil {
		if !(sec >= 0 && sec*1e9 < longest) {
			return 0, fmt.Errorf("%s seconds is no span of time that a capture may have", text)
		}
		return uint64(sec * 1e9), nil
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no span of time; write 1.25 (seconds), 250ms, 40us or 1m30s", text)
	}
	return uint64(d), nil
}

var (
	clockLayouts = []string{"15:04:05.999999999", "15:04"}
	dateLayouts  = []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02 15:04", "2006-01-02"}
)

// parseTime reads a time that does not depend on what is selected.
func parseTime(text string, first uint64, loc *time.Location) (uint64, error) {
	if rest, ok := strings.CutPrefix(text, "+"); ok {
		span, err := duration(rest)
		if err != nil {
			return 0, badRequest("%q: %v", text, err)
		}
		return first + span, nil
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil && len(text) >= 16 {
		return n, nil
	}
	var why error // the layout that goes furthest says best what is wrong
	note := func(err error) {
		if bad := (*time.ParseError)(nil); errors.As(err, &bad) && bad.Message != "" {
			why = bad
		}
	}
	for _, zone := range []string{" UTC", "Z"} {
		if rest, ok := strings.CutSuffix(text, zone); ok {
			return parseTime(rest, first, time.UTC)
		}
	}
	day := time.Unix(0, int64(first)).In(loc)
	for _, layout := range clockLayouts {
		t, err := time.ParseInLocation(layout, text, loc)
		if err != nil {
			note(err)
			continue
		}
		at := time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
		if at.Before(day.Add(-12 * time.Hour)) { // after midnight of a capture that began before
			at = at.AddDate(0, 0, 1)
		}
		return uint64(at.UnixNano()), nil
	}
	for _, layout := range dateLayouts {
		t, err := time.ParseInLocation(layout, text, loc)
		if err != nil {
			note(err)
			continue
		}
		if t.Unix() < 0 {
			return 0, badRequest("%q is before 1970", text)
		}
		return uint64(t.UnixNano()), nil
	}
	if bad := (*time.ParseError)(nil); errors.As(why, &bad) { // ": hour out of range"
		return 0, badRequest("%q is no time%s", text, bad.Message)
	}
	return 0, badRequest("%q is neither an event number nor a time; write 1234, 08:10:06.5, 2025-01-23 08:10:06, +1.25 for seconds since the start, -5s before the end, >5s after the selected event, or 50%%", text)
}

// Bytes returns an event's raw bytes from start on, at most count (0: as many as 64 KiB).
func (s *Session) Bytes(_ context.Context, num uint64, start, count int) (Bytes, error) {
	if s.closed.Load() {
		return Bytes{}, ErrClosed
	}
	const most = 64 << 10
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, num)
	if err != nil {
		return Bytes{}, err
	}
	raw, off, err := snap.Raw(key, &w.cur)
	if err != nil {
		return Bytes{}, noEvent(err)
	}
	if count <= 0 || count > most {
		count = most
	}
	start = min(max(start, 0), len(raw))
	part := raw[start:min(len(raw), start+count)]
	return Bytes{Num: uint64(key), Offset: uint64(off), Total: len(raw), Data: append([]byte(nil), part...)}, nil
}
