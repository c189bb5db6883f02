package filter

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/scapls/scapls/filter/field"
)

// bad reports whether a part of the term could not be read.
func (t *Term) bad() bool {
	if t.Kind == TermBad {
		return true
	}
	for _, x := range t.Args {
		if x.bad() {
			return true
		}
	}
	return false
}

// arithLevels are the arithmetic operators, the least binding first.
var arithLevels = [...][]string{{"&", "bitand", "bitwise_and"}, {"+", "-"}, {"*", "/", "%"}}

// arithOp returns the arithmetic operator at the position, "" when there is none.
func (p *wparser) arithOp() string {
	if word := p.text[p.pos:p.wwordEnd(p.pos)]; word != "" {
		if word == "bitand" || word == "bitwise_and" {
			return word
		}
		return ""
	}
	switch c := p.at(0); c {
	case '&':
		if p.at(1) != '&' {
			return "&"
		}
	case '+', '-', '*', '/', '%':
		return string(c)
	}
	return ""
}

// term reads a value with its arithmetic.
func (p *wparser) term(depth int) *Term { return p.arith(0, depth) }

func (p *wparser) arith(level, depth int) *Term {
	if level == len(arithLevels) {
		return p.unary(depth)
	}
	left := p.arith(level+1, depth)
	for {
		end := p.pos
		p.blanks()
		op := p.arithOp()
		found := false
		for _, s := range arithLevels[level] {
			found = found || op == s && op != ""
		}
		if !found {
			p.pos = end
			return left
		}
		t := &Term{Kind: TermBinary, Name: Span{p.pos, p.pos + len(op)}, Text: op}
		if op == "bitand" || op == "bitwise_and" {
			t.Text = "&"
		}
		p.pos += len(op)
		p.blanks()
		t.Args = []*Term{left, p.arith(level+1, depth)}
		t.At = Span{left.At.Start, p.pos}
		left = t
	}
}

func (p *wparser) unary(depth int) *Term {
	c := p.at(0)
	if c != '-' && c != '+' {
		return p.factor(depth)
	}
	if depth >= maxDepth {
		n := p.tooDeep()
		return &Term{At: n.Span()}
	}
	start := p.pos
	p.pos++
	if c == '-' && p.at(0) >= '0' && p.at(0) <= '9' { // a negative number
		t := p.word(start)
		return p.slices(t)
	}
	p.blanks()
	x := p.unary(depth + 1)
	if c == '+' {
		return &Term{At: Span{start, p.pos}, Kind: TermUnary, Name: Span{start, start + 1}, Text: "+", Args: []*Term{x}}
	}
	return &Term{At: Span{start, p.pos}, Kind: TermUnary, Name: Span{start, start + 1}, Text: "-", Args: []*Term{x}}
}

// factor reads a literal, a field, a call, braces or a reference, with its slices.
func (p *wparser) factor(depth int) *Term {
	start := p.pos
	if depth >= maxDepth {
		n := p.tooDeep()
		return &Term{At: n.Span()}
	}
	switch c := p.at(0); {
	case c == '"':
		return p.slices(p.wquoted())
	case (c == 'r' || c == 'R') && p.at(1) == '"':
		return p.slices(p.wraw())
	case c == '\'':
		return p.slices(p.char())
	case c == '{':
		return p.slices(p.braces(depth))
	case c == '$':
		return p.slices(p.reference())
	case c == '@':
		p.pos++
		t := p.factor(depth + 1)
		t.Raw, t.At.Start = true, start
		return t
	}
	if p.wwordEnd(p.pos) == p.pos {
		return p.noTerm()
	}
	return p.slices(p.word(start))
}

// noTerm says that no value begins at the position.
func (p *wparser) noTerm() *Term {
	at := Span{p.pos, p.wtokenEnd()}
	switch {
	case p.pos == len(p.text):
		p.fault(at, "a value is missing here")
		return &Term{At: at}
	case p.text[p.pos] == ')' || p.text[p.pos] == '}':
		at.End = at.Start
		p.fault(at, "a value is missing here")
		return &Term{At: at}
	case p.text[p.pos] == '/': // a path
		end := p.pos
		for end < len(p.text) && bare(p.text[end]) && p.text[end] != '}' {
			end++
		}
		at.End = end
		p.fault(at, "a path stands in double quotes here", Fix{"write it in quotes", at, InQuotes(p.text[at.Start:at.End])})
	default:
		if _, n := p.relOp(); n > 0 || p.text[p.pos] == '=' {
			at.End = at.Start
			p.fault(at, "a value is missing here")
			return &Term{At: at}
		}
		p.fault(at, fmt.Sprintf("%q is no value", p.text[at.Start:at.End]))
	}
	p.pos = at.End
	return &Term{At: at}
}

