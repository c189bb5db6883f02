package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/notes"
)

func runReport(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("report", std)
	out := fs.String("o", "", "the HTML `file` to write; \"-\" is standard output")
	noted := notesFlag(fs, notesKept, "notes that the report tells of, besides comments in the file")
	file, cond, code := parseRead(fs, args)
	if code >= 0 {
		return code
	}
	if *out == "" {
		fmt.Fprintln(std.err, "scapls report: give the file to write with -o, or -o - for standard output")
		return exitUsage
	}
	prog, code := lineFilter("report", cond, "", std.err)
	if code != exitOK {
		return code
	}
	x, code := openIndex(ctx, "report", file, std)
	if x == nil {
		return code
	}
	defer x.Close()
	if err := x.Wait(ctx); err != nil {
		return exitOpen
	}
	set, err := noted.of(ctx, x)
	var d *notes.Document
	if err == nil {
		d, err = session.Document(ctx, x, filepath.Base(x.Name), set, location())
	}
	if err != nil {
		fmt.Fprintf(std.err, "scapls report: %v\n", err)
		return exitOpen
	}
	r, err := session.MakeReport(ctx, x, session.ReportOptions{
		Filter: strings.TrimSpace(cond), Prog: prog, Loc: location(), Marks: session.Remarks(d), Now: time.Now(),
	})
	switch {
	case err != nil:
	case *out == "-":
		err = r.Write(std.out)
	default:
		err = session.WriteFile(*out, r.Write)
	}
	return finish("report", x, err, std)
}
