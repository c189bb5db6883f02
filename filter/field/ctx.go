// Package field is the catalogue of fields: evt.num, proc.name, fd.sip … For each it knows type, help, argument, and
// how its value is taken from an event and the state at that moment. It knows no file and no index.
package field

import (
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/state"
)

// Ctx is one event with all that fields are taken from. It is filled by the index and reused from event to event.
type Ctx struct {
	Ev    evt.Event // as in the file; meaningless for a packet
	Enter *evt.Event
	Args  evt.Args // its parameters: its own in the events view, those of both halves in the calls view
	Calls bool     // the calls view
	// NoEnter says that nobody will ask for the enter half or the latency in the events view: they are not read then.
	NoEnter bool

	Key     uint32 // of the event between layers, where the index filled in its bytes
	Num     uint64 // event number as shown
	Packet  *Packet
	Note    *Note  // what is noted about the event; nil for nothing
	TS      uint64 // ns since the epoch
	First   uint64 // time of the capture's first event, ns
	PrevTS  uint64 // time of the previous listed event, 0 if none (evt.deltatime)
	Latency int64  // ns between the two halves of the call, -1 if not known
	Res     int64  // result of an exit
	HasRes  bool

	View  state.View
	T     *state.Thread // nil for meta events and packets
	FD    *state.FD     // the descriptor the event is about, nil if not known
	FDNum int64         // its number, -1 if none
	Names state.Names   // how its numbers read
	Style evt.Style
	// TimeMode is how evt.outputtime reads: h, a, r, d or D; 0 is h. See AppendTime.
	TimeMode byte

	joined   evt.Args
	joinedOK bool
	buf      []byte  // scratch
	wireLen  [4]byte // a packet's, as a parameter
}

// Packet is a network packet between the events of a merged capture.
type Packet struct {
	Num       uint64 // among packets, from 1
	Interface string
	Len       uint32 // on the wire
	Data      []byte // what was kept of it
}

// Reset readies c for the next event.
func (c *Ctx) Reset() {
	c.Packet, c.Note, c.Enter, c.T, c.FD, c.FDNum = nil, nil, nil, nil, nil, -1
	c.Latency, c.HasRes, c.joinedOK = -1, false, false
	c.buf = c.buf[:0]
}

// Joined returns the parameters of both halves in the newest shape of the event's type, whichever view is shown.
// What the state rules and most fields are defined by.
func (c *Ctx) Joined() *evt.Args {
	if c.Calls {
		return &c.Args
	}
	if !c.joinedOK {
		if !c.joined.Join(&c.Ev, c.Enter) {
			c.joined.Load(&c.Ev)
		}
		c.joinedOK = true
	}
	return &c.joined
}
