package rpc

import (
	"context"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/report"
)

// Reporter writes reports.
type Reporter interface {
	Report(ctx context.Context, q session.Query, marks []report.Mark, path string) error
}

// report serves scapls/report.
func (p *peer) report(ctx context.Context, params *wire.ReportParams) (wire.Empty, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.Empty{}, err
	}
	if params.Path == "" {
		return wire.Empty{}, badParams("path is empty")
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.Empty{}, err
	}
	defer release()
	d, err := p.notesDocument(ctx, params.Session, s)
	if err != nil {
		return wire.Empty{}, err
	}
	return wire.Empty{}, s.Report(ctx, query, session.Remarks(d), params.Path)
}
