package store

// The groups of the shipped buttons.
const (
	groupCommands = "Commands"
	groupFiles    = "Files"
	groupNetwork  = "Network"
	groupIO       = "I/O"
	groupMisc     = "Misc"
)

// Files include what is read and written through descriptors of files and directories: evt.category tells so by the
// descriptor. An open that is not known to have succeeded is still one.
const (
	opens  = "evt.type in (open, openat, openat2, creat, open_by_handle_at)"
	onFile = "fd.type in (file, directory)"
	ip     = "fd.type in (ipv4, ipv6)"
	writes = "(evt.is_io_write = true or evt.type = sendfile)" // sysdig does not count sendfile among I/O
	data   = "(evt.is_io = true or evt.type = sendfile)"
)

// shipped are the buttons that come with scapls, in the language of sysdig and Falco. Ids are for ever: users' changes
// refer to them.
var shipped = []Button{
	{
		ID: "commands.interactive", Group: groupCommands, Label: "Interactive", Tip: "Programs started on a terminal",
		Filter: Filter{Text: "evt.type in (execve, execveat) and proc.tty != 0"},
	},
	{
		ID: "commands.all", Group: groupCommands, Label: "All", Tip: "Every program that was started, or could not be",
		Filter: Filter{Text: "evt.type in (execve, execveat)"},
	},

	{
		ID: "files.all", Group: groupFiles, Label: "All", Tip: "Everything about files and directories",
		Filter: Filter{Text: "evt.category = file"},
	},
	{
		ID: "files.opens", Group: groupFiles, Label: "Opens", Tip: "Files opened or created, or tried to",
		Filter: Filter{Text: opens},
	},
	{
		ID: "files.rw", Group: groupFiles, Label: "Reads, writes", Tip: "Data read from files or written to them",
		Filter: Filter{Text: data + " and " + onFile},
	},
	{
		ID: "files.writes", Group: groupFiles, Label: "Writes", Tip: "Data written to files",
		Filter: Filter{Text: writes + " and " + onFile},
	},
	{
		ID: "files.deletions", Group: groupFiles, Label: "Deletions", Tip: "Files and directories removed",
		Filter: Filter{Text: "evt.type in (unlink, unlinkat, rmdir)"},
	},
	{
		ID: "files.links", Group: groupFiles, Label: "Links", Tip: "Hard and symbolic links made",
		Filter: Filter{Text: "evt.type in (link, linkat, symlink, symlinkat)"},
	},

	{
		ID: "network.all", Group: groupNetwork, Label: "All", Tip: "Everything about sockets",
		Filter: Filter{Text: "evt.category = net"},
	},
	{
		ID: "network.rw", Group: groupNetwork, Label: "Reads, writes", Tip: "Data received or sent over IP sockets",
		Filter: Filter{Text: data + " and " + ip},
	},
	{
		ID: "network.outbound", Group: groupNetwork, Label: "Outbound", Tip: "Connections made to other hosts, or tried to",
		Filter: Filter{Text: "evt.type = connect and " + ip},
	},
	{
		ID: "network.inbound", Group: groupNetwork, Label: "Inbound", Tip: "Connections accepted",
		Filter: Filter{Text: "evt.type in (accept, accept4) and " + ip},
	},
	{
		ID: "network.ports", Group: groupNetwork, Label: "Port opens", Tip: "Ports bound, or listened on",
		Filter: Filter{Text: "evt.type in (bind, listen) and " + ip},
	},

	{
		ID: "io.all", Group: groupIO, Label: "I/O", Tip: "Data read or written, wherever",
		Filter: Filter{Text: "evt.is_io = true or evt.type = sendfile"},
	},
	{
		ID: "io.reads", Group: groupIO, Label: "Reads", Tip: "Data read or received",
		Filter: Filter{Text: "evt.is_io_read = true"},
	},
	{
		ID: "io.writes", Group: groupIO, Label: "Writes", Tip: "Data written or sent",
		Filter: Filter{Text: "evt.is_io_write = true or evt.type = sendfile"},
	},

	{
		ID: "misc.processes", Group: groupMisc, Label: "New processes", Tip: "Processes and threads made",
		Filter: Filter{Text: "evt.type in (clone, clone3, fork, vfork)"},
	},
	{
		ID: "misc.failed", Group: groupMisc, Label: "Failed", Tip: "Calls that failed, but for those that would only have had to wait",
		Filter: Filter{Text: "evt.failed = true and not evt.res in (EAGAIN, EALREADY)"},
	},
	{
		ID: "misc.logs", Group: groupMisc, Label: "Log writes", Tip: "Data written to log files, below /var/log or named *.log, and to syslog",
		Filter: Filter{Text: writes + " and (fd.name startswith /var/log/ or fd.name endswith .log or evt.is_syslog = true)"},
	},
	{
		ID: "misc.system", Group: groupMisc, Label: "System writes", Tip: "Data written to files of the system, or such files opened for it",
		Filter: Filter{Text: "(evt.is_io_write = true or evt.type = sendfile or evt.is_open_write = true) and " +
			"fd.name pmatch (/bin, /sbin, /lib, /lib32, /lib64, /usr, /etc, /boot)"},
	},
	{
		ID: "misc.modules", Group: groupMisc, Label: "Kernel modules", Tip: "Modules loaded into the kernel, or tried to",
		Filter: Filter{Text: "evt.type in (init_module, finit_module)"},
	},
	{
		ID: "misc.falco", Group: groupMisc, Label: "Falco", Tip: "Notifications of Falco",
		Filter: Filter{Text: "evt.type = notification"},
	},
}

// ShippedButtons returns the buttons that come with scapls, in the order in which they are shown.
func ShippedButtons() []Button {
	list := append([]Button(nil), shipped...)
	for i := range list {
		list[i].Language = "sysdig"
	}
	return list
}
