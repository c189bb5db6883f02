package field

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

const aboutFD = evtable.EFCreatesFD | evtable.EFUsesFD | evtable.EFDestroysFD

// hasFD reports whether the event is about a descriptor, known or not.
func (c *Ctx) hasFD() bool { return c.flags()&aboutFD != 0 }

// knownFD returns the descriptor the event is about, nil when there is none or it is not known.
func (c *Ctx) knownFD() *state.FD {
	if c.FD == nil || !c.hasFD() {
		return nil
	}
	return c.FD
}

// fdFields are the fields of classes fd and fdlist.
var fdFields = map[string]extractor{
	"fd.num": {value: func(c *Ctx, _ *Ref) Value {
		if !c.hasFD() {
			return Value{}
		}
		return intValue(c.FDNum)
	}},
	"fd.type":     {scope: ScopeFD, text: fdType},
	"fd.typechar": {scope: ScopeFD, text: fdTypechar},
	"fd.types":    {scope: ScopeView, kind: Elements, value: fdTypes},

	"fd.name":               {scope: ScopeFD, text: fdName},
	"fd.directory":          {scope: ScopeFD, text: fdDirectory},
	"fd.filename":           {scope: ScopeFD, text: fdFilename},
	"fd.containername":      {scope: ScopeView, text: inContainer(fdName)},
	"fd.containerdirectory": {scope: ScopeView, text: inContainer(fdDirectory)},
	"fd.nameraw":            {scope: ScopeFD, text: fdNameRaw},
	"fd.name_changed":       {scope: ScopeView, value: nameChanged},
	"fd.uid": {scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		if !c.hasFD() {
			return dst, false
		}
		dst = strconv.AppendInt(dst, c.Ev.TID, 10)
		return strconv.AppendInt(dst, c.FDNum, 10), true
	}},

	"fd.cip":   {scope: ScopeFD, value: address(client)},
	"fd.sip":   {scope: ScopeFD, value: address(server)},
	"fd.lip":   {scope: ScopeView, value: address(local)},
	"fd.rip":   {scope: ScopeView, value: address(remote)},
	"fd.cport": {scope: ScopeFD, value: port(client)},
	"fd.sport": {scope: ScopeFD, value: port(server)},
	"fd.lport": {scope: ScopeView, value: port(local)},
	"fd.rport": {scope: ScopeView, value: port(remote)},

	"fd.ip":    bothEnds(address),
	"fd.net":   bothEnds(address),
	"fd.cnet":  {scope: ScopeFD, value: address(client)},
	"fd.snet":  {scope: ScopeFD, value: address(server)},
	"fd.lnet":  {scope: ScopeView, value: address(local)},
	"fd.rnet":  {scope: ScopeView, value: address(remote)},
	"fd.port":  bothEnds(port),
	"fd.proto": bothEnds(port),

	"fd.cproto": {scope: ScopeFD, text: service(client)},
	"fd.sproto": {scope: ScopeFD, text: service(server)},
	"fd.lproto": {scope: ScopeView, text: service(local)},
	"fd.rproto": {scope: ScopeView, text: service(remote)},

	"fd.l4proto": fdText(func(dst []byte, f *state.FD) ([]byte, bool) {
		return append(dst, l4Name(f)...), true
	}),
	"fd.sockfamily": fdText(func(dst []byte, f *state.FD) ([]byte, bool) {
		switch {
		case f.Inet(), f.InetServer():
			return append(dst, "ip"...), true
		case f.Type == evtable.FDUnix:
			return append(dst, "unix"...), true
		}
		return dst, false
	}),
	"fd.is_server": {scope: ScopeView, value: isServer},
	"fd.connected": fdNum(func(f *state.FD) Value { return boolValue(f.Connected) }),

	"fd.role":           fdText(fdRole),
	"fd.stream":         fdNum(func(f *state.FD) Value { return uintValue(uint64(f.Stream)) }),
	"fd.dev":            fdNum(func(f *state.FD) Value { return ifFile(f, intValue(int64(int32(f.Dev)))) }),
	"fd.dev.major":      fdNum(func(f *state.FD) Value { return ifFile(f, intValue(int64(f.Dev&0xfff00>>8))) }),
	"fd.dev.minor":      fdNum(func(f *state.FD) Value { return ifFile(f, intValue(int64(f.Dev&0xff|f.Dev>>12&0xfff00))) }),
	"fd.ino":            fdNum(func(f *state.FD) Value { return ifFile(f, intValue(int64(f.Ino))) }),
	"fd.is_upper_layer": fdNum(func(f *state.FD) Value { return boolValue(f.OpenFlags&openUpper != 0) }),
	"fd.is_lower_layer": fdNum(func(f *state.FD) Value { return boolValue(f.OpenFlags&openLower != 0) }),

	"fdlist.nums":   {scope: ScopeArgs, text: polled(polledNum)},
	"fdlist.names":  {scope: ScopeArgs, text: polled(polledName)},
	"fdlist.cips":   {scope: ScopeArgs, text: polledEnds(polledIP(client))},
	"fdlist.sips":   {scope: ScopeArgs, text: polledEnds(polledIP(server))},
	"fdlist.cports": {scope: ScopeArgs, text: polledEnds(polledPort(client))},
	"fdlist.sports": {scope: ScopeArgs, text: polledEnds(polledPort(server))},
}

