package filter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/field"
)

// toWireshark writes a condition of sysdig's language as Stratoshark takes it.
func (x *translator) toWireshark(n Node) string {
	c, ok := n.(*Comparison)
	if !ok {
		return x.problem(n.Span(), "this is no condition")
	}
	if c.Right != nil {
		return x.twoFields(c)
	}
	e := &c.Left.Expr
	s := shapeOf(e)
	base := field.Expr{Ref: e.Ref}
	switch {
	case e.F.Name == "evt.rawtime" && len(e.Chain) == 0:
		return x.moment(c)
	case s.dyn:
		return x.problem(c.Left.At, "Stratoshark has no arguments by name")
	case len(e.Chain) == 0 && s.kind == field.IP:
		return x.address(c)
	case len(e.Chain) == 0 && (e.F.Name == "fd.port" || e.F.Name == "fd.proto"):
		return x.ports(c)
	case shapeOf(&base).kind == field.Bytes:
		return x.problem(c.Left.At, "Stratoshark has buffers as the text they are shown as, not their bytes")
	}
	name, ok := x.stratoshark(c, e)
	if !ok {
		return "?"
	}
	if len(e.Chain) > 0 && s.kind == field.Uint {
		return x.lengths(c, s, name)
	}
	if s.kind == field.String {
		return x.texts(c, name)
	}
	return x.numbers(c, s, name)
}

// stratoshark returns a field with its functions as Stratoshark writes it.
func (x *translator) stratoshark(c *Comparison, e *field.Expr) (string, bool) {
	name, known := e.Wireshark()
	switch {
	case e.F.Name == "evt.num":
		name = "frame.number"
	case !known && (e.F.Name == "evt.arg" || e.F.Name == "evt.rawarg"):
		x.problem(c.Left.At, "Stratoshark has arguments by number only, such as evt.arg.0")
		return "", false
	case !known:
		x.problem(c.Left.At, "Stratoshark has no field %s", e.Ref.String())
		return "", false
	case strings.HasPrefix(name, "proc.aname."):
		x.problem(c.Left.At, "Stratoshark knows %s but never gives it a value", name)
		return "", false
	case e.F.Name == "evt.hostname":
		x.problem(c.Left.At, "Stratoshark takes %s from the machine it runs on", name)
		return "", false
	case e.F.Unavailable() != "":
		x.problem(c.Left.At, "no capture answers %s", e.F.Name)
		return "", false
	}
	for _, t := range e.Chain {
		fn := map[field.Transform]string{field.ToLower: "lower", field.ToUpper: "upper", field.Len: "len"}[t]
		if fn == "" {
			x.problem(c.Left.At, "Stratoshark has no function like %s", t)
			return "", false
		}
		name = fn + "(" + name + ")"
	}
	return name, true
}

// presence writes that a text has a value, empty or not.
func (x *translator) presence(c *Comparison, name string) string {
	e := &c.Left.Expr
	if !mayBeEmpty(&field.Expr{Ref: e.Ref}) {
		return name
	}
	if s := companion(e); s != "" {
		return s
	}
	return x.problem(c.Span(), "%s may be empty, which to Stratoshark is the same as not being there", e.Ref.String())
}

// orEmpty writes a condition that also holds for an empty text.
func (x *translator) orEmpty(c *Comparison, name, cond string) string {
	if !mayBeEmpty(&field.Expr{Ref: c.Left.Expr.Ref}) {
		return cond
	}
	there := x.presence(c, name)
	return joined(" and ", there, joined(" or ", cond, negation(name)))
}

