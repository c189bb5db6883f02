package field

import (
	"maps"
	"slices"
	"sync"

	"github.com/scapls/scapls/scapio/evtable"
)

// Field is one entry of the catalogue.
type Field struct {
	Name   string // "proc.name"
	Class  string // "process"
	Type   string // libsinsp's name of the value's type: charbuf, uint64, bool, ipaddr …
	Format string // how a number is printed: dec, id, hex, 10_padded_dec; na or dir for what is none
	Help   string
	Arg    Arg
	Syntax string // how the argument is written, "[level]" or ".NAME"; empty when there is none
	Flags  Flags

	x extractor
}

// Arg tells whether a field takes an argument.
type Arg uint8

// The ways of taking an argument.
const (
	ArgNone Arg = iota
	ArgOptional
	ArgRequired
)

// Flags restrict where a field may stand.
type Flags uint8

// The restrictions, and List for fields that hold several values at once.
const (
	FilterOnly Flags = 1 << iota
	PrintOnly
	TableOnly  // meant for tables; left out of listings
	Deprecated // works, left out of listings
	NoTransformer
	NoRHS // not on the right side of a comparison
	List
	Foreign // of Wireshark's language alone: sysdig and Falco do not know it
)

// Has reports whether all of x are set.
func (f Flags) Has(x Flags) bool { return f&x == x }

// Scope tells what a field's value is taken from: the less, the more events can share one evaluation.
type Scope uint8

// The scopes. ScopeThread and ScopeFD are functions of one row of the state: the same row has the same value on every
// event. A field of ScopeFD is taken from more of the event when the descriptor is not known, and has no value on
// events that are not about one.
const (
	ScopeEvent  Scope = iota // header and columns: number, time, type, cpu, result, latency, type of the descriptor
	ScopeThread              // the thread's row alone
	ScopeFD                  // the descriptor's row alone, where it is known
	ScopeArgs                // the event's parameters
	ScopeView                // the state as of the event: other threads, users, containers
)

// Scope returns what the field's value is taken from.
func (f *Field) Scope() Scope { return f.x.scope }

// Kind returns the kind of the field's values; None for those that depend on the parameter (evt.rawarg).
func (f *Field) Kind() Kind { return f.x.kind }

// Unavailable returns why no capture answers the field, "" when one may.
func (f *Field) Unavailable() string { return unavailable[f.Name] }

// Fields of scapls alone: streamField numbers the openings of descriptors, roleField is the side of a connection.
const (
	streamField = "fd.stream"
	roleField   = "fd.role"
)

// Ours reports whether the field is one that neither sysdig and Falco nor Stratoshark have.
func (f *Field) Ours() bool { return f.Name == streamField || f.Name == roleField }

// Noted reports whether the field is about what people noted of events, which sysdig and Falco know nothing of.
func (f *Field) Noted() bool { return frameNotes[f.Name] != "" }

// Instead returns what to do without a deprecated field, "" when nothing can take its place.
func (f *Field) Instead() string { return instead[f.Name] }

// instead says what to do without deprecated fields.
var instead = map[string]string{
	"evt.dir": "newer captures hold exits only, so that every event is <: leave the condition out",
}

// Several reports whether one event has several values of the field with this argument, of which a comparison is true
// as soon as it is true for one: whole ancestries, both ends of a connection. See Ref.Values.
func (r *Ref) Several() bool { return r.F.x.each != nil && (r.F.Arg != ArgOptional || r.Arg == "") }

// extractor takes a field's value from an event. Numbers, booleans and addresses have value; everything that is text
// has text.
type extractor struct {
	scope Scope
	kind  Kind
	value func(c *Ctx, r *Ref) Value
	text  func(dst []byte, c *Ctx, r *Ref) ([]byte, bool)
	each  func(c *Ctx, r *Ref, yield func(Value) bool)
}

// book is the catalogue with its extractors.
type book struct {
	fields []Field
	byName map[string]*Field

	longest int // length of a name
}

var open = sync.OnceValue(func() *book {
	b := &book{fields: slices.Clone(catalogue[:]), byName: make(map[string]*Field, len(catalogue))}
	xs := map[string]extractor{}
	for _, part := range []map[string]extractor{
		evtFields, ioFields, processFields, threadFields, fdFields, pathFields, containerFields, noteFields,
	} {
		maps.Copy(xs, part)
	}
	for i := range b.fields {
		f := &b.fields[i]
		f.x = xs[f.Name]
		if f.x.kind == None {
			f.x.kind = kinds[f.Type]
		}
		b.byName[f.Name] = f
		b.longest = max(b.longest, len(f.Name))
	}
	return b
})

// All returns the catalogue in the order it is listed in. The fields are shared; do not change them.
func All() []*Field {
	b := open()
	list := make([]*Field, len(b.fields))
	for i := range b.fields {
		list[i] = &b.fields[i]
	}
	return list
}

// Lookup returns the field with the name, nil when there is none.
func Lookup(name string) *Field { return open().byName[name] }

// kinds are the kinds of values by the catalogue's type.
var kinds = map[string]Kind{
	"charbuf": String, "bytebuf": Bytes, "bool": Bool, "uint64": Uint, "uint32": Uint, "int64": Int, "int32": Int, "int16": Int,
	"double": Float, "abstime": Time, "reltime": Duration, "ipaddr": IP, "ipnet": IP, "port": Port,
}

// ParamKind returns the kind of the value of a parameter's type.
func ParamKind(pt evtable.PT) Kind { return paramKind(pt) }

// paramKind returns the kind of a parameter's value.
func paramKind(pt evtable.PT) Kind {
	switch pt {
	case evtable.PTInt8, evtable.PTInt16, evtable.PTInt32, evtable.PTInt64, evtable.PTErrno, evtable.PTFD, evtable.PTFD32,
		evtable.PTPID, evtable.PTPid32:
		return Int
	case evtable.PTUint8, evtable.PTUint16, evtable.PTUint32, evtable.PTUint64, evtable.PTSyscallid, evtable.PTSigtype,
		evtable.PTL4proto, evtable.PTSockfamily, evtable.PTFlags8, evtable.PTFlags16, evtable.PTFlags32, evtable.PTMode,
		evtable.PTEnumflags8, evtable.PTEnumflags16, evtable.PTEnumflags32, evtable.PTUID, evtable.PTGID, evtable.PTSigset:
		return Uint
	case evtable.PTReltime:
		return Duration
	case evtable.PTAbstime:
		return Time
	case evtable.PTPort:
		return Port
	case evtable.PTBool:
		return Bool
	case evtable.PTIpv4addr, evtable.PTIpv6addr, evtable.PTIpaddr:
		return IP
	case evtable.PTBytebuf:
		return Bytes
	}
	return String
}
