package rpc

import (
	"context"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/profile"
)

// maxMatches is how many filters scapls/profiles/match takes.
const maxMatches = 200

// profiles serves scapls/profiles.
func (p *peer) profiles(_ context.Context, params *wire.ProfilesParams) (wire.ProfilesResult, error) {
	var sources []profile.Source
	for _, s := range params.Sources {
		switch s.Origin {
		case wire.ProfileUser, wire.ProfileWorkspace:
			sources = append(sources, profile.Source{Origin: profile.Origin(s.Origin), Text: s.Text})
		default:
			return wire.ProfilesResult{}, badParams("profiles come from %q or %q, not from %.40q", wire.ProfileUser, wire.ProfileWorkspace, s.Origin)
		}
	}
	list, problems := profile.Merge(sources)
	return wire.ProfilesResult{
		Profiles: each(list, func(r profile.Resolved) wire.Profile {
			return wire.Profile{
				Spec: toProfile(r.Profile), Own: toProfile(r.Own), Origin: wire.ProfileOrigin(r.Origin), Hides: wire.ProfileOrigin(r.Hides),
				Columns: each(r.Columns, toProfileColumn), Problems: r.Problems,
			}
		}),
		Problems: each(problems, func(q profile.Problem) wire.ProfileProblem {
			return wire.ProfileProblem{Origin: wire.ProfileOrigin(q.Origin), Profile: valid(q.Profile), Place: valid(q.Place), Message: valid(q.Text)}
		}),
	}, nil
}

// profilesMatch serves scapls/profiles/match.
func (p *peer) profilesMatch(ctx context.Context, params *wire.ProfilesMatchParams) (wire.ProfilesMatchResult, error) {
	none := wire.ProfilesMatchResult{At: -1}
	if len(params.Filters) > maxMatches {
		return none, badParams("there are %d filters; at most %d are asked", len(params.Filters), maxMatches)
	}
	s, ctx, release, err := p.use(ctx, params.Session)
	if err != nil {
		return none, err
	}
	defer release()
	done := s.Progress().Done // before the events are looked at, which may become more meanwhile
	for i, f := range params.Filters {
		lang, err := fromLanguage(f.Language)
		if err != nil {
			return none, err
		}
		found, err := s.Find(ctx, session.FindRequest{
			Query: session.Query{View: session.EventsView, Internal: true}, Search: session.Search{Text: f.Filter, Language: lang},
		})
		if err != nil {
			return none, err
		}
		if found.Found {
			return wire.ProfilesMatchResult{At: i, Done: done || i == 0}, nil
		}
	}
	none.Done = done
	return none, nil
}

func toProfile(p profile.Profile) wire.ProfileSpec {
	w := wire.ProfileSpec{
		Name: valid(p.Name), Description: valid(p.Description), Base: valid(p.Base), Time: wire.TimeFormat(p.Time), View: wire.View(p.View), Internal: p.Internal,
		When: p.When, WhenLanguage: wire.Language(p.WhenLanguage),
	}
	if p.Columns != nil {
		w.Columns = each(p.Columns, func(c profile.Column) wire.ProfileColumn {
			return wire.ProfileColumn{Field: c.Field, Title: c.Title, Width: c.Width, Align: wire.Align(c.Align)}
		})
	}
	if p.Colors != nil {
		w.Colors = each(p.Colors, func(c profile.Color) wire.ProfileColor {
			return wire.ProfileColor{Name: valid(c.Name), Filter: c.Filter, Language: wire.Language(c.Language), Foreground: c.Foreground, Background: c.Background}
		})
	}
	if p.Buttons != nil {
		w.Buttons = each(p.Buttons, func(g profile.Group) wire.ProfileGroup {
			return wire.ProfileGroup{Name: g.Name, Buttons: each(g.Buttons, func(b profile.Button) wire.ProfileButton {
				return wire.ProfileButton{Label: b.Label, Filter: b.Filter, Language: wire.Language(b.Language), Tip: b.Tip}
			})}
		})
	}
	if p.Views != (profile.Views{}) {
		w.Views = &wire.ProfileViews{Panes: p.Views.Panes, Buttons: p.Views.Buttons, Side: p.Views.Side, Analysis: p.Views.Analysis}
	}
	return w
}

// toProfileColumn completes a column of a profile by what is known of its field.
func toProfileColumn(c profile.Column) wire.Column {
	w := wire.Column{ID: c.Field, Title: c.Field, Align: wire.AlignLeft}
	if known, err := session.DescribeColumn(c.Field); err == nil { // a profile has no others
		w = toColumn(known)
	}
	w.Default = true
	if c.Title != "" {
		w.Title = valid(c.Title)
	}
	if c.Width > 0 {
		w.Width = c.Width
	}
	if c.Align != "" {
		w.Align = wire.Align(c.Align)
	}
	return w
}
