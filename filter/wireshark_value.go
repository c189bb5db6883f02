package filter

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/filter/field"
)

// constant is a literal of Wireshark's language as a value of the kind it is compared with.
type constant struct {
	v   field.Value
	net netip.Prefix // of kind IP
}

// constantOf reads a literal that is compared with values of a shape.
func constantOf(s shape, t *Term) (constant, *valueError) {
	switch s.kind {
	case field.String:
		return textConstant(t)
	case field.Bytes:
		return bytesConstant(t)
	case field.IP:
		return addressConstant(s, t)
	case field.Bool:
		return truthConstant(t)
	case field.Time, field.Duration:
		if s.typ == "moment" || s.typ == "seconds" {
			return timeConstant(s, t)
		}
	case field.Float:
		if f, err := strconv.ParseFloat(t.Text, 64); t.Form == Bare && err == nil && f == f {
			return constant{v: field.Value{Kind: field.Float, U: math.Float64bits(f)}}, nil
		}
		return constant{}, notNumber(t)
	}
	return numberConstant(t)
}

// number reports whether the literal is a bare number.
func (t *Term) number() bool {
	_, err := parseNumber(t.Text)
	return t.Form == Bare && err == nil
}

var errUnderscore = errors.New("a number has no underscores")

// parseNumber reads a decimal, hexadecimal, octal or binary number with a sign.
func parseNumber(s string) (field.Value, error) {
	digits, neg := strings.TrimPrefix(s, "+"), strings.HasPrefix(s, "-")
	if neg {
		digits = s[1:]
	}
	if strings.ContainsAny(digits, "_+-oO") {
		return field.Value{}, errUnderscore
	}
	n, err := strconv.ParseUint(digits, 0, 64)
	switch {
	case err != nil:
		return field.Value{}, err
	case neg && n > 1<<63:
		return field.Value{}, strconv.ErrRange
	case neg && n > 0:
		return field.Value{Kind: field.Int, U: -n}, nil
	}
	return field.Value{Kind: field.Uint, U: n}, nil
}

func notNumber(t *Term) *valueError {
	e := wrong("%q is no number", t.Text)
	if t.Form != Bare && t.Form != CharConst {
		e = wrong("numbers stand without quotes")
		if _, err := parseNumber(t.Text); err == nil {
			e.fixes = []string{t.Text}
		}
	}
	return e
}

func numberConstant(t *Term) (constant, *valueError) {
	if t.Form == CharConst {
		return constant{v: field.Value{Kind: field.Uint, U: uint64(t.Text[0])}}, nil
	}
	if t.Form != Bare {
		return constant{}, notNumber(t)
	}
	v, err := parseNumber(t.Text)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return constant{}, wrong("%s is larger than any number of 64 bits", t.Text)
	case err != nil:
		if f, e := strconv.ParseFloat(t.Text, 64); e == nil {
			fix := wrong("%s has a fraction, which no value of this field has", t.Text)
			fix.fixes = []string{strconv.FormatInt(int64(f), 10)}
			return constant{}, fix
		}
		return constant{}, notNumber(t)
	}
	return constant{v: v}, nil
}

func textConstant(t *Term) (constant, *valueError) {
	if t.number() {
		e := wrong("a text stands in double quotes")
		e.fixes = []string{InQuotes(t.Text)}
		return constant{}, e
	}
	return constant{v: field.Value{Kind: field.String, B: []byte(t.Text)}}, nil
}

func truthConstant(t *Term) (constant, *valueError) {
	truth := field.Value{Kind: field.Bool}
	switch s := strings.ToLower(t.Text); {
	case s == "true" && t.Form != CharConst:
		truth.U = 1
	case s == "false" && t.Form != CharConst:
	case t.number():
		if v, _ := parseNumber(t.Text); v.U != 0 {
			truth.U = 1
		}
	default:
		e := wrong("%q is neither True (1) nor False (0)", t.Text)
		e.fixes = []string{"1", "0"}
		switch s {
		case "yes", "on":
			e.fixes = []string{"1"}
		case "no", "off":
			e.fixes = []string{"0"}
		}
		return constant{}, e
	}
	return constant{v: truth}, nil
}

// bytesConstant reads pairs of hexadecimal digits, with or without one of : - . between them; a number of one byte; or a
// text.
func bytesConstant(t *Term) (constant, *valueError) {
	of := func(b []byte) (constant, *valueError) {
		return constant{v: field.Value{Kind: field.Bytes, B: b}}, nil
	}
	if t.Form != Bare {
		return of([]byte(t.Text))
	}
	digits := t.Text
	for _, sep := range []string{":", "-", "."} {
		if parts := strings.Split(t.Text, sep); len(parts) > 1 {
			digits = ""
			for _, s := range parts {
				if len(s) == 1 {
					s = "0" + s
				}
				digits += s
			}
		}
	}
	if b, err := hex.DecodeString(digits); err == nil && len(b) > 0 {
		return of(b)
	}
	if v, err := parseNumber(t.Text); err == nil && v.Kind == field.Uint && v.U < 256 {
		return of([]byte{byte(v.U)})
	}
	e := wrong("%q is neither bytes such as 7f:45:4c:46 nor a text in double quotes", t.Text)
	e.fixes = []string{InQuotes(t.Text)}
	return constant{}, e
}

