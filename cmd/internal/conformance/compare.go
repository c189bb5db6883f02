package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
	"time"
)

// runLimit is how long one `scapls read` may take.
const runLimit = 3 * time.Minute

// A difference is one thing in which a record of ours is not the oracle's.
type difference struct {
	event        string // "< openat", or "-" when the record has no type
	what         string // a parameter, a field, or "missing record", "extra record", "unreturned call"
	ours, theirs string
	known        *rule
}

// text is what the rules of known.txt are matched with.
func (d difference) text() string {
	return fmt.Sprintf("%s %s ours=%q theirs=%q", d.event, d.what, d.ours, d.theirs)
}

// A pair is a record of the oracle and ours, with the differences. One side is nil when it is missing.
type pair struct {
	ours, theirs *record
	diffs        []difference
}

// num is the event number that both sides, or the only side, carry.
func (p pair) num() uint64 {
	if p.theirs != nil {
		return p.theirs.num
	}
	return p.ours.num
}

// A result is what one job found.
type result struct {
	job
	err                 error // the binary or the oracle could not be read; nothing was compared
	note                string
	total, equal, known int
	exact               int // of equal: without stripping blanks
	missing, extra      int
	cells, equalCells   int // field views only; known cells count as equal
	differing           []pair
	all                 []pair               // kept for -num
	exits               map[string][]*record // of the oracle, by thread
	took                time.Duration
}

// good is the number of records that are equal or differ in known ways.
func (r *result) good() int { return r.equal + r.known }

// share is good of total, 1 when there was nothing to print and nothing was printed.
func (r *result) share() float64 {
	if r.total == 0 {
		return 1
	}
	return float64(r.good()) / float64(r.total)
}

// compare runs the binary on the job's capture and holds its output against the oracle's.
func (j job) compare(bin string, rules []*rule) *result {
	res := &result{job: j}
	if j.skip != "" {
		return res
	}
	expected, err := j.readOracle()
	if err != nil {
		res.err = err
		return res
	}
	start := time.Now()
	out, note, err := j.read(bin)
	res.took = time.Since(start)
	if err != nil {
		res.err = err
		return res
	}
	res.note = note
	ours, theirs := split(out, j.tabular()), split(expected, j.tabular())
	var pairs []pair
	if j.byNumber() {
		pairs = alignByNumber(ours, theirs)
	} else {
		pairs = alignByKey(ours, theirs, j.cut)
	}
	res.all = pairs
	res.exits = exitsByThread(theirs)
	for i := range pairs {
		res.judge(&pairs[i], rules)
	}
	return res
}

// exitsByThread lists a tool's exits by thread, in their order.
func exitsByThread(records []*record) map[string][]*record {
	exits := map[string][]*record{}
	for _, r := range records {
		if r.dir == "<" {
			exits[r.tid] = append(exits[r.tid], r)
		}
	}
	return exits
}

// unreturned reports whether a record is an enter that the oracle knows no exit of: the next exit of its thread is none, or of another call.
func (r *result) unreturned(enter *record) bool {
	if enter.dir != ">" {
		return false
	}
	list := r.exits[enter.tid]
	i := sort.Search(len(list), func(i int) bool { return list[i].time > enter.time })
	return i == len(list) || list[i].typ != enter.typ
}

// read runs `scapls read` in UTC. Exit code 3, a damaged capture, is no failure: what was read is printed.
func (j job) read(bin string) (out []byte, note string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), runLimit)
	defer cancel()
	args := append([]string{"read"}, j.args...)
	cmd := exec.CommandContext(ctx, bin, append(args, j.capture)...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	first, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, "", fmt.Errorf("no end after %v", runLimit)
	case errors.As(err, &exit) && exit.ExitCode() == 3:
		return stdout.Bytes(), "exit 3: " + first, nil
	case err != nil:
		return nil, "", fmt.Errorf("%w: %s", err, clip(first, 300))
	}
	return stdout.Bytes(), "", nil
}

