package index

import (
	"errors"
	"io"

	"github.com/scapls/scapls/scapio"
)

// Block returns the block of an event or packet as it is in the file. body is what scapio.Block.Body is; it borrows from
// the cursor until its next use.
func (s Snapshot) Block(key uint32, cur *Cursor) (t scapio.BlockType, body []byte, err error) {
	if err := s.x.checkNum(key); err != nil {
		return 0, nil, err
	}
	seg, i := s.x.at(key)
	return cur.block(s.x, seg.offset(i), false)
}

// Changed reports whether an event changed what later ones mean: who would leave it out had to leave out the names of
// later events. Enter halves change nothing, since their exits say it all.
func (s Snapshot) Changed(key uint32) bool {
	seg, i := s.x.at(key)
	return seg.changed[i/64]&(1<<(i%64)) != 0
}

// Sections returns the section headers. A capture has more than one when it was put together from several.
func (s Snapshot) Sections() []Section { return append([]Section(nil), s.x.stats.Sections...) }

// Lists calls f with the blocks between the header of section i, which comes first, and the first event of that section.
// Blocks borrow until f returns. What is damaged ends the list without an error, as it did when the index was built.
func (s Snapshot) Lists(i int, f func(blk *scapio.Block) error) error {
	sections := s.x.stats.Sections
	end := s.x.stats.Bytes
	if i+1 < len(sections) {
		end = sections[i+1].Off
	}
	if first := sections[i].First; first <= s.x.n {
		end = min(end, s.Facts(first).Offset)
	}
	off := sections[i].Off
	r := scapio.NewReader(io.NewSectionReader(s.x.in, off, end-off))
	for {
		blk, err := r.Next()
		var corrupt *scapio.CorruptError
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &corrupt):
			return nil
		case err != nil:
			return err
		}
		if err := f(&blk); err != nil {
			return err
		}
	}
}
