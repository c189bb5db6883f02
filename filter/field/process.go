package field

import (
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// maxAncestors bounds walks up the process tree.
const maxAncestors = 256

// processFields are the fields of class process that speak of processes, and those of classes user and group.
var processFields = map[string]extractor{
	"proc.name":    own(func(t *state.Thread) string { return t.Comm }),
	"proc.exe":     own(func(t *state.Thread) string { return t.Exe }),
	"proc.exepath": own(func(t *state.Thread) string { return t.ExePath }),
	"proc.cwd":     {scope: ScopeView, text: procCwd},
	"proc.args":    {scope: ScopeThread, text: procArgs},
	"proc.cmdline": ownText(appendCmdline),
	"proc.exeline": ownText(func(dst []byte, t *state.Thread) []byte {
		dst = append(dst, t.Exe...)
		dst = append(dst, ' ')
		return appendArgs(dst, t)
	}),
	"proc.cmdnargs": ownNum(func(t *state.Thread) Value { return uintValue(uint64(argCount(t.Args))) }),
	"proc.cmdlenargs": ownNum(func(t *state.Thread) Value {
		return uintValue(uint64(len(trimNUL(t.Args)) - max(argCount(t.Args)-1, 0)))
	}),
	"proc.env": {scope: ScopeView, text: procEnv},

	"proc.pid":          ownNum(func(t *state.Thread) Value { return idValue(t.PID) }),
	"proc.vpid":         ownNum(func(t *state.Thread) Value { return vidValue(t.VPID) }),
	"proc.ppid":         {scope: ScopeView, value: procPPID},
	"proc.pvpid":        {scope: ScopeView, value: ofParent(func(t *state.Thread) Value { return vidValue(t.VPID) })},
	"proc.sid":          ownNum(func(t *state.Thread) Value { return idValue(t.SID) }),
	"proc.vpgid":        ownNum(func(t *state.Thread) Value { return idValue(t.VPGID) }),
	"proc.pgid":         ownNum(func(t *state.Thread) Value { return idValue(t.PGID) }),
	"proc.tty":          ownNum(func(t *state.Thread) Value { return uintValue(uint64(t.TTY)) }),
	"proc.loginshellid": {scope: ScopeView, value: loginShell},

	"proc.pname":    parent(comm),
	"proc.pexe":     parent(exe),
	"proc.pexepath": parent(exepath),
	"proc.pcmdline": parent(appendCmdline),

	"proc.aname":    ancestor(comm),
	"proc.aexe":     ancestor(exe),
	"proc.aexepath": ancestor(exepath),
	"proc.acmdline": ancestor(appendCmdline),
	"proc.aargs":    ancestor(appendArgs),
	"proc.apid":     ancestorPID,
	"proc.aenv":     {scope: ScopeView, text: procAenv, each: eachAenv},

	"proc.sname":         leader(bySession, comm),
	"proc.sid.exe":       leader(bySession, exe),
	"proc.sid.exepath":   leader(bySession, exepath),
	"proc.vpgid.name":    leader(byVPGID, comm),
	"proc.vpgid.exe":     leader(byVPGID, exe),
	"proc.vpgid.exepath": leader(byVPGID, exepath),
	"proc.pgid.name":     leader(byPGID, comm),
	"proc.pgid.exe":      leader(byPGID, exe),
	"proc.pgid.exepath":  leader(byPGID, exepath),

	"proc.duration": {scope: ScopeView, value: func(c *Ctx, _ *Ref) Value { return age(c, c.T) }},
	"proc.ppid.duration": {scope: ScopeView, value: func(c *Ctx, _ *Ref) Value {
		if c.T == nil {
			return Value{}
		}
		return age(c, c.View.Parent(c.T))
	}},
	"proc.pid.ts":  ownNum(started),
	"proc.ppid.ts": {scope: ScopeView, value: ofParent(func(t *state.Thread) Value { return spanValue(t.CloneTS) })},

	"proc.is_exe_writable":    ownNum(func(t *state.Thread) Value { return boolValue(t.ExeWritable) }),
	"proc.is_exe_upper_layer": ownNum(func(t *state.Thread) Value { return boolValue(t.ExeUpper) }),
	"proc.is_exe_lower_layer": ownNum(func(t *state.Thread) Value { return boolValue(t.ExeLower) }),
	"proc.is_exe_from_memfd":  ownNum(func(t *state.Thread) Value { return boolValue(t.ExeMemfd) }),
	"proc.is_sid_leader":      ownNum(func(t *state.Thread) Value { return boolValue(t.SID == t.VPID) }),
	"proc.is_vpgid_leader":    ownNum(func(t *state.Thread) Value { return boolValue(t.VPGID == t.VPID) }),
	"proc.is_pgid_leader":     ownNum(func(t *state.Thread) Value { return boolValue(t.PGID == t.PID) }),
	"proc.exe_ino":            ownNum(func(t *state.Thread) Value { return unlessZero(intValue(int64(t.ExeIno))) }),
	"proc.exe_ino.ctime":      ownNum(func(t *state.Thread) Value { return unlessZero(timeValue(t.ExeCtime)) }),
	"proc.exe_ino.mtime":      ownNum(func(t *state.Thread) Value { return unlessZero(timeValue(t.ExeMtime)) }),
	"proc.exe_ino.ctime_duration_proc_start": ownNum(func(t *state.Thread) Value {
		return between(t.ExeCtime, t.CloneTS)
	}),
	"proc.exe_ino.ctime_duration_pidns_start": ownNum(func(t *state.Thread) Value {
		return between(t.PIDNSInitStart, t.ExeCtime)
	}),
	"proc.pidns_init_start_ts": ownNum(func(t *state.Thread) Value { return unlessZero(uintValue(t.PIDNSInitStart)) }),

	"proc.fdopencount": {scope: ScopeView, value: ofMainView(func(v state.View, t *state.Thread) Value {
		return uintValue(uint64(len(v.FDs(t))))
	})},
	"proc.fdlimit": {scope: ScopeView, value: ofMain(func(t *state.Thread) Value { return intValue(t.FDLimit) })},
	"proc.fdusage": {scope: ScopeView, value: ofMainView(func(v state.View, t *state.Thread) Value {
		if t.FDLimit <= 0 {
			return floatValue(0)
		}
		return floatValue(100 * float64(len(v.FDs(t))) / float64(t.FDLimit))
	})},
	"proc.vmsize": usage(func(_ *state.Thread, u state.Usage) Value { return uintValue(uint64(u.VMSize)) }),
	"proc.vmrss":  usage(func(_ *state.Thread, u state.Usage) Value { return uintValue(uint64(u.VMRSS)) }),
	"proc.vmswap": usage(func(_ *state.Thread, u state.Usage) Value { return uintValue(uint64(u.VMSwap)) }),
	"proc.nthreads": {scope: ScopeView, value: func(c *Ctx, _ *Ref) Value {
		n, _ := aliveThreads(c)
		return n
	}},
	"proc.nchilds": {scope: ScopeView, value: func(c *Ctx, _ *Ref) Value {
		n, leader := aliveThreads(c)
		if leader && n.U > 0 {
			n.U--
		}
		return n
	}},

	"proc.stdin.type":  standardFD(0, (*state.FD).TypeName),
	"proc.stdout.type": standardFD(1, (*state.FD).TypeName),
	"proc.stderr.type": standardFD(2, (*state.FD).TypeName),
	"proc.stdin.name":  standardFD(0, func(f *state.FD) string { return f.Name }),
	"proc.stdout.name": standardFD(1, func(f *state.FD) string { return f.Name }),
	"proc.stderr.name": standardFD(2, func(f *state.FD) string { return f.Name }),

	"user.uid":     ownNum(func(t *state.Thread) Value { return uintValue(uint64(t.UID)) }),
	"user.name":    {scope: ScopeView, text: userName(func(t *state.Thread) uint32 { return t.UID })},
	"user.homedir": {scope: ScopeView, text: userText(func(u *state.User) string { return u.Home }, "/root")},
	"user.shell":   {scope: ScopeView, text: userText(func(u *state.User) string { return u.Shell }, "")},
	"user.loginuid": ownNum(func(t *state.Thread) Value {
		return intValue(int64(int32(t.LoginUID)))
	}),
	"user.loginname": {scope: ScopeView, text: userName(func(t *state.Thread) uint32 { return t.LoginUID })},
	"group.gid":      ownNum(func(t *state.Thread) Value { return uintValue(uint64(t.GID)) }),
	"group.name": {scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.T == nil {
			return dst, false
		}
		name, ok := c.View.GroupName(c.T.Container, c.T.GID)
		if !ok {
			name = "<NA>"
		}
		return append(dst, name...), true
	}},
}

