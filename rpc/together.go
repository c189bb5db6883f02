package rpc

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// Together is a session of several captures that are shown as one.
type Together interface {
	Session

	Members() []session.Member
	// Name is how an event is written.
	Name(num uint64) (string, error)
	// Shift adds a correction to the times of a member, besides what was measured.
	Shift(member int, by time.Duration) error
}

// openTogether opens several captures as one, their clocks corrected.
func (p *peer) openTogether(ctx context.Context, paths []string, shifts []time.Duration) (Session, error) {
	if p.several == nil {
		return nil, badParams("several captures cannot be opened together here")
	}
	s, err := p.several(ctx, paths)
	if err != nil {
		return nil, err
	}
	for i, by := range shifts {
		if err := s.Shift(i, by); err != nil {
			_ = s.Close() // what is told is why it was not used
			return nil, err
		}
	}
	return s, nil
}

func fromShifts(params *wire.OpenParams) ([]time.Duration, error) {
	if len(params.Shifts) > len(params.Paths) {
		return nil, badParams("%d shifts for %d paths", len(params.Shifts), len(params.Paths))
	}
	out := make([]time.Duration, len(params.Shifts))
	for i, text := range params.Shifts {
		by, err := fromShift(text)
		if err != nil {
			return nil, err
		}
		out[i] = by
	}
	return out, nil
}

func fromShift(text string) (time.Duration, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badParams("the shift %.40q is no number of nanoseconds", text)
	}
	return time.Duration(n), nil
}

// nameOf is how what was opened is called.
func nameOf(paths []string) string {
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	return strings.Join(names, " + ")
}

// membersOf returns the captures of a session of several.
func membersOf(s Session) []wire.Member {
	t, ok := s.(Together)
	if !ok {
		return nil
	}
	return each(t.Members(), func(m session.Member) wire.Member {
		return wire.Member{
			Host: m.Host, Path: valid(m.Path), Events: u32(m.Events), First: strconv.FormatUint(m.First, 10),
			Known: m.Known, Offset: ns(int64(m.Offset)), Shift: ns(int64(m.Shift)),
		}
	})
}

// members serves scapls/members.
func (p *peer) members(ctx context.Context, params *wire.SessionParams) (wire.MembersResult, error) {
	s, _, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.MembersResult{}, err
	}
	defer release()
	return wire.MembersResult{Members: append([]wire.Member{}, membersOf(s)...)}, nil
}

// shift serves scapls/members/shift.
func (p *peer) shift(ctx context.Context, params *wire.ShiftParams) (wire.MembersResult, error) {
	by, err := fromShift(params.Shift)
	if err != nil {
		return wire.MembersResult{}, err
	}
	s, _, release, err := p.use(ctx, params.Session)
	if err != nil {
		return wire.MembersResult{}, err
	}
	defer release()
	t, ok := s.(Together)
	if !ok {
		return wire.MembersResult{}, badParams("a single capture has no clock to correct")
	}
	if err := t.Shift(params.Member, by); err != nil {
		return wire.MembersResult{}, err
	}
	return wire.MembersResult{Members: membersOf(s)}, nil
}
