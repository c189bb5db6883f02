package assist

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evtable"
)

// searches say what operators ask of a text.
var searches = map[string]string{
	"contains": "holds", "icontains": "holds in any case", "startswith": "starts with", "endswith": "ends with", "pmatch": "is below",
	"glob": "fits", "iglob": "fits", "regex": "fits", "matches": "fits",
}

// search says that no event has a text that an operator finds something in, and which operator would.
func (d *doubter) search(c *condition) {
	words := searches[c.op]
	fits := filter.TextTest(c.node)
	if words == "" || fits == nil || fits("") || d.values == nil || d.unsure[c.key] {
		return
	}
	e := c.asked()
	if n, exact := d.values.Fits(e, fits); n > 0 || !exact {
		return
	}
	v := c.values[0]
	if len(c.values) > 1 {
		d.say(filter.Warning, c.at, nil, "%s %s one of these in no event of this capture", c.key, words)
		return
	}
	msg := fmt.Sprintf("%s %s %s in no event of this capture", c.key, words, shown(v.text))
	var fixes []filter.Fix
	try := func(op, text string, test func(string) bool) {
		if len(fixes) > 0 || v.text == "" || op == c.op && text == v.text {
			return
		}
		n, _ := d.values.Fits(e, test)
		cmp, ok := c.node.(*filter.Comparison)
		if n == 0 || !ok {
			return
		}
		msg += fmt.Sprintf("; it %s %s in %s", searches[op], shown(text), counted(Value{Count: n}))
		fixes = append(fixes, filter.Fix{
			Msg: "write " + op + " " + shown(text), Span: filter.Span{Start: cmp.OpAt.Start, End: v.at.End}, Text: op + " " + filter.Quote(text, false),
		})
	}
	switch c.op {
	case "startswith", "contains", "endswith":
		slash := "/" + strings.TrimPrefix(v.text, "/")
		if c.op == "startswith" {
			try(c.op, slash, func(s string) bool { return strings.HasPrefix(s, slash) })
		}
		try("contains", v.text, func(s string) bool { return strings.Contains(s, v.text) })
		low := strings.ToLower(v.text)
		try("icontains", v.text, func(s string) bool { return strings.Contains(strings.ToLower(s), low) })
	}
	d.say(filter.Warning, v.at, fixes, "%s", msg)
}

// flags says that a parameter has no flag of a name; it reports whether it did.
func (d *doubter) flags(c *condition) (said bool) {
	if c.e.F.Name != "evt.arg" || c.e.Arg == "" || len(c.e.Chain) > 0 || c.op != "=" && c.op != "in" && c.op != "contains" {
		return false
	}
	names, only := flagNames(c.e.Arg)
	if !only {
		return false
	}
	for _, v := range c.values {
		word, ok := strangeFlag(v.text, names, c.op == "contains")
		if !ok {
			continue
		}
		said = true
		msg := fmt.Sprintf("no flag of %s is named %s", c.key, shown(word))
		var fixes []filter.Fix
		var near []string
		for _, name := range filter.Closest(word, names, 3) {
			near = append(near, name)
			fixes = append(fixes, d.write(c, v, strings.Replace(v.text, word, name, 1)))
		}
		if len(near) > 0 {
			msg += "; there is " + strings.Join(near, ", ")
		}
		d.say(filter.Warning, v.at, fixes, "%s", msg)
	}
	return said
}

// strangeFlag returns a word of a text that no event shows of a parameter with these flags. part says that the text may be
// a part of what is shown.
func strangeFlag(text string, names []string, part bool) (word string, strange bool) {
	words := strings.Split(text, "|")
	for i, word := range words {
		first, last := part && i == 0, part && i == len(words)-1
		if strings.Trim(word, "0123456789") == "" { // a number, where no flag is set that has a name
			continue
		}
		if !slices.ContainsFunc(names, func(name string) bool {
			switch {
			case first && last:
				return strings.Contains(name, word)
			case first:
				return strings.HasSuffix(name, word)
			case last:
				return strings.HasPrefix(name, word)
			}
			return name == word
		}) {
			return word, true
		}
	}
	return "", false
}

// flagNames returns the names of the flags of parameters with a name; only is false when some show something else.
func flagNames(param string) (names []string, only bool) {
	for i := range evtable.Types {
		for _, p := range evtable.Types[i].Params {
			if p.Name != param {
				continue
			}
			switch {
			case len(p.Flags) > 0:
			case field.ParamKind(p.Type) == field.Int || field.ParamKind(p.Type) == field.Uint:
			default:
				return nil, false
			}
		}
	}
	names = flagsByParam()[param].names
	return names, len(names) > 0
}
