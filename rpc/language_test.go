package rpc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
)

func TestFiltersAreTranslated(t *testing.T) {
	fake := &rpctest.Fake{}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{})
	c.Initialize("")
	r := rpctest.Call(c.Client, wire.FilterTranslate, wire.FilterTranslateParams{Text: "proc.name = bash and fd.num in (1, 2)", To: wire.LanguageWireshark})
	require.Equal(t, wire.FilterTranslateResult{OK: true, Text: `proc.name == "bash" and fd.num in {1, 2}`, Problems: []wire.FilterDiagnostic{}}, r)
	r = rpctest.Call(c.Client, wire.FilterTranslate, wire.FilterTranslateParams{Text: `proc.name = "😀" and proc.ppid = 1`, To: wire.LanguageWireshark})
	require.False(t, r.OK)
	require.Empty(t, r.Text)
	require.Len(t, r.Problems, 1)
	require.Equal(t, []int{21, 30}, []int{r.Problems[0].Start, r.Problems[0].End}, "UTF-16 units")
	c.Fails(rpctest.Go(c.Client, wire.FilterTranslate, wire.FilterTranslateParams{Text: "fd.num = 1"}), -32602)
}

func TestFiltersAreFormatted(t *testing.T) {
	fake := &rpctest.Fake{}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{})
	c.Initialize("")
	for text, want := range map[string]wire.FilterTextResult{
		"proc.name=='bash'and(fd.num=3)": {Text: "proc.name = bash and (fd.num = 3)", Language: wire.LanguageSysdig},
		"fd.num==3&&evt.is_io==1":        {Text: "fd.num == 3 and evt.is_io == 1", Language: wire.LanguageWireshark},
		"fd.num==3&&":                    {Text: "fd.num==3&&", Language: wire.LanguageWireshark},
		"":                               {Text: "", Language: wire.LanguageSysdig},
	} {
		require.Equal(t, want, rpctest.Call(c.Client, wire.FilterFormat, wire.FilterParams{Text: text}))
	}
}

func TestTheCatalogueCrossesTheWire(t *testing.T) {
	fake := &rpctest.Fake{}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{})
	c.Initialize("")
	byName := map[string]wire.FieldInfo{}
	for _, f := range rpctest.Call(c.Client, wire.FilterFields, wire.Empty{}).Fields {
		byName[f.Class+"/"+f.Name] = f
	}
	require.Greater(t, len(byName), 500)
	require.Equal(t, wire.FieldInfo{
		Name: "proc.aname", Class: "process", Type: "text", Argument: "[level]", Help: "comm of the N-th ancestor", Example: "proc.aname[2] = sshd",
		Stratoshark: "proc.aname.1",
	}, byName["process/proc.aname"])
	require.Equal(t, "sysdig.thread_id", byName["sysdig/sysdig.thread_id"].Stratoshark)
	require.NotEmpty(t, byName["container/container.name"].Needs)
}
