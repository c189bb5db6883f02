package filter

import (
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// Read reads a filter in a language; Auto finds out which one it is:
//
//  1. A text that can be used in one language only is that language's. A name that neither knows does not count: it is
//     as wrong in the other.
//  2. A text that can be used in both and means the same is sysdig's.
//  3. A text that can be used in both and means different things is sysdig's too, and Other and OtherNote tell of
//     Wireshark's.
//  4. Of a text that can be used in neither, the language is the one more of its marks belong to (&& and {…} against =
//     and (…), matches against startswith, sysdig.thread_id against evt.arg[0] …); without any, sysdig's.
//
// It never fails: see Reading.Diags.
func Read(text string, lang Language) Reading {
	s, w := Reading{}, Reading{}
	if lang != Wireshark {
		s.Tree = Parse(text)
		s.Diags = Check(s.Tree)
		if lang == Sysdig || s.Tree.Root == nil && len(s.Tree.Faults) == 0 {
			return s
		}
	}
	w.Tree = ParseWireshark(text)
	w.Diags = Check(w.Tree)
	if lang == Wireshark {
		return w
	}
	a, b := s.rank(), w.rank()
	switch {
	case a < b:
		return s
	case b < a:
		return w
	case a == rankUnusable:
		if leaning(text) > 0 {
			return w
		}
		return s
	case a == rankMisnamed:
		return s
	}
	if note := differ(s.Tree.Root, w.Tree.Root); note != "" {
		s.Other, s.OtherNote = Wireshark, note
	}
	return s
}

// How well a text fits a language, the best first.
const (
	rankUsable   = iota
	rankMisnamed // but for names that are not known
	rankUnusable
)

func (r *Reading) rank() int {
	rank := rankUsable
	for _, d := range r.Diags {
		switch {
		case d.name:
			rank = max(rank, rankMisnamed)
		case d.Severity == Error:
			return rankUnusable
		}
	}
	return rank
}

// leaning counts the marks of Wireshark's language in a text less those of sysdig's.
func leaning(text string) int {
	n := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '"' || c == '\'':
			end := closing(text, i)
			if c == '\'' && end > i+3 { // a text, where Wireshark has one character
				n--
			}
			i = end
		case letter(c):
			end := i
			for end < len(text) && (letter(text[end]) || text[end] == '.') {
				end++
			}
			n += wordLeaning(text[i:end], text[end:])
			i = end
		default:
			mark, size := symbolLeaning(text[i:])
			n += mark
			i += size
		}
	}
	return n
}

// closing returns where the quoted text that begins at i ends.
func closing(text string, i int) int {
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			j++
		case text[i]:
			return j + 1
		}
	}
	return len(text)
}

func wordLeaning(word, rest string) int {
	switch word {
	case "eq", "ne", "gt", "ge", "lt", "le", "any_eq", "all_eq", "any_ne", "all_ne", "matches", "xor", "any", "all", "upper", "lower":
		return 1
	case "in":
		switch next := strings.TrimLeft(rest, " \t\r\n"); {
		case strings.HasPrefix(next, "{"):
			return 1
		case strings.HasPrefix(next, "("):
			return -1
		}
	case "val", "tolower", "toupper", "b64", "basename":
		if strings.HasPrefix(rest, "(") {
			return -1
		}
	}
	if sysdigWords[word] {
		return -1
	}
	if strings.Contains(word, ".") && field.Lookup(word) == nil {
		if _, err := field.ParseWireshark(word); err == nil {
			if _, err := field.Parse(word); err != nil {
				return 2
			}
		}
	}
	return 0
}

func symbolLeaning(s string) (mark, size int) {
	for _, m := range []struct {
		text string
		mark int
	}{{"===", 1}, {"!==", 1}, {"==", 0}, {"!=", 0}, {"<=", 0}, {">=", 0}, {"&&", 1}, {"||", 1}, {"^^", 1}, {"..", 1}, {"!", 1}, {"~", 1}, {"{", 1}, {"=", -1}} {
		if strings.HasPrefix(s, m.text) {
			return m.mark, len(m.text)
		}
	}
	return 0, 1
}

