package rpc

import (
	"context"
	"strconv"
	"strings"

	"github.com/scapls/scapls/filter/assist"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

var joins = map[wire.FilterMode]assist.Join{
	wire.ModeReplace: assist.Replace, "": assist.Replace, wire.ModeNot: assist.Negate, wire.ModeAnd: assist.And, wire.ModeOr: assist.Or,
	wire.ModeAndNot: assist.AndNot, wire.ModeOrNot: assist.OrNot,
}

// filterFrom serves scapls/filter/from.
func (p *peer) filterFrom(ctx context.Context, params *wire.FilterFromParams) (wire.FilterTextResult, error) {
	var none wire.FilterTextResult
	view, err := fromView(params.View)
	if err != nil {
		return none, err
	}
	join, ok := joins[params.Mode]
	if !ok {
		return none, badParams("no mode %.40q", params.Mode)
	}
	if len(params.Base) > maxFilter {
		return none, badParams("the filter is %d bytes long; the most is %d", len(params.Base), maxFilter)
	}
	var tid int64
	if params.TID != "" {
		if tid, err = strconv.ParseInt(params.TID, 10, 64); err != nil {
			return none, badParams("tid %.40q is no number", params.TID)
		}
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	text, lang, err := s.From(ctx, session.FromRequest{
		Kind: session.SourceKind(params.Kind), Join: join, Base: params.Base, Num: uint64(params.Num), View: view, Column: params.Column,
		Field: params.Field, Value: params.Value, State: strings.TrimPrefix(params.Method, "scapls/"), ID: params.ID, TID: tid,
	})
	if err != nil {
		return none, err
	}
	return wire.FilterTextResult{Text: valid(text), Language: toLanguage(lang)}, nil
}
