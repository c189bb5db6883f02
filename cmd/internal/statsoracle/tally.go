package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// reason says why a row may differ.
type reason struct {
	file, what, row string // patterns of shell
	why             string
	used            bool
}

// readKnown reads known.txt: blocks of a reason, "why: …", and below it the rows that it covers: capture, chisel and
// row, separated by tabs.
func readKnown(name string) ([]*reason, error) {
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var list []*reason
	why := ""
	for n, l := range strings.Split(string(b), "\n") {
		switch cells := strings.Split(l, "\t"); {
		case strings.HasPrefix(l, "#"), strings.TrimSpace(l) == "":
		case strings.HasPrefix(l, "why: "):
			why = strings.TrimPrefix(l, "why: ")
		case len(cells) == 3 && why != "":
			list = append(list, &reason{file: cells[0], what: cells[1], row: cells[2], why: why})
		default:
			return nil, fmt.Errorf("%s:%d: neither a reason nor a capture, a chisel and a row: %q", name, n+1, l)
		}
	}
	return list, nil
}

func (r *reason) covers(file, what, row string) bool {
	for _, m := range [][2]string{{r.file, file}, {r.what, what}, {r.row, strings.ReplaceAll(row, "/", "\x00")}} {
		if ok, err := path.Match(strings.ReplaceAll(m[0], "/", "\x00"), m[1]); err != nil || !ok {
			return false
		}
	}
	return true
}

// tally collects the comparisons.
type tally struct {
	verbose  int
	known    []*reason
	tables   int
	same     int // rows
	excused  int
	faults   []string
	wordless map[string]string // chisels that say nothing, with the reason
	streams  int
	bytes    int64
	echoed   int // transfers that echo_fds printed
}

// differs adds a difference, unless it is a known one.
func (t *tally) differs(file, what, row string) bool {
	for _, r := range t.known {
		if r.covers(file, what, row) {
			r.used = true
			t.excused++
			return false
		}
	}
	return true
}

// add compares two tables. A chisel that prints the first rows only must print those with the largest numbers.
func (t *tally) add(k comparison, file string, ours, theirs rows) {
	t.tables++
	least := int64(0)
	if k.top > 0 && len(theirs) >= k.top {
		for _, n := range theirs {
			if least == 0 || n < least {
				least = n
			}
		}
	}
	keys := map[string]bool{}
	for key := range theirs {
		keys[key] = true
	}
	for key, n := range ours {
		if n > least || least == 0 {
			keys[key] = true
		}
	}
	var bad []string
	for key := range keys {
		if ours[key] == theirs[key] {
			t.same++
		} else if t.differs(file, k.name(), key) {
			bad = append(bad, fmt.Sprintf("    %s: ours %d, sysdig %d", key, ours[key], theirs[key]))
		}
	}
	t.fault(file, k.name(), bad)
}

func (t *tally) fault(file, what string, bad []string) {
	if len(bad) == 0 {
		return
	}
	slices.Sort(bad)
	more := ""
	if len(bad) > t.verbose {
		more = fmt.Sprintf("    and %d more\n", len(bad)-t.verbose)
		bad = bad[:t.verbose]
	}
	t.faults = append(t.faults, fmt.Sprintf("%s of %s\n%s\n%s", what, file, strings.Join(bad, "\n"), more))
}

// silent checks that a chisel which is not compared has nothing to say.
func (t *tally) silent(k comparison, file string, theirs rows) {
	if t.wordless == nil {
		t.wordless = map[string]string{}
	}
	t.wordless[k.name()] = k.silent
	if len(theirs) > 0 {
		t.faults = append(t.faults, fmt.Sprintf("%s of %s has %d rows; it said nothing: %s\n", k.name(), file, len(theirs), k.silent))
	}
}

// report prints the differences and returns the exit status.
func (t *tally) report(w io.Writer, all bool) int {
	for _, f := range t.faults {
		fmt.Fprint(w, f)
	}
	for _, r := range t.known {
		if all && !r.used {
			fmt.Fprintf(w, "the reason covers nothing: %s\t%s\t%s (%s)\n", r.file, r.what, r.row, r.why)
		}
	}
	for _, k := range comparisons {
		if why := t.wordless[k.name()]; why != "" {
			fmt.Fprintf(w, "not compared: %s: %s\n", k.name(), why)
		}
	}
	fmt.Fprintf(w, "%d tables: %d rows the same, %d differ for known reasons; %d descriptors with %d bytes, and %d transfers of echo_fds compared; %d faults\n",
		t.tables, t.same, t.excused, t.streams, t.bytes, t.echoed, len(t.faults))
	if len(t.faults) > 0 {
		return 1
	}
	return 0
}
