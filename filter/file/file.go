// Package file reads files of named filters (*.scapfilter), as teams share them:
//
//	# a comment
//	[Web]
//	nginx errors: proc.name = nginx and evt.failed = true
//	slow (wireshark): proc.name == "nginx" && evt.latency > 1000000
//	writes to logs:
//	    evt.is_io_write = true
//	    and fd.name startswith /var/log/
//
// A line at the margin begins a filter: its name, in parentheses its language if that is to be said, a colon, the
// filter. Indented lines go on with it. [Name] begins a group. Lines whose first sign is # are comments; those right
// above a filter describe it. Reading never fails: what is wrong stands in the file's Faults.
package file

import (
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter"
)

// Extension is what names of such files end with.
const Extension = ".scapfilter"

// File is a file of named filters.
type File struct {
	Text    string
	Groups  []Group
	Entries []Entry
	Faults  []filter.Diagnostic
}

// Group is a heading.
type Group struct {
	Name string
	At   filter.Span // of its line
	End  int         // where what belongs to it ends
}

// Entry is a named filter.
type Entry struct {
	Name     string
	Group    string // "" before the first heading
	Help     string // the comment above it
	Language filter.Language
	NameAt   filter.Span
	At       filter.Span // of the whole entry, from the name to the end of the filter
	FilterAt filter.Span // of the filter; as long as Filter
	Filter   string      // with blanks where comments stand between its lines
}

// Read reads a file.
func Read(text string) *File {
	r := &reader{f: &File{Text: text}}
	for pos := 0; pos < len(text); {
		end := pos + len(text[pos:])
		if i := strings.IndexByte(text[pos:], '\n'); i >= 0 {
			end = pos + i
		}
		r.line(pos, len(strings.TrimRight(text[pos:end], "\r"))+pos)
		pos = end + 1
	}
	r.finish()
	r.doubles()
	return r.f
}

// reader goes from line to line.
type reader struct {
	f       *File
	open    bool // the last entry may go on
	help    []string
	comment []filter.Span // comments within the filter of the last entry
}

func (r *reader) fault(at filter.Span, sev filter.Severity, format string, args ...any) {
	r.f.Faults = append(r.f.Faults, filter.Diagnostic{Span: at, Severity: sev, Msg: fmt.Sprintf(format, args...)})
}

func (r *reader) line(from, to int) {
	line := r.f.Text[from:to]
	word := strings.TrimLeft(line, " \t")
	start := to - len(word)
	switch {
	case word == "":
		r.help = nil
	case word[0] == '#':
		r.help = append(r.help, strings.TrimSpace(word[1:]))
		if start > from {
			r.comment = append(r.comment, filter.Span{Start: start, End: to})
		}
	case start > from:
		r.help = nil
		r.more(start, to)
	case word[0] == '[':
		r.heading(from, to)
	default:
		r.entry(from, to)
	}
}

func (r *reader) heading(from, to int) {
	r.finish()
	line := strings.TrimRight(r.f.Text[from:to], " \t")
	name, ok := strings.CutSuffix(line[1:], "]")
	if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, "[]") {
		r.fault(filter.Span{Start: from, End: from + len(line)}, filter.Error, "a heading is a name in brackets: [Files]")
		name = strings.Trim(line, "[] \t")
	}
	if n := len(r.f.Groups); n > 0 {
		r.f.Groups[n-1].End = from
	}
	r.f.Groups = append(r.f.Groups, Group{Name: name, At: filter.Span{Start: from, End: from + len(line)}, End: len(r.f.Text)})
	r.help = nil
}

func (r *reader) entry(from, to int) {
	r.finish()
	line := r.f.Text[from:to]
	colon := strings.IndexByte(line, ':')
	if colon <= 0 || strings.TrimSpace(line[:max(colon, 0)]) == "" {
		r.fault(filter.Span{Start: from, End: from + len(strings.TrimRight(line, " \t"))}, filter.Error,
			"a line is \"name: filter\", \"[group]\" or \"# comment\"; lines that go on with a filter are indented")
		r.help = nil
		return
	}
	head := strings.TrimRight(line[:colon], " \t")
	e := Entry{Name: head, NameAt: filter.Span{Start: from, End: from + len(head)}, Help: strings.Join(r.help, "\n")}
	if open := strings.LastIndexByte(head, '('); open > 0 && strings.HasSuffix(head, ")") {
		r.language(&e, head, open)
	}
	if n := len(r.f.Groups); n > 0 {
		e.Group = r.f.Groups[n-1].Name
	}
	start := from + colon + 1
	for start < to && (r.f.Text[start] == ' ' || r.f.Text[start] == '\t') {
		start++
	}
	e.FilterAt = filter.Span{Start: start, End: len(strings.TrimRight(r.f.Text[start:to], " \t")) + start}
	e.At = filter.Span{Start: from, End: e.FilterAt.End}
	r.f.Entries = append(r.f.Entries, e)
	r.open, r.help, r.comment = true, nil, nil
}