// threadFields are the fields of class process that speak of one thread.
var threadFields = map[string]extractor{
	"thread.tid": {value: func(c *Ctx, _ *Ref) Value {
		if c.Packet != nil {
			return Value{}
		}
		return idValue(c.Ev.TID)
	}},
	"thread.vtid":   ownNum(func(t *state.Thread) Value { return vidValue(t.VTID) }),
	"thread.ismain": ownNum(func(t *state.Thread) Value { return boolValue(t.Main()) }),
	"thread.nametid": ownText(func(dst []byte, t *state.Thread) []byte {
		return strconv.AppendInt(append(dst, t.Comm...), t.TID, 10)
	}),
	"thread.cap_permitted":   ownText(func(dst []byte, t *state.Thread) []byte { return appendCaps(dst, t.CapPermitted) }),
	"thread.cap_inheritable": ownText(func(dst []byte, t *state.Thread) []byte { return appendCaps(dst, t.CapInheritable) }),
	"thread.cap_effective":   ownText(func(dst []byte, t *state.Thread) []byte { return appendCaps(dst, t.CapEffective) }),
	"thread.pfmajor":         usage(func(_ *state.Thread, u state.Usage) Value { return uintValue(u.PFMajor) }),
	"thread.pfminor":         usage(func(_ *state.Thread, u state.Usage) Value { return uintValue(u.PFMinor) }),
	"thread.cgroups": ownText(func(dst []byte, t *state.Thread) []byte {
		return appendSpaced(dst, t.Cgroups)
	}),
	"thread.cgroup":   {scope: ScopeThread, text: threadCgroup},
	"thread.vmsize":   usage(func(t *state.Thread, u state.Usage) Value { return ifMain(t, uint64(u.VMSize)) }),
	"thread.vmrss":    usage(func(t *state.Thread, u state.Usage) Value { return ifMain(t, uint64(u.VMRSS)) }),
	"thread.vmsize.b": usage(func(t *state.Thread, u state.Usage) Value { return ifMain(t, uint64(u.VMSize)<<10) }),
	"thread.vmrss.b":  usage(func(t *state.Thread, u state.Usage) Value { return ifMain(t, uint64(u.VMRSS)<<10) }),
}

