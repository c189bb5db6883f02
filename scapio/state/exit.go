package state

// procexit marks the thread dead; it goes before the next event.
func procexit(x *ctx) {
	t := x.t
	if t == nil || t.row.Flags&Closed != 0 {
		return
	}
	r := x.m.edit(t)
	r.Flags |= Closed
	if t.group != nil {
		t.group.alive--
	}
	x.m.exited = t
	x.m.reaperOf = 0
	if v := x.int(4, 0); v > 0 && x.m.hasChildren(t) {
		x.m.reaperOf = v
	}
}

func (m *Machine) hasChildren(t *thr) bool {
	for _, c := range t.children {
		if c.row != nil && c.row.PTID == t.tid {
			return true
		}
	}
	return false
}

// remove ends a thread: its children move to the next reaper, its process ends with its last thread.
func (m *Machine) remove(t *thr) {
	if t.row == nil {
		return
	}
	reaper := m.reaperOf
	m.reaperOf = 0
	g := t.group
	if t.row.Invalid() || g == nil {
		m.erase(t)
		return
	}
	if t.row.Flags&Closed == 0 {
		m.edit(t).Flags |= Closed
		g.alive--
	}
	if m.hasChildren(t) {
		m.reparent(t, reaper)
	}
	if g.alive <= 0 {
		delete(m.procs, g.pid)
		leader := m.find(g.pid)
		m.erase(t)
		if leader != nil && leader != t && leader.group == g {
			m.erase(leader)
		}
		return
	}
	if !t.row.Main() {
		m.erase(t)
		for i, o := range g.members {
			if o == t {
				g.members = append(g.members[:i:i], g.members[i+1:]...)
				break
			}
		}
	}
}

func (m *Machine) erase(t *thr) {
	if t.row == nil {
		return
	}
	t.row.To = m.now
	m.changed = true
	m.turn()
	m.forget(t)
	t.row, t.group, t.children = nil, nil, nil
	if t.enter != nil {
		m.spares = append(m.spares, t.enter)
		t.enter = nil
	}
	if m.present {
		t.hist = nil
		delete(m.threads, t.tid)
	}
}

func (m *Machine) reparent(t *thr, reaper int64) {
	var r *thr
	if reaper > 0 {
		r = m.get(reaper)
		if r.row.Invalid() {
			r = nil
		}
	}
	if r == nil {
		r = m.findReaper(t)
	}
	if r == t {
		r = nil
	}
	if r != nil && r.group != nil && r.group != t.group {
		r.group.reaper = true
	}
	for _, c := range t.children {
		if c.row == nil || c.row.PTID != t.tid || c == r {
			continue
		}
		if r == nil {
			m.edit(c).PTID = 0
			continue
		}
		m.edit(c).PTID = r.tid
		m.adopt(r, c)
	}
	t.children = nil
}

func (m *Machine) findReaper(t *thr) *thr {
	for _, o := range t.group.members {
		if o != t && o.row != nil && o.row.Flags&Closed == 0 {
			return o
		}
	}
	seen := map[int64]bool{t.tid: true}
	for p := m.find(t.row.PTID); p != nil; p = m.find(p.row.PTID) {
		if seen[p.tid] || p.row.InPIDNS() != t.row.InPIDNS() {
			return nil
		}
		seen[p.tid] = true
		if p.group == nil || !p.group.reaper {
			continue
		}
		for _, o := range p.group.members {
			if o != t && o.row != nil && o.row.Flags&Closed == 0 {
				return o
			}
		}
	}
	return nil
}
