package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEnlarge(t *testing.T) {
	in, err := os.ReadFile("../../../testdata/captures/live_new-sysmix.scap")
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, enlarge(bytes.NewReader(in), &out, 5000))

	events, last := 0, uint64(0)
	for {
		block, err := readBlock(&out)
		if err != nil {
			break
		}
		if off, ok := timeOffset[binary.LittleEndian.Uint32(block)]; ok {
			events++
			at := binary.LittleEndian.Uint64(block[8+off:])
			require.GreaterOrEqual(t, at+1_000_000, last, "time of event %d", events) // a few events of two processors are out of order
			last = at
		}
	}
	require.Equal(t, 5000, events)
	require.Error(t, enlarge(bytes.NewReader(in[:4]), &out, 1), "a cut header")
}
