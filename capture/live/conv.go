package live

import "encoding/binary"

// conv is how a parameter is made of what its source gave.
type conv uint8

// The conversions. Those up to convStr are done by encoder.param itself, the others are in numberConvs (parameters of
// a fixed size) and byteConvs.
const (
	conv64 conv = iota
	conv32
	conv16
	conv8
	convInt // a C int, widened
	convBytes
	convStr
	convNone

	// numbers in memory
	convU32
	convU64
	convU320
	convU324
	convU3212
	convU3216
	convU3220
	convS64OrUnset0
	convS64OrUnset8
	convTimespec
	convTimespecOrNone
	convSigset
	convCapset0
	convCapset4
	convCapset8
	convSemNum0
	convSemOp0
	convSemFlg0
	convSemNum1
	convSemOp1
	convSemFlg1
	convSemctlVal
	convDqb0
	convDqb8
	convDqb16
	convDqb24
	convDqb32
	convDqb48
	convDqb56
	convDqi0
	convDqi8
	convDqi16
	convQuotaFmtOut
	convPrctlInt

	// flags and names of the kernel as libscap numbers them
	convOpenFlags
	convOpenFlagsX
	convOpenMode1
	convOpenMode2
	convHowFlags
	convHowFlagsX
	convHowMode
	convHowResolve
	convCreatFlags
	convFdFlags
	convProt
	convMmapFlags
	convCloneFlags
	convFcntlCmd
	convSolLevel
	convSolName
	convRlimit
	convSemgetFlags
	convSemctlCmd
	convFchownatFlags
	convExecveatFlags
	convUringFlags
	convMountFlags
	convMknodMode
	convMknodDev
	convEpollFlags
	convPidfdFlags
	convDeleteModuleFlags
	convPtraceRequest
	convQuotaCmd
	convQuotaType
	convQuotaFmt

	// files and sockets
	convDev
	convIno
	convFd1
	convFd2
	convSk
	convPeer
	convQueuePct
	convQueueLen
	convQueueMax
	convTotal
	convMmsg

	// processes
	convTid
	convPid
	convPtid
	convVtid
	convVpid
	convUid
	convGid
	convFdlimit
	convMajflt
	convMinflt
	convVmSize
	convVmRss
	convVmSwap
	convPidnsTs
	convTty
	convPgid
	convVpgid
	convLoginuid
	convExeFlags
	convCapInheritable
	convCapPermitted
	convCapEffective
	convExeIno
	convExeCtime
	convExeMtime

	// values of any length
	convPollEvents
	convPollRevents
	convSockaddr
	convTupleOut
	convTupleIn
	convTupleOutMsg
	convTupleInMsg
	convVectorBytes
	convControl
	convSockopt
	convPtraceAddr
	convPtraceData
	convPrctlStr
	convQuotaPath
	convFsconfigBytes
	convFsconfigStr
	convKeyctl
	convExe
	convArgs
	convEnv
	convComm
	convCgroups
	convExepath

	numConvs
)

type (
	numberConv func(e *encoder, r *record, p *rule) uint64
	byteConv   func(e *encoder, r *record, p *rule, b []byte) []byte
)

