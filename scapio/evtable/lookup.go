package evtable

// FDType describes one type of file descriptor.
type FDType struct {
	Meaning string // "ipv4 socket"
	Char    byte   // fd.typechar
	Word    string // fd.type; empty when the type has none
}

// Arch is a processor architecture with a table of native system call numbers.
type Arch uint8

// The architectures whose native system call numbers are known.
const (
	X8664 Arch = iota
	AArch64
)

// String returns the type's name without PT_: "FD", "FSPATH".
func (t PT) String() string {
	if int(t) < len(ptNames) {
		return ptNames[t]
	}
	return "UNKNOWN"
}

// Size returns the width of a value of the type in bytes, 0 when it varies.
func (t PT) Size() int {
	if int(t) < len(ptSizes) {
		return int(ptSizes[t])
	}
	return 0
}

// Errno returns the name of an error number ("ENOENT" for 2), "" when it has none.
func Errno(n int) string { return name(errnos[:], n) }

// Signal returns the name of a signal, "" when it has none.
func Signal(n int) string { return name(signals[:], n) }

// Capability returns the name of a capability bit, "" when it has none.
func Capability(bit int) string { return name(capabilities[:], bit) }

// SockFamily returns the name of an address family, "" when it has none. Families with two names have both:
// "AF_LOCAL|AF_UNIX".
func SockFamily(n int) string { return name(sockFamilies[:], n) }

// SC returns the name of the system call with libscap's number id (PPM_SC_*).
func SC(id uint16) (string, bool) {
	s := name(scs[:], int(id))
	return s, s != ""
}

// Native returns the name of the system call with the kernel's number nr on the architecture a.
func Native(a Arch, nr int) (string, bool) {
	table := x8664[:]
	if a == AArch64 {
		table = aarch64[:]
	}
	s := name(table, nr)
	return s, s != ""
}

// CategoryName returns the word evt.category shows for an event category, "" for input and output categories, whose
// word depends on the descriptor.
func CategoryName(category uint16) string { return name(categories[:], int(category&CategoryMask)) }

// CategoryMask selects the base category; the bits above tell the source.
const CategoryMask = 0x1ff

// FDParam returns the index of the parameter that holds the descriptor an event of the given type uses. Enter types
// without a rule of their own have it first, exit types without one have none: -1. It means something only for types
// with EFUsesFD.
func FDParam(typeID uint16) int {
	if int(typeID) < len(fdParams) && fdParams[typeID] != 0 {
		return int(fdParams[typeID]) - 1
	}
	if typeID&1 == 0 {
		return 0
	}
	return -1
}

// FlagTable returns the flag table with the given name ("file_flags"), nil when there is none.
func FlagTable(name string) []Flag { return flagTables[name] }

// Convert returns the converter's row for an event of the given type and parameter count.
func Convert(id uint16, nparams int) (*Conversion, bool) {
	if int(id) >= len(conversions) {
		return nil, false
	}
	rows := conversions[id]
	if uint(nparams) >= uint(len(rows)) {
		return nil, false
	}
	return rows[nparams], rows[nparams] != nil
}

func name(table []string, n int) string {
	if uint(n) < uint(len(table)) {
		return table[n]
	}
	return ""
}
