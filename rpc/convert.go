package rpc

import (
	"math"
	"strconv"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session"
)

// u32 is an event number or a row position on the wire. Both stay below 2^32 (package wire); more is told as the most.
func u32(v uint64) uint32 { return uint32(min(v, math.MaxUint32)) }

// each converts a slice; nil becomes empty, since clients want arrays.
func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// fromView checks a view; none is the events view.
func fromView(v wire.View) (session.ViewKind, error) {
	switch v {
	case wire.ViewEvents, "":
		return session.EventsView, nil
	case wire.ViewCalls:
		return session.CallsView, nil
	}
	return "", badParams("no view %.40q; there are %s and %s", v, wire.ViewEvents, wire.ViewCalls)
}

func fromQuery(q wire.Query) (session.Query, error) {
	view, err := fromView(q.View)
	if err != nil {
		return session.Query{}, err
	}
	lang, err := fromLanguage(q.Language)
	query := session.Query{View: view, Internal: q.Internal, Filter: q.Filter, Language: lang}
	if q.Sort != nil {
		query.SortBy, query.Down = q.Sort.Column, q.Sort.Descending
	}
	return query, err
}

func toQuery(q session.Query) wire.Query {
	query := wire.Query{View: wire.View(q.View), Internal: q.Internal, Filter: q.Filter, Language: wire.Language(q.Language.String())}
	if q.SortBy != "" {
		query.Sort = &wire.Sort{Column: q.SortBy, Descending: q.Down}
	}
	return query
}

func fromTime(t wire.TimeFormat) (byte, error) {
	switch t {
	case wire.TimeDefault:
		return 'h', nil
	case wire.TimeClock, wire.TimeDate, wire.TimeRelative, wire.TimeDelta, wire.TimeDeltaCaptured, wire.TimeEpoch, wire.TimeEpochNs, wire.TimeReference:
		return t[0], nil
	}
	return 0, badParams("no time format %.40q; there are h, a, r, d, D, e, n and R", t)
}

func toPage(p *session.Page) wire.PageResult {
	return wire.PageResult{
		Start: u32(p.Start), Total: u32(p.Total), Rows: each(p.Rows, toRow), Done: p.Done, Scanned: u32(p.Asked), Colored: p.Colored, Newer: u32(p.Newer),
	}
}

func toRow(r session.Row) wire.Row {
	row := wire.Row{Num: u32(r.Num), Event: r.Event, Cells: r.Cells, Kind: wire.RowKind(r.Kind), Failed: r.Failed, Marked: r.Marked, Color: r.Color}
	if n := r.Note; n != nil {
		row.Note = &wire.RowNote{Marked: n.Marked, Ignored: n.Ignored, Reference: n.Reference, Comment: valid(n.Comment)}
	}
	if g := r.Gap; g != nil {
		row.Gap = &wire.Gap{From: u32(g.From), To: u32(g.To), Reason: g.Reason, Text: g.Text}
	}
	return row
}

func toNodes(nodes []session.Node) []wire.Node {
	return each(nodes, func(n session.Node) wire.Node {
		return wire.Node{
			Label: n.Label, Value: n.Value, Field: n.Field, Start: n.Start, Len: n.Len, Goto: u32(n.Goto),
			Children: toNodes(n.Children),
		}
	})
}

func toItems(items []session.Item) []wire.Item {
	return each(items, func(i session.Item) wire.Item {
		tid := ""
		if i.TID != 0 {
			tid = strconv.FormatInt(i.TID, 10)
		}
		return wire.Item{
			ID: i.ID, Parent: i.Parent, Label: i.Label, Detail: i.Detail, Tip: i.Tip, Icon: wire.Icon(i.Icon),
			Born: u32(i.Born), TID: tid, Mark: i.Mark,
		}
	})
}

func toSections(sections []session.InfoSection) []wire.InfoSection {
	return each(sections, func(s session.InfoSection) wire.InfoSection {
		return wire.InfoSection{Title: s.Title, Rows: each(s.Rows, func(r session.InfoRow) wire.InfoRow { return wire.InfoRow(r) })}
	})
}

func toDiagnostics(ds []session.Diagnostic) []wire.Diagnostic {
	return each(ds, func(d session.Diagnostic) wire.Diagnostic {
		return wire.Diagnostic{
			Severity: wire.Severity(d.Severity), Offset: strconv.FormatUint(d.Offset, 10), Message: d.Message,
		}
	})
}

func toProgress(p session.Progress) wire.Progress {
	return wire.Progress{
		Events: u32(p.Events), Fraction: p.Fraction, Done: p.Done, Calls: p.Calls, Diagnostics: toDiagnostics(p.Diagnostics),
	}
}

// toColumns puts the default columns first; within both groups the order stays.
func toColumns(cs []session.Column) []wire.Column {
	out := make([]wire.Column, 0, len(cs))
	for _, first := range []bool{true, false} {
		for _, c := range cs {
			if c.Default == first {
				out = append(out, toColumn(c))
			}
		}
	}
	return out
}