var numberConvs = [numConvs]numberConv{
	conv16: register, conv8: register,
	convInt: func(_ *encoder, r *record, p *rule) uint64 { return uint64(int64(int32(r.number(p.src)))) },

	convU32: anyU32, convU64: memory(0, 8, 0),
	convU320: memory(0, 4, 0), convU324: memory(4, 4, 0), convU3212: memory(12, 4, 0), convU3216: memory(16, 4, 0), convU3220: memory(20, 4, 0),
	convS64OrUnset0: memory(0, 8, unset), convS64OrUnset8: memory(8, 8, unset),
	convTimespec: timespec(0), convTimespecOrNone: timespec(unset),
	convSigset:  memory(0, 4, 0),
	convCapset0: capset(0), convCapset4: capset(4), convCapset8: capset(8),
	convSemNum0: memory(0, 2, 0), convSemOp0: memory(2, 2, 0), convSemFlg0: semFlags(4),
	convSemNum1: memory(6, 2, 0), convSemOp1: memory(8, 2, 0), convSemFlg1: semFlags(10),
	convSemctlVal: semctlVal,
	convDqb0:      quotaBlock(0), convDqb8: quotaBlock(8), convDqb16: quotaBlock(16), convDqb24: quotaBlock(24), convDqb32: quotaBlock(32),
	convDqb48: quotaBlock(48), convDqb56: quotaBlock(56),
	convDqi0: quotaInfo(0), convDqi8: quotaInfo(8), convDqi16: quotaInfo(16), convQuotaFmtOut: quotaFormatOut,
	convPrctlInt: prctlInt,

	convOpenFlags: flags(openFlags), convOpenFlagsX: openedFlags,
	convOpenMode1: openMode(1), convOpenMode2: openMode(2),
	convHowFlags: howFlags, convHowFlagsX: howFlagsOpened, convHowMode: howMode, convHowResolve: howResolve,
	convCreatFlags: creatFlags, convFdFlags: flags(fdFlags),
	convProt: flags(protFlags), convMmapFlags: flags(mmapFlags), convCloneFlags: cloneFlagsOf,
	convFcntlCmd: flags(fcntlCommand), convSolLevel: flags(sockoptLevel), convSolName: sockoptName, convRlimit: flags(rlimitResource),
	convSemgetFlags: flags(semgetFlags), convSemctlCmd: flags(semctlCommand),
	convFchownatFlags: flags(fchownatFlags), convExecveatFlags: flags(execveatFlags), convUringFlags: uringFlagsOf,
	convMountFlags: flags(mountFlags), convMknodMode: flags(mknodMode), convMknodDev: flags(mknodDev), convEpollFlags: flags(epollFlags),
	convPidfdFlags: flags(pidfdFlags), convDeleteModuleFlags: flags(deleteModuleFlags), convPtraceRequest: flags(ptraceRequest),
	convQuotaCmd: flags(quotaCommand), convQuotaType: flags(quotaType), convQuotaFmt: quotaFormat,

	convDev: fileDev, convIno: inode, convFd1: pairFD(0), convFd2: pairFD(4), convSk: memory(16, 8, 0), convPeer: memory(24, 8, 0),
	convQueuePct: queuePercent, convQueueLen: sockU32(sockBacklog), convQueueMax: sockU32(sockMaxBacklog),
	convTotal: vectorTotal, convMmsg: messageResult,

	convTid: func(_ *encoder, r *record, _ *rule) uint64 { return uint64(r.tid) },
	convPid: memory(procPID, 4, 0), convPtid: memory(procPtid, 4, 0), convVtid: memory(procVtid, 4, 0), convVpid: memory(procVpid, 4, 0),
	convUid: memory(procUID, 4, unset), convGid: memory(procGID, 4, unset),
	convFdlimit: memory(procFDLimit, 8, 0), convMajflt: memory(procMajflt, 8, 0), convMinflt: memory(procMinflt, 8, 0),
	convVmSize: vm(0), convVmRss: vm(4), convVmSwap: vm(8), convPidnsTs: pidnsTime,
	convTty: memory(procTTY, 4, 0), convPgid: memory(procPgid, 4, 0), convVpgid: memory(procVpgid, 4, 0), convLoginuid: memory(procLoginUID, 4, unset),
	convExeFlags:       exeFlags,
	convCapInheritable: memory(procCapInheritable, 8, 0), convCapPermitted: memory(procCapPermitted, 8, 0), convCapEffective: memory(procCapEffective, 8, 0),
	convExeIno: memory(procExeIno, 8, 0), convExeCtime: memory(procExeCtime, 8, 0), convExeMtime: memory(procExeMtime, 8, 0),
}

