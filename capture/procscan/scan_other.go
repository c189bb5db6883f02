//go:build !linux

package procscan

import (
	"context"
	"errors"

	"github.com/scapls/scapls/scapio"
)

// Scanner reads the state of a machine. Only Linux has what it reads.
type Scanner struct {
	Root string
}

// Scan answers errors.ErrUnsupported.
func (s *Scanner) Scan(context.Context) (*Snapshot, error) { return nil, errors.ErrUnsupported }

// Accounts returns nothing.
func (s *Scanner) Accounts(int64) ([]scapio.User, []scapio.Group) { return nil, nil }

// Descriptor returns nothing.
func (s *Scanner) Descriptor(int64, int) (fd scapio.FD, ok bool) { return fd, false }

// Catch does nothing.
func (s *Scanner) Catch(*Snapshot, Alive) {}

// Alive returns nothing.
func (s *Scanner) Alive() Alive { return nil }