// differ returns in which way two readings of one text mean different things, "" when they mean the same.
func differ(s, w Node) string {
	switch a := s.(type) {
	case *Paren:
		if b, ok := w.(*Paren); ok {
			return differ(a.X, b.X)
		}
	case *Not:
		if b, ok := w.(*Not); ok {
			return differ(a.X, b.X)
		}
	case *Logic:
		b, ok := w.(*Logic)
		if !ok || a.Or != b.Or || len(a.Args) != len(b.Args) {
			break
		}
		for i := range a.Args {
			if note := differ(a.Args[i], b.Args[i]); note != "" {
				return note
			}
		}
		return ""
	case *Comparison:
		if b, ok := w.(*Relation); ok {
			return differConditions(a, b)
		}
	}
	return "the text is put together in another way there"
}

// differConditions compares what one condition means in both languages.
func differConditions(a *Comparison, b *Relation) string {
	if len(b.Ops) != 1 || len(b.Args) != 2 || len(a.Values) != 1 {
		return "the condition is read in another way there"
	}
	name := a.Left.Expr.String()
	v, t := a.Values[0], b.Args[1]
	s := shapeOf(&a.Left.Expr)
	switch {
	case t.Kind != TermLiteral:
		return "in Wireshark's language " + v.Text + " is a field there, which is compared with " + name
	case a.Left.Expr.F.Name == "evt.buffer":
		return "Wireshark's language searches the text that a buffer is shown as, sysdig's its bytes"
	case numeric(s.kind):
		return differNumbers(a, s, v, t)
	case s.kind == field.Elements || s.dyn:
		return "the values of " + name + " are compared in another way there"
	case t.Text != v.Text:
		return "the text after " + a.Op.String() + " is read as " + InQuotes(t.Text) + " there"
	case s.kind == field.String && v.Text == "":
		return "in Wireshark's language an empty text counts as none, so that no event has one"
	case a.Left.Expr.Several() && (a.Op == Ne) && a.Left.Expr.F.Class != "fd":
		return "in Wireshark's language != is true when all values of " + name + " differ, in sysdig's when one does"
	case s.kind == field.String && mayBeEmpty(&a.Left.Expr) && (a.Op == Ne || a.Op == Lt || a.Op == Le):
		return "in Wireshark's language an event whose " + name + " is empty has no " + name + ", and does not match"
	}
	return ""
}

func differNumbers(a *Comparison, s shape, v Literal, t *Term) string {
	l, err := compileValue(s, a.Op, v.Text)
	k, werr := constantOf(s, t)
	if err != nil || werr != nil || l.n != k.v.U {
		return v.Text + " is another number there"
	}
	return ""
}

// neverEmpty are text fields whose value has at least one character: by the way they are made, or since a process, a
// user and a group always have a name.
var neverEmpty = map[string]bool{
	"evt.type": true, "syscall.type": true, "evt.category": true, "evt.source": true, "evt.io_dir": true, "evt.dir": true, "evt.time": true,
	"evt.time.s": true, "evt.datetime": true, "evt.datetime.s": true, "evt.time.iso8601": true, "evt.res": true, "evt.latency.human": true,
	"evt.hostname": true, "evt.outputtime": true, "sysdig.event_name": true,

	"fd.type": true, "fd.typechar": true, "fd.uid": true, "fd.filename": true, "fd.nameraw": true, "fd.l4proto": true, "fd.sockfamily": true,
	"fd.containername": true, "fd.containerdirectory": true,

	"proc.name": true, "proc.exe": true, "proc.cmdline": true, "proc.exeline": true, "proc.pname": true, "proc.pexe": true, "proc.pcmdline": true,
	"thread.nametid": true, "proc.stdin.type": true, "proc.stdout.type": true, "proc.stderr.type": true,
	"user.name": true, "user.homedir": true, "user.loginname": true, "group.name": true,
}

// mayBeEmpty reports whether a text field may have an empty value.
func mayBeEmpty(e *field.Expr) bool {
	if e.F.Class == "container" || e.F.Class == "k8s" { // what is not known has no value
		return e.F.Arg != field.ArgNone
	}
	return len(e.Chain) > 0 || !neverEmpty[e.F.Name]
}
