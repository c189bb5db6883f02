//go:build linux && (amd64 || arm64)

package live

import (
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"os"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/rlimit"

	"github.com/scapls/scapls/capture/bpf"
)

// prepare sets up the programs and maps as opts ask for, before they are loaded.
func prepare(opts *Options) (*ebpf.CollectionSpec, error) {
	if _, err := btf.LoadKernelSpec(); err != nil {
		return nil, &UnsupportedError{Feature: "BTF", Needs: "a kernel with CONFIG_DEBUG_INFO_BTF (/sys/kernel/btf/vmlinux)", Err: err}
	}
	// Before Linux 5.11 maps count against the limit of locked memory. Where it may not be raised, loading tells whether
	// that matters; mostly other rights are missing, too.
	_ = rlimit.RemoveMemlock()
	spec, err := bpf.LoadProbe()
	if err != nil {
		return nil, fmt.Errorf("read the BPF object: %w", err)
	}
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count the processors: %w", err)
	}
	spec.Maps["scratches"].MaxEntries = uint32(cpus)
	spec.Maps["ring"].MaxEntries = uint32(opts.ringSize())
	if !opts.PageFaults {
		delete(spec.Programs, "page_fault_user")
		delete(spec.Programs, "page_fault_kernel")
	}
	if opts.NoSignals {
		delete(spec.Programs, "signal_deliver")
	}
	return spec, setConstants(spec, opts)
}

func setConstants(spec *ebpf.CollectionSpec, opts *Options) error {
	own := uint32(0)
	if !opts.IncludeSelf {
		own = uint32(os.Getpid())
	}
	large := uint32(0)
	if opts.LargeSnaplen > opts.snaplen() {
		large = uint32(opts.LargeSnaplen)
	}
	for name, v := range map[string]any{
		"own_tgid": own, "snaplen": uint32(opts.snaplen()), "large_snaplen": large, "exit_only": flag(opts.ExitOnly),
		"follow_on": flag(opts.FollowOnly || opts.PIDs != nil), "comm_on": flag(len(opts.Comms) > 0), "cgroup_on": flag(len(opts.Cgroups) > 0),
		"mute_on":  flag(len(opts.Exclude) > 0),
		"switches": flag(!opts.NoSwitches), "count_ports": flag(large != 0 && len(opts.LargePorts) > 0), "count_fds": flag(large != 0 && len(opts.LargeFDs) > 0),
		"page_shift": uint8(bits.TrailingZeros(uint(os.Getpagesize()))),
	} {
		if err := spec.Variables[name].Set(v); err != nil {
			return fmt.Errorf("set the probe's %s: %w", name, err)
		}
	}
	return nil
}

func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// fillMaps writes the descriptors of the calls and what the filters compare with.
func fillMaps(coll *ebpf.Collection, opts *Options) error {
	m := coll.Maps["calls"]
	for nr := range uint32(maxCalls) {
		d, ok := descriptor(nr, opts)
		if !ok {
			continue
		}
		if err := m.Put(nr, &d); err != nil {
			return fmt.Errorf("describe call %d to the probe: %w", nr, err)
		}
	}
	put := func(name string, key any) error {
		if err := coll.Maps[name].Put(key, uint8(1)); err != nil {
			return fmt.Errorf("give the probe its filter %s: %w", name, err)
		}
		return nil
	}
	for _, pid := range opts.PIDs {
		if err := put("follow", uint32(pid)); err != nil {
			return err
		}
	}
	for _, pid := range opts.Exclude {
		if err := put("mute", uint32(pid)); err != nil {
			return err
		}
	}
	for _, s := range opts.Comms {
		var key [16]byte
		copy(key[:15], s)
		if err := put("comms", key); err != nil {
			return err
		}
	}
	for _, id := range opts.Cgroups {
		if err := put("cgroups", id); err != nil {
			return err
		}
	}
	for _, port := range opts.LargePorts {
		if err := put("larges", uint32(port)); err != nil {
			return err
		}
	}
	for _, fd := range opts.LargeFDs {
		if err := put("larges", uint32(1<<16|fd&0xffff)); err != nil {
			return err
		}
	}
	return nil
}

// The flags of a descriptor and its short ways, as in src/record.h of package bpf.
const (
	descOn    = 1
	descEager = 2
	shortNone = 1
	shortData = 2
)

// descriptor returns what the probe is to read of the call with the native number nr; false when it is not recorded.
func descriptor(nr uint32, opts *Options) (bpf.ProbeDesc, bool) {
	var d bpf.ProbeDesc
	i := byNumber[nr]
	if i == 0 { // newer than the tables: a generic event with its number
		if opts.Syscalls == nil {
			d.Flags = descOn
		}
		return d, opts.Syscalls == nil
	}
	c := &calls[i-1]
	if opts.Syscalls != nil && !slices.Contains(opts.Syscalls, c.name) && (!opts.KeepState || c.flags&callState == 0) {
		return d, false
	}
	d.Flags = descOn
	if c.generic(opts.Newest) {
		d.Shortcut = shortNone
		return d, true
	}
	d.Nargs = c.nargs
	if c.flags&callEager != 0 && (!opts.ExitOnly || c.flags&callKeep != 0) {
		d.Flags |= descEager
	}
	switch {
	case len(c.ops) == 0:
		d.Shortcut = shortNone
	case len(c.ops) == 1 && c.ops[0].kind == opData && opts.LargeSnaplen <= opts.snaplen():
		d.Shortcut = shortData
	}
	for i, o := range c.ops {
		d.Ops[i].Kind, d.Ops[i].A, d.Ops[i].B, d.Ops[i].C, d.Ops[i].When = uint8(o.kind), o.a, o.b, o.c, o.when
	}
	return d, true
}

// loadError makes of what the loader answered an error that says what is missing.
func loadError(log *slog.Logger, err error) error {
	var ve *ebpf.VerifierError
	if errors.As(err, &ve) {
		log.Debug("the kernel refuses a program", "log", fmt.Sprintf("%+v", ve))
		if !errors.Is(err, syscall.EPERM) || len(ve.Log) > 1 {
			return &UnsupportedError{Feature: "the probe's BPF programs", Needs: "Linux 5.8 or newer", Err: err}
		}
	}
	switch {
	case errors.Is(err, syscall.EPERM), errors.Is(err, os.ErrPermission):
		return &PermissionError{Needs: neededCapabilities, Err: err}
	case errors.Is(err, ebpf.ErrNotSupported):
		return &UnsupportedError{Feature: "the probe's BPF programs", Needs: "Linux 5.8 or newer", Err: err}
	case errors.Is(err, syscall.ENOMEM):
		return fmt.Errorf("there is no memory for the ring buffer and the probe's maps: %w", err)
	}
	return fmt.Errorf("load the BPF programs: %w", err)
}

const neededCapabilities = "CAP_BPF and CAP_PERFMON (Linux 5.8 or newer), or CAP_SYS_ADMIN"

// bootTime returns the ns since the epoch at which the clock that the programs read was zero. Of several readings the
// one that took the shortest time is the truest.
func bootTime() uint64 {
	best, at := int64(1<<62), int64(0)
	for range 20 {
		before := time.Now().UnixNano()
		boot := bootNow()
		after := time.Now().UnixNano()
		if after-before < best {
			best, at = after-before, before+(after-before)/2-int64(boot)
		}
	}
	return uint64(at)
}

// bootNow reads the clock that the programs read: ns since boot, sleep included.
func bootNow() uint64 {
	const clockBoottime = 7
	var ts syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0 // not before Linux 2.6.39
	}
	return uint64(ts.Nano())
}
