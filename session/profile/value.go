package profile

import (
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/session/store"
)

// reader reads one source.
type reader struct {
	origin   Origin
	profile  string // name of the one that is read
	problems []Problem
}

// value is a value of the JSON text and where it is. The value nil is a member that is not there.
type value struct {
	r    *reader
	v    any
	path string
}

// say tells of a problem at the value.
func (v value) say(format string, args ...any) {
	v.r.problems = append(v.r.problems, Problem{v.r.origin, v.r.profile, strings.TrimPrefix(v.path, "."), fmt.Sprintf(format, args...)})
}

// members says whether the value is an object, and tells of members that it should not have.
func (v value) members(known ...string) bool {
	o, ok := v.v.(map[string]any)
	if !ok {
		v.say("this is %s; an object is wanted", kindOf(v.v))
		return false
	}
	var others []string
	for name := range o {
		others = append(others, name)
	}
	sort.Strings(others)
	for _, name := range others {
		if !contains(known, name) {
			v.member(name).say("there is no member %.40q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return true
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (v value) member(name string) value {
	o, _ := v.v.(map[string]any)
	return value{v.r, o[name], v.path + "." + name}
}

func (v value) list(what string, limit int) (items []value) {
	if v.v == nil {
		return nil
	}
	list, ok := v.v.([]any)
	if !ok {
		v.say("this is %s; a list is wanted", kindOf(v.v))
		return nil
	}
	if len(list) > limit {
		v.say("there are %d %s; the first %d are used", len(list), what, limit)
		list = list[:limit]
	}
	for i, x := range list {
		items = append(items, value{v.r, x, v.path + "[" + strconv.Itoa(i) + "]"})
	}
	return items
}

func (v value) text() string {
	switch s := v.v.(type) {
	case nil:
	case string:
		return s
	default:
		v.say("this is %s; a text is wanted", kindOf(s))
	}
	return ""
}

func (v value) flag() *bool {
	switch b := v.v.(type) {
	case nil:
	case bool:
		return &b
	default:
		v.say("this is %s; true or false is wanted", kindOf(b))
	}
	return nil
}

func (v value) number(most int) int {
	if v.v == nil {
		return 0
	}
	if n, ok := v.v.(json.Number); ok {
		if i, err := strconv.Atoi(n.String()); err == nil && i >= 0 && i <= most {
			return i
		}
	}
	v.say("a whole number from 0 to %d is wanted", most)
	return 0
}

func (v value) choice(known ...string) string {
	s := v.text()
	if s == "" || contains(known, s) {
		return s
	}
	v.say("%.40q is none of %s", s, strings.Join(known, ", "))
	return ""
}

// filter reads a filter and its language; "" when it cannot be used.
func (v value) filter(member, language string) (text, lang string) {
	lang = v.member(language).choice("sysdig", "wireshark")
	at := v.member(member)
	text = strings.TrimSpace(at.text())
	if text == "" {
		return "", lang
	}
	if err := checkFilter(text, lang); err != nil {
		at.say("%v", err)
		return "", lang
	}
	return text, lang
}

// color reads the name of a colour of the theme, or #rrggbb.
func (v value) color() string {
	s := v.text()
	if err := store.CheckColor(s); err != nil {
		v.say("%v", err)
		return ""
	}
	return s
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case string:
		return "a text"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

// checkColumn says why a field can be no column.
func checkColumn(name string) error {
	if name == "" {
		return fmt.Errorf("a column needs a field")
	}
	e, err := field.ParseExpr(name)
	if err != nil {
		return err
	}
	if e.F.Flags.Has(field.FilterOnly) {
		return fmt.Errorf("field %s is for filters only", name)
	}
	if why := e.F.Unavailable(); why != "" {
		return fmt.Errorf("field %s: %s", name, why)
	}
	return nil
}

// languages are the names of the languages of filters.
var languages = map[string]filter.Language{"": filter.Auto, "sysdig": filter.Sysdig, "wireshark": filter.Wireshark}

// checkFilter says what is wrong with a filter.
func checkFilter(text, lang string) error {
	r := filter.Read(text, languages[lang])
	if r.Valid() {
		return nil
	}
	for _, d := range r.Diags {
		if d.Severity == filter.Error {
			part := text[d.Span.Start:min(d.Span.End, len(text))]
			if part == "" {
				return fmt.Errorf("the filter cannot be used: %s", d.Msg)
			}
			return fmt.Errorf("the filter cannot be used: %s, at %.60q", d.Msg, part)
		}
	}
	return fmt.Errorf("the filter cannot be used")
}
