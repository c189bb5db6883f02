package rpc

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.lsp.dev/protocol"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// The least time between two notifications scapls/grown of a session: while a file is read for the first time, and when
// it grows after that, where somebody waits for the rows.
const (
	growInterval = 200 * time.Millisecond
	liveInterval = 50 * time.Millisecond
)

// watch tells the client how the index of a session grows, after the answer to its open, until the session is closed. A
// complete index is told once, with done set; of a file that is still written to, more may follow.
func (p *peer) watch(s *slot, name string, answered <-chan struct{}) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("panic while watching a session", "session", s.id, "panic", v, "stack", string(debug.Stack()))
		}
	}()
	wake := make(chan struct{}, 1)
	var complete atomic.Pointer[session.Progress]
	stop := s.session.OnGrow(func(pr session.Progress) {
		complete.Store(nil)
		if pr.Done {
			complete.Store(&pr)
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer stop()
	select {
	case <-answered:
	case <-s.ctx.Done():
		return
	}
	bar := p.newProgressBar(s.ctx, "Indexing "+name) // for the first time through the file only
	defer bar.end()
	interval := growInterval
	for round := 0; ; round++ {
		pr := s.session.Progress()
		if last := complete.Load(); last != nil {
			pr = *last
		}
		p.notify(wire.Grown.Name, wire.GrownParams{Session: s.id, Progress: toProgress(pr)})
		if pr.Done { // a file that is still written to may grow again
			bar.end()
			interval = liveInterval
			select {
			case <-wake:
				continue
			case <-s.ctx.Done():
				return
			}
		}
		if round > 0 { // an index that is complete at once needs no bar
			bar.report(pr)
		}
		if !sleep(s.ctx, interval) {
			return
		}
		select {
		case <-wake:
		case <-s.ctx.Done():
			return
		}
	}
}

// notify sends a notification. That the client is gone is noticed elsewhere.
func (p *peer) notify(method string, params any) {
	if err := p.conn.Notify(p.ctx, method, params); err != nil {
		p.log.Debug("notification not sent", "method", method, "err", err)
	}
}

// sleep reports whether the time passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// progressBar is work done progress of LSP. It asks the client for a token when it has something to report first, and
// is silent until the client has agreed. All methods are called by one goroutine.
type progressBar struct {
	p      *peer
	ctx    context.Context // ends the asking
	cancel context.CancelFunc
	title  string
	token  protocol.String
	asking sync.WaitGroup
	asked  bool
	agreed atomic.Bool
	begun  bool
	ended  bool
	shown  uint32 // percentage
}

// newProgressBar returns a bar that shows nothing when the client cannot.
func (p *peer) newProgressBar(ctx context.Context, title string) *progressBar {
	ctx, cancel := context.WithCancel(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastToken++
	return &progressBar{
		p: p, ctx: ctx, cancel: cancel, title: title,
		token: protocol.String("scapls-" + strconv.Itoa(p.lastToken)),
		asked: !p.canProgress, // then nobody ever agrees
	}
}

// report shows how far an index is, in whole percent.
func (b *progressBar) report(pr session.Progress) {
	b.reportPercent(pr.Fraction, fmt.Sprintf("%d events", pr.Events))
}

// reportPercent shows a fraction in whole percent, and a text beside it.
func (b *progressBar) reportPercent(fraction float64, message string) {
	if b.ended {
		return
	}
	if !b.asked {
		b.asked = true
		b.asking.Go(func() {
			_, err := b.p.conn.Call(b.ctx, "window/workDoneProgress/create", &protocol.WorkDoneProgressCreateParams{Token: b.token}, nil)
			b.agreed.Store(err == nil)
		})
		return
	}
	if !b.agreed.Load() {
		return
	}
	percent := uint32(math.Max(0, math.Min(100, fraction*100)))
	switch {
	case !b.begun:
		b.begun, b.shown = true, percent
		b.send(&protocol.WorkDoneProgressBegin{Kind: "begin", Title: b.title, Percentage: &percent})
	case percent > b.shown:
		b.shown = percent
		b.send(&protocol.WorkDoneProgressReport{Kind: "report", Message: &message, Percentage: &percent})
	}
}

// end takes the bar away, for good.
func (b *progressBar) end() {
	if b.ended {
		return
	}
	b.ended = true
	b.cancel()
	b.asking.Wait()
	if b.begun {
		b.send(&protocol.WorkDoneProgressEnd{Kind: "end"})
	}
}

// send sends a step of the bar, one of protocol's three structs.
func (b *progressBar) send(step any) {
	value, err := encode(step)
	if err != nil {
		b.p.log.Error("progress not sent", "err", err)
		return
	}
	b.p.notify("$/progress", &protocol.ProgressParams{Token: b.token, Value: protocol.LSPAny(value)})
}
