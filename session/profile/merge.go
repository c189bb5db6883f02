package profile

import (
	"fmt"
	"sort"
)

// Merge reads all sources and joins them with the shipped profiles: of those with the same name the nearest counts, and
// takes the place of the one it hides. Others follow, the farthest source first.
func Merge(sources []Source) ([]Resolved, []Problem) {
	sources = append([]Source(nil), sources...)
	sort.SliceStable(sources, func(i, j int) bool { return sources[i].Origin.nearness() < sources[j].Origin.nearness() })
	m := merging{at: map[string]int{}}
	for _, p := range Shipped() {
		m.add(p, FromShipped, 0)
	}
	for _, s := range sources {
		read, problems := Read(s)
		m.problems = append(m.problems, problems...)
		for _, p := range read {
			n := 0
			for _, problem := range problems {
				if problem.Profile == p.Name {
					n++
				}
			}
			m.add(p, s.Origin, n)
		}
	}
	for i := range m.stacks {
		m.resolve(i)
	}
	return m.list, m.problems
}

// merging is what Merge works on: for each name the profiles that have it, the farthest first.
type merging struct {
	stacks   [][]Resolved
	at       map[string]int // name → stack
	list     []Resolved
	problems []Problem
}

func (m *merging) add(p Profile, from Origin, problems int) {
	i, ok := m.at[p.Name]
	if !ok {
		i = len(m.stacks)
		m.at[p.Name] = i
		m.stacks = append(m.stacks, nil)
	}
	r := Resolved{Own: p, Origin: from, Problems: problems}
	if n := len(m.stacks[i]); n > 0 {
		r.Hides = m.stacks[i][n-1].Origin
	}
	m.stacks[i] = append(m.stacks[i], r)
}

// resolve fills the nearest profile of a stack from its bases.
func (m *merging) resolve(i int) {
	depth := len(m.stacks[i]) - 1
	r := m.stacks[i][depth]
	r.Profile = r.Own
	seen := map[[2]int]bool{}
	for p, at := r.Own, [2]int{i, depth}; p.Base != ""; {
		seen[at] = true
		next, ok := m.base(p, at)
		if !ok || seen[next] {
			text := fmt.Sprintf("there is no profile %.40q to take the rest from", p.Base)
			if ok {
				text = fmt.Sprintf("profile %.40q takes the rest from itself in the end", p.Base)
			}
			m.problems = append(m.problems, Problem{Origin: r.Origin, Profile: r.Own.Name, Place: "base", Text: text})
			r.Problems++
			break
		}
		p, at = m.stacks[next[0]][next[1]].Own, next
		inherit(&r.Profile, p)
	}
	m.list = append(m.list, r)
}

// base finds the profile that one names as its base: its own name is that of the one it hides, another that of the
// nearest.
func (m *merging) base(p Profile, at [2]int) ([2]int, bool) {
	if p.Base == p.Name {
		return [2]int{at[0], at[1] - 1}, at[1] > 0
	}
	i, ok := m.at[p.Base]
	if !ok {
		return [2]int{}, false
	}
	return [2]int{i, len(m.stacks[i]) - 1}, true
}

// inherit takes from a base what a profile does not have. Whether it is taken by itself is never inherited.
func inherit(p *Profile, base Profile) {
	fill := func(to *string, from string) {
		if *to == "" {
			*to = from
		}
	}
	fill(&p.Description, base.Description)
	fill(&p.Time, base.Time)
	fill(&p.View, base.View)
	fill(&p.Views.Panes, base.Views.Panes)
	fill(&p.Views.Side, base.Views.Side)
	fill(&p.Views.Analysis, base.Views.Analysis)
	if p.Columns == nil {
		p.Columns = base.Columns
	}
	if p.Colors == nil {
		p.Colors = base.Colors
	}
	if p.Buttons == nil {
		p.Buttons = base.Buttons
	}
	if p.Internal == nil {
		p.Internal = base.Internal
	}
	if p.Views.Buttons == nil {
		p.Views.Buttons = base.Views.Buttons
	}
}
