package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
)

func runRead(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("read", std)
	calls := fs.Bool("calls", false, "one line per system call, with the arguments of both halves")
	output := fs.String("o", "text", "output `form`: text, json (an object per line, also called ndjson) or csv")
	text := fs.String("p", "", "what to print of each event, in sysdig's `format` language: \"%evt.num %proc.name %fd.name\"; a leading * also prints events that lack a field")
	count := fs.Uint64("n", 0, "stop after this `number` of events; with a filter, of those that match")
	mode := fs.String("t", "h", "time `mode`: h clock, a seconds since the epoch, r since the first event, d duration of the call, D since the event before")
	slice := fs.String("w", "", "write the events as a capture to this `file` (- is standard output) instead of printing them, with what their names need; a name ending in .gz or .zst compresses it")
	from := fs.String("from", "", "begin with this event: a `number` or a time, 08:10:06.5 or +1.25 for seconds since the start")
	to := fs.String("to", "", "end with this event, a `number` or a time")
	internal := fs.Bool("internal", false, "also events that are hidden by default: process information, containers, users … of the capture's start")
	order := fs.String("sort", "", "print the events sorted by this `field`; with :desc behind it the greatest first")
	noted := notesFlag(fs, "", "notes that filters (evt.marked, evt.comment …) and fields are about, and that -w writes on the events as comments")
	colored := fs.Bool("color", false, "colour lines by the colour rules that come with scapls")
	lang := fs.String("lang", "", "the filter's `language`: falco or wireshark; without it the text tells")
	look := newProfileFlags(fs)
	file, cond, code := parseRead(fs, args)
	if code >= 0 {
		return code
	}
	titles, err := look.use(fs, *output, calls, internal, mode, text, std.err)
	if err != nil {
		fmt.Fprintf(std.err, "scapls read: %v\n", err)
		return exitUsage
	}
	o := session.LinesOptions{Query: session.Query{View: session.EventsView, Internal: *internal}, Limit: *count, Loc: location()}
	if *calls {
		o.View = session.CallsView
	}
	if len(*mode) != 1 || !isTimeMode((*mode)[0]) {
		fmt.Fprintf(std.err, "scapls read: -t %q is none of h, a, r, d, D\n", *mode)
		return exitUsage
	}
	o.Time = (*mode)[0]
	if *slice != "" && (*output != "text" || *text != "") {
		fmt.Fprintln(std.err, "scapls read: -w writes a capture; it goes with neither -o nor -p")
		return exitUsage
	}
	if *colored && (*output != "text" || *slice != "") {
		fmt.Fprintln(std.err, "scapls read: -color colours lines of text; it goes with neither -o nor -w")
		return exitUsage
	}
	if *colored {
		o.Fields, o.Paint = true, painter()
	}
	header, code := lineFormat(&o, *output, *text, std.err)
	if code != exitOK {
		return code
	}
	header = append(titles, header...)
	if *order != "" && *slice != "" {
		fmt.Fprintln(std.err, "scapls read: -w writes a capture, whose events are in the order of time; it does not go with --sort")
		return exitUsage
	}
	by, err := parseSorting(*order)
	if err != nil {
		fmt.Fprintf(std.err, "scapls read: %v\n", err)
		return exitFilter
	}
	program, code := lineFilter("read", cond, *lang, std.err)
	if code != exitOK {
		return code
	}
	o.Filter = program
	x, code := openIndex(ctx, "read", file, std)
	if x == nil {
		return code
	}
	defer x.Close()
	known, err := noted.of(ctx, x)
	if err != nil {
		fmt.Fprintf(std.err, "scapls read: %v\n", err)
		return exitOpen
	}
	if *from != "" || *to != "" {
		if err := x.Wait(ctx); err != nil {
			return finish("read", x, err, std)
		}
		var err error
		if o.From, o.To, err = session.Range(x, *from, *to, o.Loc); err != nil {
			fmt.Fprintf(std.err, "scapls read: %v\n", err)
			return exitUsage
		}
	}
	if *slice != "" {
		defer debug.SetGCPercent(debug.SetGCPercent(400))
		err := readSlice(ctx, x, session.SliceOptions{
			Query: o.Query, Program: program, Legacy: !*calls, Loc: o.Loc, From: o.From, To: o.To, Limit: o.Limit,
			Comments: session.Comments(known),
		}, *slice, std)
		return finish("read", x, err, std)
	}
	if *order != "" {
		if o.Keys, err = sortedKeys(ctx, x, o, by); err != nil {
			return finish("read", x, err, std)
		}
	}
	st, _ := x.Stats()
	o.Stream = st.FileSize == 0 || (*count > 0 && !*calls) // of a pipe, and where a part is enough
	defer debug.SetGCPercent(debug.SetGCPercent(400))      // one pass: more memory for less time
	full := false
	var found uint64
	o.Full, o.Count = &full, &found
	w := bufio.NewWriterSize(std.out, 64<<10) // Lines writes large pieces, which pass it by
	_, err = w.Write(header)
	if err == nil {
		err = session.Lines(ctx, x, o, w)
	}
	if e := w.Flush(); err == nil {
		err = e
	}
	if err == nil && found == 0 && program != nil {
		tellWhy(ctx, x, o, std.err)
	}
	if err == nil && full { // damage behind the last line is none of this command's
		return exitOK
	}
	return finish("read", x, err, std)
}

