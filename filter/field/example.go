package field

import "strings"

// examples are conditions of sysdig's language, by field, where the kind of the field alone suggests a poor one.
var examples = map[string]string{
	"evt.num": "evt.num >= 1000", "evt.type": "evt.type in (open, openat, openat2)", "evt.type.is": "evt.type.is.openat = 1",
	"syscall.type": "syscall.type = execve", "evt.category": "evt.category = net", "evt.dir": `evt.dir = "<"`, "evt.cpu": "evt.cpu = 0",
	"evt.arg": "evt.arg.flags contains O_CREAT", "evt.rawarg": "evt.rawarg.res < 0", "evt.args": "evt.args contains passwd",
	"evt.info": "evt.info contains passwd", "evt.buffer": `evt.buffer contains "HTTP/1.1"`, "evt.buflen": "evt.buflen > 4096",
	"evt.res": "evt.res = ENOENT", "evt.rawres": "evt.rawres < 0", "evt.failed": "evt.failed = true", "evt.io_dir": "evt.io_dir = write",
	"evt.around": "evt.around[1700000000000000000] = 50", "evt.abspath": "evt.abspath.dst startswith /tmp/", "evt.latency": "evt.latency > 1000000",
	"evt.latency.s": "evt.latency.s >= 1", "evt.wait_latency": "evt.wait_latency > 1000000", "evt.rawtime": "evt.rawtime > 1700000000000000000",
	"evt.reltime": "evt.reltime < 1000000000", "evt.deltatime": "evt.deltatime > 1000000", "evt.time": `evt.time startswith "23:"`,
	"evt.datetime": "evt.datetime startswith 2026-", "evt.source": "evt.source = syscall", "evt.hostname": "evt.hostname = web1",
	"evt.asynctype": "evt.asynctype = container", "evt.count": "evt.count exists", "evt.is_open_write": "evt.is_open_write = true",
	"evt.marked": "evt.marked = true", "evt.ignored": "evt.ignored = false", "evt.reference": "evt.reference = true", "evt.comment": "evt.comment contains slow",

	"proc.name": "proc.name = nginx", "proc.pname": "proc.pname in (bash, sh, zsh)", "proc.aname": "proc.aname[2] = sshd", "proc.exe": "proc.exe = /bin/sh",
	"proc.exepath": "proc.exepath startswith /usr/bin/", "proc.pexepath": "proc.pexepath = /usr/sbin/sshd", "proc.aexepath": "proc.aexepath endswith /bash",
	"proc.aexe": "proc.aexe endswith /sshd", "proc.cmdline": "proc.cmdline contains --privileged", "proc.pcmdline": "proc.pcmdline contains sshd",
	"proc.acmdline": "proc.acmdline[1] contains sshd", "proc.args": "proc.args contains -c", "proc.aargs": "proc.aargs[1] contains -c",
	"proc.env": "proc.env[HOME] = /root", "proc.aenv": "proc.aenv contains LD_PRELOAD", "proc.cwd": "proc.cwd startswith /tmp/", "proc.pid": "proc.pid = 1",
	"proc.ppid": "proc.ppid = 1", "proc.apid": "proc.apid = 1", "proc.duration": "proc.duration < 1000000000", "proc.tty": "proc.tty != 0",
	"proc.fdusage": "proc.fdusage < 80", "proc.sname": "proc.sname = sshd", "thread.tid": "thread.tid = 1", "thread.ismain": "thread.ismain = false",
	"thread.cap_effective": "thread.cap_effective contains CAP_SYS_ADMIN", "thread.cgroup": "thread.cgroup.memory contains docker",
	"thread.nametid": "thread.nametid startswith bash", "proc.nthreads": "proc.nthreads > 100", "proc.vmrss": "proc.vmrss > 1000000",

	"fd.num": "fd.num in (0, 1, 2)", "fd.name": "fd.name startswith /etc/", "fd.type": "fd.type = file", "fd.typechar": "fd.typechar = 4",
	"fd.role": "fd.role = server", "fd.types": "fd.types intersects (ipv4, ipv6)", "fd.directory": "fd.directory = /etc", "fd.filename": "fd.filename endswith .conf", "fd.nameraw": "fd.nameraw startswith /etc/",
	"fd.ip": "fd.ip = 127.0.0.1", "fd.net": "fd.net = 10.0.0.0/8", "fd.port": "fd.port = 443", "fd.proto": "fd.proto = https", "fd.cproto": "fd.cproto != 0",
	"fd.sproto": "fd.sproto = 443", "fd.lproto": "fd.lproto = 443", "fd.rproto": "fd.rproto > 1024", "fd.l4proto": "fd.l4proto = udp",
	"fd.sockfamily": "fd.sockfamily = unix", "fd.containername": "fd.containername contains /etc/", "fd.containerdirectory": "fd.containerdirectory endswith :/etc",
	"fd.uid": "fd.uid endswith 3", "fd.dev": "fd.dev = 65024", "fdlist.names": "fdlist.names contains 443",

	"fs.path.name": "fs.path.name startswith /etc/", "fs.path.source": "fs.path.source startswith /tmp/", "fs.path.target": "fs.path.target endswith .txt",

	"user.uid": "user.uid != 0", "user.name": "user.name = root", "user.loginuid": "user.loginuid = 1000", "user.loginname": "user.loginname = alice",
	"user.homedir": "user.homedir = /root", "user.shell": "user.shell endswith nologin", "group.gid": "group.gid = 0", "group.name": "group.name = root",

	"container.id": "container.id != host", "container.name": "container.name != host", "container.image": "container.image contains nginx", "container.type": "container.type = docker",
	"container.image.repository": "container.image.repository endswith nginx", "container.image.tag": "container.image.tag = latest",
	"container.label": "container.label[maintainer] exists", "container.mount": "container.mount[0] exists", "container.mount.source": "container.mount.source[0] startswith /",
	"container.mount.dest": "container.mount.dest[0] = /data", "container.mount.mode": "container.mount.mode[0] exists", "container.mount.rdwr": "container.mount.rdwr[0] = true",
	"container.mount.propagation": "container.mount.propagation[0] = rprivate", "container.ip": "container.ip = 172.17.0.2", "container.mounts": "container.mounts contains docker.sock",
	"k8s.pod.name": "k8s.pod.name startswith web-", "k8s.ns.name": "k8s.ns.name = kube-system", "k8s.pod.label": "k8s.pod.label[app] = web",
	"k8s.pod.labels": "k8s.pod.labels contains app:web", "k8s.deployment.name": "k8s.deployment.name = web", "k8s.rs.name": "k8s.rs.name startswith web-",

	"evt.time.s": `evt.time.s startswith "23:"`, "evt.time.iso8601": "evt.time.iso8601 startswith 2026-",
	"evt.datetime.s": "evt.datetime.s startswith 2026-", "evt.outputtime": `evt.outputtime startswith "23:"`,
	"evt.rawtime.s": "evt.rawtime.s > 1700000000", "evt.rawtime.ns": "evt.rawtime.ns < 500000000", "evt.reltime.s": "evt.reltime.s >= 1",
	"evt.reltime.ns": "evt.reltime.ns < 500000000", "evt.deltatime.s": "evt.deltatime.s >= 1", "evt.deltatime.ns": "evt.deltatime.ns > 1000000",
	"evt.latency.ns": "evt.latency.ns > 1000000", "evt.latency.human": "evt.latency.human endswith ms", "evt.buflen.in": "evt.buflen.in > 1024",
	"evt.buflen.out": "evt.buflen.out > 1024", "evt.buflen.file": "evt.buflen.file > 1024", "evt.buflen.file.in": "evt.buflen.file.in > 1024",
	"evt.buflen.file.out": "evt.buflen.file.out > 1024", "evt.buflen.net": "evt.buflen.net > 1024",
	"evt.buflen.net.in": "evt.buflen.net.in > 1024", "evt.buflen.net.out": "evt.buflen.net.out > 1024",
	"evt.infra.docker.name": "evt.infra.docker.name = start", "fd.cip": "fd.cip = 127.0.0.1", "fd.sip": "fd.sip = 127.0.0.1",
	"fd.lip": "fd.lip = 127.0.0.1", "fd.rip": "fd.rip = 127.0.0.1", "fd.cport": "fd.cport > 1024", "fd.rport": "fd.rport > 1024",
	"fd.dev.major": "fd.dev.major = 254", "fd.stream": "fd.stream = 1", "fdlist.nums": "fdlist.nums contains 3",
	"fdlist.cips": "fdlist.cips contains 127.0.0.1", "fdlist.sips": "fdlist.sips contains 127.0.0.1",
	"fdlist.cports": "fdlist.cports contains 39", "fdlist.sports": "fdlist.sports contains 35",
	"fs.path.nameraw": "fs.path.nameraw startswith /etc/", "fs.path.sourceraw": "fs.path.sourceraw startswith /tmp/",
	"fs.path.targetraw": "fs.path.targetraw endswith .txt", "proc.exeline": "proc.exeline contains -c", "proc.pexe": "proc.pexe contains bash",
	"proc.sid.exe": "proc.sid.exe contains bash", "proc.sid.exepath": "proc.sid.exepath endswith /bash",
	"proc.pgid.name": "proc.pgid.name = bash", "proc.pgid.exe": "proc.pgid.exe contains bash",
	"proc.pgid.exepath": "proc.pgid.exepath endswith /bash", "proc.vpgid.name": "proc.vpgid.name = bash",
	"proc.vpgid.exe": "proc.vpgid.exe contains bash", "proc.vpgid.exepath": "proc.vpgid.exepath endswith /bash",
	"proc.exe_ino.ctime_duration_proc_start":  "proc.exe_ino.ctime_duration_proc_start > 1000000000",
	"proc.exe_ino.ctime_duration_pidns_start": "proc.exe_ino.ctime_duration_pidns_start > 1000000000",
	"proc.exe_ino.ctime":                      "proc.exe_ino.ctime > 1700000000000000000", "proc.pid.ts": "proc.pid.ts > 1700000000000000000",
	"proc.pidns_init_start_ts": "proc.pidns_init_start_ts > 1600000000000000000", "proc.vpid": "proc.vpid = 1", "proc.pvpid": "proc.pvpid = 1",
	"thread.vtid": "thread.vtid = 1", "proc.stdin.type": "proc.stdin.type = file", "proc.stdout.type": "proc.stdout.type = pipe",
	"proc.stderr.type": "proc.stderr.type = file", "proc.stdin.name": "proc.stdin.name = /dev/null",
	"proc.stdout.name": "proc.stdout.name = /dev/null", "proc.stderr.name": "proc.stderr.name = /dev/null",
	"syslog.facility.str": "syslog.facility.str = authpriv", "syslog.facility": "syslog.facility = 10",
	"syslog.severity.str": "syslog.severity.str = notice", "syslog.severity": "syslog.severity < 6",
	"syslog.message": "syslog.message contains sudo", "thread.cap_permitted": "thread.cap_permitted contains CAP_SYS_ADMIN",
	"thread.cap_inheritable": "thread.cap_inheritable contains CAP_SYS_ADMIN", "thread.cgroups": "thread.cgroups contains cpuset",
	"container.image.id": "container.image.id exists", "container.image.digest": "container.image.digest startswith sha256:",
	"container.healthcheck": "container.healthcheck != N/A", "container.liveness_probe": "container.liveness_probe != N/A",
	"container.readiness_probe": "container.readiness_probe != N/A", "container.full_id": "container.full_id exists",
	"container.cni.json": "container.cni.json contains cni0", "container.labels": "container.labels contains maintainer",
	"k8s.pod.id": "k8s.pod.id startswith a", "k8s.pod.uid": "k8s.pod.uid startswith a", "k8s.pod.sandbox_id": "k8s.pod.sandbox_id startswith a",
	"k8s.pod.full_sandbox_id": "k8s.pod.full_sandbox_id startswith a", "k8s.pod.ip": "k8s.pod.ip startswith 10.",
	"k8s.pod.cni.json": "k8s.pod.cni.json contains cni0", "frame.number": "frame.number > 1000",
	"frame.time": `frame.time > "2026-01-31 10:00:00"`, "frame.time_relative": "frame.time_relative > 0.5",
	"frame.time_delta": "frame.time_delta > 0.001", "frame.len": "frame.len > 200", "frame.cap_len": "frame.cap_len > 200",
	"sysdig.cpu_id": "sysdig.cpu_id == 0", "sysdig.thread_id": "sysdig.thread_id == 1", "sysdig.event_len": "sysdig.event_len > 200",
	"sysdig.event_data_len": "sysdig.event_data_len > 200", "sysdig.nparams": "sysdig.nparams > 3",
	"sysdig.event_type": "sysdig.event_type == 307", "falcoevents.id": "falcoevents.id == 2", "sysdig.event_name": `sysdig.event_name == "openat"`,
}

