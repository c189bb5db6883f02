package filter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// maxDepth bounds how deep parentheses and negations nest, as libsinsp does.
const maxDepth = 100

// Parse reads a filter in sysdig's language. It never fails: what is wrong stands in the tree's Faults.
//
//	or    = and { "or" and }
//	and   = not { "and" not }
//	not   = { "not" } ( "(" or ")" | check | name )
//	check = ( field | transform "(" … ")" ) operator ( value | "(" value { "," value } ")" | "val(" field ")" | transform )
func Parse(text string) *Tree {
	p := &parser{text: text, t: &Tree{Text: text, Language: Sysdig}}
	p.blanks()
	if p.pos == len(text) {
		return p.t
	}
	for {
		n := p.or(0)
		p.join(n)
		if p.pos == len(text) {
			return p.t
		}
		// Only a closing parenthesis ends a condition early.
		at := Span{p.pos, p.pos + 1}
		p.fault(at, "this parenthesis closes none", Fix{"remove it", at, ""})
		p.pos++
		p.blanks()
		if p.pos == len(text) {
			return p.t
		}
		if w := p.peekWord(); w == "and" || w == "or" {
			p.pos += len(w)
			p.blanks()
		}
	}
}

type parser struct {
	text string
	pos  int
	t    *Tree
	deep bool // the nesting limit has been told
}

// join puts a condition behind those that were read before.
func (p *parser) join(n Node) {
	if p.t.Root == nil {
		p.t.Root = n
		return
	}
	p.t.Root = &Logic{Args: []Node{p.t.Root, n}, Ops: []Span{{n.Span().Start, n.Span().Start}}}
}

func (p *parser) fault(at Span, msg string, fixes ...Fix) {
	p.t.Faults = append(p.t.Faults, Diagnostic{Span: at, Severity: Error, Msg: msg, Fixes: fixes})
}

func (p *parser) rest() string { return p.text[p.pos:] }

func (p *parser) blanks() {
	for p.pos < len(p.text) && blank(p.text[p.pos]) {
		p.pos++
	}
}

func blank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\b' }

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// bare reports whether the byte may stand in a value without quotes.
func bare(c byte) bool { return !blank(c) && strings.IndexByte(`()"'=,`, c) < 0 }

// wordEnd returns where the letters, digits and underscores from i on end.
func (p *parser) wordEnd(i int) int {
	for i < len(p.text) && letter(p.text[i]) {
		i++
	}
	return i
}

func (p *parser) peekWord() string { return p.text[p.pos:p.wordEnd(p.pos)] }

// connectives are what stands between conditions, and what people write instead.
var connectives = map[string]string{"and": "and", "or": "or", "AND": "and", "OR": "or", "And": "and", "Or": "or", "&&": "and", "||": "or", "&": "and", "|": "or"}

// connective reads the connective at the position; what is the empty text when there is none.
func (p *parser) connective() (what string, at Span) {
	word := p.peekWord()
	if word == "" {
		for _, s := range []string{"&&", "||", "&", "|"} {
			if strings.HasPrefix(p.rest(), s) {
				word = s
				break
			}
		}
	}
	return connectives[word], Span{p.pos, p.pos + len(word)}
}

func (p *parser) or(depth int) Node  { return p.logic(true, depth) }
func (p *parser) and(depth int) Node { return p.logic(false, depth) }

func (p *parser) logic(or bool, depth int) Node {
	operand := p.not
	word := "and"
	if or {
		operand, word = p.and, "or"
	}
	first := operand(depth)
	l := &Logic{Or: or, Args: []Node{first}}
	for {
		p.blanks()
		if p.pos == len(p.text) || p.text[p.pos] == ')' {
			break
		}
		what, at := p.connective()
		switch {
		case what == word:
			if s := p.text[at.Start:at.End]; s != word {
				p.fault(at, fmt.Sprintf("%q is written %q here", s, word), Fix{"write " + word, at, word})
			}
			p.pos = at.End
			if c := p.at(0); p.pos < len(p.text) && !blank(c) && c != '(' {
				p.fault(Span{at.Start, p.pos}, fmt.Sprintf("a blank or a parenthesis must follow %q", word), Fix{"insert a blank", Span{p.pos, p.pos}, " "})
			}
			p.blanks()
		case what != "":
			return l.simple() // the other one: the caller's when it binds less
		case or:
			return l.simple()
		default:
			at = Span{p.pos, p.pos}
			p.fault(Span{p.pos, p.tokenEnd()}, `"and" or "or" is missing before this`, Fix{`insert "and"`, at, "and "})
		}
		l.Ops = append(l.Ops, at)
		l.Args = append(l.Args, operand(depth))
	}
	return l.simple()
}

