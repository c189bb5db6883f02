package filter

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"github.com/scapls/scapls/filter/field"
)

// Program is a filter ready to be asked. It does not change: several goroutines may use one, each with its own Ctx.
type Program struct {
	root test
	tree *Tree
	key  func() string
	cond *Cond // of one that no text made
}

// test is a condition.
type test interface{ match(c *field.Ctx) bool }

// Invalid is a filter that has errors.
type Invalid struct {
	Text  string
	Diags []Diagnostic // all of them; at least one is an Error
}

// Error returns the first error's message.
func (e *Invalid) Error() string {
	for _, d := range e.Diags {
		if d.Severity == Error {
			return "filter: " + d.Msg
		}
	}
	return "filter is empty"
}

// Errors returns the diagnostics that are errors.
func (e *Invalid) Errors() []Diagnostic {
	var list []Diagnostic
	for _, d := range e.Diags {
		if d.Severity == Error {
			list = append(list, d)
		}
	}
	return list
}

// Compile makes a program of a tree that has no errors. Else the error is an *Invalid. An empty filter matches all.
func Compile(t *Tree) (*Program, error) {
	diags := Check(t)
	for _, d := range diags {
		if d.Severity == Error {
			return nil, &Invalid{t.Text, diags}
		}
	}
	return program(t), nil
}

// program makes a program of a tree that is known to have no errors.
func program(t *Tree) *Program {
	if t.Root == nil {
		return newProgram(all{}, t)
	}
	return newProgram(compile(t.Root), t)
}

// Match reports whether the event matches. It does not allocate once c's scratch space has grown.
func (p *Program) Match(c *field.Ctx) bool { return p.root.match(c) }

type (
	all    struct{}
	allOf  []test
	anyOf  []test
	negate struct{ x test }
)

func (all) match(*field.Ctx) bool        { return true }
func (n negate) match(c *field.Ctx) bool { return !n.x.match(c) }

func (n allOf) match(c *field.Ctx) bool {
	for _, x := range n {
		if !x.match(c) {
			return false
		}
	}
	return true
}

func (n anyOf) match(c *field.Ctx) bool {
	for _, x := range n {
		if x.match(c) {
			return true
		}
	}
	return false
}

func compile(n Node) test {
	switch n := n.(type) {
	case *Logic:
		list := make([]test, len(n.Args))
		for i, x := range n.Args {
			list[i] = compile(x)
		}
		if n.Or {
			return anyOf(list)
		}
		return allOf(list)
	case *Not:
		return negate{compile(n.X)}
	case *Paren:
		return compile(n.X)
	case *Comparison:
		return compileCheck(n)
	case *Xor:
		list := make(oddOf, len(n.Args))
		for i, x := range n.Args {
			list[i] = compile(x)
		}
		return list
	case *Relation:
		return compileRelation(n)
	}
	return negate{all{}} // the checker does not let others through
}

func compileCheck(c *Comparison) test {
	if c.Right != nil {
		return newTest(&c.Left.Expr, c.Op, func(v, w field.Value) bool { return compare(c.Op, v, w) }, &c.Right.Expr)
	}
	s := shapeOf(&c.Left.Expr)
	if c.Op == Exists {
		if c.Left.Expr.Several() && c.Left.Expr.F.Class == "fd" && len(c.Left.Expr.Chain) == 0 {
			return newDescriptor() // libsinsp's rule: whatever its type
		}
		return newTest(&c.Left.Expr, c.Op, func(field.Value, field.Value) bool { return true }, nil)
	}
	var texts []string
	for _, v := range c.Values {
		texts = append(texts, v.Text)
	}
	pred := predicate(s, c.Op, texts)
	if c.Left.Expr.F.Name == "evt.around" {
		l, _ := compileValue(s, c.Op, texts[0])
		pred = func(v field.Value) bool { return v.U <= l.n }
	}
	return newTest(&c.Left.Expr, c.Op, func(v, _ field.Value) bool { return pred(v) }, nil)
}

// descriptor asks whether the event is about a descriptor that is known.
type descriptor struct{ num field.Expr }

