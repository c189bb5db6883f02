package evt

import (
	"strconv"
	"time"

	"github.com/scapls/scapls/scapio/evtable"
)

// Style says how parameters are printed. The zero value is sysdig 0.41 in UTC.
type Style struct {
	// BufLimit is the number of characters a byte buffer may take; 0 means DefaultBufLimit, less than 0 no limit.
	BufLimit int
	// Legacy prints as sysdig 0.36 did, the last release that shows both halves of a call: an address of no bytes is
	// NULL where later releases print <NA>, and flags that got their names later have none.
	Legacy bool
	// Loc is the zone of absolute times; nil means UTC.
	Loc *time.Location
}

// DefaultBufLimit is sysdig's limit for byte buffers.
const DefaultBufLimit = 80

var defaultStyle Style

// AppendArgs appends what evt.args shows: every parameter as name=text, with a blank between them. Generic events have
// none. n may be nil: then numbers stay numbers. st may be nil.
func AppendArgs(dst []byte, a *Args, n Names, st *Style) []byte {
	if a.Type != nil && a.Type.ID <= evtable.GenericX {
		return dst
	}
	if st == nil {
		st = &defaultStyle
	}
	for i := range a.N {
		label := ""
		if a.Type != nil && i < len(a.Type.Params) {
			label = a.Type.Params[i].Label
		}
		switch {
		case label == "":
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(AppendName(dst, a, i), '=')
		case i == 0:
			dst = append(dst, label[1:]...)
		default:
			dst = append(dst, label...)
		}
		dst = AppendParam(dst, a, i, n, st)
	}
	return dst
}

// AppendName appends the name of parameter i, "arg3" for one the table does not know.
func AppendName(dst []byte, a *Args, i int) []byte {
	if a.Type != nil && i < len(a.Type.Params) {
		return append(dst, a.Type.Params[i].Name...)
	}
	dst = append(dst, "arg"...)
	return AppendInt(dst, int64(i))
}

// AppendParam appends the text of parameter i, with what it resolves to in parentheses: "3(<f>/etc/passwd)".
func AppendParam(dst []byte, a *Args, i int, n Names, st *Style) []byte {
	dst, at := ParamParts(dst, a, i, n, st)
	if at == len(dst) {
		return dst
	}
	dst = append(dst, ' ', ')')
	copy(dst[at+1:], dst[at:len(dst)-2])
	dst[at] = '('
	return dst
}

// AppendArg appends what evt.arg shows: what parameter i resolves to, its plain text when it resolves to nothing.
func AppendArg(dst []byte, a *Args, i int, n Names, st *Style) []byte {
	start := len(dst)
	dst, at := ParamParts(dst, a, i, n, st)
	if at == len(dst) {
		return dst
	}
	return dst[:start+copy(dst[start:], dst[at:])]
}

// ParamParts appends the plain text of parameter i and, from index at of the result on, what it resolves to; at is the
// length of the result when it resolves to nothing. A parameter the table does not know is printed as hex digits,
// cut like a byte buffer.
func ParamParts(dst []byte, a *Args, i int, n Names, st *Style) (out []byte, at int) {
	if st == nil {
		st = &defaultStyle
	}
	v := a.Param(i)
	if a.Type == nil || i >= len(a.Type.Params) {
		dst = appendRaw(dst, v, st)
		return dst, len(dst)
	}
	p := &a.Type.Params[i]
	pt, format := p.Type, p.Format
	if pt == evtable.PTDyn && len(v) > 0 {
		if int(v[0]) >= len(p.Dyn) {
			dst = append(dst, "INVALID DYNAMIC PARAMETER"...)
			return dst, len(dst)
		}
		pt, format = p.Dyn[v[0]].Type, p.Dyn[v[0]].Format
		v = v[1:]
	}
	t := text{dst: dst, at: -1, a: a, p: p, n: n, st: st}
	if len(v) == 0 {
		t.dst = appendEmpty(t.dst, pt, st)
		return t.dst, len(t.dst)
	}
	t.render(pt, format, v)
	if t.at < 0 {
		t.at = len(t.dst)
	}
	return t.dst, t.at
}

// appendEmpty appends what a value of no bytes shows.
func appendEmpty(dst []byte, pt evtable.PT, st *Style) []byte {
	switch pt {
	case evtable.PTBytebuf, evtable.PTSocktuple, evtable.PTFdlist, evtable.PTCharbufarray, evtable.PTCharbufPairArray,
		evtable.PTDyn:
		return append(dst, "NULL"...)
	case evtable.PTSockaddr:
		if st.Legacy {
			return append(dst, "NULL"...)
		}
	}
	return append(dst, "<NA>"...)
}