var byteConvs = [numConvs]byteConv{
	convNone:       func(_ *encoder, _ *record, _ *rule, b []byte) []byte { return b },
	convPollEvents: pollList(4), convPollRevents: pollList(6),
	convSockaddr: sockaddr,
	convTupleOut: tupleOut, convTupleIn: tupleIn, convTupleOutMsg: tupleOutMsg, convTupleInMsg: tupleInMsg,
	convVectorBytes: vectorBytes, convControl: control, convSockopt: sockopt,
	convPtraceAddr: ptraceAddr, convPtraceData: ptraceData,
	convPrctlStr: prctlString, convQuotaPath: quotaPath,
	convFsconfigBytes: fsconfigBytes, convFsconfigStr: fsconfigString, convKeyctl: keyctlArg,
	convExe: exe, convArgs: arguments, convEnv: environment, convComm: comm, convCgroups: cgroups, convExepath: exepath,
}

const unset = ^uint64(0)

func register(_ *encoder, r *record, p *rule) uint64 { return r.number(p.src) }

// anyU32 is a number of 32 bits in a register or in memory.
func anyU32(_ *encoder, r *record, p *rule) uint64 {
	if p.src < srcOp {
		return uint64(uint32(r.number(p.src)))
	}
	return number(r, p.src, 0, 4, 0)
}

// number reads size bytes at off of what an operation read.
func number(r *record, s source, off, size int, missing uint64) uint64 {
	b, _ := r.of(s, 0)
	if len(b) < off+size {
		return missing
	}
	switch size {
	case 8:
		return binary.LittleEndian.Uint64(b[off:])
	case 4:
		return uint64(binary.LittleEndian.Uint32(b[off:]))
	}
	return uint64(binary.LittleEndian.Uint16(b[off:]))
}

func memory(off, size int, missing uint64) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 { return number(r, p.src, off, size, missing) }
}

func timespec(missing uint64) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		b, _ := r.of(p.src, 0)
		if len(b) < 16 {
			return missing
		}
		return binary.LittleEndian.Uint64(b)*1e9 + binary.LittleEndian.Uint64(b[8:])
	}
}

// capset joins the two halves of a capability word: struct cap_user_data_struct[2].
func capset(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		return number(r, p.src, off, 4, 0) | number(r, p.src, off+12, 4, 0)<<32
	}
}

func flags(f func(uint64) uint64) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 { return f(r.number(p.src)) }
}

// vm reads the sizes of struct vminfo, or those of struct procinfo.
func vm(off int) numberConv {
	return func(_ *encoder, r *record, p *rule) uint64 {
		b, _ := r.of(p.src, 0)
		if len(b) >= procSize {
			return number(r, p.src, procVM+off, 4, 0)
		}
		return number(r, p.src, off, 4, 0)
	}
}

// vectorTotal is the sum of the lengths of a vector.
func vectorTotal(e *encoder, r *record, p *rule) uint64 {
	b, _ := r.of(p.src, e.base)
	if len(b) < 8 {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

// messageResult is what the call moved of the message at hand.
func messageResult(e *encoder, r *record, _ *rule) uint64 {
	if r.ret < 0 {
		return uint64(r.ret)
	}
	for i := range r.first {
		if b, status := r.section(i, e.base-1); status == 0 && len(b) == 4 {
			return uint64(binary.LittleEndian.Uint32(b))
		}
	}
	return uint64(r.ret)
}

func pollList(off int) byteConv {
	return func(_ *encoder, r *record, p *rule, b []byte) []byte {
		list, _ := r.of(p.src, 0)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(list)/8))
		for ; len(list) >= 8; list = list[8:] {
			fd := int32(binary.LittleEndian.Uint32(list))
			b = binary.LittleEndian.AppendUint64(b, uint64(int64(fd)))
			b = binary.LittleEndian.AppendUint16(b, pollFlags(binary.LittleEndian.Uint16(list[off:])))
		}
		return b
	}
}
