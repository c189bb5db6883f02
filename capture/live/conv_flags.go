package live

// What the kernel calls by a number has another one in a capture (facts/flags_tables.json); most of these functions turn
// one into the other. The kernel's numbers are those that x86-64 and arm64 share; where they differ arch.go has them.

// bit is a bit of the kernel and what it becomes.
type bit struct{ from, to uint64 }

func mapBits(v uint64, table []bit) uint64 {
	var out uint64
	for _, b := range table {
		if v&b.from == b.from {
			out |= b.to
		}
	}
	return out
}

var openBits = []bit{
	{0o100, 1 << 2},
	{0o200, 1 << 5},
	{0o1000, 1 << 8},
	{0o2000, 1 << 3},
	{0o4000, 1 << 6},
	{0o10000, 1 << 4},
	{0o4010000, 1 << 7},
	{0o2000000, 1 << 12},
	{oDirect, 1 << 9},
	{oDirectory, 1 << 10},
	{oLargefile, 1 << 11},
	{0o20000000 | oDirectory, 1 << 13},
}

// openFlags makes PPM_O_* of O_*.
func openFlags(v uint64) uint64 {
	out := mapBits(v, openBits)
	switch v & 3 {
	case 0:
		out |= 1
	case 1:
		out |= 2
	case 2:
		out |= 3
	}
	if out&(1<<13) != 0 { // O_TMPFILE contains O_DIRECTORY
		out &^= 1 << 10
	}
	return out
}

// fdFlags makes PPM_O_* of the flags of calls that make a descriptor but open nothing.
func fdFlags(v uint64) uint64 {
	return mapBits(v, []bit{{0o4000, 1 << 6}, {0o2000000, 1 << 12}, {oDirect, 1 << 9}})
}

const (
	openCreated    = 1 << 14
	openUpper      = 1 << 15
	openLower      = 1 << 16
	fmodeCreated   = 1 << 20
	nativeCreat    = 0o100
	nativeTmpfile  = 0o20000000 | oDirectory
	layerUpper     = 1
	layerLower     = 2
	fileModeOffset = 16
	fileLayer      = 20
)

// found are the flags that the kernel found out when it opened the file.
func found(r *record, file source) uint64 {
	var out uint64
	if number(r, file, fileModeOffset, 4, 0)&fmodeCreated != 0 {
		out |= openCreated
	}
	switch number(r, file, fileLayer, 4, 0) {
	case layerUpper:
		out |= openUpper
	case layerLower:
		out |= openLower
	}
	return out
}

func openedFlags(_ *encoder, r *record, p *rule) uint64 {
	return openFlags(r.number(p.src)) | found(r, p.second)
}

// openMode is the mode of open, which means something only with flags in argument i that create a file.
func openMode(i source) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 { return createMode(r.number(i), r.number(p.src)) }
}

func createMode(flags, mode uint64) uint64 {
	if flags&nativeCreat != 0 || flags&nativeTmpfile == nativeTmpfile {
		return mode & 0o7777
	}
	return 0
}

// openat2 has its flags in memory: struct open_how.
func howFlags(_ *encoder, r *record, p *rule) uint64 { return openFlags(number(r, p.src, 0, 8, 0)) }

func howFlagsOpened(e *encoder, r *record, p *rule) uint64 {
	return howFlags(e, r, p) | found(r, p.second)
}

func howMode(_ *encoder, r *record, p *rule) uint64 {
	return createMode(number(r, p.src, 0, 8, 0), number(r, p.src, 8, 8, 0))
}

func howResolve(_ *encoder, r *record, p *rule) uint64 {
	return mapBits(number(r, p.src, 16, 8, 0), []bit{{1, 16}, {2, 4}, {4, 8}, {8, 1}, {16, 2}, {32, 32}})
}

func creatFlags(_ *encoder, r *record, p *rule) uint64 {
	return number(r, p.src, fileLayer, 4, 0) & 3
}

func protFlags(v uint64) uint64 {
	return v&0xf | mapBits(v, []bit{{1 << 24, 1 << 4}, {1 << 25, 1 << 5}})
}

func mmapFlags(v uint64) uint64 {
	return v&3 | mapBits(v, []bit{
		{0x10, 4}, {0x20, 8}, {0x40, 16}, {0x4000, 64}, {0x8000, 128}, {0x10000, 256}, {0x100, 512}, {0x800, 1024}, {0x1000, 2048}, {0x2000, 16384},
	})
}

