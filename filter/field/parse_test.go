package field

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ about, text, arg, again string }{
		{"a plain field", "proc.name", "", "proc.name"},
		{"a level in brackets", "proc.aname[2]", "2", "proc.aname[2]"},
		{"a parameter by name", "evt.arg.fd", "fd", "evt.arg.fd"},
		{"the longest parameter", "evt.rawarg.newpath", "newpath", "evt.rawarg.newpath"},
		{"a parameter by position", "evt.arg[0]", "0", "evt.arg[0]"},
		{"a key in quotes", `proc.env["A B"]`, "A B", `proc.env["A B"]`},
		{"quotes that are not needed", `proc.env['HOME']`, "HOME", "proc.env[HOME]"},
		{"a suffix", "evt.abspath.dst", "dst", "evt.abspath.dst"},
		{"a suffix that may be left out", "evt.abspath", "", "evt.abspath"},
		{"a subsystem", "thread.cgroup.cpuset", "cpuset", "thread.cgroup.cpuset"},
		{"a type's name", "evt.type.is.open", "open", "evt.type.is.open"},
		{"a label with dots", "container.label[io.kubernetes.pod.name]", "io.kubernetes.pod.name", "container.label[io.kubernetes.pod.name]"},
		{"an optional argument left out", "proc.args", "", "proc.args"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			r, err := Parse(c.text)
			require.NoError(t, err)
			require.Equal(t, c.arg, r.Arg)
			require.Equal(t, c.again, r.String())
		})
	}
	for _, c := range []struct{ about, text, msg string }{
		{"a slip of the finger is put right", "proc.nmae", `field "proc.nmae": unknown field; did you mean proc.name`},
		{"the class was forgotten", "sname", `did you mean proc.sname`},
		{"an argument where none is taken", "proc.name[1]", `field "proc.name": takes no argument`},
		{"no argument where one is needed", "evt.arg", `field "evt.arg": needs an argument: evt.arg[index] or .PARAMNAME`},
		{"a parameter no event has", "evt.arg.zzzz", `field "evt.arg.zzzz": no event has such a parameter`},
		{"a level that is no number", "proc.aname[x]", `"x" is not a valid number`},
		{"a bracket that does not end", "proc.aname[2", `the bracket does not end`},
		{"an empty bracket", "proc.env[]", `the bracket does not end`},
		{"text behind the field", "proc.names", `field "proc.names": unknown field; did you mean proc.name`},
		{"a field that left", "span.id", `field "span.id": left the tools years ago`},
		{"nothing", "", `unknown field`},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(c.text)
			require.ErrorContains(t, err, c.msg)
		})
	}
	t.Run("the longest name is taken and the rest left", func(t *testing.T) {
		t.Parallel()
		r, n, err := Scan("evt.numX")
		require.NoError(t, err)
		require.Equal(t, "evt.num", r.F.Name)
		require.Equal(t, 7, n)
	})
}

func TestParseExpr(t *testing.T) {
	t.Parallel()
	e, err := ParseExpr("toupper( basename(proc.exepath) )")
	require.NoError(t, err)
	require.Equal(t, "toupper(basename(proc.exepath))", e.String())
	require.Equal(t, String, e.Kind())
	for text, msg := range map[string]string{
		"len(fd.num)":             "len does not take it",
		"toupper(proc.apid[1])":   "toupper does not take it",
		"tolower(len(proc.name))": "tolower does not take it",
		"upper(proc.name)":        `unknown transform; did you mean toupper`,
		"len(proc.name":           "its bracket does not end",
		"len(proc.name) x":        "more text behind its end",
	} {
		_, err := ParseExpr(text)
		require.ErrorContains(t, err, msg, text)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"proc.aname[2]", "evt.arg.fd", `proc.env["A"]`, "toupper(len(proc.name))", "evt.abspath.src", "%", "k8s.pod.label.a/b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := ParseExpr(text)
		if err != nil {
			var fe *Error
			require.ErrorAs(t, err, &fe)
			require.GreaterOrEqual(t, fe.Start, 0)
			require.LessOrEqual(t, fe.Start, len(text))
			return
		}
		again, err := ParseExpr(e.String())
		require.NoError(t, err, e.String())
		require.Equal(t, e.String(), again.String())
		c := &Ctx{}
		c.Reset()
		e.Append(nil, c)
		e.Value(c)
	})
}
