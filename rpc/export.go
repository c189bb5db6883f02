package rpc

import (
	"context"
	"math"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// export serves scapls/export.
func (p *peer) export(ctx context.Context, params *wire.ExportParams) (wire.ExportResult, error) {
	query, err := fromQuery(params.Query)
	if err != nil {
		return wire.ExportResult{}, err
	}
	format, err := fromTime(params.Time)
	if err != nil {
		return wire.ExportResult{}, err
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.ExportResult{}, err
	}
	defer release()
	var fraction atomic.Uint64 // bits of a float64
	stop := p.showProgress(ctx, "Exporting "+filepath.Base(params.Path), func() float64 {
		return math.Float64frombits(fraction.Load())
	})
	defer stop()
	done, err := s.Export(ctx, session.ExportRequest{
		Query: query, From: uint64(params.From), To: uint64(params.To), Rows: fromRanges(params.Rows), Format: string(params.Format), Path: params.Path,
		Columns: params.Columns, Time: format, Member: params.Member, Notes: params.Notes, Told: func(f float64) { fraction.Store(math.Float64bits(f)) },
	})
	if err != nil {
		return wire.ExportResult{}, err
	}
	return wire.ExportResult{
		Events: u32(done.Events), Bytes: strconv.FormatInt(done.Bytes, 10), State: u32(done.State), Notes: u32(done.Notes),
	}, nil
}

// progressEvery is how often a progress bar is drawn again; what takes less has none.
const progressEvery = 200 * time.Millisecond

// showProgress shows a progress bar until stop is called.
func (p *peer) showProgress(ctx context.Context, title string, fraction func() float64) (stop func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // ends with stop
		bar := p.newProgressBar(ctx, title)
		defer bar.end()
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				bar.reportPercent(fraction(), "")
			}
		}
	})
	return func() { close(quit); wg.Wait() }
}
