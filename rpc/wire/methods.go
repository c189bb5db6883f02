package wire

import "reflect"

// Scheduling says when the server takes up the next message relative to this one.
type Scheduling string

// The schedulings.
const (
	Ordered    Scheduling = "ordered"    // takes effect before the next message is read
	Concurrent Scheduling = "concurrent" // runs beside everything that follows
)

// MethodInfo describes a method for dispatch, for the generated TypeScript and for docs/PROTOCOL.md.
type MethodInfo struct {
	Name       string // "scapls/open"
	Params     string // name of the struct of its parameters
	Result     string // name of the struct of its result; empty for a notification
	Scheduling Scheduling
	Doc        string // one or more sentences
}

// Method is a request from the client with parameters P that is answered by R.
type Method[P, R any] struct{ MethodInfo }

// Notification is a message to the client that is not answered.
type Notification[P any] struct{ MethodInfo }

func method[P, R any](name string, s Scheduling, doc string) Method[P, R] {
	return Method[P, R]{MethodInfo{
		Name: name, Params: reflect.TypeFor[P]().Name(), Result: reflect.TypeFor[R]().Name(), Scheduling: s, Doc: doc,
	}}
}

func notification[P any](name, doc string) Notification[P] {
	return Notification[P]{MethodInfo{Name: name, Params: reflect.TypeFor[P]().Name(), Doc: doc}}
}

// The methods. Each is bound to its handler in package rpc, with these very types.
var (
	Open = method[OpenParams, OpenResult]("scapls/open", Ordered,
		"Opens a capture. The answer comes as soon as the first events are known; indexing goes on in the background.")
	Close = method[SessionParams, Empty]("scapls/close", Ordered,
		"Closes a session. Requests of that session that still run end with RequestCancelled; closing twice is an error.")
	PageOf = method[PageParams, PageResult]("scapls/page", Concurrent,
		"Returns rows of a list. Rows beyond the end are left out, so a page may be shorter than asked for.")
	DetailOf = method[EventParams, DetailResult]("scapls/detail", Concurrent,
		"Returns the detail tree of an event.")
	BytesOf = method[BytesParams, BytesResult]("scapls/bytes", Concurrent,
		"Returns raw bytes of an event as in the file.")
	Processes = method[AtParams, ItemsResult]("scapls/processes", Concurrent,
		"Returns processes and their threads as a tree, as of an event; the event's thread is marked.")
	FDs = method[AtParams, ItemsResult]("scapls/fds", Concurrent,
		"Returns the file descriptors of a thread's process, as of an event; the event's descriptor is marked.")
	Users = method[AtParams, ItemsResult]("scapls/users", Concurrent,
		"Returns the users known as of an event.")
	Groups = method[AtParams, ItemsResult]("scapls/groups", Concurrent,
		"Returns the groups known as of an event.")
	Containers = method[AtParams, ItemsResult]("scapls/containers", Concurrent,
		"Returns the containers known as of an event.")
	Interfaces = method[AtParams, ItemsResult]("scapls/interfaces", Concurrent,
		"Returns the network interfaces known as of an event.")
	Info = method[SessionParams, InfoResult]("scapls/info", Concurrent,
		"Returns facts about a capture and its health: where it comes from, what it holds, what is damaged.")
	Goto = method[GotoParams, GotoResult]("scapls/goto", Concurrent,
		"Finds the row of an event number or a time.")

	Grown = notification[GrownParams]("scapls/grown",
		"An index has more events, or is complete. Sent at most five times a second for a session; the last one has done set.")
)

// Methods lists all requests, in the order of the documentation.
var Methods = []MethodInfo{
	Open.MethodInfo, Close.MethodInfo, PageOf.MethodInfo, DetailOf.MethodInfo, BytesOf.MethodInfo,
	Processes.MethodInfo, FDs.MethodInfo, Users.MethodInfo, Groups.MethodInfo, Containers.MethodInfo, Interfaces.MethodInfo,
	Info.MethodInfo, Goto.MethodInfo,
}

// Notifications lists all messages to the client that are not answered.
var Notifications = []MethodInfo{Grown.MethodInfo}
