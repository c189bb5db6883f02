package rpc

import (
	"path/filepath"
	"strconv"

	"github.com/scapls/scapls/rpc/wire"
	"github.com/scapls/scapls/session/store"
)

func toRecent(r store.Recent) wire.RecentCapture {
	return wire.RecentCapture{
		Path: r.Path, Name: filepath.Base(r.Path), Size: strconv.FormatInt(r.Size, 10), Opened: ns(r.Opened), Missing: r.Missing(),
	}
}

func toSaved(f store.Saved) wire.SavedFilter {
	return wire.SavedFilter{
		ID: f.ID, Name: f.Name, Text: f.Text, Language: wire.Language(f.Language), Description: f.Description,
	}
}

func toButton(b store.Button) wire.FilterButton {
	return wire.FilterButton{
		ID: b.ID, Group: b.Group, Label: b.Label, Text: b.Text, Language: wire.Language(b.Language), Tip: b.Tip,
		Shipped: b.Shipped, Edited: b.Edited, Hidden: b.Hidden,
	}
}

func toColumnSet(c store.ColumnSet) wire.ColumnSet {
	return wire.ColumnSet{
		ID: c.ID, Name: c.Name,
		Columns: each(c.Columns, func(c store.Column) wire.ColumnSetting {
			return wire.ColumnSetting{ID: c.ID, Width: c.Width, Align: wire.Align(c.Align), Title: c.Title}
		}),
	}
}

func toSettings(v store.Settings) (wire.CaptureSettings, error) {
	s, err := decode[wire.CaptureSettings]([]byte(v.Options))
	if err != nil {
		return wire.CaptureSettings{}, err
	}
	s.ID, s.Name, s.Used = v.ID, v.Name, ns(v.Used)
	return *s, nil
}