// fdText is a text of a known descriptor.
func fdText(add func([]byte, *state.FD) ([]byte, bool)) extractor {
	return extractor{scope: ScopeFD, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		f := c.knownFD()
		if f == nil {
			return dst, false
		}
		return add(dst, f)
	}}
}

// fdNum is a number or truth value of a known descriptor.
func fdNum(take func(*state.FD) Value) extractor {
	return extractor{scope: ScopeFD, value: func(c *Ctx, _ *Ref) Value {
		if f := c.knownFD(); f != nil {
			return take(f)
		}
		return Value{}
	}}
}

func ifFile(f *state.FD, v Value) Value {
	if !f.File() && v.U == 0 {
		return Value{}
	}
	return v
}

func fdType(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	f := c.knownFD()
	if f == nil {
		return dst, false
	}
	s := f.TypeName()
	return append(dst, s...), s != ""
}

func fdTypechar(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if !c.hasFD() {
		return dst, false
	}
	if c.FD != nil {
		return append(dst, c.FD.TypeChar()), true
	}
	return append(dst, madeChar(c)), true
}

// madeChar is the letter of the type of descriptor the event makes, o when it makes none.
func madeChar(c *Ctx) byte {
	t := c.typ()
	if t.Flags&evtable.EFCreatesFD == 0 {
		return 'o'
	}
	switch t.Name {
	case "openat", "openat2", "creat":
		return 'f'
	case "open", "open_by_handle_at":
		if c.Style.Legacy {
			return 'f'
		}
	case "socket", "accept", "accept4":
		return '4'
	case "pipe", "pipe2":
		return 'p'
	case "eventfd", "eventfd2":
		return 'e'
	case "signalfd", "signalfd4":
		return 's'
	case "timerfd_create":
		return 't'
	case "inotify_init", "inotify_init1":
		return 'i'
	}
	return 'o'
}

// fdTypes are the distinct types of the process' descriptors, or the type of one.
func fdTypes(c *Ctx, r *Ref) Value {
	if c.T == nil || !c.hasFD() {
		return Value{}
	}
	if r.Arg != "" {
		fd := c.View.FD(c.T, int64(r.Index))
		if fd == nil {
			return Value{}
		}
		return Value{Kind: Elements, B: []byte(fd.TypeName())}
	}
	var seen [len(evtable.FDTypes)]bool
	from := len(c.buf)
	for _, fd := range c.View.FDs(c.T) {
		s := fd.TypeName()
		if s == "" || seen[fd.Type] {
			continue
		}
		for i := range seen { // several types may have one name
			seen[i] = seen[i] || evtable.FDTypes[i].Word == s
		}
		if len(c.buf) > from {
			c.buf = append(c.buf, 0)
		}
		c.buf = append(c.buf, s...)
	}
	return Value{Kind: Elements, B: c.buf[from:len(c.buf):len(c.buf)]}
}

