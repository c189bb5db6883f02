package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/profile"
)

// profileFlags are those of a profile that lines are printed by.
type profileFlags struct {
	name *string
	file *string
}

func newProfileFlags(fs *flag.FlagSet) profileFlags {
	return profileFlags{
		fs.String("profile", "", "print the columns of this `profile`, in its view and with its form of times: "+strings.Join(shippedNames(), ", ")+", or one of --profiles"),
		fs.String("profiles", "", "read profiles from this JSON `file`, too: a list, an exported file, or settings of VS Code"),
	}
}

func shippedNames() (names []string) {
	for _, p := range profile.Shipped() {
		names = append(names, p.Name)
	}
	return names
}

// use sets what the command line leaves open: the view, internal events, the form of times, and a format of the
// profile's columns. A text begins with a line of titles.
func (f profileFlags) use(fs *flag.FlagSet, output string, calls, internal *bool, mode, format *string, stderr io.Writer) (titles []byte, err error) {
	if *f.name == "" {
		return nil, nil
	}
	p, err := f.find(stderr)
	if err != nil {
		return nil, err
	}
	given := map[string]bool{}
	fs.Visit(func(x *flag.Flag) { given[x.Name] = true })
	if given["p"] {
		return nil, fmt.Errorf("--profile tells the columns; it does not go with -p")
	}
	if !given["calls"] {
		*calls = p.View == "calls"
	}
	if p.Internal != nil && !given["internal"] {
		*internal = *p.Internal
	}
	dated := false
	if !given["t"] {
		switch p.Time {
		case "":
		case "a": // date and clock here, where -t a is seconds
			dated = true
		case "e", "n":
			*mode = "a"
		case "R": // a command has no time reference but the start
			*mode = "r"
		default:
			*mode = p.Time
		}
	}
	*format, titles = columnsFormat(p, *mode, dated)
	if output != "text" {
		titles = nil
	}
	return titles, nil
}

func (f profileFlags) find(stderr io.Writer) (profile.Profile, error) {
	var sources []profile.Source
	if *f.file != "" {
		text, err := os.ReadFile(*f.file)
		if err != nil {
			return profile.Profile{}, fmt.Errorf("read profiles: %w", err)
		}
		sources = append(sources, profile.Source{Origin: profile.FromUser, Text: string(text)})
	}
	list, problems := profile.Merge(sources)
	for _, p := range problems {
		fmt.Fprintf(stderr, "scapls read: %s: %s: %s\n", *f.file, p.Place, p.Text)
	}
	var names []string
	for _, p := range list {
		if strings.EqualFold(p.Name, *f.name) {
			return p.Profile, nil
		}
		names = append(names, p.Name)
	}
	return profile.Profile{}, fmt.Errorf("there is no profile %q; there are %s", *f.name, strings.Join(names, ", "))
}

// columnsFormat is the format of a profile's columns, as wide as there, and a line of their titles.
func columnsFormat(p profile.Profile, mode string, dated bool) (format string, titles []byte) {
	columns := p.Columns
	if columns == nil {
		for _, c := range session.DefaultColumns() {
			columns = append(columns, profile.Column{Field: c.ID})
		}
	}
	var b strings.Builder
	b.WriteString("*")
	for i, c := range columns {
		known, err := session.DescribeColumn(c.Field)
		if err != nil {
			continue // a profile has no others
		}
		title, width, name := known.Title, known.Width, c.Field
		if c.Title != "" {
			title = c.Title
		}
		if c.Width > 0 {
			width = c.Width
		}
		if name == "evt.time" {
			switch {
			case dated:
				name, width = "evt.datetime", max(width, 29)
			case mode != "h":
				name = "evt.outputtime"
			}
		}
		width = max(width, len(title))
		if i > 0 {
			b.WriteString(" ")
			titles = append(titles, ' ')
		}
		if i == len(columns)-1 {
			fmt.Fprintf(&b, "%%%s", name)
			titles = append(titles, title...)
			break
		}
		fmt.Fprintf(&b, "%%%d%s", width, name)
		titles = fmt.Appendf(titles, "%-*s", width, title)
	}
	return b.String(), append(titles, '\n')
}
