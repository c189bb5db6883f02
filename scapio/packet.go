package scapio

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// PacketInterface is a pcapng interface description.
type PacketInterface struct {
	LinkType uint16
	SnapLen  uint32
	Name     string
	unit     uint64 // ticks per second
	offset   uint64 // seconds
}

// Packet is one captured network packet. Data borrows the block.
type Packet struct {
	Interface uint32
	TS        uint64 // ns since the epoch; 0 when the block has none
	Len       uint32 // on the wire
	Data      []byte
}

// pcapng option codes of an interface description.
const (
	optEnd      = 0
	optComment  = 1
	optIfName   = 2
	optTSResol  = 9
	optTSOffset = 14
)

// Options calls f for every pcapng option in b; it stops at the end mark and at damage.
func Options(b []byte, f func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, n := binary.LittleEndian.Uint16(b), int(binary.LittleEndian.Uint16(b[2:]))
		if code == optEnd || n > len(b)-4 {
			return
		}
		f(code, b[4:4+n])
		b = b[min(len(b), 4+(n+3)&^3):]
	}
}

// Comment returns the first comment among the options in b, "" if there is none.
func Comment(b []byte) (text string) {
	Options(b, func(code uint16, v []byte) {
		if code == optComment && text == "" {
			text = string(v)
		}
	})
	return text
}

// ParsePacketInterface reads an interface description block.
func ParsePacketInterface(body []byte) (PacketInterface, error) {
	if len(body) < 8 {
		return PacketInterface{}, errors.New("the block is too short for an interface")
	}
	i := PacketInterface{LinkType: binary.LittleEndian.Uint16(body), SnapLen: binary.LittleEndian.Uint32(body[4:]), unit: 1e6}
	Options(body[8:], func(code uint16, v []byte) {
		switch {
		case code == optIfName:
			i.Name = string(v)
		case code == optTSResol && len(v) >= 1:
			i.unit = resolution(v[0])
		case code == optTSOffset && len(v) >= 8:
			i.offset = binary.LittleEndian.Uint64(v)
		}
	})
	return i, nil
}

func resolution(r byte) uint64 {
	if r&0x80 != 0 {
		return 1 << min(r&0x7f, 63)
	}
	unit := uint64(1)
	for range min(r, 19) {
		unit *= 10
	}
	return unit
}

func (i *PacketInterface) nanoseconds(ticks uint64) uint64 {
	if i.unit == 0 {
		return 0
	}
	hi, lo := bits.Mul64(ticks%i.unit, 1e9)
	frac, _ := bits.Div64(hi, lo, i.unit)
	return (ticks/i.unit+i.offset)*1e9 + frac
}

// ParsePacket reads a packet block; ifs are the interfaces described before it.
func ParsePacket(t BlockType, body []byte, ifs []PacketInterface) (Packet, error) {
	c := cursor{b: body}
	var p Packet
	n := uint32(0)
	ticks := uint64(0)
	switch t {
	case SimplePacket:
		p.Len = c.u32()
		n = min(p.Len, uint32(len(c.b)))
	case OldPacket:
		p.Interface = uint32(c.u16())
		c.u16()
		ticks = uint64(c.u32())<<32 | uint64(c.u32())
		n, p.Len = c.u32(), c.u32()
	default:
		p.Interface = c.u32()
		ticks = uint64(c.u32())<<32 | uint64(c.u32())
		n, p.Len = c.u32(), c.u32()
	}
	p.Data = c.take(int(min(n, 1<<30)))
	if c.bad {
		return p, errEntry
	}
	if ticks != 0 {
		i := &PacketInterface{unit: 1e6}
		if int(p.Interface) < len(ifs) {
			i = &ifs[p.Interface]
		}
		p.TS = i.nanoseconds(ticks)
	}
	return p, nil
}
