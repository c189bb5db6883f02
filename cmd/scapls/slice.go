package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
)

// readSlice writes the events that read was asked for as a capture.
func readSlice(ctx context.Context, x *index.Index, o session.SliceOptions, out string, std stdio) error {
	if out == "-" {
		w := bufio.NewWriterSize(std.out, 256<<10)
		_, err := session.Slice(ctx, x, o, w)
		if e := w.Flush(); err == nil {
			err = e
		}
		return err
	}
	if same, err := sameFile(x.Name, out); err != nil {
		return err
	} else if same {
		return fmt.Errorf("write %s: it is the capture that is read", out)
	}
	n := session.Sliced{}
	err := session.WriteFile(out, func(w io.Writer) (err error) {
		n, err = session.Slice(ctx, x, o, w)
		return err
	})
	if err == nil {
		fmt.Fprintf(std.err, "%d events written to %s", n.Events, out)
		if n.Commented > 0 {
			fmt.Fprintf(std.err, " with notes on %d", n.Commented)
		}
		if n.State > 0 {
			fmt.Fprintf(std.err, ", and %d hidden ones for their names", n.State)
		}
		fmt.Fprintln(std.err)
	}
	return err
}

// sameFile reports whether two paths name one file.
func sameFile(a, b string) (bool, error) {
	fa, err := os.Stat(a)
	if err != nil {
		return false, nil // standard input
	}
	fb, err := os.Stat(b)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(fa, fb), err
}