// word reads a name or a bare literal whose first byte is at start, which may lie before the position.
func (p *wparser) word(start int) *Term {
	end := p.wwordEnd(p.pos)
	if end < len(p.text) && p.text[end] == '/' && address(p.text[start:end]) { // a network
		digits := end + 1
		for digits < len(p.text) && p.text[digits] >= '0' && p.text[digits] <= '9' {
			digits++
		}
		if digits > end+1 {
			end = digits
		}
	}
	text := p.text[start:end]
	p.pos = end
	t := &Term{At: Span{start, end}, Kind: TermLiteral, Text: text}
	if start < end && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') {
		return t
	}
	if p.at(0) == '(' {
		return p.call(t)
	}
	name := strings.TrimPrefix(text, ".")
	r, err := field.ParseWireshark(name)
	if err == nil {
		t.Kind, t.Name, t.Expr.Ref, t.Text = TermField, t.At, r, ""
		return t
	}
	errors.As(err, &t.Err) // a field's name, if one must stand here
	return t
}

func address(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// call reads the arguments of a function.
func (p *wparser) call(t *Term) *Term {
	t.Kind, t.Name = TermCall, t.At
	open := p.pos
	p.pos++
	for {
		p.blanks()
		if p.at(0) == ')' || p.pos == len(p.text) {
			break
		}
		before := p.pos
		t.Args = append(t.Args, p.term(1))
		p.blanks()
		if p.at(0) == ',' {
			p.pos++
			continue
		}
		if p.at(0) != ')' || p.pos == before {
			break
		}
	}
	if p.at(0) == ')' {
		p.pos++
	} else {
		p.fault(Span{open, open + 1}, "this parenthesis is not closed", Fix{`insert ")"`, Span{p.pos, p.pos}, ")"})
		t.Args = append(t.Args, &Term{At: Span{p.pos, p.pos}})
	}
	t.At.End = p.pos
	return t
}

func (p *wparser) braces(depth int) *Term {
	start := p.pos
	p.pos++
	p.blanks()
	x := p.arith(0, depth+1)
	p.blanks()
	if p.at(0) == '}' {
		p.pos++
	} else {
		p.fault(Span{start, start + 1}, "this brace is not closed", Fix{`insert "}"`, Span{p.pos, p.pos}, "}"})
		return &Term{At: Span{start, p.pos}, Args: []*Term{x}}
	}
	return &Term{At: Span{start, p.pos}, Kind: TermGroup, Args: []*Term{x}}
}

// reference reads the name of a field whose value in the selected event is meant.
func (p *wparser) reference() *Term {
	start := p.pos
	p.pos++
	braced := p.at(0) == '{'
	if braced {
		p.pos++
	}
	end := p.wwordEnd(p.pos)
	t := &Term{Kind: TermReference, Name: Span{p.pos, end}}
	r, err := field.ParseWireshark(p.text[p.pos:end])
	t.Expr.Ref = r
	errors.As(err, &t.Err)
	p.pos = end
	if braced {
		if p.at(0) == '}' {
			p.pos++
		} else {
			p.fault(Span{start, start + 2}, "this brace is not closed", Fix{`insert "}"`, Span{p.pos, p.pos}, "}"})
			t.Kind = TermBad
		}
	}
	t.At = Span{start, p.pos}
	return t
}

// wquoted reads a text in double quotes.
func (p *wparser) wquoted() *Term {
	start := p.pos
	var b []byte
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; c {
		case '"':
			p.pos++
			return &Term{At: Span{start, p.pos}, Kind: TermLiteral, Text: string(b), Form: Quoted}
		case '\\':
			b = p.wescape(b)
		default:
			b = append(b, c)
		}
	}
	p.pos = len(p.text)
	p.fault(Span{start, start + 1}, "this quote does not end", Fix{`append "`, Span{p.pos, p.pos}, `"`})
	return &Term{At: Span{start, p.pos}}
}

// wescape reads what follows a backslash, and leaves the position on its last byte.
func (p *wparser) wescape(b []byte) []byte {
	at := Span{p.pos, min(p.pos+2, len(p.text))}
	if p.pos+1 == len(p.text) {
		return b
	}
	p.pos++
	c := p.text[p.pos]
	if i := strings.IndexByte(`abfnrtv\"'`, c); i >= 0 {
		return append(b, "\a\b\f\n\r\t\v\\\"'"[i])
	}
	width, base := 0, 16
	switch {
	case c == 'x':
		width = 2
	case c == 'u':
		width = 4
	case c == 'U':
		width = 8
	case c >= '0' && c <= '7':
		base = 8
		p.pos--
		for width < 3 && p.at(width+1) >= '0' && p.at(width+1) <= '7' {
			width++
		}
	}
	if width > 0 && p.pos+width < len(p.text) {
		if n, err := strconv.ParseUint(p.text[p.pos+1:p.pos+1+width], base, 32); err == nil && (c == 'u' || c == 'U' || n < 256) {
			p.pos += width
			if c == 'u' || c == 'U' {
				return utf8.AppendRune(b, rune(n))
			}
			return append(b, byte(n))
		}
	}
	if base == 8 {
		p.pos++
	}
	p.fault(at, fmt.Sprintf(`there is no escape \%c; a backslash itself is written \\, or r"…" around the text takes all as it is`, c),
		Fix{`write \\`, Span{at.Start, at.Start + 1}, `\\`})
	return append(b, '\\', c)
}

