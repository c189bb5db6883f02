package rpc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/rpc"
	"github.com/scapls/scapls/rpc/rpctest"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session/store"
)

// keeping returns a client of a server with a store in dir.
func keeping(t *testing.T, dir string) *rpctest.Client {
	t.Helper()
	s := store.Open(store.Options{Dir: dir})
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	fake := &rpctest.Fake{}
	c := rpctest.Serve(t, fake.Open(), rpc.Options{Store: s})
	c.Initialize("")
	return c.Client
}

// changed returns the next scapls/store/changed.
func changed(t *testing.T, c *rpctest.Client) wire.StoreChangedParams {
	t.Helper()
	return rpctest.Decode[wire.StoreChangedParams](t, c.Notification(wire.StoreChanged.Name).Params)
}

func TestTwoWindowsShareWhatIsKept(t *testing.T) {
	dir := t.TempDir()
	a, b := keeping(t, dir), keeping(t, dir)
	saved := rpctest.Call(a, wire.SavedPut, wire.SavedFilter{Name: "n", Text: "evt.type = open", Language: wire.LanguageSysdig})
	require.Equal(t, wire.StoreChangedParams{Kinds: []wire.StoreKind{wire.StoreSaved}, Own: true}, changed(t, a))
	require.Equal(t, wire.StoreChangedParams{Kinds: []wire.StoreKind{wire.StoreSaved}}, changed(t, b))
	require.Equal(t, []wire.SavedFilter{saved}, rpctest.Call(b, wire.SavedList, wire.Empty{}).Filters)
	saved.Description = "by b"
	rpctest.Call(b, wire.SavedPut, saved)
	require.Equal(t, []wire.SavedFilter{saved}, rpctest.Call(a, wire.SavedList, wire.Empty{}).Filters)
	rpctest.Call(a, wire.SavedDelete, wire.IDParams{ID: saved.ID})
	require.Empty(t, rpctest.Call(b, wire.SavedList, wire.Empty{}).Filters)

	rpctest.Call(a, wire.HistoryPut, wire.HistoryPutParams{Text: "x"})
	rpctest.Call(b, wire.HistoryPut, wire.HistoryPutParams{Text: "x"})
	h := rpctest.Call(a, wire.HistoryList, wire.LimitParams{}).Entries
	require.Len(t, h, 1)
	require.Equal(t, 2, h[0].Count)
	rpctest.Call(a, wire.HistoryDelete, wire.HistoryDeleteParams{Text: "x"})
	require.Empty(t, rpctest.Call(b, wire.HistoryList, wire.LimitParams{}).Entries)

	info := rpctest.Call(a, wire.StoreInfo, wire.Empty{})
	require.Equal(t, wire.StoreInfoResult{Path: filepath.Join(dir, "store.db"), Problems: []string{}}, info)
}

func TestCapturesThatWereOpenedAndHowTheyWereLookedAt(t *testing.T) {
	c := keeping(t, t.TempDir())
	dir := t.TempDir()
	path := filepath.Join(dir, "a.scap")
	require.NoError(t, os.WriteFile(path, []byte("capture"), 0o600))
	open := rpctest.Call(c, wire.Open, wire.OpenParams{Path: path})
	require.Equal(t, wire.StoreChangedParams{Kinds: []wire.StoreKind{wire.StoreRecent}, Own: true}, changed(t, c))
	recent := rpctest.Call(c, wire.RecentList, wire.LimitParams{}).Captures
	require.Len(t, recent, 1)
	require.NotEmpty(t, recent[0].Opened)
	recent[0].Opened = ""
	require.Equal(t, wire.RecentCapture{Path: path, Name: "a.scap", Size: "7"}, recent[0])

	require.False(t, rpctest.Call(c, wire.ViewGet, wire.SessionParams{Session: open.Session}).Found)
	state := wire.ViewState{
		Query: wire.Query{View: wire.ViewCalls, Filter: "proc.name = x"}, Num: 7, Top: 3, Time: wire.TimeRelative,
		Columns: []wire.ColumnSetting{{ID: "evt.num", Width: 9}}, Extra: `{"split":0.4}`,
	}
	rpctest.Call(c, wire.ViewPut, wire.ViewPutParams{Session: open.Session, State: state})
	got := rpctest.Call(c, wire.ViewGet, wire.SessionParams{Session: open.Session})
	require.True(t, got.Found)
	require.Equal(t, state, got.State)
	require.NoError(t, os.Rename(path, filepath.Join(dir, "b.scap")))
	moved := rpctest.Call(c, wire.Open, wire.OpenParams{Path: filepath.Join(dir, "b.scap")})
	require.Equal(t, state, rpctest.Call(c, wire.ViewGet, wire.SessionParams{Session: moved.Session}).State)
	require.False(t, rpctest.Call(c, wire.ViewGet, wire.SessionParams{Session: open.Session}).Found, "its file is gone")
	c.Fails(rpctest.Go(c, wire.ViewGet, wire.SessionParams{Session: "s99"}), int(wire.CodeUnknownSession))

	rpctest.Call(c, wire.RecentDelete, wire.RecentDeleteParams{})
	require.Empty(t, rpctest.Call(c, wire.RecentList, wire.LimitParams{}).Captures)
}

