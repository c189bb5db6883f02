package field

import (
	"strings"
	"sync"

	"github.com/scapls/scapls/scapio/evtable"
)

// Needs is a set of things a field's value is taken from.
type Needs uint32

// The things. Events in the same situation that have the same of each of a field's needs have the same value of the
// field; a field without needs has one value for the situation.
const (
	NeedType    Needs = 1 << iota // which type it is, where the situation is that of several
	NeedNum                       // the event's number
	NeedTime                      // its time, and the first event's
	NeedPrev                      // the time of the listed event before
	NeedCPU                       // the processor
	NeedTID                       // the thread's number
	NeedRes                       // the result and whether there is one
	NeedErr                       // the same, but all results that are no errors are alike
	NeedLatency                   // how long the call took
	NeedFDNum                     // the descriptor's number
	NeedCall                      // which call a generic event is about
	NeedThread                    // the thread's row
	NeedFD                        // the descriptor's row
	NeedView                      // the state as of the event
	NeedMoment                    // the state before the event, or anything else that no two events share
	NeedBytes                     // the event's bytes
	NeedEnter                     // those of its other half
	NeedNote                      // what is noted about it
)

// Situation is what is known of an event at once.
type Situation struct {
	Type   uint16 // of no meaning for a packet; a type the table does not know stands for all of those
	Packet bool
	FD     bool // the row of the descriptor it is about is known
	Calls  bool // as the calls view shows it
	Legacy bool // in the legacy style
}

// Needs returns what the field's value is taken from in a situation.
func (r *Ref) Needs(s Situation) Needs {
	x := &r.F.x
	if x.value == nil && x.text == nil && x.each == nil {
		return 0
	}
	var t *evtable.Type
	if !s.Packet {
		t = evtable.Lookup(s.Type)
	}
	name := r.F.Name
	if r.F.Flags.Has(Foreign) {
		if strings.HasPrefix(name, "sysdig.param.") {
			return situation{s, t}.stored(name)
		}
		name = strings.TrimSuffix(strings.TrimSuffix(name, ".v4"), ".v6")
	}
	if f := needs[name]; f != nil {
		return f(situation{s, t}, r)
	}
	switch x.scope {
	case ScopeThread:
		return NeedThread
	case ScopeFD:
		return situation{s, t}.knownFD(NeedFD)
	case ScopeView:
		return NeedThread | NeedView
	}
	return NeedBytes | NeedEnter
}

// stored is the needs of a parameter as it is stored: sysdig.param.FAMILY.NAME.
func (s situation) stored(name string) Needs {
	if _, param, ok := strings.Cut(strings.TrimPrefix(name, "sysdig.param."), "."); ok {
		return when(s.anyShape(func(t *evtable.Type) bool { return paramIndex(t, param) >= 0 }), s.own())
	}
	return NeedBytes
}

// situation is one with its type, nil for packets and types the table does not know.
type situation struct {
	Situation
	t *evtable.Type
}

func (s situation) has(f evtable.EF) bool { return s.t != nil && s.t.Flags&f != 0 }

// knownFD is n where the event is about a descriptor that is known: others have no value.
func (s situation) knownFD(n Needs) Needs {
	if s.FD && s.has(aboutFD) {
		return n
	}
	return 0
}

// when is n if the condition holds.
func when(is bool, n Needs) Needs {
	if is {
		return n
	}
	return 0
}

const bytesOfCall = NeedBytes | NeedEnter

// fixed are needs that no situation changes.
func fixed(n Needs) func(situation, *Ref) Needs {
	return func(situation, *Ref) Needs { return n }
}

// ofEvent are needs that packets do not have.
func ofEvent(n Needs) func(situation, *Ref) Needs {
	return func(s situation, _ *Ref) Needs { return when(!s.Packet, n) }
}

// ofFD are needs of fields that only known descriptors have.
func ofFD(n Needs) func(situation, *Ref) Needs {
	return func(s situation, _ *Ref) Needs { return s.knownFD(n) }
}