// own is a text of the event's thread.
func own(take func(*state.Thread) string) extractor {
	return ownText(func(dst []byte, t *state.Thread) []byte { return append(dst, take(t)...) })
}

func ownText(add func([]byte, *state.Thread) []byte) extractor {
	return extractor{scope: ScopeThread, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.T == nil {
			return dst, false
		}
		return add(dst, c.T), true
	}}
}

// ownNum is a number or truth value of the event's thread.
func ownNum(take func(*state.Thread) Value) extractor {
	return extractor{scope: ScopeThread, value: func(c *Ctx, _ *Ref) Value {
		if c.T == nil {
			return Value{}
		}
		return take(c.T)
	}}
}

// usage is a value of what the event's thread uses.
func usage(take func(*state.Thread, state.Usage) Value) extractor {
	return extractor{scope: ScopeView, value: func(c *Ctx, _ *Ref) Value {
		if c.T == nil {
			return Value{}
		}
		return take(c.T, c.View.Usage(c.T))
	}}
}

// ofMain is a value of the main thread of the event's process.
func ofMain(take func(*state.Thread) Value) func(*Ctx, *Ref) Value {
	return ofMainView(func(_ state.View, t *state.Thread) Value { return take(t) })
}

func ofMainView(take func(state.View, *state.Thread) Value) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		if c.T == nil {
			return Value{}
		}
		if t := c.View.Main(c.T); t != nil {
			return take(c.View, t)
		}
		return Value{}
	}
}

