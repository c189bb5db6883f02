package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAGraphKeepsItsGoalByWhatItTookOnTheClock(t *testing.T) {
	v := viewed{View: "graph: events", NS: int64(goalGraph), CPUNS: int64(2 * time.Second)}
	require.True(t, v.keeps())
	v.NS, v.CPUNS = v.NS+1, 1
	require.False(t, v.keeps(), "little processor time is no time")
}