func fdName(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	if !c.hasFD() {
		return dst, false
	}
	if c.Names.Legacy && c.Ev.Type == evtable.SocketConnectX && len(c.Ev.Param(1)) > 0 {
		return guessedName(dst, c) // old sysdigs named the peer, reached or not
	}
	if c.FD != nil {
		return evt.TrimUnprintable(dst, c.FD.Shown(c.Names.Legacy)), true
	}
	if c.Ev.Enter() {
		return dst, false
	}
	return guessedName(dst, c)
}

// fdNameRaw is the path a file was opened by, as the caller gave it; empty for what was not opened by a path. Of a file
// that could not be opened it is the path that was tried.
func fdNameRaw(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	switch {
	case !c.hasFD(), c.FD == nil && c.Ev.Enter():
		return dst, false
	case c.FD != nil:
		return append(dst, c.FD.Raw...), true
	}
	a := c.Joined()
	if a.Type == nil {
		return dst, true
	}
	at := map[string]int{"open": 1, "creat": 1, "openat": 2, "openat2": 2}[a.Type.Name]
	if s, ok := evt.Str(a.Param(at)); ok && at > 0 {
		dst = append(dst, s...)
	}
	return dst, true
}

// guessedName is the name an exit's arguments give to a descriptor that is not known: the file that could not be opened,
// the peer that could not be reached.
func guessedName(dst []byte, c *Ctx) ([]byte, bool) {
	a := c.Joined()
	if a.Type == nil {
		return dst, true
	}
	plain := func(i int) ([]byte, bool) {
		out, at := evt.ParamParts(dst, a, i, &c.Names, &c.Style)
		return out[:at], true
	}
	switch a.Type.Name {
	case "open", "creat", "accept", "accept4", "connect":
		return plain(1)
	case "open_by_handle_at":
		return plain(3)
	case "openat", "openat2":
		return relative(dst, c, a, 1, 2), true
	}
	return dst, true
}

// relative appends the path in parameter path, joined to the directory in parameter dirfd.
func relative(dst []byte, c *Ctx, a *evt.Args, dirfd, path int) []byte {
	p, ok := evt.Str(a.Param(path))
	if !ok {
		return append(dst, "<NA>"...)
	}
	if len(p) > 0 && p[0] == '/' {
		return evt.JoinPath(dst, "", p)
	}
	num, _ := a.Int(dirfd)
	return evt.JoinPath(dst, c.Names.Dir(num), p)
}

func fdDirectory(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
	from := len(dst)
	if f := c.knownFD(); f != nil && !f.File() {
		return dst, false
	}
	dst, ok := fdName(dst, c, r)
	if !ok || c.FD != nil && c.FD.Type == evtable.FDDirectory {
		return dst, ok
	}
	i := bytes.LastIndexByte(dst[from:], '/')
	if i <= 0 {
		return append(dst[:from], '/'), true
	}
	return dst[:from+i], true
}

func fdFilename(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
	f := c.knownFD()
	if f == nil || f.Type != evtable.FDFile && f.Type != evtable.FDFileV2 {
		return dst, false
	}
	from := len(dst)
	dst = evt.TrimUnprintable(dst, f.Shown(c.Names.Legacy))
	name := dst[from:]
	i := bytes.LastIndexByte(name, '/')
	if i < 0 || i == len(name)-1 {
		return append(dst[:from], '/'), true
	}
	return dst[:from+copy(name, name[i+1:])], true
}

// inContainer puts the container's id and a colon before a text.
func inContainer(text func([]byte, *Ctx, *Ref) ([]byte, bool)) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return func(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
		dst, ok := containerID(dst, c, r)
		if !ok {
			return dst, false
		}
		return text(append(dst, ':'), c, r)
	}
}

