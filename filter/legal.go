package filter

import (
	"cmp"
	"slices"
	"sync"

	"github.com/scapls/scapls/filter/field"
)

// Legal reports whether an operator of sysdig's language, as it is written, compares the values of a field.
func Legal(e *field.Expr, op string) bool {
	for o := Eq; o <= Exists; o++ {
		if opNames[o] != op {
			continue
		}
		s := shapeOf(e)
		if e.F.Name == "evt.around" {
			return o == Eq
		}
		return s.dyn || allows(s.kind, o)
	}
	return false
}

// Service is a port that has a name.
type Service struct {
	Name string
	Port uint16
}

// Services returns the ports with well-known names, by number.
func Services() []Service { return slices.Clone(serviceList()) }

var serviceList = sync.OnceValue(func() []Service {
	list := make([]Service, 0, len(services))
	for name, port := range services {
		list = append(list, Service{name, port})
	}
	slices.SortFunc(list, func(a, b Service) int { return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Name, b.Name)) })
	return list
})