// Example returns a condition of sysdig's language with the field; of a field of Wireshark's language alone, one of that.
func (f *Field) Example() string {
	if s := examples[f.Name]; s != "" {
		return s
	}
	name := f.Name
	if f.Arg == ArgRequired {
		name += map[bool]string{true: ".name", false: "[0]"}[strings.HasPrefix(f.Syntax, ".")]
		if f.Class == "k8s" || f.Name == "container.label" {
			name = f.Name + "[app]"
		}
	}
	foreign := f.Flags.Has(Foreign)
	equal, quote := " = ", ""
	if foreign {
		equal, quote = " == ", `"`
	}
	if strings.HasPrefix(name, "sysdig.param.") { // one of hundreds, of whose values nothing is known: the events that have it
		return name
	}
	switch f.Kind() {
	case Bool:
		if f.Class == "protocol" {
			return name
		}
		return name + equal + "true"
	case String:
		return name + " contains " + quote + "a" + quote
	case Bytes:
		return name + ` contains "ELF"`
	case IP:
		switch {
		case f.Type == "ipnet":
			return name + equal + "127.0.0.0/8"
		case strings.HasSuffix(name, ".v6"):
			return name + equal + "::1"
		}
		return name + equal + "127.0.0.1"
	case Port:
		return name + equal + "443"
	case Time:
		if f.Type == "moment" {
			return name + ` > "2026-01-31 10:00:00"`
		}
		return name + " > 1700000000000000000"
	case Duration:
		return name + " > 1000000"
	}
	return name + " > 0"
}