// nameChanged tells whether the descriptor had another name before the event.
func nameChanged(c *Ctx, _ *Ref) Value {
	f := c.knownFD()
	if f == nil || c.T == nil {
		return Value{}
	}
	if c.Packet != nil || f.From != c.View.Num() {
		return boolValue(false)
	}
	if f.Born == f.From { // libsinsp's rule: it had no name before, unless it is a copy
		t := c.typ()
		return boolValue(f.Name != "" && t != nil && !strings.HasPrefix(t.Name, "dup") && t.Name != "fcntl" && t.Name != "pidfd_getfd")
	}
	before := c.View.Machine().At(f.From - 1)
	t := before.Thread(c.T.TID)
	if t == nil {
		return boolValue(false)
	}
	old := before.FD(t, c.FDNum)
	return boolValue(old != nil && old.Name != f.Name)
}

func l4Name(f *state.FD) string {
	switch f.ShownL4() {
	case state.L4TCP:
		return "tcp"
	case state.L4UDP:
		return "udp"
	case state.L4ICMP:
		return "icmp"
	case state.L4Raw:
		return "raw"
	}
	return "<NA>"
}

// end is one end of a socket.
type end struct {
	ip   []byte // 4 or 16 bytes, nil when not known
	port uint16
	ok   bool // the socket has such an end
}

func v4or6(f *state.FD, ip *[16]byte) []byte {
	if f.V6() {
		return ip[:]
	}
	return ip[:4]
}

func client(_ *Ctx, f *state.FD) end {
	if !f.Inet() || f.Role == state.NoRole {
		return end{}
	}
	return end{v4or6(f, &f.Tuple.SIP), f.Tuple.SPort, true}
}

func server(_ *Ctx, f *state.FD) end {
	switch {
	case f.InetServer():
		e := end{nil, f.Tuple.SPort, true}
		if f.Role != state.NoRole {
			e.ip = v4or6(f, &f.Tuple.SIP)
		}
		return e
	case f.Inet() && f.Role != state.NoRole:
		return end{v4or6(f, &f.Tuple.DIP), f.Tuple.DPort, true}
	}
	return end{}
}

func local(c *Ctx, f *state.FD) end {
	if f.InetServer() {
		return server(c, f)
	}
	if c.View.Machine() == nil || c.View.Local(f.Tuple.SIP, f.V6()) {
		return client(c, f)
	}
	return server(c, f)
}

func remote(c *Ctx, f *state.FD) end {
	if f.InetServer() {
		return end{}
	}
	if c.View.Machine() == nil || c.View.Local(f.Tuple.SIP, f.V6()) {
		return server(c, f)
	}
	return client(c, f)
}

func address(pick func(*Ctx, *state.FD) end) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		f := c.knownFD()
		if f == nil {
			return Value{}
		}
		if e := pick(c, f); e.ok && e.ip != nil {
			return addressValue(e.ip)
		}
		return Value{}
	}
}

func port(pick func(*Ctx, *state.FD) end) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		f := c.knownFD()
		if f == nil {
			return Value{}
		}
		if e := pick(c, f); e.ok {
			return portValue(e.port)
		}
		return Value{}
	}
}

// service is a port as text, empty for 0. Ports keep their numbers: which names they have is the reading machine's
// affair.
func service(pick func(*Ctx, *state.FD) end) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	take := port(pick)
	return func(dst []byte, c *Ctx, r *Ref) ([]byte, bool) {
		v := take(c, r)
		if v.U != 0 {
			dst = strconv.AppendUint(dst, v.U, 10)
		}
		return dst, v.Kind != None
	}
}

// bothEnds has the values of both ends; the server's is the one that is shown.
func bothEnds(of func(func(*Ctx, *state.FD) end) func(*Ctx, *Ref) Value) extractor {
	first, second := of(server), of(client)
	return extractor{
		scope: ScopeFD, value: first,
		each: func(c *Ctx, r *Ref, yield func(Value) bool) {
			if v := first(c, r); v.Kind != None && !yield(v) {
				return
			}
			if v := second(c, r); v.Kind != None {
				yield(v)
			}
		},
	}
}

// isServer tells whether the process is the serving side: its socket listens, or the address called is its machine's.
// fdRole is the side of a connection as the calls told it; fd.is_server goes by addresses, as libsinsp does.
func fdRole(dst []byte, f *state.FD) ([]byte, bool) {
	switch {
	case f.InetServer(), f.Inet() && f.Role == state.Server:
		return append(dst, "server"...), true
	case f.Inet() && f.Role == state.Client:
		return append(dst, "client"...), true
	}
	return dst, false
}

