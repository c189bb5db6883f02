package session

import (
	"bytes"
	"sort"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evt"
)

// The modes of lists for people beyond sysdig's.
const (
	dateMode      = 'A' // the clock with the date, where sysdig's a has seconds since the epoch
	epochMode     = 'e' // seconds since the epoch, with a fraction
	epochNsMode   = 'n' // ns since the epoch
	referenceMode = 'R' // seconds since the time reference before, or the start
)

// pageModes are the time modes of a page: those of the request, a being the date and clock.
const pageModes = "hardDenR"

// Precision says how much of a second is shown.
type Precision string

// The precisions.
const (
	Nanoseconds  Precision = ""
	Microseconds Precision = "us"
	Milliseconds Precision = "ms"
	Seconds      Precision = "s"
)

// cuts are how many of nine digits a precision leaves out.
var cuts = map[Precision]int{Nanoseconds: 0, "ns": 0, Microseconds: 3, Milliseconds: 6, Seconds: 9}

// referenceText stands for the time of an event that times are shown relative to.
const referenceText = "*REF*"

// clock appends times in one of sysdig's modes or those above. It remembers the second it wrote last.
type clock struct {
	mode  byte
	loc   *time.Location
	shift int64 // ns added to moments, not to spans
	cut   int   // digits of the fraction that are left out

	// In referenceMode, where the index is locked while times are written:
	refs []uint32 // events that times are relative to, in order
	snap index.Snapshot
	// moments are the times of the references of all captures that are shown together, in order; nil for one alone.
	moments []uint64

	second int64
	text   [32]byte
	n      int
}

// since returns the time of the reference before an event, that of the first event when there is none; is reports whether
// the event is one itself.
func (k *clock) since(c *field.Ctx) (ts uint64, is bool) {
	ref := referenceOf(k.refs, c.Key)
	ts, is = c.First, ref != 0 && ref == c.Key
	if k.moments == nil {
		if ref != 0 {
			ts = k.snap.Facts(ref).TS
		}
		return ts, is
	}
	if i := sort.Search(len(k.moments), func(i int) bool { return k.moments[i] > c.TS }); i > 0 {
		ts = k.moments[i-1]
	}
	return ts, is
}

// referenceOf returns the last of refs up to key, 0 when there is none.
func referenceOf(refs []uint32, key uint32) uint32 {
	if i := sort.Search(len(refs), func(i int) bool { return refs[i] > key }); i > 0 {
		return refs[i-1]
	}
	return 0
}

func (k *clock) append(dst []byte, c *field.Ctx) []byte {
	if k.cut == 0 {
		return k.whole(dst, c)
	}
	from := len(dst)
	dst = k.whole(dst, c)
	if i := bytes.LastIndexByte(dst[from:], '.'); i >= 0 && len(dst)-from-i == 10 {
		dst = dst[:len(dst)-k.cut]
		if k.cut == 9 {
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}

// whole appends a time with all its digits.
func (k *clock) whole(dst []byte, c *field.Ctx) []byte {
	switch k.mode {
	case 'a', 'r', 'd', 'D': // as evt.outputtime
		defer func(mode byte) { c.TimeMode = mode }(c.TimeMode)
		c.TimeMode = k.mode
		return c.AppendTime(dst)
	case referenceMode:
		since, is := k.since(c)
		if is {
			return append(dst, referenceText...)
		}
		return appendDelta(dst, c.TS, since)
	}
	ts := uint64(int64(c.TS) + k.shift)
	switch k.mode {
	case epochMode:
		return appendSeconds(dst, ts)
	case epochNsMode:
		return evt.AppendUint(dst, ts)
	}
	sec := int64(ts / 1e9)
	if sec != k.second || k.n == 0 {
		layout := "15:04:05"
		if k.mode == dateMode {
			layout = "2006-01-02 15:04:05"
		}
		k.n = len(time.Unix(sec, 0).In(k.loc).AppendFormat(k.text[:0], layout))
		k.second = sec
	}
	dst = append(dst, k.text[:k.n]...)
	dst = append(dst, '.')
	return evt.AppendNine(dst, ts%1e9)
}
