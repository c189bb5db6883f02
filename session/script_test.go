package session

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/scapls/scapls/scapio/scapiotest"
	"github.com/scapls/scapls/session/notes"
)

var update = flag.Bool("update", false, "write what the scripts give into testdata/scripts")

// TestTheScriptsGiveWhatTheySay runs testdata/scripts/*.txt. A script is a txtar archive: what stands between the dashes
// is a command, what is below it is what the session answers.
//
//	open FILE                                  captures/… of this repository, shared/… of the folder beside it
//	page VIEW START COUNT [internal] [time M [utc] [PRECISION]] FIELD…
//	detail NUM [calls] [only LABEL…]           whole tree, or the top nodes named
//	bytes NUM [START COUNT]
//	processes|users|groups|containers|interfaces NUM [only TEXT…]
//	fds NUM [TID]
//	goto VIEW [internal] WHERE
//	info [only SECTION…]
//	filter [TEXT…]                             of the lists that follow; none: no filter
//	sort [FIELD[:desc]]                        of the lists that follow; none: as in the file
//	copy VIEW FORMAT START COUNT FIELD…        rows as text; START and COUNT may be lists with commas: 3,9 1,2
//	count VIEW
//	find VIEW FROM [back] TEXT…                the next match of a filter behind row number FROM
//	why VIEW
//	note NUM mark|ignore|reference|comment TEXT…  what people note; a comment of no text takes it away
//	shift OFFSET                               of the times that are shown
//	noted [KIND]                               what is noted
//
// Times are UTC. NUM 0 is the end of the capture. `only` keeps what is named. go test ./session -run Scripts -update
// writes the answers; read them before they go in.
func TestTheScriptsGiveWhatTheySay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scapiotest.Root(t), "testdata", "scripts", "*.txt"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			require.NoError(t, err)
			s := &script{t: t}
			for i := range a.Files {
				f := &a.Files[i]
				got := s.run(strings.Fields(f.Name))
				if *update {
					f.Data = []byte(got)
				} else {
					require.Equal(t, strings.Split(string(f.Data), "\n"), strings.Split(got, "\n"), "%s: %s", filepath.Base(file), f.Name)
				}
			}
			if *update {
				require.NoError(t, os.WriteFile(file, txtar.Format(a), 0o644))
			}
		})
	}
}

type script struct {
	t      *testing.T
	s      *Session
	filter string
	sort   string
	out    strings.Builder
}

func (s *script) printf(format string, args ...any) { fmt.Fprintf(&s.out, format, args...) }

