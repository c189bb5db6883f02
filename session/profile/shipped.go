package profile

import "github.com/scapls/scapls/session/store"

// Shipped returns the profiles that come with scapls, in the order in which they are offered. The first is the one
// that captures are shown with unless something else was chosen. Names are for ever: people's settings refer to them.
func Shipped() []Profile {
	off := false
	return []Profile{
		{
			Name: Default, Description: "Every event with its process and its arguments, as scapls comes",
			Time: "h", View: "events", Internal: &off,
		},
		files(), network(), processes(), containers(), security(),
	}
}

// Default is the name of the profile that captures are shown with unless something else was chosen.
const Default = "Default"

// The columns that profiles have in common.
var (
	num     = Column{Field: "evt.num"}
	clock   = Column{Field: "evt.time"}
	process = Column{Field: "proc.name"}
	pid     = Column{Field: "proc.pid"}
	call    = Column{Field: "evt.type", Title: "Call"}
	result  = Column{Field: "evt.res", Width: 10}
	moved   = Column{Field: "evt.buflen"}
	took    = Column{Field: "evt.latency"}
	args    = Column{Field: "evt.args", Width: 50}
	user    = Column{Field: "user.name", Width: 10}
	inside  = Column{Field: "container.name", Width: 14}
)

// ours returns a button of the bar of filter buttons, so that its filter is written once.
func ours(id string) Button {
	for _, b := range store.ShippedButtons() {
		if b.ID == id {
			return Button{Label: b.Label, Filter: b.Text, Language: b.Language, Tip: b.Tip}
		}
	}
	panic("no shipped button " + id) // the ids are ours
}

// button returns one in the language of sysdig.
func button(label, filter, tip string) Button {
	return Button{Label: label, Filter: filter, Language: "sysdig", Tip: tip}
}

// color returns a rule in the language of sysdig.
func color(name, filter, foreground, background string) Color {
	return Color{Name: name, Filter: filter, Language: "sysdig", Foreground: foreground, Background: background}
}

// Parts of filters.
const (
	aFile    = "fd.type in (file, directory)"
	anIP     = "fd.type in (ipv4, ipv6)"
	anOpen   = "evt.type in (open, openat, openat2, creat, open_by_handle_at)"
	anExec   = "evt.type in (execve, execveat)"
	loopback = "fd.net in (127.0.0.0/8, ::1/128)"
	local    = "fd.net in (127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, ::1/128, fc00::/7, fe80::/10)"
	inACont  = "container.id exists and container.id != host"
)

