package stream

import (
	"fmt"
	"net/netip"
	"strings"
)

var dnsTypes = map[int]string{
	1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 35: "NAPTR", 43: "DS", 48: "DNSKEY", 64: "SVCB", 65: "HTTPS", 255: "ANY",
}

var dnsCodes = [...]string{"", "format error", "server failure", "no such name", "not implemented", "refused"}

// dns names a message of DNS (RFC 1035 §4).
func dns(b []byte) string {
	t := take{b: b}
	t.u16() // its id
	flags, questions, answers := t.u16(), t.u16(), t.u16()
	t.n(4)
	if t.bad || questions == 0 || questions > 8 || flags>>11&15 > 5 {
		return ""
	}
	var asked []string
	for range questions {
		name, ok := dnsName(b, &t)
		kind := t.u16()
		if class := t.u16(); !ok || t.bad || class&0x7FFF != 1 && class != 255 {
			return ""
		}
		asked = append(asked, dnsType(kind)+" "+name)
	}
	s := strings.Join(asked, ", ")
	if flags&0x8000 == 0 {
		return printable("DNS question " + s)
	}
	s = "DNS answer " + s
	if code := flags & 15; code != 0 {
		if code < len(dnsCodes) {
			return printable(s + ": " + dnsCodes[code])
		}
		return printable(fmt.Sprintf("%s: error %d", s, code))
	}
	if list := dnsAnswers(b, &t, answers); list != "" {
		s += ": " + list
	}
	return printable(s)
}

// dnsAnswers lists the answers that were kept.
func dnsAnswers(b []byte, t *take, n int) string {
	var list []string
	for range min(n, 16) {
		if _, ok := dnsName(b, t); !ok {
			break
		}
		kind := t.u16()
		t.n(6)
		size := t.u16()
		rest := take{b: t.b}
		data := t.n(size)
		if t.bad {
			break
		}
		switch kind {
		case 1, 28:
			if ip, ok := netip.AddrFromSlice(data); ok {
				list = append(list, ip.String())
			}
		case 2, 5, 12:
			if name, ok := dnsName(b, &rest); ok {
				list = append(list, dnsType(kind)+" "+name)
			}
		default:
			list = append(list, dnsType(kind))
		}
	}
	return strings.Join(list, ", ")
}

func dnsType(n int) string {
	if s := dnsTypes[n]; s != "" {
		return s
	}
	return fmt.Sprintf("type %d", n)
}

// dnsName reads a name; b is the whole message, which compressed names point into.
func dnsName(b []byte, t *take) (string, bool) {
	var labels []string
	at, jumps := t, 0
	for {
		n := at.u8()
		switch {
		case at.bad:
			return "", false
		case n == 0:
			if len(labels) == 0 {
				return ".", true
			}
			return strings.Join(labels, "."), true
		case n < 64:
			labels = append(labels, string(at.n(n)))
		case n >= 192:
			to := n&63<<8 | at.u8()
			if jumps++; at.bad || jumps > 16 || to >= len(b) {
				return "", false
			}
			at = &take{b: b[to:]}
		default:
			return "", false
		}
		if at.bad || len(labels) > 127 {
			return "", false
		}
	}
}
