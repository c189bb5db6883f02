package live

import (
	"encoding/binary"

	"github.com/scapls/scapls/scapio/evt"
)

// The event types that are no system calls.
const (
	typeGenericEnter = 0
	typeGenericExit  = 1
	typeSwitch       = 152
	typeProcExit     = 186
	typeCloneExit    = 223
	typeSignal       = 232
	typeExecveExit   = 293
	typePageFault    = 290
)

// maxEvent is the largest event that fits a plain event block (SCAP_FORMAT §9), with its head and trailer.
const maxEvent = 65536 - 64

// encoder makes scap events of records. One record makes one event for each half of a call that it holds; those of the
// calls that move several messages, one for each message.
type encoder struct {
	numbers  *[maxCalls]uint16 // index in calls plus one, by native number
	newest   bool              // event types and parameters that sysdig 0.41 does not know
	exitOnly bool
	epoch    uint64 // ns since the epoch at boot

	buf    []byte
	events []Event
	kept   map[uint32][]byte // what enter records read that the exits need, by thread
	msg    int               // message that is encoded, of a call that moves several
	base   int               // its first section
	cut    uint64            // events with a parameter that did not fit
}

func newEncoder(numbers *[maxCalls]uint16, newest, exitOnly bool, epoch uint64) *encoder {
	return &encoder{numbers: numbers, newest: newest, exitOnly: exitOnly, epoch: epoch, kept: map[uint32][]byte{}}
}

// call returns what is known of the call of a record.
func (e *encoder) call(r *record) *call {
	if r.flags&recCompat != 0 || int(r.nr) >= maxCalls {
		return nil
	}
	if i := e.numbers[r.nr]; i != 0 {
		return &calls[i-1]
	}
	return nil
}

// encode makes e.events those of r, and appends their bytes to e.buf.
func (e *encoder) encode(r *record) {
	e.events = e.events[:0]
	switch r.kind {
	case recEnter:
		e.enter(r, e.call(r), r.ts)
	case recExit:
		c := e.call(r)
		if r.enterTS != 0 {
			e.enter(r, c, r.enterTS)
		}
		e.exit(r, c)
	case recSwitch:
		at := e.begin(6)
		e.put64(at, 0, r.args[0])
		e.put64(at, 1, r.args[1])
		e.put64(at, 2, r.args[2])
		e.put32(at, 3, r.args[3])
		e.put32(at, 4, r.args[4])
		e.put32(at, 5, r.args[5])
		e.end(at, r, typeSwitch, 6, r.ts)
	case recProcExit:
		e.procExit(r)
	case recSignal:
		at := e.begin(3)
		e.put64(at, 0, r.args[0])
		e.put64(at, 1, uint64(r.tid))
		e.put8(at, 2, r.args[1])
		e.end(at, r, typeSignal, 3, r.ts)
	case recFault:
		at := e.begin(3)
		e.put64(at, 0, r.args[0])
		e.put64(at, 1, r.args[1])
		e.put32(at, 2, faultFlags(r.args[2]))
		e.end(at, r, typePageFault, 3, r.ts)
	case recFork, recExec:
		e.process(r)
	}
}

func (e *encoder) enter(r *record, c *call, ts uint64) {
	if c != nil && c.flags&callKeep != 0 {
		e.remember(r, c)
	}
	if e.exitOnly {
		return
	}
	if c == nil || c.generic(e.newest) {
		at := e.begin(2)
		e.genericParams(at, r, c)
		e.end(at, r, typeGenericEnter, 2, ts)
		return
	}
	at := e.begin(len(c.ep))
	for i := range c.ep {
		e.param(at, i, &c.ep[i], r)
	}
	e.end(at, r, c.enter, len(c.ep), ts)
}

func (e *encoder) exit(r *record, c *call) {
	if c == nil || c.generic(e.newest) {
		at := e.begin(2)
		e.genericParams(at, r, c)
		e.end(at, r, typeGenericExit, 2, r.ts)
		return
	}
	n := int(c.nexit)
	if e.newest {
		n = len(c.xp)
	}
	if c.flags&callKeep != 0 {
		r.kept = e.kept[r.tid]
	}
	e.msg, e.base = 0, 0
	multi := c.multi()
	for ; ; e.msg++ {
		if multi >= 0 {
			e.base = e.msg*mmsgSections + 1
		}
		at := e.begin(n)
		for i := range n {
			e.param(at, i, &c.xp[i], r)
		}
		e.end(at, r, c.exit, n, r.ts)
		if multi < 0 {
			break
		}
		if _, status := r.section(multi, (e.msg+1)*mmsgSections); status == secNone {
			break // there is no further message, each of which gets an event of its own
		}
	}
	e.msg, e.base = 0, 0
	if c.flags&callKeep != 0 {
		delete(e.kept, r.tid)
	}
}

func (e *encoder) genericParams(at int, r *record, c *call) {
	var sc uint64
	if c != nil {
		sc = uint64(c.sc)
	}
	e.put16(at, 0, sc)
	e.put16(at, 1, uint64(r.nr))
}

