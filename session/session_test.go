package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/scapiotest"
)

func openSample(t testing.TB) *Session {
	t.Helper()
	return openDone(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
}

// made is a capture of n calls, two events each.
func made(t testing.TB, calls int) []byte {
	return scapiotest.Capture(t, func(w *scapio.Writer) {
		scapiotest.Lists(w)
		scapiotest.Events(w, calls)
	})
}

// rows are all rows of a list as lines.
func rows(t testing.TB, s *Session, q Query, cols ...string) (lines []string) {
	t.Helper()
	for start := uint64(0); ; start += MaxPage {
		p, err := s.Page(t.Context(), PageRequest{Query: q, Start: start, Count: MaxPage, Columns: cols})
		require.NoError(t, err)
		for _, r := range p.Rows {
			lines = append(lines, fmt.Sprintf("%d %v %s %v", r.Num, r.Cells, r.Kind, r.Failed))
		}
		if len(p.Rows) < MaxPage {
			return lines
		}
	}
}

func TestAFileThatIsOpenTwiceSharesOneIndex(t *testing.T) {
	path := scapiotest.Repo(t, "live_old-sysmix.scap")
	a, b := openDone(t, path), openDone(t, path)
	require.Same(t, a.shared, b.shared)
	other := openDone(t, scapiotest.Repo(t, "live_new-sysmix.scap"))
	require.NotSame(t, a.shared, other.shared)
	require.NoError(t, a.Close())
	require.ErrorIs(t, a.Close(), ErrClosed)
	require.Len(t, rows(t, b, Query{View: EventsView}, "evt.args"), 3046, "closing one keeps the other")
	require.NoError(t, b.Close())
	require.NoError(t, other.Close())
	indexes.Lock()
	defer indexes.Unlock()
	require.Empty(t, indexes.open)
}

func TestEveryMethodOfAClosedSessionSaysSo(t *testing.T) {
	s := openSample(t)
	require.NoError(t, s.Close())
	ctx := t.Context()
	_, err := s.Page(ctx, PageRequest{})
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.Detail(ctx, 1, EventsView)
	require.ErrorIs(t, err, ErrClosed)
	_, err = s.Bytes(ctx, 1, 0, 0)
	require.ErrorIs(t, err, ErrClosed)
	_, _, _, err = s.Goto(ctx, Query{}, "1")
	require.ErrorIs(t, err, ErrClosed)
	_, _, err = s.Info(ctx)
	require.ErrorIs(t, err, ErrClosed)
	_, _, err = s.Processes(ctx, 0)
	require.ErrorIs(t, err, ErrClosed)
	_, _, err = s.FDs(ctx, 0, 0)
	require.ErrorIs(t, err, ErrClosed)
	for _, f := range []func(context.Context, uint64) (string, []Item, error){s.Users, s.Groups, s.Containers, s.Interfaces} {
		_, _, err := f(ctx, 0)
		require.ErrorIs(t, err, ErrClosed)
	}
}

func TestClosingDuringIndexingEndsIt(t *testing.T) {
	path := scapiotest.File(t, made(t, 200_000))
	for range 3 {
		s, err := Open(t.Context(), path, Options{})
		require.NoError(t, err)
		stop := s.OnGrow(func(Progress) {})
		require.NoError(t, s.Close())
		stop()
		stop() // a second time does nothing
	}
}

func TestPagesComeWhileTheCaptureIsIndexed(t *testing.T) {
	const calls = 300_000
	s, err := Open(t.Context(), scapiotest.File(t, made(t, calls)), Options{Loc: time.UTC})
	require.NoError(t, err)
	defer s.Close()
	total, unfinished := uint64(0), 0
	for done := false; !done; {
		p, err := s.Page(t.Context(), PageRequest{Query: Query{View: EventsView}, Start: total / 2, Count: 20, Columns: []string{numField, argsField}})
		require.NoError(t, err)
		require.GreaterOrEqual(t, p.Total, total)
		total, done = p.Total, p.Done
		if !done {
			unfinished++
		}
		for i, r := range p.Rows {
			require.EqualValues(t, p.Start+uint64(i)+1, r.Num)
			require.Equal(t, strconv.FormatUint(r.Num, 10), r.Cells[0])
			require.NotEmpty(t, r.Cells[1])
			require.Nil(t, r.Gap)
		}
	}
	require.EqualValues(t, 2*calls, total)
	require.NotZero(t, unfinished, "no page came before the index was complete")
}

func TestACancelledRequestEnds(t *testing.T) {
	s := openSample(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Page(ctx, PageRequest{Query: Query{View: EventsView}, Count: 10, Columns: []string{numField}})
	require.ErrorIs(t, err, context.Canceled)
	var b bytes.Buffer
	err = Lines(ctx, s.shared.x, LinesOptions{}, &b)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAWrongColumnIsNamedWithTheNearest(t *testing.T) {
	s := openSample(t)
	for column, near := range map[string]string{"proc.nmae": "proc.name", "evt.tpye": "evt.type", "fd.nam": "fd.name", "": "", "evt.num[3]": "no argument"} {
		_, err := s.Page(t.Context(), PageRequest{Columns: []string{numField, column}})
		require.ErrorIs(t, err, ErrBadRequest)
		require.ErrorContains(t, err, strconv.Quote(column))
		require.ErrorContains(t, err, near)
	}
}

func TestPagesAreBounded(t *testing.T) {
	s := openSample(t)
	page := func(start uint64, count int) *Page {
		p, err := s.Page(t.Context(), PageRequest{Query: Query{View: EventsView}, Start: start, Count: count, Columns: []string{numField}})
		require.NoError(t, err)
		require.EqualValues(t, 3046, p.Total)
		require.Equal(t, start, p.Start)
		require.True(t, p.Done)
		return p
	}
	require.Len(t, page(0, 1<<30).Rows, MaxPage)
	require.Empty(t, page(0, 0).Rows)
	require.Empty(t, page(0, -1).Rows)
	require.Len(t, page(3045, 10).Rows, 1)
	require.Empty(t, page(3046, 10).Rows)
	require.Empty(t, page(1<<32, 10).Rows, "a position past 2^32 is not another one")
	require.Empty(t, page(1<<63, 10).Rows)
}

func TestARowIsTheSameOnEveryPage(t *testing.T) {
	s := openSample(t)
	for _, q := range []Query{{View: EventsView}, {View: CallsView}, {View: EventsView, Internal: true}} {
		cols := []string{numField, timeField, deltaField, argsField, "fd.name", latency}
		all := rows(t, s, q, cols...)
		for start := 0; start < len(all); start += 97 {
			p, err := s.Page(t.Context(), PageRequest{Query: q, Start: uint64(start), Count: 3, Columns: cols})
			require.NoError(t, err)
			for i, r := range p.Rows {
				require.Equal(t, all[start+i], fmt.Sprintf("%d %v %s %v", r.Num, r.Cells, r.Kind, r.Failed))
				row, num, exact, err := s.Goto(t.Context(), q, strconv.FormatUint(r.Num, 10))
				require.NoError(t, err)
				require.True(t, exact)
				require.EqualValues(t, start+i, row)
				require.Equal(t, r.Num, num)
			}
		}
	}
}

func TestManyAskAtOnce(t *testing.T) {
	s := openSample(t)
	want := rows(t, s, Query{View: CallsView}, argsField, "proc.cmdline")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := rows(t, s, Query{View: CallsView}, argsField, "proc.cmdline"); len(got) != len(want) || got[700] != want[700] {
				t.Error("another page")
			}
			_, err := s.Detail(t.Context(), 1500, CallsView)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestACaptureWithoutEventsHasNoRows(t *testing.T) {
	s := openDone(t, scapiotest.File(t, made(t, 0)))
	p, err := s.Page(t.Context(), PageRequest{Count: 10, Columns: []string{numField}})
	require.NoError(t, err)
	require.Empty(t, p.Rows)
	_, _, _, err = s.Goto(t.Context(), Query{}, "1")
	require.ErrorIs(t, err, ErrNoEvent)
	_, err = s.Detail(t.Context(), 0, EventsView)
	require.ErrorIs(t, err, ErrNoEvent)
	_, err = s.Bytes(t.Context(), 0, 0, 0)
	require.ErrorIs(t, err, ErrNoEvent)
	_, items, err := s.Processes(t.Context(), 0)
	require.NoError(t, err)
	require.Len(t, items, 4)
	_, _, err = s.Info(t.Context())
	require.NoError(t, err)
}

func TestWhatCannotBeOpenedIsTold(t *testing.T) {
	open := func(path string) error {
		_, err := Open(t.Context(), path, Options{})
		var oe *OpenError
		require.ErrorAs(t, err, &oe)
		require.Equal(t, path, oe.Path)
		return err
	}
	require.ErrorIs(t, open(filepath.Join(t.TempDir(), "none")), os.ErrNotExist)
	require.ErrorIs(t, open(scapiotest.File(t, []byte("this is no capture at all"))), scapio.ErrNotCapture)
	require.Error(t, open(t.TempDir()))
	require.Error(t, open(scapiotest.File(t, nil)))
}

func TestDamageKeepsTheRowsBefore(t *testing.T) {
	whole := made(t, 50)
	at := scapiotest.Offsets(whole)
	last := at[len(at)-2]
	full := rows(t, openDone(t, scapiotest.File(t, whole)), Query{View: EventsView}, numField, timeField, argsField)
	t.Run("of a truncated file", func(t *testing.T) {
		s := openDone(t, scapiotest.File(t, whole[:len(whole)-3]))
		require.Equal(t, full[:99], rows(t, s, Query{View: EventsView}, numField, timeField, argsField))
		p := s.Progress()
		require.True(t, p.Done)
		require.Len(t, p.Diagnostics, 1)
		require.Equal(t, "error", p.Diagnostics[0].Severity)
		require.EqualValues(t, last, p.Diagnostics[0].Offset)
		require.Contains(t, p.Diagnostics[0].Message, strconv.Itoa(last))
		sections, diags, err := s.Info(t.Context())
		require.NoError(t, err)
		require.Equal(t, p.Diagnostics, diags)
		require.Equal(t, InfoRow{Name: "State", Value: "damaged"}, sections[0].Rows[0])
	})
	t.Run("of one event", func(t *testing.T) {
		b := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(b[at[len(at)-6]+8+2+16:], 9999)
		s := openDone(t, scapiotest.File(t, b))
		got := rows(t, s, Query{View: EventsView}, numField, timeField, argsField)
		require.Len(t, got, 100)
		require.Equal(t, full[:95], got[:95])
		require.Equal(t, full[96:], got[96:])
		p := s.Progress()
		require.Len(t, p.Diagnostics, 1)
		require.Equal(t, "warning", p.Diagnostics[0].Severity)
		require.EqualValues(t, at[len(at)-6], p.Diagnostics[0].Offset)
		nodes, err := s.Detail(t.Context(), 96, EventsView)
		require.NoError(t, err)
		require.Contains(t, fmt.Sprint(nodes), "its parameters cannot be read")
	})
}
