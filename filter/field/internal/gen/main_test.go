package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..")
	for name, generate := range files {
		want, err := generate(filepath.Join(dir, "facts"))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "run go generate ./filter/field")
	}
}
