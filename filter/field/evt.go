package field

import (
	"encoding/binary"
	"strconv"
	"time"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// typ returns the event's type, nil for packets and types newer than the table.
func (c *Ctx) typ() *evtable.Type {
	if c.Packet != nil {
		return nil
	}
	return c.Ev.Info()
}

// flags returns the flags of the event's type.
func (c *Ctx) flags() evtable.EF {
	if t := c.typ(); t != nil {
		return t.Flags
	}
	return 0
}

// evtFields are the fields of class evt that are about the event as such.
var evtFields = map[string]extractor{
	"evt.num": {value: func(c *Ctx, _ *Ref) Value {
		if c.Packet != nil {
			return Value{}
		}
		return uintValue(c.Num)
	}},
	"evt.time":          {text: clock("15:04:05.000000000")},
	"evt.time.s":        {text: clock("15:04:05")},
	"evt.datetime":      {text: clock("2006-01-02 15:04:05.000000000")},
	"evt.datetime.s":    {text: clock("2006-01-02 15:04:05")},
	"evt.time.iso8601":  {text: evtISO},
	"evt.outputtime":    {text: outputTime},
	"evt.rawtime":       {value: func(c *Ctx, _ *Ref) Value { return timeValue(c.TS) }},
	"evt.rawtime.s":     {value: func(c *Ctx, _ *Ref) Value { return timeValue(c.TS / 1e9) }},
	"evt.rawtime.ns":    {value: func(c *Ctx, _ *Ref) Value { return timeValue(c.TS % 1e9) }},
	"evt.reltime":       span(reltime, all),
	"evt.reltime.s":     span(reltime, seconds),
	"evt.reltime.ns":    span(reltime, fraction),
	"evt.deltatime":     span(deltatime, all),
	"evt.deltatime.s":   span(deltatime, seconds),
	"evt.deltatime.ns":  span(deltatime, fraction),
	"evt.latency":       span(latency, all),
	"evt.latency.s":     span(latency, seconds),
	"evt.latency.ns":    span(latency, fraction),
	"evt.wait_latency":  span(waitLatency, all),
	"evt.latency.human": {text: latencyHuman},
	"evt.latency.quantized": {value: func(c *Ctx, _ *Ref) Value {
		n := uint64(0)
		for ns := latency(c); ns > 0; ns /= 10 {
			n++
		}
		return uintValue(n)
	}},
	"evt.dir":     {text: evtDir},
	"evt.type":    {text: evtType},
	"evt.type.is": {value: evtTypeIs},
	"syscall.type": {text: func(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
		if t := c.typ(); t == nil || t.Category&evtable.ECSyscall == 0 {
			return dst, false
		}
		return evtType(dst, c, r)
	}},
	"evt.category": {text: evtCategory},
	"evt.cpu": {value: func(c *Ctx, _ *Ref) Value {
		if c.Packet != nil {
			return Value{}
		}
		return intValue(int64(int16(c.Ev.CPU)))
	}},
	"evt.source": {text: evtSource},
	"evt.is_async": {value: func(c *Ctx, _ *Ref) Value {
		return boolValue(c.Packet == nil && c.Ev.Type == evtable.AsynceventE)
	}},
	"evt.asynctype": {scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.Packet != nil || c.Ev.Type != evtable.AsynceventE {
			return dst, false
		}
		s, ok := evt.Str(c.Ev.Param(1))
		return append(dst, s...), ok
	}},
	"evt.hostname": {scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		m := c.View.Machine()
		if m == nil || m.Info.Hostname == "" {
			return dst, false
		}
		return append(dst, m.Info.Hostname...), true
	}},
	"evt.around": {value: evtAround},

	"evt.args":   {scope: ScopeArgs, text: evtArgs},
	"evt.info":   {scope: ScopeArgs, text: evtArgs},
	"evt.arg":    {scope: ScopeArgs, text: evtArg},
	"evt.rawarg": {scope: ScopeArgs, value: evtRawarg, text: evtRawargText},
	"evt.buffer": {scope: ScopeArgs, value: evtBuffer, text: evtBufferText},

	"evt.infra.docker.name": {scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.Packet != nil || c.Ev.Type != evtable.InfrastructureEventE {
			return dst, false
		}
		if source, _ := evt.Str(c.Ev.Param(0)); string(source) != "docker" {
			return dst, false
		}
		s, ok := evt.Str(c.Ev.Param(1))
		return append(dst, s...), ok
	}},
}

// clock returns the text of a field that is the event's time in a layout of package time.
func clock(layout string) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		return at(c.TS, c.Style.Loc).AppendFormat(dst, layout), true
	}
}

func at(ts uint64, loc *time.Location) time.Time {
	if loc == nil {
		loc = time.UTC
	}
	return time.Unix(int64(ts/1e9), int64(ts%1e9)).In(loc)
}

