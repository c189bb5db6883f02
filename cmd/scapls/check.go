package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/scapls/scapls/filter"
)

// languages are the names of the filter languages on the command line.
var languages = map[string]filter.Language{
	"": filter.Auto, "falco": filter.Sysdig, "sysdig": filter.Sysdig, "wireshark": filter.Wireshark, "stratoshark": filter.Wireshark,
}

// runCheck says what is wrong with a filter, and prints it in its language or another.
func runCheck(_ context.Context, args []string, std stdio) int {
	fs := newFlags("check", std)
	to := fs.String("to", "", "print the filter in this `language`: falco or wireshark")
	lang := fs.String("lang", "", "the filter's `language`: falco or wireshark; without it the text tells")
	words, code := parseNames(fs, args)
	if code >= 0 {
		return code
	}
	target, ok := languages[*to]
	from, fine := languages[*lang]
	if !ok || !fine {
		fmt.Fprintf(std.err, "scapls check: there are two languages, falco and wireshark\n")
		return exitUsage
	}
	text := strings.Join(words, " ")
	if strings.TrimSpace(text) == "" {
		fmt.Fprintf(std.err, "scapls check: give a filter\n")
		return exitUsage
	}
	r := filter.Read(text, from)
	title := r.Language().Title()
	if !r.Valid() {
		fmt.Fprintf(std.err, "scapls check: this filter cannot be used (read as a filter of %s):\n%s", title, filter.Explain(text, r.Diags))
		return exitFilter
	}
	fmt.Fprint(std.err, filter.Explain(text, r.Diags))
	if r.Other != filter.Auto {
		fmt.Fprintf(std.err, "  note: read as a filter of %s; %s (--lang %s)\n", title, r.OtherNote, r.Other)
	}
	if target == filter.Auto {
		fmt.Fprintf(std.out, "%s\n", filter.Format(r.Tree))
		return exitOK
	}
	out, problems := filter.Translate(r.Tree, target)
	if len(problems) > 0 {
		fmt.Fprintf(std.err, "scapls check: this filter has no counterpart for %s:\n%s", target.Title(), filter.Explain(text, problems))
		return exitFilter
	}
	fmt.Fprintln(std.out, out)
	return exitOK
}

// parseNames parses the flags, which may stand before, between and behind the other arguments, and returns those. code is
// -1 when all is well.
func parseNames(fs *flag.FlagSet, args []string) (rest []string, code int) {
	for len(args) > 0 {
		if !isFlag(args[0]) {
			rest, args = append(rest, args[0]), args[1:]
			continue
		}
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, exitOK
		} else if err != nil {
			return nil, exitUsage
		}
		if n := len(args) - fs.NArg(); args[n-1] == "--" { // no flags behind it
			return append(rest, fs.Args()...), -1
		}
		args = fs.Args()
	}
	return rest, -1
}