func (n *Logic) simple() Node {
	if len(n.Args) == 1 {
		return n.Args[0]
	}
	return n
}

// at returns the byte k behind the position, 0 behind the end.
func (p *parser) at(k int) byte {
	if p.pos+k < len(p.text) {
		return p.text[p.pos+k]
	}
	return 0
}

// tokenEnd returns where what stands at the position ends, for diagnostics: a word, or one byte.
func (p *parser) tokenEnd() int {
	i := p.pos
	for i < len(p.text) && bare(p.text[i]) {
		i++
	}
	if i == p.pos && i < len(p.text) {
		i++
	}
	return i
}

func (p *parser) not(depth int) Node {
	word := p.peekWord()
	at := Span{p.pos, p.pos + len(word)}
	if word == "" && p.at(0) == '!' {
		at.End++
	}
	next := byte(0)
	if at.End < len(p.text) {
		next = p.text[at.End]
	}
	lower := strings.ToLower(word) == "not" && next != '.'
	if at.End == at.Start || word != "" && !lower {
		return p.primary(depth)
	}
	if depth >= maxDepth {
		return p.tooDeep()
	}
	if s := p.text[at.Start:at.End]; s != "not" {
		text := "not"
		if s == "!" && !blank(next) {
			text = "not "
		}
		p.fault(at, fmt.Sprintf("%q is written \"not\" here", s), Fix{"write not", at, text})
	}
	p.pos = at.End
	p.blanks()
	return &Not{Word: at, X: p.not(depth + 1)}
}

func (p *parser) tooDeep() Node {
	at := Span{p.pos, len(p.text)}
	if !p.deep {
		p.fault(at, fmt.Sprintf("more than %d levels of parentheses and negations", maxDepth))
		p.deep = true
	}
	p.pos = len(p.text)
	return &Bad{at}
}

func (p *parser) primary(depth int) Node {
	if p.at(0) == '(' {
		return p.paren(depth)
	}
	if what, _ := p.connective(); what != "" || p.pos == len(p.text) || p.text[p.pos] == ')' {
		at := Span{p.pos, p.pos}
		if len(p.t.Faults) == 0 || p.t.Faults[len(p.t.Faults)-1].Span != at {
			p.fault(at, "a condition is missing here")
		}
		return &Bad{at}
	}
	start := p.pos
	end := p.wordEnd(p.pos)
	switch {
	case end == start:
		return p.bad("a condition begins with a field, a transform or a parenthesis")
	case end < len(p.text) && p.text[end] == '.', p.callAt(end):
		return p.check()
	}
	word := p.text[start:end]
	p.pos = end
	p.blanks()
	at := Span{start, end}
	if op, _ := p.peekOp(); op != NoOp || p.at(0) == '=' || strings.HasPrefix(p.rest(), "!=") {
		c := &Comparison{Left: Operand{At: at, Field: at, Err: &field.Error{Text: word, Msg: "unknown field", Near: field.Nearest(word, 3)}}}
		p.condition(c)
		return c
	}
	p.pos = end
	return &Name{at}
}

// callAt reports whether a parenthesis stands at i behind a transform's name.
func (p *parser) callAt(i int) bool {
	for i < len(p.text) && blank(p.text[i]) {
		i++
	}
	if i == len(p.text) || p.text[i] != '(' {
		return false
	}
	word := p.peekWord()
	_, ok := field.LookupTransform(word)
	return ok || word == "val" || !strings.Contains(" and or not in intersects pmatch exists ", " "+word+" ")
}

// bad skips to where a condition can begin again.
func (p *parser) bad(msg string) Node {
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] != ')' && p.text[p.pos] != '(' {
		if p.text[p.pos] == '"' || p.text[p.pos] == '\'' {
			p.pos++
			continue
		}
		if what, _ := p.connective(); what != "" && (p.pos > start && blank(p.text[p.pos-1])) {
			break
		}
		if n := p.wordEnd(p.pos); n > p.pos {
			p.pos = n
		} else {
			p.pos++
		}
	}
	if p.pos == start {
		p.pos++
	}
	at := Span{start, start + len(strings.TrimRight(p.text[start:p.pos], " \t\r\n\b"))}
	at.End = max(at.End, start+1)
	p.fault(at, msg)
	return &Bad{at}
}

