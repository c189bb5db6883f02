// Package agent is the far side of a remote capture: what runs there, beside what is captured.
//
// Input are JSON lines on stdin (remote.Request); output is the capture on stdout and JSON lines on stderr
// (remote.Reply). It takes no other input: no argument, no environment, no file that a user could have made, so that
// it may be allowed to run as root without a password. It captures to stdout, or into the spool, a folder of root's
// own, and does nothing else.
//
// Guarantees: it ends by itself within remote.LostAfter and two seconds of the last line from the client, whatever it
// is doing; it leaves the events of its own connection out; every byte that it gave to stdout is counted in its last
// line, so that the client knows when some are missing.
package agent
