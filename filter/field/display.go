package field

import (
	"strings"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
)

// protocols are the names that Stratoshark tests for presence: what an event has a branch of in its tree.
func protocols() []*Field {
	protocol := func(name, help string, scope Scope, has func(c *Ctx) bool) *Field {
		return &Field{Name: name, Class: "protocol", Type: "bool", Help: help, x: extractor{scope: scope, value: func(c *Ctx, _ *Ref) Value {
			if !has(c) {
				return Value{}
			}
			return boolValue(true)
		}}}
	}
	always := func(*Ctx) bool { return true }
	event := func(c *Ctx) bool { return c.Packet == nil }
	return []*Field{
		protocol("frame", "every event and packet", ScopeEvent, always),
		protocol("sysdig", "every event", ScopeEvent, event),
		protocol("evt", "every event", ScopeEvent, event),
		protocol("evt.arg", "events that have arguments", ScopeArgs, func(c *Ctx) bool { return c.Packet == nil && c.Args.N > 0 }),
		protocol("process", "events of a thread", ScopeEvent, func(c *Ctx) bool { return c.T != nil }),
		protocol("user", "events of a thread, whose user is told", ScopeEvent, func(c *Ctx) bool { return c.T != nil }),
		protocol("group", "events of a thread, whose group is told", ScopeEvent, func(c *Ctx) bool { return c.T != nil }),
		protocol("fd", "events about a descriptor", ScopeEvent, (*Ctx).hasFD),
		protocol("fdlist", "calls of poll", ScopeArgs, func(c *Ctx) bool { return present(c, "fdlist.nums") }),
		protocol("fs", "calls that work on a path", ScopeArgs, func(c *Ctx) bool {
			return present(c, "fs.path.name") || present(c, "fs.path.source")
		}),
		protocol("falcoevents", "events of a plugin", ScopeEvent, ofPlugin),
		protocol("falco", "events of a plugin, of whose fields Stratoshark has this tree", ScopeEvent, ofPlugin),
	}
}

func ofPlugin(c *Ctx) bool { return c.Packet == nil && c.Ev.Type == evtable.PlugineventE }

// present reports whether a text of the catalogue has a value.
func present(c *Ctx, name string) bool {
	f := Lookup(name)
	from := len(c.buf)
	buf, ok := f.x.text(c.buf, c, &Ref{F: f, Index: -1})
	c.buf = buf[:from]
	return ok
}

// frameFields are Wireshark's own fields of every frame.
func frameFields() []*Field {
	number := func(name, typ, help string, value func(c *Ctx) Value) *Field {
		return &Field{Name: name, Class: "frame", Type: typ, Format: "dec", Help: help, x: extractor{kind: frameKinds[typ], value: func(c *Ctx, _ *Ref) Value { return value(c) }}}
	}
	size := func(c *Ctx) Value {
		if c.Packet != nil {
			return uintValue(uint64(len(c.Packet.Data)))
		}
		return uintValue(uint64(len(c.Ev.Raw) - c.Ev.Head))
	}
	moment := func(c *Ctx) Value { return timeValue(c.TS) }
	return []*Field{
		number("frame.number", "uint32", "number of the event", func(c *Ctx) Value {
			if c.Packet != nil {
				return Value{}
			}
			return uintValue(c.Num)
		}),
		number("frame.time", "moment", "time of the event, such as \"2026-01-31 10:00:00.5\"", moment),
		number("frame.time_epoch", "moment", "time of the event, seconds since the epoch", moment),
		number("frame.time_relative", "seconds", "seconds since the first event", func(c *Ctx) Value { return spanValue(reltime(c)) }),
		number("frame.time_delta", "seconds", "seconds since the event before", func(c *Ctx) Value { return spanValue(deltatime(c)) }),
		number("frame.len", "uint32", "bytes of the event's parameters, their lengths included", func(c *Ctx) Value {
			if c.Packet != nil {
				return uintValue(uint64(c.Packet.Len))
			}
			return size(c)
		}),
		number("frame.cap_len", "uint32", "bytes of the event's parameters, their lengths included", size),
	}
}

