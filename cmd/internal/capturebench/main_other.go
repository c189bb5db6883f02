//go:build !linux || !(amd64 || arm64)

// Command capturebench measures what a capture costs the observed machine.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "capturebench: needs Linux")
	os.Exit(1)
}
