package session

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
	"github.com/scapls/scapls/session/detail"
	"github.com/scapls/scapls/session/format"
)

// Detail returns the detail tree of an event.
func (s *Session) Detail(_ context.Context, num uint64, view ViewKind) ([]Node, error) {
	if s.closed.Load() {
		return nil, ErrClosed
	}
	w := s.worker()
	defer s.free(w)
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, num)
	if err != nil {
		return nil, err
	}
	if key == 0 {
		return nil, fmt.Errorf("%w: the capture has no events", ErrNoEvent)
	}
	c := &w.ctx
	if err := snap.Fill(key, view == CallsView, &w.cur, c); err != nil {
		return nil, noEvent(err)
	}
	x := s.details(snap, key, view, c)
	x.Prev, x.Next = neighbours(snap, (Query{View: view}).list(), key, snap.Facts(key).Thread)
	return detail.Tree(c, x), nil
}

// details readies c, which holds the event, and returns what else its tree shows, but for its neighbours.
func (s *Session) details(snap index.Snapshot, key uint32, view ViewKind, c *field.Ctx) detail.Extra {
	f := snap.Facts(key)
	c.PrevTS = 0
	if prev := snap.Prev((Query{View: view}).list(), key); prev != 0 {
		c.PrevTS = snap.Facts(prev).TS
	}
	n := s.noted.look()
	x := detail.Extra{
		Number: func(key uint64) uint64 { return snap.Number(uint32(key)) },
		Pair:   uint64(f.Pair), Offset: f.Offset, Type: f.Type, Hidden: f.Hidden, Damaged: f.Damaged,
		Noted: detail.Noted{Note: n.set.At(key), File: snap.FileComments(key), Shift: n.set.Shift, Since: uint64(referenceOf(n.refs, key))},
	}
	if x.Noted.Since != 0 {
		x.Noted.SinceTS = snap.Facts(uint32(x.Noted.Since)).TS
	}
	return x
}

// neighbours finds the nearest events of a list of the same thread, within a bounded distance.
func neighbours(snap index.Snapshot, list index.List, key uint32, t *state.Thread) (prev, next uint64) {
	const reach = 20000
	if t == nil {
		return 0, 0
	}
	same := func(k uint32) bool {
		o := snap.Facts(k).Thread
		return o != nil && o.TID == t.TID
	}
	for k := snap.Prev(list, key); k != 0 && key-k < reach; k = snap.Prev(list, k) {
		if same(k) {
			prev = uint64(k)
			break
		}
	}
	for k := snap.Next(list, key+1); k != 0 && k-key < reach; k = snap.Next(list, k+1) {
		if same(k) {
			next = uint64(k)
			break
		}
	}
	return prev, next
}

func utf8(s string) string { return string(format.Text(nil, []byte(s))) }

// at runs f with the state as of an event; 0 is the end of the capture.
func (s *Session) at(num uint64, f func(snap index.Snapshot, v state.View, facts *index.Facts) error) error {
	if s.closed.Load() {
		return ErrClosed
	}
	snap := s.shared.x.Acquire()
	defer snap.Release()
	key, err := s.key(snap, num)
	if err != nil {
		return err
	}
	var facts *index.Facts
	if key > 0 {
		fc := snap.Facts(key)
		facts = &fc
	}
	return f(snap, snap.View(key), facts)
}

func asOf(snap index.Snapshot, num uint64) string {
	if num == 0 || num == uint64(snap.Len()) {
		return "at the end"
	}
	return "as of event " + group(snap.Number(uint32(num)))
}

// Processes returns the process tree as of an event: parents before their children, threads below their process.
func (s *Session) Processes(_ context.Context, num uint64) (title string, items []Item, err error) {
	err = s.at(num, func(snap index.Snapshot, v state.View, facts *index.Facts) error {
		title = "Processes " + asOf(snap, num)
		marked := int64(-1)
		if facts != nil && facts.Thread != nil {
			marked = facts.Thread.TID
		}
		for _, n := range ProcessTree(v) {
			it := processItem(snap, v, n.Thread)
			if n.Parent != nil {
				it.Parent = threadID(n.Parent)
			}
			it.Mark = n.TID == marked
			items = append(items, it)
		}
		return nil
	})
	return title, items, err
}

func threadID(t *state.Thread) string { return strconv.FormatInt(t.TID, 10) }

// TreeNode is a thread in the process tree.
type TreeNode struct {
	*state.Thread
	Parent *state.Thread // the process above it; nil at the root
	Depth  int
}

