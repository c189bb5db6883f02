package rpc

import (
	"context"
	"errors"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/find"
)

// Finder is how a session is searched.
type Finder interface {
	Find(ctx context.Context, req session.FindRequest) (session.Found, error)
	// Matches counts the rows that a search finds something in.
	Matches(ctx context.Context, q session.Query, f session.Search, num uint64, wait time.Duration) (session.Matches, error)
	Related(ctx context.Context, q session.Query, num uint64, how session.Relation, backwards bool) (session.Related, error)
}

// maxWait bounds how long a search may be waited for at a time.
const maxWait = 60_000

func fromWait(ms int) (time.Duration, error) {
	if ms < 0 || ms > maxWait {
		return 0, badParams("wait is %d ms; it is at most %d", ms, maxWait)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

func fromSearch(f wire.Search) (session.Search, error) {
	out := session.Search{
		Mode: find.Mode(f.Mode), Text: f.Text, Case: f.Case, Word: f.Word, In: session.SearchIn(f.In), Columns: f.Columns,
		UTC: f.UTC, Precision: session.Precision(f.Precision),
	}
	var err error
	if out.Language, err = fromLanguage(f.Language); err != nil {
		return out, err
	}
	out.Time, err = fromTime(f.Time)
	return out, err
}

// find serves scapls/find.
func (p *peer) find(ctx context.Context, params *wire.FindParams) (wire.FindResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.FindResult{}, err
	}
	req := session.FindRequest{Query: query, From: uint64(params.From), Backwards: params.Backwards, Wrap: params.Wrap}
	if req.Search, err = fromSearch(params.Search); err != nil {
		return wire.FindResult{}, err
	}
	if req.Wait, err = fromWait(params.Wait); err != nil {
		return wire.FindResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.FindResult{}, err
	}
	defer release()
	f, err := s.Find(ctx, req)
	if err != nil {
		return wire.FindResult{}, err
	}
	return wire.FindResult{
		Found: f.Found, Wrapped: f.Wrapped, Row: u32(f.Row), Num: u32(f.Num), Done: f.Done, Part: f.Part, Column: f.Column, Start: f.Start, Len: f.Len,
		Path: some(f.Path),
	}, nil
}

// findCount serves scapls/find/count.
func (p *peer) findCount(ctx context.Context, params *wire.FindCountParams) (wire.FindCountResult, error) {
	none := wire.FindCountResult{}
	query, err := fromQuery(params.Query)
	if err != nil {
		return none, err
	}
	search, err := fromSearch(params.Search)
	if err != nil {
		return none, err
	}
	wait, err := fromWait(params.Wait)
	if err != nil {
		return none, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	m, err := s.Matches(ctx, query, search, uint64(params.Num), wait)
	if err != nil {
		return none, err
	}
	return wire.FindCountResult{Matched: u32(m.Matched), At: u32(m.At), Done: m.Done, Part: m.Part}, nil
}

// related serves scapls/related.
func (p *peer) related(ctx context.Context, params *wire.RelatedParams) (wire.RelatedResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.RelatedResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.RelatedResult{}, err
	}
	defer release()
	r, err := s.Related(ctx, query, uint64(params.Num), session.Relation(params.Relation), params.Backwards)
	if err != nil {
		return wire.RelatedResult{}, err
	}
	return wire.RelatedResult{Found: r.Found, Row: u32(r.Row), Num: u32(r.Num), Exact: r.Exact, Note: valid(r.Note)}, nil
}

// wrongPlace makes a diagnostic of what cannot be searched for, nil of other errors.
func wrongPlace(err error) []wire.FilterDiagnostic {
	var bad *find.Error
	if !errors.As(err, &bad) {
		return nil
	}
	return newUnits(bad.Text).diagnostics([]filter.Diagnostic{
		{Span: filter.Span{Start: bad.Start, End: bad.End}, Severity: filter.Error, Msg: bad.Msg},
	})
}
