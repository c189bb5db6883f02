package index

import "github.com/scapls/scapls/scapio"

// batch is a run of blocks on its way from the framer to the builder.
type batch struct {
	buf    []byte // the bodies one behind the other
	blocks []framed
	warns  []*scapio.CorruptError
	next   int64 // where the block behind the batch begins
	err    error // what ended the reading, nil if it goes on
}

type framed struct {
	blk        scapio.Block // without its body
	start, end int          // of the body in buf
}

func (b *batch) block(i int) scapio.Block {
	f := &b.blocks[i]
	blk := f.blk
	blk.Body = b.buf[f.start:f.end]
	return blk
}

const (
	batchBlocks = 4096
	batchBytes  = 1 << 20
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
	for range batches {
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

// fill takes blocks until there are many, or the next one would have to be waited for.
func (b *batch) fill(r *scapio.Reader) {
	if cap(b.buf) > batchKeep {
		b.buf = nil
	}
	b.buf, b.blocks, b.err = b.buf[:0], b.blocks[:0], nil
	for {
		blk, err := r.Next()
		if err != nil {
			b.err = err
			break
		}
		start := len(b.buf)
		b.buf = append(b.buf, blk.Body...)
		blk.Body = nil
		b.blocks = append(b.blocks, framed{blk, start, len(b.buf)})
		if len(b.blocks) >= batchBlocks || len(b.buf) >= batchBytes || !r.Ready() {
			break
		}
	}
	b.warns, b.next = r.Warnings(), r.Offset()
}