func (p *parser) paren(depth int) Node {
	start := p.pos
	if depth >= maxDepth {
		return p.tooDeep()
	}
	p.pos++
	p.blanks()
	n := &Paren{}
	if p.at(0) == ')' {
		p.fault(Span{start, p.pos + 1}, "nothing stands in these parentheses")
	} else {
		n.X = p.or(depth + 1)
		p.blanks()
	}
	if p.at(0) == ')' {
		p.pos++
	} else if !p.deep {
		end := Span{len(p.text), len(p.text)}
		p.fault(Span{start, start + 1}, "this parenthesis is not closed", Fix{`append ")"`, end, ")"})
	}
	n.At = Span{start, p.pos}
	return n
}

func (p *parser) check() Node {
	c := &Comparison{Left: p.operand(false)}
	p.blanks()
	p.condition(c)
	return c
}

// newer are functions of sysdig's newest version, which take several arguments.
var newer = map[string]bool{"join": true, "concat": true, "getopt": true}

// notSupported marks an operand of which a fault has said all.
const notSupported = "is not supported"

// closingParen returns the position behind the parenthesis that closes the one at i.
func (p *parser) closingParen(i int) int {
	depth := 0
	for ; i < len(p.text); i++ {
		switch c := p.text[i]; c {
		case '"', '\'':
			if n := strings.IndexByte(p.text[i+1:], c); n >= 0 {
				i += n + 1
			}
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(p.text)
}

// operand reads a field or a transform of one. val says that val() may stand around it.
func (p *parser) operand(val bool) Operand {
	o := Operand{At: Span{p.pos, p.pos}}
	var chain []field.Transform
	for {
		end := p.wordEnd(p.pos)
		open := end
		for open < len(p.text) && blank(p.text[open]) {
			open++
		}
		if open == len(p.text) || p.text[open] != '(' || end == p.pos {
			break
		}
		word, at := p.text[p.pos:end], Span{p.pos, end}
		t, ok := field.LookupTransform(word)
		switch {
		case ok:
			chain = append(chain, t)
		case word == "val" && val && len(o.Calls) == 0:
			o.Val = true
		case word == "val":
			p.fault(at, "val() stands around a field on the right of an operator only")
		case newer[word]:
			p.fault(at, fmt.Sprintf("sysdig's newer %s() is not supported here", word))
			p.pos = p.closingParen(open)
			o.At.End, o.Field = p.pos, Span{at.Start, p.pos}
			o.Err = &field.Error{Text: word, Msg: notSupported}
			return o
		default:
			p.fault(at, fmt.Sprintf("there is no transform %q: they are %s", word, strings.Join(field.TransformNames(), ", ")))
		}
		o.Calls = append(o.Calls, at)
		p.pos = open + 1
		p.blanks()
	}
	p.fieldRef(&o)
	for range o.Calls {
		p.blanks()
		if p.at(0) != ')' {
			at := o.Calls[0]
			p.fault(Span{at.Start, p.pos}, "the parenthesis of this transform is not closed", Fix{`insert ")"`, Span{p.pos, p.pos}, ")"})
			break
		}
		p.pos++
	}
	o.At.End = p.pos
	for i := len(chain) - 1; i >= 0; i-- {
		o.Expr.Chain = append(o.Expr.Chain, chain[i])
	}
	return o
}

// fieldRef reads the field of an operand.
func (p *parser) fieldRef(o *Operand) {
	start := p.pos
	r, n, err := field.Scan(p.rest())
	p.pos += n
	if c := p.at(0); err != nil || letter(c) || c == '.' || c == '[' {
		p.pos = max(p.pos, p.fieldEnd(start))
		if r, err = field.Parse(p.text[start:p.pos]); err == nil && strings.HasPrefix(p.rest(), "[") {
			err = &field.Error{Text: r.F.Name, Msg: "the bracket does not end", Start: p.pos - start}
		}
	}
	o.Field = Span{start, p.pos}
	if err != nil {
		o.Err = &field.Error{Text: p.text[start:p.pos], Msg: "unknown field"}
		errors.As(err, &o.Err)
		if p.pos == start {
			o.Err.Msg = "a field is missing here"
		}
		return
	}
	o.Expr.Ref = r
}

// fieldEnd returns where what looks like a field with its argument ends.
func (p *parser) fieldEnd(i int) int {
	for i < len(p.text) && (letter(p.text[i]) || p.text[i] == '.') {
		i++
	}
	if i == len(p.text) || p.text[i] != '[' {
		return i
	}
	for j := i + 1; j < len(p.text); j++ {
		switch c := p.text[j]; {
		case c == ']':
			return j + 1
		case (c == '"' || c == '\'') && strings.IndexByte(p.text[j+1:], c) >= 0:
			j += 1 + strings.IndexByte(p.text[j+1:], c)
		case blank(c) || c == '(' || c == ')':
			return j
		}
	}
	return len(p.text)
}

// foreign are operators of other languages.
var foreign = map[string]Op{
	"eq": Eq, "ne": Ne, "lt": Lt, "le": Le, "gt": Gt, "ge": Ge, "matches": Regex, "like": Glob, "is": Eq, "has": Contains,
}

// peekOp returns the operator at the position and its length.
func (p *parser) peekOp() (Op, int) {
	rest := p.rest()
	for _, s := range []struct {
		text string
		op   Op
	}{{"==", Eq}, {"=", Eq}, {"!=", Ne}, {"<=", Le}, {"<", Lt}, {">=", Ge}, {">", Gt}} {
		if strings.HasPrefix(rest, s.text) {
			return s.op, len(s.text)
		}
	}
	word := p.peekWord()
	for op := Contains; op <= Exists; op++ {
		if opNames[op] == word {
			return op, len(word)
		}
	}
	return NoOp, 0
}

// condition reads what stands behind the left side.
func (p *parser) condition(c *Comparison) {
	op, n := p.peekOp()
	at := Span{p.pos, p.pos + n}
	if op == NoOp {
		c.Missing = true
		op, at = p.foreignOp()
		if op == NoOp {
			return
		}
	} else if name := p.text[at.Start:at.End]; strings.HasPrefix(p.text[at.End:], "~") {
		p.fault(Span{at.Start, at.End + 1}, fmt.Sprintf("%q is no operator", name+"~"), Fix{"write regex", Span{at.Start, at.End + 1}, " regex "})
		at.End++
	}
	if op == Eq && strings.HasPrefix(p.text[at.End:], "!") && at.End == at.Start+1 {
		at.End++
		op = Ne
		p.fault(at, `"=!" is written "!=" here`, Fix{"write !=", at, "!="})
	}
	c.Op, c.OpAt = op, at
	p.pos = at.End
	if op == Exists {
		return
	}
	word := op >= Contains
	if next := p.at(0); word && next != 0 && !blank(next) && (next != '(' || !op.takesList()) {
		p.fault(Span{at.Start, at.End}, fmt.Sprintf("a blank must follow %q", op), Fix{"insert a blank", Span{at.End, at.End}, " "})
	}
	p.blanks()
	p.right(c)
}

// foreignOp reads an operator of another language, or says that one is missing.
func (p *parser) foreignOp() (Op, Span) {
	word := p.peekWord()
	at := Span{p.pos, p.pos + len(word)}
	if strings.HasPrefix(p.rest(), "~") {
		at.End = p.pos + 1
	}
	if strings.HasPrefix(p.rest(), "<>") {
		at.End = p.pos + 2
	}
	lower := strings.ToLower(word)
	op := foreign[lower]
	for o := Contains; o <= Exists; o++ {
		if opNames[o] == lower {
			op = o
		}
	}
	switch p.text[at.Start:at.End] {
	case "~":
		op = Regex
	case "<>":
		op = Ne
	}
	if op != NoOp {
		p.fault(at, fmt.Sprintf("%q is written %q here", p.text[at.Start:at.End], op), Fix{"write " + op.String(), at, op.String()})
		return op, at
	}
	what := Span{p.pos, p.tokenEnd()}
	if next, _ := p.connective(); next != "" || p.at(0) == ')' || p.pos == len(p.text) {
		what.End = what.Start
		p.fault(what, `an operator is missing here, such as =, contains or exists`)
		return NoOp, what
	}
	p.fault(what, fmt.Sprintf("%q is no operator: they are %s", p.text[what.Start:what.End], strings.Join(Ops(), " ")))
	p.skip()
	return NoOp, what
}

// skip goes to where the condition that was not understood ends.
func (p *parser) skip() {
	for p.pos < len(p.text) {
		p.blanks()
		if what, _ := p.connective(); what != "" || p.at(0) == ')' || p.pos == len(p.text) {
			return
		}
		if c := p.text[p.pos]; c == '"' || c == '\'' {
			if n := strings.IndexByte(p.text[p.pos+1:], c); n >= 0 {
				p.pos += n + 2
				continue
			}
		}
		p.pos = p.tokenEnd()
	}
}

// right reads what a field is compared with.
func (p *parser) right(c *Comparison) {
	if p.callOnRight() {
		o := p.operand(true)
		c.Right = &o
		return
	}
	if c.Op.takesList() {
		p.list(c)
		return
	}
	if p.at(0) == '(' {
		at := Span{p.pos, p.pos + 1}
		p.fault(at, fmt.Sprintf("%q takes one value, no list", c.Op), Fix{"write in", c.OpAt, " in "})
		p.list(c)
		c.Missing = true
		return
	}
	if c.Op.ordering() {
		if n := number(p.rest()); n > 0 {
			if tail := p.text[p.pos+n:]; tail == "" || !bare(tail[0]) || strings.HasPrefix(tail, "and") || strings.HasPrefix(tail, "or") {
				c.Values = []Literal{{At: Span{p.pos, p.pos + n}, Text: p.rest()[:n]}}
				p.pos += n
				return
			}
		}
	}
	v, ok := p.literal()
	if !ok {
		c.Missing = true
		p.fault(Span{p.pos, p.pos}, "a value is missing here")
		return
	}
	if modifiers[v.Text] && !v.Quoted && c.Op >= Contains {
		start := p.pos
		p.blanks()
		if p.at(0) == '(' {
			p.fault(v.At, fmt.Sprintf("sysdig's newer word %s is not supported here: join conditions by and, or", v.Text))
			c.Missing = true
			p.list(c)
			return
		}
		p.pos = start
	}
	if !v.Quoted {
		p.words(&v)
	}
	c.Values = []Literal{v}
}

// modifiers are words of sysdig's newest version before a list of texts.
var modifiers = map[string]bool{"anyof": true, "allof": true, "oneof": true}

// words takes the words behind a bare value for a part of it, when they end the condition: the quotes are missing.
func (p *parser) words(v *Literal) {
	start, end := p.pos, p.pos
	for p.blanks(); p.pos < len(p.text) && p.text[p.pos] != ')'; p.blanks() {
		if what, _ := p.connective(); what != "" {
			break
		}
		from := p.pos
		for p.pos < len(p.text) && bare(p.text[p.pos]) {
			p.pos++
		}
		word := p.text[from:p.pos]
		op, _ := (&parser{text: word}).peekOp()
		if _, err := field.Parse(word); word == "" || err == nil || op != NoOp || strings.ContainsAny(word, "<>!&|") || strings.ToLower(word) == "not" ||
			strings.ContainsRune(word, '.') && p.followedByOp() {
			p.pos = start
			return
		}
		end = p.pos
	}
	if end == start || p.pos < len(p.text) && strings.IndexByte("=(", p.text[p.pos]) >= 0 {
		p.pos = start
		return
	}
	p.pos = end
	v.At.End, v.Text = end, p.text[v.At.Start:end]
	p.fault(v.At, "a text with blanks stands in quotes", Fix{"write " + InQuotes(v.Text), v.At, InQuotes(v.Text)})
}

// followedByOp reports whether an operator stands behind the position.
func (p *parser) followedByOp() bool {
	q := parser{text: p.text, pos: p.pos}
	q.blanks()
	op, _ := q.peekOp()
	return op != NoOp || strings.HasPrefix(q.rest(), "!=")
}

// callOnRight reports whether val() or a transform begins at the position.
func (p *parser) callOnRight() bool {
	word := p.peekWord()
	_, ok := field.LookupTransform(word)
	return (ok || word == "val" || newer[word]) && p.callAt(p.pos+len(word))
}

// number returns how many bytes at the start of s are a number.
func number(s string) int {
	i := 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		i++
	}
	if strings.HasPrefix(s[i:], "0x") || strings.HasPrefix(s[i:], "0X") {
		n := i + 2
		for n < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[n]) >= 0 {
			n++
		}
		if n > i+2 {
			return n
		}
	}
	from := i
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
		i++
	}
	if i == from {
		return 0
	}
	return i
}

