// Statsoracle holds the tables and streams of scapls against real sysdig's (`make peers`): it runs sysdig's chisels on
// captures, counts the same with session/stats, and compares every row; and it takes the bytes that went through
// descriptors from both and compares them one by one.
//
// Differences that are no fault of scapls are in testdata/stats/known.txt, with the reason. A reason that covers nothing
// any more is told, and a difference without one makes the run fail.
package main
