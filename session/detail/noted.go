package detail

import (
	"fmt"
	"strings"
	"time"

	"github.com/scapls/scapls/session/notes"
)

// Noted is what is noted about an event, and of the capture's times.
type Noted struct {
	notes.Note          // by people
	File       []string // comments of the file
	Shift      int64    // ns that are added to times where they are shown
	Since      uint64   // key of the time reference before, 0: the start
	SinceTS    uint64   // its time, ns since the epoch
}

// noted is a node of what is noted about the event, none when nothing is.
func (b *builder) noted() []Node {
	x := &b.x.Noted
	var list []Node
	for _, text := range x.File {
		list = append(list, comment("Comment in the file", text, ""))
	}
	if x.Comment != "" {
		by := strings.TrimSpace(x.Author)
		if x.Written != 0 {
			by = strings.TrimSpace(by + " " + time.Unix(0, x.Written).In(b.c.Style.Loc).Format("2006-01-02 15:04"))
		}
		list = append(list, comment("Note", x.Comment, by))
	}
	for _, f := range []struct {
		is                 bool
		label, text, field string
	}{
		{x.Marked, "Marked", "by you", "evt.marked"},
		{x.Ignored, "Ignored", "by you; it still counts unless a filter leaves it out", "evt.ignored"},
		{x.Reference, "Time reference", "times of later events may be shown relative to it", "evt.reference"},
	} {
		if f.is {
			list = append(list, leaf(f.label, f.text, f.field))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return []Node{{Label: "Notes", Value: list[0].Value, Children: list}}
}

// comment is a node with the first line of a text, and the others below.
func comment(label, s, by string) Node {
	lines := strings.Split(strings.TrimRight(text(s), "\n"), "\n")
	n := leaf(label, lines[0], "evt.comment")
	for _, line := range lines[1:] {
		n.Children = append(n.Children, leaf("", line, ""))
	}
	if by != "" {
		n.Children = append(n.Children, leaf("Written", text(by), ""))
	}
	return n
}

// shown tells where the event's time is shown as another one.
func (b *builder) shown() (nodes []Node) {
	x := &b.x.Noted
	if x.Since != 0 && x.SinceTS != 0 {
		n := leaf("Since the time reference", seconds(int64(b.c.TS-x.SinceTS)), "")
		n.Goto = x.Since
		nodes = append(nodes, n)
	}
	if x.Shift != 0 {
		at := b.moment(uint64(int64(b.c.TS) + x.Shift))
		nodes = append(nodes, leaf("Shown as", fmt.Sprintf("%s (shifted by %s)", at.Format(dateTimeZone), notes.ShiftText(x.Shift)), ""))
	}
	return nodes
}
