package rpc

import (
	"context"
	"os"
	"strconv"
	"sync"

	"go.lsp.dev/protocol"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session/store"
)

// storeEntries binds the methods of what is kept between runs.
func (p *peer) storeEntries() []entry {
	return []entry{
		concurrent(p, wire.RecentList, p.recentList),
		concurrent(p, wire.RecentDelete, p.recentDelete),
		concurrent(p, wire.HistoryList, p.historyList),
		concurrent(p, wire.HistoryPut, p.historyPut),
		concurrent(p, wire.HistoryDelete, p.historyDelete),
		concurrent(p, wire.SavedList, p.savedList),
		concurrent(p, wire.SavedPut, p.savedPut),
		concurrent(p, wire.SavedDelete, p.deleter(store.KindSaved)),
		concurrent(p, wire.ButtonsList, p.buttonsList),
		concurrent(p, wire.ButtonsPut, p.buttonsPut),
		concurrent(p, wire.ButtonsDelete, p.buttonsDelete),
		concurrent(p, wire.ButtonsReset, p.buttonsReset),
		concurrent(p, wire.ButtonsOrder, p.buttonsOrder),
		concurrent(p, wire.ColumnsList, p.columnsList),
		concurrent(p, wire.ColumnsPut, p.columnsPut),
		concurrent(p, wire.ColumnsDelete, p.deleter(store.KindColumns)),
		concurrent(p, wire.ViewGet, p.viewGet),
		concurrent(p, wire.ViewPut, p.viewPut),
		concurrent(p, wire.SettingsList, p.settingsList),
		concurrent(p, wire.SettingsPut, p.settingsPut),
		concurrent(p, wire.SettingsDelete, p.settingsDelete),
		concurrent(p, wire.ColorsList, p.colorsList),
		concurrent(p, wire.ColorsPut, p.colorsPut),
		concurrent(p, wire.ColorsReset, p.colorsReset),
		concurrent(p, wire.ColorsText, p.colorsText),
		concurrent(p, wire.ColorsRead, p.colorsRead),
		concurrent(p, wire.StoreExport, p.storeExport),
		concurrent(p, wire.StoreImport, p.storeImport),
		concurrent(p, wire.StoreInfo, p.storeInfo),
	}
}

func ns(v int64) string { return strconv.FormatInt(v, 10) }

// opened adds a capture to the recent ones.
func (p *peer) opened(path string) {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() { // standard input, a pipe
		return
	}
	if err := p.store.AddRecent(path, fi.Size()); err != nil {
		p.log.Warn("recent capture not kept", "path", path, "err", err)
	}
}

// recentList serves scapls/store/recent/list.
func (p *peer) recentList(_ context.Context, params *wire.LimitParams) (wire.RecentResult, error) {
	list, err := p.store.Recents(params.Limit)
	return wire.RecentResult{Captures: each(list, toRecent)}, err
}

// recentDelete serves scapls/store/recent/delete.
func (p *peer) recentDelete(_ context.Context, params *wire.RecentDeleteParams) (wire.Empty, error) {
	return wire.Empty{}, p.store.DeleteRecent(params.Path)
}

// historyList serves scapls/store/history/list.
func (p *peer) historyList(_ context.Context, params *wire.LimitParams) (wire.HistoryResult, error) {
	list, err := p.store.History(params.Limit)
	return wire.HistoryResult{Entries: each(list, func(u store.Used) wire.HistoryEntry {
		return wire.HistoryEntry{Text: u.Text, Language: wire.Language(u.Language), Used: ns(u.Used), Count: u.Count}
	})}, err
}

// historyPut serves scapls/store/history/put.
func (p *peer) historyPut(_ context.Context, params *wire.HistoryPutParams) (wire.Empty, error) {
	return wire.Empty{}, p.store.AddHistory(store.Filter{Text: params.Text, Language: string(params.Language)})
}

// historyDelete serves scapls/store/history/delete.
func (p *peer) historyDelete(_ context.Context, params *wire.HistoryDeleteParams) (wire.Empty, error) {
	return wire.Empty{}, p.store.DeleteHistory(store.Filter{Text: params.Text, Language: string(params.Language)})
}

// savedList serves scapls/store/saved/list.
func (p *peer) savedList(context.Context, *wire.Empty) (wire.SavedResult, error) {
	list, err := p.store.Saved()
	return wire.SavedResult{Filters: each(list, toSaved)}, err
}

// savedPut serves scapls/store/saved/put.
func (p *peer) savedPut(_ context.Context, params *wire.SavedFilter) (wire.SavedFilter, error) {
	f, err := p.store.PutSaved(store.Saved{
		ID: params.ID, Name: params.Name, Description: params.Description,
		Filter: store.Filter{Text: params.Text, Language: string(params.Language)},
	})
	return toSaved(f), err
}

