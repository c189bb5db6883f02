package rpc

import (
	"context"
	"encoding/base64"
	"strconv"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	fdstream "github.com/scapls/scapls/session/stream"
)

// Follower is what a session tells of one event and its descriptor.
type Follower interface {
	Stream(ctx context.Context, num uint64, peer bool, start, count int) (*session.StreamPart, error)
	SaveStream(ctx context.Context, num uint64, form session.StreamForm, path string) (fdstream.Saved, error)
	Explain(ctx context.Context, num uint64) (session.Explanation, error)
}

// streamOf serves scapls/stream.
func (p *peer) streamOf(ctx context.Context, params *wire.StreamParams) (wire.StreamResult, error) {
	none := wire.StreamResult{}
	if params.Start < 0 || params.Count < 0 || params.Count > session.MaxChunks {
		return none, badParams("pieces %d to %d: at most %d at once", params.Start, params.Start+params.Count, session.MaxChunks)
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	st, err := s.Stream(ctx, uint64(params.Num), params.Peer, params.Start, params.Count)
	if err != nil {
		return none, err
	}
	first := s.First()
	out := wire.StreamResult{
		Title: st.Title, Kind: st.Kind, Filter: st.Filter, Total: st.Total, Read: strconv.FormatInt(st.Read, 10), Written: strconv.FormatInt(st.Written, 10),
		Lost: strconv.FormatInt(st.Lost, 10), Peer: st.PeerTitle, PeerNum: st.PeerOf, Carve: st.CanCarve(), Problem: st.Problem, Opened: st.Opened, Closed: st.Closed,
	}
	out.Chunks = each(st.Part, func(c session.StreamChunk) wire.StreamChunk {
		return wire.StreamChunk{
			Num: c.Key, Time: since(c.TS, first), Write: c.Write, Peer: c.Peer, Size: float64(c.Size), Data: base64.StdEncoding.EncodeToString(c.Data),
			Offset: float64(c.Offset), Name: c.Name, Who: c.Who,
		}
	})
	return out, nil
}

// streamSave serves scapls/stream/save.
func (p *peer) streamSave(ctx context.Context, params *wire.StreamSaveParams) (wire.StreamSaveResult, error) {
	none := wire.StreamSaveResult{}
	if params.Path == "" {
		return none, badParams("path is empty")
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	saved, err := s.SaveStream(ctx, uint64(params.Num), session.StreamForm(params.Form), params.Path)
	if err != nil {
		return none, err
	}
	return wire.StreamSaveResult{Bytes: strconv.FormatInt(saved.Bytes, 10), Lost: strconv.FormatInt(saved.Lost, 10), Note: saved.Note}, nil
}

// explain serves scapls/explain.
func (p *peer) explain(ctx context.Context, params *wire.EventParams) (wire.ExplainResult, error) {
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.ExplainResult{}, err
	}
	defer release()
	e, err := s.Explain(ctx, uint64(params.Num))
	if err != nil {
		return wire.ExplainResult{}, err
	}
	return wire.ExplainResult{Num: params.Num, Sentence: e.Sentence, Markdown: e.Markdown, Link: e.Link}, nil
}
