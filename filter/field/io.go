package field

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// ioFields are the fields of class evt that tell how a call went and what it moved, and those of class syslog.
var ioFields = map[string]extractor{
	"evt.res": {text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		return evt.AppendRes(dst, c.Res), c.HasRes
	}},
	"evt.rawres": {value: func(c *Ctx, _ *Ref) Value {
		if !c.HasRes {
			return Value{}
		}
		return intValue(c.Res)
	}},
	"evt.failed": {value: func(c *Ctx, _ *Ref) Value {
		if !c.HasRes && !c.Style.Legacy { // old sysdigs said false where there is no result
			return Value{}
		}
		return boolValue(c.HasRes && c.Res < 0)
	}},

	"evt.is_io":       {value: hasFlag(evtable.EFReadsFromFD | evtable.EFWritesToFD)},
	"evt.is_io_read":  {value: hasFlag(evtable.EFReadsFromFD)},
	"evt.is_io_write": {value: hasFlag(evtable.EFWritesToFD)},
	"evt.is_wait":     {value: hasFlag(evtable.EFWaits)},
	"evt.io_dir": {text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		switch f := c.flags(); {
		case f&evtable.EFWritesToFD != 0:
			return append(dst, "write"...), true
		case f&evtable.EFReadsFromFD != 0:
			return append(dst, "read"...), true
		}
		return dst, false
	}},

	"evt.buflen":          {value: moved(anyDir, anyKind)},
	"evt.buflen.in":       {value: moved(evtable.ECIORead, anyKind)},
	"evt.buflen.out":      {value: moved(evtable.ECIOWrite, anyKind)},
	"evt.buflen.file":     {value: moved(anyDir, "file")},
	"evt.buflen.file.in":  {value: moved(evtable.ECIORead, "file")},
	"evt.buflen.file.out": {value: moved(evtable.ECIOWrite, "file")},
	"evt.buflen.net":      {value: moved(anyDir, "net")},
	"evt.buflen.net.in":   {value: moved(evtable.ECIORead, "net")},
	"evt.buflen.net.out":  {value: moved(evtable.ECIOWrite, "net")},

	"evt.is_syslog": {value: func(c *Ctx, _ *Ref) Value { return boolValue(syslog(c)) }},

	"evt.count":              {value: func(*Ctx, *Ref) Value { return uintValue(1) }},
	"evt.count.error":        {value: failures("")},
	"evt.count.error.file":   {value: failures("file")},
	"evt.count.error.net":    {value: failures("net")},
	"evt.count.error.memory": {value: failures("memory")},
	"evt.count.error.other":  {value: failures("other")},
	"evt.count.exit": {value: func(c *Ctx, _ *Ref) Value {
		return one(c.Packet == nil && !c.Ev.Enter())
	}},
	"evt.count.procinfo": {value: func(c *Ctx, _ *Ref) Value {
		return one(c.Packet == nil && c.Ev.Type == evtable.ProcinfoE && c.T != nil && c.T.Main())
	}},
	"evt.count.threadinfo": {value: func(c *Ctx, _ *Ref) Value {
		return one(c.Packet == nil && c.Ev.Type == evtable.ProcinfoE)
	}},

	"evt.is_open_read":   {scope: ScopeArgs, value: opens(func(o opening) bool { return o.flags&accessRead != 0 })},
	"evt.is_open_write":  {scope: ScopeArgs, value: opens(func(o opening) bool { return o.flags&accessWrite != 0 })},
	"evt.is_open_exec":   {scope: ScopeArgs, value: opens(opening.exec)},
	"evt.is_open_create": {scope: ScopeArgs, value: opens(opening.created)},

	"syslog.facility": {scope: ScopeArgs, value: func(c *Ctx, _ *Ref) Value {
		pri, _, ok := logged(c)
		if !ok {
			return Value{}
		}
		return uintValue(uint64(pri >> 3))
	}},
	"syslog.severity": {scope: ScopeArgs, value: func(c *Ctx, _ *Ref) Value {
		pri, _, ok := logged(c)
		if !ok {
			return Value{}
		}
		return uintValue(uint64(pri & 7))
	}},
	"syslog.facility.str": {scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		pri, _, ok := logged(c)
		if !ok || pri>>3 >= len(facilities) {
			return dst, false
		}
		return append(dst, facilities[pri>>3]...), true
	}},
	"syslog.severity.str": {scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		pri, _, ok := logged(c)
		return append(dst, severities[pri&7]...), ok
	}},
	"syslog.message": {scope: ScopeArgs, text: func(dst []byte, c *Ctx, _ *Ref) ([]byte, bool) {
		_, msg, ok := logged(c)
		return append(dst, msg...), ok
	}},
}

func one(b bool) Value {
	if b {
		return uintValue(1)
	}
	return uintValue(0)
}

func hasFlag(f evtable.EF) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		if c.Packet != nil {
			return Value{}
		}
		return boolValue(c.flags()&f != 0)
	}
}

// Wildcards of moved.
const (
	anyDir  = 0
	anyKind = ""
)