func files() Profile {
	return Profile{
		Name: "Files", Description: "Which files are opened, read, written, renamed and removed, how much of them, and how long that takes",
		View: "calls", Time: "h", Views: Views{Side: "fds"},
		Columns: []Column{
			num, clock, process, pid, call,
			{Field: "fs.path.name", Title: "Path", Width: 30},
			{Field: "fd.name", Title: "File", Width: 30},
			{Field: "evt.arg.flags", Title: "Flags", Width: 20},
			moved, result, took,
		},
		Buttons: []Group{
			{"Open", []Button{
				ours("files.opens"),
				button("For writing", "evt.is_open_write = true", "Files opened so that they can be written to"),
				button("Created", "evt.is_open_create = true", "Files that an open created"),
				button("Failed", anOpen+" and evt.failed = true", "Files that could not be opened"),
				button("Not found", anOpen+" and evt.res = ENOENT", "Files that were looked for and are not there"),
				button("No rights", "evt.category = file and evt.res in (EACCES, EPERM)", "Whatever was refused for want of rights"),
			}},
			{"Data", []Button{
				ours("files.rw"), ours("files.writes"),
				button("Reads", "evt.is_io_read = true and "+aFile, "Data read from files"),
				button("Large", "evt.is_io = true and "+aFile+" and evt.buflen >= 65536", "Reads and writes of 64 KiB and more"),
				button("Slow", "evt.category in (file, io-read, io-write) and evt.latency > 1000000", "Calls about files that took more than a millisecond"),
				button("Syncs", "evt.type in (fsync, fdatasync, sync, syncfs, sync_file_range, msync)", "Data forced to the disk"),
			}},
			{"Names", []Button{
				ours("files.deletions"), ours("files.links"),
				button("Renames", "evt.type in (rename, renameat, renameat2)", "Files and directories renamed or moved"),
				button("Directories", "evt.type in (mkdir, mkdirat, rmdir, getdents, getdents64, chdir, fchdir)", "Directories made, removed, listed, entered"),
				button("Rights, owners", "evt.type in (chmod, fchmod, fchmodat, fchmodat2, chown, fchown, lchown, fchownat)", "Rights and owners of files changed"),
				button("Looked at", "evt.type in (stat, stat64, lstat, lstat64, fstat, fstat64, newfstatat, fstatat64, statx, access, faccessat, faccessat2)", "Files whose existence, size or rights were asked for"),
			}},
			{"Where", []Button{
				button("/etc", "fd.name startswith /etc/ or fs.path.name startswith /etc/", "Settings of the system"),
				button("/tmp", "fd.name pmatch (/tmp, /var/tmp, /dev/shm) or fs.path.name pmatch (/tmp, /var/tmp, /dev/shm)", "Temporary files"),
				button("/proc, /sys", "fd.name pmatch (/proc, /sys) or fs.path.name pmatch (/proc, /sys)", "What the kernel tells"),
				button("Libraries", "fd.name contains .so", "Shared libraries"),
				ours("misc.logs"), ours("misc.system"),
			}},
		},
	}
}

func network() Profile {
	return Profile{
		Name: "Network", Description: "Who talks to whom: endpoints, transport, bytes each way, how long it takes",
		View: "calls", Time: "r", Views: Views{Side: "fds"},
		Columns: []Column{
			num, clock, process, pid, call,
			{Field: "fd.l4proto", Title: "L4", Width: 5},
			{Field: "fd.cip", Title: "Client", Width: 16},
			{Field: "fd.cport", Title: "Port", Width: 6},
			{Field: "fd.sip", Title: "Server", Width: 16},
			{Field: "fd.sport", Title: "Port", Width: 6},
			{Field: "fd.name", Title: "Socket", Width: 30},
			{Field: "evt.io_dir", Title: "Direction", Width: 9},
			moved, result, took, inside,
		},
		Colors: []Color{
			color("Failed", "evt.category = net and evt.failed = true and not evt.res in (EAGAIN, EINPROGRESS, EALREADY)", "red", ""),
			color("Opened", "evt.type in (connect, accept, accept4, bind, listen) and "+anIP, "", "green"),
			color("Sent", "evt.is_io_write = true and "+anIP, "", "blue"),
			color("Received", "evt.is_io_read = true and "+anIP, "", "teal"),
			color("Closed", "evt.type in (close, shutdown) and "+anIP, "gray", ""),
		},
		Buttons: []Group{
			{"Connections", []Button{
				ours("network.outbound"), ours("network.inbound"), ours("network.ports"),
				button("Failed", "evt.category = net and evt.failed = true and not evt.res in (EAGAIN, EINPROGRESS, EALREADY)", "Calls about sockets that failed, but for those that would only have had to wait"),
				button("Refused", "evt.res in (ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH)", "The other end refused, broke off or did not answer"),
				button("Opened, closed", "evt.type in (socket, connect, accept, accept4, shutdown) or evt.type = close and "+anIP, "The life of sockets without their data"),
			}},
			{"Data", []Button{
				ours("network.rw"),
				button("Sent", "evt.is_io_write = true and "+anIP, "Data sent over IP sockets"),
				button("Received", "evt.is_io_read = true and "+anIP, "Data received over IP sockets"),
				button("Large", "evt.is_io = true and "+anIP+" and evt.buflen >= 16384", "Transfers of 16 KiB and more"),
				button("Slow", "(evt.category = net or evt.is_io = true and "+anIP+") and evt.latency > 10000000", "Calls about sockets that took more than ten milliseconds"),
			}},
			{"Protocols", []Button{
				button("TCP", "fd.l4proto = tcp", ""), button("UDP", "fd.l4proto = udp", ""),
				button("IPv6", "fd.type = ipv6", ""), button("Unix sockets", "fd.type = unix", "Sockets within the machine"),
				button("DNS", anIP+" and fd.port = 53", "Names looked up"),
				button("HTTP", anIP+" and fd.port in (80, 8000, 8080)", "The usual ports of HTTP"),
				button("TLS", anIP+" and fd.port in (443, 8443)", "The usual ports of TLS"),
			}},
			{"Peers", []Button{
				button("This machine", anIP+" and "+loopback, "Both ends are on this machine"),
				button("Other machines", anIP+" and fd.name exists and not "+loopback, "The other end is on another machine"),
				button("Public", anIP+" and fd.sip exists and not "+local, "The addresses are not those of private networks"),
			}},
		},
	}
}

