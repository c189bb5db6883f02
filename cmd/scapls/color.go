package main

import (
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/session/store"
)

// ansi is what terminals call the colours of rules. Only text is coloured: nobody knows what is behind it.
var ansi = map[string]string{
	"red": "31", "orange": "38;5;208", "yellow": "33", "green": "32", "teal": "36", "blue": "34", "purple": "35", "pink": "38;5;205",
	"brown": "38;5;137", "gray": "90",
}

// painter colours events by the first of the rules that come with scapls that matches.
func painter() func(c *field.Ctx) string {
	type rule struct {
		p     *filter.Program
		color string
	}
	var rules []rule
	for _, r := range store.ShippedRules() {
		read := filter.Read(r.Filter, filter.Sysdig)
		p, err := read.Compile()
		if err != nil { // a test compiles them
			continue
		}
		name := r.Foreground
		if name == "" {
			name = r.Background
		}
		plain := strings.TrimPrefix(name, "strong-")
		code := ansi[plain]
		if plain != name {
			code = "1;" + code
		}
		rules = append(rules, rule{p, "\x1b[" + code + "m"})
	}
	return func(c *field.Ctx) string {
		for _, r := range rules {
			if r.p.Match(c) {
				return r.color
			}
		}
		return ""
	}
}
