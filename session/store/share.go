package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// shared is the document that Export returns and Import reads.
type shared struct {
	Scapls  int         `json:"scapls"` // version of the document
	Saved   []Saved     `json:"filters,omitempty"`
	Buttons []Button    `json:"buttons,omitempty"`
	Columns []ColumnSet `json:"columns,omitempty"`
	Colors  []Rule      `json:"colors,omitempty"` // colour rules, all of a list
}

// sharedVersion is that of the documents written; older ones are read too.
const sharedVersion = 1

// Export returns saved filters, the user's buttons, column sets and colour rules as a document to share; no kinds means the
// first three.
func (s *Store) Export(kinds ...Kind) (string, error) {
	if len(kinds) == 0 {
		kinds = []Kind{KindSaved, KindButtons, KindColumns}
	}
	doc := shared{Scapls: sharedVersion}
	var err error
	for _, k := range kinds {
		switch k {
		case KindSaved:
			doc.Saved, err = s.Saved()
		case KindColumns:
			doc.Columns, err = s.Columns()
		case KindButtons:
			var groups []ButtonGroup
			groups, err = s.Buttons()
			for _, g := range groups {
				for _, b := range g.Buttons {
					if !b.Shipped || b.Edited || b.Hidden {
						doc.Buttons = append(doc.Buttons, b)
					}
				}
			}
		case KindColors:
			var r Rules
			r, err = s.ColorRules()
			doc.Colors = r.Rules
		default:
			return "", badRecord("%.40q cannot be shared; there are %s, %s, %s and %s", k, KindSaved, KindButtons, KindColumns, KindColors)
		}
		if err != nil {
			return "", err
		}
	}
	return document(doc)
}

func document(doc shared) (string, error) {
	b, err := json.MarshalIndent(doc, "", "  ")
	return string(b) + "\n", err
}

func readDocument(text string) (doc shared, err error) {
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return doc, badRecord("this is no document of scapls: %v", err)
	}
	switch {
	case doc.Scapls < 1:
		return doc, badRecord("this is no document of scapls")
	case doc.Scapls > sharedVersion:
		return doc, badRecord("this document is of a newer scapls (%d; known is %d)", doc.Scapls, sharedVersion)
	}
	return doc, nil
}

// Imported counts what Import took in.
type Imported struct{ Saved, Buttons, Columns, Colors int }

// Import takes a document of Export in. What has the id or the name of something that is there replaces it; colour rules
// replace all that are there.
func (s *Store) Import(text string) (n Imported, err error) {
	doc, err := readDocument(text)
	if err != nil {
		return n, err
	}
	saved, err := s.Saved()
	if err != nil {
		return n, err
	}
	for _, f := range doc.Saved {
		f.ID = replaced(saved, f.ID, f.Name, func(o Saved) (string, string) { return o.ID, o.Name })
		if _, err := s.PutSaved(f); err != nil {
			return n, fmt.Errorf("take filter %.40q in: %w", f.Name, err)
		}
		n.Saved++
	}
	sets, err := s.Columns()
	if err != nil {
		return n, err
	}
	for _, c := range doc.Columns {
		c.ID = replaced(sets, c.ID, c.Name, func(o ColumnSet) (string, string) { return o.ID, o.Name })
		if _, err := s.PutColumns(c); err != nil {
			return n, fmt.Errorf("take column set %.40q in: %w", c.Name, err)
		}
		n.Columns++
	}
	for _, b := range doc.Buttons {
		if _, err := s.PutButton(b); err != nil {
			return n, fmt.Errorf("take filter button %.40q in: %w", b.Label, err)
		}
		n.Buttons++
	}
	if len(doc.Colors) > 0 {
		if _, err := s.PutColorRules(doc.Colors, ""); err != nil {
			return n, fmt.Errorf("take colour rules in: %w", err)
		}
		n.Colors = len(doc.Colors)
	}
	return n, nil
}

// replaced returns the id of the one in a list that has the id or the name, else the id.
func replaced[T any](list []T, id, name string, of func(T) (id, name string)) string {
	i := slices.IndexFunc(list, func(o T) bool { have, _ := of(o); return id != "" && have == id })
	if i < 0 {
		i = slices.IndexFunc(list, func(o T) bool { _, have := of(o); return strings.EqualFold(have, name) })
	}
	if i < 0 {
		return id
	}
	have, _ := of(list[i])
	return have
}