// wraw reads r"…": a backslash stands for itself, and keeps a quote from ending the text.
func (p *wparser) wraw() *Term {
	start := p.pos
	for p.pos += 2; p.pos < len(p.text); p.pos++ {
		switch p.text[p.pos] {
		case '"':
			p.pos++
			return &Term{At: Span{start, p.pos}, Kind: TermLiteral, Text: p.text[start+2 : p.pos-1], Form: RawQuoted}
		case '\\':
			p.pos++
		}
	}
	p.pos = len(p.text)
	p.fault(Span{start, start + 2}, "this quote does not end", Fix{`append "`, Span{p.pos, p.pos}, `"`})
	return &Term{At: Span{start, p.pos}}
}

// char reads a constant of one byte in single quotes.
func (p *wparser) char() *Term {
	start := p.pos
	var b []byte
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; c {
		case '\'':
			p.pos++
			at := Span{start, p.pos}
			if len(b) != 1 {
				p.fault(at, "single quotes hold one character; a text stands in double quotes", Fix{"write it in double quotes", at, InQuotes(string(b))})
				return &Term{At: at}
			}
			return &Term{At: at, Kind: TermLiteral, Text: string(b), Form: CharConst}
		case '\\':
			b = p.wescape(b)
		default:
			b = append(b, c)
		}
	}
	p.pos = len(p.text)
	p.fault(Span{start, start + 1}, "this quote does not end", Fix{"append '", Span{p.pos, p.pos}, "'"})
	return &Term{At: Span{start, p.pos}}
}

// slices reads the brackets and layer numbers behind a value.
func (p *wparser) slices(t *Term) *Term {
	for {
		switch {
		case p.at(0) == '#' && t.Kind == TermField:
			start := p.pos
			p.pos = max(p.wwordEnd(p.pos+1), p.pos+1)
			if p.at(0) == '[' {
				for p.pos < len(p.text) && p.at(0) != ']' {
					p.pos++
				}
				p.pos = min(p.pos+1, len(p.text))
			}
			at := Span{start, p.pos}
			p.fault(at, "an event has one layer: its number says nothing", Fix{"remove it", at, ""})
		case p.at(0) == '[' && t.Kind != TermBad:
			t = p.slice(t)
		default:
			return t
		}
	}
}

func (p *wparser) slice(x *Term) *Term {
	start := p.pos
	t := &Term{Kind: TermSlice, Args: []*Term{x}}
	for {
		p.pos++ // the bracket, the comma
		p.blanks()
		r, ok := p.sliceRange()
		if !ok {
			break
		}
		t.Ranges = append(t.Ranges, r)
		p.blanks()
		if p.at(0) != ',' {
			break
		}
	}
	if p.at(0) != ']' {
		end := p.pos
		for end < len(p.text) && bare(p.text[end]) && p.text[end] != ']' {
			end++
		}
		p.pos = end
		if p.at(0) == ']' {
			p.pos++
			at := Span{start, p.pos}
			var fixes []Fix
			if arg := strings.Trim(p.text[start+1:p.pos-1], `"' `); x.Err != nil && arg != "" {
				fixes = []Fix{{"write ." + arg, at, "." + arg}}
			}
			p.fault(at, "a bracket holds a part of a value here: [first:length], [first-last], [first:] or [:length]", fixes...)
		} else {
			p.fault(Span{start, start + 1}, "this bracket is not closed", Fix{`insert "]"`, Span{p.pos, p.pos}, "]"})
		}
		return &Term{At: Span{x.At.Start, p.pos}, Args: []*Term{x}}
	}
	p.pos++
	t.At = Span{x.At.Start, p.pos}
	return t
}

// sliceRange reads i, i:n, i-j, i: or :n.
func (p *wparser) sliceRange() (SliceRange, bool) {
	r := SliceRange{At: Span{p.pos, p.pos}, Len: 1}
	var ok bool
	if p.at(0) != ':' {
		if r.From, ok = p.integer(); !ok {
			return r, false
		}
	}
	p.blanks()
	switch c := p.at(0); c {
	case ':':
		p.pos++
		p.blanks()
		if r.Len, ok = p.integer(); !ok {
			r.Rest = true
		} else if r.Len <= 0 {
			p.fault(Span{r.At.Start, p.pos}, "the length of a part is at least 1")
		}
	case '-':
		p.pos++
		if r.To, ok = p.integer(); !ok {
			return r, false
		}
		r.Until = true
		if (r.From < 0) == (r.To < 0) && r.To < r.From {
			p.fault(Span{r.At.Start, p.pos}, "the end of a part lies behind its start")
		}
	}
	r.At.End = p.pos
	return r, true
}

// integer reads a small number with a sign.
func (p *wparser) integer() (int, bool) {
	end := p.pos
	if p.at(0) == '-' {
		end++
	}
	for end < len(p.text) && letter(p.text[end]) {
		end++
	}
	n, err := strconv.ParseInt(p.text[p.pos:end], 0, 32)
	if err != nil {
		return 0, false
	}
	p.pos = end
	return int(n), true
}
