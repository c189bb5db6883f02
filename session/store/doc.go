// Package store keeps things between runs: captures that were opened, filters that were used or saved, filter buttons,
// column sets, colour rules, how a capture was last looked at, what is noted about its events, settings of live captures.
//
// # The file
//
// Everything is in one buntdb file, store.db, in a directory of the user's own (see Dir). A logical record is one key,
// v1/KIND/ID, with one JSON document as its value; meta/version holds the version of that scheme. So a record is there
// whole or not at all, whatever happens while it is written.
//
// # Several processes
//
// Every window of an editor has its own server, and all of them use the same file, which buntdb does not guard. So a
// lock on the side file store.lock is held whenever the file is opened or written, and only then: for some milliseconds.
// Who gets it looks first whether another process wrote the file since (its size, time or inode differ); then it is
// read again, which costs little, since all lists are bounded. That is why no change is ever made to an old state and no
// process overwrites what another one wrote. A process that is killed leaves no lock behind, and at most a record that
// is half written, which the next one cuts off.
//
// # Damage
//
// The file is read strictly before buntdb may see it, which would stop at the first wrong byte, or write over records
// behind one. A damaged file is set aside under another name, what can still be read is taken over, and Problems tells.
//
// # Goroutines
//
// Open starts one that looks once a second whether another process wrote the file (one stat), and tells those who asked
// by OnChange. Close ends it. buntdb has one of its own that lives up to a second longer than the store.
package store