// run runs one command and returns its answer, blanks at the ends of lines taken off.
func (s *script) run(args []string) string {
	s.out.Reset()
	require.NotEmpty(s.t, args)
	args, only := cutAt(args, "only")
	if err := s.command(args, only); err != nil {
		s.printf("error: %v\n", err)
	}
	if s.out.Len() == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSuffix(s.out.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n\n"
}

func (s *script) command(args, only []string) error {
	ctx := s.t.Context()
	items := map[string]func(num uint64) (string, []Item, error){
		"processes":  func(n uint64) (string, []Item, error) { return s.s.Processes(ctx, n) },
		"users":      func(n uint64) (string, []Item, error) { return s.s.Users(ctx, n) },
		"groups":     func(n uint64) (string, []Item, error) { return s.s.Groups(ctx, n) },
		"containers": func(n uint64) (string, []Item, error) { return s.s.Containers(ctx, n) },
		"interfaces": func(n uint64) (string, []Item, error) { return s.s.Interfaces(ctx, n) },
		"fds":        func(n uint64) (string, []Item, error) { return s.s.FDs(ctx, n, s.tid(args)) },
	}
	if f := items[args[0]]; f != nil {
		title, list, err := f(s.num(args[1]))
		if err == nil {
			s.items(title, list, only)
		}
		return err
	}
	switch args[0] {
	case "open":
		s.open(args[1])
	case "filter":
		s.filter = strings.Join(args[1:], " ")
	case "sort":
		s.sort = strings.Join(args[1:], " ")
	case "copy":
		return s.copy(args[1:])
	case "count", "find", "why":
		return s.filtered(args)
	case "note", "shift", "noted":
		return s.noted(args)
	case "page":
		return s.page(args[1:])
	case "detail":
		view := EventsView
		if len(args) > 2 {
			view = ViewKind(args[2])
		}
		nodes, err := s.s.Detail(ctx, s.num(args[1]), view)
		for _, n := range nodes {
			if len(only) == 0 || slices.Contains(only, n.Label) {
				s.node(n, 0)
			}
		}
		return err
	case "bytes":
		start, count := uint64(0), uint64(0)
		if len(args) > 3 {
			start, count = s.num(args[2]), s.num(args[3])
		}
		b, err := s.s.Bytes(ctx, s.num(args[1]), int(start), int(count))
		if err == nil {
			s.printf("event %d at offset %d, %d bytes\n", b.Num, b.Offset, b.Total)
			for i := 0; i < len(b.Data); i += 16 {
				s.printf("%04x  % x\n", int(start)+i, b.Data[i:min(i+16, len(b.Data))])
			}
		}
		return err
	case "goto":
		q := s.query(args[1])
		where := args[2:]
		if where[0] == "internal" {
			q.Internal, where = true, where[1:]
		}
		row, num, exact, err := s.s.Goto(ctx, q, strings.Join(where, " "))
		if err == nil {
			s.printf("row %d, event %d, exact %v\n", row, num, exact)
		}
		return err
	case "info":
		return s.info(only)
	default:
		s.t.Fatalf("no command %q", args[0])
	}
	return nil
}

// noted runs the commands about what people note.
func (s *script) noted(args []string) error {
	set := s.s.noted.look().set
	set = set.Clone()
	switch args[0] {
	case "shift":
		ns, err := notes.ParseShift(args[1])
		if err != nil {
			return err
		}
		set.Shift = ns
	case "note":
		num := uint32(s.num(args[1]))
		if args[2] == "comment" {
			n := set.At(num)
			n.Comment = strings.ReplaceAll(strings.Join(args[3:], " "), "/", "\n")
			set.Put(n)
		} else if _, err := set.Set(notes.Flag(args[2]), true, []uint32{num}); err != nil {
			return err
		}
	default:
		n, err := s.s.Noted(s.t.Context(), NotedKind(strings.Join(args[1:], "")), 0, 100)
		if err != nil {
			return err
		}
		s.printf("%d: %d marked, %d ignored, %d references, %d comments, shift %s\n", n.Total, n.Marked, n.Ignored, n.References, n.Comments, notes.ShiftText(n.Shift))
		for _, c := range n.Capture {
			s.printf("of the capture: %q\n", c)
		}
		for i, e := range n.Entries {
			s.printf("%d | %s | %s %s %d | %s | %v %v %v %q %q\n", e.Event, n.Shown[i], e.Type, e.Process, e.TID, e.Sentence, e.Marked, e.Ignored, e.Reference, e.Comment, e.File)
		}
		return nil
	}
	s.s.SetNotes(0, set)
	return nil
}

// filtered runs the commands about filters.
func (s *script) filtered(args []string) error {
	ctx := s.t.Context()
	q := s.query(args[1])
	switch args[0] {
	case "count":
		c, err := s.s.Count(ctx, q)
		if err == nil {
			s.printf("%d of %d\n", c.Matched, c.Of)
		}
		return err
	case "find":
		req := FindRequest{Query: q, From: s.num(args[2])}
		text := args[3:]
		if text[0] == "back" {
			req.Backwards, text = true, text[1:]
		}
		req.Search.Text = strings.Join(text, " ")
		f, err := s.s.Find(ctx, req)
		if err == nil {
			s.printf("found %v, row %d, event %d\n", f.Found, f.Row, f.Num)
		}
		return err
	}
	w, err := s.s.Why(ctx, q)
	if err != nil {
		return err
	}
	s.printf("%s\n", w.Message)
	for _, p := range w.Parts {
		s.printf("%d | %s | %s\n", p.Matched, s.filter[p.Span.Start:p.Span.End], p.Message)
	}
	for _, f := range w.Fixes {
		s.printf("fix: %s\n", f.Msg)
	}
	return nil
}

func cutAt(args []string, word string) (before, after []string) {
	if i := slices.Index(args, word); i >= 0 {
		return args[:i], args[i+1:]
	}
	return args, nil
}

func (s *script) num(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(s.t, err)
	return n
}

func (s *script) tid(args []string) int64 {
	if len(args) < 3 {
		return 0
	}
	return int64(s.num(args[2]))
}

func (s *script) open(name string) {
	path := filepath.Join(scapiotest.Root(s.t), "testdata", filepath.FromSlash(name))
	if rest, ok := strings.CutPrefix(name, "shared/"); ok {
		found := scapiotest.Shared(s.t, rest)
		require.NotEmpty(s.t, found, "no capture %s", rest)
		path = found[0]
	}
	s.s = openDone(s.t, path)
}

// openDone opens a capture in UTC and waits until it is indexed.
func openDone(t testing.TB, path string) *Session {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Loc: time.UTC})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	require.NoError(t, s.shared.x.Wait(t.Context()))
	return s
}