// needs tells them where they do not follow from the field's scope.
var needs = func() map[string]func(situation, *Ref) Needs {
	m := map[string]func(situation, *Ref) Needs{
		"evt.num": ofEvent(NeedNum), "evt.cpu": ofEvent(NeedCPU), "thread.tid": ofEvent(NeedTID), "evt.around": fixed(NeedTime),
		"evt.dir": fixed(0), "evt.source": fixed(0), "evt.is_async": fixed(0), "evt.hostname": fixed(0),
		"evt.type": needsName, "evt.type.is": needsName, "syscall.type": needsName,
		"evt.category": func(s situation, _ *Ref) Needs { return when(s.FD && s.t != nil && ioCategory(s.t), NeedFD) },
		"evt.asynctype": func(s situation, _ *Ref) Needs {
			return when(s.t != nil && s.t.ID == evtable.AsynceventE, NeedBytes)
		},
		"evt.infra.docker.name": func(s situation, _ *Ref) Needs {
			return when(s.t != nil && s.t.ID == evtable.InfrastructureEventE, NeedBytes)
		},
		"evt.wait_latency": func(s situation, _ *Ref) Needs { return when(s.has(evtable.EFWaits), NeedLatency) },

		"evt.arg": needsParam, "evt.rawarg": needsParam,
		"evt.args": needsArgs, "evt.info": needsArgs,
		"evt.buffer": func(s situation, _ *Ref) Needs {
			return when(s.Packet || s.anyShape(func(t *evtable.Type) bool { return dataIndex(t) >= 0 }), s.own())
		},
		"evt.is_syslog": func(s situation, _ *Ref) Needs { return when(s.FD && s.has(evtable.EFWritesToFD), NeedFD) },
		"evt.count.procinfo": func(s situation, _ *Ref) Needs {
			return when(s.t != nil && s.t.ID == evtable.ProcinfoE, NeedThread)
		},
		"fd.num": func(s situation, _ *Ref) Needs { return when(s.has(aboutFD), NeedFDNum) },
		"fd.uid": func(s situation, _ *Ref) Needs { return when(s.has(aboutFD), NeedFDNum|NeedTID) },

		"fd.typechar":           func(s situation, _ *Ref) Needs { return s.knownFD(NeedFD) },
		"fd.name":               needsFDName(0),
		"fd.directory":          needsFDName(0),
		"fd.nameraw":            needsFDName(0),
		"fd.containername":      needsFDName(NeedThread),
		"fd.containerdirectory": needsFDName(NeedThread),
		"fd.types":              func(s situation, _ *Ref) Needs { return when(s.has(aboutFD), NeedThread|NeedView) },
		"fd.name_changed":       ofFD(NeedFD | NeedThread | NeedFDNum | NeedMoment),

		"proc.duration":      fixed(NeedThread | NeedTime),
		"proc.ppid.duration": fixed(NeedThread | NeedView | NeedTime),
		"container.duration": fixed(NeedThread | NeedView | NeedTime),
	}
	set := func(f func(situation, *Ref) Needs, names ...string) {
		for _, n := range names {
			m[n] = f
		}
	}
	set(fixed(0), "frame", "sysdig", "evt", "fd", "falcoevents", "falco", "sysdig.event_type", "sysdig.event_name")
	set(fixed(NeedNote), "evt.marked", "evt.ignored", "evt.reference", "evt.comment")
	set(fixed(NeedThread), "process", "user", "group")
	set(fixed(NeedTime), "frame.time", "frame.time_epoch", "frame.time_relative")
	m["frame.number"], m["frame.time_delta"] = m["evt.num"], fixed(NeedTime|NeedPrev)
	m["sysdig.cpu_id"], m["sysdig.thread_id"] = m["evt.cpu"], m["thread.tid"]
	set(fixed(0), "evt.io_dir", "evt.is_io", "evt.is_io_read", "evt.is_io_write", "evt.is_wait", "evt.count", "evt.count.exit",
		"evt.count.threadinfo")
	set(fixed(NeedTime), "evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s", "evt.outputtime", "evt.rawtime",
		"evt.rawtime.s", "evt.rawtime.ns", "evt.reltime", "evt.reltime.s", "evt.reltime.ns")
	set(fixed(NeedTime|NeedPrev), "evt.deltatime", "evt.deltatime.s", "evt.deltatime.ns")
	set(fixed(NeedLatency), "evt.latency", "evt.latency.s", "evt.latency.ns", "evt.latency.human", "evt.latency.quantized")
	set(func(s situation, _ *Ref) Needs { return when(s.returns(), NeedErr) }, "evt.res", "evt.failed", "evt.count.error")
	set(func(s situation, _ *Ref) Needs { return when(s.returns(), NeedRes) }, "evt.rawres")
	set(func(s situation, _ *Ref) Needs { return when(s.returns(), NeedErr|NeedType|when(s.FD, NeedFD)) }, "evt.count.error.file", "evt.count.error.net",
		"evt.count.error.memory", "evt.count.error.other")
	for dir, names := range map[uint16][3]string{
		anyDir:            {"evt.buflen", "evt.buflen.file", "evt.buflen.net"},
		evtable.ECIORead:  {"evt.buflen.in", "evt.buflen.file.in", "evt.buflen.net.in"},
		evtable.ECIOWrite: {"evt.buflen.out", "evt.buflen.file.out", "evt.buflen.net.out"},
	} {
		set(needsMoved(dir, NeedRes), names[0])
		set(needsMoved(dir, NeedRes|NeedFD), names[1], names[2])
	}
	set(func(s situation, _ *Ref) Needs { return when(s.has(evtable.EFCreatesFD), bytesOfCall|NeedRes) }, "evt.is_open_read",
		"evt.is_open_write", "evt.is_open_exec", "evt.is_open_create")
	set(func(s situation, _ *Ref) Needs { return when(s.FD && s.has(evtable.EFWritesToFD), s.own()|NeedFD) }, "syslog.facility",
		"syslog.facility.str", "syslog.severity", "syslog.severity.str", "syslog.message")
	set(ofFD(NeedFD), "fd.lip", "fd.rip", "fd.lport", "fd.rport", "fd.lnet", "fd.rnet", "fd.lproto", "fd.rproto", "fd.is_server")
	set(func(s situation, _ *Ref) Needs {
		return when(s.t != nil && (s.t.Name == "poll" || s.t.Name == "ppoll"), bytesOfCall)
	}, "fdlist.nums", "fdlist.names", "fdlist.cips", "fdlist.sips", "fdlist.cports", "fdlist.sports", "fdlist")
	set(func(s situation, _ *Ref) Needs {
		return when(s.t != nil && !s.t.Enter && s.anyJoined(func(t *evtable.Type) bool { return fsCalls[t.ID].places[0] != place{} }), bytesOfCall|NeedRes|NeedFD)
	}, "fs.path.name", "fs.path.nameraw", "fs.path.source", "fs.path.sourceraw", "fs.path.target", "fs.path.targetraw", "fs")
	set(func(s situation, _ *Ref) Needs {
		return when(s.t != nil && !s.t.Enter && s.anyJoined(func(t *evtable.Type) bool { return absPaths[t.ID][0] != place{} }), bytesOfCall|NeedRes|NeedFD)
	}, "evt.abspath")
	foreignNeeds(set)
	return m
}()

