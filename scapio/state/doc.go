// Package state is the machine as the stream of a capture tells it: threads, file descriptors, users, groups,
// containers and interfaces, each as versioned rows.
//
// Input are the state blocks of a capture and then its events in order. A row is one version of a thing with the
// interval of event numbers [From, To) in which it held; rows are immutable once closed. What an event changes holds
// from that event on; what it ends (close, exit) ends with the next one, so that the event itself still shows it.
//
// A Machine is built by one goroutine. Questions go through a View, the state as of one event; whoever asks while the
// machine is being built must exclude the builder (index does).
package state