func isTimeMode(m byte) bool {
	switch m {
	case 'h', 'a', 'r', 'd', 'D':
		return true
	}
	return false
}

func newFlags(name string, std stdio) *flag.FlagSet {
	fs := flag.NewFlagSet("scapls "+name, flag.ContinueOnError)
	fs.SetOutput(std.err)
	fs.Usage = func() {
		c := commands()[name]
		fmt.Fprintf(std.err, "Usage: scapls %s %s\n\n%s.\n\n", name, c.usage, c.help)
		fs.PrintDefaults()
	}
	return fs
}

// parseFile parses the flags, which may stand before or behind the one argument, and returns that; code is -1 when all
// is well.
func parseFile(fs *flag.FlagSet, args []string) (file string, code int) {
	var rest []string
	for {
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			return "", exitOK
		} else if err != nil {
			return "", exitUsage
		}
		if fs.NArg() == 0 {
			break
		}
		rest = append(rest, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(rest) != 1 {
		fmt.Fprintf(fs.Output(), "%s: give one capture file, or - for standard input (%d given)\n", fs.Name(), len(rest))
		return "", exitUsage
	}
	return rest[0], -1
}

// parseRead parses the flags, the file, and the filter: all arguments behind the file that are no flags, joined by
// blanks. code is -1 when all is well.
func parseRead(fs *flag.FlagSet, args []string) (file, cond string, code int) {
	rest, code := parseNames(fs, args)
	if code >= 0 {
		return "", "", code
	}
	if len(rest) == 0 {
		fmt.Fprintf(fs.Output(), "%s: give one capture file, or - for standard input (0 given)\n", fs.Name())
		return "", "", exitUsage
	}
	return rest[0], strings.Join(rest[1:], " "), -1
}

// isFlag reports whether an argument is a flag: a filter may hold numbers such as -1, and a file be -.
func isFlag(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && (arg[1] < '0' || arg[1] > '9')
}

// lineFilter compiles a filter, nil when it is empty, or shows what is wrong with it.
func lineFilter(command, cond, lang string, stderr io.Writer) (p *filter.Program, code int) {
	from, ok := languages[lang]
	if !ok {
		fmt.Fprintf(stderr, "scapls %s: --lang %q is none of falco, wireshark\n", command, lang)
		return nil, exitUsage
	}
	if strings.TrimSpace(cond) == "" {
		return nil, exitOK
	}
	r := filter.Read(cond, from)
	p, err := r.Compile()
	var invalid *filter.Invalid
	if errors.As(err, &invalid) {
		fmt.Fprintf(stderr, "scapls %s: this filter cannot be used:\n%s", command, filter.Explain(cond, invalid.Errors()))
		return nil, exitFilter
	}
	return p, exitOK
}

// location is the time zone of the environment.
func location() *time.Location { return time.Local }

// openIndex opens a capture, or says what is wrong with it and returns nil and the exit status.
func openIndex(ctx context.Context, name, file string, std stdio) (*index.Index, int) {
	x, err := index.Open(ctx, file)
	if err == nil {
		return x, exitOK
	}
	if file == "-" {
		file = "standard input"
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		fmt.Fprintf(std.err, "scapls %s: there is no file %s\n", name, file)
	case errors.Is(err, os.ErrPermission):
		fmt.Fprintf(std.err, "scapls %s: %s may not be read by this user: try sudo, or change its owner\n", name, file)
	case errors.Is(err, scapio.ErrNotCapture):
		fmt.Fprintf(std.err, "scapls %s: %s is %v\n", name, file, err)
	default:
		fmt.Fprintf(std.err, "scapls %s: %s: %v\n", name, file, err)
	}
	return nil, exitOpen
}

// finish tells of damage and turns the end of a command into its exit status.
func finish(name string, x *index.Index, err error, std stdio) int {
	if err != nil && !brokenPipe(err) && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(std.err, "scapls %s: %v\n", name, err)
		return exitOpen
	}
	_, diags := x.Stats()
	if len(diags) == 0 {
		return exitOK
	}
	for _, d := range diags {
		fmt.Fprintf(std.err, "scapls %s: %s\n", name, d.Text)
	}
	return exitDamaged
}

// lineFormat sets how lines are written: sysdig's default line unless a format or another form is asked for. The header
// is what stands before the first line.
func lineFormat(o *session.LinesOptions, output, text string, stderr io.Writer) (header []byte, code int) {
	if output == "text" && text == "" {
		return nil, exitOK
	}
	f := format.Default()
	if text != "" {
		var err error
		if f, err = format.Compile(text); err != nil {
			fmt.Fprintf(stderr, "scapls read: -p: %v\n", err)
			return nil, exitFilter
		}
	}
	o.Fields = true
	switch output {
	case "text":
		o.Append = func() session.Appender { return f.Append }
	case "json", "ndjson":
		o.Append, o.Plain = func() session.Appender { return f.AppendJSON }, true
	case "csv":
		header = f.AppendCSVHeader(nil)
		o.Append, o.Plain = func() session.Appender { return f.AppendCSV }, true
	default:
		fmt.Fprintf(stderr, "scapls read: -o %q is none of text, json (or ndjson), csv\n", output)
		return nil, exitUsage
	}
	return header, exitOK
}
