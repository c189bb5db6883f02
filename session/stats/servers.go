package stats

import (
	"fmt"
	"slices"
	"strings"

	"github.com/scapls/scapls/index"
	"github.com/scapls/scapls/scapio/state"
)

var servers = question{
	name: "servers", title: "Servers", help: "ports that are listened on, and the connections that came in", most: 1,
	columns: []Column{{"port", "Port", Text}, {"protocol", "Protocol", Text}, {"process", "Process", Text}, {"container", "Container", Text}},
	measures: []measure{
		{Column{"address", "Address", Text}, func(t *tally) Value { return Value{Text: strings.Join(t.addresses, ", ")} }},
		{Column{"connections", "Connections", Count}, mOpens.of},
		mIn, mOut, mEvents, mErrors, mFirst,
	},
	key: func(e *event) (key, bool) {
		if e.fd == nil || e.thread == nil {
			return key{}, false
		}
		return serverOf(e.thread, e.fd)
	},
	opens: func(e *event) bool { return strings.HasPrefix(e.typ.Name, "accept") && !e.failed },
	note: func(t *tally, e *event) {
		if e.fd.InetServer() {
			t.listens(address(e.fd.Tuple.SIP, e.fd.V6()))
		}
	},
	idle: listening,
	cells: func(k key) []Value {
		return []Value{number(k.n), {Text: protocol(uint8(k.m))}, {Text: k.s}, {Text: k.t}}
	},
	filter: func(k key) string {
		return inContainer(over(fmt.Sprintf("fd.sport=%d and fd.role=server and %s", k.n, is("proc.name", k.s)), k.m), k.t)
	},
}

// serverOf returns the server that a socket belongs to; false when it is at no server's end.
func serverOf(t *state.Thread, f *state.FD) (key, bool) {
	port := f.Tuple.DPort
	switch {
	case f.InetServer():
		port = f.Tuple.SPort
	case !f.Inet() || f.Role != state.Server:
		return key{}, false
	}
	return key{s: t.Comm, t: t.Container, n: int64(port), m: transport(f)}, true
}

// listens notes an address that the server listens on.
func (t *tally) listens(address string) {
	if i, known := slices.BinarySearch(t.addresses, address); !known {
		t.addresses = slices.Insert(t.addresses, i, address)
	}
}

// listening adds the sockets that listened when the capture began or when it ended. What came and went in between has
// events.
func listening(s index.Snapshot, group func(key) *tally) {
	for _, v := range []state.View{s.View(0), s.View(s.Len())} {
		for _, t := range v.Threads() {
			if !t.Main() && v.Thread(t.PID) != nil || t.Flags&state.Closed != 0 {
				continue
			}
			for _, f := range v.FDs(t) {
				if !f.InetServer() {
					continue
				}
				if k, ok := serverOf(t, f.FD); ok {
					if g := group(k); g != nil {
						g.listens(address(f.Tuple.SIP, f.V6()))
					}
				}
			}
		}
	}
}
