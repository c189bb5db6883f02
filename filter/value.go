package filter

import (
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evtable"
)

// shape is what a side of a comparison yields.
type shape struct {
	kind field.Kind
	typ  string // libsinsp's name of the type
	dyn  bool   // the parameter decides, event by event: kind is only what its first event has
}

// shapeOf returns the shape of a field with its transforms.
func shapeOf(e *field.Expr) shape {
	s := shape{kind: e.F.Kind(), typ: e.F.Type}
	switch {
	case e.F.Flags.Has(field.List):
		s = shape{kind: field.Elements, typ: "list"}
	case e.F.Name == "evt.rawarg":
		s = rawShape(e.Arg)
	}
	for _, t := range e.Chain {
		s.kind, s.dyn = t.Takes(s.kind), false
		s.typ = map[field.Kind]string{field.Uint: "uint64", field.String: "charbuf"}[s.kind]
	}
	return s
}

// rawShape returns the shape of evt.rawarg.NAME by the first event type that has the parameter, as libsinsp does.
func rawShape(name string) shape {
	for i := range evtable.Types {
		for _, p := range evtable.Types[i].Params {
			if p.Name == name {
				return shape{rawKind(p.Type), strings.ToLower(p.Type.String()), true}
			}
		}
	}
	return shape{typ: "dyn", dyn: true}
}

func rawKind(t evtable.PT) field.Kind {
	switch t {
	case evtable.PTBytebuf:
		return field.Bytes
	case evtable.PTBool:
		return field.Bool
	case evtable.PTReltime:
		return field.Duration
	case evtable.PTAbstime:
		return field.Time
	case evtable.PTPort:
		return field.Port
	case evtable.PTIpv4addr, evtable.PTIpv6addr, evtable.PTIpaddr:
		return field.IP
	case evtable.PTInt8, evtable.PTInt16, evtable.PTInt32, evtable.PTInt64, evtable.PTErrno, evtable.PTFD, evtable.PTFD32,
		evtable.PTPID, evtable.PTPid32:
		return field.Int
	}
	if n := t.Size(); n > 0 && n <= 8 {
		return field.Uint
	}
	return field.String
}

// allows reports whether the operator compares values of the kind (FILTER_LANG A3).
func allows(k field.Kind, op Op) bool {
	switch {
	case op == Exists, op == In, op == Intersects:
		return true
	case k == field.Elements:
		return false
	case op == Eq || op == Ne:
		return true
	case op.ordering():
		return k != field.Bool && k != field.Bytes && k != field.IP
	case k == field.Bytes:
		return op == Contains || op == StartsWith || op == EndsWith || op == BContains || op == BStartsWith
	}
	return k == field.String && op != BContains && op != BStartsWith
}

// kindWords name the kinds in messages.
var kindWords = map[field.Kind]string{
	field.Bool: "true or false", field.Int: "numbers", field.Uint: "numbers", field.Float: "numbers", field.String: "texts", field.Bytes: "bytes",
	field.Time: "times", field.Duration: "durations", field.IP: "addresses", field.Port: "ports", field.Elements: "lists",
}

// literal is a value ready to be compared.
type literal struct {
	text []byte // String, Bytes
	n    uint64 // numbers; the bits of a Float
	ok   bool   // n is one
	net  netip.Prefix
}

// number64 reads a decimal or hexadecimal number with a sign. Like libsinsp's it wraps at the width of its type.
func number64(s string) (uint64, error) {
	digits, neg := strings.TrimPrefix(s, "+"), false
	if strings.HasPrefix(s, "-") {
		digits, neg = s[1:], true
	}
	base := 10
	if strings.HasPrefix(digits, "0x") || strings.HasPrefix(digits, "0X") {
		digits, base = digits[2:], 16
	}
	n, err := strconv.ParseUint(digits, base, 64)
	if neg {
		n = -n
	}
	return n, err
}

// narrow cuts a number to the width of a type.
func narrow(n uint64, typ string) uint64 {
	switch typ {
	case "uint8", "flags8", "enumflags8", "sigtype", "l4proto", "sockfamily":
		return uint64(uint8(n))
	case "uint16", "flags16", "enumflags16", "port", "syscallid":
		return uint64(uint16(n))
	case "uint32", "flags32", "enumflags32", "mode", "uid", "gid", "bool":
		return uint64(uint32(n))
	case "int8":
		return uint64(int8(n))
	case "int16":
		return uint64(int16(n))
	case "int32", "fd32", "pid32":
		return uint64(int32(n))
	}
	return n
}

// valueError says why a text is no value of a kind, and what might be meant.
type valueError struct {
	msg   string
	fixes []string // texts to write instead
}

func (e *valueError) Error() string { return e.msg }

func wrong(format string, args ...any) *valueError {
	return &valueError{msg: fmt.Sprintf(format, args...)}
}

