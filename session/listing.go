package session

import (
	"math"
	"slices"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
)

// listing is the rows of a list, or of a list with a filter, in the order of the file or in another one.
type listing struct {
	snap  index.Snapshot
	list  index.List
	set   *index.Set   // nil without a filter
	order *index.Order // nil: that of the file
}

func (r listing) len() uint32 {
	switch {
	case r.order != nil:
		return r.order.Rows()
	case r.set != nil:
		return r.set.Rows()
	}
	return r.snap.Rows(r.list)
}

// asked returns up to which key it is known what belongs to the list.
func (r listing) asked() uint32 {
	switch {
	case r.order != nil:
		return r.order.Asked()
	case r.set != nil:
		return r.set.Asked()
	}
	return r.snap.Len()
}

// at returns the key of a row, 0 when there are fewer.
func (r listing) at(row uint32) uint32 {
	switch {
	case r.order != nil:
		return r.order.Select(row)
	case r.set != nil:
		return r.set.Select(row)
	}
	return r.snap.Select(r.list, row)
}

// next returns the first key at or behind a key, in the order of the file, 0 when there is none.
func (r listing) next(key uint32) uint32 {
	if r.set != nil {
		return r.set.Next(key)
	}
	return r.snap.Next(r.list, key)
}

// prev returns the last key before a key, in the order of the file, 0 when there is none.
func (r listing) prev(key uint32) uint32 {
	if r.set != nil {
		return r.set.Prev(key)
	}
	return r.snap.Prev(r.list, key)
}

// rank returns how many rows come before a key. A key that is not in the order, since it came later, stands where the
// last one before it does that is.
func (r listing) rank(key uint32) uint32 {
	row := uint32(0)
	switch {
	case r.order != nil:
		for tries := 0; key != 0 && tries < maxRankTries; tries++ {
			row, in := r.order.Rank(min(key, r.order.Asked()))
			if in {
				return row
			}
			key = r.prev(min(key, r.order.Asked()+1))
		}
	case r.set != nil:
		row, _ = r.set.Rank(key)
	default:
		row, _ = r.snap.Rank(r.list, key)
	}
	return row
}

// maxRankTries bounds how many rows before one that is not in an order are looked for.
const maxRankTries = 16

// keys returns the keys of so many rows from one on, as far as there are.
func (r listing) keys(start uint64, count int) []uint32 {
	if start > math.MaxUint32 {
		return nil
	}
	var keys []uint32
	key := r.at(uint32(start))
	for ; key != 0 && len(keys) < count; key = r.follows(key, uint32(start)+uint32(len(keys))) {
		keys = append(keys, key)
	}
	return keys
}

// follows returns the key of the row behind one, 0 when there is none.
func (r listing) follows(key, row uint32) uint32 {
	if r.order != nil {
		return r.order.Select(row)
	}
	return r.next(key + 1)
}

// reading returns the places of keys in the order in which their events are best read: that of the file.
func (r listing) reading(keys []uint32) []int {
	places := make([]int, len(keys))
	for i := range places {
		places[i] = i
	}
	if r.order != nil {
		slices.SortFunc(places, func(a, b int) int { return int(keys[a]) - int(keys[b]) })
	}
	return places
}

// fill readies c for an event of the list.
func (r listing) fill(key uint32, cur *index.Cursor, c *field.Ctx) error {
	if r.order != nil {
		return r.snap.FillAlone(key, r.list.Calls, cur, c)
	}
	return r.snap.Fill(key, r.list.Calls, cur, c)
}