// ProcessTree returns all threads, depth first by tid: processes below the process that made them, other threads
// below their main one.
func ProcessTree(v state.View) []TreeNode {
	threads := v.Threads()
	known := make(map[int64]*state.Thread, len(threads))
	for _, t := range threads {
		known[t.TID] = t
	}
	children := map[int64][]*state.Thread{}
	var roots []*state.Thread
	for _, t := range threads {
		up := t.PTID
		if !t.Main() {
			up = t.PID
		} else if p := known[up]; p != nil && !p.Main() && known[p.PID] != nil {
			up = p.PID
		}
		if up == t.TID || known[up] == nil {
			roots = append(roots, t)
			continue
		}
		children[up] = append(children[up], t)
	}
	list := make([]TreeNode, 0, len(threads))
	seen := map[int64]bool{}
	var walk func(t, parent *state.Thread, depth int)
	walk = func(t, parent *state.Thread, depth int) {
		if seen[t.TID] {
			return
		}
		seen[t.TID] = true
		list = append(list, TreeNode{t, parent, depth})
		for _, c := range children[t.TID] {
			walk(c, t, depth+1)
		}
	}
	for _, t := range roots {
		walk(t, nil, 0)
	}
	for _, t := range threads { // those in a loop of parents, which a damaged capture can tell of
		walk(t, nil, 0)
	}
	return list
}

func processItem(snap index.Snapshot, v state.View, t *state.Thread) Item {
	it := Item{ID: threadID(t), TID: t.TID, Icon: "process", Born: uint64(t.Born), Label: utf8(t.Comm)}
	if !t.Main() {
		it.Icon = "thread"
	}
	it.Detail = strconv.FormatInt(t.TID, 10)
	if t.Fake || t.PID < 0 { // capturing tools write such threads into their lists too
		it.Label = "unknown"
		it.Tip = "the capture never told of this thread: only its number is known"
		return it
	}
	if args := strings.TrimSpace(strings.Join(t.ArgList(), " ")); args != "" && t.Main() {
		it.Detail += " " + utf8(args)
	}
	var tip []string
	add := func(k, val string) {
		if val != "" {
			tip = append(tip, k+": "+utf8(val))
		}
	}
	add("pid", fmt.Sprint(t.PID))
	add("executable", t.ExePath)
	add("directory", v.Cwd(t))
	if u, ok := v.UserName(t.Container, t.UID); ok {
		add("user", u)
	}
	if t.Container != "" {
		name := t.Container
		if c := v.Container(t.Container); c != nil && c.Name != "" {
			name = c.Name + " (" + t.Container + ")"
		}
		add("container", name)
		it.Detail += "  [" + utf8(name) + "]"
	}
	switch {
	case t.Flags&state.Closed != 0:
		add("state", "exited")
	case t.Born > 0:
		add("made by", fmt.Sprintf("event %d", snap.Number(t.Born)))
	}
	it.Tip = strings.Join(tip, "\n")
	return it
}

// FDs returns the open descriptors of a thread's process as of an event; tid 0 is the thread of the event.
func (s *Session) FDs(_ context.Context, num uint64, tid int64) (title string, items []Item, err error) {
	err = s.at(num, func(snap index.Snapshot, v state.View, facts *index.Facts) error {
		var t *state.Thread
		switch {
		case tid != 0:
			t = v.Thread(tid)
		case facts != nil:
			t = facts.Thread
		}
		switch {
		case t == nil && tid != 0:
			title = fmt.Sprintf("Open files: there is no thread %d %s", tid, asOf(snap, num))
			return nil
		case t == nil:
			title = "Open files: the event belongs to no process"
			return nil
		}
		title = fmt.Sprintf("Open files of %s (%d) %s", utf8(t.Comm), t.PID, asOf(snap, num))
		for _, fd := range v.FDs(t) {
			items = append(items, fdItem(snap, fd, facts))
		}
		return nil
	})
	return title, items, err
}

func fdItem(snap index.Snapshot, fd state.OpenFD, facts *index.Facts) Item {
	it := Item{ID: strconv.FormatInt(fd.Num, 10), Icon: fdIcon(fd.FD), Born: uint64(fd.Born), Label: strconv.FormatInt(fd.Num, 10)}
	it.Detail = utf8(fd.Name)
	kind := FDKind(fd.FD)
	if it.Detail == "" {
		it.Detail = kind
	}
	it.Tip = fmt.Sprintf("%s\ntype: %s", it.Detail, kind)
	if fd.Born > 0 {
		it.Tip += fmt.Sprintf("\nopened by event %d", snap.Number(fd.Born))
	} else {
		it.Tip += "\nopen since before the capture"
	}
	it.Mark = facts != nil && facts.FD != nil && facts.FD.Row == fd.Row && facts.FDNum == fd.Num
	return it
}

// FDKind says what a descriptor is, in words: "file", "ipv4 socket, tcp, client".
func FDKind(fd *state.FD) string {
	s := "unknown"
	if int(fd.Type) < len(evtable.FDTypes) {
		s = evtable.FDTypes[fd.Type].Meaning
	}
	switch fd.Type {
	case scapio.FDFileV2:
		s = "file"
	case scapio.FDIPv4, scapio.FDIPv6, scapio.FDIPv4Server, scapio.FDIPv6Server:
		switch fd.L4 {
		case state.L4TCP:
			s += ", tcp"
		case state.L4UDP:
			s += ", udp"
		case state.L4ICMP:
			s += ", icmp"
		case state.L4Raw:
			s += ", raw"
		}
	}
	switch fd.Role {
	case state.Client:
		s += ", client"
	case state.Server:
		s += ", server"
	}
	return s
}

