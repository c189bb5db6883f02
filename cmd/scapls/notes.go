package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/notes"
	"github.com/scapls/scapls/session/store"
)

// notesKept stands for the notes that are kept of a capture for this user.
const notesKept = "kept"

// notesFrom is where notes are taken from: "" for none, "kept", or a file.
type notesFrom string

func notesFlag(fs *flag.FlagSet, normal notesFrom, help string) *notesFrom {
	n := normal
	fs.Func("notes", help+": a `file` that \"scapls notes -o json\" wrote, \""+notesKept+"\" for those that you made of this capture in the editor or by \"scapls notes\", or \"none\"", func(s string) error {
		if n = notesFrom(s); s == "none" {
			n = ""
		}
		return nil
	})
	return &n
}

// of returns the notes on a capture, and tells its index. Those of a file are placed once the index is complete.
func (n *notesFrom) of(ctx context.Context, x *index.Index) (set notes.Set, err error) {
	switch *n {
	case "":
		return set, nil
	case notesKept:
		set, err = kept(x.Name, "")
	default:
		set, err = placed(ctx, x, string(*n))
	}
	if err == nil {
		session.TellNotes(x, set)
	}
	return set, err
}

// placed reads a document of notes and finds its events.
func placed(ctx context.Context, x *index.Index, path string) (set notes.Set, err error) {
	d, err := readNotes(path)
	if err != nil {
		return set, err
	}
	if err := x.Wait(ctx); err != nil {
		return set, err
	}
	p := session.Place(x, d)
	set.Shift = d.Shift
	return set, p.Merge(&set)
}

func readNotes(path string) (*notes.Document, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	d, err := notes.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read notes of %s: %w", path, err)
	}
	return d, nil
}