func appendRaw(dst, v []byte, st *Style) []byte {
	const digits = "0123456789abcdef"
	v, dots := limit(v, st, 2)
	for _, c := range v {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return append(dst, dots...)
}

// limit cuts v to the buffer limit at width characters a byte, and returns what stands for the rest.
func limit(v []byte, st *Style, width int) (cut []byte, dots string) {
	n := st.BufLimit
	if n == 0 {
		n = DefaultBufLimit
	}
	if n < 0 || len(v)*width <= n {
		return v, ""
	}
	return v[:max(0, n-3)/width], "..."
}

// text is the work on one parameter.
type text struct {
	dst []byte
	at  int // where the resolved part begins; -1 while there is none
	a   *Args
	p   *evtable.Param
	n   Names
	st  *Style
}

// resolve marks that what follows is the resolved part.
func (t *text) resolve() { t.at = len(t.dst) }

func (t *text) word(s string) {
	if s != "" {
		t.resolve()
		t.dst = append(t.dst, s...)
	}
}

// render appends the text of a value that has at least one byte.
func (t *text) render(pt evtable.PT, format evtable.Format, v []byte) {
	switch pt {
	case evtable.PTCharbuf:
		if s, ok := Str(v); ok {
			t.dst = append(t.dst, s...)
		} else {
			t.dst = append(t.dst, "<NA>"...)
		}
	case evtable.PTFspath, evtable.PTFsrelpath:
		t.path(pt, v)
	case evtable.PTBytebuf:
		t.buffer(v)
	case evtable.PTSockaddr:
		t.dst = AppendAddr(t.dst, v)
	case evtable.PTSocktuple:
		t.dst = AppendTuple(t.dst, v)
	case evtable.PTFdlist:
		t.fdlist(v)
	case evtable.PTCharbufarray:
		t.strings(v, '.')
	case evtable.PTCharbufPairArray:
		t.strings(v, ',')
	case evtable.PTIpv4addr, evtable.PTIpv6addr, evtable.PTIpaddr:
		switch len(v) {
		case 4:
			t.dst = AppendIPv4(t.dst, v)
		case 16:
			t.dst = AppendIPv6(t.dst, v)
		default:
			t.dst = append(t.dst, "<NA>"...)
		}
	default:
		u, ok := Uint(v)
		if !ok {
			t.dst = appendRaw(t.dst, v, t.st)
			return
		}
		s, _ := Int(v)
		t.number(pt, format, s, u, len(v))
	}
}

// number appends the text of a value of 1, 2, 4 or 8 bytes, given with and without its sign.
func (t *text) number(pt evtable.PT, format evtable.Format, s int64, u uint64, width int) {
	switch pt {
	case evtable.PTFD, evtable.PTFD32:
		t.fd(s)
	case evtable.PTPID, evtable.PTPid32:
		t.dst = AppendInt(t.dst, s)
		if t.n != nil {
			if comm, ok := t.n.Comm(s); ok {
				t.resolve()
				t.dst = TrimUnprintable(t.dst, comm)
			}
		}
	case evtable.PTErrno:
		t.dst = AppendInt(t.dst, s) // whatever the format: mmap's hex is not honoured
		if s < 0 {
			t.word(errnoName(s))
		}
	case evtable.PTUID, evtable.PTGID:
		t.owner(pt, s, u)
	case evtable.PTFlags8, evtable.PTFlags16, evtable.PTFlags32, evtable.PTMode:
		if format == evtable.Oct {
			t.format(format, s, u)
		} else {
			t.dst = AppendUint(t.dst, u)
		}
		t.flags(uint32(u))
	case evtable.PTEnumflags8, evtable.PTEnumflags16, evtable.PTEnumflags32:
		t.dst = AppendUint(t.dst, u)
		t.enum(uint32(u))
	case evtable.PTSigtype:
		t.format(format, s, u)
		t.word(evtable.Signal(int(s)))
	case evtable.PTSyscallid:
		t.dst = AppendUint(t.dst, u)
		name, ok := evtable.SC(uint16(u))
		if !ok {
			name = "<unknown syscall>"
		}
		t.word(name)
	case evtable.PTReltime:
		t.duration(u)
	case evtable.PTAbstime:
		t.dst = AppendTime(t.dst, u, t.st.Loc)
	case evtable.PTPort:
		t.dst = AppendUint(t.dst, u)
	case evtable.PTSigset:
		t.sigset(uint32(u))
	case evtable.PTBool:
		t.dst = strconv.AppendBool(t.dst, u != 0)
	default:
		if format == evtable.Oct && width < 8 {
			u &= 1<<(8*width) - 1
		}
		t.format(format, s, u)
	}
}

// format appends a number in the format the event table asks for; s and u are the number with and without sign.
func (t *text) format(format evtable.Format, s int64, u uint64) {
	switch format {
	case evtable.Hex:
		t.dst = appendHex(t.dst, u)
	case evtable.Oct:
		t.dst = append(t.dst, '0')
		if u != 0 {
			t.dst = strconv.AppendUint(t.dst, u, 8)
		}
	case evtable.PaddedDec:
		for w := int64(100000000); w > 1 && s >= 0 && s < w; w /= 10 {
			t.dst = append(t.dst, '0')
		}
		t.dst = AppendInt(t.dst, s)
	default:
		t.dst = AppendInt(t.dst, s)
	}
}

// appendHex appends u in upper-case hex digits.
func appendHex(dst []byte, u uint64) []byte {
	const digits = "0123456789ABCDEF"
	shift := 60
	for shift > 0 && u>>shift == 0 {
		shift -= 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, digits[u>>shift&15])
	}
	return dst
}

// errnoName returns the name of the error a negative return value stands for, "" when it has none.
func errnoName(res int64) string {
	if res >= 0 || res < -1<<16 {
		return ""
	}
	return evtable.Errno(int(-res))
}

// AppendRes appends what evt.res shows for a return value: SUCCESS, the name of the error, or its number when it has no
// name.
func AppendRes(dst []byte, res int64) []byte {
	if res >= 0 {
		return append(dst, "SUCCESS"...)
	}
	if s := errnoName(res); s != "" {
		return append(dst, s...)
	}
	return AppendInt(dst, res)
}
