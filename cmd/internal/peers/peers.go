// Package peers runs real sysdig and Stratoshark (`make peers`) on captures, for the tools that hold scapls against them.
package peers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const script = "testdata/tools/peers.sh"

// Shared returns the folder of the captures that are not in the repository.
func Shared() string {
	if s := os.Getenv("SCAPLS_SHARED"); s != "" {
		return s
	}
	return "../shared"
}

// Copy puts a capture, of the repository or of shared, into a folder below the repository, where the peers may read it,
// and returns its path.
func Copy(shared, dir, name string) (string, error) {
	b, err := os.ReadFile(filepath.Join("testdata/captures", name))
	if errors.Is(err, os.ErrNotExist) {
		b, err = os.ReadFile(filepath.Join(shared, "captures", name))
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	return path, os.WriteFile(path, b, 0o644)
}

// Error is what a peer that failed complained of.
type Error struct {
	Said string // on stderr
	Err  error
}

func (e *Error) Error() string {
	said := strings.TrimSpace(e.Said)
	return fmt.Sprintf("%s (%v)", said[strings.LastIndexByte(said, '\n')+1:], e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Run runs a peer and returns what it printed, also when it failed; the error is an *Error.
func Run(tool string, args ...string) ([]byte, error) {
	cmd := exec.Command(script, append([]string{tool}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return out.Bytes(), &Error{errs.String(), err}
	}
	return out.Bytes(), nil
}
