package format

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/filter/field"
	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

// event returns a close of descriptor 3 by "a\xffb", a process with two arguments.
func event() *field.Ctx {
	c := &field.Ctx{}
	c.Reset()
	c.Num, c.TS = 7, 1_700_000_000_000_000_001
	c.Ev = evt.Event{Type: evtable.SyscallCloseX, TID: 20, CPU: 1}
	c.Res, c.HasRes = 0, true
	c.FDNum = 3
	c.T = &state.Thread{
		TID: 20, PID: 20, Comm: "a\xffb",
		Program: &state.Program{Exe: `/bin/"x",y`, ExePath: "/bin/é", Args: "-n\x00a\nb\x00", CapEffective: 1, ExeIno: 1 << 60},
	}
	c.View = state.NewMachine().At(0)
	c.Names = state.Names{View: c.View, T: c.T}
	c.Args.Type = &evtable.Types[evtable.SyscallCloseX]
	c.Args.P[0], c.Args.N = make([]byte, 8), 1
	return c
}

func TestAppend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ about, format, want string }{
		{"text around fields", "n=%evt.num t=%evt.type.", "n=7 t=close.\n"},
		{"a width pads", "%5evt.num|", "7    |\n"},
		{"a width cuts", "%3evt.type|", "clo|\n"},
		{"a width of nothing", "%0evt.type|", "close|\n"},
		{"the longest name is the field", "%evt.numX", "7X\n"},
		{"a transform", "%toupper(evt.type)%len(evt.type)", "CLOSE5\n"},
		{"bytes as they are", "%proc.name", "a\xffb\n"},
		{"nothing at all", "", "\n"},
		{"text only", "x*", "x*\n"},
		{"a missing value leaves the event out", "%evt.num %proc.aname[1]", ""},
		{"with an asterisk it is printed", "*%evt.num %proc.aname[1] %8fd.type|", "7 <NA> <NA>    |\n"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			f, err := Compile(c.format)
			require.NoError(t, err)
			out, ok := f.Append([]byte("> "), event())
			require.Equal(t, "> "+c.want, string(out))
			require.Equal(t, c.want != "", ok)
		})
	}
}

func TestCompileTellsWhereTheFaultIs(t *testing.T) {
	t.Parallel()
	for text, msg := range map[string]string{
		"a %":                 "format, position 3: a field must follow the percent sign",
		"%%":                  "format, position 2: ",
		"%-10evt.num":         "format, position 2: ",
		"ab %evt.nmu":         `format, position 5: field "evt.nmu": unknown field; did you mean evt.num`,
		"%99999999evt.num":    "the width is more than",
		"%fd.net":             `field "fd.net" is for filters only`,
		"%toupper(proc.nmae)": `format, position 10: field "proc.nmae": unknown field; did you mean proc.name`,
		"%12":                 "a field must follow",
		"%evt.arg.zz":         "format, position 10: ",
	} {
		_, err := Compile(text)
		require.ErrorContains(t, err, msg, text)
	}
}

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	f, err := Compile("*%proc.name %evt.num %evt.num %evt.rawtime %evt.failed %proc.exe %proc.args %fd.type %proc.exepath %proc.exe_ino %evt.outputtime")
	require.NoError(t, err)
	out, ok := f.AppendJSON(nil, event())
	require.True(t, ok)
	require.Equal(t, `{"evt.failed":false,"evt.num":7,"evt.outputtime":"1700000000000000001","evt.rawtime":"1700000000000000001",`+
		`"proc.args":"-n a\nb","proc.exe":"/bin/\"x\",y","proc.exe_ino":"1152921504606846976","proc.exepath":"/bin/é","proc.name":"a\\xffb"}`+"\n", string(out))
	require.True(t, json.Valid(out))

	out, ok = Default().AppendJSON(nil, event())
	require.True(t, ok)
	require.True(t, json.Valid(out), string(out))
	require.Contains(t, string(out), `"evt.dir":"<"`)
	require.NotContains(t, string(out), `evt.latency`)

	strict, err := Compile("%evt.num %fd.type")
	require.NoError(t, err)
	out, ok = strict.AppendJSON([]byte("x"), event())
	require.False(t, ok)
	require.Equal(t, "x", string(out))
}

func TestAppendCSV(t *testing.T) {
	t.Parallel()
	f, err := New("evt.num", "proc.exe", "fd.type", "proc.name", "proc.args")
	require.NoError(t, err)
	require.Equal(t, "evt.num,proc.exe,fd.type,proc.name,proc.args\n", string(f.AppendCSVHeader(nil)))
	out, ok := f.AppendCSV(nil, event())
	require.True(t, ok)
	require.Equal(t, "7,\"/bin/\"\"x\"\",y\",,a\\xffb,\"-n a\nb\"\n", string(out))
	strict, err := Compile("%evt.num %fd.type")
	require.NoError(t, err)
	_, ok = strict.AppendCSV(nil, event())
	require.False(t, ok)
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "é\x00\n": "é\x00\n", "a\xff\xfeb": `a\xff\xfeb`, "\xe2\x82": `\xe2\x82`, "\xed\xa0\x80": `\xed\xa0\x80`, "�": "�",
	} {
		got := Text([]byte("<"), []byte(in))
		require.Equal(t, "<"+want, string(got))
		require.True(t, utf8.Valid(got))
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "é a": "é a", "a\n\tb\r": `a\n\tb\r`, "\x00\x1b[1m\x7f": `\x00\x1b[1m\x7f`, "\u0085é\xff\n": `\x85é\xff\n`,
	} {
		require.Equal(t, "<"+want, string(Line([]byte("<"), []byte(in))))
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range []string{"*%evt.num %8proc.name", "%toupper(basename(proc.exepath))", "%", "%%", "%12", "%evt.arg[0]%evt.arg.fd", "%proc.env[A]x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := Compile(text)
		if err != nil {
			var fe *Error
			require.ErrorAs(t, err, &fe)
			require.GreaterOrEqual(t, fe.Pos, 0)
			require.LessOrEqual(t, fe.Pos, len(text))
			return
		}
		c := event()
		out, ok := x.Append(nil, c)
		require.Equal(t, ok, strings.HasSuffix(string(out), "\n"))
		out, ok = x.AppendJSON(nil, c)
		require.True(t, !ok || json.Valid(out), "%q", out)
		x.AppendCSV(nil, c)
	})
}

func BenchmarkDefaultJSON(b *testing.B) {
	c, f := event(), Default()
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		c.Reset()
		buf, _ = f.AppendJSON(buf[:0], c)
	}
}
