package filter

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// function describes a function of Wireshark's language.
type function struct {
	min, max int
	doc      string
}

// functions are the functions of Wireshark's language that say something about events.
var functions = map[string]function{
	"upper":  {1, 1, "text in upper case (ASCII)"},
	"lower":  {1, 1, "text in lower case (ASCII)"},
	"len":    {1, 1, "bytes of a text"},
	"count":  {1, 1, "how many values the event has of a field"},
	"string": {1, 1, "a number or an address as text"},
	"dec":    {1, 1, "an unsigned number as decimal text"},
	"hex":    {1, 1, "an unsigned number as hexadecimal text"},
	"float":  {1, 1, "a number with a fraction"},
	"double": {1, 1, "a number with a fraction"},
	"max":    {1, 16, "the largest of the values"},
	"min":    {1, 16, "the smallest of the values"},
	"abs":    {1, 1, "a number without its sign"},
}

// Functions returns the functions of Wireshark's language with what each does.
func Functions() map[string]string {
	m := make(map[string]string, len(functions))
	for name, f := range functions {
		m[name] = f.doc
	}
	return m
}

// wshape is what a term yields. kind None with literal is a constant, which takes the kind of what it is compared with.
type wshape struct {
	shape
	literal bool
	bytes   bool // unsigned, so that dec and hex take it
}

// fieldShape returns the shape of a field in Wireshark's language.
func fieldShape(e *field.Expr) shape {
	s := shapeOf(e)
	if s.kind == field.Elements {
		s = shape{kind: field.String, typ: "charbuf"} // a list is a field that occurs several times
	}
	return s
}

// relation checks a condition of Wireshark's language.
func (k *checker) relation(n *Relation) {
	if len(n.Args) > 0 && n.Args[0].Kind == TermLiteral && n.Args[0].Form == Bare && n.Args[0].Err != nil {
		k.unknownField(n.Args[0].At, n.Args[0].Err)
		return
	}
	shapes := make([]wshape, len(n.Args))
	ok := !n.Missing
	for i, t := range n.Args {
		s, fine := k.term(t)
		shapes[i], ok = s, ok && fine
	}
	for _, e := range n.Set {
		for _, t := range []*Term{e.From, e.To} {
			if t != nil && t.Kind != TermLiteral && t.Kind != TermBad {
				_, fine := k.term(t)
				ok = ok && fine
			}
		}
	}
	if !ok {
		return
	}
	if len(n.Ops) == 0 {
		k.presence(n.Args[0], shapes[0])
		return
	}
	if n.Ops[0] == RelIn {
		k.membership(n, shapes[0])
		return
	}
	for i, op := range n.Ops {
		k.pair(op, n.OpsAt[i], n.Args[i], n.Args[i+1], shapes[i], shapes[i+1])
	}
}

func (k *checker) unknownField(at Span, err *field.Error) {
	var fixes []Fix
	for _, name := range err.Near {
		fixes = append(fixes, Fix{"write " + name, at, name})
	}
	msg := fmt.Sprintf("there is no field %q", err.Text)
	if err.Msg != "unknown field" {
		msg = fmt.Sprintf("field %q: %s", err.Text, err.Msg)
	}
	k.misnamed(Error, at, fixes, "%s", msg)
}

// presence checks a value that stands alone.
func (k *checker) presence(t *Term, s wshape) {
	switch {
	case s.literal:
		k.say(Error, t.At, nil, "a value alone is no condition: compare a field with it")
	case t.Kind == TermField && s.kind == field.Bool && t.Expr.F.Class != "protocol":
		text := k.text[t.At.Start:t.At.End]
		k.say(Warning, t.At, []Fix{{"write " + text + " == 1", t.At, text + " == 1"}},
			"%s alone asks whether an event has the field, be it true or false", text)
	}
}

