package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
)

// mergeText is what is printed of a merged event behind its time and host.
const mergeText = "%evt.num %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"

// runMerge prints the events of several captures in one order.
func runMerge(ctx context.Context, args []string, std stdio) int {
	fs := newFlags("merge", std)
	calls := fs.Bool("calls", false, "one line per system call, with the arguments of both halves")
	output := fs.String("o", "text", "output `form`: text or json (an object per line, with host and time_ns)")
	text := fs.String("p", mergeText, "what to print of each event behind time and host, in sysdig's `format` language")
	count := fs.Uint64("n", 0, "stop after this `number` of events")
	cond := fs.String("filter", "", "only events that match this `filter`")
	far := fs.Bool("far-clocks", false, "leave the times as they are: do not subtract the offsets that remote captures keep")
	files, code := parseMixed(fs, args)
	if code >= 0 {
		return code
	}
	if len(files) < 2 || *output != "text" && *output != "json" {
		fmt.Fprintln(std.err, "scapls merge: give two or more capture files, and -o text or json")
		return exitUsage
	}
	f, err := format.Compile(*text)
	if err != nil {
		fmt.Fprintf(std.err, "scapls merge: -p: %v\n", err)
		return exitFilter
	}
	o := session.LinesOptions{Query: session.Query{View: session.EventsView}, Limit: *count, Loc: location(), Fields: true, Plain: *output == "json"}
	if *calls {
		o.View = session.CallsView
	}
	o.Append = func() session.Appender { return f.Append }
	if *output == "json" {
		o.Append = func() session.Appender { return f.AppendJSON }
	}
	if o.Filter, code = lineFilter("merge", *cond, "", std.err); code != exitOK {
		return code
	}
	list, code := openMerged(ctx, files, *far, std)
	defer func() {
		for _, m := range list {
			_ = m.Index.Close()
		}
	}()
	if code != exitOK {
		return code
	}
	w := bufio.NewWriterSize(std.out, 256<<10)
	err = session.Merge(ctx, list, o, mergeLine(list, *output == "json"), w)
	if e := w.Flush(); err == nil {
		err = e
	}
	for _, m := range list {
		if c := finish("merge", m.Index, err, std); c > code {
			code = c
		}
		err = nil // told once
	}
	return code
}

// openMerged opens the captures and names them by their machines, and by their files where that is not enough.
func openMerged(ctx context.Context, files []string, far bool, std stdio) (list []session.Merged, code int) {
	for _, file := range files {
		x, code := openIndex(ctx, "merge", file, std)
		if x == nil {
			return list, code
		}
		list = append(list, session.Merged{Index: x})
		m := &list[len(list)-1]
		if err := x.Wait(ctx); err != nil {
			return list, finish("merge", x, err, std)
		}
		if !far {
			m.Offset, _ = session.ClockOffset(x)
		}
		m.Host = session.HostOf(x)
	}
	hosts := make([]string, len(list))
	for i := range list {
		hosts[i] = list[i].Host
	}
	for i, name := range session.HostNames(hosts, files) {
		list[i].Host = name
	}
	return list, exitOK
}

// mergeLine returns how a line is put together.
func mergeLine(list []session.Merged, asJSON bool) session.Line {
	width := 0
	names := map[*session.Merged]string{}
	for i := range list {
		width = max(width, len(list[i].Host))
		b, _ := json.Marshal(list[i].Host) // a string always can
		names[&list[i]] = string(b)
	}
	if asJSON {
		return func(dst []byte, ts uint64, from *session.Merged, text []byte) []byte {
			dst = append(append(dst, `{"host":`...), names[from]...)
			dst = append(strconv.AppendUint(append(dst, `,"time_ns":"`...), ts, 10), '"')
			if len(text) > 2 && text[1] != '}' {
				dst = append(dst, ',')
			}
			return append(dst, text[1:]...)
		}
	}
	return func(dst []byte, ts uint64, from *session.Merged, text []byte) []byte {
		dst = time.Unix(0, int64(ts)).In(location()).AppendFormat(dst, "15:04:05.000000000 ")
		dst = append(dst, from.Host...)
		for range width - len(from.Host) {
			dst = append(dst, ' ')
		}
		return append(append(dst, ' '), text...)
	}
}
