package rpctest

import (
	"context"

	"github.com/scapls/scapls/session"
)

// Colors falls to no rule by default.
func (f *Fake) Colors(ctx context.Context, req session.ColorsRequest) (*session.Colors, error) {
	if f.OnColors != nil {
		return f.OnColors(ctx, req)
	}
	return &session.Colors{Total: 1000, Rules: make([]session.ColorUse, len(req.Colors)), Done: true}, nil
}

// OnColored keeps told for Color.
func (f *Fake) OnColored(told func(session.ColorProgress)) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.painted = told
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.painted = nil
	}
}

// Color tells who watches that colour rules have been asked of more.
func (f *Fake) Color(p session.ColorProgress) {
	f.mu.Lock()
	told := f.painted
	f.mu.Unlock()
	if told != nil {
		told(p)
	}
}

// Painting reports whether somebody watches colour rules being asked.
func (f *Fake) Painting() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.painted != nil
}