// returns reports whether the event is one that may have a result.
func (s situation) returns() bool {
	return s.t != nil && !s.t.Enter && s.t.Category&evtable.ECSyscall != 0 && s.t.ID != evtable.GenericX
}

// needsMoved is the needs of the number of bytes that were moved in a direction.
func needsMoved(dir uint16, n Needs) func(situation, *Ref) Needs {
	return func(s situation, _ *Ref) Needs {
		is := s.FD && s.returns() && ioCategory(s.t) && (dir == anyDir || s.t.Category&evtable.CategoryMask == dir)
		return when(is, n)
	}
}

// foreignNeeds tells the needs of the fields that Wireshark's language alone has.
func foreignNeeds(set func(f func(situation, *Ref) Needs, names ...string)) {
	set(fixed(0), "frame", "sysdig", "evt", "fd", "falcoevents", "falco")
	set(fixed(NeedThread), "process", "user", "group")
	set(fixed(NeedTime), "frame.time", "frame.time_epoch", "frame.time_relative")
	set(fixed(NeedTime|NeedPrev), "frame.time_delta")
	set(fixed(NeedBytes), "frame.len", "frame.cap_len")
	set(ofEvent(NeedNum), "frame.number")
	set(ofEvent(NeedTID), "sysdig.thread_id")
	set(ofEvent(NeedCPU), "sysdig.cpu_id")
	set(func(s situation, _ *Ref) Needs { return when(!s.Packet && s.t == nil, NeedType) }, "sysdig.event_type", "sysdig.event_name")
	set(ofFD(NeedFD), "fd.cip.v4", "fd.sip.v4", "fd.lip.v4", "fd.rip.v4", "fd.cip.v6", "fd.sip.v6", "fd.lip.v6", "fd.rip.v6")
}