// ioCategory reports whether an event of the type moves data or otherwise works on a descriptor, so that its category is
// that of the descriptor.
func ioCategory(t *evtable.Type) bool {
	switch t.Category & evtable.CategoryMask {
	case evtable.ECIORead, evtable.ECIOWrite, evtable.ECIOOther:
		return true
	}
	return false
}

// fdCategory is the category of work on a descriptor.
func fdCategory(fd *state.FD) string {
	if fd == nil {
		return "unknown"
	}
	switch fd.Type {
	case evtable.FDFile, evtable.FDFileV2, evtable.FDDirectory:
		return "file"
	case evtable.FDIPv4, evtable.FDIPv6, evtable.FDIPv4Server, evtable.FDIPv6Server:
		return "net"
	case evtable.FDFifo, evtable.FDUnix, evtable.FDEvent, evtable.FDSignalfd, evtable.FDInotify, evtable.FDUserfaultfd:
		return "ipc"
	}
	return "unknown"
}

// moved is the number of bytes a call moved in a direction on a kind of descriptor.
func moved(dir uint16, kind string) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		t := c.typ()
		if !c.HasRes || c.Res < 0 || c.FD == nil || t == nil || !ioCategory(t) {
			return Value{}
		}
		if dir != anyDir && t.Category&evtable.CategoryMask != dir || kind != anyKind && fdCategory(c.FD) != kind {
			return Value{}
		}
		return uintValue(uint64(c.Res))
	}
}

// failures is 1 for failed calls of a kind, "" for all.
func failures(kind string) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		if !c.HasRes {
			return Value{}
		}
		if c.Res >= 0 || kind == "" {
			return one(c.Res < 0)
		}
		is := "other"
		switch t := c.typ(); {
		case t == nil:
		case t.Category&evtable.CategoryMask == evtable.ECMemory:
			is = "memory"
		case t.Category&evtable.CategoryMask == evtable.ECFile, ioCategory(t) && fdCategory(c.FD) == "file":
			is = "file"
		case t.Category&evtable.CategoryMask == evtable.ECNet, ioCategory(t) && fdCategory(c.FD) == "net":
			is = "net"
		}
		return one(is == kind)
	}
}

// Bits of the flags of an open (PPM_O_*, file_flags).
const (
	accessRead  = 1 << 0
	accessWrite = 1 << 1
	openCreate  = 1 << 2
	openTmpfile = 1 << 13
	openCreated = 1 << 14
	openUpper   = 1 << 15
	openLower   = 1 << 16
)

// opening is what an open asked for.
type opening struct {
	creat bool // by creat, which has no flags
	flags uint64
	mode  uint64
	ok    bool // it has a result, which says success
}

func (o opening) exec() bool {
	return o.mode&0o111 != 0 && (o.creat || o.flags&(openCreate|openTmpfile) != 0)
}

func (o opening) created() bool {
	return o.flags&openCreated != 0 || o.flags&openTmpfile != 0 && o.ok
}

func opens(is func(opening) bool) func(*Ctx, *Ref) Value {
	return func(c *Ctx, _ *Ref) Value {
		t := c.typ()
		if t == nil || t.Flags&evtable.EFCreatesFD == 0 {
			return boolValue(false)
		}
		a := c.Joined()
		if a.Type == nil {
			return boolValue(false)
		}
		o := opening{ok: c.HasRes && c.Res >= 0}
		num := func(name string) uint64 {
			if i := paramIndex(a.Type, name); i >= 0 {
				n, _ := a.Uint(int(i))
				return n
			}
			return 0
		}
		switch a.Type.Name {
		case "creat":
			o.creat = true
			o.mode = num("mode")
		case "open", "openat", "openat2", "open_by_handle_at":
			o.flags, o.mode = num("flags"), num("mode")
		default:
			return boolValue(false)
		}
		return boolValue(is(o))
	}
}

const devLog = "/dev/log"

// syslog reports whether the event writes to the system's log.
func syslog(c *Ctx) bool {
	return c.flags()&evtable.EFWritesToFD != 0 && c.FD != nil && strings.Contains(c.FD.Name, devLog)
}

var facilities = [...]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "clock", "authpriv", "ftp", "ntp", "logaudit", "logalert",
	"cron", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

var severities = [...]string{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"}

// logged returns priority and text of a message to the system's log: "<38>sshd[7]: …".
func logged(c *Ctx) (pri int, msg []byte, ok bool) {
	if !syslog(c) {
		return 0, nil, false
	}
	i := data(c)
	if i < 0 {
		return 0, nil, false
	}
	b := c.Args.Param(i)
	if len(b) < 3 || b[0] != '<' {
		return 0, nil, false
	}
	end := bytes.IndexByte(b[:min(len(b), 6)], '>')
	if end < 2 {
		return 0, nil, false
	}
	pri, err := strconv.Atoi(string(b[1:end]))
	if err != nil || pri < 0 {
		return 0, nil, false
	}
	return pri, bytes.TrimRight(b[end+1:], "\x00"), true
}
