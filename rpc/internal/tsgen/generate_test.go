package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	root, err := moduleRoot()
	require.NoError(t, err)
	outs, err := generate(root)
	require.NoError(t, err)
	require.Len(t, outs, 2, "the TypeScript module and the protocol document")
	for _, o := range outs {
		have, err := os.ReadFile(filepath.Join(root, o.path))
		require.NoError(t, err)
		require.Equal(t, o.text, string(have), "%s is stale: run make generate", o.path)
	}
}

func TestNumbersThatJavaScriptCannotHoldAreRefused(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "wire.go"), []byte("package wire\ntype T struct {\n\tN uint64 `json:\"n\"`\n}\n"), 0o644))
	_, err := parse(dir)
	require.ErrorContains(t, err, "T.N: uint64 cannot cross the wire")
}
