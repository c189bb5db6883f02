// Package rpc speaks to an editor: JSON-RPC 2.0 with the base protocol and the lifecycle of LSP, and the methods of
// docs/PROTOCOL.md. It is the only package that knows JSON-RPC, LSP and the structs of package wire; what it serves it
// knows as [Session] and [Opener].
//
// A message takes this way:
//
//	stdin ─▶ stream (frames, refuses damaged ones) ─▶ peer.handle (order, cancellation, panics, errors)
//	      ─▶ a typed handler: acquire the session, ask it, release it, convert ─▶ stream ─▶ stdout
//
// Handlers of [wire.Concurrent] methods run beside each other. Those of [wire.Ordered] methods have two halves: the
// first changes the table of sessions before the next message is read, the second may take its time. So a page that is
// asked right behind its open finds the session, and nothing that is slow ever holds up the reading of messages.
//
// Contexts of handlers descend from the connection's own context, never from the one the JSON-RPC library hands in,
// which dies and is used again together with the request. They end when the client cancels the request, closes the
// session or goes away.
//
// Goroutines, besides one per running request: stream.pump reads frames, is started by Serve and ends at the end of
// the input (a read of a terminal or pipe cannot be interrupted, so it may outlive Serve until the process ends);
// peer.watch tells of the growth of one session and ends with it or when its index is complete.
package rpc
