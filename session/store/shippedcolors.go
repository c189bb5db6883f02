package store

// shippedRules are the colour rules that come with scapls: what went wrong or was told first, then what changes much,
// then what is there most. Ids are for ever: profiles refer to them.
var shippedRules = []Rule{
	{ID: "failed", Name: "Failed calls", Background: "red", Filter: "evt.failed = true and not evt.res in (EAGAIN, EALREADY, EINPROGRESS)"},
	{ID: "falco", Name: "Falco notifications", Background: "strong-orange", Filter: "evt.type = notification"},
	{ID: "commands", Name: "Commands executed", Background: "strong-yellow", Filter: "evt.type in (execve, execveat)"},
	{ID: "processes", Name: "Processes created", Background: "green", Filter: "evt.type in (clone, clone3, fork, vfork)"},
	{ID: "sockets", Name: "Sockets opened", Background: "strong-purple", Filter: "evt.type in (socket, socketpair, bind, listen, connect, accept, accept4)"},
	{ID: "net.writes", Name: "Network writes", Background: "purple", Filter: writes + " and " + ip},
	{ID: "net.reads", Name: "Network reads", Background: "pink", Filter: "evt.is_io_read = true and " + ip},
	{ID: "file.opens", Name: "File opens", Background: "strong-teal", Filter: opens},
	{ID: "file.writes", Name: "File writes", Background: "teal", Filter: writes + " and " + onFile},
	{ID: "file.reads", Name: "File reads", Background: "blue", Filter: "evt.is_io_read = true and " + onFile},
	{ID: "closes", Name: "Closes", Foreground: "gray", Filter: "evt.type in (close, close_range)"},
}

// ShippedRules returns the colour rules that come with scapls, in their order.
func ShippedRules() []Rule {
	list := append([]Rule(nil), shippedRules...)
	for i := range list {
		list[i].Language = "sysdig"
	}
	return list
}