// list reads the items of a list.
func (p *parser) list(c *Comparison) {
	start := p.pos
	if p.at(0) != '(' {
		p.noList(c)
		return
	}
	c.List = true
	p.pos++
	p.blanks()
	for p.at(0) != ')' {
		v, ok := p.literal()
		if !ok {
			at := Span{p.pos, p.tokenEnd()}
			c.ListAt = Span{start, p.pos}
			if at.Start == len(p.text) {
				break
			}
			p.fault(at, "a value is missing here")
			if p.at(0) != ',' {
				if p.pos = at.End; p.text[at.Start] == '(' {
					p.blanks()
					continue
				}
			}
		} else {
			c.Values = append(c.Values, v)
		}
		p.blanks()
		switch p.at(0) {
		case ',':
			comma := Span{p.pos, p.pos + 1}
			p.pos++
			p.blanks()
			if p.at(0) == ')' {
				p.fault(comma, "nothing follows this comma", Fix{"remove it", comma, ""})
			}
			continue
		case ')':
			continue
		}
		if p.pos == len(p.text) {
			break
		}
		if what, _ := p.connective(); what != "" {
			break
		}
		p.fault(Span{p.pos, p.tokenEnd()}, "a comma is missing before this", Fix{"insert a comma", Span{p.pos, p.pos}, ", "})
	}
	if p.at(0) != ')' {
		p.fault(Span{start, start + 1}, "this list is not closed", Fix{`insert ")"`, Span{p.pos, p.pos}, ")"})
	} else {
		p.pos++
	}
	c.ListAt = Span{start, p.pos}
}

