//go:build linux && (amd64 || arm64)

package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/scapls/scapls/scapio/evt"
	"github.com/scapls/scapls/scapio/scapiotest"
)

// open opens the probe, or skips the test where that needs rights or a kernel that are not there.
func open(t testing.TB, opts Options) *Probe {
	t.Helper()
	p, err := Open(opts)
	var permission *PermissionError
	var unsupported *UnsupportedError
	if errors.As(err, &permission) || errors.As(err, &unsupported) {
		scapiotest.Skip(t, "bpf", err.Error())
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// start starts a workload that waits for go.
func start(t testing.TB, name, dir string, env ...string) (cmd *exec.Cmd, run func()) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd = exec.Command(exe)
	cmd.Env = append(append(os.Environ(), workloadEnv+"="+name, "SCAPLS_TEST_DIR="+dir, "GODEBUG=asyncpreemptoff=1"), env...) // no signals of the runtime
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = out.Read(make([]byte, 1))
	require.NoError(t, err)
	return cmd, func() {
		_, err := in.Write([]byte("x"))
		require.NoError(t, err)
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	}
}

// recordOf runs a workload and returns what the probe saw of it.
func recordOf(t testing.TB, name, dir string, opts Options, env ...string) ([]evt.Event, *Probe) {
	t.Helper()
	p := open(t, opts)
	cmd, run := start(t, name, dir, env...)
	if opts.FollowOnly {
		require.NoError(t, p.AddPID(int32(cmd.Process.Pid)))
	}
	require.NoError(t, p.Start())
	go func() { // assert-free: a failure shows as missing events
		run()
		_ = p.Stop()
	}()
	return drain(t, p), p
}

// drain takes events until the probe was stopped.
func drain(t testing.TB, p *Probe) []evt.Event {
	t.Helper()
	var list []evt.Event
	var ev Event
	p.SetDeadline(time.Now().Add(time.Minute))
	for {
		err := p.Next(&ev)
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		var e evt.Event
		require.NoError(t, e.Decode(append([]byte(nil), ev.Raw...), true))
		require.Equal(t, ev.Type, e.Type)
		require.Equal(t, ev.TS, e.TS)
		require.Equal(t, ev.TID, e.TID)
		e.CPU = ev.CPU
		list = append(list, e)
	}
}

func args(e *evt.Event) string {
	var a evt.Args
	a.Load(e)
	return string(evt.AppendArgs(nil, &a, nil, nil))
}

func typeName(e *evt.Event) string {
	var a evt.Args
	a.Load(e)
	return string(evt.AppendTypeName(nil, e, &a))
}

// match compares with a pattern in which * stands for anything.
func match(pattern, s string) bool {
	re := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
	return regexp.MustCompile("(?s)" + re).MatchString(s)
}

func TestEveryCallOfAWorkloadIsFoundWithItsArguments(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, style := range []struct {
		name     string
		exitOnly bool
	}{{"both halves", false}, {"exits only", true}} {
		t.Run(style.name, func(t *testing.T) {
			dir := t.TempDir()
			events, p := recordOf(t, "calls", dir, Options{FollowOnly: true, ExitOnly: style.exitOnly})
			stats, err := p.Stats()
			require.NoError(t, err)
			require.Zero(t, stats.Drops(), "%+v", stats)
			require.EqualValues(t, len(events), stats.Events)

			var list []expected
			b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(b, &list))
			require.NotEmpty(t, list)
			at := 0
			for _, want := range list {
				i := find(events, at, want)
				if i < 0 {
					t.Errorf("%s\nwant %s\nsaw  %s", want.Type, want.Exit, strings.Join(near(events, at, want.Type), "\n     "))
					continue
				}
				at = i + 1
				checkEnter(t, events, i, want, style.exitOnly)
			}
		})
	}
}

// checkEnter compares the enter half of the exit at i.
func checkEnter(t *testing.T, events []evt.Event, i int, want expected, exitOnly bool) {
	t.Helper()
	if want.Enter == "-" {
		return
	}
	j := enterOf(events, i)
	switch {
	case exitOnly:
		if j >= 0 {
			t.Errorf("%s has an enter half", want.Type)
		}
	case j < 0:
		t.Errorf("%s has no enter half", want.Type)
	case !match(want.Enter, args(&events[j])):
		t.Errorf("%s\nwant > %s\nsaw  > %s", want.Type, want.Enter, args(&events[j]))
	case events[j].TS > events[i].TS:
		t.Errorf("%s begins behind its end", want.Type)
	}
}

