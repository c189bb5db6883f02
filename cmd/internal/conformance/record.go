package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// A record is one event as a tool printed it.
type record struct {
	num   uint64 // event number; 0 when the line has none
	raw   string // every byte of it, without the last newline
	time  string
	cpu   string
	tid   string
	proc  string
	dir   string
	typ   string
	args  string   // text view only
	cells []string // field view only
}

// key is what a call is matched by where numbers differ.
func (r *record) key() string { return r.time + " " + r.tid + " " + r.typ }

// looseKey matches what the strict key left over, so that a wrong type or thread shows as such.
func (r *record) looseKey() string { return r.time + " " + r.cpu }

// text is the record without trailing blanks.
func (r *record) text() string { return strings.TrimRight(r.raw, " \t\r\n") }

var (
	textStart  = regexp.MustCompile(`^\d+ \d\d:\d\d:\d\d\.\d{9} \d+ `)
	tableStart = regexp.MustCompile(`^\d+\t\d{9,20}\t`)
	threadPart = regexp.MustCompile(`^(?s)(.*?) \((-?\d+|<NA>)\) ([<>]) (\S+) ?(.*)$`)
)

// split cuts a tool's output into records. A line that does not start like an event continues the one before: strings are printed
// with the newlines they hold. What precedes the first event becomes a record without a number.
func split(out []byte, tabular bool) []*record {
	var records []*record
	start := textStart
	if tabular {
		start = tableStart
	}
	var open []byte // lines of the record under way; a part of out
	flush := func() {
		if open != nil {
			records = append(records, parse(string(bytes.TrimSuffix(open, []byte("\n"))), tabular))
		}
	}
	for len(out) > 0 {
		n := bytes.IndexByte(out, '\n') + 1
		if n == 0 {
			n = len(out)
		}
		if open == nil || isStart(out[:n], start) {
			flush()
			open = out[:n]
		} else {
			open = open[:len(open)+n]
		}
		out = out[n:]
	}
	flush()
	return records
}

func isStart(line []byte, re *regexp.Regexp) bool {
	return len(line) > 0 && line[0] >= '0' && line[0] <= '9' && re.Match(line)
}

// parse reads the head of one record.
func parse(raw string, tabular bool) *record {
	r := &record{raw: raw}
	if tabular {
		r.cells = strings.SplitN(r.text(), "\t", len(fields))
		for len(r.cells) < len(fields) { // trailing blanks may have been empty cells
			r.cells = append(r.cells, "")
		}
		r.num, _ = strconv.ParseUint(r.cells[0], 10, 64)
		r.time, r.cpu, r.dir, r.typ, r.tid = r.cells[1], r.cells[2], r.cells[3], r.cells[4], r.cells[6]
		return r
	}
	head := strings.SplitN(r.text(), " ", 4)
	if len(head) < 4 {
		return r
	}
	num, err := strconv.ParseUint(head[0], 10, 64)
	if err != nil {
		return r
	}
	r.num, r.time, r.cpu = num, head[1], head[2]
	if m := threadPart.FindStringSubmatch(head[3]); m != nil {
		r.proc, r.tid, r.dir, r.typ, r.args = m[1], m[2], m[3], m[4], m[5]
	}
	return r
}

// A param is one name=value of an event's text.
type param struct{ name, value string }

var paramStart = regexp.MustCompile(`(?:^| )([a-z_][a-z0-9_]*)=`)

// params cuts the arguments of an event at what looks like a name. Data that holds such a text is cut too, on both sides alike.
func params(args string) []param {
	var list []param
	starts := paramStart.FindAllStringSubmatchIndex(args, -1)
	if len(starts) == 0 {
		if args != "" {
			list = append(list, param{"", args})
		}
		return list
	}
	if head := args[:starts[0][0]]; head != "" {
		list = append(list, param{"", head})
	}
	for i, s := range starts {
		end := len(args)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		list = append(list, param{args[s[2]:s[3]], args[s[1]:end]})
	}
	return list
}