// procPPID is the id of the process that made the event's one, none when it is not known: 0. Old sysdigs said 0.
func procPPID(c *Ctx, _ *Ref) Value {
	if c.T == nil {
		return Value{}
	}
	t := c.View.Main(c.T)
	if t == nil || t.PTID <= 0 && !c.Style.Legacy {
		return Value{}
	}
	return idValue(t.PTID)
}

func ofParent(take func(*state.Thread) Value) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		if c.T == nil {
			return Value{}
		}
		if t := c.View.Parent(c.T); t != nil {
			return take(t)
		}
		return Value{}
	}
}

// idValue is a thread or process id; what fits none is no value.
func idValue(n int64) Value {
	if n < -1 || n > 1<<32-1 {
		return Value{}
	}
	return intValue(n)
}

// vidValue is an id inside a pid namespace, none when it is not known.
func vidValue(n int64) Value {
	if n == -1 {
		return Value{}
	}
	return intValue(n)
}

func unlessZero(v Value) Value {
	if v.U == 0 {
		return Value{}
	}
	return v
}

func ifMain(t *state.Thread, n uint64) Value {
	if !t.Main() {
		n = 0
	}
	return uintValue(n)
}

// between is the span from one time to a later one, none when one of them is not known.
func between(from, to uint64) Value {
	if from == 0 || to == 0 || to < from {
		return Value{}
	}
	return spanValue(to - from)
}

func started(t *state.Thread) Value { return unlessZero(spanValue(t.CloneTS)) }

func age(c *Ctx, t *state.Thread) Value {
	if t == nil {
		return Value{}
	}
	return between(t.CloneTS, c.TS)
}

func comm(dst []byte, t *state.Thread) []byte    { return append(dst, t.Comm...) }
func exe(dst []byte, t *state.Thread) []byte     { return append(dst, t.Exe...) }
func exepath(dst []byte, t *state.Thread) []byte { return append(dst, t.ExePath...) }

func trimNUL(list string) string { return strings.TrimSuffix(list, "\x00") }

// appendSpaced appends NUL-separated texts with a blank between them.
func appendSpaced(dst []byte, list string) []byte {
	from := len(dst)
	dst = append(dst, trimNUL(list)...)
	for i := from; i < len(dst); i++ {
		if dst[i] == 0 {
			dst[i] = ' '
		}
	}
	return dst
}

func appendArgs(dst []byte, t *state.Thread) []byte { return appendSpaced(dst, t.Args) }

func appendCmdline(dst []byte, t *state.Thread) []byte {
	dst = append(dst, t.Comm...)
	if t.Args == "" {
		return dst
	}
	return appendArgs(append(dst, ' '), t)
}

func argCount(list string) int {
	if list == "" {
		return 0
	}
	return strings.Count(trimNUL(list), "\x00") + 1
}

// element returns text i of a NUL-separated list.
func element(list string, i int) (string, bool) {
	if list == "" {
		return "", false
	}
	rest := trimNUL(list)
	for ; i > 0; i-- {
		j := strings.IndexByte(rest, 0)
		if j < 0 {
			return "", false
		}
		rest = rest[j+1:]
	}
	s, _, _ := strings.Cut(rest, "\x00")
	return s, true
}

// variable returns the value behind NAME= in a NUL-separated list.
func variable(list, name string) (string, bool) {
	for list != "" {
		s, rest, _ := strings.Cut(list, "\x00")
		if len(s) > len(name) && s[len(name)] == '=' && s[:len(name)] == name {
			return s[len(name)+1:], true
		}
		list = rest
	}
	return "", false
}

