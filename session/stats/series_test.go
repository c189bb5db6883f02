package stats

import (
	"context"
	"fmt"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// naive is what the lines of a graph should be, from the fields of every row.
type naive struct {
	lat      [][]int64
	counts   map[Measure][]float64
	distinct []map[string]bool
}

func count(t *testing.T, x *index.Index, f Frame) *naive {
	t.Helper()
	n := &naive{lat: make([][]int64, f.N), counts: map[Measure][]float64{}, distinct: make([]map[string]bool, f.N)}
	for _, m := range []Measure{Events, Errors, ReadBytes, WriteBytes, MovedBytes, Sum, Having, Load} {
		n.counts[m] = make([]float64, f.N)
	}
	in, out, failed, name, cpu := field.Must("evt.buflen.in"), field.Must("evt.buflen.out"), field.Must("evt.failed"), field.Must("proc.name"), field.Must("evt.cpu")
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	for key := s.Next(calls, 1); key != 0; key = s.Next(calls, key+1) {
		require.NoError(t, s.Fill(key, true, &cur, &c))
		if c.Latency > 0 {
			for ns := uint64(0); ns < uint64(c.Latency); ns++ {
				if k := f.of(c.TS - uint64(c.Latency) + ns); k >= 0 {
					step := min(uint64(c.Latency)-ns, f.From+uint64(k+1)*f.Step-(c.TS-uint64(c.Latency)+ns))
					n.counts[Load][k] += float64(step) / float64(f.Step)
					ns += step - 1
				}
			}
		}
		k := f.of(c.TS)
		if k < 0 {
			continue
		}
		n.counts[Events][k]++
		n.counts[ReadBytes][k] += float64(in.Value(&c).U)
		n.counts[WriteBytes][k] += float64(out.Value(&c).U)
		n.counts[MovedBytes][k] = n.counts[ReadBytes][k] + n.counts[WriteBytes][k]
		n.counts[Errors][k] += float64(failed.Value(&c).U)
		n.counts[Sum][k] += float64(cpu.Value(&c).Int())
		if v := name.Value(&c); v.Kind != field.None {
			n.counts[Having][k]++
			if n.distinct[k] == nil {
				n.distinct[k] = map[string]bool{}
			}
			n.distinct[k][string(v.B)] = true
		}
		if c.Latency >= 0 {
			n.lat[k] = append(n.lat[k], c.Latency)
		}
	}
	return n
}

func TestALineIsWhatCountingEveryRowGives(t *testing.T) {
	for _, file := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := open(t, scapiotest.Repo(t, file))
		s := x.Acquire()
		f, err := NewFrame(s, 0, 0, 37, 0)
		s.Release()
		require.NoError(t, err)
		want := count(t, x, f)
		name, cpu := field.Must("proc.name"), field.Must("evt.cpu")
		for _, m := range []Measure{
			Events, Errors, ReadBytes, WriteBytes, MovedBytes, LatMin, LatMean, LatMax, LatP50, LatP99, Load, Distinct, Sum, Having,
		} {
			t.Run(fmt.Sprintf("%s of %s", m, file), func(t *testing.T) {
				ask := LineAsk{Measure: m, Field: &name}
				if m == Sum {
					ask.Field = &cpu
				}
				line, err := Series(context.Background(), x, calls, nil, f, ask)
				require.NoError(t, err)
				require.Len(t, line.Points, f.N)
				for k, got := range line.Points {
					lat := want.lat[k]
					sort.Slice(lat, func(i, j int) bool { return lat[i] < lat[j] })
					switch m {
					case LatMin, LatMean, LatMax, LatP50, LatP99:
						if len(lat) == 0 {
							require.EqualValues(t, -1, got)
							continue
						}
					}
					switch m {
					case LatMin:
						require.EqualValues(t, lat[0], got)
					case LatMax:
						require.EqualValues(t, lat[len(lat)-1], got)
						require.NotZero(t, line.Events[k])
					case LatMean:
						sum := int64(0)
						for _, v := range lat {
							sum += v
						}
						require.InDelta(t, float64(sum)/float64(len(lat)), got, 1)
					case LatP50:
						require.InEpsilon(t, max(lat[len(lat)/2], 1), max(got, 1), 0.035)
					case LatP99:
						require.InEpsilon(t, max(lat[len(lat)*99/100], 1), max(got, 1), 0.035)
					case Distinct:
						require.EqualValues(t, len(want.distinct[k]), got)
					default:
						require.InDelta(t, want.counts[m][k], got, 1e-6)
					}
				}
			})
		}
	}
}

