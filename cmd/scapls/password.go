package main

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/scapls/scapls/capture/remote"
)

// typedPassword asks the person at the terminal, who does not see what is typed.
func typedPassword(ctx context.Context, a remote.PasswordAsk, std stdio) ([]byte, error) {
	in, ok := std.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return nil, fmt.Errorf("sudo on %s wants the password of %s, and nobody is there to type it", a.Host, a.User)
	}
	if a.Attempt > 1 {
		fmt.Fprint(std.err, "\rSorry, that was wrong. ")
	}
	fmt.Fprintf(std.err, "\rPassword of %s on %s, for sudo: ", a.User, a.Host)
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	type answer struct {
		password []byte
		err      error
	}
	typed := make(chan answer, 1)
	go func() { // may wait for the person until the process ends
		b, err := term.ReadPassword(int(in.Fd()))
		typed <- answer{b, err}
	}()
	defer fmt.Fprintln(std.err)
	select {
	case t := <-typed:
		return t.password, t.err
	case <-ctx.Done():
		_ = term.Restore(int(in.Fd()), before)
		return nil, ctx.Err()
	}
}
