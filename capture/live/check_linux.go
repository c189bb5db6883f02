//go:build linux && (amd64 || arm64)

package live

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/features"
)

// Checks says what of a capture works here. It loads the probe and frees it again, and needs the same rights as Open.
func Checks() []Check {
	list := []Check{checkKernel(), checkBTF(), checkCapabilities(), checkMemlock(), checkRing()}
	return append(list, checkProbe())
}

func checkKernel() Check {
	c := Check{Name: "kernel", Fix: "use a kernel of version 5.8 or newer"}
	var u syscall.Utsname
	if err := syscall.Uname(&u); err != nil {
		c.Detail = err.Error()
		return c
	}
	var release strings.Builder
	for _, b := range u.Release {
		if b == 0 {
			break
		}
		release.WriteByte(byte(b))
	}
	c.Detail = "Linux " + release.String()
	major, minor := kernelVersion(release.String())
	c.OK = major > 5 || major == 5 && minor >= 8
	return c
}

func kernelVersion(release string) (major, minor int) {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return 0, 0
	}
	major, _ = strconv.Atoi(parts[0])
	end := strings.IndexFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(parts[1])
	}
	minor, _ = strconv.Atoi(parts[1][:end])
	return major, minor
}

func checkBTF() Check {
	c := Check{Name: "BTF", Fix: "use a kernel built with CONFIG_DEBUG_INFO_BTF"}
	if _, err := btf.LoadKernelSpec(); err != nil {
		c.Detail = err.Error()
		return c
	}
	c.OK, c.Detail = true, "types of the running kernel are known"
	return c
}

// The capabilities that count, by number.
const (
	capSysAdmin    = 21
	capSysPtrace   = 19
	capSysResource = 24
	capPerfmon     = 38
	capBPF         = 39
)

func checkCapabilities() Check {
	c := Check{Name: "capabilities", Fix: "run with sudo, or once: sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search=ep " + executable()}
	caps, err := effectiveCapabilities()
	if err != nil {
		c.Detail = err.Error()
		return c
	}
	has := func(n uint) bool { return caps&(1<<n) != 0 }
	c.OK = has(capSysAdmin) || has(capBPF) && has(capPerfmon)
	var missing []string
	for _, m := range []struct {
		bit  uint
		name string
	}{{capBPF, "CAP_BPF"}, {capPerfmon, "CAP_PERFMON"}, {capSysPtrace, "CAP_SYS_PTRACE (open files of other users' processes)"}} {
		if !has(m.bit) && (m.bit == capSysPtrace || !has(capSysAdmin)) {
			missing = append(missing, m.name)
		}
	}
	if len(missing) == 0 {
		c.Detail = "all that are needed"
	} else {
		c.Detail = "missing: " + strings.Join(missing, ", ")
	}
	return c
}

func executable() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return "scapls"
}

func effectiveCapabilities() (uint64, error) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if v, ok := strings.CutPrefix(line, "CapEff:"); ok {
			return strconv.ParseUint(strings.TrimSpace(v), 16, 64)
		}
	}
	return 0, errors.New("/proc/self/status has no CapEff")
}

func checkMemlock() Check {
	c := Check{Name: "memory lock", OK: true, Detail: "maps do not count against the limit of locked memory", Fix: "raise the limit of locked memory: ulimit -l unlimited"}
	var u syscall.Utsname
	if syscall.Uname(&u) != nil {
		return c
	}
	k := checkKernel()
	major, minor := kernelVersion(strings.TrimPrefix(k.Detail, "Linux "))
	if major > 5 || major == 5 && minor >= 11 {
		return c
	}
	var limit syscall.Rlimit
	const rlimitMemlock = 8
	if err := syscall.Getrlimit(rlimitMemlock, &limit); err != nil {
		c.OK, c.Detail = false, err.Error()
		return c
	}
	caps, _ := effectiveCapabilities()
	c.OK = limit.Cur > 2*DefaultRingSize || caps&(1<<capSysResource) != 0
	c.Detail = fmt.Sprintf("limit %d bytes", limit.Cur)
	return c
}

func checkRing() Check {
	c := Check{Name: "ring buffer", Fix: "free memory, or choose a smaller ring"}
	if err := features.HaveMapType(ebpf.RingBuf); err != nil {
		c.Detail, c.Fix = err.Error(), "use a kernel of version 5.8 or newer, with the rights to load BPF"
		return c
	}
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.RingBuf, MaxEntries: DefaultRingSize})
	if err != nil {
		c.Detail = err.Error()
		return c
	}
	defer m.Close()
	c.OK, c.Detail = true, fmt.Sprintf("%d MiB can be had", DefaultRingSize>>20)
	return c
}

// checkProbe loads and attaches the real thing: asking the kernel what it could load answers wrongly on some.
func checkProbe() Check {
	c := Check{Name: "tracepoints (tp_btf)", Fix: "run with the capabilities above on a kernel of version 5.8 or newer with BTF"}
	p, err := Open(Options{RingSize: MinRingSize})
	if err != nil {
		c.Detail = err.Error()
		return c
	}
	names := make([]string, 0, len(p.coll.Programs))
	for _, n := range attachOrder {
		if p.coll.Programs[n] != nil {
			names = append(names, n)
		}
	}
	c.OK, c.Detail = true, strings.Join(names, " ")
	if err := p.Close(); err != nil {
		c.OK, c.Detail = false, err.Error()
	}
	return c
}
