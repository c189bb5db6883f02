package session

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
)

func TestRelatedGoesFromEventToEventOfTheSame(t *testing.T) {
	for _, q := range []Query{{View: EventsView}, {View: CallsView}, {View: EventsView, Filter: "evt.category = file"}} {
		s := openSample(t)
		type row struct{ tid, pid, stream string }
		var nums []uint64
		all := map[uint64]row{}
		for start := uint64(0); ; start += MaxPage {
			p, err := s.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: []string{"thread.tid", "proc.pid", "fd.stream"}})
			require.NoError(t, err)
			for _, r := range p.Rows {
				nums = append(nums, r.Num)
				all[r.Num] = row{r.Cells[0], r.Cells[1], r.Cells[2]}
			}
			if len(p.Rows) < MaxPage {
				break
			}
		}
		of := map[Relation]func(row) string{
			SameThread: func(r row) string { return r.tid }, SameProcess: func(r row) string { return r.pid }, SameFD: func(r row) string { return r.stream },
		}
		for how, value := range of {
			t.Run(fmt.Sprint(q, how), func(t *testing.T) {
				checked := 0
				for i := 0; i < len(nums); i += 37 {
					mine := value(all[nums[i]])
					if mine == "" {
						continue
					}
					next, prev := uint64(0), uint64(0)
					for k := i + 1; k < len(nums) && next == 0; k++ {
						if value(all[nums[k]]) == mine {
							next = nums[k]
						}
					}
					for k := i - 1; k >= 0 && prev == 0; k-- {
						if value(all[nums[k]]) == mine {
							prev = nums[k]
						}
					}
					for backwards, want := range map[bool]uint64{false: next, true: prev} {
						got, err := s.Related(t.Context(), q, nums[i], how, backwards)
						require.NoError(t, err)
						require.Equal(t, want, got.Num, "%s of %d, backwards %v", how, nums[i], backwards)
						require.Equal(t, want != 0, got.Found)
						require.Equal(t, want == 0, got.Note != "")
						if want != 0 {
							require.Equal(t, nums[got.Row], got.Num)
							checked++
						}
					}
				}
				require.Greater(t, checked, 10)
			})
		}
	}
}

func TestTheOtherHalfOfACall(t *testing.T) {
	s := openSample(t)
	q := Query{View: EventsView}
	pairs := 0
	for num := uint64(1); num < 400; num++ {
		got, err := s.Related(t.Context(), q, num, SamePair, false)
		require.NoError(t, err)
		if !got.Found {
			require.NotEmpty(t, got.Note)
			continue
		}
		if !got.Exact {
			continue // it is hidden
		}
		pairs++
		back, err := s.Related(t.Context(), q, got.Num, SamePair, false)
		require.NoError(t, err)
		require.Equal(t, num, back.Num)
	}
	require.Greater(t, pairs, 100)
	exits := Query{View: EventsView, Filter: "evt.dir = < and evt.type = read"}
	first, err := s.Find(t.Context(), FindRequest{Query: exits})
	require.NoError(t, err)
	got, err := s.Related(t.Context(), exits, first.Num, SamePair, false)
	require.NoError(t, err)
	require.True(t, got.Found)
	require.False(t, got.Exact)
	require.Regexp(t, "^it is event [0-9,]+, which is not in the list; this is the nearest$", got.Note)
	_, err = s.Related(t.Context(), q, 1, "cousin", false)
	require.ErrorIs(t, err, ErrBadRequest)
}

