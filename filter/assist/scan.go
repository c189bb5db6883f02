package assist

import (
	"strings"

	"github.com/scapls/scapls/filter"
)

// want is what the grammar wants at a place.
type want uint8

const (
	wantCondition  want = iota // a field, a function, not, a parenthesis
	wantOperator               // behind a field
	wantValue                  // behind an operator
	wantList                   // behind an operator that takes a list
	wantItem                   // in a list
	wantComma                  // in a list, behind an item
	wantArgument               // in the parentheses of a function
	wantClose                  // behind the argument of a function
	wantConnective             // behind a condition
)

// Kind says what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Field Kind = iota + 1
	Operator
	Keyword
	String
	Number
	Function
	Punctuation // parentheses, braces, commas
	Invalid
)

// Token is a piece of a filter.
type Token struct {
	At   filter.Span
	Kind Kind

	want   want // what was wanted where it stands
	left   side // the left side of its comparison, as far as it was read
	op     string
	opAt   filter.Span
	quote  byte // of a String in quotes
	closed bool // its quote ends
}

// side is the left side of a comparison.
type side struct {
	calls []string    // names of the functions around the field, the outermost first
	at    filter.Span // the field with its argument
	name  string      // its text
}

// scanner reads a text from left to right.
type scanner struct {
	text      string
	pos       int
	wireshark bool
	want      want
	left      side
	op        string
	opAt      filter.Span
	open      []paren
	tokens    []Token
}

// paren is an opened parenthesis or brace and what is wanted behind its end.
type paren struct {
	list, call bool
	behind     want
}

// scan reads a text. end is the state behind it.
func scan(text string, lang filter.Language) (tokens []Token, end Token) {
	s := &scanner{text: text, wireshark: lang == filter.Wireshark}
	for {
		for s.pos < len(text) && blank(text[s.pos]) {
			s.pos++
		}
		if s.pos == len(text) {
			break
		}
		from, n := s.pos, len(s.tokens)
		s.next()
		if s.pos == from { // never without progress
			s.tokens = s.tokens[:n]
			s.pos++
			s.add(from, Invalid)
		}
	}
	return s.tokens, s.state(filter.Span{Start: len(text), End: len(text)})
}

func (s *scanner) state(at filter.Span) Token {
	return Token{At: at, want: s.want, left: s.left, op: s.op, opAt: s.opAt}
}

