package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/tidwall/buntdb"
)

// How many records of a kind are kept. Of the kinds that grow by themselves the oldest go; of those that people make
// one more is an error.
const (
	MaxRecent   = 100
	MaxHistory  = 500
	MaxViews    = 1000
	MaxSettings = 200
	MaxSaved    = 1000
	MaxButtons  = 500
	MaxColumns  = 200
)

// Recent is a capture that was opened.
type Recent struct {
	Path   string `json:"path"` // absolute
	Size   int64  `json:"size"` // bytes on disk, then
	Opened int64  `json:"opened"`
}

// Missing reports whether there is no such file now.
func (r Recent) Missing() bool {
	_, err := os.Stat(r.Path)
	return err != nil
}

// AddRecent tells that a capture was opened.
func (s *Store) AddRecent(path string, size int64) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if err := checkText("the path", path); err != nil {
		return err
	}
	return s.update(KindRecent, func(tx *buntdb.Tx) error {
		r := Recent{path, size, s.now().UnixNano()}
		if err := put(tx, KindRecent, hashID(path), r); err != nil {
			return err
		}
		return trim(tx, KindRecent, MaxRecent, func(r Recent) int64 { return r.Opened })
	})
}

// Recents returns the captures that were opened, the latest first, at most limit if that is above 0.
func (s *Store) Recents(limit int) (list []Recent, err error) {
	return latest(s, KindRecent, limit, func(r Recent) int64 { return r.Opened })
}

// DeleteRecent forgets a capture, all when path is empty.
func (s *Store) DeleteRecent(path string) error {
	return s.update(KindRecent, func(tx *buntdb.Tx) error {
		if path == "" {
			return clearKind(tx, KindRecent)
		}
		return remove(tx, KindRecent, hashID(path))
	})
}

// latest returns the records of a kind, those used last first.
func latest[T any](s *Store, k Kind, limit int, used func(T) int64) (list []T, err error) {
	err = s.view(func(tx *buntdb.Tx) error {
		return each(tx, k, func(_ string, v T) { list = append(list, v) })
	})
	sort.SliceStable(list, func(i, j int) bool { return used(list[i]) > used(list[j]) })
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return list, err
}

// Filter is a filter's text and in which language it is; "" is told by the text.
type Filter struct {
	Text     string `json:"text"`
	Language string `json:"language"`
}

// Used is a filter that was used.
type Used struct {
	Filter
	Used  int64 `json:"used"` // last, ns since the epoch
	Count int   `json:"count"`
}

// AddHistory tells that a filter was used. An empty one is not kept.
func (s *Store) AddHistory(f Filter) error {
	f.Text = strings.TrimSpace(f.Text)
	if f.Text == "" {
		return nil
	}
	if err := checkText("the filter", f.Text, f.Language); err != nil {
		return err
	}
	return s.update(KindHistory, func(tx *buntdb.Tx) error {
		id := hashID(f.Text, f.Language)
		u, _ := get[Used](tx, KindHistory, id)
		u.Filter, u.Used, u.Count = f, s.now().UnixNano(), u.Count+1
		if err := put(tx, KindHistory, id, u); err != nil {
			return err
		}
		return trim(tx, KindHistory, MaxHistory, func(u Used) int64 { return u.Used })
	})
}

// History returns the filters that were used, the latest first, at most limit if that is above 0.
func (s *Store) History(limit int) ([]Used, error) {
	return latest(s, KindHistory, limit, func(u Used) int64 { return u.Used })
}

// DeleteHistory forgets a filter, all when its text is empty.
func (s *Store) DeleteHistory(f Filter) error {
	return s.update(KindHistory, func(tx *buntdb.Tx) error {
		if f.Text == "" {
			return clearKind(tx, KindHistory)
		}
		return remove(tx, KindHistory, hashID(strings.TrimSpace(f.Text), f.Language))
	})
}

// Saved is a filter with a name.
type Saved struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Filter
	Description string `json:"description"`
}

