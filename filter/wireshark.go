package filter

import (
	"fmt"
	"strings"
)

// ParseWireshark reads a filter in Wireshark's language. It never fails: what is wrong stands in the tree's Faults.
//
//	or       = xor { ("or" | "||") xor }
//	xor      = and { ("xor" | "^^") and }
//	and      = not { ("and" | "&&") not }
//	not      = { "not" | "!" } ( "(" or ")" | relation )
//	relation = [ "any" | "all" ] term { comparison term }
//	         | [ "any" | "all" ] term ( "contains" | "matches" | "~" ) term
//	         | [ "any" | "all" ] term [ "not" ] "in" "{" element { "," element } "}"
//	element  = term [ ".." term ]
//	term     = product, sum, and "&" of factors
//	factor   = [ "-" | "+" ] ( literal | field | function "(" term { "," term } ")" | "{" term "}" | "$" field ) [ "[" slice "]" ]
func ParseWireshark(text string) *Tree {
	p := &wparser{parser{text: text, t: &Tree{Text: text, Language: Wireshark}}}
	p.blanks()
	for p.pos < len(text) {
		n := p.logic(levelOr, 0)
		p.join(n)
		if p.pos == len(text) {
			break
		}
		// Only a closing parenthesis ends a condition early.
		at := Span{p.pos, p.pos + 1}
		p.fault(at, "this parenthesis closes none", Fix{"remove it", at, ""})
		p.pos++
		p.blanks()
		if _, at := p.wconnective(); at.End > at.Start {
			p.pos = at.End
			p.blanks()
		}
	}
	return p.t
}

// wparser reads Wireshark's language with the means of the other parser.
type wparser struct{ parser }

// The levels of connectives, the least binding first.
const (
	levelOr = iota
	levelXor
	levelAnd
	levelNot
)

// wconnectives are what stands between conditions, and what people write instead.
var wconnectives = map[string]int{
	"or": levelOr, "||": levelOr, "OR": levelOr, "Or": levelOr, "xor": levelXor, "^^": levelXor, "XOR": levelXor, "Xor": levelXor,
	"and": levelAnd, "&&": levelAnd, "AND": levelAnd, "And": levelAnd,
}

// connectiveWords are the right spellings by level.
var connectiveWords = [...]string{"or", "xor", "and"}

// wconnective reads the connective at the position; an empty span when there is none.
func (p *wparser) wconnective() (level int, at Span) {
	word := p.text[p.pos:p.wwordEnd(p.pos)]
	if word == "" {
		for _, s := range []string{"&&", "||", "^^"} {
			if strings.HasPrefix(p.rest(), s) {
				word = s
			}
		}
	}
	level, ok := wconnectives[word]
	if !ok {
		return -1, Span{p.pos, p.pos}
	}
	return level, Span{p.pos, p.pos + len(word)}
}

// wwordEnd returns where the word from i on ends: letters, digits, and what names and addresses hold. Two dots are a
// range.
func (p *wparser) wwordEnd(i int) int {
	start := i
	for i < len(p.text) {
		switch c := p.text[i]; {
		case letter(c):
		case c == '.' && i+1 < len(p.text) && p.text[i+1] == '.':
			return i
		case (c == '.' || c == ':') && (i > start || i+1 < len(p.text) && (letter(p.text[i+1]) || p.text[i+1] == ':')):
		case c == '-' && i > start && i+1 < len(p.text) && letter(p.text[i+1]):
		default:
			return i
		}
		i++
	}
	return i
}

func (p *wparser) logic(level, depth int) Node {
	if level == levelNot {
		return p.wnot(depth)
	}
	args := []Node{p.logic(level+1, depth)}
	var ops []Span
	for {
		p.blanks()
		if p.pos == len(p.text) || p.text[p.pos] == ')' {
			break
		}
		what, at := p.wconnective()
		switch {
		case what == level:
			if s := p.text[at.Start:at.End]; s[0] >= 'A' && s[0] <= 'Z' {
				w := connectiveWords[level]
				p.fault(at, fmt.Sprintf("%q is written %q here", s, w), Fix{"write " + w, at, w})
			}
			p.pos = at.End
			p.blanks()
		case what >= 0, level != levelAnd:
			return logicNode(level, args, ops)
		default:
			at = Span{p.pos, p.pos}
			p.unexpected()
		}
		ops = append(ops, at)
		before := p.pos
		args = append(args, p.logic(level+1, depth))
		if p.pos == before && p.pos < len(p.text) && p.text[p.pos] != ')' { // nothing begins with this byte
			p.pos = p.wtokenEnd()
		}
	}
	return logicNode(level, args, ops)
}