func newDescriptor() test {
	e, err := field.ParseExpr("fd.num")
	if err != nil {
		panic(err) // the catalogue has it
	}
	return &descriptor{e}
}

func (t *descriptor) match(c *field.Ctx) bool {
	return c.FD != nil && t.num.Value(c).Kind != field.None
}

// one asks for one value.
type one struct {
	left  *field.Expr
	right *field.Expr // nil: a constant
	pred  func(v, w field.Value) bool
}

func (t *one) match(c *field.Ctx) bool {
	v := t.left.Value(c)
	if v.Kind == field.None {
		return false
	}
	if t.right == nil {
		return t.pred(v, field.Value{})
	}
	w := t.right.Value(c)
	return w.Kind != field.None && t.pred(v, w)
}

// several asks for several values: whole ancestries, both ends of a connection. It is true when one of them fits; with
// every, when there are some and all fit.
type several struct {
	one
	every bool
	pool  sync.Pool // *walk
}

// walk is one question of several. It is kept, since its function value would be made anew for each event.
type walk struct {
	t     *several
	c     *field.Ctx
	right field.Value
	hit   bool // a value that decides was found
	any   bool
	step  func(field.Value) bool
}

func newTest(left *field.Expr, op Op, pred func(v, w field.Value) bool, right *field.Expr) test {
	o := one{left, right, pred}
	if !left.Several() {
		return &o
	}
	t := &several{one: o, every: op == Ne && left.F.Class == "fd"}
	t.pool.New = func() any {
		w := &walk{t: t}
		w.step = w.value
		return w
	}
	return t
}

func (t *several) match(c *field.Ctx) bool {
	w := t.pool.Get().(*walk)
	defer t.pool.Put(w)
	w.c, w.hit, w.any = c, false, false
	if t.right != nil {
		if w.right = t.right.Value(c); w.right.Kind == field.None {
			return false
		}
	}
	t.left.Values(c, w.step)
	w.c, w.right = nil, field.Value{}
	if t.every {
		return w.any && !w.hit
	}
	return w.hit
}

func (w *walk) value(v field.Value) bool {
	for _, t := range w.t.left.Chain {
		v = t.Apply(w.c, v)
	}
	if v.Kind == field.None {
		return true
	}
	w.any = true
	w.hit = w.t.pred(v, w.right) != w.t.every
	return !w.hit
}

// predicate returns the comparison of a value with constants. The values are known to be right.
func predicate(s shape, op Op, texts []string) func(field.Value) bool {
	switch {
	case s.dyn:
		return dynamic(op, texts)
	case op == In || op == Intersects:
		return membership(s, op, texts)
	case op == PMatch:
		return func(v field.Value) bool {
			for _, p := range texts {
				if under([]byte(p), v.B) {
					return true
				}
			}
			return false
		}
	}
	l, _ := compileValue(s, op, texts[0])
	switch s.kind {
	case field.String, field.Bytes:
		return textPredicate(op, l.text)
	case field.IP:
		return func(v field.Value) bool { return l.holds(v.B) == (op == Eq) }
	}
	w := field.Value{Kind: s.kind, U: l.n}
	return func(v field.Value) bool { return ordered(op, order(v, w)) }
}

// dynamic compares values whose kind the parameter decides. What is no value of the kind is equal to none.
func dynamic(op Op, texts []string) func(field.Value) bool {
	var byKind [field.Elements + 1]func(field.Value) bool
	for k := field.None + 1; k <= field.Elements; k++ {
		s := shape{kind: k}
		valid := allows(k, op)
		for _, text := range texts {
			_, err := compileValue(s, op, text)
			valid = valid && err == nil
		}
		if valid {
			byKind[k] = predicate(s, op, texts)
		}
	}
	return func(v field.Value) bool {
		p := byKind[v.Kind]
		return p != nil && p(v)
	}
}