func evtISO(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	return at(c.TS, time.UTC).AppendFormat(dst, "2006-01-02T15:04:05.000000000-0700"), true
}

func outputTime(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	return c.AppendTime(dst), true
}

// AppendTime appends the event's time in the mode TimeMode: h and 0 clock time, a seconds since the epoch, r seconds since the
// first event, d seconds the call took, D seconds since the previous listed event (sysdig's -t).
func (c *Ctx) AppendTime(dst []byte) []byte {
	switch c.TimeMode {
	case 'a':
		return appendSeconds(dst, c.TS)
	case 'r':
		return appendSeconds(dst, reltime(c))
	case 'd':
		return appendSeconds(dst, latency(c))
	case 'D':
		return appendSeconds(dst, deltatime(c))
	}
	return at(c.TS, c.Style.Loc).AppendFormat(dst, "15:04:05.000000000")
}

func appendSeconds(dst []byte, ns uint64) []byte {
	dst = strconv.AppendUint(dst, ns/1e9, 10)
	dst = append(dst, '.')
	return evt.AppendNine(dst, ns%1e9)
}

// Spans of time, and the parts of one that fields show.
func reltime(c *Ctx) uint64 {
	if c.TS < c.First {
		return 0
	}
	return c.TS - c.First
}

func deltatime(c *Ctx) uint64 {
	if c.PrevTS == 0 || c.TS < c.PrevTS {
		return 0
	}
	return c.TS - c.PrevTS
}

func latency(c *Ctx) uint64 { return uint64(max(c.Latency, 0)) }

func waitLatency(c *Ctx) uint64 {
	if c.flags()&evtable.EFWaits == 0 {
		return 0
	}
	return latency(c)
}

func all(ns uint64) uint64      { return ns }
func seconds(ns uint64) uint64  { return ns / 1e9 }
func fraction(ns uint64) uint64 { return ns % 1e9 }

func span(take func(*Ctx) uint64, part func(uint64) uint64) extractor {
	return extractor{value: func(c *Ctx, _ *Ref) Value { return spanValue(part(take(c))) }}
}

func latencyHuman(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	return appendHuman(dst, latency(c)), true
}

// appendHuman appends nanoseconds with a unit and two decimals: 830ns, 2.84us, 1.20ms, 3.00s.
func appendHuman(dst []byte, ns uint64) []byte {
	for _, u := range []struct {
		size float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}} {
		if float64(ns) >= u.size {
			dst = strconv.AppendFloat(dst, float64(ns)/u.size, 'f', 2, 64)
			return append(dst, u.name...)
		}
	}
	return append(strconv.AppendUint(dst, ns, 10), "ns"...)
}

func evtDir(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	switch {
	case c.Packet != nil:
		return dst, false
	case c.Ev.Enter():
		return append(dst, '>'), true
	}
	return append(dst, '<'), true
}

func evtType(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if c.Packet != nil {
		return append(dst, "packet"...), true
	}
	return evt.AppendTypeName(dst, &c.Ev, &c.Args), true
}

func evtTypeIs(c *Ctx, r *Ref) Value {
	from := len(c.buf)
	c.buf, _ = evtType(c.buf, c, r)
	is := string(c.buf[from:]) == r.Arg
	c.buf = c.buf[:from]
	if is {
		return uintValue(1)
	}
	return uintValue(0)
}

func evtCategory(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if c.Packet != nil {
		return append(dst, "net"...), true
	}
	t := c.typ()
	switch {
	case t == nil:
		return append(dst, "unknown"...), true
	case ioCategory(t):
		return append(dst, fdCategory(c.FD)...), true
	}
	if s := evtable.CategoryName(t.Category); s != "" {
		return append(dst, s...), true
	}
	return append(dst, "unknown"...), true
}

func evtSource(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if t := c.typ(); t == nil || t.ID == evtable.PlugineventE {
		return dst, false
	}
	return append(dst, "syscall"...), true
}

// evtAround is how far the event is from a moment, in milliseconds rounded up: a filter asks whether it is at most so far.
func evtAround(c *Ctx, r *Ref) Value {
	d := c.TS - uint64(r.Index)
	if c.TS < uint64(r.Index) {
		d = -d
	}
	return uintValue((d + 999_999) / 1_000_000)
}

func evtArgs(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if c.Packet != nil {
		return evt.AppendArgs(dst, c.packetArgs(), nil, &c.Style), true
	}
	return evt.AppendArgs(dst, &c.Args, &c.Names, &c.Style), true
}

// packetType gives a packet arguments, so that it reads as events do: interface=eth0 len=160 data=...
var packetType = evtable.Type{ID: evtable.NumTypes, Name: "packet", Params: []evtable.Param{
	{Name: "interface", Type: evtable.PTCharbuf, DirFD: -1},
	{Name: "len", Type: evtable.PTUint32, Format: evtable.Dec, DirFD: -1},
	{Name: "data", Type: evtable.PTBytebuf, DirFD: -1},
}}