// PutSaved keeps a filter, a new one when it has no id.
func (s *Store) PutSaved(f Saved) (Saved, error) {
	f.Name = strings.TrimSpace(f.Name)
	if f.Name == "" {
		return f, badRecord("a saved filter needs a name")
	}
	if err := checkText("the saved filter", f.ID, f.Name, f.Text, f.Language, f.Description); err != nil {
		return f, err
	}
	if f.ID == "" {
		f.ID = newID()
	}
	return f, s.update(KindSaved, func(tx *buntdb.Tx) error {
		if err := room(tx, KindSaved, f.ID, MaxSaved, "saved filters"); err != nil {
			return err
		}
		return put(tx, KindSaved, f.ID, f)
	})
}

// Saved returns the saved filters by name.
func (s *Store) Saved() (list []Saved, err error) {
	return named(s, KindSaved, func(f Saved) string { return f.Name })
}

// named returns the records of a kind by name.
func named[T any](s *Store, k Kind, name func(T) string) (list []T, err error) {
	err = s.view(func(tx *buntdb.Tx) error {
		return each(tx, k, func(_ string, v T) { list = append(list, v) })
	})
	sort.SliceStable(list, func(i, j int) bool { return strings.ToLower(name(list[i])) < strings.ToLower(name(list[j])) })
	return list, err
}

// Delete deletes a record; one that is not there is no error. It is for saved filters, column sets and settings.
func (s *Store) Delete(k Kind, id string) error {
	return s.update(k, func(tx *buntdb.Tx) error { return remove(tx, k, id) })
}

// Clear deletes all records of a kind.
func (s *Store) Clear(k Kind) error {
	return s.update(k, func(tx *buntdb.Tx) error { return clearKind(tx, k) })
}

// Column is a column of a set: its width in characters, its alignment and title, where they are not the usual ones.
type Column struct {
	ID    string `json:"id"`
	Width int    `json:"width"`
	Align string `json:"align,omitempty"`
	Title string `json:"title,omitempty"`
}

// ColumnSet is a choice of columns with a name.
type ColumnSet struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// maxColumns bounds a set.
const maxColumns = 200

// PutColumns keeps a column set, a new one when it has no id.
func (s *Store) PutColumns(c ColumnSet) (ColumnSet, error) {
	c.Name = strings.TrimSpace(c.Name)
	if c.Name == "" {
		return c, badRecord("a column set needs a name")
	}
	if len(c.Columns) == 0 || len(c.Columns) > maxColumns {
		return c, badRecord("a column set has 1 to %d columns, not %d", maxColumns, len(c.Columns))
	}
	texts := []string{c.ID, c.Name}
	for _, col := range c.Columns {
		texts = append(texts, col.ID, col.Align, col.Title)
	}
	if err := checkText("the column set", texts...); err != nil {
		return c, err
	}
	if c.ID == "" {
		c.ID = newID()
	}
	return c, s.update(KindColumns, func(tx *buntdb.Tx) error {
		if err := room(tx, KindColumns, c.ID, MaxColumns, "column sets"); err != nil {
			return err
		}
		return put(tx, KindColumns, c.ID, c)
	})
}

// Columns returns the column sets by name.
func (s *Store) Columns() ([]ColumnSet, error) {
	return named(s, KindColumns, func(c ColumnSet) string { return c.Name })
}

// Settings are options of a live capture. Options is a document of who makes captures; it is compared, not read.
type Settings struct {
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Options json.RawMessage `json:"options"`
	Used    int64           `json:"used"`
}

// PutSettings keeps settings, and that they were used now. Without id those with the same name and options are meant,
// if there are any.
func (s *Store) PutSettings(v Settings) (Settings, error) {
	if err := checkText("the settings", v.ID, v.Name, string(v.Options)); err != nil {
		return v, err
	}
	if !json.Valid(v.Options) {
		return v, badRecord("the settings are no JSON document")
	}
	if v.ID == "" {
		v.ID = hashID(v.Name, string(v.Options))
	}
	return v, s.update(KindSettings, func(tx *buntdb.Tx) error {
		v.Used = s.now().UnixNano()
		if err := put(tx, KindSettings, v.ID, v); err != nil {
			return err
		}
		return trim(tx, KindSettings, MaxSettings, func(v Settings) int64 {
			if v.Name != "" { // the nameless go first
				return v.Used
			}
			return v.Used - 1<<62
		})
	})
}

// Settings returns the settings, those used last first, at most limit if that is above 0.
func (s *Store) Settings(limit int) ([]Settings, error) {
	return latest(s, KindSettings, limit, func(v Settings) int64 { return v.Used })
}
