package state

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
)

// Address families of tuples and addresses.
const (
	afUnix  = 1
	afInet  = 2
	afInet6 = 10
	afNL    = 16
)

// address is a decoded tuple or socket address.
type address struct {
	family   uint8
	tuple    Tuple  // both ends; an address fills the source
	src, dst uint64 // unix pointers
	path     []byte // unix
}

func parseTuple(b []byte) (a address, ok bool) {
	if len(b) == 0 {
		return a, false
	}
	a.family = b[0]
	switch {
	case a.family == afInet && len(b) >= 13:
		copy(a.tuple.SIP[:], b[1:5])
		a.tuple.SPort = binary.LittleEndian.Uint16(b[5:])
		copy(a.tuple.DIP[:], b[7:11])
		a.tuple.DPort = binary.LittleEndian.Uint16(b[11:])
	case a.family == afInet6 && len(b) >= 37:
		copy(a.tuple.SIP[:], b[1:17])
		a.tuple.SPort = binary.LittleEndian.Uint16(b[17:])
		copy(a.tuple.DIP[:], b[19:35])
		a.tuple.DPort = binary.LittleEndian.Uint16(b[35:])
	case a.family == afUnix && len(b) >= 17:
		a.src, a.dst = binary.LittleEndian.Uint64(b[1:]), binary.LittleEndian.Uint64(b[9:])
		a.path = cString(b[17:])
	default:
		return a, false
	}
	return a, true
}

func parseAddr(b []byte) (a address, ok bool) {
	if len(b) == 0 {
		return a, false
	}
	a.family = b[0]
	switch {
	case a.family == afInet && len(b) >= 7:
		copy(a.tuple.SIP[:], b[1:5])
		a.tuple.SPort = binary.LittleEndian.Uint16(b[5:])
	case a.family == afInet6 && len(b) >= 19:
		copy(a.tuple.SIP[:], b[1:17])
		a.tuple.SPort = binary.LittleEndian.Uint16(b[17:])
	case a.family == afUnix:
		a.path = cString(b[1:])
	default:
		return a, false
	}
	return a, true
}

func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

func unmap(ip [16]byte) (v4 [16]byte) {
	copy(v4[:4], ip[12:])
	return v4
}

// flatten turns a tuple whose both ends are IPv4 in IPv6 into an IPv4 one.
func (a *address) flatten() {
	if a.family == afInet6 && evt.Mapped(a.tuple.SIP[:]) && evt.Mapped(a.tuple.DIP[:]) {
		a.family = afInet
		a.tuple.SIP, a.tuple.DIP = unmap(a.tuple.SIP), unmap(a.tuple.DIP)
	}
}

// setTuple gives fd the ends of t; it reports whether that changed anything. The same ends the other way round do not.
func (f *FD) setTuple(t Tuple) bool {
	if f.Tuple == t || f.Tuple == (Tuple{SIP: t.DIP, DIP: t.SIP, SPort: t.DPort, DPort: t.SPort}) {
		return false
	}
	f.Tuple = t
	return true
}

func (t Tuple) swapped() Tuple {
	return Tuple{SIP: t.DIP, DIP: t.SIP, SPort: t.DPort, DPort: t.SPort}
}

// nameTuple gives an IP socket its ends as name (STATE_ENGINE §7).
func (m *Machine) nameTuple(f *FD) {
	b := m.path[:0]
	v6 := f.V6()
	end := func(b []byte, ip [16]byte, port uint16, withPort bool) []byte {
		if v6 {
			if evt.Mapped(f.Tuple.SIP[:]) && evt.Mapped(f.Tuple.DIP[:]) {
				b = evt.AppendIPv4(b, ip[12:])
			} else {
				b = evt.AppendIPv6(b, ip[:])
			}
		} else {
			b = evt.AppendIPv4(b, ip[:4])
		}
		if withPort {
			b = append(b, ':')
			b = strconv.AppendUint(b, uint64(port), 10)
		}
		return b
	}
	switch f.L4 {
	case L4TCP, L4UDP, L4ICMP, L4Raw:
		ports := f.L4 == L4TCP || f.L4 == L4UDP
		b = end(b, f.Tuple.SIP, f.Tuple.SPort, ports)
		b = append(b, "->"...)
		b = end(b, f.Tuple.DIP, f.Tuple.DPort, ports)
	default:
		b = append(b, "<unknown>"...)
	}
	m.path = b
	f.Name = m.intern(b)
}

