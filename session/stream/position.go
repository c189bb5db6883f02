package stream

import (
	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/state"
)

// Bits of an open's flags (PPM_O_*, file_flags).
const (
	flagWrite   = 1 << 1 // also of those that are read, too
	flagAppend  = 1 << 3
	flagExcl    = 1 << 5
	flagTrunc   = 1 << 8
	flagTmpfile = 1 << 13
	flagCreated = 1 << 14
)

// What fcntl is told to set the flags (PPM_FCNTL_F_SETFL), and O_APPEND as the kernel has it.
const setFlags, kernelAppend = 5, 1 << 10

// position follows where in a file the next read or write is.
type position struct {
	file    bool
	at      int64 // -1: not known
	end     int64 // of the file; -1: not known
	appends bool
	others  uint32 // event from which others write the file, too; 0: none do
}

// newPosition begins with the first version of an opening: its copies have the same position.
func newPosition(fd *state.FD, others uint32) *position {
	p := &position{file: fd.File(), at: -1, end: -1, appends: fd.OpenFlags&flagAppend != 0, others: others}
	if fd.Born == 0 { // opened before the capture
		return p
	}
	p.at = 0
	if fd.OpenFlags&(flagTrunc|flagExcl|flagTmpfile|flagCreated) != 0 {
		p.end = 0
	}
	return p
}

// moved returns where in the file a call read or wrote, -1 when that is not known, and follows the call.
func (p *position) moved(c *field.Ctx, k Chunk, transferred bool) int64 {
	if !p.file {
		return -1
	}
	t := c.Ev.Info()
	if t == nil || !c.HasRes || c.Res < 0 {
		return -1
	}
	switch t.Name {
	case "lseek":
		p.at = c.Res
		return -1
	case "fcntl":
		if v := argField.Value(c); cmdField.Value(c).U == setFlags && v.Kind != field.None { // older captures have no argument
			p.appends = v.U&kernelAppend != 0
		}
		return -1
	case "llseek", "ftruncate", "sendfile", "splice", "copy_file_range":
		if t.Name != "ftruncate" {
			p.at = -1
		}
		p.end = -1
		return -1
	}
	if !transferred {
		return -1
	}
	if p.others != 0 && k.Key > p.others {
		p.end = -1
	}
	appended := k.Write && p.appends
	if v := posField.Value(c); v.Kind != field.None { // pread and pwrite leave the position alone
		from := int64(v.U)
		if appended { // which goes before what pwrite asks for (pwrite(2), BUGS)
			from = p.end
		}
		if from >= 0 {
			p.grow(from + k.Size)
		}
		return from
	}
	from := p.at
	if appended {
		from = p.end
	}
	if from < 0 {
		p.at = -1
		return -1
	}
	p.at = from + k.Size
	p.grow(p.at)
	return from
}

func (p *position) grow(to int64) {
	if p.end >= 0 {
		p.end = max(p.end, to)
	}
}
