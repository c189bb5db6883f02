// Bench measures scapls on captures of a million events, against the goals of the project and against real sysdig on the same files in
// the same run, and prints a table.
//
// The captures are SCAPLS_SHARED/bench/*.zst, unpacked once into .cache/bench. Each time is the best of -runs runs; scapls and sysdig take
// turns, so that a busy machine is busy for both. Sysdig runs in the chroot of `make peers`; the time that it takes there to print its version
// is taken off.
package main
