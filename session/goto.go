package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Goto finds the row of an event number, or of a time: a clock time of the capture's first day ("08:10:06.5"), a date
// and time, seconds since the start ("+1.25"), or ns since the epoch (16 digits and more); or of what a row calls its Num
// ("#1234"), which differs from the number people see in captures that hold packets. exact is false when the next listed
// row is returned instead.
func (s *Session) Goto(_ context.Context, q Query, to string) (row, num uint64, exact bool, err error) {
	if s.closed.Load() {
		return 0, 0, false, ErrClosed
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	if snap.Len() == 0 {
		return 0, 0, false, fmt.Errorf("%w: the capture has no events", ErrNoEvent)
	}
	to = strings.TrimSpace(to)
	first, _ := snap.Times()
	key := uint32(0)
	at := func(ts uint64) {
		key = snap.AtTime(ts)
		exact = snap.Facts(key).TS == ts
	}
	digits, isKey := strings.CutPrefix(strings.ReplaceAll(to, ",", ""), "#")
	switch n, nerr := strconv.ParseUint(digits, 10, 64); {
	case nerr == nil && isKey:
		key = uint32(min(max(n, 1), uint64(snap.Len())))
		exact = uint64(key) == n
	case nerr == nil && len(digits) >= 16:
		at(n)
	case nerr == nil:
		key = snap.Key(max(n, 1))
		exact = n >= 1 && snap.Number(key) == n
	default:
		ts, err := parseTime(to, first, s.loc)
		if err != nil {
			return 0, 0, false, err
		}
		at(ts)
	}
	list := q.list()
	k := snap.Next(list, key)
	if k == 0 {
		k = snap.Prev(list, key)
	}
	if k == 0 {
		return 0, 0, false, fmt.Errorf("%w: the list is empty", ErrNoEvent)
	}
	r, _ := snap.Rank(list, k)
	return uint64(r), uint64(k), exact && k == key, nil
}

func parseTime(text string, first uint64, loc *time.Location) (uint64, error) {
	if rest, ok := strings.CutPrefix(text, "+"); ok {
		sec, err := strconv.ParseFloat(strings.TrimSuffix(rest, "s"), 64)
		if err == nil && sec >= 0 && sec < 1e9 {
			return first + uint64(sec*1e9), nil
		}
	}
	day := time.Unix(0, int64(first)).In(loc)
	for _, layout := range []string{"15:04:05.999999999", "15:04"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			at := time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), loc)
			if at.Before(day.Add(-12 * time.Hour)) { // after midnight of a capture that began before
				at = at.AddDate(0, 0, 1)
			}
			return uint64(at.UnixNano()), nil
		}
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.RFC3339Nano, "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, loc); err == nil {
			return uint64(t.UnixNano()), nil
		}
	}
	return 0, badRequest("%q is neither an event number nor a time; write 1234, 08:10:06.5, 2025-01-23 08:10:06 or +1.25 for seconds since the start", text)
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
