package live

// maxCalls is one more than the largest native number of a call that is recorded (MAX_CALLS of the probe).
const maxCalls = 512

// maxOps is how many operations a descriptor has room for (MAX_OPS of the probe).
const maxOps = 5

// call is what is known of one system call: what the probe reads of it, and how the parameters of its events are made.
type call struct {
	name  string
	sc    uint16 // ppm_sc number, for generic events
	enter uint16 // event types; 0 and 1 are the generic ones
	exit  uint16
	nexit uint8 // parameters of the exit event that sysdig 0.41 knows
	nargs uint8 // registers that are needed
	flags uint8
	ops   []op
	ep    []rule // parameters of the enter event
	xp    []rule // of the exit event
}

// The flags of a call.
const (
	callState = 1 << iota // changes what readers know of processes and descriptors
	callEager             // the enter record goes out at once
	callClone             // has a second exit, in the child
	callNew               // sysdig 0.41 does not know its event types
	callKeep              // the exit needs what the enter record read
)

func (c *call) generic(newest bool) bool {
	return c.exit == 1 || c.flags&callNew != 0 && !newest
}

// multi returns the index of the operation that reads several messages, -1 when the call has none.
func (c *call) multi() int {
	for i := range c.ops {
		if c.ops[i].kind == opMmsg {
			return i
		}
	}
	return -1
}

// kept returns the index of the operation whose bytes the exit needs.
func (c *call) kept() int {
	for i := range c.ops {
		if c.ops[i].when == opEnter {
			return i
		}
	}
	return -1
}

// mmsgSections is the number of sections per message: its length, and those of a msghdr.
const mmsgSections = 5

// op is one operation of the probe; see src/record.h of package bpf.
type op struct {
	kind    opKind
	a, b, c uint8
	when    uint8
}

// opEnter is the condition of an operation that is run for the enter record only.
const opEnter = 1

type opKind uint8

// The kinds of operations, numbered as in record.h.
const (
	opEnd opKind = iota
	opStr
	opData
	opMem
	opArray
	opMemLen
	opSockAddr
	opSock
	opIov
	opMsg
	opMmsg
	opFile
	opVM
	opPair
	opPrctl
	opClone
	opExec
	opArgv
	opClone3
)

// rule says how one parameter is made.
type rule struct {
	src    source
	second source // of conversions that need two
	conv   conv
	size   uint8 // bytes of a number, 0: as long as it is
}

// source is where a parameter comes from: an argument of the call (0…5), its result, nothing, or what operation
// number n of the probe read (srcOp + n).
type source uint8

const (
	srcRet   source = 6
	srcZero  source = 7
	srcKept  source = 8 // what the enter record read
	srcOp    source = 16
	noSource source = 255
)
