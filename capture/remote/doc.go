// Package remote captures on another Linux machine, through the user's own ssh.
//
// Input is a Target and Options; output is a capture, written block by block to a writer as it arrives, and a Status
// for every change and every second. One ssh connection does everything: a small fixed shell script (far.sh) looks at
// the far side, takes the agent in when there is none, and starts it; the agent (package remote/agent) writes scap
// bytes on stdout and JSON lines on stderr, and listens to JSON lines on stdin.
//
// Guarantees: nothing that the user or the far side says is ever part of a command line but the name of the host and
// the user, which are checked; options travel as JSON on the agent's stdin. Host keys are ssh's business and never
// skipped. A password goes to sudo's stdin and nowhere else. What the far side sends is untrusted: the worst it gets
// is an error, and the file holds whole blocks only. When the link is cut, both sides end by themselves: the agent
// within LostAfter of the last word from here.
package remote
