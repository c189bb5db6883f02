package find

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mode says how what is searched for is written.
type Mode string

// The modes.
const (
	Text  Mode = "text"
	Regex Mode = "regex" // in Go's syntax, which is RE2's
	Hex   Mode = "hex"   // bytes: "de ad be ef"; a question mark stands for any digit
)

// Options change what a text or an expression means.
type Options struct {
	Case bool // capital and small letters differ
	Word bool // only where it is not a part of a longer word
}

// maxPattern is the longest text that is searched for, in bytes.
const maxPattern = 4096

// Pattern is what is searched for, ready to be. It does not change; several goroutines may use one.
type Pattern struct {
	mode Mode
	word bool
	re   *regexp.Regexp // regex, and texts whose case cannot be folded byte by byte
	text []byte         // text; in lower case where fold is set
	fold bool
	hex  []place // hex
	run  int     // hex: where its longest run of known bytes begins
	head []byte  // regex: what every match begins with; in lower case where fold is set
}

// Error says where what was written is wrong.
type Error struct {
	Text       string
	Start, End int // bytes of the text
	Msg        string
}

// Error returns the sentence with the position, counted from 1 in characters.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (position %d)", e.Msg, utf8.RuneCountInString(e.Text[:min(e.Start, len(e.Text))])+1)
}

// Compile reads what is searched for. Errors are of type *Error.
func Compile(mode Mode, text string, o Options) (*Pattern, error) {
	switch {
	case text == "":
		return nil, &Error{text, 0, 0, "there is nothing to search for"}
	case len(text) > maxPattern:
		return nil, &Error{text, maxPattern, len(text), fmt.Sprintf("this is longer than %d bytes", maxPattern)}
	}
	p := &Pattern{mode: mode, word: o.Word}
	var err error
	switch mode {
	case Text:
		p.text, p.fold = []byte(text), !o.Case
		switch {
		case p.fold && isASCII(text):
			p.text = bytes.ToLower(p.text)
		case p.fold:
			p.re, err = compileRegex("(?i)", regexp.QuoteMeta(text))
		}
	case Regex:
		flags := "(?i)"
		if o.Case {
			flags = ""
		}
		if p.re, err = compileRegex(flags, text); err == nil {
			p.begin(text, o.Case)
		}
	case Hex:
		err = p.readHex(text)
	default:
		err = &Error{text, 0, len(text), fmt.Sprintf("there is no way %q to search", mode)}
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func compileRegex(flags, text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(text) // alone, so that positions are those of the text
	if err == nil && flags != "" {
		re, err = regexp.Compile(flags + text)
	}
	if err == nil {
		return re, nil
	}
	var bad *syntax.Error
	if !errors.As(err, &bad) {
		return nil, &Error{text, 0, len(text), err.Error()}
	}
	start, end := 0, len(text)
	if i := strings.LastIndex(text, bad.Expr); i >= 0 && bad.Expr != "" {
		start, end = i, i+len(bad.Expr)
	}
	return nil, &Error{text, start, end, "the regular expression has an error: " + string(bad.Code) + ": " + bad.Expr}
}

// Index returns where the pattern is in b at or behind a position, -1 when it is not.
func (p *Pattern) Index(b []byte, from int) (start, end int) {
	for from <= len(b) {
		start, end = p.find(b, from)
		if start < 0 || !p.word || wordAt(b, start, end) {
			return start, end
		}
		_, n := utf8.DecodeRune(b[start:])
		from = start + max(n, 1)
	}
	return -1, -1
}

// Match reports whether the pattern is in b.
func (p *Pattern) Match(b []byte) bool {
	if !p.word && p.re != nil {
		return p.re.Match(b)
	}
	start, _ := p.Index(b, 0)
	return start >= 0
}

func (p *Pattern) find(b []byte, from int) (start, end int) {
	switch {
	case p.re != nil:
		if from == 0 {
			if at := p.re.FindIndex(b); at != nil {
				return at[0], at[1]
			}
			return -1, -1
		}
		for _, at := range p.re.FindAllIndex(b, -1) { // what is before from counts for ^ and \b
			if at[0] >= from {
				return at[0], at[1]
			}
		}
		return -1, -1
	case p.mode == Hex:
		start = p.indexHex(b, from)
		end = start + len(p.hex)
	case p.fold:
		start = indexFold(b, p.text, from)
		end = start + len(p.text)
	default:
		if start = bytes.Index(b[from:], p.text); start >= 0 {
			start += from
		}
		end = start + len(p.text)
	}
	if start < 0 {
		return -1, -1
	}
	return start, end
}

// indexFold returns where a text of small ASCII letters is in b, whatever the case.
func indexFold(b, text []byte, from int) int {
	c := text[0]
	capital := c
	if c-'a' < 26 {
		capital = c - 'a' + 'A'
	}
	for last := len(b) - len(text); from <= last; from++ {
		if b[from] != c && b[from] != capital {
			continue
		}
		i := 1
		for i < len(text) && small(b[from+i]) == text[i] {
			i++
		}
		if i == len(text) {
			return from
		}
	}
	return -1
}

func small(c byte) byte {
	if c-'A' < 26 {
		return c - 'A' + 'a'
	}
	return c
}

// wordAt reports whether what is from start to end does not go on as a word on either side.
func wordAt(b []byte, start, end int) bool {
	if start == end {
		return false
	}
	before, _ := utf8.DecodeLastRune(b[:start])
	first, _ := utf8.DecodeRune(b[start:])
	last, _ := utf8.DecodeLastRune(b[:end])
	behind, _ := utf8.DecodeRune(b[end:])
	return !(start > 0 && isWord(before) && isWord(first)) && !(end < len(b) && isWord(last) && isWord(behind))
}

func isWord(r rune) bool {
	return r != utf8.RuneError && (r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// Needle returns bytes that are wherever the pattern is, in any case with fold; nil when none are known.
func (p *Pattern) Needle() (needle []byte, fold bool) {
	switch {
	case p.mode == Hex:
		return p.known(), false
	case p.re == nil:
		return p.text, p.fold
	case p.mode == Regex:
		return p.head, p.fold && p.head != nil
	}
	return nil, false
}

// begin notes what every match of an expression begins with.
func (p *Pattern) begin(text string, sameCase bool) {
	head, _ := regexp.MustCompile(text).LiteralPrefix() // it was compiled before
	if !sameCase {
		p.fold = true
		head = strings.ToLower(head)
		// Letters beyond ASCII, and the two whose capitals are beyond it, are not told by one byte.
		if i := strings.IndexFunc(head, func(r rune) bool { return r >= utf8.RuneSelf || r == 'k' || r == 's' }); i >= 0 {
			head = head[:i]
		}
	}
	if head != "" {
		p.head = []byte(head)
	}
}

// Only returns whether the pattern can be in a text of nothing but certain characters.
func (p *Pattern) Only(chars string) bool {
	if p.re != nil || p.mode != Text {
		return true
	}
	for _, c := range p.text {
		if strings.IndexByte(chars, c) < 0 {
			return false
		}
	}
	return true
}