// texts writes a comparison of texts.
func (x *translator) texts(c *Comparison, name string) string {
	v := ""
	if len(c.Values) > 0 {
		v = c.Values[0].Text
	}
	q := InQuotes(v)
	switch c.Op {
	case Exists:
		return x.presence(c, name)
	case Eq:
		return x.equals(c, name, v)
	case Ne:
		switch {
		case v == "":
			return name
		case !mayBeEmpty(&field.Expr{Ref: c.Left.Expr.Ref}):
			return name + " != " + q
		}
		return joined(" and ", x.presence(c, name), negation(name+" == "+q))
	case Gt, Ge:
		if v == "" && c.Op == Ge {
			return x.presence(c, name)
		}
		return name + " " + c.Op.String() + " " + q
	case Lt, Le:
		switch {
		case v == "" && c.Op == Lt:
			return x.problem(c.Span(), "no text is less than an empty one")
		case v == "":
			return x.equals(c, name, v)
		}
		return x.orEmpty(c, name, name+" "+c.Op.String()+" "+q)
	case In, Intersects:
		if len(c.Left.Expr.Chain) > 0 && len(c.Values) > 0 { // Stratoshark takes a field only before in
			return x.anyOf(c, func(d *Comparison) string { return x.texts(d, name) })
		}
		return x.oneOf(c, name)
	case PMatch:
		return x.below(c, name)
	}
	if v == "" && c.Op != Glob && c.Op != IGlob && c.Op != Regex {
		return x.presence(c, name) // every text holds, begins and ends with the empty one
	}
	switch c.Op {
	case Contains:
		return name + " contains " + q
	case IContains:
		return fmt.Sprintf("lower(%s) contains %s", name, InQuotes(string(asciiMap([]byte(v), lower))))
	case StartsWith, EndsWith:
		return x.edge(c, name, v)
	}
	return x.pattern(c, name, v)
}

// anyOf writes that one of a list's values is equal.
func (x *translator) anyOf(c *Comparison, equal func(*Comparison) string) string {
	var list []string
	for _, v := range c.Values {
		d := *c
		d.Op, d.Values, d.List = Eq, []Literal{v}, false
		list = append(list, equal(&d))
	}
	return joined(" or ", list...)
}

func (x *translator) equals(c *Comparison, name, v string) string {
	if v == "" {
		if there := x.presence(c, name); there != name {
			return joined(" and ", there, negation(name))
		}
		return x.problem(c.Span(), "%s is never empty", c.Left.Expr.String())
	}
	return name + " == " + InQuotes(v)
}

// edge writes startswith and endswith.
func (x *translator) edge(c *Comparison, name, v string) string {
	for i := range len(v) {
		if v[i] >= 0x80 { // parts of texts are counted in characters
			pattern := `(?-i)\A` + quoteRegexp(v)
			if c.Op == EndsWith {
				pattern = `(?-i)` + quoteRegexp(v) + `\z`
			}
			return name + " matches " + InQuotes(pattern)
		}
	}
	if c.Op == StartsWith {
		return fmt.Sprintf("%s[0:%d] == %s", name, len(v), InQuotes(v))
	}
	return fmt.Sprintf("%s[-%d:] == %s", name, len(v), InQuotes(v))
}

// oneOf writes in and intersects.
func (x *translator) oneOf(c *Comparison, name string) string {
	var items []string
	empty := false
	for _, v := range c.Values {
		if v.Text == "" {
			empty = true
			continue
		}
		items = append(items, InQuotes(v.Text))
	}
	switch set := name + " in {" + strings.Join(items, ", ") + "}"; {
	case len(c.Values) == 0:
		return x.problem(c.ListAt, "nothing is in an empty list")
	case !empty || !mayBeEmpty(&field.Expr{Ref: c.Left.Expr.Ref}) && len(items) > 0:
		return set
	case len(items) == 0:
		return x.equals(c, name, "")
	default:
		return joined(" or ", set, x.equals(c, name, ""))
	}
}

