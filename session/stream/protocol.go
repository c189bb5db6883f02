package stream

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// A TLS library reads the header of a record, or little more, before it reads the rest.
const minHead, maxHead, maxBetween = 5, 11, 16

// Name returns what piece i of the stream is recognized as; b is what was kept of it. The head of a TLS record that was
// moved alone is taken together with the next piece of its direction. The cursor and c are scratch space.
func (s *Stream) Name(snap index.Snapshot, i int, b []byte, cur *index.Cursor, c *field.Ctx) string {
	if name := Recognize(b, s.ServerPort()); name != "" {
		return name
	}
	k := s.Chunks[i]
	for j := i - 1; j >= max(0, i-maxBetween); j-- {
		before := s.Chunks[j]
		if before.Write != k.Write || before.Peer != k.Peer {
			continue
		}
		if before.Size < minHead || before.Size > maxHead || int64(before.Kept) < before.Size {
			return ""
		}
		b = bytes.Clone(b) // the cursor may hold it
		head, err := Bytes(snap, before, cur, c)
		if err != nil {
			return ""
		}
		return hello(append(bytes.Clone(head), b...))
	}
	return ""
}

// Recognize names what a piece of a stream is, in a line: an HTTP request or answer, a DNS question or answer, a TLS
// hello. It returns "" for everything else, also where too little was kept to tell. port is the server's, 0 if there is
// none.
func Recognize(b []byte, port uint16) string {
	if s := http(b); s != "" {
		return s
	}
	if s := hello(b); s != "" {
		return s
	}
	switch port {
	case 53, 5353, 5355:
		if s := dns(b); s != "" {
			return s
		}
		if len(b) > 2 && int(b[0])<<8|int(b[1]) >= 12 { // over TCP a length stands before it
			return dns(b[2:])
		}
	}
	return ""
}

var httpMethods = []string{"GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"}

// http names a request or an answer of HTTP/1 (RFC 9112).
func http(b []byte) string {
	line, rest, _ := bytes.Cut(b[:min(len(b), 8192)], []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if bytes.HasPrefix(line, []byte("HTTP/1.")) {
		parts := strings.SplitN(string(line), " ", 3)
		if len(parts) < 2 || len(parts[1]) != 3 || strings.Trim(parts[1], "0123456789") != "" {
			return ""
		}
		s := "HTTP answer " + strings.Join(parts[1:], " ")
		if to := header(rest, "location"); to != "" {
			s += " to " + to
		}
		return printable(s)
	}
	method, target, ok := strings.Cut(string(line), " ")
	if !ok {
		return ""
	}
	known := false
	for _, m := range httpMethods {
		known = known || m == method
	}
	target, version, _ := strings.Cut(target, " ")
	if !known || version != "" && !strings.HasPrefix(version, "HTTP/1.") {
		return ""
	}
	if version == "" && len(line) < len(b) { // the line is whole, and says no version
		return ""
	}
	s := "HTTP request " + method + " " + target
	if host := header(rest, "host"); host != "" {
		s += " at " + host
	}
	return printable(s)
}

// header returns a field of the head of a message, "" when it is not there.
func header(b []byte, name string) string {
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			return ""
		}
		if k, v, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(k), name) {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}

// printable leaves what a line can show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == '\uFFFD' {
			return '·'
		}
		return r
	}, s)
}

// take is a cursor over bytes that lie about their lengths: after a short read it is empty and bad.
type take struct {
	b   []byte
	bad bool
}

func (t *take) n(n int) []byte {
	if n < 0 || n > len(t.b) {
		t.b, t.bad = nil, true
		return nil
	}
	out := t.b[:n]
	t.b = t.b[n:]
	return out
}

func (t *take) u8() int {
	if b := t.n(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (t *take) u16() int { return t.u8()<<8 | t.u8() }

// hello names a ClientHello or ServerHello of TLS (RFC 8446 §4.1), with the name of the server that is asked for.
func hello(b []byte) string {
	t := take{b: b}
	record, major, _ := t.u8(), t.u8(), t.u8()
	if t.bad || record != 22 || major != 3 {
		return ""
	}
	t.u16() // of the record
	kind := t.u8()
	t.n(3)
	version := t.u16()
	t.n(32)
	if t.bad || version>>8 != 3 {
		return ""
	}
	switch kind {
	case 1:
		return clientHello(&t, version)
	case 2:
		t.n(t.u8())
		t.n(3)
		each(&t, func(id int, e *take) {
			if id == 43 {
				version = e.u16()
			}
		})
		return "TLS server hello, " + tlsVersion(version)
	}
	return ""
}

func clientHello(t *take, version int) string {
	t.n(t.u8())
	t.n(t.u16())
	t.n(t.u8())
	name, protocols := "", []string(nil)
	each(t, func(id int, e *take) {
		switch id {
		case 0: // server_name (RFC 6066 §3)
			e.u16()
			if e.u8() == 0 {
				name = string(e.n(e.u16()))
			}
		case 16: // application layer protocols (RFC 7301)
			for list := (take{b: e.n(e.u16())}); len(list.b) > 0; {
				protocols = append(protocols, string(list.n(list.u8())))
			}
		case 43: // supported versions
			for list := (take{b: e.n(e.u8())}); len(list.b) > 1; {
				if v := list.u16(); v>>8 == 3 && v > version {
					version = v
				}
			}
		}
	})
	s := "TLS client hello, " + tlsVersion(version)
	if name != "" {
		s += ", for " + name
	}
	if len(protocols) > 0 {
		s += ", " + strings.Join(protocols, " or ")
	}
	return printable(s)
}

// each calls f for the extensions of a hello, as far as they were kept.
func each(t *take, f func(id int, e *take)) {
	size := t.u16()
	if size < len(t.b) {
		t.b = t.b[:size]
	}
	for len(t.b) >= 4 {
		id, n := t.u16(), t.u16()
		if n > len(t.b) {
			return
		}
		f(id, &take{b: t.n(n)})
	}
}

func tlsVersion(v int) string {
	if v == 0x300 {
		return "SSL 3.0"
	}
	return fmt.Sprintf("TLS 1.%d", v&0xFF-1)
}
