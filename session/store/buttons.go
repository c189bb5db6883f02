package store

import (
	"sort"
	"strings"

	"github.com/tidwall/buntdb"
)

// Button is a filter that one click applies.
type Button struct {
	ID    string `json:"id"`
	Group string `json:"group"`
	Label string `json:"label"`
	Filter
	Tip    string `json:"tip"`
	Hidden bool   `json:"hidden"` // not to be shown in the bar

	Shipped bool `json:"-"` // one of ours
	Edited  bool `json:"-"` // one of ours that the user changed
}

// ButtonGroup is a row of buttons.
type ButtonGroup struct {
	Name    string
	Buttons []Button
}

// What is kept is what differs from the shipped buttons: button-ID for a button that was added or edited, hidden-ID for
// a shipped one that was only hidden, so that its filter still follows ours, and order-GROUP, order- for the groups.
const (
	buttonID = "button-"
	hiddenID = "hidden-"
	orderID  = "order-"
)

// order is the order of the buttons of a group (their ids), or of the groups (their names).
type order struct {
	Of    string   `json:"of"` // the group, "" for the groups
	Order []string `json:"order"`
}

// kept is all that is kept of buttons.
type kept struct {
	buttons map[string]Button
	hidden  map[string]bool
	orders  map[string][]string // by group
}

func readButtons(tx *buntdb.Tx) (kept, error) {
	k := kept{map[string]Button{}, map[string]bool{}, map[string][]string{}}
	err := each(tx, KindButtons, func(id string, v struct {
		Button
		order
	},
	) {
		switch {
		case strings.HasPrefix(id, buttonID):
			v.ID = strings.TrimPrefix(id, buttonID)
			k.buttons[v.ID] = v.Button
		case strings.HasPrefix(id, hiddenID):
			k.hidden[strings.TrimPrefix(id, hiddenID)] = true
		case strings.HasPrefix(id, orderID):
			k.orders[v.Of] = v.Order
		}
	})
	return k, err
}

// Buttons returns the filter buttons in the order in which they are shown: the shipped ones as the user changed them,
// and the user's own.
func (s *Store) Buttons() ([]ButtonGroup, error) {
	var k kept
	err := s.view(func(tx *buntdb.Tx) (err error) {
		k, err = readButtons(tx)
		return err
	})
	return k.groups(), err
}

// groups joins what is kept with the shipped buttons.
func (k kept) groups() []ButtonGroup {
	var all []Button
	shipped := map[string]bool{}
	for _, b := range ShippedButtons() {
		shipped[b.ID] = true
		if own, ok := k.buttons[b.ID]; ok {
			b, b.Edited = own, true
		}
		b.Shipped = true
		b.Hidden = b.Hidden || k.hidden[b.ID]
		all = append(all, b)
	}
	var added []Button
	for id, b := range k.buttons {
		if !shipped[id] {
			b.Hidden = b.Hidden || k.hidden[id]
			added = append(added, b)
		}
	}
	sort.Slice(added, func(i, j int) bool {
		a, b := strings.ToLower(added[i].Label), strings.ToLower(added[j].Label)
		return a < b || a == b && added[i].ID < added[j].ID
	})
	var list []ButtonGroup
	at := map[string]int{}
	for _, b := range append(all, added...) {
		i, ok := at[b.Group]
		if !ok {
			i = len(list)
			at[b.Group] = i
			list = append(list, ButtonGroup{Name: b.Group})
		}
		list[i].Buttons = append(list[i].Buttons, b)
	}
	arrange(list, k.orders[""], func(g ButtonGroup) string { return g.Name })
	for _, g := range list {
		arrange(g.Buttons, k.orders[g.Name], func(b Button) string { return b.ID })
	}
	return list
}

// arrange puts a list into an order; what that does not name comes behind, in the order it had.
func arrange[T any](list []T, order []string, name func(T) string) {
	place := map[string]int{}
	for i, n := range order {
		place[n] = i + 1
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := place[name(list[i])], place[name(list[j])]
		return a != 0 && (b == 0 || a < b)
	})
}

// PutButton keeps a button, a new one when it has no id.
func (s *Store) PutButton(b Button) (Button, error) {
	b.Label, b.Group = strings.TrimSpace(b.Label), strings.TrimSpace(b.Group)
	switch {
	case b.Label == "":
		return b, badRecord("a filter button needs a label")
	case b.Group == "":
		return b, badRecord("a filter button needs a group")
	}
	if err := checkText("the filter button", b.ID, b.Label, b.Group, b.Text, b.Language, b.Tip); err != nil {
		return b, err
	}
	if b.ID == "" {
		b.ID = newID()
	}
	ours, shipped := shippedButton(b.ID)
	b.Shipped, b.Edited = shipped, shipped
	return b, s.update(KindButtons, func(tx *buntdb.Tx) error {
		if err := remove(tx, KindButtons, hiddenID+b.ID); err != nil {
			return err
		}
		if shipped {
			plain := b
			plain.Hidden, plain.Shipped, plain.Edited = false, false, false
			if plain == ours { // it is what it was, at most hidden
				b.Edited = false
				if err := remove(tx, KindButtons, buttonID+b.ID); err != nil || !b.Hidden {
					return err
				}
				return put(tx, KindButtons, hiddenID+b.ID, struct{}{})
			}
		}
		if err := room(tx, KindButtons, buttonID+b.ID, MaxButtons, "filter buttons"); err != nil {
			return err
		}
		return put(tx, KindButtons, buttonID+b.ID, b)
	})
}

// DeleteButton deletes a button of the user, and hides a shipped one.
func (s *Store) DeleteButton(id string) error {
	_, shipped := shippedButton(id)
	return s.update(KindButtons, func(tx *buntdb.Tx) error {
		if shipped {
			return put(tx, KindButtons, hiddenID+id, struct{}{})
		}
		return remove(tx, KindButtons, buttonID+id)
	})
}

// ResetButton makes a shipped button what it was. An empty id does so for all of them and their order, and deletes the
// user's own.
func (s *Store) ResetButton(id string) error {
	if id == "" {
		return s.Clear(KindButtons)
	}
	if _, shipped := shippedButton(id); !shipped {
		return badRecord("there is no shipped filter button %.40q", id)
	}
	return s.update(KindButtons, func(tx *buntdb.Tx) error {
		if err := remove(tx, KindButtons, hiddenID+id); err != nil {
			return err
		}
		return remove(tx, KindButtons, buttonID+id)
	})
}

// OrderButtons puts the buttons of a group into an order of ids, or with an empty group the groups into one of names.
func (s *Store) OrderButtons(group string, ids []string) error {
	if err := checkText("the order", append([]string{group}, ids...)...); err != nil {
		return err
	}
	id := orderID
	if group != "" {
		id += hashID(group)
	}
	return s.update(KindButtons, func(tx *buntdb.Tx) error {
		if err := room(tx, KindButtons, id, MaxButtons, "filter buttons and their orders"); err != nil {
			return err
		}
		return put(tx, KindButtons, id, order{group, ids})
	})
}

func shippedButton(id string) (Button, bool) {
	for _, b := range ShippedButtons() {
		if b.ID == id {
			return b, true
		}
	}
	return Button{}, false
}
