package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/scapls/scapls/cmd/internal/peers"
	"github.com/scapls/scapls/filter"
	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/session"
	"github.com/scapls/scapls/session/format"
	"github.com/scapls/scapls/session/stats"
)

// rows are the numbers of a table by the texts that tell its rows apart.
type rows map[string]int64

const between = " | "

// comparison is a chisel and the same counted by scapls.
type comparison struct {
	chisel []string // its name and its arguments; of a generator, what it is called here before that
	top    int      // rows that it prints at most; 0: all
	count  func(c *capture) (rows, error)
	plain  bool   // it prints keys and numbers and no JSON
	silent string // why it has nothing to say of any capture
}

// What the chisels look at.
const (
	ioOnFiles = "fd.type=file and evt.is_io=true"
	ioOnIP    = "(fd.type=ipv4 or fd.type=ipv6) and evt.is_io=true"
	wellDone  = "evt.is_io=true and evt.failed=false"
	called    = "syscall.type exists"
	returned  = "syscall.type exists and evt.dir=<" // sysdig 0.41 leaves out calls that do not return: exit
)

const noLatency = "sysdig 0.41 leaves out the first halves of calls and knows no latency"

var moved = []string{"read", "written"}

// generator is table_generator, which the named chisels call with these arguments: fields of the key, of the number, and
// a filter. Most of the chisels themselves ask for container.name first, which sysdig has no more without a plugin, and
// stop; what they would count is asked of table_generator, with no limit of rows.
func generator(name, key, value, cond string) []string {
	return []string{name, "table_generator", fmt.Sprintf("%s %s %s x '%s' 100000 none", key, strings.Repeat(",x", strings.Count(key, ",")+1)[1:], value, cond)}
}

const res, number, latency = "evt.rawarg.res", "evt.count", "evt.latency"

var comparisons = []comparison{
	{chisel: generator("topprocs_file", "proc.name,proc.pid", res, ioOnFiles), count: table("processes", []string{"name", "pid"}, moved, ioOnFiles)},
	{chisel: generator("topprocs_net", "proc.name,proc.pid", res, ioOnIP), count: table("processes", []string{"name", "pid"}, moved, ioOnIP)},
	{chisel: generator("topprocs_errors", "proc.name,proc.pid", number, "evt.failed=true"), count: table("processes", []string{"name", "pid"}, []string{"errors"}, "")},
	{chisel: generator("topfiles_bytes", "fd.name", res, ioOnFiles), count: table("files", []string{"file"}, moved, ioOnFiles)},
	{chisel: generator("topfiles_errors", "fd.name", number, "fd.type=file and evt.failed=true"), count: table("files", []string{"file"}, []string{"errors"}, "fd.type=file")},
	{chisel: generator("topconns", "fd.l4proto,fd.name", res, ioOnIP), count: table("connections", []string{"protocol", "connection"}, moved, "evt.is_io=true")},
	{chisel: generator("topports_server", "fd.sport", res, ioOnIP), count: printed("%fd.sport", ioOnIP, moves)},
	{chisel: generator("topscalls", "evt.type", number, called), count: table("calls", []string{"call"}, []string{"calls"}, returned)},
	{chisel: generator("errors by errno", "evt.res,evt.type", number, "evt.failed=true"), count: table("errors", []string{"error", "call"}, []string{"errors"}, "")},
	{chisel: generator("calls of users", "user.uid", number, called), count: table("users", []string{"uid"}, []string{"events"}, returned)},
	{chisel: generator("switches", "proc.name,proc.pid", number, "evt.type=switch"), count: table("scheduling", []string{"name", "pid"}, []string{"switches"}, "")},
	{chisel: generator("bytes to servers", "fd.sport,proc.name", res, ioOnIP+" and fd.is_server=true"), count: printed("%fd.sport"+between+"%proc.name", ioOnIP+" and fd.is_server=true", moves)},
	{chisel: []string{"fdbytes_by", "proc.name"}, top: 30, count: table("processes", []string{"name"}, moved, wellDone)},
	{chisel: []string{"fdbytes_by", "fd.directory"}, top: 30, count: printed("%fd.directory", wellDone, moves)},
	{chisel: []string{"fdbytes_by", "fd.name"}, top: 30, count: printed("%fd.name", wellDone, moves)},
	{chisel: []string{"fdbytes_by", "fd.type"}, top: 30, count: printed("%fd.type", wellDone, moves)},
	{chisel: []string{"fdbytes_by", "fd.l4proto"}, top: 30, count: printed("%fd.l4proto", wellDone, moves)},
	{chisel: []string{"fdbytes_by", "fd.sip"}, top: 30, count: printed("%fd.sip", wellDone, moves)},
	{chisel: []string{"fdbytes_by", "fd.cip"}, top: 30, count: printed("%fd.cip", wellDone, moves)},
	{chisel: []string{"fdbytes_by", "user.name"}, top: 30, count: table("users", []string{"user"}, moved, wellDone)},
	{chisel: []string{"fdbytes_by", "evt.type"}, top: 30, count: table("calls", []string{"call"}, moved, wellDone)},
	{chisel: []string{"fdcount_by", "proc.name"}, plain: true, count: descriptors("%proc.name")},
	{chisel: []string{"fdcount_by", "fd.type"}, plain: true, count: descriptors("%fd.type")},
	{chisel: generator("topscalls_time", "evt.type", latency, ""), silent: noLatency},
	{chisel: generator("topfiles_time", "fd.name", latency, ioOnFiles), silent: noLatency},
	{chisel: []string{"fdtime_by", "fd.name"}, silent: noLatency},
}

