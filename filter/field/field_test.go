package field

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/scapls/scapls/scapio/evtable"
	"github.com/scapls/scapls/scapio/state"
)

func TestFieldsOfAnEvent(t *testing.T) {
	t.Parallel()
	t.Run("a read tells its type, result and bytes", func(t *testing.T) {
		t.Parallel()
		c := begin(t).read(3)
		c.Latency = 2_839
		c.PrevTS = c.TS - 5
		texts(t, c, map[string]string{
			"evt.num": "1", "evt.type": "read", "evt.dir": "<", "evt.category": "file", "evt.cpu": "0", "syscall.type": "read",
			"evt.res": "SUCCESS", "evt.rawres": "10", "evt.failed": "false", "evt.buflen": "10", "evt.buflen.out": "-", "evt.buflen.file.in": "10",
			"evt.is_io": "true", "evt.is_io_read": "true", "evt.is_io_write": "false", "evt.io_dir": "read", "evt.is_wait": "false",
			"evt.buffer": "0123.56789", "evt.args": "res=10 data=0123.56789 fd=3(<f>/home/me/a file) size=4096",
			"evt.arg.fd": "<f>/home/me/a file", "evt.rawarg.fd": "3", "evt.arg[0]": "10", "evt.arg[9]": "-", "evt.arg.flags": "-",
			"evt.latency": "2839", "evt.latency.s": "0", "evt.latency.ns": "000002839", "evt.latency.human": "2.84us", "evt.latency.quantized": "4",
			"evt.deltatime": "5", "evt.reltime": "001000000", "evt.reltime.s": "0", "evt.rawtime": "1700000000001000000",
			"evt.rawtime.ns": "001000000", "evt.time": "22:13:20.001000000", "evt.datetime.s": "2023-11-14 22:13:20",
			"evt.time.iso8601": "2023-11-14T22:13:20.001000000+0000", "evt.type.is.read": "1", "evt.type.is.write": "0",
			"evt.count": "1", "evt.count.error": "0", "evt.count.exit": "1", "evt.source": "syscall", "evt.is_async": "false",
			"evt.asynctype": "-", "evt.is_open_read": "false", "evt.is_syslog": "false", "syslog.message": "-",
			"len(evt.buffer)": "10", "toupper(evt.type)": "READ",
		})
	})
	t.Run("an enter event has no result", func(t *testing.T) {
		t.Parallel()
		c := begin(t).event(200, evtable.SyscallReadE, i64(3), u32(4096))
		texts(t, c, map[string]string{
			"evt.dir": ">", "evt.res": "-", "evt.rawres": "-", "evt.failed": "-", "evt.buflen": "-", "evt.latency": "0",
			"fd.num": "3", "fd.name": "/home/me/a file",
		})
		c.Style.Legacy = true
		texts(t, c, map[string]string{"evt.failed": "false"})
	})
	t.Run("a failed open has the name it was asked for", func(t *testing.T) {
		t.Parallel()
		s := begin(t)
		texts(t, s.open(-2, -100, "x/../b"), map[string]string{
			"evt.res": "ENOENT", "evt.rawres": "-2", "evt.failed": "true", "evt.count.error": "1", "evt.count.error.file": "1",
			"evt.count.error.net": "0", "fd.num": "-1", "fd.type": "-", "fd.typechar": "f", "fd.name": "/home/me/b", "fd.directory": "/home/me",
			"fd.filename": "-", "evt.abspath": "/home/me/b", "evt.is_open_read": "true", "evt.is_open_write": "false",
		})
		texts(t, s.open(-2, 4, "passwd"), map[string]string{"fd.name": "/etc/passwd", "evt.abspath": "/etc/passwd", "fs.path.nameraw": "passwd"})
	})
	t.Run("a packet is no event of a thread", func(t *testing.T) {
		t.Parallel()
		c := &Ctx{Packet: &Packet{Interface: "eth0", Len: 160, Data: []byte("GET /\x01\x02")}, TS: startTS}
		texts(t, c, map[string]string{
			"evt.type": "packet", "evt.num": "-", "evt.dir": "-", "evt.cpu": "-", "proc.name": "-", "thread.tid": "-", "fd.num": "-", "fd.name": "-",
			"evt.args": "interface=eth0 len=160 data=GET /..", "evt.buffer": "GET /..", "evt.arg.fd": "-", "evt.category": "net", "evt.datetime": "2023-11-14 22:13:20.000000000",
		})
	})
}

