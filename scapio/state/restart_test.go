package state

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANewSectionEndsTheContainersOfTheOneBefore(t *testing.T) {
	m := NewMachine()
	m.now = 1
	m.addContainer(&Container{ID: "0123456789ab", Name: "web"})
	m.Restart(3)
	require.NotNil(t, m.At(3).Container("0123456789ab"))
	require.Nil(t, m.At(4).Container("0123456789ab"), "the next section has not told of it")
}
