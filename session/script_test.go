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
)

var update = flag.Bool("update", false, "write what the scripts give into testdata/scripts")

// TestTheScriptsGiveWhatTheySay runs testdata/scripts/*.txt. A script is a txtar archive: what stands between the dashes
// is a command, what is below it is what the session answers.
//
//	open FILE                                  captures/… of this repository, shared/… of the folder beside it
//	page VIEW START COUNT [internal] [time M] FIELD…
//	detail NUM [calls] [only LABEL…]           whole tree, or the top nodes named
//	bytes NUM [START COUNT]
//	processes|users|groups|containers|interfaces NUM [only TEXT…]
//	fds NUM [TID]
//	goto VIEW [internal] WHERE
//	info [only SECTION…]
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
	t   *testing.T
	s   *Session
	out strings.Builder
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
		q := Query{View: ViewKind(args[1])}
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

func (s *script) page(args []string) error {
	req := PageRequest{Query: Query{View: ViewKind(args[0])}, Start: s.num(args[1]), Count: int(s.num(args[2]))}
	args = args[3:]
	if len(args) > 0 && args[0] == "internal" {
		req.Internal, args = true, args[1:]
	}
	if len(args) > 1 && args[0] == "time" {
		req.Time, args = args[1][0], args[2:]
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