// compileValue reads a value that is compared with the shape by an operator.
func compileValue(s shape, op Op, text string) (literal, *valueError) {
	l := literal{text: []byte(text)}
	switch s.kind {
	case field.Bool:
		return boolLiteral(l, text)
	case field.Int, field.Uint, field.Time, field.Duration:
		n, err := number64(text)
		if err != nil {
			e := wrong("%q is no number", text)
			if d, err := time.ParseDuration(text); err == nil && s.kind == field.Duration {
				e = wrong("durations are numbers of nanoseconds")
				e.fixes = []string{strconv.FormatInt(d.Nanoseconds(), 10)}
			}
			return l, e
		}
		l.n, l.ok = narrow(n, s.typ), true
	case field.Float:
		return floatLiteral(l, text)
	case field.Port:
		n, err := number64(text)
		if err != nil {
			p, ok := services[text]
			if !ok {
				return l, wrong("%q is neither a port nor a known service", text)
			}
			n = uint64(p)
		}
		l.n, l.ok = n&0xFFFF, true
	case field.IP:
		return addressLiteral(l, s, text)
	case field.Bytes, field.String, field.Elements:
		if op == BContains || op == BStartsWith {
			b, err := hex.DecodeString(text)
			if err != nil {
				return l, wrong("%q takes pairs of hexadecimal digits, such as 7f454c46", op)
			}
			l.text = b
		}
	}
	return l, nil
}

func boolLiteral(l literal, text string) (literal, *valueError) {
	switch text {
	case "true":
		l.n = 1
	case "false":
	default:
		e := wrong("%q is neither true nor false", text)
		switch strings.ToLower(text) {
		case "1", "true", "yes":
			e.fixes = []string{"true"}
		case "0", "false", "no":
			e.fixes = []string{"false"}
		default:
			e.fixes = []string{"true", "false"}
		}
		return l, e
	}
	l.ok = true
	return l, nil
}

func addressLiteral(l literal, s shape, text string) (literal, *valueError) {
	if s.typ == "ipnet" {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			e := wrong("%q is no network, such as 10.0.0.0/8 or fe80::/10", text)
			if a, err := netip.ParseAddr(text); err == nil {
				e.fixes = []string{netip.PrefixFrom(a, a.BitLen()).String()}
			}
			return l, e
		}
		l.net = p.Masked()
		return l, nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		if _, err := netip.ParsePrefix(text); err == nil {
			return l, wrong("%q is a network: ask a field such as fd.net for it", text)
		}
		return l, wrong("%q is no IP address", text)
	}
	l.net = netip.PrefixFrom(a, a.BitLen())
	return l, nil
}

// holds reports whether an address of 4 or 16 bytes is in the network.
func (l *literal) holds(b []byte) bool {
	a, ok := netip.AddrFromSlice(b)
	return ok && l.net.Contains(a)
}

// services are the ports that have well-known names.
var services = map[string]uint16{
	"ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "time": 37, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69,
	"gopher": 70, "finger": 79, "http": 80, "kerberos": 88, "pop3": 110, "sunrpc": 111, "ntp": 123, "imap2": 143, "snmp": 161,
	"snmp-trap": 162, "bgp": 179, "ldap": 389, "https": 443, "microsoft-ds": 445, "syslog": 514, "ldaps": 636, "rsync": 873, "imaps": 993,
	"pop3s": 995, "openvpn": 1194, "ms-sql-s": 1433, "nfs": 2049, "mysql": 3306, "postgresql": 5432, "amqp": 5672, "x11": 6000,
	"http-alt": 8080,
}

// eventNames are the names evt.type may have: of events and of system calls.
var eventNames = sync.OnceValue(func() []string {
	list := []string{"packet"}
	for i := range evtable.Types {
		list = append(list, evtable.Types[i].Name)
	}
	for id := range uint16(1 << 10) {
		if s, ok := evtable.SC(id); ok {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
})

// EventNames returns the names of events and system calls, sorted: what evt.type may be.
func EventNames() []string { return slices.Clone(eventNames()) }

func knownEvent(s string) bool {
	_, ok := slices.BinarySearch(eventNames(), s)
	return ok
}

// pattern is a regular expression of RE2 in POSIX mode that must match the whole text.
type pattern struct {
	re   *regexp.Regexp
	must []byte // every match holds it
}

// maxPattern bounds the length of a regular expression.
const maxPattern = 4096

// compilePattern reads a regular expression. Parsing without Perl's extensions rejects what RE2::POSIX rejects; the
// anchors are put around what was parsed, since CompilePOSIX with ^ and $ would take lines for texts.
func compilePattern(text string) (*pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPattern)
	}
	tree, err := syntax.Parse(text, syntax.ClassNL)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(`\A(?:` + tree.String() + `)\z`)
	if err != nil {
		return nil, err
	}
	return &pattern{re, []byte(required(tree.Simplify()))}, nil
}

// required returns the longest text that stands in every match, as far as it is easily seen.
func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := required(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}

func floatLiteral(l literal, text string) (literal, *valueError) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != f {
		return l, wrong("%q is no number", text)
	}
	l.n, l.ok = math.Float64bits(f), true
	return l, nil
}
