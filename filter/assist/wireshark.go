package assist

import (
	"strconv"
	"strings"
	"sync"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
)

// wiresharkFields are the candidates of Wireshark's language: the catalogue under the names that Stratoshark gives its
// fields, the first arguments of those that take one, and what that language has alone.
var wiresharkFields = sync.OnceValue(func() []candidate {
	var list []candidate
	add := func(r field.Ref, rank int) {
		name, known := r.Wireshark()
		if !known {
			rank += len(popular)
		}
		list = append(list, candidate{name: name, expr: field.Expr{Ref: r}, rank: rank})
	}
	for _, c := range sysdigFields() {
		switch f := c.expr.F; {
		case f.Arg != field.ArgRequired && f.Name != "evt.abspath":
			add(c.expr.Ref, c.rank)
		case f.Name == "evt.arg":
			for i := range 8 {
				numbered(f, i, c.rank, add)
			}
			continue
		}
		if c.expr.F.Arg == field.ArgOptional && strings.Contains(c.expr.F.Syntax, "level") {
			for i := 1; i < 8; i++ {
				numbered(c.expr.F, i, c.rank, add)
			}
		}
	}
	for _, f := range field.WiresharkOnly() {
		rank := len(popular)
		switch {
		case f.Name == "sysdig.thread_id", f.Name == "sysdig.event_name":
			rank = 6
		case strings.HasPrefix(f.Name, "fd.") && strings.Count(f.Name, ".") == 2:
			if i, ok := ranks()[f.Name[:len(f.Name)-len(".v4")]]; ok {
				rank = i
			}
		case strings.HasPrefix(f.Name, "sysdig.param."):
			rank *= 4
		}
		list = append(list, candidate{name: f.Name, expr: field.Expr{Ref: field.Ref{F: f, Index: -1}}, rank: rank})
	}
	return list
})

// numbered adds a field with a number as its argument.
func numbered(f *field.Field, i, rank int, add func(field.Ref, int)) {
	if r, err := field.Parse(f.Name + "[" + strconv.Itoa(i) + "]"); err == nil {
		add(r, rank+i)
	}
}

// wiresharkField returns what a name of Wireshark's language stands for, nil when it is none.
func wiresharkField(name string) *field.Expr {
	r, err := field.ParseWireshark(name)
	if err != nil {
		return nil
	}
	return &field.Expr{Ref: r}
}

// wiresharkName returns how Stratoshark calls a field, "" when it has no such field.
func wiresharkName(e *field.Expr) string {
	if e.Arg == "" {
		return e.F.Stratoshark()
	}
	if name, known := e.Wireshark(); known {
		return name
	}
	return ""
}

// counted returns the field of the catalogue whose values are those of a field: names of Wireshark's language alone
// stand for fields that are known under another name. nil when there is none.
func catalogued(e *field.Expr) *field.Expr {
	name := e.Sysdig()
	if name == "" {
		name = strings.TrimSuffix(strings.TrimSuffix(e.F.Name, ".v4"), ".v6")
		if name == e.F.Name {
			return nil
		}
	}
	x, err := field.ParseExpr(name)
	if err != nil {
		return nil
	}
	x.Chain = e.Chain
	return &x
}

// ofFamily reports whether an address may be a value of a field that holds one family only.
func ofFamily(e *field.Expr, text string) bool {
	switch {
	case strings.HasSuffix(e.F.Name, ".v4"):
		return !strings.Contains(text, ":")
	case strings.HasSuffix(e.F.Name, ".v6"):
		return strings.Contains(text, ":")
	}
	return true
}

// wiresharkFunctions are the functions of Wireshark's language with their help.
var wiresharkFunctions = func() map[string]call {
	m := map[string]call{}
	for name, help := range filter.Functions() {
		argument := "field"
		if name == "max" || name == "min" {
			argument = "value, …"
		}
		m[name] = call{name + "(" + argument + ")", capital(help) + ".", wiresharkExamples[name]}
	}
	return m
}()

var wiresharkExamples = map[string]string{
	"upper": `upper(proc.name) == "JAVA"`, "lower": `lower(proc.name) == "java"`, "len": "len(proc.cmdline) > 200", "count": "count(fd.num) == 1",
	"string": `string(fd.num) matches "^1"`, "dec": `dec(fd.sport) contains "80"`, "hex": `hex(fd.sport) contains "1f"`, "float": "float(fd.num) > 2.5",
	"double": "double(fd.num) > 2.5", "max": "max(fd.num, 3) == 3", "min": "min(fd.num, 3) == 3", "abs": "abs(evt.rawres) == 11",
}