func TestFieldsOfAProcess(t *testing.T) {
	t.Parallel()
	texts(t, begin(t).read(3), map[string]string{
		"proc.name": "cat", "proc.exe": "cat", "proc.exepath": "/usr/bin/cat", "proc.args": "-n a file", "proc.args[1]": "a file",
		"proc.args[2]": "", "proc.cmdline": "cat -n a file", "proc.cmdnargs": "2", "proc.cmdlenargs": "8", "proc.cwd": "/home/me/",
		"proc.env[HOME]": "/home/me", "proc.env[NONE]": "", "proc.env": "HOME=/home/me LANG=C", "proc.aenv[LANG]": "C",
		"proc.pid": "200", "proc.ppid": "100", "proc.pname": "bash", "proc.pcmdline": "bash", "proc.aname[0]": "cat", "proc.aname[2]": "systemd",
		"proc.aname[3]": "-", "proc.aname": "bash<-systemd", "proc.apid[1]": "100", "proc.sid": "100", "proc.sname": "bash",
		"proc.vpgid.name": "cat", "proc.loginshellid": "100", "proc.tty": "34816", "proc.duration": "-", "proc.pid.ts": "-",
		"proc.fdopencount": "5", "proc.fdlimit": "1024", "proc.fdusage": "0.5", "proc.nthreads": "1", "proc.nchilds": "0",
		"proc.stdin.name": "/dev/pts/0", "proc.stdin.type": "file", "proc.stdout.name": "-", "proc.is_sid_leader": "false",
		"proc.is_vpgid_leader": "true", "proc.vmsize": "4000", "thread.tid": "200", "thread.ismain": "true", "thread.nametid": "cat200",
		"thread.cap_effective": "CAP_CHOWN CAP_DAC_OVERRIDE", "user.uid": "1000", "user.name": "me", "user.shell": "/bin/bash",
		"user.loginuid": "1000", "user.loginname": "me", "group.gid": "1000", "group.name": "us", "container.id": "host",
		"container.name": "host", "container.image": "-", "basename(proc.exepath)": "cat",
	})
}

func TestFieldsOfADescriptor(t *testing.T) {
	t.Parallel()
	s := begin(t)
	texts(t, s.read(3), map[string]string{
		"fd.num": "3", "fd.type": "file", "fd.typechar": "f", "fd.name": "/home/me/a file", "fd.directory": "/home/me", "fd.filename": "a file",
		"fd.ino": "77", "fd.cip": "-", "fd.l4proto": "<NA>", "fd.is_server": "false", "fd.uid": "2003", "fd.containername": "host:/home/me/a file",
		"fd.types": "(file,directory,ipv4,unix)", "fd.types[5]": "(ipv4)", "len(fd.types)": "4", "fd.sockfamily": "-",
	})
	texts(t, s.read(0), map[string]string{"fd.dev": "8801", "fd.dev.major": "136", "fd.dev.minor": "1"})
	texts(t, s.read(4), map[string]string{"fd.type": "directory", "fd.directory": "/etc", "fd.filename": "-"})
	texts(t, s.read(5), map[string]string{
		"fd.type": "ipv4", "fd.typechar": "4", "fd.name": "10.0.0.5:40000->1.1.1.1:443", "fd.cip": "10.0.0.5", "fd.sip": "1.1.1.1",
		"fd.cport": "40000", "fd.sport": "443", "fd.l4proto": "tcp", "fd.sockfamily": "ip", "evt.category": "net", "fd.directory": "-",
		"fd.cproto": "40000", "fd.connected": "true",
	})
	texts(t, s.read(9), map[string]string{
		"fd.num": "9", "fd.type": "-", "fd.typechar": "o", "fd.name": "", "fd.directory": "/", "fd.filename": "-", "evt.category": "unknown",
	})
	texts(t, s.event(200, evtable.SyscallBrk4X, i64(0), u32(1), u32(2), u32(3), i64(0)), map[string]string{"fd.num": "-", "fd.name": "-", "fd.typechar": "-"})
}