// find returns the first event at or behind from that is what was wanted, -1 when there is none.
func find(events []evt.Event, from int, want expected) int {
	for i := from; i < len(events); i++ {
		e := &events[i]
		if typeName(e) != want.Type || e.Enter() && want.Enter != "-" {
			continue
		}
		if match(want.Exit, args(e)) {
			return i
		}
	}
	return -1
}

func near(events []evt.Event, from int, typ string) []string {
	var list []string
	for i := from; i < len(events) && len(list) < 12; i++ {
		if typeName(&events[i]) == typ && !events[i].Enter() {
			list = append(list, args(&events[i]))
		}
	}
	return list
}

// enterOf returns the enter half of the exit at i: the event before it of the same thread that is no tracepoint.
func enterOf(events []evt.Event, i int) int {
	for j := i - 1; j >= 0; j-- {
		if events[j].TID != events[i].TID {
			continue
		}
		switch events[j].Type {
		case typeSwitch, typeSignal, typePageFault:
			continue
		}
		if events[j].Type == events[i].Type-1 {
			return j
		}
		return -1
	}
	return -1
}

// TestEventsComeInOrderOfTime records the whole machine. The begin of a call that was busy for longer than events are
// held back may come late.
func TestEventsComeInOrderOfTime(t *testing.T) {
	events, _ := recordOf(t, "calls", t.TempDir(), Options{})
	last := map[uint16]uint64{}
	var before uint64
	for i := range events {
		e := &events[i]
		require.GreaterOrEqual(t, e.TS, last[e.CPU], "event %d: %s", i, typeName(e))
		last[e.CPU] = e.TS
		if e.TS+holdBack/2 < before {
			j := i + 1
			for j < len(events) && (events[j].TID != e.TID || events[j].Enter()) {
				j++
			}
			require.True(t, e.Enter() && j < len(events) && events[j].TS-e.TS > holdBack/2, "event %d of %d: %s is %d ns late", i, len(events), typeName(e), before-e.TS)
		}
		if !e.Enter() {
			require.GreaterOrEqual(t, e.TS+holdBack, before)
		}
		before = max(before, e.TS)
	}
	now := uint64(time.Now().UnixNano())
	require.InDelta(t, now, events[len(events)-1].TS, 60e9)
}

func TestDescendantsAreFollowedAndOthersAreNot(t *testing.T) {
	events, _ := recordOf(t, "tree", t.TempDir(), Options{FollowOnly: true, Syscalls: []string{"getuid", "execve"}})
	pids := map[int64]bool{}
	var uids int
	for i := range events {
		e := &events[i]
		switch typeName(e) {
		case "execve":
			if !e.Enter() && strings.HasPrefix(args(e), "res=0") {
				pids[e.TID] = true
			}
		case "getuid":
			uids++
		case "switch", "procexit", "signaldeliver":
		default:
			t.Fatalf("%s was not asked for", typeName(e))
		}
	}
	require.Len(t, pids, 2, "the child and its child ran a program")
	require.Equal(t, 2, uids, "both halves of the one call")
}

func TestKeepStateAddsTheCallsThatReadersNeed(t *testing.T) {
	events, _ := recordOf(t, "tree", t.TempDir(), Options{FollowOnly: true, Syscalls: []string{"getuid"}, KeepState: true, NoSwitches: true, NoSignals: true})
	seen := map[string]int{}
	for i := range events {
		seen[typeName(&events[i])]++
	}
	for _, name := range []string{"getuid", "execve", "clone", "openat", "close", "procexit"} {
		require.NotZero(t, seen[name], "%s in %v", name, seen)
	}
	for _, name := range []string{"read", "write", "switch", "signaldeliver", "futex", "rt_sigaction", "mmap"} {
		require.Zero(t, seen[name], name)
	}
}

