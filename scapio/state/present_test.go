package state_test

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/scapio/state"
)

// feed applies a capture to a machine and calls after each event.
func feed(b []byte, m *state.Machine, after func(ev *evt.Event, f state.Facts)) {
	r := scapio.NewReader(bytes.NewReader(b))
	var ev evt.Event
	var n uint32
	for {
		blk, err := r.Next()
		if err != nil {
			return
		}
		load(m, &blk, n)
		if !blk.Type.IsEvent() {
			continue
		}
		cpu, flags, raw, err := scapio.EventBody(blk.Type, blk.Body)
		if err != nil {
			continue
		}
		n++
		ev.CPU, ev.Flags, ev.Num = cpu, flags, n
		if ev.Decode(raw, blk.Type.HasCount()) != nil {
			ev.Drop()
		}
		after(&ev, *m.Apply(&ev))
	}
}

func TestAMachineWithoutAPastKnowsThePresent(t *testing.T) {
	check := func(t *testing.T, path string) {
		b := scapiotest.Bytes(t, path)
		whole, first, events := replayAll(b)
		m := state.NewPresent()
		step := max(events/9, 1)
		feed(b, m, func(ev *evt.Event, _ state.Facts) {
			if ev.Num == events/2 {
				defer m.Renumber() // all is older than the events that follow
			}
			if ev.Num >= first && (ev.Num%step == 1 || ev.Num == events) { // before, sides of sockets are not told
				require.Equal(t, comparable(whole.At(ev.Num)), comparable(m.At(ev.Num)), "event %d of %s", ev.Num, path)
			}
		})
		require.Zero(t, m.NumThreadRows()+m.NumFDRows(), "rows are history")
	}
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		t.Run(name, func(t *testing.T) { check(t, scapiotest.Repo(t, name)) })
	}
	t.Run("shared", func(t *testing.T) {
		for _, f := range scapiotest.Shared(t, "falco_run", "libs_", "sf_a", "sf_n", "sf_c", "xxradar_", "live_head", "live_old-mixed") {
			check(t, f)
		}
	})
}

// TestEventsThatChangeNothingAreNotNeeded applies only the events that changed the state, as a filtered capture holds
// them, and finds the same state.
var usage = regexp.MustCompile(`VM\w+=\d+|PF\w+=\d+`)

// withoutUsage is comparable but for what threads use, for which alone no event is kept.
func withoutUsage(v state.View) (lines []string) {
	for _, l := range comparable(v) {
		lines = append(lines, usage.ReplaceAllString(l, ""))
	}
	return lines
}

func TestEventsThatChangeNothingAreNotNeeded(t *testing.T) {
	check := func(t *testing.T, path string) {
		b := scapiotest.Bytes(t, path)
		whole, few := state.NewPresent(), state.NewPresent()
		var kept, all int
		r := scapio.NewReader(bytes.NewReader(b))
		for blk, err := r.Next(); err == nil && !blk.Type.IsEvent(); blk, err = r.Next() {
			load(few, &blk, 0)
		}
		var last evt.Event
		feed(b, whole, func(ev *evt.Event, f state.Facts) {
			all++
			if f.Changed {
				kept++
				few.Apply(ev)
			}
			ev.CopyTo(&last)
		})
		for _, m := range []*state.Machine{whole, few} { // what the last event ended
			last.Num++
			last.Type, last.TID = 0xffff, -1
			m.Apply(&last)
		}
		require.Equal(t, withoutUsage(whole.At(last.Num)), withoutUsage(few.At(last.Num)), path)
		require.Less(t, kept, all, path)
	}
	check(t, scapiotest.Repo(t, "live_new-sysmix.scap")) // its exits hold all arguments
	for _, f := range scapiotest.Shared(t, "live_new-mixed", "live_head") {
		check(t, f)
	}
}
