package procscan

import (
	"bytes"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/scapls/scapls/scapio"
)

// owner is the process whose descriptors are read, with its namespaces as far as they were asked for.
type owner struct {
	dir      string
	net, mnt uint64
}

func (p *owner) namespace(s *Scanner, have *uint64, kind string) uint64 {
	if *have == 0 {
		*have = s.namespace(p.dir, kind)
	}
	return *have
}

// fds reads the descriptors of a process; never nil, since a process without any is known to have none.
func (s *Scanner) fds(dir string) []scapio.FD {
	list := []scapio.FD{}
	p := &owner{dir: dir}
	nums, err := numbers(filepath.Join(dir, "fd"))
	if err != nil {
		s.count(err)
	}
	for _, n := range nums {
		if fd, ok := s.fd(p, n); ok {
			list = append(list, fd)
		}
	}
	return list
}

// Descriptor reads one descriptor of a thread's process, as it is now; ok is false when it is not open.
func (s *Scanner) Descriptor(tid int64, num int) (fd scapio.FD, ok bool) {
	if now := time.Now(); now.Sub(s.fresh) > time.Second { // tables of sockets are long: they are read once a second at most
		s.fresh = now
		s.nets, s.mounts = map[uint64]map[uint64]socket{}, map[uint64]map[int]uint32{}
	}
	return s.fd(&owner{dir: s.path("proc", strconv.FormatInt(tid, 10))}, num)
}

// fd reads one descriptor; ok is false when it is closed by now.
func (s *Scanner) fd(p *owner, n int) (fd scapio.FD, ok bool) {
	num := strconv.Itoa(n)
	path := filepath.Join(p.dir, "fd", num)
	name := s.link(path)
	if name == "" {
		return fd, false
	}
	fd = scapio.FD{Num: int64(n), Name: name}
	switch {
	case strings.HasPrefix(name, "socket:["):
		fd.Ino = bracketed(name)
		s.socketFD(p, path, &fd)
		return fd, true
	case strings.HasPrefix(name, "pipe:["):
		fd.Type, fd.Ino = scapio.FDFifo, bracketed(name)
		return fd, true
	case strings.HasPrefix(name, "pidfd:["):
		fd.Ino = bracketed(name)
		s.pidfd(p.dir, num, &fd)
		return fd, true
	case strings.HasPrefix(name, "anon_inode:"):
		fd.Type = anonymous(strings.Trim(strings.TrimPrefix(name, "anon_inode:"), "[]"))
		if fd.Type == scapio.FDPidfd {
			s.pidfd(p.dir, num, &fd)
		}
		return fd, true
	case strings.HasPrefix(name, "/memfd:"):
		fd.Type = scapio.FDMemfd
		fd.Name = strings.TrimSuffix(strings.TrimPrefix(name, "/memfd:"), " (deleted)")
		return fd, true
	}
	s.file(p, num, path, &fd)
	return fd, true
}

// file completes a descriptor that has a path, or one of a kernel object of unknown kind.
func (s *Scanner) file(p *owner, num, path string, fd *scapio.FD) {
	fd.Type = scapio.FDFileV2
	if !strings.HasPrefix(fd.Name, "/") {
		fd.Type = scapio.FDUnsupported
	}
	flags, mount := parseFDInfo(s.read(filepath.Join(p.dir, "fdinfo", num), 4096))
	fd.OpenFlags = openFlags(flags)
	var st unix.Stat_t
	if unix.Stat(path, &st) == nil {
		fd.Ino, fd.Dev = st.Ino, encodeDev(unix.Major(st.Dev), unix.Minor(st.Dev))
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFDIR:
			fd.Type = scapio.FDDirectory
		case unix.S_IFIFO:
			fd.Type = scapio.FDFifo
		}
	}
	if dev, ok := s.device(p, mount); ok {
		fd.Dev = dev
	}
}

func (s *Scanner) pidfd(dir, num string, fd *scapio.FD) {
	fd.Type = scapio.FDPidfd
	for line := range bytes.Lines(s.read(filepath.Join(dir, "fdinfo", num), 4096)) {
		if v, ok := bytes.CutPrefix(line, []byte("Pid:")); ok {
			fd.Name = "/proc/" + string(bytes.TrimSpace(v))
		}
	}
}