// frameKinds are the kinds of types that only frames have: times written as dates, and as seconds with a fraction.
var frameKinds = map[string]Kind{"uint32": Uint, "moment": Time, "seconds": Duration}

// family is an address of one of the two families: fd.cip.v4.
func family(d *displayField) *Field {
	base, size := Lookup(d.Ours), 4
	if strings.HasSuffix(d.Name, ".v6") {
		size = 16
	}
	x := base.x
	return &Field{
		Name: d.Name, Class: base.Class, Type: map[int]string{4: "ipv4addr", 16: "ipv6addr"}[size], Help: base.Help + map[int]string{4: ", when it is IPv4", 16: ", when it is IPv6"}[size],
		x: extractor{scope: x.scope, kind: IP, value: func(c *Ctx, r *Ref) Value {
			if v := x.value(c, r); len(v.B) == size {
				return v
			}
			return Value{}
		}},
	}
}

// rawField is a field Stratoshark takes from the block: the event's header, or a parameter as it is stored. Nil for what
// a capture does not hold.
func rawField(d *displayField) *Field {
	f := &Field{Name: d.Name, Class: "sysdig", Type: displayTypes[d.Type], Format: map[string]string{"BASE_HEX": "hex"}[d.Base]}
	if f.Format == "" {
		f.Format = "dec"
	}
	header := func(help string, take func(c *Ctx) uint64) *Field {
		f.Help, f.x = help, extractor{value: func(c *Ctx, _ *Ref) Value {
			if c.Packet != nil {
				return Value{}
			}
			return uintValue(take(c))
		}}
		return f
	}
	switch d.Name {
	case "sysdig.cpu_id":
		return header("number of the processor", func(c *Ctx) uint64 { return uint64(c.Ev.CPU) })
	case "sysdig.thread_id":
		return header("number of the thread", func(c *Ctx) uint64 { return uint64(c.Ev.TID) })
	case "sysdig.event_len":
		return header("bytes of the event in the file, header included", func(c *Ctx) uint64 { return uint64(len(c.Ev.Raw)) })
	case "sysdig.event_data_len":
		return header("bytes of the event's parameters, their lengths included", func(c *Ctx) uint64 { return uint64(len(c.Ev.Raw) - c.Ev.Head) })
	case "sysdig.nparams":
		return header("how many parameters the event has", func(c *Ctx) uint64 { return uint64(c.Ev.N) })
	case "sysdig.event_type":
		return header("number of the event's type; even when it is the first half of a call", func(c *Ctx) uint64 { return uint64(c.Ev.Type) })
	case "sysdig.event_name":
		f.Help, f.x = "name of the event's type", extractor{text: eventName}
		return f
	case "falcoevents.id":
		f.Class, f.Help = "falcoevents", "number of the plugin that made the event"
		f.x = extractor{scope: ScopeArgs, value: func(c *Ctx, _ *Ref) Value {
			if !ofPlugin(c) || c.Args.N == 0 {
				return Value{}
			}
			n, _ := evt.Uint(c.Args.Param(0))
			return uintValue(n)
		}}
		return f
	case "sysdig.param.lens":
		f.Help, f.x = "lengths of the parameters as they are stored", extractor{scope: ScopeArgs, value: paramLens}
		return f
	case "sysdig.param.len":
		f.Help, f.x = "length of each parameter; an event has several", several(eachLen)
		return f
	}
	name, ok := strings.CutPrefix(d.Name, "sysdig.param.")
	if !ok {
		return nil
	}
	_, param, _ := strings.Cut(name, ".")
	f.Help = "parameter " + param + " as it is stored, of every event that has one of this kind"
	f.x = several(eachParam(param, d))
	return f
}

// displayTypes are the catalogue's names of Stratoshark's types.
var displayTypes = map[string]string{
	"FT_UINT8": "uint64", "FT_UINT16": "uint64", "FT_UINT32": "uint64", "FT_UINT64": "uint64",
	"FT_INT8": "int64", "FT_INT16": "int64", "FT_INT32": "int64", "FT_INT64": "int64", "FT_STRING": "charbuf", "FT_BYTES": "bytebuf",
}

