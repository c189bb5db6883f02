package assist

import (
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// longBuffer is the length from which on bytes are compared by their beginning.
const longBuffer = 128

// Condition returns the text of a condition that is true where a field has a value: of a field with several values, where
// one of them is it. The error says why the language has none.
func Condition(r *field.Ref, v field.Value, lang filter.Language) (string, error) {
	e := &field.Expr{Ref: *r}
	if r.F.Flags.Has(field.PrintOnly) {
		return "", fmt.Errorf("%s is for showing only; no filter can ask for it", r.F.Name)
	}
	name, err := nameIn(r, lang)
	if err != nil {
		return "", err
	}
	if v.Kind == field.Elements {
		return elements(name, v, lang)
	}
	if v.Kind == field.Bytes && len(v.B) > longBuffer {
		return beginning(name, v.B[:longBuffer/2], lang), nil
	}
	text := valueText(r, v)
	if lang == filter.Wireshark {
		if v.Kind == field.Bytes {
			return name + " == " + filter.InQuotes(text), nil
		}
		return name + " == " + quoteWireshark(&field.Expr{Ref: field.Ref{F: kinded(e, v)}}, text), nil
	}
	return name + " = " + filter.Quote(text, false), nil
}

// kinded returns a field of the value's kind, for fields whose values have the parameter's.
func kinded(e *field.Expr, v field.Value) *field.Field {
	if e.Kind() != field.None {
		return e.F
	}
	switch v.Kind {
	case field.Int, field.Uint, field.Port, field.Time, field.Duration:
		return field.Lookup("evt.num")
	case field.Bool:
		return field.Lookup("evt.failed")
	case field.IP:
		return field.Lookup("fd.sip")
	}
	return field.Lookup("evt.type")
}

// nameIn returns a field as a language writes it.
func nameIn(r *field.Ref, lang filter.Language) (string, error) {
	if lang == filter.Wireshark {
		name, _ := r.Wireshark()
		if _, err := field.ParseWireshark(name); err != nil {
			return "", fmt.Errorf("%s has no name in Wireshark's language", r.String())
		}
		return name, nil
	}
	name := r.Sysdig()
	if name == "" {
		return "", fmt.Errorf("%s has no counterpart in the language of sysdig and Falco", r.F.Name)
	}
	return name, nil
}

// valueText is a value as filters take it.
func valueText(r *field.Ref, v field.Value) string {
	switch {
	case v.Kind == field.Float:
		return strconv.FormatFloat(math.Float64frombits(v.U), 'g', -1, 64)
	case v.Kind == field.IP && r.F.Type == "ipnet":
		if a, ok := netip.AddrFromSlice(v.B); ok {
			return netip.PrefixFrom(a, a.BitLen()).String()
		}
	}
	return string(v.Append(nil))
}

// elements asks for a list of just these elements.
func elements(name string, v field.Value, lang filter.Language) (string, error) {
	var items []string
	for b := range v.Elements {
		if lang == filter.Wireshark {
			items = append(items, filter.InQuotes(string(b)))
		} else {
			items = append(items, filter.Quote(string(b), false))
		}
	}
	if lang == filter.Wireshark {
		if len(items) == 0 {
			return "", fmt.Errorf("an empty list of %s cannot be asked for in Wireshark's language", name)
		}
		return name + " in {" + strings.Join(items, ", ") + "}", nil
	}
	return name + " in (" + strings.Join(items, ", ") + ")", nil
}

// beginning asks for bytes that begin with these. Wireshark's language knows what is shown of them only.
func beginning(name string, b []byte, lang filter.Language) string {
	if lang != filter.Wireshark {
		return name + " bstartswith " + hex.EncodeToString(b)
	}
	return name + " contains " + filter.InQuotes(string(b))
}

// Absent returns the text of a condition that is true where an event has no value of a field.
func Absent(r *field.Ref, lang filter.Language) (string, error) {
	names := []string{r.F.Name}
	switch r.F.Name { // any known descriptor is taken for one with such a value
	case "fd.ip", "fd.net":
		names = []string{"fd.sip", "fd.cip"}
	case "fd.port", "fd.proto":
		names = []string{"fd.sport", "fd.cport"}
	}
	var parts []string
	for _, n := range names {
		one := *r
		if n != r.F.Name {
			parsed, err := field.Parse(n)
			if err != nil {
				return "", err
			}
			one = parsed
		}
		name, err := nameIn(&one, lang)
		if err != nil {
			return "", err
		}
		if lang == filter.Wireshark {
			parts = append(parts, "!"+name)
		} else {
			parts = append(parts, "not "+name+" exists")
		}
	}
	return strings.Join(parts, " and "), nil
}

// Join is how a condition joins a filter.
type Join uint8

// The ways of joining. With a filter that is empty, all but the negated ones leave the condition alone.
const (
	Replace Join = iota
	Negate       // the condition takes the filter's place, negated
	And
	Or
	AndNot
	OrNot
)

// Combine joins a condition to a filter, with parentheses where they are needed.
func Combine(base string, how Join, cond string, lang filter.Language) string {
	base = strings.TrimSpace(base)
	if how == Negate || how == AndNot || how == OrNot {
		cond = negated(cond, lang)
	}
	if base == "" || how == Replace || how == Negate {
		return cond
	}
	word, others := " and ", []binding{or, xor}
	if how == Or || how == OrNot {
		word, others = " or ", nil
	}
	return enclosed(base, lang, others) + word + enclosed(cond, lang, others)
}

// negated is a condition's opposite.
func negated(cond string, lang filter.Language) string {
	return "not " + enclosed(cond, lang, []binding{and, or, xor})
}

// binding is what joins the conditions of a filter at its top.
type binding uint8

const (
	none binding = iota
	and
	or
	xor
)

// enclosed puts a filter in parentheses when one of these joins its conditions.
func enclosed(text string, lang filter.Language, by []binding) string {
	top := none
	switch n := filter.Read(text, lang).Tree.Root.(type) {
	case *filter.Logic:
		top = and
		if n.Or {
			top = or
		}
	case *filter.Xor:
		top = xor
	}
	for _, b := range by {
		if b == top {
			return "(" + text + ")"
		}
	}
	return text
}
