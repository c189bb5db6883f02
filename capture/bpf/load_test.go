//go:build linux && (amd64 || arm64)

package bpf

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/scapiotest"
)

// The verifier's log is long; the last lines say what it refuses.
const logLines = 40

func TestTheKernelTakesEveryProgram(t *testing.T) {
	spec, err := LoadProbe()
	require.NoError(t, err)
	spec.Maps["scratches"].MaxEntries = uint32(ebpf.MustPossibleCPU())
	c, err := ebpf.NewCollection(spec)
	if errors.Is(err, ebpf.ErrNotSupported) || errors.Is(err, ebpf.ErrRestrictedKernel) {
		scapiotest.Skip(t, "bpf", err.Error())
	}
	var ve *ebpf.VerifierError
	if errors.As(err, &ve) {
		if len(ve.Log) <= 1 { // the system call itself was refused
			scapiotest.Skip(t, "bpf", err.Error())
		}
		for _, l := range ve.Log[max(0, len(ve.Log)-logLines):] {
			t.Log(l)
		}
	} else if err != nil {
		scapiotest.Skip(t, "bpf", err.Error())
	}
	require.NoError(t, err)
	for name, p := range c.Programs {
		require.NotNil(t, p, name)
	}
	c.Close()
}

func TestTheLicenceLetsProgramsUseWhatTheyUse(t *testing.T) {
	spec, err := LoadProbe()
	require.NoError(t, err)
	for name, p := range spec.Programs {
		require.Equal(t, "Dual MIT/GPL", p.License, name)
	}
}

// TestTheObjectsAreOfTheseSources notices a change of a C file without `make generate`, also where clang is missing.
func TestTheObjectsAreOfTheseSources(t *testing.T) {
	sums, err := os.ReadFile("sources.sum")
	require.NoError(t, err)
	listed := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(sums)), "\n") {
		sum, name, ok := strings.Cut(line, "  ")
		require.True(t, ok, line)
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, sum, fmt.Sprintf("%x", sha256.Sum256(b)), "%s was changed: run make generate where clang 16 is", name)
		listed[name] = true
	}
	files, err := filepath.Glob("src/*")
	require.NoError(t, err)
	for _, f := range files {
		require.True(t, listed[f], "%s is not among the sources of the objects", f)
	}
}
