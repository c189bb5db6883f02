package store

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/buntdb"
)

// Rule gives rows that a filter matches a colour. Of a list of rules the first that matches a row counts.
type Rule struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Filter     string `json:"filter"`
	Language   string `json:"language"`
	Foreground string `json:"foreground"` // a name of Colors, #rrggbb, or empty for the theme's own
	Background string `json:"background"`
	Disabled   bool   `json:"disabled"`
}

// MaxRules is the most colour rules of a list.
const MaxRules = 200

// hues are the colours that a theme has; each is there as a strong one, too.
var hues = []string{"red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "gray"}

const strong = "strong-"

// Colors returns the names of all colours.
func Colors() []string {
	list := slices.Clone(hues)
	for _, h := range hues {
		list = append(list, strong+h)
	}
	return list
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// CheckColor says why a text is no colour; the empty one is the theme's.
func CheckColor(c string) error {
	if c == "" || hexColor.MatchString(c) || slices.Contains(hues, strings.TrimPrefix(c, strong)) {
		return nil
	}
	return fmt.Errorf("%.40q is no colour; there are %s, each also as %sNAME, and #rrggbb", c, strings.Join(hues, ", "), strong)
}

// CheckRules makes a list of rules one that can be kept: it gives ids to those that have none or one that another has.
// Their filters are not looked at.
func CheckRules(rules []Rule) ([]Rule, error) {
	if len(rules) > MaxRules {
		return nil, badRecord("there are %d colour rules; at most %d are kept", len(rules), MaxRules)
	}
	list := make([]Rule, 0, len(rules))
	seen := map[string]bool{}
	for i, r := range rules {
		r.Name, r.Filter = strings.TrimSpace(r.Name), strings.TrimSpace(r.Filter)
		if r.Name == "" && r.Filter == "" {
			return nil, badRecord("colour rule %d has neither a name nor a filter", i+1)
		}
		for _, c := range []string{r.Foreground, r.Background} {
			if err := CheckColor(c); err != nil {
				return nil, badRecord("of colour rule %d, %v", i+1, err)
			}
		}
		if r.ID == "" || seen[r.ID] {
			r.ID = newID()
		}
		seen[r.ID] = true
		list = append(list, r)
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	return list, checkText("the list of colour rules", string(b))
}

// rulesID is the one record of its kind: a list is kept as a whole, in its order.
const rulesID = "list"

type ruleList struct {
	Rules []Rule `json:"rules"`
}

// Rules are colour rules in their order.
type Rules struct {
	Rules    []Rule
	Shipped  bool   // those that come with scapls
	Revision string // changes with the rules
}

func rulesOf(list []Rule, shipped bool) Rules {
	b, _ := json.Marshal(list) // texts and booleans
	return Rules{Rules: list, Shipped: shipped, Revision: hashID(string(b))}
}

func readRules(tx *buntdb.Tx) Rules {
	if kept, ok := get[ruleList](tx, KindColors, rulesID); ok {
		return rulesOf(kept.Rules, false)
	}
	return rulesOf(ShippedRules(), true)
}

// ColorRules returns the colour rules: those that come with scapls until others are put.
func (s *Store) ColorRules() (r Rules, err error) {
	err = s.view(func(tx *buntdb.Tx) error {
		r = readRules(tx)
		return nil
	})
	return r, err
}

// PutColorRules replaces the colour rules. revision is that of the rules they were made of: when others were put since,
// that is an error. An empty one replaces whatever is there.
func (s *Store) PutColorRules(list []Rule, revision string) (Rules, error) {
	list, err := CheckRules(list)
	if err != nil {
		return Rules{}, err
	}
	r := rulesOf(list, false)
	return r, s.update(KindColors, func(tx *buntdb.Tx) error {
		if now := readRules(tx); revision != "" && revision != now.Revision {
			return badRecord("the colour rules were changed elsewhere in the meantime; look at them before yours replace them")
		}
		return put(tx, KindColors, rulesID, ruleList{list})
	})
}

// ResetColorRules makes the colour rules those that come with scapls.
func (s *Store) ResetColorRules() (Rules, error) {
	return rulesOf(ShippedRules(), true), s.Clear(KindColors)
}

// ShareRules returns rules as a document that ReadRules and Import read.
func ShareRules(list []Rule) (string, error) {
	list, err := CheckRules(list)
	if err != nil {
		return "", err
	}
	return document(shared{Scapls: sharedVersion, Colors: list})
}

// ReadRules returns the rules of such a document.
func ReadRules(text string) ([]Rule, error) {
	doc, err := readDocument(text)
	if err != nil {
		return nil, err
	}
	if len(doc.Colors) == 0 {
		return nil, badRecord("this document holds no colour rules")
	}
	return CheckRules(doc.Colors)
}
