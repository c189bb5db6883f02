package filter

import "strings"

// relation writes a condition of Wireshark's language.
func (f *formatter) relation(n *Relation) {
	switch n.Quant {
	case Any:
		f.WriteString("any ")
	case All:
		f.WriteString("all ")
	}
	for i, t := range n.Args {
		if i > 0 {
			f.WriteString(" " + n.Ops[i-1].String() + " ")
		}
		f.term(t)
	}
	if len(n.Ops) == 0 || n.Ops[0] != RelIn {
		return
	}
	if n.Not {
		f.WriteString(" not")
	}
	f.WriteString(" in {")
	for i, e := range n.Set {
		if i > 0 {
			f.WriteString(", ")
		}
		f.term(e.From)
		if e.To != nil {
			f.WriteString(" .. ")
			f.term(e.To)
		}
	}
	f.WriteByte('}')
}

// written returns a term as the formatter writes it.
func (k *checker) written(t *Term) string {
	f := formatter{text: k.text}
	f.term(t)
	return f.String()
}

func (f *formatter) term(t *Term) {
	quote := t.Kind == TermLiteral && (t.Form == Quoted || t.Form != Bare && !Printable(f.text[t.At.Start:t.At.End]))
	if t.Raw && (t.Kind != TermLiteral || quote) { // the place of another literal holds it
		f.WriteByte('@')
	}
	switch t.Kind {
	case TermField:
		f.WriteString(strings.TrimPrefix(f.text[t.Name.Start:t.Name.End], "."))
	case TermLiteral:
		if quote && t.Form == CharConst {
			f.WriteString("'" + strings.Trim(InQuotes(t.Text), `"`) + "'")
			return
		}
		if quote {
			f.WriteString(InQuotes(t.Text))
			return
		}
		f.WriteString(f.text[t.At.Start:t.At.End])
	case TermReference:
		f.WriteString("${" + f.text[t.Name.Start:t.Name.End] + "}")
	case TermCall:
		f.WriteString(t.Text + "(")
		for i, x := range t.Args {
			if i > 0 {
				f.WriteString(", ")
			}
			f.term(x)
		}
		f.WriteByte(')')
	case TermSlice:
		f.term(t.Args[0])
		f.WriteByte('[')
		for i, r := range t.Ranges {
			if i > 0 {
				f.WriteByte(',')
			}
			f.WriteString(strings.Join(strings.Fields(f.text[r.At.Start:r.At.End]), ""))
		}
		f.WriteByte(']')
	case TermUnary:
		f.WriteString(t.Text)
		if i := t.Args[0].At.Start; i < len(f.text) && f.text[i] >= '0' && f.text[i] <= '9' { // else the sign became a part of the number
			f.WriteByte(' ')
		}
		f.term(t.Args[0])
	case TermBinary:
		f.term(t.Args[0])
		f.WriteString(" " + t.Text + " ")
		f.term(t.Args[1])
	case TermGroup:
		f.WriteByte('{')
		f.term(t.Args[0])
		f.WriteByte('}')
	default:
		f.WriteString(f.text[t.At.Start:t.At.End])
	}
}