func TestFilterButtonsColumnsAndSettings(t *testing.T) {
	c := keeping(t, t.TempDir())
	groups := rpctest.Call(c, wire.ButtonsList, wire.Empty{}).Groups
	require.Equal(t, "Commands", groups[0].Name)
	b := groups[0].Buttons[0]
	require.True(t, b.Shipped && !b.Edited)
	b.Label = "mine"
	require.True(t, rpctest.Call(c, wire.ButtonsPut, b).Edited)
	added := rpctest.Call(c, wire.ButtonsPut, wire.FilterButton{Group: "New", Label: "x", Text: "evt.type = open"})
	rpctest.Call(c, wire.ButtonsOrder, wire.ButtonsOrderParams{Order: []string{"New"}})
	now := rpctest.Call(c, wire.ButtonsList, wire.Empty{}).Groups
	require.Equal(t, []wire.FilterButtonGroup{{Name: "New", Buttons: []wire.FilterButton{added}}}, now[:1])
	require.Equal(t, "mine", now[1].Buttons[0].Label)
	rpctest.Call(c, wire.ButtonsDelete, wire.IDParams{ID: added.ID})
	rpctest.Call(c, wire.ButtonsReset, wire.IDParams{ID: b.ID})
	require.Equal(t, groups, rpctest.Call(c, wire.ButtonsList, wire.Empty{}).Groups)

	set := rpctest.Call(c, wire.ColumnsPut, wire.ColumnSet{Name: "s", Columns: []wire.ColumnSetting{{ID: "evt.num"}}})
	require.Equal(t, []wire.ColumnSet{set}, rpctest.Call(c, wire.ColumnsList, wire.Empty{}).Sets)

	put := wire.CaptureSettings{Snaplen: 256, Command: []string{"ls", "-l"}, Target: "u@h"}
	kept := rpctest.Call(c, wire.SettingsPut, put)
	require.Equal(t, kept.ID, rpctest.Call(c, wire.SettingsPut, put).ID, "the same options again")
	list := rpctest.Call(c, wire.SettingsList, wire.LimitParams{}).Settings
	require.Len(t, list, 1)
	put.ID, put.Used = list[0].ID, list[0].Used
	require.Equal(t, put, list[0])
	rpctest.Call(c, wire.SettingsDelete, wire.IDParams{ID: kept.ID})
	require.Empty(t, rpctest.Call(c, wire.SettingsList, wire.LimitParams{}).Settings)

	text := rpctest.Call(c, wire.StoreExport, wire.StoreExportParams{}).Text
	require.Equal(t, wire.StoreImportResult{Columns: 1}, rpctest.Call(c, wire.StoreImport, wire.StoreImportParams{Text: text}))
	e := c.Fails(rpctest.Go(c, wire.SavedPut, wire.SavedFilter{}), int(wire.CodeBadRequest))
	require.Equal(t, "A saved filter needs a name.", e.Message)
	c.Fails(rpctest.Go(c, wire.StoreImport, wire.StoreImportParams{Text: "x"}), int(wire.CodeBadRequest))
}

func TestADamagedStoreIsTold(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "store.db"), []byte("rubbish"), 0o600))
	c := keeping(t, dir)
	m := c.Notification("window/showMessage")
	require.Contains(t, string(m.Params), "was damaged")
	require.Len(t, rpctest.Call(c, wire.StoreInfo, wire.Empty{}).Problems, 1)
}