func procArgs(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	if c.T == nil {
		return dst, false
	}
	if r.Arg == "" {
		return appendArgs(dst, c.T), true
	}
	s, _ := element(c.T.Args, r.Index)
	return append(dst, s...), true // libsinsp's rule: an argument that is not there is empty
}

func procCwd(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if c.T == nil {
		return dst, false
	}
	return append(dst, c.View.Cwd(c.T)...), true
}

func procEnv(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	if c.T == nil {
		return dst, false
	}
	return appendEnv(dst, c.View.Env(c.T), r.Arg), true
}

// appendEnv appends a variable, or the whole environment for "". A variable that is not set is an empty text.
func appendEnv(dst []byte, env, name string) []byte {
	if name == "" {
		return appendSpaced(dst, env)
	}
	s, _ := variable(env, name)
	return append(dst, s...)
}

// up returns the n-th ancestor of the event's process, its own main thread for 0.
func up(c *Ctx, n int) *state.Thread {
	if c.T == nil || n > maxAncestors {
		return nil
	}
	t := c.View.Main(c.T)
	for ; n > 0 && t != nil; n-- {
		t = c.View.Parent(t)
	}
	return t
}

// ancestors calls yield for every ancestor, the nearest first, until it returns false.
func ancestors(c *Ctx, yield func(*state.Thread) bool) {
	first := up(c, 0)
	if first == nil {
		return
	}
	t := first
	for range maxAncestors {
		p := c.View.Parent(t)
		if p == nil || p == t || p == first || !yield(p) {
			return
		}
		t = p
	}
}

func parent(add func([]byte, *state.Thread) []byte) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		t := up(c, 1)
		if t == nil {
			return dst, false
		}
		return add(dst, t), true
	}}
}

// ancestor is a text of the ancestor at the level in brackets; without a level, of every one.
func ancestor(add func([]byte, *state.Thread) []byte) extractor {
	x := extractor{scope: ScopeView}
	x.text = func(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
		if r.Arg == "" {
			return appendAncestors(dst, c, add)
		}
		t := up(c, r.Index)
		if t == nil {
			return dst, false
		}
		return add(dst, t), true
	}
	x.each = func(c *Ctx, _ *Ref, yield func(Value) bool) {
		ancestors(c, func(t *state.Thread) bool {
			from := len(c.buf)
			c.buf = add(c.buf, t)
			return yield(textValue(c.buf[from:len(c.buf):len(c.buf)]))
		})
	}
	return x
}

// appendAncestors appends what add gives for each ancestor, the nearest first, with "<-" between them.
func appendAncestors(dst []byte, c *Ctx, add func([]byte, *state.Thread) []byte) ([]byte, bool) {
	any := false
	ancestors(c, func(t *state.Thread) bool {
		if any {
			dst = append(dst, "<-"...)
		}
		any = true
		dst = add(dst, t)
		return true
	})
	return dst, any
}

var ancestorPID = extractor{
	scope: ScopeView,
	value: func(c *Ctx, r *Ref) Value {
		n := r.Index
		if r.Arg == "" {
			n = 1
		}
		if t := up(c, n); t != nil {
			return idValue(t.PID)
		}
		return Value{}
	},
	each: func(c *Ctx, _ *Ref, yield func(Value) bool) {
		ancestors(c, func(t *state.Thread) bool { return yield(intValue(t.PID)) })
	},
}

func procAenv(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	if r.Index >= 0 {
		t := up(c, r.Index)
		if t == nil {
			return dst, false
		}
		return appendEnv(dst, c.View.Env(t), ""), true
	}
	found := false
	ancestors(c, func(t *state.Thread) bool {
		s, ok := variable(c.View.Env(t), r.Arg)
		if r.Arg == "" {
			s, ok = c.View.Env(t), true
		}
		if ok {
			found = true
			dst = appendSpaced(dst, s)
		}
		return !found
	})
	return dst, found
}

