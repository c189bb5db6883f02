package main

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"sync/atomic"
)

// A rule describes differences that are no faults of ours.
type rule struct {
	line  int    // in the file, for messages
	files string // globs, space-separated
	kinds string // comma-separated
	diff  *regexp.Regexp
	why   string
	used  atomic.Int64
}

// readRules reads known.txt: paragraphs of "files:", "kinds:", "diff:" and "why:" lines; an indented line continues the one before; "#" starts a
// comment. A missing file has no rules. "diff" is matched with the difference written as
//
//	< openat fd ours="…" theirs="…"
func readRules(name string) ([]*rule, error) {
	f, err := os.Open(name)
	if os.IsNotExist(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	var rules []*rule
	var cur *rule
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		line := scan.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if strings.TrimSpace(line) == "" {
			cur = nil
			continue
		}
		if cur == nil {
			cur = &rule{line: n, files: "*", kinds: "*"}
			rules = append(rules, cur)
		}
		if err := cur.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	for _, r := range rules {
		if r.diff == nil || r.why == "" {
			return nil, fmt.Errorf("%s:%d: a rule needs diff: and why", name, r.line)
		}
	}
	return rules, scan.Err()
}

// add takes one line of a rule's paragraph.
func (r *rule) add(line string) (err error) {
	if line[0] == ' ' || line[0] == '\t' {
		r.why += "\n" + strings.TrimSpace(line)
		return nil
	}
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch key {
	case "files":
		r.files = value
	case "kinds":
		r.kinds = value
	case "diff":
		r.diff, err = regexp.Compile(value)
	case "why":
		r.why = value
	default:
		err = fmt.Errorf("unknown line %q", key)
	}
	return err
}

// findRule returns the first rule that covers a difference, or nil.
func findRule(rules []*rule, file, kind string, d difference) *rule {
	if len(rules) == 0 {
		return nil
	}
	text := d.text()
	for _, r := range rules {
		if kindMatches(r.kinds, kind) && r.covers(file) && r.diff.MatchString(text) {
			r.used.Add(1)
			return r
		}
	}
	return nil
}

func (r *rule) covers(file string) bool {
	for glob := range strings.FieldsSeq(r.files) {
		if ok, _ := path.Match(glob, file); ok {
			return true
		}
	}
	return false
}