func TestParentsAndChildren(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		s := openDone(t, scapiotest.Repo(t, name))
		q := Query{View: EventsView, Internal: true}
		x := s.shared.x
		tried := 0
		snap := x.Acquire()
		type thread struct {
			tid   int64
			first uint64
		}
		var made []thread
		for i := range uint32(snap.ThreadRows()) {
			th := snap.ThreadRow(i)
			if th.Born == 0 || th.From != th.Born {
				continue
			}
			for k := th.Born; k <= snap.Len(); k++ {
				if f := snap.Facts(k); f.Thread != nil && f.Thread.TID == th.TID && f.Thread.Born == th.Born {
					made = append(made, thread{th.TID, uint64(k)})
					break
				}
			}
		}
		snap.Release()
		require.NotEmpty(t, made)
		for _, th := range made {
			up, err := s.Related(t.Context(), q, th.first, ItsParent, false)
			require.NoError(t, err)
			require.True(t, up.Found)
			snap := x.Acquire()
			f := snap.Facts(uint32(up.Num))
			snap.Release()
			if f.Thread.TID == th.tid {
				continue // the parent's half is not in the capture
			}
			require.Equal(t, th.tid, f.Res, "the parent's call returned the child")
			down, err := s.Related(t.Context(), q, up.Num, ItsChild, false)
			require.NoError(t, err)
			require.Equal(t, th.first, down.Num)
			tried++
		}
		require.Positive(t, tried, name)
	}
	s := openSample(t)
	old, err := s.Find(t.Context(), FindRequest{Query: Query{View: EventsView}, Search: Search{Text: "proc.name = bash"}})
	require.NoError(t, err)
	got, err := s.Related(t.Context(), Query{View: EventsView}, old.Num, ItsParent, false)
	require.NoError(t, err)
	require.Contains(t, got.Note, "was there before the capture")
}

func TestGotoUnderstandsPlacesAndSaysWhatIsWrong(t *testing.T) {
	s := openSample(t)
	q := Query{View: EventsView}
	snap := s.shared.x.Acquire()
	first, last := snap.Times()
	ts := func(num uint64) uint64 { return snap.Facts(uint32(num)).TS }
	total := uint64(snap.Rows(q.list()))
	snap.Release()
	_, middle, _, err := s.Goto(t.Context(), q, "50%")
	require.NoError(t, err)
	row, _, _, err := s.Goto(t.Context(), q, "100 %")
	require.NoError(t, err)
	require.Equal(t, total-1, row)
	row, _, _, err = s.Goto(t.Context(), q, "0%")
	require.NoError(t, err)
	require.Zero(t, row)
	for _, c := range []struct {
		to   string
		want uint64
	}{
		{"+0", first},
		{"+100ms", first + 100e6},
		{"+0.1", first + 100e6},
		{"+0m0.1s", first + 100e6},
		{"-50ms", last - 50e6},
		{"-0", last},
		{">20ms", ts(middle) + 20e6},
		{"<20 ms", ts(middle) - 20e6},
		{">0", ts(middle)},
	} {
		_, num, _, err := s.GotoFrom(t.Context(), q, c.to, middle)
		require.NoError(t, err, c.to)
		snap := s.shared.x.Acquire()
		at := uint64(snap.AtTime(c.want))
		snap.Release()
		_, want, _, err := s.Goto(t.Context(), q, fmt.Sprintf("#%d", at))
		require.NoError(t, err)
		require.Equal(t, want, num, c.to)
	}
	for to, msg := range map[string]string{
		"25:00:00":             `"25:00:00" is no time: hour out of range`,
		"12:61":                `"12:61" is no time: minute out of range`,
		"2026-13-01 00:00:00":  `"2026-13-01 00:00:00" is no time: month out of range`,
		"1969-01-01":           `"1969-01-01" is before 1970`,
		"+x":                   `"+x": "x" is no span of time; write 1.25 (seconds), 250ms, 40us or 1m30s`,
		"-":                    `"-": "" is no span of time; write 1.25 (seconds), 250ms, 40us or 1m30s`,
		"+1e30":                `"+1e30": 1e30 seconds is no span of time that a capture may have`,
		">5s":                  `">5s" is counted from the event that is selected, and none is`,
		"101%":                 `"101%" is no part of the list; write 0% to 100%`,
		"x%":                   `"x%" is no part of the list; write 0% to 100%`,
		"99999999999999999999": "99999999999999999999 is too large for an event number or a time",
		"tomorrow":             `"tomorrow" is neither an event number nor a time; write 1234, 08:10:06.5, 2025-01-23 08:10:06, +1.25 for seconds since the start, -5s before the end, >5s after the selected event, or 50%`,
	} {
		_, _, _, err := s.Goto(t.Context(), q, to)
		require.ErrorIs(t, err, ErrBadRequest, to)
		require.EqualError(t, err, msg)
	}
}
