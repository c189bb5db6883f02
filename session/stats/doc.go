// Package stats counts the system calls of a capture: by call, process, file, connection, error … Every table is made
// from the columns and dimension rows of the index in one pass; only failed opens and events that the columns do not
// name are looked at themselves. It counts rows of the calls view, so that a call with both halves counts once.
package stats