// own is what the event's own parameters need: in the calls view those of the other half join them.
func (s situation) own() Needs {
	if s.Calls {
		return bytesOfCall
	}
	return NeedBytes
}

// needsName: a generic event is named by the call it is about, an asynchronous one by itself.
func needsName(s situation, _ *Ref) Needs {
	switch {
	case s.Packet:
		return 0
	case s.t == nil:
		return NeedType
	case s.t.ID == evtable.GenericE, s.t.ID == evtable.GenericX:
		return NeedCall
	case s.t.ID == evtable.AsynceventE:
		return NeedBytes
	}
	if s.anyShape(func(t *evtable.Type) bool { return t.Name != s.t.Name }) {
		return bytesOfCall
	}
	return 0
}

func needsArgs(s situation, _ *Ref) Needs {
	if s.t != nil && s.t.ID <= evtable.GenericX {
		return 0
	}
	return s.own()
}

func needsParam(s situation, r *Ref) Needs {
	switch {
	case s.Packet:
		return 0
	case r.params == nil || s.t == nil || s.t.ID == evtable.Schedswitch6E:
		return s.own()
	}
	return when(s.anyShape(func(t *evtable.Type) bool { return paramIndex(t, r.Arg) >= 0 }), s.own())
}

// needsFDName: the name of a descriptor that is not known is guessed from the arguments of the call that wanted it.
func needsFDName(more Needs) func(situation, *Ref) Needs {
	return func(s situation, _ *Ref) Needs {
		switch {
		case !s.has(aboutFD):
			return 0
		case s.Legacy && s.t.ID == evtable.SocketConnectX:
			return bytesOfCall | NeedFD | more
		case s.FD:
			return NeedFD | more
		case s.t.Enter:
			return 0
		case !s.anyJoined(guesses):
			return when(more != 0, more|NeedType)
		}
		return bytesOfCall | more
	}
}

// guesses reports whether guessedName says something of an event of the type.
func guesses(t *evtable.Type) bool {
	for _, name := range []string{"open", "creat", "accept", "connect"} {
		if strings.HasPrefix(t.Name, name) {
			return true
		}
	}
	return false
}

// anyShape reports whether is says so of a type whose parameters the event may show: its own, and in the calls view
// those it is converted to.
func (s situation) anyShape(is func(*evtable.Type) bool) bool {
	if s.t == nil {
		return false
	}
	if !s.Calls {
		return is(s.t)
	}
	return s.anyJoined(is)
}

// anyJoined reports whether is says so of the event's type or one it is converted to.
func (s situation) anyJoined(is func(*evtable.Type) bool) bool {
	for _, id := range shapes()[s.t.ID] {
		if is(&evtable.Types[id]) {
			return true
		}
	}
	return false
}

// shapes are the types an event of each type may be converted to, itself first.
var shapes = sync.OnceValue(func() [][]uint16 {
	const maxCount = 64 // of parameters
	list := make([][]uint16, len(evtable.Types))
	for id := range list {
		seen := map[uint16]bool{uint16(id): true}
		list[id] = []uint16{uint16(id)}
		for i := 0; i < len(list[id]); i++ {
			for n := range maxCount + 1 {
				c, ok := evtable.Convert(list[id][i], n)
				if ok && c.Action == evtable.ActChangeType && !seen[c.To] {
					seen[c.To] = true
					list[id] = append(list[id], c.To)
				}
			}
		}
	}
	// An exit of setpgid may be one of seccomp's: see package evt.
	list[evtable.SyscallSetpgidX] = append(list[evtable.SyscallSetpgidX], evtable.SyscallSeccompX)
	return list
})
