package evt

import (
	"encoding/binary"
	"strconv"
)

// Address families of PT_SOCKADDR and PT_SOCKTUPLE values.
const (
	familyUnix = 1
	familyIPv4 = 2
	familyIPv6 = 10
)

// AppendIPv4 appends the dotted quad of the four bytes at ip.
func AppendIPv4(dst, ip []byte) []byte {
	_ = ip[3]
	for i, c := range ip[:4] {
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = appendByte(dst, c)
	}
	return dst
}

func appendByte(dst []byte, c byte) []byte {
	if c >= 100 {
		dst = append(dst, '0'+c/100, '0'+c/10%10, '0'+c%10)
	} else if c >= 10 {
		dst = append(dst, '0'+c/10, '0'+c%10)
	} else {
		dst = append(dst, '0'+c)
	}
	return dst
}

// AppendIPv6 appends the text inet_ntop gives the sixteen bytes at ip: the longest run of two or more zero groups
// becomes "::", and mapped or compatible IPv4 addresses end in a dotted quad.
func AppendIPv6(dst, ip []byte) []byte {
	var g [8]uint16
	for i := range g {
		g[i] = binary.BigEndian.Uint16(ip[2*i:])
	}
	best, length := -1, 1
	for i := 0; i < 8; i++ {
		j := i
		for j < 8 && g[j] == 0 {
			j++
		}
		if j-i > length {
			best, length = i, j-i
		}
		i = max(i, j-1)
	}
	for i := 0; i < 8; i++ {
		if i == best {
			dst = append(dst, ':')
			if i+length == 8 {
				return append(dst, ':')
			}
			i += length - 1
			continue
		}
		if i > 0 {
			dst = append(dst, ':')
		}
		if i == 6 && best == 0 && (length == 6 || length == 5 && g[5] == 0xffff) {
			return AppendIPv4(dst, ip[12:])
		}
		dst = strconv.AppendUint(dst, uint64(g[i]), 16)
	}
	return dst
}

// Mapped reports whether the sixteen bytes at ip are an IPv4-mapped address, or the unspecified one, which libsinsp
// takes for such. The IPv4 address is in the last four.
func Mapped(ip []byte) bool {
	return string(ip[:10]) == string(zeros[:10]) &&
		(ip[10] == 0xff && ip[11] == 0xff || string(ip[10:16]) == string(zeros[:6]))
}

// AppendIPPort appends "address:port" for an address of 4 or 16 bytes. IPv6 addresses have no brackets.
func AppendIPPort(dst, ip []byte, port uint16) []byte {
	if len(ip) == 4 {
		dst = AppendIPv4(dst, ip)
	} else {
		dst = AppendIPv6(dst, ip)
	}
	dst = append(dst, ':')
	return AppendUint(dst, uint64(port))
}

// AppendAddr appends the text of a PT_SOCKADDR value: "1.2.3.4:80", a unix path, or "family 16".
func AppendAddr(dst, v []byte) []byte {
	switch {
	case len(v) == 0:
		return dst
	case v[0] == familyUnix:
		s, _ := Str(v[1:])
		return TrimUnprintable(dst, s)
	case v[0] == familyIPv4 && len(v) == 7:
		return AppendIPPort(dst, v[1:5], binary.LittleEndian.Uint16(v[5:]))
	case v[0] == familyIPv6 && len(v) == 19:
		return AppendIPPort(dst, v[1:17], binary.LittleEndian.Uint16(v[17:]))
	}
	return appendFamily(dst, v[0])
}

// AppendTuple appends the text of a PT_SOCKTUPLE value: "1.2.3.4:4000->5.6.7.8:80", for unix sockets
// "SOURCE->DEST path" with both kernel pointers in hex, or "family 16".
func AppendTuple(dst, v []byte) []byte {
	switch {
	case len(v) == 0:
		return dst
	case v[0] == familyUnix && len(v) >= 17:
		dst = strconv.AppendUint(dst, binary.LittleEndian.Uint64(v[1:]), 16)
		dst = append(dst, "->"...)
		dst = strconv.AppendUint(dst, binary.LittleEndian.Uint64(v[9:]), 16)
		dst = append(dst, ' ')
		s, _ := Str(v[17:])
		return TrimUnprintable(dst, s)
	case v[0] == familyIPv4 && len(v) == 13:
		return appendEnds(dst, v[1:5], v[5:7], v[7:11], v[11:13])
	case v[0] == familyIPv6 && len(v) == 37:
		src, dest := v[1:17], v[19:35]
		if Mapped(src) && Mapped(dest) {
			src, dest = src[12:], dest[12:]
		}
		return appendEnds(dst, src, v[17:19], dest, v[35:37])
	}
	return appendFamily(dst, v[0])
}

func appendEnds(dst, sip, sport, dip, dport []byte) []byte {
	dst = AppendIPPort(dst, sip, binary.LittleEndian.Uint16(sport))
	dst = append(dst, "->"...)
	return AppendIPPort(dst, dip, binary.LittleEndian.Uint16(dport))
}

func appendFamily(dst []byte, family byte) []byte {
	dst = append(dst, "family "...)
	return appendByte(dst, family)
}