func TestThreadNamesSelect(t *testing.T) {
	events, _ := recordOf(t, "calls", t.TempDir(), Options{Comms: []string{"renamed"}, NoSwitches: true})
	seen := map[string]bool{}
	for i := range events {
		seen[typeName(&events[i])] = true
	}
	require.True(t, seen["setsid"], "%v", seen) // made behind the renaming
	require.False(t, seen["symlinkat"])         // before
}

// dataSizes returns how many bytes were kept of the data of each call of a type, in order.
func dataSizes(events []evt.Event, typ string) []int {
	var sizes []int
	for i := range events {
		e := &events[i]
		if typeName(e) != typ || e.Enter() {
			continue
		}
		for j, p := range e.Info().Params {
			if p.Name == "data" {
				sizes = append(sizes, len(e.Param(j)))
			}
		}
	}
	return sizes
}

func TestTheSnaplenIsKeptAndLargerWhereItWasAsked(t *testing.T) {
	for _, c := range []struct {
		name                  string
		opts                  Options
		port                  bool
		sendto, write, writev []int
	}{
		{name: "default", sendto: []int{80, 80}, write: []int{80, 80}, writev: []int{80, 80}},
		{name: "largest", opts: Options{Snaplen: MaxSnaplen}, sendto: []int{10000, 10000}, write: []int{50000, 50000}, writev: []int{30100, 30100}},
		{name: "one port", opts: Options{LargeSnaplen: 5000}, port: true, sendto: []int{80, 5000}, write: []int{80, 80}, writev: []int{80, 80}},
		{name: "one descriptor", opts: Options{Snaplen: 10, LargeSnaplen: 2000, LargeFDs: []int32{151}}, sendto: []int{10, 10}, write: []int{10, 2000}, writev: []int{10, 2000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			cmd, run := start(t, "large", dir)
			finished := make(chan bool)
			go func() { run(); close(finished) }()
			var ports []byte
			require.Eventually(t, func() bool {
				ports, _ = os.ReadFile(filepath.Join(dir, "ports"))
				return len(ports) > 0
			}, 10*time.Second, time.Millisecond)
			c.opts.FollowOnly, c.opts.Syscalls = true, []string{"sendto", "write", "writev"}
			if c.port {
				var a, b uint16
				_, err := fmt.Sscan(string(ports), &a, &b)
				require.NoError(t, err)
				c.opts.LargePorts = []uint16{b}
			}
			p := open(t, c.opts)
			require.NoError(t, p.AddPID(int32(cmd.Process.Pid)))
			require.NoError(t, p.Start())
			require.NoError(t, os.WriteFile(filepath.Join(dir, "go"), nil, 0o600))
			go func() { <-finished; _ = p.Stop() }()
			events := drain(t, p)
			require.Equal(t, c.sendto, dataSizes(events, "sendto"))
			require.Equal(t, c.writev, dataSizes(events, "writev"))
			require.Equal(t, c.write, dataSizes(events, "write"))
		})
	}
}

// cgroup makes a control group below the own one, and returns its path as the kernel tells it and its directory.
func cgroup(t *testing.T, name string) (path, dir string) {
	t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	root := ""
	for line := range strings.Lines(string(mounts)) {
		if f := strings.Fields(line); len(f) > 2 && f[2] == "cgroup2" {
			root = f[1]
		}
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	for line := range strings.SplitSeq(string(own), "\n") {
		if p, ok := strings.CutPrefix(line, "0::"); ok {
			path = p
		}
	}
	if root == "" || path == "" {
		scapiotest.Skip(t, "cgroup2", "no control groups of version 2 here")
	}
	path = filepath.Join(path, name)
	dir = filepath.Join(root, path)
	if err := os.Mkdir(dir, 0o755); err != nil {
		scapiotest.Skip(t, "cgroup2", "no control group can be made: "+err.Error())
	}
	t.Cleanup(func() {
		require.Eventually(t, func() bool { return os.Remove(dir) == nil }, 10*time.Second, 20*time.Millisecond, "a process is left in %s", dir)
	})
	return path, dir
}

func TestCgroupsSelect(t *testing.T) {
	name := fmt.Sprintf("scapls-test-%d", os.Getpid())
	upper, _ := cgroup(t, name)
	path, dir := cgroup(t, name+"/lower")
	other, _ := cgroup(t, name+"-other")
	for of, matches := range map[string]bool{path: true, upper: true, dir: true, other: false} {
		id, err := CgroupID(of)
		require.NoError(t, err)
		p := open(t, Options{Cgroups: []uint64{id}})
		cmd := exec.Command("/bin/sh", "-c", "read line; cat /dev/null")
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o644))
		require.NoError(t, p.Start())
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
		require.NoError(t, p.Stop())
		events := drain(t, p)
		if !matches {
			require.Empty(t, events, of)
			continue
		}
		require.True(t, slices.ContainsFunc(events, func(e evt.Event) bool { return e.TID == int64(cmd.Process.Pid) }), of)
	}
	_, err := CgroupID("/no/such/group")
	require.ErrorContains(t, err, "/no/such/group")
	_, err = CgroupID(t.TempDir())
	require.Error(t, err)
}