func eachAenv(c *Ctx, r *Ref, yield func(Value) bool) {
	ancestors(c, func(t *state.Thread) bool {
		from := len(c.buf)
		c.buf = appendEnv(c.buf, c.View.Env(t), "")
		return yield(textValue(c.buf[from:len(c.buf):len(c.buf)]))
	})
}

// loginShell is the process id of the outermost shell among the process and its ancestors.
func loginShell(c *Ctx, _ *Ref) Value {
	v := Value{}
	look := func(t *state.Thread) bool {
		if strings.HasSuffix(t.Comm, "sh") {
			v = intValue(t.PID)
		}
		return true
	}
	if t := up(c, 0); t != nil {
		look(t)
	}
	ancestors(c, look)
	return v
}

// group is a session or process group: its number in a thread, and whether that is one of the host's threads.
type group struct {
	id   func(*state.Thread) int64
	host func(*state.Thread) bool
}

var (
	bySession = group{func(t *state.Thread) int64 { return t.SID }, outsideNS}
	byVPGID   = group{func(t *state.Thread) int64 { return t.VPGID }, outsideNS}
	byPGID    = group{func(t *state.Thread) int64 { return t.PGID }, func(*state.Thread) bool { return true }}
)

func outsideNS(t *state.Thread) bool { return !t.InPIDNS() }

// leader is a text of the thread that leads a group: the one the group's number is of, else the oldest of the unbroken
// line of ancestors in the group.
func leader(g group, add func([]byte, *state.Thread) []byte) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.T == nil {
			return dst, false
		}
		id := g.id(c.T)
		if g.host(c.T) && id >= 0 {
			if t := c.View.Thread(id); t != nil {
				return add(dst, t), true
			}
		}
		last := up(c, 0)
		if last == nil {
			return dst, true
		}
		ancestors(c, func(t *state.Thread) bool {
			if g.id(t) != id {
				return false
			}
			last = t
			return true
		})
		return add(dst, last), true
	}}
}

// aliveThreads counts the living threads of the event's process, and tells whether the main one is among them.
func aliveThreads(c *Ctx) (n Value, leader bool) {
	if c.T == nil {
		return Value{}, false
	}
	list := c.View.ProcessThreads(c.T.PID)
	for _, t := range list {
		leader = leader || t.Main()
	}
	return uintValue(uint64(len(list))), leader
}

func standardFD(num int64, take func(*state.FD) string) extractor {
	return extractor{scope: ScopeView, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.T == nil {
			return dst, false
		}
		fd := c.View.FD(c.T, num)
		if fd == nil {
			return dst, false
		}
		s := take(fd)
		return evt.TrimUnprintable(dst, s), s != ""
	}}
}

func userName(id func(*state.Thread) uint32) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if c.T == nil {
			return dst, false
		}
		name, ok := c.View.UserName(c.T.Container, id(c.T))
		switch {
		case !ok && c.Style.Legacy && id(c.T) == noUser && c.T.Container == "": // old sysdigs had an empty name for nobody
		case !ok:
			name = "<NA>"
		}
		return append(dst, name...), true
	}
}

// noUser is the id that stands for none.
const noUser = 1<<32 - 1

func userText(take func(*state.User) string, root string) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		switch {
		case c.T == nil:
			return dst, false
		case c.View.User(c.T.Container, c.T.UID) != nil:
			return append(dst, take(c.View.User(c.T.Container, c.T.UID))...), true
		case c.T.UID == 0:
			return append(dst, root...), true
		}
		return append(dst, "<NA>"...), true
	}
}

func appendCaps(dst []byte, set uint64) []byte {
	from := len(dst)
	for bit := range 64 {
		name := evtable.Capability(bit)
		if set&(1<<bit) == 0 || name == "" {
			continue
		}
		if len(dst) > from {
			dst = append(dst, ' ')
		}
		dst = append(dst, name...)
	}
	return dst
}

func threadCgroup(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	if c.T == nil {
		return dst, false
	}
	s, ok := variable(c.T.Cgroups, r.Arg)
	return append(dst, s...), ok
}
