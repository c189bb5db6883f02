package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func labels(t *testing.T, s *Store, group string) (list []string) {
	t.Helper()
	groups, err := s.Buttons()
	require.NoError(t, err)
	for _, g := range groups {
		if g.Name != group {
			continue
		}
		for _, b := range g.Buttons {
			l := b.Label
			if b.Edited {
				l += "*"
			}
			if b.Hidden {
				l = "(" + l + ")"
			}
			if !b.Shipped {
				l += "+"
			}
			list = append(list, l)
		}
	}
	return list
}

func TestButtonsAreTheShippedOnesAsTheUserChangedThem(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	require.Equal(t, []string{"Interactive", "All"}, labels(t, s, "Commands"))

	edited, ok := shippedButton("commands.all")
	require.True(t, ok)
	edited.Label, edited.Text = "Execs", "evt.type = execve"
	got, err := s.PutButton(edited)
	require.NoError(t, err)
	require.True(t, got.Shipped && got.Edited)
	mine, err := s.PutButton(Button{Group: "Commands", Label: "Mine", Filter: Filter{Text: "proc.name = x"}})
	require.NoError(t, err)
	require.False(t, mine.Shipped || mine.Edited)
	require.NoError(t, s.DeleteButton("commands.interactive"))
	require.Equal(t, []string{"(Interactive)", "Execs*", "Mine+"}, labels(t, s, "Commands"))
	require.NoError(t, s.OrderButtons("Commands", []string{mine.ID, "commands.all"}))
	require.Equal(t, []string{"Mine+", "Execs*", "(Interactive)"}, labels(t, open(t, dir), "Commands"))

	require.NoError(t, s.ResetButton("commands.interactive"))
	require.NoError(t, s.ResetButton("commands.all"))
	require.Equal(t, []string{"Mine+", "All", "Interactive"}, labels(t, s, "Commands"))
	require.NoError(t, s.DeleteButton(mine.ID))
	require.Equal(t, []string{"All", "Interactive"}, labels(t, s, "Commands"))
	require.NoError(t, s.ResetButton(""))
	require.Equal(t, []string{"Interactive", "All"}, labels(t, s, "Commands"))
	require.ErrorIs(t, s.ResetButton("mine"), ErrInvalid)
}

func TestAShippedButtonThatIsPutBackIsNotEdited(t *testing.T) {
	s := open(t, t.TempDir())
	b, _ := shippedButton("files.opens")
	b.Tip = "other"
	_, err := s.PutButton(b)
	require.NoError(t, err)
	b, _ = shippedButton("files.opens")
	b.Hidden = true
	got, err := s.PutButton(b)
	require.NoError(t, err)
	require.False(t, got.Edited)
	require.Contains(t, labels(t, s, "Files"), "(Opens)")
	b.Hidden = false
	_, err = s.PutButton(b)
	require.NoError(t, err)
	require.Contains(t, labels(t, s, "Files"), "Opens")
	require.Empty(t, s.all()["v1/buttons/"+buttonID+"files.opens"])
}

func TestGroupsOfButtons(t *testing.T) {
	s := open(t, t.TempDir())
	_, err := s.PutButton(Button{Group: "Mine", Label: "x"})
	require.NoError(t, err)
	require.NoError(t, s.OrderButtons("", []string{"Mine", "Network"}))
	groups, err := s.Buttons()
	require.NoError(t, err)
	var names []string
	for _, g := range groups {
		names = append(names, g.Name)
	}
	require.Equal(t, []string{"Mine", "Network", "Commands", "Files", "I/O", "Misc"}, names)
	for _, bad := range []Button{{Group: "x"}, {Label: "x"}} {
		_, err := s.PutButton(bad)
		require.ErrorIs(t, err, ErrInvalid)
	}
}

func TestIDsOfShippedButtonsAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range ShippedButtons() {
		require.False(t, seen[b.ID], b.ID)
		seen[b.ID] = true
		require.NotEmpty(t, b.Tip, b.ID)
	}
}
