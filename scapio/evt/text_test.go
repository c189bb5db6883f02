package evt

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/scapls/scapls/scapio/evtable"
	"github.com/stretchr/testify/require"
)

// world is a fixed set of names.
type world struct{}

func (world) FD(num int64) (FD, bool) {
	switch num {
	case 3:
		return FD{TypeChar: 'f', Name: "/etc/pass\x01wd"}, true
	case 4:
		return FD{TypeChar: '4', L4Char: 't', Name: "1.2.3.4:5->6.7.8.9:80"}, true
	case 5:
		return FD{TypeChar: 'd', Name: "/home"}, true
	case 6:
		return FD{TypeChar: 'l'}, true
	}
	return FD{}, false
}
func (world) Comm(tid int64) (string, bool)   { return "bash", tid == 100 }
func (world) User(uid uint32) (string, bool)  { return "root", uid == 0 }
func (world) Group(gid uint32) (string, bool) { return "wheel", gid == 10 }
func (world) Cwd() string                     { return "/tmp/" }
func (world) Dir(int64) string                { panic("not used") }
func le64(v int64) []byte                     { return binary.LittleEndian.AppendUint64(nil, uint64(v)) }
func le32(v uint32) []byte                    { return binary.LittleEndian.AppendUint32(nil, v) }
func le16(v uint16) []byte                    { return binary.LittleEndian.AppendUint16(nil, v) }
func str(s string) []byte                     { return append([]byte(s), 0) }
func cat(parts ...[]byte) (out []byte)        { return append(out, join(parts)...) }
func join(parts [][]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// one is an event with a single parameter.
func one(p evtable.Param, v []byte) *Args {
	if p.DirFD == 0 {
		p.DirFD = -1
	}
	a := &Args{Type: &evtable.Type{ID: 9999, Params: []evtable.Param{p}}, N: 1}
	a.P[0] = v
	return a
}

func TestAValueIsPrintedByItsType(t *testing.T) {
	num := func(pt evtable.PT, f evtable.Format) evtable.Param { return evtable.Param{Type: pt, Format: f} }
	of := func(pt evtable.PT) evtable.Param { return evtable.Param{Type: pt, Format: evtable.Dec} }
	flags := func(pt evtable.PT, table []evtable.Flag) evtable.Param {
		return evtable.Param{Type: pt, Format: evtable.Hex, Flags: table}
	}
	tests := []struct {
		name string
		p    evtable.Param
		v    []byte
		want string
	}{
		{"a decimal number is signed", num(evtable.PTUint32, evtable.Dec), le32(math.MaxUint32), "-1"},
		{"hex is upper case", num(evtable.PTUint64, evtable.Hex), le64(0x7ffeab), "7FFEAB"},
		{"hex of zero", num(evtable.PTUint64, evtable.Hex), le64(0), "0"},
		{"octal has a zero in front", num(evtable.PTUint32, evtable.Oct), le32(0o644), "0644"},
		{"octal zero", num(evtable.PTUint32, evtable.Oct), le32(0), "0"},
		{"padded to nine digits", num(evtable.PTUint64, evtable.PaddedDec), le64(42), "000000042"},
		{"an empty number", of(evtable.PTUint32), []byte{}, "<NA>"},
		{"a number of another width is read by its width", of(evtable.PTUint64), le32(7), "7"},
		{"a number of odd width is raw", of(evtable.PTUint64), []byte{1, 2, 0xab}, "0102ab"},
		{"a known descriptor", of(evtable.PTFD), le64(3), "3(<f>/etc/passwd)"},
		{"a socket", of(evtable.PTFD), le64(4), "4(<4t>1.2.3.4:5->6.7.8.9:80)"},
		{"an unknown descriptor", of(evtable.PTFD), le64(77), "77"},
		{"the working directory", of(evtable.PTFD), le64(-100), "-100(AT_FDCWD)"},
		{"a failed descriptor", of(evtable.PTFD), le64(-2), "-2(ENOENT)"},
		{"a narrow descriptor", of(evtable.PTFD32), le32(3), "3(<f>/etc/passwd)"},
		{"a known process", of(evtable.PTPID), le64(100), "100(bash)"},
		{"an unknown process", of(evtable.PTPID), le64(101), "101"},
		{"root", of(evtable.PTUID), le32(0), "0(root)"},
		{"an unknown user", of(evtable.PTUID), le32(5), "5(<NA>)"},
		{"no user", of(evtable.PTUID), le32(math.MaxUint32), "-1(<NONE>)"},
		{"a group", of(evtable.PTGID), le32(10), "10(wheel)"},
		{"an error", of(evtable.PTErrno), le64(-11), "-11(EAGAIN)"},
		{"an error without a name", of(evtable.PTErrno), le64(-9999), "-9999"},
		{"the smallest number", of(evtable.PTErrno), le64(math.MinInt64), "-9223372036854775808"},
		{"flags in table order", flags(evtable.PTFlags32, evtable.FileFlags), le32(4097), "4097(O_RDONLY|O_CLOEXEC)"},
		{"flags of zero", flags(evtable.PTFlags32, evtable.FileFlags), le32(0), "0(O_NONE)"},
		{"flags nobody knows", flags(evtable.PTFlags32, evtable.FileFlags), le32(1 << 31), "2147483648"},
		{"an enum with two names", flags(evtable.PTEnumflags32, evtable.SocketFamilies), le32(1), "1(AF_LOCAL|AF_UNIX)"},
		{"a signal", of(evtable.PTSigtype), []byte{9}, "9(SIGKILL)"},
		{"no signal", of(evtable.PTSigtype), []byte{77}, "77"},
		{"a set of signals", of(evtable.PTSigset), le32(1<<8 | 1), "SIGHUP SIGKILL"},
		{"a system call", of(evtable.PTSyscallid), le16(3), "3(read)"},
		{"a system call nobody knows", of(evtable.PTSyscallid), le16(60000), "60000(<unknown syscall>)"},
		{"a duration", of(evtable.PTReltime), le64(1000000), "1000000(0.001s)"},
		{"a long duration", of(evtable.PTReltime), le64(1e15), "1000000000000000(1e+06s)"},
		{"a short duration", of(evtable.PTReltime), le64(10), "10(1e-08s)"},
		{"no duration", of(evtable.PTReltime), le64(-1), "none"},
		{"a time", of(evtable.PTAbstime), le64(1700000000000000001), "2023-11-14 22:13:20.000000001"},
		{"a string", of(evtable.PTCharbuf), cat(str("a\nb"), str("c")), "a\nb"},
		{"no string", of(evtable.PTCharbuf), str("(NULL)"), "<NA>"},
		{"an absolute path", of(evtable.PTFspath), str("/a/\x01b"), "/a/b"},
		{"a relative path", of(evtable.PTFspath), str("../x"), "../x(/x)"},
		{"an empty path", of(evtable.PTFspath), str(""), ""},
		{"bytes", of(evtable.PTBytebuf), []byte("a\x00b\xff~"), "a.b.~"},
		{"no bytes", of(evtable.PTBytebuf), []byte{}, "NULL"},
		{"eighty bytes", of(evtable.PTBytebuf), []byte(strings.Repeat("x", 80)), strings.Repeat("x", 80)},
		{"more than eighty", of(evtable.PTBytebuf), []byte(strings.Repeat("x", 81)), strings.Repeat("x", 77) + "..."},
		{"an address", of(evtable.PTSockaddr), cat([]byte{2, 127, 0, 0, 1}, le16(53)), "127.0.0.1:53"},
		{"an IPv6 address", of(evtable.PTSockaddr), cat([]byte{10}, netip.MustParseAddr("fe80::1").AsSlice(), le16(53)), "fe80::1:53"},
		{"a unix address", of(evtable.PTSockaddr), cat([]byte{1}, str("/run/\x01x")), "/run/x"},
		{"another address", of(evtable.PTSockaddr), []byte{16, 1, 2}, "family 16"},
		{"no address", of(evtable.PTSockaddr), []byte{}, "<NA>"},
		{
			"a tuple", of(evtable.PTSocktuple), cat([]byte{2, 1, 2, 3, 4}, le16(5), []byte{6, 7, 8, 9}, le16(80)),
			"1.2.3.4:5->6.7.8.9:80",
		},
		{
			"a mapped tuple", of(evtable.PTSocktuple),
			cat([]byte{10}, netip.MustParseAddr("::ffff:1.2.3.4").AsSlice(), le16(5), make([]byte, 16), le16(80)), "1.2.3.4:5->0.0.0.0:80",
		},
		{"a unix tuple", of(evtable.PTSocktuple), cat([]byte{1}, le64(0xab), le64(-1), str("/x")), "ab->ffffffffffffffff /x"},
		{"no tuple", of(evtable.PTSocktuple), []byte{}, "NULL"},
		{
			"a poll list", of(evtable.PTFdlist), cat(le16(2), le64(3), le16(1), le64(9), le16(0x8001)), "3:f1 9:?ffff8001",
		},
		{"strings", of(evtable.PTCharbufarray), cat(str("a"), str("b")), "a.b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, string(AppendParam(nil, one(tt.p, tt.v), 0, world{}, nil)))
		})
	}
}

