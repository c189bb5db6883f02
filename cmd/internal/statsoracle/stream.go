package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/scapls/scapls/cmd/internal/peers"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/stream"
)

// moment tells a transfer: when, and by which thread.
type moment struct{ ts, tid string }

// transfer is one as sysdig prints it.
type transfer struct {
	moment
	read bool
	size string
	fd   string // process, number and name of the descriptor
	data []byte
	seen bool
	ours []byte // the bytes of the chunk that is the same transfer
}

// transferFields are what echo_fds looks at, and who did it. The bytes are printed in base64 (-b): evt.arg.data has them all, where
// evt.buffer is empty or shows an older buffer when they are many.
const transferFields = "*%evt.rawtime\t%thread.tid\t%evt.is_io_read\t%evt.rawres\t%proc.pid %fd.num %fd.name\t%evt.arg.data"

// transfers asks sysdig for all bytes that were moved.
func (c *capture) transfers() ([]*transfer, error) {
	out, err := peers.Run("sysdig", "-r", c.path, "-b", "-p", transferFields, "evt.is_io=true and evt.rawres>0")
	if err != nil {
		return nil, err
	}
	var list []*transfer
	for l := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimSuffix(l, "\n"), "\t")
		if len(cells) != 6 {
			return nil, fmt.Errorf("%q is no transfer", l)
		}
		if cells[5] == "<NA>" {
			cells[5] = ""
		}
		data, err := base64.StdEncoding.DecodeString(cells[5])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", l, err)
		}
		list = append(list, &transfer{moment: moment{cells[0], cells[1]}, read: cells[2] == "true", size: cells[3], fd: cells[4], data: data})
	}
	return list, nil
}

// compareStreams follows every descriptor and compares its bytes with sysdig's, and looks whether a transfer that sysdig
// shows is in none or in two of them.
func (c *capture) compareStreams(t *tally) error {
	theirs, err := c.transfers()
	if err != nil {
		return err
	}
	at := map[moment]*transfer{}
	for _, o := range theirs {
		if at[o.moment] != nil {
			return fmt.Errorf("two transfers at %v", o.moment)
		}
		at[o.moment] = o
	}
	var bad []string
	for _, key := range c.openings() {
		s, err := stream.Of(context.Background(), c.x, key, false)
		if err != nil {
			return err
		}
		if len(s.Chunks) == 0 {
			continue
		}
		t.streams++
		differ, err := c.compareStream(s, at, t)
		if err != nil {
			return err
		}
		bad = append(bad, differ...)
	}
	for _, o := range theirs {
		if !o.seen && t.differs(c.name, "streams", "missing "+o.fd) {
			bad = append(bad, fmt.Sprintf("    in no stream: %s at %s: %.40q", o.fd, o.ts, o.data))
		}
	}
	t.fault(c.name, "streams", bad)
	return c.compareEcho(t, theirs)
}

// openings returns an event of each descriptor.
func (c *capture) openings() []uint32 {
	snap := c.x.Acquire()
	defer snap.Release()
	type opening struct {
		number   uint32
		pid, num int64 // of a descriptor that the capture never told of
	}
	seen := map[opening]bool{}
	var keys []uint32
	for key := uint32(1); key <= snap.Len(); key++ {
		var o opening
		switch f := snap.Facts(key); {
		case f.FD != nil && f.FD.Stream != 0:
			o.number = f.FD.Stream
		case f.FD == nil && f.Thread != nil && f.FDNum >= 0:
			o.pid, o.num = f.Thread.PID, f.FDNum
		default:
			continue
		}
		if !seen[o] {
			seen[o] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// compareStream compares the transfers of one descriptor, and all its bytes read and all written.
func (c *capture) compareStream(s *stream.Stream, theirs map[moment]*transfer, t *tally) (bad []string, err error) {
	snap := c.x.Acquire()
	defer snap.Release()
	var cur index.Cursor
	var ctx field.Ctx
	for _, k := range s.Chunks {
		data, err := stream.Bytes(snap, k, &cur, &ctx)
		if err != nil {
			return nil, err
		}
		at := moment{fmt.Sprint(k.TS), fmt.Sprint(k.TID)}
		o := theirs[at]
		say := ""
		switch {
		case o == nil:
			say = "sysdig has no such transfer"
		case o.seen:
			say = "it is in another stream too"
		case o.read == k.Write:
			say = "sysdig has it the other way"
		case o.size != fmt.Sprint(k.Size):
			say = fmt.Sprintf("ours %d bytes, sysdig %s", k.Size, o.size)
		case !bytes.Equal(o.data, data):
			say = fmt.Sprintf("ours %.40q (%d bytes), sysdig %.40q (%d bytes)", data, len(data), o.data, len(o.data))
		}
		if o != nil {
			o.seen, o.ours = true, bytes.Clone(data)
		}
		name := fmt.Sprintf("%d %s", s.FD.Num, s.FD.Name)
		if say != "" && t.differs(c.name, "streams", name) {
			bad = append(bad, fmt.Sprintf("    %s, event %d: %s", name, k.Key, say))
		}
		t.bytes += int64(len(data))
	}
	return bad, nil
}