// deleter returns the handler that deletes records of a kind by their id.
func (p *peer) deleter(k store.Kind) func(context.Context, *wire.IDParams) (wire.Empty, error) {
	return func(_ context.Context, params *wire.IDParams) (wire.Empty, error) {
		return wire.Empty{}, p.store.Delete(k, params.ID)
	}
}

// buttonsList serves scapls/store/buttons/list.
func (p *peer) buttonsList(context.Context, *wire.Empty) (wire.ButtonsResult, error) {
	groups, err := p.store.Buttons()
	return wire.ButtonsResult{Groups: each(groups, func(g store.ButtonGroup) wire.FilterButtonGroup {
		return wire.FilterButtonGroup{Name: g.Name, Buttons: each(g.Buttons, toButton)}
	})}, err
}

// buttonsPut serves scapls/store/buttons/put.
func (p *peer) buttonsPut(_ context.Context, params *wire.FilterButton) (wire.FilterButton, error) {
	b, err := p.store.PutButton(store.Button{
		ID: params.ID, Group: params.Group, Label: params.Label, Tip: params.Tip, Hidden: params.Hidden,
		Filter: store.Filter{Text: params.Text, Language: string(params.Language)},
	})
	return toButton(b), err
}

// buttonsDelete serves scapls/store/buttons/delete.
func (p *peer) buttonsDelete(_ context.Context, params *wire.IDParams) (wire.Empty, error) {
	return wire.Empty{}, p.store.DeleteButton(params.ID)
}

// buttonsReset serves scapls/store/buttons/reset.
func (p *peer) buttonsReset(_ context.Context, params *wire.IDParams) (wire.Empty, error) {
	return wire.Empty{}, p.store.ResetButton(params.ID)
}

// buttonsOrder serves scapls/store/buttons/order.
func (p *peer) buttonsOrder(_ context.Context, params *wire.ButtonsOrderParams) (wire.Empty, error) {
	return wire.Empty{}, p.store.OrderButtons(params.Group, params.Order)
}

// columnsList serves scapls/store/columns/list.
func (p *peer) columnsList(context.Context, *wire.Empty) (wire.ColumnsResult, error) {
	list, err := p.store.Columns()
	return wire.ColumnsResult{Sets: each(list, toColumnSet)}, err
}

// columnsPut serves scapls/store/columns/put.
func (p *peer) columnsPut(_ context.Context, params *wire.ColumnSet) (wire.ColumnSet, error) {
	c, err := p.store.PutColumns(store.ColumnSet{
		ID: params.ID, Name: params.Name,
		Columns: each(params.Columns, func(c wire.ColumnSetting) store.Column {
			return store.Column{ID: c.ID, Width: c.Width, Align: string(c.Align), Title: c.Title}
		}),
	})
	return toColumnSet(c), err
}

// viewGet serves scapls/store/view/get.
func (p *peer) viewGet(ctx context.Context, params *wire.SessionParams) (wire.ViewResult, error) {
	var none wire.ViewState
	none.Columns = []wire.ColumnSetting{}
	path, err := p.pathOf(ctx, params.Session)
	if err != nil || path == "" {
		return wire.ViewResult{State: none}, err
	}
	v, ok, err := p.store.View(path)
	if err != nil || !ok {
		if err != nil {
			p.log.Info("view not found", "path", path, "err", err)
		}
		return wire.ViewResult{State: none}, nil
	}
	state, err := decode[wire.ViewState]([]byte(v.State))
	if err != nil { // of another version; it will be replaced
		p.log.Info("view not read", "path", path, "err", err)
		return wire.ViewResult{State: none}, nil
	}
	return wire.ViewResult{Found: true, Used: ns(v.Used), State: *state}, nil
}

// viewPut serves scapls/store/view/put.
func (p *peer) viewPut(ctx context.Context, params *wire.ViewPutParams) (wire.Empty, error) {
	path, err := p.pathOf(ctx, params.Session)
	if err != nil || path == "" {
		return wire.Empty{}, err
	}
	state, err := encode(params.State)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, p.store.PutView(path, []byte(state))
}

// pathOf returns the file of a session, "" when it has none that can be looked at again.
func (p *peer) pathOf(ctx context.Context, id string) (string, error) {
	p.mu.Lock()
	s := p.sessions[id]
	p.mu.Unlock()
	_, _, release, err := p.use(ctx, id) // it must be open
	if err != nil {
		return "", err
	}
	release()
	if s == nil { // it was opened in between, under an id that nobody was told
		return "", errUnknownSession
	}
	if fi, err := os.Stat(s.path); err != nil || !fi.Mode().IsRegular() {
		return "", nil
	}
	return s.path, nil
}