func TestSyslogMessagesAreTakenApart(t *testing.T) {
	t.Parallel()
	c := begin(t).event(200, evtable.SyscallWriteX, i64(20), []byte("<38>sshd[7]: hi"), i64(6), u32(20))
	texts(t, c, map[string]string{
		"evt.is_syslog": "true", "syslog.facility": "4", "syslog.facility.str": "auth", "syslog.severity": "6", "syslog.severity.str": "info",
		"syslog.message": "sshd[7]: hi",
	})
}

func TestPathsOfFilesystemCalls(t *testing.T) {
	t.Parallel()
	s := begin(t)
	texts(t, s.event(200, evtable.SyscallRenameatX, i64(0), i64(4), str("a"), i64(-100), str("/b/./c")), map[string]string{
		"fs.path.name": "-", "fs.path.source": "/etc/a", "fs.path.sourceraw": "a", "fs.path.target": "/b/c", "fs.path.targetraw": "/b/./c",
		"evt.abspath": "/etc/a", "evt.abspath.src": "/etc/a", "evt.abspath.dst": "/b/c",
	})
	texts(t, s.event(200, evtable.SyscallMkdir2X, i64(0), str("d"), u32(0)), map[string]string{"fs.path.name": "/home/me/d", "fs.path.source": "-"})
	texts(t, s.event(200, evtable.SyscallMkdir2X, i64(-17), str("d"), u32(0)), map[string]string{"fs.path.name": "-"})
	texts(t, s.event(200, evtable.SyscallSymlinkX, i64(0), str("/t"), str("l")), map[string]string{"fs.path.source": "/home/me/l", "fs.path.target": "/t"})
}

func TestContainerFieldsComeFromItsJSON(t *testing.T) {
	t.Parallel()
	s := begin(t)
	json := `{"container":{"id":"0123456789ab","full_id":"0123456789ab0123","type":0,"name":"web","image":"nginx:1","imagerepo":"nginx",
		"imagetag":"1","ip":"0.0.0.0","privileged":true,"created_time":1600000000,"host_network":true,
		"labels":{"b":"2","io.kubernetes.pod.name":"pod-1","io.kubernetes.pod.namespace":"prod"},
		"Mounts":[{"Source":"/s","Destination":"/d","Mode":"ro","RW":false,"Propagation":"rprivate"}]}}`
	s.event(-1, evtable.ContainerJson2E, str(json))
	c := s.event(300, evtable.SyscallBrk4E, i64(0))
	texts(t, c, map[string]string{
		"container.id": "0123456789ab", "container.name": "web", "container.type": "docker", "container.image": "nginx:1",
		"container.image.repository": "nginx", "container.image.tag": "1", "container.image.digest": "-", "container.full_id": "0123456789ab0123",
		"container.ip": "-", "container.privileged": "true", "container.host_network": "true", "container.host_pid": "-",
		"container.start_ts": "1600000000000000000", "container.label.b": "2", "container.label[none]": "-",
		"container.mounts": "/s:/d:ro:false:rprivate", "container.mount[0]": "/s:/d:ro:false:rprivate", "container.mount.dest[/s]": "/d",
		"container.mount.mode[1]": "-", "container.healthcheck": "N/A", "k8s.pod.name": "pod-1", "k8s.ns.name": "prod", "k8s.svc.name": "-",
	})
}

