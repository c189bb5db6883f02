package filter

import (
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// Translate returns a filter in a language as the tools that speak it take it: sysdig and Falco, or Stratoshark. What it
// returns selects the same events. Where a part has no counterpart, the problems name its place and say why, and the text
// is empty. A filter that is in the language already is written as Format does as far as those tools take it.
func Translate(t *Tree, to Language) (string, []Diagnostic) {
	diags := Check(t)
	if !valid(diags) {
		var list []Diagnostic
		for _, d := range diags {
			if d.Severity == Error {
				list = append(list, d)
			}
		}
		return "", list
	}
	if t.Root == nil {
		return "", nil
	}
	if to == t.Language || to == Auto {
		for _, d := range diags {
			if d.refused {
				d.Severity = Error
				return "", append([]Diagnostic(nil), d)
			}
		}
		if t.Language == Sysdig {
			return copySysdig(t)
		}
		return Format(t), nil
	}
	x := &translator{text: t.Text}
	x.leaf = x.toWireshark
	if to == Sysdig {
		x.leaf = x.toSysdig
	}
	s := x.node(t.Root)
	if len(x.problems) > 0 {
		return "", x.problems
	}
	return bareText(s), nil
}

// translator writes conditions in the other language. Every piece it returns is one condition: what is joined of several
// stands in parentheses.
type translator struct {
	text     string
	leaf     func(Node) string
	problems []Diagnostic
}

func (x *translator) problem(at Span, format string, args ...any) string {
	x.problems = append(x.problems, Diagnostic{Span: at, Severity: Error, Msg: fmt.Sprintf(format, args...)})
	return "?"
}

// source returns the text of a place.
func (x *translator) source(at Span) string { return x.text[at.Start:at.End] }

func (x *translator) node(n Node) string {
	switch n := n.(type) {
	case *Logic:
		word := " and "
		if n.Or {
			word = " or "
		}
		return x.join(n.Args, word)
	case *Xor:
		return x.xor(n.Args)
	case *Not:
		return negation(x.node(n.X))
	case *Paren:
		return x.node(n.X)
	}
	return x.leaf(n)
}

func (x *translator) join(args []Node, word string) string {
	list := make([]string, len(args))
	for i, n := range args {
		list[i] = x.node(n)
	}
	return joined(word, list...)
}

// xor writes that one of two conditions holds; sysdig's language has no word for it.
func (x *translator) xor(args []Node) string {
	s := x.node(args[0])
	for _, n := range args[1:] {
		r := x.node(n)
		s = joined(" or ", joined(" and ", s, negation(r)), joined(" and ", negation(s), r))
		if len(s) > maxPattern {
			return x.problem(Span{args[0].Span().Start, n.Span().End}, "so many conditions joined by xor have no counterpart of sensible length")
		}
	}
	return s
}

// joined puts conditions together; several stand in parentheses.
func joined(word string, list ...string) string {
	if len(list) == 1 {
		return list[0]
	}
	for i, s := range list { // a and (b and c) is a and b and c
		if inner := bareText(s); inner != s && outerWord(inner) == word {
			list[i] = inner
		}
	}
	return "(" + strings.Join(list, word) + ")"
}

func negation(s string) string {
	if rest, ok := strings.CutPrefix(s, "not "); ok {
		return rest
	}
	return "not " + s
}

// bareText removes the parentheses around a whole condition.
func bareText(s string) string {
	if len(s) > 1 && s[0] == '(' && matching(s) == len(s)-1 {
		return s[1 : len(s)-1]
	}
	return s
}

// scanText calls yield for every byte outside quotes with how many parentheses are open before it.
func scanText(s string, yield func(i, depth int) bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = closing(s, i) - 1
			continue
		case ')':
			depth--
		}
		if !yield(i, depth) {
			return
		}
		if s[i] == '(' {
			depth++
		}
	}
}

// matching returns where the parenthesis that begins the text is closed.
func matching(s string) int {
	end := -1
	scanText(s, func(i, depth int) bool {
		if s[i] == ')' && depth == 0 {
			end = i
		}
		return end < 0
	})
	return end
}

// outerWord returns the connective that joins a text without parentheses around it, "" when there is none or a not.
func outerWord(s string) string {
	word := ""
	scanText(s, func(i, depth int) bool {
		if depth == 0 && s[i] == ' ' {
			for _, w := range []string{" and ", " or "} {
				if strings.HasPrefix(s[i:], w) {
					word = w
				}
			}
		}
		return word == ""
	})
	return word
}

// companion returns a field that Stratoshark has on the very events on which sysdig has this text, empty or not; "" when
// there is none. Stratoshark leaves empty texts out.
func companion(e *field.Expr) string {
	switch name := e.F.Name; {
	case name == "fd.name":
		return "fd.num"
	case name == "evt.args", name == "evt.info":
		return "evt.type"
	case name == "user.shell", strings.HasPrefix(name, "thread.cap_"), name == "thread.cgroups", name == "proc.cwd", name == "proc.exepath",
		name == "proc.sname", strings.HasPrefix(name, "proc.sid."), strings.HasPrefix(name, "proc.pgid."), strings.HasPrefix(name, "proc.vpgid."):
		return "proc.pid"
	}
	return ""
}
