package main

import (
	"fmt"
	"strings"
)

// rule is one line of calls.txt.
type rule struct {
	name        string
	marks       map[string]bool
	enter, exit []paramRule
}

// paramRule says where one parameter comes from.
type paramRule struct {
	name   string
	newer  bool // newer than sysdig 0.41
	source string
	conv   string
	second string // source behind a +
}

func parseRules(text string) (map[string]*rule, []string, error) {
	rules := map[string]*rule{}
	var order []string
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		r, err := parseRule(line)
		if err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if rules[r.name] != nil {
			return nil, nil, fmt.Errorf("line %d: %s has a rule already", i+1, r.name)
		}
		rules[r.name] = r
		order = append(order, r.name)
	}
	return rules, order, nil
}

func parseRule(line string) (*rule, error) {
	parts := strings.Split(line, "|")
	if len(parts) != 3 {
		return nil, fmt.Errorf("a rule has three parts, this one %d", len(parts))
	}
	head := strings.Fields(parts[0])
	if len(head) == 0 {
		return nil, fmt.Errorf("no name")
	}
	r := &rule{name: head[0], marks: map[string]bool{}}
	for _, m := range head[1:] {
		mark, ok := strings.CutPrefix(m, "!")
		if !ok {
			return nil, fmt.Errorf("%q is no mark", m)
		}
		r.marks[mark] = true
	}
	var err error
	if r.enter, err = parseParams(parts[1]); err != nil {
		return nil, err
	}
	r.exit, err = parseParams(parts[2])
	return r, err
}

func parseParams(text string) ([]paramRule, error) {
	var list []paramRule
	for _, word := range strings.Fields(text) {
		name, source, ok := strings.Cut(word, "=")
		if !ok {
			return nil, fmt.Errorf("%q has no source", word)
		}
		p := paramRule{}
		p.name, p.newer = strings.CutPrefix(name, "+")
		source, p.second, _ = strings.Cut(source, "+")
		p.source, p.conv, _ = strings.Cut(source, ":")
		list = append(list, p)
	}
	return list, nil
}
