package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	files, err := generate(filepath.Join("..", "..", "facts"))
	require.NoError(t, err)
	for name, want := range files {
		have, err := os.ReadFile(filepath.Join("..", "..", name))
		require.NoError(t, err)
		require.True(t, string(want) == string(have), "%s is out of date: run go generate ./scapio/evtable", name)
	}
}
