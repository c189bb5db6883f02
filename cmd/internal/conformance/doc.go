// Conformance holds what `scapls read` prints against what real sysdigs printed for the same captures, record by record.
//
// Input: a folder with captures/ vectors/ expected/ (SCAPLS_SHARED, else ../shared) and the binary to try. Output: one table
// line per capture and kind of comparison with the share of equal records, the first differences on request (-v), and a
// histogram of differences by event type and parameter (-hist), which is the view to work with.
//
// There are four kinds. "events" and "calls" compare the default text of the two views; records are aligned by event number
// in the former and by (time, thread, type) in the latter, since sysdig 0.41 renumbers. "events-fields" and "calls-fields"
// compare 41 fields of every event cell by cell.
//
// A difference that is an oracle's fault is described, with its proof, by a rule in testdata/conformance/known.txt. The run fails
// when a file falls under 99 % or under its best result so far (testdata/conformance/best.tsv, renewed by -update).
package main
