package wire

// ErrorCode is the code of an error answer, beyond those of JSON-RPC and LSP.
type ErrorCode int

// The codes.
const (
	CodeCannotOpen     ErrorCode = -32010 // the file cannot be opened or is not a capture
	CodeUnknownSession ErrorCode = -32011 // never opened, or closed
	CodeNoEvent        ErrorCode = -32012 // no event of that number, or not yet
	CodeBadRequest     ErrorCode = -32013 // well-formed, but asks for something that does not exist, such as an unknown column
	CodeBadFilter      ErrorCode = -32014 // the filter cannot be used; ErrorData.Diagnostics say why and where
)

// ErrorKind names an error for a program.
type ErrorKind string

// The kinds.
const (
	ErrorCannotOpen     ErrorKind = "cannotOpen"
	ErrorUnknownSession ErrorKind = "unknownSession"
	ErrorNoEvent        ErrorKind = "noEvent"
	ErrorBadRequest     ErrorKind = "badRequest"
	ErrorBadFilter      ErrorKind = "badFilter"
	ErrorCancelled      ErrorKind = "cancelled"
	ErrorInvalidParams  ErrorKind = "invalidParams"
	ErrorInternal       ErrorKind = "internal"
)

// ErrorData is the data member of an error answer.
type ErrorData struct {
	Kind ErrorKind `json:"kind"`
	// Cause is the underlying error in technical words; empty when the message says it all.
	Cause string `json:"cause,omitempty"`
	Path  string `json:"path,omitempty"` // cannotOpen: the file
	// Diagnostics of a filter that cannot be used.
	Diagnostics []FilterDiagnostic `json:"diagnostics,omitempty"`
}
