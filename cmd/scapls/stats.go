package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session/stats"
)

func runStats(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("stats", std)
	output := fs.String("o", "text", "output `form`: text, json or csv")
	most := fs.Int("n", 0, "only the first `number` of rows; 0 is all")
	by := fs.String("sort", "", "sort by this `column`, the largest first")
	usage := fs.Usage
	fs.Usage = func() {
		usage()
		fmt.Fprintln(std.err, "\nThe tables:")
		for _, n := range stats.Names() {
			fmt.Fprintf(std.err, "  %-12s %s\n", n.Name, n.Help)
		}
	}
	rest, code := parseNames(fs, args)
	if code >= 0 {
		return code
	}
	if len(rest) < 2 {
		fmt.Fprintf(std.err, "scapls stats: give a table and a capture: scapls stats calls FILE\n")
		return exitUsage
	}
	name, file := rest[0], rest[1]
	prog, code := lineFilter("stats", strings.Join(rest[2:], " "), "", std.err)
	if code != exitOK {
		return code
	}
	x, code := openIndex(ctx, "stats", file, std)
	if x == nil {
		return code
	}
	defer x.Close()
	if err := x.Wait(ctx); err != nil {
		return exitOpen
	}
	var set *index.Set
	if prog != nil {
		var err error
		if set, err = x.Select(ctx, prog, index.Ask{List: index.List{Calls: true}, Loc: location()}, nil); err != nil {
			return finish("stats", x, err, std)
		}
	}
	t, err := stats.Compute(ctx, x, set, name)
	switch {
	case errors.Is(err, stats.ErrUnknown):
		fmt.Fprintf(std.err, "scapls stats: there is no table %q; \"scapls stats -h\" lists them\n", name)
		return exitUsage
	case err != nil:
		return finish("stats", x, err, std)
	}
	if *by != "" {
		i := column(t, *by)
		if i < 0 {
			fmt.Fprintf(std.err, "scapls stats: the table %s has no column %q; it has %s\n", name, *by, columnNames(t))
			return exitUsage
		}
		t.Sort(i, t.Columns[i].Kind == stats.Text)
	}
	if *most > 0 && *most < len(t.Rows) {
		t.Rows = t.Rows[:*most]
	}
	w := bufio.NewWriter(std.out)
	if err = t.Write(w, stats.Form(*output), location()); errors.Is(err, stats.ErrUnknown) {
		fmt.Fprintf(std.err, "scapls stats: -o %q is none of text, json, csv\n", *output)
		return exitUsage
	}
	if e := w.Flush(); err == nil {
		err = e
	}
	return finish("stats", x, err, std)
}

func column(t *stats.Table, id string) int {
	for i, c := range t.Columns {
		if c.ID == id {
			return i
		}
	}
	return -1
}

func columnNames(t *stats.Table) string {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.ID)
	}
	return strings.Join(names, ", ")
}
