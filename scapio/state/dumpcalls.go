package state

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evtable"
)

// Call is an event, mostly an exit, that was not recorded but makes a descriptor what it is.
type Call struct {
	Type   uint16
	Params [][]byte
}

// Opened returns the calls that make a descriptor what a list says of it, nil for those of which that is not possible.
// server tells, of a connection, that others came to it. Events have no better way to tell of a descriptor that came from
// another process in a message.
func Opened(l *scapio.FD, server bool) []Call {
	num := u64(uint64(l.Num))
	f := OpenFD{l.Num, &FD{
		Type: l.Type, L4: l.L4, OpenFlags: l.OpenFlags, Object: &Object{Tuple: Tuple{l.SIP, l.DIP, l.SPort, l.DPort}},
	}}
	switch l.Type {
	case scapio.FDFile, scapio.FDFileV2, scapio.FDDirectory:
		flags := l.OpenFlags
		if l.Type == scapio.FDDirectory {
			flags |= directory
		}
		return []Call{{evtable.SyscallOpenX, [][]byte{num, str(l.Name), u32(flags), u32(0), u32(l.Dev), u64(l.Ino)}}}
	case scapio.FDMemfd:
		return []Call{{evtable.SyscallMemfdCreateX, [][]byte{num, str(l.Name), u32(0)}}}
	case scapio.FDFifo:
		return []Call{{evtable.SyscallPipeX, [][]byte{u64(0), num, num, u64(l.Ino)}}}
	case scapio.FDEvent:
		return []Call{{evtable.SyscallEventfd2X, [][]byte{num, {0, 0}, u64(0)}}}
	case scapio.FDEventpoll:
		return []Call{{evtable.SyscallEpollCreate1X, [][]byte{num, u32(0)}}}
	case scapio.FDUnix:
		return []Call{{evtable.SocketSocketX, [][]byte{num, u32(afUnix), u32(1), u32(0)}}}
	case scapio.FDIPv4Server, scapio.FDIPv6Server:
		return []Call{f.socketCall(num), {evtable.SocketBindX, [][]byte{u64(0), f.addrParam(), num}}}
	case scapio.FDIPv4, scapio.FDIPv6:
		switch {
		case f.Tuple == Tuple{}:
			return []Call{f.socketCall(num)}
		case server:
			f.Tuple = f.Tuple.swapped()
			return []Call{f.acceptCall(num)}
		}
		return []Call{f.socketCall(num), {evtable.SocketConnectX, [][]byte{u64(0), f.tupleParam(), num, nil}}}
	}
	return nil
}

// calls returns the calls that make a socket of which a list cannot hold all, nil for other descriptors.
func (f OpenFD) calls(ports map[uint16]bool) []Call {
	if !f.Inet() {
		return nil
	}
	num := u64(uint64(f.Num))
	if (f.Tuple == Tuple{}) && !strings.Contains(f.Name, "->") { // just made, or bound to no port: listed, it had two ends of zeros
		list := []Call{f.socketCall(num)}
		if addr := f.boundTo(); addr != nil {
			list = append(list, Call{evtable.SocketBindX, [][]byte{u64(0), addr, num}})
		}
		return list
	}
	if f.Type == scapio.FDIPv4 {
		if _, right := storedTuple(f.FD, ports); right || f.Role == NoRole {
			return nil
		}
	}
	switch {
	case f.Role == Client:
		return []Call{f.socketCall(num), {evtable.SocketConnectX, [][]byte{u64(0), f.tupleParam(), num, nil}}}
	case f.Role == Server && f.L4 == L4TCP:
		return []Call{f.acceptCall(num)}
	}
	return nil
}

// tried returns both halves of a connect that failed and gives a socket its legacy name, nil for those without.
func (f OpenFD) tried() []Call {
	if f.Legacy == "" || f.File() {
		return nil
	}
	num := u64(uint64(f.Num))
	enter := [][]byte{num} // a half without an address names the socket by what is known
	if !f.Inet() && f.Legacy != strconv.FormatInt(f.Num, 10) {
		enter = append(enter, append([]byte{afUnix}, str(f.Legacy)...))
	}
	return []Call{
		{evtable.SocketConnectE, enter},
		{evtable.SocketConnectX, [][]byte{u64(noEntry), nil, num, nil}},
	}
}

// noEntry is the result of a call that did not find a file, ENOENT.
const noEntry = 1<<64 - 2

func (f *FD) acceptCall(num []byte) Call {
	params := [][]byte{num, f.tupleParam(), {0}, u32(0), u32(0)}
	if f.OpenFlags&cloexec == 0 {
		return Call{evtable.SocketAccept5X, params}
	}
	return Call{evtable.SocketAccept46X, append(params, u32(cloexec))}
}

// socketCall returns the call of socket that makes a descriptor like f.
func (f *FD) socketCall(num []byte) Call {
	domain, typ, proto := uint32(afInet), uint32(0), uint32(0)
	if f.V6() {
		domain = afInet6
	}
	switch f.L4 {
	case L4TCP:
		typ, proto = 1, 6
	case L4UDP:
		typ, proto = 2, 17
	case L4ICMP:
		typ, proto = 2, 1
	case L4Raw:
		typ, proto = 3, 255
	default:
		typ = 5 // of sequential packets: no protocol is told from it
	}
	if f.OpenFlags&cloexec != 0 {
		typ |= sockCloexec
	}
	return Call{evtable.SocketSocketX, [][]byte{num, u32(domain), u32(typ), u32(proto)}}
}

// boundTo returns the address of a socket that is bound to no port, as bind has it; nil when it is not bound.
func (f *FD) boundTo() []byte {
	host, _ := strings.CutSuffix(f.Name, ":0")
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return nil
	}
	b := []byte{afInet}
	if ip.Is6() {
		b[0] = afInet6
	}
	return append(append(b, ip.AsSlice()...), 0, 0)
}

// addrParam returns the own end of a socket as events have it.
func (f *FD) addrParam() []byte {
	family, n := byte(afInet), 4
	if f.V6() {
		family, n = afInet6, 16
	}
	return binary.LittleEndian.AppendUint16(append([]byte{family}, f.Tuple.SIP[:n]...), f.Tuple.SPort)
}

// tupleParam returns the ends of a socket as events have them.
func (f *FD) tupleParam() []byte {
	family, n := byte(afInet), 4
	if f.V6() {
		family, n = afInet6, 16
	}
	le := binary.LittleEndian
	b := append([]byte{family}, f.Tuple.SIP[:n]...)
	b = append(le.AppendUint16(b, f.Tuple.SPort), f.Tuple.DIP[:n]...)
	return le.AppendUint16(b, f.Tuple.DPort)
}
