package stats

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// slowMost is how many calls the table of slow ones has.
const slowMost = 200

var slowFields = []field.Ref{field.Must("evt.type"), field.Must("proc.name"), field.Must("thread.tid"), field.Must("fd.name"), field.Must("evt.args")}

type slowCall struct {
	key     uint32
	latency int64
}

// slowCalls keeps the calls that took longest, the longest first.
type slowCalls []slowCall

func (l *slowCalls) add(c slowCall) {
	if n := len(*l); n == slowMost && c.latency <= (*l)[n-1].latency {
		return
	}
	i, _ := slices.BinarySearchFunc(*l, c, func(a, b slowCall) int {
		return cmp.Or(cmp.Compare(b.latency, a.latency), cmp.Compare(a.key, b.key))
	})
	if *l = slices.Insert(*l, i, c); len(*l) > slowMost {
		*l = (*l)[:slowMost]
	}
}

// slowest lists the calls that took longest.
func slowest(ctx context.Context, x *index.Index, set *index.Set, q *question) (*Table, error) {
	var workers []*slowCalls
	err := walk(ctx, x, set, func() func(*event) {
		list := &slowCalls{}
		workers = append(workers, list)
		return func(e *event) {
			if e.latency >= 0 {
				list.add(slowCall{e.key, e.latency})
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var all slowCalls
	for _, list := range workers {
		for _, c := range *list {
			all.add(c)
		}
	}
	t := &Table{Name: q.name, Title: q.title, Columns: []Column{
		{"call", "Call", Text},
		{"process", "Process", Text},
		{"tid", "TID", Text},
		{"on", "Descriptor", Text},
		{"arguments", "Arguments", Text},
		{"took", "Took", Duration},
		{"time", "Time", Time},
		{"event", "Event", Event},
	}}
	if len(all) == 0 {
		t.Note = noTimes
	}
	s := x.Acquire()
	defer s.Release()
	e := event{snap: s, look: &looker{}}
	for _, c := range all {
		e.key = c.key
		var cells []Value
		for i := range slowFields {
			cells = append(cells, Value{Text: e.text(&slowFields[i])})
		}
		num := s.Number(c.key)
		cells = append(cells, Value{N: c.latency}, Value{N: int64(s.Facts(c.key).TS)}, Value{N: int64(num)})
		t.Rows = append(t.Rows, Row{Cells: cells, Filter: "evt.num=" + strconv.FormatUint(num, 10), Event: c.key})
	}
	return t, nil
}
