package live

// Flags of open that each architecture numbers in its own way.
const (
	oDirect    = 0o200000
	oLargefile = 0o400000
	oDirectory = 0o40000
)

// staged: the programs let records wait at their processor (STAGED in src/maps.h of package bpf).
const staged = false
