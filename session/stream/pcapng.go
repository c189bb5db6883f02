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
	w        *scapio.Writer
	fd       *state.FD
	own, far endpoint  // of the next packet
	seq      [2]uint32 // of the next byte: from the far end, from the own one
	saved    Saved
}

// Pcapng writes the stream as packets that Wireshark opens. Bytes that the snaplen cut are missing at the end of their
// packet, and Wireshark says so. Each datagram has the ends that the socket had then.
func (s *Stream) Pcapng(ctx context.Context, x *index.Index, w io.Writer) (Saved, error) {
	p := &packets{w: scapio.NewWriter(w), fd: s.FD, seq: [2]uint32{1000, 1000}}
	if !s.FD.Inet() && (p.tcp() || !s.FD.InetServer()) {
		return Saved{}, ErrNoSocket
	}
	p.own, p.far = sides(s.FD)
	own := p.own
	if err := p.w.SectionAs(1, 0, scapio.CommentOption("Made by scapls of the system calls of one socket; the headers are made up.")); err != nil {
		return p.saved, err
	}
	if err := p.w.PacketInterface(scapio.PacketInterface{LinkType: linkRaw, Name: "socket"}); err != nil {
		return p.saved, err
	}
	if p.tcp() && len(s.Chunks) > 0 {
		if err := p.open(s.Chunks[0].TS, s.FD.Role != state.Server); err != nil {
			return p.saved, err
		}
	}
	last := uint64(0)
	err := s.each(ctx, x, func(k Chunk, b []byte) error {
		last = k.TS
		if !p.tcp() && k.FD != nil {
			if p.own, p.far = sides(k.FD); !p.own.known() { // the kernel tells it once it is connected
				p.own = own
			}
		}
		return p.data(k, b)
	})
	if err == nil && p.tcp() && s.Closed != 0 {
		err = p.segment(last, true, tcpFIN|tcpACK, 0, nil)
	}
	if p.saved.Lost > 0 {
		p.saved.Note = "the capture kept only the first bytes of some transfers"
	}
	return p.saved, err
}

func (p *packets) tcp() bool { return p.fd.L4 != state.L4UDP }

// open makes the handshake, which the client begins.
func (p *packets) open(ts uint64, client bool) error {
	for _, step := range []struct {
		own   bool
		flags byte
	}{{client, tcpSYN}, {!client, tcpSYN | tcpACK}, {client, tcpACK}} {
		if err := p.segment(ts, step.own, step.flags, 0, nil); err != nil {
			return err
		}
		if step.flags&tcpSYN != 0 {
			p.seq[side(step.own)]++
		}
	}
	return nil
}

func side(own bool) int {
	if own {
		return 1
	}
	return 0
}

// data makes the packets of a transfer; left is what is still to come of it, kept or not.
func (p *packets) data(k Chunk, b []byte) error {
	for left := k.Size; left > 0; {
		n := min(left, maxSegment)
		part := b[:min(int64(len(b)), n)]
		if err := p.segment(k.TS, k.Write, tcpPSH|tcpACK, int(n), part); err != nil {
			return err
		}
		p.seq[side(k.Write)] += uint32(n)
		p.saved.Bytes += int64(len(part))
		p.saved.Lost += n - int64(len(part))
		b = b[len(part):]
		left -= n
		if len(part) == 0 && left > maxSegment { // of a huge transfer that was cut, what was not kept is one hole
			p.saved.Lost += left
			p.seq[side(k.Write)] += uint32(left)
			break
		}
	}
	return nil
}

// segment writes a packet of size payload bytes, of which part was kept, from the own end or to it.
func (p *packets) segment(ts uint64, own bool, flags byte, size int, part []byte) error {
	src, dst := p.own, p.far
	if !own {
		src, dst = dst, src
	}
	var h []byte
	h = binary.BigEndian.AppendUint16(h, src.port)
	h = binary.BigEndian.AppendUint16(h, dst.port)
	if p.tcp() {
		h = binary.BigEndian.AppendUint32(h, p.seq[side(own)])
		ack := uint32(0)
		if flags&tcpACK != 0 {
			ack = p.seq[side(!own)]
		}
		h = binary.BigEndian.AppendUint32(h, ack)
		h = append(h, 5<<4, flags, 0xFF, 0xFF, 0, 0, 0, 0)
	} else {
		h = binary.BigEndian.AppendUint16(h, uint16(size+8))
		h = append(h, 0, 0)
	}
	whole := len(h) + size
	b := p.ip(src, dst, whole)
	if p.fd.V6() && !p.tcp() { // which may not be left out (RFC 8200 §8.1)
		binary.BigEndian.PutUint16(h[6:], udpSum(b, h, part))
	}
	b = append(b, h...)
	length := len(b) + size
	return p.w.Packet(scapio.Packet{TS: ts, Len: uint32(length), Data: append(b, part...)})
}

const headerV6 = 40 // bytes, the addresses from 8 on

// udpSum returns the checksum of a datagram over IPv6: what was not kept of it counts as zeros.
func udpSum(ip, header, part []byte) uint16 {
	sum := uint32(protoUDP) + uint32(binary.BigEndian.Uint16(header[4:]))
	for _, b := range [][]byte{ip[8:headerV6], header, part} {
		sum += sum16(b)
	}
	if s := ^fold(sum); s != 0 {
		return s
	}
	return 0xFFFF
}

// sum16 adds up bytes as numbers of 16 bits.
func sum16(b []byte) (sum uint32) {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

func fold(sum uint32) uint16 {
	for sum > 0xFFFF {
		sum = sum&0xFFFF + sum>>16
	}
	return uint16(sum)
}

// ip makes the header of a packet with so many bytes behind it.
func (p *packets) ip(src, dst endpoint, payload int) []byte {
	proto := byte(protoTCP)
	if !p.tcp() {
		proto = protoUDP
	}
	if p.fd.V6() {
		b := append(make([]byte, 0, 96), 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(payload))
		b = append(b, proto, 64)
		return append(append(b, src.ip[:]...), dst.ip[:]...)
	}
	b := append(make([]byte, 0, 96), 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(payload+20))
	b = append(b, 0, 0, 0x40, 0, 64, proto, 0, 0)
	b = append(append(b, src.ip[:4]...), dst.ip[:4]...)
	binary.BigEndian.PutUint16(b[10:], ^fold(sum16(b)))
	return b
}