func cloneFlags(v uint64) uint64 {
	return mapBits(v, []bit{
		{0x400, 1 << 0},
		{0x200, 1 << 1},
		{1 << 31, 1 << 2},
		{1 << 27, 1 << 3},
		{1 << 30, 1 << 4},
		{1 << 17, 1 << 5},
		{1 << 29, 1 << 6},
		{1 << 26, 1 << 7},
		{0x8000, 1 << 8},
		{1 << 20, 1 << 9},
		{0x2000, 1 << 10},
		{0x800, 1 << 11},
		{1 << 18, 1 << 12},
		{0x10000, 1 << 13},
		{1 << 23, 1 << 14},
		{0x100, 1 << 15},
		{1 << 28, 1 << 20},
		{1 << 21, 1 << 23},
		{1 << 24, 1 << 24},
		{1 << 19, 1 << 25},
		{0x4000, 1 << 27},
		{1 << 25, 1 << 28},
	})
}

func fcntlCommand(v uint64) uint64 {
	switch v {
	case 0, 1, 2, 3, 4, 5:
		return v + 1
	}
	return fcntlCommands[v]
}

// PPM_FCNTL_* by F_*; those that are missing are 0 (unknown).
var fcntlCommands = map[uint64]uint64{
	6: 8, 7: 9, 8: 10, 9: 12, 10: 13, 11: 15, 12: 17, 13: 18, 14: 19, 15: 21, 16: 22, 36: 30, 37: 31, 38: 32,
	1024: 23, 1025: 24, 1026: 27, 1029: 25, 1030: 26, 1031: 28, 1032: 29,
}

func sockoptLevel(v uint64) uint64 {
	switch uint32(v) {
	case solSocket:
		return 1
	case 6: // SOL_TCP
		return 2
	}
	return 0
}

const solSocket = 1

// sockoptName is the option of setsockopt and getsockopt in argument 2, whose level is in argument 1. Only those of
// sockets in general have names, with the kernel's numbers; three came later in a second shape.
func sockoptName(_ *encoder, r *record, p *rule) uint64 {
	return sockoptNumber(uint32(r.args[1]), uint32(r.number(p.src)))
}

func sockoptNumber(level, name uint32) uint64 {
	if level != solSocket {
		return 0
	}
	switch {
	case name == 66:
		return 20 // SO_RCVTIMEO
	case name == 67:
		return 21 // SO_SNDTIMEO
	case name <= 31 || name >= 33 && name <= 57 && name <= 53:
		return uint64(name)
	case name == 32:
		return 32 // SO_SNDBUFFORCE
	}
	return 0
}

func rlimitResource(v uint64) uint64 {
	if v > 15 {
		return 255
	}
	return v
}

func semgetFlags(v uint64) uint64 {
	return v&0o777 | mapBits(v, []bit{{0o1000, 1 << 13}, {0o2000, 1 << 14}})
}

func semFlags(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		return mapBits(number(r, p.src, off, 2, 0), []bit{{0o4000, 1}, {0x1000, 2}})
	}
}

var semctlCommands = map[uint64]uint64{
	0: 4, 1: 2, 2: 1, 3: 8, 11: 256, 12: 512, 13: 64, 14: 128, 15: 1024, 16: 4096, 17: 2048, 18: 32, 19: 16,
}

func semctlCommand(v uint64) uint64 { return semctlCommands[v&0xff] }

// semctlVal is the argument of SETVAL; those of other commands are pointers.
func semctlVal(_ *encoder, r *record, p *rule) uint64 {
	if r.args[2]&0xff == 16 {
		return uint64(uint32(r.number(p.src)))
	}
	return 0
}

func fchownatFlags(v uint64) uint64 { return mapBits(v, []bit{{0x100, 1024}, {0x1000, 4096}}) }

func execveatFlags(v uint64) uint64 { return mapBits(v, []bit{{0x1000, 1}, {0x100, 2}}) }

func uringFlagsOf(_ *encoder, r *record, p *rule) uint64 {
	return mapBits(number(r, p.src, 8, 4, 0), []bit{{1, 1}, {2, 2}, {4, 8}, {8, 16}, {16, 32}, {32, 64}, {64, 128}})
}

func mountFlags(v uint64) uint64 {
	if v&0xffff0000 == 0xc0ed0000 { // a magic number that old programs put before the flags
		v &= 0xffff
	}
	return v
}

func mknodMode(v uint64) uint64 {
	if v&0o170000 == 0 {
		v |= 0o100000
	}
	return v
}

