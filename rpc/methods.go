package rpc

import (
	"context"
	"encoding/base64"
	"strconv"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// maxBytes is the most that scapls/bytes returns at once.
const maxBytes = 64 << 10

// table binds the methods of package wire to their handlers.
func (p *peer) table() map[string]entry {
	entries := []entry{
		{wire.MethodInfo{Name: "initialize", Scheduling: wire.Ordered}, p.initialize},
		{wire.MethodInfo{Name: "shutdown", Scheduling: wire.Ordered}, p.shutdown},
		ordered(wire.Open, p.open),
		ordered(wire.Close, p.close),
		concurrent(p, wire.Members, p.members),
		concurrent(p, wire.Shift, p.shift),
		concurrent(p, wire.PageOf, p.page),
		concurrent(p, wire.SortOf, p.sort),
		concurrent(p, wire.ColumnsOf, p.columns),
		concurrent(p, wire.CopyOf, p.copy),
		concurrent(p, wire.DetailOf, p.detail),
		concurrent(p, wire.BytesOf, p.bytes),
		concurrent(p, wire.Processes, p.items(func(ctx context.Context, s Session, at uint64, _ int64) (string, []session.Item, error) {
			return s.Processes(ctx, at)
		})),
		concurrent(p, wire.FDs, p.items(func(ctx context.Context, s Session, at uint64, tid int64) (string, []session.Item, error) {
			return s.FDs(ctx, at, tid)
		})),
		concurrent(p, wire.Users, p.items(func(ctx context.Context, s Session, at uint64, _ int64) (string, []session.Item, error) {
			return s.Users(ctx, at)
		})),
		concurrent(p, wire.Groups, p.items(func(ctx context.Context, s Session, at uint64, _ int64) (string, []session.Item, error) {
			return s.Groups(ctx, at)
		})),
		concurrent(p, wire.Containers, p.items(func(ctx context.Context, s Session, at uint64, _ int64) (string, []session.Item, error) {
			return s.Containers(ctx, at)
		})),
		concurrent(p, wire.Interfaces, p.items(func(ctx context.Context, s Session, at uint64, _ int64) (string, []session.Item, error) {
			return s.Interfaces(ctx, at)
		})),
		concurrent(p, wire.Info, p.info),
		concurrent(p, wire.Goto, p.goTo),
		concurrent(p, wire.FilterCheck, p.filterCheck),
		concurrent(p, wire.FilterComplete, p.filterComplete),
		concurrent(p, wire.FilterHover, p.filterHover),
		concurrent(p, wire.FilterSignature, p.filterSignature),
		concurrent(p, wire.FilterFormat, p.filterFormat),
		concurrent(p, wire.FilterTranslate, p.filterTranslate),
		concurrent(p, wire.FilterCount, p.filterCount),
		concurrent(p, wire.FilterWhy, p.filterWhy),
		concurrent(p, wire.FilterFrom, p.filterFrom),
		concurrent(p, wire.FilterFields, p.filterFields),
		concurrent(p, wire.Find, p.find),
		concurrent(p, wire.FindCount, p.findCount),
		concurrent(p, wire.Related, p.related),
		concurrent(p, wire.Export, p.export),
		concurrent(p, wire.ColorsOf, p.colorsOf),
	}
	entries = append(entries, p.storeEntries()...)
	entries = append(entries,
		concurrent(p, wire.Stats, p.stats),
		concurrent(p, wire.StatsSave, p.statsSave),
		concurrent(p, wire.SeriesOf, p.series),
		concurrent(p, wire.HeatOf, p.heat),
		concurrent(p, wire.ScatterOf, p.scatter),
		concurrent(p, wire.TimelineOf, p.timeline),
		concurrent(p, wire.StreamOf, p.streamOf),
		concurrent(p, wire.StreamSave, p.streamSave),
		concurrent(p, wire.Explain, p.explain),
		concurrent(p, wire.Profiles, p.profiles),
		concurrent(p, wire.ProfilesMatch, p.profilesMatch),
		concurrent(p, wire.Report, p.report),
	)
	entries = append(entries, p.noteEntries()...)
	entries = append(entries, p.lspEntries()...)
	table := make(map[string]entry, len(entries))
	for _, e := range entries {
		table[e.info.Name] = e
	}
	return table
}

// page serves scapls/page.
func (p *peer) page(ctx context.Context, params *wire.PageParams) (wire.PageResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.PageResult{}, err
	}
	if params.Count < 0 || params.Count > session.MaxPage {
		return wire.PageResult{}, badParams("count is %d; a page has at most %d rows", params.Count, session.MaxPage)
	}
	format, err := fromTime(params.Time)
	if err != nil {
		return wire.PageResult{}, err
	}
	colors, err := fromColors(params.Colors)
	if err != nil {
		return wire.PageResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.PageResult{}, err
	}
	defer release()
	page, err := s.Page(ctx, session.PageRequest{
		Query: query, Start: uint64(params.Start), Count: params.Count, Columns: params.Columns, Time: format,
		Mark: params.Mark, Colors: colors, UTC: params.UTC, Precision: session.Precision(params.Precision),
	})
	if err != nil {
		return wire.PageResult{}, err
	}
	return toPage(page), nil
}

