package rpc

import (
	"context"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/store"
)

func toRule(r store.Rule) wire.ColorRule {
	return wire.ColorRule{
		ID: r.ID, Name: r.Name, Filter: r.Filter, Language: wire.Language(r.Language), Foreground: r.Foreground, Background: r.Background,
		Disabled: r.Disabled,
	}
}

func fromRule(r wire.ColorRule) store.Rule {
	return store.Rule{
		ID: r.ID, Name: r.Name, Filter: r.Filter, Language: string(r.Language), Foreground: r.Foreground, Background: r.Background,
		Disabled: r.Disabled,
	}
}

func toRules(r store.Rules) wire.ColorsResult {
	return wire.ColorsResult{Rules: each(r.Rules, toRule), Shipped: r.Shipped, Revision: r.Revision, Defaults: each(store.ShippedRules(), toRule)}
}

// colorsList serves scapls/store/colors/list.
func (p *peer) colorsList(context.Context, *wire.Empty) (wire.ColorsResult, error) {
	r, err := p.store.ColorRules()
	return toRules(r), err
}

// colorsPut serves scapls/store/colors/put.
func (p *peer) colorsPut(_ context.Context, params *wire.ColorsPutParams) (wire.ColorsResult, error) {
	r, err := p.store.PutColorRules(each(params.Rules, fromRule), params.Revision)
	return toRules(r), err
}

// colorsReset serves scapls/store/colors/reset.
func (p *peer) colorsReset(context.Context, *wire.Empty) (wire.ColorsResult, error) {
	r, err := p.store.ResetColorRules()
	return toRules(r), err
}

// colorsText serves scapls/store/colors/text.
func (p *peer) colorsText(_ context.Context, params *wire.ColorsTextParams) (wire.StoreExportResult, error) {
	text, err := store.ShareRules(each(params.Rules, fromRule))
	return wire.StoreExportResult{Text: text}, err
}

// colorsRead serves scapls/store/colors/read.
func (p *peer) colorsRead(_ context.Context, params *wire.ColorsReadParams) (wire.ColorsReadResult, error) {
	list, err := store.ReadRules(params.Text)
	return wire.ColorsReadResult{Rules: each(list, toRule)}, err
}

// Painter is the part of a session that knows colour rules.
type Painter interface {
	// Colors tells how a list falls to colour rules.
	Colors(ctx context.Context, req session.ColorsRequest) (*session.Colors, error)
	// OnColored calls told while colour rules that take longer are being asked, until stop is called. told does not block.
	OnColored(told func(session.ColorProgress)) (stop func())
}

func fromColors(list []wire.ColorFilter) ([]session.ColorFilter, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]session.ColorFilter, len(list))
	for i, c := range list {
		lang, err := fromLanguage(c.Language)
		if err != nil {
			return nil, err
		}
		out[i] = session.ColorFilter{Text: c.Filter, Language: lang}
	}
	return out, nil
}

// colorsOf serves scapls/colors.
func (p *peer) colorsOf(ctx context.Context, params *wire.ColorsParams) (wire.ColorsOfResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.ColorsOfResult{}, err
	}
	colors, err := fromColors(params.Colors)
	if err != nil {
		return wire.ColorsOfResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.ColorsOfResult{}, err
	}
	defer release()
	c, err := s.Colors(ctx, session.ColorsRequest{Query: query, Colors: colors, Parts: params.Parts})
	if err != nil {
		return wire.ColorsOfResult{}, err
	}
	return wire.ColorsOfResult{
		Total: u32(c.Total), Done: c.Done,
		Parts: each(c.Parts, func(part index.Share) wire.ColorPart { return wire.ColorPart{Rows: part.Rows, Of: part.Of} }),
		Rules: each(c.Rules, func(u session.ColorUse) wire.ColorUse {
			return wire.ColorUse{Matched: u32(u.Matched), Colored: u32(u.Colored), Fault: valid(u.Fault)}
		}),
	}, nil
}

// watchColors tells the client that colour rules have been asked of more, until the session is closed. A slow client is
// told once of all that was in between.
func (p *peer) watchColors(s *slot, answered <-chan struct{}) {
	more, done := make(chan struct{}, 1), make(chan struct{}, 1)
	stop := s.session.OnColored(func(pr session.ColorProgress) {
		to := more
		if pr.Done {
			to = done
		}
		select {
		case to <- struct{}{}:
		default:
		}
	})
	defer stop()
	select {
	case <-answered:
	case <-s.ctx.Done():
		return
	}
	for {
		params := wire.ColoredParams{Session: s.id}
		select {
		case <-more:
		case <-done:
			params.Done = true
		case <-s.ctx.Done():
			return
		}
		p.notify(wire.Colored.Name, params)
	}
}
