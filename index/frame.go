package index

import (
	"encoding/binary"

	"github.com/scapls/scapls/scapio"
)

// batch is a run of blocks on its way from the framer to the builder.
type batch struct {
	buf    []byte // what was read, from base on
	base   int64
	bodies []span // of the blocks, in buf
	warns  []*scapio.CorruptError
	next   int64 // where the block behind the batch begins
	err    error // what ended the reading, nil if it goes on
}

type span struct{ from, to uint32 }

// blockHead is what stands before a block's body: its type and its length.
const blockHead = 8

func (b *batch) block(i int) scapio.Block {
	s := b.bodies[i]
	body := b.buf[s.from:s.to:s.to]
	return scapio.Block{
		Type: scapio.BlockType(binary.LittleEndian.Uint32(b.buf[s.from-blockHead:])),
		Off:  b.base + int64(s.from) - blockHead, Len: s.to - s.from + blockHead + 4, Body: body,
	}
}

const (
	batchBlocks = 4096
	batchKeep   = 4 << 20 // a larger buffer is given back to the system
	batches     = 4
)

// framer reads the input and cuts it into blocks, one step ahead of the builder, in a goroutine of its own.
type framer struct {
	full chan *batch
	free chan *batch
	quit chan struct{}
	gone chan struct{}
}

// frame starts a framer of r. It ends when the reading ends, or with stop; it blocks on reading and on the builder.
func frame(r *scapio.Reader) *framer {
	f := &framer{full: make(chan *batch, batches), free: make(chan *batch, batches), quit: make(chan struct{}), gone: make(chan struct{})}
	f.free <- &batch{buf: r.Exchange(nil)}
	for range batches - 1 {
		f.free <- &batch{}
	}
	go func() {
		defer close(f.gone)
		for {
			var b *batch
			select {
			case b = <-f.free:
			case <-f.quit:
				return
			}
			b.fill(r)
			select {
			case f.full <- b:
			case <-f.quit:
				return
			}
			if b.err != nil {
				return
			}
		}
	}()
	return f
}

// stop ends the framer. A read that waits must have been interrupted.
func (f *framer) stop() {
	close(f.quit)
	<-f.gone
}

// fill takes the blocks that one read brings, and the memory they are in.
func (b *batch) fill(r *scapio.Reader) {
	if cap(b.buf) > batchKeep {
		b.buf = nil
	}
	b.base, b.bodies, b.err = r.Offset(), b.bodies[:0], nil
	for more := true; more; more = len(b.bodies) < batchBlocks && r.Still() {
		blk, err := r.Next()
		if err != nil {
			b.err = err
			break
		}
		at := uint32(blk.Off-b.base) + blockHead
		b.bodies = append(b.bodies, span{at, at + uint32(len(blk.Body))})
	}
	b.warns, b.next = r.Warnings(), r.Offset()
	b.buf = r.Exchange(b.buf)
}
