// Package capture makes a capture of what happens now: it takes events from a source, puts the first state in front of
// them, and writes scap bytes to a file, a ring of files or a stream.
//
//	source ──▶ state ──▶ filter ──▶ writer ──▶ file, ring of files, stdout
//	(live)     (scapio/state)  (a function)        └─▶ lines of text (a function)
//
// Input are whole encoded events (package live) and a Snapshot (package procscan); output is what scapio's Writer writes.
// The package knows no filter language and no text form: its user hands in functions that say which events are wanted
// and what is printed.
//
// Guarantees:
//
//   - Blocks are whole: a file that is read while it grows, or that stays behind when the process is killed, ends with a
//     whole block, or with one that the kernel had no room for and that is cut off again.
//   - An event is in the file at most Options.Flush after it was read from the source.
//   - Every file of a ring opens alone: the state as of its first event stands in front.
//   - With a filter, events that change the state stay in the file, marked so that readers do not show them: names stay
//     right (sysdig's -F).
//   - Nothing is dropped here. What the source dropped is counted in the Status.
//   - Memory does not grow with the number of events.
package capture