// Needs returns what a capture must hold so that the field has values, "" when every capture does. Of a field that no
// capture answers it says why.
func (f *Field) Needs() string {
	if why := f.Unavailable(); why != "" {
		return why
	}
	for _, n := range wants {
		if f.Name == n.prefix || strings.HasSuffix(n.prefix, ".") && strings.HasPrefix(f.Name, n.prefix) {
			return n.what
		}
	}
	return ""
}

// wants are what fields want of a capture, by name or by the beginning of names.
var wants = []struct{ prefix, what string }{
	{"evt.latency", "both halves of each call"},
	{"evt.latency.", "both halves of each call"},
	{"evt.wait_latency", "both halves of each call"},
	{"evt.buffer", "the first bytes of what was read and written, as many as the capture's snaplen says"},
	{"evt.hostname", "information about the machine"},
	{"evt.asynctype", "events that plugins add"},
	{"evt.infra.", "events of a container engine, which tools no longer write"},
	{"k8s.", "container events with the labels that Kubernetes sets"},
	{"container.id", ""},
	{"container.", "container events: the capture was made with rights to ask the container engine"},
	{"syslog.", "writes to the log's socket, not cut by the snaplen"},
	{"user.loginname", "the list of users"},
	{"user.name", "the list of users"},
	{"user.homedir", "the list of users"},
	{"user.shell", "the list of users"},
	{"group.name", "the list of groups"},
	{"proc.exe_ino", "execve events of newer tools, which tell of the file"},
	{"proc.exe_ino.", "execve events of newer tools, which tell of the file"},
	{"proc.is_exe_writable", "execve events of newer tools, which tell of the file"},
	{"proc.is_exe_upper_layer", "execve events of newer tools, which tell of the file"},
	{"proc.is_exe_lower_layer", "execve events of newer tools, which tell of the file"},
	{"proc.is_exe_from_memfd", "execve events of newer tools, which tell of the file"},
	{"proc.pidns_init_start_ts", "clone or execve events of newer tools"},
	{"proc.env", "the environment of processes, as much of it as was kept"},
	{"proc.aenv", "the environment of processes, as much of it as was kept"},
	{"thread.cap_permitted", "execve events of newer tools, or the first list of processes"},
	{"thread.cap_inheritable", "execve events of newer tools, or the first list of processes"},
	{"thread.cap_effective", "execve events of newer tools, or the first list of processes"},
}

// words are what fields hold that libsinsp gives the type of something else.
var words = map[string]string{
	"proc.pid.ts": "time", "proc.pidns_init_start_ts": "time", "proc.exe_ino.ctime_duration_proc_start": "duration",
	"proc.exe_ino.ctime_duration_pidns_start": "duration",
}

// TypeName returns what the field's values are, in a word: text, number, truth …
func (f *Field) TypeName() string {
	switch {
	case words[f.Name] != "":
		return words[f.Name]
	case f.Flags.Has(List):
		return "list"
	case f.Type == "ipnet":
		return "network"
	}
	switch f.Kind() {
	case Bool:
		return "truth"
	case Int, Uint, Float:
		return "number"
	case String:
		return "text"
	case Bytes:
		return "bytes"
	case Time:
		return "time"
	case Duration:
		return "duration"
	case IP:
		return "address"
	case Port:
		return "port"
	}
	return "value" // the parameter decides
}
