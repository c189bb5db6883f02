package rpc

import (
	"fmt"

	"go.lsp.dev/jsonrpc2"
	"go.lsp.dev/protocol"
)

// codec encodes with the rules of package protocol: nil slices are [], invalid UTF-8 becomes U+FFFD instead of failing
// the whole answer. What is encoded already passes.
type codec struct{}

// Marshal returns the JSON of v.
func (codec) Marshal(v any) ([]byte, error) {
	if raw, ok := v.(jsonrpc2.RawMessage); ok {
		if raw == nil {
			return []byte("null"), nil
		}
		return raw, nil
	}
	return protocol.Marshal(v)
}

// Unmarshal decodes JSON into v, a pointer.
func (codec) Unmarshal(data []byte, v any) error {
	if raw, ok := v.(*jsonrpc2.RawMessage); ok {
		*raw = append(jsonrpc2.RawMessage(nil), data...)
		return nil
	}
	return protocol.Unmarshal(data, v)
}

// encode returns the JSON of an answer.
func encode(v any) (jsonrpc2.RawMessage, error) {
	b, err := codec{}.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return b, nil
}

// decode reads the parameters of a request.
func decode[P any](raw jsonrpc2.RawMessage) (*P, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, badParams("parameters are missing")
	}
	p := new(P)
	if err := (codec{}).Unmarshal(raw, p); err != nil {
		return nil, badParams("parameters do not fit: %v", err)
	}
	return p, nil
}
