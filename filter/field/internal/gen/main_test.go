package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedCatalogueIsUpToDate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..")
	want, err := generate(filepath.Join(dir, "facts"))
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(dir, "catalogue.gen.go"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run go generate ./filter/field")
}