// pattern writes glob, iglob and regex.
func (x *translator) pattern(c *Comparison, name, v string) string {
	var pattern string
	empty := false
	switch c.Op {
	case Regex:
		p, err := compilePattern(v)
		if err != nil {
			return x.problem(c.Values[0].At, "this is no regular expression")
		}
		pattern, empty = `(?-i)\A(?:`+perlPattern(v)+`)\z`, p.re.MatchString("")
	case Glob, IGlob:
		pattern, empty = `(?-i)(?s)\A`+globPattern(v, true)+`\z`, glob([]byte(v), nil, false)
		if c.Op == IGlob {
			pattern = `(?s)\A` + globPattern(v, true) + `\z`
		}
	default:
		return x.problem(c.OpAt, "Stratoshark has no operator like %q", c.Op)
	}
	cond := name + " matches " + InQuotes(pattern)
	if empty {
		return x.orEmpty(c, name, cond)
	}
	return cond
}

// below writes pmatch.
func (x *translator) below(c *Comparison, name string) string {
	var list []string
	empty := false
	for _, v := range c.Values {
		var parts []string
		for rest := []byte(v.Text); ; {
			var part []byte
			if part, rest = component(rest); len(part) == 0 {
				break
			}
			parts = append(parts, globPattern(string(part), false))
		}
		if len(parts) == 0 {
			empty = true
		}
		list = append(list, strings.Join(parts, "/+"))
	}
	switch {
	case len(list) == 0:
		return x.problem(c.ListAt, "nothing is below an empty list")
	case empty:
		return x.presence(c, name)
	}
	return name + " matches " + InQuotes(`(?-i)\A/*(?:`+strings.Join(list, "|")+`)(?:/|\z)`)
}

// number writes a value of a number field.
func (x *translator) number(s shape, op Op, v Literal) string {
	l, _ := compileValue(s, op, v.Text)
	switch s.kind {
	case field.Int:
		return strconv.FormatInt(int64(l.n), 10)
	case field.Float:
		return strconv.FormatFloat(field.Value{U: l.n}.Float(), 'f', -1, 64)
	}
	return strconv.FormatUint(l.n, 10)
}

// wiresharkOps are the operators both languages have.
var wiresharkOps = map[Op]string{Eq: "==", Ne: "!=", Lt: "<", Le: "<=", Gt: ">", Ge: ">="}

// numbers writes a comparison of numbers or truth values.
func (x *translator) numbers(c *Comparison, s shape, name string) string {
	switch {
	case c.Op == Exists:
		return name
	case s.kind == field.Elements:
		return x.problem(c.Left.At, "Stratoshark has no lists")
	case c.Op == In || c.Op == Intersects:
		if len(c.Values) == 0 {
			return x.problem(c.ListAt, "nothing is in an empty list")
		}
		var items []string
		for _, v := range c.Values {
			items = append(items, x.number(s, c.Op, v))
		}
		return name + " in {" + strings.Join(items, ", ") + "}"
	}
	return name + " " + wiresharkOps[c.Op] + " " + x.number(s, c.Op, c.Values[0])
}

// lengths writes a comparison of a length; an empty text has none in Stratoshark.
func (x *translator) lengths(c *Comparison, s shape, name string) string {
	base := name[:0]
	if e, known := c.Left.Expr.Wireshark(); known {
		base = e
	}
	if c.Op == Exists {
		return x.presence(c, base)
	}
	if (c.Op == In || c.Op == Intersects) && len(c.Values) > 0 {
		return x.anyOf(c, func(d *Comparison) string { return x.lengths(d, s, name) })
	}
	cond := x.numbers(c, s, name)
	var texts []string
	for _, v := range c.Values {
		texts = append(texts, v.Text)
	}
	if len(texts) > 0 && predicate(s, c.Op, texts)(field.Value{Kind: field.Uint}) {
		return x.orEmpty(c, base, cond)
	}
	return cond
}

