package field

import "strings"

// examples are conditions of sysdig's language, by field, where the kind of the field alone suggests a poor one.
var examples = map[string]string{
	"evt.num": "evt.num >= 1000", "evt.type": "evt.type in (open, openat, openat2)", "evt.type.is": "evt.type.is.openat = 1",
	"syscall.type": "syscall.type = execve", "evt.category": "evt.category = net", "evt.dir": `evt.dir = "<"`, "evt.cpu": "evt.cpu = 0",
	"evt.arg": "evt.arg.flags contains O_CREAT", "evt.rawarg": "evt.rawarg.res < 0", "evt.args": "evt.args contains passwd",
	"evt.info": "evt.info contains passwd", "evt.buffer": `evt.buffer contains "HTTP/1.1 500"`, "evt.buflen": "evt.buflen > 4096",
	"evt.res": "evt.res = ENOENT", "evt.rawres": "evt.rawres < 0", "evt.failed": "evt.failed = true", "evt.io_dir": "evt.io_dir = write",
	"evt.around": "evt.around[1700000000000000000] = 50", "evt.abspath": "evt.abspath.dst startswith /tmp/", "evt.latency": "evt.latency > 1000000",
	"evt.latency.s": "evt.latency.s >= 1", "evt.wait_latency": "evt.wait_latency > 1000000", "evt.rawtime": "evt.rawtime > 1700000000000000000",
	"evt.reltime": "evt.reltime < 1000000000", "evt.deltatime": "evt.deltatime > 1000000", "evt.time": `evt.time startswith "10:15"`,
	"evt.datetime": `evt.datetime startswith "2026-01-31 10:15"`, "evt.source": "evt.source = syscall", "evt.hostname": "evt.hostname = web1",
	"evt.asynctype": "evt.asynctype = container", "evt.count": "evt.count exists", "evt.is_open_write": "evt.is_open_write = true",
	"evt.marked": "evt.marked = true", "evt.ignored": "evt.ignored = false", "evt.reference": "evt.reference = true", "evt.comment": "evt.comment contains slow",

	"proc.name": "proc.name = nginx", "proc.pname": "proc.pname in (bash, sh, zsh)", "proc.aname": "proc.aname[2] = sshd", "proc.exe": "proc.exe = /bin/sh",
	"proc.exepath": "proc.exepath startswith /tmp/", "proc.pexepath": "proc.pexepath = /usr/sbin/sshd", "proc.aexepath": "proc.aexepath startswith /tmp/",
	"proc.aexe": "proc.aexe endswith /sshd", "proc.cmdline": "proc.cmdline contains --privileged", "proc.pcmdline": "proc.pcmdline contains sshd",
	"proc.acmdline": "proc.acmdline[1] contains sshd", "proc.args": "proc.args contains -c", "proc.aargs": "proc.aargs[1] contains -c",
	"proc.env": "proc.env[HOME] = /root", "proc.aenv": "proc.aenv contains LD_PRELOAD", "proc.cwd": "proc.cwd startswith /var/www/", "proc.pid": "proc.pid = 1",
	"proc.ppid": "proc.ppid = 1", "proc.apid": "proc.apid = 1", "proc.duration": "proc.duration < 1000000000", "proc.tty": "proc.tty != 0",
	"proc.fdusage": "proc.fdusage > 80", "proc.sname": "proc.sname = sshd", "thread.tid": "thread.tid = 4242", "thread.ismain": "thread.ismain = false",
	"thread.cap_effective": "thread.cap_effective contains CAP_SYS_ADMIN", "thread.cgroup": "thread.cgroup.memory contains docker",
	"thread.nametid": "thread.nametid = bash4242", "proc.nthreads": "proc.nthreads > 100", "proc.vmrss": "proc.vmrss > 1000000",

	"fd.num": "fd.num in (0, 1, 2)", "fd.name": "fd.name startswith /etc/", "fd.type": "fd.type = file", "fd.typechar": "fd.typechar = 4",
	"fd.role": "fd.role = server", "fd.types": "fd.types intersects (ipv4, ipv6)", "fd.directory": "fd.directory = /etc", "fd.filename": "fd.filename endswith .conf", "fd.nameraw": `fd.nameraw contains "../"`,
	"fd.ip": "fd.ip = 10.0.0.7", "fd.net": "fd.net = 10.0.0.0/8", "fd.port": "fd.port = 443", "fd.proto": "fd.proto = https", "fd.cproto": "fd.cproto != 0",
	"fd.sproto": "fd.sproto = 443", "fd.lproto": "fd.lproto = 443", "fd.rproto": "fd.rproto = 443", "fd.l4proto": "fd.l4proto = udp",
	"fd.sockfamily": "fd.sockfamily = unix", "fd.containername": "fd.containername contains /etc/", "fd.containerdirectory": "fd.containerdirectory endswith :/etc",
	"fd.uid": "fd.uid = 42423", "fd.dev": "fd.dev = 2050", "fdlist.names": "fdlist.names contains 443",

	"fs.path.name": "fs.path.name startswith /etc/", "fs.path.source": "fs.path.source endswith .tmp", "fs.path.target": "fs.path.target startswith /etc/",

	"user.uid": "user.uid != 0", "user.name": "user.name = root", "user.loginuid": "user.loginuid = 1000", "user.loginname": "user.loginname = alice",
	"user.homedir": "user.homedir = /root", "user.shell": "user.shell endswith nologin", "group.gid": "group.gid = 0", "group.name": "group.name = docker",

	"container.id": "container.id != host", "container.name": "container.name = web", "container.image": "container.image contains nginx", "container.type": "container.type = docker",
	"container.image.repository": "container.image.repository endswith /nginx", "container.image.tag": "container.image.tag = latest",
	"container.label": "container.label[app] = web", "container.mount": "container.mount[/etc] exists", "container.mount.source": "container.mount.source[/etc] exists",
	"container.mount.dest": "container.mount.dest[0] = /data", "container.mount.mode": "container.mount.mode[0] = ro", "container.mount.rdwr": "container.mount.rdwr[0] = true",
	"container.mount.propagation": "container.mount.propagation[0] = rprivate", "container.ip": "container.ip = 172.17.0.2", "container.mounts": "container.mounts contains docker.sock",
	"k8s.pod.name": "k8s.pod.name startswith web-", "k8s.ns.name": "k8s.ns.name = kube-system", "k8s.pod.label": "k8s.pod.label[app] = web",
	"k8s.pod.labels": "k8s.pod.labels contains app:web", "k8s.deployment.name": "k8s.deployment.name = web", "k8s.rs.name": "k8s.rs.name startswith web-",
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
	switch f.Kind() {
	case Bool:
		if f.Class == "protocol" {
			return name
		}
		return name + equal + "true"
	case String:
		if strings.Contains(name, "path") || strings.Contains(name, "exe") || strings.Contains(name, "name") && strings.HasPrefix(name, "sysdig.param") {
			return name + " contains " + quote + "/tmp" + quote
		}
		return name + " contains " + quote + "a" + quote
	case Bytes:
		return name + ` contains "ELF"`
	case IP:
		switch {
		case f.Type == "ipnet":
			return name + equal + "10.0.0.0/8"
		case strings.HasSuffix(name, ".v6"):
			return name + equal + "::1"
		}
		return name + equal + "10.0.0.7"
	case Port:
		return name + equal + "443"
	case Time:
		if f.Type == "moment" {
			return name + ` > "2026-01-31 10:00:00"`
		}
		return name + " > 1700000000000000000"
	case Duration:
		if f.Type == "seconds" {
			return name + " > 0.5"
		}
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

// TypeName returns what the field's values are, in a word: text, number, truth …
func (f *Field) TypeName() string {
	switch {
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