// kept returns the notes that are kept of a capture. Where nothing is kept at all, nothing is made.
func kept(path, dir string) (set notes.Set, err error) {
	if path == "-" {
		return set, nil
	}
	if dir == "" {
		if dir, err = store.Dir(); err != nil {
			return set, fmt.Errorf("find what is kept: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "store.db")); errors.Is(err, fs.ErrNotExist) {
		return set, nil
	}
	s := store.Open(store.Options{Dir: dir})
	set, err = s.Notes(path)
	return set, errors.Join(err, s.Close())
}

// runNotes shows notes on a capture, or changes those that are kept for this user.
func runNotes(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("notes", std)
	output := fs.String("o", "text", "output `form` of the list: text, json (for import, and for read --notes), markdown or csv")
	author := fs.String("author", userName(), "`name` of who writes")
	dir := fs.String("state-dir", "", "`directory` where notes are kept (default the user's own; or "+store.DirEnv+")")
	rest, code := parseNames(fs, args)
	if code >= 0 {
		return code
	}
	if len(rest) == 0 || rest[0] == "-" {
		fmt.Fprintln(std.err, "scapls notes: give a capture file, whose notes are kept by its content")
		return exitUsage
	}
	x, code := openIndex(ctx, "notes", rest[0], std)
	if x == nil {
		return code
	}
	defer x.Close()
	if err := x.Wait(ctx); err != nil {
		return exitOpen
	}
	if len(rest) == 1 || rest[1] == "list" {
		set, err := kept(rest[0], *dir)
		if err == nil {
			session.TellNotes(x, set)
			err = listNotes(ctx, x, set, *output, std.out)
		}
		return notesEnd(x, err, std)
	}
	change, err := notesAction(x, rest[1], rest[2:], *author)
	if err != nil {
		fmt.Fprintf(std.err, "scapls notes: %v\n", err)
		return exitUsage
	}
	s := store.Open(store.Options{Dir: *dir})
	for _, p := range s.Problems() {
		fmt.Fprintf(std.err, "scapls notes: %s\n", p)
	}
	_, err = s.ChangeNotes(rest[0], change)
	return notesEnd(x, errors.Join(err, s.Close()), std)
}

// errNotesForm says that a list of notes has no such form.
var errNotesForm = errors.New("none of text, json, markdown, csv")

func notesEnd(x *index.Index, err error, std stdio) int {
	if errors.Is(err, errNotesForm) {
		fmt.Fprintf(std.err, "scapls notes: -o is %v\n", err)
		return exitUsage
	}
	return finish("notes", x, err, std)
}

// userName is the login of who runs the program, "" if the system does not tell.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func listNotes(ctx context.Context, x *index.Index, set notes.Set, form string, w io.Writer) error {
	d, err := session.Document(ctx, x, filepath.Base(x.Name), set, location())
	if err != nil {
		return err
	}
	var text []byte
	switch form {
	case "text":
		text = notesText(x, d)
	case "json":
		text, err = d.JSON()
	case "markdown":
		text = d.Markdown(location())
	case "csv":
		text, err = d.CSV(location())
	default:
		return errNotesForm
	}
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

// notesText is a line for each event, and its comments below.
func notesText(x *index.Index, d *notes.Document) []byte {
	var b strings.Builder
	st, _ := x.Stats()
	for _, c := range st.Comments {
		fmt.Fprintf(&b, "# %s\n", strings.ReplaceAll(c, "\n", "\n# "))
	}
	if d.Shift != 0 {
		fmt.Fprintf(&b, "# times are shifted by %s\n", notes.ShiftText(d.Shift))
	}
	for i := range d.Entries {
		e := &d.Entries[i]
		flags := ""
		for _, f := range []struct {
			is   bool
			sign string
		}{{e.Marked, "M"}, {e.Ignored, "I"}, {e.Reference, "R"}} {
			if f.is {
				flags += f.sign
			}
		}
		at := time.Unix(0, int64(e.TS)+d.Shift).In(location()).Format("2006-01-02 15:04:05.000000000")
		fmt.Fprintf(&b, "%d %s %-3s %s\n", e.Number, at, flags, e.Sentence)
		for _, c := range e.File {
			fmt.Fprintf(&b, "    in the file: %s\n", strings.ReplaceAll(c, "\n", "\n    "))
		}
		if e.Comment != "" {
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(e.Comment, "\n", "\n    "))
		}
	}
	return []byte(b.String())
}

// notesAction returns what an action does to what is noted.
func notesAction(x *index.Index, action string, args []string, author string) (func(*notes.Set) error, error) {
	flags := map[string]struct {
		flag notes.Flag
		on   bool
	}{
		"mark": {notes.Mark, true}, "unmark": {notes.Mark, false}, "ignore": {notes.Ignore, true}, "unignore": {notes.Ignore, false},
	}
	if f, ok := flags[action]; ok {
		keys, err := eventKeys(x, args)
		return func(s *notes.Set) error { _, err := s.Set(f.flag, f.on, keys); return err }, err
	}
	switch action {
	case "add":
		if len(args) < 2 {
			return nil, errors.New("add takes the number of an event and a text; an empty text takes the note away")
		}
		keys, err := eventKeys(x, args[:1])
		text := strings.TrimSpace(strings.Join(args[1:], " "))
		if err == nil {
			err = notes.Check(text)
		}
		return func(s *notes.Set) error { s.Comment(keys[0], text, author, time.Now().UnixNano()); return nil }, err
	case "shift":
		if len(args) != 1 {
			return nil, errors.New("shift takes an offset, such as +1:30:00, -2.5 or 90m; 0 ends it")
		}
		ns, err := notes.ParseShift(args[0])
		return func(s *notes.Set) error { s.Shift = ns; return nil }, err
	case "import":
		if len(args) != 1 {
			return nil, errors.New("import takes a file that \"scapls notes -o json\" wrote")
		}
		d, err := readNotes(args[0])
		if err != nil {
			return nil, err
		}
		p := session.Place(x, d)
		if p.Absent > 0 && len(p.Notes) == 0 {
			return nil, fmt.Errorf("this capture holds none of the %d events that are noted", p.Absent)
		}
		return func(s *notes.Set) error {
			if s.Shift == 0 {
				s.Shift = d.Shift
			}
			return p.Merge(s)
		}, nil
	case "clear":
		if len(args) != 0 {
			return nil, errors.New("clear takes all notes away, and no arguments")
		}
		return func(s *notes.Set) error { *s = notes.Set{}; return nil }, nil
	}
	return nil, fmt.Errorf("there is no action %q; there are list, add, mark, unmark, ignore, unignore, shift, import and clear", action)
}

// eventKeys returns the events with the numbers that are shown.
func eventKeys(x *index.Index, args []string) ([]uint32, error) {
	if len(args) == 0 {
		return nil, errors.New("give the numbers of events")
	}
	snap := x.Acquire()
	defer snap.Release()
	var keys []uint32
	for _, a := range args {
		n, err := strconv.ParseUint(strings.ReplaceAll(a, ",", ""), 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%.40q is no number of an event", a)
		}
		if n == 0 || n > snap.Number(snap.Len()) {
			return nil, fmt.Errorf("the capture has no event %d; it has %d", n, snap.Number(snap.Len()))
		}
		keys = append(keys, snap.Key(n))
	}
	return keys, nil
}