func processes() Profile {
	return Profile{
		Name: "Processes", Description: "Which programs start whom, with which arguments and rights, and how they end",
		View: "calls", Time: "r", Views: Views{Side: "processes", Analysis: "timeline"},
		Columns: []Column{
			num, clock,
			{Field: "proc.pname", Title: "Parent", Width: 12},
			{Field: "proc.ppid", Title: "Parent PID", Width: 10},
			process, pid,
			{Field: "thread.tid"},
			call, result,
			{Field: "evt.arg.status", Title: "Status", Width: 6},
			{Field: "evt.arg.sig", Title: "Signal", Width: 10},
			{Field: "user.uid", Title: "UID", Width: 6},
			{Field: "proc.cmdline", Title: "Command line", Width: 50},
			inside,
		},
		Buttons: []Group{
			{"Life", []Button{
				button("Started", anExec+" and evt.failed = false", "Programs that were started"),
				ours("misc.processes"),
				button("Ended", "evt.type in (procexit, exit, exit_group)", "Processes and threads that ended"),
				button("Not started", anExec+" and evt.failed = true", "Programs that could not be started"),
				button("Ended badly", "evt.type = procexit and evt.rawarg.status != 0", "Ended with another status than 0, or were killed"),
				button("Waits for children", "evt.type in (wait4, waitid, waitpid)", "Parents that wait"),
			}},
			{"Commands", []Button{
				ours("commands.interactive"), ours("commands.all"),
				button("Shells", anExec+" and proc.name in (sh, bash, dash, ash, zsh, ksh, fish, csh, tcsh)", "Shells that were started"),
				button("By shells", anExec+" and proc.pname in (sh, bash, dash, ash, zsh, ksh, fish, csh, tcsh)", "Programs started by a shell"),
			}},
			{"Signals", []Button{
				button("Sent", "evt.type in (kill, tkill, tgkill, rt_sigqueueinfo)", "Signals that were sent"),
				button("Delivered", "evt.type = signaldeliver", "Signals that arrived"),
				button("Deadly", "evt.type = signaldeliver and evt.arg.sig in (SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTERM, SIGPIPE)", "Signals that usually end a process"),
			}},
			{"Kinds", []Button{
				button("Rights", "evt.type in (setuid, setgid, setreuid, setregid, setresuid, setresgid, capset, setgroups, setfsuid, setfsgid)", "Processes that change as whom they run"),
				button("Namespaces", "evt.type in (setns, unshare)", "Processes that enter or make namespaces"),
				button("Limits", "evt.type in (setrlimit, prlimit, prlimit64, prctl)", "Limits and other properties of processes"),
				button("Memory", "evt.type in (brk, mmap, mmap2, munmap, mprotect, mremap)", "Memory asked for and given back"),
				button("Waiting", "evt.type in (futex, poll, ppoll, select, pselect6, epoll_wait, epoll_pwait, nanosleep, clock_nanosleep) and evt.latency > 1000000", "Calls that waited for more than a millisecond"),
			}},
		},
	}
}

