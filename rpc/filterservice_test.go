package rpc_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// oldSysmix returns a server with a capture open, and its session.
func oldSysmix(t *testing.T) (*rpctest.Server, string) {
	t.Helper()
	c := serveCaptures(t)
	c.Initialize("")
	s := rpctest.Call(c.Client, wire.Open, wire.OpenParams{Path: scapiotest.Repo(t, "live_old-sysmix.scap")}).Session
	require.Eventually(t, func() bool {
		r := rpctest.Call(c.Client, wire.FilterComplete, wire.FilterAtParams{Session: s, Text: "proc.name = ", Caret: 12})
		return len(r.Items) > 0 && !r.Incomplete // all events are counted
	}, rpctest.Timeout, 20e6)
	return c, s
}

func TestFilterCheckTellsStateDiagnosticsAndColours(t *testing.T) {
	c, s := oldSysmix(t)
	check := func(text string, lang wire.Language) wire.FilterCheckResult {
		return rpctest.Call(c.Client, wire.FilterCheck, wire.FilterParams{Session: s, Text: text, Language: lang})
	}
	r := check("", "")
	require.Equal(t, wire.FilterEmpty, r.State)
	require.Empty(t, r.Tokens)

	r = check("proc.name = sysmix", "")
	require.Equal(t, wire.FilterAccepted, r.State)
	require.Equal(t, wire.LanguageSysdig, r.Language)
	require.Equal(t, []wire.FilterToken{
		{Start: 0, End: 9, Kind: wire.TokenField}, {Start: 10, End: 11, Kind: wire.TokenOperator}, {Start: 12, End: 18, Kind: wire.TokenString},
	}, r.Tokens)

	r = check("fd.name = é𝄞 and proc.nme = 3", "")
	require.Equal(t, wire.FilterError, r.State)
	require.Equal(t, wire.SeverityError, r.Diagnostics[0].Severity, "the worst first")
	require.Equal(t, []int{18, 26}, []int{r.Diagnostics[0].Start, r.Diagnostics[0].End}, "UTF-16")
	require.Equal(t, wire.FilterFix{Title: "write proc.name", Start: 18, End: 26, Text: "proc.name"}, r.Diagnostics[0].Fixes[0])

	r = check("proc.name = sysmx", "")
	require.Equal(t, wire.FilterWarning, r.State)
	require.Contains(t, r.Diagnostics[0].Message, "no event of this capture has proc.name sysmx; there is sysmix (")
	require.Equal(t, "sysmix", r.Diagnostics[0].Fixes[0].Text)
	require.Equal(t, wire.FilterAccepted, rpctest.Call(c.Client, wire.FilterCheck, wire.FilterParams{Text: "proc.name = sysmx"}).State, "no capture")

	r = check(`sysdig.event_name == "openat" && fd.num == 3`, "")
	require.Equal(t, wire.LanguageWireshark, r.Language)
	require.Equal(t, wire.FilterAccepted, r.State, "%v", r.Diagnostics)
	require.Equal(t, wire.FilterError, check("proc.name = x", wire.LanguageWireshark).State)

	c.Fails(rpctest.Go(c.Client, wire.FilterCheck, wire.FilterParams{Text: "x", Language: "perl"}), -32602)
	c.Fails(rpctest.Go(c.Client, wire.FilterCheck, wire.FilterParams{Text: strings.Repeat("x", 1<<17)}), -32602)
}

func TestFilterCompleteOffersWhatOccurs(t *testing.T) {
	c, s := oldSysmix(t)
	first := func(text string) wire.Completion {
		r := rpctest.Call(c.Client, wire.FilterComplete, wire.FilterAtParams{Session: s, Text: text, Caret: len(text)})
		require.NotEmpty(t, r.Items, text)
		return r.Items[0]
	}
	it := first("proc.name = sy")
	require.Equal(t, wire.Completion{
		Label: "sysmix", Kind: wire.CompletionValue, Detail: it.Detail, Start: 12, End: 14, Insert: "sysmix", Caret: 6,
	}, it)
	require.Regexp(t, `^[0-9,]+ events$`, it.Detail)
	it = first("evt.type = soc")
	require.Equal(t, "socket", it.Label)
	require.Contains(t, it.Doc, "Makes a socket")
	it = first("proc.na")
	require.Equal(t, "proc.name", it.Label)
	require.True(t, it.Again)
	require.Equal(t, "proc.name ", it.Insert)

	rpctest.Call(c.Client, wire.SavedPut, wire.SavedFilter{Name: "Zebra", Text: "fd.num = 77"})
	it = first("zeb")
	require.Equal(t, wire.CompletionSaved, it.Kind)
	require.Equal(t, "fd.num = 77", it.Insert)

	r := rpctest.Call(c.Client, wire.FilterComplete, wire.FilterAtParams{Session: s, Text: "fd.name = é𝄞 or proc.name = sys and fd.num = 3", Caret: 32})
	require.Equal(t, "sysmix", r.Items[0].Label)
	require.Equal(t, []int{29, 32}, []int{r.Items[0].Start, r.Items[0].End}, "UTF-16")
	for _, caret := range []int{-5, 1 << 30} {
		rpctest.Call(c.Client, wire.FilterComplete, wire.FilterAtParams{Session: s, Text: "x", Caret: caret})
	}
}

