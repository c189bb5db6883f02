package stream

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// Saved tells what was written.
type Saved struct {
	Bytes int64
	Lost  int64  // bytes that were moved and not kept, so that they are missing
	Note  string // what to know about the result; mostly empty
}

// Which says which transfers are saved.
type Which uint8

// The directions.
const (
	Both Which = iota
	Reads
	Writes
)

// Save writes what was kept of the stream's own transfers, one behind the other.
func (s *Stream) Save(ctx context.Context, x *index.Index, w io.Writer, which Which) (Saved, error) {
	var done Saved
	out := bufio.NewWriterSize(w, 64<<10)
	err := s.each(ctx, x, func(k Chunk, b []byte) error {
		if which == Reads && k.Write || which == Writes && !k.Write {
			return nil
		}
		n, err := out.Write(b)
		done.Bytes += int64(n)
		done.Lost += k.Size - int64(n)
		return err
	})
	if e := out.Flush(); err == nil {
		err = e
	}
	if done.Lost > 0 {
		done.Note = "the capture kept only a part of some transfers; what is missing leaves no gap in the file"
	}
	return done, err
}

// each calls f for every transfer of the stream itself with what was kept of it.
func (s *Stream) each(ctx context.Context, x *index.Index, f func(k Chunk, b []byte) error) error {
	var cur index.Cursor
	var c field.Ctx
	for i, k := range s.Chunks {
		if k.Peer {
			continue
		}
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		snap := x.Acquire()
		b, err := Bytes(snap, k, &cur, &c)
		snap.Release()
		if err != nil {
			return fmt.Errorf("read event %d: %w", k.Key, err)
		}
		if err := f(k, b); err != nil {
			return err
		}
	}
	return nil
}

// File is what a file is put together in.
type File interface {
	io.WriterAt
	Truncate(size int64) error
}

// maxCarve bounds the size of a file that is put together: a damaged capture can name any position.
const maxCarve = 1 << 40

// CanCarve reports whether some writes have a known place in the file.
func (s *Stream) CanCarve() bool {
	for _, k := range s.Chunks {
		if k.Write && !k.Peer && k.Offset >= 0 {
			return true
		}
	}
	return false
}

// Carve puts the written file together: each write at its place, zeros where nothing was written or kept.
func (s *Stream) Carve(ctx context.Context, x *index.Index, f File) (Saved, error) {
	var done Saved
	end, unplaced := int64(0), 0
	err := s.each(ctx, x, func(k Chunk, b []byte) error {
		switch {
		case !k.Write:
			return nil
		case k.Offset < 0 || k.Offset > maxCarve-k.Size:
			unplaced++
			done.Lost += k.Size
			return nil
		}
		n, err := f.WriteAt(b, k.Offset)
		done.Bytes += int64(n)
		done.Lost += k.Size - int64(n)
		end = max(end, k.Offset+k.Size)
		return err
	})
	if err == nil {
		err = f.Truncate(end)
	}
	switch {
	case unplaced > 0:
		done.Note = fmt.Sprintf("%d writes are left out: where they went is not known, since the file was opened before the capture, its position was lost or others appended to it", unplaced)
	case done.Lost > 0:
		done.Note = "the capture kept only the first bytes of some writes; zeros stand for the rest"
	}
	return done, err
}