// add adds the token from a place to the position.
func (s *scanner) add(from int, k Kind) *Token {
	t := s.state(filter.Span{Start: from, End: s.pos})
	t.Kind = k
	s.tokens = append(s.tokens, t)
	return &s.tokens[len(s.tokens)-1]
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\b' }

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// symbols are the operators that are no words, longer ones first.
var symbols = []string{"===", "!==", "==", "!=", "<=", ">=", "=", "<", ">", "~"}

// connectives are what joins conditions.
var connectives = map[string]bool{"and": true, "or": true, "xor": true, "&&": true, "||": true, "^^": true}

// next reads one token.
func (s *scanner) next() {
	from := s.pos
	c := s.text[from]
	switch {
	case c == '(' || c == '{':
		s.opened(c)
	case c == ')' || c == '}':
		s.closed()
	case c == ',':
		s.pos++
		s.add(from, Punctuation)
		if n := len(s.open); n > 0 && s.open[n-1].list {
			s.want = wantItem
		} else if n > 0 && s.open[n-1].call {
			s.want = wantArgument
		}
	case c == '"' || c == '\'' || c == 'r' && s.wireshark && strings.HasPrefix(s.text[from:], `r"`):
		s.quoted()
	case s.symbol():
	case s.want == wantValue || s.want == wantItem || s.want == wantList:
		s.value()
	default:
		s.word()
	}
}

func (s *scanner) opened(c byte) {
	from := s.pos
	s.pos++
	s.add(from, Punctuation)
	switch {
	case s.want == wantList || s.want == wantItem || c == '{', s.want == wantValue && !s.wireshark:
		s.open = append(s.open, paren{list: true, behind: wantConnective})
		s.want = wantItem
	default:
		s.open = append(s.open, paren{behind: wantConnective})
		s.want = wantCondition
	}
}

func (s *scanner) closed() {
	from := s.pos
	s.pos++
	t := s.add(from, Punctuation)
	n := len(s.open)
	if n == 0 {
		t.Kind = Invalid
		s.want = wantConnective
		return
	}
	s.want = s.open[n-1].behind
	s.open = s.open[:n-1]
}

// quoted reads a text in quotes.
func (s *scanner) quoted() {
	from := s.pos
	raw := s.text[s.pos] == 'r'
	if raw {
		s.pos++
	}
	q := s.text[s.pos]
	closed := false
	for s.pos++; s.pos < len(s.text); s.pos++ {
		if s.text[s.pos] == '\\' && !(raw && s.pos+1 < len(s.text) && s.text[s.pos+1] != q) {
			s.pos++
			continue
		}
		if s.text[s.pos] == q {
			s.pos++
			closed = true
			break
		}
	}
	s.pos = min(s.pos, len(s.text))
	t := s.add(from, String)
	t.quote, t.closed = q, closed
	s.behindValue()
}

// behindValue sets what is wanted behind a value.
func (s *scanner) behindValue() {
	switch s.want {
	case wantItem, wantComma:
		s.want = wantComma
	case wantArgument, wantClose:
		s.want = wantClose
	case wantCondition, wantOperator:
		s.want = wantOperator
	default:
		s.want = wantConnective
	}
}

// symbol reads an operator or connective that is no word.
func (s *scanner) symbol() bool {
	rest := s.text[s.pos:]
	from := s.pos
	for _, sym := range []string{"&&", "||", "^^"} {
		if strings.HasPrefix(rest, sym) {
			s.pos += len(sym)
			s.connective(from)
			return true
		}
	}
	if s.want == wantCondition && rest[0] == '!' {
		s.pos++
		s.add(from, Keyword)
		return true
	}
	if s.want == wantOperator || s.wireshark && s.want == wantConnective {
		for _, sym := range symbols {
			if strings.HasPrefix(rest, sym) {
				s.pos += len(sym)
				s.operator(from)
				return true
			}
		}
		if s.wireshark && rest[0] == '[' { // a slice
			end := strings.IndexByte(rest, ']') + 1
			if end == 0 {
				end = len(rest)
			}
			s.pos += end
			s.add(from, Number)
			return true
		}
		if s.wireshark && strings.IndexByte("+-*/%&", rest[0]) >= 0 {
			s.pos++
			s.add(from, Operator)
			if s.want == wantOperator {
				s.want = wantCondition
			} else {
				s.want = wantValue
			}
			return true
		}
	}
	return false
}

func (s *scanner) connective(from int) {
	s.add(from, Keyword)
	s.want, s.left, s.op = wantCondition, side{}, ""
}

// operator takes what was read from a place on as the comparison's operator.
func (s *scanner) operator(from int) {
	s.add(from, Operator)
	s.op, s.opAt = s.text[from:s.pos], filter.Span{Start: from, End: s.pos}
	switch s.op {
	case "exists":
		s.want = wantConnective
	case "in", "intersects", "pmatch":
		s.want = wantList
	default:
		s.want = wantValue
	}
}

// value reads a value that stands without quotes, or a field or function instead of one.
func (s *scanner) value() {
	from := s.pos
	for s.pos < len(s.text) && s.bare(s.text[s.pos]) {
		s.pos++
	}
	word := s.text[from:s.pos]
	if s.pos < len(s.text) && s.text[s.pos] == '(' && s.function(word) {
		s.call(from, wantConnective)
		return
	}
	if s.wireshark && s.want == wantValue && strings.Contains(word, ".") && !number(word) && fieldOf(word, filter.Wireshark) != nil {
		s.add(from, Field)
		s.behindValue()
		return
	}
	k := String
	if number(word) {
		k = Number
	}
	s.add(from, k)
	s.behindValue()
}

// bare reports whether a byte belongs to a value without quotes.
func (s *scanner) bare(c byte) bool {
	if blank(c) {
		return false
	}
	if s.wireshark {
		return strings.IndexByte(`(){}"'=!<>&|,~[]`, c) < 0
	}
	return strings.IndexByte(`()"'=,`, c) < 0
}

// function reports whether a word is a function's name.
func (s *scanner) function(word string) bool {
	_, ok := functions(s.lang())[word]
	return ok
}

// call takes the word from a place on as a function whose parenthesis follows.
func (s *scanner) call(from int, behind want) {
	s.add(from, Function)
	if behind == wantOperator {
		s.left.calls = append(s.left.calls, s.text[from:s.pos])
	}
	for s.pos < len(s.text) && blank(s.text[s.pos]) {
		s.pos++
	}
	from = s.pos
	s.pos++
	s.add(from, Punctuation)
	s.open = append(s.open, paren{call: true, behind: behind})
	s.want = wantArgument
}

// word reads a word where no value is wanted.
func (s *scanner) word() {
	from := s.pos
	for s.pos < len(s.text) && (letter(s.text[s.pos]) || s.text[s.pos] == '.' || s.text[s.pos] == '-' && s.wireshark) {
		s.pos++
	}
	if s.pos == from {
		return
	}
	word := s.text[from:s.pos]
	switch {
	case connectives[word] && s.want != wantArgument:
		s.connective(from)
	case s.want == wantCondition && word == "not", s.wireshark && s.want == wantCondition && (word == "any" || word == "all"):
		s.add(from, Keyword)
	case s.wireshark && s.want == wantOperator && word == "not": // not in
		s.add(from, Keyword)
	case s.want == wantOperator && isOperator(word, s.wireshark):
		s.operator(from)
	case s.want == wantConnective && s.wireshark && isOperator(word, true):
		s.operator(from)
	case s.want == wantComma && s.wireshark:
		s.add(from, String)
	default:
		s.fieldWord(from, word)
	}
}

// fieldWord takes a word as a field or a function.
func (s *scanner) fieldWord(from int, word string) {
	open := s.pos
	for open < len(s.text) && blank(s.text[open]) {
		open++
	}
	if open < len(s.text) && s.text[open] == '(' && (s.want == wantCondition || s.want == wantArgument) && !strings.Contains(word, ".") {
		behind := wantOperator
		if s.want == wantArgument {
			behind = wantClose
		}
		known := s.function(word)
		s.call(from, behind)
		if !known {
			s.tokens[len(s.tokens)-2].Kind = Invalid
		}
		return
	}
	if s.pos < len(s.text) && s.text[s.pos] == '[' && !s.wireshark {
		s.bracket()
	}
	name := s.text[from:s.pos]
	k := Field
	if fieldOf(name, s.lang()) == nil {
		k = Invalid
		if number(name) && s.wireshark {
			k = Number
		}
	}
	s.add(from, k)
	at := filter.Span{Start: from, End: s.pos}
	switch s.want {
	case wantArgument, wantClose:
		if len(s.open) > 0 && s.open[len(s.open)-1].behind != wantConnective {
			s.left.at, s.left.name = at, name
		}
		s.want = wantClose
	case wantOperator:
		// two words: the operator is still missing
	default:
		s.left = side{calls: s.left.calls, at: at, name: name}
		s.want, s.op = wantOperator, ""
	}
}

func (s *scanner) lang() filter.Language {
	if s.wireshark {
		return filter.Wireshark
	}
	return filter.Sysdig
}

// bracket reads a field's argument in brackets.
func (s *scanner) bracket() {
	for s.pos++; s.pos < len(s.text); s.pos++ {
		switch c := s.text[s.pos]; {
		case c == ']':
			s.pos++
			return
		case c == '"' || c == '\'':
			i := strings.IndexByte(s.text[s.pos+1:], c)
			if i < 0 {
				s.pos = len(s.text)
				return
			}
			s.pos += i + 1
		case blank(c) || c == '(' || c == ')' || c == '=':
			return
		}
	}
}

// number reports whether a word is a number.
func number(s string) bool {
	s = strings.TrimLeft(s, "+-")
	if s == "" || s[0] < '0' || s[0] > '9' {
		return false
	}
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") {
		s = s[2:]
		return s != "" && strings.Trim(s, "0123456789abcdefABCDEF") == ""
	}
	return strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") <= 2
}

// Tokens returns the pieces of a text that have a colour, in order. Parentheses and commas have none.
func Tokens(text string, lang filter.Language) []Token {
	tokens, _ := scan(text, lang)
	list := tokens[:0]
	for _, t := range tokens {
		if t.Kind != Punctuation {
			list = append(list, t)
		}
	}
	return list
}