// textPredicate compares texts and bytes.
func textPredicate(op Op, want []byte) func(field.Value) bool {
	switch op {
	case Contains, BContains:
		return func(v field.Value) bool { return bytes.Contains(v.B, want) }
	case IContains:
		return func(v field.Value) bool { return containsFold(v.B, want) }
	case StartsWith, BStartsWith:
		return func(v field.Value) bool { return bytes.HasPrefix(v.B, want) }
	case EndsWith:
		return func(v field.Value) bool { return bytes.HasSuffix(v.B, want) }
	case Glob, IGlob:
		return func(v field.Value) bool { return glob(want, v.B, op == IGlob) }
	case Regex:
		p, err := compilePattern(string(want))
		if err != nil {
			return func(field.Value) bool { return false }
		}
		return func(v field.Value) bool {
			return bytes.Contains(v.B, p.must) && utf8.Valid(v.B) && p.re.Match(v.B) // RE2 has no match in what is no UTF-8
		}
	case Eq:
		return func(v field.Value) bool { return bytes.Equal(v.B, want) }
	case Ne:
		return func(v field.Value) bool { return !bytes.Equal(v.B, want) }
	}
	return func(v field.Value) bool { return ordered(op, bytes.Compare(v.B, want)) }
}

// membership is in and intersects.
func membership(s shape, op Op, texts []string) func(field.Value) bool {
	switch s.kind {
	case field.IP:
		var list []literal
		for _, text := range texts {
			l, _ := compileValue(s, op, text)
			list = append(list, l)
		}
		return func(v field.Value) bool {
			for i := range list {
				if list[i].holds(v.B) {
					return true
				}
			}
			return false
		}
	case field.String, field.Bytes, field.Elements:
		set := make(map[string]struct{}, len(texts))
		for _, text := range texts {
			set[text] = struct{}{}
		}
		has := func(b []byte) bool { _, ok := set[string(b)]; return ok }
		if s.kind == field.Elements {
			return elements(has, op == In)
		}
		return func(v field.Value) bool { return has(v.B) }
	}
	set := make(map[uint64]struct{}, len(texts))
	for _, text := range texts {
		l, _ := compileValue(s, op, text)
		set[l.n] = struct{}{}
	}
	return func(v field.Value) bool { _, ok := set[v.U]; return ok }
}

// elements compares a list with a set: every element is in it, or one is.
func elements(has func([]byte) bool, every bool) func(field.Value) bool {
	return func(v field.Value) bool {
		for e := range v.Elements {
			if has(e) != every {
				return !every
			}
		}
		return every
	}
}

// compare holds a value against another field's.
func compare(op Op, v, w field.Value) bool {
	switch v.Kind {
	case field.String, field.Bytes:
		if w.Kind != field.String && w.Kind != field.Bytes {
			return false
		}
		return compareText(op, v.B, w.B)
	case field.IP:
		return bytes.Equal(v.B, w.B) != (op == Ne)
	case field.Elements:
		return false
	}
	switch w.Kind {
	case field.String, field.Bytes, field.IP, field.Elements:
		return false
	}
	return ordered(op, order(v, w))
}

func compareText(op Op, a, b []byte) bool {
	switch op {
	case Contains, BContains:
		return bytes.Contains(a, b)
	case IContains:
		return containsFold(a, b)
	case StartsWith, BStartsWith:
		return bytes.HasPrefix(a, b)
	case EndsWith:
		return bytes.HasSuffix(a, b)
	case Glob, IGlob:
		return glob(b, a, op == IGlob)
	}
	return ordered(op, bytes.Compare(a, b))
}

// order compares numbers of the kind of the first: negative, zero or positive.
func order(v, w field.Value) int {
	less, same := v.U < w.U, v.U == w.U
	switch v.Kind {
	case field.Int:
		less = v.Int() < w.Int()
	case field.Float:
		less, same = v.Float() < w.Float(), v.Float() == w.Float()
	}
	switch {
	case less:
		return -1
	case same:
		return 0
	}
	return 1
}

// ordered reports what an operator says of an order.
func ordered(op Op, d int) bool {
	switch op {
	case Eq, In, Intersects:
		return d == 0
	case Ne:
		return d != 0
	case Lt:
		return d < 0
	case Le:
		return d <= 0
	case Gt:
		return d > 0
	case Ge:
		return d >= 0
	}
	return false
}
