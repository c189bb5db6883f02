package session

import (
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/index"
)

// Range turns what people write, event numbers or times as Goto takes them, into the keys of the first and the last
// event they mean; "" is the end of the capture on that side. The index must be complete.
func Range(x *index.Index, from, to string, loc *time.Location) (first, last uint32, err error) {
	snap := x.Acquire()
	defer snap.Release()
	if loc == nil {
		loc = time.Local
	}
	first, last = 1, snap.Len()
	start, _ := snap.Times()
	if from != "" {
		n, ts, err := place(from, start, loc)
		switch {
		case err != nil:
			return 0, 0, err
		case ts != 0:
			first = snap.AtTime(ts)
			if first > 0 && snap.Facts(first).TS < ts {
				first++ // all are before
			}
		case n > snap.Number(snap.Len()):
			first = snap.Len() + 1
		default:
			first = snap.Key(max(n, 1))
		}
	}
	if to != "" {
		n, ts, err := place(to, start, loc)
		switch {
		case err != nil:
			return 0, 0, err
		case ts != 0:
			if last = snap.AtTime(ts + 1); last > 0 && snap.Facts(last).TS > ts {
				last--
			}
		default:
			last = snap.Key(n)
		}
	}
	if first > last || last == 0 {
		return 0, 0, badRequest("there are no events from %s to %s", orEnd(from, "the start"), orEnd(to, "the end"))
	}
	return first, last, nil
}

func orEnd(text, end string) string {
	if text == "" {
		return end
	}
	return text
}

// place reads a number of an event, or a time, which is not 0 then.
func place(text string, start uint64, loc *time.Location) (num, ts uint64, err error) {
	text = strings.TrimSpace(text)
	digits := strings.ReplaceAll(text, ",", "")
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil {
		if len(digits) >= 16 {
			return 0, n, nil
		}
		return n, 0, nil
	}
	ts, err = parseTime(text, start, loc)
	return 0, ts, err
}