// several makes a field of which an event has several values; the first is the one that is shown.
func several(each func(c *Ctx, yield func(Value) bool)) extractor {
	return extractor{
		scope: ScopeArgs,
		value: func(c *Ctx, _ *Ref) (first Value) {
			each(c, func(v Value) bool { first = v; return false })
			return first
		},
		each: func(c *Ctx, _ *Ref, yield func(Value) bool) { each(c, yield) },
	}
}

func eventName(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	t := c.typ()
	if t == nil {
		return dst, false
	}
	return append(dst, t.Name...), true
}

func paramLens(c *Ctx, _ *Ref) Value {
	if c.Packet != nil || c.Ev.N == 0 {
		return Value{}
	}
	start, _ := c.Ev.Range(0)
	return Value{Kind: Bytes, B: c.Ev.Raw[c.Ev.Head:start]}
}

func eachLen(c *Ctx, yield func(Value) bool) {
	if c.Packet != nil {
		return
	}
	for i := range c.Ev.N {
		if !yield(uintValue(uint64(len(c.Ev.Param(i))))) {
			return
		}
	}
}

// eachParam takes the parameters with the name and of the type the field is registered with.
func eachParam(name string, d *displayField) func(*Ctx, func(Value) bool) {
	var at [evtable.NumTypes]int8
	for id := range evtable.Types {
		at[id] = -1
		for i := range evtable.Types[id].Params {
			if p := &evtable.Types[id].Params[i]; p.Name == name && displayType(p) == d.Type && displayBase(p, d.Type) == d.Base {
				at[id] = int8(i)
			}
		}
	}
	return func(c *Ctx, yield func(Value) bool) {
		t := c.Args.Type
		if c.Packet != nil || t == nil || t != &evtable.Types[t.ID] || at[t.ID] < 0 {
			return
		}
		if v := stored(c.Args.Param(int(at[t.ID])), d.Type); v.Kind != None {
			yield(v)
		}
	}
}

// stored reads a parameter as it is stored.
func stored(b []byte, typ string) Value {
	switch {
	case strings.HasPrefix(typ, "FT_UINT"):
		if n, ok := evt.Uint(b); ok {
			return uintValue(n)
		}
	case strings.HasPrefix(typ, "FT_INT"):
		if n, ok := evt.Int(b); ok {
			return intValue(n)
		}
	case typ == "FT_BYTES" && len(b) > 0:
		return Value{Kind: Bytes, B: b}
	case typ == "FT_STRING" && len(b) > 0:
		if b[len(b)-1] == 0 {
			b = b[:len(b)-1]
		}
		return textValue(b)
	}
	return Value{}
}

// displayType is the type Stratoshark registers a parameter with.
func displayType(p *evtable.Param) string {
	switch p.Type {
	case evtable.PTInt8, evtable.PTFlags8:
		return "FT_INT8"
	case evtable.PTInt16, evtable.PTFlags16:
		return "FT_INT16"
	case evtable.PTInt32, evtable.PTFlags32, evtable.PTMode, evtable.PTUID, evtable.PTGID:
		return "FT_INT32"
	case evtable.PTInt64, evtable.PTErrno, evtable.PTFD, evtable.PTPID:
		return "FT_INT64"
	case evtable.PTUint8, evtable.PTSigtype, evtable.PTL4proto, evtable.PTSockfamily:
		return "FT_UINT8"
	case evtable.PTUint16, evtable.PTPort, evtable.PTSyscallid:
		return "FT_UINT16"
	case evtable.PTUint32:
		return "FT_UINT32"
	case evtable.PTUint64:
		return "FT_UINT64"
	case evtable.PTCharbuf, evtable.PTFspath, evtable.PTFsrelpath:
		return "FT_STRING"
	}
	return "FT_BYTES"
}

func displayBase(p *evtable.Param, typ string) string {
	if typ == "FT_STRING" || typ == "FT_BYTES" {
		return ""
	}
	if strings.HasPrefix(typ, "FT_UINT") {
		switch p.Format {
		case evtable.Hex:
			return "BASE_HEX"
		case evtable.Oct:
			return "BASE_OCT"
		}
	}
	return "BASE_DEC"
}
