package evt

import "github.com/scapls/scapls/scapio/evtable"

// Defaults of the converter: a fixed-width value of zeros, and of ones for uid and gid. Nobody writes to them.
var (
	zeros [16]byte
	ones  = [4]byte{0xff, 0xff, 0xff, 0xff}
)

// oldSwitch is the shape type 152 had up to sysdig 0.1.82 (2014-05). Only its five parameters tell it apart.
var oldSwitch = evtable.Type{
	ID: evtable.Schedswitch6E, PPME: "PPME_SCHEDSWITCH_6_E", Name: "switch", Enter: true,
	Category: evtable.Types[evtable.Schedswitch6E].Category, Flags: evtable.Types[evtable.Schedswitch6E].Flags,
	Params: []evtable.Param{
		{Name: "next", Type: evtable.PTPID, Format: evtable.Dec, DirFD: -1},
		{Name: "pgft_maj", Type: evtable.PTUint32, Format: evtable.Dec, DirFD: -1},
		{Name: "pgft_min", Type: evtable.PTUint32, Format: evtable.Dec, DirFD: -1},
		{Name: "next_pgft_maj", Type: evtable.PTUint32, Format: evtable.Dec, DirFD: -1},
		{Name: "next_pgft_min", Type: evtable.PTUint32, Format: evtable.Dec, DirFD: -1},
	},
}

// rename gives the type numbers that sysdig 0.20.0 (2018-01) alone used for other events the number those events have
// had since: 292 and 293 were bpf, 294 was the enter half of seccomp. The exit half of seccomp, 295, looks like that
// of setpgid; Join tells it by its enter event.
func (e *Event) rename() {
	if e.N != 1 {
		return
	}
	p := e.Param(0)
	switch e.Type {
	case evtable.SyscallExecve19E: // a command, where execve has a path of seven characters
		if len(p) == 8 && string(p[1:]) == string(zeros[:7]) {
			e.Type = evtable.SyscallBpfE
		}
	case evtable.SyscallExecve19X:
		if len(p) == 9 {
			e.Type = evtable.SyscallBpfX
		}
	case evtable.SyscallSetpgidE:
		if len(p) == 8 {
			e.Type = evtable.SyscallSeccompE
		}
	}
}

// Stored reports whether the converter keeps the event for its exit: it is an enter half that its exit supersedes.
// Other enter events are of no use to Join.
func (e *Event) Stored() bool {
	id, n := e.Type, e.N
	for range maxSteps {
		c, ok := evtable.Convert(id, n)
		if !ok {
			return false
		}
		switch c.Action {
		case evtable.ActStore, evtable.ActStoreAndPass:
			return true
		case evtable.ActPass:
			return false
		case evtable.ActAddParams:
			n += len(c.Instrs)
		case evtable.ActChangeType:
			id, n = c.To, len(c.Instrs)
		}
	}
	return false
}

// maxSteps bounds the converter's chain. The longest of the table has 16 steps (EXECVE_8_X).
const maxSteps = 32

// Join fills a with the event in its newest shape (SCAP_FORMAT §11): parameters that old drivers left to the enter half
// come from enter, later ones get their default. It reports false for an event the converter drops: plain enter halves
// and types without use. enter is the thread's last enter event, or nil; one of another call is ignored.
//
// What the conversion table does not know passes as it is: unknown types, unknown parameter counts, and
// container events of 2015 (type 228), which the peers turn into JSON.
func (a *Args) Join(e, enter *Event) bool {
	a.Load(e)
	t := a.Type
	if t == nil {
		return true
	}
	if t.Flags&evtable.EFUnused != 0 {
		return false
	}
	if t.Flags&evtable.EFConverterManaged == 0 {
		return !t.Enter || t.Flags&evtable.EFOldVersion == 0
	}
	if !t.Enter && a.N >= len(t.Params) && t.Flags&evtable.EFOldVersion == 0 {
		return true
	}
	switch {
	case enter == nil || enter.Type+1 == e.Type:
	case enter.Type == evtable.SyscallSeccompE && e.Type == evtable.SyscallSetpgidX && e.N == 1: // see rename
		a.Type = &evtable.Types[evtable.SyscallSeccompX]
	default:
		enter = nil
	}
	for range maxSteps {
		if a.N >= len(a.Type.Params) && !a.Type.Enter && a.Type.Flags&evtable.EFOldVersion == 0 {
			return true
		}
		c, ok := evtable.Convert(a.Type.ID, a.N)
		if !ok {
			return true
		}
		switch c.Action {
		case evtable.ActPass, evtable.ActStoreAndPass:
			return true
		case evtable.ActStore:
			return false
		case evtable.ActAddParams:
			if a.N+len(c.Instrs) > MaxParams {
				return true
			}
			a.add(c.Instrs, enter)
		case evtable.ActChangeType:
			a.change(c, enter)
		}
	}
	return true
}

// add appends parameters to those the event has.
func (a *Args) add(instrs []evtable.Instr, enter *Event) {
	params := a.Type.Params
	for _, in := range instrs {
		if in.Op == evtable.OpDefault && (a.Type.ID == evtable.SyscallFcntlX || a.Type.ID == evtable.SocketSocketX) {
			return // fcntl's arg and socket's flags of 2026: no older capture knows them, and a made-up 0 would be a lie
		}
		var p *evtable.Param
		if a.N < len(params) {
			p = &params[a.N]
		}
		a.P[a.N] = fill(in, p, a, enter)
		a.N++
	}
}

// change makes the event one of another type. The instructions give all its parameters.
func (a *Args) change(c *evtable.Conversion, enter *Event) {
	old := Args{Type: a.Type, N: a.N}
	copy(old.P[:a.N], a.P[:a.N])
	a.Type, a.N = &evtable.Types[c.To], 0
	for k, in := range c.Instrs {
		var p *evtable.Param
		if k < len(a.Type.Params) {
			p = &a.Type.Params[k]
		}
		a.P[k] = fill(in, p, &old, enter)
		a.N++
	}
}

// fill returns the value one instruction gives to parameter p of the newer shape.
func fill(in evtable.Instr, p *evtable.Param, old *Args, enter *Event) []byte {
	op := in.Op
	width := 0
	if p != nil {
		width = p.Type.Size()
	}
	switch op {
	case evtable.OpFromOld:
		v := old.Param(int(in.Param))
		if old.Type.ID == evtable.SyscallBpfX && len(v) == 9 { // the only value that lost its dynamic type
			return v[1:]
		}
		return cut(v, width)
	case evtable.OpFromEnter:
		if enter != nil {
			if v := enter.Param(int(in.Param)); v != nil {
				return cut(v, width)
			}
		}
		op = in.Fallback
	}
	if op == evtable.OpDefault && p != nil {
		if p.Type == evtable.PTUID || p.Type == evtable.PTGID {
			return ones[:]
		}
		return zeros[:width:width]
	}
	return zeros[:0:0]
}

func cut(v []byte, width int) []byte {
	if width != 0 && len(v) > width {
		return v[:width]
	}
	if v == nil {
		return zeros[:0:0]
	}
	return v
}