func TestADynamicValueIsPrintedByItsSelectedType(t *testing.T) {
	p := evtable.Param{Type: evtable.PTDyn, Dyn: []evtable.DynParam{{Type: evtable.PTFD, Format: evtable.Dec}, {Type: evtable.PTErrno, Format: evtable.Dec}}}
	for want, v := range map[string][]byte{
		"NULL": {}, "INVALID DYNAMIC PARAMETER": {2, 1}, "3(<f>/etc/passwd)": cat([]byte{0}, le64(3)), "-1(EPERM)": cat([]byte{1}, le64(-1)),
	} {
		require.Equal(t, want, string(AppendParam(nil, one(p, v), 0, world{}, nil)))
	}
}

func TestPartsAndPlainArguments(t *testing.T) {
	a := one(evtable.Param{Type: evtable.PTFD, Format: evtable.Dec}, le64(3))
	out, at := ParamParts([]byte("x"), a, 0, world{}, nil)
	require.Equal(t, "x3", string(out[:at]))
	require.Equal(t, "<f>/etc/passwd", string(out[at:]))
	require.Equal(t, "x<f>/etc/passwd", string(AppendArg([]byte("x"), a, 0, world{}, nil)))
	require.Equal(t, "x3", string(AppendArg([]byte("x"), a, 0, nil, nil)))
}

