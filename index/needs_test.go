package index

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// TestAFieldNeedsWhatItSaysItNeeds: events in the same situation that have the same of all of a field's needs have the
// same value.
func TestAFieldNeedsWhatItSaysItNeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine asks everything")
	}
	var refs []field.Ref
	for _, e := range expressions() {
		if len(e.Chain) == 0 {
			refs = append(refs, e.Ref)
		}
	}
	for _, f := range field.WiresharkOnly() {
		refs = append(refs, field.Ref{F: f, Index: -1})
	}
	const whole = field.NeedView | field.NeedMoment | field.NeedBytes // no two events need share them
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := openFile(t, scapiotest.Repo(t, name))
		for _, a := range asks() {
			if a.Internal == a.Calls {
				continue
			}
			seen := map[string]string{}
			shared := 0
			eachFilled(x, a, func(s Snapshot, key uint32, c *field.Ctx) {
				f := s.Facts(key)
				situation := field.Situation{Type: f.Type, Packet: f.Packet, FD: f.FD != nil, Calls: a.Calls, Legacy: a.Legacy}
				for i := range refs {
					needs := refs[i].Needs(situation)
					if needs&whole != 0 {
						continue
					}
					k := fmt.Sprint(i, situation, needsOf(needs, s, key, f, c))
					v := ""
					refs[i].Values(c, func(one field.Value) bool {
						v += fmt.Sprintf("%d:%d:%s;", one.Kind, one.U, one.B)
						return true
					})
					if old, ok := seen[k]; !ok {
						seen[k] = v
					} else if shared++; old != v {
						require.Equal(t, old, v, "%s of event %d (%+v, needs %b)", refs[i].String(), key, a, needs)
					}
				}
			})
			require.Greater(t, shared, 10_000)
		}
	}
}

// eachFilled calls each for some events of a list.
func eachFilled(x *Index, a Ask, each func(s Snapshot, key uint32, c *field.Ctx)) {
	s := x.Acquire()
	defer s.Release()
	var cur Cursor
	c := field.Ctx{}
	a.Loc = time.UTC
	a.style(&c)
	for key := s.Next(a.List, 1); key != 0; key = s.Next(a.List, key+3) {
		if s.Fill(key, a.Calls, &cur, &c) != nil {
			continue
		}
		c.PrevTS = 0
		if prev := s.Prev(a.List, key); prev != 0 {
			c.PrevTS = s.Facts(prev).TS
		}
		each(s, key, &c)
	}
}

// needsOf returns what an event has of the needs.
func needsOf(n field.Needs, s Snapshot, key uint32, f Facts, c *field.Ctx) string {
	text := ""
	add := func(need field.Needs, what any) {
		if n&need != 0 {
			text += fmt.Sprint(need, "=", what, " ")
		}
	}
	add(field.NeedType, f.Type)
	add(field.NeedNum, key)
	add(field.NeedTime, f.TS)
	add(field.NeedPrev, c.PrevTS)
	add(field.NeedCPU, f.CPU)
	add(field.NeedTID, c.Ev.TID)
	add(field.NeedRes, fmt.Sprint(c.HasRes, f.Res))
	add(field.NeedErr, fmt.Sprint(c.HasRes, min(f.Res, 0)))
	add(field.NeedLatency, c.Latency)
	add(field.NeedFDNum, f.FDNum)
	seg, i := s.x.at(key)
	add(field.NeedThread, seg.thread[i])
	add(field.NeedFD, seg.fd[i])
	if n&field.NeedNote != 0 {
		text += fmt.Sprintf("note=%+v ", s.Note(key))
	}
	if n&field.NeedCall != 0 {
		text += fmt.Sprint("call=", seg.res[i])
		if seg.res[i] == 0 {
			text += fmt.Sprint(" of ", key)
		}
	}
	return text
}
