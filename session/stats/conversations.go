package stats

import (
	"fmt"

	"github.com/scapls/scapls/scapio/state"
)

var conversations = question{
	name: "conversations", title: "Conversations", help: "which address talked to which service, and the bytes that crossed each way, counted once where both ends are in the capture",
	columns: []Column{{"client", "Client", Text}, {"server", "Server", Text}, {"port", "Port", Text}, {"protocol", "Protocol", Text}},
	measures: []measure{
		{Column{"bytes", "Bytes", Bytes}, num(func(t *tally) int64 { return t.crossed.bytes(toServer) + t.crossed.bytes(toClient) })},
		{Column{"to_server", "To server", Bytes}, num(func(t *tally) int64 { return t.crossed.bytes(toServer) })},
		{Column{"to_client", "To client", Bytes}, num(func(t *tally) int64 { return t.crossed.bytes(toClient) })},
		mCalls, mErrors, mFirst, mSpan,
	},
	key: func(e *event) (key, bool) {
		if e.fd == nil || !e.fd.Inet() || e.fd.Role == state.NoRole || e.fd.Tuple == (state.Tuple{}) {
			return key{}, false
		}
		return key{
			s: address(e.fd.Tuple.SIP, e.fd.V6()), t: address(e.fd.Tuple.DIP, e.fd.V6()), n: int64(e.fd.Tuple.DPort), m: transport(e.fd),
		}, true
	},
	note: func(t *tally, e *event) {
		if e.in > 0 || e.out > 0 {
			t.crossed = t.crossed.add(e)
		}
	},
	cells: func(k key) []Value {
		return []Value{{Text: k.s}, {Text: k.t}, number(k.n), {Text: protocol(uint8(k.m))}}
	},
	filter: func(k key) string {
		cond := fmt.Sprintf("%s and %s and fd.sport=%d", is("fd.cip", k.s), is("fd.sip", k.t), k.n)
		if k.n == 0 && unspecified(k.s) && unspecified(k.t) {
			cond += " and fd.cport!=0"
		}
		return over(cond, k.m)
	},
}

// way is one of the two that bytes cross a connection.
type way int

const (
	toServer way = iota
	toClient
)

// crossed is what both ends saw of the connections of one client address to one service, by the client's port.
type crossed map[uint16]*ends

// ends is the bytes that the processes at the client's and at the server's end moved each way.
type ends struct{ client, server [2]int64 }

func (c crossed) of(port uint16) *ends {
	n := c[port]
	if n == nil {
		n = &ends{}
		c[port] = n
	}
	return n
}

func (c crossed) add(e *event) crossed {
	if c == nil {
		c = crossed{}
	}
	n := c.of(e.fd.Tuple.SPort)
	if atServer(e) {
		n.server[toServer] += e.in
		n.server[toClient] += e.out
	} else {
		n.client[toServer] += e.out
		n.client[toClient] += e.in
	}
	return c
}

// atServer reports whether the process is at the server's end. The list at the beginning of a capture may have a socket
// that was accepted as any other, with its ends in the right order: then this machine has the server's address.
func atServer(e *event) bool {
	if e.fd.Role == state.Server {
		return true
	}
	v := e.snap.View(e.key)
	return e.fd.FromProc && v.Machine() != nil && !v.Local(e.fd.Tuple.SIP, e.fd.V6()) && v.Local(e.fd.Tuple.DIP, e.fd.V6())
}

func (c crossed) join(o crossed) crossed {
	if c == nil {
		return o
	}
	for port, n := range o {
		to := c.of(port)
		for w := range 2 {
			to.client[w] += n.client[w]
			to.server[w] += n.server[w]
		}
	}
	return c
}

// bytes returns how many crossed: of each connection as many as the end saw that saw more. What a client sent before its
// port was known the server may have seen on any of them.
func (c crossed) bytes(w way) int64 {
	client, most := int64(0), int64(0)
	for port, n := range c {
		client += n.client[w]
		if port != 0 {
			most += max(n.client[w], n.server[w])
		} else {
			most += n.server[w]
		}
	}
	return max(client, most)
}
