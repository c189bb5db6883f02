package stats

import (
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// fieldValue is a field's value as graphs count it.
type fieldValue struct {
	has, numeric, shown bool // whether it is there, a number, and has a text
	number              float64
	text                string
}

// rowKey is what a value depends on that needs no event to be read: the situation, and the row of the thread or the
// descriptor.
type rowKey struct {
	field.Situation
	row uint32
}

// value returns the value of a field of row i, its text too when asked. What depends on the row of a thread or of a
// descriptor alone is read once of each; a looker is asked for one field.
func (l *looker) value(r *field.Ref, b *index.Batch, i int, calls, text bool) *fieldValue {
	_, knownFD := b.FDRow(i)
	at := rowKey{Situation: field.Situation{Packet: b.Packet(i), FD: knownFD, Calls: calls}}
	t := b.Type(i)
	if t == nil && !at.Packet {
		return l.read(&l.once, r, b, i, calls, text) // a type that the table does not know
	}
	if t != nil {
		at.Type = t.ID
	}
	switch l.need(r, at.Situation) {
	case 0:
	case field.NeedThread:
		at.row, _ = b.ThreadRow(i) // of none it is another number than that of any
	case field.NeedFD:
		at.row, _ = b.FDRow(i)
	default:
		return l.read(&l.once, r, b, i, calls, text)
	}
	if l.last != nil && l.lastKey == at { // as mostly
		return l.last
	}
	v := l.values[at]
	if v == nil {
		v = l.read(&fieldValue{}, r, b, i, calls, text)
		l.values[at] = v
	}
	l.last, l.lastKey = v, at
	return v
}

// need returns what the field's value depends on in a situation.
func (l *looker) need(r *field.Ref, s field.Situation) field.Needs {
	if l.needs != nil && l.situation == s { // as mostly
		return l.situated
	}
	if l.needs == nil {
		l.needs, l.values = map[field.Situation]field.Needs{}, map[rowKey]*fieldValue{}
	}
	n, known := l.needs[s]
	if !known {
		n = r.Needs(s)
		l.needs[s] = n
	}
	l.situation, l.situated = s, n
	return n
}

// read takes the value from the event.
func (l *looker) read(v *fieldValue, r *field.Ref, b *index.Batch, i int, calls, text bool) *fieldValue {
	*v = fieldValue{}
	if b.Fill(b.Key(i), calls, &l.cur, &l.ctx) != nil {
		return v
	}
	is := r.Value(&l.ctx)
	if is.Kind != field.None {
		v.has = true
		v.number, v.numeric = numeric(is)
	}
	if text {
		b, ok := r.Append(l.buf[:0], &l.ctx)
		v.text, v.shown, l.buf = string(b), ok, b
	}
	return v
}