// table counts by a table of scapls: the columns that sum adds up, by those of the key.
func table(name string, key, sum []string, cond string) func(c *capture) (rows, error) {
	return func(c *capture) (rows, error) {
		set, err := c.selected(cond)
		if err != nil {
			return nil, err
		}
		t, err := stats.Compute(context.Background(), c.x, set, name)
		if err != nil {
			return nil, err
		}
		out := rows{}
		for _, r := range t.Rows {
			var cells []string
			n := int64(0)
			for _, id := range key {
				cells = append(cells, cell(t, r, id).Text)
			}
			for _, id := range sum {
				n += cell(t, r, id).N
			}
			if n > 0 {
				out[strings.Join(cells, between)] += n
			}
		}
		return out, nil
	}
}

func (c *capture) selected(cond string) (*index.Set, error) {
	if cond == "" {
		return nil, nil
	}
	p, err := filter.Compile(filter.Parse(cond))
	if err != nil {
		return nil, err
	}
	return c.x.Select(context.Background(), p, index.Ask{List: index.List{Calls: true}, Loc: time.UTC}, nil)
}

// moves is the field with the bytes that a call moved.
const moves = "%evt.rawarg.res"

// printed adds up a field of the events that a filter leaves, by the text of others, as scapls prints them.
func printed(key, cond, sum string) func(c *capture) (rows, error) {
	return func(c *capture) (rows, error) {
		lines, err := c.print(key+"\t"+sum, cond)
		if err != nil {
			return nil, err
		}
		out := rows{}
		for _, l := range lines {
			var n int64
			if _, err := fmt.Sscan(l[1], &n); err == nil && n > 0 {
				out[l[0]] += n
			}
		}
		return out, nil
	}
}

// descriptors counts the descriptors, told apart by number and name, by the text of a field.
func descriptors(key string) func(c *capture) (rows, error) {
	return func(c *capture) (rows, error) {
		lines, err := c.print(key+"\t%fd.num\t%fd.name", "fd.num>0")
		if err != nil {
			return nil, err
		}
		seen := map[[3]string]bool{}
		out := rows{}
		for _, l := range lines {
			if k := [3]string{l[0], l[1], l[2]}; l[2] != "" && !seen[k] {
				seen[k] = true
				out[l[0]]++
			}
		}
		return out, nil
	}
}

// print returns the fields of the calls that a filter leaves, those that have them all.
func (c *capture) print(fields, cond string) ([][]string, error) {
	f, err := format.Compile(fields)
	if err != nil {
		return nil, err
	}
	o := session.LinesOptions{Query: session.Query{View: session.CallsView}, Loc: time.UTC, Fields: true, Append: func() session.Appender { return f.Append }}
	if cond != "" {
		if o.Filter, err = filter.Compile(filter.Parse(cond)); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := session.Lines(context.Background(), c.x, o, &out); err != nil {
		return nil, err
	}
	var list [][]string
	for l := range strings.Lines(out.String()) {
		list = append(list, strings.Split(strings.TrimSuffix(l, "\n"), "\t"))
	}
	return list, nil
}

// name tells the comparison from others.
func (k *comparison) name() string {
	if k.chisel[1] == "table_generator" {
		return k.chisel[0]
	}
	return strings.Join(k.chisel, " ")
}

// ask runs the chisel.
func (k *comparison) ask(c *capture) (rows, error) {
	args := k.chisel
	if args[1] == "table_generator" {
		args = args[1:]
	}
	out, err := peers.Run("sysdig", append([]string{"-r", c.path, "-j", "-c"}, args...)...)
	if err != nil {
		return nil, err
	}
	if k.plain {
		return plainRows(out)
	}
	return jsonRows(out)
}

// plainRows reads lines of a key, a tab and a number.
func plainRows(out []byte) (rows, error) {
	list := rows{}
	for l := range strings.Lines(string(out)) {
		l = strings.TrimSuffix(l, "\n")
		at := strings.LastIndexByte(l, '\t')
		if at < 0 {
			continue
		}
		var n int64
		if _, err := fmt.Sscan(l[at+1:], &n); err != nil {
			return nil, fmt.Errorf("%q is no row: %w", l, err)
		}
		list[l[:at]] = n
	}
	return list, nil
}

// float is how Lua writes whole numbers.
var float = regexp.MustCompile(`^(-?\d+)\.0$`)

// jsonRows reads what chisels print with -j: rows of keys and, last, a number.
func jsonRows(out []byte) (rows, error) {
	list := rows{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var printed struct{ Data json.RawMessage }
		if err := dec.Decode(&printed); err == io.EOF {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("read %.200q: %w", out, err)
		}
		if len(printed.Data) == 0 || printed.Data[0] != '[' { // Lua's empty list is an object
			continue
		}
		var data [][]any
		if err := json.Unmarshal(printed.Data, &data); err != nil {
			return nil, fmt.Errorf("read %.200q: %w", printed.Data, err)
		}
		for _, row := range data {
			var cells []string
			for _, v := range row[:len(row)-1] {
				cells = append(cells, float.ReplaceAllString(fmt.Sprint(v), "$1"))
			}
			n, _ := row[len(row)-1].(float64)
			list[strings.Join(cells, between)] += int64(n)
		}
	}
}

func cell(t *stats.Table, r stats.Row, id string) stats.Value {
	for i, c := range t.Columns {
		if c.ID == id {
			return r.Cells[i]
		}
	}
	panic("the table " + t.Name + " has no column " + id) // the list of comparisons is wrong
}