func TestAHeatMapHoldsEveryLatencyOnce(t *testing.T) {
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	s := x.Acquire()
	f, err := NewFrame(s, 0, 0, 50, 0)
	s.Release()
	require.NoError(t, err)
	h, err := HeatMap(context.Background(), x, calls, nil, f)
	require.NoError(t, err)
	want := count(t, x, f)
	got := make([][]uint32, f.N)
	for r := range h.Rows {
		for k := range f.N {
			n := h.Cells[r*f.N+k]
			require.Equal(t, n > 0, h.Events[r*f.N+k] > 0)
			for range n {
				got[k] = append(got[k], uint32(r+h.First))
			}
		}
	}
	for k := range f.N {
		require.Len(t, got[k], len(want.lat[k]), "interval %d", k)
		sort.Slice(want.lat[k], func(i, j int) bool { return want.lat[k][i] < want.lat[k][j] })
		for i, ns := range want.lat[k] {
			require.LessOrEqual(t, uint64(1)<<got[k][i], uint64(max(ns, 1)))
			require.Greater(t, uint64(2)<<got[k][i], uint64(ns))
		}
	}
}

func TestSumsAndDistinctValuesAreThoseOfTheFields(t *testing.T) {
	for _, name := range []string{"live_old-sysmix.scap", "live_new-sysmix.scap"} {
		x := open(t, scapiotest.Repo(t, name))
		s := x.Acquire()
		f, err := NewFrame(s, 0, 0, 7, 0)
		s.Release()
		require.NoError(t, err)
		for _, name := range []string{"evt.rawres", "evt.latency", "proc.pid", "fd.num", "fd.name", "evt.type", "thread.exectime", "user.name"} {
			ref := field.Must(name)
			sum, having, distinct := make([]float64, f.N), make([]float64, f.N), make([]map[string]bool, f.N)
			var cur index.Cursor
			var c field.Ctx
			s := x.Acquire()
			for key := s.Next(calls, 1); key != 0; key = s.Next(calls, key+1) {
				require.NoError(t, s.Fill(key, true, &cur, &c))
				k := f.of(c.TS)
				v := ref.Value(&c)
				if n, is := numeric(v); is {
					sum[k] += n
				}
				if v.Kind != field.None {
					having[k]++
				}
				if text, ok := ref.Append(nil, &c); ok {
					if distinct[k] == nil {
						distinct[k] = map[string]bool{}
					}
					distinct[k][string(text)] = true
				}
			}
			s.Release()
			for m, want := range map[Measure]func(k int) float64{
				Sum: func(k int) float64 { return sum[k] }, Having: func(k int) float64 { return having[k] }, Distinct: func(k int) float64 { return float64(len(distinct[k])) },
			} {
				l, err := Series(context.Background(), x, calls, nil, f, LineAsk{Measure: m, Field: &ref})
				require.NoError(t, err)
				for k := range f.N {
					require.InDelta(t, want(k), l.Points[k], 0.5, "%s of %s in interval %d", m, name, k)
				}
			}
		}
	}
}

func TestAScatterHasTheFieldsOfTheRowsItNames(t *testing.T) {
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	fx, fy := field.Must("evt.latency"), field.Must("evt.type")
	p, err := Scatter(context.Background(), x, calls, nil, 0, 0, &fx, &fy, 300)
	require.NoError(t, err)
	require.NotEmpty(t, p.X)
	require.LessOrEqual(t, len(p.X), 300)
	require.Empty(t, p.XLabels)
	s := x.Acquire()
	defer s.Release()
	var cur index.Cursor
	var c field.Ctx
	for i, key := range p.Events {
		require.NoError(t, s.Fill(key, true, &cur, &c))
		require.EqualValues(t, c.Latency, p.X[i])
		require.GreaterOrEqual(t, c.Latency, int64(0), "events without one are left out")
		require.Equal(t, string(fy.Value(&c).B), p.YLabels[int(p.Y[i])])
	}
}

func TestTimesOfAScatterCountFromTheFirstEvent(t *testing.T) {
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	s := x.Acquire()
	first, _ := s.Times()
	s.Release()
	fx, fy := field.Must("evt.rawtime"), field.Must("evt.reltime")
	p, err := Scatter(context.Background(), x, calls, nil, 0, 0, &fx, &fy, 300)
	require.NoError(t, err)
	require.Equal(t, []Kind{Time, Time}, []Kind{p.XKind, p.YKind})
	require.NotEmpty(t, p.X)
	s = x.Acquire()
	for i, key := range p.Events {
		require.EqualValues(t, s.Facts(key).TS-first, p.X[i])
		require.EqualValues(t, p.X[i], p.Y[i])
	}
	s.Release()
	fx = field.Must("evt.latency")
	p, err = Scatter(context.Background(), x, calls, nil, 0, 0, &fx, &fy, 300)
	require.NoError(t, err)
	require.Equal(t, Duration, p.XKind)
}

func TestIntervalsThatAreTooManyAreRefused(t *testing.T) {
	x := open(t, scapiotest.Repo(t, "live_old-sysmix.scap"))
	s := x.Acquire()
	defer s.Release()
	_, err := NewFrame(s, 0, 0, 0, 0)
	require.Error(t, err)
	_, err = NewFrame(s, 0, 0, 10, 1)
	require.ErrorContains(t, err, "intervals of 1 ns")
	_, err = Series(context.Background(), x, calls, nil, Frame{Step: 1, N: 1}, LineAsk{Measure: Distinct})
	require.ErrorIs(t, err, ErrMeasure)
}
