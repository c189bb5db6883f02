//go:build !unix

package capture

import (
	"errors"
	"io"
	"time"
)

// Command is a program that is captured: not here.
type Command struct{}

// Start answers errors.ErrUnsupported.
func Start([]string, io.Reader, io.Writer, io.Writer) (*Command, error) {
	return nil, errors.ErrUnsupported
}

// StartApart answers errors.ErrUnsupported.
func StartApart([]string, io.Writer, io.Writer) (*Command, error) { return nil, errors.ErrUnsupported }

// End returns 0.
func (c *Command) End(time.Duration) int { return 0 }

// PID returns 0.
func (c *Command) PID() int { return 0 }

// Done returns nil.
func (c *Command) Done() <-chan struct{} { return nil }

// Wait returns 0.
func (c *Command) Wait() int { return 0 }

// Finish returns 0.
func (c *Command) Finish(time.Duration) int { return 0 }

// CommandError returns 126.
func CommandError(error) int { return 126 }