// anonymous returns the type of a descriptor by the name of its anonymous inode.
func anonymous(kind string) uint8 {
	switch {
	case kind == "eventfd":
		return scapio.FDEvent
	case kind == "eventpoll":
		return scapio.FDEventpoll
	case kind == "inotify":
		return scapio.FDInotify
	case kind == "signalfd":
		return scapio.FDSignal
	case kind == "timerfd":
		return scapio.FDTimer
	case kind == "userfaultfd":
		return scapio.FDUserfault
	case kind == "io_uring":
		return scapio.FDIOUring
	case kind == "pidfd":
		return scapio.FDPidfd
	case strings.HasPrefix(kind, "bpf"): // bpf-map, bpf-prog, bpf_link, bpf_iter
		return scapio.FDBPF
	}
	return scapio.FDUnsupported
}

// parseFDInfo reads flags and mount id of /proc/PID/fdinfo/N; -1 stands for no mount id.
func parseFDInfo(b []byte) (flags uint64, mount int) {
	mount = -1
	for line := range bytes.Lines(b) {
		key, val, _ := bytes.Cut(line, []byte{':'})
		v := string(bytes.TrimSpace(val))
		switch string(key) {
		case "flags":
			flags, _ = strconv.ParseUint(v, 8, 64)
		case "mnt_id":
			if n, err := strconv.Atoi(v); err == nil {
				mount = n
			}
		}
	}
	return flags, mount
}

// openFlags turns the kernel's flags of open into those of a capture (PPM_O_*).
func openFlags(k uint64) uint32 {
	v := uint32(0)
	switch k & unix.O_ACCMODE {
	case unix.O_RDONLY:
		v = 1
	case unix.O_WRONLY:
		v = 2
	case unix.O_RDWR:
		v = 3
	}
	for _, f := range []struct{ kernel, own uint64 }{
		{unix.O_CREAT, 1 << 2},
		{unix.O_APPEND, 1 << 3},
		{unix.O_DSYNC, 1 << 4},
		{unix.O_EXCL, 1 << 5},
		{unix.O_NONBLOCK, 1 << 6},
		{unix.O_SYNC, 1 << 7},
		{unix.O_TRUNC, 1 << 8},
		{unix.O_DIRECT, 1 << 9},
		{unix.O_DIRECTORY, 1 << 10},
		{largeFile(), 1 << 11},
		{unix.O_CLOEXEC, 1 << 12},
		{unix.O_TMPFILE, 1 << 13},
	} {
		if k&f.kernel == f.kernel {
			v |= uint32(f.own)
		}
	}
	return v
}

// largeFile returns O_LARGEFILE, which the kernel adds for 64-bit processes; package unix has it as 0 there.
func largeFile() uint64 {
	if runtime.GOARCH == "arm64" {
		return 0o400000
	}
	return 0o100000
}

// encodeDev numbers a device as the kernel's events do (new_encode_dev).
func encodeDev(major, minor uint32) uint32 { return minor&0xff | major<<8 | (minor&^0xff)<<12 }

// device returns the number of the device that a mount id stands for. It may differ from what stat says, and is what the
// events have.
func (s *Scanner) device(p *owner, mount int) (uint32, bool) {
	if mount < 0 {
		return 0, false
	}
	ns := p.namespace(s, &p.mnt, "mnt")
	table, ok := s.mounts[ns]
	if !ok {
		table = parseMounts(s.read(filepath.Join(p.dir, "mountinfo"), 8<<20))
		if ns != 0 {
			s.mounts[ns] = table
		}
	}
	dev, ok := table[mount]
	return dev, ok
}

// parseMounts reads /proc/PID/mountinfo.
func parseMounts(b []byte) map[int]uint32 {
	table := map[int]uint32{}
	for line := range bytes.Lines(b) {
		f := bytes.Fields(line)
		if len(f) < 3 {
			continue
		}
		id, err := strconv.Atoi(string(f[0]))
		major, minor, ok := strings.Cut(string(f[2]), ":")
		ma, err2 := strconv.ParseUint(major, 10, 32)
		mi, err3 := strconv.ParseUint(minor, 10, 32)
		if ok && err == nil && err2 == nil && err3 == nil {
			table[id] = encodeDev(uint32(ma), uint32(mi))
		}
	}
	return table
}