// language reads the language in parentheses behind a name. Other words in parentheses belong to the name.
func (r *reader) language(e *Entry, head string, open int) {
	word := strings.TrimSpace(head[open+1 : len(head)-1])
	for _, l := range []filter.Language{filter.Sysdig, filter.Wireshark} {
		if word == l.String() {
			e.Language = l
			e.Name = strings.TrimRight(head[:open], " \t")
			e.NameAt.End = e.NameAt.Start + len(e.Name)
		}
	}
}

// more goes on with the last entry's filter.
func (r *reader) more(start, to int) {
	if !r.open {
		r.fault(filter.Span{Start: start, End: to}, filter.Error, "there is no filter above that this line could go on with")
		return
	}
	e := &r.f.Entries[len(r.f.Entries)-1]
	if e.FilterAt.Start == e.FilterAt.End {
		e.FilterAt.Start, r.comment = start, nil
	}
	e.FilterAt.End = len(strings.TrimRight(r.f.Text[start:to], " \t")) + start
	e.At.End = e.FilterAt.End
}

// finish ends the last entry.
func (r *reader) finish() {
	if !r.open {
		return
	}
	r.open = false
	e := &r.f.Entries[len(r.f.Entries)-1]
	b := []byte(r.f.Text[e.FilterAt.Start:e.FilterAt.End])
	for _, c := range r.comment {
		for i := max(c.Start, e.FilterAt.Start); i < min(c.End, e.FilterAt.End); i++ {
			b[i-e.FilterAt.Start] = ' '
		}
	}
	e.Filter = string(b)
	r.comment = nil
	if strings.TrimSpace(e.Filter) == "" {
		r.fault(e.NameAt, filter.Warning, "%q has no filter: it matches everything", e.Name)
	}
}

// doubles tells of names that a group has twice.
func (r *reader) doubles() {
	seen := map[[2]string]bool{}
	for i := range r.f.Entries {
		e := &r.f.Entries[i]
		key := [2]string{e.Group, e.Name}
		if seen[key] {
			r.fault(e.NameAt, filter.Warning, "there is a filter %q above already", e.Name)
		}
		seen[key] = true
	}
}

// At returns the entry whose filter a place belongs to: in it, or behind it on the same line. nil when there is none.
func (f *File) At(pos int) *Entry {
	for i := range f.Entries {
		e := &f.Entries[i]
		end := e.FilterAt.End
		for end < len(f.Text) && (f.Text[end] == ' ' || f.Text[end] == '\t') {
			end++
		}
		if pos >= e.FilterAt.Start && pos <= end {
			return e
		}
	}
	return nil
}

// indent is what lines that go on with a filter begin with.
const indent = "    "

// Format returns the file in its usual layout: filters formatted, on lines of their own when they had several; comments
// and the lines between entries stay. What is wrong stays as it is.
func Format(text string) string {
	f := Read(text)
	var b strings.Builder
	pos := 0
	for i := range f.Entries {
		e := &f.Entries[i]
		b.WriteString(clean(text[pos:e.At.Start]))
		b.WriteString(entryText(text, e))
		pos = e.At.End
	}
	b.WriteString(clean(text[pos:]))
	return b.String()
}

// clean takes blanks at the ends of lines away.
func clean(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Join(lines, "\n")
}

func entryText(text string, e *Entry) string {
	raw := text[e.At.Start:e.At.End]
	read := filter.Read(e.Filter, e.Language)
	if len(read.Tree.Faults) > 0 || strings.Contains(text[e.FilterAt.Start:e.FilterAt.End], "#") && e.Filter != text[e.FilterAt.Start:e.FilterAt.End] {
		return clean(raw)
	}
	if e.Language == filter.Auto { // the text, not a word before it, tells the language: it must go on telling the same
		if again := filter.Read(filter.Format(read.Tree), filter.Auto); again.Language() != read.Language() {
			return clean(raw)
		}
	}
	head := e.Name
	if e.Language != filter.Auto {
		head += " (" + e.Language.String() + ")"
	}
	if !strings.Contains(raw, "\n") {
		return strings.TrimRight(head+": "+filter.Format(read.Tree), " ")
	}
	return head + ":\n" + indent + strings.Join(lines(read.Tree), "\n"+indent)
}

// lines returns a filter with each of its conditions at the top on a line of its own.
func lines(t *filter.Tree) []string {
	text := filter.Format(t)
	l, ok := filter.Read(text, t.Language).Tree.Root.(*filter.Logic)
	if !ok {
		return []string{text}
	}
	var list []string
	pos := 0
	for _, at := range l.Ops {
		list = append(list, strings.TrimSpace(text[pos:at.Start]))
		pos = at.Start
	}
	return append(list, strings.TrimSpace(text[pos:]))
}