// detail serves scapls/detail.
func (p *peer) detail(ctx context.Context, params *wire.EventParams) (wire.DetailResult, error) {
	view, err := fromView(params.View)
	if err != nil {
		return wire.DetailResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.DetailResult{}, err
	}
	defer release()
	nodes, err := s.Detail(ctx, uint64(params.Num), view)
	if err != nil {
		return wire.DetailResult{}, err
	}
	return wire.DetailResult{Num: params.Num, Nodes: toNodes(nodes)}, nil
}

// bytes serves scapls/bytes.
func (p *peer) bytes(ctx context.Context, params *wire.BytesParams) (wire.BytesResult, error) {
	if params.Start < 0 || params.Count < 0 || params.Count > maxBytes {
		return wire.BytesResult{}, badParams("start is %d and count %d; count is at most %d", params.Start, params.Count, maxBytes)
	}
	count := params.Count
	if count == 0 {
		count = maxBytes
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.BytesResult{}, err
	}
	defer release()
	b, err := s.Bytes(ctx, uint64(params.Num), params.Start, count)
	if err != nil {
		return wire.BytesResult{}, err
	}
	return wire.BytesResult{
		Num: params.Num, Offset: strconv.FormatUint(b.Offset, 10), Total: b.Total, Start: params.Start,
		Data: base64.StdEncoding.EncodeToString(b.Data),
	}, nil
}

// items returns the handler of a state view.
func (p *peer) items(
	ask func(ctx context.Context, s Session, at uint64, tid int64) (string, []session.Item, error),
) func(context.Context, *wire.AtParams) (wire.ItemsResult, error) {
	return func(ctx context.Context, params *wire.AtParams) (wire.ItemsResult, error) {
		var tid int64
		if params.TID != "" {
			var err error
			if tid, err = strconv.ParseInt(params.TID, 10, 64); err != nil {
				return wire.ItemsResult{}, badParams("tid %.40q is no number", params.TID)
			}
		}
		s, ctx, release, err := p.use(ctx, params.Session)
		if err != nil {
			return wire.ItemsResult{}, err
		}
		defer release()
		title, items, err := ask(ctx, s, uint64(params.Num), tid)
		if err != nil {
			return wire.ItemsResult{}, err
		}
		return wire.ItemsResult{Num: params.Num, Title: title, Items: toItems(items)}, nil
	}
}

// info serves scapls/info.
func (p *peer) info(ctx context.Context, params *wire.SessionParams) (wire.InfoResult, error) {
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.InfoResult{}, err
	}
	defer release()
	sections, diagnostics, err := s.Info(ctx)
	if err != nil {
		return wire.InfoResult{}, err
	}
	return wire.InfoResult{Sections: toSections(sections), Diagnostics: toDiagnostics(diagnostics)}, nil
}

// goTo serves scapls/goto.
func (p *peer) goTo(ctx context.Context, params *wire.GotoParams) (wire.GotoResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.GotoResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.GotoResult{}, err
	}
	defer release()
	row, num, exact, err := s.GotoFrom(ctx, query, params.To, uint64(params.At))
	if err != nil {
		return wire.GotoResult{}, err
	}
	result := wire.GotoResult{Row: u32(row), Num: u32(num), Exact: exact}
	if t, ok := s.(Together); ok {
		result.Event, err = t.Name(num)
	}
	return result, err
}
