package assist

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/scapls/scapls/filter"
)

// Doubts returns what is doubtful about a filter that may be used: conditions that every event or none fits, and values
// that no event of the capture has. Without values the capture is not asked.
func Doubts(r *filter.Reading, values Values) []filter.Diagnostic {
	d := &doubter{text: r.Tree.Text, lang: r.Language(), values: values}
	if r.Valid() && r.Tree.Root != nil {
		d.node(r.Tree.Root, false)
	}
	sort.SliceStable(d.list, func(i, j int) bool { return d.list[i].Span.Start < d.list[j].Span.Start })
	return d.list
}

type doubter struct {
	text   string
	lang   filter.Language
	values Values
	list   []filter.Diagnostic
	unsure map[string]bool // fields whose values are not known for sure
}

func (d *doubter) say(sev filter.Severity, at filter.Span, fixes []filter.Fix, format string, args ...any) {
	x := filter.Diagnostic{Span: at, Severity: sev, Msg: fmt.Sprintf(format, args...), Fixes: fixes}
	if !slices.ContainsFunc(d.list, func(y filter.Diagnostic) bool { return y.Span == x.Span && y.Msg == x.Msg }) { // nested logic asks twice
		d.list = append(d.list, x)
	}
}

// node looks at a part of the filter; negated says that a not stands before it.
func (d *doubter) node(n filter.Node, negated bool) {
	switch n := n.(type) {
	case *filter.Logic:
		if n.Or {
			d.anyOf(n, d.conditions(n))
		} else {
			d.allOf(n, d.conditions(n))
		}
		for _, x := range n.Args {
			d.node(x, negated)
		}
	case *filter.Xor:
		for _, x := range n.Args {
			d.node(x, true) // whether it is to be true is not known
		}
	case *filter.Not:
		d.node(n.X, !negated)
	case *filter.Paren:
		if n.X != nil {
			d.node(n.X, negated)
		}
	default:
		if c, ok := simple(n, d.lang); ok {
			d.condition(&c, negated)
		}
	}
}

// allOf looks for demands that no event fulfils together: two first, then all on one field.
func (d *doubter) allOf(n *filter.Logic, list []condition) {
	for j := range list {
		for i := range j {
			a, b := &list[i], &list[j]
			if a.key != b.key || a.idle() || b.idle() || !takeNone(a, b) {
				continue
			}
			if a.absent && b.absent {
				d.say(filter.Warning, b.at, nil, "only events that have no %s fit both this and %s", a.key, d.text[a.at.Start:a.at.End])
				return
			}
			var fixes []filter.Fix
			if len(n.Args) == 2 && a.op == "=" && b.op == "=" && !a.not && !b.not {
				fixes = d.either(n, a, b)
			}
			d.say(filter.Warning, b.at, fixes, "no event fits both this and %s", d.text[a.at.Start:a.at.End])
			return
		}
	}
	for _, same := range byField(list) {
		if last := same[len(same)-1]; takeNone(same...) && slices.ContainsFunc(same, func(c *condition) bool { return !c.absent }) && !slices.ContainsFunc(same, (*condition).idle) {
			d.say(filter.Warning, last.at, nil, "no event fits both this and the other conditions on %s", last.key)
			return
		}
	}
}

// either are the ways to ask for one of two values.
func (d *doubter) either(n *filter.Logic, a, b *condition) []filter.Fix {
	quoted := func(c *condition) string { return d.text[c.values[0].at.Start:c.values[0].at.End] }
	name := d.text[a.at.Start:a.at.End]
	if i := strings.IndexAny(name, " =\t\r\n"); i > 0 && len(a.e.Chain) == 0 {
		list := name[:i] + " in (" + quoted(a) + ", " + quoted(b) + ")"
		if d.lang == filter.Wireshark {
			list = name[:i] + " in {" + quoted(a) + ", " + quoted(b) + "}"
		}
		return []filter.Fix{{Msg: "write " + list, Span: n.Span(), Text: list}}
	}
	return []filter.Fix{{Msg: "write or", Span: n.Ops[0], Text: "or"}}
}

// anyOf looks for demands of which every event fulfils one: two first, then all on one field.
func (d *doubter) anyOf(n *filter.Logic, list []condition) {
	for j := range list {
		for i := range j {
			a, b := &list[i], &list[j]
			if a.key != b.key || a.idle() || b.idle() || !takeAll(a, b) {
				continue
			}
			var fixes []filter.Fix
			if len(n.Args) == 2 && (a.op == "!=" || a.not) && (b.op == "!=" || b.not) {
				fixes = []filter.Fix{{Msg: "write and", Span: n.Ops[0], Text: "and"}}
			}
			d.say(filter.Warning, b.at, fixes, "%s fits this or %s", every(a, b), d.text[a.at.Start:a.at.End])
			return
		}
	}
	for _, same := range byField(list) {
		if last := same[len(same)-1]; takeAll(same...) && !slices.ContainsFunc(same, (*condition).idle) {
			d.say(filter.Warning, last.at, nil, "%s fits this or another condition on %s", every(same...), last.key)
			return
		}
	}
}

// every says which events fit conditions that take every value.
func every(list ...*condition) string {
	for _, c := range list {
		if c.absent {
			return "every event"
		}
	}
	return "every event that has " + list[0].key
}

// byField returns the conditions on each field of which there are more than two.
func byField(list []condition) (groups [][]*condition) {
	at := map[string]int{}
	for i := range list {
		c := &list[i]
		k, ok := at[c.key]
		if !ok {
			k = len(groups)
			at[c.key] = k
			groups = append(groups, nil)
		}
		groups[k] = append(groups[k], c)
	}
	return slices.DeleteFunc(groups, func(g []*condition) bool { return len(g) < 3 })
}
