package stream

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/state"
)

// ErrNoSocket says that a stream cannot be made packets of.
var ErrNoSocket = errors.New("packets can be made of connected IPv4 and IPv6 sockets only")

const (
	linkRaw    = 101   // packets begin with the IP header (LINKTYPE_RAW)
	maxSegment = 60000 // bytes of a packet that is made up
	protoTCP   = 6
	protoUDP   = 17
)

// Bits of the flags of TCP.
const (
	tcpFIN = 1 << 0
	tcpSYN = 1 << 1
	tcpPSH = 1 << 3
	tcpACK = 1 << 4
)

// packets makes packets of a connection. Their headers are made up: the capture has the bytes that processes moved,
// not what crossed the wire.
type packets struct {
	w      *scapio.Writer
	fd     *state.FD
	seq    [2]uint32 // of the next byte: from the client, from the server
	client bool      // the process is the client
	saved  Saved
}

// Pcapng writes the stream as packets that Wireshark opens. Bytes that the snaplen cut are missing at the end of their
// packet, and Wireshark says so.
func (s *Stream) Pcapng(ctx context.Context, x *index.Index, w io.Writer) (Saved, error) {
	if !s.FD.Inet() {
		return Saved{}, ErrNoSocket
	}
	p := &packets{w: scapio.NewWriter(w), fd: s.FD, seq: [2]uint32{1000, 2000}, client: s.FD.Role != state.Server}
	if err := p.w.SectionAs(1, 0, scapio.CommentOption("Made by scapls of the system calls of one socket; the headers are made up.")); err != nil {
		return p.saved, err
	}
	if err := p.w.PacketInterface(scapio.PacketInterface{LinkType: linkRaw, Name: "socket"}); err != nil {
		return p.saved, err
	}
	if p.tcp() && len(s.Chunks) > 0 {
		if err := p.open(s.Chunks[0].TS); err != nil {
			return p.saved, err
		}
	}
	last := uint64(0)
	err := s.each(ctx, x, func(k Chunk, b []byte) error {
		last = k.TS
		return p.data(k, b)
	})
	if err == nil && p.tcp() && s.Closed != 0 {
		err = p.segment(last, p.client, tcpFIN|tcpACK, 0, nil)
	}
	if p.saved.Lost > 0 {
		p.saved.Note = "the capture kept only the first bytes of some transfers"
	}
	return p.saved, err
}

func (p *packets) tcp() bool { return p.fd.L4 != state.L4UDP }

// open makes the handshake.
func (p *packets) open(ts uint64) error {
	for _, step := range []struct {
		client bool
		flags  byte
	}{{true, tcpSYN}, {false, tcpSYN | tcpACK}, {true, tcpACK}} {
		if err := p.segment(ts, step.client, step.flags, 0, nil); err != nil {
			return err
		}
		if step.flags&tcpSYN != 0 {
			p.seq[side(step.client)]++
		}
	}
	return nil
}

func side(client bool) int {
	if client {
		return 0
	}
	return 1
}

// data makes the packets of a transfer; left is what is still to come of it, kept or not.
func (p *packets) data(k Chunk, b []byte) error {
	fromClient := k.Write == p.client
	for left := k.Size; left > 0; {
		n := min(left, maxSegment)
		part := b[:min(int64(len(b)), n)]
		if err := p.segment(k.TS, fromClient, tcpPSH|tcpACK, int(n), part); err != nil {
			return err
		}
		p.seq[side(fromClient)] += uint32(n)
		p.saved.Bytes += int64(len(part))
		p.saved.Lost += n - int64(len(part))
		b = b[len(part):]
		left -= n
		if len(part) == 0 && left > maxSegment { // of a huge transfer that was cut, what was not kept is one hole
			p.saved.Lost += left
			p.seq[side(fromClient)] += uint32(left)
			break
		}
	}
	return nil
}

// segment writes a packet of size payload bytes, of which part was kept.
func (p *packets) segment(ts uint64, fromClient bool, flags byte, size int, part []byte) error {
	var h []byte
	sport, dport := p.fd.Tuple.SPort, p.fd.Tuple.DPort
	if !fromClient {
		sport, dport = dport, sport
	}
	if p.tcp() {
		h = binary.BigEndian.AppendUint16(h, sport)
		h = binary.BigEndian.AppendUint16(h, dport)
		h = binary.BigEndian.AppendUint32(h, p.seq[side(fromClient)])
		ack := uint32(0)
		if flags&tcpACK != 0 {
			ack = p.seq[side(!fromClient)]
		}
		h = binary.BigEndian.AppendUint32(h, ack)
		h = append(h, 5<<4, flags, 0xFF, 0xFF, 0, 0, 0, 0)
	} else {
		h = binary.BigEndian.AppendUint16(h, sport)
		h = binary.BigEndian.AppendUint16(h, dport)
		h = binary.BigEndian.AppendUint16(h, uint16(size+8))
		h = append(h, 0, 0)
	}
	whole := len(h) + size
	b := append(p.ip(fromClient, whole), h...)
	length := len(b) + size
	return p.w.Packet(scapio.Packet{TS: ts, Len: uint32(length), Data: append(b, part...)})
}

// ip makes the header of a packet with so many bytes behind it.
func (p *packets) ip(fromClient bool, payload int) []byte {
	src, dst := p.fd.Tuple.SIP, p.fd.Tuple.DIP
	if !fromClient {
		src, dst = dst, src
	}
	proto := byte(protoTCP)
	if !p.tcp() {
		proto = protoUDP
	}
	if p.fd.V6() {
		b := append(make([]byte, 0, 96), 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(payload))
		b = append(b, proto, 64)
		return append(append(b, src[:]...), dst[:]...)
	}
	b := append(make([]byte, 0, 96), 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(payload+20))
	b = append(b, 0, 0, 0x40, 0, 64, proto, 0, 0)
	b = append(append(b, src[:4]...), dst[:4]...)
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xFFFF {
		sum = sum&0xFFFF + sum>>16
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum))
	return b
}