func TestAPodTellsItsDeployment(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		pod, hash, set, deployment string
	}{
		{"web-6c4b9d7f8-x2x9z", "6c4b9d7f8", "web-6c4b9d7f8", "web"},
		{"my-web-6c4b9d7f8-x2x9z", "6c4b9d7f8", "my-web-6c4b9d7f8", "my-web"},
		{"web-6c4b9d7f8-x2x9z", "", "", ""},
		{"web-0", "6c4b9d7f8", "", ""},
		{"web", "6c4b9d7f8", "", ""},
		{"", "6c4b9d7f8", "", ""},
	} {
		c := &state.Container{Labels: map[string]string{"io.kubernetes.pod.name": tc.pod}, PodLabels: map[string]string{"pod-template-hash": tc.hash}}
		set, deployment := workload(c)
		require.Equal(t, []string{tc.set, tc.deployment}, []string{set, deployment}, tc.pod)
	}
}

func TestPollLists(t *testing.T) {
	t.Parallel()
	list := append([]byte{2, 0}, append(append(i64(5), 1, 0), append(i64(9), 1, 0)...)...)
	texts(t, begin(t).event(200, evtable.SyscallPollX, i64(1), list, i64(-1)), map[string]string{
		"fdlist.nums": "5,9", "fdlist.names": "10.0.0.5:40000->1.1.1.1:443,<NA>", "fdlist.cips": "10.0.0.5", "fdlist.sports": "443",
	})
}

func TestSeveralValues(t *testing.T) {
	t.Parallel()
	c := begin(t).read(5)
	collect := func(name string) (list []string) {
		r, err := Parse(name)
		require.NoError(t, err)
		for v := range func(yield func(Value) bool) { r.Values(c, yield) } {
			list = append(list, string(v.Append(nil)))
		}
		return list
	}
	require.Equal(t, []string{"bash", "systemd"}, collect("proc.aname"))
	require.Equal(t, []string{"systemd"}, collect("proc.aname[2]"))
	require.Equal(t, []string{"100", "1"}, collect("proc.apid"))
	require.Equal(t, []string{"1.1.1.1", "10.0.0.5"}, collect("fd.ip"))
	require.Equal(t, []string{"443", "40000"}, collect("fd.port"))
	require.Empty(t, collect("fd.types[77]"))
}

func TestValuesOfOneEventLiveTogether(t *testing.T) {
	t.Parallel()
	c := begin(t).read(3)
	name, _ := Parse("proc.name")
	line, _ := Parse("proc.cmdline")
	a, b := name.Value(c), line.Value(c)
	require.Equal(t, "cat", string(a.B))
	require.Equal(t, "cat -n a file", string(b.B))
}

func TestTimeModes(t *testing.T) {
	t.Parallel()
	c := begin(t).read(3)
	c.Latency, c.PrevTS, c.Style.Loc = 1_500_000_000, c.TS-7, time.FixedZone("east", 3600)
	for mode, want := range map[byte]string{
		0: "23:13:20.001000000", 'h': "23:13:20.001000000", 'a': "1700000000.001000000", 'r': "0.001000000", 'd': "1.500000000",
		'D': "0.000000007",
	} {
		c.TimeMode = mode
		texts(t, c, map[string]string{"evt.outputtime": want})
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, name := range []string{
		"evt.num", "evt.type", "evt.category", "proc.name", "proc.pname", "proc.cmdline", "fd.name", "fd.sip", "evt.rawres", "evt.args",
		"evt.arg.fd", "user.name", "evt.datetime",
	} {
		b.Run(name, func(b *testing.B) {
			s := begin(b)
			c := s.read(5)
			r, err := Parse(name)
			require.NoError(b, err)
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buf, _ = r.Append(buf[:0], c)
			}
		})
	}
}