// alignByNumber pairs records of one event number, in the oracle's order with ours in between.
func alignByNumber(ours, theirs []*record) []pair {
	var pairs []pair
	i, k := 0, 0
	for i < len(ours) || k < len(theirs) {
		switch {
		case k == len(theirs) || i < len(ours) && ours[i].num < theirs[k].num:
			pairs = append(pairs, pair{ours: ours[i]})
			i++
		case i == len(ours) || theirs[k].num < ours[i].num:
			pairs = append(pairs, pair{theirs: theirs[k]})
			k++
		default:
			pairs = append(pairs, pair{ours: ours[i], theirs: theirs[k]})
			i, k = i+1, k+1
		}
	}
	return pairs
}

// alignByKey pairs records of one (time, thread, type), several of one key in their order; what is left over is paired by (time, cpu).
// With cut, records of ours after the last paired one are dropped.
func alignByKey(ours, theirs []*record, cut bool) []pair {
	partner := make(map[*record]*record, len(theirs)) // oracle's record → ours
	taken := make(map[*record]bool, len(ours))
	for _, key := range []func(*record) string{(*record).key, (*record).looseKey} {
		free := make(map[string][]*record, len(ours))
		for _, r := range ours {
			if !taken[r] {
				free[key(r)] = append(free[key(r)], r)
			}
		}
		for _, r := range theirs {
			k := key(r)
			if list := free[k]; partner[r] == nil && len(list) > 0 {
				partner[r], free[k] = list[0], list[1:]
				taken[list[0]] = true
			}
		}
	}
	pairs := make([]pair, 0, len(theirs))
	for _, r := range theirs {
		pairs = append(pairs, pair{ours: partner[r], theirs: r})
	}
	last := len(ours)
	if cut {
		for last > 0 && !taken[ours[last-1]] {
			last--
		}
	}
	for _, r := range ours[:last] {
		if !taken[r] {
			pairs = append(pairs, pair{ours: r})
		}
	}
	return pairs
}

// judge counts one pair and keeps it when it differs.
func (r *result) judge(p *pair, rules []*rule) {
	r.total++
	switch {
	case p.ours == nil:
		r.missing++
		p.diffs = []difference{{event: eventOf(p.theirs), what: "missing record", theirs: p.theirs.text()}}
	case p.theirs == nil:
		r.extra++
		p.diffs = []difference{{event: eventOf(p.ours), what: "extra record", ours: p.ours.text()}}
		if !r.byNumber() && r.unreturned(p.ours) {
			p.diffs[0].what = "unreturned call"
		}
	case r.tabular():
		p.diffs = diffCells(p.ours, p.theirs, !r.byNumber())
	default:
		p.diffs = diffText(p.ours, p.theirs, !r.byNumber())
	}
	unknown := map[string]bool{} // parameters or cells
	for i := range p.diffs {
		d := &p.diffs[i]
		if d.known = findRule(rules, r.name, r.kind, *d); d.known == nil {
			cell, _, _ := strings.Cut(d.what, "/")
			unknown[cell] = true
		}
	}
	if r.tabular() {
		r.cells += len(fields)
		if p.ours != nil && p.theirs != nil {
			r.equalCells += len(fields) - len(unknown)
		} else if len(unknown) == 0 {
			r.equalCells += len(fields)
		}
	}
	switch {
	case len(p.diffs) == 0:
		r.equal++
		if p.ours.raw == p.theirs.raw || !r.byNumber() && afterNumber(p.ours.raw) == afterNumber(p.theirs.raw) {
			r.exact++
		}
		return
	case len(unknown) == 0:
		r.known++
	}
	r.differing = append(r.differing, *p)
}

// afterNumber is a record without the event number it starts with.
func afterNumber(raw string) string {
	i := strings.IndexAny(raw, " \t")
	return raw[i+1:]
}

func eventOf(r *record) string {
	if r == nil || r.typ == "" {
		return "-"
	}
	return r.dir + " " + r.typ
}