// tupleText names a socket by the rendered tuple parameter.
func (m *Machine) tupleText(f *FD, raw []byte) {
	m.path = evt.AppendTuple(m.path[:0], raw)
	f.Name = m.intern(m.path)
}

// l4Of infers the protocol of a new socket (sockets_and_fd_types.json).
func l4Of(typ, proto int64) uint8 {
	const raw = 3
	switch {
	case proto == 1 && typ == raw, proto == 6 && typ == raw, proto == 17 && typ == raw, proto == 255:
		return L4Raw
	case proto == 6, proto == 0 && typ&0xff == 1:
		return L4TCP
	case proto == 17, proto == 0 && typ&0xff == 2:
		return L4UDP
	case proto == 1:
		return L4ICMP
	}
	return L4Unknown
}

func socketFD(domain, typ, proto int64) *FD {
	fd := &FD{Object: &nothing}
	switch domain {
	case afUnix:
		fd.Type = scapio.FDUnix
	case afInet:
		fd.Type, fd.L4 = scapio.FDIPv4, l4Of(typ, proto)
	case afInet6:
		fd.Type, fd.L4 = scapio.FDIPv6, l4Of(typ, proto)
	case afNL:
		fd.Type = scapio.FDNetlink
	}
	return fd
}

const sockCloexec = 0x80000 // SOCK_CLOEXEC as the kernel has it

func socket(x *ctx) {
	num := x.ret()
	if x.t == nil || num < 0 {
		return
	}
	fd := socketFD(x.int(1, -1), x.int(2, 0), x.int(3, 0))
	if x.uint(2)&sockCloexec != 0 {
		fd.OpenFlags |= cloexec
	}
	x.addFD(num, fd)
}

func socketpair(x *ctx) {
	if x.t == nil || x.ret() < 0 {
		return
	}
	a, b := x.int(1, -1), x.int(2, -1)
	if a == b {
		return
	}
	flags := uint32(0)
	if x.uint(6)&sockCloexec != 0 {
		flags = cloexec
	}
	both := &Object{Src: x.uint(3), Dst: x.uint(4)}
	for i, n := range []int64{a, b} {
		x.addFD(n, &FD{Type: scapio.FDUnix, OpenFlags: flags, End: FirstEnd + End(i), Object: both})
	}
}

func bind(x *ctx) {
	fd := x.facts.FD
	if x.t == nil || fd == nil || x.ret() < 0 {
		return
	}
	raw := x.a.Param(1)
	a, ok := parseAddr(raw)
	if !ok {
		return
	}
	fd = x.editFD(fd)
	switch a.family {
	case afInet, afInet6:
		if a.tuple.SPort > 0 {
			fd.Tuple = Tuple{SIP: a.tuple.SIP, SPort: a.tuple.SPort}
			fd.Type = scapio.FDIPv4Server
			if a.family == afInet6 {
				fd.Type = scapio.FDIPv6Server
				if evt.Mapped(a.tuple.SIP[:]) && a.tuple.SIP != ([16]byte{}) {
					fd.Type, fd.Tuple.SIP = scapio.FDIPv4Server, unmap(a.tuple.SIP)
				}
			}
			fd.Role = Server
		}
	}
	x.m.path = evt.AppendAddr(x.m.path[:0], raw)
	fd.Name = x.m.intern(x.m.path)
}

const einprogress = -115

// connecting notes what older sysdigs showed of a connect that has not succeeded: the path it was asked for; where the
// capture holds no address, the socket's own end, or its number.
func (x *ctx) connecting() {
	legacy := ""
	fd := x.facts.FD
	switch a, ok := parseAddr(x.ev.Param(1)); {
	case ok && a.family == afUnix:
		legacy = x.m.intern(a.path)
	case ok || x.ev.N > 1:
		return
	case fd.Inet():
		c := *fd
		c.own()
		c.Tuple.DIP, c.Tuple.DPort = [16]byte{}, 0
		x.m.nameTuple(&c)
		legacy = c.Name
	default:
		legacy = strconv.FormatInt(fd.Num, 10)
	}
	if legacy != fd.Legacy {
		x.editFD(fd).Legacy = legacy
		x.named = true
	}
}

