package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/session/notes"
	"github.com/scapls/scapls/session/report"
	"github.com/scapls/scapls/session/stats"
	"github.com/scapls/scapls/session/stream"
	"github.com/scapls/scapls/session/timeline"
)

// Detail returns the detail tree of an event, behind whose event it is.
func (j *Together) Detail(ctx context.Context, num uint64, view ViewKind) ([]Node, error) {
	i, key, err := j.event(num)
	if err != nil {
		return nil, err
	}
	m := j.members[i]
	nodes, err := m.Detail(ctx, key, view)
	if err != nil {
		return nil, err
	}
	j.leads(i, nodes)
	return append([]Node{m.node(key)}, nodes...), nil
}

// node says whose event an event is, and what was done to its time.
func (m *member) node(key uint64) Node {
	snap := m.shared.x.Acquire()
	defer snap.Release()
	n := Node{Label: "Host", Value: m.host, Field: hostField}
	n.Children = []Node{
		{Label: "Capture", Value: utf8(m.path)},
		{Label: "Event of this capture", Value: group(snap.Number(uint32(key)))},
		{Label: "Clock", Value: m.clockText()},
	}
	return n
}

// clockText says how its times come about.
func (m *member) clockText() string {
	text := "as in the capture: no offset was measured"
	if m.known {
		text = fmt.Sprintf("%s was ahead by %v when it was measured, which is taken off", m.host, m.offset)
		if m.offset < 0 {
			text = fmt.Sprintf("%s was behind by %v when it was measured, which is added", m.host, -m.offset)
		}
	}
	if by := m.noted.look().set.Shift; by != 0 {
		text += fmt.Sprintf("; shifted by %s, as is noted of the capture", notes.ShiftText(by))
	}
	if by := time.Duration(m.shift.Load()); by != 0 {
		text += fmt.Sprintf("; shifted by hand by %+.6g s", by.Seconds())
	}
	return text
}

// leads makes nodes lead to events of all.
func (j *Together) leads(i int, nodes []Node) {
	for k := range nodes {
		nodes[k].Goto = j.num(i, nodes[k].Goto)
		j.leads(i, nodes[k].Children)
	}
}

// Bytes returns an event's raw bytes.
func (j *Together) Bytes(ctx context.Context, num uint64, start, count int) (Bytes, error) {
	i, key, err := j.event(num)
	if err != nil {
		return Bytes{}, err
	}
	b, err := j.members[i].Bytes(ctx, key, start, count)
	b.Num = num
	return b, err
}

// Explain says what an event tells.
func (j *Together) Explain(ctx context.Context, num uint64) (Explanation, error) {
	i, key, err := j.event(num)
	if err != nil {
		return Explanation{}, err
	}
	e, err := j.members[i].Explain(ctx, key)
	e.Sentence = j.members[i].host + ": " + e.Sentence
	return e, err
}

// Stream returns transfers of the descriptor that an event is about.
func (j *Together) Stream(ctx context.Context, num uint64, peer bool, start, count int) (*StreamPart, error) {
	i, key, err := j.event(num)
	if err != nil {
		return nil, err
	}
	p, err := j.members[i].Stream(ctx, key, peer, start, count)
	if err != nil {
		return nil, err
	}
	p.Title = j.members[i].host + ": " + p.Title
	st := *p.Stream
	st.PeerOf = uint32(j.num(i, uint64(st.PeerOf)))
	p.Stream = &st
	for k := range p.Part {
		c := &p.Part[k]
		c.Key = uint32(j.num(i, uint64(c.Key)))
		c.TS = common(c.TS, j.members[i].ahead())
	}
	return p, nil
}

// SaveStream writes a stream to a file.
func (j *Together) SaveStream(ctx context.Context, num uint64, form StreamForm, path string) (stream.Saved, error) {
	i, key, err := j.event(num)
	if err != nil {
		return stream.Saved{}, err
	}
	return j.members[i].SaveStream(ctx, key, form, path)
}

// From makes a filter of something that is shown.
func (j *Together) From(ctx context.Context, req FromRequest) (text string, lang filter.Language, err error) {
	i, id := 0, req.ID
	if of, rest, ok := strings.Cut(req.ID, "/"); ok && req.Kind == FromItem {
		if n, err := strconv.Atoi(of); err == nil && n >= 0 && n < len(j.members) {
			i, id = n, rest
		}
	}
	if req.Num != 0 {
		if i, req.Num, err = j.event(req.Num); err != nil {
			return "", 0, err
		}
	}
	req.ID = id
	return j.members[i].From(ctx, req)
}

