package session

import (
	"fmt"

	"github.com/scapls/scapls/filter/field"
)

// numeric reports whether values of a kind read as numbers.
func numeric(k field.Kind) bool {
	switch k {
	case field.Int, field.Uint, field.Float, field.Port, field.Duration:
		return true
	}
	return false
}

// DescribeColumn returns a column that shows a field, with argument and transforms if any: one of those that lists show
// at first, or one made of what the catalogue says.
func DescribeColumn(text string) (Column, error) {
	e, err := field.ParseExpr(text)
	if err != nil {
		return Column{}, badRequest("no column %q: %v", text, err)
	}
	if e.F.Flags.Has(field.FilterOnly) {
		return Column{}, badRequest("no column %q: the field is for filters only", text)
	}
	if why := e.F.Unavailable(); why != "" {
		return Column{}, badRequest("no column %q: %s", text, why)
	}
	id := e.String()
	for _, c := range columns {
		if c.ID == id {
			c.Default = false
			return c, nil
		}
	}
	c := Column{ID: id, Title: id, Tip: e.F.Help, Width: 20, Align: "left"}
	switch k := e.Kind(); {
	case numeric(k):
		c.Width, c.Align = 10, "right"
	case k == field.Bool:
		c.Width = 6
	}
	if len(e.Chain) > 0 {
		c.Tip = fmt.Sprintf("%s of: %s", e.Chain[len(e.Chain)-1], e.F.Help)
	}
	c.Width = max(c.Width, min(len(id), 24))
	return c, nil
}
