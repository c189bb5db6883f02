package main

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/scapls/scapls/cmd/internal/peers"
)

// echoed is a transfer as echo_fds shows it.
type echoed struct {
	read bool
	data string // base64
}

// compareEcho compares the transfers of our streams, in the order of the capture, with what the chisel echo_fds prints: a
// line that says which way, and the bytes (-b: in base64).
func (c *capture) compareEcho(t *tally, list []*transfer) error {
	out, err := peers.Run("sysdig", "-r", c.path, "-b", "-c", "echo_fds", "disable_color")
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	var theirs []echoed
	for _, l := range lines[:len(lines)-1] { // the last resets the terminal
		switch {
		case strings.HasPrefix(l, "------ Read "), strings.HasPrefix(l, "------ Write "):
			theirs = append(theirs, echoed{read: l[len("------ ")] == 'R'})
		case len(theirs) > 0:
			theirs[len(theirs)-1].data = l // the last line: a name may hold line ends
		}
	}
	if len(theirs) != len(list) {
		return fmt.Errorf("echo_fds shows %d transfers, and sysdig as events %d", len(theirs), len(list))
	}
	var bad []string
	for i, o := range list {
		if !o.seen {
			continue // told of already
		}
		e, ours := theirs[i], base64.StdEncoding.EncodeToString(o.ours)
		t.echoed++
		if (e.read != o.read || e.data != ours) && t.differs(c.name, "echo_fds", o.fd) {
			bad = append(bad, fmt.Sprintf("    %s at %s: ours %.60s, echo_fds %.60s", o.fd, o.ts, ours, e.data))
		}
	}
	t.fault(c.name, "echo_fds", bad)
	return nil
}