// stateView asks for a state view as of an event of its capture, or of all captures at their ends.
func (j *Together) stateView(num uint64, ask func(m *member, key uint64) (string, []Item, error)) (title string, items []Item, err error) {
	if num == 0 {
		for i, m := range j.members {
			name, list, err := ask(m, 0)
			if err != nil {
				return "", nil, err
			}
			title = name
			items = append(append(items, Item{ID: strconv.Itoa(i), Label: m.host, Icon: "other"}), j.items(i, strconv.Itoa(i), list)...)
		}
		return title, items, nil
	}
	i, key, err := j.event(num)
	if err != nil {
		return "", nil, err
	}
	title, list, err := ask(j.members[i], key)
	return j.members[i].host + ": " + title, j.items(i, "", list), err
}

// items gives items of a capture names that are none of another's, below a root.
func (j *Together) items(i int, root string, list []Item) []Item {
	prefix := strconv.Itoa(i) + "/"
	for k := range list {
		it := &list[k]
		it.ID = prefix + it.ID
		if it.Parent != "" {
			it.Parent = prefix + it.Parent
		} else {
			it.Parent = root
		}
		it.Born = j.num(i, it.Born)
	}
	return list
}

// Processes returns the process tree as of an event.
func (j *Together) Processes(ctx context.Context, num uint64) (title string, items []Item, err error) {
	return j.stateView(num, func(m *member, key uint64) (string, []Item, error) { return m.Processes(ctx, key) })
}

// FDs returns the descriptors of a thread's process as of an event.
func (j *Together) FDs(ctx context.Context, num uint64, tid int64) (title string, items []Item, err error) {
	if num == 0 {
		return "", nil, j.alone("without an event, descriptors are shown of")
	}
	return j.stateView(num, func(m *member, key uint64) (string, []Item, error) { return m.FDs(ctx, key, tid) })
}

// Users returns the users known as of an event.
func (j *Together) Users(ctx context.Context, num uint64) (title string, items []Item, err error) {
	return j.stateView(num, func(m *member, key uint64) (string, []Item, error) { return m.Users(ctx, key) })
}

// Groups returns the groups known as of an event.
func (j *Together) Groups(ctx context.Context, num uint64) (title string, items []Item, err error) {
	return j.stateView(num, func(m *member, key uint64) (string, []Item, error) { return m.Groups(ctx, key) })
}

// Containers returns the containers known as of an event.
func (j *Together) Containers(ctx context.Context, num uint64) (title string, items []Item, err error) {
	return j.stateView(num, func(m *member, key uint64) (string, []Item, error) { return m.Containers(ctx, key) })
}

// Interfaces returns the network interfaces.
func (j *Together) Interfaces(ctx context.Context, num uint64) (title string, items []Item, err error) {
	return j.stateView(num, func(m *member, key uint64) (string, []Item, error) { return m.Interfaces(ctx, key) })
}

// Info tells of the clocks, then of each capture.
func (j *Together) Info(ctx context.Context) ([]InfoSection, []Diagnostic, error) {
	clocks := InfoSection{Title: "Open together"}
	var sections []InfoSection
	var diags []Diagnostic
	for _, m := range j.members {
		list, said, err := m.Info(ctx)
		if err != nil {
			return nil, nil, err
		}
		clocks.Rows = append(clocks.Rows, InfoRow{m.host, utf8(m.path), "Clock: " + m.clockText() + "."})
		for _, s := range list {
			s.Title = m.host + ": " + s.Title
			sections = append(sections, s)
		}
		diags = append(diags, m.said(said)...)
	}
	return append([]InfoSection{clocks}, sections...), diags, nil
}

// Stats is of one capture.
func (j *Together) Stats(context.Context, StatsRequest) (*Statistics, error) {
	return nil, j.alone("statistics count")
}

// SaveStats is for one capture.
func (j *Together) SaveStats(context.Context, StatsRequest, stats.Form, string) error {
	return j.alone("statistics count")
}

// Series is of one capture.
func (j *Together) Series(context.Context, Query, Span, int, uint64, []SeriesAsk) (*Series, error) {
	return nil, j.alone("graphs show")
}

// Heat is of one capture.
func (j *Together) Heat(context.Context, Query, Span, int) (*stats.Heat, error) {
	return nil, j.alone("graphs show")
}

// Scatter is of one capture.
func (j *Together) Scatter(context.Context, Query, Span, string, string, int) (*Scattered, error) {
	return nil, j.alone("graphs show")
}

// Timeline is of one capture.
func (j *Together) Timeline(context.Context, TimelineRequest) (*timeline.Timeline, error) {
	return nil, j.alone("a timeline shows")
}

// Report is on one capture.
func (j *Together) Report(context.Context, Query, []report.Mark, string) error {
	return j.alone("a report tells of")
}
