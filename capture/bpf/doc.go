// Package bpf holds the probe: C programs for the kernel's tracepoints (src), compiled for x86-64 and arm64, and the Go
// code that bpf2go makes to load them. It decides nothing: package capture/live configures it and reads its records,
// whose layout is in src/record.h.
//
// The compiled objects are committed, so that building needs no clang. `make generate` makes them again where clang 16
// and the headers of libbpf are installed.
package bpf