func logicNode(level int, args []Node, ops []Span) Node {
	switch {
	case len(args) == 1:
		return args[0]
	case level == levelXor:
		return &Xor{Args: args, Ops: ops}
	}
	return &Logic{Or: level == levelOr, Args: args, Ops: ops}
}

// unexpected says what is wrong with something that stands where a connective should.
func (p *wparser) unexpected() {
	at := Span{p.pos, p.wtokenEnd()}
	switch word := p.text[at.Start:at.End]; {
	case word == "&" || word == "|":
		p.fault(at, fmt.Sprintf("conditions are joined by %q", word+word), Fix{"write " + word + word, at, word + word})
		p.pos = at.End
		p.blanks()
	case sysdigWords[word]:
		var fixes []Fix
		if word == "exists" { // a field alone asks that
			from := at.Start
			for from > 0 && blank(p.text[from-1]) {
				from--
			}
			fixes = []Fix{{"remove it", Span{from, at.End}, ""}}
		}
		p.fault(at, fmt.Sprintf("Wireshark's language has no operator %q: it is sysdig's", word), fixes...)
		p.pos = at.End
		p.blanks()
	default:
		p.fault(at, `"and" or "or" is missing before this`, Fix{`insert "and"`, Span{p.pos, p.pos}, "and "})
	}
}

// sysdigWords are operators of the other language alone.
var sysdigWords = map[string]bool{
	"exists": true, "startswith": true, "bstartswith": true, "endswith": true, "icontains": true, "bcontains": true, "glob": true, "iglob": true,
	"regex": true, "pmatch": true, "intersects": true,
}

// wtokenEnd returns where what stands at the position ends, for diagnostics.
func (p *wparser) wtokenEnd() int {
	i := p.wwordEnd(p.pos)
	if i == p.pos && i < len(p.text) {
		i++
		for i < len(p.text) && p.text[i]&0xC0 == 0x80 { // the rest of a character
			i++
		}
	}
	return i
}

func (p *wparser) wnot(depth int) Node {
	word := p.text[p.pos:p.wwordEnd(p.pos)]
	at := Span{p.pos, p.pos + len(word)}
	if word == "" && p.at(0) == '!' {
		at.End++
	}
	if at.End == at.Start || word != "" && strings.ToLower(word) != "not" {
		return p.wprimary(depth)
	}
	if depth >= maxDepth {
		return p.tooDeep()
	}
	if word != "" && word != "not" {
		p.fault(at, fmt.Sprintf("%q is written \"not\" here", word), Fix{"write not", at, "not"})
	}
	p.pos = at.End
	p.blanks()
	return &Not{Word: at, X: p.wnot(depth + 1)}
}

func (p *wparser) wprimary(depth int) Node {
	if p.at(0) == '(' {
		return p.wparen(depth)
	}
	if level, _ := p.wconnective(); level >= 0 || p.pos == len(p.text) || p.text[p.pos] == ')' {
		at := Span{p.pos, p.pos}
		if n := len(p.t.Faults); n == 0 || p.t.Faults[n-1].Span != at {
			p.fault(at, "a condition is missing here")
		}
		return &Bad{at}
	}
	return p.relation(depth)
}

func (p *wparser) wparen(depth int) Node {
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
		n.X = p.logic(levelOr, depth+1)
		p.blanks()
	}
	if p.at(0) == ')' {
		p.pos++
	} else if !p.deep {
		end := Span{len(p.text), len(p.text)}
		p.fault(Span{start, start + 1}, "this parenthesis is not closed", Fix{`append ")"`, end, ")"})
	}
	n.At = Span{start, p.pos}
	p.groupsArithmetic(n)
	return n
}

