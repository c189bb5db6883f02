package rpc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/find"
	"github.com/scapls/scapls/session/store"
)

// ErrNoShutdown is returned by Serve when the client sent exit without shutdown, for which LSP wants exit status 1.
var ErrNoShutdown = errors.New("client sent exit without shutdown")

// errUnknownSession answers requests for a session that is not in the table.
var errUnknownSession = errors.New("unknown session")

// paramsError says that parameters are not what the method takes.
type paramsError struct{ msg string }

func (e *paramsError) Error() string { return e.msg }

func badParams(format string, args ...any) error {
	return &paramsError{fmt.Sprintf(format, args...)}
}

// panicError is a panic that was recovered in a handler.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// mapping is one row of the table from domain errors to what crosses the wire.
type mapping struct {
	is   func(error) bool
	code jsonrpc2.Code
	kind wire.ErrorKind
	text func(error) string // a sentence for people
}

func target(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func kind[T error](err error) bool {
	var t T
	return errors.As(err, &t)
}

func sentence(s string) func(error) string { return func(error) string { return s } }

func itself(err error) string { return err.Error() }

// writeSentence tells why a file cannot be written.
func writeSentence(err error) string {
	var failed *session.WriteError
	errors.As(err, &failed)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "You may not write " + failed.Path + "."
	case errors.Is(err, fs.ErrNotExist):
		return "There is no folder for " + failed.Path + "."
	}
	return fmt.Sprintf("%s cannot be written: %v. What was there before is kept.", failed.Path, failed.Err)
}

// capital makes a sentence of an error.
func capital(err error) string {
	s := err.Error()
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:] + "."
}

// mappings is the one table from errors to codes and sentences; the first row that fits counts.
var mappings = []mapping{
	{kind[*paramsError], jsonrpc2.InvalidParams, wire.ErrorInvalidParams, itself},
	{
		kind[*panicError], jsonrpc2.InternalError, wire.ErrorInternal,
		sentence("scapls has a bug here: the request crashed. The log has the details; other requests still work."),
	},
	{kind[*session.OpenError], jsonrpc2.Code(wire.CodeCannotOpen), wire.ErrorCannotOpen, openSentence},
	{
		target(errUnknownSession), jsonrpc2.Code(wire.CodeUnknownSession), wire.ErrorUnknownSession,
		sentence("This capture is not open (any more). Open it again."),
	},
	{
		target(session.ErrClosed), jsonrpc2.Code(wire.CodeUnknownSession), wire.ErrorUnknownSession,
		sentence("This capture is not open (any more). Open it again."),
	},
	{
		target(session.ErrNoEvent), jsonrpc2.Code(wire.CodeNoEvent), wire.ErrorNoEvent,
		sentence("The capture has no event of that number, or it is not read yet."),
	},
	{kind[*session.FilterError], jsonrpc2.Code(wire.CodeBadFilter), wire.ErrorBadFilter, itself},
	{kind[*find.Error], jsonrpc2.Code(wire.CodeBadRequest), wire.ErrorBadRequest, capital},
	{target(session.ErrBadRequest), jsonrpc2.Code(wire.CodeBadRequest), wire.ErrorBadRequest, itself},
	{kind[*session.WriteError], jsonrpc2.Code(wire.CodeBadRequest), wire.ErrorBadRequest, writeSentence},
	{target(store.ErrInvalid), jsonrpc2.Code(wire.CodeBadRequest), wire.ErrorBadRequest, capital},
	{target(store.ErrReadOnly), jsonrpc2.Code(wire.CodeBadRequest), wire.ErrorBadRequest, capital},
	{target(context.Canceled), protocol.CodeRequestCancelled, wire.ErrorCancelled, sentence("Cancelled.")},
	{target(context.DeadlineExceeded), protocol.CodeRequestCancelled, wire.ErrorCancelled, sentence("Took too long.")},
	{func(error) bool { return true }, jsonrpc2.InternalError, wire.ErrorInternal, itself},
}

// openSentence tells why a file cannot be opened.
func openSentence(err error) string {
	var open *session.OpenError
	errors.As(err, &open)
	switch {
	case errors.Is(err, context.Canceled):
		return "Opening " + open.Path + " was cancelled."
	case errors.Is(err, fs.ErrNotExist):
		return "There is no file " + open.Path + "."
	case errors.Is(err, fs.ErrPermission):
		return "You may not read " + open.Path + "."
	}
	return fmt.Sprintf("%s cannot be opened as a capture: %v.", open.Path, open.Err)
}

// wireError turns the error of a handler into the one that is sent. Errors that have a code already pass.
func wireError(err error) *jsonrpc2.Error {
	var coded *jsonrpc2.Error
	if errors.As(err, &coded) {
		return coded
	}
	for _, m := range mappings {
		if !m.is(err) {
			continue
		}
		data := wire.ErrorData{Kind: m.kind}
		text := valid(m.text(err))
		if cause := valid(err.Error()); cause != text {
			data.Cause = cause
		}
		var open *session.OpenError
		if errors.As(err, &open) {
			data.Path = valid(open.Path)
		}
		var bad *session.FilterError
		if errors.As(err, &bad) {
			data.Diagnostics = newUnits(bad.Text).diagnostics(bad.Diags)
		}
		if wrong := wrongPlace(err); wrong != nil {
			data.Diagnostics = wrong
		}
		out := jsonrpc2.NewError(m.code, text)
		if raw, err := encode(data); err == nil {
			out.Data = raw
		}
		return out
	}
	return jsonrpc2.NewError(jsonrpc2.InternalError, valid(err.Error()))
}

// valid replaces what is no UTF-8: a path may hold any bytes, and the library writes messages as they are.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