// packetArgs returns the packet's arguments. They borrow from it and from c.
func (c *Ctx) packetArgs() *evt.Args {
	p, a := c.Packet, &c.joined
	c.joinedOK = false
	binary.LittleEndian.PutUint32(c.wireLen[:], p.Len)
	a.Type, a.N = &packetType, len(packetType.Params)
	a.P[0], a.P[1], a.P[2] = []byte(p.Interface), c.wireLen[:], p.Data
	return a
}

// param returns where the arguments hold the parameter asked for, -1 where they do not.
func (r *Ref) param(a *evt.Args) int {
	i := r.Index
	if r.params != nil {
		switch t := a.Type; {
		case t == nil:
			return -1
		case t == &evtable.Types[t.ID]:
			i = int(r.params[t.ID])
		default:
			i = int(paramIndex(t, r.Arg))
		}
	}
	if i >= a.N {
		return -1
	}
	return i
}

func evtArg(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	if c.Packet != nil {
		return dst, false
	}
	i := r.param(&c.Args)
	if i < 0 {
		return dst, false
	}
	return evt.AppendArg(dst, &c.Args, i, &c.Names, &c.Style), true
}

// wire returns the type and the bytes of parameter i, behind the selector of a dynamic one.
func wire(a *evt.Args, i int) (evtable.PT, []byte) {
	v := a.Param(i)
	if a.Type == nil || i >= len(a.Type.Params) {
		return evtable.PTBytebuf, v
	}
	p := &a.Type.Params[i]
	if p.Type == evtable.PTDyn && len(v) > 0 && int(v[0]) < len(p.Dyn) {
		return p.Dyn[v[0]].Type, v[1:]
	}
	return p.Type, v
}

// evtRawarg is a parameter as a value of its own type. What is neither number nor text is its text.
func evtRawarg(c *Ctx, r *Ref) Value {
	if c.Packet != nil {
		return Value{}
	}
	i := r.param(&c.Args)
	if i < 0 {
		return Value{}
	}
	pt, v := wire(&c.Args, i)
	switch k := paramKind(pt); k {
	case Int:
		if n, ok := evt.Int(v); ok {
			return intValue(n)
		}
		return Value{}
	case Uint, Time, Duration, Port, Bool:
		if n, ok := evt.Uint(v); ok {
			return Value{Kind: k, U: n}
		}
		return Value{}
	case IP:
		return addressValue(v)
	case Bytes:
		if len(v) == 0 {
			return Value{}
		}
		return Value{Kind: Bytes, B: v}
	}
	switch pt {
	case evtable.PTCharbuf, evtable.PTFspath, evtable.PTFsrelpath:
		if s, ok := evt.Str(v); ok {
			return textValue(s)
		}
		return Value{}
	}
	from := len(c.buf)
	c.buf, _ = evt.ParamParts(c.buf, &c.Args, i, &c.Names, &c.Style)
	return textValue(c.buf[from:len(c.buf):len(c.buf)])
}

func evtRawargText(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	if c.Packet != nil {
		return dst, false
	}
	v := evtRawarg(c, r)
	if v.Kind == None {
		return dst, false
	}
	format := ""
	if t := c.Args.Type; t != nil {
		if i := r.param(&c.Args); i < len(t.Params) {
			switch t.Params[i].Format {
			case evtable.Hex:
				format = "hex"
				v.Kind = Uint
			case evtable.Oct:
				return strconv.AppendUint(append(dst, '0'), v.U, 8), true
			}
		}
	}
	return v.append(dst, format), true
}

// data returns where the arguments hold the bytes that were read or written, -1 where they do not.
func data(c *Ctx) int {
	t := c.Args.Type
	if c.Packet != nil || t == nil {
		return -1
	}
	if i := dataIndex(t); i < c.Args.N {
		return i
	}
	return -1
}

// dataIndex returns which parameter of a type holds the bytes that were read or written, -1 for none.
func dataIndex(t *evtable.Type) int {
	for i := range t.Params {
		if t.Params[i].Type == evtable.PTBytebuf && t.Params[i].Name == "data" {
			return i
		}
	}
	return -1
}

func evtBuffer(c *Ctx, _ *Ref) Value {
	if c.Packet != nil {
		return Value{Kind: Bytes, B: c.Packet.Data}
	}
	i := data(c)
	if i < 0 {
		return Value{}
	}
	return Value{Kind: Bytes, B: c.Args.Param(i)}
}

func evtBufferText(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if c.Packet != nil {
		return evt.AppendArg(dst, c.packetArgs(), 2, nil, &c.Style), true
	}
	i := data(c)
	if i < 0 {
		return dst, false
	}
	return evt.AppendArg(dst, &c.Args, i, &c.Names, &c.Style), true
}