func connect(x *ctx) {
	fd := x.facts.FD
	ret := x.ret()
	if x.t == nil || fd == nil || (ret < 0 && ret != einprogress) {
		return
	}
	fd = x.editFD(fd)
	fd.Connected, fd.Legacy = true, ""
	var entered address
	has := false
	if x.enter != nil && x.enter.N > 1 {
		entered, has = parseAddr(x.enter.Param(1))
	}
	if !has {
		entered, has = parseAddr(x.a.Param(3))
	}
	raw := x.a.Param(1)
	a, ok := parseTuple(raw)
	if !ok {
		if has && (entered.family == afInet || entered.family == afInet6) {
			if entered.family == afInet6 && fd.Inet() {
				fd.Type = scapio.FDIPv6
			} else if fd.Inet() && fd.Type == scapio.FDIPv4 {
				fd.Type = scapio.FDIPv4
			}
			fd.Tuple.DIP, fd.Tuple.DPort = entered.tuple.SIP, entered.tuple.SPort
		}
		return
	}
	switch a.family {
	case afInet, afInet6:
		server := fd.InetServer()
		a.flatten()
		if has && a.family == afInet && entered.family == afInet6 && evt.Mapped(entered.tuple.SIP[:]) {
			entered.family, entered.tuple.SIP = afInet, unmap(entered.tuple.SIP)
		}
		if has && entered.family == a.family { // the kernel's own idea of it may lag behind
			a.tuple.DIP, a.tuple.DPort = entered.tuple.SIP, entered.tuple.SPort
		}
		fd.Type = scapio.FDIPv4
		if a.family == afInet6 {
			fd.Type = scapio.FDIPv6
		}
		if server {
			fd.Tuple = Tuple{}
		}
		if fd.setTuple(a.tuple) && fd.Role == Server && fd.L4 == L4UDP {
			fd.Tuple = fd.Tuple.swapped()
		}
		x.m.nameTuple(fd)
	case afUnix:
		fd.Src, fd.Dst = a.src, a.dst
		x.m.tupleText(fd, raw)
	}
	if fd.Role == NoRole {
		fd.Role = Client
	}
}

func accept(flags int) func(*ctx) {
	return func(x *ctx) {
		num := x.ret()
		raw := x.a.Param(1)
		if x.t == nil || num < 0 {
			return
		}
		a, ok := parseTuple(raw)
		if !ok {
			return
		}
		fd := &FD{Role: Server, Connected: true, Object: &Object{}}
		switch a.family {
		case afInet, afInet6:
			a.flatten()
			fd.Type, fd.L4, fd.Tuple = scapio.FDIPv4, L4TCP, a.tuple
			if a.family == afInet6 {
				fd.Type = scapio.FDIPv6
			}
		case afUnix:
			fd.Type, fd.Src, fd.Dst = scapio.FDUnix, a.src, a.dst
		}
		if flags >= 0 && x.uint(flags)&cloexec != 0 {
			fd.OpenFlags = cloexec
		}
		x.m.tupleText(fd, raw)
		x.addFD(num, fd)
	}
}

// transfer handles calls that move bytes: tuple is the index of their tuple parameter, -1 for those without.
func transfer(incoming bool, tuple int) func(*ctx) {
	return func(x *ctx) {
		if x.t == nil || x.ret() < 0 {
			return
		}
		fd := x.facts.FD
		var raw []byte
		if tuple >= 0 {
			raw = x.a.Param(tuple)
		}
		if fd == nil {
			if incoming || len(raw) == 0 || x.t.lastFD < 0 {
				return
			}
			a, ok := parseTuple(raw)
			if !ok || a.family == afUnix {
				return
			}
			domain := int64(afInet)
			if a.family == afInet6 {
				domain = afInet6
			}
			fd = socketFD(domain, 2, 17)
			x.addFD(x.t.lastFD, fd)
		}
		if fd.Inet() && !fd.Connected {
			fd = x.editFD(fd)
			fd.Connected = true
		}
		if len(raw) == 0 || (fd.Name != "" && fd.Type == scapio.FDIPv4 && fd.L4 == L4TCP) {
			return
		}
		x.updateTuple(fd, raw, incoming)
	}
}

