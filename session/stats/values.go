package stats

import (
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
)

// fieldValue is a field's value as graphs count it.
type fieldValue struct {
	has, numeric, shown bool // whether it is there, a number, and has a text
	number              float64
	text                string
	in                  *bucket // that counted it last
}

// rowKey is what a value depends on that needs no event to be read: the situation, and the row of the thread or the
// descriptor.
type rowKey struct{ cell, row uint32 }

// packets is the cell of packets, which have no type.
const packets = uint32(2 * len(evtable.Types))

// kept is a value that was asked for lately.
type kept struct {
	rowKey
	value *fieldValue
}

// keptMost is how many there are, a power of two.
const keptMost = 1 << 10

// value returns the value of a field of row i, its text too when asked. What depends on the row of a thread or of a
// descriptor alone is read once of each; a looker is asked for one field.
func (l *looker) value(r *field.Ref, b *index.Batch, i int, calls, text bool) *fieldValue {
	t, at := b.Type(i), rowKey{cell: packets}
	switch {
	case t != nil:
		at.cell = 2 * uint32(t.ID)
		if _, known := b.FDRow(i); known {
			at.cell++
		}
	case !b.Packet(i):
		return l.read(&l.once, r, b, i, calls, text, field.NeedBytes) // a type that the table does not know
	}
	n := l.need(r, at.cell, calls)
	switch n {
	case 0:
	case field.NeedThread:
		at.row, _ = b.ThreadRow(i) // of none it is another number than that of any
	case field.NeedFD:
		at.row, _ = b.FDRow(i)
	default:
		return l.read(&l.once, r, b, i, calls, text, n)
	}
	k := &l.lately[(at.row<<5^at.cell)%keptMost]
	if k.value != nil && k.rowKey == at {
		return k.value
	}
	v := l.values[at]
	if v == nil {
		v = l.read(&fieldValue{}, r, b, i, calls, text, n)
		l.values[at] = v
	}
	*k = kept{at, v}
	return v
}

// need returns what the field's value depends on in a situation.
func (l *looker) need(r *field.Ref, cell uint32, calls bool) field.Needs {
	if l.needs == nil {
		l.needs, l.asked = make([]field.Needs, packets+1), make([]bool, packets+1)
		l.values, l.lately = map[rowKey]*fieldValue{}, make([]kept, keptMost)
	}
	if !l.asked[cell] {
		s := field.Situation{Packet: cell == packets, FD: cell&1 == 1, Calls: calls}
		if !s.Packet {
			s.Type = uint16(cell / 2)
		}
		l.needs[cell], l.asked[cell] = r.Needs(s), true
	}
	return l.needs[cell]
}

// read takes the value from the columns where they have what the field needs, else from the event.
func (l *looker) read(v *fieldValue, r *field.Ref, b *index.Batch, i int, calls, text bool, n field.Needs) *fieldValue {
	*v = fieldValue{}
	c := b.Lean(i, n)
	if c == nil {
		if c = &l.ctx; b.Fill(b.Key(i), calls, &l.cur, c) != nil {
			return v
		}
	}
	is := r.Value(c)
	if is.Kind != field.None {
		v.has = true
		v.number, v.numeric = numeric(is)
	}
	if text {
		b, ok := r.Append(l.buf[:0], c)
		v.text, v.shown, l.buf = string(b), ok, b
	}
	return v
}
