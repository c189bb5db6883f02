// Package evtable is the schema of scap events as data: event types, parameters, flag tables, errnos, signals,
// system calls, capabilities, and the rules that turn an old event shape into the newest one. It holds no logic
// beyond look-ups; the tables themselves are generated from the facts folder beside it (make generate).
package evtable

// PT is the wire type of a parameter, numbered as libscap numbers it (ppm_events_public.h).
type PT uint8

// Format is the print format of a number.
type Format uint8

// The print formats of the event table.
const (
	NA Format = iota
	Dec
	Hex
	Oct
	ID
	PaddedDec
)

// EF are the event flags (EF_*), with libscap's bit values.
type EF uint32

// Flag is one named value of a flag table.
type Flag struct {
	Name  string
	Value uint32
}

// DynParam is one alternative of a dynamic parameter: the first byte of a PT_DYN value selects it.
type DynParam struct {
	Type   PT
	Format Format
}

// Param describes one parameter of an event type.
type Param struct {
	Name   string
	Label  string // " name=", as it stands before the value in a list of arguments
	Type   PT
	Format Format
	Flags  []Flag     // table of names, in libscap's order (order matters when rendering); nil if none
	Dyn    []DynParam // alternatives of a PT_DYN parameter
	// DirFD is the index of the parameter that holds the directory fd a PT_FSRELPATH is relative to; -1 if none.
	DirFD int8
}

// Type describes one event type: one direction of a system call, a tracepoint or a meta event.
type Type struct {
	ID       uint16
	PPME     string // PPME_SYSCALL_OPEN_X
	Name     string // open
	Enter    bool   // even ids are enter events
	Category uint16 // EC_*: base category in the low 9 bits, source bits above
	Flags    EF
	Params   []Param
}

// Op is one instruction of the converter.
type Op uint8

// The converter's instructions (SCAP_FORMAT §11): where a parameter of the newer shape comes from.
const (
	OpEmpty     Op = iota // no value
	OpDefault             // zero of the type's width, all ones for uid and gid
	OpFromOld             // parameter Param of the event itself
	OpFromEnter           // parameter Param of the stored enter event, else Fallback
)

// Instr fills one parameter of the newer shape.
type Instr struct {
	Op       Op
	Param    uint8
	Fallback Op // OpEmpty or OpDefault
}

// Action is what the converter does with an event of a given id and parameter count.
type Action uint8

// The converter's actions.
const (
	ActPass         Action = iota // newest shape already
	ActStore                      // enter half: remembered for its exit, superseded by it
	ActStoreAndPass               // enter half that is remembered and also listed
	ActAddParams                  // same type, Instrs give the parameters that are appended
	ActChangeType                 // becomes type To, Instrs give all its parameters
)

// Conversion is one row of the conversion table.
type Conversion struct {
	Action Action
	To     uint16
	Instrs []Instr
}

// Lookup returns the type with the given number, or nil when it is newer than this table.
func Lookup(id uint16) *Type {
	if int(id) < len(Types) {
		return &Types[id]
	}
	return nil
}