func containers() Profile {
	return Profile{
		Name: "Containers", Description: "Who does what in which container, and where containers are entered or left",
		View: "calls", Time: "h", Views: Views{Side: "containers"},
		Columns: []Column{
			num, clock, inside,
			{Field: "container.id", Title: "Container ID", Width: 13},
			{Field: "container.image", Title: "Image", Width: 18},
			{Field: "k8s.pod.name", Title: "Pod", Width: 8},
			process, pid,
			{Field: "proc.vpid", Title: "PID inside", Width: 9},
			user, call, args, took,
		},
		Buttons: []Group{
			{"Where", []Button{
				button("In containers", inACont, "Whatever runs in a container"),
				button("On the host", "container.id = host", "Whatever runs in none"),
				button("Privileged", "container.privileged = true", "Containers with the rights of the host"),
				button("Pods", "k8s.pod.name exists", "Containers that Kubernetes started"),
			}},
			{"Inside", []Button{
				button("Commands", anExec+" and "+inACont, "Programs started in containers"),
				button("Opens", anOpen+" and "+inACont, "Files opened in containers"),
				button("Writes", "evt.is_io_write = true and "+aFile+" and "+inACont, "Data written to files in containers"),
				button("Outbound", "evt.type = connect and "+anIP+" and "+inACont, "Connections made out of containers"),
				button("Inbound", "evt.type in (accept, accept4) and "+anIP+" and "+inACont, "Connections that containers accepted"),
				button("Failed", "evt.failed = true and not evt.res in (EAGAIN, EALREADY) and "+inACont, "Calls that failed in containers"),
			}},
			{"Borders", []Button{
				button("Entered, made", "evt.type in (setns, unshare, pivot_root, chroot)", "Namespaces entered or made, roots changed"),
				button("Mounts", "evt.type in (mount, umount, umount2, move_mount, fsmount, open_tree)", "File systems mounted and unmounted"),
				button("Engines", "proc.name in (dockerd, docker, containerd, containerd-shim, runc, crun, podman, conmon, kubelet, crio, docker-containe, docker-runc, containerd-shim-runc-v2, containerd-shim-)", "What runs containers"),
				button("Drift", "proc.is_exe_upper_layer = true and "+anExec, "Programs started that are not of the image"),
			}},
		},
	}
}

