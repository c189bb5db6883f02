package rpc

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/wire"
)

func TestEveryMethodIsServedAsItsTableSays(t *testing.T) {
	table := (&peer{}).table()
	require.Len(t, table, len(wire.Methods)+2+len((&peer{}).lspEntries()), "the methods, those of LSP, initialize and shutdown")
	for _, m := range wire.Methods {
		e, ok := table[m.Name]
		require.True(t, ok, m.Name)
		require.Equal(t, m, e.info)
	}
}
