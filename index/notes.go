package index

import (
	"maps"
	"slices"
	"sort"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio"
)

// notes is what is noted about events: by people, which SetNotes tells, and by comments in the file.
type notes struct {
	file map[uint32]*field.Note // comments of the file, by key
	all  map[uint32]*field.Note // theirs and people's
	keys []uint32               // of all, in order
	gen  uint64                 // changes with SetNotes
	size int                    // bytes of the file's comments
}

// maxFileComments bounds the comments of a file that are kept, in bytes.
const maxFileComments = 16 << 20

// SetNotes tells what people noted, by key; it takes the place of what was told before. Comments of the file join it.
func (x *Index) SetNotes(own map[uint32]field.Note) {
	x.mu.Lock()
	x.notes.all = make(map[uint32]*field.Note, len(own)+len(x.notes.file))
	maps.Copy(x.notes.all, x.notes.file)
	for key, n := range own {
		if f := x.notes.file[key]; f != nil {
			n.Comments = slices.Concat(f.Comments, n.Comments)
		}
		if !n.Empty() {
			x.notes.all[key] = &n
		}
	}
	x.notes.keys = slices.Sorted(maps.Keys(x.notes.all))
	x.notes.gen++
	x.mu.Unlock()
	x.forgetNoted()
}

// forgetNoted drops what is known of filters that ask for notes.
func (x *Index) forgetNoted() {
	x.sets.mu.Lock()
	defer x.sets.mu.Unlock()
	maps.DeleteFunc(x.sets.list, func(k key, _ *selection) bool { return k.notes != 0 })
}

// comments keeps the comments on a block of an event that was added last.
func (b *builder) comments(blk *scapio.Block) {
	x := b.x
	list := scapio.Comments(blk.Type, blk.Body)
	if len(list) == 0 {
		return
	}
	for _, text := range list {
		x.notes.size += len(text)
	}
	if x.notes.size > maxFileComments {
		return
	}
	if x.notes.file == nil {
		x.notes.file = map[uint32]*field.Note{}
	}
	if x.notes.all == nil {
		x.notes.all = map[uint32]*field.Note{}
	}
	n := &field.Note{Comments: list}
	x.notes.file[x.n] = n
	if own := x.notes.all[x.n]; own != nil { // noted in the same file before, as of which it was longer
		both := *own
		both.Comments = slices.Concat(list, own.Comments)
		n = &both
	} else {
		at, _ := slices.BinarySearch(x.notes.keys, x.n)
		x.notes.keys = slices.Insert(x.notes.keys, at, x.n)
	}
	x.notes.all[x.n] = n
}

// Note returns what is noted about an event, nil for nothing.
func (s Snapshot) Note(key uint32) *field.Note { return s.x.notes.all[key] }

// FileComments returns the comments that the file has on an event.
func (s Snapshot) FileComments(key uint32) []string {
	if n := s.x.notes.file[key]; n != nil {
		return n.Comments
	}
	return nil
}

// Noted returns the keys of events that something is noted about, in order. The caller must not change them, nor keep
// them longer than the snapshot.
func (s Snapshot) Noted() []uint32 { return s.x.notes.keys }

// notedIn returns the keys of a segment's events [from, to) that something is noted about.
func (x *Index) notedIn(k, from, to int) []uint32 {
	keys := x.notes.keys
	base := uint32(k * SegmentSize)
	i := sort.Search(len(keys), func(i int) bool { return keys[i] > base+uint32(from) })
	j := sort.Search(len(keys), func(i int) bool { return keys[i] > base+uint32(to) })
	return keys[i:j]
}

// noted returns what tells questions about what is noted now apart from those about what was noted before; 0 for programs
// that do not ask for notes.
func (x *Index) noted(p *filter.Program) uint64 {
	root := p.Tree().Root
	if root == nil || filter.Fields(root, func(_ filter.Span, e *field.Expr) bool { return !e.F.Noted() }) {
		return 0
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.notes.gen + 1
}

// noted sets out to the events of mask that match a leaf which asks for nothing but what is noted: the others have all
// the same answer.
func (e *evaluator) noted(l *leaf, mask, out *bitmap) {
	other := uint64(0)
	e.lean.Reset()
	if l.match(&e.lean) {
		other = ^uint64(0)
	}
	keys := e.x.notedIn(e.k, e.from*wordBits, e.to*wordBits)
	for w := e.from; w < e.to; w++ {
		m := mask[w]
		out[w] = m & other
		first := uint32(e.k*SegmentSize+w*wordBits) + 1
		for ; len(keys) > 0 && keys[0] < first+wordBits; keys = keys[1:] {
			bit := uint64(1) << (keys[0] - first)
			if m&bit == 0 {
				continue
			}
			e.lean.Note = e.x.notes.all[keys[0]]
			out[w] &^= bit
			if l.match(&e.lean) {
				out[w] |= bit
			}
		}
	}
}