func TestTheOwnProcessIsLeftOut(t *testing.T) {
	own := int64(os.Getpid())
	for _, o := range []Options{{}, {IncludeSelf: true}, {IncludeSelf: true, Exclude: []int32{1, int32(own)}}} {
		o.NoSwitches = true
		p := open(t, o)
		require.NoError(t, p.Start())
		_, err := os.Stat("/")
		require.NoError(t, err)
		require.NoError(t, p.Stop())
		var seen bool
		events := drain(t, p)
		for i := range events {
			seen = seen || strings.Contains(args(&events[i]), "path=/ ") && belongs(events[i].TID, own)
		}
		require.Equal(t, o.IncludeSelf && o.Exclude == nil, seen)
	}
}

func belongs(tid, pid int64) bool {
	_, err := os.Stat(fmt.Sprintf("/proc/%d/task/%d", pid, tid))
	return err == nil
}

func TestWhatDoesNotFitTheRingIsCounted(t *testing.T) {
	p := open(t, Options{FollowOnly: true, RingSize: MinRingSize})
	cmd, run := start(t, "spin", t.TempDir())
	require.NoError(t, p.AddPID(int32(cmd.Process.Pid)))
	require.NoError(t, p.Start())
	run() // nobody takes events meanwhile
	require.NoError(t, p.Stop())
	stats, err := p.Stats()
	require.NoError(t, err)
	require.NotZero(t, stats.Drops())
	require.Greater(t, stats.RingUsed, stats.RingSize/2)
	before := len(drain(t, p))
	require.NotZero(t, before)
	stats, err = p.Stats()
	require.NoError(t, err)
	require.Zero(t, stats.RingUsed)
}

func TestAWaitEndsAtItsDeadlineAndByClose(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := open(t, Options{FollowOnly: true})
	require.NoError(t, p.Start())
	var ev Event
	begin := time.Now()
	p.SetDeadline(begin.Add(30 * time.Millisecond))
	require.ErrorIs(t, p.Next(&ev), os.ErrDeadlineExceeded)
	require.Less(t, time.Since(begin), 5*time.Second)
	p.SetDeadline(time.Time{})
	go func() {
		time.Sleep(20 * time.Millisecond)
		_ = p.Close()
	}()
	require.ErrorIs(t, p.Next(&ev), io.EOF)
	require.ErrorIs(t, p.Next(&ev), io.EOF)
}

func TestWhatTheProbeCannotDoIsRefused(t *testing.T) {
	for _, opts := range []Options{
		{Snaplen: -1},
		{Snaplen: MaxSnaplen + 1},
		{LargeSnaplen: MaxSnaplen + 1},
		{RingSize: MaxRingSize + 1},
		{Comms: []string{"longer than fifteen bytes"}},
		{Syscalls: []string{"opne"}},
	} {
		_, err := Open(opts)
		require.Error(t, err, "%+v", opts)
	}
}

func TestChecksSayWhatWorks(t *testing.T) {
	open(t, Options{RingSize: MinRingSize})
	for _, c := range Checks() {
		require.True(t, c.OK, "%+v", c)
		require.NotEmpty(t, c.Name)
		require.NotEmpty(t, c.Detail)
		require.NotEmpty(t, c.Fix)
	}
}
