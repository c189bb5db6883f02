package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The kinds of records, as in src/record.h of package bpf.
const (
	recEnter = 1 + iota
	recExit
	recSwitch
	recProcExit
	recSignal
	recFault
	recFork
	recExec
)

const (
	blockHead   = 16
	recordHead  = 40
	recCompat   = 1 // flag: a 32-bit call
	maxRegs     = 6
	sectionHead = 4
)

// The status of a section.
const (
	secFault = 1
	secNone  = 2
	secCut   = 4
)

// record is one record of the ring. body borrows from it.
type record struct {
	ts      uint64 // ns since boot
	enterTS uint64 // of the enter half, 0: not in this record
	ret     int64
	tid     uint32
	lost    uint32
	cpu     uint16 // of the block that holds the record
	nr      uint16
	kind    uint8
	flags   uint8
	nargs   uint8
	args    [maxRegs]uint64
	body    []byte        // sections
	kept    []byte        // what the enter record of the call read, if its exit needs it
	first   [maxOps]int32 // where the sections of an operation begin in body, -1: it was not run
}

// block is what lies in the ring: records of one processor, in order. That part of it which was read before it was full
// comes again.
type block struct {
	gen     uint64 // counts the blocks of the processor
	cpu     uint16
	records []byte
}

var errBlock = errors.New("the block's records are not as long as it says")

// decode reads the block in b, from which the records are borrowed.
func (k *block) decode(b []byte) error {
	if len(b) < blockHead {
		return errBlock
	}
	k.gen, k.cpu, k.records = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint16(b[12:]), b[blockHead:]
	if n := binary.LittleEndian.Uint32(b[8:]); uint64(n) != uint64(len(k.records)) {
		return errBlock
	}
	return nil
}

// begin returns the time of the first event of the block, ns since boot.
func (k *block) begin() uint64 {
	if len(k.records) < recordHead {
		return math.MaxUint64
	}
	ts, enter := binary.LittleEndian.Uint64(k.records), binary.LittleEndian.Uint64(k.records[8:])
	if enter != 0 {
		return min(ts, enter)
	}
	return ts
}

// cutRecord returns the first record of a block and the records behind it. When it is not whole, first is nil.
func cutRecord(b []byte) (first, rest []byte) {
	if len(b) < recordHead {
		return nil, nil
	}
	n := 8 * int(binary.LittleEndian.Uint16(b[32:]))
	if n < recordHead || n > len(b) {
		return nil, nil
	}
	return b[:n:n], b[n:]
}

var errRecord = errors.New("the record is shorter than its head")

// decode reads the record in b, but for its processor. No input makes it panic; it checks that all sections lie inside b.
func (r *record) decode(b []byte) error {
	if len(b) < recordHead {
		return errRecord
	}
	r.ts = binary.LittleEndian.Uint64(b)
	r.enterTS = binary.LittleEndian.Uint64(b[8:])
	r.ret = int64(binary.LittleEndian.Uint64(b[16:]))
	r.tid = binary.LittleEndian.Uint32(b[24:])
	r.lost = binary.LittleEndian.Uint32(b[28:])
	r.nr = binary.LittleEndian.Uint16(b[34:])
	r.kind, r.nargs, r.flags = b[36], b[37], b[38]
	r.kept = nil
	n := int(r.nargs)
	if n > maxRegs || recordHead+8*n > len(b) {
		return fmt.Errorf("record with %d arguments in %d bytes", n, len(b))
	}
	b = b[recordHead:]
	for i := range n {
		r.args[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	clear(r.args[n:])
	r.body = b[8*n:]
	return r.index()
}

// index finds where the sections of each operation begin.
func (r *record) index() error {
	r.first = [maxOps]int32{-1, -1, -1, -1, -1}
	b := r.body
	for at := 0; at < len(b); {
		if len(b)-at < sectionHead {
			return fmt.Errorf("section head at %d of %d bytes", at, len(b))
		}
		n, op := int(binary.LittleEndian.Uint16(b[at:])), b[at+2]
		if op >= maxOps || at+sectionHead+n > len(b) {
			return fmt.Errorf("section of operation %d at %d: %d bytes of %d", op, at, n, len(b))
		}
		if r.first[op] < 0 {
			r.first[op] = int32(at)
		}
		at += (sectionHead + n + 7) &^ 7
	}
	return nil
}

// section returns section k of operation op and its status; nil and secNone when there is none.
func (r *record) section(op, k int) (data []byte, status uint8) {
	at := int(r.first[op])
	if at < 0 {
		return nil, secNone
	}
	b := r.body
	for id := b[at+2]; k > 0; k-- {
		at += (sectionHead + int(binary.LittleEndian.Uint16(b[at:])) + 7) &^ 7
		if at >= len(b) || b[at+2] != id {
			return nil, secNone
		}
	}
	n := int(binary.LittleEndian.Uint16(b[at:]))
	return b[at+sectionHead : at+sectionHead+n], b[at+3]
}

// of returns section k of a source that is an operation.
func (r *record) of(s source, k int) ([]byte, uint8) {
	if s == srcKept {
		return r.kept, 0
	}
	if s < srcOp || int(s-srcOp) >= maxOps {
		return nil, secNone
	}
	return r.section(int(s-srcOp), k)
}
