package field

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/scapls/scapls/scapio/evtable"
)

// Ref is a field with its argument, ready to be asked.
type Ref struct {
	F     *Field
	Arg   string // without brackets, quotes or leading dot; "" when there is none
	Index int    // the argument as a number, -1 when it is none

	params []int8 // evt.arg.NAME: position of the parameter by event type, -1 where there is none
}

// Error says why a text is no field.
type Error struct {
	Text  string   // the field as far as it was understood
	Msg   string   // "unknown field", "needs an argument" …
	Start int      // where in the text the fault is
	Near  []string // names that look like what was meant, the best first
}

// Error returns the sentence with the field's name and the nearest names.
func (e *Error) Error() string {
	s := fmt.Sprintf("field %q: %s", e.Text, e.Msg)
	if len(e.Near) > 0 {
		s += "; did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return s
}

// Must reads a field that the program itself names, as Parse does; it panics when there is none.
func Must(name string) Ref {
	r, err := Parse(name)
	if err != nil {
		panic(err)
	}
	return r
}

// Parse reads a field with its argument: proc.name, proc.aname[2], evt.arg.fd, evt.arg[0], proc.env["HOME"]. The whole
// text must be one field. Errors are of type *Error.
func Parse(text string) (Ref, error) {
	r, n, err := Scan(text)
	if err != nil {
		return Ref{}, err
	}
	if n == len(text) {
		return r, nil
	}
	if text[n] == '[' && r.F.Arg == ArgNone {
		return Ref{}, &Error{Text: r.F.Name, Msg: "takes no argument", Start: n}
	}
	return Ref{}, unknown(text)
}

// Scan reads the longest field at the start of text and returns how many bytes it takes. What stands behind it is not
// looked at: of "evt.numX" it takes "evt.num".
func Scan(text string) (Ref, int, error) {
	b := open()
	end := nameEnd(text)
	for n := min(end, b.longest); n > 0; n-- {
		f := b.byName[text[:n]]
		if f == nil {
			continue
		}
		r := Ref{F: f, Index: -1}
		n, err := r.scanArg(text, n)
		if err != nil {
			return Ref{}, 0, err
		}
		return r, n, nil
	}
	return Ref{}, 0, unknown(text[:end])
}

// nameEnd returns how many bytes at the start of text may belong to a field's name.
func nameEnd(text string) int {
	for i := range len(text) {
		if c := text[i]; !letter(c) && c != '.' {
			return i
		}
	}
	return len(text)
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func unknown(text string) error {
	name := text[:nameEnd(text)]
	if slices.Contains(retired[:], name) {
		return &Error{Text: name, Msg: "left the tools years ago; no capture answers it"}
	}
	return &Error{Text: name, Msg: "unknown field", Near: Nearest(name, 3)}
}

// scanArg reads the argument behind the name, which ends at n, and returns where it ends.
func (r *Ref) scanArg(text string, n int) (int, error) {
	f := r.F
	rest := text[n:]
	switch {
	case f.Name == "evt.abspath":
		for _, s := range []string{".src", ".dst"} {
			if strings.HasPrefix(rest, s) {
				r.Arg = s[1:]
				return n + len(s), nil
			}
		}
		return n, nil
	case f.Arg == ArgNone:
		return n, nil
	case rest != "" && rest[0] == '[':
		return r.scanBracket(text, n)
	case rest != "" && rest[0] == '.':
		return r.scanSuffix(text, n)
	case f.Arg == ArgRequired:
		return 0, &Error{Text: f.Name, Msg: "needs an argument: " + f.Name + f.Syntax, Start: n}
	}
	return n, nil
}

func (r *Ref) scanBracket(text string, n int) (int, error) {
	f := r.F
	if strings.HasPrefix(f.Syntax, ".") || f.Name == "evt.type.is" {
		return 0, &Error{Text: f.Name, Msg: "is written " + f.Name + f.Syntax, Start: n}
	}
	arg, end, ok := bracket(text, n)
	if !ok {
		return 0, &Error{Text: f.Name, Msg: "the bracket does not end", Start: n}
	}
	r.Arg = arg
	if i, err := strconv.Atoi(arg); err == nil && i >= 0 && digits(arg) {
		r.Index = i
	}
	if r.Index < 0 && numeric[f.Name] {
		return 0, &Error{Text: f.Name, Msg: fmt.Sprintf("%q is not a valid number", arg), Start: n + 1}
	}
	return end, nil
}

// numeric are the fields whose bracket holds a number only.
var numeric = map[string]bool{
	"evt.arg": true, "evt.around": true, "proc.aname": true, "proc.apid": true, "proc.aexe": true, "proc.aexepath": true,
	"proc.acmdline": true, "proc.aargs": true, "proc.args": true, "fd.types": true,
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// bracket reads the text in the bracket that begins at n: bare, or in quotes.
func bracket(text string, n int) (arg string, end int, ok bool) {
	i := n + 1
	if i < len(text) && (text[i] == '"' || text[i] == '\'') {
		j := strings.IndexByte(text[i+1:], text[i])
		if j < 0 {
			return "", 0, false
		}
		arg, i = text[i+1:i+1+j], i+j+2
		if i >= len(text) || text[i] != ']' {
			return "", 0, false
		}
		return arg, i + 1, arg != ""
	}
	j := strings.IndexByte(text[i:], ']')
	if j <= 0 || strings.ContainsAny(text[i:i+j], "[\"' \t\r\n") {
		return "", 0, false
	}
	return text[i : i+j], i + j + 1, true
}

func (r *Ref) scanSuffix(text string, n int) (int, error) {
	f := r.F
	rest := text[n+1:]
	switch f.Name {
	case "evt.arg", "evt.rawarg":
		name := longestParam(rest)
		if name == "" {
			word := rest[:nameEnd(rest)]
			return 0, &Error{Text: text[:n+1] + word, Msg: "no event has such a parameter", Start: n + 1, Near: nearest(word, paramNames(), 3)}
		}
		r.Arg, r.params = name, positions(name)
		return n + 1 + len(name), nil
	}
	if f.Arg != ArgRequired {
		return n, nil
	}
	end := 0
	for end < len(rest) && letter(rest[end]) {
		end++
	}
	if f.Class == "k8s" || f.Class == "container" { // keys of labels hold dots and slashes
		for end < len(rest) && (letter(rest[end]) || strings.IndexByte("./-", rest[end]) >= 0) {
			end++
		}
	}
	if end == 0 {
		return 0, &Error{Text: f.Name, Msg: "needs an argument: " + f.Name + f.Syntax, Start: n}
	}
	r.Arg = rest[:end]
	return n + 1 + end, nil
}

// paramNames are the names of all parameters of all events.
var paramNames = sync.OnceValue(func() []string {
	var list []string
	for i := range evtable.Types {
		for j := range evtable.Types[i].Params {
			list = append(list, evtable.Types[i].Params[j].Name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
})

// ParamNames returns the names evt.arg and evt.rawarg take, sorted.
func ParamNames() []string { return slices.Clone(paramNames()) }

func longestParam(text string) string {
	best := ""
	for _, name := range paramNames() {
		if len(name) > len(best) && strings.HasPrefix(text, name) {
			best = name
		}
	}
	return best
}

// positions returns where each event type has the parameter.
func positions(name string) []int8 {
	at := make([]int8, len(evtable.Types))
	for i := range evtable.Types {
		at[i] = paramIndex(&evtable.Types[i], name)
	}
	return at
}

func paramIndex(t *evtable.Type, name string) int8 {
	for i := range t.Params {
		if t.Params[i].Name == name {
			return int8(i)
		}
	}
	return -1
}

// Nearest returns the names of at most n fields that look like name, the most alike first.
func Nearest(name string, n int) []string {
	list := make([]string, len(catalogue))
	for i := range catalogue {
		list[i] = catalogue[i].Name
	}
	return nearest(name, list, n)
}

func nearest(name string, names []string, n int) []string {
	type near struct {
		name string
		d    int
	}
	var list []near
	limit := min(max(2, len(name)/3), 8)
	for _, s := range names {
		d := distance(name, s)
		if name != "" && (strings.HasPrefix(s, name) || strings.HasSuffix(s, "."+name)) {
			d = 1
		}
		if d <= limit {
			list = append(list, near{s, d})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].d < list[j].d })
	var out []string
	for _, x := range list[:min(n, len(list))] {
		out = append(out, x.name)
	}
	return out
}

// distance is the number of letters to insert, delete, exchange or swap with their neighbour.
func distance(a, b string) int {
	const far = 64
	if len(a) > far || len(b) > far {
		return far
	}
	var rows [3][far + 1]int
	prev2, prev, cur := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// String returns the field as it is written: proc.aname[2], evt.arg.fd.
func (r *Ref) String() string {
	switch {
	case r.F == nil:
		return ""
	case r.Arg == "":
		return r.F.Name
	case r.params != nil, r.F.Name == "evt.abspath", strings.HasPrefix(r.F.Syntax, "."):
		return r.F.Name + "." + r.Arg
	case strings.ContainsAny(r.Arg, "[]' \t\r\n"):
		return r.F.Name + `["` + r.Arg + `"]`
	case strings.Contains(r.Arg, `"`):
		return r.F.Name + `['` + r.Arg + `']`
	}
	return r.F.Name + "[" + r.Arg + "]"
}
