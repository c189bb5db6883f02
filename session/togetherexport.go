package session

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/filter/field"
)

// Export writes the rows of a list to a file: those of one capture in any form, those of all as lines, ordered by the
// common clock and each with its host.
func (j *Together) Export(ctx context.Context, req ExportRequest) (Exported, error) {
	req.plain()
	if j.closed.Load() {
		return Exported{}, ErrClosed
	}
	if req.Member < 0 || req.Member > len(j.members) {
		return Exported{}, badRequest("there is no capture %d among %d", req.Member, len(j.members))
	}
	if req.Format == ExportScap && req.Member == 0 {
		return Exported{}, badRequest("numbers of processes and descriptors of several machines would meet in one scap file: export one capture at a time, or all as text, CSV or JSON")
	}
	if req.SortBy != "" || req.Rows != nil {
		return Exported{}, errTogetherSorted
	}
	for _, m := range j.members {
		if err := m.mayWrite(req.Path); err != nil {
			return Exported{}, err
		}
	}
	ranges, err := j.ranges(ctx, req.Query, req.From, req.To)
	if err != nil {
		return Exported{}, err
	}
	if i := req.Member - 1; i >= 0 {
		if ranges[i].none {
			return Exported{}, badRequest("no event of %s is among those that are exported", j.members[i].host)
		}
		req.From, req.To, req.Member = uint64(ranges[i].from), uint64(ranges[i].to), 0
		return j.members[i].Export(ctx, req)
	}
	return j.exportLines(ctx, req, ranges)
}

// keyRange is what is exported of a capture; 0 is its end on that side.
type keyRange struct {
	from, to uint32
	none     bool
}

// ranges returns what lies between two events of all, in the order of the list.
func (j *Together) ranges(ctx context.Context, q Query, from, to uint64) ([]keyRange, error) {
	out := make([]keyRange, len(j.members))
	if from == 0 && to == 0 {
		return out, nil
	}
	l, err := j.whole(ctx, q)
	if err != nil {
		return nil, err
	}
	defer l.release()
	rows := [2]uint64{0, max(l.len(), 1) - 1}
	for k, num := range []uint64{from, to} {
		if num == 0 {
			continue
		}
		i, key, err := j.event(num)
		if err != nil {
			return nil, err
		}
		row, ok := l.nearest(i, uint32(key))
		if !ok {
			return nil, ErrNoEvent
		}
		rows[k] = row
	}
	slices.Sort(rows[:])
	first, end := l.o.order.place(int(rows[0])), l.o.order.place(int(min(rows[1]+1, l.len())))
	for i := range out {
		if out[i].none = first[i] == end[i]; !out[i].none {
			out[i].from, out[i].to = l.list[i].at(first[i]), l.list[i].at(end[i]-1)
		}
	}
	return out, nil
}

func (j *Together) exportLines(ctx context.Context, req ExportRequest, ranges []keyRange) (Exported, error) {
	p, err := j.members[0].program(req.Filter, req.Language)
	if err != nil {
		return Exported{}, err
	}
	req.Columns = slices.DeleteFunc(slices.Clone(req.Columns), func(c string) bool { return c == hostField }) // it comes first
	o := LinesOptions{Query: req.Query, Filter: p, Loc: j.members[0].loc, Time: req.Time, Plain: true}
	header, err := req.lines(&o)
	if err != nil {
		return Exported{}, err
	}
	if req.Format == ExportText {
		o.Append = func() Appender {
			k := &clock{mode: o.Time, loc: o.Loc}
			return func(dst []byte, c *field.Ctx) ([]byte, bool) { return append(appendLine(dst, c, k), '\n'), true }
		}
		o.Fields = true // the appender shows times of the common clock
	}
	var list []Merged
	fractions := make([]atomic.Uint64, len(j.members))
	for i, m := range j.members {
		if ranges[i].none {
			continue
		}
		one := Merged{Index: m.shared.x, Host: m.host, Offset: time.Duration(m.ahead()), First: j.first(), from: ranges[i].from, to: ranges[i].to}
		if req.Told != nil {
			one.told = func(f float64) {
				fractions[i].Store(math.Float64bits(f))
				sum := 0.0
				for k := range fractions {
					sum += math.Float64frombits(fractions[k].Load())
				}
				req.Told(sum / float64(len(fractions)))
			}
		}
		list = append(list, one)
	}
	var done Exported
	hosts := hostCells(list, req.Format)
	line := func(dst []byte, _ uint64, from *Merged, text []byte) []byte {
		done.Events++
		dst = append(dst, hosts[from]...)
		if req.Format == ExportJSON {
			text = text[1:] // the host opens the object
		}
		return append(dst, text...)
	}
	err = WriteFile(req.Path, func(w io.Writer) error {
		if len(header) > 0 {
			header = append([]byte(hostField+","), header...)
		}
		if _, err := w.Write(header); err != nil {
			return err
		}
		return Merge(ctx, list, o, line, w)
	})
	if err != nil {
		return Exported{}, err
	}
	if fi, err := os.Stat(req.Path); err == nil {
		done.Bytes = fi.Size()
	}
	return done, nil
}

// hostCells returns what stands before a capture's lines.
func hostCells(list []Merged, form string) map[*Merged][]byte {
	width := 0
	for i := range list {
		width = max(width, len(list[i].Host))
	}
	cells := map[*Merged][]byte{}
	for i := range list {
		m := &list[i]
		switch form {
		case ExportCSV:
			var b bytes.Buffer
			w := csv.NewWriter(&b)
			_ = w.Write([]string{m.Host}) // to memory
			w.Flush()
			cells[m] = append(bytes.TrimRight(b.Bytes(), "\r\n"), ',')
		case ExportJSON:
			name, _ := json.Marshal(m.Host) // a string always can
			cells[m] = append(append([]byte(`{"`+hostField+`":`), name...), ',')
		default:
			cells[m] = append([]byte(m.Host), bytes.Repeat([]byte{' '}, width-len(m.Host)+1)...)
		}
	}
	return cells
}