// moment writes a comparison of evt.rawtime.
func (x *translator) moment(c *Comparison) string {
	const name = "frame.time_epoch"
	var list []string
	for _, v := range c.Values {
		l, _ := compileValue(shapeOf(&c.Left.Expr), c.Op, v.Text)
		list = append(list, fmt.Sprintf("%d.%09d", l.n/1e9, l.n%1e9))
	}
	switch {
	case c.Op == Exists:
		return name
	case len(list) == 0:
		return x.problem(c.ListAt, "nothing is in an empty list")
	case c.Op == In || c.Op == Intersects:
		return name + " in {" + strings.Join(list, ", ") + "}"
	}
	return name + " " + wiresharkOps[c.Op] + " " + list[0]
}

// ends are the fields of Stratoshark behind the fields of addresses and networks.
var ends = map[string][]string{
	"fd.ip": {"fd.cip", "fd.sip"}, "fd.net": {"fd.cip", "fd.sip"}, "fd.cip": {"fd.cip"}, "fd.sip": {"fd.sip"}, "fd.lip": {"fd.lip"}, "fd.rip": {"fd.rip"},
	"fd.cnet": {"fd.cip"}, "fd.snet": {"fd.sip"}, "fd.lnet": {"fd.lip"}, "fd.rnet": {"fd.rip"},
}

// address writes a comparison of addresses or networks.
func (x *translator) address(c *Comparison) string {
	names := ends[c.Left.Expr.F.Name]
	if names == nil {
		return x.problem(c.Left.At, "Stratoshark has no field %s", c.Left.Expr.String())
	}
	var there, equal []string
	for _, name := range names {
		there = append(there, name+".v4", name+".v6")
		for _, v := range c.Values {
			family := ".v4"
			if strings.Contains(v.Text, ":") {
				family = ".v6"
			}
			equal = append(equal, name+family+" == "+v.Text)
		}
	}
	switch {
	case c.Op == Exists && len(names) > 1: // libsinsp's rule: any descriptor that is known
		return "fd.l4proto"
	case c.Op == Exists:
		return joined(" or ", there...)
	case len(equal) == 0:
		return x.problem(c.ListAt, "nothing is in an empty list")
	case c.Op == Ne:
		return joined(" and ", joined(" or ", there...), negation(joined(" or ", equal...)))
	}
	return joined(" or ", equal...)
}

// ports writes a comparison of the ports of both ends.
func (x *translator) ports(c *Comparison) string {
	s := shapeOf(&c.Left.Expr)
	if c.Op == Exists {
		return "fd.l4proto" // which has a text for every descriptor that is known
	}
	if (c.Op == In || c.Op == Intersects) && len(c.Values) == 0 {
		return x.problem(c.ListAt, "nothing is in an empty list")
	}
	d := *c
	if c.Op == Ne {
		d.Op = Eq
	}
	any := joined(" or ", x.numbers(&d, s, "fd.cport"), x.numbers(&d, s, "fd.sport"))
	if c.Op == Ne {
		return joined(" and ", joined(" or ", "fd.cport", "fd.sport"), negation(any))
	}
	return any
}

// twoFields writes a comparison of two fields.
func (x *translator) twoFields(c *Comparison) string {
	l, r := &c.Left.Expr, &c.Right.Expr
	s := shapeOf(l)
	left, ok := x.stratoshark(c, l)
	right, fine := x.stratoshark(&Comparison{Left: *c.Right}, r)
	op, known := wiresharkOps[c.Op]
	if c.Op == Contains {
		op, known = "contains", true
	}
	switch {
	case !ok || !fine:
		return "?"
	case !known || l.Several() || s.kind == field.IP || s.kind == field.Bytes || s.dyn:
		return x.problem(c.OpAt, "Stratoshark does not compare two fields by %q", c.Op)
	case s.kind == field.String && (mayBeEmpty(l) || mayBeEmpty(r)):
		return x.problem(c.Span(), "one of these fields may be empty, which to Stratoshark is the same as not being there")
	}
	return left + " " + op + " " + right
}