func TestARelativePathBelongsToItsDirectory(t *testing.T) {
	for fd, want := range map[int64]string{
		-100: "x(/tmp/x)", 5: "x(/home/x)", 6: "x(x)", 77: "x(x)",
	} {
		a := &Args{Type: &evtable.Types[evtable.SyscallUnlinkat2X], N: 3}
		a.P[0], a.P[1], a.P[2] = le64(0), le64(fd), str("x")
		require.Equal(t, want, string(AppendParam(nil, a, 2, world{}, nil)))
	}
}

func TestWhatTheTableDoesNotKnowIsRaw(t *testing.T) {
	a := &Args{N: 2}
	a.P[0], a.P[1] = []byte{1, 0xab}, nil
	require.Equal(t, "arg0=01ab arg1=", string(AppendArgs(nil, a, world{}, nil)))
	a.P[0] = make([]byte, 100)
	require.Equal(t, strings.Repeat("0", 76)+"...", string(AppendParam(nil, a, 0, nil, nil)))
}

func TestAStyleMovesTheLimitAndTheZone(t *testing.T) {
	a := one(evtable.Param{Type: evtable.PTBytebuf}, []byte("0123456789"))
	require.Equal(t, "01...", string(AppendParam(nil, a, 0, nil, &Style{BufLimit: 5})))
	require.Equal(t, "..", string(AppendParam(nil, one(evtable.Param{Type: evtable.PTBytebuf}, []byte{0, 1}), 0, nil, &Style{BufLimit: -1})))
	a = one(evtable.Param{Type: evtable.PTAbstime}, le64(0))
	require.Equal(t, "1970-01-01 01:00:00.000000000", string(AppendParam(nil, a, 0, nil, &Style{Loc: time.FixedZone("", 3600)})))
	a = one(evtable.Param{Type: evtable.PTSockaddr}, []byte{})
	require.Equal(t, "NULL", string(AppendParam(nil, a, 0, nil, &Style{Legacy: true})))
}

func TestPathsAreJoinedAsTheKernelWouldWalkThem(t *testing.T) {
	for _, tt := range []struct{ base, p, want string }{
		{"/tmp/", "a", "/tmp/a"},
		{"/tmp/", "/a", "/a"},
		{"/tmp/", "", ""},
		{"/tmp/", ".", "/tmp"},
		{"/tmp/", "./a/../b", "/tmp/b"},
		{"/tmp/", "../../..", "/"},
		{"/tmp/", "../../../x", "/x"},
		{"/tmp/", "a//b/", "/tmp/a/b"},
		{"/", "..", "/"},
		{"", "../bar", "bar"},
		{"", "sub/", "sub"},
		{"", "..", ""},
		{"rel/", "../x", "x"},
		{"rel/", "..//x", "x"},
		{"/tmp/", "a../b", "/tmp/a../b"},
		{"/tmp/", "..a", "/tmp/..a"},
		{"/tmp/", "a\x01b", "/tmp/a.b"},
		{"/a//", "b", "/a//b"},
		{"/", strings.Repeat("x", 1024), "/DIR_TOO_LONG/FILENAME_TOO_LONG"},
	} {
		require.Equal(t, "dst"+tt.want, string(JoinPath([]byte("dst"), tt.base, []byte(tt.p))), "%q %q", tt.base, tt.p)
	}
}

func TestIPv6IsWrittenAsInetNtopDoes(t *testing.T) {
	for _, s := range []string{
		"::", "::1", "fe80::1", "1::", "2001:db8::1:0:0:1", "2001:db8:0:1:1:1:1:1", "1:0:0:2::3", "::ffff:1.2.3.4", "::1.2.3.4",
		"1:2:3:4:5:6:7:8", "0:1::", "::2:0:0:1", "64:ff9b::102:304",
	} {
		require.Equal(t, s, string(AppendIPv6(nil, netip.MustParseAddr(s).AsSlice())))
	}
}

func TestResultsOfCalls(t *testing.T) {
	require.Equal(t, "SUCCESS", string(AppendRes(nil, 7)))
	require.Equal(t, "ENOENT", string(AppendRes(nil, -2)))
	require.Equal(t, "-9999", string(AppendRes(nil, -9999)))
}
