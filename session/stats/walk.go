package stats

import (
	"context"
	"strconv"
	"sync"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
	"github.com/scapls/scapls/session/explain"
)

// calls is the list whose rows are counted.
var calls = index.List{Calls: true}

// event is a row that is being counted.
type event struct {
	key     uint32
	ts      uint64
	typ     *evtable.Type // nil: newer than the table, or a packet
	thread  *state.Thread
	fd      *state.FD
	res     int64
	latency int64 // ns, -1 when not known
	in, out int64 // bytes that were read and written
	call    bool
	exit    bool // a call that returned
	failed  bool
	packet  bool
	number  int64 // of a generic call

	snap index.Snapshot
	look *looker
}

// looker reads what the columns do not hold.
type looker struct {
	cur   index.Cursor
	ctx   field.Ctx
	names map[int64]string // of generic calls, by number

	// Of the field that value is asked for.
	needs  []field.Needs // by situation
	asked  []bool
	values map[rowKey]*fieldValue
	lately []kept     // of them, found without the map
	once   fieldValue // that is not kept
	buf    []byte
}

// generic returns the name of the call that a generic event is about. The column of results has its number.
func (l *looker) generic(e *event) string {
	name, known := l.names[e.number]
	if known {
		return name
	}
	if name = e.text(&typeField); name == "" {
		return e.typ.Name
	}
	if l.names == nil {
		l.names = map[int64]string{}
	}
	if e.number != 0 { // 0 stands for several that the number does not tell
		l.names[e.number] = name
	}
	return name
}

// sentence says in words what an event tells.
func (l *looker) sentence(s index.Snapshot, key uint32) string {
	if l.ctx.Reset(); s.Fill(key, true, &l.cur, &l.ctx) != nil {
		return ""
	}
	return explain.Sentence(&l.ctx)
}

// text returns a field of the event, read from its bytes.
func (e *event) text(r *field.Ref) string {
	if e.look.ctx.Reset(); e.snap.Fill(e.key, true, &e.look.cur, &e.look.ctx) != nil {
		return ""
	}
	b, ok := r.Append(nil, &e.look.ctx)
	if !ok {
		return ""
	}
	return string(b)
}

// name returns the call's or event's name.
func (e *event) name() string {
	switch {
	case e.packet:
		return "packet"
	case e.typ == nil:
		return "unknown"
	case e.typ.ID <= evtable.GenericX:
		return e.look.generic(e)
	case renamed()[e.typ.ID]:
		return e.text(&typeField)
	}
	return e.typ.Name
}

// renamed tells of which types an event may have another name than its type, in the newest shape of its parameters: what
// old drivers wrote as accept may be an accept4.
var renamed = sync.OnceValue(func() []bool {
	list := make([]bool, len(evtable.Types))
	for id := range list {
		list[id] = uint16(id) > evtable.GenericX && typeField.Needs(field.Situation{Type: uint16(id), Calls: true})&field.NeedBytes != 0
	}
	return list
})

var (
	typeField   = field.Must("evt.type")
	pathField   = field.Must("fs.path.name")
	sourceField = field.Must("evt.rawarg.fdin")
)

// walk gives the rows of the calls view, or of the set when it is not nil, to workers: begin returns what counts for one
// of them.
func walk(ctx context.Context, x *index.Index, set *index.Set, begin func() func(*event)) error {
	return x.Scan(ctx, calls, set, func() func(*index.Batch) {
		e, count := event{look: &looker{}}, begin()
		return func(b *index.Batch) {
			for i := range b.Len() {
				e.load(b, i)
				count(&e)
			}
		}
	})
}

func (e *event) load(b *index.Batch, i int) {
	e.snap = b.Snapshot
	e.key, e.ts, e.typ, e.packet = b.Key(i), b.TS(i), b.Type(i), b.Packet(i)
	e.call, e.exit, e.failed = b.Call(i), b.Exit(i), b.Failed(i)
	e.thread, e.fd = b.Thread(i), b.FD(i)
	e.res, e.latency, e.in, e.out, e.number = 0, -1, 0, 0, 0
	if e.typ != nil && e.typ.ID <= evtable.GenericX {
		e.number = b.Res(i)
	}
	if !e.exit {
		return
	}
	e.res = b.Res(i)
	if ns, ok := b.Latency(i); ok {
		e.latency = ns
	}
	switch moves(e.typ) {
	case reads:
		e.in = max(e.res, 0)
	case writes:
		e.out = max(e.res, 0)
	case copies: // between two descriptors in the kernel: counted at the one that the event is about
		if e.res <= 0 {
			break
		}
		if e.text(&sourceField) == strconv.FormatInt(b.FDNum(i), 10) {
			e.in = e.res
		} else {
			e.out = e.res
		}
	}
}

// direction is which way a call moves bytes.
type direction uint8

const (
	none direction = iota
	reads
	writes
	copies
)

// moves tells by its type which way a call moves as many bytes as its result says, whether or not its descriptor is
// known.
func moves(t *evtable.Type) direction {
	switch {
	case t == nil:
	case t.Category&evtable.CategoryMask == evtable.ECIORead:
		return reads
	case t.Category&evtable.CategoryMask == evtable.ECIOWrite:
		return writes
	case t.ID == evtable.SyscallCopyFileRangeX:
		return copies
	}
	return none
}
