package rpc_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
)

// serverVariable makes the test binary a server on stdin and stdout.
const serverVariable = "SCAPLS_RPC_TEST_SERVER"

// serveProcess is the main function of that server. Its exit status is 0, 3 for ErrNoShutdown, 1 for other errors.
func serveProcess() {
	signal.Ignore(syscall.SIGPIPE)
	opener := rpc.OpenerFunc(func(context.Context, string) (rpc.Session, error) { return &rpctest.Fake{}, nil })
	switch err := rpc.NewServer(opener, rpc.Options{}).Serve(context.Background(), os.Stdin, os.Stdout); {
	case err == nil:
		os.Exit(0)
	case errors.Is(err, rpc.ErrNoShutdown):
		os.Exit(3)
	default:
		os.Exit(1)
	}
}

// startProcess starts a server process and returns its client, its standard output and a wait for its exit status.
func startProcess(t *testing.T) (c *rpctest.Client, closeOutput func(), wait func() int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	outR, outW, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdout = outW
	require.NoError(t, cmd.Start())
	require.NoError(t, outW.Close())
	status := make(chan int, 1)
	go func() {
		_ = cmd.Wait()
		status <- cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = in.Close()
		_ = outR.Close()
	})
	return rpctest.NewClient(t, outR, in), func() { _ = outR.Close() }, func() int {
		t.Helper()
		select {
		case s := <-status:
			return s
		case <-time.After(rpctest.Timeout):
			require.FailNow(t, "the process did not end")
			return -1
		}
	}
}

func TestProcessEndsAfterExitThoughItsInputStaysOpen(t *testing.T) {
	c, _, wait := startProcess(t)
	c.Initialize("")
	c.Result(c.Request("scapls/open", `{"path":"x"}`))
	c.Shutdown()
	require.Equal(t, 0, wait())
}

func TestProcessEndsAfterExitWithoutShutdown(t *testing.T) {
	c, _, wait := startProcess(t)
	c.Notify("exit", "")
	require.Equal(t, 3, wait())
}

func TestProcessEndsWithItsInput(t *testing.T) {
	c, _, wait := startProcess(t)
	c.Initialize("")
	c.CloseInput()
	require.Equal(t, 0, wait())
}

func TestProcessEndsWhenNobodyReadsItsOutput(t *testing.T) {
	c, closeOutput, wait := startProcess(t)
	c.Initialize("")
	closeOutput()
	c.Request("scapls/info", `{"session":"s1"}`)
	require.Equal(t, 1, wait())
}