func addressConstant(s shape, t *Term) (constant, *valueError) {
	var c constant
	var err error
	if strings.Contains(t.Text, "/") {
		c.net, err = netip.ParsePrefix(t.Text)
	} else {
		var a netip.Addr
		if a, err = netip.ParseAddr(t.Text); err == nil {
			c.net = netip.PrefixFrom(a, a.BitLen())
		}
	}
	switch a := c.net.Addr(); {
	case err != nil || a.Zone() != "":
		return c, wrong("%q is neither an address nor a network such as 10.0.0.0/8", t.Text)
	case t.Form != Bare:
		e := wrong("addresses stand without quotes")
		e.fixes = []string{t.Text}
		return c, e
	case s.typ == "ipv4addr" && !a.Is4():
		return c, wrong("this field holds IPv4 addresses; its sister .v6 holds the others")
	case s.typ == "ipv6addr" && a.Is4():
		return c, wrong("this field holds IPv6 addresses; its sister .v4 holds the others")
	}
	c.v = field.Value{Kind: field.IP, B: c.net.Addr().AsSlice()}
	c.net = c.net.Masked()
	return c, nil
}

// moments are the forms in which dates may be written.
var moments = []string{
	"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05 MST", "Jan _2, 2006 15:04:05",
}

// timeConstant reads seconds with a fraction, or a date of UTC.
func timeConstant(s shape, t *Term) (constant, *valueError) {
	if ns, ok := parseSeconds(t.Text); ok && t.Form == Bare {
		return constant{v: ns}, nil
	}
	if s.typ == "moment" && t.Form != CharConst {
		for _, layout := range moments {
			if at, err := time.ParseInLocation(layout, t.Text, time.UTC); err == nil && at.Year() >= 1970 && at.Year() < 2262 {
				return constant{v: field.Value{Kind: field.Uint, U: uint64(at.UnixNano())}}, nil
			}
		}
		return constant{}, wrong(`%q is no time such as "2026-01-31 10:00:00"`, t.Text)
	}
	return constant{}, wrong("%q is no number of seconds", t.Text)
}

// parseSeconds reads seconds with at most nine decimals as nanoseconds.
func parseSeconds(s string) (field.Value, bool) {
	digits, neg := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || n > math.MaxInt64/1_000_000_000 || len(part) > 9 {
		return field.Value{}, false
	}
	f := uint64(0)
	if part != "" {
		if f, err = strconv.ParseUint((part + "000000000")[:9], 10, 64); err != nil {
			return field.Value{}, false
		}
	}
	if n = n*1e9 + f; neg {
		return field.Value{Kind: field.Int, U: -n}, true
	}
	return field.Value{Kind: field.Uint, U: n}, true
}

// unsupported are parts of PCRE2's expressions that the engine here, which never backtracks, cannot match.
var unsupported = []struct{ text, what string }{
	{"(?=", "a look ahead"},
	{"(?!", "a look ahead"},
	{"(?<=", "a look behind"},
	{"(?<!", "a look behind"},
	{"(?>", "an atomic group"},
	{"(?|", "a branch reset"},
	{"(?(", "a condition"},
	{"(?R", "a recursion"},
	{"(?&", "a recursion"},
	{"(?#", "a comment"},
	{"(*", "a verb"},
	{`\K`, `\K`},
	{`\R`, `\R`},
	{`\X`, `\X`},
	{`\G`, `\G`},
	{`\Z`, `\Z`},
	{`\h`, `\h`},
	{`\H`, `\H`},
	{`\N`, `\N`},
	{`\k`, "a back reference"},
	{`\g`, "a back reference"},
	{"++", "a possessive repetition"},
	{"*+", "a possessive repetition"},
	{"?+", "a possessive repetition"},
	{"}+", "a possessive repetition"},
}

// compileMatches reads a regular expression that is looked for anywhere in a text, whatever the case.
func compileMatches(text string) (*pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("it is longer than %d bytes", maxPattern)
	}
	tree, err := syntax.Parse(text, syntax.Perl|syntax.FoldCase)
	if err != nil {
		for _, u := range unsupported {
			if strings.Contains(text, u.text) {
				return nil, fmt.Errorf("%s is supported by Stratoshark, but not here", u.what)
			}
		}
		if i := strings.IndexByte(text, '\\'); i >= 0 && i+1 < len(text) && text[i+1] >= '1' && text[i+1] <= '9' {
			return nil, errors.New("a back reference is supported by Stratoshark, but not here")
		}
		return nil, err
	}
	lastLine(tree)
	re, err := regexp.Compile(tree.String())
	if err != nil {
		return nil, err
	}
	return &pattern{re: re, must: []byte(required(tree.Simplify()))}, nil
}

// lastLine lets $ also match before a newline that ends the text, as PCRE2 does.
func lastLine(re *syntax.Regexp) {
	for _, sub := range re.Sub {
		lastLine(sub)
	}
	if re.Op == syntax.OpEndText && re.Flags&syntax.WasDollar != 0 {
		newline := &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{'\n'}}
		end := &syntax.Regexp{Op: syntax.OpEndText}
		*re = syntax.Regexp{Op: syntax.OpConcat, Sub: []*syntax.Regexp{{Op: syntax.OpQuest, Sub: []*syntax.Regexp{newline}}, end}}
	}
}
