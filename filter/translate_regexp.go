package filter

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode"
)

// quoteRegexp writes a text as a regular expression of either kind.
func quoteRegexp(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(`\.+*?()|[]{}^$#-&~`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// perlPattern writes a POSIX expression so that PCRE2 reads it alike: the ends of lines are those of the text.
func perlPattern(s string) string {
	if !strings.ContainsAny(s, "^$") {
		return s
	}
	tree, err := syntax.Parse(s, syntax.ClassNL)
	if err != nil {
		return s
	}
	return tree.String()
}

// globPattern writes a shell pattern as a regular expression; slashes says that * and ? also take them.
func globPattern(s string, slashes bool) string {
	var b strings.Builder
	one := "."
	if !slashes {
		one = "[^/]"
	}
	for p := []byte(s); len(p) > 0; {
		n := 1
		switch p[0] {
		case '*':
			b.WriteString(one + "*")
		case '?':
			b.WriteString(one)
		case '[':
			if n, _ = bracket(p, 0, false); n > 0 {
				b.WriteString(bracketPattern(p[:n]))
			} else {
				n = 1
				b.WriteString(`\[`)
			}
		case '\\':
			if len(p) > 1 {
				n = 2
				b.WriteString(quoteRegexp(string(p[1:2])))
			} else {
				b.WriteString(`\\`)
			}
		default:
			b.WriteString(quoteRegexp(string(p[:1])))
		}
		p = p[n:]
	}
	return b.String()
}

// bracketPattern writes a set of a shell pattern as a class.
func bracketPattern(p []byte) string {
	var b strings.Builder
	b.WriteByte('[')
	p = p[1 : len(p)-1]
	if len(p) > 0 && (p[0] == '!' || p[0] == '^') {
		b.WriteByte('^')
		p = p[1:]
	}
	for len(p) > 0 {
		switch {
		case p[0] == '[' && len(p) > 1 && p[1] == ':' && strings.Contains(string(p), ":]"):
			n := strings.Index(string(p), ":]") + 2
			b.Write(p[:n])
			p = p[n:]
			continue
		case p[0] == '\\' && len(p) > 1:
			b.WriteString(quoteRegexp(string(p[1:2])))
			p = p[2:]
			continue
		case strings.IndexByte(`[]^\&~`, p[0]) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(p[0])
		p = p[1:]
	}
	b.WriteByte(']')
	return b.String()
}

// posix writes an expression that is looked for anywhere in a text as one of POSIX that matches the whole text. The
// expression was parsed with Perl's rules.
type posix struct {
	strings.Builder
	err error
}

const anything = "(.|\n)*"

// posixPattern writes a pattern of matches for the operator regex.
func posixPattern(text string) (string, error) {
	tree, err := syntax.Parse(text, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return "", err
	}
	p := &posix{}
	p.whole(tree)
	return p.String(), p.err
}

// whole writes the expression with what may stand before and behind it.
func (p *posix) whole(re *syntax.Regexp) {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op == syntax.OpAlternate {
		p.WriteByte('(')
		for i, sub := range re.Sub {
			if i > 0 {
				p.WriteByte('|')
			}
			p.whole(sub)
		}
		p.WriteByte(')')
		return
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	if parts[0].Op == syntax.OpBeginText {
		parts = parts[1:]
	} else {
		p.WriteString(anything)
	}
	tail := anything
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		if tail = ""; parts[n-1].Flags&syntax.WasDollar != 0 {
			tail = "\n?"
		}
		parts = parts[:n-1]
	}
	for _, sub := range parts {
		p.node(sub)
	}
	p.WriteString(tail)
}

func (p *posix) refuse(what string) {
	if p.err == nil {
		p.err = errors.New(what)
	}
}

func (p *posix) node(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpEmptyMatch:
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			p.rune(r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCharClass:
		p.class(re.Rune)
	case syntax.OpAnyCharNotNL:
		p.WriteByte('.')
	case syntax.OpAnyChar:
		p.WriteString("(.|\n)")
	case syntax.OpCapture:
		p.WriteByte('(')
		p.node(re.Sub[0])
		p.WriteByte(')')
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		p.WriteByte('(')
		p.node(re.Sub[0])
		p.WriteByte(')')
		p.repeat(re)
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			p.node(sub)
		}
	case syntax.OpAlternate:
		p.WriteByte('(')
		for i, sub := range re.Sub {
			if i > 0 {
				p.WriteByte('|')
			}
			p.node(sub)
		}
		p.WriteByte(')')
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		p.refuse("sysdig's expressions know no word boundaries")
	default:
		p.refuse("sysdig's expressions have ends of the text at their own ends only")
	}
}

func (p *posix) repeat(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpStar:
		p.WriteByte('*')
	case syntax.OpPlus:
		p.WriteByte('+')
	case syntax.OpQuest:
		p.WriteByte('?')
	default:
		fmt.Fprintf(p, "{%d", re.Min)
		if re.Max != re.Min {
			p.WriteByte(',')
		}
		if re.Max > re.Min {
			fmt.Fprintf(p, "%d", re.Max)
		}
		p.WriteByte('}')
	}
}

func (p *posix) rune(r rune, fold bool) {
	if fold && r < 0x80 && unicode.IsLetter(r) {
		fmt.Fprintf(p, "[%c%c]", unicode.ToUpper(r), unicode.ToLower(r))
		return
	}
	if unicode.IsControl(r) && escapes[r] == "" {
		fmt.Fprintf(p, `\x{%x}`, r)
		return
	}
	if r < 0x80 && strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
		p.WriteByte('\\')
	}
	p.WriteRune(r)
}

// class writes a set of characters by its ranges.
func (p *posix) class(ranges []rune) {
	var b strings.Builder
	b.WriteByte('[')
	for i := 0; i+1 < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if lo == 0x17F || lo == 0x212A { // folds of s and k beyond ASCII
			continue
		}
		classRune(&b, lo)
		if hi > lo {
			b.WriteByte('-')
			classRune(&b, hi)
		}
	}
	b.WriteByte(']')
	p.WriteString(b.String())
}

func classRune(b *strings.Builder, r rune) {
	if r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) && r > ' ' {
		b.WriteByte('\\')
	}
	if r < ' ' || r == 0x7F || r > 0x7E { // RE2 takes these by number
		fmt.Fprintf(b, `\x{%x}`, r)
		return
	}
	b.WriteRune(r)
}
