package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
)

// runRewrite reads a capture block by block and writes it with the current block types. It is there to hold the writer
// against the reader, and against other readers.
func runRewrite(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("rewrite", std)
	gz := fs.Bool("gzip", false, "pack the output with gzip")
	zst := fs.Bool("zstd", false, "pack the output with zstd")
	if err := fs.Parse(args); err != nil || fs.NArg() != 2 || *gz && *zst {
		fmt.Fprintln(std.err, "Usage: scapls rewrite [--gzip|--zstd] IN OUT")
		return exitUsage
	}
	c := scapio.Plain
	switch {
	case *gz:
		c = scapio.Gzip
	case *zst:
		c = scapio.Zstd
	}
	err := rewriteFile(ctx, fs.Arg(0), fs.Arg(1), c)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(std.err, "scapls rewrite: %v\n", err)
	var damage *scapio.CorruptError
	if errors.As(err, &damage) {
		return exitDamaged
	}
	return exitOpen
}

// rewriteFile writes the capture at from to the file to. What comes before a damage is written, then the damage is
// returned as a *scapio.CorruptError.
func rewriteFile(ctx context.Context, from, to string, c scapio.Compression) error {
	in, err := scapio.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(out, 1<<20)
	packed, err := scapio.Compress(buffered, c)
	if err != nil {
		out.Close()
		return err
	}
	err = rewrite(ctx, in, scapio.NewWriter(packed))
	for _, f := range []func() error{packed.Close, buffered.Flush, out.Close} {
		if e := f(); err == nil {
			err = e
		}
	}
	return err
}

// rewrite copies a capture: lists and events in the current block types, the rest as it is.
func rewrite(ctx context.Context, in io.Reader, w *scapio.Writer) error {
	r := scapio.NewReader(in)
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		blk, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if blk.Type.IsEvent() {
			err = rewriteEvent(&blk, w)
		} else {
			err = w.Relist(&blk)
		}
		if err != nil {
			return err
		}
	}
}

// rewriteEvent writes an event with its parameter count in the header. One that cannot be read, or does not fit the
// current block, is copied; so are those that need no change, with the comments behind them.
func rewriteEvent(blk *scapio.Block, w *scapio.Writer) error {
	cpu, flags, raw, err := scapio.EventBody(blk.Type, blk.Body)
	if err != nil || blk.Type.HasCount() {
		return w.Block(blk.Type, blk.Body)
	}
	var ev evt.Event
	if ev.Decode(raw, false) != nil {
		return w.Block(blk.Type, blk.Body)
	}
	err = w.RawEvent(cpu, flags, ev.AppendCounted(nil), scapio.BlockOptions(blk.Type, blk.Body)...)
	if errors.Is(err, scapio.ErrTooLarge) {
		return w.Block(blk.Type, blk.Body)
	}
	return err
}
