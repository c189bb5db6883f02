package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter"
)

func TestColourRulesAreAnOrderedList(t *testing.T) {
	s := open(t, t.TempDir())
	r, err := s.ColorRules()
	require.NoError(t, err)
	require.True(t, r.Shipped)
	require.Equal(t, ShippedRules(), r.Rules)

	mine := append([]Rule{{Name: " Mine ", Filter: " evt.type = open ", Background: "#aBcdef", Foreground: "strong-red"}}, r.Rules...)
	slices.Reverse(mine[1:])
	kept, err := s.PutColorRules(mine, r.Revision)
	require.NoError(t, err)
	require.False(t, kept.Shipped)
	require.Equal(t, "Mine", kept.Rules[0].Name)
	require.Equal(t, "evt.type = open", kept.Rules[0].Filter)
	require.NotEmpty(t, kept.Rules[0].ID)
	require.Equal(t, mine[1:], kept.Rules[1:])
	now, err := s.ColorRules()
	require.NoError(t, err)
	require.Equal(t, kept, now)

	again, err := s.PutColorRules(kept.Rules, kept.Revision)
	require.NoError(t, err)
	require.Equal(t, kept, again, "the same rules are the same revision")
	none, err := s.PutColorRules(nil, "")
	require.NoError(t, err)
	require.Empty(t, none.Rules)
	require.False(t, none.Shipped, "no rules at all can be wanted")
	now, err = s.ColorRules()
	require.NoError(t, err)
	require.Empty(t, now.Rules)
	require.False(t, now.Shipped)

	reset, err := s.ResetColorRules()
	require.NoError(t, err)
	require.Equal(t, r, reset)
	now, err = s.ColorRules()
	require.NoError(t, err)
	require.Equal(t, r, now)
}

func TestColourRulesThatAnotherWindowChangedAreNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	first, err := a.ColorRules()
	require.NoError(t, err)
	kept, err := b.PutColorRules(first.Rules[:3], first.Revision)
	require.NoError(t, err)
	_, err = a.PutColorRules(first.Rules[:5], first.Revision)
	require.ErrorIs(t, err, ErrInvalid)
	require.ErrorContains(t, err, "changed elsewhere")
	now, err := a.ColorRules()
	require.NoError(t, err)
	require.Equal(t, kept, now)
	_, err = a.PutColorRules(first.Rules[:5], kept.Revision)
	require.NoError(t, err)
}

func TestColourRulesThatCannotBeKept(t *testing.T) {
	s := open(t, t.TempDir())
	for name, list := range map[string][]Rule{
		"no name and no filter": {{Background: "red"}},
		"no such colour":        {{Name: "x", Background: "reddish"}},
		"a name that is CSS":    {{Name: "x", Foreground: "red;}*{display:none"}},
		"half a number":         {{Name: "x", Foreground: "#12345"}},
		"too many":              make([]Rule, MaxRules+1),
		"too long":              {{Name: "x", Filter: strings.Repeat("x", maxText)}},
	} {
		_, err := s.PutColorRules(list, "")
		require.ErrorIs(t, err, ErrInvalid, name)
	}
	kept, err := s.PutColorRules([]Rule{{ID: "a", Name: "1"}, {ID: "a", Name: "2"}, {Name: "3"}}, "")
	require.NoError(t, err)
	require.Equal(t, "a", kept.Rules[0].ID)
	require.NotEqual(t, "a", kept.Rules[1].ID, "ids are unique")
	require.NotEmpty(t, kept.Rules[2].ID)
	for _, c := range Colors() {
		_, err := s.PutColorRules([]Rule{{Name: "x", Background: c, Foreground: c}}, "")
		require.NoError(t, err, c)
	}
}

func TestColourRulesAreShared(t *testing.T) {
	a, b := open(t, t.TempDir()), open(t, t.TempDir())
	kept, err := a.PutColorRules(append(ShippedRules()[:2], Rule{ID: "own", Name: "Own", Filter: "frame.number == 1", Language: "wireshark", Disabled: true}), "")
	require.NoError(t, err)
	text, err := ShareRules(kept.Rules)
	require.NoError(t, err)
	read, err := ReadRules(text)
	require.NoError(t, err)
	require.Equal(t, kept.Rules, read)
	exported, err := a.Export(KindColors)
	require.NoError(t, err)
	require.Equal(t, text, exported)
	n, err := b.Import(exported)
	require.NoError(t, err)
	require.Equal(t, Imported{Colors: 3}, n)
	there, err := b.ColorRules()
	require.NoError(t, err)
	require.Equal(t, kept, there)
	all, err := a.Export()
	require.NoError(t, err)
	require.NotContains(t, all, `"colors"`, "they replace all that are there, so that they are not shared unasked")
	for _, bad := range []string{"", "{}", `{"scapls":1}`, `{"scapls":9,"colors":[{"name":"x"}]}`, `{"scapls":1,"colors":[{"name":"x","background":"x"}]}`} {
		_, err := ReadRules(bad)
		require.ErrorIs(t, err, ErrInvalid, bad)
	}
}

func TestTheShippedColourRulesCanBeUsed(t *testing.T) {
	kept, err := CheckRules(ShippedRules())
	require.NoError(t, err)
	require.Equal(t, ShippedRules(), kept, "their ids and colours are as they are kept")
	for _, r := range kept {
		read := filter.Read(r.Filter, filter.Sysdig)
		require.True(t, read.Valid(), r.Name)
		require.Empty(t, read.Diags, r.Name)
	}
}
