// Package live records the system calls of this machine by eBPF and gives them as scap events.
//
// Input are kernel tracepoints; output is a stream of whole scap events, in the order of time per processor, ready to
// be put into event blocks. The package knows nothing of files, of the first state (processes that ran before) and of
// filters in a language; package capture puts those together.
//
// Guarantees: every event that the kernel could hand over is given by Next exactly once; what could not be handed over
// because the ring was full is counted per reason and processor (Stats) and nothing else is ever left out. An event's
// bytes decode with scapio/evt and have no more parameters than sysdig 0.41 knows.
//
// Only Linux has the tracepoints; elsewhere Open answers an *UnsupportedError.
package live