// diffText lists the differences of two lines of text: parts of the head, then parameters.
func diffText(ours, theirs *record, renumbered bool) []difference {
	a, b := ours.text(), theirs.text()
	if renumbered {
		a, b = afterNumber(a), afterNumber(b)
	}
	if a == b {
		return nil
	}
	event := eventOf(theirs)
	var diffs []difference
	add := func(what, ours, theirs string) {
		if ours != theirs {
			diffs = append(diffs, difference{event: event, what: what, ours: ours, theirs: theirs})
		}
	}
	if ours.typ == "" || theirs.typ == "" {
		add("line", ours.text(), theirs.text())
		return diffs
	}
	add("(time)", ours.time, theirs.time)
	add("(cpu)", ours.cpu, theirs.cpu)
	add("(process)", ours.proc, theirs.proc)
	add("(tid)", ours.tid, theirs.tid)
	add("(direction)", ours.dir, theirs.dir)
	add("(type)", ours.typ, theirs.typ)
	if ours.args != theirs.args {
		diffs = append(diffs, diffParams(event, params(ours.args), params(theirs.args))...)
	}
	if len(diffs) == 0 { // blanks between the parts
		add("line", ours.text(), theirs.text())
	}
	return diffs
}

// diffParams aligns two parameter lists by name (longest common subsequence) and lists what differs. A parameter on one side only is
// paired with one on the other side only at the same place: that is a renamed one, and when the values are the same the difference holds
// the two names alone.
func diffParams(event string, ours, theirs []param) []difference {
	var diffs []difference
	var left, right []param // unmatched since the last common name
	flush := func() {
		for i := range max(len(left), len(right)) {
			d := difference{event: event}
			if i < len(right) && i < len(left) && left[i].value == right[i].value {
				diffs = append(diffs, difference{event, right[i].name, left[i].name, right[i].name, nil})
				continue
			}
			if i < len(right) {
				d.what, d.theirs = right[i].name, right[i].name+"="+right[i].value
			}
			if i < len(left) {
				if d.what == "" {
					d.what = "+" + left[i].name
				}
				d.ours = left[i].name + "=" + left[i].value
			} else {
				d.what = "-" + d.what
			}
			diffs = append(diffs, d)
		}
		left, right = left[:0], right[:0]
	}
	for _, m := range commonNames(ours, theirs) {
		switch {
		case m.theirs < 0:
			left = append(left, ours[m.ours])
		case m.ours < 0:
			right = append(right, theirs[m.theirs])
		default:
			flush()
			if a, b := ours[m.ours], theirs[m.theirs]; a.value != b.value {
				diffs = append(diffs, difference{event: event, what: a.name, ours: a.value, theirs: b.value})
			}
		}
	}
	flush()
	return diffs
}

// match is a step through two lists; -1 stands for nothing on that side.
type match struct{ ours, theirs int }

func commonNames(a, b []param) []match {
	const most = 200 // data can look like thousands of names
	if len(a) > most || len(b) > most {
		a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	}
	length := make([][]int, len(a)+1)
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for k := len(b) - 1; k >= 0; k-- {
			if a[i].name == b[k].name {
				length[i][k] = length[i+1][k+1] + 1
			} else {
				length[i][k] = max(length[i+1][k], length[i][k+1])
			}
		}
	}
	var steps []match
	i, k := 0, 0
	for i < len(a) || k < len(b) {
		switch {
		case i < len(a) && k < len(b) && a[i].name == b[k].name:
			steps = append(steps, match{i, k})
			i, k = i+1, k+1
		case k == len(b) || i < len(a) && length[i+1][k] >= length[i][k+1]:
			steps = append(steps, match{i, -1})
			i++
		default:
			steps = append(steps, match{-1, k})
			k++
		}
	}
	return steps
}

// diffCells lists the differing fields of two rows; the event number is left out where the oracle renumbers. The last cell, evt.args, is
// cut into parameters: "evt.args/fd".
func diffCells(ours, theirs *record, renumbered bool) []difference {
	var diffs []difference
	for i, name := range fields {
		a, b := ours.cells[i], theirs.cells[i]
		if i == 0 && renumbered || strings.TrimRight(a, " ") == strings.TrimRight(b, " ") {
			continue
		}
		if i == len(fields)-1 {
			inner := diffParams(eventOf(theirs), params(strings.TrimRight(a, " ")), params(strings.TrimRight(b, " ")))
			for k := range inner {
				inner[k].what = name + "/" + inner[k].what
			}
			diffs = append(diffs, inner...)
			continue
		}
		diffs = append(diffs, difference{event: eventOf(theirs), what: name, ours: a, theirs: b})
	}
	return diffs
}
