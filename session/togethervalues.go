package session

import (
	"cmp"
	"slices"

	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/filter/field"
)

// allValues is the values of several captures.
type allValues []assist.Values

// Values tells which values occur in the captures.
func (j *Together) Values() assist.Values {
	var all allValues
	for _, m := range j.members {
		all = append(all, m.Values())
	}
	return all
}

// Values returns values of a field, the most frequent first.
func (all allValues) Values(e *field.Expr, typed string, n int) assist.Found {
	var out assist.Found
	at := map[string]int{}
	for _, v := range all {
		f := v.Values(e, typed, n)
		out.More = out.More || f.More
		for _, x := range f.Values {
			k, there := at[x.Text]
			if !there {
				at[x.Text] = len(out.Values)
				out.Values = append(out.Values, x)
				continue
			}
			o := &out.Values[k]
			o.Count += x.Count
			o.Sample = o.Sample || x.Sample
			o.Part = o.Part || x.Part
		}
	}
	slices.SortStableFunc(out.Values, func(a, b assist.Value) int { return cmp.Compare(b.Count, a.Count) })
	if len(out.Values) > n {
		out.Values, out.More = out.Values[:n], true
	}
	return out
}

// Counting reports whether values of a field are still to be counted in one of the captures.
func (all allValues) Counting(e *field.Expr) bool {
	return slices.ContainsFunc(all, func(v assist.Values) bool { return v.Counting(e) })
}

// Fits returns how many events have a value that fits.
func (all allValues) Fits(e *field.Expr, fits func(text string) bool) (n uint64, exact bool) {
	exact = true
	for _, v := range all {
		count, sure := v.Fits(e, fits)
		n += count
		exact = exact && sure
	}
	return n, exact
}

// Count returns how many events have a value.
func (all allValues) Count(e *field.Expr, text string) (n uint64, exact bool) {
	exact = true
	for _, v := range all {
		count, sure := v.Count(e, text)
		n += count
		exact = exact && sure
	}
	return n, exact
}