func (e *encoder) procExit(r *record) {
	code := r.args[0]
	at := e.begin(5)
	e.put64(at, 0, code)
	ret, sig, core := uint64(0), code&0x7f, uint64(0)
	if sig == 0 {
		ret = code >> 8 & 0xff
	}
	if code&0x80 != 0 {
		core = 1
	}
	e.put64(at, 1, ret)
	e.put8(at, 2, sig)
	e.put8(at, 3, core)
	e.put64(at, 4, r.args[1])
	e.end(at, r, typeProcExit, 5, r.ts)
	delete(e.kept, r.tid)
}

// process makes the event of a record that no call tells: on arm64, the child's half of clone and the end of execve.
func (e *encoder) process(r *record) {
	name, typ := "clone", uint16(typeCloneExit)
	if r.kind == recExec {
		name, typ = "execve", typeExecveExit
	}
	for i := range calls {
		c := &calls[i]
		if c.name != name {
			continue
		}
		// The sections are those of the one operation, which is not number 0 in the call's own descriptor.
		for j, o := range c.ops {
			if o.kind == opExec || o.kind == opClone {
				r.first[0], r.first[j] = -1, r.first[0]
				break
			}
		}
		r.ret, r.kept = 0, e.kept[r.tid]
		at := e.begin(int(c.nexit))
		for k := range int(c.nexit) {
			e.param(at, k, &c.xp[k], r)
		}
		e.end(at, r, typ, int(c.nexit), r.ts)
		delete(e.kept, r.tid)
		return
	}
}

// begin makes room for the head of an event with n parameters and returns where it begins.
func (e *encoder) begin(n int) int {
	at := len(e.buf)
	size := evt.HeaderV2 + 2*n
	if cap(e.buf)-at < size {
		e.buf = append(e.buf, make([]byte, size)...)
		return at
	}
	e.buf = e.buf[:at+size]
	return at
}

// end fills in the head of the event that begins at at.
func (e *encoder) end(at int, r *record, typ uint16, n int, ts uint64) {
	b := e.buf[at:]
	ts += e.epoch
	binary.LittleEndian.PutUint64(b, ts)
	binary.LittleEndian.PutUint64(b[8:], uint64(r.tid))
	binary.LittleEndian.PutUint32(b[16:], uint32(len(b)))
	binary.LittleEndian.PutUint16(b[20:], typ)
	binary.LittleEndian.PutUint32(b[22:], uint32(n))
	lost := r.lost
	if len(e.events) > 0 {
		lost = 0
	}
	e.events = append(e.events, Event{Lost: lost, CPU: r.cpu, Type: typ, TS: ts, TID: int64(r.tid), Raw: b[:len(b):len(b)]})
}

func (e *encoder) setLen(at, i, n int) {
	binary.LittleEndian.PutUint16(e.buf[at+evt.HeaderV2+2*i:], uint16(n))
}

func (e *encoder) put64(at, i int, v uint64) {
	e.setLen(at, i, 8)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, v)
}

func (e *encoder) put32(at, i int, v uint64) {
	e.setLen(at, i, 4)
	e.buf = binary.LittleEndian.AppendUint32(e.buf, uint32(v))
}

func (e *encoder) put16(at, i int, v uint64) {
	e.setLen(at, i, 2)
	e.buf = binary.LittleEndian.AppendUint16(e.buf, uint16(v))
}

func (e *encoder) put8(at, i int, v uint64) {
	e.setLen(at, i, 1)
	e.buf = append(e.buf, byte(v))
}

// putBytes appends a parameter of any length; what would make the event too large is cut.
func (e *encoder) putBytes(at, i int, b []byte) {
	if room := maxEvent - 64 - (len(e.buf) - at); len(b) > room {
		b = b[:max(room, 0)]
		e.cut++
	}
	e.setLen(at, i, len(b))
	e.buf = append(e.buf, b...)
}

func (e *encoder) putNumber(at, i int, size uint8, v uint64) {
	switch size {
	case 8:
		e.put64(at, i, v)
	case 4:
		e.put32(at, i, v)
	case 2:
		e.put16(at, i, v)
	default:
		e.put8(at, i, v)
	}
}

// param appends parameter i of the event that begins at at.
func (e *encoder) param(at, i int, p *rule, r *record) {
	switch p.conv { // the frequent ones
	case conv64:
		e.put64(at, i, r.number(p.src))
		return
	case convInt:
		e.put64(at, i, uint64(int64(int32(r.number(p.src)))))
		return
	case conv32:
		e.put32(at, i, r.number(p.src))
		return
	case convBytes:
		b, _ := r.of(p.src, 0)
		e.putBytes(at, i, b)
		return
	case convStr:
		e.putBytes(at, i, r.str(p.src))
		return
	}
	if p.size != 0 {
		e.putNumber(at, i, p.size, numberConvs[p.conv](e, r, p))
		return
	}
	e.setLen(at, i, 0)
	start := len(e.buf)
	e.buf = byteConvs[p.conv](e, r, p, e.buf)
	if len(e.buf)-at > maxEvent {
		e.buf = e.buf[:max(start, at+maxEvent)]
		e.cut++
	}
	e.setLen(at, i, len(e.buf)-start)
}

// number returns the value of a source that is a register.
func (r *record) number(s source) uint64 {
	switch {
	case s < maxRegs:
		return r.args[s]
	case s == srcRet:
		return uint64(r.ret)
	}
	return 0
}

// str returns a string with its NUL, nothing when it could not be read.
func (r *record) str(s source) []byte {
	b, _ := r.of(s, 0)
	return b
}