// noList reads the value that stands where a list should.
func (p *parser) noList(c *Comparison) {
	v, ok := p.literal()
	if !ok {
		c.Missing = true
		at := Span{p.pos, p.pos}
		p.fault(at, fmt.Sprintf("a list in parentheses is missing behind %q", c.Op))
		return
	}
	c.Values, c.ListAt = []Literal{v}, v.At
	if !v.Quoted && identifier(v.Text) { // a Falco list's name; to sysdig, its only item
		c.List = true
		return
	}
	text := p.text[v.At.Start:v.At.End]
	p.fault(v.At, fmt.Sprintf("%q takes a list in parentheses", c.Op), Fix{"write (" + text + ")", v.At, "(" + text + ")"})
}

// identifier reports whether the text is a letter with letters, digits and underscores behind it.
func identifier(s string) bool {
	for i := range len(s) {
		if !letter(s[i]) {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9') && s[0] != '_'
}

// literal reads a value: bare, or in quotes.
func (p *parser) literal() (Literal, bool) {
	start := p.pos
	if c := p.at(0); c == '"' || c == '\'' {
		return p.quoted(c), true
	}
	for p.pos < len(p.text) && bare(p.text[p.pos]) {
		p.pos++
	}
	at := Span{start, p.pos}
	return Literal{At: at, Text: p.text[start:p.pos]}, p.pos > start
}

// quoted reads a text in quotes.
func (p *parser) quoted(quote byte) Literal {
	start := p.pos
	var b []byte
	for p.pos++; p.pos < len(p.text); p.pos++ {
		c := p.text[p.pos]
		if c == quote {
			p.pos++
			return Literal{Span{start, p.pos}, string(b), true}
		}
		if c != '\\' {
			b = append(b, c)
			continue
		}
		b = p.escape(b, quote)
	}
	p.pos = len(p.text)
	p.fault(Span{start, start + 1}, "this quote does not end", Fix{"append " + string(quote), Span{p.pos, p.pos}, string(quote)})
	return Literal{Span{start, p.pos}, string(b), true}
}

// escape reads what follows a backslash, and leaves the position on its last byte.
func (p *parser) escape(b []byte, quote byte) []byte {
	c := p.at(1)
	if p.pos+1 == len(p.text) {
		return b
	}
	p.pos++
	if i := strings.IndexByte(`bfnrt\/`, c); i >= 0 {
		return append(b, "\b\f\n\r\t\\/"[i])
	}
	switch {
	case c == quote:
		return append(b, c)
	case c == 'x' && hexDigit(p.at(1)) && hexDigit(p.at(2)):
		p.pos += 2
		return append(b, hexValue(p.text[p.pos-1])<<4|hexValue(p.text[p.pos]))
	case blank(c):
		return append(b, '\\')
	}
	at := Span{p.pos - 1, p.pos + 1}
	p.fault(at, fmt.Sprintf("there is no escape \\%c; a backslash itself is written \\\\", c), Fix{`write \\`, Span{at.Start, at.Start + 1}, `\\`})
	return append(b, '\\', c)
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func hexValue(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}