func isServer(c *Ctx, _ *Ref) Value {
	f := c.knownFD()
	switch {
	case f == nil:
		return Value{}
	case f.InetServer():
		return boolValue(true)
	case f.Inet() && f.Role == state.NoRole && f.V6(): // libsinsp's rule: the address of none is local
		return boolValue(true)
	case f.Inet() && f.Role != state.NoRole && c.View.Machine() != nil:
		return boolValue(c.View.Local(f.Tuple.DIP, f.V6()))
	}
	return boolValue(false)
}

// polled joins what add gives for each descriptor of a poll with commas; what has no value is <NA>.
func polled(add func([]byte, *Ctx, int64, *state.FD) ([]byte, bool)) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return polledList(add, false)
}

// polledEnds is polled that leaves out what has no value, and has none itself when nothing is left.
func polledEnds(add func([]byte, *Ctx, int64, *state.FD) ([]byte, bool)) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return polledList(add, true)
}

func polledList(add func([]byte, *Ctx, int64, *state.FD) ([]byte, bool), skip bool) func([]byte, *Ctx, *Ref) ([]byte, bool) {
	return func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		t := c.typ()
		if t == nil || t.Name != "poll" && t.Name != "ppoll" {
			return dst, false
		}
		list, ok := pollList(c)
		if !ok {
			return dst, false
		}
		start := len(dst)
		for i := 0; i+pollEntry <= len(list); i += pollEntry {
			from := len(dst)
			if len(dst) > start || i > 0 && !skip {
				dst = append(dst, ',')
			}
			num, _ := evt.Int(list[i : i+8])
			var fd *state.FD
			if c.T != nil {
				fd = c.View.FD(c.T, num)
			}
			switch dst, ok = add(dst, c, num, fd); {
			case ok:
			case skip:
				dst = dst[:from]
			default:
				dst = append(dst, "<NA>"...)
			}
		}
		return dst, !skip || len(dst) > start
	}
}

const pollEntry = 10 // descriptor and flags of one entry of a PT_FDLIST value

// pollList returns the entries of the poll's list.
func pollList(c *Ctx) ([]byte, bool) {
	a := &c.Args
	if !c.Ev.Enter() {
		a = c.Joined()
	}
	if a.Type == nil {
		return nil, false
	}
	for i := range a.Type.Params {
		if a.Type.Params[i].Type == evtable.PTFdlist && len(a.Param(i)) >= 2 {
			v := a.Param(i)
			n, _ := evt.Uint(v[:2])
			v = v[2:]
			return v[:min(len(v), int(n)*pollEntry)], true
		}
	}
	return nil, false
}

func polledNum(dst []byte, _ *Ctx, num int64, _ *state.FD) ([]byte, bool) {
	return strconv.AppendInt(dst, num, 10), true
}

func polledName(dst []byte, c *Ctx, _ int64, fd *state.FD) ([]byte, bool) {
	if fd == nil || fd.Name == "" {
		return dst, false
	}
	return evt.TrimUnprintable(dst, fd.Shown(c.Names.Legacy)), true
}

func polledIP(pick func(*Ctx, *state.FD) end) func([]byte, *Ctx, int64, *state.FD) ([]byte, bool) {
	return func(dst []byte, c *Ctx, _ int64, fd *state.FD) ([]byte, bool) {
		if fd == nil {
			return dst, false
		}
		e := pick(c, fd)
		if !e.ok || e.ip == nil || !fd.Inet() {
			return dst, false
		}
		return addressValue(e.ip).Append(dst), true
	}
}

func polledPort(pick func(*Ctx, *state.FD) end) func([]byte, *Ctx, int64, *state.FD) ([]byte, bool) {
	return func(dst []byte, c *Ctx, _ int64, fd *state.FD) ([]byte, bool) {
		if fd == nil {
			return dst, false
		}
		e := pick(c, fd)
		if !e.ok || !fd.Inet() {
			return dst, false
		}
		return strconv.AppendUint(dst, uint64(e.port), 10), true
	}
}