func security() Profile {
	const (
		secrets = "(fd.name in (/etc/shadow, /etc/gshadow, /etc/sudoers, /etc/pam.conf, /etc/security/opasswd) or fd.name startswith /etc/sudoers.d/ or fd.name startswith /etc/pam.d/)"
		keys    = "(fd.name contains /.ssh/ or fd.name contains /.aws/ or fd.name contains /.kube/ or fd.name contains /.gnupg/ or " +
			"fd.name contains kubernetes.io/serviceaccount or fd.name contains /.docker/config.json or fd.name endswith .pem or fd.name endswith _rsa)"
		lasting = "(fd.name startswith /etc/cron or fd.name startswith /var/spool/cron or fd.name startswith /etc/systemd/system or fd.name = /etc/ld.so.preload or " +
			"fd.name startswith /etc/profile or fd.name startswith /etc/init.d/ or fd.name endswith /.bashrc or fd.name endswith /authorized_keys or fd.name in (/etc/passwd, /etc/shadow))"
	)
	return Profile{
		Name: "Security", Description: "Secrets read, rights changed, shells, connections out, programs that do not belong here",
		View: "calls", Time: "h", Views: Views{Side: "processes"},
		Columns: []Column{
			num, clock, user,
			{Field: "proc.pname", Title: "Parent", Width: 12},
			process, pid,
			{Field: "proc.exepath", Title: "Executable", Width: 24},
			call,
			{Field: "fd.name", Title: "Object", Width: 28},
			result, args, inside,
		},
		Colors: []Color{
			color("Secrets read", "evt.is_open_read = true and "+secrets, "", "strong-red"),
			color("Made to last", "evt.is_open_write = true and "+lasting, "", "strong-orange"),
			color("Refused", "evt.res in (EACCES, EPERM)", "red", ""),
			color("Rights", "evt.type in (setuid, setreuid, setresuid, setgid, setresgid, setregid, setgroups, capset, ptrace, setns, unshare, chroot, pivot_root, mount)", "", "purple"),
			color("Commands", anExec, "", "yellow"),
			color("Connections", "evt.type in (connect, accept, accept4) and "+anIP, "", "blue"),
		},
		Buttons: []Group{
			{"Files", []Button{
				button("Secrets read", "evt.is_open_read = true and "+secrets, "Passwords and rules of who may do what, opened for reading"),
				button("Keys, tokens", anOpen+" and "+keys, "Keys of ssh, clouds, clusters, and certificates"),
				button("Made to last", "evt.is_open_write = true and "+lasting, "Files written that are run or trusted at the next start or login"),
				ours("misc.system"),
				button("Set-uid bits", "evt.type in (chmod, fchmod, fchmodat, fchmodat2) and evt.arg.mode contains S_ISUID", "Files that run as their owner from now on"),
				button("Refused", "evt.res in (EACCES, EPERM)", "Whatever was refused for want of rights"),
			}},
			{"Rights", []Button{
				button("Other users", "evt.type in (setuid, setreuid, setresuid, setfsuid, setgid, setresgid, setregid, setgroups)", "Processes that change as whom they run"),
				button("Capabilities", "evt.type in (capset, prctl)", "Capabilities and other rights of processes"),
				button("Other processes", "evt.type in (ptrace, process_vm_readv, process_vm_writev, pidfd_open, pidfd_getfd)", "Processes that look into others"),
				button("Namespaces", "evt.type in (setns, unshare, chroot, pivot_root, mount, umount, umount2)", "The borders of containers"),
				button("Kernel", "evt.type in (init_module, finit_module, bpf, keyctl, kexec_load, perf_event_open, userfaultfd)", "Modules loaded, programs in the kernel"),
			}},
			{"Commands", []Button{
				button("Shells", anExec+" and proc.name in (sh, bash, dash, ash, zsh, ksh, fish, csh, tcsh)", "Shells that were started"),
				button("Shells of servers", anExec+" and proc.name in (sh, bash, dash, ash, zsh) and proc.aname in (nginx, httpd, apache2, php-fpm, node, java, python3, postgres, mysqld, redis-server, sshd)", "Shells that a server started"),
				button("From /tmp", anExec+" and proc.exepath pmatch (/tmp, /var/tmp, /dev/shm)", "Programs started from where anybody may write"),
				button("From memory", "proc.is_exe_from_memfd = true and "+anExec, "Programs that are in no file"),
				button("Package tools", anExec+" and proc.name in (apt, apt-get, dpkg, yum, dnf, rpm, apk, pip, pip3, npm, gem)", "Software that is installed"),
				button("Network tools", anExec+" and proc.name in (nc, ncat, netcat, socat, nmap, curl, wget, ssh, scp, sftp, telnet, ftp, tcpdump, dig)", "Programs that fetch, send or listen"),
			}},
			{"Network", []Button{
				ours("network.outbound"), ours("network.inbound"), ours("network.ports"),
				button("To the world", "evt.type = connect and "+anIP+" and fd.sip exists and not "+local, "Connections to addresses that are not of private networks"),
			}},
			{"Containers", []Button{
				button("Drift", "proc.is_exe_upper_layer = true and "+anExec, "Programs started that are not of the image"),
				button("Privileged", "container.privileged = true", "Containers with the rights of the host"),
				button("Engine’s socket", "fd.name contains docker.sock or fd.name contains containerd.sock or fd.name contains podman.sock", "Whoever talks to what runs containers can become root"),
			}},
		},
	}
}
