package assist

import (
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// commLength is how long the kernel's names of processes are at most, in bytes.
const commLength = 15

// condition looks at one condition.
func (d *doubter) condition(c *condition, negated bool) {
	negated = negated != c.not
	if len(c.values) == 0 && (c.op == "in" && c.e.Kind() != field.Elements || c.op == "intersects") {
		d.say(filter.Warning, c.at, nil, "the list is empty: no event fits")
		return
	}
	if d.limits(c) || negated || d.flags(c) {
		return
	}
	if c.op != "=" && c.op != "in" {
		d.search(c)
		return
	}
	missing := 0
	for _, v := range c.values {
		if v.n < v.last { // a range: one of its numbers may be there
			return
		}
		if d.missing(c, v) {
			missing++
		}
	}
	for _, v := range c.values {
		if !d.missing(c, v) {
			continue
		}
		sev := filter.Warning
		if missing < len(c.values) {
			sev = filter.Hint // the others are there
		}
		d.absent(c, v, sev)
	}
}

// limits tells of numbers that the field cannot have, and of conditions that all or none of those it can have fit; it
// reports whether there are such.
func (d *doubter) limits(c *condition) bool {
	low, high := limitsOf(c.e)
	for _, v := range c.values {
		switch {
		case !v.num || c.e.F.Class == "frame" && c.e.Kind() == field.Time:
		case v.n > v.last:
			d.say(filter.Warning, v.at, []filter.Fix{d.turned(v)}, "this range is empty: it ends below its beginning")
			return true
		case c.e.Kind() == field.Port && (v.n > high || v.n < low):
			d.say(filter.Warning, v.at, nil, "ports are numbers from 0 to 65535")
			return true
		case v.n < 0 && strings.ContainsAny(c.op, "<>") && low == 0 && c.lang == filter.Sysdig && c.e.Kind() != field.Int:
			d.say(filter.Warning, v.at, nil, "%s is never negative; %d is taken for a huge number", c.key, v.n)
			return true
		}
	}
	if c.op == "exists" || len(c.values) == 0 || !c.single() || !c.known() || c.e.Kind() == field.String {
		return false
	}
	what := ""
	switch {
	case c.e.Kind() == field.Bool:
		what = "true or false"
	case low == 0:
		what = "never negative"
	case low == 1:
		what = "1 or more"
	default:
		what = fmt.Sprintf("a number from %d to %d", low, high)
	}
	one := *c
	one.not = false
	switch {
	case takeNone(&one):
		d.say(filter.Warning, c.at, nil, "%s is %s: no event fits", c.key, what)
	case takeAll(&one) && !(c.op == "!=" && c.e.Kind() != field.Bool):
		d.say(filter.Hint, c.at, nil, "%s is %s: every event that has it fits", c.key, what)
	default:
		return false
	}
	return true
}

// turned is the fix that exchanges the ends of a range.
func (d *doubter) turned(v literal) filter.Fix {
	from, to, _ := strings.Cut(d.text[v.at.Start:v.at.End], "..")
	text := strings.TrimSpace(to) + ".." + strings.TrimSpace(from)
	return filter.Fix{Msg: "write " + text, Span: v.at, Text: text}
}

// asked returns the field whose values the capture is asked for.
func (c *condition) asked() *field.Expr {
	if x := catalogued(c.e); x != nil {
		return x
	}
	return c.e
}

// missing reports whether no event of the capture has a value, as far as that is known for sure.
func (d *doubter) missing(c *condition, v literal) bool {
	if d.tooLong(c, v) {
		return true
	}
	if d.values == nil || v.text == "" || c.e.F.Type == "ipnet" || c.e.Kind() == field.Elements || strings.Contains(v.text, "/") && c.e.Kind() == field.IP {
		return false
	}
	if d.unsure[c.key] { // nor will the next answer be sure
		return false
	}
	n, exact := d.values.Count(c.asked(), v.text)
	if !exact && n == 0 {
		if d.unsure == nil {
			d.unsure = map[string]bool{}
		}
		d.unsure[c.key] = true
	}
	return n == 0 && exact
}

// tooLong reports whether a name of a process is longer than the kernel keeps them.
func (d *doubter) tooLong(c *condition, v literal) bool {
	switch c.key {
	case "proc.name", "proc.pname", "proc.sname", "proc.aname":
	default:
		return false
	}
	if len(v.text) <= commLength {
		return false
	}
	if d.values == nil {
		return true
	}
	n, _ := d.values.Count(c.asked(), v.text)
	return n == 0
}

// absent says that no event has a value, and which values are like it.
func (d *doubter) absent(c *condition, v literal, sev filter.Severity) {
	if d.tooLong(c, v) {
		short := v.text[:commLength]
		d.say(filter.Warning, v.at, []filter.Fix{d.write(c, v, short)}, "names of processes are cut to %d bytes: no event has this one", commLength)
		return
	}
	var near []string
	var fixes []filter.Fix
	for _, w := range d.near(c, v.text) {
		near = append(near, fmt.Sprintf("%s (%s)", shown(w.Text), counted(w)))
		fixes = append(fixes, d.write(c, v, w.Text))
	}
	msg := fmt.Sprintf("no event of this capture has %s %s", c.key, shown(v.text))
	if len(near) > 0 {
		msg += "; there is " + strings.Join(near, ", ")
	}
	d.say(sev, v.at, fixes, "%s", msg)
}

// write is the fix that writes another value.
func (d *doubter) write(c *condition, v literal, text string) filter.Fix {
	quoted := filter.Quote(text, false)
	if d.lang == filter.Wireshark {
		quoted = quoteWireshark(c.asked(), text)
	}
	return filter.Fix{Msg: "write " + shown(text), Span: v.at, Text: quoted}
}

// near returns at most three values of the capture that look like a text.
func (d *doubter) near(c *condition, text string) []Value {
	e := c.asked()
	byText := map[string]Value{}
	var names []string
	var list []Value
	if bare := strings.TrimRight(text, "/"); bare != text && bare != "" { // a directory
		if n, _ := d.values.Count(e, bare); n > 0 {
			return []Value{{Text: bare, Count: n}}
		}
	}
	for _, typed := range []string{"", text[:min(2, len(text))], text[:strings.LastIndexByte(text, '/')+1]} {
		for _, v := range d.values.Values(e, typed, 200).Values {
			if _, ok := byText[v.Text]; !ok && !v.Part {
				byText[v.Text] = v
				names = append(names, v.Text)
			}
		}
	}
	for _, name := range filter.Closest(text, names, 3) {
		list = append(list, byText[name])
	}
	if len(list) == 0 && len(text) > 2 {
		for _, v := range d.values.Values(e, text, 3).Values {
			if !v.Part && len(list) < 3 {
				list = append(list, v)
			}
		}
	}
	return list
}
