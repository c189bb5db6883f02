package field

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/evtable"
)

func TestEveryFieldIsExtractedOrExcused(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range All() {
		require.False(t, seen[f.Name], "%s is there twice", f.Name)
		seen[f.Name] = true
		answered := f.x.value != nil || f.x.text != nil
		excused := f.Unavailable() != ""
		require.NotEqual(t, answered, excused, "%s: answered %t, excused %t", f.Name, answered, excused)
		require.NotEmpty(t, f.Help, f.Name)
		if answered && f.Name != "evt.rawarg" {
			require.NotEqual(t, None, f.Kind(), "%s has no kind", f.Name)
		}
		if f.Arg != ArgNone {
			require.NotEmpty(t, f.Syntax, "%s takes an argument and does not say how", f.Name)
		}
	}
	for name := range unavailable {
		require.True(t, seen[name], "%s is excused but no field", name)
	}
	for _, part := range []map[string]extractor{
		evtFields, ioFields, processFields, threadFields, fdFields, pathFields, containerFields,
	} {
		for name := range part {
			require.True(t, seen[name], "%s is extracted but no field", name)
		}
	}
}

// arguments are examples for fields that need one, or take one.
var arguments = map[string]string{
	"evt.arg": ".fd", "evt.rawarg": ".res", "evt.type.is": ".open", "evt.around": "[1700000000000000000]", "proc.aname": "[1]", "proc.args": "[0]",
	"thread.cgroup": ".cpu", "fd.types": "[3]", "proc.aenv": "[HOME]", "proc.env": "[HOME]", "proc.aargs": "[1]", "proc.apid": "[1]",
}

// refs returns every field, those with arguments with and without one.
func refs(t *testing.T) []Ref {
	t.Helper()
	var list []Ref
	for _, f := range All() {
		arg, ok := arguments[f.Name]
		if !ok && f.Arg == ArgRequired {
			arg = "[key]"
		}
		if f.Arg != ArgRequired && arg != "" {
			r, err := Parse(f.Name)
			require.NoError(t, err)
			list = append(list, r)
		}
		r, err := Parse(f.Name + arg)
		require.NoError(t, err)
		list = append(list, r)
	}
	return list
}

func TestNoEventMakesAFieldPanic(t *testing.T) {
	t.Parallel()
	all := refs(t)
	for _, fill := range []int{-1, 0, 8, 37} { // bytes of each parameter; -1: no parameters
		s := begin(t)
		for id := range evtable.Types {
			var params [][]byte
			if fill >= 0 {
				for i := range evtable.Types[id].Params {
					params = append(params, bytes.Repeat([]byte{byte(i + 1)}, fill))
				}
			}
			for _, calls := range []bool{false, true} {
				s.calls = calls
				c := s.event(200, uint16(id), params...)
				for i := range all {
					r := &all[i]
					v := r.Value(c)
					text, ok := r.Append(nil, c)
					require.Equal(t, v.Kind != None, ok, "%s of %s: value and text disagree: %q", r.String(), evtable.Types[id].PPME, text)
					if k := r.F.Kind(); ok && k != None {
						require.Equal(t, k, v.Kind, "%s of %s", r.String(), evtable.Types[id].PPME)
					}
					r.Values(c, func(Value) bool { return true })
				}
			}
		}
	}
}

func TestValueAndTextAgree(t *testing.T) {
	t.Parallel()
	all := refs(t)
	s := begin(t)
	for _, c := range []*Ctx{s.read(3), s.read(5), s.open(7, -100, "/x/y"), s.open(-13, 4, "z"), s.event(1, evtable.SyscallBrk4E, i64(0))} {
		for i := range all {
			r := &all[i]
			text, ok := r.Append(nil, c)
			v := r.Value(c)
			if ok && v.Kind == String {
				require.Equal(t, string(text), string(v.B), r.String())
			}
		}
	}
}