func fdIcon(fd *state.FD) string {
	switch fd.Type {
	case scapio.FDFile, scapio.FDFileV2, scapio.FDMemfd:
		return "file"
	case scapio.FDDirectory:
		return "directory"
	case scapio.FDIPv4, scapio.FDIPv6, scapio.FDIPv4Server, scapio.FDIPv6Server, scapio.FDUnix, scapio.FDNetlink:
		return "socket"
	case scapio.FDFifo:
		return "pipe"
	case scapio.FDPidfd:
		return "process"
	}
	return "other"
}

func containerLabel(v state.View, id string) string {
	if id == "" {
		return "host"
	}
	if c := v.Container(id); c != nil && c.Name != "" {
		return c.Name
	}
	return id
}

// Users returns the users of the machine and its containers as of an event.
func (s *Session) Users(_ context.Context, num uint64) (title string, items []Item, err error) {
	err = s.at(num, func(snap index.Snapshot, v state.View, facts *index.Facts) error {
		title = "Users " + asOf(snap, num)
		for _, u := range v.Users() {
			it := Item{
				ID: fmt.Sprintf("user %s/%d", u.Container, u.UID), Icon: "user", Born: uint64(u.From), Label: utf8(u.Name),
				Detail: strconv.FormatUint(uint64(u.UID), 10),
				Tip:    utf8(fmt.Sprintf("uid: %d\ngid: %d\nhome: %s\nshell: %s\nin: %s", u.UID, u.GID, u.Home, u.Shell, containerLabel(v, u.Container))),
			}
			if u.Container != "" {
				it.Detail += "  [" + utf8(containerLabel(v, u.Container)) + "]"
			}
			it.Mark = facts != nil && facts.Thread != nil && facts.Thread.UID == u.UID && facts.Thread.Container == u.Container
			items = append(items, it)
		}
		return nil
	})
	return title, items, err
}

// Groups returns the groups of the machine and its containers as of an event.
func (s *Session) Groups(_ context.Context, num uint64) (title string, items []Item, err error) {
	err = s.at(num, func(snap index.Snapshot, v state.View, facts *index.Facts) error {
		title = "Groups " + asOf(snap, num)
		for _, g := range v.Groups() {
			it := Item{
				ID: fmt.Sprintf("group %s/%d", g.Container, g.GID), Icon: "group", Born: uint64(g.From), Label: utf8(g.Name),
				Detail: strconv.FormatUint(uint64(g.GID), 10), Tip: utf8(fmt.Sprintf("gid: %d\nin: %s", g.GID, containerLabel(v, g.Container))),
			}
			it.Mark = facts != nil && facts.Thread != nil && facts.Thread.GID == g.GID && facts.Thread.Container == g.Container
			items = append(items, it)
		}
		return nil
	})
	return title, items, err
}

// Containers returns the containers as of an event: those that events told of and those that only processes show.
func (s *Session) Containers(_ context.Context, num uint64) (title string, items []Item, err error) {
	err = s.at(num, func(snap index.Snapshot, v state.View, facts *index.Facts) error {
		title = "Containers " + asOf(snap, num)
		count := map[string]int{}
		for _, t := range v.Threads() {
			if t.Main() {
				count[t.Container]++
			}
		}
		for _, c := range v.Containers() {
			it := Item{ID: "container " + utf8(c.ID), Icon: "container", Born: uint64(c.Born), Label: utf8(c.Name), Detail: utf8(c.ID)}
			if it.Label == "" {
				it.Label = utf8(c.ID)
				it.Detail = "known from control groups only"
			}
			if c.Image != "" {
				it.Detail += "  " + utf8(c.Image)
			}
			it.Tip = utf8(fmt.Sprintf("id: %s\nkind: %s", c.ID, c.TypeName()))
			if c.Image != "" {
				it.Tip += "\nimage: " + utf8(c.Image)
			}
			it.Tip += fmt.Sprintf("\nprocesses: %d", count[c.ID])
			it.Mark = facts != nil && facts.Thread != nil && facts.Thread.Container == c.ID
			items = append(items, it)
		}
		return nil
	})
	return title, items, err
}

// Interfaces returns the network interfaces of the machine. A capture tells of them once, at its start.
func (s *Session) Interfaces(_ context.Context, num uint64) (title string, items []Item, err error) {
	err = s.at(num, func(_ index.Snapshot, v state.View, _ *index.Facts) error {
		title = "Interfaces"
		for i, f := range v.Machine().Interfaces {
			it := Item{ID: "interface " + strconv.Itoa(i), Icon: "interface", Label: utf8(f.Name)}
			var addr, mask []byte
			if f.V6 {
				addr, mask = evt.AppendIPv6(nil, f.Addr[:]), evt.AppendIPv6(nil, f.Mask[:])
			} else {
				addr, mask = evt.AppendIPv4(nil, f.Addr[:4]), evt.AppendIPv4(nil, f.Mask[:4])
			}
			it.Detail = string(addr)
			it.Tip = fmt.Sprintf("address: %s\nmask: %s", addr, mask)
			items = append(items, it)
		}
		return nil
	})
	return title, items, err
}