func (x *ctx) updateTuple(fd *FD, raw []byte, incoming bool) {
	a, ok := parseTuple(raw)
	if !ok {
		return
	}
	c := *fd // tried on a copy: most datagrams change nothing
	x.m.tried = *fd.Object
	c.Object = &x.m.tried
	changed := false
	if a.family == afUnix {
		c.Type, c.Src, c.Dst = scapio.FDUnix, a.src, a.dst
		if c.Role == NoRole {
			c.Role = x.guess(&c, incoming)
		}
		x.m.tupleText(&c, raw)
		if !c.same(fd) {
			*x.editFD(fd) = x.placed(c)
		}
		return
	}
	a.flatten()
	switch { // a descriptor whose socket call was not seen is what its traffic shows
	case a.family == afInet && !c.InetServer():
		c.Type = scapio.FDIPv4
	case a.family == afInet6 && c.Type == scapio.FDIPv4:
		c.Type = scapio.FDIPv6
	}
	changed = c.setTuple(a.tuple)
	if c.L4 == L4Unknown {
		c.L4 = L4UDP
	}
	x.m.patch(&c)
	if changed {
		if c.Role == NoRole {
			c.Role = x.guess(&c, incoming)
		}
		if (incoming && c.Role == Client) || (!incoming && c.Role == Server) {
			c.Tuple = c.Tuple.swapped()
		}
		if c.Inet() {
			x.m.nameTuple(&c)
		} else {
			x.m.tupleText(&c, raw)
		}
	}
	if !c.same(fd) {
		*x.editFD(fd) = x.placed(c)
	}
}

// placed returns c with the row and origin that editFD has just given its new version.
func (x *ctx) placed(c FD) FD {
	c.Row, c.From = x.facts.FD.Row, x.facts.FD.From
	c.own()
	return c
}

// guess tells the side of a datagram socket from the other sockets of its process (STATE_ENGINE §7).
func (x *ctx) guess(fd *FD, incoming bool) Role {
	tab := x.m.table(x.t)
	// The socket itself counts among them, with the ends it has now, as in libsinsp.
	self := fd.Type == scapio.FDIPv4
	usesDst, usesSrc := self, self
	if tab != nil && !self {
		tab.each(x.m.now, func(_ int64, o *FD) bool {
			switch o.Type {
			case scapio.FDIPv4:
				usesDst = usesDst || o.Tuple.DPort == fd.Tuple.DPort
				usesSrc = usesSrc || o.Tuple.SPort == fd.Tuple.SPort
			case scapio.FDIPv4Server:
				usesDst = usesDst || o.Tuple.SPort == fd.Tuple.DPort
			}
			return true
		})
	}
	switch {
	case !usesDst:
		return Client
	case !usesSrc, incoming:
		return Server
	}
	return Client
}

// patch fills in the end that is all zero from the machine's interfaces, when exactly one is.
func (m *Machine) patch(fd *FD) {
	if !fd.Inet() {
		return
	}
	var none [16]byte
	t := &fd.Tuple
	switch sz, dz := t.SIP == none, t.DIP == none; {
	case sz && !dz:
		if ip := m.localFor(t.DIP, fd.V6()); ip != t.DIP || t.SPort != t.DPort {
			t.SIP = ip
		}
	case dz && !sz:
		if ip := m.localFor(t.SIP, fd.V6()); ip != t.SIP || t.SPort != t.DPort {
			t.DIP = ip
		}
	}
}

// localFor returns the address of this machine that would talk to ip: itself, one of its subnet, the first that is
// not loopback, else zero.
func (m *Machine) localFor(ip [16]byte, v6 bool) (best [16]byte) {
	for _, i := range m.Interfaces {
		if i.V6 == v6 && i.Addr == ip {
			return ip
		}
	}
	for _, i := range m.Interfaces {
		if i.V6 != v6 {
			continue
		}
		if v6 {
			if bytes.Equal(i.Addr[:8], ip[:8]) {
				return i.Addr
			}
			continue
		}
		same := true
		for k := range 4 {
			same = same && i.Addr[k]&i.Mask[k] == ip[k]&i.Mask[k]
		}
		if same {
			return i.Addr
		}
	}
	for _, i := range m.Interfaces {
		if i.V6 == v6 && i.Name != "lo" && !loopback(i.Addr, v6) {
			return i.Addr
		}
	}
	return best
}

func loopback(ip [16]byte, v6 bool) bool {
	if v6 {
		return ip == [16]byte{15: 1}
	}
	return ip[0] == 127
}

// Local reports whether ip is an address of this machine: one of an interface, for IPv6 one of the same /64.
func (m *Machine) Local(ip [16]byte, v6 bool) bool {
	for _, i := range m.Interfaces {
		if i.V6 != v6 {
			continue
		}
		if i.Addr == ip || (v6 && bytes.Equal(i.Addr[:8], ip[:8])) {
			return true
		}
	}
	return false
}