// groupsArithmetic tells of parentheses that stand before an operator: braces group values.
func (p *wparser) groupsArithmetic(n *Paren) {
	save := p.pos
	p.blanks()
	_, size := p.relOp()
	if size == 0 && p.arithOp() == "" {
		p.pos = save
		return
	}
	inner := p.text[n.At.Start+1 : max(n.At.Start+1, n.At.End-1)]
	p.fault(n.At, "parentheses group conditions; values are grouped by braces", Fix{"write {" + inner + "}", n.At, "{" + inner + "}"})
	r := &Relation{At: Span{p.pos, p.pos}, Args: []*Term{{Kind: TermBad, At: Span{p.pos, p.pos}}}, Missing: true}
	p.relationTail(r, 0) // what follows belongs to it
}

// wrels are the operators as they may be written, longer ones before their beginnings.
var wrels = []struct {
	text string
	op   Rel
}{
	{"===", RelAllEq}, {"!==", RelAnyNe}, {"==", RelEq}, {"!=", RelNe}, {">=", RelGe}, {"<=", RelLe}, {">", RelGt}, {"<", RelLt}, {"~", RelMatches},
}

var wrelWords = map[string]Rel{
	"eq": RelEq, "any_eq": RelEq, "ne": RelNe, "all_ne": RelNe, "all_eq": RelAllEq, "any_ne": RelAnyNe, "gt": RelGt, "ge": RelGe, "lt": RelLt,
	"le": RelLe, "contains": RelContains, "matches": RelMatches, "in": RelIn,
}

// relOp returns the operator at the position and how long it is; 0 when there is none.
func (p *wparser) relOp() (Rel, int) {
	word := p.text[p.pos:p.wwordEnd(p.pos)]
	if op, ok := wrelWords[word]; ok {
		return op, len(word)
	}
	if word == "" {
		for _, s := range wrels {
			if strings.HasPrefix(p.rest(), s.text) {
				return s.op, len(s.text)
			}
		}
	}
	return 0, 0
}

// relation reads a condition.
func (p *wparser) relation(depth int) Node {
	r := &Relation{At: Span{p.pos, p.pos}}
	if word := p.text[p.pos:p.wwordEnd(p.pos)]; word == "any" || word == "all" {
		r.Quant, r.QuantAt = map[string]Quant{"any": Any, "all": All}[word], Span{p.pos, p.pos + len(word)}
		p.pos = r.QuantAt.End
		p.blanks()
	}
	start := len(p.t.Faults)
	r.Args = []*Term{p.term(depth)}
	r.Missing = r.Args[0].bad()
	p.relationTail(r, depth)
	if r.Quant != ByOperator && len(r.Ops) == 0 && len(p.t.Faults) == start {
		p.fault(r.QuantAt, fmt.Sprintf("a comparison must follow %q", p.text[r.QuantAt.Start:r.QuantAt.End]))
	}
	r.At.End = p.lastByte(r.At.Start)
	return r
}

// lastByte returns where what was read ends, without the blanks behind it.
func (p *wparser) lastByte(start int) int {
	end := p.pos
	for end > start && blank(p.text[end-1]) {
		end--
	}
	return end
}

// relationTail reads what a value is compared with.
func (p *wparser) relationTail(r *Relation, depth int) {
	for {
		end := p.pos
		p.blanks()
		at := p.pos
		op, n := p.relOp()
		if n == 0 {
			op, n = p.foreignOp()
		}
		if word := p.text[p.pos:p.wwordEnd(p.pos)]; n == 0 && word == "not" && len(r.Ops) == 0 { // not in
			p.pos += len(word)
			p.blanks()
			if op, n = p.relOp(); n == 0 || op != RelIn {
				p.pos = at
				n = 0
			}
			r.Not = n > 0
		}
		if n == 0 || len(r.Ops) > 0 && (op >= RelContains || r.Ops[0] >= RelContains) {
			if n == 0 {
				p.pos = end
				return
			}
			p.fault(Span{p.pos, p.pos + n}, "only comparisons can follow each other")
			r.Missing = true
		}
		p.pos += n
		r.Ops, r.OpsAt = append(r.Ops, op), append(r.OpsAt, Span{at, p.pos})
		p.blanks()
		if op == RelIn {
			p.set(r, depth)
			return
		}
		t := p.right(op, depth)
		r.Missing = r.Missing || t.bad()
		r.Args = append(r.Args, t)
	}
}

