package filter

import (
	"fmt"
	"regexp/syntax"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// toSysdig writes a condition of Wireshark's language as sysdig and Falco take it.
func (x *translator) toSysdig(n Node) string {
	r, ok := n.(*Relation)
	if !ok {
		return x.problem(n.Span(), "this is no condition")
	}
	if len(r.Ops) == 0 {
		return x.there(r.Args[0])
	}
	if r.Ops[0] == RelIn {
		return x.set(r)
	}
	var list []string
	for i, op := range r.Ops {
		list = append(list, x.pair(r, op, r.OpsAt[i], r.Args[i], r.Args[i+1]))
	}
	return joined(" and ", list...)
}

// side is a value of Wireshark's language as sysdig writes it.
type side struct {
	name   string // the field with its transforms
	e      *field.Expr
	len    bool
	always bool // every event has the field, though the one that stands for it may be missing
}

// side writes a value, which must be a field or a function of one.
func (x *translator) side(t *Term) (side, bool) {
	switch t.Kind {
	case TermField:
		f := t.Expr.F
		if f.Ours() || f.Noted() {
			x.problem(t.At, "sysdig and Falco have no field %s", f.Name)
			return side{}, false
		}
		s := side{name: t.Expr.Sysdig(), e: &t.Expr, always: f.Class == "sysdig"}
		switch {
		case f.Name == "frame.time_epoch" || f.Name == "frame.time":
			s.name, s.e = "evt.rawtime", &t.Expr
		case s.name == "" && f.Type != "ipv4addr" && f.Type != "ipv6addr":
			x.problem(t.At, "sysdig has no field like %s", x.source(t.At))
			return s, false
		case f.Unavailable() != "":
			x.problem(t.At, "no capture answers %s", f.Name)
			return s, false
		}
		return s, true
	case TermCall:
		fn := map[string]string{"upper": "toupper", "lower": "tolower", "len": "len"}[t.Text]
		if fn == "" || t.Args[0].Kind != TermField {
			x.problem(t.At, "sysdig has no function like %s", t.Text)
			return side{}, false
		}
		s, ok := x.side(t.Args[0])
		if ok && s.e.F.Flags.Has(field.NoTransformer) {
			x.problem(t.At, "sysdig takes no function of %s", s.name)
			return s, false
		}
		s.name, s.len = fn+"("+s.name+")", t.Text == "len"
		return s, ok
	case TermGroup:
		return x.side(t.Args[0])
	}
	x.problem(t.At, "sysdig has nothing like %s", x.source(t.At))
	return side{}, false
}

// there writes that a value is present.
func (x *translator) there(t *Term) string {
	if t.Kind == TermField {
		if s, ok := x.protocol(t); ok {
			return s
		}
		if family := familyNetwork(t.Expr.F); family != "" {
			return family
		}
	}
	s, ok := x.side(t)
	switch {
	case !ok:
		return "?"
	case s.always || t.Expr.F != nil && t.Expr.F.Class == "frame":
		return "evt.num exists"
	case s.e.F.Name == "evt.buffer":
		return x.buffer(t)
	}
	return x.present(s)
}

// present writes that a field has a value that is not empty.
func (x *translator) present(s side) string {
	if shapeOf(&field.Expr{Ref: s.e.Ref}).kind == field.String && mayBeEmpty(&field.Expr{Ref: s.e.Ref}) {
		return s.e.Ref.Sysdig() + ` != ""`
	}
	return s.e.Ref.Sysdig() + " exists"
}

func (x *translator) buffer(t *Term) string {
	return x.problem(t.At, "Wireshark's language searches the text that a buffer is shown as, sysdig's its bytes")
}

// protocols are presence tests of whole groups of fields.
var protocolTests = map[string]string{
	"frame": "evt.num exists", "sysdig": "evt.num exists", "evt": "evt.num exists", "process": "proc.pid exists", "user": "proc.pid exists",
	"group": "proc.pid exists", "fd": "fd.num exists", "fdlist": "fdlist.nums exists",
	"fs": "(fs.path.name exists or fs.path.source exists)",
}

func (x *translator) protocol(t *Term) (string, bool) {
	if t.Expr.F.Class != "protocol" {
		return "", false
	}
	if s := protocolTests[t.Expr.F.Name]; s != "" {
		return s, true
	}
	return x.problem(t.At, "sysdig has nothing like %s", t.Expr.F.Name), true
}

// familyNetwork writes that an address is of the family of a field such as fd.cip.v4.
func familyNetwork(f *field.Field) string {
	name := map[string]string{"fd.cip": "fd.cnet", "fd.sip": "fd.snet", "fd.lip": "fd.lnet", "fd.rip": "fd.rnet"}[strings.TrimSuffix(strings.TrimSuffix(f.Name, ".v4"), ".v6")]
	switch f.Type {
	case "ipv4addr":
		return name + " = 0.0.0.0/0"
	case "ipv6addr":
		return "(" + strings.TrimSuffix(f.Name, ".v6") + " exists and not " + name + " = 0.0.0.0/0)"
	}
	return ""
}

// sysdigOps are the operators both languages have, of fields with one value.
var sysdigOps = map[Rel]string{RelEq: "=", RelAllEq: "=", RelNe: "!=", RelAnyNe: "!=", RelGt: ">", RelGe: ">=", RelLt: "<", RelLe: "<="}

// pair writes two values with an operator between them.
func (x *translator) pair(r *Relation, op Rel, at Span, left, right *Term) string {
	if left.Kind == TermLiteral {
		left, right, op = right, left, mirrored(op)
	}
	if left.Kind == TermSlice {
		return x.slice(op, at, left, right)
	}
	s, ok := x.side(left)
	if !ok {
		return "?"
	}
	if s.e.Several() && (every(r.Quant, op) != (op == RelNe) || op == RelNe && s.e.F.Class != "fd") {
		return x.problem(r.Span(), "sysdig has no way to ask all values of %s", s.name)
	}
	if right.Kind != TermLiteral {
		return x.fieldPair(op, at, s, right)
	}
	return x.constant(op, at, s, left, right)
}

// fieldPair writes a comparison of two fields.
func (x *translator) fieldPair(op Rel, at Span, s side, right *Term) string {
	r, ok := x.side(right)
	if !ok {
		return "?"
	}
	a, b := shapeOf(s.e), shapeOf(r.e)
	sign, known := sysdigOps[op]
	if op == RelContains {
		sign, known = "contains", true
	}
	text := a.kind == field.String && (mayBeEmpty(&field.Expr{Ref: s.e.Ref}) || mayBeEmpty(&field.Expr{Ref: r.e.Ref}))
	switch {
	case !known || s.always || r.always || s.len || r.len || s.e.Several() || r.e.Several() || a.kind == field.Bytes || a.kind == field.IP:
		return x.problem(at, "sysdig does not compare these by %q", op)
	case a.typ != b.typ:
		return x.problem(at, "sysdig compares fields of one type only: %s is %s, %s is %s", s.name, a.typ, r.name, b.typ)
	case r.e.F.Flags.Has(field.NoRHS):
		return x.problem(right.At, "sysdig takes no %s on the right of an operator", r.name)
	}
	value := r.name
	if right.Kind == TermField {
		value = "val(" + r.name + ")"
	}
	cond := s.name + " " + sign + " " + value
	if text {
		return joined(" and ", x.present(s), x.present(r), cond)
	}
	return cond
}

// constant writes a comparison with a constant.
func (x *translator) constant(op Rel, at Span, s side, left, right *Term) string {
	sh := shapeOfTerm(left)
	switch {
	case s.e.F.Name == "evt.buffer":
		return x.buffer(left)
	case s.e.F.Flags.Has(field.List):
		if op != RelEq || right.Text == "" {
			return x.problem(at, "sysdig does not compare lists by %q", op)
		}
		return s.name + " intersects (" + x.quote(right.At, right.Text) + ")"
	case sh.dyn:
		return x.problem(left.At, "sysdig compares %s by another type", s.name)
	case sh.kind == field.IP:
		return x.ip(op, at, s, left, right)
	case sh.kind == field.String:
		return x.textConstant(op, at, s, right)
	}
	if sh.kind == field.Bool {
		return x.truth(op, s, sh, right)
	}
	value, ok := x.sysdigNumber(sh, right)
	if !ok {
		return "?"
	}
	cond := s.name + " " + sysdigOps[op] + " " + value
	switch {
	case s.len && predicateAtZero(op, sh, right):
		return joined(" and ", x.present(s), cond)
	case s.always && len(value) > 18:
		return x.problem(right.At, "%s is larger than any value of this field", right.Text)
	case s.always && (op == RelNe || op == RelAnyNe):
		return negation(s.name + " = " + value)
	case s.always && (op == RelGt || op == RelGe):
		return negation(joined(" and ", s.name+" >= 0", s.name+" "+map[Rel]string{RelGt: "<=", RelGe: "<"}[op]+" "+value))
	case s.always && (op == RelLt || op == RelLe): // what has none is a large number in the block
		return joined(" and ", s.name+" >= 0", cond)
	}
	return cond
}

// truth writes a comparison of a truth value, which sysdig does not order.
func (x *translator) truth(op Rel, s side, sh shape, right *Term) string {
	holds := constantPredicate(op, sh, right)
	no, yes := holds(field.Value{Kind: field.Bool}), holds(field.Value{Kind: field.Bool, U: 1})
	switch {
	case no && yes:
		return s.name + " exists"
	case no:
		return s.name + " = false"
	case yes:
		return s.name + " = true"
	}
	return x.problem(right.At, "this holds for no event")
}

// predicateAtZero reports whether a condition holds for zero, which is the length of no text in Wireshark's language.
func predicateAtZero(op Rel, s shape, t *Term) bool {
	return constantPredicate(op, s, t)(field.Value{Kind: field.Uint})
}

// sysdigNumber writes a number or a truth value.
func (x *translator) sysdigNumber(s shape, t *Term) (string, bool) {
	k, err := constantOf(s, t)
	if err != nil {
		x.problem(t.At, "%s", err.msg)
		return "", false
	}
	switch {
	case s.kind == field.Bool:
		return strconv.FormatBool(k.v.U != 0), true
	case s.kind == field.Float:
		f := k.v.Float()
		if f != float64(int64(f)) {
			x.problem(t.At, "sysdig takes whole numbers only")
			return "", false
		}
		return strconv.FormatInt(int64(f), 10), true
	case negative(k.v) && s.kind != field.Int:
		x.problem(t.At, "this is never negative")
		return "", false
	case s.kind == field.Int && !negative(k.v) && k.v.U > 1<<63-1, narrow(k.v.U, s.typ) != k.v.U:
		x.problem(t.At, "%s is larger than any value of this field", t.Text)
		return "", false
	}
	return string(k.v.Append(nil)), true
}

// textConstant writes a comparison of a text with a constant.
func (x *translator) textConstant(op Rel, at Span, s side, right *Term) string {
	v := right.Text
	maybe := mayBeEmpty(&field.Expr{Ref: s.e.Ref})
	event := s.e.F.Name == "evt.type" || s.e.F.Name == "syscall.type" || s.e.F.Name == "sysdig.event_name"
	if event && (op == RelEq || op == RelNe || op == RelAllEq || op == RelAnyNe || op == RelContains) && op != RelContains && !knownEvent(v) {
		return x.problem(right.At, "sysdig refuses %q, which is no event's name", v)
	}
	if s.e.F.Name == "sysdig.event_name" && v == "syscall" {
		return x.problem(right.At, "sysdig calls each of these by the name of its system call")
	}
	switch op {
	case RelEq, RelAllEq:
		if v == "" {
			return x.problem(right.At, "an empty text is equal to none in Wireshark's language")
		}
		return s.name + " = " + x.quote(right.At, v)
	case RelNe, RelAnyNe:
		switch {
		case s.always:
			return negation(s.name + " = " + x.quote(right.At, v))
		case v == "":
			return x.present(s)
		case maybe:
			return joined(" and ", x.present(s), s.name+" != "+x.quote(right.At, v))
		}
		return s.name + " != " + x.quote(right.At, v)
	case RelContains:
		if v == "" {
			return x.problem(right.At, "no text holds an empty one in Wireshark's language")
		}
		if event && !knownEvent(v) {
			return x.problem(right.At, "sysdig refuses %q, which is no event's name", v)
		}
		return s.name + " contains " + x.quote(right.At, v)
	case RelMatches:
		if event {
			return x.problem(at, "sysdig compares %s with whole names only", s.name)
		}
		return x.matches(s, right, maybe)
	}
	return x.problem(at, "sysdig orders numbers only")
}

// matches writes a search for a pattern: icontains or contains when it is a plain text.
func (x *translator) matches(s side, right *Term, maybe bool) string {
	tree, err := syntax.Parse(right.Text, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return x.problem(right.At, "this expression cannot be read")
	}
	if lit := string(tree.Rune); tree.Op == syntax.OpLiteral && printable(lit, true) {
		if tree.Flags&syntax.FoldCase == 0 {
			return s.name + " contains " + x.quote(right.At, lit)
		} else if ascii(lit) {
			return s.name + " icontains " + x.quote(right.At, strings.ToLower(lit))
		}
	}
	pattern, err := posixPattern(right.Text)
	if err != nil {
		return x.problem(right.At, "%s", err)
	}
	p, err := compilePattern(pattern)
	if err != nil {
		return x.problem(right.At, "this expression has no counterpart: %s", err)
	}
	cond := s.name + " regex " + x.quote(right.At, pattern)
	if maybe && p.re.MatchString("") {
		return joined(" and ", x.present(s), cond)
	}
	return cond
}

func ascii[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// ip writes a comparison of an address with an address or a network.
func (x *translator) ip(op Rel, at Span, s side, left, right *Term) string {
	sh := shapeOfTerm(left)
	k, err := constantOf(sh, right)
	if err != nil {
		return x.problem(right.At, "%s", err.msg)
	}
	base := strings.TrimSuffix(strings.TrimSuffix(s.e.F.Name, ".v4"), ".v6")
	name, value := base, k.net.Addr().String()
	if !k.net.IsSingleIP() || netName(base) == base {
		name, value = netName(base), k.net.String()
	}
	family := familyNetwork(s.e.F)
	if k.net.Bits() == 0 && k.net.Addr().Is6() {
		x.network(right.At, value)
	}
	switch op {
	case RelEq, RelAllEq:
		return name + " = " + value
	case RelNe, RelAnyNe:
		if family != "" {
			return joined(" and ", family, negation(name+" = "+value))
		}
		return name + " != " + value
	}
	return x.problem(at, "sysdig does not order addresses")
}

// netName is the field that asks for networks beside the one that asks for addresses.
func netName(name string) string {
	if s := netField[name]; s != "" {
		return s
	}
	return name
}

// set writes in and not in.
func (x *translator) set(r *Relation) string {
	left := r.Args[0]
	s, ok := x.side(left)
	if !ok {
		return "?"
	}
	if s.e.Several() && (r.Quant == All || r.Not) {
		return x.problem(r.Span(), "sysdig has no way to ask all values of %s", s.name)
	}
	sh := shapeOfTerm(left)
	if s.e.F.Flags.Has(field.List) {
		return x.problem(r.Span(), "sysdig asks lists in another way")
	}
	var values, conds []string
	for _, e := range r.Set {
		switch {
		case e.From.Kind != TermLiteral || e.To != nil && e.To.Kind != TermLiteral:
			return x.problem(e.At, "sysdig's lists hold constants")
		case e.To != nil:
			conds = append(conds, joined(" and ", x.constant(RelGe, e.At, s, left, e.From), x.constant(RelLe, e.At, s, left, e.To)))
		case blind(s.e, In) && !s.len:
			conds = append(conds, x.constant(RelEq, e.At, s, left, e.From))
		case sh.kind == field.String && s.e.F.Name != "evt.buffer":
			c := x.textConstant(RelEq, e.At, s, e.From)
			values = append(values, strings.TrimPrefix(c, s.name+" = "))
		case sh.kind == field.IP || sh.kind == field.Bytes || sh.kind == field.Bool:
			conds = append(conds, x.constant(RelEq, e.At, s, left, e.From))
		default:
			v, _ := x.sysdigNumber(sh, e.From)
			values = append(values, v)
		}
	}
	if len(values) > 0 {
		conds = append([]string{fmt.Sprintf("%s in (%s)", s.name, strings.Join(values, ", "))}, conds...)
	}
	cond := joined(" or ", conds...)
	if !r.Not {
		return cond
	}
	if s.always {
		return negation(cond)
	}
	return joined(" and ", x.there(left), negation(cond))
}

// slice writes the comparison of the start or the end of a text.
func (x *translator) slice(op Rel, at Span, left, right *Term) string {
	s, ok := x.side(left.Args[0])
	if !ok {
		return "?"
	}
	if len(left.Ranges) == 1 && op == RelEq && right.Kind == TermLiteral && shapeOfTerm(left).kind == field.String && s.e.F.Name != "evt.buffer" && !s.always {
		switch r, n := left.Ranges[0], len(right.Text); {
		case !ascii(right.Text) || n == 0:
		case !r.Rest && !r.Until && r.From == 0 && r.Len == n, r.Until && r.From == 0 && r.To == n-1:
			return s.name + " startswith " + x.quote(right.At, right.Text)
		case r.From == -n && (r.Rest || r.Until && r.To == -1 || !r.Until && r.Len == n):
			return s.name + " endswith " + x.quote(right.At, right.Text)
		}
	}
	return x.problem(Span{left.At.Start, at.End}, "sysdig compares the start or the end of a text only")
}
