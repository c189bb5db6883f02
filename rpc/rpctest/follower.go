package rpctest

import (
	"context"

	"github.com/scapls/scapls/scapio/state"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/report"
	"github.com/scapls/scapls/session/stream"
)

// Stream is one without transfers.
func (f *Fake) Stream(context.Context, uint64, bool, int, int) (*session.StreamPart, error) {
	return &session.StreamPart{Stream: &stream.Stream{FD: state.UnknownFD(0)}, Title: "/tmp/x", Kind: "file"}, nil
}

// SaveStream saves nothing.
func (f *Fake) SaveStream(context.Context, uint64, session.StreamForm, string) (stream.Saved, error) {
	return stream.Saved{}, nil
}

// Explain is a sentence.
func (f *Fake) Explain(context.Context, uint64) (session.Explanation, error) {
	return session.Explanation{Sentence: "cat (1) read 1 byte"}, nil
}

// Report writes nothing.
func (f *Fake) Report(context.Context, session.Query, []report.Mark, string) error { return nil }