// settingsList serves scapls/store/settings/list.
func (p *peer) settingsList(_ context.Context, params *wire.LimitParams) (wire.SettingsResult, error) {
	list, err := p.store.Settings(params.Limit)
	out := wire.SettingsResult{Settings: []wire.CaptureSettings{}}
	for _, v := range list {
		if s, err := toSettings(v); err == nil {
			out.Settings = append(out.Settings, s)
		}
	}
	return out, err
}

// settingsPut serves scapls/store/settings/put.
func (p *peer) settingsPut(_ context.Context, params *wire.CaptureSettings) (wire.CaptureSettings, error) {
	options := *params
	options.ID, options.Name, options.Used = "", "", ""
	doc, err := encode(options)
	if err != nil {
		return wire.CaptureSettings{}, err
	}
	v, err := p.store.PutSettings(store.Settings{ID: params.ID, Name: params.Name, Options: []byte(doc)})
	if err != nil {
		return wire.CaptureSettings{}, err
	}
	return toSettings(v)
}

// settingsDelete serves scapls/store/settings/delete.
func (p *peer) settingsDelete(_ context.Context, params *wire.IDParams) (wire.Empty, error) {
	if params.ID == "" {
		return wire.Empty{}, p.store.Clear(store.KindSettings)
	}
	return wire.Empty{}, p.store.Delete(store.KindSettings, params.ID)
}

// storeExport serves scapls/store/export.
func (p *peer) storeExport(_ context.Context, params *wire.StoreExportParams) (wire.StoreExportResult, error) {
	text, err := p.store.Export(each(params.Kinds, func(k wire.StoreKind) store.Kind { return store.Kind(k) })...)
	return wire.StoreExportResult{Text: text}, err
}

// storeImport serves scapls/store/import.
func (p *peer) storeImport(_ context.Context, params *wire.StoreImportParams) (wire.StoreImportResult, error) {
	n, err := p.store.Import(params.Text)
	return wire.StoreImportResult{Saved: n.Saved, Buttons: n.Buttons, Columns: n.Columns, Colors: n.Colors}, err
}

// storeInfo serves scapls/store/info.
func (p *peer) storeInfo(context.Context, *wire.Empty) (wire.StoreInfoResult, error) {
	return wire.StoreInfoResult{Path: p.store.Path(), Problems: p.store.Problems()}, nil
}

// storeWatch tells the client of changes and problems of the store.
type storeWatch struct {
	wake chan struct{}

	mu       sync.Mutex // guards all below
	own      map[store.Kind]bool
	foreign  map[store.Kind]bool
	problems int // told so far
}

// changed takes a change in, without blocking.
func (w *storeWatch) changed(c store.Change) {
	w.mu.Lock()
	set := w.foreign
	if c.Own {
		set = w.own
	}
	for _, k := range c.Kinds {
		set[k] = true
	}
	w.mu.Unlock()
	w.poke()
}

func (w *storeWatch) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// watchStore tells of changes until the connection ends, then calls forget. Nothing is sent before the client has been
// initialized.
func (p *peer) watchStore(forget func()) {
	w := p.storeWatch
	defer forget()
	for {
		select {
		case <-w.wake:
		case <-p.ctx.Done():
			return
		}
		if !p.isInitialized() {
			continue
		}
		w.mu.Lock()
		own, foreign := drainKinds(w.own), drainKinds(w.foreign)
		w.mu.Unlock()
		if told(own, foreign) {
			p.reloadNotes()
		}
		for _, c := range []wire.StoreChangedParams{{Kinds: foreign}, {Kinds: own, Own: true}} {
			if len(c.Kinds) > 0 {
				p.notify(wire.StoreChanged.Name, c)
			}
		}
		for problems := p.store.Problems(); w.problems < len(problems); w.problems++ {
			p.notify("window/showMessage", &protocol.ShowMessageParams{
				Type: protocol.MessageTypeWarning, Message: valid(problems[w.problems]),
			})
		}
	}
}

// drainKinds empties a set and returns what was in it, in the order of the kinds.
func drainKinds(set map[store.Kind]bool) (list []wire.StoreKind) {
	for _, k := range []wire.StoreKind{
		wire.StoreRecent, wire.StoreHistory, wire.StoreSaved, wire.StoreButtons, wire.StoreColumns, wire.StoreView, wire.StoreSettings,
		wire.StoreColors, wire.StoreNotes,
	} {
		if set[store.Kind(k)] {
			list = append(list, k)
		}
	}
	clear(set)
	return list
}
