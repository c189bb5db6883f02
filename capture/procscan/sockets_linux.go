package procscan

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/scapls/scapls/scapio"
)

// Layer 4 protocols as captures number them.
const (
	l4TCP  = 2
	l4UDP  = 3
	l4ICMP = 4
	l4Raw  = 5
)

// socket is what a network namespace's tables say of an inode.
type socket struct {
	typ          uint8
	l4           uint8
	sip, dip     [16]byte
	sport, dport uint16
	ptr          uint64 // unix
	name         string
}

// socketFD completes a descriptor of a socket: from the tables of its process's network namespace, else by the
// protocol's name alone. A socket that a process got from another namespace is found by that name, too.
func (s *Scanner) socketFD(p *owner, path string, fd *scapio.FD) {
	ns := p.namespace(s, &p.net, "net")
	table, ok := s.nets[ns]
	if !ok {
		table = s.sockets(filepath.Join(p.dir, "net"))
		if ns != 0 {
			s.nets[ns] = table
		}
	}
	k, ok := table[fd.Ino]
	if !ok {
		k = byProtocol(s.protocol(path), fd.Name)
	}
	fd.Type, fd.L4, fd.SIP, fd.DIP, fd.SPort, fd.DPort = k.typ, k.l4, k.sip, k.dip, k.sport, k.dport
	fd.Src, fd.Name = k.ptr, k.name
}

// protocol returns the name the kernel has for a socket's protocol: TCP, UDPv6, UNIX, NETLINK, PACKET …
func (s *Scanner) protocol(path string) string {
	var b [64]byte
	n, err := unix.Getxattr(path, "system.sockprotoname", b[:])
	if err != nil {
		return ""
	}
	return string(bytes.TrimRight(b[:n], "\x00"))
}

// byProtocol returns what is known of a socket that no table lists: one without an address, or of another family.
func byProtocol(proto, name string) socket {
	base, v6 := strings.CutSuffix(proto, "v6")
	k := socket{typ: scapio.FDIPv4}
	if v6 {
		k.typ = scapio.FDIPv6
	}
	switch base {
	case "TCP", "MPTCP":
		k.l4 = l4TCP
	case "UDP", "UDP-Lite":
		k.l4 = l4UDP
	case "PING":
		k.l4 = l4ICMP
	case "RAW":
		k.l4 = l4Raw
	case "UNIX", "UNIX-STREAM":
		return socket{typ: scapio.FDUnix}
	case "NETLINK":
		return socket{typ: scapio.FDNetlink}
	default:
		return socket{typ: scapio.FDUnsupported, name: name}
	}
	return k
}

// maxTable bounds the tables of sockets: about 400,000 connections.
const maxTable = 64 << 20

// sockets reads the tables of a network namespace.
func (s *Scanner) sockets(dir string) map[uint64]socket {
	table := map[uint64]socket{}
	for _, f := range []struct {
		name string
		l4   uint8
	}{{"tcp", l4TCP}, {"tcp6", l4TCP}, {"udp", l4UDP}, {"udp6", l4UDP}, {"udplite", l4UDP}, {"udplite6", l4UDP}, {"raw", l4Raw}, {"raw6", l4Raw}, {"icmp", l4ICMP}, {"icmp6", l4ICMP}} {
		parseInet(s.read(filepath.Join(dir, f.name), maxTable), f.l4, table)
	}
	parseUnix(s.read(filepath.Join(dir, "unix"), maxTable), table)
	parseNetlink(s.read(filepath.Join(dir, "netlink"), maxTable), table)
	return table
}

// parseInet reads /proc/net/tcp and its like:
//
//	sl  local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
func parseInet(b []byte, l4 uint8, table map[uint64]socket) {
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) < 10 || !bytes.HasSuffix(f[0], []byte{':'}) {
			continue
		}
		ino, err := strconv.ParseUint(string(f[9]), 10, 64)
		if err != nil || ino == 0 {
			continue
		}
		k := socket{l4: l4}
		v6, ok := parseEnd(f[1], &k.sip, &k.sport)
		_, ok2 := parseEnd(f[2], &k.dip, &k.dport)
		if !ok || !ok2 {
			continue
		}
		k.typ = scapio.FDIPv4
		if v6 {
			k.typ = scapio.FDIPv6
		}
		if k.dport == 0 && k.dip == ([16]byte{}) && l4 != l4Raw && l4 != l4ICMP { // nobody on the other side: it waits for others
			k.typ += scapio.FDIPv4Server - scapio.FDIPv4
		}
		table[ino] = k
	}
}

// parseEnd reads ADDRESS:PORT in hexadecimal; addresses are words of the machine's byte order.
func parseEnd(f []byte, ip *[16]byte, port *uint16) (v6, ok bool) {
	a, p, found := bytes.Cut(f, []byte{':'})
	n, err := strconv.ParseUint(string(p), 16, 16)
	if !found || err != nil || (len(a) != 8 && len(a) != 32) {
		return false, false
	}
	var raw [16]byte
	if _, err := hex.Decode(raw[:], a); err != nil {
		return false, false
	}
	for i := 0; i < len(a)/2; i += 4 { // as text the word's highest byte comes first
		binary.NativeEndian.PutUint32(ip[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	*port = uint16(n)
	return len(a) == 32, true
}

// parseUnix reads /proc/net/unix:
//
//	Num: RefCount Protocol Flags Type St Inode [Path]
func parseUnix(b []byte, table map[uint64]socket) {
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) < 7 {
			continue
		}
		ino, err := strconv.ParseUint(string(f[6]), 10, 64)
		if err != nil {
			continue
		}
		k := socket{typ: scapio.FDUnix}
		k.ptr, _ = strconv.ParseUint(string(bytes.TrimSuffix(f[0], []byte{':'})), 16, 64)
		if len(f) > 7 { // a path may hold blanks
			at := bytes.LastIndex(line, f[6]) + len(f[6])
			if i := bytes.Index(line, append(append([]byte{' '}, f[6]...), ' ')); i >= 0 {
				at = i + 1 + len(f[6])
			}
			k.name = string(bytes.TrimSuffix(line[min(at+1, len(line)):], []byte{'\n'}))
		}
		table[ino] = k
	}
}

// parseNetlink reads /proc/net/netlink, whose tenth column is the inode.
func parseNetlink(b []byte, table map[uint64]socket) {
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) < 10 {
			continue
		}
		if ino, err := strconv.ParseUint(string(f[9]), 10, 64); err == nil {
			table[ino] = socket{typ: scapio.FDNetlink}
		}
	}
}
