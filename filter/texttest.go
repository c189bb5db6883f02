package filter

import "github.com/scapls/scapls/filter/field"

// TextTest returns the test that a comparison of a text with constants makes of each text, nil when the node is none.
func TextTest(n Node) func(text string) bool {
	var test func(field.Value) bool
	switch n := n.(type) {
	case *Comparison:
		if n.Right != nil || n.Missing || n.Left.Err != nil || n.Op == Exists || len(n.Values) == 0 {
			return nil
		}
		s := shapeOf(&n.Left.Expr)
		if s.kind != field.String || s.dyn {
			return nil
		}
		var texts []string
		for _, v := range n.Values {
			texts = append(texts, v.Text)
		}
		test = predicate(s, n.Op, texts)
	case *Relation:
		if n.Missing || len(n.Ops) != 1 || n.Ops[0] == RelIn || n.Args[0].Kind != TermField || n.Args[1].Kind != TermLiteral {
			return nil
		}
		s := shapeOfTerm(n.Args[0])
		if s.kind != field.String || s.dyn {
			return nil
		}
		test = constantPredicate(n.Ops[0], s, n.Args[1])
	default:
		return nil
	}
	return func(text string) bool { return test(field.Value{Kind: field.String, B: []byte(text)}) }
}