// foreignOp reads a lone =, and operators of the other language that mean the same, and says how they are written.
func (p *wparser) foreignOp() (Rel, int) {
	at := Span{p.pos, p.pos + 1}
	switch c := p.at(0); {
	case c == '=':
		p.fault(at, `"=" is written "==" here`, Fix{"write ==", at, "=="})
		return RelEq, 1
	case p.text[p.pos:p.wwordEnd(p.pos)] == "regex":
		at.End = p.pos + len("regex")
		p.fault(at, `"regex" is written "matches" here, and looks for the pattern anywhere in the text`, Fix{"write matches", at, "matches"})
		return RelMatches, len("regex")
	}
	return 0, 0
}

// right reads what stands behind an operator.
func (p *wparser) right(op Rel, depth int) *Term {
	if level, _ := p.wconnective(); level >= 0 || p.pos == len(p.text) || p.text[p.pos] == ')' {
		at := Span{p.pos, p.pos}
		p.fault(at, fmt.Sprintf("a value is missing behind %q", op))
		return &Term{At: at}
	}
	return p.term(depth)
}

// set reads the braces behind in.
func (p *wparser) set(r *Relation, depth int) {
	start, closing := p.pos, byte('}')
	switch p.at(0) {
	case '{':
	case '(', '[':
		closing = map[byte]byte{'(': ')', '[': ']'}[p.at(0)]
		fix := []Fix{{"write {", Span{start, start + 1}, "{"}}
		if i := strings.IndexByte(p.rest(), closing); i >= 0 {
			inner := p.text[start+1 : start+i]
			fix = []Fix{{"write {" + inner + "}", Span{start, start + i + 1}, "{" + inner + "}"}}
		}
		p.fault(Span{start, start + 1}, "the values behind \"in\" stand in braces", fix...)
		r.Missing = true
	default:
		p.fault(Span{start, min(start+1, len(p.text))}, `values in braces are missing behind "in"`)
		r.Missing = true
		return
	}
	p.pos++
	p.blanks()
	if p.at(0) == closing {
		p.pos++
		r.SetAt = Span{start, p.pos}
		p.fault(r.SetAt, "nothing stands in these braces")
		r.Missing = true
		return
	}
	for p.pos < len(p.text) {
		before := p.pos
		r.Set = append(r.Set, p.element(r, depth))
		p.blanks()
		c := p.at(0)
		if c == closing || p.pos == len(p.text) {
			break
		}
		if level, _ := p.wconnective(); level >= 0 || c == ')' {
			break
		}
		if c == ',' {
			comma := Span{p.pos, p.pos + 1}
			p.pos++
			p.blanks()
			if p.at(0) == closing {
				p.fault(comma, "nothing follows this comma", Fix{"remove it", comma, ""})
				break
			}
			continue
		}
		p.fault(Span{p.pos, p.wtokenEnd()}, "a comma is missing before this", Fix{"insert a comma", Span{p.pos, p.pos}, ", "})
		if p.pos == before { // nothing was read: skip it
			p.pos = p.wtokenEnd()
		}
	}
	if p.at(0) == closing && p.pos < len(p.text) {
		p.pos++
	} else {
		p.fault(Span{start, start + 1}, "these braces are not closed", Fix{`insert "}"`, Span{p.pos, p.pos}, "}"})
		r.Missing = true
	}
	r.SetAt = Span{start, p.pos}
}

// element reads a value, or a range of them.
func (p *wparser) element(r *Relation, depth int) Element {
	e := Element{At: Span{p.pos, p.pos}}
	e.From = p.term(depth)
	r.Missing = r.Missing || e.From.bad()
	end := p.pos
	p.blanks()
	if strings.HasPrefix(p.rest(), "..") {
		p.pos += 2
		p.blanks()
		e.To = p.right(RelIn, depth)
		r.Missing = r.Missing || e.To.bad()
		end = p.pos
	}
	p.pos = end
	e.At.End = end
	return e
}
