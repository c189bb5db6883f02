// Package explain says in plain words what an event tells: "curl (108261) opened /etc/ld.so.cache for reading as fd 3".
// The words of a call are a row of a table; what stands for its arguments is taken from the event as every other view
// shows it.
package explain
