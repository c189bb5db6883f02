package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/scapls/scapls/capture/remote"
)

// spoolFetch sends the files of a spooled capture, the oldest first: each is a whole capture, so that together they are
// one of several sections. The file that is being written is sent as far as it is. It returns the exit status.
func (a *agent) spoolFetch(ctx context.Context, base string, r remote.SpoolRequest) int {
	dir := filepath.Join(base, r.ID)
	files, size := ring(dir)
	if len(files) == 0 {
		a.fault(remote.KindSpool, fmt.Errorf("there is no spooled capture %s, or it is empty", r.ID))
		return -1
	}
	compress := ""
	if r.Spec != nil {
		compress = r.Spec.Compress
	}
	out, err := newOutput(a.o.Out, compress)
	if err != nil {
		a.fault(remote.KindSpool, err)
		return -1
	}
	a.say(remote.Reply{Spool: &remote.SpoolReply{Done: r.ID, Size: size}})
	a.say(remote.Reply{Started: &remote.Started{}})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		var err error
		for _, f := range files {
			if err = copyFile(ctx, out, filepath.Join(dir, f.Name()), f.Size()); err != nil {
				break
			}
		}
		if e := out.close(); err == nil {
			err = e
		}
		done <- outcome{err: err}
	}()
	reason, end := a.attend(cancel, out, done)
	if reason == "lost" {
		return exitLost
	}
	if reason == "" {
		reason = "ended"
	}
	if end.err != nil && reason != "stopped" {
		a.fault(remote.KindSpool, end.err)
		reason = "error"
	}
	a.say(remote.Reply{Ended: &remote.Ended{Reason: reason, Bytes: out.count.Load()}})
	return exitOK
}

// copyFile copies what a file held when it was listed; a ring may have reused its name since, which then sends what is
// there.
func copyFile(ctx context.Context, w io.Writer, name string, size int64) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for left := size; left > 0; {
		if ctx.Err() != nil {
			return nil
		}
		n, err := io.CopyN(w, f, min(left, 1<<20))
		left -= n
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
