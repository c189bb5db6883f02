package session

import (
	"errors"
	"fmt"

	"github.com/scapls/scapls/filter"
)

// ErrNoEvent says that a capture has no event of the asked number, or not yet.
var ErrNoEvent = errors.New("no such event")

// ErrClosed is returned by every method of a session after Close.
var ErrClosed = errors.New("session is closed")

// ErrBadRequest is wrapped by errors about requests that ask for something that does not exist: an unknown column, a
// position for Goto that is neither a number nor a time. The text of the wrapping error is shown to people.
var ErrBadRequest = errors.New("bad request")

// OpenError says that a capture could not be opened.
type OpenError struct {
	Path string
	Err  error
}

// Error tells the path and the cause.
func (e *OpenError) Error() string { return fmt.Sprintf("open %s: %v", e.Path, e.Err) }

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// FilterError says that a filter cannot be used. It is an ErrBadRequest.
type FilterError struct {
	*filter.Invalid
}

// Error returns the first error's message.
func (e *FilterError) Error() string { return e.Invalid.Error() }

// Is makes it an ErrBadRequest.
func (e *FilterError) Is(target error) bool { return target == ErrBadRequest }

// requestError is an error about a request, told in its own words.
type requestError struct{ msg string }

func (e *requestError) Error() string { return e.msg }

// Is makes it an ErrBadRequest.
func (e *requestError) Is(target error) bool { return target == ErrBadRequest }

func badRequest(format string, args ...any) error { return &requestError{fmt.Sprintf(format, args...)} }
