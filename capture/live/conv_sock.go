package live

import (
	"encoding/binary"
	"slices"
)

const (
	afUnix  = 1
	afInet  = 2
	afInet6 = 10
)

// Offsets in struct sockinfo, see src/record.h of package bpf.
const (
	sockSk         = 0
	sockPeer       = 8
	sockFamily     = 16
	sockLPort      = 24
	sockRPort      = 26
	sockBacklog    = 28
	sockMaxBacklog = 32
	sockLAddr      = 36
	sockRAddr      = 52
	sockPathLen    = 68
	sockPeerLen    = 70
	sockPath       = 72
	sockInetSize   = 72
	sockUnixSize   = 72 + 2*108
)

func sockU32(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		if r.ret < 0 {
			return 0
		}
		return number(r, p.src, off, 4, 0)
	}
}

func queuePercent(_ *encoder, r *record, p *rule) uint64 {
	n, limit := number(r, p.src, sockBacklog, 4, 0), number(r, p.src, sockMaxBacklog, 4, 0)
	if r.ret < 0 || limit == 0 {
		return 0
	}
	return n * 100 / limit
}

// sockaddr makes PT_SOCKADDR of the address that a program gave.
func sockaddr(_ *encoder, r *record, p *rule, b []byte) []byte {
	a, _ := r.of(p.src, 0)
	family, ip, port := parseSockaddr(a)
	switch family {
	case 0:
		return b
	case afUnix:
		return append(append(append(b, afUnix), unixPath(a)...), 0)
	case afInet, afInet6:
		b = append(append(b, byte(family)), ip...)
		return binary.LittleEndian.AppendUint16(b, port)
	}
	return append(b, byte(family))
}

// parseSockaddr takes a socket address apart; the family is 0 when it is too short for its family.
func parseSockaddr(a []byte) (family uint16, ip []byte, port uint16) {
	if len(a) < 2 {
		return 0, nil, 0
	}
	family = binary.LittleEndian.Uint16(a)
	switch family {
	case afInet:
		if len(a) < 8 {
			return 0, nil, 0
		}
		return family, a[4:8], binary.BigEndian.Uint16(a[2:])
	case afInet6:
		if len(a) < 24 {
			return 0, nil, 0
		}
		return family, a[8:24], binary.BigEndian.Uint16(a[2:])
	}
	return family, nil, 0
}

// unixPath is the path of a unix address. That of an abstract one begins with a NUL, which readers cannot show.
func unixPath(a []byte) []byte {
	if len(a) <= 2 {
		return nil
	}
	path := a[2:]
	if path[0] == 0 {
		path = path[1:]
	}
	if i := slices.Index(path, 0); i >= 0 {
		path = path[:i]
	}
	return path[:min(len(path), 108)]
}

// tuple is the two ends of a socket.
type tuple struct {
	family       uint16
	lip, rip     []byte
	lport, rport uint16
	sk, peer     uint64
	path, rpath  []byte // of the own end, of the other
}

func (t *tuple) load(s []byte) bool {
	if len(s) < sockInetSize {
		return false
	}
	t.family = binary.LittleEndian.Uint16(s[sockFamily:])
	switch t.family {
	case afInet:
		t.lip, t.rip = s[sockLAddr:sockLAddr+4], s[sockRAddr:sockRAddr+4]
	case afInet6:
		t.lip, t.rip = s[sockLAddr:sockLAddr+16], s[sockRAddr:sockRAddr+16]
	case afUnix:
		if len(s) < sockUnixSize {
			return false
		}
		t.sk, t.peer = binary.LittleEndian.Uint64(s[sockSk:]), binary.LittleEndian.Uint64(s[sockPeer:])
		n, m := min(int(binary.LittleEndian.Uint16(s[sockPathLen:])), 108), min(int(binary.LittleEndian.Uint16(s[sockPeerLen:])), 108)
		t.path, t.rpath = trimPath(s[sockPath:sockPath+n]), trimPath(s[sockPath+108:sockPath+108+m])
		return true
	default:
		return false
	}
	t.lport, t.rport = binary.LittleEndian.Uint16(s[sockLPort:]), binary.LittleEndian.Uint16(s[sockRPort:])
	return true
}

func trimPath(p []byte) []byte {
	if len(p) > 0 && p[0] == 0 {
		p = p[1:]
	}
	if i := slices.Index(p, 0); i >= 0 {
		p = p[:i]
	}
	return p
}