// mknodDev takes apart the number that programs use and makes the kernel's of it.
func mknodDev(v uint64) uint64 {
	major, minor := v&0xfff00>>8, v&0xff|v>>12&0xfff00
	return major<<20 | minor
}

func epollFlags(v uint64) uint64 { return mapBits(v, []bit{{0o2000000, 1}}) }

func pidfdFlags(v uint64) uint64 { return mapBits(v, []bit{{0o4000, 1}}) }

func deleteModuleFlags(v uint64) uint64 { return mapBits(v, []bit{{0o4000, 2}, {0o1000, 1}}) }

var ptraceRequests = map[uint64]uint64{
	0: 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7, 7: 8, 8: 9, 9: 10, 12: 26, 13: 27, 14: 28, 15: 29, 16: 11, 17: 12, 18: 30, 19: 31, 21: 32, 24: 13, 25: 33, 26: 34, 30: 35,
	31: 36, 32: 37, 33: 38, 0x4200: 14, 0x4201: 15, 0x4202: 16, 0x4203: 17, 0x4204: 18, 0x4205: 19, 0x4206: 20, 0x4207: 21, 0x4208: 22, 0x4209: 23, 0x420a: 24, 0x420b: 25,
}

func ptraceRequest(v uint64) uint64 { return ptraceRequests[v] }

var quotaCommands = map[uint64]uint64{
	0x800001: 128, 0x800002: 1, 0x800003: 2, 0x800004: 4, 0x800005: 8, 0x800006: 16, 0x800007: 32, 0x800008: 64,
	0x5801: 256, 0x5802: 512, 0x5803: 1024, 0x5804: 2048, 0x5805: 4096, 0x5806: 8192, 0x5807: 16384,
}

func quotaCommand(v uint64) uint64 { return quotaCommands[uint64(uint32(v)>>8)] }

func quotaType(v uint64) uint64 { return mapBits(v+1, []bit{{1, 1}, {2, 2}}) }

func quotaFormatNumber(v uint64) uint64 {
	switch v {
	case 1:
		return 2
	case 2:
		return 4
	case 4:
		return 8
	}
	return 1
}

const (
	quotaOn      = 1
	quotaGetFmt  = 4
	quotaGetInfo = 8
	quotaSetInfo = 16
	quotaGet     = 32
	quotaSet     = 64
)

// quotaFormat is the format that quotaon is given.
func quotaFormat(_ *encoder, r *record, _ *rule) uint64 {
	if quotaCommand(r.args[0]) == quotaOn {
		return quotaFormatNumber(r.args[2])
	}
	return 1
}

// quotaBlock reads struct if_dqblk, quotaInfo struct if_dqinfo, where the command moves one.
func quotaBlock(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		if cmd := quotaCommand(r.args[0]); cmd != quotaGet && cmd != quotaSet {
			return 0
		}
		return number(r, p.src, off, 8, 0)
	}
}

func quotaInfo(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		if cmd := quotaCommand(r.args[0]); cmd != quotaGetInfo && cmd != quotaSetInfo {
			return 0
		}
		if p.size == 1 {
			return number(r, p.src, off, 4, 0)
		}
		return number(r, p.src, off, 8, 0)
	}
}

func quotaFormatOut(_ *encoder, r *record, p *rule) uint64 {
	if quotaCommand(r.args[0]) == quotaGetFmt {
		return quotaFormatNumber(number(r, p.src, 0, 4, 0))
	}
	return 1
}

// quotaPath is the file that quotaon is given.
func quotaPath(_ *encoder, r *record, p *rule, b []byte) []byte {
	if quotaCommand(r.args[0]) == quotaOn {
		return append(b, r.str(p.src)...)
	}
	return b
}

func pollFlags(v uint16) uint16 {
	return uint16(mapBits(uint64(v), []bit{
		{1, 1}, {2, 2}, {4, 4}, {0x2000, 8}, {8, 16}, {0x10, 32}, {0x20, 64}, {0x40, 128}, {0x80, 256}, {0x100, 512}, {0x200, 1024},
	}))
}

// faultFlags makes PPM_PF_* of the error code of a page fault on x86.
func faultFlags(v uint64) uint64 {
	out := mapBits(v, []bit{{1, 1}, {2, 4}, {4, 16}, {8, 64}, {16, 128}})
	if v&1 == 0 {
		out |= 2
	}
	if v&2 == 0 {
		out |= 8
	}
	if v&4 == 0 {
		out |= 32
	}
	return out
}