// query is a list with the filter and the order that are set.
func (s *script) query(view string) Query {
	by, way, _ := strings.Cut(s.sort, ":")
	return Query{View: ViewKind(view), Filter: s.filter, SortBy: by, Down: way == "desc"}
}

func (s *script) copy(args []string) error {
	req := CopyRequest{Query: s.query(args[0]), Format: args[1]}
	counts := strings.Split(args[3], ",")
	for i, start := range strings.Split(args[2], ",") {
		req.Rows = append(req.Rows, RowRange{s.num(start), s.num(counts[i])})
	}
	for _, f := range args[4:] {
		c, err := DescribeColumn(f)
		require.NoError(s.t, err)
		req.Columns = append(req.Columns, CopyColumn{f, c.Title, c.Align})
	}
	c, err := s.s.Copy(s.t.Context(), req)
	if err == nil {
		s.printf("%s%d rows\n", c.Text, c.Rows)
	}
	return err
}

func (s *script) page(args []string) error {
	req := PageRequest{Query: s.query(args[0]), Start: s.num(args[1]), Count: int(s.num(args[2]))}
	args = args[3:]
	if len(args) > 0 && args[0] == "internal" {
		req.Internal, args = true, args[1:]
	}
	if len(args) > 1 && args[0] == "time" {
		req.Time, args = args[1][0], args[2:]
		if len(args) > 0 && args[0] == "utc" {
			req.UTC, args = true, args[1:]
		}
		if _, ok := cuts[Precision(args[0])]; ok {
			req.Precision, args = Precision(args[0]), args[1:]
		}
	}
	req.Columns = args
	p, err := s.s.Page(s.t.Context(), req)
	if err != nil {
		return err
	}
	for _, r := range p.Rows {
		if r.Gap != nil {
			s.printf("… %s\n", r.Gap.Text)
		}
		s.printf("%d", r.Num)
		for _, c := range r.Cells {
			s.printf(" | %s", c)
		}
		if r.Kind != "syscall" {
			s.printf(" | (%s)", r.Kind)
		}
		if r.Failed {
			s.printf(" | (failed)")
		}
		if n := r.Note; n != nil {
			s.printf(" | marked %v, ignored %v, reference %v, %q", n.Marked, n.Ignored, n.Reference, n.Comment)
		}
		s.printf("\n")
	}
	s.printf("%d rows of %d from row %d\n", len(p.Rows), p.Total, p.Start)
	return nil
}

// node prints "label: value  field @start+len ->event", its children below it.
func (s *script) node(n Node, depth int) {
	s.printf("%s%s: %s", strings.Repeat("  ", depth), n.Label, n.Value)
	if n.Field != "" {
		s.printf("  {%s}", n.Field)
	}
	if n.Len > 0 {
		s.printf("  @%d+%d", n.Start, n.Len)
	}
	if n.Goto > 0 {
		s.printf("  ->%d", n.Goto)
	}
	s.printf("\n")
	for _, c := range n.Children {
		s.node(c, depth+1)
	}
}

func (s *script) items(title string, list []Item, only []string) {
	s.printf("%s: %d\n", title, len(list))
	for _, it := range list {
		line := fmt.Sprintf("%s | %s | %s | %s", it.ID, it.Label, it.Detail, strings.ReplaceAll(it.Tip, "\n", "; "))
		if len(only) > 0 && !slices.ContainsFunc(only, func(w string) bool { return strings.Contains(line, w) }) {
			continue
		}
		mark := ' '
		if it.Mark {
			mark = '*'
		}
		s.printf("%c %s (%s", mark, line, it.Icon)
		if it.Parent != "" {
			s.printf(" in %s", it.Parent)
		}
		if it.Born > 0 {
			s.printf(" ->%d", it.Born)
		}
		s.printf(")\n")
	}
}

func (s *script) info(only []string) error {
	sections, diags, err := s.s.Info(s.t.Context())
	for _, sec := range sections {
		if len(only) > 0 && !slices.Contains(only, sec.Title) {
			continue
		}
		s.printf("%s\n", sec.Title)
		for _, r := range sec.Rows {
			if r.Name == "Name" {
				r.Value = filepath.Base(r.Value)
			}
			s.printf("  %s: %s", r.Name, r.Value)
			if r.Note != "" {
				s.printf("  (%s)", r.Note)
			}
			s.printf("\n")
		}
	}
	for _, d := range diags {
		s.printf("%s at %d: %s\n", d.Severity, d.Offset, d.Message)
	}
	return err
}