// other fills in the far end of a socket that is not connected from the address that the program gave or got.
func (t *tuple) other(a []byte) {
	family, ip, port := parseSockaddr(a)
	switch {
	case family == 0 || family != t.family:
	case family == afUnix:
		if path := unixPath(a); len(path) > 0 {
			t.rpath = path
		}
	case t.rport == 0:
		t.rip, t.rport = ip, port
	}
}

// appendTo writes PT_SOCKTUPLE, from the own end to the other when out.
func (t *tuple) appendTo(b []byte, out bool) []byte {
	b = append(b, byte(t.family))
	if t.family == afUnix {
		from, to, path := t.sk, t.peer, t.rpath
		if !out {
			from, to, path = t.peer, t.sk, t.path
		}
		b = binary.LittleEndian.AppendUint64(b, from)
		b = binary.LittleEndian.AppendUint64(b, to)
		return append(append(b, path...), 0)
	}
	lip, lport, rip, rport := t.lip, t.lport, t.rip, t.rport
	if !out {
		lip, lport, rip, rport = rip, rport, lip, lport
	}
	b = binary.LittleEndian.AppendUint16(append(b, lip...), lport)
	return binary.LittleEndian.AppendUint16(append(b, rip...), rport)
}

func socktuple(r *record, p *rule, b, address []byte, out bool) []byte {
	s, _ := r.of(p.src, 0)
	var t tuple
	if !t.load(s) {
		return b
	}
	t.other(address)
	return t.appendTo(b, out)
}

const errInProgress = -115

// tupleOut is the tuple of connect and of the calls that send. A connect that failed has none.
func tupleOut(_ *encoder, r *record, p *rule, b []byte) []byte {
	if p.second == noSource && r.ret < 0 && r.ret != errInProgress {
		return b
	}
	a, _ := r.of(p.second, 0)
	return socktuple(r, p, b, a, true)
}

// tupleIn is the tuple of accept and of the calls that receive, when they did.
func tupleIn(_ *encoder, r *record, p *rule, b []byte) []byte {
	if r.ret < 0 {
		return b
	}
	a, _ := r.of(p.second, 0)
	return socktuple(r, p, b, a, false)
}

// The sections of a message behind its first: sum of the lengths, bytes, address, control data.
const (
	msgBytes   = 1
	msgAddress = 2
	msgControl = 3
)

func tupleOutMsg(e *encoder, r *record, p *rule, b []byte) []byte {
	a, _ := r.of(p.second, e.base+msgAddress)
	return socktuple(r, p, b, a, true)
}

func tupleInMsg(e *encoder, r *record, p *rule, b []byte) []byte {
	if r.ret < 0 {
		return b
	}
	a, _ := r.of(p.second, e.base+msgAddress)
	return socktuple(r, p, b, a, false)
}

func vectorBytes(e *encoder, r *record, p *rule, b []byte) []byte {
	data, _ := r.of(p.src, e.base+msgBytes)
	return append(b, data...)
}

func control(e *encoder, r *record, p *rule, b []byte) []byte {
	data, _ := r.of(p.src, e.base+msgControl)
	return append(b, data...)
}

// The alternatives of sockopt_dynamic_param.
const (
	optBytes = iota
	optErrno
	optU32
	optU64
	optTime
)

// sockopt makes the value of an option what its name says it is.
func sockopt(_ *encoder, r *record, p *rule, b []byte) []byte {
	v, _ := r.of(p.src, 0)
	name := sockoptNumber(uint32(r.args[1]), uint32(r.args[2]))
	switch {
	case name == 4 && len(v) >= 4: // SO_ERROR
		errno := int64(int32(binary.LittleEndian.Uint32(v)))
		return binary.LittleEndian.AppendUint64(append(b, optErrno), uint64(-errno))
	case (name == 20 || name == 21) && len(v) >= 16: // a struct timeval
		ns := binary.LittleEndian.Uint64(v)*1e9 + binary.LittleEndian.Uint64(v[8:])*1e3
		return binary.LittleEndian.AppendUint64(append(b, optTime), ns)
	case name == 53 && len(v) >= 8: // SO_COOKIE
		return append(append(b, optU64), v[:8]...)
	case isIntOption(name) && len(v) >= 4:
		return append(append(b, optU32), v[:4]...)
	}
	return append(append(b, optBytes), v...)
}

// isIntOption tells the options of sockets in general whose value is an int.
func isIntOption(name uint64) bool {
	switch name {
	case 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 19, 29, 30, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49:
		return true
	}
	return false
}
