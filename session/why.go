package session

import (
	"context"
	"fmt"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// Why tells how much each part of a filter matches, and when nothing matches all which part is the reason.
type Why struct {
	Message string // a sentence; empty when rows match
	Parts   []WhyPart
	Fixes   []filter.Fix
}

// WhyPart is a condition of a filter.
type WhyPart struct {
	Span    filter.Span
	Matched uint64 // rows that match it alone
	Message string // what is to be said of it; mostly empty
}

// Why takes a list's filter apart.
func (s *Session) Why(ctx context.Context, q Query) (Why, error) {
	if s.closed.Load() {
		return Why{}, ErrClosed
	}
	p, err := s.program(q.Filter, q.Language)
	if err != nil || p == nil {
		return Why{}, err
	}
	return WhyOf(ctx, s.shared.x, p, s.ask(q))
}

// WhyOf takes a filter apart that is asked of a list.
func WhyOf(ctx context.Context, x *index.Index, p *filter.Program, ask index.Ask) (Why, error) {
	all, err := x.Select(ctx, p, ask, nil)
	if err != nil {
		return Why{}, err
	}
	nodes, or := conditions(p.Tree().Root)
	w := Why{}
	var sets []*index.Set
	for _, n := range nodes {
		set, err := x.Select(ctx, p.Part(n), ask, nil)
		if err != nil {
			return Why{}, err
		}
		sets = append(sets, set)
		w.Parts = append(w.Parts, WhyPart{Span: n.Span(), Matched: uint64(set.Rows())})
	}
	text := p.Tree().Text
	for i, n := range nodes {
		if sets[i].Rows() > 0 {
			continue
		}
		part := &w.Parts[i]
		part.Message, w.Fixes = missing(ctx, x.Values(), p.Part(n), w.Fixes)
		if all.Rows() == 0 && !or && w.Message == "" {
			w.Message = quote(text, n) + ": " + part.Message
		}
	}
	switch {
	case all.Rows() > 0 || w.Message != "":
	case len(nodes) == 1:
		w.Message = quote(text, nodes[0]) + ": no event matches"
	case or:
		w.Message = "no event matches any of the parts"
	default:
		w.Message = clash(text, nodes, sets)
	}
	return w, nil
}

// clash says which parts exclude each other.
func clash(text string, nodes []filter.Node, sets []*index.Set) string {
	for i := range sets {
		for j := range i {
			if !sets[i].Meets(sets[j]) {
				return fmt.Sprintf("no event matches both %s (%s) and %s (%s)", quote(text, nodes[j]), group(uint64(sets[j].Rows())),
					quote(text, nodes[i]), group(uint64(sets[i].Rows())))
			}
		}
	}
	return "each part matches events, but none matches all of them"
}

func quote(text string, n filter.Node) string {
	at := n.Span()
	return "`" + text[at.Start:at.End] + "`"
}

// conditions returns the parts of a filter that must all hold, or of which one must.
func conditions(n filter.Node) (list []filter.Node, or bool) {
	switch n := n.(type) {
	case *filter.Paren:
		return conditions(n.X)
	case *filter.Logic:
		for _, x := range n.Args {
			inner, innerOr := conditions(x)
			if len(inner) > 1 && innerOr == n.Or {
				list = append(list, inner...)
			} else {
				list = append(list, x)
			}
		}
		return list, n.Or
	}
	return []filter.Node{n}, false
}

// missing says what it may be that nothing matches a part, and adds what would.
func missing(ctx context.Context, values *index.Values, part *filter.Program, fixes []filter.Fix) (string, []filter.Fix) {
	filter.Fields(part.Tree().Root, func(_ filter.Span, e *field.Expr) bool {
		for range 50 { // counting the values takes a moment, the first time
			if v := values.Values(e, "", 1); len(v.Values) > 0 || !v.More {
				break
			}
			select {
			case <-ctx.Done():
				return false
			case <-time.After(10 * time.Millisecond):
			}
		}
		return true
	})
	for _, d := range assist.Doubts(&filter.Reading{Tree: part.Tree()}, none{values}) {
		if d.Severity != filter.Hint {
			return d.Msg, append(fixes, d.Fixes...)
		}
	}
	return "no event matches", fixes
}

// none is the values of a capture when it is known that nothing matches: what is not counted for sure does not occur.
type none struct{ *occurring }

type occurring = index.Values // embedded under this name, since it has a method Values

// Count returns how many events have a value.
func (n none) Count(e *field.Expr, text string) (uint64, bool) {
	count, _ := n.occurring.Count(e, text)
	return count, true
}

// Fits returns how many events have a value that fits.
func (n none) Fits(e *field.Expr, fits func(text string) bool) (uint64, bool) {
	count, _ := n.occurring.Fits(e, fits)
	return count, true
}