// membership checks the values behind in.
func (k *checker) membership(n *Relation, s wshape) {
	if s.literal {
		k.say(Error, n.Args[0].At, nil, "a field stands on the left of \"in\"")
		return
	}
	if t := n.Args[0]; t.Kind != TermField {
		k.refused(Hint, t.At, "Stratoshark takes only a field before \"in\"")
	}
	for _, e := range n.Set {
		for _, t := range []*Term{e.From, e.To} {
			if t == nil {
				continue
			}
			if t.Kind == TermLiteral {
				k.constant(n.Args[0], s, RelEq, t)
			} else {
				r, _ := k.term(t)
				k.alike(n.OpsAt[0], n.Args[0], t, s, r)
			}
		}
	}
}

// pair checks two values with an operator between them.
func (k *checker) pair(op Rel, at Span, left, right *Term, l, r wshape) {
	switch {
	case l.literal && r.literal:
		k.say(Error, Span{left.At.Start, right.At.End}, nil, "both sides are constants: a field stands on one of them")
		return
	case op == RelContains || op == RelMatches:
		if !k.search(op, at, left, right, l, r) {
			return
		}
	}
	switch {
	case r.literal:
		k.constant(left, l, op, right)
	case l.literal:
		k.constant(right, r, op, left)
	default:
		k.alike(at, left, right, l, r)
	}
}

