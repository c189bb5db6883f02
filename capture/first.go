package capture

import (
	"context"
	"fmt"

	"github.com/scapls/scapls/capture/procscan"
)

// First reads the first state around the start of recording, so that nothing falls between the two: see package procscan.
// The events since start must follow it.
func First(ctx context.Context, s *procscan.Scanner, start func() error) (*procscan.Snapshot, error) {
	before, err := s.Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the processes: %w", err)
	}
	if err := start(); err != nil {
		return nil, err
	}
	alive := s.Alive()
	s.Catch(before, alive)
	now, err := s.Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the processes: %w", err)
	}
	now.Adopt(before, alive)
	return now, nil
}
