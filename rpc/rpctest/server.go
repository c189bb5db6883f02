package rpctest

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
)

// Server is a server that runs in the process of the test.
type Server struct {
	*Client
	t    testing.TB
	done chan error
}

// Serve starts a server and a client of it. The end of the test closes the client's side, unless that was done before,
// and waits for the server.
func Serve(t testing.TB, opener rpc.Opener, opts rpc.Options) *Server {
	return ServeContext(context.Background(), t, opener, opts)
}

// ServeContext is Serve with a context for the server.
func ServeContext(ctx context.Context, t testing.TB, opener rpc.Opener, opts rpc.Options) *Server {
	outR, outW := io.Pipe()
	return serve(ctx, t, opener, opts, outR, outW)
}

// ServeDeaf is Serve with a client that never reads.
func ServeDeaf(t testing.TB, opener rpc.Opener, opts rpc.Options) *Server {
	_, outW := io.Pipe()
	return serve(context.Background(), t, opener, opts, strings.NewReader(""), outW)
}

func serve(ctx context.Context, t testing.TB, opener rpc.Opener, opts rpc.Options, fromServer io.Reader, out io.WriteCloser) *Server {
	in, toServer := io.Pipe()
	s := &Server{Client: NewClient(t, fromServer, toServer), t: t, done: make(chan error, 1)}
	go func() { s.done <- rpc.NewServer(opener, opts).Serve(ctx, in, out) }()
	t.Cleanup(func() {
		s.CloseInput()
		select {
		case err := <-s.done:
			s.done <- err // for Wait
		case <-time.After(Timeout):
			t.Error("server did not end")
		}
	})
	return s
}

// Wait waits for the server to end and returns the error of Serve.
func (s *Server) Wait() error {
	s.t.Helper()
	select {
	case err := <-s.done:
		s.done <- err
		return err
	case <-time.After(Timeout):
		require.FailNow(s.t, "server did not end")
		return nil
	}
}