// search checks contains and matches.
func (k *checker) search(op Rel, at Span, left, right *Term, l, r wshape) bool {
	if l.literal {
		k.say(Error, left.At, nil, "a field stands on the left of %q", op)
		return false
	}
	if l.kind != field.String && l.kind != field.Bytes && !l.dyn {
		var fixes []Fix
		if op == RelContains {
			fixes = []Fix{{"write ==", at, "=="}}
		}
		k.say(Error, at, fixes, "%q searches texts and bytes; %s holds %s", op, k.written(left), kindWords[l.kind])
		return false
	}
	if op == RelContains {
		return true
	}
	switch {
	case !r.literal:
		k.say(Error, right.At, nil, "the pattern is a text in double quotes")
	case right.Form != Quoted && right.Form != RawQuoted:
		k.say(Error, right.At, []Fix{{"write it in double quotes", right.At, InQuotes(right.Text)}}, "the pattern stands in double quotes")
	default:
		if _, err := compileMatches(right.Text); err != nil {
			k.say(Error, right.At, nil, "this regular expression cannot be used: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	return false
}

// constant checks a literal that a value is compared with.
func (k *checker) constant(t *Term, s wshape, op Rel, v *Term) {
	if s.dyn {
		return
	}
	if _, err := constantOf(s.shape, v); err != nil {
		var fixes []Fix
		for _, text := range err.fixes {
			fixes = append(fixes, Fix{"write " + text, v.At, text})
		}
		k.say(Error, v.At, fixes, "%s", err.msg)
		return
	}
	switch {
	case s.kind == field.String && v.Text == "" && op != RelNe && op != RelAnyNe && (op == RelEq || op == RelAllEq || op == RelContains || op == RelLt || op == RelLe):
		k.say(Warning, v.At, nil, "an empty text counts as none in Wireshark's language: no event matches")
	case t.Kind == TermField && t.Expr.F.Name == "evt.type" && (op == RelEq || op == RelNe || op == RelAllEq || op == RelAnyNe) && !knownEvent(v.Text):
		var fixes []Fix
		for _, name := range closest(v.Text, eventNames(), 3) {
			text := name
			if v.Form != Bare {
				text = InQuotes(name)
			}
			fixes = append(fixes, Fix{"write " + name, v.At, text})
		}
		k.misnamed(Warning, v.At, fixes, "no event and no system call is named %q", v.Text)
	}
}

// alike checks that two fields can be compared.
func (k *checker) alike(at Span, left, right *Term, l, r wshape) {
	same := l.dyn || r.dyn || l.kind == r.kind || numeric(l.kind) && numeric(r.kind) || text(l.kind) && text(r.kind)
	if left.Kind == TermField && left.Expr.F.Class == "protocol" || right.Kind == TermField && right.Expr.F.Class == "protocol" {
		same = false
	}
	if same {
		return
	}
	var fixes []Fix
	if word := k.text[right.At.Start:right.At.End]; right.Kind == TermField && l.kind == field.String {
		fixes = []Fix{{"write it in double quotes", right.At, InQuotes(word)}}
	}
	k.say(Error, right.At, fixes, "%s cannot be compared with %s", k.written(left), k.written(right))
}

func numeric(k field.Kind) bool {
	switch k {
	case field.Int, field.Uint, field.Float, field.Time, field.Duration, field.Port, field.Bool:
		return true
	}
	return false
}

func text(k field.Kind) bool { return k == field.String || k == field.Bytes }

// term checks a value and returns its shape; false when nothing more can be said of its condition.
func (k *checker) term(t *Term) (wshape, bool) {
	if t.Raw {
		at := Span{t.At.Start, t.At.Start + 1}
		k.say(Error, at, []Fix{{"remove @", at, ""}}, "the bytes behind a field cannot be asked for here")
		return wshape{}, false
	}
	switch t.Kind {
	case TermLiteral:
		return wshape{literal: true}, true
	case TermField:
		return k.fieldTerm(t)
	case TermReference:
		return k.referenceTerm(t)
	case TermCall:
		return k.call(t)
	case TermGroup:
		return k.term(t.Args[0])
	case TermSlice:
		return k.sliceTerm(t)
	case TermUnary, TermBinary:
		return k.arithmetic(t)
	}
	return wshape{}, false
}

func (k *checker) fieldTerm(t *Term) (wshape, bool) {
	f := t.Expr.F
	if why := f.Unavailable(); why != "" {
		k.say(Warning, t.Name, nil, "no capture answers %s: %s", f.Name, why)
	}
	switch name, known := t.Expr.Wireshark(); {
	case !known && strings.TrimPrefix(k.source(t.Name), ".") == field.StratosharkStream:
		k.say(Hint, t.Name, nil, "Stratoshark numbers the openings of descriptors from another number on")
	case !known:
		k.refused(Hint, t.Name, "Stratoshark has no field %s", name)
	}
	s := fieldShape(&t.Expr)
	return wshape{shape: s, bytes: s.kind == field.Uint || s.kind == field.Port || s.kind == field.Duration || s.kind == field.Time}, true
}

// source returns the text at a place; nothing where there is no text because a checker asks a term for its shape alone.
func (k *checker) source(at Span) string {
	if at.End > len(k.text) {
		return ""
	}
	return k.text[at.Start:at.End]
}

func (k *checker) referenceTerm(t *Term) (wshape, bool) {
	if t.Err != nil {
		k.unknownField(t.Name, t.Err)
		return wshape{}, false
	}
	k.say(Error, t.At, nil, "no event is selected whose %s could be taken", k.text[t.Name.Start:t.Name.End])
	return wshape{}, false
}

func (k *checker) sliceTerm(t *Term) (wshape, bool) {
	x := t.Args[0]
	if x.Kind == TermField && x.Expr.F.Arg != field.ArgNone && x.Expr.Arg == "" || x.Kind == TermField && x.Expr.F.Name == "evt.arg" {
		if len(t.Ranges) == 1 {
			at := Span{x.At.End, t.At.End}
			arg := "." + strings.Trim(k.text[at.Start+1:at.End-1], " ")
			k.say(Error, at, []Fix{{"write " + arg, at, arg}}, "a bracket takes a part of a value here; the argument of a field stands behind a dot")
			return wshape{}, false
		}
	}
	s, ok := k.term(x)
	switch {
	case !ok:
	case s.literal:
		k.say(Error, t.At, nil, "only parts of fields can be taken")
		ok = false
	case s.kind == field.IP:
		s = wshape{shape: shape{kind: field.Bytes, typ: "bytebuf"}}
	case !text(s.kind) || s.dyn:
		k.say(Error, Span{x.At.End, t.At.End}, nil, "no part can be taken of %s, which %s holds", kindWords[s.kind], k.written(x))
		ok = false
	}
	return s, ok
}

func (k *checker) arithmetic(t *Term) (wshape, bool) {
	var s wshape
	all := true
	for i, x := range t.Args {
		r, ok := k.term(x)
		all = all && ok
		if i == 0 || s.literal {
			s = r
		} else if ok && !r.literal && r.kind == field.Float {
			s = r
		}
		if ok && !r.literal && (!numeric(r.kind) || r.kind == field.Bool || r.dyn) {
			k.say(Error, x.At, nil, "nothing can be reckoned with %s, which %s holds", kindWords[r.kind], k.written(x))
			all = false
		}
	}
	if !all {
		return s, false
	}
	for _, x := range t.Args {
		if x.Kind == TermLiteral {
			kind := s.shape
			if s.literal {
				kind = shape{kind: field.Int}
			}
			if _, err := constantOf(kind, x); err != nil {
				k.say(Error, x.At, nil, "%s", err.msg)
				all = false
			}
		}
	}
	return s, all
}

// call checks a function with its arguments.
func (k *checker) call(t *Term) (wshape, bool) {
	f, ok := functions[t.Text]
	if !ok {
		var fixes []Fix
		for _, name := range closest(t.Text, slices.Sorted(maps.Keys(functions)), 2) {
			fixes = append(fixes, Fix{"write " + name, t.Name, name})
		}
		if tr := map[string]string{"tolower": "lower", "toupper": "upper"}[t.Text]; tr != "" {
			fixes = []Fix{{"write " + tr, t.Name, tr}}
		}
		k.misnamed(Error, t.Name, fixes, "there is no function %q", t.Text)
		return wshape{}, false
	}
	if len(t.Args) < f.min || len(t.Args) > f.max {
		k.say(Error, t.At, nil, "%s takes %s", t.Text, map[bool]string{true: "one value", false: "one value or more"}[f.max == 1])
		return wshape{}, false
	}
	var shapes []wshape
	for _, x := range t.Args {
		s, fine := k.term(x)
		if !fine {
			return wshape{}, false
		}
		shapes = append(shapes, s)
	}
	return k.apply(t, shapes)
}

// apply returns the shape of a function's values.
func (k *checker) apply(t *Term, shapes []wshape) (wshape, bool) {
	s := shapes[0]
	refuse := func(what string) (wshape, bool) {
		k.say(Error, t.Args[0].At, nil, "%s takes %s", t.Text, what)
		return wshape{}, false
	}
	of := func(kind field.Kind, typ string) (wshape, bool) {
		return wshape{shape: shape{kind: kind, typ: typ}}, true
	}
	if s.literal && t.Text != "max" && t.Text != "min" {
		return refuse("a field")
	}
	switch t.Text {
	case "upper", "lower":
		if s.kind != field.String {
			return refuse("texts")
		}
		return of(field.String, "charbuf")
	case "len":
		if !text(s.kind) {
			return refuse("texts and bytes")
		}
		return of(field.Uint, "uint64")
	case "count":
		if t.Args[0].Kind != TermField {
			return refuse("a field")
		}
		return of(field.Uint, "uint64")
	case "string":
		if s.kind == field.Bool || text(s.kind) || s.dyn {
			return refuse("numbers and addresses")
		}
		return of(field.String, "charbuf")
	case "dec", "hex":
		if !s.bytes {
			return refuse("unsigned numbers")
		}
		return of(field.String, "charbuf")
	}
	for i, x := range shapes {
		if x.literal {
			continue
		}
		if !numeric(x.kind) || x.kind == field.Bool {
			k.say(Error, t.Args[i].At, nil, "%s takes numbers", t.Text)
			return wshape{}, false
		}
		s = x
	}
	switch {
	case s.literal:
		return refuse("at least one field")
	case t.Text == "float" || t.Text == "double":
		return of(field.Float, "double")
	}
	for i, x := range shapes {
		if x.literal {
			if _, err := constantOf(s.shape, t.Args[i]); err != nil {
				k.say(Error, t.Args[i].At, nil, "%s", err.msg)
				return wshape{}, false
			}
		}
	}
	return wshape{shape: shape{kind: s.kind, typ: s.typ}, bytes: s.bytes}, true
}