func TestFilterHoverExplains(t *testing.T) {
	c, s := oldSysmix(t)
	hover := func() wire.FilterHoverResult {
		return rpctest.Call(c.Client, wire.FilterHover, wire.FilterAtParams{Session: s, Text: "evt.type = socket", Caret: 13})
	}
	require.Eventually(t, func() bool { return strings.Contains(hover().Markdown, "of this capture") }, rpctest.Timeout, 20e6, "values are counted in the background")
	r := hover()
	require.Equal(t, []int{11, 17}, []int{r.Start, r.End})
	require.Contains(t, r.Markdown, "Makes a socket")
	require.Contains(t, r.Markdown, "https://man7.org/linux/man-pages/man2/socket.2.html")
	require.Contains(t, r.Markdown, "events of this capture have it")
	require.Equal(t, wire.FilterHoverResult{}, rpctest.Call(c.Client, wire.FilterHover, wire.FilterAtParams{Text: "   ", Caret: 1}))
}

func TestFilterSignatureTellsOfTheArgumentAtTheCaret(t *testing.T) {
	c := serveCaptures(t)
	c.Initialize("")
	at := func(text string) wire.FilterSignatureResult {
		before, after, ok := strings.Cut(text, "|")
		require.True(t, ok)
		return rpctest.Call(c.Client, wire.FilterSignature, wire.FilterAtParams{Text: before + after, Caret: len([]rune(before))})
	}
	r := at("fd.name = é and proc.aname[|2] = x")
	require.Equal(t, "[level]", r.Label[r.Start:r.End], r.Label)
	require.Contains(t, r.Label, "proc.aname")
	require.NotEmpty(t, r.Markdown)
	require.Contains(t, at("evt.arg[|").Label, "evt.arg")
	require.Contains(t, at("tolower(|proc.name) = x").Label, "tolower(")
	for _, text := range []string{"|proc.aname[2] = x", "proc.aname[2] = x|", "proc.name|", "|"} {
		require.Equal(t, wire.FilterSignatureResult{}, at(text), text)
	}
	c.Fails(rpctest.Go(c.Client, wire.FilterSignature, wire.FilterAtParams{Text: "x", Language: "perl"}), -32602)
}

// TestValuesThatAreStillCountedArePending asks for a field nobody has asked for before until the answer is whole.
func TestValuesThatAreStillCountedArePending(t *testing.T) {
	c, s := oldSysmix(t)
	const text = "fd.sport = "
	complete := func() wire.FilterCompleteResult {
		return rpctest.Call(c.Client, wire.FilterComplete, wire.FilterAtParams{Session: s, Text: text, Caret: len(text)})
	}
	require.True(t, complete().Pending, "counted for the first time")
	require.Eventually(t, func() bool { return !complete().Pending }, rpctest.Timeout, 20e6)
	require.NotEmpty(t, complete().Items)

	check := func() wire.FilterCheckResult {
		return rpctest.Call(c.Client, wire.FilterCheck, wire.FilterParams{Session: s, Text: "proc.exe = nosuchprogram"})
	}
	require.True(t, check().Pending)
	require.Eventually(t, func() bool { return !check().Pending }, rpctest.Timeout, 20e6)
	require.Equal(t, wire.FilterWarning, check().State)
	require.False(t, rpctest.Call(c.Client, wire.FilterCheck, wire.FilterParams{Text: "proc.exe = nosuchprogram"}).Pending, "no capture")
}

func TestFilterFromMakesFiltersOfWhatIsShown(t *testing.T) {
	c, s := oldSysmix(t)
	page := rpctest.Call(c.Client, wire.PageOf, wire.PageParams{Session: s, Query: wire.Query{View: wire.ViewEvents}, Start: 100, Count: 1, Columns: []string{"proc.name"}})
	row := page.Rows[0]
	from := func(p wire.FilterFromParams) wire.FilterTextResult {
		p.Session, p.Num = s, row.Num
		return rpctest.Call(c.Client, wire.FilterFrom, p)
	}
	name := row.Cells[0]
	require.Equal(t, wire.FilterTextResult{Text: "proc.name = " + name, Language: wire.LanguageSysdig},
		from(wire.FilterFromParams{Kind: wire.SourceCell, Column: "proc.name"}))
	require.Equal(t, "(fd.num = 1 or fd.num = 2) and not proc.name = "+name,
		from(wire.FilterFromParams{Kind: wire.SourceCell, Column: "proc.name", Mode: wire.ModeAndNot, Base: "fd.num = 1 or fd.num = 2"}).Text)
	require.Equal(t, wire.FilterTextResult{Text: `fd.num == 1 && fd.num == 2 or proc.name == "` + name + `"`, Language: wire.LanguageWireshark},
		from(wire.FilterFromParams{Kind: wire.SourceNode, Field: "proc.name", Mode: wire.ModeOr, Base: "fd.num == 1 && fd.num == 2"}))
	require.Regexp(t, `^proc\.pid = [0-9]+ or proc\.apid = [0-9]+$`, from(wire.FilterFromParams{Kind: wire.SourceDescendants}).Text)

	items := rpctest.Call(c.Client, wire.Processes, wire.AtParams{Session: s}).Items
	text := rpctest.Call(c.Client, wire.FilterFrom, wire.FilterFromParams{Session: s, Kind: wire.SourceItem, Method: wire.Processes.Name, ID: items[0].ID}).Text
	require.Regexp(t, `^(proc\.pid|thread\.tid) = `, text)

	e := c.Fails(rpctest.Go(c.Client, wire.FilterFrom, wire.FilterFromParams{Session: s, Kind: "nothing", Num: row.Num}), int(wire.CodeBadRequest))
	require.Contains(t, e.Message, "cannot be made")
	c.Fails(rpctest.Go(c.Client, wire.FilterFrom, wire.FilterFromParams{Session: s, Kind: wire.SourceCell, Column: "evt.num", Mode: "maybe"}), -32602)
	c.Fails(rpctest.Go(c.Client, wire.FilterFrom, wire.FilterFromParams{Session: s, Kind: wire.SourceCell, Column: "nosuch"}), int(wire.CodeBadRequest))
}
