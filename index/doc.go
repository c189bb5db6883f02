// Package index reads a capture once and then answers by event number: fact columns in segments, dimension rows (which
// the state package keeps), and the way back to the bytes of an event (ARCHITECTURE §3).
//
// Building happens in one goroutine that Open starts and Close stops. It takes the lock for a few thousand events at a
// time; readers hold it for the time of a page. A finished index is no longer written to.
package index
